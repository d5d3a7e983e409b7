"""Push: once means once, order is kept, nothing is refused into nothing."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from cvd_server import tables
from cvd_server.self_check import self_check
from tests.support.field_events import EventStream, raw_report
from tests.support.server_answers import outcomes
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    return error


def events(server: LocalServer) -> dict[str, int]:
    """The outcomes that are stored; fails on any problem that the self-check finds."""
    with server.database.read() as connection:
        report = self_check(connection)
    assert report.problems == []
    return report.events


def reads(server: LocalServer) -> int:
    with server.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.read)) or 0


def pulled(session: Session, kind: str) -> dict[str, dict[str, Any]]:
    rows = session.pull().json()["data"]["rows"]
    return {row["i"]: row for row in rows if row["k"] == kind and row["op"] == "put"}


def test_a_read_arrives_with_its_facts(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1", raw_report(sold=12, price=150))
    answer = session.push([op], inline_blobs=stream.blobs)
    assert outcomes(answer) == [("applied", None)]
    data = answer.json()["data"]
    assert (data["last_seq"], data["missing_blobs"], data["pull_hint"]) == (1, [], True)
    assert data["results"][0]["ver"] == 1
    row = pulled(session, "read")[op["payload"]["read_id"]]
    assert row["s"] == "route:r1"
    assert row["d"]["number_of_paid_vends_since_init"] == 12
    assert row["d"]["selections"] == {"10": [12, 1800]}
    assert row["d"]["actor_name"] == "Driver07"
    assert session.pull().json()["data"]["applied_seq"] == 1
    assert session.hello().json()["data"]["last_seq"] == 1
    assert events(server)["applied"] == 1


def test_the_same_batch_again_has_the_same_answer_and_no_second_effect(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    ops = [stream.read("m1"), stream.read("unknown"), stream.read("m2")]
    first = session.push(ops, inline_blobs=stream.blobs)
    again = session.push(ops, inline_blobs=stream.blobs)
    assert outcomes(first) == outcomes(again)
    assert first.json()["data"]["results"] == again.json()["data"]["results"]
    longer = [*ops, stream.read("m1")]
    assert outcomes(session.push(longer, inline_blobs=stream.blobs))[3] == ("applied", None)
    assert reads(server) == 3
    assert events(server) == {"applied": 3, "duplicate": 0, "rejected": 0, "quarantined": 1}


def test_an_event_that_came_through_another_incarnation_is_a_duplicate(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    good, bad = stream.read("m1"), stream.read("m1", payload={"size": -1})
    session.push([good, bad], inline_blobs=stream.blobs)
    session.incarnation_id = str(uuid4())
    new = stream.read("m1", seq=3, prev=bad["op_id"])
    answer = session.push([good, bad, new], inline_blobs=stream.blobs)
    # The refusal is told again: the file that heard it first may be gone.
    assert outcomes(answer)[0] == ("duplicate", None)
    assert outcomes(answer)[1] == ("rejected", "payload_invalid")
    assert outcomes(answer)[2] == ("applied", None)
    assert outcomes(session.push([good, bad, new])) == outcomes(answer)
    assert reads(server) == 2
    assert events(server) == {"applied": 2, "duplicate": 2, "rejected": 1, "quarantined": 0}


def test_an_event_twice_in_one_batch_counts_once(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1")
    twin = op | {"seq": 2, "prev": op["op_id"]}
    assert outcomes(session.push([op, twin], inline_blobs=stream.blobs)) == [
        ("applied", None),
        ("duplicate", None),
    ]
    assert events(server)["duplicate"] == 1
    assert reads(server) == 1


def test_an_event_twice_in_one_batch_is_refused_twice(
    session: Session, stream: EventStream
) -> None:
    """A duplicate is delivered: who hears that of a refused event never looks at it again."""
    op = stream.event("alien.landed", {}, {"kind": "ship", "id": "s1"})
    twin = op | {"seq": 2, "prev": op["op_id"]}
    assert outcomes(session.push([op, twin])) == [("quarantined", "type_unknown")] * 2


def test_a_restored_laptop_that_uses_a_number_again_is_a_fork(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    session.push([stream.read("m1")], inline_blobs=stream.blobs)
    other = EventStream(session.user_id)
    error = refused(session.push([other.read("m1")], inline_blobs=other.blobs), 409, "stream_fork")
    assert error["details"] == {"last_seq": 1}
    wrong_link = stream.read("m1", prev=str(uuid4()))
    refused(session.push([wrong_link], inline_blobs=stream.blobs), 409, "stream_fork")
    assert reads(server) == 1
    assert events(server)["applied"] == 1


def test_a_gap_is_refused_whole(server: LocalServer, session: Session, stream: EventStream) -> None:
    first, second, third = (stream.read("m1") for _ in range(3))
    error = refused(session.push([first, third]), 409, "seq_gap")
    assert error["details"] == {"last_seq": 0}
    assert reads(server) == 0
    assert outcomes(session.push([first, second, third])) == [("applied", None)] * 3


def test_a_group_stands_or_falls_together(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    ops = [
        stream.read("m1", grp="visit-1"),
        stream.read("m1", grp="visit-1", payload={"at": "yesterday"}),
        stream.read("m2", grp="visit-2"),
        stream.read("nowhere", grp="visit-2"),
        stream.read("m2"),
        stream.read("m2", grp="visit-3"),
        stream.read("m2", grp="visit-3"),
        stream.read("m2", grp="visit-1"),
    ]
    assert outcomes(session.push(ops, inline_blobs=stream.blobs)) == [
        ("rejected", "group_refused"),
        ("rejected", "payload_invalid"),
        ("quarantined", "group_refused"),
        ("quarantined", "machine_unknown"),
        ("applied", None),
        ("applied", None),
        ("applied", None),
        ("quarantined", "group_split"),
    ]
    assert reads(server) == 3
    assert events(server) == {"applied": 3, "duplicate": 0, "rejected": 2, "quarantined": 3}


def test_what_cannot_be_applied_is_kept_with_its_body_and_blocks_nobody(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    cases: list[tuple[dict[str, Any], tuple[str, str | None]]] = [
        (stream.event("cash.collected", {"a": 1}, {"kind": "cash", "id": "1"}),
         ("quarantined", "type_unknown")),
        (stream.read("m1", v=9), ("quarantined", "type_unknown")),
        (stream.read("m1", actor="u-driver08"), ("quarantined", "actor_differs")),
        (stream.read("m1", payload={"complete": "yes"}), ("rejected", "payload_invalid")),
        (stream.read("m1", payload={"surprise": 1}), ("rejected", "payload_invalid")),
        (stream.read("m1", payload={"size": 2**70}), ("rejected", "payload_invalid")),
        (stream.read("m1", payload={"asset_number": "A\x00"}), ("rejected", "payload_invalid")),
        (stream.read("m1", occurred_at="noon"), ("rejected", "time_invalid")),
        (stream.read("m1", entity={"kind": "read", "id": "z"}), ("rejected", "entity_differs")),
        (stream.read("x-m1"), ("quarantined", "machine_unknown")),  # another operator's
        (stream.read("m3"), ("quarantined", "out_of_scope")),  # another driver's
        (stream.read("m4"), ("applied", None)),  # no route: everybody's
        (stream.read("m1"), ("applied", None)),
    ]  # fmt: skip
    ops = [op for op, _ in cases]
    answer = session.push(ops, inline_blobs=stream.blobs)
    assert outcomes(answer) == [expected for _, expected in cases]
    assert answer.json()["data"]["last_seq"] == len(cases)
    messages = {
        r["msg"] for r in answer.json()["data"]["results"] if r["code"] == "machine_unknown"
    }
    assert messages == {"There is no such machine."}
    with server.database.read() as connection:
        bodies = connection.execute(
            select(tables.op_log.c.body).order_by(tables.op_log.c.seq)
        ).scalars()
        assert all(op["op_id"].encode() in body for op, body in zip(ops, bodies, strict=True))
        blobs = connection.scalar(select(func.count()).select_from(tables.blob))
    assert blobs == len(stream.blobs), "the evidence is kept whatever the verdict"
    assert events(server) == {"applied": 2, "duplicate": 0, "rejected": 6, "quarantined": 5}


def test_a_role_without_the_right_to_push_is_refused(
    server: LocalServer, small: SmallOperator
) -> None:
    viewer = server.session("viewer")
    stream = EventStream(viewer.user_id)
    refused(viewer.push([stream.read("m1")]), 403, "not_allowed")


def test_a_read_without_machine_is_found_by_its_asset_number_if_the_machine_is_ours_to_see(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    ours = stream.read(payload={"asset_number": "A-1"})
    theirs = stream.read(payload={"asset_number": "A-3"})
    nobodys = stream.read(payload={"asset_number": "Z-9"})
    assert outcomes(session.push([ours, theirs, nobodys], inline_blobs=stream.blobs)) == (
        [("applied", None)] * 3
    )
    seen = pulled(session, "read")
    assert seen[ours["payload"]["read_id"]]["d"]["machine_id"] == "m1"
    for op in (theirs, nobodys):
        row = seen[op["payload"]["read_id"]]
        assert (row["s"], row["d"]["machine_id"]) == ("me:u-driver07", None)
    office = server.session("manager")
    assert {row["s"] for row in pulled(office, "read").values()} == {"route:r1", "office"}
    assert events(server)["applied"] == 3


def test_a_raw_report_may_come_later(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    raw = raw_report(sold=5)
    op = stream.read("m1", raw)
    name = op["payload"]["raw_sha256"]
    late = dict(stream.blobs)
    data = session.push([op]).json()["data"]
    assert data["missing_blobs"] == [name]
    assert data["results"][0]["outcome"] == "applied"
    events(server)
    # A damaged copy is as good as none, and must not block the stream.
    assert session.push([op], inline_blobs={name: "AAAA"}).json()["data"]["missing_blobs"] == [name]
    assert session.push([op], inline_blobs={name: "%%"}).json()["data"]["missing_blobs"] == [name]
    assert session.push([], inline_blobs=late).json()["data"]["missing_blobs"] == []
    row = pulled(session, "read")[op["payload"]["read_id"]]
    assert row["d"]["number_of_paid_vends_since_init"] == 5
    assert row["ver"] == 2
    assert events(server)["applied"] == 1


def test_two_events_cannot_claim_the_same_read(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    first = stream.read("m1")
    second = stream.read("m1", payload={"read_id": first["payload"]["read_id"]})
    assert outcomes(session.push([first, second])) == [
        ("applied", None),
        ("rejected", "read_exists"),
    ]
    third = stream.read("m1", payload={"read_id": first["payload"]["read_id"]})
    assert outcomes(session.push([third])) == [("rejected", "read_exists")]
    assert reads(server) == 1


def test_an_old_epoch_is_refused_and_the_new_one_told(
    session: Session, stream: EventStream
) -> None:
    op = stream.read("m1")
    epoch, session.epoch = session.epoch, str(uuid4())
    for answer in (session.push([op]), session.pull()):
        error = refused(answer, 409, "epoch_changed")
        assert error["details"] == {"epoch": epoch}
        assert answer.headers["X-CVD-Epoch"] == epoch


def test_known_events_are_told_without_leak(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1")
    session.push([op])
    body = {"device_id": session.device_id, "op_ids": [op["op_id"], str(uuid4())]}
    answer = session.http.post("/api/v1/sync/ops/known", json=body)
    assert answer.json()["data"]["known"] == [op["op_id"]]
    stranger = server.session("x-driver07")
    body["device_id"] = stranger.device_id
    answer = stranger.http.post("/api/v1/sync/ops/known", json=body)
    assert answer.json()["data"]["known"] == []


def test_a_bug_of_ours_in_one_event_does_not_block_the_others(
    server: LocalServer,
    session: Session,
    stream: EventStream,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from cvd_server import handler_parts, push_batch

    def facts(raw: bytes) -> dict[str, Any]:
        if raw == b"bug":
            raise ZeroDivisionError
        # more than a bigint holds: the database refuses it, alone
        return {"number_of_paid_vends_since_init": 2**70} if raw == b"poison" else {}

    for module in (handler_parts, push_batch):
        monkeypatch.setattr(module, "reading_facts", facts)
    raws = [b"a", b"bug", b"b", b"poison", b"c"]
    ops = [stream.read("m1", raw) for raw in raws]
    expected = [
        ("quarantined", "server_error") if raw in (b"bug", b"poison") else ("applied", None)
        for raw in raws
    ]
    assert outcomes(session.push(ops, inline_blobs=stream.blobs)) == expected
    caplog.clear()
    assert reads(server) == 3
    assert events(server)["quarantined"] == 2


def test_a_commit_waits_for_the_disk(server: LocalServer) -> None:
    """What is answered "applied" is there after the power has gone."""
    with server.database.read() as connection:
        if server.database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"

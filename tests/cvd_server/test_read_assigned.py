"""A person says whose read it is: the read goes where that machine is, and only then."""

from typing import Any

from tests.support.field_events import VERDICT, EventStream
from tests.support.server_answers import assert_sound, outcomes
from tests.support.servers import LocalServer, Session

DECIDED = VERDICT | {"plausibility": "warning"}


def assigned(stream: EventStream, read_id: str, machine_id: str) -> dict[str, Any]:
    payload = {"read_id": read_id, "machine_id": machine_id, "verdict": DECIDED}
    return stream.event("read.assigned", payload, {"kind": "read", "id": read_id})


def read_row(session: Session, read_id: str) -> dict[str, Any] | None:
    rows = session.pull().json()["data"]["rows"]
    return next((row for row in rows if row["i"] == read_id and row["op"] == "put"), None)


def test_a_read_of_nobody_goes_to_the_machine_that_the_person_says(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    read = stream.read(payload={"asset_number": "Z-9"})
    read_id = read["payload"]["read_id"]
    assert outcomes(session.push([read], inline_blobs=stream.blobs)) == [("applied", None)]
    before = read_row(session, read_id)
    assert before is not None
    assert (before["s"], before["d"]["machine_id"]) == ("me:u-driver07", None)
    assert outcomes(session.push([assigned(stream, read_id, "m1")])) == [("applied", None)]
    after = read_row(session, read_id)
    assert after is not None
    assert (after["s"], after["d"]["machine_id"]) == ("route:r1", "m1")
    assert after["d"]["verdict"]["plausibility"] == "warning"
    assert after["d"]["selections"] == before["d"]["selections"]
    assert after["d"]["actor_name"] == before["d"]["actor_name"]
    assert_sound(server)


def test_both_records_may_arrive_together(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    read = stream.read(payload={"asset_number": "Z-9"})
    read_id = read["payload"]["read_id"]
    both = [read, assigned(stream, read_id, "m1")]
    assert outcomes(session.push(both, inline_blobs=stream.blobs)) == [("applied", None)] * 2
    row = read_row(session, read_id)
    assert row is not None
    assert row["d"]["machine_id"] == "m1"
    assert_sound(server)


def test_what_cannot_be_decided_is_kept_and_changes_nothing(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    read = stream.read("m1")
    read_id = read["payload"]["read_id"]
    session.push([read], inline_blobs=stream.blobs)
    ops = [
        assigned(stream, "no-such-read", "m1"),
        assigned(stream, read_id, "no-such-machine"),
        stream.event(
            "read.assigned",
            {"read_id": read_id, "machine_id": "m1", "verdict": DECIDED},
            {"kind": "read", "id": "another"},
        ),
    ]
    assert outcomes(session.push(ops)) == [
        ("quarantined", "read_unknown"),
        ("quarantined", "machine_unknown"),
        ("rejected", "entity_differs"),
    ]
    row = read_row(session, read_id)
    assert row is not None
    assert row["d"]["verdict"]["plausibility"] == "unknown"
    assert_sound(server)


def test_nobody_decides_about_the_reads_of_others(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    read = stream.read("m1")
    session.push([read], inline_blobs=stream.blobs)
    manager = server.session("manager")
    other = EventStream(manager.user_id)
    op = assigned(other, read["payload"]["read_id"], "m1")
    assert outcomes(manager.push([op])) == [("quarantined", "read_unknown")]
    assert_sound(server)

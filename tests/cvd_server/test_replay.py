"""Replay: what was set aside counts once time has cured it, once, and everybody sees it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from cvd_server import arrivals, event_handlers, tables
from cvd_server.admin_commands import app
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.database import Database
from cvd_server.handler_parts import Handler
from cvd_server.replay import ReplayReport, replay
from cvd_server.self_check import self_check
from cvd_shared.ids import IdMaker
from cvd_shared.wire_events import ReadRecorded
from cvd_shared.wire_records import MachineRecord, RefusalRecord
from tests.support.day_people import DayPerson
from tests.support.field_events import EventStream
from tests.support.refused_events import refusals, rescued
from tests.support.servers import LocalServer, Session, local_server, sqlite_url
from tests.support.small_operator import SmallOperator, seed_small_operator


def played(server: LocalServer, **more: Any) -> tuple[int, int]:
    report = again(server, **more)
    with server.database.read() as connection:
        assert self_check(connection).problems == []
    return report.tried, report.applied


def again(server: LocalServer, **more: Any) -> ReplayReport:
    return replay(server.database, server.clock, IdMaker(server.clock), **more)


def office(server: LocalServer, work: Callable[[ChangeFeed], None]) -> None:
    now = server.services.now()
    with server.database.write() as connection, change_feed(connection, "op", now) as feed:
        feed.lock_master_data()
        work(feed)


def log_of(server: LocalServer, op_id: str) -> Any:
    table = tables.op_log
    with server.database.read() as connection:
        return connection.execute(select(table).where(table.c.op_id == op_id)).one()


def reads(session: Session) -> dict[str, int]:
    rows = session.pull().json()["data"]["rows"]
    return {row["i"]: row["ver"] for row in rows if row["k"] == "read" and row["op"] == "put"}


def outcomes(session: Session, ops: list[dict[str, Any]], **more: Any) -> list[str | None]:
    answer = session.push(ops, **more)
    assert answer.status_code == 200, answer.text
    return [each["code"] or each["outcome"] for each in answer.json()["data"]["results"]]


def test_a_read_of_a_machine_that_comes_later_counts_once(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m9")
    assert outcomes(session, [op], inline_blobs=stream.blobs) == ["machine_unknown"]
    assert played(server) == (1, 0)
    assert refusals(session)[op["op_id"]]["state"] == "open"
    before = log_of(server, op["op_id"])

    server.clock.move(minutes=5)
    office(server, lambda feed: feed.put([MachineRecord(id="m9", asset_number="9", route_id="r1")]))
    assert played(server) == (1, 1)
    assert played(server) == (0, 0), "once"
    assert reads(session) == {op["payload"]["read_id"]: 1}
    record = refusals(session)[op["op_id"]]
    assert (record["state"], record["decided_at"]) == ("applied", server.services.now())
    assert record["received_at"] == before.received_at
    after = log_of(server, op["op_id"])
    assert (after.outcome, after.first_outcome, after.body) == (
        "applied",
        "quarantined",
        before.body,
    )
    assert outcomes(session, [op], inline_blobs=stream.blobs) == ["applied"], "asked again"


def test_the_job_reads_no_more_of_the_log_than_what_is_set_aside(server: LocalServer) -> None:
    """It runs every five minutes, over all that ever came."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(server.database.engine, "before_cursor_execute", note)
    again(server)
    event.remove(server.database.engine, "before_cursor_execute", note)
    [units], [aliases] = (
        [each for each in asked if each[0].startswith(verb) and "op_log" in each[0]]
        for verb in ("SELECT", "UPDATE")
    )
    for (statement, parameters), index in (
        (units, "ix_op_log_set_aside"),
        (aliases, "ix_op_log_alias"),
    ):
        explain = "EXPLAIN QUERY PLAN" if server.database.is_sqlite else "EXPLAIN"
        with server.database.write() as connection:
            if not server.database.is_sqlite:  # of an empty table everything is read at once
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
        assert index in str(plan), plan


def test_a_rescued_event_counts_and_one_that_says_nothing_stays(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    good, bad = stream.read("m1"), stream.read("m1")
    nobody = {name: value for name, value in good.items() if name != "actor"}
    rescued(session, nobody)
    rescued(session, bad, b"[" * 100_000)
    assert played(server) == (2, 1)
    assert list(reads(session)) == [good["payload"]["read_id"]]
    states = {op_id: record["state"] for op_id, record in refusals(session).items()}
    assert states == {good["op_id"]: "applied", bad["op_id"]: "open"}
    assert played(server) == (1, 0)


def test_a_type_that_a_newer_server_knows(
    server: LocalServer, session: Session, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    op = stream.read("m1", v=2)
    assert outcomes(session, [op], inline_blobs=stream.blobs) == ["type_unknown"]
    monkeypatch.setitem(arrivals.EVENTS, ("read.recorded", 2), ReadRecorded)
    assert played(server) == (1, 1)
    assert list(reads(session)) == [op["payload"]["read_id"]]


def test_a_fault_of_ours_that_is_mended(
    server: LocalServer,
    session: Session,
    stream: EventStream,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    good = event_handlers.HANDLERS[ReadRecorded]
    op = stream.read("m1")
    with monkeypatch.context() as bug:
        bug.setitem(event_handlers.HANDLERS, ReadRecorded, Handler(good.right, good.wanted, broken))
        assert outcomes(session, [op], inline_blobs=stream.blobs) == ["server_error"]
    caplog.clear()
    assert played(server) == (1, 1)
    assert list(reads(session)) == [op["payload"]["read_id"]]


def test_an_amendment_whose_visit_arrives_later(server: LocalServer, small: SmallOperator) -> None:
    driver, other = DayPerson(server, "driver07"), DayPerson(server, "driver07")
    visit = driver.visited("m9")
    amended = other.amended(visit["payload"]["visit_id"])
    assert other.push(amended) == [("quarantined", "visit_unknown")]
    assert driver.push(visit) == [("quarantined", "machine_unknown")]
    office(server, lambda feed: feed.put([MachineRecord(id="m9", asset_number="9", route_id="r1")]))
    assert played(server) == (2, 2), "the visit of the second round cures the first"
    record = driver.record("visit", visit["payload"]["visit_id"])
    assert len(record["amendments"]) == 1


def test_a_group_is_played_as_one(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    ops = [stream.read("m1", grp="g"), stream.read("m9", grp="g")]
    rescued(session, ops[0])
    assert outcomes(session, [ops[1]], inline_blobs=stream.blobs) == ["group_split"]
    assert played(server) == (2, 0), "its other half still is of an unknown machine"
    assert reads(session) == {}
    office(server, lambda feed: feed.put([MachineRecord(id="m9", asset_number="9", route_id="r1")]))
    assert played(server) == (2, 2)
    assert set(reads(session)) == {op["payload"]["read_id"] for op in ops}


def test_a_group_that_was_torn_and_came_whole_in_a_second_stream_is_played_as_one(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    """Of a group of two the first was rescued; the laptop was numbered anew before the rest."""
    ops = [stream.read("m1", grp="g"), stream.read("m9", grp="g")]
    rescued(session, ops[0])
    session.incarnation_id = str(uuid4())
    server.clock.move(minutes=1)
    codes = outcomes(session, ops, inline_blobs=stream.blobs)
    assert codes == ["rescued", "machine_unknown"]
    assert played(server) == (2, 0), "the first does not count without the second"
    assert reads(session) == {}
    office(server, lambda feed: feed.put([MachineRecord(id="m9", asset_number="9", route_id="r1")]))
    assert played(server) == (2, 2)
    assert set(reads(session)) == {op["payload"]["read_id"] for op in ops}
    assert played(server) == (0, 0)
    assert {record["state"] for record in refusals(session).values()} == {"applied"}


def test_the_rest_of_a_group_follows_what_stands(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    ops = [stream.read("m1", grp="g"), stream.read("m1", grp="g")]
    rescued(session, ops[0])
    assert played(server) == (1, 1)
    session.incarnation_id = str(uuid4())
    server.clock.move(minutes=1)
    first, second = stream.read("m2", grp="h"), stream.read("m2", grp="h")
    session.push([first | {"seq": 1, "prev": None}], inline_blobs=stream.blobs)
    torn = second | {"seq": 2, "prev": first["op_id"]}
    assert outcomes(session, [torn], inline_blobs=stream.blobs) == ["group_split"]
    assert played(server) == (1, 1)


def test_what_came_through_a_second_stream_is_a_duplicate_then(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m9")
    outcomes(session, [op], inline_blobs=stream.blobs)
    session.incarnation_id = str(uuid4())
    assert outcomes(session, [op], inline_blobs=stream.blobs) == ["machine_unknown"]
    office(server, lambda feed: feed.put([MachineRecord(id="m9", asset_number="9", route_id="r1")]))
    assert played(server) == (1, 1)
    assert outcomes(session, [op], inline_blobs=stream.blobs) == ["duplicate"]
    assert len(reads(session)) == 1


def test_a_withdrawn_laptop_and_a_blocked_person_wait_for_the_office(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1")
    device, user = tables.device, tables.user_account
    rescued(session, op)
    _set(server, device, status="revoked")
    assert played(server) == (1, 0)
    manager = server.session("manager")
    assert refusals(manager)[op["op_id"]]["code"] == "device_revoked"
    _set(server, device, status="active")
    _set(server, user, active=False)
    assert played(server) == (1, 0)
    _set(server, user, active=True)
    assert refusals(manager)[op["op_id"]]["code"] == "user_blocked"
    _set(server, user, active=False)
    assert played(server, event=op["op_id"]) == (1, 1), "the office says so"
    _set(server, user, active=True)
    assert len(reads(session)) == 1


def _set(server: LocalServer, table: Any, **values: Any) -> None:
    with server.database.write() as connection:
        connection.execute(table.update().values(**values))


def test_what_the_office_left_aside_stays_aside(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1")
    rescued(session, op)
    record = RefusalRecord.model_validate(refusals(session)[op["op_id"]])
    office(server, lambda feed: feed.put([record.model_copy(update={"state": "set_aside"})]))
    assert played(server) == (0, 0)
    assert reads(session) == {}


def test_what_was_wrong_stays_wrong(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1", payload={"size": -1})
    assert outcomes(session, [op], inline_blobs=stream.blobs) == ["payload_invalid"]
    assert played(server) == (0, 0)
    late = stream.read("m1", payload={"size": -1})
    rescued(session, late)
    assert played(server) == (1, 0)
    record = refusals(session)[late["op_id"]]
    assert (record["outcome"], record["code"]) == ("rejected", "payload_invalid")
    assert played(server) == (0, 0)


def test_killed_at_any_point_it_is_run_again(
    server: LocalServer, session: Session, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops = [stream.read("m1") for _ in range(3)]
    for op in ops:
        rescued(session, op)
    real, calls = Database.in_transaction, 0

    def dies(database: Database, work: Callable[[Connection], Any]) -> Any:
        nonlocal calls
        calls += 1

        def half(connection: Connection) -> Any:
            done = work(connection)
            if calls == 2:
                raise OperationalError("killed", None, Exception())  # before its commit
            return done

        return real(database, half)

    with monkeypatch.context() as kill:
        kill.setattr(Database, "in_transaction", dies)
        with pytest.raises(OperationalError):
            again(server)
    assert len(reads(session)) == 1
    assert played(server) == (2, 2)
    assert len(reads(session)) == 3
    assert set(reads(session).values()) == {1}


def test_two_at_once_play_everything_once(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    ops = [stream.read("m1") for _ in range(6)]
    for op in ops:
        rescued(session, op)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: again(server), range(2)))
    assert sum(report.applied for report in reports) == len(ops)
    assert set(reads(session).values()) == {1}
    assert len(reads(session)) == len(ops)
    assert played(server) == (0, 0)


def test_as_a_command_and_at_the_end_of_migrate(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    with local_server(url) as server:
        seed_small_operator(server.database)
        session = server.session("driver07")
        stream = EventStream(session.user_id)
        rescued(session, stream.read("m1"))
        told = CliRunner().invoke(app, ["replay", "--database", url])
        assert json.loads(told.stdout) == {"tried": 1, "applied": 1, "still_set_aside": 0}
        assert len(reads(session)) == 1
        rescued(session, stream.read("m1"))
        assert CliRunner().invoke(app, ["migrate", "--database", url]).exit_code == 0
        assert len(reads(session)) == 2
        unknown = CliRunner().invoke(app, ["replay", "--event", "nothing", "--database", url])
        assert json.loads(unknown.stdout)["tried"] == 0

"""A database that fails for a moment during a push: all of it is written, or nothing is."""

from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from cvd_server import tables
from cvd_server.self_check import self_check
from tests.support.field_events import EventStream
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator


class FailsOnce:
    """Raises `error` in the place of the first statement that begins with `start`."""

    def __init__(self, start: str, error: Exception) -> None:
        self.start, self.error, self.failed = start, error, False

    def __call__(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not self.failed and statement.startswith(self.start):
            self.failed = True
            raise self.error


def counts(server: LocalServer) -> tuple[int, int]:
    with server.database.read() as connection:
        problems = self_check(connection).problems
        reads = connection.scalar(select(func.count()).select_from(tables.read))
        logged = connection.scalar(select(func.count()).select_from(tables.op_log))
    assert problems == []
    return reads or 0, logged or 0


@pytest.mark.parametrize("start", ["SAVEPOINT", "RELEASE SAVEPOINT", "INSERT INTO read"])
def test_no_record_is_written_beside_an_event_that_was_set_aside(
    server: LocalServer, small: SmallOperator, start: str
) -> None:
    session = server.session("driver07")
    stream = EventStream(session.user_id)
    ops = [stream.read("m1"), stream.read("m2")]
    engine = server.database.engine
    fails = FailsOnce(start, OperationalError(start, {}, Exception("no room for a moment")))
    event.listen(engine, "before_cursor_execute", fails)
    try:
        answer = session.push(ops, inline_blobs=stream.blobs)
    finally:
        event.remove(engine, "before_cursor_execute", fails)
    assert fails.failed
    assert answer.status_code == 503
    assert counts(server) == (0, 0)

    again = session.push(ops, inline_blobs=stream.blobs).json()["data"]["results"]
    assert [each["outcome"] for each in again] == ["applied", "applied"]
    assert counts(server) == (2, 2)


def test_what_the_database_refuses_for_good_is_set_aside_alone(
    server: LocalServer,
    small: SmallOperator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from cvd_server.change_feed import ChangeFeed

    session = server.session("driver07")
    stream = EventStream(session.user_id)
    ops = [stream.read("m1"), stream.read("m2"), stream.read("m1")]
    bad = ops[1]["payload"]["read_id"]
    put = ChangeFeed.put

    def refuses(self: ChangeFeed, records: Any, extras: Any = None) -> None:
        put(self, records, extras)
        if any(record.id == bad for record in records):
            raise IntegrityError("INSERT", {}, Exception("a rule of the table"))

    monkeypatch.setattr(ChangeFeed, "put", refuses)
    answer = session.push(ops, inline_blobs=stream.blobs).json()["data"]["results"]
    assert [each["outcome"] for each in answer] == ["applied", "quarantined", "applied"]
    assert "the database refused event" in caplog.text
    caplog.clear()
    assert counts(server) == (2, 3)

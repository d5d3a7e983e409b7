"""A laptop gone mad fills no disk: it hears 429, keeps everything, and goes on a day later."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from cvd_desktop.services.outbox import sync_status
from cvd_desktop.services.words import words
from tests.support.field_events import EventStream
from tests.support.refused_events import rescued
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator
from tests.support.sync_world import sync_world

FEW_BYTES = 60_000
OF_ONE = 9_000  # a note in each event


def measure(server: LocalServer, size: int = FEW_BYTES) -> None:
    changes = {"device_day_megabytes": size / 2**20}
    server.services.settings = server.services.settings.model_copy(update=changes)


@pytest.fixture
def session(server: LocalServer, small: SmallOperator) -> Session:
    measure(server)
    return server.session("driver07")


def refused(answer: httpx.Response) -> bool:
    if answer.status_code == 200:
        return False
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "quota")
    assert int(answer.headers["Retry-After"]) == 3600
    return True


def events(stream: EventStream, number: int) -> list[dict[str, Any]]:
    """Refused for their note, and stored all the same."""
    ops = [stream.read("m1") for _ in range(number)]
    for op in ops:
        op["payload"]["note"] = "x" * OF_ONE
    return ops


def told(session: Session, ops: list[dict[str, Any]]) -> list[bool]:
    return [refused(session.push([op])) for op in ops]


def test_more_than_a_days_measure_waits_until_a_day_is_over(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    ops = events(stream, 8)
    assert told(session, ops) == [False] * 6 + [True] * 2
    other = server.session("driver08")
    assert told(other, events(EventStream(other.user_id), 1)) == [False], "each for itself"
    server.clock.move(hours=25)
    tomorrow = server.session("driver07")
    tomorrow.device_id, tomorrow.incarnation_id = session.device_id, session.incarnation_id
    assert told(tomorrow, ops[6:]) == [False] * 2


def test_rescue_has_the_same_measure(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    assert not refused(rescued(session, stream.read("m1"), b"x" * (FEW_BYTES - 1)))
    assert refused(rescued(session, stream.read("m1"), b"x" * 10_000))


def test_the_laptop_keeps_everything_and_says_so(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        measure(world.server, 1500)
        told = [laptop.record() for _ in range(3)]
        laptop.narrow = {"ops": 1}
        report = laptop.sync()
        assert (report.problem, report.waiting) == ("quota", 2)
        status = sync_status(laptop.wp)
        assert (status.problem, status.waiting) == ("quota", 2)
        assert status.next_try_at is not None
        assert "in a day" in words("quota", {}).what
        measure(world.server, 10**9)
        world.server.clock.move(hours=1)
        laptop.clock.forward(minutes=60)
        world.settled(laptop)
        assert [event.op_id for event in laptop.events()] == told

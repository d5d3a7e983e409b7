"""After a restore the laptops of a large fleet load anew one after the other, and send at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cvd_desktop.services.outbox import sync_status
from cvd_desktop.services.words import words
from cvd_server import devices, reload_spread, tables
from cvd_server.reload_spread import SPREAD_SECONDS, load_after
from cvd_server.server_meta import EPOCH_AT, read_meta
from cvd_shared.wire_records import MachineRecord
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator
from tests.support.sync_world import World, sync_world

BEGAN = "2026-03-02T08:00:00.000Z"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sync_world(tmp_path) as made:
        yield made


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One laptop is many already, and each takes a very long time."""
    monkeypatch.setattr(reload_spread, "FEW", 1)
    monkeypatch.setattr(reload_spread, "_A_SECOND", 1 / SPREAD_SECONDS)


def fleet(server: LocalServer, number: int) -> list[str]:
    rows: list[dict[str, Any]] = [
        {
            "operator_id": "op", "device_id": str(UUID(int=n)), "user_id": "u", "name": "Laptop",
            "platform": "test", "app_version": "1", "registered_at": BEGAN, "status": "active",
            "policy": "normal", "unsent": 0,
        }
        for n in range(number)
    ]  # fmt: skip
    with server.database.write() as connection:
        connection.execute(tables.device.insert(), rows)
    return [str(row["device_id"]) for row in rows]


def waits(server: LocalServer, names: list[str], epoch_at: str | None, now: str) -> list[int]:
    with server.database.write() as connection:
        return [load_after(connection, "op", name, epoch_at, now) for name in names]


def test_they_come_three_a_second(server: LocalServer, small: SmallOperator) -> None:
    names = fleet(server, 1200)
    found = sorted(waits(server, names, BEGAN, BEGAN))
    assert found[-1] <= 401
    assert all(110 < sum(100 * n < each <= 100 * (n + 1) for each in found) < 480 for n in range(4))
    later = waits(server, names, BEGAN, "2026-03-02T08:03:20.000Z")
    assert sum(each == 0 for each in later) > 400
    assert waits(server, names[:9], BEGAN, "2026-03-02T10:00:00.000Z") == [0] * 9
    assert waits(server, names[:9], BEGAN, "2026-03-02T07:59:59.000Z") == [0] * 9, "a clock"
    assert waits(server, names[:9], None, BEGAN) == [0] * 9


def test_a_few_laptops_need_not_wait(server: LocalServer, small: SmallOperator) -> None:
    names = fleet(server, 100)
    assert waits(server, names, BEGAN, BEGAN) == [0] * 100


@pytest.mark.usefixtures("crowded")
def test_a_laptop_sends_at_once_and_shows_what_it_has_until_its_turn(world: World) -> None:
    laptop, server = world.laptop, world.server
    first = laptop.record()
    world.settled(laptop)
    with server.database.read() as connection:
        assert read_meta(connection, EPOCH_AT), "the first laptop was here"
    before = laptop.records()
    world.restore_server(world.copy_server())
    with world.office() as feed:
        feed.put([MachineRecord(id="m77", asset_number="77", route_id="r1")])
    second = laptop.record()
    report = laptop.sync()
    assert (report.problem, report.waiting) == ("loads_later", 0)
    assert [row.op_id for row in world.log()] == [first, second], "sent at once"
    assert laptop.records() == before, "the records of before are in view"
    status = sync_status(laptop.wp)
    assert (status.problem, status.next_try_at) == ("loads_later", None)
    assert "records of before" in words("loads_later", {}).safe
    third = laptop.record()
    assert laptop.sync().problem == "loads_later"
    assert third in [row.op_id for row in world.log()], "and what comes meanwhile"

    server.clock.move(seconds=SPREAD_SECONDS)
    server.clock.move(minutes=1)
    laptop.clock.forward(seconds=SPREAD_SECONDS + 60)
    world.settled(laptop)
    assert ("machine", "m77") in laptop.records()
    assert sync_status(laptop.wp).problem is None


@pytest.mark.usefixtures("crowded")
def test_a_server_that_always_says_later_is_not_believed_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = world.laptop
    world.settled(laptop)
    world.restore_server(world.copy_server())
    monkeypatch.setattr(devices, "load_after", lambda *_: 60)
    for hours in (0, 3, -3, 3):
        laptop.clock.forward(hours=hours)
        assert laptop.sync().problem == "loads_later"
    laptop.clock.forward(hours=2)
    world.settled(laptop)
    assert laptop.sync().problem is None


@pytest.mark.usefixtures("crowded")
def test_a_laptop_that_shows_nothing_yet_does_not_wait(world: World) -> None:
    world.restore_server(world.copy_server())
    world.settled(world.laptop)
    assert world.laptop.records()

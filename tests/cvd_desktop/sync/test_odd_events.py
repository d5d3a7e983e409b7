"""However odd an event is: it ends in a state that the person and the office see."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvd_desktop.services.outbox import list_outbox, sync_status
from cvd_desktop.storage import outbox_store
from cvd_desktop.sync.server_api import TroubleCode
from cvd_server import versions
from cvd_shared.wire_events import EventPayload, MetersEntered
from tests.support.faulty_transport import refusing
from tests.support.sync_world import Laptop, World, sync_world


class Measured(EventPayload):
    """What only a laptop of the future knows."""

    TYPE = "humidity.measured"
    percent: int


def from_the_future(laptop: Laptop, _: pytest.MonkeyPatch) -> str:
    laptop.clock.forward(days=3650)
    return laptop.record()


def of_two_years_ago(laptop: Laptop, _: pytest.MonkeyPatch) -> str:
    laptop.clock.forward(days=-730)
    op_id = laptop.record(machine_id="m3")  # never on this person's routes
    laptop.clock.forward(days=730)
    return op_id


def of_an_unknown_type(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as future:
        future.setattr(outbox_store, "EVENTS", {(Measured.TYPE, 1): Measured})
        return laptop.append(Measured.TYPE, ("measure", "x"), {"percent": 40})


def of_an_unknown_version(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as future:
        future.setattr(outbox_store, "EVENTS", {(MetersEntered.TYPE, 9): Measured})
        with laptop.wp.database.write() as connection:
            appended = outbox_store.append(
                connection,
                new_id=laptop.new_id,
                type=MetersEntered.TYPE,
                version=9,
                entity=("meter_entry", "x"),
                payload={"percent": 40},
                actor=None,
                occurred_at="2026-03-02T07:00:00.000Z",
            )
    return appended.op_id


def of_somebody_else(laptop: Laptop, _: pytest.MonkeyPatch) -> str:
    entry = laptop.new_id()
    facts = {"entry_id": entry, "machine_id": "m1", "at": "2026-03-02T07:00:00Z", "kind": "normal"}
    with laptop.wp.database.write() as connection:
        appended = outbox_store.append(
            connection,
            new_id=laptop.new_id,
            type=MetersEntered.TYPE,
            entity=("meter_entry", entry),
            payload=facts,
            actor="u-driver08",
            occurred_at="2026-03-02T07:00:00.000Z",
        )
    return appended.op_id


ODD: list[tuple[Callable[[Laptop, pytest.MonkeyPatch], str], str | None]] = [
    (from_the_future, None),
    (of_two_years_ago, "out_of_scope"),
    (of_an_unknown_type, "type_unknown"),
    (of_an_unknown_version, "type_unknown"),
    (of_somebody_else, "actor_differs"),
]


@pytest.mark.parametrize(("make", "code"), ODD)
def test_an_odd_event_is_told_to_the_person_and_to_the_office(
    tmp_path: Path,
    make: Callable[[Laptop, pytest.MonkeyPatch], str],
    code: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.sync()
        before = laptop.record()
        op_id = make(laptop, monkeypatch)
        after = laptop.record()
        report = laptop.sync()
        assert (report.problem, report.waiting) == (None, 0)
        told = {each.op_id: each for each in list_outbox(laptop.wp)}
        assert {told[before].state, told[after].state} == {"on_the_server"}
        assert told[op_id].code == code
        row = next(each for each in world.log() if each.op_id == op_id)
        assert row.body, "kept whole"
        if code is None:
            assert told[op_id].state == "on_the_server"
            _not_in_the_future(world)
            return
        assert told[op_id].state == "refused"
        assert sync_status(laptop.wp).refused == 1
        record = laptop.records()["refusal", op_id]
        assert (record["code"], record["state"], record["type"]) == (code, "open", row.type)
        office = world.feed_of(["office", "me:u-driver07", "me:u-driver08"])
        assert ("refusal", op_id, 1) in office["office"] & office["me:u-driver07"]
        assert "refusal" not in {kind for kind, _, _ in office["me:u-driver08"]}


def _not_in_the_future(world: World) -> None:
    """A clock that is ahead is not believed: the log says when it arrived."""
    assert {row.received_at for row in world.log()} == {world.server.services.now()}
    assert world.server.clock() < datetime(2027, 1, 1, tzinfo=UTC)


def test_a_program_that_is_too_old_to_fetch_still_delivers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The floor of pull rises; the laptop says so in words and goes on sending."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        monkeypatch.setattr(versions, "MIN_PULL", 2)
        for _ in range(2):
            laptop.record()
            report = laptop.sync()
            assert (report.problem, report.pushed, report.waiting) == ("upgrade", 1, 0)
        assert sync_status(laptop.wp).problem == "upgrade"
        monkeypatch.undo()
        world.settled(laptop)


def test_a_push_is_never_told_to_upgrade_first(tmp_path: Path) -> None:
    """Were a server to say so all the same, nothing that was recorded changes."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        assert laptop.sync(["none", refusing(426, "upgrade", min=9)]).problem == TroubleCode.UPGRADE
        world.settled(laptop)

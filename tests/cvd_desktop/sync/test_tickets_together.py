"""Tickets, writes and meters on the way: what a laptop shows is what the server makes of it."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.projection import PendingEvent, project
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.record_words import title_of
from cvd_desktop.storage import outbox_store, snapshot_store
from cvd_shared.ticket_states import MOVES, ticket_after
from cvd_shared.wire_events import MachineWritten, MetersEntered, TicketOpened, TicketWorked
from cvd_shared.wire_records import (
    MachineWriteRecord,
    MeterEntryRecord,
    Record,
    TicketRecord,
    TicketWork,
)
from tests.support.sync_world import Laptop, sync_world

TECHNICIAN = "u-technician"
OPENED = {
    "ticket_id": "t1", "machine_id": "m1", "fault": "Gives no change", "urgency": "high",
    "event_codes": ["EAF"],
}  # fmt: skip
WRITTEN = {
    "write_id": "w1", "machine_id": "m1", "at": "2026-11-21T09:00:00.000Z", "link": "ddcmp",
    "changes": [{"what": "price", "selection": "A1", "before": "150", "after": "175",
                 "outcome": "accepted", "found": "175"}],
    "answer": {"ok": True},
}  # fmt: skip
METERS = {
    "entry_id": "e1", "machine_id": "m1", "at": "2026-11-21T09:00:00.000Z", "kind": "rolled_over",
    "vends": 12, "selections": {"A1": 5},
}  # fmt: skip


def record(laptop: Laptop, type_: str, entity: tuple[str, str], payload: dict[str, Any]) -> None:
    laptop.clock.forward(seconds=60)
    with laptop.wp.database.write() as connection:
        outbox_store.append(
            connection, new_id=laptop.new_id, type=type_, entity=entity, payload=payload,
            actor=TECHNICIAN, occurred_at=to_wire(laptop.clock()),
        )  # fmt: skip


def work(laptop: Laptop, state: str, **more: Any) -> None:
    payload = {"ticket_id": "t1", "state": state} | more
    record(laptop, TicketWorked.TYPE, ("ticket", "t1"), payload)


def shown(laptop: Laptop, kind: type[Record], record_id: str) -> Any:
    """The record as a screen shows it: told by the server, with what waits folded over it."""
    with laptop.wp.database.read() as connection:
        told = snapshot_store.all_records(connection, kind)
        return project(told, outbox_store.pending(connection)).get((kind.KIND, record_id))


def without_names(ticket: TicketRecord) -> dict[str, Any]:
    """What a laptop alone cannot know is whose name belongs to an id."""
    document = ticket.model_dump(exclude={"opened_by", "assignee_name"})
    for each in document["work"]:
        del each["by"]
    return document


def test_what_was_shown_offline_is_what_the_server_makes_of_it(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        world.server.clock.move(days=3)  # a server believes no time that is still to come
        laptop = world.laptop
        laptop.sign_in("technician")
        laptop.sync()
        record(laptop, TicketOpened.TYPE, ("ticket", "t1"), OPENED)
        part = {"name": "Dispenser", "number": "D-1", "quantity": 1}
        work(laptop, "in_progress", arrived_at=to_wire(laptop.clock()))
        work(laptop, "waiting_for_parts", parts=[part], actions="Taken apart", seconds_on_site=600)
        record(laptop, MachineWritten.TYPE, ("machine_write", "w1"), WRITTEN)
        record(laptop, MetersEntered.TYPE, ("meter_entry", "e1"), METERS)
        offline = shown(laptop, TicketRecord, "t1")
        assert (offline.state, len(offline.work)) == ("waiting_for_parts", 2)
        write = shown(laptop, MachineWriteRecord, "w1")
        meters = shown(laptop, MeterEntryRecord, "e1")
        world.settled(laptop)
        assert {entry.outcome for entry in list_outbox(laptop.wp)} == {"applied"}
        online = shown(laptop, TicketRecord, "t1")
        assert online.assignee_name == "Technician"
        assert [each.by for each in online.work] == ["Technician"] * 2
        assert without_names(online) == without_names(offline)
        for kind, before in ((MachineWriteRecord, write), (MeterEntryRecord, meters)):
            after = shown(laptop, kind, before.id)
            assert after == before.model_copy(update={"actor_name": "Technician"})


def test_the_outbox_names_the_machine_of_every_record(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        laptop = world.laptop
        laptop.sign_in("technician")
        world.settled(laptop)
        record(laptop, TicketOpened.TYPE, ("ticket", "t1"), OPENED)
        work(laptop, "resolved")
        record(laptop, MachineWritten.TYPE, ("machine_write", "w1"), WRITTEN)
        record(laptop, MetersEntered.TYPE, ("meter_entry", "e1"), METERS)
        of_machine = "of machine A-1"
        names = ("Meters by hand", "Write to the settings", "Work on a ticket", "New ticket")
        titles = [f"{name} {of_machine}" for name in names]
        assert [title_of(entry) for entry in list_outbox(laptop.wp)] == titles
        world.settled(laptop)  # now the ticket is the server's
        work(laptop, "closed")
        assert title_of(list_outbox(laptop.wp)[0]) == f"Work on a ticket {of_machine}"


def test_folding_twice_changes_nothing_and_a_work_without_its_ticket_shows_nothing() -> None:
    opened = PendingEvent("o1", TicketOpened.TYPE, 1, "2026-11-21T09:00:00.000Z", OPENED)
    worked = PendingEvent(
        "o2", TicketWorked.TYPE, 1, "2026-11-21T10:00:00.000Z",
        {"ticket_id": "t1", "state": "resolved"}, "u1",
    )  # fmt: skip
    once = project([], [opened, worked])
    assert project([], [opened, worked, opened, worked]) == once
    assert project([], [worked]) == {}
    told = once["ticket", "t1"]
    assert project([told], [opened, worked]) == once  # the server has it already


works = st.builds(
    TicketWork,
    id=st.uuids().map(str),
    at=st.integers(0, 5).map(lambda hour: f"2026-11-21T0{hour}:00:00.000Z"),
    by_id=st.sampled_from(["", "u1", "u2"]),
    state=st.sampled_from(sorted(set().union(*MOVES.values()))),
    assignee_id=st.sampled_from([None, "u1", "u3"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(works, max_size=6, unique_by=lambda each: each.id), st.randoms())
def test_the_order_of_arrival_does_not_matter(found: list[TicketWork], chance: Any) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert ticket_after(shuffled) == ticket_after(found)
    state = ticket_after(found).state
    assert (state == "open") == (not found)
    assert not found or state in {each.state for each in found}
    assert (state == "closed") == any(each.state == "closed" for each in found)


def test_every_state_can_be_left_but_the_last() -> None:
    assert {state for state, moves in MOVES.items() if not moves} == {"closed"}
    assert set(MOVES) == {"open"} | set().union(*MOVES.values())

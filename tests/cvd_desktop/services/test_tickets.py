"""Tickets as a technician uses them: order, distance, work, undo, refusals, drafts; offline."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.ticket_records import TicketDraft
from cvd_desktop.services import tickets
from cvd_desktop.services.ticket_facts import open_tickets_at
from cvd_desktop.services.tickets import (
    arrive,
    keep_draft,
    list_tickets,
    open_ticket,
    take_ticket,
    ticket_detail,
    ticket_list,
    ticket_start,
    undo_ticket,
    work_ticket,
)
from cvd_desktop.services.words import words
from cvd_shared.wire_events import PartUsed
from cvd_shared.wire_records import MachineRecord, UserRecord
from tests.support.local_workplace import workplace
from tests.support.ticket_shop import EVENTS, ME, TicketShop, busy_day, ticket, ticket_shop, work

MOTOR = PartUsed(name="Vend motor", number="VM-1", quantity=2)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TicketShop]:
    with ticket_shop(tmp_path) as opened:
        yield opened


def ids(shop: TicketShop) -> list[str]:
    return [line.id for line in list_tickets(shop.wp)]


# --- the list -----------------------------------------------------------------------------------


def test_the_most_urgent_comes_first_then_the_nearest_then_the_unknown(shop: TicketShop) -> None:
    shop.tell(*busy_day())
    shop.read("m1")
    assert ids(shop) == ["t3", "t2", "t1", "t4", "t6", "t5", "t7", "t8"]


def test_distances_are_counted_from_the_machine_that_was_read_last(shop: TicketShop) -> None:
    shop.tell(*busy_day())
    shop.read("m1", ago=timedelta(hours=9))
    shop.read("m3", ago=timedelta(hours=1))
    listed = ticket_list(shop.wp)
    away = {line.id: line.distance for line in listed.lines}
    assert listed.near == "Police station, 2nd floor"
    assert away["t4"] == 0
    assert away["t2"] == pytest.approx(3336, abs=5)  # 0.03 degrees of a meridian
    assert (away["t5"], away["t6"]) == (None, None)  # no coordinates, no place


def test_being_at_a_machine_counts_more_than_an_earlier_read(shop: TicketShop) -> None:
    shop.tell(*busy_day())
    shop.read("m3", ago=timedelta(hours=1))
    arrive(shop.wp, "t2")
    listed = ticket_list(shop.wp)
    assert listed.near == "Harbour Works, canteen"
    assert {line.id for line in listed.lines if line.on_site_since} == {"t2"}


def test_work_of_before_tells_where_this_laptop_was(shop: TicketShop) -> None:
    shop.tell(*busy_day())
    since = arrive(shop.wp, "t1")
    work_ticket(shop.wp, "t1", state="in_progress", actions="Looked", arrived_at=since)
    assert ticket_list(shop.wp).near == "Mill Street Gym"


def test_without_a_place_every_distance_is_unknown_and_the_oldest_goes_first(
    shop: TicketShop,
) -> None:
    shop.tell(ticket("new", "m1", "x", days=1), ticket("old", "m5", "x", days=3))
    shop.read("m5")
    listed = ticket_list(shop.wp)
    assert listed.near == ""
    assert [(line.id, line.distance) for line in listed.lines] == [("old", None), ("new", None)]


def test_a_ticket_is_found_by_place_machine_fault_event_and_person(shop: TicketShop) -> None:
    shop.tell(*busy_day())
    line = next(line for line in list_tickets(shop.wp) if line.id == "t4")
    for word in ("10429", "police", "coins", "eaa", "chute", "technician 07"):
        assert word in line.search


def test_a_machine_that_is_not_here_is_no_reason_to_lose_its_ticket(shop: TicketShop) -> None:
    shop.tell(ticket("lost", "m99", "Smokes", "machine_down"))
    (line,) = list_tickets(shop.wp)
    assert (line.asset_number, line.place, line.distance) == ("", "", None)
    assert ticket_detail(shop.wp, "lost").machine is None


# --- one ticket ---------------------------------------------------------------------------------


def test_a_ticket_tells_what_the_machine_said_last_and_opens_the_guide_for_it(
    shop: TicketShop,
) -> None:
    shop.tell(ticket("t", "m1", "Row 6", codes=("EJB61", "CR")))
    read_id = shop.read("m1", *EVENTS)
    detail = ticket_detail(shop.wp, "t")
    assert detail.last_read is not None
    assert detail.last_read.id == read_id
    assert [event.code for event in detail.last_read.active] == ["EJB_61", "EJL"]  # not the door
    assert [page.title for page in detail.guide] == [
        "Snacks, cans and bottles", "The maker's own code",
    ]  # fmt: skip
    assert [event.code for event in detail.guide[0].events] == ["EJB61", "EJB_61", "EJL"]
    assert detail.location is not None
    assert detail.location.access_notes.startswith("Gate 3")


def test_a_ticket_that_is_gone_is_said_to_be(shop: TicketShop) -> None:
    with pytest.raises(Problem, match="ticket_unknown"):
        ticket_detail(shop.wp, "t404")


# --- opening ------------------------------------------------------------------------------------


def test_a_new_ticket_is_one_event_and_recorded_here(shop: TicketShop) -> None:
    ticket_id = open_ticket(
        shop.wp,
        machine_id="m1",
        fault="  Motor does not turn ",
        urgency="high",
        event_codes=("EJB61", " EJB61", ""),
        note="Since Monday",
    )
    (line,) = list_tickets(shop.wp)
    assert (line.id, line.fault, line.state) == (ticket_id, "Motor does not turn", "open")
    assert line.record_state is RecordState.RECORDED_HERE
    (said,) = shop.payloads("ticket.opened")
    assert said["event_codes"] == ["EJB61"]
    shop.answer("applied")
    (line,) = list_tickets(shop.wp)
    assert line.record_state is RecordState.ON_THE_SERVER


def test_what_is_known_of_a_machine_before_a_ticket_is_opened(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"), ticket("done", "m1", "Old", state="closed"))
    shop.read("m1", *EVENTS)
    start = ticket_start(shop.wp, "m1")
    assert start.machine.asset_number == "10427"
    assert [line.id for line in start.open_tickets] == ["t"]
    assert start.last_read is not None
    assert start.last_read.active


@pytest.mark.parametrize(
    ("role", "code"),
    [(None, "ticket_sign_in"), ("viewer", "ticket_no_right"), ("pilot", "ticket_no_right")],
)
def test_who_may_not_open_a_ticket(tmp_path: Path, role: str | None, code: str) -> None:
    with ticket_shop(tmp_path, role) as shop:
        with pytest.raises(Problem, match=code):
            open_ticket(shop.wp, machine_id="m1", fault="x")
        assert shop.payloads("ticket.opened") == []


def test_a_driver_opens_tickets_and_does_not_work_on_them(tmp_path: Path) -> None:
    with ticket_shop(tmp_path, "driver") as shop:
        ticket_id = open_ticket(shop.wp, machine_id="m1", fault="Dark")
        with pytest.raises(Problem, match="ticket_no_right") as refused:
            work_ticket(shop.wp, ticket_id, state="in_progress", actions="x")
        assert "technician" in words(refused.value.code, refused.value.values).who
        assert shop.payloads("ticket.worked") == []


def test_the_right_is_that_of_the_last_sync(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Dark"), UserRecord(id=ME, name="t", role="driver"))
    assert not ticket_list(shop.wp).rights.may_work
    with pytest.raises(Problem, match="ticket_no_right"):
        take_ticket(shop.wp, "t")


def test_a_ticket_needs_a_fault_and_a_machine_that_is_here(shop: TicketShop) -> None:
    with pytest.raises(Problem, match="ticket_incomplete"):
        open_ticket(shop.wp, machine_id="m1", fault="   ")
    with pytest.raises(Problem, match="machine_not_here"):
        open_ticket(shop.wp, machine_id="m99", fault="Dark")
    for codes in (["X" * 21], [str(n) for n in range(101)]):
        with pytest.raises(Problem, match="ticket_incomplete"):
            open_ticket(shop.wp, machine_id="m1", fault="Dark", event_codes=codes)
    assert shop.payloads("ticket.opened") == []


# --- working ------------------------------------------------------------------------------------


def test_work_is_one_event_with_its_parts_its_time_and_the_read_that_proves_it(
    shop: TicketShop,
) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    since = arrive(shop.wp, "t")
    shop.clock.go_on(minutes=20)
    read_id = shop.read("m1", ago=timedelta(minutes=1))
    shop.clock.go_on(minutes=5)
    work_ticket(
        shop.wp, "t", state="resolved", actions="Motor changed", parts=(MOTOR,), arrived_at=since
    )
    (said,) = shop.payloads("ticket.worked")
    assert said["seconds_on_site"] == 25 * 60
    assert said["read_id"] == read_id
    assert said["parts"] == [{"name": "Vend motor", "number": "VM-1", "quantity": 2}]
    detail = ticket_detail(shop.wp, "t")
    assert (detail.line.state, detail.line.record_state) == ("resolved", RecordState.RECORDED_HERE)
    assert [(w.mine, w.record_state) for w in detail.work] == [(True, RecordState.RECORDED_HERE)]
    assert detail.next_states == ("in_progress", "closed")


def test_a_read_of_before_or_of_another_machine_proves_nothing(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    shop.read("m1", ago=timedelta(hours=1))
    since = arrive(shop.wp, "t")
    shop.clock.go_on(minutes=9)
    shop.read("m2", ago=timedelta(minutes=2))
    work_ticket(shop.wp, "t", state="in_progress", actions="x", arrived_at=since)
    assert shop.payloads("ticket.worked")[0]["read_id"] is None


def test_a_clock_that_was_set_back_gives_no_time_instead_of_a_wrong_one(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    since = arrive(shop.wp, "t")
    shop.clock.go_on(hours=-2)
    work_ticket(shop.wp, "t", state="in_progress", actions="x", arrived_at=since)
    (said,) = shop.payloads("ticket.worked")
    assert (said["arrived_at"], said["left_at"], said["seconds_on_site"]) == (None, None, None)


def test_taking_a_ticket_names_the_person_and_begins_what_was_open(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"), ticket("w", "m2", "Warm", state="waiting_for_parts"))
    take_ticket(shop.wp, "t")
    take_ticket(shop.wp, "w")
    states = {line.id: (line.state, line.mine) for line in list_tickets(shop.wp)}
    assert states["t"] == ("assigned", True)
    # The state of another's work is not known without that work; the server's says it.
    assert shop.payloads("ticket.worked")[1]["state"] == "waiting_for_parts"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"state": None, "actions": "x"}, "state"),
        ({"state": "resolved"}, "outcome"),
        ({"state": "in_progress", "parts": (PartUsed(name=" ", quantity=1),)}, "part"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_recorded(
    shop: TicketShop, facts: dict[str, object], why: str
) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    with pytest.raises(Problem, match="ticket_incomplete") as asked:
        work_ticket(shop.wp, "t", **facts)  # type: ignore[arg-type]
    assert asked.value.values["why"] == why
    assert words("ticket_incomplete", asked.value.values).do
    assert shop.payloads("ticket.worked") == []


def test_a_closed_ticket_stays_closed(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6", state="closed"))
    assert ticket_detail(shop.wp, "t").next_states == ()
    with pytest.raises(Problem, match="ticket_closed"):
        work_ticket(shop.wp, "t", state="in_progress", actions="x")


# --- drafts and undo ----------------------------------------------------------------------------


def test_a_dead_battery_costs_nothing_that_was_typed(tmp_path: Path) -> None:
    with ticket_shop(tmp_path) as shop:
        shop.tell(ticket("t", "m1", "Row 6"))
        since = arrive(shop.wp, "t")
        draft = TicketDraft(since, "Motor out", "", "in_progress", (MOTOR,))
        keep_draft(shop.wp, "t", draft)
    with workplace(tmp_path) as again:
        assert ticket_detail(again, "t").draft == draft
        assert tickets.arrive(again, "t") == since  # a second key press moves nothing


def test_a_draft_is_told_to_nobody_and_gone_once_it_is_recorded(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    keep_draft(shop.wp, "t", TicketDraft(None, "Half a sentence"))
    assert shop.payloads("ticket.worked") == []
    work_ticket(shop.wp, "t", state="in_progress", actions="All of it")
    assert ticket_detail(shop.wp, "t").draft == TicketDraft()


def test_undo_takes_back_by_a_new_record_and_what_was_typed_is_there_again(
    shop: TicketShop,
) -> None:
    shop.tell(ticket("t", "m1", "Row 6", state="waiting_for_parts",
                     work=(work("w1", "waiting_for_parts", "Ordered"),)))  # fmt: skip
    work_ticket(shop.wp, "t", state="resolved", actions="Wrong ticket", parts=(MOTOR,))
    shop.clock.go_on(seconds=30)
    assert ticket_detail(shop.wp, "t").undo == "waiting_for_parts"
    undo_ticket(shop.wp, "t")
    detail = ticket_detail(shop.wp, "t")
    assert detail.line.state == "waiting_for_parts"
    assert [entry.actions for entry in detail.work] == ["", "Wrong ticket", "Ordered"]
    assert detail.work[0].outcome.startswith("Taken back")
    assert detail.draft.actions == "Wrong ticket"
    assert detail.draft.parts == (MOTOR,)
    assert detail.undo is None  # taking back is not taken back
    assert len(shop.payloads("ticket.worked")) == 2


def test_a_ticket_opened_by_mistake_is_resolved_not_deleted(shop: TicketShop) -> None:
    ticket_id = open_ticket(shop.wp, machine_id="m1", fault="Oops")
    shop.clock.go_on(seconds=5)
    undo_ticket(shop.wp, ticket_id)
    (line,) = list_tickets(shop.wp)
    assert line.state == "resolved"


def test_what_the_server_has_is_not_taken_back(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    work_ticket(shop.wp, "t", state="in_progress", actions="x")
    shop.answer("applied")
    assert ticket_detail(shop.wp, "t").undo is None
    with pytest.raises(Problem, match="ticket_nothing_to_undo"):
        undo_ticket(shop.wp, "t")


# --- refused ------------------------------------------------------------------------------------


def test_refused_work_stays_in_sight_and_changes_no_state(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    work_ticket(shop.wp, "t", state="resolved", actions="Motor changed")
    shop.answer("rejected", "out_of_scope")
    (line,) = list_tickets(shop.wp)
    assert (line.state, line.record_state) == ("open", RecordState.REFUSED)
    assert line.refused is not None
    assert line.refused.code == "out_of_scope"
    (kept,) = ticket_detail(shop.wp, "t").work
    assert (kept.actions, kept.record_state) == ("Motor changed", RecordState.REFUSED)


def test_a_refused_new_ticket_is_still_in_the_list(shop: TicketShop) -> None:
    open_ticket(shop.wp, machine_id="m1", fault="Dark")
    shop.answer("rejected", "machine_unknown")
    (line,) = list_tickets(shop.wp)
    assert (line.fault, line.record_state) == ("Dark", RecordState.REFUSED)


def test_later_work_that_is_taken_covers_an_earlier_refusal(shop: TicketShop) -> None:
    shop.tell(ticket("t", "m1", "Row 6"))
    work_ticket(shop.wp, "t", state="resolved", actions="Motor changed")
    shop.answer("rejected", "server_error")
    shop.clock.go_on(minutes=1)
    work_ticket(shop.wp, "t", state="in_progress", actions="Again")
    (line,) = list_tickets(shop.wp)
    assert line.record_state is RecordState.RECORDED_HERE
    assert len(ticket_detail(shop.wp, "t").work) == 2


def test_many_tickets_are_listed_in_one_go(shop: TicketShop) -> None:
    machines = [MachineRecord(id=f"x{n}", asset_number=f"X{n}") for n in range(900)]
    shop.tell(*machines, *(ticket(f"t{n}", f"x{n}", "Fault") for n in range(900)))
    listed = list_tickets(shop.wp)
    assert len(listed) == 900
    assert all(line.asset_number for line in listed)


def test_a_machine_of_a_stop_says_how_many_tickets_are_open(shop: TicketShop) -> None:
    with shop.wp.database.read() as connection:
        before = open_tickets_at(connection, "m1")
    ticket_id = open_ticket(shop.wp, machine_id="m1", fault="The door does not shut", urgency="low")
    with shop.wp.database.read() as connection:
        assert open_tickets_at(connection, "m1") == before + 1
        elsewhere = open_tickets_at(connection, "m2")
    work_ticket(shop.wp, ticket_id, state="resolved", outcome="Bent back")
    with shop.wp.database.read() as connection:
        assert open_tickets_at(connection, "m1") == before
        assert open_tickets_at(connection, "m2") == elsewhere

"""What the services of tickets and meters record is taken by the real server and comes back."""

from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.services.meters_by_hand import enter_meters, known_meters
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.tickets import (
    arrive,
    list_tickets,
    open_ticket,
    take_ticket,
    ticket_detail,
    undo_ticket,
    work_ticket,
)
from cvd_shared.wire_events import PartUsed
from tests.support.sync_world import sync_world


def test_a_day_offline_is_taken_as_it_was_shown(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        world.server.clock.move(days=3)  # a server believes no time that is still to come
        laptop = world.laptop
        laptop.sign_in("technician")
        world.settled(laptop)
        wp = laptop.wp
        ticket_id = open_ticket(
            wp, machine_id="m1", fault="Row 6 is stuck", urgency="high", event_codes=("EJB61",)
        )
        laptop.clock.forward(seconds=60)
        take_ticket(wp, ticket_id)
        since = arrive(wp, ticket_id)
        laptop.clock.forward(seconds=600)
        motor = PartUsed(name="Vend motor", number="VM-1", quantity=1)
        work_ticket(
            wp, ticket_id, state="waiting_for_parts", actions="Out", parts=(motor,),
            arrived_at=since,
        )  # fmt: skip
        laptop.clock.forward(seconds=60)
        undo_ticket(wp, ticket_id)
        laptop.clock.forward(seconds=60)
        work_ticket(wp, ticket_id, state="resolved", outcome="Freed", parts=(motor,))
        enter_meters(wp, "m1", "normal", vends=40, value=6000)
        (offline,) = list_tickets(wp)
        assert offline.record_state is RecordState.RECORDED_HERE
        world.settled(laptop)
        assert {entry.outcome for entry in list_outbox(wp)} == {"applied"}
        (online,) = list_tickets(wp)
        assert (online.state, online.mine, online.record_state) == (
            "resolved", True, RecordState.ON_THE_SERVER,
        )  # fmt: skip
        assert (online.state, online.mine) == (offline.state, offline.mine)
        works = ticket_detail(wp, ticket_id).work
        assert [work.state for work in works] == [
            "resolved", "assigned", "waiting_for_parts", "assigned",
        ]  # fmt: skip
        assert [work.seconds_on_site for work in works] == [None, None, 600, None]
        known = known_meters(wp, "m1")
        assert (known.source, known.vends, known.value) == ("hand", 40, 6000)


def test_a_driver_opens_and_the_technician_of_the_route_works(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        world.server.clock.move(days=3)
        laptop = world.laptop
        laptop.sign_in("driver07")
        world.settled(laptop)
        ticket_id = open_ticket(laptop.wp, machine_id="m1", fault="Dark")
        with pytest.raises(Problem, match="ticket_no_right"):
            take_ticket(laptop.wp, ticket_id)
        world.settled(laptop)
        laptop = world.add_laptop("other")
        laptop.sign_in("technician")
        world.settled(laptop)
        (line,) = list_tickets(laptop.wp)
        assert (line.id, line.fault, line.record_state) == (
            ticket_id, "Dark", RecordState.ON_THE_SERVER,
        )  # fmt: skip
        take_ticket(laptop.wp, ticket_id)
        world.settled(laptop)
        (line,) = list_tickets(laptop.wp)
        assert (line.mine, line.assignee) == (True, "Technician")

"""The repair jobs of the sample operator: some new, some begun, one that waits for parts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from cvd_shared.ticket_states import ticket_after
from cvd_shared.wire_events import Urgency, WorkState
from cvd_shared.wire_records import MachineRecord, PartRecord, RouteRecord, TicketRecord, TicketWork


class _Work(NamedTuple):
    hours: int  # after the ticket was opened
    state: WorkState
    actions: str = ""
    outcome: str = ""
    parts: tuple[PartRecord, ...] = ()
    minutes: int | None = None  # on site


class _Story(NamedTuple):
    """A ticket of the `nth` machine of this kind on the route."""

    route: str
    machine_type: str
    nth: int
    days_ago: int
    hour: int
    fault: str
    urgency: Urgency
    codes: tuple[str, ...] = ()
    note: str = ""
    work: tuple[_Work, ...] = ()


_STORIES = (
    _Story(
        *("07", "snack", 0, 1, 9, "Does not take notes", "high", ("ENA", "ENC")),
        "The customer put a torn note in; it sits behind the belt.",
    ),
    _Story(
        *("07", "drink", 0, 4, 14, "Not cold enough", "high", ("EOC",)),
        "11 degrees at noon, the fan runs.",
        (
            _Work(2, "assigned"),
            _Work(20, "in_progress", "Condenser cleaned, pressure checked.", minutes=45),
            _Work(
                22,
                "waiting_for_parts",
                "The compressor trips after two minutes.",
                "Start relay ordered. Sales stopped.",
                (PartRecord(name="Start relay", number="RL-220", quantity=1),),
                70,
            ),
        ),
    ),
    _Story(
        *("11", "snack", 1, 1, 13, "One selection pays and gives nothing", "normal", ("EJB",)),
        "Two refunds on Friday. The spiral turns half way.",
    ),
    _Story(
        *("15", "coffee", 0, 2, 11, "No hot water", "machine_down", ("EDN",)),
        work=(_Work(1, "assigned"), _Work(18, "in_progress", "On the way.")),
    ),
    _Story(
        *("15", "snack", 0, 9, 10, "Display is dark", "normal"),
        work=(
            _Work(3, "assigned"),
            _Work(
                26,
                "resolved",
                "Ribbon cable seated again, connector cleaned.",
                "The display shows prices again.",
                minutes=25,
            ),
        ),
    ),
    _Story(
        *("23", "combined", 0, 3, 8, "Gives no change", "high", ("EAF",)),
        "A coin stands upright in the dispenser.",
        (_Work(4, "assigned"),),
    ),
    _Story(*("23", "coffee", 0, 6, 16, "Waste bucket switch sticks", "low", ("EGN",))),
)


def sample_tickets(
    machines: Sequence[MachineRecord],
    routes: Sequence[RouteRecord],
    technician: tuple[str, str],
    today: date,
    new_id: Callable[[str, str], str],
) -> tuple[TicketRecord, ...]:
    """The tickets as they stand this morning. `technician` is (id, full name)."""
    by_number = {route.number: route for route in routes}
    made = (
        _ticket(story, number, machines, by_number, technician, today, new_id)
        for number, story in enumerate(_STORIES, start=1)
    )
    return tuple(ticket for ticket in made if ticket is not None)


def _ticket(
    story: _Story,
    number: int,
    machines: Sequence[MachineRecord],
    routes: Mapping[str, RouteRecord],
    technician: tuple[str, str],
    today: date,
    new_id: Callable[[str, str], str],
) -> TicketRecord | None:
    """None where the route has too few machines of the kind."""
    route = routes[story.route]
    fitting = [
        each
        for each in machines
        if each.route_id == route.id and each.machine_type == story.machine_type
    ]
    if len(fitting) <= story.nth:
        return None
    opened = datetime.combine(today, time(story.hour), UTC) - timedelta(days=story.days_ago)
    works = tuple(
        _worked(work, opened, technician, new_id("work", f"{number}:{place}"))
        for place, work in enumerate(story.work)
    )
    state, assignee_id = ticket_after(works)
    return TicketRecord(
        id=new_id("ticket", str(number)),
        machine_id=fitting[story.nth].id,
        fault=story.fault,
        urgency=story.urgency,
        state=state,
        event_codes=story.codes,
        note=story.note,
        opened_at=_text(opened),
        opened_by=route.driver_name,
        assignee_id=assignee_id,
        assignee_name=technician[1] if assignee_id else "",
        work=works,
    )


def _worked(work: _Work, opened: datetime, technician: tuple[str, str], work_id: str) -> TicketWork:
    at = opened + timedelta(hours=work.hours)
    arrived = None if work.minutes is None else at - timedelta(minutes=work.minutes)
    return TicketWork(
        id=work_id,
        at=_text(at),
        by=technician[1],
        by_id=technician[0],
        state=work.state,
        outcome=work.outcome,
        actions=work.actions,
        parts=work.parts,
        arrived_at=None if arrived is None else _text(arrived),
        left_at=None if arrived is None else _text(at),
        seconds_on_site=None if work.minutes is None else work.minutes * 60,
    )


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

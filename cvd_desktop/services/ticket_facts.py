"""What lists and details of tickets are made of: records with pending events, places, own events.

Each function looks things up in the caller's transaction and writes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import TypeVar

from pydantic import ValidationError

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.projection import project
from cvd_desktop.domain.records import OutboxEntry, RecordState, Session
from cvd_desktop.domain.ticket_records import DONE_STATES, LastRead, TicketRights
from cvd_desktop.services.parsed_read import parse
from cvd_desktop.services.repair_guide import event_words
from cvd_desktop.storage import outbox_store, read_store, route_store, snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.permissions import Right, Role, may
from cvd_shared.wire_events import TicketOpened, TicketWorked
from cvd_shared.wire_records import (
    LocationRecord,
    MachineRecord,
    Record,
    TicketRecord,
    UserRecord,
)

_RecordT = TypeVar("_RecordT", bound=Record)

TICKET_EVENTS = (TicketOpened.TYPE, TicketWorked.TYPE)
_EARTH = 6_371_000  # metres
_IDS_PER_QUERY = 400
_READS_LOOKED_AT = 20
_DOOR = frozenset(("EGS", "EGT"))  # it was opened for the read


def known_tickets(connection: Transaction) -> dict[str, TicketRecord]:
    """By id: the server's tickets with what waits here folded over them."""
    events = outbox_store.pending(connection, TICKET_EVENTS)
    view = project(snapshot_store.all_records(connection, TicketRecord), events)
    return {each.id: each for each in view.values() if isinstance(each, TicketRecord)}


def open_tickets_at(connection: Transaction, machine_id: str) -> int:
    """How many tickets of this machine are neither resolved nor closed."""
    there = route_store.children(connection, TicketRecord, machine_id)
    view = project(there, outbox_store.pending(connection, TICKET_EVENTS))
    tickets = (each for each in view.values() if isinstance(each, TicketRecord))
    return sum(each.machine_id == machine_id and each.state not in DONE_STATES for each in tickets)


@dataclass(frozen=True, slots=True)
class OwnEvents:
    """What this laptop recorded of tickets, newest first, and what became of it."""

    by_ticket: Mapping[str, list[OutboxEntry]]

    @classmethod
    def of(cls, entries: Iterable[OutboxEntry]) -> "OwnEvents":
        by_ticket: dict[str, list[OutboxEntry]] = {}
        for entry in entries:
            ticket_id = entry.payload.get("ticket_id")
            if entry.type in TICKET_EVENTS and isinstance(ticket_id, str):
                by_ticket.setdefault(ticket_id, []).append(entry)
        for own in by_ticket.values():
            own.sort(key=lambda entry: (entry.recorded_at, entry.op_id), reverse=True)
        return cls(by_ticket)

    def newest(self, ticket_id: str) -> OutboxEntry | None:
        return next(iter(self.by_ticket.get(ticket_id, ())), None)

    def state(self, ticket_id: str) -> RecordState:
        """Of the newest record of this laptop; a ticket without one is the server's."""
        newest = self.newest(ticket_id)
        return newest.state if newest is not None else RecordState.ON_THE_SERVER

    def refused(self, ticket_id: str) -> list[OutboxEntry]:
        entries = self.by_ticket.get(ticket_id, ())
        return [entry for entry in entries if entry.state is RecordState.REFUSED]

    def refused_tickets(self) -> Iterable[TicketRecord]:
        """Tickets that were opened here and refused: they are in no view, and kept all the same."""
        for entries in self.by_ticket.values():
            for entry in entries:
                if entry.type == TicketOpened.TYPE and entry.state is RecordState.REFUSED:
                    try:
                        said = TicketOpened.model_validate(entry.payload)
                    except ValidationError:
                        continue  # of another version of this program; the outbox shows it
                    yield TicketRecord(
                        id=said.ticket_id,
                        opened_at=entry.recorded_at.isoformat(),
                        **said.model_dump(exclude={"ticket_id"}),
                    )


# --- who ----------------------------------------------------------------------------------------


def role_of(connection: Transaction, session: Session) -> Role | None:
    """As the last sync says, else as the sign-in said; None for a role that is not known here."""
    user = snapshot_store.record(connection, UserRecord, session.user_id)
    try:
        return Role(user.role if user is not None else session.role)
    except ValueError:
        return None


def rights_of(connection: Transaction) -> TicketRights:
    session = load_session(connection)
    if session is None:
        return TicketRights(signed_in=False)
    role = role_of(connection, session)
    return TicketRights(
        signed_in=True,
        user_id=session.user_id,
        may_open=role is not None and may(role, Right.VISIT_RECORD),
        may_work=role is not None and may(role, Right.TICKET_WORK),
    )


# --- where --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    """Machines by id and their locations by id."""

    machines: Mapping[str, MachineRecord]
    locations: Mapping[str, LocationRecord]

    def location_of(self, machine_id: str) -> LocationRecord | None:
        machine = self.machines.get(machine_id)
        found = machine.location_id if machine is not None else None
        return self.locations.get(found) if found is not None else None

    def name_of(self, machine_id: str) -> str:
        """The name of the place of a machine; "" where it is not known."""
        location, machine = self.location_of(machine_id), self.machines.get(machine_id)
        if location is not None:
            return location.name
        return machine.location_name if machine is not None else ""

    def metres(self, start: LocationRecord | None, machine_id: str) -> int | None:
        """From a place to a machine; None where either has no coordinates."""
        end = self.location_of(machine_id)
        return distance(start, end) if start is not None and end is not None else None


def places_of(connection: Transaction, machine_ids: Iterable[str]) -> Places:
    machines = _many(connection, MachineRecord, machine_ids)
    wanted = {each.location_id for each in machines.values() if each.location_id}
    return Places(machines, _many(connection, LocationRecord, wanted))


def _many(
    connection: Transaction, model: type[_RecordT], ids: Iterable[str]
) -> dict[str, _RecordT]:
    wanted, found = sorted(set(ids)), dict[str, _RecordT]()
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        found |= snapshot_store.records(connection, model, wanted[start : start + _IDS_PER_QUERY])
    return found


def distance(start: LocationRecord, end: LocationRecord) -> int | None:
    """Metres along the great circle; None without coordinates of both."""
    degrees = (start.latitude, start.longitude, end.latitude, end.longitude)
    if any(each is None for each in degrees):
        return None
    lat1, lon1, lat2, lon2 = (radians(each) for each in degrees if each is not None)
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * _EARTH * asin(min(1.0, sqrt(half))))


def last_machine(
    connection: Transaction,
    entries: Iterable[OutboxEntry],
    tickets: Mapping[str, TicketRecord],
    arrivals: Mapping[str, datetime],
) -> str | None:
    """The machine that was last read or worked on by this laptop. Files and practice are elsewhere.

    `arrivals`: ticket id -> since when this laptop is at its machine.
    """
    seen: list[tuple[datetime, str]] = [
        (read.at, read.machine_id)
        for read in read_store.summaries(connection, limit=_READS_LOOKED_AT)
        if read.machine_id is not None and not read.source and not read.practice
    ][:1]
    for entry in entries:
        if entry.type == TicketWorked.TYPE and entry.payload.get("arrived_at"):
            ticket = tickets.get(str(entry.payload.get("ticket_id")))
            if ticket is not None:
                seen.append((entry.recorded_at, ticket.machine_id))
    for ticket_id, at in arrivals.items():
        if ticket_id in tickets:
            seen.append((at, tickets[ticket_id].machine_id))
    return max(seen)[1] if seen else None


# --- what the machine says ----------------------------------------------------------------------


def last_read(connection: Transaction, machine_id: str) -> LastRead | None:
    """The newest read of a machine on this laptop that can be parsed, and what is active in it."""
    for summary in read_store.summaries(connection, limit=5, machine_id=machine_id):
        if summary.practice:
            continue
        reading = parse(read_store.raw_of(connection, summary.id) or b"").reading
        if reading is None:
            continue
        active = dict.fromkeys(event.code.strip() for event in reading.events if event.active)
        told = (event_words(code) for code in active if code and code not in _DOOR)
        return LastRead(summary.id, summary.at, tuple(told))
    return None


def moment(text: str | None) -> datetime | None:
    """A time that the server may have from another program; nothing when it is none."""
    try:
        return from_wire(text) if text else None
    except (ValueError, OverflowError):
        return None

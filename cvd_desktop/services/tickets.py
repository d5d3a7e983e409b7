"""Repair jobs: the list by urgency and distance, one in full, opening, working, taking back.

Everything works offline: an action appends one event in one transaction (topics of change
`TOPICS`), and what is shown is the server's tickets with the waiting events folded over them.
Nothing is deleted: what was wrong is corrected by the next work.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.search_keys import fold
from cvd_desktop.domain.ticket_records import (
    DONE_STATES,
    URGENCIES,
    EventWords,
    TicketDetail,
    TicketDraft,
    TicketLine,
    TicketList,
    TicketRights,
    TicketStart,
    WorkLine,
)
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.repair_guide import event_words, guide_pages
from cvd_desktop.services.ticket_drafts import arrivals, load_drafts, store_draft
from cvd_desktop.services.ticket_facts import (
    OwnEvents,
    Places,
    known_tickets,
    last_machine,
    last_read,
    moment,
    places_of,
    rights_of,
)
from cvd_desktop.services.word_table_tickets import OPENED_BY_MISTAKE, TAKEN_BACK
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, read_store, snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.ticket_states import MOVES, TicketState, ticket_after
from cvd_shared.wire_events import (
    EventPayload,
    PartUsed,
    TicketOpened,
    TicketWorked,
    Urgency,
    WorkState,
)
from cvd_shared.wire_records import LocationRecord, MachineRecord, TicketRecord

TOPICS = frozenset({"tickets", "outbox"})
MOST_CODES, LONGEST_CODE = 100, 20
"""Of the event codes of a ticket, cvd_shared/wire_events."""
_TAKEN: dict[TicketState, WorkState] = {
    "open": "assigned",
    "assigned": "assigned",
    "in_progress": "in_progress",
    "waiting_for_parts": "waiting_for_parts",
    "resolved": "in_progress",
}
"""The state of a ticket that somebody takes, by its state before."""
_OWN_RECORDS = 500  # the refused first, then what waits, then the newest
_FAR = 1 << 40  # metres: where the distance is not known


# --- looking ------------------------------------------------------------------------------------


def list_tickets(wp: Workplace) -> list[TicketLine]:
    """By urgency, then distance, then age; resolved and closed ones after all others."""
    return list(ticket_list(wp).lines)


def ticket_list(wp: Workplace) -> TicketList:
    """The list, what this person may do with it, and where the distances are counted from."""
    entries = list_outbox(wp, limit=_OWN_RECORDS)
    with wp.database.read() as connection:
        return _Tickets(connection, OwnEvents.of(entries)).listed()


def ticket_detail(wp: Workplace, ticket_id: str) -> TicketDetail:
    """Everything about one ticket. Raises Problem("ticket_unknown")."""
    entries = list_outbox(wp, limit=_OWN_RECORDS)
    with wp.database.read() as connection:
        return _Tickets(connection, OwnEvents.of(entries)).detail(ticket_id)


def ticket_start(wp: Workplace, machine_id: str) -> TicketStart:
    """What is known before a ticket is opened. Raises Problem("machine_not_here")."""
    listed = ticket_list(wp)
    with wp.database.read() as connection:
        machine = _machine(connection, machine_id)
        places = places_of(connection, (machine_id,))
        return TicketStart(
            machine=machine,
            location=places.location_of(machine_id),
            last_read=last_read(connection, machine_id),
            open_tickets=tuple(
                line for line in listed.lines if line.machine_id == machine_id and not line.done
            ),
            rights=listed.rights,
        )


class _Tickets:
    """What one look at the tickets needs, fetched once."""

    def __init__(self, connection: Transaction, own: OwnEvents) -> None:
        self.connection = connection
        self.own = own
        self.rights = rights_of(connection)
        self.drafts = load_drafts(connection, self.rights.user_id)
        self.tickets = known_tickets(connection)
        for lost in own.refused_tickets():
            self.tickets.setdefault(lost.id, lost)

    def listed(self) -> TicketList:
        near = self._near()
        ids = {ticket.machine_id for ticket in self.tickets.values()}
        places = places_of(self.connection, ids)
        lines = [self.line(ticket, places, near) for ticket in self.tickets.values()]
        return TicketList(tuple(sorted(lines, key=_order)), self.rights, near.name if near else "")

    def _near(self) -> LocationRecord | None:
        """Where this laptop was last, as far as it has coordinates."""
        entries = [entry for own in self.own.by_ticket.values() for entry in own]
        there = last_machine(self.connection, entries, self.tickets, arrivals(self.drafts))
        place = places_of(self.connection, (there,)).location_of(there) if there else None
        known = place is not None and place.latitude is not None and place.longitude is not None
        return place if known else None

    def line(self, ticket: TicketRecord, places: Places, near: LocationRecord | None) -> TicketLine:
        machine = places.machines.get(ticket.machine_id)
        newest = self.own.newest(ticket.id)
        refused = newest is not None and newest.state is RecordState.REFUSED
        draft = self.drafts.get(ticket.id)
        events = tuple(event_words(code) for code in ticket.event_codes if code.strip())
        asset, place = machine.asset_number if machine else "", places.name_of(ticket.machine_id)
        mine = bool(self.rights.user_id) and ticket.assignee_id == self.rights.user_id
        return TicketLine(
            id=ticket.id,
            machine_id=ticket.machine_id,
            asset_number=asset,
            place=place,
            fault=ticket.fault,
            urgency=ticket.urgency,
            state=ticket.state,
            opened_at=moment(ticket.opened_at),
            assignee_id=ticket.assignee_id,
            assignee=ticket.assignee_name,
            mine=mine,
            events=events,
            distance=places.metres(near, ticket.machine_id),
            record_state=self.own.state(ticket.id),
            refused=newest if refused else None,
            on_site_since=draft.arrived_at if draft is not None else None,
            search=_search(ticket, asset, place, events),
        )

    def detail(self, ticket_id: str) -> TicketDetail:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            raise Problem("ticket_unknown", ExitCode.USAGE, id=ticket_id)
        places = places_of(self.connection, (ticket.machine_id,))
        read = last_read(self.connection, ticket.machine_id)
        codes = [*ticket.event_codes, *(event.code for event in (read.active if read else ()))]
        return TicketDetail(
            line=self.line(ticket, places, self._near()),
            note=ticket.note,
            opened_by=ticket.opened_by,
            machine=places.machines.get(ticket.machine_id),
            location=places.location_of(ticket.machine_id),
            last_read=read,
            work=tuple(self._works(ticket)),
            guide=guide_pages(codes),
            next_states=MOVES[ticket.state],
            rights=self.rights,
            draft=self.drafts.get(ticket_id, TicketDraft()),
            undo=undo_state(ticket, self.own, self.rights),
        )

    def _works(self, ticket: TicketRecord) -> Iterable[WorkLine]:
        """Newest first: what the ticket holds, and what of this laptop the server refused."""
        entries = self.own.by_ticket.get(ticket.id, ())
        states = {entry.op_id: entry.state for entry in entries}
        lines = [
            WorkLine(
                id=work.id,
                at=moment(work.at),
                by=work.by,
                mine=bool(self.rights.user_id) and work.by_id == self.rights.user_id,
                state=work.state,
                actions=work.actions,
                outcome=work.outcome,
                parts=work.parts,
                seconds_on_site=work.seconds_on_site,
                record_state=states.get(work.id, RecordState.ON_THE_SERVER),
            )
            for work in ticket.work
        ]
        held = {line.id for line in lines}
        for entry in self.own.refused(ticket.id):
            if entry.type == TicketWorked.TYPE and entry.op_id not in held:
                said = TicketWorked.model_validate(entry.payload)
                lines.append(
                    WorkLine(
                        id=entry.op_id,
                        at=entry.recorded_at,
                        by="",
                        mine=True,
                        state=said.state,
                        actions=said.actions,
                        outcome=said.outcome,
                        parts=said.parts,
                        seconds_on_site=said.seconds_on_site,
                        record_state=RecordState.REFUSED,
                    )
                )
        return sorted(lines, key=lambda line: (line.at is not None, line.at, line.id), reverse=True)


def _order(line: TicketLine) -> tuple[object, ...]:
    return (
        DONE_STATES.index(line.state) + 1 if line.state in DONE_STATES else 0,
        URGENCIES.index(line.urgency),
        _FAR if line.distance is None else line.distance,
        line.opened_at.timestamp() if line.opened_at is not None else 0.0,
        line.id,
    )


def _search(ticket: TicketRecord, asset: str, place: str, events: Iterable[EventWords]) -> str:
    told = (f"{event.code} {event.text}" for event in events)
    words = (asset, place, ticket.fault, ticket.note, ticket.assignee_name, ticket.opened_by)
    return fold(" ".join((*words, *told)))


def undo_state(ticket: TicketRecord, own: OwnEvents, rights: TicketRights) -> WorkState | None:
    """What state takes back the newest record of this ticket; None when nothing can be.

    Only what is still on this laptop alone, and nothing after `closed`.
    """
    newest = own.newest(ticket.id)
    if not rights.may_work or newest is None or newest.state is not RecordState.RECORDED_HERE:
        return None
    if newest.type == TicketOpened.TYPE:
        return "resolved" if not ticket.work else None
    if not ticket.work or ticket.work[-1].id != newest.op_id or ticket.state == "closed":
        return None
    if newest.payload.get("outcome") in (TAKEN_BACK, OPENED_BY_MISTAKE):
        return None
    before = ticket_after(ticket.work[:-1]).state
    state: WorkState = "assigned" if before == "open" else before
    said = any(newest.payload.get(name) for name in ("actions", "outcome", "parts"))
    return state if said or state != ticket.state else None


# --- recording ----------------------------------------------------------------------------------


def open_ticket(
    wp: Workplace,
    *,
    machine_id: str,
    fault: str,
    urgency: Urgency = "normal",
    event_codes: Sequence[str] = (),
    note: str = "",
) -> str:
    """Open a ticket for a machine; returns its id. Topics of change: `TOPICS`.

    Raises Problem: ticket_sign_in, ticket_no_right, ticket_incomplete, machine_not_here.
    """
    if not fault.strip():
        raise Problem("ticket_incomplete", ExitCode.USAGE, why="fault")
    codes = tuple(dict.fromkeys(code.strip() for code in event_codes if code.strip()))
    if len(codes) > MOST_CODES or any(len(code) > LONGEST_CODE for code in codes):
        raise Problem("ticket_incomplete", ExitCode.USAGE, why="codes")
    with wp.database.write() as connection:
        _allowed(connection, lambda rights: rights.may_open, "open")
        _machine(connection, machine_id)
        ticket_id = wp.new_id()
        payload = TicketOpened(
            ticket_id=ticket_id,
            machine_id=machine_id,
            fault=fault.strip(),
            urgency=urgency,
            event_codes=codes,
            note=note.strip(),
        )
        _append(wp, connection, payload, ticket_id)
    return ticket_id


def arrive(wp: Workplace, ticket_id: str) -> datetime:
    """The person is at the machine now: time on site counts from here. It is told with the work.

    Topics of change: tickets. Raises as `work_ticket`.
    """
    with wp.database.write() as connection:
        rights = _allowed(connection, lambda rights: rights.may_work, "work")
        _ticket(connection, ticket_id)
        draft = load_drafts(connection, rights.user_id).get(ticket_id, TicketDraft())
        if draft.arrived_at is not None:
            return draft.arrived_at
        now = wp.clock()
        kept = TicketDraft(now, draft.actions, draft.outcome, draft.state, draft.parts)
        store_draft(connection, rights.user_id, ticket_id, kept)
    return now


def keep_draft(wp: Workplace, ticket_id: str, draft: TicketDraft) -> None:
    """Keep what was typed so far, so that a dead battery costs nothing. Changes no topic."""
    with wp.database.write() as connection:
        rights = rights_of(connection)
        store_draft(connection, rights.user_id, ticket_id, draft)


def take_ticket(wp: Workplace, ticket_id: str) -> None:
    """The ticket is this person's now. Topics of change: `TOPICS`. Raises as `work_ticket`."""
    with wp.database.write() as connection:
        rights = _allowed(connection, lambda rights: rights.may_work, "work")
        ticket = _ticket(connection, ticket_id)
        payload = TicketWorked(
            ticket_id=ticket_id, state=_TAKEN[ticket.state], assignee_id=rights.user_id
        )
        _append(wp, connection, payload, ticket_id)


def work_ticket(
    wp: Workplace,
    ticket_id: str,
    *,
    state: WorkState | None,
    actions: str = "",
    outcome: str = "",
    parts: Sequence[PartUsed] = (),
    arrived_at: datetime | None = None,
) -> None:
    """Record what was done; the person leaves now. The draft of it is gone with that.

    Topics of change: `TOPICS`. Raises Problem: ticket_sign_in, ticket_no_right, ticket_unknown,
    ticket_closed, ticket_incomplete.
    """
    if state is None:
        raise Problem("ticket_incomplete", ExitCode.USAGE, why="state")
    if state in DONE_STATES and not (actions.strip() or outcome.strip()):
        raise Problem("ticket_incomplete", ExitCode.USAGE, why="outcome")
    if any(not part.name.strip() for part in parts):
        raise Problem("ticket_incomplete", ExitCode.USAGE, why="part")
    now = wp.clock()
    with wp.database.write() as connection:
        rights = _allowed(connection, lambda rights: rights.may_work, "work")
        ticket = _ticket(connection, ticket_id)
        if arrived_at is not None and arrived_at > now:
            arrived_at = None  # the clock was set back: better no time than a wrong one
        proof = _read_since(connection, ticket.machine_id, arrived_at)
        payload = TicketWorked(
            ticket_id=ticket_id,
            state=state,
            actions=actions.strip(),
            outcome=outcome.strip(),
            parts=tuple(parts),
            arrived_at=to_wire(arrived_at) if arrived_at else None,
            left_at=to_wire(now) if arrived_at else None,
            seconds_on_site=int((now - arrived_at).total_seconds()) if arrived_at else None,
            read_id=proof,
        )
        _append(wp, connection, payload, ticket_id)
        store_draft(connection, rights.user_id, ticket_id, None)


def undo_ticket(wp: Workplace, ticket_id: str) -> None:
    """Take back the newest record while it is on this laptop alone, by a record that says so.

    What was typed becomes a draft again. Topics of change: `TOPICS`.
    Raises Problem: ticket_unknown, ticket_nothing_to_undo, ticket_no_right.
    """
    entries = list_outbox(wp, limit=_OWN_RECORDS)
    with wp.database.write() as connection:
        rights = _allowed(connection, lambda rights: rights.may_work, "work")
        ticket = known_tickets(connection).get(ticket_id)
        if ticket is None:
            raise Problem("ticket_unknown", ExitCode.USAGE, id=ticket_id)
        state = undo_state(ticket, OwnEvents.of(entries), rights)
        if state is None:
            raise Problem("ticket_nothing_to_undo", ExitCode.USAGE)
        words = TAKEN_BACK if ticket.work else OPENED_BY_MISTAKE
        payload = TicketWorked(ticket_id=ticket_id, state=state, outcome=words)
        _append(wp, connection, payload, ticket_id)
        if ticket.work:
            wrong = ticket.work[-1]
            draft = TicketDraft(
                moment(wrong.arrived_at),
                wrong.actions,
                wrong.outcome,
                wrong.state,
                tuple(PartUsed.model_validate(part.model_dump()) for part in wrong.parts),
            )
            store_draft(connection, rights.user_id, ticket_id, draft)


def _allowed(
    connection: Transaction, allows: Callable[[TicketRights], bool], what: str
) -> TicketRights:
    rights = rights_of(connection)
    if not rights.signed_in:
        raise Problem("ticket_sign_in", ExitCode.USAGE)
    if not allows(rights):
        why = "work" if what == "work" and rights.may_open else what
        raise Problem("ticket_no_right", ExitCode.REFUSED, why=why)
    return rights


def _machine(connection: Transaction, machine_id: str) -> MachineRecord:
    machine = snapshot_store.record(connection, MachineRecord, machine_id)
    if machine is None:
        raise Problem("machine_not_here", ExitCode.USAGE, id=machine_id)
    return machine


def _ticket(connection: Transaction, ticket_id: str) -> TicketRecord:
    """One that work can be recorded on."""
    ticket = known_tickets(connection).get(ticket_id)
    if ticket is None:
        raise Problem("ticket_unknown", ExitCode.USAGE, id=ticket_id)
    if ticket.state == "closed":
        raise Problem("ticket_closed", ExitCode.USAGE)
    return ticket


def _read_since(connection: Transaction, machine_id: str, since: datetime | None) -> str | None:
    """The newest whole read of the machine that was taken during the work."""
    if since is None:
        return None
    for summary in read_store.summaries(connection, limit=5, machine_id=machine_id):
        if summary.complete and not summary.source and not summary.practice:
            return summary.id if summary.at >= since else None
    return None


def _append(wp: Workplace, connection: Transaction, payload: EventPayload, ticket_id: str) -> None:
    session = load_session(connection)
    outbox_store.append(
        connection,
        new_id=wp.new_id,
        type=payload.TYPE,
        entity=("ticket", ticket_id),
        payload=payload.model_dump(mode="json"),
        actor=session.user_id if session else None,
        occurred_at=to_wire(wp.clock()),
    )

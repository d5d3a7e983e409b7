"""What a person sees: the server's records with the events folded over them that it lacks yet.

Pure: undoing a refused event is not folding it. A fold is idempotent, and where the server already
has the effect, the server's record is the truth. The folds of a driver's day: projection_day.py.
To add an event (cvd_shared/wire_events.py says the other steps): its function here and its line in
`FOLDS`. A completeness test names the forgotten step.
"""

from collections.abc import Iterable

from cvd_desktop.domain.projection_day import DAY_FOLDS
from cvd_desktop.domain.projection_parts import Fold, Key, PendingEvent, View
from cvd_shared.canonical import canonical_json
from cvd_shared.ticket_states import in_order, ticket_after
from cvd_shared.wire_events import (
    EVENTS,
    EventPayload,
    MachineWritten,
    MetersEntered,
    ReadAssigned,
    ReadRecorded,
    TicketOpened,
    TicketWorked,
)
from cvd_shared.wire_records import (
    MachineWriteRecord,
    MeterEntryRecord,
    ReadRecord,
    Record,
    TicketRecord,
    TicketWork,
)

__all__ = ["FOLDS", "Key", "PendingEvent", "View", "project"]


def project(records: Iterable[Record], events: Iterable[PendingEvent]) -> View:
    """The records by key, as they will be once the server has taken the events in this order.

    An event of a type that this program does not know changes nothing that is shown.
    """
    view: View = {(record.KIND, record.id): record for record in records}
    for event in events:
        what = (event.type, event.version)
        if what in FOLDS:
            payload = EVENTS[what].model_validate_json(canonical_json(event.payload))
            FOLDS[what](view, event, payload)
    return view


def _read_recorded(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, ReadRecorded)
    view.setdefault(
        (ReadRecord.KIND, payload.read_id),
        ReadRecord(
            id=payload.read_id,
            machine_id=payload.machine_id,
            asset_number=payload.asset_number,
            at=payload.at,
            purpose=payload.purpose,
            link=payload.link,
            complete=payload.complete,
            size=payload.size,
            raw_sha256=payload.raw_sha256,
            verdict=payload.verdict,
        ),
    )


def _read_assigned(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, ReadAssigned)
    key = (ReadRecord.KIND, payload.read_id)
    read = view.get(key)
    if isinstance(read, ReadRecord):
        view[key] = read.model_copy(
            update={"machine_id": payload.machine_id, "verdict": payload.verdict}
        )


def _machine_written(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, MachineWritten)
    facts = payload.model_dump(exclude={"write_id"})
    view.setdefault(
        (MachineWriteRecord.KIND, payload.write_id),
        MachineWriteRecord(id=payload.write_id, **facts),
    )


def _ticket_opened(view: View, event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, TicketOpened)
    facts = payload.model_dump(exclude={"ticket_id"})
    view.setdefault(
        (TicketRecord.KIND, payload.ticket_id),
        TicketRecord(id=payload.ticket_id, opened_at=event.occurred_at, **facts),
    )


def _ticket_worked(view: View, event: PendingEvent, payload: EventPayload) -> None:
    """One work more, unless the server's record has it; the rest follows as on the server."""
    assert isinstance(payload, TicketWorked)
    key = (TicketRecord.KIND, payload.ticket_id)
    ticket = view.get(key)
    if not isinstance(ticket, TicketRecord) or any(w.id == event.op_id for w in ticket.work):
        return
    facts = payload.model_dump(exclude={"ticket_id"})
    work = TicketWork(id=event.op_id, at=event.occurred_at, by_id=event.actor_id, **facts)
    works = tuple(sorted((*ticket.work, work), key=in_order))
    state, assignee = ticket_after(works)
    name = ticket.assignee_name if assignee == ticket.assignee_id else ""
    view[key] = ticket.model_copy(
        update={"work": works, "state": state, "assignee_id": assignee, "assignee_name": name}
    )


def _meters_entered(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, MetersEntered)
    facts = payload.model_dump(exclude={"entry_id"})
    view.setdefault(
        (MeterEntryRecord.KIND, payload.entry_id), MeterEntryRecord(id=payload.entry_id, **facts)
    )


FOLDS: dict[tuple[str, int], Fold] = {
    (ReadRecorded.TYPE, ReadRecorded.VERSION): _read_recorded,
    (ReadAssigned.TYPE, ReadAssigned.VERSION): _read_assigned,
    (MachineWritten.TYPE, MachineWritten.VERSION): _machine_written,
    (TicketOpened.TYPE, TicketOpened.VERSION): _ticket_opened,
    (TicketWorked.TYPE, TicketWorked.VERSION): _ticket_worked,
    (MetersEntered.TYPE, MetersEntered.VERSION): _meters_entered,
} | DAY_FOLDS

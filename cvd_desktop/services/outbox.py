"""What this laptop has recorded and what became of it; what the sync chip tells."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from cvd_desktop.domain.bundle_records import TakenAway
from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.records import OutboxEntry, RecordState, SyncStatus
from cvd_desktop.services.bundles import taken_away
from cvd_desktop.services.people import others_waiting
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import attachment_store, outbox_store, snapshot_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.outbox_store import StoredEvent
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_desktop.sync.backoff import is_due
from cvd_desktop.sync.sync_run import owner_since
from cvd_shared.wire_events import (
    EventPayload,
    StopMarked,
    TicketOpened,
    TicketWorked,
    VisitAmended,
    VisitFinished,
)
from cvd_shared.wire_records import (
    LocationRecord,
    MachineRecord,
    RunRecord,
    TicketRecord,
    VisitRecord,
)

_MARKED = StopMarked.TYPE


def list_outbox(wp: Workplace, *, offset: int = 0, limit: int = 500) -> list[OutboxEntry]:
    """Every record of this person on this laptop with its state: the refused first, then what
    waits, then what is on the server; each newest first."""
    with wp.database.read() as connection:
        events = outbox_store.for_a_person(
            connection,
            offset=offset,
            limit=limit,
            after_lseq=owner_since(connection),
        )
        machines = _machines(connection, events)
        places = _places(connection, events)
        next_try = _moment(meta.get(connection, meta.NEXT_TRY))
        away = taken_away(connection)
        left = _left(connection)
        files = _files_waiting(connection, events)
    return [
        replace(
            _entry(event, machines.get(event.op_id), places.get(event.op_id), next_try, away),
            left_to_office=event.op_id in left,
            files_waiting=files.get(event.op_id, 0),
        )
        for event in events
    ]


def sync_status(wp: Workplace) -> SyncStatus:
    """Waiting, refused, on the server, last contact, next try; cheap enough to ask often."""
    with wp.database.read() as connection:
        counts = outbox_store.counts(connection, after_lseq=owner_since(connection))
        known = meta.get_many(
            connection, meta.LAST_ANSWER, meta.NEXT_TRY, meta.PROBLEM, meta.POLICY
        )
        left = _left(connection)
        still_left = len(left & set(outbox_store.refused_among(connection, left))) if left else 0
        files = attachment_store.counts(connection)
        session = load_session(connection)
    return SyncStatus(
        signed_in=session is not None,
        waiting=counts.waiting,
        oldest_waiting=counts.oldest_waiting,
        refused=counts.refused - still_left,
        left_to_office=still_left,
        on_server=counts.on_server,
        last_answer_at=_moment(known.get(meta.LAST_ANSWER)),
        next_try_at=_moment(known.get(meta.NEXT_TRY)),
        problem=known.get(meta.PROBLEM),
        policy=known.get(meta.POLICY) or "normal",
        attachments_waiting=files.waiting,
        others_waiting=others_waiting(wp.data_dir),
    )


def sync_is_due(wp: Workplace) -> bool:
    """True when a run of sync that nobody asked for may begin: its waiting time is over."""
    with wp.database.read() as connection:
        next_try = _moment(meta.get(connection, meta.NEXT_TRY))
    return is_due(next_try, wp.clock())


def retry_now(wp: Workplace) -> None:
    """Do not wait for the next try any longer. Topics of change: sync, outbox."""
    with wp.database.write() as connection:
        meta.delete_many(connection, meta.NEXT_TRY, meta.FAILURES)


def leave_to_office(wp: Workplace, op_id: str, *, left: bool = True) -> None:
    """A refused record asks this person for nothing any more; `left` False takes that back.

    The record stays as it is, here and on the server. Topics of change: sync, outbox.
    """
    with wp.database.write() as connection:
        known = _left(connection)
        known = known | {op_id} if left else known - {op_id}
        meta.put(connection, meta.LEFT, json.dumps(sorted(known)))


def _files_waiting(connection: Transaction, events: list[StoredEvent]) -> dict[str, int]:
    """op_id -> how many of its files the server still needs, or may need; of answered events."""
    named = {
        sha256: event.op_id for event in events if event.acked for sha256 in event.body["blobs"]
    }
    if not named:
        return {}
    states = attachment_store.states(connection, named)
    awaiting = attachment_store.awaiting(connection)
    return Counter(named[each] for each, known in states.items() if known.state in awaiting)


def _left(connection: Transaction) -> set[str]:
    return set(json.loads(meta.get(connection, meta.LEFT) or "[]"))


def _machines(connection: Transaction, events: list[StoredEvent]) -> dict[str, MachineRecord]:
    """op_id -> the machine that the event is about, where the server has told of it."""
    ids = {
        event.op_id: machine_id
        for event in events
        if isinstance(machine_id := event.body["payload"].get("machine_id"), str)
    } | _machines_of_parents(connection, events)
    by_id = snapshot_store.records(connection, MachineRecord, set(ids.values()))
    found = {op_id: by_id[each] for op_id, each in ids.items() if each in by_id}
    by_asset: dict[str, MachineRecord | None] = {}
    for event in events:
        asset = event.body["payload"].get("asset_number")
        if event.op_id not in ids and isinstance(asset, str):
            if asset not in by_asset:
                by_asset[asset] = snapshot_store.machine_by_asset(connection, asset)
            machine = by_asset[asset]
            if machine is not None:
                found[event.op_id] = machine
    return found


class _Child(NamedTuple):
    """An event about a record that says itself at which machine it stands."""

    event: type[EventPayload]
    field: str  # of its payload: the id of that record
    parent: type[EventPayload]  # the event that made it
    record: type[TicketRecord] | type[VisitRecord]


_CHILDREN = (
    _Child(TicketWorked, "ticket_id", TicketOpened, TicketRecord),
    _Child(VisitAmended, "visit_id", VisitFinished, VisitRecord),
)


def _machines_of_parents(connection: Transaction, events: list[StoredEvent]) -> dict[str, str]:
    """op_id -> the machine of the ticket or visit; it was recorded here or is known."""
    found: dict[str, str] = {}
    for child, field, parent, record in _CHILDREN:
        parents = {
            event.op_id: event.body["payload"][field]
            for event in events
            if event.type == child.TYPE
        }
        if not parents:
            continue
        known = snapshot_store.records(connection, record, set(parents.values()))
        machines = {each.id: each.machine_id for each in known.values()} | {
            event.body["payload"][field]: event.body["payload"]["machine_id"]
            for event in events
            if event.type == parent.TYPE
        }
        found |= {op: machines[each] for op, each in parents.items() if each in machines}
    return found


def _places(connection: Transaction, events: list[StoredEvent]) -> dict[str, str]:
    """op_id -> where the stop is that was marked, as far as the run is known."""
    marks = {event.op_id: event.body["payload"] for event in events if event.type == _MARKED}
    if not marks:
        return {}
    runs = snapshot_store.records(
        connection, RunRecord, {each["run_id"] for each in marks.values()}
    )
    locations = {(run.id, stop.id): stop.location_id for run in runs.values() for stop in run.stops}
    names = snapshot_store.records(connection, LocationRecord, set(locations.values()))
    found: dict[str, str] = {}
    for op_id, mark in marks.items():
        location = names.get(locations.get((mark["run_id"], mark["stop_id"]), ""))
        if location is not None:
            found[op_id] = location.name
    return found


def _entry(
    event: StoredEvent,
    machine: MachineRecord | None,
    place: str | None,
    next_try: datetime | None,
    away: TakenAway | None,
) -> OutboxEntry:
    payload = event.body["payload"]
    return OutboxEntry(
        op_id=event.op_id,
        seq=event.seq,
        type=event.type,
        state=_state(event),
        recorded_at=event.created_at,
        answered_at=event.acked_at,
        outcome=event.outcome,
        code=event.code,
        message=event.message,
        machine_asset=payload.get("asset_number") if machine is None else machine.asset_number,
        place=place if machine is None else machine.location_name or None,
        payload=payload,
        blobs=tuple(event.body["blobs"]),
        attempts=event.attempts,
        next_try_at=None if event.acked else next_try,
        machine_id=None if machine is None else machine.id,
        exported_at=_away_since(event, away),
    )


def _away_since(event: StoredEvent, away: TakenAway | None) -> datetime | None:
    """When a person took it away in a file, while there is no word of what became of it."""
    if away is None or event.acked or event.lseq > away.up_to:
        return None
    return away.at


def _state(event: StoredEvent) -> RecordState:
    if not event.acked:
        return RecordState.RECORDED_HERE
    accepted = event.outcome in outbox_store.ACCEPTED
    return RecordState.ON_THE_SERVER if accepted else RecordState.REFUSED


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_wire(text)

"""What each event does: one pure function per event, from the present state to new records.

A handler sees only its event and the `Situation`, and writes only through `situation.write`; the
caller drops the writes when the event or its group is refused. A fact is kept whatever it says:
`Refusal` is for events that cannot be understood or that somebody has to look at first.

To add an event (cvd_shared/wire_events.py says the other steps):
1. `..._wanted(payload)`: the records to lock and load, machines also by asset number.
2. `..._apply(event, situation)`: check existence, then the right to the scope, then the rule;
   return the key of the record whose version is told to the client.
3. Its line in `HANDLERS` with the right that the person needs.
A completeness test names the forgotten step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from cvd_server.access import Principal
from cvd_server.clock import from_wire, to_wire
from cvd_server.grants import Grants
from cvd_server.reading_facts import Facts, reading_facts
from cvd_server.records import Row, route_scope
from cvd_shared.permissions import Right
from cvd_shared.ticket_states import in_order, ticket_after
from cvd_shared.wire import Op
from cvd_shared.wire_events import (
    MAX_INTEGER,
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

Key = tuple[str, str]  # (kind, id)

MAX_WORKS = 200  # on one ticket: it travels as one record
MAX_TICKET_BYTES = 512 * 1024  # of that record on the wire; one work always fits


class Refusal(Exception):  # noqa: N818 - it is a verdict
    """The event is kept but not applied. `rejected`: it is wrong; `quarantined`: look at it."""

    def __init__(self, outcome: Literal["rejected", "quarantined"], code: str, msg: str) -> None:
        super().__init__(code)
        self.outcome = outcome
        self.code = code
        self.msg = msg


@dataclass(frozen=True, slots=True)
class Event:
    op: Op
    payload: EventPayload
    occurred_at: datetime
    received_at: datetime
    who: Principal

    @property
    def at(self) -> str:
        """When it was recorded, on the wire; a laptop whose clock is ahead is not believed."""
        return to_wire(min(self.occurred_at, self.received_at))


@dataclass(frozen=True, slots=True)
class Wanted:
    keys: frozenset[Key] = frozenset()
    assets: frozenset[str] = frozenset()
    stands: frozenset[Key] = frozenset()  # records whose machine is wanted too


@dataclass
class Situation:
    """The records that the batch asked for, as they are with its earlier events applied."""

    grants: Grants
    rows: dict[Key, Row] = field(default_factory=dict)
    by_asset: dict[str, str] = field(default_factory=dict)  # asset number -> id, where unique
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)  # of blobs, where known already
    writes: dict[Key, tuple[Record, dict[str, Any]]] = field(default_factory=dict)

    def row(self, kind: str, row_id: str) -> Row | None:
        """The live record, or None."""
        if (kind, row_id) in self.writes:
            record, extras = self.writes[(kind, row_id)]
            return record.model_dump(mode="json") | extras
        row = self.rows.get((kind, row_id))
        return None if row is None or row["removed"] else row

    def reading_facts(self, name: str) -> Facts:
        """What the raw report says; nothing while its bytes are missing."""
        if name in self.facts:
            return self.facts[name]
        return reading_facts(self.blobs[name]) if name in self.blobs else {}

    def write(self, record: Record, **extras: Any) -> Key:
        key = (record.KIND, record.id)
        self.writes[key] = (record, extras)
        return key


def _read_wanted(payload: ReadRecorded) -> Wanted:
    return _fact_wanted(("read", payload.read_id), payload)


def _fact_wanted(key: Key, payload: ReadRecorded | MachineWritten) -> Wanted:
    if payload.machine_id is not None:
        return Wanted(frozenset({key, ("machine", payload.machine_id)}))
    assets = {payload.asset_number} if payload.asset_number else set()
    return Wanted(frozenset({key}), frozenset(assets))


def _read_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. its machine, 4. may he, 5. what the raw report says, 6. the record."""
    payload = event.payload
    assert isinstance(payload, ReadRecorded)
    _check_entity(event, ("read", payload.read_id))
    if payload.size > MAX_INTEGER:
        raise Refusal("rejected", "payload_invalid", "The size is no size.")
    _check_moments(payload.at)
    _check_new(("read", payload.read_id), situation, "read_exists")
    machine = _machine_of(event, payload, situation)
    record = ReadRecord(
        id=payload.read_id,
        machine_id=machine["id"] if machine else None,
        asset_number=payload.asset_number,
        at=payload.at,
        actor_name=_name(event.who),
        purpose=payload.purpose,
        link=payload.link,
        complete=payload.complete,
        size=payload.size,
        raw_sha256=payload.raw_sha256,
        verdict=payload.verdict,
        **situation.reading_facts(payload.raw_sha256),
    )
    return situation.write(record, actor_id=event.who.user_id)


def _check_entity(event: Event, key: Key) -> None:
    if (event.op.entity.kind, event.op.entity.id) != key:
        raise Refusal("rejected", "entity_differs", "The event names another record than its body.")


def _check_moments(*moments: str | None) -> None:
    try:
        for moment in moments:
            if moment is not None:
                from_wire(moment)
    except ValueError as error:
        raise Refusal("rejected", "payload_invalid", "A time in the record is no time.") from error


def _check_new(key: Key, situation: Situation, code: str) -> None:
    if key in situation.rows or situation.row(*key):
        raise Refusal("rejected", code, "A record with this id was recorded before.")


def _name(who: Principal) -> str:
    return who.full_name or who.name


def _machine_of(
    event: Event, payload: ReadRecorded | MachineWritten, situation: Situation
) -> Row | None:
    """The machine that was chosen; else the one that the file names, if it is this person's."""
    if payload.machine_id is not None:
        return _own_machine(event, payload.machine_id, situation)
    machine = situation.row("machine", situation.by_asset.get(payload.asset_number or "", ""))
    if machine and situation.grants.held(route_scope(machine["route_id"]), event.occurred_at):
        return machine
    return None


def _own_machine(event: Event, machine_id: str, situation: Situation) -> Row:
    machine = situation.row("machine", machine_id)
    if machine is None:  # another operator's machine looks exactly like no machine
        raise Refusal("quarantined", "machine_unknown", "There is no such machine.")
    if not situation.grants.held(route_scope(machine["route_id"]), event.occurred_at):
        raise Refusal("quarantined", "out_of_scope", "The machine is not on your routes.")
    return machine


def _assigned_wanted(payload: ReadAssigned) -> Wanted:
    return Wanted(frozenset({("read", payload.read_id), ("machine", payload.machine_id)}))


def _assigned_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. the read is this person's, 3. so is the machine, 4. the record."""
    payload = event.payload
    assert isinstance(payload, ReadAssigned)
    _check_entity(event, ("read", payload.read_id))
    read = situation.row("read", payload.read_id)
    if read is None or read["actor_id"] != event.who.user_id:
        raise Refusal("quarantined", "read_unknown", "There is no such read of yours.")
    machine = _own_machine(event, payload.machine_id, situation)
    known = ReadRecord.model_validate({name: read[name] for name in ReadRecord.model_fields})
    record = known.model_copy(update={"machine_id": machine["id"], "verdict": payload.verdict})
    return situation.write(record, actor_id=read["actor_id"])


def _written_wanted(payload: MachineWritten) -> Wanted:
    return _fact_wanted(("machine_write", payload.write_id), payload)


def _written_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. its machine, as for a read, 4. the record."""
    payload = event.payload
    assert isinstance(payload, MachineWritten)
    _check_entity(event, ("machine_write", payload.write_id))
    _check_moments(payload.at)
    _check_new(("machine_write", payload.write_id), situation, "write_exists")
    machine = _machine_of(event, payload, situation)
    facts = payload.model_dump(exclude={"write_id", "machine_id"})
    record = MachineWriteRecord(
        id=payload.write_id,
        machine_id=machine["id"] if machine else None,
        actor_name=_name(event.who),
        **facts,
    )
    return situation.write(record, actor_id=event.who.user_id)


def _opened_wanted(payload: TicketOpened) -> Wanted:
    return Wanted(frozenset({("ticket", payload.ticket_id), ("machine", payload.machine_id)}))


def _opened_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the machine is this person's, 4. the record."""
    payload = event.payload
    assert isinstance(payload, TicketOpened)
    _check_entity(event, ("ticket", payload.ticket_id))
    _check_new(("ticket", payload.ticket_id), situation, "ticket_exists")
    machine = _own_machine(event, payload.machine_id, situation)
    return situation.write(
        TicketRecord(
            id=payload.ticket_id,
            machine_id=machine["id"],
            fault=payload.fault,
            urgency=payload.urgency,
            event_codes=payload.event_codes,
            note=payload.note,
            opened_at=event.at,
            opened_by=_name(event.who),
        )
    )


def _worked_wanted(payload: TicketWorked) -> Wanted:
    ticket = ("ticket", payload.ticket_id)
    assignee = {("user", payload.assignee_id)} if payload.assignee_id is not None else set()
    return Wanted(frozenset({ticket, *assignee}), stands=frozenset({ticket}))


def _worked_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. the ticket is there, 3. may he, 4. the assignee, 5. one work more.

    No work is lost and none goes before another: the state follows from all of them
    (cvd_shared/ticket_states), whoever arrives first.
    """
    payload = event.payload
    assert isinstance(payload, TicketWorked)
    _check_entity(event, ("ticket", payload.ticket_id))
    _check_moments(payload.arrived_at, payload.left_at)
    row = situation.row("ticket", payload.ticket_id)
    if row is None:
        raise Refusal("quarantined", "ticket_unknown", "There is no such ticket.")
    if row["assignee_id"] != event.who.user_id:
        _own_machine(event, row["machine_id"], situation)
    known = TicketRecord.model_validate({name: row[name] for name in TicketRecord.model_fields})
    work = TicketWork(
        id=event.op.op_id,
        at=event.at,
        by=_name(event.who),
        by_id=event.who.user_id,
        **payload.model_dump(exclude={"ticket_id"}),
    )
    works = tuple(sorted((*known.work, work), key=in_order))
    state, assignee_id = ticket_after(works)
    record = known.model_copy(
        update={
            "work": works,
            "state": state,
            "assignee_id": assignee_id,
            "assignee_name": _assignee_name(event, payload, assignee_id, known, situation),
        }
    )
    if len(works) > MAX_WORKS or len(record.model_dump_json().encode()) > MAX_TICKET_BYTES:
        raise Refusal("quarantined", "ticket_full", "The ticket holds too much work already.")
    return situation.write(record)


def _assignee_name(
    event: Event,
    payload: TicketWorked,
    assignee_id: str | None,
    known: TicketRecord,
    situation: Situation,
) -> str:
    names = {known.assignee_id: known.assignee_name} | {work.by_id: work.by for work in known.work}
    names[event.who.user_id] = _name(event.who)
    if payload.assignee_id is not None:
        user = situation.row("user", payload.assignee_id)
        if user is None:  # another operator's person looks exactly like none
            raise Refusal("quarantined", "person_unknown", "There is no such person.")
        names[payload.assignee_id] = user["full_name"] or user["name"]
    return names.get(assignee_id, "")


def _entered_wanted(payload: MetersEntered) -> Wanted:
    return Wanted(frozenset({("meter_entry", payload.entry_id), ("machine", payload.machine_id)}))


def _entered_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the machine is this person's, 4. the record."""
    payload = event.payload
    assert isinstance(payload, MetersEntered)
    _check_entity(event, ("meter_entry", payload.entry_id))
    _check_moments(payload.at)
    _check_new(("meter_entry", payload.entry_id), situation, "meters_exist")
    machine = _own_machine(event, payload.machine_id, situation)
    facts = payload.model_dump(exclude={"entry_id", "machine_id"})
    return situation.write(
        MeterEntryRecord(
            id=payload.entry_id, machine_id=machine["id"], actor_name=_name(event.who), **facts
        )
    )


@dataclass(frozen=True, slots=True)
class Handler:
    right: Right
    wanted: Callable[[Any], Wanted]
    apply: Callable[[Event, Situation], Key]


HANDLERS: dict[type[EventPayload], Handler] = {
    ReadRecorded: Handler(Right.READ_RECORD, _read_wanted, _read_apply),
    ReadAssigned: Handler(Right.READ_RECORD, _assigned_wanted, _assigned_apply),
    MachineWritten: Handler(Right.MACHINE_WRITE, _written_wanted, _written_apply),
    TicketOpened: Handler(Right.VISIT_RECORD, _opened_wanted, _opened_apply),
    TicketWorked: Handler(Right.TICKET_WORK, _worked_wanted, _worked_apply),
    MetersEntered: Handler(Right.READ_RECORD, _entered_wanted, _entered_apply),
}

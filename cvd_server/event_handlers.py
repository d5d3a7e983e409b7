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
from cvd_server.clock import from_wire
from cvd_server.grants import Grants
from cvd_server.reading_facts import Facts, reading_facts
from cvd_server.records import Row, route_scope
from cvd_shared.permissions import Right
from cvd_shared.wire import Op
from cvd_shared.wire_events import EventPayload, ReadAssigned, ReadRecorded
from cvd_shared.wire_records import ReadRecord, Record

Key = tuple[str, str]  # (kind, id)

MAX_INTEGER = 2**63 - 1


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
    who: Principal


@dataclass(frozen=True, slots=True)
class Wanted:
    keys: frozenset[Key] = frozenset()
    assets: frozenset[str] = frozenset()


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
    keys = {("read", payload.read_id)}
    if payload.machine_id is not None:
        return Wanted(frozenset(keys | {("machine", payload.machine_id)}))
    assets = {payload.asset_number} if payload.asset_number else set()
    return Wanted(frozenset(keys), frozenset(assets))


def _read_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. its machine, 4. may he, 5. what the raw report says, 6. the record."""
    payload = event.payload
    assert isinstance(payload, ReadRecorded)
    if event.op.entity.kind != "read" or event.op.entity.id != payload.read_id:
        raise Refusal("rejected", "entity_differs", "The event names another record than its body.")
    if payload.size > MAX_INTEGER:
        raise Refusal("rejected", "payload_invalid", "The size is no size.")
    try:
        from_wire(payload.at)
    except ValueError as error:
        raise Refusal("rejected", "payload_invalid", "The time of the read is no time.") from error
    if ("read", payload.read_id) in situation.rows or situation.row("read", payload.read_id):
        raise Refusal("rejected", "read_exists", "A read with this id was recorded before.")
    machine = _machine_of(event, payload, situation)
    record = ReadRecord(
        id=payload.read_id,
        machine_id=machine["id"] if machine else None,
        asset_number=payload.asset_number,
        at=payload.at,
        actor_name=event.who.full_name or event.who.name,
        purpose=payload.purpose,
        link=payload.link,
        complete=payload.complete,
        size=payload.size,
        raw_sha256=payload.raw_sha256,
        verdict=payload.verdict,
        **situation.reading_facts(payload.raw_sha256),
    )
    return situation.write(record, actor_id=event.who.user_id)


def _machine_of(event: Event, payload: ReadRecorded, situation: Situation) -> Row | None:
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
    if event.op.entity.kind != "read" or event.op.entity.id != payload.read_id:
        raise Refusal("rejected", "entity_differs", "The event names another record than its body.")
    read = situation.row("read", payload.read_id)
    if read is None or read["actor_id"] != event.who.user_id:
        raise Refusal("quarantined", "read_unknown", "There is no such read of yours.")
    machine = _own_machine(event, payload.machine_id, situation)
    known = ReadRecord.model_validate({name: read[name] for name in ReadRecord.model_fields})
    record = known.model_copy(update={"machine_id": machine["id"], "verdict": payload.verdict})
    return situation.write(record, actor_id=read["actor_id"])


@dataclass(frozen=True, slots=True)
class Handler:
    right: Right
    wanted: Callable[[Any], Wanted]
    apply: Callable[[Event, Situation], Key]


HANDLERS: dict[type[EventPayload], Handler] = {
    ReadRecorded: Handler(Right.READ_RECORD, _read_wanted, _read_apply),
    ReadAssigned: Handler(Right.READ_RECORD, _assigned_wanted, _assigned_apply),
}

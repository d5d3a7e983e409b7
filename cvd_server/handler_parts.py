"""What the handlers of events share: the event, the records as they are, checks, refusals."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from cvd_server.access import Principal
from cvd_server.clock import from_wire, to_wire
from cvd_server.grants import Grants
from cvd_server.records import RecordT, Row, known, route_scope
from cvd_shared.permissions import Right
from cvd_shared.record_facts import Facts, reading_facts
from cvd_shared.wire import Op
from cvd_shared.wire_events import EventPayload
from cvd_shared.wire_records import Record

Key = tuple[str, str]  # (kind, id)

_NEXT = timedelta(milliseconds=1)  # the smallest step on the wire


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

    @property
    def captured_at(self) -> datetime:
        """When it was recorded, corrected by what the laptop's clock was found to be off."""
        try:
            corrected = self.occurred_at - timedelta(milliseconds=self.op.skew_ms or 0)
        except OverflowError:
            corrected = self.occurred_at
        return min(corrected, self.received_at)

    def in_turn(self, told: str, before: Iterable[str]) -> str:
        """The moment of a fact of which the newest holds, not later than its arrival.

        One of a clock that is ahead comes after those (`before`) that were here when it arrived:
        of two that arrive together the later one still holds.
        """
        moment = from_wire(told)
        if moment <= self.received_at:
            return to_wire(moment)
        newest = max(map(from_wire, before), default=self.received_at - _NEXT)
        return to_wire(max(self.received_at, newest + _NEXT))


@dataclass(frozen=True, slots=True)
class Wanted:
    keys: frozenset[Key] = frozenset()
    assets: frozenset[str] = frozenset()
    stands: frozenset[Key] = frozenset()  # records whose machine is wanted too
    bags: frozenset[str] = frozenset()  # as cvd_shared.bags spells them


@dataclass
class Situation:
    """The records that the batch asked for, as they are with its earlier events applied."""

    grants: Grants
    rows: dict[Key, Row] = field(default_factory=dict)
    by_asset: dict[str, str] = field(default_factory=dict)  # asset number -> id, where unique
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)  # of blobs, where known already
    writes: dict[Key, tuple[Record, dict[str, Any]]] = field(default_factory=dict)
    bags: dict[str, str] = field(default_factory=dict)  # bag -> the visit that used it first

    def row(self, kind: str, row_id: str) -> Row | None:
        """The live record, or None."""
        if (kind, row_id) in self.writes:
            record, extras = self.writes[(kind, row_id)]
            return record.model_dump(mode="json") | extras
        row = self.rows.get((kind, row_id))
        return None if row is None or row["removed"] else row

    def record(self, model: type[RecordT], row_id: str) -> RecordT | None:
        """The live record as its model, or None."""
        written = self.writes.get((model.KIND, row_id))
        if written is not None and isinstance(written[0], model):
            return written[0]
        row = self.row(model.KIND, row_id)
        return None if row is None else known(model, row)

    def unsent(self, key: Key, column: str) -> Any:
        """A column of a record that does not travel; None without the record."""
        if key in self.writes:
            return self.writes[key][1].get(column)
        return self.rows[key][column] if key in self.rows else None

    def reading_facts(self, name: str) -> Facts:
        """What the raw report says; nothing while its bytes are missing."""
        if name in self.facts:
            return self.facts[name]
        return reading_facts(self.blobs[name]) if name in self.blobs else {}

    def write(self, record: Record, **extras: Any) -> Key:
        key = (record.KIND, record.id)
        self.writes[key] = (record, extras)
        return key


@dataclass(frozen=True, slots=True)
class Handler:
    right: Right
    wanted: Callable[[Any], Wanted]
    apply: Callable[[Event, Situation], Key]


def check_entity(event: Event, key: Key) -> None:
    if (event.op.entity.kind, event.op.entity.id) != key:
        raise Refusal("rejected", "entity_differs", "The event names another record than its body.")


def check_moments(*moments: str | None) -> None:
    try:
        for moment in moments:
            if moment is not None:
                from_wire(moment)
    except ValueError as error:
        raise Refusal("rejected", "payload_invalid", "A time in the record is no time.") from error


def check_new(key: Key, situation: Situation, code: str) -> None:
    if key in situation.rows or situation.row(*key):
        raise Refusal("rejected", code, "A record with this id was recorded before.")


def name_of(who: Principal) -> str:
    return who.full_name or who.name


def own_machine(event: Event, machine_id: str, situation: Situation) -> Row:
    machine = situation.row("machine", machine_id)
    if machine is None:  # another operator's machine looks exactly like no machine
        raise Refusal("quarantined", "machine_unknown", "There is no such machine.")
    scope = route_scope(machine["route_id"])
    missed = Refusal("quarantined", "out_of_scope", "The machine is not on your routes.")
    check_scope(event, scope, situation, missed)
    return machine


def check_route(event: Event, route_id: str, situation: Situation) -> None:
    """The person holds the route, or held it when the event was recorded."""
    scope = route_scope(route_id)
    missed = Refusal("quarantined", "route_not_held", "It is not one of your routes.")
    check_scope(event, scope, situation, missed)


def check_scope(event: Event, scope: str, situation: Situation, missed: Refusal) -> None:
    """A fact counts if the scope was held when it was recorded; near to that, a person decides.

    Raises `missed` where it never was.
    """
    if situation.grants.held(scope, event.captured_at):
        return
    if situation.grants.in_doubt(scope, event.captured_at):
        raise Refusal("quarantined", "scope_doubt", "It was yours some days before or after.")
    raise missed


def check_command(scope: str, situation: Situation) -> None:
    """A command says how things shall be from now on: it needs the scope now."""
    if not situation.grants.holds(scope):
        raise Refusal("quarantined", "scope_lost", "It was given to somebody else meanwhile.")

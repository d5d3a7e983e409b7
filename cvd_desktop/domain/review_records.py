"""What a manager gets to see of a day: frozen facts, worked out by services/review.py."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from cvd_shared.cash_facts import CashExpected, OverShort
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import StopState
from cvd_shared.wire_records import (
    CollectedCash,
    LocationRecord,
    MachineRecord,
    PhotoRecord,
    ReadRecord,
    TicketRecord,
    VisitAmendment,
    VisitedSlot,
    VisitRecord,
)

CashProof = Literal["no_cash", "not_counted", "not_provable", "proven"]
"""Nothing was collected, nobody has counted yet, the sum cannot be proved, it is proved."""
ExceptionKind = Literal[
    "no_read", "bag_used_before", "price_differs", "unmapped", "meter_restarted",
    "identity_differs", "fill_above_need", "late", "refused",
]  # fmt: skip
CATEGORY: Mapping[ExceptionKind, Literal["cash", "machine", "driver"]] = {
    "no_read": "cash",
    "bag_used_before": "cash",
    "price_differs": "machine",
    "unmapped": "machine",
    "meter_restarted": "machine",
    "identity_differs": "machine",
    "fill_above_need": "driver",
    "late": "driver",
    "refused": "driver",
}


@dataclass(frozen=True, slots=True)
class CashSum:
    """Of one currency, in its minor units. None: not known of any bag.

    `expected` is the sum of what is known, `whole` whether that is of every bag.
    """

    currency: str
    decimals: int
    expected: int | None
    counted: int | None
    over_short: int | None  # of the bags of which both are known
    proof: CashProof
    bags: int
    bags_counted: int
    whole: bool


@dataclass(frozen=True, slots=True)
class StopReview:
    """One stop of a run, in the driver's order."""

    stop_id: str
    number: int
    name: str
    state: StopState
    late: bool
    reason: str  # of a skipped one: a code of SKIP_REASONS
    note: str
    at: datetime | None  # of its newest mark
    window_to: str | None  # local "HH:MM"
    visit_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitBrief:
    """One visit in a list. Money in minor units of its machine; None: not known."""

    visit_id: str
    stop_id: str | None
    machine: MachineRecord | None
    place: str
    driver: str
    arrived_at: datetime
    finished_at: datetime
    has_read: bool
    filled: int
    expected: int | None
    counted: int | None
    over_short: int | None
    proof: CashProof


@dataclass(frozen=True, slots=True)
class RunReview:
    """One run of the day; without an id: what was visited outside of any."""

    run_id: str
    route_id: str
    route_number: str
    route_name: str
    driver: str  # name of whoever did it, else of whoever is to do it
    stops: tuple[StopReview, ...]
    visits: tuple[VisitBrief, ...]  # as they were finished
    visited: int  # machines
    read: int  # of these, with a read
    cash: tuple[CashSum, ...]  # by currency

    def count(self, state: StopState) -> int:
        return sum(stop.state == state for stop in self.stops)

    @property
    def late(self) -> int:
        return sum(stop.late for stop in self.stops)

    @property
    def visit_ids(self) -> tuple[str, ...]:
        return tuple(visit.visit_id for visit in self.visits)


@dataclass(frozen=True, slots=True)
class DayException:
    """Something that a manager should look at. `values` fill the sentence of its kind."""

    kind: ExceptionKind
    values: Mapping[str, str | int]
    run_id: str | None
    visit_id: str | None
    machine: MachineRecord | None
    route_number: str
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DayReview:
    """All that this laptop knows of a day, as of the last sync."""

    day: date
    runs: tuple[RunReview, ...]
    exceptions: tuple[DayException, ...]
    outside: RunReview | None  # visits that belong to no run; None: there are none
    synced_at: datetime | None  # the server's last answer
    days: tuple[date, ...] = ()  # that have runs, oldest first
    basis: Hashable = None  # equal as long as nothing that it rests on has changed


@dataclass(frozen=True, slots=True)
class ProofPart:
    """One of the things that a proof of the cash needs."""

    code: Literal["read_at_collect", "read_at_last_collect", "bag_counted", "meters_go_on"]
    holds: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AmendmentReview:
    """A correction: what stood there before it, and what stands there after it."""

    amendment: VisitAmendment
    lines: tuple[tuple[VisitedSlot | None, VisitedSlot], ...]
    cash_before: CollectedCash | None
    cash_after: CollectedCash | None  # None: the cash was left as it was


@dataclass(frozen=True, slots=True)
class VisitReview:
    """One visit as the office reads it: what the driver recorded, and what follows from it."""

    visit: VisitRecord
    machine: MachineRecord
    location: LocationRecord | None
    route_number: str
    lines: tuple[VisitedSlot, ...]  # that hold now, by cabinet and door label
    products: Mapping[str, str]  # id -> name
    cash: CollectedCash | None
    expected: CashExpected | None
    over_short: OverShort | None
    proof: CashProof
    parts: tuple[ProofPart, ...]  # empty when nothing was collected
    read: ReadRecord | None
    filled: int
    photos: tuple[PhotoRecord, ...] = ()  # oldest first
    tickets: tuple[TicketRecord, ...] = ()  # open ones of the machine
    planned: Mapping[SlotKey, int] = field(default_factory=dict)
    """Prices that were planned when it was visited; empty where nobody knows them any more."""
    amendments: tuple[AmendmentReview, ...] = ()  # oldest first
    exceptions: tuple[DayException, ...] = ()


@dataclass(frozen=True, slots=True)
class CashDay:
    """Over/short of one day; None where nothing could be compared."""

    day: date
    over_short: int | None
    currency: str
    decimals: int

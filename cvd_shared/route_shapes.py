"""The facts that the rules of the route pass on: stock, pick list, due, run. Frozen, no behaviour.

Worked out in stock_ledger.py, velocity.py, need.py, pick_list.py, urgency.py, due_rules.py,
run_states.py and truck_stock.py. Units are pieces, money is minor units, moments are UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from cvd_shared.wire_events import FigureSource, StopState


class SlotKey(NamedTuple):
    """A place of a machine: cabinet and door label. Labels may repeat in another cabinet."""

    cabinet: int
    label: str


# --- stock --------------------------------------------------------------------------------------


class SalesFact(NamedTuple):
    """What one read says was sold since the usable read before it.

    `units` by selection_key (selection_names.py), only those that are known and trusted.
    """

    read_id: str
    since: datetime
    at: datetime
    units: Mapping[str, int]
    whole: bool = True  # False: some selections are not known (restarted, partial file)


class StockKind(StrEnum):
    COUNT = "count"  # found by counting
    FILL = "fill"
    REMOVAL = "removal"
    SPOILAGE = "spoilage"
    SALE = "sale"
    SWAP = "swap"  # another product from here on: begins at 0
    STATED = "stated"  # `before` as the person saw it, where nothing was known
    CORRECTION = "correction"  # an amendment; or what the ledger cannot explain


class StockRow(NamedTuple):
    """One row of the ledger of a slot."""

    at: datetime
    kind: StockKind
    units: int  # signed; of a count: what was found
    stock: int | None  # after this row; None while nothing is known
    source: FigureSource
    ref: str  # id of the visit or of the read


@dataclass(frozen=True, slots=True)
class SlotStock:
    """What a slot holds now, and how that is known. `units` is never negative."""

    key: SlotKey
    product_id: str | None  # what is in it, as last confirmed by a person, else as planned
    units: int | None  # None: nobody knows
    sure: bool  # False: worked out with a doubt that `doubt` names
    doubt: str  # "" | "never_counted" | "below_zero" | "count_without_read" | "meter_unknown" ...
    recount: bool  # the person should count this slot
    known_at: datetime | None  # of the count or fill it is worked out from
    known_units: int | None  # what it held then
    source: FigureSource  # M right after a visit, C when sales were taken off
    sold_since: int  # units sold since then
    confirmed_price: int | None  # last confirmed at the slot by a person
    expiry: str | None
    rows: tuple[StockRow, ...]  # since (and with) the last count or visit, oldest first


class Velocity(NamedTuple):
    """Units sold in days with data; of a product at a machine."""

    units: int
    days: float

    @property
    def per_day(self) -> float:
        return self.units / self.days


class Band(StrEnum):
    SOLD_OUT = "sold_out"
    CRITICAL = "critical"
    WARNING = "warning"
    GOOD = "good"
    UNKNOWN = "unknown"


# --- pick list ----------------------------------------------------------------------------------


class PickReason(NamedTuple):
    """Why a slot needs so many."""

    machine_id: str
    asset_number: str
    key: SlotKey
    product_id: str
    par: int
    capacity: int
    stock: int | None
    sure: bool
    known_at: datetime | None
    known_units: int | None
    sold_since: int
    per_day: float | None  # of this slot; None: unknown
    days: float  # until the visit
    will_sell: int
    need: int
    days_left: float | None  # stock / velocity


class PickLine(NamedTuple):
    """One product of the run."""

    product_id: str
    need: int
    on_truck: int  # of it that is used for this need
    to_pick: int
    cases: int
    case_size: int
    singles: int
    reasons: tuple[PickReason, ...]


class ToteLine(NamedTuple):
    key: SlotKey
    product_id: str
    units: int


class Tote(NamedTuple):
    """What goes to one machine. `number` counts from 1 in the order of the run."""

    number: int
    machine_id: str
    asset_number: str
    stop_id: str
    lines: tuple[ToteLine, ...]

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)


class PickList(NamedTuple):
    lines: tuple[PickLine, ...]
    totes: tuple[Tote, ...]


class PickChange(NamedTuple):
    """A product whose figure moved between two pick lists."""

    product_id: str
    before: int
    after: int
    why: str  # "sold" | "counted" | "run_changed" | "planogram" | "truck"


# --- due, urgency, run --------------------------------------------------------------------------


class DueReason(NamedTuple):
    """One rule that makes a machine due."""

    task: str  # "fill" | "collect"
    rule: str  # "core_critical" | "sold_out_slots" | "depletion" | "days" | "cash"
    level: str  # whose threshold: "operator" | "machine_type" | "machine"
    threshold: float
    value: float


class Urgency(NamedTuple):
    """How much a stop or a machine wants to be served. Higher first by `urgency.order_key`."""

    sold_out: int  # slots
    low: int  # slots that are critical or warning
    days_left: float | None  # the lowest of its core slots, else of all
    cash_due: int | None  # expected in the box since the last collect; None: not known
    days_since_service: float | None


class StopNow(NamedTuple):
    """Where a stop stands, by the newest mark."""

    state: StopState
    at: datetime | None = None
    by: str = ""
    reason: str = ""
    note: str = ""


class RunChange(NamedTuple):
    """What the office changed in a run since the driver last saw it."""

    kind: str  # "stop_added" | "stop_removed" | "machine_added" | "machine_removed" | "window" ...
    stop_id: str
    before: str = ""
    after: str = ""


class TruckRow(NamedTuple):
    """One row of the ledger of the truck."""

    at: datetime
    kind: str  # "loaded" | "filled" | "removed" | "counted"
    product_id: str
    units: int  # signed; of a count: what was found
    stock: int  # after this row; may be below zero, which asks for a count
    ref: str

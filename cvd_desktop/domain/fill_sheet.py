"""The filling of one machine while it is done: cells, what a person changed, undo. Pure.

The Fill tab and `cvd visit finish` work with the same sheet. Every operation returns a new sheet;
a refused one raises SheetError and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cvd_shared.route_shapes import SlotKey, StockRow
from cvd_shared.wire_events import FigureSource, SpoilReason


class SheetError(ValueError):
    """What was typed cannot be. `code` has words in services/word_table_visit.py.

    Codes: above_capacity (fits), below_zero (holds), not_a_number, no_such_slot, empty_slot.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class PendingChange:
    """What the office planned differently from what the person last confirmed at the slot."""

    product_id: str | None = None  # the new product; None: the same as before
    product_name: str = ""
    price: int | None = None  # the new price; None: the same as before


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What is known of a slot when the visit begins (or when a newer read came)."""

    key: SlotKey
    row: int
    column: int
    selection: str
    product_id: str | None  # in the machine
    product_name: str
    capacity: int
    par: int
    price: int  # planned
    stock: int | None  # before the visit; None: nobody knows
    sure: bool
    doubt: str  # a code of SlotStock.doubt
    recount: bool
    source: FigureSource
    known_at: datetime | None
    known_units: int | None
    sold_since: int
    per_day: float | None
    days_left: float | None
    machine_price: int | None = None  # as the last read says it
    price_differs: bool = False
    meter_restarted: bool = False
    allotted: int | None = None  # units brought for it where the load was short
    change: PendingChange | None = None
    expiry: str | None = None  # of what is in it, ISO date
    expires_soon: bool = False
    rows: tuple[StockRow, ...] = ()
    picture: str = ""  # product id when there is a picture


@dataclass(frozen=True, slots=True)
class CellEdit:
    """What a person did at a slot. `filled` None: not touched."""

    filled: int | None = None
    counted: int | None = None
    removed: int = 0
    spoiled: tuple[tuple[int, SpoilReason], ...] = ()
    swapped_to: str | None = None  # product id: the old product came out
    swapped_name: str = ""
    price: int | None = None  # confirmed at the slot
    expiry: str | None = None  # ISO date


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot with what was done: what is painted."""

    facts: SlotFacts
    edit: CellEdit
    before: int | None  # counted, else stock
    taken: int  # removed and spoiled
    after: int | None
    put_in: int
    flag: str  # "count" | "sold_out" | "change" | "price" | "by_date" | "short" | "spoiled" | ""
    flags: tuple[str, ...]  # all of them, in this rank

    @property
    def touched(self) -> bool:
        return self.edit != CellEdit()


@dataclass(frozen=True, slots=True)
class FillSheet:
    """All cells in the order of the door: cabinet, row, column."""

    slots: tuple[SlotFacts, ...]
    edits: Mapping[SlotKey, CellEdit] = field(default_factory=dict)
    past: tuple[Mapping[SlotKey, CellEdit], ...] = ()  # for undo, newest last
    future: tuple[Mapping[SlotKey, CellEdit], ...] = ()

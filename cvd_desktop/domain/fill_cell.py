"""One slot while its machine is filled: what is known, what a person did, what that makes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cvd_shared.route_shapes import SlotKey, StockRow
from cvd_shared.wire_events import FigureSource, Spoiled, SpoilReason, VisitLine

FLAGS = ("count", "sold_out", "change", "price", "by_date", "short", "spoiled")
"""In the order of rank."""
_MOST_DIGITS = 9
_LABEL, _SELECTION, _CABINETS = 20, 40, 99  # at most, of wire_events.VisitLine


class SheetError(ValueError):
    """What was typed cannot be. `code` has words in services/word_table_visit.py.

    Codes: above_capacity (fits), below_zero (holds), not_a_number (text), no_such_slot (slot),
    empty_slot, count_first, must_come_out (holds), not_a_day (text).
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
    sold_told: bool = True  # False: no read tells all that was sold since `known_at`


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


NOTHING_DONE = CellEdit()


# --- reading what was typed -----------------------------------------------------------------------


def checked_units(units: int) -> int:
    """A whole number from 0 on. Raises SheetError("not_a_number")."""
    if type(units) is not int or units < 0:
        raise SheetError("not_a_number", text=units)
    return units


def typed_units(text: str) -> int:
    """What was typed as units. Raises SheetError("not_a_number")."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise SheetError("not_a_number", text=text)
    return int(digits)


def spoiled_units(edit: CellEdit) -> int:
    return sum(units for units, _ in edit.spoiled)


def in_door_order(slots: Iterable[SlotFacts]) -> tuple[SlotFacts, ...]:
    return tuple(sorted(slots, key=lambda each: (each.key.cabinet, each.row, each.column)))


# --- one cell -------------------------------------------------------------------------------------


def cell_of(facts: SlotFacts, edit: CellEdit) -> Cell:
    held = held_before(facts, edit)
    edit = _emptied(edit, held)
    taken = edit.removed + spoiled_units(edit)
    put_in = edit.filled or 0
    swapped = edit.swapped_to is not None
    after = put_in if swapped else None if held is None else held - taken + put_in
    contradicts = after is not None and not 0 <= after <= max(facts.capacity, held or 0)
    flags = _flags(facts, edit, held, after, contradicts=contradicts)
    return Cell(
        facts=facts,
        edit=edit,
        before=held,
        taken=taken,
        after=None if after is None else max(0, after),
        put_in=put_in,
        flag=flags[0] if flags else "",
        flags=flags,
    )


def _flags(
    facts: SlotFacts, edit: CellEdit, held: int | None, after: int | None, *, contradicts: bool
) -> tuple[str, ...]:
    swapped = edit.swapped_to is not None
    unknown = facts.recount or facts.stock is None
    in_use = facts.product_id is not None
    old_left = not swapped and (held is None or held > edit.removed + spoiled_units(edit))
    wanted = units_to_par(facts, replace(edit, filled=None), brought=False)
    brought = _allotted(facts, edit)
    below_par = after is not None and after < facts.par
    raised = {
        "count": contradicts or (in_use and unknown and edit.counted is None and not swapped),
        "sold_out": in_use and held == 0,
        "change": _waits_for_change(facts, edit),
        "price": facts.price_differs and edit.price is None,
        "by_date": facts.expires_soon and old_left and edit.expiry is None,
        "short": None not in (wanted, brought) and (brought or 0) < (wanted or 0) and below_par,
        "spoiled": bool(edit.spoiled),
    }
    return tuple(flag for flag in FLAGS if raised[flag])


def _waits_for_change(facts: SlotFacts, edit: CellEdit) -> bool:
    change = facts.change
    if change is None:
        return False
    product_done = change.product_id is None or edit.swapped_to is not None
    return not (product_done and (change.price is None or edit.price is not None))


def wants_something(cell: Cell) -> bool:
    done = {"spoiled"} | ({"sold_out"} if cell.put_in else set())
    return any(flag not in done for flag in cell.flags) or units_to_put_in(cell) > 0


def units_to_put_in(cell: Cell) -> int:
    """To par, where another product is in the slot from now on and nobody said yet how many were
    put in; else 0."""
    waits = cell.edit.swapped_to is not None and cell.edit.filled is None
    return (units_to_par(cell.facts, cell.edit) or 0) if waits else 0


def is_sure(cell: Cell) -> bool:
    counted = cell.edit.counted is not None or cell.edit.swapped_to is not None
    known = counted or (cell.facts.sure and cell.facts.stock is not None)
    return known and "count" not in cell.flags


def held_before(facts: SlotFacts, edit: CellEdit) -> int | None:
    return facts.stock if edit.counted is None else edit.counted


def _emptied(edit: CellEdit, held: int | None) -> CellEdit:
    """At a swap what was in it is out: what is not spoiled came out good."""
    if edit.swapped_to is None or held is None:
        return edit
    return replace(edit, removed=max(0, held - spoiled_units(edit)))


def new_product(facts: SlotFacts) -> str | None:
    return facts.change.product_id if facts.change is not None else None


def is_empty(facts: SlotFacts, edit: CellEdit) -> bool:
    return facts.product_id is None and edit.swapped_to is None


def _allotted(facts: SlotFacts, edit: CellEdit) -> int | None:
    """Units that were brought for what is in the slot now."""
    planned = new_product(facts) or facts.product_id
    return facts.allotted if planned == (edit.swapped_to or facts.product_id) else None


def units_to_par(facts: SlotFacts, edit: CellEdit, *, brought: bool = True) -> int | None:
    """None where it is not known what the slot holds, or it has no product."""
    if is_empty(facts, edit):
        return None
    rest: int | None = 0
    if edit.swapped_to is None:
        known = edit.counted is not None or not facts.recount
        held = held_before(facts, edit) if known else None
        rest = None if held is None else held - edit.removed - spoiled_units(edit)
    if rest is None:
        return None
    units = max(0, min(facts.par, facts.capacity) - rest)
    allotted = _allotted(facts, edit) if brought else None
    return units if allotted is None else min(units, max(0, allotted))


def still_to_par(facts: SlotFacts, old: CellEdit, new: CellEdit) -> CellEdit:
    """A slot that was filled to par is filled to par still, whatever was found in it."""
    if old.filled is None or old.filled != units_to_par(facts, old):
        return new
    units = units_to_par(facts, new)
    return new if units is None else replace(new, filled=units)


def check_edit(facts: SlotFacts, edit: CellEdit) -> None:
    held = held_before(facts, edit)
    spoiled, filled = spoiled_units(edit), edit.filled or 0
    taken = spoiled if edit.swapped_to is not None and held is not None else edit.removed + spoiled
    if held is None:
        if taken > facts.capacity:  # nobody knows what it held, but it held no more than that
            raise SheetError("below_zero", holds=facts.capacity)
    elif taken > held:
        raise SheetError("below_zero", holds=held)
    rest = 0 if held is None or edit.swapped_to is not None else held - taken
    if filled and rest + filled > facts.capacity:
        raise SheetError("above_capacity", fits=max(0, facts.capacity - rest))


def line_of(cell: Cell) -> VisitLine:
    facts, edit = cell.facts, cell.edit
    swapped = edit.swapped_to is not None
    old_left = not swapped and (cell.before is None or cell.before > cell.taken)
    # What the office may have typed never keeps a visit from being recorded.
    return VisitLine(
        slot=facts.key.label[:_LABEL] or "?",
        cabinet=min(max(facts.key.cabinet, 1), _CABINETS),
        selection=facts.selection[:_SELECTION],
        product_id=edit.swapped_to or facts.product_id,
        was_product_id=facts.product_id if swapped else None,
        before=facts.stock,
        before_source=facts.source,
        counted=edit.counted,
        removed=edit.removed,
        spoiled=tuple(Spoiled(units=units, reason=reason) for units, reason in edit.spoiled),
        filled=cell.put_in,
        after=cell.after,
        price=edit.price,
        par=max(0, facts.par),
        expiry=edit.expiry or (facts.expiry if old_left else None),
    )


def gone_facts(key: SlotKey, edit: CellEdit) -> SlotFacts:
    """Of a slot that the planogram does not have any more: nothing is known but what was done."""
    return SlotFacts(
        key=key,
        row=0,
        column=0,
        selection="",
        product_id=None,
        product_name="",
        capacity=edit.filled or 0,
        par=0,
        price=0,
        stock=None,
        sure=False,
        doubt="",
        recount=False,
        source="C",
        known_at=None,
        known_units=None,
        sold_since=0,
        per_day=None,
        days_left=None,
    )

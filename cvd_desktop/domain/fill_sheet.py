"""The filling of one machine while it is done: cells, what a person changed, undo. Pure.

The Fill tab and `cvd visit finish` work with the same sheet. Every operation returns a new sheet;
a refused one raises SheetError and changes nothing. What one cell is: fill_cell.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from cvd_desktop.domain.fill_cell import (
    FLAGS,
    NOTHING_DONE,
    Cell,
    CellEdit,
    PendingChange,
    SheetError,
    SlotFacts,
    cell_of,
    check_edit,
    checked_units,
    gone_facts,
    held_before,
    in_door_order,
    is_empty,
    is_sure,
    line_of,
    new_product,
    spoiled_units,
    still_to_par,
    typed_units,
    units_to_par,
    wants_something,
)
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import SpoilReason, VisitLine

__all__ = [
    "FLAGS",
    "Cell",
    "CellEdit",
    "Direction",
    "Edits",
    "FillSheet",
    "PendingChange",
    "SheetError",
    "SheetTotals",
    "SlotFacts",
    "spoiled_units",
    "typed_units",
]

Direction = Literal["left", "right", "up", "down"]


@dataclass(frozen=True, slots=True)
class SheetTotals:
    """Of a cabinet, or of the machine. Units; those that nobody knows are left out."""

    before: int
    after: int
    par: int
    put_in: int
    sold_out: int  # slots, by the flags of Cell
    prices: int  # slots
    changes: int  # slots
    to_count: int  # slots
    short: int  # slots
    spoiled: int  # units
    sure: int  # slots whose stock is known without a doubt
    slots: int
    removed: int = 0  # units that came out good
    not_known: int = 0  # slots with a product of which nobody knows what they hold, before
    not_known_after: int = 0


Edits = Mapping[SlotKey, CellEdit]
_MOST_UNDONE = 200  # steps back


@dataclass(frozen=True, slots=True)
class FillSheet:
    """All cells in the order of the door: cabinet, row, column."""

    slots: tuple[SlotFacts, ...]
    edits: Edits = field(default_factory=dict)
    past: tuple[Edits, ...] = ()  # for undo, newest last
    future: tuple[Edits, ...] = ()  # for redo, next first

    # --- looking --------------------------------------------------------------------------------

    def cell(self, key: SlotKey) -> Cell:
        """Raises SheetError("no_such_slot")."""
        return cell_of(self._facts(key), self.edits.get(key, NOTHING_DONE))

    def cells(self, cabinet: int | None = None) -> tuple[Cell, ...]:
        """Of one cabinet, or all of them, in the order of the door."""
        return tuple(
            cell_of(facts, self.edits.get(facts.key, NOTHING_DONE))
            for facts in self.slots
            if cabinet in (None, facts.key.cabinet)
        )

    def totals(self, cabinet: int | None = None) -> SheetTotals:
        cells = self.cells(cabinet)
        flags = Counter(flag for cell in cells for flag in cell.flags)
        used = [cell for cell in cells if not is_empty(cell.facts, cell.edit)]
        return SheetTotals(
            before=sum(cell.before or 0 for cell in cells),
            after=sum(cell.after or 0 for cell in cells),
            par=sum(cell.facts.par for cell in cells),
            put_in=sum(cell.put_in for cell in cells),
            sold_out=flags["sold_out"],
            prices=flags["price"],
            changes=flags["change"],
            to_count=flags["count"],
            short=flags["short"],
            spoiled=sum(spoiled_units(cell.edit) for cell in cells),
            sure=sum(is_sure(cell) for cell in cells),
            slots=len(cells),
            removed=sum(cell.taken - spoiled_units(cell.edit) for cell in cells),
            not_known=sum(cell.before is None for cell in used),
            not_known_after=sum(cell.after is None for cell in used),
        )

    def next_flag(self, key: SlotKey | None) -> SlotKey | None:
        """The next cell that still wants something of the person, after `key` and then around."""
        start = next((n for n, facts in enumerate(self.slots) if facts.key == key), -1) + 1
        return next(
            (
                facts.key
                for facts in (*self.slots[start:], *self.slots[:start])
                if wants_something(cell_of(facts, self.edits.get(facts.key, NOTHING_DONE)))
            ),
            None,
        )

    def neighbour(self, key: SlotKey, direction: Direction) -> SlotKey:
        """The cell that an arrow key leads to; the same one at the edge.

        Left and right go on in the next row, as one reads; up and down stay in the cabinet and
        take the nearest column.
        """
        here = self._facts(key)
        if direction in ("left", "right"):
            place = self.slots.index(here) + (1 if direction == "right" else -1)
            return self.slots[place].key if 0 <= place < len(self.slots) else key
        down = direction == "down"
        rows = [
            each
            for each in self.slots
            if each.key.cabinet == key.cabinet
            and (each.row > here.row if down else each.row < here.row)
        ]
        nearest = min(
            rows,
            key=lambda each: (abs(each.row - here.row), abs(each.column - here.column)),
            default=here,
        )
        return nearest.key

    def lines(self) -> tuple[VisitLine, ...]:
        """What the visit will say: a line for each touched slot, in the order of the door."""
        known = {facts.key for facts in self.slots}
        lines = [line_of(cell) for cell in self.cells() if cell.touched]
        gone = (gone_facts(key, self.edits[key]) for key in self.edits if key not in known)
        return (*lines, *(line_of(cell_of(facts, self.edits[facts.key])) for facts in gone))

    def line(self, key: SlotKey) -> VisitLine:
        """Of one slot, touched or not. Raises SheetError("no_such_slot")."""
        return line_of(self.cell(key))

    # --- doing ----------------------------------------------------------------------------------

    def all_to_par(self, cabinet: int | None = None) -> "FillSheet":
        """Fill every slot to par, as far as what was brought for it reaches.

        Left as they are: a fill that was set by hand, a slot that is to be counted first, one that
        waits for another product. A slot that is full gets a 0: it was looked at.
        """
        edits = dict(self.edits)
        for cell in self.cells(cabinet):
            units = units_to_par(cell.facts, cell.edit)
            waits = "change" in cell.flags and new_product(cell.facts) is not None
            if units is not None and cell.edit.filled is None and not waits:
                edits[cell.facts.key] = replace(cell.edit, filled=units)
        return self._with(edits)

    def to_par(self, key: SlotKey) -> "FillSheet":
        """Raises SheetError: empty_slot, count_first."""
        facts, edit = self._pair(key)
        if is_empty(facts, edit):
            raise SheetError("empty_slot")
        units = units_to_par(facts, edit)
        if units is None:
            raise SheetError("count_first")
        return self._edited(facts, replace(edit, filled=units))

    def set_fill(self, key: SlotKey, units: int) -> "FillSheet":
        """So many are put in. Raises SheetError: above_capacity, not_a_number, empty_slot."""
        facts, edit = self._pair(key)
        units = checked_units(units)
        if units and is_empty(facts, edit):
            raise SheetError("empty_slot")
        return self._edited(facts, replace(edit, filled=units))

    def remove(self, key: SlotKey, units: int) -> "FillSheet":
        """So many were taken out good. At a swap all of what was in it comes out.

        Raises SheetError: below_zero, not_a_number, must_come_out.
        """
        facts, edit = self._pair(key)
        units = checked_units(units)
        held = held_before(facts, edit)
        if edit.swapped_to is not None and held is not None:
            if units != held - spoiled_units(edit):
                raise SheetError("must_come_out", holds=held)
            return self
        return self._edited(facts, still_to_par(facts, edit, replace(edit, removed=units)))

    def spoil(self, key: SlotKey, units: int, reason: SpoilReason) -> "FillSheet":
        """So many were taken out unsaleable for this reason; 0 takes that back.

        Raises SheetError: below_zero, not_a_number.
        """
        facts, edit = self._pair(key)
        units = checked_units(units)
        others = tuple(each for each in edit.spoiled if each[1] != reason)
        spoiled = (*others, (units, reason)) if units else others
        return self._edited(facts, still_to_par(facts, edit, replace(edit, spoiled=spoiled)))

    def count(self, key: SlotKey, units: int | None) -> "FillSheet":
        """So many were found, before anything was put in; None takes the count back.

        Raises SheetError: above_capacity, below_zero, not_a_number.
        """
        facts, edit = self._pair(key)
        if units is not None and checked_units(units) > facts.capacity:
            raise SheetError("above_capacity", fits=facts.capacity)
        return self._edited(facts, still_to_par(facts, edit, replace(edit, counted=units)))

    def swap(self, key: SlotKey, product_id: str, name: str) -> "FillSheet":
        """Another product is in it from now on: the old one comes out, good unless spoiled.

        The product that is in it already takes a swap back.
        """
        facts, edit = self._pair(key)
        back = product_id == facts.product_id
        new = replace(
            edit,
            swapped_to=None if back else product_id,
            swapped_name="" if back else name,
            filled=None,  # what was put in was the other product
            removed=0,
            expiry=None,
        )
        return self._edited(facts, new)

    def confirm_change(self, key: SlotKey) -> "FillSheet":
        """What the office planned is so now: the product is swapped, the price is set."""
        facts, _ = self._pair(key)
        change = facts.change
        if change is None:
            return self
        sheet = self
        if change.product_id is not None:
            sheet = sheet.swap(key, change.product_id, change.product_name)
        if change.price is not None:
            sheet = sheet.confirm_price(key, change.price)
        return self._with(sheet.edits)  # one step to undo

    def confirm_price(self, key: SlotKey, price: int | None) -> "FillSheet":
        """The price that the slot shows and takes, minor units; None takes the answer back.

        Raises SheetError("not_a_number").
        """
        facts, edit = self._pair(key)
        if price is not None:
            checked_units(price)
        return self._edited(facts, replace(edit, price=price))

    def set_expiry(self, key: SlotKey, day: date | str | None) -> "FillSheet":
        """The earliest date on what is in it (ISO 8601). Raises SheetError("not_a_day")."""
        facts, edit = self._pair(key)
        try:
            told = date.fromisoformat(day) if isinstance(day, str) else day
        except ValueError as error:
            raise SheetError("not_a_day", text=day) from error
        return self._edited(facts, replace(edit, expiry=told.isoformat() if told else None))

    def clear(self, key: SlotKey) -> "FillSheet":
        """As if nobody had touched it."""
        facts, _ = self._pair(key)
        return self._edited(facts, NOTHING_DONE)

    def with_edits(self, edits: Edits) -> "FillSheet":
        """All that was done at these slots said anew, in one step. Raises SheetError."""
        for key, edit in edits.items():
            check_edit(self._facts(key), edit)
        said = {**self.edits, **edits}
        return self._with({key: edit for key, edit in said.items() if edit != NOTHING_DONE})

    def undo(self) -> "FillSheet":
        """One step back; the same sheet where there is none."""
        if not self.past:
            return self
        future = (self.edits, *self.future)
        return replace(self, edits=self.past[-1], past=self.past[:-1], future=future)

    def redo(self) -> "FillSheet":
        if not self.future:
            return self
        past = (*self.past, self.edits)
        return replace(self, edits=self.future[0], past=past, future=self.future[1:])

    def with_facts(self, slots: Iterable[SlotFacts]) -> "FillSheet":
        """Newer facts with what was typed kept, also at a slot that the office took away."""
        new = tuple(slots)
        here = {facts.key for facts in new}
        gone = [old for old in self.slots if old.key in self.edits and old.key not in here]
        return replace(self, slots=in_door_order((*new, *gone)))

    # --- inside ---------------------------------------------------------------------------------

    def _facts(self, key: SlotKey) -> SlotFacts:
        for facts in self.slots:
            if facts.key == key:
                return facts
        raise SheetError("no_such_slot", slot=key.label)

    def _pair(self, key: SlotKey) -> tuple[SlotFacts, CellEdit]:
        return self._facts(key), self.edits.get(key, NOTHING_DONE)

    def _edited(self, facts: SlotFacts, edit: CellEdit) -> "FillSheet":
        check_edit(facts, edit)
        edits = {**self.edits, facts.key: edit}
        if edit == NOTHING_DONE:
            del edits[facts.key]
        return self._with(edits)

    def _with(self, edits: Edits) -> "FillSheet":
        if edits == self.edits:
            return self
        past = (*self.past, self.edits)[-_MOST_UNDONE:]
        return replace(self, edits=edits, past=past, future=())

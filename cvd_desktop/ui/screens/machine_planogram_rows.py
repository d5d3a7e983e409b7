"""The rows of the planogram views: planned slots, and selections that the last read tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvd_desktop.ui.read_prices import PriceRow
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.read_view import natural
from cvd_desktop.ui.screens.machine_part import MachineShown

if TYPE_CHECKING:
    from cvd_shared.dex.machine_reading import Selection
    from cvd_shared.price_audit import SaidPrice
    from cvd_shared.wire_records import PlanogramSlot


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A planned slot, its product, and what the last read says of its price."""

    slot: PlanogramSlot
    product: str | None  # None: empty; "" where the product is not known here
    price: PriceRow | None  # None: no read is here


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A selection of the last read with the slot that has it."""

    selection: Selection
    slot: str
    product: str
    price: PriceRow | None  # None: no planogram is here
    others: str  # prices of lists and payment devices that are not the one of the selection


def slot_rows(shown: MachineShown, prices: tuple[PriceRow, ...]) -> list[SlotRow]:
    """In the order of the door, cabinet by cabinet."""
    by_slot = {label: row for row in prices for label in row.line.slots}
    slots = shown.planogram.slots if shown.planogram is not None else ()
    products = shown.products or {}
    return [
        SlotRow(
            slot,
            None if slot.product_id is None else products.get(slot.product_id, ""),
            by_slot.get(slot.label),
        )
        for slot in sorted(slots, key=lambda each: (each.cabinet, natural(each.label)))
    ]


def seen_rows(
    last: ReadShown, prices: tuple[PriceRow, ...], word: Callable[[SaidPrice], str]
) -> list[SeenRow]:
    """In the order of the report. `word` says where a price is from: "Card reader 1, list 2"."""
    reading = last.detail.reading
    by_line = {row.line.line: row for row in prices if row.line.line is not None}
    by_name = {row.line.selection: row for row in prices}
    rows = []
    for each in reading.selections if reading is not None else ():
        price = by_line.get(each.line) or by_name.get(each.selection)
        beside = last.by_selection.get(each.selection)
        product = (beside.product if beside is not None else None) or each.product or ""
        others = [
            f"{word(said)} {last.amounts.plain(said.price)}"
            for said in (price.line.said if price is not None else ())
            if price is not None and said.price != price.price
        ]
        slot = price.slot if price is not None else ""
        rows.append(SeenRow(each, slot, product, price, ", ".join(others)))
    return rows

"""What the slots of a machine hold, from visits and from the sales of reads."""

from collections.abc import Sequence
from datetime import datetime

from cvd_shared.moments import moment
from cvd_shared.route_shapes import SalesFact, SlotKey, SlotStock
from cvd_shared.selection_names import selection_key
from cvd_shared.visit_facts import effective_lines
from cvd_shared.wire_records import PlanogramSlot, VisitedSlot, VisitRecord

DOUBTS = (
    "never_counted",
    "below_zero",
    "above_capacity",
    "meter_unknown",
    "count_without_read",
    "visit_without_read",
    "shared_selection",
    "clock_ahead",
)
"""Every code of SlotStock.doubt, the gravest first. The first four want a count."""


def machine_stock(
    slots: Sequence[PlanogramSlot],
    visits: Sequence[VisitRecord],
    sales: Sequence[SalesFact],
    now: datetime,
) -> dict[SlotKey, SlotStock]:
    """The stock of every slot; visits and sales in any order."""
    last: dict[SlotKey, tuple[VisitedSlot, datetime]] = {}
    for visit in sorted(visits, key=lambda each: (moment(each.finished_at), each.id)):
        at = moment(visit.finished_at)
        for key, line in effective_lines(visit).items():
            last[key] = (line, at)
    return {
        SlotKey(slot.cabinet, slot.label): _stock(
            slot, last.get(SlotKey(slot.cabinet, slot.label)), sales, now
        )
        for slot in slots
    }


def _stock(
    slot: PlanogramSlot,
    last: tuple[VisitedSlot, datetime] | None,
    sales: Sequence[SalesFact],
    now: datetime,
) -> SlotStock:
    line, at = last if last else (None, None)
    units = line.after if line else None
    sold = sum(
        fact.units.get(selection_key(slot.selection), 0)
        for fact in sales
        if at is not None and at < fact.at <= now
    )
    left = None if units is None else units - sold
    doubt = "never_counted" if left is None else "below_zero" if left < 0 else ""
    return SlotStock(
        key=SlotKey(slot.cabinet, slot.label),
        product_id=line.product_id if line and line.product_id else slot.product_id,
        units=None if left is None else max(0, left),
        sure=not doubt,
        doubt=doubt,
        recount=bool(doubt),
        known_at=at,
        known_units=units,
        source="C" if sold else "M",
        sold_since=sold,
        confirmed_price=line.price if line else None,
        expiry=line.expiry if line else None,
        rows=(),
    )

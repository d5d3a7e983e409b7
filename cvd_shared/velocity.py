"""How fast a product sells at a machine: units sold in the last days with data / those days."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cvd_shared.route_shapes import SalesFact, SlotKey, Velocity
from cvd_shared.sales_spans import spans_of
from cvd_shared.selection_names import selection_key
from cvd_shared.wire_records import PlanogramSlot

_LEAST = timedelta(days=1)
"""Less data than that says nothing about a day."""


def velocities(
    slots: Iterable[PlanogramSlot],
    sales: Iterable[SalesFact],
    now: datetime,
    days: int = 28,
    since: Mapping[SlotKey, datetime] | None = None,
) -> dict[str, Velocity]:
    """Velocity by product id; a product whose velocity is unknown is absent.

    `slots` with the products that are in the machine; `since` says when they came into it
    (visit_facts.products_since). What a read says counts whole, also where it reaches back beyond
    the days, as no part of it is known. It is data for a product when it knows every selection of
    it and no other product was sold there in between. No sales are data: the units are 0.
    """
    products: dict[str, dict[str, datetime | None]] = {}
    for slot in slots:
        if slot.product_id is not None:
            came = (since or {}).get(SlotKey(slot.cabinet, slot.label))
            own = products.setdefault(slot.product_id, {})
            selection = selection_key(slot.selection)
            earlier = own.get(selection)
            own[selection] = came if earlier is None else max(earlier, came or earlier)
    spans = spans_of(sales, {selection for own in products.values() for selection in own})
    earliest = now - timedelta(days=days)
    found = {}
    for product_id, own in products.items():
        moved: dict[tuple[datetime, datetime, str], list[int]] = {}
        for selection, came in own.items():
            for span in spans.get(selection, ()):
                if (
                    span.units is not None
                    and span.at > earliest
                    and (came is None or came <= span.since)
                ):
                    moved.setdefault((span.since, span.at, span.read_id), []).append(span.units)
        units, time = 0, timedelta()
        for (begin, end, _), told in moved.items():
            if len(told) == len(own):
                units += sum(told)
                time += end - begin
        if time >= _LEAST:
            found[product_id] = Velocity(units, time / timedelta(days=1))
    return found


def per_slot(
    slots: Iterable[PlanogramSlot], velocities: Mapping[str, Velocity]
) -> dict[SlotKey, float]:
    """Units a day of each slot: the velocity of its product over the facings of that product."""
    holding = [slot for slot in slots if slot.product_id in velocities]
    facings = Counter(slot.product_id for slot in holding)
    return {
        SlotKey(slot.cabinet, slot.label): velocities[slot.product_id].per_day
        / facings[slot.product_id]
        for slot in holding
        if slot.product_id is not None
    }

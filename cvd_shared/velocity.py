"""How fast a product sells at a machine: units sold in the last days with data / those days."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from cvd_shared.route_shapes import SalesFact, SlotKey, Velocity
from cvd_shared.sales_spans import untangled
from cvd_shared.selection_names import selection_key
from cvd_shared.wire_records import PlanogramSlot

_LEAST = timedelta(days=1)
"""Less data than that says nothing about a day."""


def velocities(
    slots: Collection[PlanogramSlot],
    sales: Iterable[SalesFact],
    now: datetime,
    days: int = 28,
    since: Mapping[SlotKey, datetime] | None = None,
) -> dict[str, Velocity]:
    """Velocity by product id; a product whose velocity is unknown is absent.

    `slots` with the products that are in the machine; `since` says when they came into it
    (visit_facts.products_since). What a read says counts whole, also where it reaches back beyond
    the days, as no part of it is known. It is data for a product when it knows every selection of
    it and no other product was sold there in between, nor is sold there beside it: what two
    products on one selection sold apart nobody knows. No sales are data: the units are 0.
    """
    products: dict[str, dict[str, datetime | None]] = {}  # selection key -> since when
    sellers = Counter(
        key
        for key, _ in {
            (selection_key(slot.selection), slot.product_id)
            for slot in slots
            if slot.product_id is not None
        }
    )
    for slot in slots:
        if slot.product_id is not None:
            own = products.setdefault(slot.product_id, {})
            key = selection_key(slot.selection)
            came = (since or {}).get(SlotKey(slot.cabinet, slot.label))
            own[key] = max(filter(None, (own.get(key), came)), default=None)
    earliest = now - timedelta(days=days)
    facts = [fact for fact in untangled(sales) if fact.at > earliest and fact.since < fact.at]
    found = {}
    for product_id, selections in products.items():
        if any(sellers[key] > 1 for key in selections):
            continue
        units, time = 0, timedelta()
        for fact in facts:
            sold = _sold(fact, selections)
            if sold is not None:
                units += sold
                time += fact.at - fact.since
        if time >= _LEAST:
            found[product_id] = Velocity(units, time / timedelta(days=1))
    return found


def _sold(fact: SalesFact, selections: Mapping[str, datetime | None]) -> int | None:
    """Units of a product that a read says were sold; None where it cannot tell."""
    units = 0
    for selection, came in selections.items():
        sold = fact.units.get(selection)
        if sold is None or sold < 0 or (came is not None and came > fact.since):
            return None
        units += sold
    return units


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

"""How many units a slot needs, for how many days it lasts, and how bad that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from cvd_shared.route_shapes import Band, SlotKey, SlotStock
from cvd_shared.wire_records import PlanogramSlot

if TYPE_CHECKING:
    from cvd_shared.due_rules import Thresholds

MOST_DAYS = 999.0
"""The longest that days left are told: as good as never, as where nothing is sold."""

_WHOLE = 1e-6  # units; nearer to a whole number than that is the inexactness of floats


class SlotState(NamedTuple):
    """What urgency and due rules look at, of a slot that a product is planned or put in."""

    core: bool
    par: int
    stock: int | None
    days_left: float | None

    @property
    def sold_out(self) -> bool:
        return self.stock == 0


def will_sell(per_day: float | None, days: float) -> int:
    """Units expected to be sold in so many days, rounded up; 0 where velocity is unknown."""
    if per_day is None or per_day <= 0 or days <= 0:
        return 0
    expected = per_day * days
    nearest = round(expected)
    if abs(expected - nearest) <= max(_WHOLE, expected * 1e-12):
        return nearest
    return math.ceil(expected)


def need(par: int, capacity: int, stock: int | None, per_day: float | None, days: float) -> int:
    """clamp(par + expected sales until the visit - stock, 0, capacity - stock).

    Where the stock is unknown it is what fills an empty slot to par.
    """
    if stock is None:
        return max(0, min(par, capacity))
    held = max(0, stock)
    return max(0, min(par + will_sell(per_day, days), capacity) - held)


def days_left(stock: int | None, per_day: float | None) -> float | None:
    """stock / velocity, at most MOST_DAYS; 0 when sold out; None where one of them is unknown."""
    if stock is None:
        return None
    if stock <= 0:
        return 0.0
    if per_day is None:
        return None
    if per_day * MOST_DAYS <= stock:
        return MOST_DAYS
    return stock / per_day


def band(stock: int | None, days_left: float | None, rules: Thresholds) -> Band:
    """Sold out at 0, critical and warning up to their days, unknown where days are unknown."""
    if stock is not None and stock <= 0:
        return Band.SOLD_OUT
    if stock is None or days_left is None:
        return Band.UNKNOWN
    if days_left <= rules.critical_days.value:
        return Band.CRITICAL
    if days_left <= rules.warning_days.value:
        return Band.WARNING
    return Band.GOOD


def slot_states(
    slots: Iterable[PlanogramSlot],
    stock: Mapping[SlotKey, SlotStock],
    per_day: Mapping[SlotKey, float],
) -> list[SlotState]:
    """The slots of a machine that hold a product, as urgency and due rules look at them."""
    found = []
    for slot in slots:
        key = SlotKey(slot.cabinet, slot.label)
        held = stock.get(key)
        product = slot.product_id if held is None else held.product_id
        if product is not None:
            units = None if held is None else held.units
            found.append(SlotState(slot.core, slot.par, units, days_left(units, per_day.get(key))))
    return found

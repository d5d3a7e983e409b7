"""How much a machine or a stop wants to be served.

Domain: sold-out slots, then days remaining, then cash due, then days since service.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from cvd_shared.due_rules import Thresholds
from cvd_shared.need import SlotState, band
from cvd_shared.route_shapes import Band, Urgency

_DAY = 86_400.0  # seconds


def urgency(
    slots: Sequence[SlotState],
    limits: Thresholds,
    *,
    cash_expected: int | None,
    last_service: datetime | None,
    now: datetime,
) -> Urgency:
    """The urgency of one machine. `cash_expected` in minor units counts due or not: whether it is
    due is said by due_rules.py.

    Days left are the lowest of its core slots, else of all slots with a known velocity.
    """
    known = [slot for slot in slots if slot.days_left is not None]
    deciding = [slot for slot in known if slot.core] or known
    bands = [band(slot.stock, slot.days_left, limits) for slot in slots]
    days_since = None
    if last_service is not None:
        days_since = max(0.0, (now - last_service).total_seconds() / _DAY)
    return Urgency(
        sold_out=bands.count(Band.SOLD_OUT),
        low=bands.count(Band.CRITICAL) + bands.count(Band.WARNING),
        days_left=_lowest(slot.days_left for slot in deciding),
        cash_due=cash_expected,
        days_since_service=days_since,
    )


def order_key(u: Urgency) -> tuple[int, float, int, float]:
    """Sorts the most urgent first. What is unknown comes after what is known."""
    return (
        -u.sold_out,
        math.inf if u.days_left is None else u.days_left,
        -(u.cash_due or 0),
        -(u.days_since_service or 0.0),
    )


def combined(us: Iterable[Urgency]) -> Urgency:
    """That of a stop: slots and cash of its machines together, the worst of their days."""
    each = list(us)
    cash = [u.cash_due for u in each if u.cash_due is not None]
    since = [u.days_since_service for u in each if u.days_since_service is not None]
    return Urgency(
        sold_out=sum(u.sold_out for u in each),
        low=sum(u.low for u in each),
        days_left=_lowest(u.days_left for u in each),
        cash_due=sum(cash) if cash else None,
        days_since_service=max(since, default=None),
    )


def _lowest(days: Iterable[float | None]) -> float | None:
    return min((each for each in days if each is not None), default=None)

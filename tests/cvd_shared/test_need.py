"""How many units a slot needs, how long it lasts, how bad that is."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.due_rules import Thresholds
from cvd_shared.need import MOST_DAYS, band, days_left, need, slot_states, will_sell
from cvd_shared.route_shapes import Band, SlotKey, Velocity
from cvd_shared.stock_ledger import machine_stock
from tests.support.machine_story import BEGIN, line, planned, visit

_UNITS = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize(
    ("par", "capacity", "stock", "per_day", "days", "units"),
    [
        (12, 20, 5, None, 2.0, 7),  # no velocity: par - stock
        (12, 20, 5, 2.0, 2.0, 11),
        (12, 20, 5, 0.5, 1.0, 8),  # rounded up
        (12, 14, 5, 2.0, 2.0, 9),  # no more than fits
        (12, 20, 18, 0.1, 1.0, 0),
        (12, 10, 15, 1.0, 1.0, 0),  # more in it than fits
        (12, 20, None, 2.0, 2.0, 12),  # nobody knows: what an empty slot needs
        (12, 10, None, None, 2.0, 10),
        (12, 20, 5, -1.0, 2.0, 7),
        (12, 20, 5, 1.0, -2.0, 7),
        (12, 20, -3, None, 0.0, 12),
    ],
)
def test_need(
    par: int, capacity: int, stock: int | None, per_day: float | None, days: float, units: int
) -> None:
    assert need(par, capacity, stock, per_day, days) == units


@settings(max_examples=60)
@given(units=st.integers(0, 5000), of_days=st.integers(1, 365), days=st.integers(0, 60))
def test_expected_sales_are_rounded_up_from_the_exact_fraction(
    units: int, of_days: int, days: int
) -> None:
    per_day = Velocity(units, float(of_days)).per_day
    assert will_sell(per_day, float(days)) == ceil(Fraction(units * days, of_days))


def test_no_unit_too_many_by_the_inexactness_of_floats() -> None:
    assert 0.1 * 3 > 0.3
    assert will_sell(0.1, 30.000000000000004) == 3
    assert will_sell(1.1, 3.0 / 1.1) == 3


@settings(max_examples=60)
@given(par=_UNITS, capacity=_UNITS, stock=_UNITS, per_day=st.floats(0, 1e6), days=st.floats(0, 90))
def test_what_is_brought_fits(
    par: int, capacity: int, stock: int, per_day: float, days: float
) -> None:
    units = need(par, capacity, stock, per_day, days)
    assert 0 <= units <= max(0, capacity - stock)
    assert units == max(0, min(par + will_sell(per_day, days) - stock, capacity - stock))


def test_days_left() -> None:
    assert days_left(6, 2.0) == 3.0
    assert days_left(0, None) == 0.0
    assert days_left(None, 2.0) is None
    assert days_left(5, None) is None
    assert days_left(5, 0.0) == MOST_DAYS
    assert days_left(2**63, 1e-300) == MOST_DAYS


@pytest.mark.parametrize(
    ("stock", "days", "expected"),
    [
        (0, 0.0, Band.SOLD_OUT),
        (0, None, Band.SOLD_OUT),
        (2, 1.0, Band.CRITICAL),
        (2, 1.01, Band.WARNING),
        (2, 3.0, Band.WARNING),
        (9, 3.01, Band.GOOD),
        (9, None, Band.UNKNOWN),
        (None, None, Band.UNKNOWN),
    ],
)
def test_bands(stock: int | None, days: float | None, expected: Band) -> None:
    assert band(stock, days, Thresholds()) is expected


def test_only_slots_with_a_product_are_looked_at() -> None:
    slots = [planned("A1", core=True), planned("A2", product=None), planned("A3")]
    stock = machine_stock(slots, [visit("v1", BEGIN, line("A1", counted=4))], [], BEGIN)
    first, second = slot_states(slots, stock, {SlotKey(1, "A1"): 2.0})
    assert (first.core, first.stock, first.days_left, first.sold_out) == (True, 4, 2.0, False)
    assert (second.stock, second.days_left) == (None, None)

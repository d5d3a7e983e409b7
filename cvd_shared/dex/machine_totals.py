"""The totals of a machine as a whole, by name: vends, cash, cashless, tokens.

Each is a view of the counters of a reading, so that rules speak of `cash.to_box`, not of CA306.
The order of the pairs is not uniform in the standard (VA1 has the cumulative one first, CA3 the
interval one): here it is always since initialisation, then since the last reset.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Counters = Mapping[str, int]
_new = tuple.__new__  # in half the time


class Since(NamedTuple):
    """One meter: since initialisation and since the last reset; None where it is not sent."""

    init: int | None = None
    reset: int | None = None


class Tally(NamedTuple):
    """How many, and their value in minor units."""

    number: Since = Since()
    value: Since = Since()


class VendTotals(NamedTuple):
    """VA1, VA2, VA3."""

    paid: Tally
    discounts: Tally
    surcharges: Tally
    tests: Tally
    free: Tally
    test_box_cash: Since


class CashTotals(NamedTuple):
    """CA2 to CA10, CA15, CA16, CA22: all in minor units but the numbers of tallies."""

    sales: Tally
    cash_in: Since  # CA305/301: coins and bills, fills by hand too
    to_box: Since
    to_tubes: Since
    bills_in: Since  # CA310/309, else CA308/304 with its unit where that is known
    to_recycler: Since
    dispensed: Since  # CA403/401: change and by hand
    dispensed_by_hand: Since
    bills_dispensed: Since
    bills_dispensed_by_hand: Since
    discounts: Tally
    surcharges: Tally
    overpaid: Since
    exact_change_sales: Since
    filled: Since  # CA1002/1001, by hand
    bills_filled: Since
    credited: Since  # CA16
    tube_contents: int | None
    recycler_contents: int | None


class CashlessTotals(NamedTuple):
    """DA2 to DA10 or DB2 to DB10."""

    sales: Tally
    debited: Since
    credited: Since
    discounts: Tally
    surcharges: Tally
    incentive: Since
    overpaid: Since
    mixed: Tally


class TokenTotals(NamedTuple):
    """TA2 to TA6. Tokens are no cash."""

    vend_tokens: Tally
    value_tokens: Tally
    value_in: Since
    overpaid: Since


def vend_totals(counters: Counters) -> VendTotals:
    return VendTotals(**_told(counters, _VENDS))


def cash_totals(counters: Counters, bills_unit: int | None) -> CashTotals:
    bills_in = Since(
        _bills(counters, "CA310", "CA308", bills_unit),
        _bills(counters, "CA309", "CA304", bills_unit),
    )
    return CashTotals(
        **_told(counters, _CASH),
        bills_in=bills_in,
        tube_contents=counters.get("CA1501"),
        recycler_contents=counters.get("CA2201"),
    )


def cashless_totals(counters: Counters, device: str) -> CashlessTotals:
    """`device` is "DA" or "DB"."""
    return CashlessTotals(**_told(counters, _CASHLESS[device]))


def token_totals(counters: Counters) -> TokenTotals:
    return TokenTotals(**_told(counters, _TOKENS))


def _told(counters: Counters, meters: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """By name, what the counters with these codes say: a Since of two, a Tally of four."""
    get = counters.get
    told: dict[str, Any] = {}
    for name, codes in meters.items():
        since = _new(Since, (get(codes[0]), get(codes[1])))
        if len(codes) == 2:
            told[name] = since
        else:
            told[name] = _new(Tally, (since, _new(Since, (get(codes[2]), get(codes[3])))))
    return told


def _since(segment: str, init: int, reset: int) -> tuple[str, ...]:
    """The codes of one meter."""
    return f"{segment}{init:02d}", f"{segment}{reset:02d}"


def _tally(
    segment: str, number_init: int, number_reset: int, value_init: int, value_reset: int
) -> tuple[str, ...]:
    """The codes of a number and a value."""
    return _since(segment, number_init, number_reset) + _since(segment, value_init, value_reset)


def _bills(counters: Counters, minor: str, other: str, unit: int | None) -> int | None:
    """CA309 and CA310 are always minor units; CA304 and CA308 need their unit."""
    value, units = counters.get(minor), counters.get(other)
    if value:
        return value
    if units is None or (units and unit is None):
        return value
    return units * (unit or 1)


_VENDS = {
    "paid": _tally("VA1", 2, 4, 1, 3),
    "discounts": _tally("VA1", 6, 8, 5, 7),
    "surcharges": _tally("VA1", 9, 11, 10, 12),
    "tests": _tally("VA2", 2, 4, 1, 3),
    "free": _tally("VA3", 2, 4, 1, 3),
    "test_box_cash": _since("VA2", 5, 6),
}
_CASH = {
    "sales": _tally("CA2", 2, 4, 1, 3),
    "cash_in": _since("CA3", 5, 1),
    "to_box": _since("CA3", 6, 2),
    "to_tubes": _since("CA3", 7, 3),
    "to_recycler": _since("CA3", 12, 11),
    "dispensed": _since("CA4", 3, 1),
    "dispensed_by_hand": _since("CA4", 4, 2),
    "bills_dispensed": _since("CA4", 8, 5),
    "bills_dispensed_by_hand": _since("CA4", 9, 6),
    "discounts": _tally("CA7", 4, 3, 2, 1),
    "surcharges": _tally("CA7", 8, 7, 6, 5),
    "overpaid": _since("CA8", 2, 1),
    "exact_change_sales": _since("CA9", 2, 1),
    "filled": _since("CA10", 2, 1),
    "bills_filled": _since("CA10", 4, 3),
    "credited": _since("CA16", 2, 1),
}
_CASHLESS = {
    device: {
        "sales": _tally(f"{device}2", 2, 4, 1, 3),
        "debited": _since(f"{device}3", 1, 2),
        "credited": _since(f"{device}4", 1, 2),
        "discounts": _tally(f"{device}5", 4, 2, 3, 1),
        "surcharges": _tally(f"{device}5", 8, 6, 7, 5),
        "incentive": _since(f"{device}6", 1, 2),
        "overpaid": _since(f"{device}9", 2, 1),
        "mixed": _tally(f"{device}10", 1, 3, 2, 4),
    }
    for device in ("DA", "DB")
}
_TOKENS = {
    "vend_tokens": _tally("TA2", 2, 4, 1, 3),
    "value_tokens": _tally("TA2", 6, 8, 5, 7),
    "value_in": _since("TA3", 2, 1),
    "overpaid": _since("TA5", 2, 1),
}

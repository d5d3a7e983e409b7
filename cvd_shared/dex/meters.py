"""How far a cumulative counter moved between two reads, and whether that can be believed."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from cvd_shared.dex.delta_kind import DeltaKind as DeltaKind
from cvd_shared.dex.dex_segments import segment_table

MOST_UNITS = 10_000
"""More than one counter of sold units moves between two reads."""

MINUS_ONE = 2**32 - 1
"""What some machines print for a counter that they do not have: no value."""

_ELEMENT_DIGITS = 8  # the longest counters of EVA-DTS
_OTHER_SIZES = (2**16, 10**6, 10**7, 2**32)  # where memory or a display ends (all seen in files)
_SHARE_AFTER_WRAP = 8  # no counter went through more than this part of its size between two reads
_DEAR_VEND = 10  # currency units


class Delta(NamedTuple):
    kind: DeltaKind
    amount: int | None  # None unless normal, unchanged or rolled over
    before: int | None = None
    now: int | None = None
    size: int | None = None  # where a rolled-over counter goes back to 0: 10**8, 2**16, 2**32


NOT_THERE = Delta(DeltaKind.UNKNOWN, None)
"""Of a counter that neither report has."""


class Meter(NamedTuple):
    """A cumulative counter of the table: its longest digits, and whether it counts money."""

    digits: int
    money: bool


def delta(
    before: int | None, now: int | None, digits: int = _ELEMENT_DIGITS, most: int = MOST_UNITS
) -> Delta:
    """The change of one counter of at most `digits` digits (EVA-DTS 6.2.2 ch. 5.1.6).

    A lower value is a roll-over only where the counter was so near its end that the amount since
    then is plausible: at most `most`, and a small part of what it can hold; else the counter was
    restarted. `before` and `now` are kept whatever the class.
    """
    if before is None and now is None:
        return NOT_THERE
    if before is None or now is None or before == MINUS_ONE or now == MINUS_ONE:
        return Delta(DeltaKind.UNKNOWN, None, before, now)
    if now > before:
        return Delta(DeltaKind.NORMAL, now - before, before, now)
    if now == before:
        return Delta(DeltaKind.NO_CHANGE, 0, before, now)
    for size in (10**digits, *_OTHER_SIZES):
        moved = now + size - before
        if before < size and moved <= min(most, size // _SHARE_AFTER_WRAP):
            return Delta(DeltaKind.ROLLED_OVER, moved, before, now, size)
    return Delta(DeltaKind.RESTARTED, None, before, now)


def amount_of(counters: Mapping[str, Delta], code: str) -> int | None:
    """By how much the counter with a code moved; None where that is not known."""
    moved = counters.get(code)
    return moved.amount if moved else None


def sum_if_known(amounts: Iterable[int | None]) -> int | None:
    """The sum, None as soon as one of them is not known."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


@cache
def most_money(decimals: int) -> int:
    """More minor units than a money counter moves between two reads.

    Currencies without decimals have small units (yen, won): two decimals are taken for them too.
    """
    return int(MOST_UNITS * _DEAR_VEND * 10 ** max(decimals, 2))


@cache
def machine_meters() -> Mapping[str, Meter]:
    """The cumulative counters of a machine as a whole, by code, in the order of the table.

    Without MR1, which a person types in.
    """
    return {
        element.code: Meter(element.longest, element.is_money)
        for kind in segment_table().values()
        if not kind.repeats and kind.id != "MR1"
        for element in kind.elements.values()
        if element.is_number and element.scope == "+"
    }


_CASHLESS = {
    "2": ((3, 1), (4, 2)),
    "3": ((2, 1),),
    "4": ((2, 1),),
    "5": ((1, 3), (2, 4), (5, 7), (6, 8)),
    "6": ((2, 1),),
    "9": ((1, 2),),
    "10": ((3, 1), (4, 2)),
}
_TWINS: dict[str, tuple[tuple[int, int], ...]] = {
    "VA1": ((3, 1), (4, 2), (7, 5), (8, 6), (11, 9), (12, 10)),
    "VA2": ((3, 1), (4, 2), (6, 5)),
    "VA3": ((3, 1), (4, 2)),
    "CA2": ((3, 1), (4, 2)),
    "CA3": ((1, 5), (2, 6), (3, 7), (4, 8), (9, 10), (11, 12)),
    "CA4": ((1, 3), (2, 4), (5, 8), (6, 9), (7, 10)),
    "CA5": ((1, 2),),
    "CA7": ((1, 2), (3, 4), (5, 6), (7, 8)),
    "CA8": ((1, 2),),
    "CA9": ((1, 2),),
    "CA10": ((1, 2), (3, 4)),
    "CA16": ((1, 2),),
    **{f"DA{segment}": pairs for segment, pairs in _CASHLESS.items()},
    **{f"DB{segment}": pairs for segment, pairs in _CASHLESS.items() if segment != "9"},
    "TA2": ((3, 1), (4, 2), (7, 5), (8, 6)),
    "TA3": ((1, 2),),
    "TA4": ((1, 3), (2, 4), (5, 7), (6, 8)),
    "TA5": ((1, 2),),
    "TA6": ((1, 2), (3, 4)),
    "EA7": ((1, 2),),
    **dict.fromkeys(("HA2", "HA3", "HB2", "HB3"), ((1, 3), (2, 4))),
}
CUMULATIVE_OF: Mapping[str, str] = {
    f"{segment}{reset:02d}": f"{segment}{init:02d}"
    for segment, pairs in _TWINS.items()
    for reset, init in pairs
}
"""Counter since the last reset -> the one since initialisation. Their order is not uniform."""

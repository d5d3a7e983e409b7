"""Conformance of figures with each other: pairs of counters, coins in the tubes (EVA-DTS ch. 5).

The sums that concern sales and cash are in reading_checks.py: people see them too.
"""

from collections.abc import Iterator
from functools import cache

from cvd_shared.dex.conformance_notes import Notes
from cvd_shared.dex.conformance_parts import Parts, value_of
from cvd_shared.dex.dex_report import Segment
from cvd_shared.dex.dex_segments import Element, SegmentKind, segment_table
from cvd_shared.dex.element_values import number
from cvd_shared.dex.machine_reading import MachineReading

_CLEAR_BILLS = 10  # CA310
_ASKED_FOR = ("M", "CM")  # in the recommended audit report


def check_figures(parts: Parts, reading: MachineReading, notes: Notes) -> None:
    _check_pairs(parts, notes)
    if parts.complete:
        _check_tubes(reading, notes)


@cache
def _counter_pairs() -> dict[str, tuple[tuple[Element, Element], ...]]:
    """By segment: (since initialisation, since the last reset) of each counter that has both.

    The order is not uniform in the standard, but amounts and numbers each keep theirs.
    """
    return {kind.id: tuple(_pairs(kind)) for kind in segment_table().values()}


def _pairs(kind: SegmentKind) -> Iterator[tuple[Element, Element]]:
    for money in (False, True):
        elements = [each for each in kind.elements.values() if each.is_money == money]
        since_init = [each for each in elements if each.scope == "+"]
        since_reset = [each for each in elements if each.scope == "r"]
        if len(since_init) == len(since_reset):
            yield from zip(since_init, since_reset, strict=True)


def _check_pairs(parts: Parts, notes: Notes) -> None:
    for name, pairs in _counter_pairs().items():
        for segment in parts.of(name):
            for cumulative, interval in pairs:
                since_reset = number(value_of(segment, interval.position))
                if since_reset is not None:
                    _check_pair(segment, cumulative, interval, since_reset, notes)


def _check_pair(
    segment: Segment, cumulative: Element, interval: Element, since_reset: int, notes: Notes
) -> None:
    said = value_of(segment, cumulative.position)
    since_init = number(said)
    if not said and _is_missed(cumulative, segment):
        notes.add("cumulative_missing", segment.line, cumulative.code)
    elif since_init is not None and since_init < since_reset:
        both = f"{interval.code} above {cumulative.code}"
        notes.add("interval_too_high", segment.line, both)


def _is_missed(counter: Element, segment: Segment) -> bool:
    """CA310 says what CA308 would, without doubt; PA201 is missed by the reading itself."""
    if counter.code == "CA308" and value_of(segment, _CLEAR_BILLS):
        return False
    return counter.audit_list in _ASKED_FOR and counter.code != "PA201"


def _check_tubes(reading: MachineReading, notes: Notes) -> None:
    """CA1501 against the coins that CA17 tells; of several blocks each has its own, or the sum."""
    blocks = [each for each in reading.contents if each.segment == "CA15"]
    told = [each.value for each in blocks if each.value is not None]
    coins = [each for each in reading.stores if each.segment == "CA17"]
    total = 0
    for each in coins:
        if each.value is None or each.pieces is None:
            return
        total += each.value * each.pieces
    said = {sum(told), *(told if len(set(told)) == 1 else ())}
    if told and coins and total not in said:
        notes.add("tubes_sum", blocks[0].line, f"{told[0]} against {total}")

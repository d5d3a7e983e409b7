"""How far a cumulative counter moved between two reads, and whether that can be believed."""

from enum import StrEnum
from typing import NamedTuple

_ELEMENT_DIGITS = 8  # the longest counters of EVA-DTS
_BINARY = (2**16, 2**32)  # some machines wrap where their memory ends (seen: 4294967295)
_MOST_AFTER_WRAP = 10_000  # units; more than a machine sells between two reads


class DeltaKind(StrEnum):
    NORMAL = "normal"
    NO_CHANGE = "no_change"
    ROLLED_OVER = "rolled_over"  # went through its largest value; the amount is right
    RESTARTED = "restarted"  # lower than before: nobody knows what was sold
    UNKNOWN = "unknown"  # one of the two is missing


class Delta(NamedTuple):
    kind: DeltaKind
    amount: int | None  # None unless normal, unchanged or rolled over


def delta(before: int | None, now: int | None, digits: int = _ELEMENT_DIGITS) -> Delta:
    """The change of one counter of at most `digits` digits (EVA-DTS 6.2.2 ch. 5.1.6).

    A lower value is a roll-over only where the counter was so near its end that the sales since
    then are plausible; else the counter was restarted.
    """
    if before is None or now is None:
        return Delta(DeltaKind.UNKNOWN, None)
    if now >= before:
        return Delta(DeltaKind.NORMAL if now > before else DeltaKind.NO_CHANGE, now - before)
    for size in (10**digits, *_BINARY):
        moved = now + size - before
        if before < size and moved <= _MOST_AFTER_WRAP:
            return Delta(DeltaKind.ROLLED_OVER, moved)
    return Delta(DeltaKind.RESTARTED, None)

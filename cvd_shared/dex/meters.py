"""How far a cumulative counter moved between two reads, and whether that can be believed."""

from enum import StrEnum
from typing import NamedTuple

_ELEMENT_DIGITS = 8  # the longest counters of EVA-DTS
_BINARY = (2**16, 2**32)  # some machines wrap where their memory ends (seen: 4294967295)
_MOST_AFTER_WRAP = 10_000  # units; more than a machine sells between two reads


class DeltaKind(StrEnum):
    """The class of a delta. Only normal and rolled-over ones move stock (domain)."""

    NORMAL = "normal"
    NO_CHANGE = "no_change"
    ROLLED_OVER = "rolled_over"  # went through its largest value; the amount is right
    RESTARTED = "restarted"  # lower than before: nobody knows what was sold
    BOARD_CHANGED = "board_changed"  # another control board or serial number counts now
    OTHER_MACHINE = "other_machine"  # the file is another machine's
    PARTIAL_FILE = "partial_file"  # the later report is not whole; the next good read spans both
    CLOCK_ONLY = "clock_only"  # no counter moved, only the machine's clock
    UNKNOWN = "unknown"  # one of the two is missing


class Delta(NamedTuple):
    kind: DeltaKind
    amount: int | None  # None unless normal, unchanged or rolled over
    before: int | None = None
    now: int | None = None
    size: int | None = None  # where a rolled-over counter goes back to 0: 10**8, 2**16, 2**32


def delta(before: int | None, now: int | None, digits: int = _ELEMENT_DIGITS) -> Delta:
    """The change of one counter of at most `digits` digits (EVA-DTS 6.2.2 ch. 5.1.6).

    A lower value is a roll-over only where the counter was so near its end that the sales since
    then are plausible; else the counter was restarted.
    """
    if before is None or now is None:
        return Delta(DeltaKind.UNKNOWN, None, before, now)
    if now >= before:
        kind = DeltaKind.NORMAL if now > before else DeltaKind.NO_CHANGE
        return Delta(kind, now - before, before, now)
    for size in (10**digits, *_BINARY):
        moved = now + size - before
        if before < size and moved <= _MOST_AFTER_WRAP:
            return Delta(DeltaKind.ROLLED_OVER, moved, before, now, size)
    return Delta(DeltaKind.RESTARTED, None, before, now)

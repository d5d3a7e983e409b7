"""Where the parts of a chart stand: values on their axis, intervals in time, words that fit.

Plain numbers in px, so that every size can be tried without a window.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

SLOT = 26  # px at text scale 1 that the bar of an interval likes to have with its gap
EVEN = 0.7  # share of the width given out evenly where bars are many; the rest goes by time
_STEPS = (1, 2, 5)


class Span(NamedTuple):
    """From a first px to the px behind the last."""

    left: int
    right: int

    @property
    def middle(self) -> int:
        return (self.left + self.right) // 2

    @property
    def width(self) -> int:
        return self.right - self.left


def ticks(top: int, most: int) -> tuple[int, ...]:
    """Round values from 0 on that are not above `top`; at most `most` above 0, at least one where
    anything is above 0."""
    if top <= 0 or most < 1:
        return (0,)
    power, best = 1, 1
    while power <= top:
        for step in _STEPS:
            if step * power <= top:
                best = step * power
                if top // best <= most:
                    return tuple(best * n for n in range(top // best + 1))
        power *= 10
    return (0, best)


def slots(seconds: Sequence[float], width: int, slot: int = SLOT) -> tuple[Span, ...]:
    """The room of each moment in time, in their order, `width` px in all.

    Each gets what a bar needs, and the rest of the width in proportion to the time since the
    moment before it: two reads of one minute stand beside each other, a month is wider than a day.
    """
    count = len(seconds)
    if not count or width <= 0:
        return ()
    gone = [0.0]
    gone += [max(0.0, now - before) for before, now in pairwise(seconds)]
    even = min(float(slot), EVEN * width / count)
    rest = max(0.0, width - even * count)
    whole = sum(gone)
    shares = [rest * each / whole if whole else rest / count for each in gone]
    edges = [0.0]
    for share in shares:
        edges.append(edges[-1] + even + share)
    rounded = [round(edge) for edge in edges]
    rounded[-1] = width
    return tuple(Span(left, right) for left, right in pairwise(rounded))


def nearest(spans: Sequence[Span], at: int) -> int | None:
    """The span that holds a px, else the nearest one."""
    if not spans:
        return None
    return min(range(len(spans)), key=lambda n: max(spans[n].left - at, at - spans[n].right + 1, 0))


def inside(middle: int, width: int, room: Span) -> Span:
    """`width` px around `middle`, moved so far that they lie inside the room."""
    left = min(max(middle - width // 2, room.left), max(room.left, room.right - width))
    return Span(left, left + width)


def without_collision(wanted: Iterable[tuple[int, Span]], gap: int) -> dict[int, Span]:
    """Those that can stand beside one another with a gap; earlier ones have the right of way."""
    placed: dict[int, Span] = {}
    for number, span in wanted:
        if all(
            span.right + gap <= other.left or other.right + gap <= span.left
            for other in placed.values()
        ):
            placed[number] = span
    return placed

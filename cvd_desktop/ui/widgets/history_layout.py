"""Where the bars, marks and words of a history chart stand at one size of its widget."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics

from cvd_desktop.domain.records import HistoryPoint, MachineHistory
from cvd_desktop.ui import formats
from cvd_desktop.ui.history_words import Metric, Remark
from cvd_desktop.ui.theme import Theme
from cvd_desktop.ui.widgets.chart_scale import (
    SLOT,
    Span,
    inside,
    slots,
    ticks,
    without_collision,
)
from cvd_desktop.ui.widgets.tag import TagKind, mark_width

LEAST_PLOT = 88  # px of the bars at text scale 1
EDGE = 8  # px from the frame to axis words and bars: room for the focus ring
LABEL_GAP = 14  # px between two words on an axis
BAR_GAP = 3  # px between two bars that stand beside each other
NARROWEST_BAR = 2
BRACKET = 8  # px of the lane for the line of a bridged interval
ICON = 16  # px of a mark at text scale 1
MOST_TICKS = 4
_LATER = (TagKind.NEED, TagKind.INFO)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is shown, worked out once for each history. `begins` is from `history_words.spans`."""

    history: MachineHistory
    metric: Metric
    begins: tuple[int | None, ...]
    remarks: tuple[Remark | None, ...]
    labels: tuple[str, ...]
    readouts: tuple[str, ...]

    @property
    def points(self) -> Sequence[HistoryPoint]:
        return self.history.points

    def bridges(self) -> list[tuple[int, int]]:
        """(first read, last read) of every interval that passes over a read."""
        return [
            (begin, n)
            for n, begin in enumerate(self.begins)
            if begin is not None and begin < n - 1 and self.metric.of(self.points[n]) is not None
        ]


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything stands, in px of the widget."""

    plot: QRect
    top: int  # value at the upper edge of the plot
    ticks: tuple[tuple[int, str], ...]  # value and its words, from 0 upwards
    slots: tuple[Span, ...]  # the room of each interval
    bars: tuple[Span, ...]  # its bar, at the end of its room: at the read
    labels: dict[int, Span]
    marks: dict[int, tuple[Span, str]]  # with as much of their word as has room
    brackets_top: int
    marks_top: int
    labels_top: int


def least_height(theme: Theme) -> int:
    """px below which bars could not be told apart."""
    return theme.text_px(LEAST_PLOT) + 2 * theme.line_height("label") + BRACKET + 2 * EDGE


def lay_out(facts: Facts, theme: Theme, size: QSize) -> Places:
    """There is at least one read in `facts`."""
    metrics = QFontMetrics(theme.font("label"))
    line, gap = theme.line_height("label"), theme.space.xs
    bracket_lane = BRACKET if facts.bridges() else 0
    mark_lane = line + gap if any(facts.remarks) else 0
    top = EDGE + line // 2
    high = max(1, size.height() - top - bracket_lane - mark_lane - line - gap - EDGE)
    most = max([0, *(facts.metric.of(point) or 0 for point in facts.points)])
    values = _tick_words(facts, ticks(most, max(1, min(MOST_TICKS, high // (2 * line)))))
    left = EDGE + max(metrics.horizontalAdvance(words) for _, words in values) + theme.space.s
    plot = QRect(left, top, max(1, size.width() - left - EDGE), high)
    rooms, bars = _bars(facts, plot, theme.text_px(SLOT))
    foot = plot.top() + plot.height() + theme.colors.line_width
    width = Span(EDGE, size.width() - EDGE)
    return Places(
        plot=plot,
        top=most,
        ticks=values,
        slots=rooms,
        bars=bars,
        labels=_labels(facts, bars, width, metrics),
        marks=_marks(facts, bars, width, theme),
        brackets_top=foot,
        marks_top=foot + bracket_lane + gap // 2,
        labels_top=size.height() - EDGE - line,
    )


def _bars(facts: Facts, plot: QRect, slot: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """All bars are equally wide: as wide as the narrowest room lets them be."""
    moments = [point.at.timestamp() for point in facts.points]
    rooms = tuple(
        Span(plot.left() + room.left, plot.left() + room.right)
        for room in slots(moments, plot.width(), slot)
    )
    narrowest = min(room.width for room in rooms)
    wide = max(NARROWEST_BAR, min(narrowest, slot) - BAR_GAP)
    return rooms, tuple(Span(room.right - wide, room.right) for room in rooms)


def _tick_words(facts: Facts, values: Sequence[int]) -> tuple[tuple[int, str], ...]:
    """Money without decimals where they would all be noughts."""
    if facts.metric is Metric.UNITS:
        return tuple((value, formats.number(value)) for value in values)
    decimals = facts.history.decimals
    unit = 10**decimals
    if any(value % unit for value in values):
        return tuple((value, formats.money(value, decimals)) for value in values)
    return tuple((value, formats.number(value // unit)) for value in values)


def _labels(
    facts: Facts, bars: Sequence[Span], width: Span, metrics: QFontMetrics
) -> dict[int, Span]:
    """From the newest backwards; one label for each day."""
    wanted: list[tuple[int, Span]] = []
    told = ""
    for n in range(len(bars) - 1, -1, -1):
        if facts.labels[n] != told:
            told = facts.labels[n]
            wide = metrics.horizontalAdvance(told) + 2
            wanted.append((n, inside(bars[n].middle, wide, width)))
    return without_collision(wanted, LABEL_GAP)


def _marks(
    facts: Facts, bars: Sequence[Span], width: Span, theme: Theme
) -> dict[int, tuple[Span, str]]:
    """First every shape that has room, what breaks a history before what mends it, then the words
    where there is room left for them."""
    side = theme.text_px(ICON)
    remarks = [(n, each) for n, each in enumerate(facts.remarks) if each is not None]
    remarks.sort(key=lambda pair: (pair[1].mark in _LATER, -pair[0]))
    shapes = without_collision(((n, inside(bars[n].middle, side, width)) for n, _ in remarks), 2)
    placed = {n: (span, "") for n, span in shapes.items()}
    for n, remark in remarks:
        if n not in placed:
            continue
        left = shapes[n].left
        whole = Span(left, left + mark_width(theme, remark.word, "label", ICON))
        others = [span for m, (span, _) in placed.items() if m != n]
        free = all(
            whole.right + LABEL_GAP <= span.left or span.right + LABEL_GAP <= whole.left
            for span in others
        )
        if free and whole.right <= width.right:
            placed[n] = (whole, remark.word)
    return placed

"""A difference by day as bars above and below a line: more above, less below.

The largest of both sides say their figure; a day that nothing is known of is a dot on the line.
"""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import CENTER, paint_ground, paint_text, text_width

HIGH = 90  # px at text scale 1, its lines of text included
GAP = 6


class DayBar(NamedTuple):
    """One day. `value` None: not known; `figure` is its value in words."""

    label: str
    value: int | None
    figure: str
    current: bool = False


class DayBars(QWidget):
    """Painted; the whole of it in words is its accessible name."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._bars: tuple[DayBar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_bars(self, bars: Sequence[DayBar], told: str) -> None:
        """`told` is the chart in words."""
        self._bars = tuple(bars)
        self.setAccessibleName(told)
        self.setToolTip(told)
        self.update()

    def bars(self) -> tuple[DayBar, ...]:
        return self._bars

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, self.minimumHeight())

    def _restyle(self) -> None:
        self.setFixedHeight(self._look.theme.text_px(HIGH))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        line = theme.line_height("label")
        bars = self._bars[-self._room() :]
        if not bars:
            return
        values = [bar.value or 0 for bar in bars]
        more, less = max(0, *values), max(0, *(-value for value in values))
        painter = QPainter(self)
        high = self.height() - 3 * line - theme.space.xs  # figures above and below, days
        scale = high / max(1, more + less)
        zero = line + round(more * scale) if more + less else line + high // 2
        step = self.width() / len(bars)
        marked = self._with_figure(bars)
        for place, bar in enumerate(bars):
            left, right = round(place * step), round((place + 1) * step)
            box = QRect(left + GAP // 2, zero, right - left - GAP, 0)
            self._paint_bar(painter, box, bar, scale)
            if place in marked and bar.value:
                above = bar.value > 0
                tall = round(abs(bar.value) * scale)
                y = zero - tall - line if above else zero + tall
                wide = text_width(theme.font("label"), bar.figure) + 2
                x = min(max(0, (left + right - wide) // 2), self.width() - wide)
                figure = QRect(x, y, wide, line)
                paint_text(painter, figure, theme, bar.figure, "label", align=CENTER, elide=False)
            label = QRect(left, self.height() - line, right - left, line)
            tone = Tone.PLAIN if bar.current else Tone.MUTED
            paint_text(
                painter, label, theme, bar.label, "label", tone=tone, align=CENTER, elide=False
            )
        paint_ground(painter, QRect(0, zero, self.width(), 1), theme.colors.line.border)
        painter.end()

    def _room(self) -> int:
        """So many days whose labels have room."""
        theme = self._look.theme
        widest = max((text_width(theme.font("label"), bar.label) for bar in self._bars), default=1)
        return max(1, self.width() // (widest + GAP))

    def _with_figure(self, bars: Sequence[DayBar]) -> set[int]:
        """The highest, the lowest and the current one."""
        known = [place for place, bar in enumerate(bars) if bar.value]
        if not known:
            return set()
        ends = {max(known, key=lambda n: bars[n].value or 0)}
        ends.add(min(known, key=lambda n: bars[n].value or 0))
        current = [place for place in known if bars[place].current]
        near = {n + step for n in current for step in (-1, 1)}
        return (ends - near) | set(current)

    def _paint_bar(self, painter: QPainter, box: QRect, bar: DayBar, scale: float) -> None:
        colors = self._look.theme.colors
        ink = colors.text.primary if bar.current else colors.text.muted
        if bar.value is None:
            painter.fillRect(box.center().x() - 1, box.top() - 1, 3, 3, colors.line.border)
            return
        tall = round(abs(bar.value) * scale)
        if bar.value > 0:
            painter.fillRect(box.left(), box.top() - tall, box.width(), tall, colors.accent.base)
        elif bar.value < 0:
            tone = self._look.theme.text_color(Tone.WARNING)
            painter.fillRect(box.left(), box.top(), box.width(), tall, tone)
        else:
            painter.fillRect(box.left(), box.top() - 1, box.width(), 3, ink)

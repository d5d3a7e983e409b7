"""A few counts on one line, each a figure and its word; wraps where the room is short."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import paint_text, text_width

GAP = 18  # px between two counts
WORD_GAP = 6


@dataclass(frozen=True, slots=True)
class Count:
    """A figure, its word, and the tone of both."""

    value: int
    word: str
    tone: Tone = Tone.PLAIN


class CountLine(QWidget):
    """Painted: "45 match  2 differ  1 missing  1 new"."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._counts: tuple[Count, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._fit)

    def show_counts(self, counts: Sequence[Count]) -> None:
        self._counts = tuple(counts)
        self.setAccessibleName(", ".join(f"{c.value} {c.word}" for c in counts))
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self._lines() * self._line())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        base = QFontMetrics(theme.font("value"))
        word_base = QFontMetrics(theme.font("dense"))
        for count, place in zip(self._counts, self._places(), strict=True):
            figure = formats.number(count.value)
            wide = paint_text(painter, place, theme, figure, "value", tone=count.tone, elide=False)
            strong = count.tone is not Tone.PLAIN
            drop = (base.ascent() - base.descent() - word_base.ascent() + word_base.descent()) // 2
            word = place.adjusted(wide + theme.text_px(WORD_GAP), drop, 0, drop)
            tone = count.tone if strong else Tone.MUTED
            paint_text(painter, word, theme, count.word, tone=tone, strong=strong, elide=False)
        painter.end()

    def _line(self) -> int:
        return self._look.theme.line_height("value") + 4

    def _width(self, count: Count) -> int:
        theme = self._look.theme
        strong = count.tone is not Tone.PLAIN
        return (
            text_width(theme.font("value"), formats.number(count.value))
            + theme.text_px(WORD_GAP)
            + text_width(theme.font("dense", strong=strong), count.word)
        )

    def _places(self) -> list[QRect]:
        places: list[QRect] = []
        left = top = 0
        for count in self._counts:
            wide = self._width(count)
            if left and left + wide > self.width():
                left, top = 0, top + self._line()
            places.append(QRect(left, top, wide, self._line()))
            left += wide + GAP
        return places

    def _lines(self) -> int:
        return max((place.top() // self._line() for place in self._places()), default=0) + 1

    def _fit(self) -> None:
        high = self._lines() * self._line()
        if self.minimumHeight() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)
        self.update()

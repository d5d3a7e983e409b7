"""What the patterns of a chart stand for, in a row of words that wraps."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.history_bars import Pattern, paint_pattern
from cvd_desktop.ui.widgets.painting import paint_text, text_width
from cvd_desktop.ui.widgets.tag import TagKind, paint_mark

SWATCH = 14  # px at text scale 1
GAP = 6  # px from a swatch to its word
APART = 18  # px between two entries


class ChartLegend(QWidget):
    """Bars by their pattern, marks by their shape. Only what occurs in the chart is named; without
    entries it takes no room."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._entries: tuple[tuple[Pattern | TagKind, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        look.follow(self._fit)

    def show_entries(self, entries: Sequence[tuple[Pattern | TagKind, str]]) -> None:
        self._entries = tuple(entries)
        self.setAccessibleName(", ".join(word for _, word in self._entries))
        self.setVisible(bool(self._entries))
        self._fit()

    def entries(self) -> tuple[str, ...]:
        return tuple(word for _, word in self._entries)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        side = theme.text_px(SWATCH)
        for (pattern, word), place in zip(self._entries, self._places(), strict=True):
            top = place.top() + (place.height() - side) // 2
            swatch = QRect(place.left(), top, side, side)
            if isinstance(pattern, Pattern):
                paint_pattern(painter, swatch, theme, pattern)
            else:
                paint_mark(painter, swatch, theme, pattern, icon_px=SWATCH)
            words = place.adjusted(side + GAP, 0, 0, 0)
            paint_text(painter, words, theme, word, "label", tone=Tone.MUTED, elide=False)
        painter.end()

    def _places(self) -> list[QRect]:
        theme = self._look.theme
        line = self._line()
        places: list[QRect] = []
        left = top = 0
        for _, word in self._entries:
            wide = theme.text_px(SWATCH) + GAP + text_width(theme.font("label"), word)
            if left and left + wide > self.width():
                left, top = 0, top + line
            places.append(QRect(left, top, wide, line))
            left += wide + APART
        return places

    def _line(self) -> int:
        return self._look.theme.line_height("label") + 4

    def _fit(self) -> None:
        high = max((place.bottom() + 1 for place in self._places()), default=0)
        if self.minimumHeight() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)
        self.update()

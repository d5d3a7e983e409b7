"""Figures with their sources below one another; one that a read says opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import RIGHT, paint_ground, paint_text, text_width
from cvd_desktop.ui.widgets.source_mark import (
    Source,
    paint_source_mark,
    source_mark_side,
    source_words,
)

_LINE = 24  # px at text scale 1


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A figure of the slot, where it comes from, and the read that says it."""

    name: str
    value: str
    source: Source | None = None
    age: str = ""
    read_id: str = ""
    strong: bool = False


class LedgerLines(QWidget):
    """Painted: name, figure, letter of the source; the tip says source and age in words."""

    opened = Signal(str)
    """Id of the read behind a line that was clicked."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._lines: tuple[LedgerLine, ...] = ()
        self._over = -1
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_lines(self, lines: Sequence[LedgerLine]) -> None:
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        self.setAccessibleName(", ".join(_spoken(line) for line in lines))
        self.updateGeometry()
        self.update()

    def lines(self) -> tuple[LedgerLine, ...]:
        return self._lines

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _high(self) -> int:
        return max(self._look.theme.text_px(_LINE), self._look.theme.line_height("dense"))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self._high() * len(self._lines))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, self.sizeHint().height())

    def line_at(self, point: QPoint) -> int:
        """The number of the line at a point; -1 for none."""
        number = point.y() // self._high()
        return number if 0 <= number < len(self._lines) else -1

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.line_at(event.pos())
            if number >= 0:
                QToolTip.showText(event.globalPos(), _spoken(self._lines[number]), self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._hover(self.line_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        del event
        self._hover(-1)

    def _hover(self, number: int) -> None:
        opens = number >= 0 and bool(self._lines[number].read_id)
        over = number if opens else -1
        if over != self._over:
            self._over = over
            shape = Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        number = self.line_at(event.position().toPoint())
        if number >= 0 and self._lines[number].read_id:
            self.opened.emit(self._lines[number].read_id)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        side = source_mark_side(theme)
        high = self._high()
        for number, line in enumerate(self._lines):
            row = QRect(0, number * high, self.width(), high)
            if number == self._over:
                paint_ground(painter, row, theme.colors.surface.hover)
            mark = QRect(row.right() + 1 - side, row.top(), side, high)
            if line.source is not None:
                paint_source_mark(painter, mark, theme, line.source)
            value = row.adjusted(0, 0, -side - theme.space.s, 0)
            wide = text_width(theme.font("dense", strong=line.strong), line.value)
            paint_text(
                painter,
                value,
                theme,
                line.value,
                "dense",
                align=RIGHT,
                strong=line.strong,
                elide=False,
            )
            name = value.adjusted(0, 0, -wide - theme.space.s, 0)
            paint_text(painter, name, theme, line.name, "dense", tone=Tone.MUTED)
        painter.end()


def _spoken(line: LedgerLine) -> str:
    source = source_words(Source(line.source)) if line.source is not None else ""
    return ", ".join(part for part in (f"{line.name}: {line.value}", source, line.age) if part)

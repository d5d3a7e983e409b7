"""Lines of figures: what, how much, where it comes from. A line with a proof opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import (
    FOCUS_RING,
    RIGHT,
    paint_box,
    paint_ground,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.source_mark import (
    Source,
    paint_source_mark,
    source_mark_side,
    source_words,
)

_ROW = 36  # px at text scale 1
_GAP = 10
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap


@dataclass(frozen=True, slots=True)
class StopLine:
    """One figure. `code` stands behind the name ("CA306"); `age` goes into tool tip and name;
    `ruled` draws a line above, for a sum; `opens` says that there is a proof to see."""

    name: str
    value: str
    source: Source | None = None
    age: str = ""
    code: str = ""
    strong: bool = False
    ruled: bool = False
    tone: Tone = Tone.PLAIN
    opens: bool = False

    def told(self) -> str:
        """The whole line in words."""
        parts = [self.name, self.value]
        if self.source is not None:
            parts.append(source_words(self.source))
        return ", ".join(part for part in (*parts, self.age) if part)


class StopLines(QWidget):
    """Painted rows; arrow keys walk, Enter, Space or a click opens. Long names wrap."""

    opened = Signal(int)
    """Number of the line whose proof a person wants to see."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self._name = name
        self._lines: tuple[StopLine, ...] = ()
        self._current = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setAccessibleName(name)
        look.follow(self._restyle)

    def show_lines(self, lines: Sequence[StopLine]) -> None:
        self._lines = tuple(lines)
        self._current = min(self._current, max(0, len(self._lines) - 1))
        self.setAccessibleName("\n".join((self._name, *(line.told() for line in lines))))
        can_open = any(line.opens for line in lines)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if can_open else Qt.FocusPolicy.NoFocus)
        self._restyle()

    def lines(self) -> tuple[StopLine, ...]:
        return self._lines

    def current(self) -> int:
        """The line that the keys are on."""
        return self._current

    # sizes

    def _mark_room(self) -> int:
        return source_mark_side(self._look.theme) + self._look.theme.text_px(_GAP)

    def _role(self, line: StopLine) -> str:
        return "value" if line.strong else "body"

    def _room(self) -> int:
        return self.width() - self._mark_room()

    def _below(self, line: StopLine) -> bool:
        """A value that is a text stands below its name, and wraps."""
        theme = self._look.theme
        value = text_width(theme.font(self._role(line), strong=True), line.value)
        return value > self._room() * 6 // 10

    def _name_room(self, line: StopLine) -> int:
        if self._below(line):
            return self._room()
        value = text_width(self._look.theme.font(self._role(line), strong=True), line.value)
        return max(80, self._room() - value - _GAP)

    def _name_high(self, line: StopLine) -> int:
        font = self._look.theme.font("bodyStrong" if line.strong else "body")
        words = f"{line.name} {line.code}" if line.code else line.name
        return _needed(font, words, self._name_room(line))

    def _high(self, line: StopLine) -> int:
        theme = self._look.theme
        needed = self._name_high(line) + theme.text_px(12)
        if self._below(line):
            needed += _needed(theme.font("body"), line.value, self._room())
        return max(theme.text_px(_ROW), needed, theme.line_height("value"))

    def _tops(self) -> list[int]:
        tops = [0]
        for line in self._lines:
            tops.append(tops[-1] + self._high(line))
        return tops

    def _restyle(self) -> None:
        high = self._tops()[-1]
        if self.minimumHeight() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(280, self._tops()[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._restyle()

    # opening

    def _at(self, point: QPoint) -> int:
        tops = self._tops()
        for n in range(len(self._lines)):
            if tops[n] <= point.y() < tops[n + 1]:
                return n
        return -1

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._open(self._at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self._lines:
            self._current = max(0, min(len(self._lines) - 1, self._current + step))
            self.update()
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self._current)
        else:
            super().keyPressEvent(event)

    def _open(self, number: int) -> None:
        if 0 <= number < len(self._lines):
            self._current = number
            self.update()
            if self._lines[number].opens:
                self.opened.emit(number)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._at(event.pos())
            if number >= 0:
                QToolTip.showText(event.globalPos(), self._lines[number].told(), self)
            return True
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            opens = bool(self._lines) and self._lines[self._current].opens
            if opens and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()  # opens the line, and not the biggest button
                return True
        return super().event(event)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        colors = theme.colors
        painter = QPainter(self)
        tops = self._tops()
        for n, line in enumerate(self._lines):
            row = QRect(0, tops[n], self.width(), tops[n + 1] - tops[n])
            if line.ruled:
                rule = QRect(0, row.top(), row.width(), colors.line_width_strong)
                paint_ground(painter, rule, colors.line.strong)
            self._paint_line(painter, row, line)
            if self.hasFocus() and n == self._current:
                ring = colors.focus_ring
                paint_box(painter, row, fill=None, border=ring, line=FOCUS_RING, radius=3)
        painter.end()

    def _paint_line(self, painter: QPainter, row: QRect, line: StopLine) -> None:
        theme = self._look.theme
        font = theme.font("bodyStrong" if line.strong else "body")
        below = self._below(line)
        pad = theme.text_px(6)
        name = QRect(row.left(), row.top(), self._name_room(line), row.height())
        if below:
            name = QRect(row.left(), row.top() + pad, self._room(), self._name_high(line))
        painter.setFont(font)
        painter.setPen(theme.text_color(Tone.PLAIN))
        painter.drawText(name, int(_WRAP), line.name)
        if line.code:
            used = QFontMetrics(font).horizontalAdvance(line.name) + theme.text_px(6)
            room = QRect(name.left() + used, row.top(), name.width() - used, row.height())
            if text_width(theme.font("mono"), line.code) <= room.width():
                paint_text(painter, room, theme, line.code, "mono", tone=Tone.MUTED)
        right = self._room()
        value = QRect(row.left(), row.top(), right, row.height())
        if below:
            value = QRect(row.left(), name.bottom() + 1, right, row.bottom() - name.bottom() - pad)
            painter.setFont(theme.font("body"))
            painter.setPen(theme.text_color(Tone.MUTED))
            painter.drawText(value, int(_WRAP), line.value)
            self._paint_mark(painter, row, line)
            return
        paint_text(
            painter,
            value,
            theme,
            line.value,
            self._role(line),
            tone=line.tone,
            align=RIGHT,
            strong=True,
            elide=False,
        )
        self._paint_mark(painter, row, line)

    def _paint_mark(self, painter: QPainter, row: QRect, line: StopLine) -> None:
        if line.source is not None:
            left = self._room() + self._look.theme.text_px(_GAP)
            mark = QRect(left, row.top(), self.width(), row.height())
            paint_source_mark(painter, mark, self._look.theme, line.source)


def _needed(font: QFont, words: str, wide: int) -> int:
    """px of height that the words need at this width."""
    box = QRect(0, 0, max(60, wide), 100_000)
    return QFontMetrics(font).boundingRect(box, int(_WRAP), words).height()

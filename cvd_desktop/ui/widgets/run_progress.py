"""How far a run is: a big figure and a box for each stop, hatched where one was skipped."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.painting import LEFT, paint_box, paint_ground, paint_text
from cvd_desktop.ui.widgets.rich_line import RichLine, Run, paint_rich, rich_height
from cvd_desktop.ui.widgets.sizing import grow_down

DONE, SKIPPED, NOW, OPEN = "done", "skipped", "now", "open"
_BOX = 14  # px high at text scale 1
_NOW_MORE = 3  # px that the box of the present stop is higher on either side
_GAP = 3
_LEAST = 11  # px of a box; more boxes than that stand in more rows


class StopBoxes(QWidget):
    """One box for each stop, in the order of the day."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._states: tuple[str, ...] = ()
        grow_down(self)
        look.follow(self._restyle)

    def show_states(self, states: Sequence[str]) -> None:
        self._states = tuple(states)
        self._restyle()

    def states(self) -> tuple[str, ...]:
        return self._states

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _in_row(self, width: int) -> int:
        """How many boxes stand in a row: as many in each."""
        count = len(self._states)
        most = max(1, (width + _GAP) // (self._look.theme.text_px(_LEAST) + _GAP))
        rows = max(1, -(-count // most))
        return max(1, -(-count // rows))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # the least height is that of this width

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        rows = -(-len(self._states) // self._in_row(width))
        return rows * (self._look.theme.text_px(_BOX) + 2 * _NOW_MORE + _GAP)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        in_row = self._in_row(self.width())
        high = theme.text_px(_BOX)
        wide = (self.width() + _GAP) / in_row
        for n, state in enumerate(self._states):
            row, column = divmod(n, in_row)
            left, right = round(column * wide), round((column + 1) * wide) - _GAP
            top = row * (high + 2 * _NOW_MORE + _GAP) + _NOW_MORE
            self._paint_box(painter, QRect(left, top, right - left, high), state)
        painter.end()

    def _paint_box(self, painter: QPainter, box: QRect, state: str) -> None:
        colors = self._look.theme.colors
        if state == NOW:
            paint_ground(painter, box.adjusted(0, -_NOW_MORE, 0, _NOW_MORE), colors.accent.base)
            return
        if state == DONE:
            paint_ground(painter, box, colors.line.strong)
            return
        if state == SKIPPED:
            painter.fillRect(box, QBrush(colors.line.strong, Qt.BrushStyle.BDiagPattern))
        paint_box(
            painter, box, fill=None, border=colors.line.border, line=colors.line_width, radius=0
        )


class _BigFigure(QWidget):
    """2 of 9 done"""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._figure, self._rest = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_figure(self, figure: str, rest: str) -> None:
        self._figure, self._rest = figure, rest
        self.setAccessibleName(f"{figure} {rest}")
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, self._look.theme.line_height("figure"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        rect = self.rect()
        used = paint_text(painter, rect, theme, self._figure, "figure", elide=False)
        beside = rect.adjusted(used + theme.text_px(6), theme.text_px(9), 0, 0)
        paint_text(painter, beside, theme, self._rest, "head", tone=Tone.MUTED, align=LEFT)
        painter.end()


class RichLabel(QWidget):
    """A line of words of more than one weight, as a widget."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._line = RichLine((Run(""),))
        grow_down(self)
        look.follow(self._restyle)

    def show_line(self, line: RichLine) -> None:
        self._line = line
        self.setAccessibleName(line.text)
        self._restyle()

    def text(self) -> str:
        return self._line.text

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # the least height is that of this width

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return rich_height(self._look.theme, self._line, width)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        paint_rich(painter, self.rect(), self._look.theme, self._line)
        painter.end()


class RunProgress(Card):
    """The figure, the boxes, and a line about what is left."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent=parent)
        self.figure = _BigFigure(look)
        self.boxes = StopBoxes(look)
        self.line = RichLabel(look)
        for widget in (self.figure, self.boxes, self.line):
            self.body.addWidget(widget)

    def show_progress(
        self, figure: str, rest: str, states: Sequence[str], line: RichLine, spoken: str
    ) -> None:
        self.figure.show_figure(figure, rest)
        self.boxes.show_states(states)
        self.boxes.setAccessibleName(spoken)
        self.line.show_line(line)
        self.setAccessibleName(f"{figure} {rest}. {line.text}")

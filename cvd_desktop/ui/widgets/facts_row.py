"""A few facts side by side with a line between them; fewer in a row where the room is short."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look

GAP = 20  # px from a line to the fact behind it
LINE_GAP = 16  # px between two rows of facts


class FactsRow(QWidget):
    """Lays its widgets out in equal columns: all in one row, else two, else one in a row."""

    def __init__(self, look: Look, widgets: Sequence[QWidget]) -> None:
        super().__init__()
        self._look = look
        self._widgets = tuple(widgets)
        for widget in self._widgets:
            widget.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        look.follow(self._arrange)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        rows = -(-len(self._widgets) // self.in_a_row())
        high = max((w.sizeHint().height() for w in self._widgets), default=0)
        return QSize(240, rows * high + (rows - 1) * LINE_GAP)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.sizeHint().height())

    def in_a_row(self) -> int:
        """How many facts fit beside one another at the present width."""
        hints = [w.sizeHint().width() for w in self._widgets]
        lines = GAP
        if sum(hints) + lines * (len(hints) - 1) <= self.width():
            return max(1, len(hints))
        return 2 if 2 * max(hints) + lines <= self.width() else 1

    def arrange(self) -> None:
        """A fact has another width: lay out again."""
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # a fact has another width
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        count = self.in_a_row()
        high = max((w.sizeHint().height() for w in self._widgets), default=0)
        for n, widget in enumerate(self._widgets):
            row, column = divmod(n, count)
            left, right = self._edges(column, count)
            widget.setGeometry(left, row * (high + LINE_GAP), right - left, high)
        if self.minimumHeight() != self.sizeHint().height():
            self.setFixedHeight(self.sizeHint().height())
        self.update()

    def _edges(self, column: int, count: int) -> tuple[int, int]:
        """Left and right of a column: equal shares, or by need where those are too narrow."""
        hints = [w.sizeHint().width() for w in self._widgets]
        equal = self.width() // count
        if count < len(hints) or max(hints) + GAP <= equal:
            return column * equal + (GAP if column else 0), (column + 1) * equal
        over = (self.width() - sum(hints) - GAP * (count - 1)) // count
        left = sum(hints[:column]) + column * (over + GAP)
        return left, left + hints[column] + over

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        count = self.in_a_row()
        high = max((w.sizeHint().height() for w in self._widgets), default=0)
        for n in range(len(self._widgets)):
            row, column = divmod(n, count)
            if column:
                left, _ = self._edges(column, count)
                line = QRect(left - GAP, row * (high + LINE_GAP), 1, high)
                painter.fillRect(line, theme.colors.line.hairline)
        painter.end()

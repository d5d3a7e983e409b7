"""The first rows of a longer list, as many as have room, and the row that opens all of them."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from cvd_desktop.ui.table_model import Cell, TableModel
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    FOCUS_RING,
    RIGHT,
    key_cap_size,
    key_words,
    paint_box,
    paint_key_cap,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.table_view import TableView, paint_below

R = TypeVar("R")

LATER = Qt.ConnectionType.QueuedConnection
MOST = 24  # rows: a first page shows no more at any size


class TopTable(TableView[R]):
    """Never scrolls: a row that would be cut is not shown."""

    rest_changed = Signal()
    """Another number of rows is hidden now. It is told in the middle of a layout: what shows or
    hides something then has to be connected `LATER`."""

    def __init__(
        self, look: Look, model: TableModel[R], name: str, row_px: int, *, header: bool = True
    ) -> None:
        self._header = header
        self._all: tuple[R, ...] = ()
        self._shown = 0
        super().__init__(look, model, name, row_px, enter_opens=True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setVisible(header)

    def show_top(self, rows: Sequence[R]) -> None:
        """All rows in their order; the first that fit are shown."""
        self._all = tuple(rows)
        self.rows_model().set_rows(self._all[:MOST])
        self._cut()
        self.updateGeometry()  # the layout keeps the size of the rows of before

    def rest(self) -> tuple[R, ...]:
        """The rows that have no room."""
        return self._all[self._shown :]

    def height_of(self, rows: int) -> int:
        """px of so many rows, with the header where there is one."""
        if self._header:
            return self.horizontalHeader().height() + rows * self.row_height()
        there = min(rows, self.rows_model().rowCount())
        heights = (self.verticalHeader().sectionSize(n) or self.row_height() for n in range(there))
        return sum(heights) + (rows - there) * self.row_height()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Qt's own asks for the height of a scroll bar."""
        return QSize(96, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._cut()

    def _fit_rows(self) -> None:
        for n in range(self.rows_model().rowCount()):
            self.setRowHidden(n, False)
        super()._fit_rows()
        self._cut()

    def _cut(self) -> None:
        room = self.viewport().height()
        shown = 0
        rows = self.rows_model().rowCount()
        plain = self.row_height()
        for n in range(rows):
            self.setRowHidden(n, False)
            if self._header:
                self.setRowHeight(n, plain)
            fits = self.rowHeight(n) <= room and shown == n
            room -= self.rowHeight(n)
            shown += fits
            self.setRowHidden(n, not fits)
        if self._header and shown and shown < len(self._all):
            self._fill(shown)
        if shown != self._shown:
            self._shown = shown
            self.rest_changed.emit()

    def _fill(self, shown: int) -> None:
        """Rows share what is left, so that no gap stands before what follows the list."""
        over = self.viewport().height() - shown * self.row_height()
        for n in range(shown):
            share = over // (shown - n)
            over -= share
            self.setRowHeight(n, self.row_height() + share)


class MoreRow(PaintedButton, Generic[R]):
    """Below a `TopTable`: what the hidden rows come to, under the columns, and the key of all."""

    def __init__(self, look: Look, view: TableView[R], words: str, key: str) -> None:
        """`words` stand before the cap of the key: "Show all"."""
        super().__init__(look)
        self._view = view
        self._words = words
        self._key = key_words(QKeySequence(key))
        self._cells: dict[str, Cell] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        view.columns_changed.connect(self.update)
        self.start()

    def show_cells(self, cells: dict[str, Cell]) -> None:
        """Cells by the key of their column; none hides the row."""
        self._cells = cells
        said = ", ".join(cell.text for cell in cells.values() if cell.text)
        self.setAccessibleName(f"{said}. {self._words}")
        self.setAccessibleDescription(self._key)
        self.setVisible(bool(cells))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        return QSize(160, max(theme.control.touch, theme.text_px(theme.control.dense_row)))

    def _taken(self) -> int:
        """px up to the end of the last cell that stands below its own column."""
        header = self._view.horizontalHeader()
        columns = self._view.rows_model().columns
        ends = (
            header.sectionViewportPosition(place) + header.sectionSize(place)
            for place, column in enumerate(columns)
            if column.right and column.key in self._cells and not self._view.isColumnHidden(place)
        )
        return max(ends, default=0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        ground = self.touched_ground()
        if ground is not None:
            painter.fillRect(area, ground)
        size = key_cap_size(theme, self._key)
        right = area.right() + 1 - theme.space.l - size.width()
        cap = QRect(right, (area.height() - size.height()) // 2, size.width(), size.height())
        paint_key_cap(painter, cap, theme, self._key, colors.text.muted)
        words = area.adjusted(self._taken(), 0, right - theme.space.s - area.width(), 0)
        if text_width(theme.font("dense"), self._words) <= words.width():
            paint_text(painter, words, theme, self._words, align=RIGHT, elide=False)
        paint_below(painter, area, self._view, self._cells, theme)
        if self.hasFocus():
            paint_box(painter, area, fill=None, border=colors.focus_ring, line=FOCUS_RING)
        painter.end()

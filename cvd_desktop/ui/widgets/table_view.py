"""The one table widget: fixed rows, painted header, columns that fit the window by themselves."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from cvd_desktop.ui.delegates import (
    EDGE_PAD,
    PAD,
    CellDelegate,
    cell_padding,
    cell_role,
    cell_width,
    two_lined,
    wrapped_height,
)
from cvd_desktop.ui.table_model import Cell, Fit, TableModel
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.painting import LEFT, RIGHT, paint_text

R = TypeVar("R")

HEADER_PX = 32
NARROWEST = 40  # px of a column of names when nothing else helps
SPREAD = 28  # px that columns move apart where there is room, before names get the rest
NOTHING = "·"  # stands for a figure that is not known
MEASURED_ROWS = 100
MEASURED_CELLS = 60  # different ones of a column, those with the most letters first
MEASURED_KEPT = 2000  # widths of cells that are remembered


class TableHeader(QHeaderView):
    """Titles in the label font over a strong line."""

    def __init__(self, look: Look, parent: "TableView[R]") -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self._view = parent
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:  # noqa: N802
        theme = self._look.theme
        model = self.model()
        painter.save()
        painter.fillRect(rect, theme.colors.surface.surface)
        left = EDGE_PAD if index == 0 else PAD // 2
        right = EDGE_PAD if index == self._view.last_column() else PAD // 2
        painter.setFont(theme.font("label"))
        painter.setPen(theme.text_color(Tone.MUTED))
        alignment = model.headerData(
            index, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole
        )
        title = model.headerData(index, Qt.Orientation.Horizontal)
        painter.drawText(rect.adjusted(left, 0, -right, -2), int(alignment), title)
        thick = theme.colors.line_width_strong
        painter.fillRect(
            rect.left(),
            rect.bottom() + 1 - thick,
            rect.width(),
            thick,
            theme.colors.line.border,
        )
        painter.restore()


class TableView(QTableView, Generic[R]):
    """A list of facts. Arrow keys walk, a double click opens, a reload keeps the place.

    `enter_opens`: Enter opens the current row while the list has the focus; without it Enter
    stays the key of the primary action.
    """

    opened = Signal(int)
    """Row that a person opened."""
    current_changed = Signal(int)
    """Row that is current now, -1 for none."""
    columns_changed = Signal()
    """Columns have other places: a row of totals paints again."""

    def __init__(
        self,
        look: Look,
        model: TableModel[R],
        name: str,
        row_px: int,
        *,
        enter_opens: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`name` is for screen readers; `row_px` the height of a row at text scale 1."""
        super().__init__(parent)
        self._look = look
        self._rows = model
        self._row_px = row_px
        self._enter_opens = enter_opens
        self._least_rows = 2
        self._most_rows: int | None = None
        self._natural: list[int] = []
        self._last_column = len(model.columns) - 1
        self._reserved: dict[str, Cell] = {}
        self._measured: dict[Cell, int] = {}  # px, of this theme
        self._kept: Hashable | None = None
        self.setAccessibleName(name)
        self.setModel(model)
        self.setItemDelegate(CellDelegate(look, self, self.last_column))
        self.setHorizontalHeader(TableHeader(look, self))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        model.dataChanged.connect(self._grow)
        look.follow(self._restyle)

    def rows_model(self) -> TableModel[R]:
        return self._rows

    def current(self) -> R | None:
        """The facts of the current row."""
        index = self.currentIndex()
        return self._rows.row(index.row()) if index.isValid() else None

    def go_to(self, row: int) -> None:
        """Make this row current and visible."""
        index = self._rows.index(row, 0)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def reserve(self, cells: dict[str, Cell]) -> None:
        """Keep columns of figures wide enough for these cells too: those of the row of totals."""
        self._reserved = cells
        theme = self._look.theme
        grown = list(self._natural)
        for place, column in enumerate(self._rows.columns):
            if column.right and column.key in cells:
                wide = cell_width(theme, cells[column.key], two_lines=False) + PAD
                grown[place] = max(grown[place], wide)
        if grown != self._natural:
            self._natural = grown
            self._fit_columns()

    def last_column(self) -> int:
        """The last column that is shown."""
        return self._last_column

    def keep_height(self, least: int, most: int | None = None) -> None:
        """At least so many rows are visible at any text scale; with `most` the list is as high as
        its rows, up to so many, else it takes what room there is."""
        self._least_rows, self._most_rows = least, most
        self._fit_height()

    def row_height(self) -> int:
        return self.verticalHeader().defaultSectionSize()

    def height_of(self, rows: int) -> int:
        """px that the header and so many rows take; rows that are not there count as plain ones."""
        there = min(rows, self._rows.rowCount())
        tall = sum(self.rowHeight(n) for n in range(there))
        return self.horizontalHeader().height() + tall + (rows - there) * self.row_height()

    # Qt

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(256, self.minimumHeight())

    def _fit_height(self) -> None:
        self.setMinimumHeight(self.height_of(self._least_rows))
        if self._most_rows is not None:
            rows = max(self._least_rows, min(self._most_rows, self._rows.rowCount()))
            self.setFixedHeight(self.height_of(rows))

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and self._opens(event):
            event.accept()  # the key comes here, not to the primary action
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self._opens(event):
            if not event.isAutoRepeat():
                self.opened.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def _opens(self, event: QEvent) -> bool:
        return (
            self._enter_opens
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and self.currentIndex().isValid()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit_columns()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        by_key = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        if by_key and not self.currentIndex().isValid():
            self.go_to(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.viewport().update()

    # inside

    def _restyle(self) -> None:
        theme = self._look.theme
        self._measured.clear()
        self.verticalHeader().setDefaultSectionSize(theme.text_px(self._row_px))
        self.verticalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().setFixedHeight(theme.text_px(HEADER_PX))
        self._fit_height()
        self._measure()
        self._fit_columns()
        self.viewport().update()
        self.horizontalHeader().viewport().update()

    def _current_changed(self, index: QModelIndex) -> None:
        self.current_changed.emit(index.row())

    def _remember(self) -> None:
        row = self.current()
        self._kept = None if row is None else self._rows.key(row)

    def _restore(self) -> None:
        self._fit_height()
        self._measure()
        self._fit_columns()
        place = None if self._kept is None else self._rows.find(self._kept)
        if place is not None:
            self.go_to(place)
        else:
            self.current_changed.emit(-1)

    def _grow(self, first: QModelIndex, last: QModelIndex) -> None:
        """Rows that arrived later may need wider columns; columns never shrink while one reads."""
        wanted = self._widths(range(first.row(), min(last.row() + 1, first.row() + MEASURED_ROWS)))
        grown = [max(pair) for pair in zip(self._natural, wanted, strict=True)]
        if grown != self._natural:
            self._natural = grown
            self._fit_columns()

    def _measure(self) -> None:
        self._natural = self._widths(range(min(self._rows.rowCount(), MEASURED_ROWS)))

    def _widths(self, numbers: range) -> list[int]:
        """What every column would like to have, its padding included."""
        theme = self._look.theme
        label = QFontMetrics(theme.font("label"))
        two = two_lined(theme, theme.text_px(self._row_px))
        rows = [row for row in (self._rows.row(n) for n in numbers) if row is not None]
        widths = []
        for place, column in enumerate(self._rows.columns):
            different = set(map(column.cell, rows))  # one letter more is not always wider
            cells = sorted(different, key=_letters)[-MEASURED_CELLS:]
            if column.right and column.key in self._reserved:
                cells.append(self._reserved[column.key])
            if column.optional and not any(map(_says_something, cells)):
                widths.append(0)
                continue
            title = label.horizontalAdvance(column.title) + 1
            most = max([title, *(self._wide(cell, two) for cell in cells)])
            widths.append(most + PAD + (EDGE_PAD - PAD // 2 if place == 0 else 0))
        return widths

    def _wide(self, cell: Cell, two: bool) -> int:
        """px; remembered, for most cells say after a reload what they said before."""
        known = self._measured.get(cell)
        if known is None:
            if len(self._measured) >= MEASURED_KEPT:
                self._measured.clear()
            known = self._measured[cell] = cell_width(self._look.theme, cell, two_lines=two)
        return known

    def _fit_columns(self) -> None:
        """Leave out columns, highest rank first, until the others fit; share what is over."""
        columns = self._rows.columns
        room = self.viewport().width() - (EDGE_PAD - PAD // 2)  # of the last column that is shown
        theme = self._look.theme
        least = [
            min(theme.text_px(column.least), natural) if column.fit is Fit.REST else natural
            for column, natural in zip(columns, self._natural, strict=True)
        ]
        shown = {n for n, natural in enumerate(self._natural) if natural}
        for place in sorted(shown, key=lambda n: (-columns[n].rank, -n)):
            if columns[place].rank == 0 or sum(least[n] for n in shown) <= room:
                break
            shown.discard(place)
        self._last_column = max(shown, default=0)
        widths = self._share(sorted(shown), least, room)
        if widths:
            widths[self._last_column] += EDGE_PAD - PAD // 2
        for place in range(len(columns)):
            self.setColumnHidden(place, place not in shown)
            if place in shown:
                self.setColumnWidth(place, widths[place])
        self._fit_rows()
        self.columns_changed.emit()

    def _fit_rows(self) -> None:
        """Rows with cells that wrap are as high as those need at the width of their column."""
        theme = self._look.theme
        grown = False
        for n in range(min(self._rows.rowCount(), MEASURED_ROWS)):
            row = self._rows.row(n)
            if row is None:
                continue
            high = 0
            for place, column in enumerate(self._rows.columns):
                cell = column.cell(row)
                if cell.wrap and not self.isColumnHidden(place):
                    room = self.columnWidth(place) - cell_padding(place, self._last_column)
                    high = max(high, wrapped_height(theme, cell, room))
            if not high and not grown:
                return  # the first row tells: a list wraps in every row or in none
            grown = True
            self.verticalHeader().resizeSection(n, max(high, self.row_height()))
        if grown:
            self._fit_height()

    def _share(self, shown: list[int], least: list[int], room: int) -> dict[int, int]:
        """Names first get what they need, then all columns move apart, then names get the rest."""
        columns = self._rows.columns
        names = [n for n in shown if columns[n].fit is Fit.REST]
        widths = {n: least[n] for n in shown}
        over = room - sum(widths.values())
        by_wish = sorted(names, key=lambda n: self._natural[n] - least[n])
        for done, n in enumerate(by_wish):  # short names first: they are content with little
            given = min(self._natural[n] - least[n], max(0, over) // (len(by_wish) - done))
            widths[n] += given
            over -= given
        over = room - sum(widths.values())
        spread = max(0, min(self._look.theme.text_px(SPREAD), over // (2 * max(1, len(shown)))))
        for n in shown:
            widths[n] += spread
        over = room - sum(widths.values())
        takers = names or shown[-1:]
        for n in takers:  # below zero: a window too narrow even for this cuts names, not figures
            widths[n] = max(NARROWEST, widths[n] + over // len(takers))
        if takers:
            widths[takers[-1]] += max(0, room - sum(widths.values()))
        return widths


def _says_something(cell: Cell) -> bool:
    return bool(cell.text.strip(NOTHING) or cell.detail or cell.bars or cell.mark)


def _letters(cell: Cell) -> int:
    return max(len(cell.text), len(cell.detail))


class TotalsRow(QWidget):
    """The last line of a table, always visible: cells under the columns of the table above."""

    def __init__(self, look: Look, view: TableView[R], row_px: int) -> None:
        super().__init__(view.parentWidget())
        self._look = look
        self._view = view
        self._row_px = row_px
        self._cells: dict[str, Cell] = {}
        view.columns_changed.connect(self.update)
        look.follow(self._restyle)

    def set_cells(self, cells: dict[str, Cell]) -> None:
        """Cells by the key of their column; texts without an own column run to the right."""
        self._cells = cells
        self._view.reserve(cells)
        self.setAccessibleName(", ".join(c.spoken or c.text for c in cells.values() if c.text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        del event
        theme = self._look.theme
        painter = QPainter(self)
        line = theme.colors.line_width
        painter.fillRect(0, 0, self.width(), line, theme.colors.line.border)
        paint_below(painter, self.rect().adjusted(0, line, 0, 0), self._view, self._cells, theme)
        painter.end()

    def _restyle(self) -> None:
        self.setFixedHeight(self._look.theme.text_px(self._row_px))
        self.update()


def paint_below(
    painter: QPainter, area: QRect, view: TableView[R], cells: dict[str, Cell], theme: Theme
) -> None:
    """Cells by the key of their column, in a row below the table; a text without an own column at
    its right runs on to the next cell."""
    header = view.horizontalHeader()
    columns = view.rows_model().columns
    shown = [
        (place, column)
        for place, column in enumerate(columns)
        if column.key in cells and not view.isColumnHidden(place)
    ]
    ends = [header.sectionViewportPosition(place) for place, _ in shown[1:]]
    for (place, column), end in zip(shown, [*ends, area.width()], strict=True):
        left = header.sectionViewportPosition(place)
        width = header.sectionSize(place) if column.right else end - left
        rect = QRect(left, area.top(), width, area.height())
        rect.adjust(EDGE_PAD if place == 0 else PAD // 2, 0, -PAD // 2, 0)
        cell = cells[column.key]
        align = RIGHT if column.right else LEFT
        paint_text(painter, rect, theme, cell.text, cell_role(cell), tone=cell.tone, align=align)

"""The raw file line by line as it came, what each line is, and the lines that prove a figure."""

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionViewItem, QWidget

from cvd_desktop.ui.delegates import CellDelegate
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.painting import ACCENT_BAR, LEFT, paint_box, paint_text
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_shared.dex.dex_segments import segment_kind

SegmentRow = tuple[int, str]
Index = QModelIndex | QPersistentModelIndex

LETTERS_SHOWN = 600  # of a line; a glued file may be one line of megabytes
RAW_COLUMN = 1


class SegmentTable(TableView[SegmentRow]):
    """Rows of `ReadDetail.segments`. Ctrl+C copies the current line as it came."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        model: TableModel[SegmentRow] = TableModel(self._columns(), key=lambda row: row[0])
        super().__init__(
            look, model, self.tr("Raw file"), look.theme.control.dense_row - 4, parent=parent
        )
        model.setParent(self)
        self._lines: tuple[int, ...] = ()
        self.marks = Marks()
        self.setItemDelegate(_SegmentDelegate(look, self))

    def _columns(self) -> tuple[Column[SegmentRow], ...]:
        return (
            Column(
                "line",
                self.tr("Line"),
                lambda row: str(row[0]),
                face=Face.MONO,
                right=True,
                tone=Tone.MUTED,
            ),
            Column("raw", self.tr("As it came"), _raw, face=Face.MONO, fit=Fit.REST, least=280),
            Column("says", self.tr("What it is"), self._says, rank=1, tone=Tone.MUTED),
        )

    def _says(self, row: SegmentRow) -> str:
        kind = segment_kind(row[1].partition("*")[0].strip())
        return kind.name if kind is not None else self.tr("not in the standard")

    def show_segments(self, segments: Sequence[SegmentRow]) -> None:
        """Other lines, none of them marked."""
        self._lines = tuple(number for number, _ in segments)
        self.marks = Marks()
        self.clearSelection()
        self.rows_model().set_rows(segments)

    def mark(self, lines: Sequence[int], elements: Sequence[str] = ()) -> None:
        """Highlight these lines, the elements ("CA306") in them, and go to the first of them."""
        self.marks = Marks(tuple(line for line in lines if self._place(line) is not None), elements)
        self.viewport().update()
        if self.marks.lines:
            self.go_to_line(self.marks.lines[0])

    def marked(self) -> tuple[int, ...]:
        return self.marks.lines

    def go_to_line(self, line: int) -> None:
        """Make a line of the file current, in the middle of the view."""
        place = self._place(line)
        if place is not None:
            index = self.rows_model().index(place, 0)
            self.setCurrentIndex(index)
            self.scrollTo(index, SegmentTable.ScrollHint.PositionAtCenter)

    def go_to_next(self) -> None:
        """The next marked line below the current one, after the last the first."""
        current, marked = self.current_line() or 0, self.marks.lines
        if marked:
            later = [line for line in marked if line > current]
            self.go_to_line(later[0] if later else marked[0])

    def current_line(self) -> int | None:
        row = self.current()
        return row[0] if row is not None else None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A page that was just opened gets its size after its lines were marked."""
        super().resizeEvent(event)
        if self.marks.lines and self.currentIndex().isValid():
            self.scrollTo(self.currentIndex(), SegmentTable.ScrollHint.PositionAtCenter)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        row = self.current()
        if row is not None and event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(row[1])
            return
        super().keyPressEvent(event)

    def _place(self, line: int) -> int | None:
        place = bisect_left(self._lines, line)
        return place if place < len(self._lines) and self._lines[place] == line else None


class Marks:
    """Lines that prove something, and which elements of them do."""

    def __init__(self, lines: Sequence[int] = (), elements: Sequence[str] = ()) -> None:
        self.lines = tuple(lines)
        self._lines = frozenset(lines)
        self._elements: dict[str, set[int]] = {}
        for code in elements:
            if code[-2:].isdecimal():
                self._elements.setdefault(code[:-2], set()).add(int(code[-2:]))

    def __contains__(self, line: int) -> bool:
        return line in self._lines

    def positions(self, line: int, segment: str) -> set[int]:
        """Which elements of this line are the proof; none where the whole line is."""
        return self._elements.get(segment, set()) if line in self else set()


class _SegmentDelegate(CellDelegate):
    """Marked lines have the ground of a selected row and its bar, their elements a frame."""

    def __init__(self, look: Look, view: SegmentTable) -> None:
        super().__init__(look, view, view.last_column)
        self._table = view

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, theme: Theme
    ) -> None:
        super()._paint_ground(painter, option, index, theme)
        row = self._table.rows_model().row(index.row())
        if row is None or row[0] not in self._table.marks:
            return
        rect, colors = option.rect, theme.colors
        if not option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect.adjusted(0, 0, 0, -1), colors.selection.row)
        if index.column() == 0:
            painter.fillRect(rect.left(), rect.top(), ACCENT_BAR, rect.height(), colors.accent.base)

    def _paint_cell(
        self, painter: QPainter, rect: QRect, theme: Theme, cell: Cell, index: Index
    ) -> None:
        row = self._table.rows_model().row(index.row())
        if index.column() != RAW_COLUMN or row is None:
            super()._paint_cell(painter, rect, theme, cell, index)
            return
        segment = row[1].partition("*")[0].strip()
        _paint_segment(painter, rect, theme, row[1], self._table.marks.positions(row[0], segment))


def _raw(row: SegmentRow) -> str:
    return row[1] if len(row[1]) <= LETTERS_SHOWN else row[1][:LETTERS_SHOWN] + "…"


def _paint_segment(
    painter: QPainter, rect: QRect, theme: Theme, text: str, proving: set[int]
) -> None:
    """The id strong, the stars muted, each proving element in a frame; what is too long elides."""
    painter.save()
    painter.setClipRect(rect)
    metrics = QFontMetrics(theme.font("mono"))
    star = metrics.horizontalAdvance("*")
    left = rect.left()
    for position, part in enumerate(text[:LETTERS_SHOWN].split("*")):
        if left > rect.right():
            break
        if position:
            place = QRect(left, rect.top(), star, rect.height())
            paint_text(painter, place, theme, "*", "mono", tone=Tone.MUTED, elide=False)
            left += star
        wide = QFontMetrics(theme.font("mono", strong=position == 0)).horizontalAdvance(part)
        proves = position in proving
        if proves:
            high = metrics.height()
            box = QRect(left - 2, rect.top() + (rect.height() - high) // 2, wide + 4, high)
            paint_box(
                painter,
                box,
                fill=theme.colors.surface.raised,
                border=theme.colors.accent.base,
                line=theme.colors.line_width,
                radius=theme.radius.tag,
            )
        room = QRect(left, rect.top(), rect.right() + 1 - left, rect.height())
        tone = Tone.ACCENT if proves else Tone.PLAIN
        strong = proves or position == 0
        paint_text(painter, room, theme, part, "mono", tone=tone, align=LEFT, strong=strong)
        left += wide
    painter.restore()

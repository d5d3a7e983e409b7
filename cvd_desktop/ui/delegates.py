"""Paints the cells of every table from the frozen `Cell` of the model: no widget in a row."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from cvd_desktop.ui.table_model import CELL_ROLE, Cell, Face, TableModel
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.painting import (
    ACCENT_BAR,
    FOCUS_RING,
    LEFT,
    RIGHT,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.source_mark import paint_source_mark, source_mark_side
from cvd_desktop.ui.widgets.sparkline import paint_sparkline, sparkline_width
from cvd_desktop.ui.widgets.state_boxes import boxes_width, paint_boxes
from cvd_desktop.ui.widgets.tag import mark_width, paint_mark, paint_tag, tag_size

PAD = 16  # px between the texts of two columns
EDGE_PAD = 16  # px from the frame to the first and from the last text
TWO_LINE_ROW = 48  # px at text scale 1 from which on a row shows its detail below its text
BARS_PAD = 7  # px at text scale 1 above and below the bars of a cell
BOXES_PAD = 12  # the same of boxes
WRAP_MARK = 18  # px at text scale 1 of a shape before lines that wrap
WRAP_MARK_GAP = 8
WRAP_PAD = 6  # px at text scale 1 above and below the lines of a cell that wraps
Index = QModelIndex | QPersistentModelIndex
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


def cell_role(cell: Cell) -> str:
    """The type role of the text of a cell."""
    return cell.face or Face.PLAIN


def two_lined(theme: Theme, height: int) -> bool:
    """Whether a row of this height (px) shows a detail below the text."""
    return height >= theme.text_px(TWO_LINE_ROW)


def cell_width(theme: Theme, cell: Cell, *, two_lines: bool) -> int:
    """px of a cell's content, without the padding of its column."""
    if cell.mark is None:
        wide = _bars_width(theme, cell)
        wide += text_width(theme.font(cell_role(cell)), cell.text) if cell.text else 0
    elif cell.boxed:
        wide = tag_size(theme, cell.mark, cell.text).width()
    else:
        wide = mark_width(theme, cell.text, cell_role(cell))
    wide += _source_width(theme, cell)
    if not cell.detail:
        return wide
    detail = text_width(theme.font("dense"), cell.detail)
    below = two_lines or cell.wrap
    return max(wide, detail) if below else wide + theme.text_px(theme.space.s) + detail


def _bars_width(theme: Theme, cell: Cell) -> int:
    """px of the bars or boxes of a cell and of what parts them from its text."""
    if not cell.bars and not cell.boxes:
        return 0
    count = len(cell.bars)
    wide = sparkline_width(theme, count) if count else boxes_width(theme, len(cell.boxes))
    return wide + (theme.space.s if cell.text else 0)


def _source_width(theme: Theme, cell: Cell) -> int:
    """px of the mark of the source of a cell and of what parts it from the text."""
    return source_mark_side(theme) + theme.text_px(theme.space.s) if cell.source else 0


def _lines_height(theme: Theme, role: str, text: str, width: int) -> int:
    if not text:
        return 0
    metrics = QFontMetrics(theme.font(role))
    return metrics.boundingRect(QRect(0, 0, max(1, width), 10_000), int(_WRAP), text).height()


def wrapped_height(theme: Theme, cell: Cell, width: int) -> int:
    """px of a row in which this cell, `width` px without padding, stands in as many lines as it
    needs."""
    width -= _mark_room(theme, cell)
    lines = _lines_height(theme, cell_role(cell), cell.text, width)
    lines += _lines_height(theme, "dense", cell.detail, width)
    return lines + 2 * theme.text_px(WRAP_PAD) + 1


def _mark_room(theme: Theme, cell: Cell) -> int:
    """px that the shape of a cell takes before lines that wrap."""
    return theme.text_px(WRAP_MARK + WRAP_MARK_GAP) if cell.mark is not None else 0


def cell_padding(column: int, last: int) -> int:
    """px left and right of the content of a cell together."""
    left = EDGE_PAD if column == 0 else PAD // 2
    return left + (EDGE_PAD if column == last else PAD // 2)


class CellDelegate(QStyledItemDelegate):
    """The delegate of every table: ground, accent bar, focus ring, then the cell's content."""

    def __init__(self, look: Look, view: QAbstractItemView, last_column: Callable[[], int]) -> None:
        """`last_column` tells the last column that is shown: it keeps more distance outside."""
        super().__init__(view)
        self._look = look
        self._view = view
        self._last_column = last_column

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        del option, index  # rows and columns are sized by the view
        return QSize(0, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._look.theme
        painter.save()
        self._paint_ground(painter, option, index, theme)
        cell = self._cell(index)
        if cell is not None:
            self._paint_cell(painter, self._inner(option.rect, index), theme, cell, index)
        painter.restore()

    def _cell(self, index: Index) -> Cell | None:
        """Asked of the model itself: the way through Qt takes as long as the painting."""
        model = self._view.model()
        if isinstance(model, TableModel):
            return model.cell(index)
        cell = index.data(CELL_ROLE)
        return cell if isinstance(cell, Cell) else None

    def _at_right(self, index: Index) -> bool:
        model = self._view.model()
        if isinstance(model, TableModel):
            return model.columns[index.column()].right
        return bool(index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight)

    def helpEvent(  # noqa: N802 - Qt's name
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """The whole text where it is cut."""
        cell = index.data(CELL_ROLE) if event.type() == QEvent.Type.ToolTip else None
        if not isinstance(cell, Cell):
            return bool(super().helpEvent(event, view, option, index))
        theme = self._look.theme
        needed = cell_width(theme, cell, two_lines=two_lined(theme, option.rect.height()))
        if cell.wrap or needed <= self._inner(option.rect, index).width():
            QToolTip.hideText()
        else:
            whole = "\n".join(part for part in (cell.text, cell.detail) if part)
            QToolTip.showText(event.globalPos(), whole, view)
        return True

    def _inner(self, rect: QRect, index: Index) -> QRect:
        """The cell without its padding and its hairline."""
        left = EDGE_PAD if index.column() == 0 else PAD // 2
        right = EDGE_PAD if index.column() == self._last_column() else PAD // 2
        return rect.adjusted(left, 0, -right, -1)

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, theme: Theme
    ) -> None:
        rect, colors = option.rect, theme.colors
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, colors.selection.row)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colors.surface.hover)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, colors.line.hairline)
        if not selected:
            return
        if index.column() == 0:
            painter.fillRect(rect.left(), rect.top(), ACCENT_BAR, rect.height(), colors.accent.base)
        if self._view.hasFocus():
            self._paint_ring(painter, rect, index, theme)

    def _paint_ring(self, painter: QPainter, rect: QRect, index: Index, theme: Theme) -> None:
        """The focus ring goes round the whole row: each cell paints its part."""
        color, thick = theme.colors.focus_ring, FOCUS_RING
        painter.fillRect(rect.left(), rect.top(), rect.width(), thick, color)
        painter.fillRect(rect.left(), rect.bottom() + 1 - thick, rect.width(), thick, color)
        if index.column() == self._last_column():
            painter.fillRect(rect.right() + 1 - thick, rect.top(), thick, rect.height(), color)

    def _paint_cell(
        self, painter: QPainter, rect: QRect, theme: Theme, cell: Cell, index: Index
    ) -> None:
        if cell.wrap:
            _paint_wrapped(painter, rect, theme, cell)
            return
        right = self._at_right(index)
        align = RIGHT if right else LEFT
        two_lines = bool(cell.detail) and two_lined(theme, rect.height() + 1)
        if two_lines:
            line = theme.line_height("dense")
            top = rect.top() + (rect.height() - 2 * line) // 2
            below = QRect(rect.left(), top + line, rect.width(), line)
            paint_text(painter, below, theme, cell.detail, tone=Tone.MUTED, align=align)
            rect = QRect(rect.left(), top, rect.width(), line)
        role = cell_role(cell)
        if cell.source is not None:
            rect = _paint_source(painter, rect, theme, cell, right=right)
        if cell.bars or cell.boxes:
            rect = _paint_bars(painter, rect, theme, cell)
        if cell.mark is not None and cell.boxed:
            used = paint_tag(painter, rect, theme, cell.mark, cell.text).width()
        elif cell.mark is not None:
            used = paint_mark(painter, rect, theme, cell.mark, cell.text, role=role)
        else:
            used = paint_text(painter, rect, theme, cell.text, role, tone=cell.tone, align=align)
        if cell.detail and not two_lines and not right:
            beside = rect.adjusted(used + theme.text_px(theme.space.s), 0, 0, 0)
            paint_text(painter, beside, theme, cell.detail, tone=Tone.MUTED, align=align)


def _paint_bars(painter: QPainter, rect: QRect, theme: Theme, cell: Cell) -> QRect:
    """The bars or boxes at the left of a cell; returns what is left for its text."""
    taken = _bars_width(theme, cell)
    if cell.boxes:
        pad = theme.text_px(BOXES_PAD)
        box = QRect(rect.left(), rect.top() + pad, rect.width(), rect.height() - 2 * pad)
        paint_boxes(painter, box, theme, cell.boxes)
    else:
        pad = theme.text_px(BARS_PAD)
        wide = min(sparkline_width(theme, len(cell.bars)), rect.width())
        box = QRect(rect.left(), rect.top() + pad, wide, rect.height() - 2 * pad)
        paint_sparkline(painter, box, theme, cell.bars)
    return rect.adjusted(taken, 0, 0, 0)


def _paint_source(
    painter: QPainter, rect: QRect, theme: Theme, cell: Cell, *, right: bool
) -> QRect:
    """The mark behind the text: at the edge where the text stands at the right; returns what is
    left for the text."""
    assert cell.source is not None
    taken = _source_width(theme, cell)
    left = rect.right() + 1 - source_mark_side(theme)
    if not right:
        text = text_width(theme.font(cell_role(cell)), cell.text)
        left = min(left, rect.left() + text + theme.text_px(theme.space.s))
    mark = QRect(left, rect.top(), source_mark_side(theme), rect.height())
    paint_source_mark(painter, mark, theme, cell.source)
    return rect.adjusted(0, 0, -taken, 0)


def _paint_wrapped(painter: QPainter, rect: QRect, theme: Theme, cell: Cell) -> None:
    """Text and detail in as many lines as they need, in the middle of the row."""
    role = cell_role(cell)
    whole, rect = rect, rect.adjusted(_mark_room(theme, cell), 0, 0, 0)
    text = _lines_height(theme, role, cell.text, rect.width())
    detail = _lines_height(theme, "dense", cell.detail, rect.width())
    top = rect.top() + (rect.height() - text - detail) // 2
    if cell.mark is not None:
        first = QRect(whole.left(), top, whole.width(), theme.line_height(role))
        paint_mark(painter, first, theme, cell.mark, icon_px=WRAP_MARK)
    painter.setFont(theme.font(role))
    painter.setPen(theme.text_color(cell.tone))
    painter.drawText(QRect(rect.left(), top, rect.width(), text), int(_WRAP), cell.text)
    painter.setFont(theme.font("dense"))
    painter.setPen(theme.text_color(Tone.MUTED))
    painter.drawText(QRect(rect.left(), top + text, rect.width(), detail), int(_WRAP), cell.detail)

"""The list of stops: one model, one delegate; keys walk it, touch chooses, handles drag."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from cvd_desktop.ui.screens.today_row_paint import (
    GROUP_GAP,
    HANDLE,
    RowPlan,
    paint_drop_line,
    paint_group,
    paint_stop_row,
    plan_rows,
    row_height,
)
from cvd_desktop.ui.screens.today_rows import RowKind, StopRow
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import (
    CENTER,
    FOCUS_RING,
    LEFT,
    RIGHT,
    paint_box,
    paint_ground,
    paint_text,
)

HEADER = 32  # px at text scale 1
LEAST_ROWS = 3
_SCROLL_FROM = 12  # px that a finger moves before it scrolls
_PAGE = 5  # rows of Page Up and Page Down

Index = QModelIndex | QPersistentModelIndex


class StopModel(QAbstractListModel):
    """The rows as the list shows them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[StopRow, ...] = ()

    def set_rows(self, rows: Sequence[StopRow]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def place_of(self, key: str) -> int:
        """The row with this key, -1 for none."""
        return next((n for n, row in enumerate(self.rows) if row.key == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip
        return None


class StopDelegate(QStyledItemDelegate):
    """Paints a row as the list's plan says."""

    def __init__(self, look: Look, view: "StopList") -> None:
        super().__init__(view)
        self._look = look
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        del option
        view = self._view
        row = view.stops.rows[index.row()]
        high = row_height(self._look.theme, view.plan(), row, opened=view.is_opened(index.row()))
        return QSize(1, high + view.gap_before(index.row()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, theme, n = self._view, self._look.theme, index.row()
        row = view.stops.rows[n]
        rect = QRect(option.rect)
        rect.setTop(rect.top() + view.gap_before(n))
        chosen = view.is_chosen(n)
        fill = theme.colors.selection.row if chosen else theme.colors.surface.surface
        paint_group(
            painter, rect, theme, first=view.begins_card(n), last=view.ends_group(n), fill=fill
        )
        painter.save()
        paint_stop_row(
            painter, rect, theme, view.plan(), row, chosen=chosen, opened=view.is_opened(n)
        )
        painter.restore()
        if chosen and view.moving:
            paint_drop_line(painter, rect, theme)
        elif chosen and view.hasFocus():
            paint_box(
                painter,
                rect,
                fill=None,
                border=theme.colors.focus_ring,
                line=FOCUS_RING,
                radius=theme.radius.card,
            )


class StopHeader(QWidget):
    """The titles over the columns; part of the card below."""

    def __init__(self, look: Look, view: "StopList") -> None:
        super().__init__(view)
        self._look = look
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        view, theme = self._view, self._look.theme
        plan, titles = view.plan(), view.titles()
        painter = QPainter(self)
        rect = QRect(0, 0, plan.width, self.height())
        paint_group(painter, rect, theme, first=True, last=False, fill=theme.colors.surface.surface)
        whole = QRect(0, 0, plan.number, rect.height())
        paint_text(painter, whole, theme, self.tr("No"), "dense", tone=Tone.MUTED, align=CENTER)

        def at(left: int, right: int, text: str, align: Qt.AlignmentFlag) -> None:
            box = QRect(left, 0, right - left, rect.height())
            paint_text(
                painter, box, theme, text, "dense", tone=Tone.MUTED, align=align, elide=False
            )

        at(plan.number, plan.need, self.tr("Then"), LEFT)
        at(plan.need, plan.lowest, self.tr("Needs"), LEFT)
        at(0, plan.lowest, titles[0], RIGHT)
        if plan.columns:
            at(0, plan.window, titles[1], RIGHT)
            at(0, plan.cash, titles[2], RIGHT)
        if plan.units:
            at(0, plan.units, titles[3], RIGHT)
            at(plan.assets, plan.units, titles[4], LEFT)
        painter.end()


class StopList(QListView):
    """`choose` is what keys and touch do; the screen listens to `chosen` and shows it."""

    chosen = Signal(str)
    """Key of a row that a person chose; "" when they went up out of the list."""
    dragged = Signal(str, int)
    """Key of a row that is dragged, and the place in the order of what is to do, 0 the first."""
    focused = Signal(bool)
    """The list has the focus now, or not any more."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._plan: RowPlan | None = None
        self._titles: tuple[str, ...] = ()
        self._shown_as: tuple[object, ...] = ()
        self._current = ""
        self._all_rows = False
        self._pressed: QPoint | None = None
        self._dragging = ""
        self._scrolled_from: int | None = None
        self.moving = False  # the order is being changed
        self.stops = StopModel(self)
        self.setModel(self.stops)
        self.setItemDelegate(StopDelegate(look, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setAccessibleName(self.tr("Stops"))
        self.header = StopHeader(look, self)
        look.follow(self._restyle)

    # what is shown

    def show_rows(self, rows: Sequence[StopRow], current: str, cash_title: str) -> None:
        """`current` is the key of the chosen row, "" for none."""
        self._titles = (
            self.tr("Lowest slot"),
            self.tr("Time window"),
            cash_title,
            self.tr("Units"),
            self.tr("Machines"),
        )
        another = current != self._current or self.moving
        self._current = current
        shown_as = (self._titles, tuple(rows), current, self.moving)
        if shown_as == self._shown_as:
            self._follow_current(scroll=another)
            return
        self._shown_as = shown_as
        self._plan = None
        at = self.verticalScrollBar().value()
        if self.stops.rows != tuple(rows):
            self.stops.set_rows(rows)
        self._restyle()
        self.doItemsLayout()
        self.verticalScrollBar().setValue(at)
        self._follow_current(scroll=another)

    def dragging(self) -> bool:
        """Whether a finger holds a row or scrolls."""
        return self._pressed is not None

    def titles(self) -> tuple[str, ...]:
        return self._titles or ("",) * 5

    def current_key(self) -> str:
        return self._current

    def is_chosen(self, row: int) -> bool:
        return bool(self._current) and self.stops.rows[row].key == self._current

    def is_opened(self, row: int) -> bool:
        """A chosen row says more, except while it is moved."""
        return self.is_chosen(row) and not self.moving

    def begins_card(self, row: int) -> bool:
        """Whether the row has the upper edge of its card; below the titles it has not."""
        if row == 0:
            return self.header.isHidden() or self.stops.rows[0].sunk
        return self.stops.rows[row].sunk and not self.stops.rows[row - 1].sunk

    def ends_group(self, row: int) -> bool:
        rows = self.stops.rows
        return row + 1 == len(rows) or (rows[row + 1].sunk and not rows[row].sunk)

    def gap_before(self, row: int) -> int:
        return GROUP_GAP if row and self.begins_card(row) else 0

    def plan(self) -> RowPlan:
        """Worked out once for each width, theme and set of rows."""
        wide = max(self.viewport().width(), 1)
        if self._plan is None or self._plan.width != wide:
            theme = self._look.theme
            self._plan = plan_rows(theme, wide, self.stops.rows, self.titles())
        return self._plan

    def show_all_rows(self, shown: bool) -> None:
        """As high as its rows, where the page scrolls as a whole; else as high as there is room."""
        self._all_rows = shown
        self._fit_height()

    def content_height(self) -> int:
        theme, plan = self._look.theme, self.plan()
        rows = sum(
            row_height(theme, plan, row, opened=self.is_opened(n)) + self.gap_before(n)
            for n, row in enumerate(self.stops.rows)
        )
        return rows + self.viewportMargins().top()

    def place_in_page(self, key: str) -> QRect:
        """Where the row is, in the coordinates of this widget."""
        n = self.stops.place_of(key)
        if n < 0:
            return QRect()
        return self.visualRect(self.stops.index(n)).translated(self.viewport().pos())

    def _restyle(self) -> None:
        self._plan = None
        theme = self._look.theme
        first = bool(self.stops.rows) and not self.stops.rows[0].sunk
        titled = first and self.plan().header
        self.header.setVisible(titled)
        self.setViewportMargins(0, theme.text_px(HEADER) if titled else 0, 0, 0)
        self._place_header()
        self._fit_height()
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
        self.header.update()

    def _place_header(self) -> None:
        margin = self.viewportMargins().top()
        self.header.setGeometry(0, 0, self.width(), margin)

    def _fit_height(self) -> None:
        whole = self.content_height()
        if self._all_rows:
            self.setFixedHeight(whole)
        else:
            rows = self._look.theme.text_px(56) * LEAST_ROWS + self.viewportMargins().top()
            self.setMinimumHeight(min(whole, rows))
            self.setMaximumHeight(16_777_215)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(320, self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Rows are cards on the window's ground."""
        painter = QPainter(self.viewport())
        paint_ground(painter, self.viewport().rect(), self._look.theme.colors.surface.window)
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place_header()
        if event.size().width() != event.oldSize().width():
            self._plan = None
            self._fit_height()
            self.scheduleDelayedItemsLayout()
        self.header.update()

    def _follow_current(self, *, scroll: bool) -> None:
        """A person who has scrolled away is not pulled back by news."""
        n = self.stops.place_of(self._current)
        if n < 0:
            return
        index = self.stops.index(n)
        at = self.verticalScrollBar().value()
        self.setCurrentIndex(index)  # scrolls by itself
        if scroll:
            self.scrollTo(index)
        else:
            self.verticalScrollBar().setValue(at)

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key, count = event.key(), self.stops.rowCount()
        here = self.stops.place_of(self._current)
        steps = {
            Qt.Key.Key_Down: here + 1,
            Qt.Key.Key_Up: here - 1,
            Qt.Key.Key_PageDown: here + _PAGE,
            Qt.Key.Key_PageUp: here - _PAGE,
            Qt.Key.Key_Home: -1,
            Qt.Key.Key_Escape: -1,
            Qt.Key.Key_End: count - 1,
        }
        wanted = steps.get(Qt.Key(key))
        if wanted is None or not count or (key == Qt.Key.Key_Escape and here < 0):
            event.ignore()
            return
        wanted = min(wanted, count - 1)
        self.chosen.emit(self.stops.rows[wanted].key if wanted >= 0 else "")

    # touch and mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        self._pressed = point
        row = self._row_at(point)
        on_handle = point.x() >= self.viewport().width() - HANDLE
        if row is not None and row.kind is RowKind.STOP and on_handle:
            self._dragging = row.key

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._pressed is None:
            return
        point = event.position().toPoint()
        moved = point.y() - self._pressed.y()
        if self._dragging:
            place = self._place_at(point)
            if self.moving or abs(moved) >= _SCROLL_FROM:
                self.dragged.emit(self._dragging, place)
            return
        bar = self.verticalScrollBar()
        if self._scrolled_from is None and abs(moved) >= _SCROLL_FROM:
            self._scrolled_from = bar.value()
        if self._scrolled_from is not None:
            bar.setValue(self._scrolled_from - moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        point, pressed = event.position().toPoint(), self._pressed
        scrolled = self._scrolled_from is not None
        dragged = self._dragging and self.moving
        self._pressed, self._dragging, self._scrolled_from = None, "", None
        row = self._row_at(point)
        if (
            pressed is None
            or scrolled
            or dragged
            or row is None
            or row is not self._row_at(pressed)
        ):
            return
        self.chosen.emit(row.key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.mousePressEvent(event)

    def _row_at(self, point: QPoint) -> StopRow | None:
        index = self.indexAt(point)
        return self.stops.rows[index.row()] if index.isValid() else None

    def _place_at(self, point: QPoint) -> int:
        """In the order of what is to do: 0 is the card of the next stop, above the list."""
        if point.y() < 0:
            return 0
        index = self.indexAt(QPoint(8, point.y()))
        to_do = sum(row.kind is RowKind.STOP for row in self.stops.rows)
        return min(index.row() + 1, to_do) if index.isValid() else to_do

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.viewport().update()
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.viewport().update()
        self.focused.emit(False)

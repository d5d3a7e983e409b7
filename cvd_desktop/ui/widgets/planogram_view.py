"""The planogram as the machine looks: one painted view, no widget for a cell.

It shows cabinets side by side as far as they fit, walks with the arrow keys, and gives on what is
typed: digits at once (`typed`), Enter and Backspace only while somebody wants them. It knows faces
of cells alone; what a digit does is decided by who listens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QScroller, QScrollerProperties, QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.notice import announce
from cvd_desktop.ui.widgets.painting import paint_box, paint_ground
from cvd_desktop.ui.widgets.planogram_cells import CabinetFace, CellFace, cabinet_of
from cvd_desktop.ui.widgets.planogram_layout import (
    Grid,
    Sizes,
    cabinets_beside,
    neighbour,
    plan,
    sizes_of,
)
from cvd_desktop.ui.widgets.planogram_paint import CellPainter
from cvd_shared.route_shapes import SlotKey

_WALK = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PlanogramView(QAbstractScrollArea):
    """Give it cabinets with `show_cabinets`; equal cells are not painted again."""

    moved = Signal(object)
    """SlotKey: a person went to this cell."""
    touched_again = Signal(object)
    """SlotKey: the current cell was clicked or touched."""
    typed = Signal(str)
    """A digit, as soon as it is pressed."""
    taken_back = Signal(int)
    """The last so many digits were a scanner's."""
    erased = Signal()
    """Backspace or Delete."""
    entered = Signal()
    """Enter, while `wants_enter`."""
    escaped = Signal()
    """Esc, while `wants_enter`."""
    shown_changed = Signal()
    """Other cabinets stand here now, or they stand elsewhere."""

    takes_digits = False
    """For the key router: digits come at once. Set it where digits are numbers."""

    def __init__(
        self, look: Look, name: str, parent: QWidget | None = None, *, narrower: int = 0
    ) -> None:
        """`name` is for screen readers; cells may be so many px `narrower` than elsewhere."""
        super().__init__(parent)
        self._narrower = narrower
        self._look = look
        self._name = name
        self._cabinets: tuple[CabinetFace, ...] = ()
        self._grids: tuple[Grid, ...] = ()
        self._faces: dict[SlotKey, CellFace] = {}
        self._current: SlotKey | None = None
        self._shown = range(0)
        self._plan = plan((), 1, 1, 0, self._sizes())
        self._painter = CellPainter(look.theme)
        self.wants_enter = False
        """While a number is typed or a change waits: Enter comes here, not to the primary."""
        self.painted_cells = 0
        """How many cells were painted last, for a measurement."""
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        scroller = QScroller.scroller(self.viewport())
        properties = scroller.scrollerProperties()
        off = QScrollerProperties.OvershootPolicy.OvershootAlwaysOff
        for metric in (
            QScrollerProperties.ScrollMetric.HorizontalOvershootPolicy,
            QScrollerProperties.ScrollMetric.VerticalOvershootPolicy,
        ):
            properties.setScrollMetric(metric, off)
        scroller.setScrollerProperties(properties)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.sliderReleased.connect(self._snap)
        look.follow(self._restyle)

    # what is shown

    def show_cabinets(self, cabinets: Sequence[CabinetFace]) -> None:
        """Show these; only cells that differ from before are painted again."""
        before, old = self._cabinets, self._faces
        self._cabinets = tuple(_with_old(one, old) for one in cabinets)
        self._faces = {cell.key: cell for one in self._cabinets for cell in one.cells}
        if _shape(before) != _shape(self._cabinets):
            self._grids = tuple(Grid(one) for one in cabinets)
            if self._current not in self._faces:
                self._current = next(iter(self._faces), None)
            self._arrange()
            self.ensure_seen()
        else:
            for key, face in self._faces.items():
                if face is not old[key]:
                    self._dirty(key)
        self._describe()

    def current(self) -> SlotKey | None:
        return self._current

    def set_current(self, key: SlotKey | None) -> None:
        """Go to a cell; its cabinet is shown, the cell is seen whole."""
        if key == self._current or (key is not None and key not in self._faces):
            return
        before, self._current = self._current, key
        self._dirty(before)
        if cabinet_of(self._cabinets, key) not in self._shown:
            self._arrange()
        self._dirty(key)
        self.ensure_seen()
        self._describe()

    def shown_cabinets(self) -> tuple[CabinetFace, ...]:
        """Those that stand here now, from the left."""
        return tuple(self._cabinets[n] for n in self._shown)

    def cabinet_count(self) -> int:
        """How many there are, shown or not."""
        return len(self._cabinets)

    def cabinet_after(self, number: int) -> CabinetFace | None:
        """The one that follows the cabinet of this number; after the last the first."""
        numbers = [one.number for one in self._cabinets]
        if number not in numbers:
            return None
        return self._cabinets[(numbers.index(number) + 1) % len(numbers)]

    def shown_frames(self) -> tuple[QRect, ...]:
        """Where they stand, in px of this widget."""
        return self._plan.frames

    def face(self, key: SlotKey) -> CellFace:
        """A cell as it is painted. Raises KeyError for no such slot."""
        return self._faces[key]

    def box_of(self, key: SlotKey) -> QRect:
        """Where a cell stands now, in px of the viewport; empty when its cabinet is not shown."""
        box = self._plan.boxes.get(key)
        return box.translated(self._offset()) if box is not None else QRect()

    def cell_at(self, point: QPoint) -> SlotKey | None:
        """The cell at a point of the viewport."""
        inside = point - self._offset()
        if not any(frame.contains(point) for frame in self._plan.frames):
            return None
        return next((key for key, box in self._plan.boxes.items() if box.contains(inside)), None)

    def turn_page(self, forward: bool) -> None:
        """To the first cell of the next cabinet, or of the one before."""
        now = cabinet_of(self._cabinets, self._current)
        if now is None:
            return
        there = now + (1 if forward else -1)
        if 0 <= there < len(self._cabinets) and self._cabinets[there].cells:
            self._go(self._cabinets[there].cells[0].key)

    def height_of_all_rows(self, most: int) -> int:
        """px in which at most so many rows stand without scrolling."""
        sizes = self._sizes()
        rows = max((min(grid.rows, most) for grid in self._grids), default=1)
        bar = self._look.theme.control.scroll_bar
        return rows * (sizes.least[1] + sizes.gap) - sizes.gap + 2 * sizes.pad + bar

    # layout

    def _sizes(self) -> Sizes:
        return sizes_of(self._look.theme, self._narrower)

    def _restyle(self) -> None:
        self._painter = CellPainter(self._look.theme, self.devicePixelRatioF())
        self._arrange()
        self.ensure_seen()
        self.viewport().update()

    def _arrange(self) -> None:
        sizes = self._sizes()
        bar = self._look.theme.control.scroll_bar
        area = self.size()
        number = cabinet_of(self._cabinets, self._current) or 0
        columns = [grid.columns for grid in self._grids]
        beside = cabinets_beside(columns, number, area.width(), sizes) if columns else range(0)
        while columns and beside.start > 0:  # those before it too, where there is room
            wider = cabinets_beside(columns, beside.start - 1, area.width(), sizes)
            if number not in wider or wider.stop < beside.stop:
                break
            beside = wider
        shown = self._grids[beside.start : beside.stop]
        made = plan(shown, area.width(), area.height(), bar, sizes)
        changed = beside != self._shown or made.frames != self._plan.frames
        self._shown, self._plan = beside, made
        across, down = made.scrolls
        on, off = Qt.ScrollBarPolicy.ScrollBarAlwaysOn, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(on if across else off)
        self.setVerticalScrollBarPolicy(on if down else off)
        bars = (self.horizontalScrollBar(), self.verticalScrollBar())
        for one, step, most in zip(bars, made.step, made.most, strict=True):
            one.setRange(0, step * most)
            one.setSingleStep(step)
            one.setPageStep(step)
        scroller = QScroller.scroller(self.viewport())
        scroller.setSnapPositionsX(0.0, float(made.step[0]))
        scroller.setSnapPositionsY(0.0, float(made.step[1]))
        self.viewport().update()
        if changed:
            self.shown_changed.emit()

    def _offset(self) -> QPoint:
        return QPoint(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())

    def _seen(self) -> QRect:
        """The px in which cells are seen."""
        sizes = self._sizes()
        frames = self._plan.frames
        whole = frames[0].united(frames[-1]) if frames else QRect()
        return whole.adjusted(sizes.pad, sizes.pad, -sizes.pad, -sizes.pad)

    def ensure_seen(self) -> None:
        """Scroll by whole columns and rows until the current cell is whole."""
        if self._current is None or self._current not in self._plan.boxes:
            return
        box, seen = self.box_of(self._current), self._seen()
        step_x, step_y = self._plan.step
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + _steps(box.left(), box.right(), seen, step_x, across=True))
        down.setValue(down.value() + _steps(box.top(), box.bottom(), seen, step_y, across=False))

    def _snap(self) -> None:
        bars = (self.horizontalScrollBar(), self.verticalScrollBar())
        for bar, step in zip(bars, self._plan.step, strict=True):
            bar.setValue(round(bar.value() / max(step, 1)) * step)

    def _dirty(self, key: SlotKey | None) -> None:
        if key in self._plan.boxes:
            ring = self._painter.ring
            self.viewport().update(self.box_of(key).adjusted(-ring, -ring, ring, ring))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()
        self.ensure_seen()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        del dx, dy
        self.viewport().update()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        theme = self._look.theme
        colors = theme.colors
        ratio = self.devicePixelRatioF()
        if ratio != self._painter.ratio:
            self._painter = CellPainter(theme, ratio)
        painter = QPainter(self.viewport())
        dirty = event.region()
        line = colors.line_width
        paint_ground(painter, dirty.boundingRect(), colors.surface.window)
        self.painted_cells = 0
        focused = self.hasFocus()
        offset = self._offset()
        ring = self._painter.ring
        for number, frame in zip(self._shown, self._plan.frames, strict=True):
            paint_box(
                painter,
                frame,
                fill=colors.surface.sunken,
                border=colors.line.border,
                line=line,
                radius=theme.radius.card,
            )
            painter.save()
            painter.setClipRect(frame.adjusted(line, line, -line, -line))
            last: tuple[QRect, CellFace] | None = None
            for cell in self._cabinets[number].cells:
                box = self._plan.boxes[cell.key].translated(offset)
                around = box.adjusted(-ring, -ring, ring, ring)
                if not frame.intersects(around) or not dirty.intersects(around):
                    continue
                if cell.key == self._current:
                    last = (box, cell)
                    continue
                self._painter.paint(painter, box, cell)
                self.painted_cells += 1
            if last is not None:  # its ring lies over its neighbours' edges
                self._painter.paint_current(painter, *last, focused=focused)
                self.painted_cells += 1
            painter.restore()
        painter.end()

    # keys and touch

    def event(self, event: QEvent) -> bool:
        """Enter is a shortcut of the primary action, but first it ends what is being typed."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            enter_or_escape = event.key() in (*_ENTER, Qt.Key.Key_Escape)
            plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if (enter_or_escape and plain and self.wants_enter) or event.key() in _WALK:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key, text = event.key(), event.text()
        way = _WALK.get(Qt.Key(key))
        if way is not None:
            self._walk(way)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            keys = [cell.key for one in self.shown_cabinets() for cell in one.cells]
            if keys:
                self._go(keys[0 if key == Qt.Key.Key_Home else -1])
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.turn_page(forward=key == Qt.Key.Key_PageDown)
        elif self.takes_digits and text.isascii() and text.isdigit():
            self.typed.emit(text)
        elif self.takes_digits and key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.erased.emit()
        elif self.wants_enter and key in _ENTER:
            self.entered.emit()
        elif self.wants_enter and key == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            event.ignore()

    def take_back(self, count: int) -> None:
        """For the key router: so many digits were a scanner's."""
        self.taken_back.emit(count)

    def _walk(self, way: str) -> None:
        if self._current is not None:
            shown = self._grids[self._shown.start : self._shown.stop]
            self._go(neighbour(shown, self._current, way))

    def _go(self, key: SlotKey) -> None:
        if key != self._current:
            self.set_current(key)
            self.moved.emit(key)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        key = self.cell_at(event.position().toPoint())
        if key is None or event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        if key == self._current:
            self.touched_again.emit(key)
        self._go(key)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """One notch is one row, or one column where there is nothing to go down to."""
        turned = event.angleDelta()
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        sideways = bool(turned.x()) or down.maximum() == 0
        bar, amount = (across, turned.x() or turned.y()) if sideways else (down, turned.y())
        step = self._plan.step[0 if sideways else 1]
        if amount:
            bar.setValue(bar.value() - (step if amount > 0 else -step))
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self._dirty(self._current)
        self._describe()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self._dirty(self._current)

    def _describe(self) -> None:
        """What a screen reader says of the current cell."""
        words = self._faces[self._current].spoken if self._current is not None else ""
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            if words and self.hasFocus():
                announce(self, words)


def _with_old(cabinet: CabinetFace, old: Mapping[SlotKey, CellFace]) -> CabinetFace:
    """With the very cells of before where they are equal: their pictures are kept."""
    cells = tuple(
        known if (known := old.get(cell.key)) == cell and known is not None else cell
        for cell in cabinet.cells
    )
    return replace(cabinet, cells=cells)


def _shape(cabinets: Sequence[CabinetFace]) -> list[tuple[int, tuple[tuple[object, ...], ...]]]:
    return [
        (one.number, tuple((cell.key, cell.row, cell.column) for cell in one.cells))
        for one in cabinets
    ]


def _steps(first: int, last: int, seen: QRect, step: int, *, across: bool) -> int:
    """px to scroll, in whole steps, until both ends are seen."""
    low, high = (seen.left(), seen.right()) if across else (seen.top(), seen.bottom())
    if first < low:
        return -((low - first + step - 1) // step) * step
    if last > high:
        return (last - high + step - 1) // step * step
    return 0

"""What a machine sold between its reads, as bars on an axis of time, with a cursor for one read.

Painted here: at most 365 bars need no chart library. The same facts stand in the list of reads
beside it, which is the chart's alternative for who does not see it.
"""

from datetime import datetime

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygon,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.domain.records import MachineHistory
from cvd_desktop.ui.history_words import HistoryWords, Metric, parts_of, spans
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.chart_scale import Span, nearest
from cvd_desktop.ui.widgets.history_bars import Pattern, paint_bar, paint_pattern
from cvd_desktop.ui.widgets.history_layout import (
    BRACKET,
    ICON,
    Facts,
    Places,
    lay_out,
    least_height,
)
from cvd_desktop.ui.widgets.notice import announce
from cvd_desktop.ui.widgets.painting import CENTER, FOCUS_RING, RIGHT, paint_box, paint_text
from cvd_desktop.ui.widgets.tag import TagKind, paint_mark

PAGE = 10  # reads that PageUp and PageDown go

_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -PAGE,
    Qt.Key.Key_PageDown: PAGE,
}
_ENDS = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: -1}


class HistoryChart(QWidget):
    """Arrows walk from read to read, Enter or a double click opens the read under the cursor."""

    looked_at = Signal(int)
    """Number of the read whose facts are to be told: under the mouse, else under the cursor."""
    current_changed = Signal(int)
    """Number of the read that a person moved the cursor to."""
    opened = Signal(str)
    """Id of the read that a person opened."""

    def __init__(self, look: Look, words: HistoryWords) -> None:
        super().__init__()
        self._look = look
        self._words = words
        self._facts: Facts | None = None
        self._places: Places | None = None
        self._current: int | None = None
        self._hovered: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Sales between the reads"))
        look.follow(self._restyle)

    # what is shown

    def show_history(self, history: MachineHistory, metric: Metric, now: datetime) -> None:
        """Another history begins at its newest read; the same one keeps the cursor."""
        kept = self.current_id()
        points = history.points
        begins = spans(points)
        self._facts = Facts(
            history,
            metric,
            begins,
            tuple(
                self._words.remark(point, begin, n)
                for n, (point, begin) in enumerate(zip(points, begins, strict=True))
            ),
            self._words.day_labels(points, now),
            self._words.readouts(history),
        )
        ids = [point.read_id for point in points]
        self._current = ids.index(kept) if kept in ids else len(ids) - 1 if ids else None
        self._hovered = None
        self._lay_out()
        self._tell()

    def current(self) -> int | None:
        """Number of the read under the cursor."""
        return self._current

    def current_id(self) -> str | None:
        if self._facts is None or self._current is None:
            return None
        return self._facts.points[self._current].read_id

    def go_to(self, read_id: str | None) -> None:
        """Put the cursor on a read without telling it as a person's wish."""
        points = self._facts.points if self._facts is not None else ()
        number = next((n for n, point in enumerate(points) if point.read_id == read_id), None)
        if number is not None and number != self._current:
            self._current = number
            self._tell()

    def shown(self) -> int | None:
        """Number of the read whose facts are to be told."""
        return self._current if self._hovered is None else self._hovered

    def labels_shown(self) -> list[tuple[str, Span]]:
        """The words on the axis of time and their places, from the left."""
        if self._facts is None or self._places is None:
            return []
        placed = sorted(self._places.labels.items())
        return [(self._facts.labels[n], span) for n, span in placed]

    def marks_shown(self) -> list[tuple[int, str, Span]]:
        """(number of the read, as much of its word as has room, place) of every mark."""
        if self._places is None:
            return []
        return [(n, word, span) for n, (span, word) in sorted(self._places.marks.items())]

    def bar_middle(self, number: int) -> int:
        """px from the left of the middle of the bar of a read."""
        return self._places.bars[number].middle if self._places is not None else 0

    def remarks(self) -> list[tuple[TagKind, str]]:
        """The marks below the bars with their words, each once, oldest first."""
        remarks = self._facts.remarks if self._facts is not None else ()
        return list(dict.fromkeys((each.mark, each.word) for each in remarks if each is not None))

    def readouts(self) -> tuple[str, ...]:
        """The line of each read that tells its facts."""
        return self._facts.readouts if self._facts is not None else ()

    def _tell(self) -> None:
        shown = self.shown()
        if self._facts is not None and shown is not None:
            summary = self._words.summary(self._facts.history)
            self.setAccessibleDescription(f"{self._facts.readouts[shown]}. {summary}.")
            self.looked_at.emit(shown)
        self.update()

    # keys and mouse

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and self._current is not None:
                event.accept()  # the key comes here, not to the primary action
                return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        count = len(self._facts.points) if self._facts is not None else 0
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self._open()
        elif count and key in _KEYS:
            self._walk(min(max((self._current or 0) + _KEYS[key], 0), count - 1))
        elif count and key in _ENDS:
            self._walk(_ENDS[key] % count)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._hover(self._at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().leaveEvent(event)
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        at = self._at(event.position().toPoint())
        if at is not None and event.button() is Qt.MouseButton.LeftButton:
            self._walk(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        at = self._at(event.position().toPoint())
        if at is not None and event.button() is Qt.MouseButton.LeftButton:
            self._walk(at)
            self._open()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.update()

    def _at(self, point: QPoint) -> int | None:
        if self._places is None:
            return None
        return nearest(self._places.slots, point.x())

    def _hover(self, number: int | None) -> None:
        if number != self._hovered:
            self._hovered = number
            self._tell()

    def _walk(self, number: int) -> None:
        self._hovered = None
        if number != self._current:
            self._current = number
            self._tell()
            announce(self, self.accessibleDescription())
            self.current_changed.emit(number)

    def _open(self) -> None:
        read_id = self.current_id()
        if read_id is not None:
            self.opened.emit(read_id)

    # layout

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(480, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._lay_out()

    def _restyle(self) -> None:
        self.setMinimumHeight(least_height(self._look.theme))
        self._lay_out()

    def _lay_out(self) -> None:
        facts = self._facts
        there = facts is not None and bool(facts.points)
        self._places = lay_out(facts, self._look.theme, self.size()) if facts and there else None
        self.update()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        theme = self._look.theme
        if self._facts is not None and self._places is not None:
            self._paint_cursor(painter, theme, self._places)
            self._paint_axes(painter, theme, self._facts, self._places)
            self._paint_bars(painter, theme, self._facts, self._places)
            self._paint_marks(painter, theme, self._facts, self._places)
        if self.hasFocus():
            ring = theme.colors.focus_ring
            paint_box(painter, self.rect(), fill=None, border=ring, line=FOCUS_RING)
        painter.end()

    def _paint_cursor(self, painter: QPainter, theme: Theme, places: Places) -> None:
        """The ground behind the interval, and below the axis a pointer to the read."""
        shown = self.shown()
        if shown is None:
            return
        slot, plot = places.slots[shown], places.plot
        room = QRect(slot.left, plot.top(), slot.width + 1, plot.height())
        painter.fillRect(room, theme.colors.selection.row)
        middle, top = places.bars[shown].middle, plot.top()
        half = theme.text_px(4)
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colors.accent.base)
        painter.drawPolygon(
            QPolygon(
                [
                    QPoint(middle - half, top - half - 1),
                    QPoint(middle + half, top - half - 1),
                    QPoint(middle, top - 1),
                ]
            )
        )
        painter.restore()

    def _paint_axes(self, painter: QPainter, theme: Theme, facts: Facts, places: Places) -> None:
        plot, line = places.plot, theme.line_height("label")
        colors, width = theme.colors, theme.colors.line_width
        top = places.top
        for value, said in places.ticks:
            y = plot.top() + plot.height() - (round(plot.height() * value / top) if top else 0)
            color = colors.line.hairline if value else colors.line.border
            painter.fillRect(plot.left(), y, plot.width(), width if not value else 1, color)
            words = QRect(0, y - line // 2, plot.left() - theme.space.s, line)
            paint_text(
                painter,
                words,
                theme,
                said,
                "label",
                tone=Tone.MUTED,
                align=RIGHT,
                elide=False,
            )
        for n, span in places.labels.items():
            box = QRect(span.left, places.labels_top, span.width, line)
            strong = n == self.shown()
            tone = Tone.PLAIN if strong else Tone.MUTED
            paint_text(
                painter,
                box,
                theme,
                facts.labels[n],
                "label",
                tone=tone,
                align=CENTER,
                elide=False,
            )

    def _paint_bars(self, painter: QPainter, theme: Theme, facts: Facts, places: Places) -> None:
        plot, top = places.plot, places.top
        for n, point in enumerate(facts.points):
            span = places.bars[n]
            room = QRect(span.left, plot.top(), span.width, plot.height())
            value = facts.metric.of(point)
            if value is None:
                if n:
                    paint_pattern(painter, room, theme, Pattern.GAP)
                continue
            if facts.metric is Metric.UNITS:
                parts: tuple[tuple[Pattern, int], ...] = ((Pattern.SOLID, max(0, value)),)
            else:
                cash, cashless, rest = parts_of(point)
                parts = (
                    (Pattern.SOLID, cash),
                    (Pattern.STRIPED, cashless),
                    (Pattern.HOLLOW, rest),
                )
            paint_bar(painter, room, theme, parts, top)

    def _paint_marks(self, painter: QPainter, theme: Theme, facts: Facts, places: Places) -> None:
        line = theme.line_height("label")
        width, color = theme.colors.line_width, theme.colors.text.muted
        for first, last in facts.bridges():
            left, right = places.bars[first].middle, places.bars[last].middle
            y = places.brackets_top + BRACKET // 2
            painter.fillRect(left, y, right - left, width, color)
            for x in (left, right - width):
                painter.fillRect(x, y - BRACKET // 2 + 1, width, BRACKET // 2, color)
        for n, (span, word) in places.marks.items():
            remark = facts.remarks[n]
            if remark is not None:
                box = QRect(span.left, places.marks_top, span.width + 1, line)
                paint_mark(painter, box, theme, remark.mark, word, role="label", icon_px=ICON)

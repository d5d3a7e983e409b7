"""The trace as it is read: time, who, bytes in hex and beside them what they say."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHeaderView,
    QTableView,
    QWidget,
)

from cvd_desktop.link.trace_decoder_steps import TraceStep
from cvd_desktop.ui.bench_trace_model import BYTES, GAP, SAYS, SECONDS, SENDER, TraceModel
from cvd_desktop.ui.bench_trace_paint import (
    ARROW,
    EDGE,
    LINE,
    PAD,
    TraceDelegate,
    TraceHeader,
)
from cvd_desktop.ui.bench_trace_rows import (
    BandRow,
    has_second_line,
    hex_lines,
    is_marked,
)
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.painting import text_width

BAND = 26
HEADER = 32
LEAST_BYTES = 8
LARGE, LEAST_BYTES_LARGE = 1.5, 5  # from this text scale on: words before bytes
MEASURED = 200  # rows whose words decide how wide they need to be
FITTED_AT_ONCE, FITTED_AT_A_TURN = 2_000, 400  # rows; a height takes some 40 us
LEAST_WORDS = 200  # px at text scale 1
CHARACTERS = 3  # of a byte in hex, its blank included


class TraceTable(QTableView):
    """Steps of one trace. Enter or a double click opens all bytes of a step; Ctrl+C copies it."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.trace = TraceModel(self)
        self._open: set[int] = set()
        self.per_line = 16
        self._fitting = False
        self._fitted = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._fit_more)
        self.setModel(self.trace)
        self.setItemDelegate(TraceDelegate(look, self, self))
        self.setAccessibleName(self.tr("Trace"))
        self.setHorizontalHeader(TraceHeader(look, self))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda index: self.turn_open(index.row()))
        look.follow(self._restyle)

    def show_steps(self, steps: Sequence[TraceStep], *, follow: bool = False) -> None:
        """Show a trace. `follow`: it is growing, and who looks at its end goes on doing so."""
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - self._look.theme.text_px(LINE)
        before = self.trace.rowCount()
        if not follow:
            self._open.clear()
        self.trace.show_steps(steps)
        if not self._fit_columns():
            self._fit_rows(0 if not follow else min(before, self.trace.rowCount()) - 2)
        if follow and at_end:
            self.scrollToBottom()
        elif not follow:
            self.scrollToTop()

    def go_to(self, row: int) -> None:
        index = self.trace.index(row, 0)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def turn_open(self, row: int) -> None:
        """Show all bytes of a step with their characters, or close it again."""
        if not isinstance(self.trace.row(row), TraceStep):
            return
        self._open ^= {row}
        self._fit_row(row)
        self.viewport().update()

    def is_open(self, row: int) -> bool:
        return row in self._open

    def go_to_marked(self) -> None:
        """The next step that is damaged, repeated or out of time; after the last the first."""
        rows = self.trace.rows()
        here = self.currentIndex().row()
        order = (*range(here + 1, len(rows)), *range(min(here + 1, len(rows))))
        for number in order:
            row = rows[number]
            if isinstance(row, TraceStep) and is_marked(row):
                self.go_to(number)
                return

    # Qt

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        theme = self._look.theme
        return QSize(theme.text_px(LEAST_WORDS), theme.text_px(HEADER + 6 * LINE))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit_columns()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Who comes by key finds a row to walk from."""
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.TabFocusReason and not self.currentIndex().isValid():
            self.go_to(0)

    def updateGeometries(self) -> None:  # noqa: N802
        """A scroll bar that came or went has changed the width for the columns."""
        super().updateGeometries()
        if self.horizontalHeader().length() != self.viewport().width() and not self._fitting:
            self._fit_columns()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and self._opens(event):
            event.accept()  # the key comes here, not to the primary action
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        row = self.currentIndex().row()
        if self._opens(event):
            self.turn_open(row)
        elif row >= 0 and event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self.trace.line(row))
        else:
            super().keyPressEvent(event)

    def _opens(self, event: QEvent) -> bool:
        return (
            isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and self.currentIndex().isValid()
        )

    # inside

    def _restyle(self) -> None:
        theme = self._look.theme
        self.verticalHeader().setDefaultSectionSize(theme.text_px(LINE + 4))
        self.horizontalHeader().setFixedHeight(theme.text_px(HEADER))
        if not self._fit_columns():
            self._fit_rows(0)
        self.viewport().update()
        self.horizontalHeader().viewport().update()

    def title_left(self) -> int:
        """px where the first column begins in the view."""
        return self.columnViewportPosition(SECONDS)

    def whole_width(self) -> int:
        return self.viewport().width()

    def byte_width(self) -> int:
        """px that a byte takes in hex with its blank."""
        metrics = QFontMetrics(self._look.theme.font("mono"))
        return round(metrics.horizontalAdvance("0" * CHARACTERS * 100) / 100)

    def _fit_columns(self) -> bool:
        """Words get what they need, bytes the rest; True when the rows were fitted as well."""
        theme = self._look.theme
        mono = theme.font("mono")
        last = self.trace.row(self.trace.rowCount() - 1)
        seconds = max(len(f"{last.until:.3f}") if isinstance(last, TraceStep) else 0, 6)
        pad, edge = theme.pad_px(PAD), theme.pad_px(EDGE)
        fixed = {
            SECONDS: edge + text_width(mono, "0" * seconds) + pad,
            SENDER: theme.text_px(ARROW) + pad + pad // 2,
            GAP: max(text_width(mono, "+00000"), text_width(theme.font("label"), self._gap_title()))
            + edge
            + pad,
        }
        room = self.viewport().width() - sum(fixed.values())
        byte = self.byte_width()
        least = (LEAST_BYTES if theme.text_scale < LARGE else LEAST_BYTES_LARGE) * byte + pad
        words = min(max(self._words_width() + pad, theme.text_px(LEAST_WORDS)), room - least)
        words = max(words, room // 3)
        per_line = max(4, (room - words - pad) // byte)
        widths = {**fixed, BYTES: per_line * byte + pad}
        widths[SAYS] = max(1, self.viewport().width() - sum(widths.values()))
        self._fitting = True
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        self._fitting = False
        if per_line == self.per_line:
            return False
        self.per_line = per_line
        self._fit_rows(0)
        return True

    def _gap_title(self) -> str:
        return str(self.trace.headerData(GAP, Qt.Orientation.Horizontal))

    def _words_width(self) -> int:
        """px of the longest words among the first rows."""
        theme = self._look.theme
        strong, plain = QFontMetrics(theme.font("denseStrong")), QFontMetrics(theme.font("dense"))
        widest = 0
        for number in range(min(self.trace.rowCount(), MEASURED)):
            row = self.trace.row(number)
            if isinstance(row, TraceStep):
                words = self.trace.words(number)
                wide = strong.horizontalAdvance(words.strong)
                if not has_second_line(row):
                    wide += plain.horizontalAdvance(f" {words.plain}")
                elif words.plain:
                    more = strong.horizontalAdvance(words.crc)
                    wide = max(wide, more + plain.horizontalAdvance(f", {words.plain}"))
                widest = max(widest, wide)
        return widest + 2

    def _fit_rows(self, first: int) -> None:
        """Heights from this row on: those that can be seen soon at once, the rest a few at each
        turn of the event loop."""
        self._fit_some(max(first, 0), FITTED_AT_ONCE)

    def _fit_more(self) -> None:
        self._fit_some(self._fitted, FITTED_AT_A_TURN)

    def _fit_some(self, first: int, most: int) -> None:
        header = self.verticalHeader()
        self._fitted = min(first + most, self.trace.rowCount())
        header.blockSignals(True)
        for number in range(first, self._fitted):
            high = self._height(number)
            if high != header.sectionSize(number):
                header.resizeSection(number, high)
        header.blockSignals(False)
        if self._fitted < self.trace.rowCount():
            self._later.start()
        self.updateGeometries()
        self.viewport().update()

    def _fit_row(self, number: int) -> None:
        self.verticalHeader().resizeSection(number, self._height(number))

    def _height(self, number: int) -> int:
        row = self.trace.row(number)
        theme = self._look.theme
        if row is None or isinstance(row, BandRow):
            return theme.text_px(BAND)
        lines = self.lines(number, row)
        return theme.text_px(LINE) * lines + theme.text_px(4 if lines == 1 else 3)

    def lines(self, number: int, step: TraceStep) -> int:
        """How many lines a step takes."""
        words = 2 if has_second_line(step) else 1
        if number in self._open:
            return words + len(hex_lines(step, self.per_line, whole=True))
        return max(words, min(2, -(-len(step.data) // self.per_line)))

"""The raw file, line by line, as it came: monospaced, selectable, with the proving lines marked."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import ACCENT_BAR, FOCUS_RING, RIGHT, paint_box, paint_text

GUTTER_PAD = 12
TEXT_PAD = 12


class _Gutter(QWidget):
    """Line numbers beside the text, and the accent bar of marked lines."""

    def __init__(self, view: "SegmentsView") -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self._view.paint_gutter(self, event)


class SegmentsView(QPlainTextEdit):
    """Read-only text; `mark` highlights the lines that prove a figure and shows the first."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._numbers: tuple[int, ...] = ()
        self._marked: tuple[int, ...] = ()
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(TEXT_PAD)
        self.setAccessibleName(self.tr("Raw file"))
        self._gutter = _Gutter(self)
        self.updateRequest.connect(self._scrolled)
        look.follow(self._restyle)

    def show_segments(self, segments: Sequence[tuple[int, str]]) -> None:
        """(line number, text) in their order; the numbers are those of the file."""
        self._numbers = tuple(number for number, _ in segments)
        self._marked = ()
        self.setPlainText("\n".join(text for _, text in segments))
        self._restyle()

    def mark(self, numbers: Sequence[int]) -> None:
        """Highlight these lines of the file and go to the first."""
        self._marked = tuple(numbers)
        self._paint_marks()
        if self._marked:
            self.go_to(self._marked[0])

    def marked(self) -> tuple[int, ...]:
        return self._marked

    def go_to(self, number: int) -> None:
        """Put the cursor at the beginning of this line of the file, in the middle of the view."""
        if number not in self._numbers:
            return
        block = self.document().findBlockByNumber(self._numbers.index(number))
        self.setTextCursor(QTextCursor(block))
        self.centerCursor()

    def current_line(self) -> int | None:
        """The number of the line in which the cursor stands."""
        place = self.textCursor().blockNumber()
        return self._numbers[place] if place < len(self._numbers) else None

    def gutter_width(self) -> int:
        widest = str(max(self._numbers, default=0))
        metrics = QFontMetrics(self._look.theme.font("mono"))
        return metrics.horizontalAdvance(widest) + 2 * GUTTER_PAD

    def paint_gutter(self, gutter: QWidget, event: QPaintEvent) -> None:
        theme = self._look.theme
        painter = QPainter(gutter)
        painter.fillRect(event.rect(), theme.colors.surface.sunken)
        block = self.firstVisibleBlock()
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset()).toRect()
            if box.top() > event.rect().bottom():
                break
            if block.blockNumber() < len(self._numbers):
                number = self._numbers[block.blockNumber()]
                last = block.blockNumber() == len(self._numbers) - 1
                high = box.height() - (TEXT_PAD if last else 0)  # it has the margin too
                row = QRect(0, box.top(), gutter.width(), high)
                marked = number in self._marked
                if marked:
                    painter.fillRect(row, theme.colors.selection.row)
                    painter.fillRect(0, row.top(), ACCENT_BAR, row.height(), _accent(self._look))
                words = row.adjusted(0, 0, -GUTTER_PAD, 0)
                tone = Tone.PLAIN if marked else Tone.MUTED
                paint_text(painter, words, theme, str(number), "mono", tone=tone, align=RIGHT)
            block = block.next()
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place_gutter()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            ring = self._look.theme.colors.focus_ring
            paint_box(painter, self.viewport().rect(), fill=None, border=ring, line=FOCUS_RING)
            painter.end()

    def _place_gutter(self) -> None:
        wide = self.gutter_width()
        self.setViewportMargins(wide, 0, 0, 0)
        area = self.contentsRect()
        self._gutter.setGeometry(area.left(), area.top(), wide, area.height())

    def _scrolled(self, rect: QRect, by: int) -> None:
        if by:
            self._gutter.scroll(0, by)
        else:
            self._gutter.update(0, rect.top(), self._gutter.width(), rect.height())

    def _paint_marks(self) -> None:
        marks = []
        for number in self._marked:
            if number not in self._numbers:
                continue
            mark = QTextEdit.ExtraSelection()
            block = self.document().findBlockByNumber(self._numbers.index(number))
            mark.cursor = QTextCursor(block)
            shape = mark.format
            shape.setBackground(self._look.theme.colors.selection.row)
            shape.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.format = shape
            marks.append(mark)
        self.setExtraSelections(marks)
        self._gutter.update()

    def _restyle(self) -> None:
        self.setFont(self._look.theme.font("mono"))
        self._place_gutter()
        self._paint_marks()
        self._gutter.update()


def _accent(look: Look) -> QColor:
    return look.theme.colors.accent.base

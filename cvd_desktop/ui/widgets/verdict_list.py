"""The verdict of a read: always all five rows, always in this order; a row opens its proof."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from cvd_desktop.ui.read_view import QUESTIONS
from cvd_desktop.ui.read_words import MARK_OF_STATE, VerdictRow
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    FOCUS_RING,
    RIGHT,
    paint_box,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.tag import kind_tone, paint_mark
from cvd_shared.read_verdict import State

SHAPE_COLUMN = 32  # px at text scale 1
QUESTION_COLUMN = 108
GAP = 16
PAD = 10  # above and below the text of a row
EDGE = 8  # left and right of the content: room for the focus ring
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class VerdictButton(PaintedButton):
    """One question. In one line where there is room, else the finding stands below its word."""

    def __init__(self, look: Look, *, last: bool) -> None:
        super().__init__(look)
        self._last = last
        self.row: VerdictRow | None = None
        self._stacked = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.start()

    def show_row(self, row: VerdictRow) -> None:
        self.row = row
        self.setAccessibleName(f"{row.word}: {row.finding}. {row.who}")
        self.setAccessibleDescription(self.tr("Enter opens the proof"))
        self._fit()
        self.restyle()

    def restyle(self) -> None:
        self._fit()
        super().restyle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(320, self._needed())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, self._needed())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self.minimumHeight() != self._needed():
            self.setFixedHeight(self._needed())

    def _words_left(self) -> int:
        return EDGE + self.look.theme.text_px(SHAPE_COLUMN)

    def _finding_left(self) -> int:
        return self._words_left() + self.look.theme.text_px(QUESTION_COLUMN)

    def _who_width(self) -> int:
        return text_width(self._who_font(), self.row.who) if self.row else 0

    def _who_font(self) -> QFont:
        return self.look.theme.font("dense", strong=self._open)

    @property
    def _open(self) -> bool:
        return self.row is not None and self.row.state in (State.WARNING, State.FAILED)

    def fits_one_line(self, width: int) -> bool:
        """Whether question, finding and who acts stand side by side in so many px."""
        if self.row is None:
            return True
        finding = text_width(self.look.theme.font("dense"), self.row.finding)
        return self._finding_left() + finding + GAP + self._who_width() + EDGE <= width

    def set_stacked(self, stacked: bool) -> None:
        """All five rows are set alike: the list decides."""
        if stacked != self._stacked:
            self._stacked = stacked
            self.restyle()

    def _finding_height(self) -> int:
        if self.row is None:
            return 0
        room = max(40, self.width() - self._words_left() - EDGE)
        box = QFontMetrics(self.look.theme.font("dense")).boundingRect(
            QRect(0, 0, room, 10_000), int(_WRAP), self.row.finding
        )
        return box.height()

    def _who_beside_word(self) -> bool:
        word = text_width(self.look.theme.font("denseStrong"), self.row.word) if self.row else 0
        return self._words_left() + word + GAP + self._who_width() + EDGE <= self.width()

    def _needed(self) -> int:
        theme = self.look.theme
        line = theme.line_height("dense")
        if not self._stacked:
            return max(theme.control.verdict_row, line + 2 * PAD)
        lines = line if self._who_beside_word() else 2 * line
        return max(theme.control.verdict_row, lines + self._finding_height() + 2 * PAD)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme, row = self.look.theme, self.row
        if row is None:
            return
        painter = QPainter(self)
        area = self.rect()
        surface = theme.colors.surface
        if self.isDown():
            painter.fillRect(area, surface.pressed)
        elif self.hovered:
            painter.fillRect(area, surface.hover)
        if not self._last:
            hairline = theme.colors.line.hairline
            painter.fillRect(EDGE, area.bottom(), area.width() - 2 * EDGE, 1, hairline)
        if self.hasFocus():
            ring = theme.colors.focus_ring
            paint_box(painter, area, fill=None, border=ring, line=FOCUS_RING)
        line = theme.line_height("dense")
        one_line = not self._stacked
        first = QRect(EDGE, 0, area.width() - 2 * EDGE, area.height() - 1)
        if not one_line:
            first = QRect(EDGE, PAD, area.width() - 2 * EDGE, line)
        mark = MARK_OF_STATE[row.state]
        paint_mark(painter, first, theme, mark)
        words = first.adjusted(self._words_left() - EDGE, 0, 0, 0)
        paint_text(painter, words, theme, row.word, "bodyStrong", elide=False)
        tone = kind_tone(mark) if self._open else Tone.MUTED
        if one_line:
            finding = first.adjusted(self._finding_left() - EDGE, 0, 0, 0)
            paint_text(painter, finding, theme, row.finding, elide=False)
        else:
            if not self._who_beside_word():
                first = first.translated(0, line)
            top = first.bottom() + 1
            painter.setFont(theme.font("dense"))
            painter.setPen(theme.text_color())
            below = QRect(words.left(), top, words.width(), area.bottom() - top)
            painter.drawText(below, int(_WRAP), row.finding)
        if one_line or self._who_beside_word():
            paint_text(painter, first, theme, row.who, tone=tone, align=RIGHT, strong=self._open)
        else:
            who = first.adjusted(self._words_left() - EDGE, 0, 0, 0)
            paint_text(painter, who, theme, row.who, tone=tone, strong=self._open)
        painter.end()


class VerdictList(QWidget):
    """The five rows."""

    opened = Signal(str)
    """The question whose proof a person wants to see."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.buttons = tuple(
            VerdictButton(look, last=question == QUESTIONS[-1]) for question in QUESTIONS
        )
        for button in self.buttons:
            column.addWidget(button)
            button.clicked.connect(self._open)
        look.follow(self._arrange)

    def show_rows(self, rows: Sequence[VerdictRow]) -> None:
        for button, row in zip(self.buttons, rows, strict=True):
            button.show_row(row)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        stacked = not all(button.fits_one_line(self.width()) for button in self.buttons)
        for button in self.buttons:
            button.set_stacked(stacked)

    def _open(self) -> None:
        button = self.sender()
        if isinstance(button, VerdictButton) and button.row is not None:
            self.opened.emit(button.row.question)

"""The steps of a read, one below the other: shape, word, what came of it, seconds."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.read_words import StepLine, StepState
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.painting import RIGHT, paint_text, text_width
from cvd_desktop.ui.widgets.tag import TagKind, paint_mark

SHAPE_COLUMN = 36  # px at text scale 1, shape and its distance to the words
PAD = 8
STEPS = 6
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
_MARKS = {
    StepState.DONE: TagKind.GOOD,
    StepState.NOW: TagKind.CURRENT,
    StepState.NEXT: TagKind.RECORDED_HERE,  # the hollow ring
    StepState.FAILED: TagKind.ALERT,
}


class ReadSteps(QWidget):
    """All steps in one painted widget, as high as their details need.

    A screen reader hears the step of the moment.
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lines: tuple[StepLine, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_steps(self, lines: Sequence[StepLine]) -> None:
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        now = next((n for n in lines if n.state in (StepState.NOW, StepState.FAILED)), None)
        if now is not None:
            word = self.tr("failed: {step}") if now.state is StepState.FAILED else "{step}"
            self.setAccessibleName(word.format(step=f"{now.word}, {now.detail}".strip(", ")))
        self._restyle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        if not self._lines:
            return QSize(280, STEPS * self._row_height(None))
        return QSize(280, sum(map(self._row_height, self._lines)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._restyle()

    def _row_height(self, line: StepLine | None) -> int:
        theme = self._look.theme
        detail = theme.line_height("dense")
        if line is not None:
            metrics = QFontMetrics(theme.font("dense"))
            box = QRect(0, 0, max(60, self.width() - self._left()), 10_000)
            detail = max(detail, metrics.boundingRect(box, int(_WRAP), line.detail).height())
        return theme.line_height("body") + detail + 2 * PAD + 1

    def _left(self) -> int:
        return self._look.theme.text_px(SHAPE_COLUMN)

    def _restyle(self) -> None:
        if self.minimumHeight() != self.sizeHint().height():
            self.setFixedHeight(self.sizeHint().height())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        top = 0
        for n, line in enumerate(self._lines):
            row = QRect(0, top, self.width(), self._row_height(line))
            top += row.height()
            self._paint_line(painter, row, line, theme)
            if n < len(self._lines) - 1:
                hairline = theme.colors.line.hairline
                painter.fillRect(0, row.bottom(), row.width(), 1, hairline)
        painter.end()

    def _paint_line(self, painter: QPainter, row: QRect, line: StepLine, theme: Theme) -> None:
        first = QRect(0, row.top() + PAD, row.width(), theme.line_height("body"))
        paint_mark(painter, first, theme, _MARKS[line.state])
        left = self._left()
        seconds = ""
        if line.seconds is not None:
            seconds = self.tr("{n} s").format(n=formats.decimal(line.seconds))
        taken = text_width(theme.font("bodyStrong"), seconds) + theme.space.s if seconds else 0
        word = QRect(left, row.top() + PAD, row.width() - left - taken, theme.line_height("body"))
        paint_text(painter, word, theme, line.word, "bodyStrong")
        below = QRect(left, word.bottom() + 1, row.width() - left, row.bottom() - word.bottom())
        tone = Tone.CRITICAL if line.state is StepState.FAILED else Tone.MUTED
        painter.setFont(theme.font("dense"))
        painter.setPen(theme.text_color(tone))
        painter.drawText(below, int(_WRAP), line.detail)
        paint_text(painter, first, theme, seconds, "bodyStrong", align=RIGHT, elide=False)

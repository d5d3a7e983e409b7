"""The trace with its legend; above it what went wrong, if something did."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cvd_desktop.link.trace_decoder_steps import TraceStep
from cvd_desktop.ui import formats
from cvd_desktop.ui.bench_trace_paint import ARROW, paint_arrow
from cvd_desktop.ui.bench_trace_table import TraceTable
from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.painting import paint_text, text_width
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel

LEGEND = 38


class TracePage(QWidget):
    """Failure, banner, table and legend, one below the other."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.m)
        self.failure = FailureCard(look)
        column.addWidget(self.failure)
        self.card = Card(look, padding=1)
        self.card.body.setSpacing(0)
        self.waiting = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        margin = look.theme.space.l
        self.waiting.setContentsMargins(margin, margin, margin, margin)
        self.table = TraceTable(look)
        self.legend = TraceLegend(look)
        self.card.body.addWidget(self.waiting)
        self.card.body.addWidget(self.table, 1)
        self.card.body.addWidget(self.legend)
        column.addWidget(self.card, 1)
        self.waiting.hide()

    def show_trace(self, steps: Sequence[TraceStep], *, growing: bool = False) -> None:
        self.table.show_steps(steps, follow=growing)
        count = len(steps)
        self.legend.show_count(
            self.tr("1 step")
            if count == 1
            else self.tr("{n} steps").format(n=formats.number(count))
        )
        words = ""
        if growing and not any(step.sender == "M" for step in steps):
            words = self.tr("Waiting for the machine's first byte.")
        elif not growing and not steps:
            words = self.tr("Nothing was sent and nothing was heard: there is no trace.")
        self.waiting.setText(words)
        self.waiting.setVisible(bool(words))


class FailureCard(Card):
    """What happened and what to do, in few lines: the trace below is what matters here."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, strong=False)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space.m)
        self.shape_mark = Shape(look, "alert", Tone.CRITICAL, 20, "bodyStrong")
        self.what = TextLabel(look, "", "bodyStrong", Tone.CRITICAL, wrap=True)
        row.addWidget(self.shape_mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.what, 1)
        self.body.addLayout(row)
        self.part = TextLabel(look, "", "denseStrong", wrap=True)
        self.do = TextLabel(look, "", "dense", wrap=True)
        self.body.addWidget(self.part)
        self.body.addWidget(self.do)
        self.body.setSpacing(look.theme.space.xs)
        self.hide()

    def show_failure(self, told: Told, *, critical: bool) -> None:
        tone = Tone.CRITICAL if critical else Tone.PLAIN
        self.shape_mark.show_icon("alert" if critical else "info", tone)
        self.what.setText(told.what)
        self.what.set_tone(tone)
        self.set_tone(tone)
        self.part.setText("")
        self.part.hide()
        self.do.setText(" ".join(part for part in (told.safe, told.do) if part))
        self.do.setVisible(bool(self.do.text()))
        self.setAccessibleName(told.what)
        self.show()

    def show_part(self, sentences: Sequence[str]) -> None:
        """Which part is at fault, and what speaks for it."""
        self.part.setText(" ".join(sentences))
        self.part.setVisible(bool(sentences))


class TraceLegend(QWidget):
    """What triangles and colours mean, and how many steps there are."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._count = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_count(self, words: str) -> None:
        self._count = words
        self.setAccessibleName(words)
        self.update()

    def _restyle(self) -> None:
        self.setFixedHeight(self._look.theme.text_px(LEGEND))
        self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        line = theme.colors.line_width
        painter.fillRect(QRect(0, 0, self.width(), line), theme.colors.line.border)
        edge, gap = theme.pad_px(12), theme.pad_px(16)
        counted = text_width(theme.font("dense"), self._count)
        right = self.width() - edge - counted
        box = QRect(right, line, counted, self.height() - line)
        paint_text(painter, box, theme, self._count, "dense", tone=Tone.MUTED, elide=False)
        left = edge
        for ours, words in ((True, self.tr("this laptop")), (False, self.tr("machine"))):
            wide = theme.text_px(ARROW + 4) + text_width(theme.font("dense"), words)
            if left + wide > right - gap:
                break
            area = QRect(left - theme.pad_px(12) // 2, line, wide, self.height() - line)
            paint_arrow(painter, area, theme, ours=ours)
            area = QRect(left + theme.text_px(ARROW + 4), line, wide, self.height() - line)
            paint_text(painter, area, theme, words, "dense", tone=Tone.MUTED, elide=False)
            left += wide + gap
        for sample, tone, words in (
            ("10 02", Tone.ACCENT, self.tr("control")),
            ("9C 56", Tone.POSITIVE, self.tr("CRC, checked")),
        ):
            mono = theme.font("mono", strong=True)
            used = text_width(mono, sample) + theme.text_px(6)
            wide = used + text_width(theme.font("dense"), words)
            if left + wide > right - gap:
                break
            area = QRect(left, line, wide, self.height() - line)
            paint_text(painter, area, theme, sample, "mono", tone=tone, strong=True, elide=False)
            area = area.adjusted(used, 0, 0, 0)
            paint_text(painter, area, theme, words, "dense", tone=Tone.MUTED, elide=False)
            left += wide + gap
        painter.end()

"""A figure with its label, unit and source: the exact readings of the instrument."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import text_width
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.text_label import TextLabel


class _FigureLine(QWidget):
    """Figure and unit on one base line."""

    def __init__(self, look: Look, role: str) -> None:
        super().__init__()
        self._look = look
        self._role = role
        self._unit_role = "dense" if role == "value" else "head"
        self._figure = ""
        self._unit = ""
        self._tone = Tone.PLAIN
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_figure(self, figure: str, unit: str, tone: Tone) -> None:
        self._figure, self._unit, self._tone = figure, unit, tone
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self._look.theme
        wide = text_width(theme.font(self._role), self._figure)
        if self._unit:
            wide += theme.pad_px(theme.space.s) + text_width(
                theme.font(self._unit_role), self._unit
            )
        return QSize(wide, round(theme.style(self._role).line * theme.text_scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        font = theme.font(self._role)
        metrics = QFontMetrics(font)
        foot = (self.height() + metrics.capHeight()) // 2
        painter.setFont(font)
        painter.setPen(theme.text_color(self._tone))
        painter.drawText(0, foot, self._figure)
        painter.setFont(theme.font(self._unit_role))
        painter.setPen(theme.text_color(Tone.MUTED))
        left = metrics.horizontalAdvance(self._figure) + theme.pad_px(theme.space.s)
        painter.drawText(left, foot, self._unit)
        painter.end()


class Figure(QWidget):
    """Label above, figure and its unit below on one base line, the source mark by the label.

    `role` is "value" (22), "figure" (40), "liveFigure" (56) or "hero" (72).
    """

    def __init__(
        self,
        look: Look,
        label: str,
        role: str = "figure",
        *,
        source: Source | None = None,
        age: str = "",
    ) -> None:
        super().__init__()
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setSpacing(space.s)
        self._label = TextLabel(look, label, "dense", Tone.MUTED)
        top.addWidget(self._label)
        if source is not None:
            top.addWidget(SourceMark(look, source, age))
        top.addStretch(1)
        column.addLayout(top)
        self._line = _FigureLine(look, role)
        column.addWidget(self._line)

    def show_figure(self, figure: str, unit: str = "", tone: Tone = Tone.PLAIN) -> None:
        """Show a formatted figure; an unknown one is a word, never a zero."""
        self._line.show_figure(figure, unit, tone)
        words = " ".join(part for part in (self._label.text(), figure, unit) if part)
        self.setAccessibleName(words)

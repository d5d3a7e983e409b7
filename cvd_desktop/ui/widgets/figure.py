"""A figure with its label, unit and source: the exact readings of the instrument."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.text_label import TextLabel


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
        line = QHBoxLayout()
        line.setSpacing(space.s)
        self._figure = TextLabel(look, "", role)
        unit_role = "head" if role in ("figure", "liveFigure", "hero") else "dense"
        self._unit = TextLabel(look, "", unit_role, Tone.MUTED)
        line.addWidget(self._figure, 0, Qt.AlignmentFlag.AlignBaseline)
        line.addWidget(self._unit, 0, Qt.AlignmentFlag.AlignBaseline)
        line.addStretch(1)
        column.addLayout(line)

    def show_figure(self, figure: str, unit: str = "", tone: Tone = Tone.PLAIN) -> None:
        """Show a formatted figure; an unknown one is a word, never a zero."""
        self._figure.setText(figure)
        self._figure.set_tone(tone)
        self._unit.setText(unit)
        words = " ".join(part for part in (self._label.text(), figure, unit) if part)
        self.setAccessibleName(words)

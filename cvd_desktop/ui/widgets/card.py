"""A card: a framed surface with a heading, the container of everything that belongs together."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.text_label import TextLabel


class Card(QFrame):
    """Put content into `body`; `strong` gives the 2 px ink border, a critical tone the red one."""

    def __init__(
        self,
        look: Look,
        heading: str = "",
        *,
        strong: bool = False,
        tone: Tone = Tone.PLAIN,
        padding: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("role", "card")
        if strong:
            self.setProperty("weight", "strong")
        self.setProperty("tone", tone.value)
        self.look = look
        space = look.theme.space
        pad = space.l if padding is None else padding
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(pad, pad, pad, pad)
        self.body.setSpacing(space.s)
        self.head = QHBoxLayout()
        """Beside the heading, e.g. for a source mark at the right."""
        self.heading = TextLabel(look, heading, "bodyStrong")
        self.head.addWidget(self.heading, 1)
        self.body.addLayout(self.head)
        self.heading.setVisible(bool(heading))
        if heading:
            self.setAccessibleName(heading)

    def set_heading(self, heading: str) -> None:
        """Change or remove the heading."""
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.setAccessibleName(heading)

    def set_tone(self, tone: Tone) -> None:
        """CRITICAL gives the 2 px critical border of a refused record."""
        if self.property("tone") != tone.value:
            self.setProperty("tone", tone.value)
            self.style().unpolish(self)
            self.style().polish(self)

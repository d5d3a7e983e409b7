"""A shape and a sentence beside it: what a person should know about the figures of a card."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.tag import TagKind, kind_icon, kind_tone
from cvd_desktop.ui.widgets.text_label import TextLabel


class NoteLine(QWidget):
    """Without a sentence it takes no room."""

    def __init__(self, look: Look, role: str = "dense") -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.theme.space.s)
        self._shape = Shape(look, "info", Tone.MUTED, 20, role)
        self._words = TextLabel(look, "", role, wrap=True)
        row.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self.hide()

    def show_note(self, kind: TagKind, words: str) -> None:
        """Show this sentence; an empty one hides the line."""
        self._shape.show_icon(kind_icon(kind), kind_tone(kind))
        self._words.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(words))

    def text(self) -> str:
        return self._words.text()

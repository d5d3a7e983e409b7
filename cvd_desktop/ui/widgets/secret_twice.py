"""A new secret, typed twice: a typing mistake in it would lock its owner out."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.text_label import TextLabel


class SecretTwice(QWidget):
    """A sentence, the secret and the same again; hidden until it is asked for."""

    def __init__(self, look: Look, sentence: str, label: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.l)
        self.sentence = TextLabel(look, sentence, "body", Tone.MUTED, wrap=True)
        self.secret = Field(look, label, secret=True)
        self.again = Field(look, self.tr("The same again"), secret=True)
        for widget in (self.sentence, self.secret, self.again):
            column.addWidget(widget)
        self.hide()

    def begin(self) -> None:
        """Show it, empty, ready to be typed in."""
        self.clear()
        self.show()
        self.secret.edit.setFocus()

    def text(self) -> str:
        """The secret, "" where something is missing, which is said at its field."""
        text = self.secret.text()
        self.secret.show_error("" if text else self.tr("Type it here."))
        differs = bool(text) and text != self.again.text()
        self.again.show_error(self.tr("These two differ.") if differs else "")
        if text and not differs:
            return text
        (self.again if differs else self.secret).edit.setFocus()
        return ""

    def clear(self) -> None:
        for field in (self.secret, self.again):
            field.edit.clear()
            field.show_error("")

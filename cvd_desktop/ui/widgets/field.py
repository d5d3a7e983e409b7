"""A field to type in: its label above, its error in words below."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel


class Field(QWidget):
    """Label, line edit 48 px high, and room for one sentence that says what is wrong."""

    edited = Signal(str)

    def __init__(
        self, look: Look, label: str, *, hint: str = "", secret: bool = False, mono: bool = False
    ) -> None:
        super().__init__()
        self._look = look
        self._role = "mono" if mono else "body"
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space.xs)
        self.label = TextLabel(look, label, "denseStrong")
        self.edit = QLineEdit()
        self.edit.setProperty("role", "field")
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName(label)
        if secret:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.label.setBuddy(self.edit)
        self.row = QHBoxLayout()
        """The line edit, and beside it what belongs to it."""
        self.row.setSpacing(space.s)
        self.row.addWidget(self.edit, 1)
        self._error_row = QWidget()
        errors = QHBoxLayout(self._error_row)
        errors.setContentsMargins(0, 0, 0, 0)
        errors.setSpacing(space.s)
        errors.addWidget(
            Shape(look, "warning", Tone.CRITICAL, 16, "dense"), 0, Qt.AlignmentFlag.AlignTop
        )
        self._error = TextLabel(look, "", "dense", Tone.CRITICAL, wrap=True)
        errors.addWidget(self._error, 1)
        self._error_row.hide()
        column.addWidget(self.label)
        column.addLayout(self.row)
        column.addWidget(self._error_row)
        self.setFocusProxy(self.edit)
        self.edit.textEdited.connect(self._text_edited)
        look.follow(self._restyle)

    def text(self) -> str:
        return self.edit.text()

    def set_text(self, text: str) -> None:
        self.edit.setText(text)

    def show_secret(self, *, shown: bool) -> None:
        """Letters instead of dots, until it is called the other way round."""
        mode = QLineEdit.EchoMode
        self.edit.setEchoMode(mode.Normal if shown else mode.Password)

    def is_hidden_secret(self) -> bool:
        """Whether there are dots instead of letters."""
        return self.edit.echoMode() is QLineEdit.EchoMode.Password

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with the text; an empty sentence takes the error away."""
        self._error.setText(sentence)
        self._error_row.setVisible(bool(sentence))
        self.edit.setAccessibleDescription(sentence)
        tone = Tone.CRITICAL.value if sentence else Tone.PLAIN.value
        if self.edit.property("tone") != tone:
            self.edit.setProperty("tone", tone)
            self.edit.style().unpolish(self.edit)
            self.edit.style().polish(self.edit)

    def error(self) -> str:
        """The sentence shown, or nothing."""
        return self._error.text()

    def _text_edited(self, text: str) -> None:
        self.show_error("")
        self.edited.emit(text)

    def _restyle(self) -> None:
        self.edit.setFont(self._look.theme.font(self._role))

"""Ten digits for gloves, and one key that takes the last digit back."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from cvd_desktop.ui.screens.fill_keypad import KeypadKey
from cvd_desktop.ui.theme import Look

_ROWS = ("123", "456", "789")


class PinPad(QWidget):
    """Three by four, as on a telephone."""

    typed = Signal(str)
    """A digit."""
    erased = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.keys: dict[str, KeypadKey] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.theme.control.touch_gap)
        for row, digits in enumerate(_ROWS):
            for column, digit in enumerate(digits):
                grid.addWidget(self._key(digit), row, column)
        grid.addWidget(self._key("0"), 3, 1)
        back = KeypadKey(look, "", self.tr("Take a digit back"), self, icon="backspace")
        back.clicked.connect(self.erased)
        self.keys["back"] = back
        grid.addWidget(back, 3, 2)
        look.follow(self._restyle)

    def _key(self, digit: str) -> KeypadKey:
        key = KeypadKey(self._look, digit, digit, self)
        key.clicked.connect(lambda: self.typed.emit(digit))
        self.keys[digit] = key
        return key

    def _restyle(self) -> None:
        control = self._look.theme.control
        key = self._look.theme.chrome_px(control.keypad_key)
        self.setFixedHeight(4 * key + 3 * control.touch_gap)
        self.setMaximumWidth(5 * key)

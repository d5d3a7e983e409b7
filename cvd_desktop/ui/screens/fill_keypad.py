"""The keypad of the Fill tab, for gloves: digits, clear, and what else a cell can take."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import CENTER, paint_box, paint_focus, paint_text, text_width

_DIGITS = {
    "7": (0, 0),
    "8": (0, 1),
    "9": (0, 2),
    "4": (1, 0),
    "5": (1, 1),
    "6": (1, 2),
    "1": (2, 0),
    "2": (2, 1),
    "3": (2, 2),
    "0": (3, 0),
}


class KeypadKey(PaintedButton):
    """A sign, and below it a word where the sign alone says too little."""

    def __init__(
        self, look: Look, sign: str, name: str, parent: QWidget, *, word: str = "", icon: str = ""
    ) -> None:
        super().__init__(look, parent)
        self.sign = sign
        self._word = word
        self._icon = icon
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.start()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        side = self.look.theme.chrome_px(self.look.theme.control.keypad_key)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        touch = self.look.theme.control.touch
        return QSize(touch, touch)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        if self.hasFocus():
            area = paint_focus(painter, area, theme, theme.radius.control)
        able = self.isEnabled()
        fill = colors.surface.pressed if self.isDown() else colors.surface.raised
        if self.hovered and able and not self.isDown():
            fill = colors.surface.hover
        paint_box(
            painter,
            area,
            fill=fill if able else colors.surface.surface,
            border=colors.line.border if able else colors.text.disabled,
            line=colors.line_width,
            radius=theme.radius.control,
            dashed=not able,
        )
        ink = colors.text.primary if able else colors.text.disabled
        word_high = theme.line_height("cellName") if self._word else 0
        sign_high = theme.line_height("value")
        if self._word and word_high + sign_high > self.height() - 2:
            sign_high = max(0, self.height() - 2 - word_high)
        top = (self.height() - word_high - sign_high) // 2
        above = bool(self._icon)  # as drawn: the word of "clear" stands above its shape
        sign = QRect(0, top + (word_high if above else 0), self.width(), sign_high)
        if self._icon:
            side = theme.text_px(theme.icon.control)
            box = QRect((self.width() - side) // 2, sign.center().y() - side // 2, side, side)
            paint_icon(painter, box, self._icon, ink, theme)
        else:
            paint_text(
                painter, sign, theme, self.sign, "value", color=ink, align=CENTER, elide=False
            )
        if self._word:
            word = QRect(1, top if above else top + sign_high, self.width() - 2, word_high)
            fits = text_width(theme.font("cellName"), self._word) <= word.width()
            role = "cellName" if fits else "flag"
            paint_text(painter, word, theme, self._word, role, color=ink, align=CENTER)
        painter.end()


class FillKeypad(QWidget):
    """Four by four. The keys with words trigger the actions of the tab."""

    typed = Signal(str)
    """A digit."""
    erased = Signal()

    def __init__(
        self,
        look: Look,
        parent: QWidget,
        *,
        spoil: QAction,
        remove: QAction,
        count: QAction,
        par: QAction,
    ) -> None:
        super().__init__(parent)
        self._look = look
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.theme.control.touch_gap)
        self.keys: dict[str, KeypadKey] = {}
        for digit, (row, column) in _DIGITS.items():
            key = KeypadKey(look, digit, digit, self)
            key.clicked.connect(lambda _=False, digit=digit: self.typed.emit(digit))
            grid.addWidget(key, row, column, 1, 2 if digit == "0" else 1)
            self.keys[digit] = key
        clear = KeypadKey(look, "", self.tr("Clear"), self, word=self.tr("clear"), icon="backspace")
        clear.clicked.connect(self.erased)
        self.keys["clear"] = clear
        grid.addWidget(clear, 0, 3)
        for place, action, sign, word in (
            ((1, 3), spoil, "S", self.tr("spoiled")),
            ((2, 3), remove, "−", self.tr("removed")),
            ((3, 2), count, "C", self.tr("count")),
            ((3, 3), par, "P", self.tr("par")),
        ):
            key = KeypadKey(look, sign, action.text(), self, word=word)
            key.clicked.connect(action.trigger)
            self._follow(key, action)
            grid.addWidget(key, *place)
            self.keys[word] = key
        look.follow(self._restyle)
        for n in range(4):
            grid.setColumnStretch(n, 1)
            grid.setRowStretch(n, 1)

    def _restyle(self) -> None:
        """Keys keep their size however much room there is."""
        control = self._look.theme.control
        key = self._look.theme.chrome_px(control.keypad_key)
        self.setMaximumHeight(4 * key + 3 * control.touch_gap)

    def _follow(self, key: KeypadKey, action: QAction) -> None:
        key.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        action.changed.connect(lambda: key.setEnabled(action.isEnabled()))

    def set_able(self, *, able: bool) -> None:
        """Digits are taken, or not."""
        for sign in (*_DIGITS, "clear"):
            self.keys[sign].setEnabled(able)

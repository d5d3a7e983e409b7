"""Typing a number of pieces with gloves on: a field for units or cases + singles, and a keypad."""

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QRegularExpression, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from cvd_desktop.ui.load_words import LoadWords
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import CENTER, paint_box, paint_focus, paint_text
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.wire_records import ProductRecord

BACK = "back"
PLUS = "+"
KEYS = ("7", "8", "9", "4", "5", "6", "1", "2", "3", PLUS, "0", BACK)
MOST_DIGITS = 5  # of units or cases: no truck holds more
_TYPED = re.compile(r"(\d*)(?:\+(\d*))?")


def units_typed(text: str, case_size: int) -> int | None:
    """ "24" is 24 units, "1+12" one case and 12; None for nothing and for a lone plus."""
    found = _TYPED.fullmatch(text.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if found[2] is None:
        return int(found[1])
    return int(found[1] or 0) * max(1, case_size) + int(found[2] or 0)


class KeypadKey(PaintedButton):
    """One key: a digit, the plus between cases and singles, or the way back."""

    def __init__(self, look: Look, key: str, name: str) -> None:
        super().__init__(look)
        self.key = key
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.start()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = max(theme.control.keypad_key, theme.line_height("value") + theme.space.m)
        return QSize(theme.control.keypad_key, high)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        if self.hasFocus():
            area = paint_focus(painter, area, theme, theme.radius.control)
        fill = self.touched_ground() or colors.surface.raised
        line = colors.line_width
        paint_box(
            painter,
            area,
            fill=fill,
            border=colors.line.border,
            line=line,
            radius=theme.radius.control,
        )
        if self.key == BACK:
            side = theme.text_px(theme.icon.rail)
            shape = QRect(0, 0, side, side)
            shape.moveCenter(self.rect().center())
            paint_icon(painter, shape, "arrow-left", colors.text.primary, theme)
        else:
            paint_text(painter, self.rect(), theme, self.key, "value", align=CENTER)
        painter.end()


class Keypad(QWidget):
    """Twelve keys, 62 px high; it never takes the focus from the field."""

    pressed = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.theme.control.touch_gap)
        names = {PLUS: self.tr("plus singles"), BACK: self.tr("take the last digit back")}
        self.keys: dict[str, KeypadKey] = {}
        for n, key in enumerate(KEYS):
            button = KeypadKey(look, key, names.get(key, key))
            button.clicked.connect(self._teller(key))
            self.keys[key] = button
            grid.addWidget(button, n // 3, n % 3)

    def _teller(self, key: str) -> Callable[[], None]:
        return lambda: self.pressed.emit(key)


class AmountCard(Card):
    """Asks how many pieces of one product there are. Letters cannot be typed, nor anything below
    zero; more than wanted can."""

    changed = Signal()
    """Another number is typed."""
    walked = Signal(int)
    """The person pressed up (-1) or down (1): another line of the list beside."""

    def __init__(self, look: Look, words: LoadWords, parent: QWidget) -> None:
        super().__init__(look, parent=parent)
        self._words = words
        self._case_size = 1
        self.title = TextLabel(look, "", "head", wrap=True)
        self.detail = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.field = Field(look, "")
        self.field.edit.setValidator(
            QRegularExpressionValidator(
                QRegularExpression(rf"\d{{0,{MOST_DIGITS}}}(\+\d{{0,{MOST_DIGITS}}})?"), self
            )
        )
        self.field.edit.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        self.field.edit.installEventFilter(self)
        self.field.edited.connect(lambda _: self._typed())
        self.note = NoteLine(look, "body")
        self.keypad = Keypad(look)
        self.keypad.pressed.connect(self._press)
        for widget in (self.title, self.detail, self.field, self.note, self.keypad):
            self.body.addWidget(widget)
        self._note: Callable[[int | None], tuple[TagKind, str]] = lambda _: (TagKind.INFO, "")

    def ask(
        self,
        product: ProductRecord,
        detail: str,
        label: str,
        note: Callable[[int | None], tuple[TagKind, str]],
        typed: int | None = None,
    ) -> None:
        """Begin with this product; `note` says what a number means, `typed` is there already."""
        self._case_size = product.case_size
        self._note = note
        self.title.setText(product.name)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self.field.label.setText(label)
        self.field.edit.setAccessibleName(f"{label}, {product.name}")
        self.field.set_text("" if typed is None else str(typed))
        self.field.edit.selectAll()
        self._typed()

    def units(self) -> int | None:
        """What is typed."""
        return units_typed(self.field.text(), self._case_size)

    def take_focus(self) -> None:
        self.field.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Up and down walk the list beside."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None:
                self.walked.emit(step)
                return True
        return super().eventFilter(watched, event)

    def _press(self, key: str) -> None:
        edit = self.field.edit
        if key == BACK:
            edit.backspace()
        else:
            edit.insert(key)
        self._typed()

    def _typed(self) -> None:
        units = self.units()
        kind, words = self._note(units)
        if units is not None and PLUS in self.field.text():
            total = self._words.units(units)
            words = f"{total}. {words}" if words else f"{total}."
        self.note.show_note(kind, words)
        self.changed.emit()


def found_note(words: LoadWords, wanted: int) -> Callable[[int | None], tuple[TagKind, str]]:
    """What a found number means beside what is wanted."""

    def note(units: int | None) -> tuple[TagKind, str]:
        if units is None:
            return TagKind.INFO, words.found_hint()
        if units < wanted:
            return TagKind.WARNING, words.fewer(wanted - units, wanted)
        if units > wanted:
            return TagKind.INFO, words.more(units - wanted, wanted)
        return TagKind.GOOD, words.as_wanted(wanted)

    return note

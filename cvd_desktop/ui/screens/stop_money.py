"""The amounts of a collect, typed as money: one row each, the figure at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.meter_figures import parse_money
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

WIDE = 180  # px at text scale 1
HIGH = 60
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Asked(NamedTuple):
    """One amount: `empty` says that nothing typed means not known, not zero."""

    name: str
    label: str
    hint: str
    empty: bool


class MoneyEdit(QLineEdit):
    """Enter commits what was typed and goes on; with nothing typed it is the primary's key.

    Ctrl+Z is the screen's: it takes back whole amounts, also in the field before.
    """

    entered = Signal()
    walked = Signal(int)
    """-1 up, 1 down."""

    def __init__(self, look: Look, label: str) -> None:
        super().__init__()
        self._look = look
        self._typed = False
        self.setProperty("role", "field")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(label)
        self.setMaxLength(20)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.textEdited.connect(self._edited)
        look.follow(self._restyle)

    def show_text(self, text: str) -> None:
        """Show an amount; it counts as committed."""
        self._typed = False
        if text != self.text():
            self.setText(text)

    def _edited(self, text: str) -> None:
        del text
        self._typed = True

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.matches(QKeySequence.StandardKey.Undo):
                event.ignore()
                return True
            plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if self._typed and plain and event.key() in _ENTER:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in _ENTER and self._typed:
            self._typed = False
            self.entered.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.walked.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self._look.theme
        return QSize(theme.text_px(WIDE), theme.chrome_px(HIGH))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def _restyle(self) -> None:
        self.setFont(self._look.theme.font("value"))
        self.setFixedSize(self.sizeHint())


class MoneyForm(QWidget):
    """Rows of amounts; what is no amount is said below its row and not kept."""

    changed = Signal(str)
    """Name of the amount that is another now."""
    passed = Signal()
    """Enter in the last field."""

    def __init__(self, look: Look, asked: Sequence[Asked]) -> None:
        super().__init__()
        self._look = look
        self._decimals = 2
        self._asked = {one.name: one for one in asked}
        self.edits: dict[str, MoneyEdit] = {}
        self._troubles: dict[str, NoteLine] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.m)
        for n, one in enumerate(asked):
            if n:
                column.addWidget(Hairline(look))
            self._add(column, one)

    def _add(self, column: QVBoxLayout, one: Asked) -> None:
        look = self._look
        row = QHBoxLayout()
        row.setSpacing(look.theme.space.m)
        words = QVBoxLayout()
        words.setSpacing(0)
        label = TextLabel(look, one.label, "bodyStrong", wrap=True)
        words.addStretch(1)
        words.addWidget(label)
        words.addWidget(TextLabel(look, one.hint, "dense", Tone.MUTED, wrap=True))
        words.addStretch(1)
        edit = MoneyEdit(look, one.label)
        edit.setAccessibleDescription(one.hint)
        label.setBuddy(edit)
        row.addLayout(words, 1)
        row.addWidget(edit, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(row)
        trouble = NoteLine(look)
        column.addWidget(trouble)
        name = one.name
        edit.textEdited.connect(lambda _: self._edited(name))
        edit.entered.connect(lambda: self._walk(name, 1, entered=True))
        edit.walked.connect(lambda step: self._walk(name, step))
        edit.editingFinished.connect(lambda: self._tidy(name))
        self.edits[name] = edit
        self._troubles[name] = trouble

    def begin_anew(self) -> None:
        """Another visit: nothing is typed."""
        for edit in self.edits.values():
            edit.show_text("")
        self.show_trouble()

    def show_amounts(self, amounts: dict[str, int | None], decimals: int, *, locked: bool) -> None:
        """Minor units with so many decimals; a field that says the same already is left alone."""
        self._decimals = decimals
        for name, edit in self.edits.items():
            edit.setReadOnly(locked)
            edit.setFocusPolicy(Qt.FocusPolicy.NoFocus if locked else Qt.FocusPolicy.StrongFocus)
            edit.setPlaceholderText("" if self._asked[name].empty else formats.money(0, decimals))
            if self.right(name) and self.amount(name) != amounts.get(name):
                edit.show_text(self._words(name, amounts.get(name)))

    def amount(self, name: str) -> int | None:
        """What is typed; None for nothing (0 where nothing means zero) and for what is none."""
        text = self.edits[name].text().strip()
        if not text:
            return None if self._asked[name].empty else 0
        return parse_money(text, self._decimals)

    def right(self, name: str) -> bool:
        """Whether what is typed is an amount, or nothing."""
        text = self.edits[name].text().strip()
        return not text or parse_money(text, self._decimals) is not None

    def all_right(self) -> bool:
        return all(self.right(name) for name in self.edits)

    def show_trouble(self) -> None:
        """Say at each field what is no amount."""
        for name, trouble in self._troubles.items():
            words = "" if self.right(name) else self._example()
            trouble.show_note(TagKind.WARNING, words)
            self.edits[name].setAccessibleDescription(words or self._asked[name].hint)

    def trouble(self, name: str) -> str:
        return self._troubles[name].text()

    def take_focus(self, name: str) -> None:
        self.edits[name].setFocus(Qt.FocusReason.TabFocusReason)

    def _words(self, name: str, value: int | None) -> str:
        if value is None or (value == 0 and not self._asked[name].empty):
            return ""
        return formats.money(value, self._decimals)

    def _example(self) -> str:
        words = self.tr("This is no amount. Type it like {example}.")
        return words.format(example=formats.money(12 * 10**self._decimals + 5, self._decimals))

    def _edited(self, name: str) -> None:
        if self.right(name):
            self._troubles[name].show_note(TagKind.WARNING, "")
            self.changed.emit(name)

    def _tidy(self, name: str) -> None:
        """The field was left: the amount stands as amounts do, or it is said what is wrong."""
        edit = self.edits[name]
        if self.right(name):
            edit.show_text(self._words(name, self.amount(name)))
        self.show_trouble()

    def _walk(self, name: str, step: int, *, entered: bool = False) -> None:
        if entered:
            self._tidy(name)
            if not self.right(name):
                return
        names = list(self.edits)
        place = names.index(name) + step
        if place < len(names):
            self.take_focus(names[max(0, place)])
            self.edits[names[max(0, place)]].selectAll()
        elif entered:
            self.passed.emit()

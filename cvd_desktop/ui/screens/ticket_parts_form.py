"""The parts that were used, as rows to type: name, number, quantity; added and removed by keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.enter_moves_on import EnterMovesOn
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.wire_events import PartUsed

MOST_PARTS = 100
MOST_OF_ONE = 100_000
_ROOM = 520  # px at text scale 1 from which on a row stands in one line


class PartRow(QWidget):
    """One part. Enter goes on to the next field, so that it never sends the whole form."""

    edited = Signal()
    removed = Signal(object)
    """This row."""

    def __init__(self, look: Look, part: PartUsed | None = None) -> None:
        super().__init__()
        self._look = look
        space = look.theme.space
        self.name = Field(look, self.tr("Part"))
        self.number = Field(look, self.tr("Part number"), mono=True)
        self.name.edit.setMaxLength(200)
        self.number.edit.setMaxLength(100)
        self.quantity = Field(look, self.tr("Quantity"))
        self.quantity.edit.setMaxLength(7)
        self.quantity.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.quantity.edit.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        less = self._action("minus", self.tr("One less"), lambda: self._add(-1))
        more = self._action("plus", self.tr("One more"), lambda: self._add(1))
        remove = self._action("close", self.tr("Remove this part"), lambda: self.removed.emit(self))
        self.quantity.row.setSpacing(look.theme.control.touch_gap)
        self.quantity.row.insertWidget(0, ActionButton(look, less, ButtonKind.ICON))
        self.quantity.row.addWidget(ActionButton(look, more, ButtonKind.ICON))
        self.quantity.row.addWidget(ActionButton(look, remove, ButtonKind.ICON))
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(space.m)
        self._row.addWidget(self.name, 4)
        self._row.addWidget(self.number, 3)
        self._row.addWidget(self.quantity, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, space.s)
        column.addLayout(self._row)
        column.addWidget(Hairline(look))
        if part is not None:
            self.name.set_text(part.name)
            self.number.set_text(part.number)
            self.name.edit.setCursorPosition(0)  # the beginning of a long name tells more
        self.quantity.set_text(str(part.quantity if part is not None else 1))
        for field in (self.name, self.number, self.quantity):
            field.edited.connect(lambda _: self.edited.emit())
        EnterMovesOn(self, (self.name.edit, self.number.edit, self.quantity.edit))
        look.follow(self._arrange)

    def part(self) -> PartUsed | None:
        """What was typed; None for a row without any word."""
        name, number = self.name.text().strip(), self.number.text().strip()
        if not name and not number:
            return None
        return PartUsed(name=name or number, number=number, quantity=self._quantity() or 1)

    def check(self) -> bool:
        """Say at its field what is wrong; True when nothing is."""
        wrong = self._quantity() is None
        self.quantity.show_error(
            self.tr("A number from 1 to {n}.").format(n=formats.number(MOST_OF_ONE))
            if wrong
            else ""
        )
        return not wrong

    def _quantity(self) -> int | None:
        text = self.quantity.text().strip()
        value = int(text) if text.isascii() and text.isdecimal() else 0
        return value if 1 <= value <= MOST_OF_ONE else None

    def _add(self, difference: int) -> None:
        value = min(MOST_OF_ONE, max(1, (self._quantity() or 1) + difference))
        self.quantity.set_text(str(value))
        self.quantity.show_error("")
        self.edited.emit()

    def _action(self, icon: str, text: str, run: Callable[[], object]) -> QAction:
        action = QAction(themed_icon(self._look, icon), text, self)
        action.triggered.connect(lambda: run())
        return action

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= self._look.theme.text_px(_ROOM)
        wanted = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._row.direction() is not wanted:
            self._row.setDirection(wanted)


class PartsForm(QWidget):
    """Rows of parts and the button that adds one."""

    edited = Signal()

    def __init__(self, look: Look, add: QAction) -> None:
        """`add` is the action of the screen: its key works wherever the focus is."""
        super().__init__()
        self._look = look
        self._rows: list[PartRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.theme.space.s)
        self.none = TextLabel(look, self.tr("No part was used."), "dense")
        self._column.addWidget(self.none)
        foot = QHBoxLayout()
        foot.addWidget(ActionButton(look, add))
        foot.addStretch(1)
        self._column.addLayout(foot)
        self._add_action = add

    def rows(self) -> Sequence[PartRow]:
        return tuple(self._rows)

    def parts(self) -> tuple[PartUsed, ...]:
        """Those that were typed, without empty rows."""
        return tuple(part for row in self._rows if (part := row.part()) is not None)

    def check(self) -> bool:
        """Say what is wrong with each; True when nothing is."""
        right = [row.check() for row in self._rows]  # each says it, also after the first
        return all(right)

    def show_parts(self, parts: Sequence[PartUsed]) -> None:
        """These instead of what is there; nobody is told."""
        while self._rows:
            self._drop(self._rows[-1])
        for part in parts:
            self._append(part)
        self._count()

    def add(self, number: str = "") -> None:
        """One row more, ready to be typed into; `number` as a scanner read it."""
        if len(self._rows) >= MOST_PARTS:
            return
        row = self._append(None)
        row.number.set_text(number)
        row.name.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._count()
        self.edited.emit()

    def _append(self, part: PartUsed | None) -> PartRow:
        row = PartRow(self._look, part)
        self._rows.append(row)
        self._column.insertWidget(self._column.count() - 1, row)
        row.edited.connect(self.edited)
        row.removed.connect(self._remove)
        return row

    def _remove(self, row: object) -> None:
        assert isinstance(row, PartRow)
        place = self._rows.index(row)
        self._drop(row)
        self._count()
        if self._rows:
            self._rows[min(place, len(self._rows) - 1)].name.edit.setFocus()
        self.edited.emit()

    def _drop(self, row: PartRow) -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _count(self) -> None:
        self.none.setVisible(not self._rows)
        full = len(self._rows) >= MOST_PARTS
        self._add_action.setEnabled(not full)
        self._add_action.setStatusTip(self.tr("A ticket takes 100 parts") if full else "")

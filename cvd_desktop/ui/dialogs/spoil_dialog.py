"""Why units are spoiled: six reasons, one digit each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from cvd_desktop.ui.dialogs.dialog_head import dialog_head
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.text_label import NameLabel, TextLabel
from cvd_shared.wire_events import SpoilReason

_WIDE = 560  # px at text scale 1


class SpoilDialog(QDialog):
    """A digit or a touch answers and closes; Esc changes nothing."""

    chosen = Signal(str)
    """The reason."""

    def __init__(
        self, look: Look, name: str, reasons: Sequence[tuple[SpoilReason, str]], parent: QWidget
    ) -> None:
        """`name` is the slot and its product."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Spoiled"))
        self.setProperty("role", "card")
        self.finished.connect(parent.window().activateWindow)
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        column.addLayout(dialog_head(look, self.tr("Why is it spoiled?"), self))
        column.addWidget(NameLabel(look, name, "body", Tone.MUTED))
        grid = QGridLayout()
        grid.setSpacing(space.s)
        self.answers: dict[SpoilReason, QAction] = {}
        buttons: list[ActionButton] = []
        for n, (reason, word) in enumerate(reasons):
            action = QAction(word, self)
            action.setShortcut(QKeySequence(str(n + 1)))
            action.triggered.connect(lambda _=False, reason=reason: self._choose(reason))
            self.addAction(action)
            self.answers[reason] = action
            buttons.append(ActionButton(look, action, fill_width=True))
            grid.addWidget(buttons[-1], n // 2, n % 2)
        column.addLayout(grid)
        buttons[0].setFocus()
        words = self.tr("One unit is taken out then; a number says how many.")
        column.addWidget(TextLabel(look, words, "dense", Tone.MUTED, wrap=True))
        room = parent.window().width() - 2 * space.xxl
        self.setFixedWidth(min(look.theme.text_px(_WIDE), room))

    def _choose(self, reason: SpoilReason) -> None:
        self.accept()
        self.chosen.emit(reason)

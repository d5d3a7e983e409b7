"""Unlock: the passphrase of the local database, where this computer has no key store."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout

from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_desktop.ui.widgets.two_columns import TwoColumns

OPENED = frozenset({"reads", "outbox", "sync", "snapshot", "session"})


class UnlockScreen(Screen):
    """Shown instead of everything else until the local database is open."""

    name = "unlock"
    icon = "lock"

    unlocked = Signal()

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        unlock: Callable[[str], None],
    ) -> None:
        """`unlock(passphrase)` opens the database; it runs in the database lane."""
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._unlock = unlock
        self._new = False
        self._action = self.make_action(look, "lock", "", self._try, self.tr("Unlock"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = TwoColumns(look, 348, 296)
        outer.addWidget(page)
        card = Card(look, strong=True, padding=look.theme.space.xl)
        card.body.setSpacing(look.theme.space.l)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.lead = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.passphrase = Field(look, self.tr("Passphrase"), secret=True)
        self.again = Field(look, self.tr("The same again"), secret=True)
        for widget in (self.title, self.lead, self.passphrase, self.again):
            card.body.addWidget(widget)
        page.main.addWidget(card)
        page.main.addStretch(1)
        self.trouble = ToldCard(look)
        self.trouble.hide()
        page.side.addWidget(self.trouble)
        page.side.addStretch(1)
        self.ask(new=False)

    def word(self) -> str:
        return self.tr("Unlock")

    def primary(self) -> QAction:
        return self._action

    def reload(self) -> None:
        self.passphrase.edit.setFocus()

    def ask(self, *, new: bool) -> None:
        """For the passphrase of this laptop, or for a new one when there is none yet."""
        self._new = new
        self.again.setVisible(new)
        if new:
            self.title.setText(self.tr("Choose a passphrase"))
            self.lead.setText(
                self.tr(
                    "This computer has no key store, so a passphrase protects what is kept here. "
                    "It cannot be recovered: without it nobody can read these records."
                )
            )
        else:
            self.title.setText(self.tr("Unlock this laptop"))
            self.lead.setText(
                self.tr("What you recorded is safe, encrypted with the passphrase chosen here.")
            )

    def show_problem(self, problem: BaseException) -> None:
        """Why it is still locked."""
        told = self._messages.error(problem)
        self.trouble.show_told(self.tr("Still locked"), "", told, "warning", Tone.CRITICAL)
        self.trouble.show()

    def _try(self) -> None:
        text = self.passphrase.text()
        self.passphrase.show_error("" if text else self.tr("Type the passphrase."))
        differs = self._new and text != self.again.text()
        self.again.show_error(self.tr("These two differ.") if text and differs else "")
        if not text or differs:
            (self.again if text else self.passphrase).edit.setFocus()
            return
        self._action.setEnabled(False)
        self.trouble.hide()
        self._background.run(
            Lane.DATABASE,
            lambda: self._unlock(text),
            done=self._opened,
            failed=self._refused,
            topics=OPENED,
        )

    def _opened(self, nothing: object) -> None:
        del nothing
        self._action.setEnabled(True)
        self.passphrase.edit.clear()
        self.again.edit.clear()
        self.unlocked.emit()

    def _refused(self, error: BaseException) -> None:
        self._action.setEnabled(True)
        self.show_problem(error)
        self.passphrase.edit.selectAll()
        self.passphrase.edit.setFocus()

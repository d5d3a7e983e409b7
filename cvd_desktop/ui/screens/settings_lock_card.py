"""The lock in the settings: a PIN, after how long, and taking one's data off this laptop."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.secret_twice import SecretTwice
from cvd_desktop.ui.widgets.text_label import TextLabel

LOCK_MINUTES = (0, 5, 15, 60)


@dataclass(frozen=True, slots=True)
class LockFacts:
    has_pin: bool
    why_no_pin: str | None  # code of the problem that keeps a PIN from here
    waiting: int  # records that would be lost with the data
    person: str  # who is signed in; "" for nobody
    begun: int = 0  # of what waits: work that is not recorded yet, which no export takes along


@dataclass(frozen=True, slots=True)
class LockServices:
    """All run in the database lane."""

    facts: Callable[[], LockFacts]
    set_pin: Callable[[str], None]
    take_pin_away: Callable[[], None]
    remove: Callable[[str], None]  # what was typed to confirm it
    removed: Callable[[], None]  # on the GUI thread: close this folder


class LockCard(Card):
    """Every choice acts at once; what was wrong is said under it."""

    minutes_chosen = Signal(int)

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: LockServices,
        minutes: int,
    ) -> None:
        super().__init__(look, "")
        self.set_heading(self.tr("Lock"))
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._facts: LockFacts | None = None
        self._pin_action = self._action("lock", self._begin_pin)
        self._off_action = self._action("unlock", self._take_away, self.tr("No PIN any more"))
        self._remove_action = self._action(
            "close", self._begin_remove, self.tr("Remove my data from this laptop")
        )
        self.said = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.body.addWidget(self.said)
        self.pin = SecretTwice(
            look, self.tr("4 to 12 digits. The sign-in password replaces a PIN."), self.tr("PIN")
        )
        self.body.addWidget(self.pin)
        self.pin_button = ActionButton(look, self._pin_action, fill_width=True)
        self.off_button = ActionButton(look, self._off_action, fill_width=True)
        self.body.addWidget(self.pin_button)
        self.body.addWidget(self.off_button)
        self.body.addWidget(TextLabel(look, self.tr("Locks by itself"), "denseStrong"))
        self.minutes = self._minute_choices(minutes)
        self.remove_words = TextLabel(look, "", "bodyStrong", Tone.WARNING, wrap=True)
        self.confirm = Field(look, self.tr("Type it here"))
        for widget in (self.remove_words, self.confirm):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addWidget(ActionButton(look, self._remove_action, fill_width=True))
        self.wrong = TextLabel(look, "", "bodyStrong", Tone.CRITICAL, wrap=True)
        self.wrong.hide()
        self.body.addWidget(self.wrong)

    def _action(self, icon: str, run: Callable[[], None], text: str = "") -> QAction:
        action = QAction(themed_icon(self._look, icon), text, self)
        action.triggered.connect(run)
        return action

    def _minute_choices(self, chosen: int) -> dict[int, Choice]:
        group = QWidget()
        column = QVBoxLayout(group)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._look.theme.control.touch_gap)
        choices: dict[int, Choice] = {}
        for minutes in LOCK_MINUTES:
            words = self.tr("after {n} minutes without a touch").format(n=formats.number(minutes))
            choice = Choice(self._look, words if minutes else self.tr("never"))
            choice.setChecked(minutes == chosen)
            choice.clicked.connect(partial(self._choose_minutes, minutes))
            column.addWidget(choice)
            choices[minutes] = choice
        self.body.addWidget(group)
        return choices

    def _choose_minutes(self, minutes: int, checked: bool = False) -> None:
        del checked
        self.minutes_chosen.emit(minutes)

    def reload(self) -> None:
        self._run(self._services.facts, self._show)

    def _show(self, facts: object) -> None:
        assert isinstance(facts, LockFacts)
        self._facts = facts
        self.said.setText(self._words(facts))
        possible = facts.why_no_pin is None
        self.pin_button.setVisible(possible)
        self.off_button.setVisible(possible and facts.has_pin)
        self._name_pin_action()

    def _words(self, facts: LockFacts) -> str:
        if facts.why_no_pin is not None:
            from cvd_desktop.domain.problem import ExitCode, Problem

            told = self._messages.error(Problem(facts.why_no_pin, ExitCode.USAGE))
            return f"{told.what} {told.safe} {told.do}"
        if facts.has_pin:
            return self.tr("A PIN locks what you recorded. Ctrl+L locks at once.")
        return self.tr("Who has this laptop in hand sees what you recorded. A PIN keeps it yours.")

    def _name_pin_action(self) -> None:
        facts = self._facts
        if not self.pin.isHidden():
            self._pin_action.setText(self.tr("Keep this PIN"))
        elif facts is not None and facts.has_pin:
            self._pin_action.setText(self.tr("Another PIN"))
        else:
            self._pin_action.setText(self.tr("Lock with a PIN"))

    def _begin_pin(self) -> None:
        if self.pin.isHidden():
            self.pin.begin()
            self._name_pin_action()
            return
        pin = self.pin.text()
        if pin:
            self._run(lambda: self._services.set_pin(pin), self._changed)

    def _take_away(self) -> None:
        self._run(self._services.take_pin_away, self._changed)

    def _changed(self, nothing: object) -> None:
        del nothing
        self.pin.hide()
        self.pin.clear()
        self.reload()

    def _begin_remove(self) -> None:
        facts = self._facts
        if facts is None:
            return
        if self.confirm.isHidden():
            self.remove_words.setText(self._confirm_words(facts))
            self.confirm.edit.setAccessibleName(self.remove_words.text())
            self.remove_words.show()
            self.confirm.show()
            self.confirm.edit.setFocus()
            return
        typed = self.confirm.text().strip()
        if not facts.waiting and typed.casefold() != self._word_to_type(facts).casefold():
            self.confirm.show_error(self.tr("Type it exactly so."))
            return
        self._run(lambda: self._services.remove(typed), lambda _: self._services.removed())

    def _confirm_words(self, facts: LockFacts) -> str:
        words = self._what_goes(facts)
        if not facts.begun:
            return words
        more = self.tr(
            "Work that is begun and not recorded is among it: {n}. No export takes that along; "
            "finish it or drop it first."
        )
        return f"{words} {more.format(n=facts.begun)}"

    def _what_goes(self, facts: LockFacts) -> str:
        if facts.waiting == 1:
            return self.tr(
                "1 record or photo is not sent. Export it in the outbox first and leave the "
                "stick in. To delete it here all the same, type 1."
            )
        if facts.waiting:
            return self.tr(
                "{n} records or photos are not sent. Export them in the outbox first and leave "
                "the stick in. To delete them here all the same, type {n}."
            ).format(n=facts.waiting)
        return self.tr("Everything is sent. To delete it here, type {word}").format(
            word=self._word_to_type(facts)
        )

    def _word_to_type(self, facts: LockFacts) -> str:
        """Never nothing: two presses of a button delete no records."""
        return facts.person or self.tr("delete")

    def _run(self, work: Callable[[], object], done: Callable[[object], object]) -> None:
        self.wrong.hide()
        self._background.run(Lane.DATABASE, work, done, self._failed)

    def _failed(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.wrong.setText(" ".join(part for part in (told.what, told.safe, told.do) if part))
        self.wrong.show()

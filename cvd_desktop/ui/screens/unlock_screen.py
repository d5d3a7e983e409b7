"""Unlock: a passphrase, a PIN with keys for gloves, or the password; and whose laptop it is now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QAction, QRegularExpressionValidator
from PySide6.QtWidgets import QVBoxLayout

from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.people_card import PeopleCard, PersonRow
from cvd_desktop.ui.widgets.pin_pad import PinPad
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_desktop.ui.widgets.two_columns import TwoColumns

OPENED = frozenset({"reads", "outbox", "sync", "snapshot", "session"})
ALL_TRIES = 10
_WIDEST = 16_777_215  # Qt's own: no limit


class Way(StrEnum):
    """What opens the folder."""

    CHOOSE = "choose"  # a passphrase: there is none yet: it is chosen now
    PHRASE = "phrase"
    PIN = "pin"
    WORD = "word"  # the sign-in password, where the PIN does not do
    PRESS = "press"  # nothing is asked: locked from a look, not from a thief


@dataclass(frozen=True, slots=True)
class UnlockFacts:
    """What may be said before anybody proved who he is."""

    way: Way
    name: str = ""  # whose folder it is
    tries_left: int = ALL_TRIES
    days: int | None = None  # since the server was heard, when that is why the password is asked
    people: tuple[PersonRow, ...] = ()
    laptop: tuple[tuple[str, str], ...] = ()  # server, version, last contact


@dataclass(frozen=True, slots=True)
class UnlockServices:
    """`facts` and `unlock` run in the database lane, the others on the GUI thread."""

    facts: Callable[[], UnlockFacts]
    unlock: Callable[[str], None]
    choose: Callable[[str], None]  # another person, by id
    record_aside: Callable[[], None]
    sign_in: Callable[[], None]


class UnlockScreen(Screen):
    """Shown instead of everything else until the local database is open."""

    name = "unlock"
    icon = "lock"

    unlocked = Signal()

    def __init__(
        self, look: Look, background: Background, messages: Messages, services: UnlockServices
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._facts = UnlockFacts(Way.PHRASE)
        self._way = Way.PHRASE
        self._dressed: Way | None = None
        self._busy = False
        self._action = self.make_action(look, "unlock", "", self._try, self.tr("Unlock"))
        self._other_way = self.make_action(look, "lock", "Ctrl+P", self._turn)
        self._sign_in = self.make_action(
            look, "sign-in", "Ctrl+U", services.sign_in, self.tr("Sign in with a network")
        )
        self._aside = self.make_action(
            look, "read", "Ctrl+R", services.record_aside, self.tr("Record without unlocking")
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = TwoColumns(look, 348, 296)
        outer.addWidget(page)
        card = Card(look, strong=True, padding=look.theme.space.xl)
        card.body.setSpacing(look.theme.space.l)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.lead = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.warning = TextLabel(look, "", "bodyStrong", Tone.WARNING, wrap=True)
        self.passphrase = Field(look, self.tr("Passphrase"), secret=True)
        self.again = Field(look, self.tr("The same again"), secret=True)
        self._eye = self.make_action(look, "eye", "Ctrl+E", self._turn_eye)
        self.eye = ActionButton(look, self._eye, ButtonKind.ICON)
        self.passphrase.row.addWidget(self.eye)
        self.pad = PinPad(look)
        self.setFocusProxy(self.passphrase)
        for widget in (
            self.title,
            self.lead,
            self.warning,
            self.passphrase,
            self.again,
            self.pad,
        ):
            card.body.addWidget(widget)
        page.main.addWidget(card)
        page.main.addStretch(1)
        self.trouble = ToldCard(look)
        self.trouble.hide()
        self.people = PeopleCard(look)
        self.people.chosen.connect(services.choose)
        self._laptop_card = Card(look, self.tr("This laptop"))
        self.laptop = FactList(look)
        self._laptop_card.body.addWidget(self.laptop)
        for side in (self.trouble, self.people, self._laptop_card):
            page.side.addWidget(side)
        page.side.addStretch(1)
        self.pad.typed.connect(self._digit)
        self.pad.erased.connect(self.passphrase.edit.backspace)
        self._digits = QRegularExpressionValidator(self)
        self.passphrase.edit.setValidator(self._digits)
        self.show_facts(self._facts)

    # What the frame asks

    def word(self) -> str:
        return self.tr("Unlock")

    def place(self) -> tuple[str, str]:
        return self.tr("Unlock"), self._facts.name

    def primary(self) -> QAction:
        return self._action

    def secondary(self) -> Sequence[QAction]:
        if self._way is Way.CHOOSE:
            return ()
        if self._way is Way.PRESS:
            return (self._sign_in,)
        turn = (self._other_way,) if self._facts.way is Way.PIN else ()
        # What stays in the bar of a small window: the way in, and the work that cannot wait.
        return (*turn, self._aside, self._sign_in)

    def reload(self) -> None:
        self._background.run(
            Lane.DATABASE, self._services.facts, self.show_facts, self.show_problem
        )
        if self._way is not Way.PRESS:
            self.passphrase.edit.setFocus()

    def scanned(self, text: str) -> bool:
        """A badge with the PIN; whatever else is scanned leads nowhere while it is locked."""
        if self._way is Way.PIN and text.isascii() and text.isdigit():
            self.passphrase.set_text(text)
            self._try()
        return True

    # What it shows

    def ask(self, *, new: bool) -> None:
        """For the passphrase of this laptop, or for a new one when there is none yet."""
        self.show_facts(UnlockFacts(Way.CHOOSE if new else Way.PHRASE))

    def show_facts(self, facts: UnlockFacts) -> None:
        """How this folder opens now, and who else has one here."""
        same = facts.way is self._facts.way
        self._facts = facts
        if not same or facts.way is not Way.PIN or self._way not in (Way.PIN, Way.WORD):
            self._way = facts.way
        self.people.show_people(facts.people)
        self.laptop.show_lines(facts.laptop)
        self._laptop_card.setVisible(bool(facts.laptop))
        self._dress()

    def show_problem(self, problem: BaseException) -> None:
        """Why it is still locked."""
        told = self._messages.error(problem)
        self.trouble.show_told(self.tr("Still locked"), "", told, "warning", Tone.CRITICAL)
        self.trouble.show()

    def _dress(self) -> None:
        way = self._way
        pin = way is Way.PIN
        self.takes_digits = pin
        if way is Way.PRESS and self.passphrase.edit.hasFocus():
            self.passphrase.edit.clearFocus()  # else the next button had it, which is not to press
        self.passphrase.setVisible(way is not Way.PRESS)
        self.again.setVisible(way is Way.CHOOSE)
        self.pad.setVisible(pin)
        self.passphrase.setMaximumWidth(self.pad.maximumWidth() if pin else _WIDEST)
        self.eye.setVisible(not pin)  # 56 letters of a recovery code are not typed blindly
        if pin or way is not self._dressed:  # a code that was refused is compared, in sight
            self._show_typed(shown=False)
        self._dressed = way
        self._digits.setRegularExpression(QRegularExpression("[0-9]{0,12}" if pin else ".*"))
        centred = Qt.AlignmentFlag.AlignCenter if pin else Qt.AlignmentFlag.AlignLeft
        self.passphrase.edit.setAlignment(centred | Qt.AlignmentFlag.AlignVCenter)
        title, lead, label = self._words(way)
        self.title.setText(title)
        self.lead.setText(lead)
        self.passphrase.label.setText(label)
        self.passphrase.edit.setAccessibleName(label)
        self.warning.setText(self._warning_words())
        self.warning.setVisible(bool(self.warning.text()))
        self._other_way.setText(self.tr("Use the password") if pin else self.tr("Use the PIN"))
        self.frame_changed.emit()

    def _words(self, way: Way) -> tuple[str, str, str]:
        """Title, the sentence below, and what is typed."""
        name = self._facts.name
        title = name or self.tr("Unlock this laptop")
        match way:
            case Way.CHOOSE:
                return (
                    self.tr("Choose a passphrase"),
                    self.tr(
                        "This computer has no key store, so a passphrase protects what is kept "
                        "here. It cannot be recovered: without it nobody can read these records. "
                        "For the same reason there is no PIN here."
                    ),
                    self.tr("Passphrase"),
                )
            case Way.PHRASE:
                return (
                    title,
                    self.tr(
                        "What you recorded is safe, encrypted with the passphrase chosen here."
                    ),
                    self.tr("Passphrase"),
                )
            case Way.PIN:
                return (
                    title,
                    self.tr("What you recorded is safe, encrypted. Type your PIN."),
                    self.tr("PIN"),
                )
            case Way.WORD:
                return (
                    title,
                    self.tr(
                        "Type the password of your last sign-in on this laptop, or the recovery "
                        "code that the office reads out to you."
                    ),
                    self.tr("Password or recovery code"),
                )
        return (title, self.tr("Locked. Press Unlock to go on where the work was."), "")

    def _warning_words(self) -> str:
        facts = self._facts
        if facts.days is not None:
            return self.tr(
                "The server was not heard for {days} days: the PIN alone is not enough now."
            ).format(days=facts.days)
        if facts.tries_left <= 0:
            return self.tr("The PIN was wrong ten times. It does not open this laptop any more.")
        if facts.tries_left < ALL_TRIES:
            return self.tr("Tries left: {left}").format(left=facts.tries_left)
        return ""

    # What happens

    def _turn(self) -> None:
        self._way = Way.WORD if self._way is Way.PIN else Way.PIN
        self.passphrase.edit.clear()
        self.passphrase.show_error("")
        self._dress()
        self.passphrase.edit.setFocus()

    def _turn_eye(self) -> None:
        self._show_typed(shown=self.passphrase.is_hidden_secret() and self._way is not Way.PIN)

    def _show_typed(self, *, shown: bool) -> None:
        for field in (self.passphrase, self.again):
            field.show_secret(shown=shown)
        self._eye.setIcon(themed_icon(self._look, "eye-off" if shown else "eye"))
        self._eye.setText(self.tr("Hide what is typed") if shown else self.tr("Show what is typed"))

    def _digit(self, digit: str) -> None:
        self.passphrase.show_error("")
        self.passphrase.edit.insert(digit)

    def _try(self) -> None:
        text = self.passphrase.text()
        if self._busy or not self._typed_well(text):
            return
        self._busy = True
        self._action.setEnabled(False)
        self.trouble.hide()
        self._background.run(
            Lane.DATABASE,
            lambda: self._services.unlock(text),
            done=self._opened,
            failed=self._refused,
            topics=OPENED,
        )

    def _typed_well(self, text: str) -> bool:
        if self._way is Way.PRESS:
            return True
        missing = {
            Way.PIN: self.tr("Type the PIN: 4 to 12 digits."),
            Way.WORD: self.tr("Type the password."),
        }.get(self._way, self.tr("Type the passphrase."))
        short = not text or (self._way is Way.PIN and len(text) < 4)
        self.passphrase.show_error(missing if short else "")
        differs = self._way is Way.CHOOSE and text != self.again.text()
        self.again.show_error(self.tr("These two differ.") if text and differs else "")
        if short or differs:
            (self.again if not short else self.passphrase).edit.setFocus()
            return False
        return True

    def _opened(self, nothing: object) -> None:
        del nothing
        self._ready()
        self._show_typed(shown=False)
        self.passphrase.edit.clear()
        self.again.edit.clear()
        self.unlocked.emit()

    def _refused(self, error: BaseException) -> None:
        self._ready()
        self.show_problem(error)
        if self._way is Way.PIN:
            self.passphrase.edit.clear()
        if self.passphrase.is_hidden_secret():  # one letter of a code in sight is mended, not all
            self.passphrase.edit.selectAll()
        self.reload()  # tries left

    def _ready(self) -> None:
        self._busy = False
        self._action.setEnabled(True)

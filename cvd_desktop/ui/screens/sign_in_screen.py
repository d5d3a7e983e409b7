"""Sign in: which server, who; in words what is wrong, what is safe and what to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import Session
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.file_dialogs import ask_for_files
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.people_card import PeopleCard, PersonRow
from cvd_desktop.ui.widgets.secret_twice import SecretTwice
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_desktop.ui.widgets.two_columns import TwoColumns

if TYPE_CHECKING:
    from cvd_desktop.services.set_up import SetUp

CHANGES = frozenset({"session", "outbox", "snapshot"})


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """What the screen says of this laptop before anybody typed."""

    server: str  # address of the last sign-in
    session: Session | None
    last_answer_at: datetime | None
    waiting: int
    others_waiting: int = 0  # records of other people: no more than their number is anybody's
    people: tuple[PersonRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInDone:
    session: Session
    folder: Path | None = None  # where this person's records are
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class SignInServices:
    """The services of this screen, bound to the workplace by the application."""

    facts: Callable[[], SignInFacts]
    sign_in: Callable[[str, str, str, str], SignInDone]
    """Server, name, password, and a passphrase for a new folder ("" where none was asked for)."""
    sign_out: Callable[[], None]
    read_setup: (
        "Callable[[str | Path], SetUp]"  # the link of a set-up, or a file or picture with it
    )
    open_sample: Callable[[], None] | None = None  # None: there is none to go to
    leave_sample: Callable[[], None] | None = None  # None: these are no sample data
    change_password: Callable[[SignInDone, str, str], None] | None = None  # old, new
    choose: Callable[[str], None] | None = None  # another person of this laptop, by id


class SignInScreen(Screen):
    """Form at the left, this laptop at the right; a failure is told under the form and beside."""

    name = "sign_in"
    icon = "sign-in"
    topics = frozenset({"session", "sync", "outbox"})

    signed_in = Signal(object)
    """SignInDone: somebody is signed in now."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: SignInServices,
        clock: Clock,
        version: str,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._facts: SignInFacts | None = None
        self._job: Job[SignInDone] | Job[None] | None = None
        self._done: SignInDone | None = None  # signed in, but a new password is wanted
        self._sign_in_action = self.make_action(
            self._look, "sign-in", "", self._try, self.tr("Sign in")
        )
        self._later = self.make_action(
            self._look, "arrow-left", "Esc", self.left.emit, self.tr("Work without signing in")
        )
        self._sign_out_action = self.make_action(
            self._look, "sign-out", "Ctrl+O", self._leave_server, self.tr("Sign out")
        )
        leave = services.leave_sample is not None
        self._setup_action = self.make_action(
            self._look, "file", "Ctrl+F", self._ask_for_setup, self.tr("Set-up file or QR code")
        )
        self._sample_action = self.make_action(
            self._look,
            "diamond",
            "Ctrl+D",
            self._to_or_from_sample,
            self.tr("Leave the sample") if leave else self.tr("Try it with sample data"),
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._page = TwoColumns(look, 348, 296)
        outer.addWidget(self._page)
        self._build_form()
        self._build_side(version)
        self._refresh()

    def _build_form(self) -> None:
        look = self._look
        self.trouble = ToldCard(look)
        self.trouble.hide()
        card = Card(look, strong=True, padding=look.theme.space.xl)
        card.body.setSpacing(look.theme.space.l)
        self.title = TextLabel(look, self.tr("Sign in"), "title", wrap=True)
        self.lead = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.server = Field(look, self.tr("Server address"), hint="https://")
        self.user = Field(look, self.tr("Name"))
        self.password = Field(look, self.tr("Password"), secret=True)
        self._show_action = self.make_action(
            self._look, "eye", "Ctrl+E", self._show_password, self.tr("Show the password")
        )
        self.password.row.addWidget(ActionButton(look, self._show_action, ButtonKind.ICON))
        head = QVBoxLayout()
        head.setSpacing(look.theme.space.xs)
        head.addWidget(self.title)
        head.addWidget(self.lead)
        card.body.addLayout(head)
        for field in (self.server, self.user, self.password):
            card.body.addWidget(field)
        self.passphrase = SecretTwice(
            look,
            self.tr(
                "This computer has no key store. Choose a passphrase that protects your own "
                "records here, then press Sign in again."
            ),
            self.tr("Passphrase"),
        )
        self.new_password = SecretTwice(
            look,
            self.tr(
                "The office wants you to choose a new password. What you record is sent all the "
                "same; records of the office are fetched after the change."
            ),
            self.tr("New password"),
        )
        card.body.addWidget(self.passphrase)
        card.body.addWidget(self.new_password)
        self.said = QWidget()
        line = QHBoxLayout(self.said)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(look.theme.space.s)
        mark = Shape(look, "warning", Tone.CRITICAL, 20, "bodyStrong")
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        self.said_words = TextLabel(look, "", "bodyStrong", Tone.CRITICAL, wrap=True)
        line.addWidget(self.said_words, 1)
        self.said.hide()
        card.body.addWidget(self.said)
        self._page.main.addWidget(card)
        self._page.main.addStretch(1)

    def _build_side(self, version: str) -> None:
        look = self._look
        card = Card(look, self.tr("This laptop"))
        self.laptop = FactList(look)
        self._version = version
        card.body.addWidget(self.laptop)
        self._without = Card(look, self.tr("No network, no password?"))
        self._without.body.addWidget(
            TextLabel(
                look,
                self.tr(
                    "You can read machines without signing in. What you record is kept on this "
                    "laptop and sent after the next sign-in."
                ),
                "dense",
                Tone.MUTED,
                wrap=True,
            )
        )
        self.people = PeopleCard(look)
        self.people.chosen.connect(self._choose)
        for one in (self.trouble, self.people, card, self._without):
            self._page.side.addWidget(one)
        self._page.side.addStretch(1)

    # What the frame asks

    def word(self) -> str:
        return self.tr("Sign in")

    def place(self) -> tuple[str, str]:
        facts = self._facts
        if facts is not None and facts.session is not None:
            return self.tr("Sign in"), facts.session.user_name
        return self.tr("Sign in"), self.tr("nobody is signed in")

    def primary(self) -> QAction:
        return self._sign_in_action

    def secondary(self) -> Sequence[QAction]:
        services = self._services
        if services.leave_sample is not None:
            return (self._later, self._sample_action)
        if self._facts is not None and self._facts.session is not None:
            return (self._later, self._sign_out_action)
        sample = (self._sample_action,) if services.open_sample is not None else ()
        return (self._later, self._setup_action, *sample)

    def scanned(self, text: str) -> bool:
        """A scanner typed the QR code of a set-up."""
        if not text.lower().startswith("cvd://") or self._done is not None:
            return False
        self._take_setup(text)
        return True

    def take_file(self, path: Path) -> None:
        """A set-up file, or a picture of the QR code, was chosen or dropped."""
        self._take_setup(path)

    def _ask_for_setup(self) -> None:
        ask_for_files(
            self,
            self.tr("Set-up file, or a picture of the QR code"),
            lambda p: self.take_file(p[0]),
        )

    def _take_setup(self, source: "str | Path") -> None:
        self._forget_trouble()
        self._background.run(
            Lane.FILES,
            lambda: self._services.read_setup(source),
            done=self._show_setup,
            failed=self._failed_setup,
        )

    def _show_setup(self, setup: "SetUp") -> None:
        self.server.set_text(setup.server)
        if setup.user:
            self.user.set_text(setup.user)
        self.lead.setText(
            self.tr("Set up for {operator}. Type your password.").format(
                operator=setup.operator or setup.server
            )
        )
        for field in self._fields():
            field.show_error("")
        self._focus_first_empty()

    def _failed_setup(self, error: BaseException) -> None:
        self._tell(self.tr("Not set up"), error)

    def _to_or_from_sample(self) -> None:
        go = self._services.leave_sample or self._services.open_sample
        if go is not None:
            go()

    def fact(self) -> str:
        if self._job is not None:
            return self.tr("Asking the server")
        return ""

    def reload(self) -> None:
        self._background.run(
            Lane.DATABASE, self._services.facts, done=self._show_facts, failed=self._no_facts
        )

    # What happens

    def _show_facts(self, facts: SignInFacts) -> None:
        first = self._facts is None
        self._facts = facts
        if first:
            if not self.server.text():
                self.server.set_text(facts.server)
            if facts.session is not None and not self.user.text():
                self.user.set_text(facts.session.user_name)
            self._focus_first_empty()
        self._refresh()

    def _no_facts(self, error: BaseException) -> None:
        """The data folder is not open yet: it has to be unlocked first."""
        self._tell(self.tr("This laptop is not unlocked"), error)

    def _focus_first_empty(self) -> None:
        if not self.isVisible():
            return
        for field in self._fields():
            if not field.text().strip():
                field.edit.setFocus()
                return

    def _fields(self) -> tuple[Field, ...]:
        return (self.server, self.user, self.password)

    def _refresh(self) -> None:
        facts = self._facts
        unknown = self.tr("reading it")
        lines = [(self.tr("Version"), self._version)]
        if facts is None:
            lines.append((self.tr("Server"), unknown))
            self.lead.setText(self.tr("Looking up what this laptop knows."))
        else:
            never = self.tr("not yet")
            answer = facts.last_answer_at
            lines.append((self.tr("Server"), facts.server or self.tr("none yet")))
            lines.append(
                (
                    self.tr("Last sync"),
                    formats.moment_beside(answer, self._clock()) if answer else never,
                )
            )
            lines.append((self.tr("Waits to be sent"), formats.number(facts.waiting)))
            if facts.others_waiting:
                lines.append((self.tr("Of other people"), formats.number(facts.others_waiting)))
            self.people.show_people(facts.people)
            self.lead.setText(self._lead_words(facts))
        self.laptop.show_lines(lines)
        self._later.setText(
            self.tr("Back")
            if facts is not None and facts.session is not None
            else self.tr("Work without signing in")
        )
        self.frame_changed.emit()

    def _lead_words(self, facts: SignInFacts) -> str:
        session = facts.session
        if session is None:
            return self.tr("With the name and the password that the office gave you.")
        signed = self.tr("%1 is signed in for %2. Sign in again when the server asks for it.")
        return signed.replace("%1", session.user_name).replace("%2", session.operator_name)

    def _show_password(self) -> None:
        hidden = self.password.is_hidden_secret()
        self.password.show_secret(shown=hidden)
        self._show_action.setIcon(themed_icon(self._look, "eye-off" if hidden else "eye"))
        self._show_action.setText(
            self.tr("Hide the password") if hidden else self.tr("Show the password")
        )

    def _try(self) -> None:
        """Ask the server; what is missing is said at its field, without asking."""
        if self._done is not None:
            self._try_new_password(self._done)
            return
        missing = {
            self.server: self.tr("Type the address, as in https://cvd.example."),
            self.user: self.tr("Type your name."),
            self.password: self.tr("Type your password."),
        }
        empty = [field for field in self._fields() if not field.text().strip()]
        for field in self._fields():
            field.show_error(missing[field] if field in empty else "")
        if empty:
            empty[0].edit.setFocus()
            return
        server, user = self.server.text().strip(), self.user.text().strip()
        password, passphrase = self.password.text(), ""
        if self.passphrase.isVisible():
            passphrase = self.passphrase.text()
            if not passphrase:
                return
        self._forget_trouble()
        self._job = self._background.run(
            Lane.NETWORK,
            lambda: self._services.sign_in(server, user, password, passphrase),
            done=self._succeeded,
            failed=self._failed,
            topics=CHANGES,
        )
        self._set_busy(True)

    def _set_busy(self, busy: bool) -> None:
        if not busy:
            self._job = None
        self._sign_in_action.setEnabled(not busy)
        self._sign_in_action.setStatusTip(self.tr("Asking the server") if busy else "")
        self._sign_out_action.setEnabled(not busy)
        for field in self._fields():
            field.edit.setReadOnly(busy)
        self.frame_changed.emit()

    def _succeeded(self, done: SignInDone) -> None:
        self._set_busy(False)
        self._forget_trouble()
        self.passphrase.hide()
        self.passphrase.clear()
        if done.must_change_password and self._services.change_password is not None:
            self._done = done
            for field in self._fields():
                field.hide()
            self.new_password.begin()
            self._sign_in_action.setText(self.tr("Change the password"))
            self.frame_changed.emit()
            return
        self._finish(done)

    def _finish(self, done: SignInDone) -> None:
        self._done = None
        self.password.edit.clear()
        self.new_password.hide()
        self.new_password.clear()
        for field in self._fields():
            field.show()
        self._sign_in_action.setText(self.tr("Sign in"))
        self.left.emit()
        self.signed_in.emit(done)

    def _try_new_password(self, done: SignInDone) -> None:
        new, change = self.new_password.text(), self._services.change_password
        if not new or change is None:
            return
        old = self.password.text()
        self._forget_trouble()
        self._job = self._background.run(
            Lane.NETWORK,
            lambda: change(done, old, new),
            done=lambda _: self._changed(done),
            failed=self._not_changed,
            topics=CHANGES,
        )
        self._set_busy(True)

    def _changed(self, done: SignInDone) -> None:
        self._set_busy(False)
        self._finish(done)

    def _not_changed(self, error: BaseException) -> None:
        self._set_busy(False)
        self._tell(self.tr("The password is not changed"), error)
        self.new_password.secret.edit.selectAll()
        self.new_password.secret.edit.setFocus()

    def _choose(self, person_id: str) -> None:
        if self._services.choose is not None:
            self._services.choose(person_id)

    def _failed(self, error: BaseException) -> None:
        self._set_busy(False)
        if isinstance(error, Problem) and error.code == "no_key":
            self.passphrase.begin()
            self._page.ensureWidgetVisible(self.passphrase)
            return
        self._tell(self.tr("Not signed in"), error)
        self.password.edit.selectAll()
        self.password.edit.setFocus()

    def _tell(self, title: str, error: BaseException) -> None:
        told = self._messages.error(error)
        server = self.server.text().strip()
        self.trouble.show_told(title, server, told, "warning", Tone.CRITICAL)
        self.trouble.show()
        self._without.hide()  # one thing at a time
        self.said_words.setText(told.what)
        self.said.show()

    def _forget_trouble(self) -> None:
        self.trouble.hide()
        self.said.hide()
        self._without.show()

    def _leave_server(self) -> None:
        self._background.run(
            Lane.NETWORK,
            self._services.sign_out,
            done=self._signed_out,
            failed=self._failed,
            topics={"session"},
        )

    def _signed_out(self, nothing: object) -> None:
        del nothing
        self.reload()

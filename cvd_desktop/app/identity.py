"""Who works in this window: locked, unlocked, another person, a laptop that the office has shut."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QDialog, QWidget
from shiboken6 import isValid

from cvd_desktop.app.bound_people import BoundPeople
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.frame_lock import FrameLock
from cvd_desktop.ui.idle_watch import IdleWatch
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.sign_in_screen import SignInDone
from cvd_desktop.ui.screens.unlock_screen import UnlockScreen

DEVICE_LOCKED, DEVICE_WIPED = "device_locked", "device_wiped"
SHUT = "lock"
OUTBOX = "outbox"


class Identity:
    """Lives with the window; used on the GUI thread. What may take time goes to the lanes."""

    def __init__(
        self,
        window: MainWindow,
        background: Background,
        messages: Messages,
        people: BoundPeople,
        folder: Path,
        open_folder: Callable[[Path], None],
        reading: Callable[[], bool],
    ) -> None:
        """`reading` says whether a machine is being read: then nobody else takes the window."""
        self._window = window
        self._background = background
        self._messages = messages
        self._people = people
        self._folder = folder
        self._open_folder = open_folder
        self._reading = reading
        self._before = ""  # screen shown when it was locked
        self._dialogs: list[QDialog] = []  # that were open then
        self.shut = False
        self.frame = FrameLock(window)
        self.idle = IdleWatch(window, self._idle)

    @property
    def locked(self) -> bool:
        return self.frame.locked

    @property
    def screen(self) -> UnlockScreen:
        screen = self._window.screen_named("unlock")
        assert isinstance(screen, UnlockScreen)
        return screen

    def lock(self) -> None:
        """At once. A read that runs, and what is being sent, go on behind it."""
        if self.locked or self.shut:
            return
        shown = self._window.current_screen()
        self._before = shown.name if shown is not None else ""
        self._dialogs = [one for one in self._above() if isinstance(one, QDialog)]
        for dialog in self._dialogs:
            dialog.hide()  # neither closed nor answered: what was typed in it stays
        self.frame.lock()
        self._window.open_screen("unlock")

    def _above(self) -> list[QWidget]:
        """What stands above the window, the lowest first."""
        widgets = QApplication.topLevelWidgets()
        return [
            one for one in widgets if one is not self._window and one.isWindow() and one.isVisible()
        ]

    def _idle(self) -> None:
        """Only where something has to be proved: else it would be a press for nothing."""
        self._background.run(Lane.DATABASE, self._people.unlock_facts, self._lock_if_secret)

    def _lock_if_secret(self, facts: object) -> None:
        if str(getattr(facts, "way", "")) in ("pin", "word", "phrase"):
            self.lock()

    def not_opened(self, error: BaseException, *, has_passphrase: bool) -> None:
        """The folder does not open by itself: ask for what opens it."""
        code = error.code if isinstance(error, Problem) else ""
        self.frame.lock()
        if code in ("no_key", "wrong_key"):
            self.screen.ask(new=not has_passphrase)
        if code == DEVICE_WIPED:
            self.leave()
        elif code not in ("no_key", "locked"):
            self.screen.show_problem(error)
        self._window.open_screen("unlock")

    def unlocked(self) -> None:
        """Go on where the work was."""
        self.frame.unlock()
        if self._before:
            self._window.open_screen(self._before)
        else:
            self._window.open_remembered()
        self._before = ""
        dialogs, self._dialogs = self._dialogs, []
        for dialog in dialogs:
            if isValid(dialog):
                dialog.show()

    # Another person

    def choose(self, person_id: str) -> None:
        """Close this window and open one on that person's folder."""
        if self._is_free():
            self._background.run(
                Lane.FILES, lambda: self._people.choose(person_id), self._open_folder, self._told
            )

    def record_aside(self) -> None:
        """Work in a folder of nobody's: what is recorded there is sent by who signs in there."""
        if self._is_free():
            self._background.run(
                Lane.FILES, self._people.folder_aside, self._open_folder, self._told
            )

    def signed_in(self, done: SignInDone) -> bool:
        """Whether this window stays with the person who has signed in."""
        if done.folder is not None and done.folder != self._folder:
            self._open_folder(done.folder)
            return False
        if self.locked:
            self.unlocked()
        return True

    def _is_free(self) -> bool:
        if self._reading():
            self._window.show_fact(
                self._window.tr("A machine is being read. Wait until it has ended, then try again.")
            )
            return False
        return True

    def _told(self, error: BaseException) -> None:
        self._window.show_fact(self._messages.error(error).what)

    def leave(self) -> None:
        """This folder is being deleted: close it; the next start deletes and goes on elsewhere."""
        self._open_folder(self._folder)

    # What the office wants of this device

    def obey(self, problem: str | None) -> None:
        """After a run of sync: its problem may be an order."""
        if problem == DEVICE_WIPED:
            self.leave()
        elif problem == DEVICE_LOCKED:
            self.shut_laptop()

    def note_policy(self, policy: str) -> bool:
        """Whether the screens may be shown; `policy` as the server said last."""
        if policy == SHUT:
            self.shut_laptop()
        elif self.shut:
            self.shut = False
            self._window.enable_frame_actions(able=True)
            self._window.banner.close_banner()
        return not self.shut

    def shut_laptop(self) -> None:
        """Nothing but the outbox, from which what waits can be sent as a file."""
        if self.shut or self.locked:
            return
        self.shut = True
        window = self._window
        for each in self._above():
            each.close()
        window.show_rail((OUTBOX,))
        window.enable_frame_actions(able=False)
        window.open_screen(OUTBOX)
        told = self._messages.error(Problem(DEVICE_LOCKED, ExitCode.REFUSED))
        window.ask(told.what, told.safe, told.do)

"""The people of this laptop, bound to the folder of this window; every method runs in a lane."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from cvd_desktop.app.bound_services import BoundServices
from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import FilesHeldBack
from cvd_desktop.ui.screens.settings_lock_card import LockFacts
from cvd_desktop.ui.screens.sign_in_screen import SignInDone, SignInFacts
from cvd_desktop.ui.screens.unlock_screen import UnlockFacts, Way
from cvd_desktop.ui.widgets.people_card import PersonRow

if TYPE_CHECKING:
    from cvd_desktop.services.sync_now import SyncReport
    from cvd_desktop.services.workplace import Laptop

OTHERS_EVERY_SECONDS = 600


class BoundPeople:
    """Each method raises the Problem of its service."""

    def __init__(
        self, services: BoundServices, clock: Clock, version: str, server: Callable[[], str]
    ) -> None:
        """`server` is the address of the last sign-in, for a laptop that nobody signed in on."""
        self._services = services
        self._clock = clock
        self._version = version
        self._server = server
        self._drained_at: float | None = None
        self.metered = False  # photos wait for another line; set on the GUI thread

    # what a lock screen says and does

    def unlock_facts(self) -> UnlockFacts:
        from cvd_desktop.services.people import id_of, load_people

        folder = self._services.data_dir
        way, tries_left, days = self._way(folder)
        person = load_people(self._laptop.folder).person(id_of(folder))
        server = (person.server if person is not None else "") or self._server()
        return UnlockFacts(
            way=way,
            name=person.name if person is not None else "",
            tries_left=tries_left,
            days=days,
            people=self._rows(),
            laptop=(("Version", self._version), ("Server", server or "none yet")),
        )

    def _way(self, folder: Path) -> tuple[Way, int, int | None]:
        from cvd_desktop.services.database_key import has_passphrase
        from cvd_desktop.services.key_lock import CONTACT_DAYS, has_pin, lock_state

        if has_pin(folder):
            state = lock_state(folder, self._laptop.key_store, self._clock())
            days = state.days_since_contact
            late = days if days is not None and days >= CONTACT_DAYS else None
            return Way.WORD if state.password_due else Way.PIN, state.tries_left, late
        way = Way.PRESS if self._services.is_open else Way.CHOOSE
        return Way.PHRASE if has_passphrase(folder) else way, 10, None

    def unlock(self, text: str) -> None:
        """Open the folder, or prove to be its person where the window has only been locked."""
        if not self._services.is_open:
            self._services.open(text)
            return
        from cvd_desktop.services.database_key import database_key, has_passphrase
        from cvd_desktop.services.key_lock import has_pin

        folder = self._services.data_dir
        if has_pin(folder) or has_passphrase(folder):
            store = self._laptop.key_store
            key = database_key(folder, store, lambda: text, self._clock, secret=text)
            if key.key != self._services.workplace().key:
                raise Problem("wrong_key", ExitCode.USAGE)

    def choose(self, person_id: str) -> Path:
        """The folder of another person, who is the one that works here from now on."""
        from cvd_desktop.services.people import choose_person, folder_of

        self._note_waiting()
        choose_person(self._laptop.folder, person_id)
        return folder_of(self._laptop.folder, person_id)

    def folder_aside(self) -> Path:
        """One of nobody's, to record in while the own one does not open."""
        from cvd_desktop.services.people import (
            choose_person,
            folder_of,
            id_of,
            load_people,
            new_folder,
        )

        laptop, here = self._laptop.folder, id_of(self._services.data_dir)
        nobodys = [
            each.id
            for each in load_people(laptop).all
            if not each.known and each.id != here and each.id != "first"
        ]
        folder = folder_of(laptop, nobodys[0]) if nobodys else new_folder(laptop)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        choose_person(laptop, id_of(folder))
        return folder

    # signing in

    def sign_in_facts(self) -> SignInFacts:
        from cvd_desktop.services.people import others_waiting

        services = self._services
        others = others_waiting(services.data_dir)
        if not services.is_open:
            return SignInFacts(self._server(), None, None, 0, others, self._rows())
        session, status = services.current_session(), services.sync_status()
        server = session.server if session is not None else self._server()
        return SignInFacts(
            server, session, status.last_answer_at, status.waiting, others, self._rows()
        )

    def sign_in(self, server: str, user: str, password: str, passphrase: str) -> SignInDone:
        from cvd_desktop.services.sign_in import sign_in_here

        services = self._services
        here = services.workplace() if services.is_open else None
        done = sign_in_here(
            self._laptop,
            server,
            user,
            password,
            here=here,
            ask_passphrase=lambda: passphrase or None,
        )
        if not services.is_open and done.folder == services.data_dir:
            services.open(passphrase or password)
        return SignInDone(done.session, done.folder, done.must_change_password)

    def change_password(self, done: SignInDone, old: str, new: str) -> None:
        from cvd_desktop.services.sign_in import change_password
        from cvd_desktop.services.workplace import open_workplace

        services = self._services
        if done.folder in (None, services.data_dir):
            change_password(services.workplace(), old, new)
            return
        assert done.folder is not None
        wp = open_workplace(done.folder, key_store=self._laptop.key_store, secret=old)
        try:
            change_password(wp, old, new)
        finally:
            wp.close()

    # sending

    def sync(self, should_stop: Callable[[], bool]) -> "SyncReport":
        """A run of one's own; now and then, when it went well, what others recorded here too."""
        metered = self.metered
        report = self._services.sync_now(should_stop, metered=metered)
        now = monotonic()
        due = self._drained_at is None or now - self._drained_at >= OTHERS_EVERY_SECONDS
        if report.problem is None and due:
            from cvd_desktop.services.drain_others import drain_others

            self._drained_at = now
            here = self._services.data_dir
            drain_others(self._laptop, here, should_stop, metered=metered)
        return report

    def files_to_ask_about(self) -> FilesHeldBack | None:
        from cvd_desktop.services.held_back_files import files_to_ask_about

        return files_to_ask_about(self._services.workplace())

    def note_asked(self) -> None:
        from cvd_desktop.services.held_back_files import note_asked

        note_asked(self._services.workplace())

    def device_policy(self) -> str:
        from cvd_desktop.services.device_policy import device_policy

        return device_policy(self._services.workplace())

    # the own PIN

    def lock_facts(self) -> LockFacts:
        from cvd_desktop.services.person_lock import pin_facts
        from cvd_desktop.services.wipe import begun, unsent

        services = self._services
        pin, session = pin_facts(services.workplace()), services.current_session()
        return LockFacts(
            pin.has_pin,
            pin.why_not,
            unsent(services.workplace()),
            session.user_name if session is not None else "",
            begun(services.workplace()),
        )

    def remove(self, typed: str) -> None:
        """Take this person's data off the laptop; `typed` confirms that waiting ones go too."""
        from cvd_desktop.services.wipe import remove_person

        remove_person(self._services.workplace(), typed)

    def set_pin(self, pin: str) -> None:
        from cvd_desktop.services.person_lock import set_own_pin

        set_own_pin(self._services.workplace(), pin)

    def take_pin_away(self) -> None:
        from cvd_desktop.services.person_lock import take_pin_away

        take_pin_away(self._services.workplace())

    # parts

    @property
    def _laptop(self) -> "Laptop":
        if self._services.is_open:
            return self._services.workplace().laptop
        return self._closed_laptop

    @cached_property
    def _closed_laptop(self) -> "Laptop":
        from cvd_desktop.services.workplace import this_laptop

        return this_laptop(self._services.data_dir, clock=self._clock)

    def _rows(self) -> tuple[PersonRow, ...]:
        """One for each person; what was recorded while a folder was locked is that person's too."""
        from cvd_desktop.services.people import id_of, load_people

        here = id_of(self._services.data_dir)
        people = load_people(self._laptop.folder).all
        own = {each.owner for each in people if each.known and not each.aside}
        return tuple(
            PersonRow(
                each.id,
                each.name or "Nobody signed in yet",
                ", ".join(part for part in (each.role, each.operator) if part),
                each.id == here,
            )
            for each in people
            if not (each.aside and each.owner in own and each.id != here)
        )

    def _note_waiting(self) -> None:
        if self._services.is_open:
            from cvd_desktop.services.people import note_waiting

            note_waiting(self._services.data_dir, self._services.sync_status().waiting)

"""What is behind the window: services, lanes, screens, sync. Imported after the first paint.

First a screen is shown, then the lanes begin: the database lane opens the data folder (SQLAlchemy,
SQLCipher, the key store) and answers that screen; then the other screens are made.
"""

import logging
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from cvd_desktop.app.bound_bench import BoundBench
from cvd_desktop.app.bound_day import BoundDay
from cvd_desktop.app.bound_people import BoundPeople
from cvd_desktop.app.bound_services import (
    BoundServices,
    answer_words_of,
    export_name_of,
    fact_words_of,
    record_reason_of,
    record_title_of,
    words_of,
)
from cvd_desktop.app.crash_report import CrashReports
from cvd_desktop.app.identity import Identity
from cvd_desktop.app.import_ahead import import_ahead
from cvd_desktop.app.regular_sync import RegularSync
from cvd_desktop.app.screen_makers import ScreenMakers, Wires
from cvd_desktop.app.screen_slots import names_for
from cvd_desktop.app.settings_keeper import SettingsKeeper
from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import ReadSummary, Session, SyncStatus
from cvd_desktop.services.sample_folder import is_sample, make_sample
from cvd_desktop.services.set_up import SUFFIX
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.chip import MachineChipState
from cvd_desktop.ui.window_memory import WindowMemory

if TYPE_CHECKING:
    from cvd_desktop.ui.dialogs.command_palette import Answer, PaletteItem
    from cvd_desktop.ui.read_exporter import ReadExporter
    from cvd_desktop.ui.read_proof import Proof
    from cvd_desktop.ui.screens.import_screen import ImportScreen
    from cvd_desktop.ui.screens.machines_screen import MachinesScreen
    from cvd_desktop.ui.screens.read_screen import ReadScreen
    from cvd_desktop.ui.screens.sign_in_screen import SignInDone
    from cvd_desktop.ui.screens.stop_screen import StopScreen
    from cvd_shared.wire_records import MachineRecord

PALETTE_MACHINES = 8
PALETTE_PRODUCTS = 8
OF_STATUS = frozenset({"outbox", "sync", "session", "reads"})

_log = logging.getLogger(__name__)


class Workings:
    """The long-lived objects behind the window, and what they tell one another."""

    def __init__(
        self,
        window: MainWindow,
        look: Look,
        keeper: SettingsKeeper,
        data_dir: Path,
        clock: Clock,
        open_folder: Callable[[Path], None],
    ) -> None:
        self.window = window
        self._keeper = keeper
        self._clock = clock
        self._data_dir = data_dir
        self._open_folder = open_folder
        self.services = BoundServices(data_dir, clock)
        self.bench = BoundBench(self.services, clock, _versions)
        self.day = BoundDay(self.services)
        self.people = BoundPeople(
            self.services, clock, _versions()[0][1], lambda: self._keeper.now.server
        )
        self._session: Session | None = None
        self.reports = CrashReports(data_dir, clock, self._tell_bug)
        self.background = Background(self.reports.report, begun=False)
        self.makers = ScreenMakers(
            look,
            self.background,
            Messages(
                words_of,
                answer_words_of,
                record_title_of,
                record_reason_of,
                fact_words=fact_words_of,
            ),
            self.services,
            self.bench,
            self.day,
            self.people,
            keeper,
            clock,
            Wires(
                machine_state=self._machine_state,
                read_wanted=self._read_wanted,
                read_opened=self._read_opened,
                machine_opened=self._show_machine,
                meters_wanted=self._meters_wanted,
                ticket_wanted=self._ticket_wanted,
                stop_opened=self._stop_opened,
                stop_made=self._stop_made,
                screen_wanted=self.window.open_screen,
                session=lambda: self._session,
                import_wanted=self._import_wanted,
                import_ended=self.window.show_fact,
                export_wanted=self._export,
                status_known=lambda status: self.syncs.show_status(status),
                synced=lambda report: self.syncs.heed(report),
                signed_in=self._signed_in,
                sample=self._sample,
                unlocked=self._unlocked,
                person_chosen=lambda person: self.identity.choose(person),
                aside_wanted=lambda: self.identity.record_aside(),
                person_removed=lambda: self.identity.leave(),
            ),
        )
        self.identity = Identity(
            window,
            self.background,
            self.makers.messages,
            self.people,
            data_dir,
            open_folder,
            self._is_reading,
        )
        self.syncs = RegularSync(
            window, self.background, self.people, self.identity, clock, self._ask_status
        )
        self._machine_states: dict[str, tuple[MachineChipState, int | None]] = {}
        self.background.changed.connect(self.window.topics_changed)
        self.background.changed.connect(self._topics_changed)
        self.background.run(  # the first job of its lane, so that every other finds it done
            Lane.DATABASE, self.services.open, self._opened, self._not_opened
        )
        self._ask_status()  # who is signed in is known before the first screen is answered

    # The screens that others speak to

    @property
    def read(self) -> "ReadScreen":
        from cvd_desktop.ui.screens.read_screen import ReadScreen

        screen = self.window.screen_named("read")
        assert isinstance(screen, ReadScreen)
        return screen

    @property
    def machines(self) -> "MachinesScreen":
        from cvd_desktop.ui.screens.machines_screen import MachinesScreen

        screen = self.window.screen_named("machines")
        assert isinstance(screen, MachinesScreen)
        return screen

    def _machine_state(self, name: str, state: "MachineChipState", percent: int | None) -> None:
        """Two screens watch the adapters: the one that is shown is told, or the one that reads."""
        states, shown = self._machine_states, self.window.current_screen()
        states[name] = (state, percent)
        own = states.get(shown.name) if shown is not None else None
        reads = (one for one in states.values() if one[0] is MachineChipState.READING)
        self.window.show_machine_chip(*next(reads, own or (state, percent)))

    def _read_wanted(self, machine: "MachineRecord") -> None:
        self.read.choose_machine(machine)
        self.window.open_screen("read")

    def _read_opened(self, read_id: str, proof: "Proof | None") -> None:
        self.read.open_read(read_id, proof)
        self.window.open_screen("read")

    def _stop_opened(self, run_id: str | None, stop_id: str | None, machine_id: str | None) -> None:
        from cvd_desktop.ui.screens.stop_screen import StopScreen

        screen = self.window.screen_named("stop")
        assert isinstance(screen, StopScreen)
        screen.open_stop(run_id, stop_id, machine_id)
        self.window.open_screen("stop")

    def _ticket_wanted(self, machine_id: str, event_codes: Sequence[str]) -> None:
        from cvd_desktop.ui.screens.tickets_screen import TicketsScreen

        screen = self.window.screen_named("tickets")
        assert isinstance(screen, TicketsScreen)
        self.window.open_screen("tickets")
        screen.new_ticket(machine_id, event_codes)

    def _meters_wanted(self, machine: "MachineRecord") -> None:
        from cvd_desktop.ui.screens.meters_screen import MetersScreen

        screen = self.window.screen_named("meters")
        assert isinstance(screen, MetersScreen)
        screen.show_machine(machine.id)
        self.window.open_screen("meters")

    # The sample: a data folder of its own

    def _sample(self) -> tuple[Callable[[], None] | None, Callable[[], None] | None]:
        """How to go to the sample, and how to leave it; None where there is no such way."""
        if is_sample(self._data_dir):
            return None, partial(self._open_folder, self._data_dir.parent)
        return self._make_sample, None

    def _make_sample(self) -> None:
        self.window.show_fact(self.window.tr("The sample is being made, this takes some seconds"))
        self.background.run(
            Lane.FILES,
            partial(make_sample, self._data_dir, self._clock),
            self._open_folder,
            self._no_sample,
        )

    def _stop_made(self, screen: "StopScreen") -> None:
        if is_sample(self._data_dir):
            from cvd_desktop.app.sample_cable import SampleCable

            SampleCable(screen, self.background, self.bench)

    def _no_sample(self, error: BaseException) -> None:
        self.window.show_fact(self.makers.messages.error(error).what)

    # Files

    @property
    def importing(self) -> "ImportScreen":
        from cvd_desktop.ui.screens.import_screen import ImportScreen

        screen = self.window.screen_named("import")
        assert isinstance(screen, ImportScreen)
        return screen

    def _import_wanted(self) -> None:
        self.importing.begin_anew()
        self.window.open_screen("import")

    def import_dropped(self, paths: Sequence[Path]) -> None:
        """Files were dropped on the window: a set-up is taken, reads are imported."""
        if any(path.suffix.lower() == SUFFIX for path in paths):
            self._take_setup(next(path for path in paths if path.suffix.lower() == SUFFIX))
            return
        if not self.importing.import_paths(paths):
            self.window.show_fact(
                self.window.tr("An import is running. Drop the files again when it has ended.")
            )
        self.window.open_screen("import")

    def _take_setup(self, path: Path) -> None:
        from cvd_desktop.ui.screens.sign_in_screen import SignInScreen

        screen = self.window.screen_named("sign_in")
        assert isinstance(screen, SignInScreen)
        self.window.open_screen("sign_in")
        screen.take_file(path)

    @cached_property
    def _exporter(self) -> "ReadExporter":
        from cvd_desktop.ui.read_exporter import ExportServices, ReadExporter

        exporter = ReadExporter(
            self.window.look,
            self.background,
            self.makers.messages,
            ExportServices(self.services.export_reads, export_name_of),
            self.window,
        )
        exporter.told.connect(self.window.show_fact)
        return exporter

    def _export(self, reads: Sequence[ReadSummary], first: ReadSummary) -> None:
        """Ask which, as what and where, then write these reads into a file."""
        from cvd_desktop.ui import formats
        from cvd_desktop.ui.read_exporter import ExportGroup

        window = self.window
        when = formats.moment_beside(first.at, self._clock())
        about = ", ".join(part for part in (first.machine_asset or "", when) if part)
        groups = [ExportGroup(window.tr("This read"), about, (first,))]
        if len(reads) > 1:
            count = window.tr("{n} reads").format(n=formats.number(len(reads)))
            oldest_first = tuple(sorted(reads, key=lambda read: (read.at, read.id)))
            groups.append(ExportGroup(window.tr("All of the list"), count, oldest_first))
        self._exporter.ask(groups)

    # Start and end

    def begin(self, settled: Callable[[], None]) -> None:
        """The first screen is painted: let the lanes work. `settled`: every screen is made."""
        self._settled = settled
        self.background.begin()
        last_words = self.reports.watch_for_the_end()
        if last_words:
            self.window.ask(
                self.window.tr("The program ended by itself the last time."),
                self.window.tr("What was recorded before is kept."),
                self.window.tr("A report for the office is in the data folder."),
            )

    def _opened(self, nothing: object) -> None:
        del nothing
        self.syncs.start()
        self.identity.idle.set_minutes(self._keeper.now.lock_minutes)
        self.background.run(Lane.DATABASE, _nothing, self._first_answered)

    def _first_answered(self, nothing: object) -> None:
        """The screen shown has what it asked for. What is imported and made now would have taken
        the interpreter from it; it is painted before a timer has its turn."""
        del nothing
        QTimer.singleShot(0, self.window, self._import_ahead)

    def _import_ahead(self) -> None:
        self.background.run(Lane.FILES, import_ahead, self._imported)

    def _imported(self, nothing: object) -> None:
        del nothing
        self._make_next()

    def _make_next(self) -> None:
        """Make what nobody has opened yet, one part for each turn of the event loop."""
        if self.window.make_next():
            QTimer.singleShot(0, self.window, self._make_next)
        else:
            self.syncs.watch_the_line()
            self._settled()

    def _unlocked(self) -> None:
        if not self.syncs.is_started:
            self._opened(None)
        self.identity.unlocked()
        self._ask_status()

    def _not_opened(self, error: BaseException) -> None:
        self.identity.not_opened(error, has_passphrase=self.services.has_passphrase())

    def _signed_in(self, done: "SignInDone") -> None:
        was_closed = not self.syncs.is_started
        if self.identity.signed_in(done):
            if was_closed:
                self._opened(None)
            self._ask_status()
            self.sync()

    def _is_reading(self) -> bool:
        return MachineChipState.READING in {state for state, _ in self._machine_states.values()}

    def close(self) -> None:
        """End timers and lanes, then the database."""
        self.syncs.stop()
        self.background.close()
        self.bench.close()
        self.services.close()
        self.reports.close()

    # Sync

    def sync(self) -> None:
        """Push and pull now, in the network lane; one run at a time."""
        self.syncs.begin()

    def _topics_changed(self, topics: frozenset[str]) -> None:
        if "outbox" in topics and "sync" not in topics:
            self.syncs.soon()
        if "settings" in topics:
            self.identity.idle.set_minutes(self._keeper.now.lock_minutes)
        if topics & OF_STATUS:
            self._ask_status()

    def _ask_status(self) -> None:
        self.background.run(
            Lane.DATABASE, self._status_and_session, self._show_both, self._no_status
        )

    def _status_and_session(self) -> tuple[SyncStatus, Session | None, str]:
        services = self.services
        return services.sync_status(), services.current_session(), self.people.device_policy()

    def _show_both(self, known: tuple[SyncStatus, Session | None, str]) -> None:
        status, session, policy = known
        self._session = session
        self.syncs.show_status(status)
        if not self.identity.locked and self.identity.note_policy(policy):
            self.window.show_rail(names_for(session.role if session else None))
        if session is None:
            self.window.show_person("")
        elif is_sample(self._data_dir):
            self.window.show_person(self.window.tr("Sample data"), session.user_name)
        else:
            self.window.show_person(session.user_name, f"{session.role}, {session.operator_name}")

    def _no_status(self, error: BaseException) -> None:
        _log.info("the state of the outbox is not known: %s", error)

    # What screens and frame ask for

    def find_machines(self, text: str, answer: "Answer") -> None:
        """Machines and products for the command palette; `answer` is called on the GUI thread."""
        from cvd_desktop.ui.dialogs.command_palette import PaletteItem

        def look_up() -> "list[PaletteItem]":
            lines, _ = self.services.find_machines(text, limit=PALETTE_MACHINES)
            products = self.day.find_products(text, PALETTE_PRODUCTS)
            return [
                PaletteItem(
                    line.record.asset_number,
                    partial(self._show_machine, line.record.asset_number),
                    "machine",
                    line.record.location_name,
                )
                for line in lines
            ] + [
                PaletteItem(each.name, partial(self._show_product, each.sku), "load", each.sku)
                for each in products
            ]

        self.background.run(Lane.DATABASE, look_up, answer, self._no_status)

    def _show_machine(self, asset_number: str) -> None:
        self.window.open_screen("machines")
        self.machines.scanned(asset_number)

    def _show_product(self, sku: str) -> None:
        """Its line of the pick list, where it has one."""
        self.window.open_screen("load")
        self.window.screen_named("load").scanned(sku)

    # What is remembered

    def remember(self, memory: WindowMemory) -> None:
        """Keep where the window stands; in a lane, because a disk may take its time."""
        self.background.run(
            Lane.DATABASE, partial(self._keeper.remember, memory), failed=self._not_remembered
        )

    def _not_remembered(self, error: BaseException) -> None:
        _log.info("the place of the window is not remembered: %s", error)

    def _tell_bug(self, name: str) -> None:
        self.window.show_fact(
            self.window.tr("A mistake of this program was reported: {name}").format(name=name)
        )


def _versions() -> Sequence[tuple[str, str]]:
    from cvd_desktop.app.versions import versions

    return versions()


def _nothing() -> None:
    """Done when the lane has done all that was asked before."""

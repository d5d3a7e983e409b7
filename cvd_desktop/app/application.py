"""Builds the window and everything behind it, and passes it on. No registry, no singleton.

The window is painted first; then the database lane opens the data folder (SQLAlchemy, SQLCipher,
the key store), and the screens load themselves as its topics are announced.
"""

import logging
import sys
import threading
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLocale, QTimer
from PySide6.QtWidgets import QApplication

from cvd_desktop.app.bound_services import (
    BoundServices,
    answer_words_of,
    record_reason_of,
    record_title_of,
    words_of,
)
from cvd_desktop.app.crash_report import CrashReports
from cvd_desktop.app.first_paint import FirstPaint
from cvd_desktop.app.preferences import (
    SettingsKeeper,
    remembered,
    versions,
    with_memory,
    with_preferences,
)
from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import PortFact, Session, SyncStatus
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.dialogs.command_palette import Answer, PaletteItem
from cvd_desktop.ui.main_window import FrameCalls, MainWindow, WindowMemory
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.machines_screen import MachineServices, MachinesScreen
from cvd_desktop.ui.screens.outbox_screen import OutboxScreen, OutboxServices
from cvd_desktop.ui.screens.read_screen import ReadScreen, ReadServices
from cvd_desktop.ui.screens.settings_screen import (
    Preferences,
    SettingsFacts,
    SettingsScreen,
    SettingsServices,
)
from cvd_desktop.ui.screens.sign_in_screen import SignInFacts, SignInScreen, SignInServices
from cvd_desktop.ui.screens.unlock_screen import ASKED_FOR, OPENED, UnlockScreen
from cvd_desktop.ui.theme import Look

SWITCH_SECONDS = 0.001  # a busy lane gives the GUI thread its turn after 1 ms
SYNC_EVERY_MS = 60_000
SYNC_AFTER_RECORD_MS = 3_000  # several records of one moment travel together
PALETTE_MACHINES = 8
SYNCED = frozenset({"outbox", "sync", "snapshot", "session"})
OF_STATUS = frozenset({"outbox", "sync", "session", "reads"})

_log = logging.getLogger(__name__)


class Application:
    """The long-lived objects of the window. `show` paints, `close` waits for the lanes."""

    def __init__(self, qt: QApplication, data_dir: Path, clock: Clock = system_clock) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        qt.setApplicationName("CVD Desktop")
        QLocale.setDefault(QLocale())
        self._clock = clock
        self._keeper = SettingsKeeper(data_dir)
        settings = self._keeper.now
        self.services = BoundServices(data_dir)
        self.look = Look(qt, settings.theme, settings.text_scale)
        self.reports = CrashReports(data_dir, clock, self._tell_bug)
        self.background = Background(self.reports.report)
        self.messages = Messages(words_of, answer_words_of, record_title_of, record_reason_of)
        self._paint_done = threading.Event()
        self._syncing = False
        self._status: SyncStatus | None = None
        self._build_screens(data_dir)
        self.window = MainWindow(
            self.look,
            (self.read, self.machines, self.outbox, self.settings),
            others=(self.sign_in, self.unlock),
            calls=FrameCalls(
                remember=self._remember, find=self._find_machines, person=self._open_person
            ),
            memory=remembered(settings),
        )
        self._connect()

    # What there is

    def _build_screens(self, data_dir: Path) -> None:
        look, background, messages = self.look, self.background, self.messages
        services, clock, kept = self.services, self._clock, self._keeper.now
        self.read = ReadScreen(
            look,
            background,
            messages,
            ReadServices(
                read_machine=services.read_machine,
                read_detail=services.read_detail,
                list_reads=services.list_reads,
                list_ports=self._list_ports,
            ),
            clock,
        )
        self.machines = MachinesScreen(
            look,
            background,
            messages,
            MachineServices(
                find_machines=lambda text, offset, limit: services.find_machines(
                    text, offset=offset, limit=limit
                ),
                machine_reads=services.machine_reads,
                planogram_of=services.planogram_of,
                product_names=services.product_names,
            ),
            clock,
        )
        self.outbox = OutboxScreen(
            look,
            background,
            messages,
            OutboxServices(
                list_outbox=lambda offset, limit: services.list_outbox(offset=offset, limit=limit),
                sync_status=services.sync_status,
                sync_now=services.sync_now,
                retry_now=services.retry_now,
            ),
            clock,
        )
        self.settings = SettingsScreen(
            look,
            background,
            messages,
            SettingsServices(list_ports=services.list_ports, save=self._save_preferences),
            SettingsFacts(str(data_dir), versions()),
            Preferences(kept.theme, kept.text_scale, kept.port),
        )
        self.sign_in = SignInScreen(
            look,
            background,
            messages,
            SignInServices(self._sign_in_facts, services.sign_in, services.sign_out),
            clock,
            versions()[0][1],
        )
        self.unlock = UnlockScreen(look, background, messages, services.open)

    def _connect(self) -> None:
        window = self.window
        self.background.changed.connect(window.topics_changed)
        self.background.changed.connect(self._topics_changed)
        self.read.machine_state_changed.connect(window.show_machine_chip)
        self.machines.read_wanted.connect(self.read.choose_machine)
        self.machines.read_wanted.connect(lambda _: window.open_screen("read"))
        self.machines.read_opened.connect(self.read.open_read)
        self.machines.read_opened.connect(lambda _: window.open_screen("read"))
        self.outbox.status_known.connect(self._show_status)
        self.sign_in.signed_in.connect(lambda _: self.sync())
        self.unlock.unlocked.connect(lambda: window.open_screen("read"))
        for screen in (self.sign_in, self.settings):
            screen.left.connect(lambda: window.open_screen("read"))
        self._soon = QTimer(window, singleShot=True, interval=SYNC_AFTER_RECORD_MS)
        self._soon.timeout.connect(self.sync)
        self._regularly = QTimer(window, interval=SYNC_EVERY_MS)
        self._regularly.timeout.connect(self._sync_when_due)

    # Start and end

    def show(self) -> MainWindow:
        """Show the window; what is heavy begins after the first paint."""
        self.background.run(  # the first job of its lane, so that every other finds it done
            Lane.DATABASE, self._open, self._opened, self._not_opened, topics=OPENED
        )
        self._first_paint = FirstPaint(self.window, self._painted)
        self.window.show()
        return self.window

    def _open(self) -> None:
        self._paint_done.wait()
        self.services.open()

    def _painted(self) -> None:
        self._paint_done.set()
        last_words = self.reports.watch_for_the_end()
        if last_words:
            self.window.ask(
                self.window.tr("The program ended by itself the last time."),
                self.window.tr("What was recorded before is kept."),
                self.window.tr("A report for the office is in the data folder."),
            )

    def _opened(self, nothing: object) -> None:
        del nothing
        self._regularly.start()
        self._soon.start()

    def _not_opened(self, error: BaseException) -> None:
        if isinstance(error, Problem) and error.code in ASKED_FOR:
            self.unlock.ask(new=not self.services.has_passphrase())
            self.unlock.unlocked.connect(lambda: self._opened(None))
        if not isinstance(error, Problem) or error.code != "no_key":
            self.unlock.show_problem(error)
        self.window.open_screen("unlock")

    def close(self) -> None:
        """End timers and lanes, then the database."""
        self._paint_done.set()
        self._soon.stop()
        self._regularly.stop()
        self.window.close()
        self.background.close()
        self.services.close()
        self.reports.close()

    # Sync

    def sync(self) -> None:
        """Push and pull now, in the network lane; one run at a time."""
        self._soon.stop()
        if self._syncing:
            return
        self._syncing = True
        self._show_status(self._status)
        self.background.run(
            Lane.NETWORK,
            partial(self.services.sync_now, self.background.should_stop),
            self._synced,
            self._synced,
            topics=SYNCED,
        )

    def _synced(self, outcome: object) -> None:
        self._syncing = False
        if isinstance(outcome, BaseException):
            _log.info("sync did not run: %s", outcome)

    def _sync_when_due(self) -> None:
        status = self._status
        if status is None or not status.signed_in:
            return
        if status.next_try_at is None or status.next_try_at <= self._clock():
            self.sync()

    def _topics_changed(self, topics: frozenset[str]) -> None:
        if "reads" in topics and topics != OPENED:
            self._soon.start()  # a person recorded something
        if topics & OF_STATUS:
            self.background.run(
                Lane.DATABASE, self._status_and_session, self._show_both, self._no_status
            )

    def _status_and_session(self) -> tuple[SyncStatus, Session | None]:
        return self.services.sync_status(), self.services.current_session()

    def _show_both(self, both: tuple[SyncStatus, Session | None]) -> None:
        status, session = both
        self._show_status(status)
        if session is None:
            self.window.show_person("")
        else:
            self.window.show_person(session.user_name, f"{session.role}, {session.operator_name}")

    def _no_status(self, error: BaseException) -> None:
        _log.info("the state of the outbox is not known: %s", error)

    def _show_status(self, status: SyncStatus | None) -> None:
        if status is not None:
            self._status = status
            shown = replace(status, syncing=status.syncing or self._syncing)
            self.window.show_sync(shown, self._clock())

    # What screens and frame ask for

    def _list_ports(self) -> list[PortFact]:
        """The port that was chosen in the settings is the one to take, while it is there."""
        ports = self.services.list_ports()
        chosen = self.settings.preferences.port
        if chosen and any(port.device == chosen for port in ports):
            return [replace(port, likely=port.device == chosen) for port in ports]
        return ports

    def _sign_in_facts(self) -> SignInFacts:
        session, status = self.services.current_session(), self.services.sync_status()
        server = session.server if session is not None else self._keeper.now.server
        return SignInFacts(server, session, status.last_answer_at, status.waiting)

    def _find_machines(self, text: str, answer: Answer) -> None:
        def show(found: Iterable[PaletteItem]) -> None:
            answer(list(found))

        def look_up() -> list[PaletteItem]:
            lines, _ = self.services.find_machines(text, limit=PALETTE_MACHINES)
            return [
                PaletteItem(
                    line.record.asset_number,
                    partial(self._show_machine, line.record.asset_number),
                    "machine",
                    line.record.location_name,
                )
                for line in lines
            ]

        self.background.run(Lane.DATABASE, look_up, show, self._no_status)

    def _show_machine(self, asset_number: str) -> None:
        self.window.open_screen("machines")
        self.machines.scanned(asset_number)

    def _open_person(self) -> None:
        self.window.open_screen("sign_in")

    # What is remembered

    def _remember(self, memory: WindowMemory) -> None:
        try:
            self._keeper.keep(with_memory(self._keeper.now, memory))
        except OSError as error:
            _log.info("the place of the window is not remembered: %s", error)

    def _save_preferences(self, preferences: Preferences) -> None:
        self._keeper.keep(with_preferences(self._keeper.now, preferences))

    def _tell_bug(self, name: str) -> None:
        self.window.show_fact(
            self.window.tr("A mistake of this program was reported: {name}").format(name=name)
        )


def run_window(data_dir: Path) -> int:
    """Show the window until it is closed; the exit code of the program."""
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    application = Application(qt, data_dir)
    sys.excepthook = lambda _kind, error, _trace: application.reports.report(error)
    application.show()
    try:
        return qt.exec()
    finally:
        application.close()

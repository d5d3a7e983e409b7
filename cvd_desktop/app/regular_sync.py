"""Sync as it goes on behind the window: by itself, soon after a record, and what the bar shows."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from cvd_desktop.app.bound_people import BoundPeople
from cvd_desktop.app.metered_line import MeteredFiles
from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import SyncStatus
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.main_window import MainWindow

if TYPE_CHECKING:
    from cvd_desktop.app.identity import Identity

SYNC_EVERY_MS = 60_000
SYNC_AFTER_RECORD_MS = 3_000  # several records of one moment travel together
SYNCED = frozenset({"outbox", "sync", "snapshot", "session"})

_log = logging.getLogger(__name__)


class RegularSync(QObject):
    """One run at a time, in the network lane; lives on the GUI thread."""

    def __init__(
        self,
        window: MainWindow,
        background: Background,
        people: BoundPeople,
        identity: "Identity",
        clock: Clock,
        ask_status: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._background = background
        self._people = people
        self._identity = identity
        self._clock = clock
        self._syncing = False
        self._status: SyncStatus | None = None
        self._files = MeteredFiles(window, background, people, identity, self.begin)
        self._soon = QTimer(self, singleShot=True, interval=SYNC_AFTER_RECORD_MS)
        self._soon.timeout.connect(self.begin)
        self._regularly = QTimer(self, interval=SYNC_EVERY_MS)
        self._regularly.timeout.connect(self._begin_when_due)
        self._progress = QTimer(self, interval=SYNC_AFTER_RECORD_MS)
        self._progress.timeout.connect(ask_status)

    @property
    def is_started(self) -> bool:
        return self._regularly.isActive()

    def start(self) -> None:
        """The folder is open: from now on by itself, the first time soon."""
        self._regularly.start()
        self._soon.start()

    def stop(self) -> None:
        for timer in (self._soon, self._regularly, self._progress):
            timer.stop()

    def soon(self) -> None:
        """A person recorded something."""
        self._soon.start()

    def watch_the_line(self) -> None:
        """Ask the system whether the line is metered; not before the window is painted."""
        self._files.watch()

    def begin(self) -> None:
        """Push and pull now."""
        self._soon.stop()
        if self._syncing:
            return
        self._syncing = True
        self._progress.start()
        self.show_status(self._status)
        self._background.run(
            Lane.NETWORK,
            partial(self._people.sync, self._background.should_stop),
            self._ended,
            self._ended,
            topics=SYNCED,
        )

    def _ended(self, outcome: object) -> None:
        self._syncing = False
        self._progress.stop()
        if isinstance(outcome, BaseException):
            _log.info("sync did not run: %s", outcome)
        else:
            self.heed(outcome)

    def heed(self, report: object) -> None:
        """After any run, also one that a person asked for: what it leaves to be done."""
        self._identity.obey(getattr(report, "problem", None))
        self._files.look(getattr(report, "attachments_waiting", 0))

    def _begin_when_due(self) -> None:
        status = self._status
        if status is None or not status.signed_in:
            return
        if status.next_try_at is None or status.next_try_at <= self._clock():
            self.begin()

    def show_status(self, status: SyncStatus | None) -> None:
        """On the sync chip, with what goes on just now."""
        if status is not None:
            self._status = status
            shown = replace(status, syncing=status.syncing or self._syncing)
            self._window.show_sync(shown, self._clock())

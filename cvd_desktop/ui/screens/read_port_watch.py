"""Looks for serial ports now and then, off the GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from cvd_desktop.domain.records import PortFact
from cvd_desktop.ui.background import Background, Job, Lane

POLL_MS = 2000


class PortWatch(QObject):
    """Begins with `start`; stops by itself where the ports cannot be listed."""

    found = Signal(object)
    """list[PortFact]: the ports that are there."""
    held = Signal()
    """The answer waits behind a read that another screen began."""
    failed = Signal(object)
    """The exception with which listing them failed."""

    def __init__(
        self,
        background: Background,
        list_ports: Callable[[], list[PortFact]],
        busy: Callable[[], bool],
        parent: QObject,
    ) -> None:
        """While `busy` says True the lane belongs to a read."""
        super().__init__(parent)
        self._background = background
        self._list_ports = list_ports
        self._busy = busy
        self._job: Job[list[PortFact]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def start(self) -> None:
        """Look now, and from now on by itself."""
        if not self.running:
            self._timer.start()
        self._look()

    def _look(self) -> None:
        if self._job is not None:
            self.held.emit()
        elif not self._busy():
            self._job = self._background.run(
                Lane.MACHINE, self._list_ports, self._listed, self._not_listed
            )

    def _listed(self, ports: list[PortFact]) -> None:
        self._job = None
        self.found.emit(ports)

    def _not_listed(self, error: BaseException) -> None:
        self._job = None
        self._timer.stop()  # it would fail every two seconds
        self.failed.emit(error)

"""Which ports there are, which one a person reads by, and what its loop-back test found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from cvd_desktop.domain.records import PortFact
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.read_view import likely_port
from cvd_desktop.ui.screens.bench_words import Check
from cvd_desktop.ui.screens.read_port_watch import PortWatch
from cvd_desktop.ui.widgets.chip import MachineChipState


class BenchPorts(QObject):
    """The chosen port stays; one that is gone gives way to the only likely one."""

    changed = Signal()
    """Other ports, or another one is chosen."""
    failed = Signal(object)
    """The exception with which the ports could not be listed."""

    def __init__(
        self,
        background: Background,
        list_ports: Callable[[], list[PortFact]],
        busy: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.known: tuple[PortFact, ...] | None = None
        self.device = ""
        self.findings: dict[str, Check] = {}
        self.held = False  # another screen is at a machine
        self._watch = PortWatch(background, list_ports, busy, self)
        self._watch.found.connect(self._found)
        self._watch.held.connect(self._hold)
        self._watch.failed.connect(self.failed)

    def look(self) -> None:
        """Look now, and from now on every two seconds."""
        self._watch.start()

    def choose(self, device: str) -> None:
        """A person wants to read by this port."""
        if device != self.device:
            self.device = device
            self.changed.emit()

    def chosen(self) -> PortFact | None:
        return next((port for port in self.known or () if port.device == self.device), None)

    def finding(self) -> Check | None:
        """What the loop-back test of the chosen port found."""
        return self.findings.get(self.device)

    def chip_state(self, *, reading: bool) -> MachineChipState:
        """What the machine chip of the frame tells."""
        if reading:
            return MachineChipState.READING
        if self.chosen() is not None:
            return MachineChipState.ADAPTER_READY
        several = sum(port.likely for port in self.known or ()) > 1
        return MachineChipState.CHOOSE_PORT if several else MachineChipState.NO_ADAPTER

    def _hold(self) -> None:
        if not self.held:
            self.held = True
            self.changed.emit()

    def _found(self, ports: Sequence[PortFact]) -> None:
        held, self.held = self.held, False
        if self.device not in {port.device for port in ports}:
            likely = likely_port(ports)
            self.device = likely.device if likely is not None else ""
        if held or self.known != tuple(ports):
            self.known = tuple(ports)
            self.changed.emit()

"""Reads for the Bench with every byte shown as it comes, and tests the loop-back, in their lane."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cvd_desktop.domain.bench_records import StoredTrace, TraceHead
from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.link.trace_decoder import link_of
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.bench_live import LiveTrace
from cvd_desktop.ui.bench_shown import GoodTrace, ShownTrace, good_trace, shown_trace
from cvd_desktop.ui.screens.bench_services import BenchServices, Finding
from cvd_desktop.ui.screens.run_read import MAX_WAIT

if TYPE_CHECKING:
    from cvd_desktop.domain.records import PortFact, ReadStep, ReadSummary
    from cvd_desktop.ui.screens.run_read import ReadOutcome
    from cvd_shared.wire_records import MachineRecord

CHANGES = frozenset({"reads", "outbox"})


@dataclass(frozen=True, slots=True)
class ReadEnd:
    """How a read of the Bench ended: its trace, what was kept, and what went wrong."""

    shown: ShownTrace
    read: ReadSummary | None
    error: BaseException | None


class BenchReading(QObject):
    """One thing at a time. While the read runs its bytes are decoded ten times a second."""

    grown = Signal(object)
    """ShownTrace so far."""
    ended = Signal(object)
    """ReadEnd."""
    tested = Signal(str, object)
    """Port and Finding of a loop-back test, or the exception."""

    def __init__(
        self, background: Background, services: BenchServices, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._services = services
        self._clock = clock
        self._stop = threading.Event()
        self._head = TraceHead()
        self._live = LiveTrace()
        self._decoding = False
        self._behind = False  # bytes came since the last decoding began
        self.running = False
        self.testing = False

    @property
    def busy(self) -> bool:
        """The lane of machines is taken."""
        return self.running or self.testing

    def start(self, port: PortFact, machine: MachineRecord | None, link: str = "auto") -> None:
        self._stop = threading.Event()
        self._live = LiveTrace()
        self._head = TraceHead(
            adapter=port.adapter or port.description,
            port=port.device,
            machine=machine.asset_number if machine is not None else "",
            model=f"{machine.make} {machine.model}".strip() if machine is not None else "",
            at=self._clock(),
            practice=port.practice,
        )
        self.running = True
        live, moved = self._live, self._background.progress(self._moved)
        read = self._services.read

        def on_bytes(seconds: float, sender: str, data: bytes) -> None:
            moved(live.add(seconds, sender, data))

        def on_step(step: ReadStep) -> None:
            del step

        asked = partial(
            read,
            port.device,
            purpose="look",
            machine_id=machine.id if machine else None,
            asset_number=machine.asset_number if machine else None,
            link=link,
            max_wait=MAX_WAIT,
            on_step=on_step,
            cancelled=self._stop,
            on_bytes=on_bytes,
        )
        self._background.run(
            Lane.MACHINE, partial(_read, asked, self._head, live), self._ended, self._broke, CHANGES
        )

    def cancel(self) -> None:
        """Stop the read or the test that runs."""
        self._stop.set()

    def test(self, device: str) -> None:
        """Loop-back: a jumper joins the two wires of the cable."""
        self._stop = threading.Event()
        self.testing = True
        self._background.run(
            Lane.MACHINE,
            partial(self._services.test_loop_back, device, self._stop),
            partial(self._test_done, device),
            partial(self._test_done, device),
        )

    def _test_done(self, device: str, found: Finding | BaseException) -> None:
        self.testing = False
        self.tested.emit(device, found)

    def _moved(self, count: int) -> None:
        """Some bytes more. One decoding at a time: a slow one makes the next one later."""
        del count
        self._behind = True
        self._decode()

    def _decode(self) -> None:
        if not self.running or self._decoding or not self._behind:
            return
        self._decoding, self._behind = True, False
        self._background.run(
            Lane.DATABASE, partial(_decoded, self._trace(), growing=True), self._grew, self._lost
        )

    def _grew(self, shown: ShownTrace) -> None:
        self._decoding = False
        if self.running:
            self.grown.emit(shown)
        self._decode()

    def _lost(self, error: BaseException) -> None:
        del error  # it is reported by the lanes
        self._decoding = False

    def _ended(self, end: ReadEnd) -> None:
        self.running = False
        self.ended.emit(end)

    def _broke(self, error: BaseException) -> None:
        self._ended(_end(self._head, self._live, None, error))

    def _trace(self) -> StoredTrace:
        return StoredTrace(self._head, self._live.entries())


def _read(asked: Callable[[], ReadOutcome], head: TraceHead, live: LiveTrace) -> ReadEnd:
    """In the lane: read, then decode what was on the line."""
    outcome = asked()
    return _end(head, live, outcome.read, outcome.problem)


def _end(
    head: TraceHead, live: LiveTrace, read: ReadSummary | None, error: BaseException | None
) -> ReadEnd:
    head = replace(
        head,
        link=read.link if read is not None else "",
        machine=(read.machine_asset if read else None) or head.machine,
        failure=error.code if isinstance(error, Problem) else "bug" if error else "",
    )
    trace = StoredTrace(head, live.entries(), read.id if read is not None else None)
    return ReadEnd(_decoded(trace), read, error)


def _decoded(trace: StoredTrace, *, growing: bool = False) -> ShownTrace:
    """A read may try one link after the other: the last of them is what is shown as such."""
    head = trace.head
    if head.link not in ("dexucs", "ddcmp"):
        trace = replace(trace, head=replace(head, link=_spoken(trace.entries)))
    return shown_trace(trace, growing=growing)


def _spoken(entries: Sequence[Entry]) -> str:
    return link_of(entries) if entries else ""


def compared(
    services: BenchServices, shown: ShownTrace, machine: MachineRecord | None
) -> GoodTrace | None:
    """In a lane: find the good trace, decode it, compare."""
    good = services.last_good(shown.stored, machine)
    return None if good is None else good_trace(good, shown)

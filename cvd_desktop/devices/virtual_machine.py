"""A vending machine on a virtual port: serves a report at the pace of a real line, with faults."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from cvd_desktop.devices.virtual_ports import announced
from cvd_desktop.devices.virtual_wire import Pace, Wire, open_wire
from cvd_desktop.domain.clock import Clock, Monotonic, system_clock, system_monotonic
from cvd_desktop.link.dexucs_faults import parse_faults
from cvd_desktop.link.dexucs_machine import MACHINE_SETTINGS, DexMachine
from cvd_desktop.link.outputs import Failed, FailureCode, Finished, Output, ProtocolMachine, Send

_LOOK_UP = 0.05  # seconds between two looks at `stop`


class VendingModel(Protocol):
    """A machine that sells. `report` is asked once per read, when its data are about to be sent."""

    def report(self) -> bytes: ...

    def reset_interval(self, at: datetime) -> None:
        """Called once the reader has acknowledged a whole report, and never before."""
        ...


@dataclass(frozen=True, slots=True)
class MachineOnPort:
    """A virtual machine that is running in a thread of this process."""

    device: str  # "/dev/pts/4" or "socket://127.0.0.1:40123"


def run_virtual_machine(
    source: bytes | VendingModel,
    *,
    stop: threading.Event,
    on_ready: Callable[[str], None],
    link: str = "dexucs",
    baud_rate: int = 9600,
    faults: Sequence[str] = (),
    tcp_port: int | None = None,
    name: str = "Virtual machine",
    communication_id: str = MACHINE_SETTINGS.communication_id,
    registry: Path | None = None,
    clock: Clock = system_clock,
    on_event: Callable[[str], None] | None = None,
) -> None:
    """Serves read after read until `stop` is set or a fault unplugs it. Blocks.

    `on_ready` is told the device to open. `faults`: texts as in `link.dexucs_faults.FAULTS`
    ("wrong_crc:2"); an unknown one raises UnknownFaultError before anything is opened. `tcp_port`:
    serve on this port of 127.0.0.1 (0: a free one) instead of a pty; always so on Windows.
    `registry`: a folder where the running machine is announced to `port_finder`. `on_event` is
    told in plain English what happens. Raises OSError when the TCP port is taken.
    """
    if link != "dexucs":
        raise ValueError(f"no link {link!r} for a virtual machine")
    settings = replace(MACHINE_SETTINGS, baud_rate=baud_rate, communication_id=communication_id)
    report = (lambda: source) if isinstance(source, bytes) else source.report
    machine = DexMachine(report, faults=faults, settings=settings)

    def reset() -> None:
        if not isinstance(source, bytes):
            source.reset_interval(clock())

    wire = open_wire(tcp_port)
    try:
        announcement = announced(registry, wire.device, name) if registry else None
        with announcement or contextlib.nullcontext():
            on_ready(wire.device)
            _Line(wire, machine, baud_rate, reset, on_event or (lambda _: None)).serve(stop)
    finally:
        wire.close()


@contextmanager
def virtual_machine(
    source: bytes | VendingModel,
    *,
    link: str = "dexucs",
    baud_rate: int = 9600,
    faults: Sequence[str] = (),
    tcp_port: int | None = None,
    name: str = "Virtual machine",
    communication_id: str = MACHINE_SETTINGS.communication_id,
    registry: Path | None = None,
    clock: Clock = system_clock,
    on_event: Callable[[str], None] | None = None,
) -> Iterator[MachineOnPort]:
    """`run_virtual_machine` in a thread of its own for as long as the block lasts."""
    parse_faults(faults)
    stop = threading.Event()
    ready: SimpleQueue[str | Exception] = SimpleQueue()
    errors: list[Exception] = []

    def run() -> None:
        try:
            run_virtual_machine(
                source,
                stop=stop,
                on_ready=ready.put,
                link=link,
                baud_rate=baud_rate,
                faults=faults,
                tcp_port=tcp_port,
                name=name,
                communication_id=communication_id,
                registry=registry,
                clock=clock,
                on_event=on_event,
            )
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)
            ready.put(error)

    thread = threading.Thread(target=run, name=f"virtual machine {name}")
    thread.start()
    try:
        device = ready.get()
        if isinstance(device, str):
            yield MachineOnPort(device)
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]


class _Line:
    """The machine's loop: bytes in and out at the pace of the wire, and the machine's timers."""

    def __init__(
        self,
        wire: Wire,
        machine: ProtocolMachine,
        baud_rate: int,
        reset: Callable[[], None],
        on_event: Callable[[str], None],
        now: Monotonic = system_monotonic,
    ) -> None:
        self._wire = wire
        self._machine = machine
        self._inward = Pace(baud_rate)
        self._outward = Pace(baud_rate)
        self._reset = reset
        self._on_event = on_event
        self._now = now
        self._unplugged = False

    def serve(self, stop: threading.Event) -> None:
        self._obey(self._machine.start(self._now()))
        while not stop.is_set() and (self._outward or not self._unplugged):
            heard = self._wire.read(self._wait())
            now = self._now()
            if heard is None:
                self._plug_pulled(now)
            elif heard:
                self._inward.put(heard, now)
            arrived = self._inward.due(now)
            if arrived:
                self._obey(self._machine.receive(arrived, now))
            deadline = self._machine.deadline
            if deadline is not None and deadline <= now:
                self._obey(self._machine.tick(now))
            leaving = self._outward.due(now)
            if leaving:
                self._wire.write(leaving)
        if self._unplugged:  # a pty that is closed throws away what nobody has read yet
            stop.wait(_LOOK_UP)

    def _wait(self) -> float:
        times = [self._inward.next_at(), self._outward.next_at()]
        if self._machine.deadline is not None:
            times.append(self._machine.deadline)
        return min(max(0.0, min(times) - self._now()), _LOOK_UP)

    def _plug_pulled(self, now: float) -> None:
        self._inward.clear()
        self._outward.clear()
        self._machine.cancel(now)
        self._obey(self._machine.start(now))

    def _obey(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send(data):
                    self._outward.put(data, self._now())
                case Finished(detail):
                    self._reset()
                    self._on_event(f"report acknowledged: {detail['received']} bytes")
                case Failed(FailureCode.PORT_GONE):
                    self._unplugged = True
                    self._on_event("unplugged")
                case Failed(detail=detail):
                    self._on_event(f"given up in state {detail['state']}")
                case _:
                    pass

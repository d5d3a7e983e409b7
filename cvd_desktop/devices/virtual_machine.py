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

from cvd_desktop.devices.mistimed_bytes import misheard
from cvd_desktop.devices.virtual_ports import announced
from cvd_desktop.devices.virtual_wire import Pace, Wire, open_wire
from cvd_desktop.domain.clock import Clock, Monotonic, system_clock, system_monotonic
from cvd_desktop.link.ddcmp_machine import DDCMP_MACHINE_SETTINGS, DdcmpMachine
from cvd_desktop.link.dexucs_faults import parse_faults
from cvd_desktop.link.dexucs_machine import MACHINE_SETTINGS, DexMachine
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    ProtocolMachine,
    Received,
    Send,
    SetBaudRate,
)

_LOOK_UP = 0.05  # seconds between two looks at `stop`
_SPEEDS = {"dexucs": 9600, "ddcmp": DDCMP_MACHINE_SETTINGS.start_speed}


class VendingModel(Protocol):
    """A machine that sells. A list number is that of a DDCMP READ or WRITE; None for DEX/UCS."""

    def report(self, list_number: int | None, /) -> bytes | None:
        """Asked once per read, when its data are about to be sent; None refuses the list."""
        ...

    def taken(self, at: datetime, list_number: int | None, /) -> None:
        """The reader has acknowledged a whole report; the only moment at which interval counters
        may be cleared. Over DDCMP: FINISH is acknowledged; 1 when list 1 was among those read."""
        ...

    def configure(self, document: bytes, at: datetime, /) -> None:
        """Called once with everything that was written to it in a session."""
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
    baud_rate: int | None = None,
    most_speed: int = DDCMP_MACHINE_SETTINGS.most_speed,
    faults: Sequence[str] = (),
    tcp_port: int | None = None,
    name: str = "Virtual machine",
    communication_id: str = MACHINE_SETTINGS.communication_id,
    registry: Path | None = None,
    practice: bool = False,
    clock: Clock = system_clock,
    on_event: Callable[[str], None] | None = None,
    on_reader: Callable[[str], None] | None = None,
) -> None:
    """Serves read after read until `stop` is set or a fault unplugs it. Blocks.

    `link`: "dexucs" or "ddcmp". `baud_rate`: the speed of a DEX/UCS line (9600), or the one at
    which a DDCMP machine waits for START (2400), which may agree to `most_speed` after that.
    `on_ready` is told the device to open. `faults`: texts as in the tables of link.dexucs_faults
    and link.ddcmp_faults ("wrong_crc:2"); an unknown one raises UnknownFaultError before anything
    is opened. `on_reader` is told the communication id of a DEX/UCS reader before its report is
    made. `tcp_port`: serve on this port of 127.0.0.1 (0: a free one) instead of a pty; always
    so on Windows. `registry`: a folder where the running machine is announced to `port_finder`, as
    one for practice or not. `on_event` is told in plain English what happens. Raises OSError when
    the TCP port is taken, ValueError when there is no such link.
    """
    named = _faults_of(faults, link)
    speed = baud_rate or _SPEEDS[link]
    model = _Unchanging(source) if isinstance(source, bytes) else source
    machine: ProtocolMachine
    if link == "ddcmp":
        slave = replace(DDCMP_MACHINE_SETTINGS, start_speed=speed, most_speed=most_speed)
        machine = DdcmpMachine(model.report, faults=faults, settings=slave)
    else:
        settings = replace(MACHINE_SETTINGS, baud_rate=speed, communication_id=communication_id)

        def document() -> bytes:
            if on_reader is not None:
                on_reader(dex.reader)
            return model.report(None) or b""

        machine = dex = DexMachine(document, faults=faults, settings=settings)
    life = _Life(model, clock, on_event or (lambda _: None))
    wire = open_wire(tcp_port)
    try:
        announcement = (
            announced(registry, wire.device, name, practice=practice) if registry else None
        )
        with announcement or contextlib.nullcontext():
            on_ready(wire.device)
            _Line(wire, machine, speed, life, "strict_speed" in named).serve(stop)
    finally:
        wire.close()


@contextmanager
def virtual_machine(
    source: bytes | VendingModel,
    *,
    link: str = "dexucs",
    baud_rate: int | None = None,
    most_speed: int = DDCMP_MACHINE_SETTINGS.most_speed,
    faults: Sequence[str] = (),
    tcp_port: int | None = None,
    name: str = "Virtual machine",
    communication_id: str = MACHINE_SETTINGS.communication_id,
    registry: Path | None = None,
    practice: bool = False,
    clock: Clock = system_clock,
    on_event: Callable[[str], None] | None = None,
) -> Iterator[MachineOnPort]:
    """`run_virtual_machine` in a thread of its own for as long as the block lasts."""
    _faults_of(faults, link)
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
                most_speed=most_speed,
                faults=faults,
                tcp_port=tcp_port,
                name=name,
                communication_id=communication_id,
                registry=registry,
                practice=practice,
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


def _faults_of(faults: Sequence[str], link: str) -> dict[str, str]:
    if link not in _SPEEDS:
        raise ValueError(f"no link {link!r} for a virtual machine")
    return parse_faults(faults, link)


class _Unchanging:
    """A file: every list is the same, and nothing changes it."""

    def __init__(self, document: bytes) -> None:
        self._document = document

    def report(self, _list_number: int | None) -> bytes:
        return self._document

    def taken(self, at: datetime, list_number: int | None) -> None:
        pass

    def configure(self, document: bytes, at: datetime) -> None:
        pass


@dataclass(slots=True)
class _Life:
    """What a session means for the machine that sells."""

    model: VendingModel
    clock: Clock
    on_event: Callable[[str], None]

    def obey(self, output: Output) -> None:
        match output:
            case Received(document):
                self.model.configure(document, self.clock())
                self.on_event(f"written to: {len(document)} bytes")
            case Finished(detail):
                self._finished(detail)
            case Failed(FailureCode.PORT_GONE):
                self.on_event("unplugged")
            case Failed(detail=detail):
                self.on_event(f"given up in state {detail['state']}")
            case _:
                pass

    def _finished(self, detail: dict[str, str | int]) -> None:
        """Over DDCMP list 0 says that no list was read whole."""
        number = detail.get("list")
        if number != 0:
            self.model.taken(self.clock(), None if number is None else int(number))
            which = "report" if number is None else f"report (list {number})"
            self.on_event(f"{which} acknowledged: {detail['received']} bytes")


class _Line:
    """The machine's loop: bytes in and out at the pace of the wire, and the machine's timers.

    `strict`: what is sent at one speed and heard at another is rubbish, as on a real line.
    """

    def __init__(
        self,
        wire: Wire,
        machine: ProtocolMachine,
        baud_rate: int,
        life: _Life,
        strict: bool,
        now: Monotonic = system_monotonic,
    ) -> None:
        self._wire = wire
        self._machine = machine
        self._baud_rate = baud_rate
        self._next_rate = baud_rate  # from the moment on when everything has been sent
        self._inward = Pace(baud_rate)
        self._outward = Pace(baud_rate)
        self._life = life
        self._strict = strict
        self._now = now
        self._unplugged = False

    def serve(self, stop: threading.Event) -> None:
        self._obey(self._machine.start(self._now()))
        while not stop.is_set() and (self._outward or not self._unplugged):
            self._change_speed()
            heard = self._wire.read(self._wait())
            now = self._now()
            if heard is None:
                self._plug_pulled(now)
            elif heard:
                self._inward.put(self._as_heard(heard, inward=True), now)
            arrived = self._inward.due(now)
            if arrived:
                self._obey(self._machine.receive(arrived, now))
            deadline = self._machine.deadline
            if deadline is not None and deadline <= now:
                self._obey(self._machine.tick(now))
            leaving = self._outward.due(now)
            if leaving:
                self._wire.write(self._as_heard(leaving, inward=False))
        if self._unplugged:  # a pty that is closed throws away what nobody has read yet
            stop.wait(_LOOK_UP)

    def _wait(self) -> float:
        times = [self._inward.next_at(), self._outward.next_at()]
        if self._machine.deadline is not None:
            times.append(self._machine.deadline)
        return min(max(0.0, min(times) - self._now()), _LOOK_UP)

    def _change_speed(self) -> None:
        if self._next_rate != self._baud_rate and not self._outward:
            self._baud_rate = self._next_rate
            self._inward.change(self._baud_rate)
            self._outward.change(self._baud_rate)

    def _as_heard(self, data: bytes, *, inward: bool) -> bytes:
        theirs = self._wire.baud_rate if self._strict else None
        if theirs is None:
            return data
        ours = self._baud_rate
        return misheard(data, theirs, ours) if inward else misheard(data, ours, theirs)

    def _plug_pulled(self, now: float) -> None:
        self._inward.clear()
        self._outward.clear()
        self._obey(self._machine.cancel(now))
        self._obey(self._machine.start(now))

    def _obey(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send(data):
                    self._outward.put(data, self._now())
                case SetBaudRate(baud_rate):
                    self._next_rate = baud_rate
                case Failed(FailureCode.PORT_GONE):
                    self._unplugged = True
                case _:
                    pass
            self._life.obey(output)

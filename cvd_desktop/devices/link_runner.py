"""The only loop between a protocol machine and a port: read to the deadline, obey the outputs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from cvd_desktop.devices.port import Port, PortError
from cvd_desktop.domain.clock import Monotonic, system_monotonic
from cvd_desktop.link.byte_trace import MACHINE, READER, ByteTrace
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    Party,
    Progress,
    ProtocolMachine,
    Received,
    Send,
    SetBaudRate,
)

_LOOK_UP = 0.1  # seconds between two looks at `cancelled`; bytes are taken at once all the same


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a session ended. `blocks` and `received` count what was stored, and nothing else."""

    outcome: Finished | Failed
    trace: ByteTrace
    seconds: float
    blocks: int
    received: int
    retries: int

    @property
    def finished(self) -> Finished | None:
        return self.outcome if isinstance(self.outcome, Finished) else None

    @property
    def failed(self) -> Failed | None:
        return self.outcome if isinstance(self.outcome, Failed) else None


def run_link(
    port: Port,
    machine: ProtocolMachine,
    *,
    store: Callable[[Received], None],
    on_progress: Callable[[Progress], None] | None = None,
    on_bytes: Callable[[float, str, bytes], None] | None = None,
    cancelled: threading.Event | None = None,
    monotonic: Monotonic = system_monotonic,
    trace: ByteTrace | None = None,
) -> RunResult:
    """Runs `machine` on `port` until it has finished or failed; never raises for either of them.

    `store` is called with each piece of the report and has it safe on disk when it returns: the
    acknowledgement goes out after that and never before. When it raises OSError (disk full) not
    one more byte is sent, so the machine keeps what it has. Setting `cancelled` ends the session
    within a tenth of a second. The port stays open: who opened it closes it. A `trace` that is
    passed in grows while the session runs, so that `store` can keep with a piece what led to it.
    `on_bytes` is told (seconds, READER or MACHINE, bytes) of the same as it happens.
    """
    session = _Session(port, machine, store, on_progress, on_bytes, monotonic)
    session.trace = ByteTrace() if trace is None else trace
    cancelled = cancelled or threading.Event()
    try:
        session.obey(machine.start(session.now()))
        while session.outcome is None:
            if cancelled.is_set():
                session.obey(machine.cancel(session.now()))
                session.outcome = session.outcome or Failed(FailureCode.CANCELLED, Party.PERSON)
            else:
                session.step()
    except PortError as error:
        session.port_failed(error)
    return session.result()


@dataclass(slots=True)
class _Session:
    port: Port
    machine: ProtocolMachine
    store: Callable[[Received], None]
    on_progress: Callable[[Progress], None] | None
    on_bytes: Callable[[float, str, bytes], None] | None
    now: Monotonic
    outcome: Finished | Failed | None = None
    trace: ByteTrace = field(default_factory=ByteTrace)
    blocks: int = 0
    received: int = 0
    retries: int = 0
    started: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.now()

    def step(self) -> None:
        """Waits for bytes or for the deadline, whichever is first."""
        deadline = self.machine.deadline
        wait = _LOOK_UP if deadline is None else deadline - self.now()
        data = self.port.read(max(0.0, min(wait, _LOOK_UP)))
        now = self.now()
        if data:
            self.note(now, MACHINE, data)
            self.obey(self.machine.receive(data, now))
        deadline = self.machine.deadline
        if self.outcome is None and deadline is not None and now >= deadline:
            self.obey(self.machine.tick(now))

    def note(self, now: float, sender: str, data: bytes) -> None:
        self.trace.add(now - self.started, sender, data)
        if self.on_bytes:
            self.on_bytes(now - self.started, sender, data)

    def obey(self, outputs: list[Output]) -> None:
        """Obeys in order and stops at the first that ends the session."""
        for output in outputs:
            match output:
                case Send(data):
                    self.note(self.now(), READER, data)
                    self.port.write(data)
                case Received():
                    if not self._stored(output):
                        return
                case Progress():
                    self.retries = output.retries
                    if self.on_progress:
                        self.on_progress(output)
                case SetBaudRate(baud_rate):
                    self.port.set_baud_rate(baud_rate)
                case Finished() | Failed():
                    self.outcome = output
                    return

    def port_failed(self, error: PortError) -> None:
        """A plug pulled after the last block was stored costs no data; what it costs is said."""
        left = self.machine.cancel(self.now())
        whole = [
            output
            for output in left
            if isinstance(output, Finished)
            or (isinstance(output, Failed) and output.code is FailureCode.FINISH_UNCONFIRMED)
        ]
        detail: dict[str, str | int] = {"device": error.device, "reason": error.reason}
        if error.why:
            detail["why"] = error.why
        self.outcome = whole[0] if whole else Failed(error.code, Party.PORT, detail)

    def _stored(self, piece: Received) -> bool:
        try:
            self.store(piece)
        except OSError as error:
            detail: dict[str, str | int] = {"reason": str(error)}
            self.outcome = Failed(FailureCode.DISK_FULL, Party.PROGRAM, detail)
            return False
        self.blocks += 1
        self.received += len(piece.data)
        return True

    def result(self) -> RunResult:
        assert self.outcome is not None
        seconds = self.now() - self.started
        return RunResult(
            self.outcome, self.trace, seconds, self.blocks, self.received, self.retries
        )

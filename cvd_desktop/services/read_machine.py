"""Reads a machine: every block is on disk before the machine hears that it was received.

The order is: stored block by block, assembled, judged, told to the outbox. Whatever dies in
between, the next start goes on from what is on disk (recover_reads.py).
"""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from cvd_desktop.devices.link_runner import run_link
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadStep, ReadSummary
from cvd_desktop.link.byte_trace import ByteTrace
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.outputs import Failed, FailureCode, Party, Phase, Progress, Received
from cvd_desktop.services.recover_reads import recover_reads
from cvd_desktop.services.settle_read import settle_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart

LINKS = ("auto", "dexucs", "ddcmp")
PURPOSES = ("look", "collect")

_EXIT_CODES = {
    FailureCode.NO_ANSWER: ExitCode.NO_ANSWER,
    FailureCode.PORT_MISSING: ExitCode.NO_ANSWER,
    FailureCode.PORT_BUSY: ExitCode.NO_ANSWER,
    FailureCode.PORT_DENIED: ExitCode.NO_ANSWER,
    FailureCode.REFUSED: ExitCode.REFUSED,
}  # every other failure broke off what had begun


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """`read` is what was kept (a broken-off read too), `problem` why it did not end well."""

    read: ReadSummary | None
    problem: Problem | None


def read_machine(
    wp: Workplace,
    port: str,
    *,
    purpose: str = "look",
    machine_id: str | None = None,
    asset_number: str | None = None,
    link: str = "auto",
    max_wait: float = 60.0,
    on_step: Callable[[ReadStep], None] | None = None,
    cancelled: threading.Event | None = None,
) -> ReadOutcome:
    """Read the machine on `port` and keep what it says. Topics of change: reads, outbox.

    `max_wait` is how long (seconds) to wait for the machine's first sign of life. `machine_id` or
    `asset_number` say which machine the person believes to be reading.
    Raises Problem("link_unavailable") for a link that this version does not have, and the problems
    of the database before the port is opened; whatever goes wrong later comes back in the outcome.
    """
    if link not in LINKS or purpose not in PURPOSES:
        raise ValueError(f"no link {link!r} or purpose {purpose!r}")
    if link == "ddcmp":
        raise Problem("link_unavailable", ExitCode.USAGE, link=link)
    recover_reads(wp)  # what a full disk or a bug left open since the start
    start = ReadStart(
        id=wp.new_id(),
        at=wp.clock(),
        port=port,
        link="dexucs",
        purpose=purpose,
        machine_id=machine_id,
        asset_number=asset_number,
    )
    reading = _Reading(wp, start, on_step or (lambda _: None))
    with wp.hold(f"read-{start.id}"):
        with wp.database.write() as connection:
            read_store.open_read(connection, start)
            reading.blocks_last_time = read_store.blocks_last_time(
                connection, machine_id=machine_id, asset_number=asset_number
            )
        outcome, problem = reading.run(
            DexReader(DexSettings(max_wait=max_wait)), cancelled or threading.Event()
        )
        try:
            with wp.database.write() as connection:
                read_store.finish_read(connection, start.id, outcome, reading.news_of_trace())
            settle_read(wp, start.id)
        except Problem as full_or_broken:  # the blocks are on disk: the next start goes on
            return ReadOutcome(None, problem or full_or_broken)
    with wp.database.read() as connection:
        return ReadOutcome(read_store.summary_of(connection, start.id), problem)


@dataclass(slots=True)
class _Reading:
    """One run of the link, with what has been stored of it so far."""

    wp: Workplace
    start: ReadStart
    on_step: Callable[[ReadStep], None]
    blocks_last_time: int | None = None
    trace: ByteTrace = field(default_factory=ByteTrace)
    began: float = 0.0
    blocks: int = 0
    stored: tuple[int, int] = (0, 0)  # entries of the trace, bytes of the last of them
    retries: int = 0
    answered: bool = False  # the machine has taken up the protocol with us

    def run(
        self, reader: DexReader, cancelled: threading.Event
    ) -> tuple[LinkOutcome, Problem | None]:
        """Run the link to its end: what it said, and what of it a person can act on."""
        self.began = self.wp.monotonic()
        try:
            self.step(Progress(Phase.PORT, detail={"device": self.start.port}))
            with closing(open_port(self.start.port)) as port:
                result = run_link(
                    port,
                    reader,
                    store=self.store,
                    on_progress=self.step,
                    cancelled=cancelled,
                    monotonic=self.wp.monotonic,
                    trace=self.trace,
                )
        except PortError as error:
            detail: dict[str, str | int] = {"device": error.device, "reason": error.reason}
            return self._ended(Failed(error.code, Party.PORT, detail))
        except Problem as problem:  # a block could not be stored: nothing more was sent
            outcome = LinkOutcome(self.seconds(), self.retries, problem.code, Party.PROGRAM, {})
            return outcome, Problem(problem.code, ExitCode.BROKEN_OFF, **problem.values)
        return self._ended(result.outcome)

    def store(self, piece: Received) -> None:
        """Called by the runner before the acknowledgement goes out: durable when it returns."""
        with self.wp.database.write() as connection:
            read_store.append_block(
                connection,
                self.start.id,
                self.blocks,
                piece.data,
                self.news_of_trace(),
                last=piece.last,
            )
        self.blocks += 1
        entries = tuple(self.trace)
        self.stored = (len(entries), len(entries[-1][2]) if entries else 0)

    def step(self, progress: Progress) -> None:
        self.retries = progress.retries
        self.answered |= progress.phase not in (Phase.PORT, Phase.ANSWER)
        self.on_step(
            ReadStep(
                phase=str(progress.phase),
                blocks=progress.blocks,
                received=progress.received,
                retries=progress.retries,
                seconds=self.seconds(),
                blocks_last_time=self.blocks_last_time,
                detail=progress.detail,
            )
        )

    def seconds(self) -> float:
        return self.wp.monotonic() - self.began

    def news_of_trace(self) -> tuple[tuple[float, str, bytes], ...]:
        """What was on the line since the last stored block; an entry may have grown since."""
        entries = tuple(self.trace)
        count, size = self.stored
        grown = [(at, sender, data[size:]) for at, sender, data in entries[count - 1 : count]]
        return (*(entry for entry in grown if entry[2]), *entries[count:])

    def _ended(self, output: object) -> tuple[LinkOutcome, Problem | None]:
        failed = output if isinstance(output, Failed) else None
        outcome = LinkOutcome(
            seconds=self.seconds(),
            retries=self.retries,
            failure=None if failed is None else str(failed.code),
            party=None if failed is None else str(failed.party),
            detail=dict(getattr(output, "detail", {})),
        )
        return outcome, None if failed is None else self._problem(failed)

    def _problem(self, failed: Failed) -> Problem:
        exit_code = _EXIT_CODES.get(failed.code, ExitCode.BROKEN_OFF)
        if failed.code is FailureCode.PORT_GONE and not self.answered:
            exit_code = ExitCode.NO_ANSWER
        values: dict[str, object] = {**failed.detail, "party": str(failed.party)}
        if "code" in values:
            values["response"] = values.pop("code")  # the machine's response code: 01 to 05, nak
        values |= {"port": self.start.port, "blocks": self.blocks}
        return Problem(str(failed.code), exit_code, **values)

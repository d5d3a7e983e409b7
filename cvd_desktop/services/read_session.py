"""One session with a machine: its blocks on disk one by one, its trace with them, and its end."""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from cvd_desktop.devices.link_runner import run_link
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import ReadStep
from cvd_desktop.link.byte_trace import MACHINE, ByteTrace
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Party,
    Phase,
    Progress,
    ProtocolMachine,
    Received,
)
from cvd_desktop.services.link_plan import LinkPlan, LinkTry, chosen_try
from cvd_desktop.services.ports import port_problem
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a session ended, and what came. `whole`: the last block of the report is on disk."""

    read_id: str
    failed: Failed | None
    problem: Problem | None  # of the database: a block could not be stored
    reached: LinkTry | None  # how the machine answered
    answered: bool  # it has taken up the protocol with us
    whole: bool
    blocks: int
    received: int  # bytes of the report
    heard: int  # bytes of any kind
    retries: int
    seconds: float


@dataclass(slots=True)
class ReadSession:
    """`run` opens the read in the database, the port, and closes both whatever happens."""

    wp: Workplace
    start: ReadStart
    plan: LinkPlan
    reader: ProtocolMachine
    number: int
    on_step: Callable[[ReadStep], None]
    on_bytes: Callable[[float, str, bytes], None] | None
    trace: ByteTrace = field(default_factory=ByteTrace)
    blocks_last_time: int | None = None
    began: float = 0.0
    blocks: int = 0
    received: int = 0
    whole: bool = False
    stored: tuple[int, int] = (0, 0)  # entries of the trace, bytes of the last of them
    retries: int = 0
    answered: bool = False
    noted: str = ""  # the link that is written down for this read
    problem: Problem | None = None

    def run(self, cancelled: threading.Event) -> SessionEnd:
        """Raises the problems of the database only before the port is opened."""
        with self.wp.database.write() as connection:
            read_store.open_read(connection, self.start)
            self.blocks_last_time = read_store.blocks_last_time(
                connection,
                machine_id=self.start.machine_id,
                asset_number=self.start.asset_number,
                practice=self.start.practice,
            )
        self.noted = self.start.link
        self.began = self.wp.monotonic()
        failed = self.talk(cancelled)
        reached = chosen_try(self.plan, self.reader) if self.answered else None
        return SessionEnd(
            read_id=self.start.id,
            failed=failed,
            problem=self.problem,
            reached=reached,
            answered=self.answered,
            whole=self.whole,
            blocks=self.blocks,
            received=self.received,
            heard=self.trace.count(MACHINE),
            retries=self.retries,
            seconds=self.seconds(),
        )

    def talk(self, cancelled: threading.Event) -> Failed | None:
        """Run the link to its end; None when it ended well."""
        first = self.plan.tries[0]
        try:
            self.step(Progress(Phase.PORT, detail=self.numbered({"device": self.start.port})))
            with closing(
                open_port(self.start.port, first.baud_rate, self.plan.profile, cancelled)
            ) as port:
                result = run_link(
                    port,
                    self.reader,
                    store=self.store,
                    on_progress=self.step,
                    on_bytes=self.on_bytes,
                    cancelled=cancelled,
                    monotonic=self.wp.monotonic,
                    trace=self.trace,
                )
        except PortError as error:
            party = Party.PERSON if error.code is FailureCode.CANCELLED else Party.PORT
            return Failed(error.code, party, {**port_problem(error, self.wp.data_dir)})
        except Problem as problem:  # a block could not be stored: nothing more was sent
            self.problem = problem
            return Failed(FailureCode.DISK_FULL, Party.PROGRAM)
        return result.failed

    def finish(self, end: SessionEnd) -> None:
        """Assemble the blocks. A full disk leaves them for the next start, which goes on."""
        failed = end.failed
        outcome = LinkOutcome(
            seconds=end.seconds,
            retries=end.retries,
            failure=self.failure_of(failed),
            party=None if failed is None else str(failed.party),
            detail={} if failed is None else dict(failed.detail),
            link=end.reached.link if end.reached else None,
            baud_rate=end.reached.baud_rate if end.reached else None,
        )
        with self.wp.database.write() as connection:
            read_store.finish_read(connection, self.start.id, outcome, self.news_of_trace())

    def failure_of(self, failed: Failed | None) -> str | None:
        if self.problem is not None:
            return self.problem.code
        return None if failed is None else str(failed.code)

    def store(self, piece: Received) -> None:
        """Called by the runner before the acknowledgement goes out: durable when it returns."""
        reached = chosen_try(self.plan, self.reader)
        with self.wp.database.write() as connection:
            read_store.append_block(
                connection,
                self.start.id,
                self.blocks,
                piece.data,
                self.news_of_trace(),
                last=piece.last,
            )
            if reached is not None and reached.link != self.noted:
                read_store.note_link(connection, self.start.id, reached.link)
                self.noted = reached.link
        self.blocks += 1
        self.received += len(piece.data)
        self.whole = piece.last
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
                detail=self.with_link(progress),
            )
        )

    def with_link(self, progress: Progress) -> dict[str, str | int]:
        """The values of a step, and which link is spoken as soon as that is sure."""
        reached = None if progress.phase is Phase.PORT else chosen_try(self.plan, self.reader)
        return progress.detail if reached is None else {"link": reached.link, **progress.detail}

    def numbered(self, detail: dict[str, str | int]) -> dict[str, str | int]:
        return detail | {"try": self.number} if self.number > 1 else detail

    def seconds(self) -> float:
        return self.wp.monotonic() - self.began

    def news_of_trace(self) -> tuple[tuple[float, str, bytes], ...]:
        """What was on the line since the last stored block; an entry may have grown since."""
        entries = tuple(self.trace)
        count, size = self.stored
        grown = [(at, sender, data[size:]) for at, sender, data in entries[count - 1 : count]]
        return (*(entry for entry in grown if entry[2]), *entries[count:])

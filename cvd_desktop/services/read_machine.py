"""Reads a machine: every block is on disk before the machine hears that it was received.

The order is: stored block by block, assembled, judged, told to the outbox. Whatever dies in
between, the next start goes on from what is on disk (recover_reads.py).
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import PortFact, ReadStep, ReadSummary
from cvd_desktop.link.outputs import FailureCode
from cvd_desktop.services.adapters import profile_for
from cvd_desktop.services.link_plan import DDCMP, LINKS, LinkPlan, plan_links, reader_for
from cvd_desktop.services.ports import port_fact
from cvd_desktop.services.practice_ports import is_practice_port
from cvd_desktop.services.read_session import ReadSession, SessionEnd
from cvd_desktop.services.recover_reads import recover_reads
from cvd_desktop.services.sample_folder import is_sample
from cvd_desktop.services.settle_read import settle_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import link_store, read_store, snapshot_store
from cvd_desktop.storage.link_store import KnownLink, LinkAttempt
from cvd_desktop.storage.read_store import ReadStart
from cvd_shared.wire_records import MachineRecord

PURPOSES = ("look", "collect")
TRIES = 2
"""Sessions of one read: the second when the first broke off before the report was whole."""

_AGAIN_AFTER = 2.5  # seconds; a machine gives a session up after 2 (timer D)
_AGAIN_WAIT = 15.0  # seconds at most for the sign of life of the second session

_EXIT_CODES = {
    FailureCode.NO_ANSWER: ExitCode.NO_ANSWER,
    FailureCode.OTHER_LINK: ExitCode.NO_ANSWER,
    FailureCode.PORT_MISSING: ExitCode.NO_ANSWER,
    FailureCode.PORT_BUSY: ExitCode.NO_ANSWER,
    FailureCode.PORT_DENIED: ExitCode.NO_ANSWER,
    FailureCode.REFUSED: ExitCode.REFUSED,
}  # every other failure broke off what had begun

_WORTH_ANOTHER_TRY = {FailureCode.BROKEN_OFF, FailureCode.BAD_CRC}


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """`read` is what was kept (a broken-off read too), `problem` why it did not end well."""

    read: ReadSummary | None
    problem: Problem | None


class _KeptForLater(Exception):  # noqa: N818 - nothing is lost
    """The disk is full or broken after the blocks were stored: the next start goes on."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def read_machine(
    wp: Workplace,
    port: str,
    *,
    purpose: str = "look",
    machine_id: str | None = None,
    asset_number: str | None = None,
    link: str = "auto",
    max_wait: float = 60.0,
    baud_rate: int | None = None,
    tries: int = TRIES,
    on_step: Callable[[ReadStep], None] | None = None,
    on_bytes: Callable[[float, str, bytes], None] | None = None,
    cancelled: threading.Event | None = None,
) -> ReadOutcome:
    """Read the machine on `port` and keep what it says. Topics of change: reads, outbox.

    `max_wait` is how long (seconds) to wait for the machine's first sign of life. `machine_id` or
    `asset_number` say which machine the person believes to be reading. `link` "auto" finds out
    what it speaks and at which speed, and remembers it. A session that breaks off before the
    report is whole is tried again from its beginning: the machine has reset nothing then.
    A practice machine is kept apart, except in the sample, of which nothing is ever sent.
    `on_bytes` is told (seconds, "R" reader or "M" machine, bytes) of everything on the line.
    Raises the problems of the database before the port is opened; whatever goes wrong later comes
    back in the outcome.
    """
    if link not in LINKS or purpose not in PURPOSES:
        raise ValueError(f"no link {link!r} or purpose {purpose!r}")
    recover_reads(wp)  # what a full disk or a bug left open since the start
    machine = _machine(wp, machine_id, asset_number)
    fact = port_fact(wp.data_dir, port)
    reading = _Reading(
        wp=wp,
        start=ReadStart(
            id=wp.new_id(),
            at=wp.clock(),
            port=port,
            link=DDCMP if link == DDCMP else "dexucs",
            purpose=purpose,
            machine_id=machine_id,
            asset_number=asset_number,
            practice=is_practice_port(wp.data_dir, port) and not is_sample(wp.data_dir),
        ),
        machine=machine,
        adapter=_adapter_name(fact),
        plan=plan_links(
            link,
            baud_rate=baud_rate,
            known=_known_link(wp, machine),
            profile=profile_for(wp.data_dir, fact),
        ),
        max_wait=max_wait,
        on_step=on_step or (lambda _: None),
        on_bytes=on_bytes,
        cancelled=cancelled or threading.Event(),
    )
    return reading.run(tries)


def _machine(wp: Workplace, machine_id: str | None, asset_number: str | None) -> str | None:
    """The key of the machine that the person chose, whichever way it was named."""
    if machine_id is not None and not asset_number:
        with wp.database.read() as connection:
            record = snapshot_store.record(connection, MachineRecord, machine_id)
        asset_number = record.asset_number if record else None
    return link_store.machine_key(machine_id, asset_number)


def _known_link(wp: Workplace, machine: str | None) -> KnownLink | None:
    if machine is None:
        return None
    with wp.database.read() as connection:
        return link_store.known_link(connection, machine)


def _adapter_name(fact: PortFact) -> str:
    return " ".join(part for part in (fact.adapter, fact.serial_number) if part)


@dataclass(slots=True)
class _Reading:
    """One read: a session, and another one where that is safe and may help."""

    wp: Workplace
    start: ReadStart
    machine: str | None
    adapter: str
    plan: LinkPlan
    max_wait: float
    on_step: Callable[[ReadStep], None]
    on_bytes: Callable[[float, str, bytes], None] | None
    cancelled: threading.Event
    held: ExitStack = field(default_factory=ExitStack)
    began: float = 0.0  # on the monotonic clock

    def run(self, tries: int) -> ReadOutcome:
        try:
            with self.held:  # nobody else recovers what is being read
                return self.sessions(tries)
        except _KeptForLater as later:
            return ReadOutcome(None, later.problem)

    def sessions(self, tries: int) -> ReadOutcome:
        self.began = self.wp.monotonic()
        ends = [self.session(1, (0, 0), self.max_wait)]
        for number in range(2, tries + 1):
            if not self.again(ends[-1]):
                break
            ends.append(self.session(number, (0, 0), min(self.max_wait, _AGAIN_WAIT)))
        codes = self.codes_after(ends)
        if codes is not None:
            ends.append(self.session(len(ends) + 1, codes, self.max_wait))
        try:
            best = self.keep(ends)
        except Problem as full_or_broken:
            raise _KeptForLater(self.problem_of(ends[-1]) or full_or_broken) from full_or_broken
        with self.wp.database.read() as connection:
            summary = read_store.summary_of(connection, best.read_id)
        return ReadOutcome(summary, self.problem_of(best))

    def session(self, number: int, codes: tuple[int, int], max_wait: float) -> SessionEnd:
        """One session with a read of its own, which nobody else recovers while it runs."""
        now = self.wp.clock()
        start = self.start if number == 1 else replace(self.start, id=self.wp.new_id(), at=now)
        reader = reader_for(
            self.plan,
            purpose=start.purpose,
            max_wait=max_wait,
            at=now.astimezone().replace(tzinfo=None),
            codes=codes,
        )
        session = ReadSession(
            wp=self.wp,
            start=start,
            plan=self.plan,
            reader=reader,
            number=number,
            on_step=self.on_step,
            on_bytes=self.on_bytes if number == 1 else self.told_later(),
        )
        self.held.enter_context(self.wp.hold(f"read-{start.id}"))
        end = session.run(self.cancelled)
        try:
            session.finish(end)
            self.note(start, number, end)
        except Problem as full_or_broken:
            raise _KeptForLater(self.problem_of(end) or full_or_broken) from full_or_broken
        if end.reached is not None:  # the next session need not find it out again
            self.plan = self.plan._replace(tries=(end.reached,))
        return end

    def told_later(self) -> Callable[[float, str, bytes], None] | None:
        """A session counts from its own beginning; the listener hears one clock for all of them."""
        tell, gone = self.on_bytes, self.wp.monotonic() - self.began
        if tell is None:
            return None
        return lambda seconds, sender, data: tell(gone + seconds, sender, data)

    def again(self, end: SessionEnd) -> bool:
        """Whether a fresh session is safe and may help; waits until the machine is back."""
        failed = end.failed
        if failed is None or end.whole or failed.code not in _WORTH_ANOTHER_TRY:
            return False
        return not self.cancelled.wait(_AGAIN_AFTER)

    def codes_after(self, ends: list[SessionEnd]) -> tuple[int, int] | None:
        """The machine's own codes, where it has shown that it has some: never after it has given
        a part of its report for the factory's zeros."""
        failed = ends[-1].failed
        if any(end.received for end in ends):
            return None
        refused = failed is not None and failed.code is FailureCode.REFUSED
        if not refused or failed is None or failed.detail.get("code") != "codes":
            return None
        if self.machine is None:
            return None
        with self.wp.database.read() as connection:
            return link_store.pass_codes(connection, self.machine)

    def keep(self, ends: list[SessionEnd]) -> SessionEnd:
        """Judge and queue what came. A part that the best session holds as well is dropped."""
        last_first = list(reversed(ends))
        best = max(last_first, key=lambda end: (end.whole, end.received, end.answered))
        for end in ends:
            if end is not best and not self.is_within(end, best):
                settle_read(self.wp, end.read_id)
        settle_read(self.wp, best.read_id)
        return best

    def is_within(self, end: SessionEnd, best: SessionEnd) -> bool:
        with self.wp.database.write() as connection:
            part = read_store.raw_of(connection, end.read_id)
            whole = read_store.raw_of(connection, best.read_id)
            within = part is None or (whole is not None and whole.startswith(part))
            if within:
                read_store.forget_read(connection, end.read_id)
        return within

    def note(self, start: ReadStart, number: int, end: SessionEnd) -> None:
        """Keep how the try went, for the statistics of parts; practice is not counted."""
        if start.practice:
            return
        link, baud_rate = end.reached or self.plan.tries[0]
        failed = end.failed
        attempt = LinkAttempt(
            id=self.wp.new_id(),
            at=start.at,
            read_id=start.id if end.received else None,
            port=start.port,
            adapter=self.adapter,
            machine=self.machine,
            asset_number=start.asset_number,
            link=link,
            baud_rate=baud_rate,
            number=number,
            failure=None if failed is None else str(failed.code),
            party=None if failed is None else str(failed.party),
            why=None if failed is None else str(failed.detail.get("why", "")) or None,
            seconds=end.seconds,
            retries=end.retries,
            size=end.received,
            heard=end.heard,
        )
        with self.wp.database.write() as connection:
            link_store.add_attempt(connection, attempt)

    def problem_of(self, end: SessionEnd) -> Problem | None:
        """What of the end a person can act on."""
        failed = end.failed
        if failed is None:
            return None
        if end.problem is not None:
            return Problem(end.problem.code, ExitCode.BROKEN_OFF, **end.problem.values)
        exit_code = _EXIT_CODES.get(failed.code, ExitCode.BROKEN_OFF)
        if failed.code is FailureCode.PORT_GONE and not end.answered:
            exit_code = ExitCode.NO_ANSWER
        values: dict[str, object] = {**failed.detail, "party": str(failed.party)}
        if "code" in values:
            values["response"] = values.pop("code")  # the machine's: 01 to 05, nak, codes, list
        values |= {"port": self.start.port, "blocks": end.blocks}
        return Problem(str(failed.code), exit_code, **values)

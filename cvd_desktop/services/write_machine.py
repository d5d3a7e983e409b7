"""Writes settings to a machine: look, preview, send, look again, one event that tells it all.

`plan_machine_write` reads the machine and says what would change; `write_machine` sends it and
proves it. Before the first byte goes out the event is on disk as it would be if this program died
now (storage/write_store); the proof replaces it. So no write is ever forgotten, and none is told
twice.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cvd_desktop.devices.adapter_profiles import AdapterProfile
from cvd_desktop.devices.link_runner import RunResult, run_link
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadStep
from cvd_desktop.domain.write_records import Wanted, WriteOutcome, WritePlan, WriteStep, WrittenLine
from cvd_desktop.link.auto_link import Attempt, AutoReader
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Party,
    Phase,
    Progress,
    ProtocolMachine,
)
from cvd_desktop.services.adapters import profile_of_port
from cvd_desktop.services.link_plan import DDCMP, ddcmp_settings, dex_settings, plan_links
from cvd_desktop.services.parsed_read import parse
from cvd_desktop.services.ports import port_problem
from cvd_desktop.services.practice_ports import is_practice_port
from cvd_desktop.services.read_machine import ReadOutcome, read_machine
from cvd_desktop.services.reads import raw_bytes, read_detail
from cvd_desktop.services.recover_writes import recover_writes
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.services.write_plan import Seen, check_prices, document_of, plan_write
from cvd_desktop.services.write_proof import Times, prove, unproven
from cvd_desktop.storage import link_store, outbox_store, read_store, write_store
from cvd_desktop.storage.link_store import KnownLink
from cvd_shared.permissions import Right, Role, may
from cvd_shared.wire_events import MachineWritten

OnStep = Callable[[WriteStep], None]
OnBytes = Callable[[float, str, bytes], None]

_SESSION_OVER = 2.5  # seconds; a machine gives a session up after 2 (timer D)
_NOTHING_SENT = (Phase.PORT, Phase.ANSWER)
_WORDED_REFUSALS = ("codes", "write", "program", "master")  # what the words of a read say as well


def plan_machine_write(
    wp: Workplace,
    port: str,
    wanted: Wanted,
    *,
    link: str = "auto",
    machine_id: str | None = None,
    asset_number: str | None = None,
    max_wait: float = 60.0,
    on_step: OnStep | None = None,
    cancelled: threading.Event | None = None,
) -> WritePlan:
    """Look at the machine on `port` and say what would change. The look is kept as a read.

    Raises Problem: write_nothing, write_price_unreadable and write_not_allowed before anything is
    touched; what kept the machine from being read, write_before_unreadable, write_other_machine
    when it is not the one that was named, and those of `plan_write`. Topics of change: reads,
    outbox.
    """
    if wanted.nothing:
        raise Problem("write_nothing", ExitCode.USAGE)
    check_prices(wanted)
    _check_right(wp, port)
    looked = read_machine(
        wp,
        port,
        purpose="look",
        machine_id=machine_id,
        asset_number=asset_number,
        link=link,
        max_wait=max_wait,
        on_step=_on_stage("look", on_step),
        cancelled=cancelled,
    )
    return plan_write(_seen(wp, looked), wanted, _local(wp))


def write_machine(
    wp: Workplace,
    port: str,
    plan: WritePlan,
    *,
    max_wait: float = 60.0,
    on_step: OnStep | None = None,
    on_bytes: OnBytes | None = None,
    cancelled: threading.Event | None = None,
) -> WriteOutcome:
    """Send the changes of `plan`, look again, record it. Topics of change: reads, outbox.

    Whatever goes wrong on the line comes back in the outcome; where the machine may have taken
    anything, it is looked at again. Raises Problem: write_no_change, write_not_allowed,
    write_value_unfit, and those of the database before the port is opened.
    """
    if not plan.changes:
        raise Problem("write_no_change", ExitCode.USAGE)
    _check_right(wp, port)
    recover_writes(wp)
    writing = _Writing(wp, port, plan, max_wait, on_step, on_bytes, cancelled or threading.Event())
    with wp.hold(f"write-{writing.write_id}"):
        return writing.run()


@dataclass(slots=True)
class _Writing:
    """One write from its intention to its event."""

    wp: Workplace
    port: str
    plan: WritePlan
    max_wait: float
    on_step: OnStep | None
    on_bytes: OnBytes | None
    cancelled: threading.Event
    write_id: str = ""
    phase: Phase = Phase.PORT
    at: datetime = field(init=False)
    practice: bool = field(init=False)

    def __post_init__(self) -> None:
        self.write_id = self.wp.new_id()
        self.at = self.wp.clock()
        self.practice = is_practice_port(self.wp.data_dir, self.port)

    def run(self) -> WriteOutcome:
        document = document_of(self.plan, _local(self.wp))
        profile = profile_of_port(self.wp.data_dir, self.port)
        self._intend(profile.name)
        failed = self._send(document, profile)
        nothing_sent = failed is not None and self._phase_of(failed) in _NOTHING_SENT
        lines, proof_id, proof_problem = unproven(self.plan), None, None
        if failed is None or (self._may_have_begun(failed) and not self._cancelled_at_rest()):
            lines, proof_id, proof_problem = self._prove(lines)
        outcome = WriteOutcome(
            write_id=self.write_id,
            at=self.at,
            plan=self.plan,
            lines=lines,
            answered=failed is None,
            code=None if failed is None else _code(failed),
            recorded=not self.practice and not nothing_sent,
            proof_read_id=proof_id,
            problem=None if failed is None else self._problem(failed),
            proof_problem=proof_problem,
        )
        try:
            self._record(outcome, profile.name)
        except Problem as full_or_broken:  # the intention stays: the next start tells it
            problem = outcome.proof_problem or full_or_broken
            return replace(outcome, recorded=False, proof_problem=problem)
        return outcome

    # --- the line -----------------------------------------------------------------------------

    def _send(self, document: bytes, profile: AdapterProfile) -> Failed | None:
        """None when the machine has taken the whole document."""
        failed = self._session(document, profile, (0, 0))
        if failed is None or self.plan.link != DDCMP or failed.detail.get("code") != "codes":
            return failed
        codes = self._codes()  # only to a machine that has refused the factory's zeros
        if codes is None:
            return failed
        return self._session(document, profile, codes)

    def _session(
        self, document: bytes, profile: AdapterProfile, codes: tuple[int, int]
    ) -> Failed | None:
        attempts = self._attempts(document, profile, codes)
        began = self.wp.monotonic()

        def progress(step: Progress) -> None:
            self.phase = step.phase
            if self.on_step:
                self.on_step(WriteStep("write", _read_step(step, self.wp.monotonic() - began)))

        try:
            with closing(open_port(self.port, attempts[0].baud_rate, profile)) as port:
                result: RunResult = run_link(
                    port,
                    self._writer(attempts),
                    store=lambda _: None,  # a writer is given nothing
                    on_progress=progress,
                    on_bytes=self.on_bytes,
                    cancelled=self.cancelled,
                    monotonic=self.wp.monotonic,
                )
        except PortError as error:
            values = port_problem(error, self.wp.data_dir)
            return Failed(error.code, Party.PORT, dict(values))
        return result.failed

    def _writer(self, attempts: list[Attempt]) -> ProtocolMachine:
        """One that is alone keeps the line: it tells a machine that calls from an echo."""
        if len(attempts) == 1:
            return attempts[0].make(self.max_wait)
        return AutoReader(attempts, self.max_wait)

    def _attempts(
        self, document: bytes, profile: AdapterProfile, codes: tuple[int, int]
    ) -> list[Attempt]:
        """Writers on the link by which the look read came, at the speeds that may fit."""

        def dexucs(max_wait: float) -> ProtocolMachine:
            return DexWriter(document, dex_settings(max_wait))

        def ddcmp(speed: int) -> Callable[[float], ProtocolMachine]:
            def made(max_wait: float) -> ProtocolMachine:
                at = _local(self.wp).replace(tzinfo=None)
                identity = DdcmpIdentity(security_code=codes[0], pass_code=codes[1], at=at)
                settings = ddcmp_settings(speed, max_wait, profile)
                return DdcmpReader(settings, lists=(), identity=identity, document=document)

            return made

        plan = plan_links(
            self.plan.link, baud_rate=self._speed(), known=self._known_link(), profile=profile
        )
        tries = plan.tries
        return [
            Attempt(each.link, each.baud_rate, ddcmp(each.baud_rate))
            if each.link == DDCMP
            else Attempt(each.link, each.baud_rate, dexucs)
            for each in tries
        ]

    def _speed(self) -> int | None:
        """At which the look read found the machine: nothing else is tried, for a machine may keep
        a raised speed for seconds after a session, and every other try would cost more."""
        with self.wp.database.read() as connection:
            looked = read_store.find_read(connection, self.plan.before_read_id)
        return looked.outcome.baud_rate if looked is not None else None

    def _known_link(self) -> KnownLink | None:
        key = self._machine_key()
        if key is None:
            return None
        with self.wp.database.read() as connection:
            return link_store.known_link(connection, key)

    def _machine_key(self) -> str | None:
        return link_store.machine_key(self.plan.machine_id, self.plan.asset_number)

    def _codes(self) -> tuple[int, int] | None:
        key = self._machine_key()
        if key is None:
            return None
        with self.wp.database.read() as connection:
            return link_store.pass_codes(connection, key)

    def _phase_of(self, failed: Failed) -> Phase:
        """How far it came: as the protocol machine says, else as its progress did."""
        return Phase(str(failed.detail.get("phase", self.phase)))

    def _may_have_begun(self, failed: Failed) -> bool:
        """True when the machine may have taken a part, and can be looked at again."""
        if failed.code in (FailureCode.REFUSED, FailureCode.CANCELLED):
            return False
        return self._phase_of(failed) in (Phase.HANDSHAKE_2, Phase.TRANSFER, Phase.CHECK)

    def _cancelled_at_rest(self) -> bool:
        """Wait until the machine has given the broken session up; True when a person cancels."""
        return self.cancelled.wait(_SESSION_OVER)

    def _problem(self, failed: Failed) -> Problem:
        values: dict[str, object] = {**failed.detail, "party": str(failed.party)}
        if "code" in values:
            values["response"] = values.pop("code")
        values |= {"port": self.port, "failure": str(failed.code).replace("_", " "), "blocks": 0}
        if failed.code is FailureCode.REFUSED:
            worded = values.get("response") in _WORDED_REFUSALS
            return Problem("refused" if worded else "write_refused", ExitCode.REFUSED, **values)
        if self._phase_of(failed) in _NOTHING_SENT:
            broken = failed.code in (FailureCode.CANCELLED, FailureCode.BROKEN_OFF)
            exit_code = ExitCode.BROKEN_OFF if broken else ExitCode.NO_ANSWER
            return Problem(str(failed.code), exit_code, **values)
        return Problem("write_broken_off", ExitCode.BROKEN_OFF, **values)

    # --- the proof ----------------------------------------------------------------------------

    def _prove(
        self, lines: tuple[WrittenLine, ...]
    ) -> tuple[tuple[WrittenLine, ...], str | None, Problem | None]:
        try:
            looked = self._look_again()
        except Problem as full_or_broken:  # what was written is told all the same
            return lines, None, full_or_broken
        if looked.read is None:
            return lines, None, looked.problem
        read = looked.read
        reading = parse(raw_bytes(self.wp, read.id)).reading
        if looked.problem is not None or reading is None or not read.complete:
            problem = looked.problem or Problem("write_proof_unreadable", ExitCode.BROKEN_OFF)
            return lines, read.id, problem
        with self.wp.database.read() as connection:
            before = read_store.summary_of(connection, self.plan.before_read_id)
        seen_at = before.at if before else self.at
        times = Times(_local_of(seen_at), _local_of(read.at))
        return prove(self.plan, reading, times), read.id, None

    def _look_again(self) -> ReadOutcome:
        return read_machine(
            self.wp,
            self.port,
            purpose="look",
            machine_id=self.plan.machine_id,
            asset_number=self.plan.asset_number if self.plan.machine_id is None else None,
            link=self.plan.link,
            baud_rate=self._speed(),
            max_wait=self.max_wait,
            on_step=_on_stage("proof", self.on_step),
            cancelled=self.cancelled,
        )

    # --- the event ----------------------------------------------------------------------------

    def _intend(self, adapter: str) -> None:
        if self.practice:
            return
        session = current_session(self.wp)
        payload = self._payload(unproven(self.plan), adapter, {"ok": False, "code": "interrupted"})
        fact = {
            "payload": payload,
            "actor": session.user_id if session else None,
            "occurred_at": to_wire(self.at),
        }
        with self.wp.database.write() as connection:
            write_store.open_write(connection, self.write_id, fact)

    def _record(self, outcome: WriteOutcome, adapter: str) -> None:
        """The event in the place of the intention; neither where nothing was sent."""
        if self.practice:
            return
        answer = {"ok": outcome.answered, "code": outcome.code}
        payload = self._payload(outcome.lines, adapter, answer, outcome.proof_read_id)
        with self.wp.database.write() as connection:
            fact = write_store.find_write(connection, self.write_id)
            if outcome.recorded and fact is not None:
                outbox_store.append(
                    connection,
                    new_id=self.wp.new_id,
                    type=MachineWritten.TYPE,
                    entity=("machine_write", self.write_id),
                    payload=payload,
                    actor=fact["actor"],
                    occurred_at=fact["occurred_at"],
                )
            write_store.close_write(connection, self.write_id)

    def _payload(
        self,
        lines: Iterable[WrittenLine],
        adapter: str,
        answer: Mapping[str, object],
        proof_read_id: str | None = None,
    ) -> dict[str, Any]:
        plan = self.plan
        return MachineWritten.model_validate(
            {
                "write_id": self.write_id,
                "machine_id": plan.machine_id,
                "asset_number": (plan.asset_number or "")[:100] or None,
                "at": to_wire(self.at),
                "link": plan.link,
                "adapter": adapter[:200],
                "changes": [_change_told(line) for line in lines],
                "answer": answer,
                "before_read_id": plan.before_read_id,
                "proof_read_id": proof_read_id,
            }
        ).model_dump(mode="json")


def _change_told(line: WrittenLine) -> dict[str, object]:
    """A machine may say anything: what is too long is cut, and what was found stays beside it."""
    change = line.change
    return {
        "what": change.what,
        "selection": change.selection and change.selection[:40],
        "price_list": change.price_list,
        "device": change.device,
        "before": change.before and change.before[:100],
        "after": change.after[:100],
        "outcome": line.result,
        "found": line.found and line.found[:100],
    }


def _check_right(wp: Workplace, port: str) -> None:
    """Everybody may practise. Nobody signed in: the first who does answers for it, and the server
    judges all the same."""
    session = current_session(wp)
    if session is None or is_practice_port(wp.data_dir, port):
        return
    if not may(Role(session.role), Right.MACHINE_WRITE):
        raise Problem("write_not_allowed", ExitCode.REFUSED, role=session.role)


def _seen(wp: Workplace, looked: ReadOutcome) -> Seen:
    if looked.problem is not None:
        raise looked.problem
    assert looked.read is not None  # a read that went well was kept
    read = looked.read
    parsed = parse(raw_bytes(wp, read.id))
    if parsed.report is None or parsed.reading is None or not read.complete:
        raise Problem("write_before_unreadable", ExitCode.BROKEN_OFF, read=read.id)
    detail = read_detail(wp, read.id)
    if detail.meant is not None:
        raise Problem(
            "write_other_machine",
            ExitCode.USAGE,
            meant=detail.meant.asset_number,
            found=read.machine_asset or "?",
        )
    return Seen(
        read_id=read.id,
        report=parsed.report,
        reading=parsed.reading,
        link=read.link,
        machine_id=read.machine_id,
        asset_number=read.machine_asset,
        currency=detail.currency,
        decimals=detail.decimals,
    )


def _on_stage(stage: str, on_step: OnStep | None) -> Callable[[ReadStep], None] | None:
    if on_step is None:
        return None
    return lambda step: on_step(WriteStep(stage, step))


def _read_step(step: Progress, seconds: float) -> ReadStep:
    return ReadStep(
        phase=str(step.phase),
        blocks=step.blocks,
        received=step.received,
        retries=step.retries,
        seconds=seconds,
        blocks_last_time=None,
        detail=step.detail,
    )


def _code(failed: Failed) -> str:
    return str(failed.detail.get("code") or failed.code)[:50]


def _local(wp: Workplace) -> datetime:
    """The time of this computer's wall, which is what the clock of a machine shows."""
    return _local_of(wp.clock())


def _local_of(moment: datetime) -> datetime:
    return moment.astimezone()

"""The Read, Machine and Outbox screens over plain fakes: what the services are asked, and say."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.bundle_records import (
    BundleCarried,
    BundleMade,
    CarriedBundle,
    ReceiptTaken,
)
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import (
    OutboxEntry,
    PortFact,
    ReadDetail,
    ReadStep,
    ReadSummary,
    SyncStatus,
)
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.outbox_files import FileServices
from cvd_desktop.ui.screens.outbox_screen import OutboxScreen, OutboxServices
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.screens.read_services import ReadServices
from cvd_desktop.ui.theme import Look
from cvd_shared.wire_records import MachineRecord
from tests.support import read_facts as facts


def messages(parent: QWidget | None = None) -> Messages:
    return Messages(
        facts.words,
        facts.answer_words,
        facts.record_title,
        facts.record_reason,
        parent,
        facts.fact_words,
    )


@dataclass
class Bench:
    """The services of the Read screen. A read waits at `go_on` after its steps."""

    ports: list[PortFact] = field(default_factory=lambda: [facts.port()])
    reads: list[ReadSummary] = field(default_factory=list)
    detail: ReadDetail = field(default_factory=facts.detail)
    problem: Problem | None = None
    steps: list[ReadStep] = field(default_factory=facts.steps)
    asked: list[dict[str, object]] = field(default_factory=list)
    reading: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    import_files: Callable[[], object] | None = None
    conformance: Callable[[str], str] | None = None
    assign_read: Callable[[str, str], object] | None = None
    evidence: tuple[str, ...] = ()
    codes: list[tuple[str, str, str]] = field(default_factory=list)
    metered: list[str] = field(default_factory=list)

    def keep_codes(self, machine: MachineRecord, first: str, second: str) -> None:
        if first != second:
            raise Problem("codes_differ", ExitCode.USAGE)
        self.codes.append((machine.asset_number, first, second))

    def read_bank(
        self,
        ports: Sequence[str],
        *,
        purpose: str,
        on_step: Callable[[str, ReadStep], None],
        cancelled: threading.Event,
    ) -> list[facts.BankOutcome]:
        """Every machine takes the same steps; the last one of them fails."""
        self.asked.append({"ports": tuple(ports), "purpose": purpose})
        for step in self.steps:
            for port in ports:
                on_step(port, step)
        self.reading.set()
        while not self.go_on.wait(0.01):
            if cancelled.is_set():
                break
        good = facts.Outcome(self.detail.summary, None)
        bad = facts.Outcome(None, Problem("no_answer", ExitCode.NO_ANSWER))
        outcomes = [good] * (len(ports) - 1) + [bad]
        return [facts.BankOutcome(*one) for one in zip(ports, outcomes, strict=True)]

    def read_machine(
        self,
        port: str,
        *,
        purpose: str,
        machine_id: str | None,
        asset_number: str | None,
        link: str,
        max_wait: float,
        on_step: Callable[[ReadStep], None],
        cancelled: threading.Event,
    ) -> facts.Outcome:
        asked = {"port": port, "purpose": purpose, "asset": asset_number, "link": link}
        self.asked.append(asked)
        for step in self.steps:
            on_step(step)
        self.reading.set()
        while not self.go_on.wait(0.01):
            if cancelled.is_set():
                return facts.Outcome(
                    facts.partial_detail().summary, Problem("cancelled", ExitCode.BROKEN_OFF)
                )
        kept = facts.partial_detail().summary if self.problem else self.detail.summary
        return facts.Outcome(kept, self.problem)

    def read_detail(self, read_id: str) -> ReadDetail:
        if read_id == "gone":
            raise Problem("read_unknown", ExitCode.USAGE, id=read_id)
        return self.detail

    def list_reads(self) -> list[ReadSummary]:
        return self.reads

    def list_ports(self) -> list[PortFact]:
        return self.ports

    def screen(self, look: Look, background: Background) -> ReadScreen:
        services = ReadServices(
            self.read_machine,
            self.read_detail,
            self.list_reads,
            self.list_ports,
            read_bank=self.read_bank,
            import_files=self.import_files,
            conformance=self.conformance,
            assign_read=self.assign_read,
            evidence=lambda _problem, _machine: self.evidence,
            keep_codes=self.keep_codes,
            enter_meters=lambda machine: self.metered.append(machine.asset_number),
        )
        return ReadScreen(look, background, messages(), services, lambda: facts.NOW)


@dataclass(frozen=True)
class Report:
    pushed: int = 5
    pulled: int = 12
    problem: str | None = None


@dataclass
class Post:
    """The services of the Outbox screen. A sync waits at `go_on` when it is there."""

    entries: list[OutboxEntry] = field(default_factory=facts.outbox)
    status: SyncStatus = field(default_factory=facts.status)
    report: Report = field(default_factory=Report)
    error: Exception | None = None
    go_on: threading.Event | None = None
    calls: list[str] = field(default_factory=list)
    carried: list[CarriedBundle] = field(default_factory=list)
    files: int = 1  # of an export
    left_out: int = 0

    def list(self, offset: int, limit: int) -> list[OutboxEntry]:
        return self.entries[offset : offset + limit]

    def sync(self, should_stop: Callable[[], bool]) -> Report:
        self.calls.append("sync")
        if self.go_on is not None:
            self.go_on.wait()
        if self.error is not None:
            raise self.error
        self.status = replace(self.status, waiting=0, oldest_waiting=None)
        return self.report

    def retry(self) -> None:
        self.calls.append("retry")

    def leave(self, op_id: str, left: bool) -> None:
        self.entries = [
            replace(one, left_to_office=left) if one.op_id == op_id else one for one in self.entries
        ]

    def export(self, folder: Path) -> BundleMade:
        if self.error is not None:
            raise self.error
        self.calls.append(f"export {folder}")
        path, waiting = folder / "unsent.cvdbundle", self.status.waiting
        return BundleMade(path, "bundle", waiting, 3, self.left_out, 9000, self.files)

    def take(self, path: Path) -> ReceiptTaken | BundleCarried:
        if self.error is not None:
            raise self.error
        self.calls.append(f"take {path}")
        if path.suffix == ".cvdbundle":
            return BundleCarried("bundle", "driver12", 12, news=True)
        return ReceiptTaken("bundle", 5, 1, 0)

    def screen(
        self, look: Look, background: Background, words: Messages | None = None
    ) -> OutboxScreen:
        services = OutboxServices(
            self.list,
            lambda: self.status,
            self.sync,
            self.retry,
            self.leave,
            FileServices(self.export, self.take, lambda: self.carried),
        )
        return OutboxScreen(look, background, words or messages(), services, lambda: facts.NOW)

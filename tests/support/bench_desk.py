"""A Bench with made-up services: ports, traces, parts and a practice machine in memory."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cvd_desktop.domain.bench_records import PartLine, ReplayVerdict, StoredTrace, TraceHead
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import PortFact, ReadStep, ReadSummary, RecordState
from cvd_desktop.domain.write_records import (
    PlannedChange,
    PlanWarning,
    Wanted,
    WriteOutcome,
    WritePlan,
    WriteStep,
    WrittenLine,
)
from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.services.parsed_read import parse
from cvd_desktop.services.record_words import reason_of, title_of
from cvd_desktop.services.words import answer_words, words
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.bench_screen import BenchScreen
from cvd_desktop.ui.screens.bench_services import (
    BenchServices,
    BundleWanted,
    Finding,
    PracticeServices,
)
from cvd_desktop.ui.screens.bench_write import WriteServices
from cvd_desktop.ui.theme import Look
from cvd_shared.dex.write_style import WriteStyle
from cvd_shared.wire_records import MachineRecord
from tests.support import bench_traces as traces
from tests.support.sample_screen import NOW

PORT = PortFact("/dev/ttyUSB0", "USB serial", "USB serial, true RS-232", 0x403, 0x6001, "A1", True)
OTHER = PortFact("/dev/ttyS0", "ttyS0", None, None, None, None, False)
PRACTICE = PortFact(
    "/dev/pts/7", "Virtual machine (snack)", "Virtual machine", None, None, None, True, True
)
GOOD_AT = datetime(2026, 10, 14, 7, 12, tzinfo=UTC)


class Outcome(NamedTuple):
    read: ReadSummary | None
    problem: Problem | None


class Model(NamedTuple):
    name: str
    make: str
    kind: str
    links: tuple[str, ...]


class Fault(NamedTuple):
    name: str
    meaning: str
    argument: str


MODELS = (
    Model("snack", "Alder", "snack", ("dexucs", "ddcmp")),
    Model("coffee", "Birch", "coffee", ("ddcmp",)),
    Model("drink", "Cedar", "drink", ("dexucs",)),
)
FAULTS = (
    Fault("bad_crc", "every so many blocks has a wrong CRC", "block"),
    Fault("slow", "it waits long before session 2", "seconds"),
    Fault("silent", "it never answers", ""),
    Fault("noise", "noise when the plug goes in", ""),
    Fault("hang", "it stops in the middle of a block", "block"),
    Fault("code", "it answers with this code", "code"),
)
PARTS = (
    PartLine("adapter", "USB serial A1", 14, 9, "suspect", {"witnesses": "10433, 10427, 10402"}),
    PartLine("machine", "10455", 6, 4, "unclear"),
    PartLine("adapter", "USB serial A2", 41, 2, "good"),
    PartLine("port", "/dev/ttyUSB1", 2, 1, "too_few"),
)


def machine_record() -> MachineRecord:
    return MachineRecord(
        id="m-10433",
        version=1,
        asset_number="10433",
        make="Alder",
        model="ALDER 5",
        machine_type="coffee",
        location_name="Harbour Works",
    )


def read_summary(number: int = 0, **values: Any) -> ReadSummary:
    read = ReadSummary(
        id=f"read-{number}",
        machine_asset="10433",
        machine_id="m-10433",
        at=GOOD_AT,
        size=len(traces.REPORT),
        complete=number != 2,
        purpose="look",
        link="ddcmp" if number % 3 == 1 else "dexucs",
        verdict={},
        state=RecordState.ON_THE_SERVER,
    )
    return replace(read, **values)


@dataclass
class Desk:
    """What the services of the Bench do; a test changes what it wants to see."""

    ports: list[PortFact] = field(default_factory=lambda: [PORT])
    entries: Sequence[Entry] = field(default_factory=lambda: traces.dex_read(before_session_2=1.55))
    problem: Problem | None = None
    good: StoredTrace | None = field(
        default_factory=lambda: StoredTrace(
            TraceHead(link="dexucs", machine="10433", at=GOOD_AT), tuple(traces.dex_read())
        )
    )
    reads: list[ReadSummary] = field(default_factory=lambda: [read_summary(n) for n in range(4)])
    parts: Sequence[PartLine] = PARTS
    finding: Finding = ("loop_back_right", {"sent": 940, "right": 940, "round_trip": "2.1 ms"})
    go_on: threading.Event = field(default_factory=threading.Event)
    reading: threading.Event = field(default_factory=threading.Event)
    asked: list[dict[str, Any]] = field(default_factory=list)
    saved: list[tuple[Path, StoredTrace]] = field(default_factory=list)
    exported: list[tuple[Path, BundleWanted]] = field(default_factory=list)
    started: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    hold: bool = False
    writes: bool = True
    outcome: str = "good"  # what becomes of a write: good, mixed, refused
    wanted: list[Wanted] = field(default_factory=list)
    written: list[WritePlan] = field(default_factory=list)

    def read(self, port: str, **asked: Any) -> Outcome:
        self.asked.append({"port": port, **asked})
        step: Callable[[ReadStep], None] = asked["on_step"]
        step(ReadStep("answer", 0, 0, 0, 0.1, None))
        half = len(self.entries) // 2 + 1
        for n, entry in enumerate(self.entries):
            asked["on_bytes"](*entry)
            if self.hold and n == half:
                self.reading.set()
                self.go_on.wait(20)
        if self.problem is not None:
            return Outcome(None, self.problem)
        return Outcome(read_summary(9, at=NOW), None)

    def trace_of(self, read_id: str) -> StoredTrace:
        if read_id.endswith("1"):
            head = TraceHead(link="ddcmp", machine="10433", at=GOOD_AT, adapter="Optical head")
            return StoredTrace(head, tuple(traces.ddcmp_read(traces.WHO_CODES, 6)), read_id)
        head = TraceHead(link="dexucs", machine="10433", at=GOOD_AT)
        return StoredTrace(head, tuple(traces.dex_read()), read_id)

    def services(self, *, practice: bool = True) -> BenchServices:
        return BenchServices(
            read=self.read,
            list_ports=lambda: list(self.ports),
            list_reads=lambda: list(self.reads),
            trace_of=self.trace_of,
            last_good=lambda trace, machine: self.good,
            save_trace=lambda path, trace: self.saved.append((path, trace)),
            load_trace=lambda path: self.trace_of(path.stem),
            replay=lambda trace: ReplayVerdict("", {}, traces.REPORT, 2, 0),
            export_bundle=lambda path, wanted: self.exported.append((path, wanted)),
            parts=lambda: self.parts,
            test_loop_back=lambda device, cancelled: self.finding,
            bundle_name=lambda now: "cvd-bundle.zip",
            practice=self._practice() if practice else None,
            write=WriteServices(self.plan, self.send) if self.writes else None,
            evidence=lambda problem, machine: (
                "Most likely the cable or the adapter.",
                "This adapter failed at 10402 too, on 12 Nov.",
            ),
        )

    def plan(self, port: str, wanted: Wanted, **asked: Any) -> WritePlan:
        self.wanted.append(wanted)
        asked["on_step"](WriteStep("look", ReadStep("answer", 0, 0, 0, 0.1, None)))
        lines = [
            PlannedChange("price", str(after), "140", selection)
            for selection, after in (("10", 150), ("11", 160))
        ]
        lines.append(PlannedChange("price", "140", "140", "12", same=True))
        lines.append(PlannedChange("clock", "2026-11-21 07:42", "2026-11-19 23:01"))
        lines.append(PlannedChange("price", "200", None, "77", known=False))
        warnings = (
            PlanWarning("write_unknown_selection", {"selections": "77"}),
            PlanWarning("write_auto_mode"),
        )
        reading = parse(traces.REPORT).reading
        assert reading is not None
        return WritePlan(
            tuple(lines),
            warnings,
            WriteStyle(),
            reading,
            "read-1",
            "dexucs",
            "m-10433",
            "10433",
            "EUR",
            2,
        )

    def send(self, port: str, plan: WritePlan, **asked: Any) -> WriteOutcome:
        self.written.append(plan)
        for entry in traces.dex_read():
            asked["on_bytes"](*entry)
        results = ("accepted", "ignored", "accepted", "different")
        found = ("150", "140", "2026-11-21 07:43", "190")
        lines = [
            WrittenLine(change, "accepted", change.after)
            if self.outcome == "good"
            else WrittenLine(change, results[n % 4], found[n % 4])  # type: ignore[arg-type]
            for n, change in enumerate(plan.changes)
        ]
        problem = refused() if self.outcome == "refused" else None
        if problem is not None:
            lines = [WrittenLine(line.change, "unproven") for line in lines]
        return WriteOutcome("w1", NOW, plan, tuple(lines), True, None, True, "r2", problem)

    def _practice(self) -> PracticeServices:
        return PracticeServices(lambda: MODELS, lambda link: FAULTS, self._start, self._stop)

    def _start(self, model: str, link: str, faults: Sequence[str]) -> str:
        self.started.append((model, link, tuple(faults)))
        self.ports.append(PRACTICE)
        return PRACTICE.device

    def _stop(self) -> None:
        self.ports.remove(PRACTICE)

    def screen(self, look: Look, background: Background) -> BenchScreen:
        messages = Messages(words, answer_words, title_of, reason_of)
        return BenchScreen(look, background, messages, self.services(), lambda: NOW)


def silent() -> Problem:
    """The machine did not answer."""
    values: dict[str, Any] = {"port": PORT.device, "party": "cable", "why": "silence", "blocks": 0}
    return Problem("no_answer", ExitCode.NO_ANSWER, **values, heard=0, tries=8)


def refused() -> Problem:
    """The machine did not take the write."""
    return Problem("refused", ExitCode.REFUSED, response="03", port=PORT.device, blocks=0)


def busy() -> Problem:
    """Another program has the port."""
    return Problem("port_busy", ExitCode.NO_ANSWER, port=PORT.device, party="port", blocks=0)

"""The Import screen over plain fakes: an import that waits, and what it gives in the end."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from cvd_desktop.domain.import_records import (
    DuplicateReport,
    FileLeft,
    ImportPhase,
    ImportReport,
    ImportStep,
)
from cvd_desktop.domain.records import ReadSummary
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.import_screen import ImportScreen, ImportServices
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.screens_at_work import messages

STEP = ImportStep(
    phase=ImportPhase.READING,
    files=1_204,
    files_found=3_310,
    bytes=41_200_000,
    bytes_found=104_000_000,
    reads=0,
    reads_found=871,
    duplicates=312,
    without_report=20,
    skipped=1,
    seconds=9.5,
    seconds_left=17.2,
    part=0.38,
    file="archive/2025/route-14/10427-monday.dex",
)


def reads() -> list[ReadSummary]:
    """Of two machines of the list, one that is in none, and one report without a number."""
    made = [
        facts.summary(
            id=f"new-{n}",
            machine_asset=str(10_400 + n % 2),
            machine_id=f"machine-{n % 2}",
            at=facts.NOW - timedelta(days=400 - 20 * n),
        )
        for n in range(9)
    ]
    made.append(facts.summary(id="new-9", machine_asset="77001", machine_id=None))
    made.append(facts.summary(id="new-10", machine_asset=None, machine_id=None, complete=False))
    return made


def report(**changes: object) -> ImportReport:
    made = ImportReport(
        files=31,
        bytes=1_400_000,
        reads=tuple(read.id for read in reads()),
        duplicates=(
            DuplicateReport("old.zip/monday.dex", 1, "here-1"),
            DuplicateReport("copy of 10400.txt", 2, "new-0"),
        ),
        without_report=(FileLeft("readme.pdf", "no_report"), FileLeft("empty.dex", "empty")),
        skipped=(FileLeft("locked.zip", "zip_locked", {"files": 3}),),
        seconds=3.2,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


NOTHING = report(reads=(), duplicates=(), without_report=(), skipped=(), files=0, bytes=0)


@dataclass
class Importer:
    """An import tells its steps, then waits at `go_on` or until it is cancelled."""

    outcome: ImportReport = field(default_factory=report)
    steps: list[ImportStep] = field(default_factory=lambda: [STEP])
    error: Exception | None = None
    asked: list[tuple[Path, ...]] = field(default_factory=list)
    importing: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def import_files(
        self,
        paths: Sequence[Path],
        *,
        on_progress: Callable[[ImportStep], None],
        cancelled: threading.Event,
    ) -> ImportReport:
        self.asked.append(tuple(paths))
        if self.error is not None:
            raise self.error
        for step in self.steps:
            on_progress(step)
        self.importing.set()
        while not self.go_on.wait(0.01):
            if cancelled.is_set():
                return replace(self.outcome, reads=self.outcome.reads[:4], cancelled=True)
        return self.outcome

    def list_reads(self) -> Sequence[ReadSummary]:
        return [*reads(), facts.summary(id="here-1")]

    def left_words(self, left: FileLeft) -> str:
        return {
            "no_report": "There is no EVA-DTS report in it.",
            "empty": "It is empty.",
            "zip_locked": "3 files in it are locked by a password: unpack them, then import that.",
        }[left.reason]

    def screen(self, look: Look, background: Background) -> ImportScreen:
        services = ImportServices(self.import_files, self.list_reads, self.left_words)
        return ImportScreen(look, background, messages(), services, lambda: facts.NOW)

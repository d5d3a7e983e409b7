"""What the Bench asks of the services; the application binds them to the workplace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cvd_desktop.domain.bench_records import PartLine, ReplayVerdict, StoredTrace
    from cvd_desktop.domain.problem import Problem
    from cvd_desktop.domain.records import PortFact, ReadStep, ReadSummary
    from cvd_desktop.ui.screens.bench_write import WriteServices
    from cvd_desktop.ui.screens.run_read import ReadOutcome
    from cvd_shared.wire_records import MachineRecord

Finding = tuple[str, Mapping[str, str | int]]
"""Code and values of a sentence of services/words.py, e.g. of a loop-back test."""


class BenchRead(Protocol):
    """services.read_machine bound to the workplace."""

    def __call__(
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
        on_bytes: Callable[[float, str, bytes], None],
    ) -> ReadOutcome: ...


class NamedModel(Protocol):
    """A machine of the practice mode."""

    @property
    def name(self) -> str: ...
    @property
    def make(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def links(self) -> tuple[str, ...]: ...


class NamedFault(Protocol):
    """A fault of it; `argument` says what may stand behind its name, "" for nothing."""

    @property
    def name(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def argument(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PracticeServices:
    """The practice machine of this window; `start(model, link, faults)` gives its port."""

    models: Callable[[], Sequence[NamedModel]]
    faults: Callable[[str], Sequence[NamedFault]]
    start: Callable[[str, str, Sequence[str]], str]
    stop: Callable[[], None]


@dataclass(frozen=True, slots=True)
class BundleWanted:
    """What goes into a diagnostics bundle beside what every one holds."""

    trace: StoredTrace | None
    good: StoredTrace | None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class BenchServices:
    """Each may take time and is called in a lane, but names and `practice.faults`."""

    read: BenchRead
    list_ports: Callable[[], list[PortFact]]
    list_reads: Callable[[], list[ReadSummary]]
    trace_of: Callable[[str], StoredTrace]  # of a stored read
    last_good: Callable[[StoredTrace, MachineRecord | None], StoredTrace | None]
    """The newest good one of the same machine before it, else of the same model."""
    save_trace: Callable[[Path, StoredTrace], object]
    load_trace: Callable[[Path], StoredTrace]
    replay: Callable[[StoredTrace], ReplayVerdict]
    export_bundle: Callable[[Path, BundleWanted], object]
    parts: Callable[[], Sequence[PartLine]]
    test_loop_back: Callable[[str, threading.Event], Finding]
    bundle_name: Callable[[datetime], str]
    practice: PracticeServices | None = None
    write: WriteServices | None = None
    evidence: Callable[[Problem, MachineRecord | None], Sequence[str]] | None = None
    """Which part is at fault after a read that failed, and sentences that say why."""

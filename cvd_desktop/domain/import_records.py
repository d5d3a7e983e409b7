"""What an import of files tells while it runs and when it has ended."""

from dataclasses import dataclass, field
from enum import StrEnum

from cvd_desktop.domain.problem import Problem


class ImportPhase(StrEnum):
    LOOKING = "looking"  # which files there are
    READING = "reading"  # every file is read and cut into its reports
    STORING = "storing"  # the new reports become reads, oldest first


@dataclass(frozen=True, slots=True)
class ImportStep:
    """Progress of a running import; every count only grows."""

    phase: ImportPhase
    files: int  # looked through; those inside zips count too
    files_found: int  # so far, or in all once the phase is READING
    bytes: int  # of the files looked through
    bytes_found: int
    reads: int  # stored
    reads_found: int  # new reports, so far or in all once the phase is STORING
    duplicates: int
    without_report: int
    skipped: int
    seconds: float  # since the beginning
    seconds_left: float | None  # None while nothing can be said
    part: float  # 0 to 1, of the whole import
    file: str  # that is being worked on, "" when none is


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """A report that is here already: as a read from before, or of another file of this import."""

    file: str  # as the person named it; inside a zip "old.zip/monday.dex"
    number: int  # which report of the file, from 1
    read_id: str


@dataclass(frozen=True, slots=True)
class FileLeft:
    """A file or folder that gave nothing, and why; words: services/import_reasons.py."""

    file: str
    reason: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import. What is in `reads` is stored, whatever happened afterwards."""

    files: int  # looked through; those inside zips count too
    bytes: int
    reads: tuple[str, ...]  # ids, oldest read first
    duplicates: tuple[DuplicateReport, ...]
    without_report: tuple[FileLeft, ...]
    skipped: tuple[FileLeft, ...]  # could not be looked through
    seconds: float
    cancelled: bool = False
    problem: Problem | None = None  # that ended it early, such as a full disk

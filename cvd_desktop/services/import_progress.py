"""Counts what an import has done and tells it now and then, with what is still to come."""

from collections.abc import Callable
from dataclasses import dataclass

from cvd_desktop.domain.clock import Monotonic
from cvd_desktop.domain.import_records import ImportPhase, ImportStep

_EVERY_SECONDS = 0.1
_ESTIMATED_FROM = 1.0  # seconds; a shorter past says nothing about the future
_STORING_COSTS = 12  # times what reading the same bytes does


@dataclass(slots=True)
class ImportProgress:
    """The counts; whoever works raises them and calls `tell`."""

    on_progress: Callable[[ImportStep], None]
    monotonic: Monotonic
    began: float
    phase: ImportPhase = ImportPhase.LOOKING
    files: int = 0
    files_found: int = 0
    bytes: int = 0
    bytes_found: int = 0
    reads: int = 0
    reads_found: int = 0
    new_bytes: int = 0  # of the reads found
    stored_bytes: int = 0
    duplicates: int = 0
    without_report: int = 0
    skipped: int = 0
    file: str = ""
    _part: float = 0.0
    _told: float | None = None

    @property
    def seconds(self) -> float:
        return self.monotonic() - self.began

    def enter(self, phase: ImportPhase) -> None:
        self.phase = phase
        self.file = ""
        self.tell(at_once=True)

    def tell(self, *, at_once: bool = False) -> None:
        """Call back where it is time for it."""
        now = self.monotonic()
        if not at_once and self._told is not None and now - self._told < _EVERY_SECONDS:
            return
        self._told = now
        self._part = max(self._part, self._part_done())
        seconds = now - self.began
        known = self._part > 0 and seconds >= _ESTIMATED_FROM
        left = seconds * (1 - self._part) / self._part if known else None
        self.on_progress(
            ImportStep(
                phase=self.phase,
                files=self.files,
                files_found=self.files_found,
                bytes=self.bytes,
                bytes_found=self.bytes_found,
                reads=self.reads,
                reads_found=self.reads_found,
                duplicates=self.duplicates,
                without_report=self.without_report,
                skipped=self.skipped,
                seconds=seconds,
                seconds_left=left,
                part=self._part,
                file=self.file,
            )
        )

    def _part_done(self) -> float:
        """Reading is expected to find new bytes at the rate at which it has found them so far."""
        if self.phase is ImportPhase.LOOKING:
            return 0.0
        new = self.new_bytes
        if self.phase is ImportPhase.READING and self.bytes:
            new = int(new / self.bytes * self.bytes_found)
        whole = self.bytes_found + new * _STORING_COSTS
        done = self.bytes + self.stored_bytes * _STORING_COSTS
        return min(1.0, done / whole) if whole else 1.0

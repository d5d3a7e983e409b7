"""What the Import screen works out of an import: reads by machine, what each file came to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cvd_desktop.domain.import_records import (
    DuplicateReport,
    FileLeft,
    ImportReport,
)
from cvd_desktop.domain.records import ReadSummary


@dataclass(frozen=True, slots=True)
class MachineReads:
    """The new reads of one machine, oldest first. Without an id no machine here has this number."""

    asset: str  # "" where no report tells it
    machine_id: str | None
    reads: tuple[ReadSummary, ...]

    @property
    def known(self) -> bool:
        return self.machine_id is not None

    @property
    def first(self) -> datetime:
        return self.reads[0].at

    @property
    def last(self) -> datetime:
        return self.reads[-1].at


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A report that is here already, and the read that it is."""

    report: DuplicateReport
    file: str
    read: ReadSummary | None
    new: bool  # of another file of this import


@dataclass(frozen=True, slots=True)
class LeftFile:
    """A file that gave nothing, why, and what to do about it."""

    file: str
    words: str


@dataclass(frozen=True, slots=True)
class Imported:
    """An import that has ended, as it is shown."""

    report: ImportReport
    machines: tuple[MachineReads, ...]  # known ones first, by number
    duplicates: tuple[Duplicate, ...]
    without_report: tuple[LeftFile, ...]
    skipped: tuple[LeftFile, ...]

    @property
    def named(self) -> int:
        """How many machines say who they are."""
        return sum(machine.known or bool(machine.asset) for machine in self.machines)

    @property
    def unknown(self) -> int:
        """How many of those are in no list of this laptop."""
        return sum(not machine.known and bool(machine.asset) for machine in self.machines)

    @property
    def nameless(self) -> int:
        """How many new reads tell no asset number and belong to no machine."""
        return sum(
            len(machine.reads)
            for machine in self.machines
            if not machine.known and not machine.asset
        )


def imported(
    report: ImportReport,
    summaries: Iterable[ReadSummary],
    left_words: Callable[[FileLeft], str],
) -> Imported:
    """`summaries` are those of the reads of this laptop, whatever their order; others are passed
    over."""
    new = set(report.reads)
    wanted = new | {each.read_id for each in report.duplicates}
    by_id = {each.id: each for each in summaries if each.id in wanted}
    return Imported(
        report,
        by_machine([by_id[read_id] for read_id in report.reads if read_id in by_id]),
        tuple(
            Duplicate(each, readable(each.file), by_id.get(each.read_id), each.read_id in new)
            for each in report.duplicates
        ),
        tuple(LeftFile(readable(each.file), left_words(each)) for each in report.without_report),
        tuple(LeftFile(readable(each.file), left_words(each)) for each in report.skipped),
    )


def readable(name: str) -> str:
    """The name of a file for people: bytes that are no text are shown as such, not left out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def by_machine(reads: Sequence[ReadSummary]) -> tuple[MachineReads, ...]:
    """One group for each machine; reads that tell no number and belong to none are one group."""
    groups: dict[tuple[str | None, str], list[ReadSummary]] = {}
    for read in reads:
        key = (read.machine_id, "" if read.machine_id else read.machine_asset or "")
        groups.setdefault(key, []).append(read)
    made = [
        MachineReads(
            next((read.machine_asset for read in group if read.machine_asset), ""),
            machine_id,
            tuple(sorted(group, key=lambda read: (read.at, read.id))),
        )
        for (machine_id, _), group in groups.items()
    ]
    return tuple(sorted(made, key=lambda each: (not each.known, not each.asset, each.asset)))

"""Makes reads of files: single ones, folders, zips; each report found is kept once.

First every file is looked through: its reports are cut apart, dated, compared with what is here.
Then the new ones become reads, oldest first, so that each is judged with the read before it; each
is stored, judged and queued in one short transaction with a few others. A program that is killed
leaves whole reads behind, and a second import of the same files goes on from there.
"""

import logging
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.import_records import (
    DuplicateReport,
    FileLeft,
    ImportPhase,
    ImportReport,
    ImportStep,
)
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.gentle_sort import gently_sorted
from cvd_desktop.services.import_hooks import Stopped
from cvd_desktop.services.import_progress import ImportProgress
from cvd_desktop.services.import_reasons import GAVE_NOTHING
from cvd_desktop.services.import_reports import FoundReport, reports_of
from cvd_desktop.services.import_sources import FoundFile, contents_of, find_files, shown_name
from cvd_desktop.services.settle_read import JudgedRead, actor_id, judge_read, queue_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store
from cvd_desktop.storage.file_copies import is_disk_full
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart, StoredRead

_COMPARED_REPORTS = 64  # at once with what is here
_COMPARED_BYTES = 4 * 1024 * 1024
_STORED_REPORTS = 16  # in a transaction
_STORED_BYTES = 1024 * 1024
_SPOOL_BYTES = 16 * 1024 * 1024  # of packed reports that are kept in memory
_TICK = timedelta(milliseconds=1)
_FROM_A_FILE = LinkOutcome(seconds=0.0, retries=0, failure=None, party=None, detail={})

_log = logging.getLogger(__name__)


def import_files(
    wp: Workplace,
    paths: Sequence[Path],
    *,
    on_progress: Callable[[ImportStep], None] | None = None,
    cancelled: threading.Event | None = None,
) -> ImportReport:
    """Store every report in the files, folders and zips. Topics of change: reads, outbox.

    Never raises for what a file holds: it is named in the report with the reason. `on_progress`
    is called in this thread, about 10 times a second; `cancelled` ends the import within 200 ms
    and keeps what is stored.
    """
    progress = ImportProgress(on_progress or (lambda _: None), wp.monotonic, wp.monotonic())
    running = _Import(wp, progress, cancelled or threading.Event())
    stopped, problem = False, None
    try:
        with SpooledTemporaryFile(max_size=_SPOOL_BYTES, dir=str(wp.data_dir)) as spool:
            running.run(paths, spool)
    except Stopped:
        stopped = True
    except Problem as full_or_broken:
        problem = full_or_broken
    except OSError as error:  # of the spool: those of the files are told by name
        code = "disk_full" if is_disk_full(error) else "disk_error"
        problem = Problem(code, ExitCode.USAGE, path=str(wp.data_dir))
        problem.__cause__ = error
    progress.tell(at_once=True)
    return running.report(stopped=stopped, problem=problem)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A new report between the two phases: its bytes are in the spool.

    One flat object: of a large import there are many, and the collector of garbage, which runs on
    the GUI thread, has to look at each.
    """

    at: datetime
    name: str
    number: int
    source: str
    content: str
    machine_numbers: tuple[str, ...]
    place: int
    packed: int
    size: int


_Twice = tuple[str, int, str]
"""A duplicate: file, number in it, content."""


@dataclass(slots=True)
class _Import:
    wp: Workplace
    progress: ImportProgress
    cancelled: threading.Event
    reads: list[str] = field(default_factory=list)
    left: list[FileLeft] = field(default_factory=list)
    twice: list[_Twice] = field(default_factory=list)
    ids: dict[str, str | None] = field(default_factory=dict)  # by content; None: still to come
    waiting: list[_Waiting] = field(default_factory=list)
    fresh: list[FoundReport] = field(default_factory=list)  # not compared with what is here yet
    fresh_bytes: int = 0

    def run(self, paths: Sequence[Path], spool: IO[bytes]) -> None:
        """Raises Stopped, Problem, and OSError of the spool."""
        self.progress.enter(ImportPhase.LOOKING)
        files = []
        for found in find_files(paths, self.wp.data_dir, self.leave, self.pause):
            files.append(found)
            self.progress.files_found += 1
            self.progress.bytes_found += found.size
        self.progress.enter(ImportPhase.READING)
        for found in files:
            self._look_through(found, spool)
        self._compare(spool)
        self.progress.enter(ImportPhase.STORING)
        for batch in self._batches():
            self._store(batch, spool)

    def report(self, *, stopped: bool, problem: Problem | None) -> ImportReport:
        known = ((name, number, self.ids.get(content)) for name, number, content in self.twice)
        return ImportReport(
            files=self.progress.files,
            bytes=self.progress.bytes,
            reads=tuple(self.reads),
            duplicates=tuple(
                DuplicateReport(name, number, read_id)
                for name, number, read_id in known
                if read_id is not None  # else the first of its kind was not stored either
            ),
            without_report=tuple(each for each in self.left if each.reason in GAVE_NOTHING),
            skipped=tuple(each for each in self.left if each.reason not in GAVE_NOTHING),
            seconds=self.progress.seconds,
            cancelled=stopped,
            problem=problem,
        )

    def pause(self) -> None:
        if self.cancelled.is_set():
            raise Stopped
        self.progress.tell()

    def leave(self, left: FileLeft) -> None:
        self.left.append(replace(left, file=shown_name(left.file)))
        if left.reason in GAVE_NOTHING:
            self.progress.without_report += 1
        else:
            self.progress.skipped += 1

    # --- first every file is looked through -----------------------------------------------------

    def _look_through(self, found: FoundFile, spool: IO[bytes]) -> None:
        progress, now = self.progress, self.wp.clock()
        before, contents = progress.bytes, 0
        for content in contents_of(found, self.leave, self.pause):
            contents += 1
            progress.file = content.name
            for report in reports_of(content, now=now, leave=self.leave, pause=self.pause):
                self.fresh.append(report)
                self.fresh_bytes += len(report.raw)
                if len(self.fresh) >= _COMPARED_REPORTS or self.fresh_bytes >= _COMPARED_BYTES:
                    self._compare(spool)
            progress.files += 1
            progress.files_found += contents > 1  # of a zip, which counts as the files in it
            progress.bytes = min(progress.bytes + content.cost, before + found.size)
        progress.files += contents == 0
        progress.bytes = before + found.size
        self.pause()

    def _compare(self, spool: IO[bytes]) -> None:
        """Put the new ones among the fresh reports aside until the order of all is known."""
        fresh, self.fresh, self.fresh_bytes = self.fresh, [], 0
        unknown = {each.content_sha256 for each in fresh} - self.ids.keys()
        with self.wp.database.read() as connection:
            self.ids.update(read_store.ids_by_content(connection, unknown))
            practised = read_store.practice_contents(connection, unknown)
        for report in fresh:
            content = report.content_sha256
            if content in self.ids:
                self.twice.append((report.name, report.number, content))
                self.progress.duplicates += 1
                continue
            if content in practised:  # exported here, say
                values: dict[str, object] = {"number": report.number}
                self.leave(FileLeft(report.name, "of_practice", values))
                continue
            self.ids[content] = None
            packed = zlib.compress(report.raw, 1)
            self.waiting.append(
                _Waiting(
                    at=report.at,
                    name=report.name,
                    number=report.number,
                    source=report.source,
                    content=content,
                    machine_numbers=report.machine_numbers,
                    place=spool.tell(),
                    packed=len(packed),
                    size=len(report.raw),
                )
            )
            spool.write(packed)
            self.progress.reads_found += 1
            self.progress.new_bytes += len(report.raw)

    # --- then the new reports become reads -------------------------------------------------------

    def _batches(self) -> Iterator[list[_Waiting]]:
        """In the order of time. No two reads of a batch are of one machine: each finds the one
        before it in the database."""
        batch: list[_Waiting] = []
        numbers: set[str] = set()
        size = 0
        for each in self._one_after_the_other():
            full = len(batch) == _STORED_REPORTS or size + each.size > _STORED_BYTES
            if batch and (full or not numbers.isdisjoint(each.machine_numbers)):
                yield batch
                batch, numbers, size = [], set(), 0
            batch.append(each)
            numbers.update(each.machine_numbers)
            size += each.size
        if batch:
            yield batch

    def _one_after_the_other(self) -> Iterator[_Waiting]:
        """In the order of time; of one machine no two at the same moment, so that it stays so."""
        newest: dict[str, datetime] = {}
        for each in gently_sorted(self.waiting, _order):
            before = [newest[number] for number in each.machine_numbers if number in newest]
            at = min(max([each.at, *(moment + _TICK for moment in before)]), self.wp.clock())
            newest.update(dict.fromkeys(each.machine_numbers, at))
            yield each if at == each.at else replace(each, at=at)

    def _store(self, batch: list[_Waiting], spool: IO[bytes]) -> None:
        judged = [(each, found) for each in batch if (found := self._judge(each, spool))]
        actor, now = actor_id(self.wp), to_wire(self.wp.clock())
        new: dict[str, str] = {}
        with self.wp.database.write() as connection:
            contents = [each.content for each, _ in judged]
            others = read_store.ids_by_content(connection, contents)  # of another import
            for each, one in judged:
                if each.content not in others:
                    op_id = queue_read(connection, self.wp, one, actor, now)
                    read_store.add_settled(connection, one.stored, one.settlement, op_id)
                    new[each.content] = one.stored.start.id
        self.ids.update(new)
        self.ids.update(others)
        self.reads.extend(new.values())
        self.twice.extend(
            (each.name, each.number, each.content) for each, _ in judged if each.content in others
        )
        self.progress.reads += len(new)
        self.progress.duplicates += len(others)
        self.progress.stored_bytes += sum(each.size for each in batch)
        self.progress.tell()

    def _judge(self, waiting: _Waiting, spool: IO[bytes]) -> JudgedRead | None:
        self.pause()
        self.progress.file = waiting.name
        spool.seek(waiting.place)
        raw = zlib.decompress(spool.read(waiting.packed))
        try:
            return judge_read(self.wp, self._as_read(waiting, raw))
        except Problem:
            raise
        except Exception:  # noqa: BLE001 - reported; one report must not cost the others
            _log.exception("a report of %d bytes cannot be made a read", len(raw))
            self.leave(FileLeft(waiting.name, "not_understood"))
            return None

    def _as_read(self, waiting: _Waiting, raw: bytes) -> StoredRead:
        return StoredRead(
            start=ReadStart(
                id=self.wp.new_id(),
                at=waiting.at,
                port="",
                link="file",
                purpose="look",
                source=waiting.source,
            ),
            state="whole",  # whether the report in it is, is judged
            machine_id=None,
            asset_number=None,
            blocks=1,
            outcome=_FROM_A_FILE,
            verdict=None,
            op_id=None,
            raw=raw,
            trace=(),
        )


def _order(waiting: _Waiting) -> tuple[datetime, str, int]:
    return waiting.at, waiting.name, waiting.number

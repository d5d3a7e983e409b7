"""Writes reads to files that other programs understand: raw, JSON, CSV, XLSX."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadDetail, ReadSummary
from cvd_desktop.services.reads import raw_bytes, read_detail
from cvd_desktop.services.whole_file import whole_file
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_NAME = 40  # characters of an asset number in the name of a file
_LINE_ENDS = (b"\n", b"\r")

Progress = Callable[[int, int], object]
"""Called with how many reads are written, and of how many."""


class ExportFormat(StrEnum):
    RAW = "raw"  # the bytes exactly as received; several reads one after the other
    JSON = "json"  # the document of `cvd dex show`
    CSV = "csv"  # a row for each selection
    XLSX = "xlsx"  # a sheet for each table


SUFFIXES = {
    ExportFormat.RAW: ".dex",
    ExportFormat.JSON: ".json",
    ExportFormat.CSV: ".csv",
    ExportFormat.XLSX: ".xlsx",
}


def _quiet(done: int, total: int) -> None:
    del done, total


def export_reads(
    wp: Workplace,
    read_ids: Sequence[str],
    path: Path,
    wanted: ExportFormat | None = None,
    *,
    on_progress: Progress = _quiet,
    cancelled: threading.Event | None = None,
) -> int:
    """Write the reads to one file, whole or not at all; how many bytes it has.

    Without `wanted` the suffix of the path says the format; an unknown suffix is raw.
    Raises Problem: read_unknown, file_not_written, disk_full, export_too_large, export_cancelled.
    """
    wanted = wanted or format_of(path)
    chosen = _Chosen(wp, read_ids, on_progress, cancelled or threading.Event())
    with whole_file(path) as file:
        if wanted is ExportFormat.XLSX:
            from cvd_desktop.services.export_workbook import write_workbook

            write_workbook(file, chosen.details(), created=wp.clock())
        else:
            for chunk in _chunks(chosen, wanted):
                file.write(chunk)
        return file.tell()


def export_chunks(wp: Workplace, read_ids: Sequence[str], wanted: ExportFormat) -> Iterator[bytes]:
    """The same bytes for a pipe; not for XLSX. Raises Problem("read_unknown")."""
    return _chunks(_Chosen(wp, read_ids, _quiet, threading.Event()), wanted)


def format_of(path: Path) -> ExportFormat:
    suffix = path.suffix.lower()
    return next((each for each, its in SUFFIXES.items() if its == suffix), ExportFormat.RAW)


def export_name(read: ReadSummary, wanted: ExportFormat) -> str:
    """The name offered for a file: "20260304_0506_A-1.csv", safe on every system."""
    asset = _UNSAFE.sub("_", read.machine_asset or "")[:_MAX_NAME].strip("._") or "unknown"
    return f"{read.at.astimezone():%Y%m%d_%H%M}_{asset}{SUFFIXES[wanted]}"


class _Chosen:
    """The reads to be written, fetched one at a time."""

    def __init__(
        self,
        wp: Workplace,
        read_ids: Sequence[str],
        on_progress: Progress,
        cancelled: threading.Event,
    ) -> None:
        self._wp = wp
        self._read_ids = read_ids
        self._on_progress = on_progress
        self._cancelled = cancelled

    def _each(self) -> Iterator[str]:
        total = len(self._read_ids)
        for done, read_id in enumerate(self._read_ids):
            if self._cancelled.is_set():
                raise Problem("export_cancelled", ExitCode.USAGE)
            self._on_progress(done, total)
            yield read_id
        self._on_progress(total, total)

    def details(self) -> Iterator[ReadDetail]:
        return (read_detail(self._wp, read_id) for read_id in self._each())

    def raw(self) -> Iterator[bytes]:
        return (raw_bytes(self._wp, read_id) for read_id in self._each())

    def with_summary(self) -> Iterator[tuple[ReadSummary, bytes]]:
        for read_id in self._each():
            raw = raw_bytes(self._wp, read_id)
            with self._wp.database.read() as connection:
                summary = read_store.summary_of(connection, read_id)
            assert summary is not None
            yield summary, raw


def _chunks(chosen: _Chosen, wanted: ExportFormat) -> Iterator[bytes]:
    from cvd_desktop.services.export_texts import csv_chunks, json_chunks

    match wanted:
        case ExportFormat.RAW:
            return _one_after_the_other(chosen.raw())
        case ExportFormat.JSON:
            return json_chunks(chosen.with_summary())
        case ExportFormat.CSV:
            return csv_chunks(chosen.details())
    raise ValueError(f"{wanted} is no stream of bytes")


def _one_after_the_other(reports: Iterator[bytes]) -> Iterator[bytes]:
    """Each begins a line: only then does a reader tell them apart."""
    before = b""
    for report in reports:
        if before and not before.endswith(_LINE_ENDS):
            yield b"\r\n"
        yield report
        before = report

"""Takes the content of a file apart into the reports of machines, dated and named by content."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cvd_desktop.domain.import_records import FileLeft
from cvd_desktop.services.import_hooks import Leave, Pause, Stopped
from cvd_desktop.services.import_sources import FileBytes
from cvd_desktop.services.import_time import read_time
from cvd_desktop.services.report_cutter import TooManyReportsError, cut_reports
from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import Identity
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_digest import main_report, report_digest
from cvd_shared.identity_guard import usable_identity
from cvd_shared.wire import INLINE_BLOB_BYTES

MAX_REPORT_BYTES = INLINE_BLOB_BYTES  # with what stands around it: what the server takes of a read
MAX_REPORTS = 100_000  # in a file

_WHO_AND_WHEN = frozenset(("ID1", "CB1", "ID5", "EA3"))
_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh")
_NO_DIGIT = re.compile(r"\D")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report of a file. The raw bytes of all reports of a file, joined, are the file."""

    raw: bytes
    name: str  # of the file, as the person named it
    source: str  # of the file, as the read remembers it
    number: int  # in the file, from 1
    at: datetime
    content_sha256: str
    machine_numbers: tuple[str, ...]  # two reports of one machine share at least one


def reports_of(
    content: FileBytes, *, now: datetime, leave: Leave, pause: Pause
) -> Iterator[FoundReport]:
    """Every report in it; `leave` hears why there is none, or not all."""
    try:
        pieces = cut_reports(content.data, pause, most=MAX_REPORTS)
        number = 0
        for number, (piece, report) in enumerate(_with_reports(content.data, pieces, pause), 1):
            if report is None or piece.stop - piece.start > MAX_REPORT_BYTES:
                values: dict[str, object] = {"number": number, "limit": MAX_REPORT_BYTES}
                leave(FileLeft(content.name, "report_too_large", values))
            else:
                yield _found(content, piece, number, report, now)
        if number == 0:
            leave(FileLeft(content.name, _why_none(content)))
    except Stopped:
        raise
    except TooManyReportsError:
        leave(FileLeft(content.name, "too_many_reports", {"count": MAX_REPORTS}))
    except Exception:  # noqa: BLE001 - reported; one file must not cost the others
        _log.exception("a file of %d bytes cannot be imported", len(content.data))
        leave(FileLeft(content.name, "not_understood"))


def _with_reports(
    data: bytes, pieces: list[slice], pause: Pause
) -> Iterator[tuple[slice, Report | None]]:
    """The pieces with their reports, None for one that is too large to be looked at.

    A piece in which no machine speaks goes with the one before, the first ones with the next.
    """
    start, held = 0, None
    for piece in pieces:
        pause()
        large = piece.stop - piece.start > MAX_REPORT_BYTES
        report = None if large else main_report(read_dex(data[piece]))
        if report is None and not large:
            if held is not None:
                held = (slice(held[0].start, piece.stop), held[1])
            continue
        if held is not None:
            yield held
            start = piece.start
        held = (slice(start, piece.stop), report)
    if held is not None:
        yield held


def _found(
    content: FileBytes, piece: slice, number: int, report: Report, now: datetime
) -> FoundReport:
    reading = make_reading(report, _WHO_AND_WHEN)
    file_name = content.source.rpartition("/")[2]
    return FoundReport(
        raw=content.data[piece],
        name=content.name,
        source=content.source,
        number=number,
        at=read_time(reading, name=file_name, modified=content.modified, now=now),
        content_sha256=report_digest(report),
        machine_numbers=_numbers(reading.identity),
    )


def _numbers(identity: Identity) -> tuple[str, ...]:
    """Digits alone: the maker's letters and zeros in front are not always told."""
    said = (identity.asset_number, identity.serial_number, identity.control_board)
    usable = [number for number in map(usable_identity, said) if number]
    plain = [_NO_DIGIT.sub("", number).lstrip("0") or number for number in usable]
    return tuple(dict.fromkeys(plain))


def _why_none(content: FileBytes) -> str:
    if not content.data:
        return "empty"
    if content.data.startswith(_ARCHIVES) or content.data[257:262] == b"ustar":
        return "other_archive"
    return "zip_damaged" if content.name.lower().endswith(".zip") else "no_report"

"""Names a report by what it says, so that a copy is known whatever it is wrapped in.

Two reports with one digest say the same: wrappers, text around them, line ends, blanks at line
ends, envelope and check value do not count.
"""

import hashlib
from collections.abc import Iterator

from cvd_shared.dex.dex_report import BLANKS, DexFile, Report

_ENVELOPE = ("DXS", "ST", "G85", "SE", "DXE")
_ENVELOPE_OR_BLANK = (*_ENVELOPE, *BLANKS)


def main_report(file: DexFile) -> Report | None:
    """The first whole report of a file, else its first one; None where no machine speaks."""
    reports = [report for report in file.reports if is_report(report)]
    return next((report for report in reports if report.complete), next(iter(reports), None))


def is_report(report: Report) -> bool:
    """False for what is no machine's report: an envelope without content, stray segments."""
    if report.header is not None:
        return next(_inside(report), None) is not None
    return any("ID1" in raw and _id_of(raw) == "ID1" for raw in _inside(report))


def report_digest(report: Report) -> str:
    """SHA-256 (hexadecimal) of the segments inside the envelope."""
    text = "\n".join([raw.strip(BLANKS) for raw in _inside(report)])
    return hashlib.sha256(text.encode("latin-1", "replace")).hexdigest()


def _inside(report: Report) -> Iterator[str]:
    """The segments of the report that are not its envelope, as sent."""
    for _, raw in report.lines:  # bare: to make segments of them all takes longer than to look
        if not raw.startswith(_ENVELOPE_OR_BLANK) or _id_of(raw) not in _ENVELOPE:
            yield raw


def _id_of(raw: str) -> str:
    return raw.partition("*")[0].strip(BLANKS)

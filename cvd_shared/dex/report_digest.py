"""Names a report by what it says, so that a copy is known whatever it is wrapped in.

Two reports with one digest say the same: wrappers, text around them, line ends, blanks at line
ends, envelope and check value do not count.
"""

import hashlib

from cvd_shared.dex.dex_report import BLANKS, DexFile, Report, Segment

_ENVELOPE = frozenset(("DXS", "ST", "G85", "SE", "DXE"))


def main_report(file: DexFile) -> Report | None:
    """The first whole report of a file, else its first one; None where no machine speaks."""
    reports = [report for report in file.reports if is_report(report)]
    return next((report for report in reports if report.complete), next(iter(reports), None))


def is_report(report: Report) -> bool:
    """False for what is no machine's report: an envelope without content, stray segments."""
    inside = _inside(report)
    return any(report.header is not None or segment.id == "ID1" for segment in inside)


def report_digest(report: Report) -> str:
    """SHA-256 (hexadecimal) of the segments inside the envelope."""
    text = "\n".join(segment.raw.strip(BLANKS) for segment in _inside(report))
    return hashlib.sha256(text.encode("latin-1", "replace")).hexdigest()


def _inside(report: Report) -> list[Segment]:
    return [segment for segment in report.segments if segment.id not in _ENVELOPE]

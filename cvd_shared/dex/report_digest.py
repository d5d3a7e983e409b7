"""Names a report by what it says, so that a copy is known whatever it is wrapped in.

Two reports with one digest say the same: wrappers, text around them, line ends, blanks at line
ends, envelope and check value do not count.
"""

import hashlib

from cvd_shared.dex.dex_report import BLANKS, DexFile, Report

_ENVELOPE = frozenset(("DXS", "ST", "G85", "SE", "DXE"))


def main_report(file: DexFile) -> Report | None:
    """The first whole report of a file, else its first one; None where there is none."""
    reports = [report for report in file.reports if is_report(report)]
    return next((report for report in reports if report.complete), next(iter(reports), None))


def is_report(report: Report) -> bool:
    """False for segments that no DXS and no ID1 makes the words of a machine."""
    return report.header is not None or any(
        "ID1" in segment.raw and segment.id == "ID1" for segment in report.segments
    )


def report_digest(report: Report) -> str:
    """SHA-256 of the segments inside the envelope; of the envelope where nothing is inside."""
    inside = [segment.raw for segment in report.segments if segment.id not in _ENVELOPE]
    lines = inside or [segment.raw for segment in report.segments]
    text = "\n".join(line.strip(BLANKS) for line in lines)
    return hashlib.sha256(text.encode("latin-1", "replace")).hexdigest()

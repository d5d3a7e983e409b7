"""What is odd about a report: what `dex show` and the Read screen tell, and nothing is rejected.

Suggestions of severity: what the user must act on is an error or a warning, what real machines do
every day is information (protocol notes, "validation rules and how real files behave").

To add a finding: 1. here what concerns the text, in segment_checks.py what concerns segments, in
reading_checks.py what concerns the facts; 2. its row in finding_rules.json; 3. a test.
"""

import re
from collections.abc import Iterator

from cvd_shared.dex.dex_report import BLANKS, DexFile, Finding, Report, Severity
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.integrity_check import G85, VARIANTS
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_checks import reading_findings

_WRAPPER = re.compile(r"[ \t]*<[^<>]*\|[^<>]*>")  # <000|Operations|...>, put there by a handheld
_FOUR_CAPITALS = re.compile(r"[0-9A-F]{4}")


def findings(report: Report, reading: MachineReading) -> tuple[Finding, ...]:
    """What is odd about a report and what it says, sorted by line; each kind is told once.

    `reading` is make_reading(report). Never raises.
    """
    found = (
        *structure_findings(report),
        *reading.findings,
        *reading_findings(report, reading),
    )
    return tuple(sorted(found, key=lambda finding: finding.line))


def structure_findings(report: Report) -> list[Finding]:
    """What is odd about the text of a report alone: its ends, its check value, its characters."""
    return [*_end_findings(report), *_check_findings(report), *_text_findings(report)]


def file_findings(file: DexFile) -> tuple[Finding, ...]:
    """What is odd about a file as a whole: what stands outside of its reports, sorted by line."""
    return tuple(sorted(_file_findings(file), key=lambda finding: finding.line))


def _file_findings(file: DexFile) -> Iterator[Finding]:
    if not file.reports:
        yield Finding("error", "no_report", 1, "There is no EVA-DTS report in this file.", (1,))
    if len(file.reports) > 1:
        starts = tuple(report.lines[0][0] for report in file.reports)
        message = f"There are {len(starts)} reports in this file."
        yield Finding("info", "several_reports", starts[1], message, starts)
    wrappers, segments, texts = [], [], []
    for line, text in file.outside:
        if not text.strip(BLANKS):
            continue
        if _WRAPPER.match(text):
            wrappers.append(line)
        elif text.partition("*")[0].strip(BLANKS) in segment_table():
            segments.append(line)
        else:
            texts.append(line)
    if wrappers:
        yield _told(
            "info", "handheld_wrapper", wrappers, "A handheld or gateway wrapped the report"
        )
    if segments:
        yield _told("info", "segment_outside", segments, "A segment stands outside of every report")
    if texts:
        yield _told(
            "info", "text_outside", texts, "Text that is no EVA-DTS stands around the reports"
        )


def _end_findings(report: Report) -> Iterator[Finding]:
    first, last = report.lines[0][0], report.lines[-1][0]
    if report.header is None:
        yield Finding(
            "info",
            "no_header",
            first,
            "No DXS header: nothing says where the report should end.",
            (first,),
        )
    if not report.complete:
        yield Finding(
            "error",
            "cut_off",
            last,
            "The report is cut off: its DXE line is missing.",
            (last,),
        )
    if report.cut:
        yield Finding(
            "warning",
            "cut_segment",
            last,
            "The text ends inside this segment; its last element is left out.",
            (last,),
        )


def _check_findings(report: Report) -> Iterator[Finding]:
    check = report.check
    line = _last_line(report, "G85") or report.lines[-1][0]
    at = (line,)
    if check.g85 is G85.ABSENT:
        message = "No G85: nothing proves that the text is unharmed."
        yield Finding("info", "no_check", line, message, at)
    elif check.g85 is G85.MISMATCH:
        message = f"G85 says {check.declared[:8]}, the text gives {check.computed}: it was changed."
        yield Finding("warning", "check_mismatch", line, message, at)
    elif check.g85 is G85.SWAPPED:
        message = "G85 matches with its two bytes swapped."
        yield Finding("info", "check_swapped", line, message, at)
    if check.variant:
        message = f"G85 matches another way: {VARIANTS[check.variant]}."
        yield Finding("info", check.variant, line, message, at)
    if check.g85 in (G85.OK, G85.SWAPPED) and not _FOUR_CAPITALS.fullmatch(check.declared):
        message = f"G85 is {check.declared[:8]}, not four digits in capitals."
        yield Finding("info", "check_form", line, message, at)
    if report.declared is not None and report.declared != report.counted:
        line = _last_line(report, "SE") or line
        message = f"SE says {report.declared} segments, there are {report.counted}."
        yield Finding("info", "segment_count", line, message, (line,))


def _last_line(report: Report, segment_id: str) -> int | None:
    for line, raw in reversed(report.lines):
        if raw.partition("*")[0].strip(BLANKS) == segment_id:
            return line
    return None


def _text_findings(report: Report) -> Iterator[Finding]:
    if not report.plain:
        lines = [line for line, raw in report.lines if not _is_plain(raw)]
        if lines:
            yield _told("info", "odd_characters", lines, "Characters that EVA-DTS does not allow")
    if report.padded and report.check.g85 in (G85.OK, G85.SWAPPED):
        lines = [line for line, raw in report.lines if raw.endswith(" ")]
        if lines:
            yield _told(
                "info", "blanks_at_line_end", lines, "Blanks at the end of lines count for G85"
            )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _told(severity: Severity, code: str, lines: list[int], message: str) -> Finding:
    """A finding with the number of its lines."""
    times = f" ({len(lines)} lines)" if len(lines) > 1 else ""
    return Finding(severity, code, lines[0], f"{message}{times}.", tuple(lines))

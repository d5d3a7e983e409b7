"""What is odd about a report as text: its ends, its check value, its counts, its segments.

Suggestions of severity: what the user must act on is an error or a warning, what real machines do
every day is information (protocol notes, "validation rules and how real files behave").
"""

from collections.abc import Iterator

from cvd_shared.dex.dex_report import BLANKS, Finding, Report
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.integrity_check import G85, VARIANTS
from cvd_shared.dex.machine_reading import MachineReading


def findings(report: Report, reading: MachineReading) -> tuple[Finding, ...]:
    """Everything odd about `report`, sorted by line; `reading` is make_reading(report)."""
    found = (*structure_findings(report), *reading.findings)
    return tuple(sorted(found, key=lambda finding: finding.line))


def structure_findings(report: Report) -> list[Finding]:
    """Findings of the text, each kind of segment told once."""
    return [*_end_findings(report), *_check_findings(report), *_segment_findings(report)]


def _end_findings(report: Report) -> Iterator[Finding]:
    first, last = report.segments[0].line, report.segments[-1].line
    if report.header is None:
        yield Finding(
            "info", "no_header", first, "No DXS header: nothing says where the report should end."
        )
    if not report.complete:
        yield Finding("error", "cut_off", last, "The report is cut off: its DXE line is missing.")
    if report.cut:
        yield Finding(
            "warning",
            "cut_segment",
            last,
            "The text ends inside this segment; its last element is left out.",
        )


def _check_findings(report: Report) -> Iterator[Finding]:
    check = report.check
    line = next((s.line for s in reversed(report.segments) if s.id == "G85"), None)
    line = line or report.segments[-1].line
    if check.g85 is G85.ABSENT:
        yield Finding("info", "no_check", line, "No G85: nothing proves that the text is unharmed.")
    elif check.g85 is G85.MISMATCH:
        yield Finding(
            "warning",
            "check_mismatch",
            line,
            f"G85 says {check.declared[:8]}, the text gives {check.computed}: it was changed.",
        )
    elif check.g85 is G85.SWAPPED:
        yield Finding("info", "check_swapped", line, "G85 matches with its two bytes swapped.")
    if check.variant:
        yield Finding(
            "info", check.variant, line, f"G85 matches another way: {VARIANTS[check.variant]}."
        )
    if report.declared is not None and report.declared != report.counted:
        yield Finding(
            "info",
            "segment_count",
            next(s.line for s in reversed(report.segments) if s.id == "SE"),
            f"SE says {report.declared} segments, there are {report.counted}.",
        )


def _segment_findings(report: Report) -> Iterator[Finding]:
    table = segment_table()
    unknown: dict[str, list[int]] = {}
    longer: dict[str, list[int]] = {}
    for segment in report.reliable_segments():
        kind = table.get(segment.raw.partition("*")[0]) or table.get(segment.id)
        if kind is None:
            unknown.setdefault(segment.id, []).append(segment.line)
        elif segment.raw.count("*") > kind.last_position > 0 and any(
            element.strip(BLANKS) for element in segment.elements[kind.last_position + 1 :]
        ):
            longer.setdefault(kind.id, []).append(segment.line)
    for name, lines in unknown.items():
        yield Finding(
            "info",
            "unknown_segment",
            lines[0],
            f"{name} is in no list{_times(lines)}; it is kept.",
            tuple(lines),
        )
    for name, lines in longer.items():
        most = table[name].last_position
        yield Finding(
            "info",
            "extra_elements",
            lines[0],
            f"{name} has more than its {most} elements{_times(lines)}; they are kept.",
            tuple(lines),
        )
    if not report.plain:
        lines = [s.line for s in report.segments if not _is_plain(s.raw)]
        if lines:
            yield Finding(
                "info",
                "odd_characters",
                lines[0],
                f"Characters that EVA-DTS does not allow{_times(lines)}.",
                tuple(lines),
            )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _times(lines: list[int]) -> str:
    return f" ({len(lines)} lines)" if len(lines) > 1 else ""

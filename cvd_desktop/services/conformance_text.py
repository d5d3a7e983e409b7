"""The conformance of a file as text for a terminal or a printer, 80 columns wide."""

from collections.abc import Iterator
from textwrap import wrap

from cvd_desktop.services.dex_check import SEVERITIES, CheckedFile, CheckedFinding, CheckedReport
from cvd_desktop.services.word_table_dex import (
    CHECK_VALUES,
    NOTHING_FOUND,
    SEVERITY_COUNTS,
    SEVERITY_TITLES,
    TITLE,
)

_WIDTH = 80
_MOST_LINES = 8  # that a finding names before it counts the rest
_LABEL = 12  # width of what stands before a fact
_INDENT = "  "


def conformance_text(checked: CheckedFile) -> str:
    """The whole report, each line at most 80 characters; ends with a line end."""
    return "\n".join(_lines(checked)) + "\n"


def judgement(report: CheckedReport) -> str:
    """The report in one line: "3 errors, 5 warnings, 9 notes"."""
    counts = ((report.count(severity), SEVERITY_COUNTS[severity]) for severity in SEVERITIES)
    return ", ".join(f"{count:,} {one if count == 1 else many}" for count, (one, many) in counts)


def file_facts(checked: CheckedFile) -> list[tuple[str, str]]:
    """The head of the file: (what, value)."""
    count = len(checked.reports)
    reports = "1 report" if count == 1 else f"{count:,} reports"
    facts = [("File", checked.name), ("Size", f"{checked.size:,} bytes, {reports}")]
    outside = sum(bool(text.strip()) for text in checked.outside)
    if outside:
        facts.append(("Around it", f"{outside:,} {'line' if outside == 1 else 'lines'}"))
    return facts


def report_facts(report: CheckedReport) -> list[tuple[str, str]]:
    """The head of a report: (what, value)."""
    identity = report.identity
    machine = [
        f"{word} {value}"
        for word, value in (
            ("asset", identity.asset_number),
            ("serial", identity.serial_number),
            ("model", identity.model),
            ("board", identity.control_board),
        )
        if value
    ]
    maker = f"{report.maker[0]}, {report.maker[1]}" if report.maker else "not in the list of makers"
    declared = "no SE" if report.declared is None else f"SE says {report.declared:,}"
    return [
        ("Machine", ", ".join(machine) or "does not say which one it is"),
        ("Sent by", f"{report.communication_id or 'no DXS01'} ({maker})"),
        ("Version", report.version or "not told"),
        ("Clock", (report.clock or "not told").replace("T", " ")),
        ("Check value", check_value(report)),
        ("Segments", f"{report.counted:,}, {declared}"),
        ("End", "complete" if report.complete else "cut off"),
    ]


def check_value(report: CheckedReport) -> str:
    check = report.check
    said = CHECK_VALUES[check.g85].format(declared=check.declared, computed=check.computed)
    return f"{said}, computed another way" if check.variant else said


def shown_lines(finding: CheckedFinding) -> str:
    """ "line 4", "lines 4, 9 and 20 more"."""
    lines = [str(line) for line in finding.lines]
    if len(lines) == 1:
        return f"line {lines[0]}"
    more = len(lines) - _MOST_LINES
    first = ", ".join(lines[:_MOST_LINES])
    return f"lines {first} and {more:,} more" if more > 0 else f"lines {first}"


def printable(text: str) -> str:
    """`text` without characters that steer a terminal or break a page."""
    return "".join(character if character.isprintable() else " " for character in text)


def _lines(checked: CheckedFile) -> Iterator[str]:
    yield TITLE
    yield "=" * len(TITLE)
    for what, value in file_facts(checked):
        yield from _fact(what, value)
    for finding in checked.findings:
        yield ""
        yield from _finding(finding)
    count = len(checked.reports)
    for number, report in enumerate(checked.reports, 1):
        yield ""
        if count > 1:
            title = f"Report {number:,} of {count:,}"
            yield title
            yield "-" * len(title)
        for what, value in report_facts(report):
            yield from _fact(what, value)
        yield ""
        yield from _fact("Judgement", judgement(report))
        if not report.findings:
            yield from _fact("", NOTHING_FOUND)
        for severity in SEVERITIES:
            found = [each for each in report.findings if each.severity == severity]
            if found:
                yield ""
                yield f"{SEVERITY_TITLES[severity].upper()} ({len(found):,})"
                for finding in found:
                    yield ""
                    yield from _finding(finding)


def _finding(finding: CheckedFinding) -> Iterator[str]:
    yield from _wrapped(f"{finding.code}, {shown_lines(finding)}", _INDENT, _INDENT)
    texts = [printable(finding.message), f"Rule: {finding.rule} ({chapter(finding)})"]
    if finding.advice:
        texts.append(f"Change: {finding.advice}")
    for text in texts:
        yield from _wrapped(text, 2 * _INDENT, 2 * _INDENT)


def chapter(finding: CheckedFinding) -> str:
    """Where the rule stands: "EVA-DTS 6.2.2, ch. 2.4", "EVA-DTS 6.2.2, App. A", "seen in files"."""
    if finding.chapter == "seen in files":
        return finding.chapter
    numbered = finding.chapter[:1].isdecimal()
    return f"EVA-DTS 6.2.2, {'ch. ' if numbered else ''}{finding.chapter}"


def _fact(what: str, value: str) -> Iterator[str]:
    first = what.ljust(_LABEL) + " "
    yield from _wrapped(printable(value), first, " " * len(first))


def _wrapped(text: str, first: str, indent: str) -> list[str]:
    return wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False
    )

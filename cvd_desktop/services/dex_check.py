"""Checks the reports of an EVA-DTS file against the standard: `cvd dex check`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.dex_files import read_file
from cvd_shared.dex.conformance import conformance
from cvd_shared.dex.dex_report import Finding, Report, Severity
from cvd_shared.dex.dex_segments import manufacturers
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.finding_rules import finding_rules
from cvd_shared.dex.integrity_check import CheckResult
from cvd_shared.dex.machine_reading import Identity
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import file_findings
from cvd_shared.dex.report_json import as_written

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
_MOST_LINES = 100  # that the JSON document names of one finding


class CheckedFinding(NamedTuple):
    """A finding with the rule behind it."""

    severity: Severity
    code: str
    line: int  # the first one, in the file, from 1
    lines: tuple[int, ...]  # all of them
    message: str
    rule: str
    chapter: str  # of EVA-DTS 6.2.2, or "seen in files"
    advice: str  # to the maker of the machine; may be empty


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """One report. `findings` are ordered by weight, then by line."""

    communication_id: str | None
    version: str | None
    maker: tuple[str, str] | None  # name and country, by DXS01
    identity: Identity
    clock: str | None  # the machine's own, when it was read
    check: CheckResult
    declared: int | None  # SE01
    counted: int
    complete: bool
    findings: tuple[CheckedFinding, ...]

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    name: str
    size: int  # bytes
    reports: tuple[CheckedReport, ...]
    outside: tuple[str, ...]  # lines that belong to no report
    findings: tuple[CheckedFinding, ...]  # of the file as a whole


def check_file(path: Path) -> CheckedFile:
    """Check a file that a person names, "-" for standard input.

    Raises Problem: file_unreadable, file_too_large. A file without a report has no reports.
    """
    return check_data(read_file(path), str(path))


def check_data(data: bytes, name: str) -> CheckedFile:
    """Check any bytes; `name` is what the page calls them. Never raises."""
    file = read_dex(data)
    return CheckedFile(
        name,
        len(data),
        tuple(_checked(report) for report in file.reports),
        tuple(as_written(outside.text) for outside in file.outside),
        tuple(_by_weight(file_findings(file))),
    )


def _checked(report: Report) -> CheckedReport:
    reading = make_reading(report)
    maker = (reading.communication_id or "")[:3]
    return CheckedReport(
        reading.communication_id,
        reading.version,
        manufacturers().get(maker),
        reading.identity,
        reading.machine_clock or reading.read_outs.at,
        report.check,
        report.declared,
        report.counted,
        report.complete,
        tuple(_by_weight(conformance(report, reading))),
    )


def _by_weight(findings: tuple[Finding, ...]) -> Iterator[CheckedFinding]:
    rules = finding_rules()
    for severity in SEVERITIES:
        for found in findings:
            if found.severity == severity:
                rule = rules[found.code]
                yield CheckedFinding(
                    severity,
                    found.code,
                    found.line,
                    found.lines or (found.line,),
                    found.message,
                    rule.rule,
                    rule.chapter,
                    rule.advice,
                )


def document(checked: CheckedFile) -> dict[str, Any]:
    """What `cvd dex check --json` prints; its keys only grow.

    {"file", "bytes", "reports": [{"communication_id", "version", "maker": {"name", "country"} or
    null, "machine": {"asset_number", "serial_number", "model", "control_board"}, "machine_clock",
    "integrity": {"g85", "segments_declared", "segments_counted", "complete"},
    "counts": {"error", "warning", "info"},
    "findings": [{"severity", "code", "line", "lines", "times", "message", "rule", "chapter",
    "advice"}]}], "outside": [...], "findings": [...]}

    "integrity" is as in `cvd dex show --json`; "findings" beside "outside" are those of the file as
    a whole. "lines" are the first 100, "times" counts them all.
    """
    return {
        "file": checked.name,
        "bytes": checked.size,
        "reports": [_report(report) for report in checked.reports],
        "outside": list(checked.outside),
        "findings": [_finding(finding) for finding in checked.findings],
    }


def _report(report: CheckedReport) -> dict[str, Any]:
    identity, maker = report.identity, report.maker
    return {
        "communication_id": report.communication_id,
        "version": report.version,
        "maker": {"name": maker[0], "country": maker[1]} if maker else None,
        "machine": {
            "asset_number": identity.asset_number,
            "serial_number": identity.serial_number,
            "model": identity.model,
            "control_board": identity.control_board,
        },
        "machine_clock": report.clock,
        "integrity": {
            "g85": str(report.check.g85),
            "segments_declared": report.declared,
            "segments_counted": report.counted,
            "complete": report.complete,
        },
        "counts": {severity: report.count(severity) for severity in SEVERITIES},
        "findings": [_finding(finding) for finding in report.findings],
    }


def _finding(finding: CheckedFinding) -> dict[str, Any]:
    lines = finding.lines
    return {**finding._asdict(), "lines": list(lines[:_MOST_LINES]), "times": len(lines)}


def write_checked(checked: CheckedFile, target: Path) -> None:
    """Write the page or the text, by the ending of `target`: .html (.htm) or .txt.

    Raises Problem: output_kind_unknown, report_not_written.
    """
    from cvd_desktop.services.conformance_page import conformance_page
    from cvd_desktop.services.conformance_text import conformance_text

    writers = {".html": conformance_page, ".htm": conformance_page, ".txt": conformance_text}
    write = writers.get(target.suffix.lower())
    if write is None:
        raise Problem("output_kind_unknown", ExitCode.USAGE, path=str(target))
    try:
        target.write_text(write(checked), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem(
            "report_not_written", ExitCode.USAGE, path=str(target), reason=reason
        ) from error

"""The conformance of a file as one HTML page to print: A4 or Letter, no scripts, nothing loaded.

Its tags and styles are those that a browser and QTextDocument both know, so that the same page is
printed from a screen.
"""

from collections.abc import Iterable, Iterator
from html import escape

from cvd_desktop.services.conformance_text import (
    chapter,
    file_facts,
    judgement,
    printable,
    report_facts,
    shown_lines,
)
from cvd_desktop.services.dex_check import SEVERITIES, CheckedFile, CheckedFinding, CheckedReport
from cvd_desktop.services.word_table_dex import NOTHING_FOUND, SEVERITY_TITLES, TITLE

_STYLE = """
@page { margin: 15mm; }
body { font-family: "Inter", "Segoe UI", "Helvetica Neue", Arial, sans-serif; font-size: 10pt;
  color: #1b1b1b; background: #ffffff; max-width: 180mm; margin: 24px auto; }
h1 { font-size: 16pt; margin-top: 0px; margin-bottom: 8px; }
h2 { font-size: 13pt; margin-top: 24px; margin-bottom: 6px; }
h3 { font-size: 11pt; margin-top: 18px; margin-bottom: 4px; }
p { margin-top: 0px; margin-bottom: 6px; }
p.judgement { font-size: 12pt; font-weight: bold; margin-top: 14px; margin-bottom: 4px; }
table { border-collapse: collapse; width: 100%; }
td { vertical-align: top; }
tr { page-break-inside: avoid; }
td.what { color: #565656; white-space: nowrap; }
td.where, td.found { border-top: 1px solid #c8c8c8; padding: 5px 8px 6px 0px; }
span.code { font-family: "JetBrains Mono", "Consolas", "DejaVu Sans Mono", monospace;
  font-size: 8pt; }
span.rule { color: #565656; }
h3.error { color: #a11212; }
h3.warning { color: #7a4b00; }
h3.info { color: #1d4f7c; }
@media print { body { margin: 0px; max-width: none; } h3 { page-break-after: avoid; } }
"""
"""Lengths in px where QTextDocument knows no other unit."""


def conformance_page(checked: CheckedFile) -> str:
    """The whole page. Every text of the file is escaped."""
    title = f"{TITLE}: {_text(checked.name)}"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"><title>{title}</title>',
            f"<style>{_STYLE}</style></head>",
            "<body>",
            *_body(checked),
            "</body>",
            "</html>",
            "",
        )
    )


def _body(checked: CheckedFile) -> Iterator[str]:
    count = len(checked.reports)
    yield f"<h1>{TITLE}</h1>"
    facts = file_facts(checked)
    if count == 1:
        facts += report_facts(checked.reports[0])
    yield from _facts(facts)
    if checked.findings:
        yield from _findings(checked.findings)
    for number, report in enumerate(checked.reports, 1):
        if count > 1:
            yield f"<h2>Report {number:,} of {count:,}</h2>"
            yield from _facts(report_facts(report))
        yield from _report(report)


def _report(report: CheckedReport) -> Iterator[str]:
    yield f'<p class="judgement">{judgement(report)}</p>'
    if not report.findings:
        yield f"<p>{NOTHING_FOUND}</p>"
    for severity in SEVERITIES:
        found = [each for each in report.findings if each.severity == severity]
        if found:
            yield f'<h3 class="{severity}">{SEVERITY_TITLES[severity]} ({len(found):,})</h3>'
            yield from _findings(found)


def _findings(found: Iterable[CheckedFinding]) -> Iterator[str]:
    yield '<table width="100%" cellspacing="0" cellpadding="0">'
    for finding in found:
        yield from _finding(finding)
    yield "</table>"


def _finding(finding: CheckedFinding) -> Iterator[str]:
    yield '<tr><td class="where" width="30%">'
    yield f'{_text(shown_lines(finding))}<br><span class="code">{_text(finding.code)}</span></td>'
    yield f'<td class="found">{_text(finding.message)}'
    yield f'<br><span class="rule">Rule: {_text(finding.rule)} ({_text(chapter(finding))})</span>'
    if finding.advice:
        yield f"<br>Change: {_text(finding.advice)}"
    yield "</td></tr>"


def _facts(facts: list[tuple[str, str]]) -> Iterator[str]:
    yield '<table width="100%" cellspacing="0" cellpadding="1">'
    for what, value in facts:
        yield f'<tr><td class="what" width="18%">{_text(what)}</td><td>{_text(value)}</td></tr>'
    yield "</table>"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)

"""The JSON document of `cvd dex show --json`: what an EVA-DTS file says.

Its keys are a public interface: they only grow.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from cvd_shared.dex.dex_report import Finding, Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import file_findings, findings
from cvd_shared.dex.report_facts import typed_facts

_MOST_INDENTED = 100  # reports; a file of a person has a few
_SALES = ("sold_since_init", "value_since_init", "sold_since_reset", "value_since_reset")


class FileDocument(NamedTuple):
    """The document of a file in parts: a file of a day of a fleet has thousands of reports."""

    reports: Iterator[dict[str, Any]]  # each is made when it is asked for
    total: int
    rest: dict[str, Any]  # "outside", "findings"


def document(data: bytes) -> dict[str, Any]:
    """`{"reports": [...], "outside": [...], "findings": [...]}` for json.dumps. Never raises.

    The keys of a report are in the table of the command line and in report_facts.py.
    Amounts are integer minor units; `at` is the machine's own clock, ISO 8601 without a zone.
    """
    told = file_document(data)
    return {"reports": list(told.reports), **told.rest}


def file_document(data: bytes) -> FileDocument:
    """The parts of `document`."""
    file = read_dex(data)
    rest = {
        "outside": [as_written(outside.text) for outside in file.outside],
        "findings": [_finding(finding) for finding in file_findings(file)],
    }
    return FileDocument(map(_report, file.reports), len(file.reports), rest)


def document_text(told: FileDocument) -> Iterator[str]:
    """The text of the document piece by piece, as json.dumps with an indent of 2 has it; of many
    reports each in a line of its own, in a tenth of the time."""
    indented = told.total <= _MOST_INDENTED
    yield '{\n  "reports": ['
    end = ""
    for report in told.reports:
        yield f"{end}\n    {_json(report, 4) if indented else _line(report)}"
        end = ","
    yield "\n  ]" if end else "]"
    for key, value in told.rest.items():
        yield f",\n  {json.dumps(key)}: {_json(value, 2)}"
    yield "\n}"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(value: object, indent: int) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.replace("\n", "\n" + " " * indent)  # a line feed in a text is escaped


def as_written(line: str) -> str:
    """Text of people and other programs: UTF-8 where it fits, else latin-1; nothing is lost."""
    try:
        return line.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return line


def _report(report: Report) -> dict[str, Any]:
    reading = make_reading(report)
    identity = reading.identity
    return {
        "communication_id": reading.communication_id,
        "version": reading.version,
        "machine": {
            "asset_number": identity.asset_number,
            "serial_number": identity.serial_number,
            "model": identity.model,
            "control_board": identity.control_board,
        },
        "decimal_places": reading.money.decimals,
        "currency": reading.money.currency,
        "integrity": {
            "g85": str(report.check.g85),
            "segments_declared": report.declared,
            "segments_counted": report.counted,
            "complete": report.complete,
        },
        "totals": reading.paid_vends._asdict(),
        "selections": [
            {
                "selection": selection.selection,
                "price": selection.price,
                "product": selection.product,
                **dict(zip(_SALES, selection.meters, strict=False)),
            }
            for selection in reading.selections
        ],
        "events": [
            {
                "code": event.code,
                "text": event.text,
                "since_reset": event.since_reset,
                "since_init": event.since_init,
                "active": event.active,
                "at": event.at,
            }
            for event in reading.events
        ],
        **typed_facts(reading),
        "findings": [_finding(finding) for finding in findings(report, reading)],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "line": finding.line,
        "message": finding.message,
    }

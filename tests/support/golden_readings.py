"""What every audit file of the corpus says, as one JSON each: the golden readings.

Regenerate them with `python -m tests.support.golden_readings`, then read what changed in them
against the files before it is committed. Figures, codes and dates stand as they are; every text
that a person or a maker wrote is told by eight digits of its SHA-256, so that nothing is copied.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cvd_shared.dex.dex_report import Finding, Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import file_findings, findings
from cvd_shared.dex.report_facts import maker_of
from tests.support.corpus import CorpusFile, corpus_files

FOLDER = Path(__file__).parents[1] / "golden"
_PLAIN_TEXTS = frozenset(
    ("segment", "selection", "device", "code", "text", "unit", "at", "last_at")
)
"""Fields of which the texts are codes, dates, or texts of ours."""
_KEYWORD_FIELDS = frozenset(("identifier", "data", "values", "block"))
"""Fields of makers' own data: short figures and keywords among them stand as they are."""
_PLAIN_FIELDS = frozenset(
    ("version", "machine_clock", "interval_reset", "event_reset", "currency", "first_lines")
)


_FACTS = [field.name for field in fields(MachineReading) if field.name != "findings"]


def golden(data: bytes) -> dict[str, Any]:
    """All typed facts and findings of the reports in `data`, ready for JSON."""
    file = read_dex(data)
    return {
        "findings": list(map(_finding, file_findings(file))),
        "outside": [[line, _hashed(text)] for line, text in file.outside],
        "reports": list(map(_report, file.reports)),
    }


def path_of(file: CorpusFile) -> Path:
    return FOLDER / f"{file.name}.json"


def write_all() -> None:
    """Write the golden reading of each file of the corpus anew."""
    for file in corpus_files():
        path_of(file).write_text(_pretty(golden(file.read())) + "\n", "utf-8")


def _report(report: Report) -> dict[str, Any]:
    reading = make_reading(report)
    check = report.check
    return {
        "lines": [report.lines[0][0], report.lines[-1][0]],
        "integrity": [check.g85, check.variant, report.declared, report.counted],
        "cut": report.cut,
        "maker": maker_of(reading.communication_id),
        **{name: _fact(reading, name) for name in _FACTS},
        "vends": _hidden("vends", reading.vends),
        "cash": _hidden("cash", reading.cash),
        "cashless": _hidden("cashless", reading.cashless),
        "tokens": _hidden("tokens", reading.tokens),
        "findings": list(map(_finding, findings(report, reading))),
    }


def _fact(reading: MachineReading, name: str) -> Any:
    if name == "unknown":
        return [[segment.line, _hashed(segment.raw)] for segment in reading.unknown]
    return _hidden(name, getattr(reading, name))


def _hidden(name: str, value: Any) -> Any:
    """A value for JSON in which texts of the file are hidden; rows become lists."""
    if isinstance(value, str):
        keyword = name in _KEYWORD_FIELDS and _is_keyword(value)
        return value if keyword or name in _PLAIN_TEXTS | _PLAIN_FIELDS else _hashed(value)
    if isinstance(value, Mapping):
        return {key: _hidden(name, entry) for key, entry in value.items()}
    if hasattr(value, "_asdict"):
        return _trimmed([_hidden(key, entry) for key, entry in value._asdict().items()])
    if isinstance(value, (list, tuple)):
        return [_hidden(name, entry) for entry in value]
    return value


def _trimmed(row: list[Any]) -> list[Any]:
    """A row without what is not told at its end."""
    while row and (row[-1] is None or row[-1] == []):
        row.pop()
    return row


def _is_keyword(value: str) -> bool:
    """A short number or a word in capitals: nothing that names a machine or a person."""
    return len(value) <= 6 and value.isascii() and value.isalnum() and value == value.upper()


def _hashed(text: str) -> str:
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:8]}" if text else ""


def _finding(finding: Finding) -> list[Any]:
    return [finding.line, finding.severity, finding.code, list(finding.lines)]


def _pretty(value: Any, depth: int = 0) -> str:
    """JSON with a line for each row."""
    flat = json.dumps(value, ensure_ascii=False)
    if depth > 3 or len(flat) < 80 or not isinstance(value, (dict, list)):
        return flat
    inner = " " * (depth + 1)
    if isinstance(value, dict):
        rows = [f"{json.dumps(key)}: {_pretty(one, depth + 1)}" for key, one in value.items()]
        return "{\n" + ",\n".join(inner + row for row in rows) + "\n" + inner[:-1] + "}"
    rows = [_pretty(one, depth + 1) if depth < 2 else json.dumps(one) for one in value]
    return "[\n" + ",\n".join(inner + row for row in rows) + "\n" + inner[:-1] + "]"


if __name__ == "__main__":
    write_all()

"""Builds the text formats of exported reads, a read at a time: CSV and JSON."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.records import ReadDetail, ReadSummary
from cvd_desktop.services.export_tables import SELECTIONS, Cell, Column, Money
from cvd_shared.dex.report_json import document

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_chunks(details: Iterable[ReadDetail]) -> Iterator[bytes]:
    """One row per selection: UTF-8, commas, CRLF, a line of names first (RFC 4180).

    Moments are UTC ISO 8601; an amount has its minor units in one column and its decimal number
    in the next. A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    yield _csv_line(_names(SELECTIONS.all_columns))
    for detail in details:
        for row in SELECTIONS.all_rows(detail):
            yield _csv_line(_values(SELECTIONS.all_columns, row, detail.decimals))


def json_chunks(reads: Iterable[tuple[ReadSummary, bytes]]) -> Iterator[bytes]:
    """The document of `cvd dex show --json`, of one or several reads.

    Each report says by `read` which of `reads` it is from.
    """
    facts: list[dict[str, Any]] = []
    rest: dict[str, list[Any]] = {"outside": [], "findings": []}
    yield b'{"reports": ['
    between = b"\n"
    for summary, raw in reads:
        said = document(raw)
        facts.append(_facts(summary))
        for report in said["reports"]:
            yield between + _json({"read": summary.id, **report})
            between = b",\n"
        for name, found in rest.items():
            found.extend(said.get(name, ()))
    yield b'\n],\n"reads": ' + _json(facts)
    for name, found in rest.items():
        yield b",\n" + _json(name) + b": " + _json(found)
    yield b"}\n"


def _facts(summary: ReadSummary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "machine": summary.machine_asset,
        "at": to_wire(summary.at),
        "bytes": summary.size,
        "link": summary.link,
        "purpose": summary.purpose,
        "file": summary.source or None,
        "verdict": summary.verdict,
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode("utf-8", "backslashreplace")


def _names(columns: Iterable[Column]) -> Iterator[str]:
    for column in columns:
        if column.money:
            yield f"{column.key}_minor"
        yield column.key


def _values(columns: Iterable[Column], row: Iterable[Cell], decimals: int) -> Iterator[str]:
    for column, cell in zip(columns, row, strict=True):
        if column.money:
            yield "" if not isinstance(cell, Money) else str(cell.minor)
        yield _text(cell, decimals)


def _text(cell: Cell, decimals: int) -> str:
    if isinstance(cell, Money):
        return f"{Decimal(cell.minor).scaleb(-decimals):f}"
    if isinstance(cell, datetime):
        return to_wire(cell) if cell.tzinfo else cell.isoformat()
    if isinstance(cell, str):
        return without_formula(cell)
    return "" if cell is None else str(cell)


def without_formula(text: str) -> str:
    """A text for a CSV cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

"""Writes reads as a workbook (XLSX): a sheet for each table, real numbers and dates."""

import io
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.services.export_tables import TABLES, Cell, Column, Money

MAX_ROWS = 1_048_576  # of a sheet; no spreadsheet takes more
_MAX_TEXT = 32_767
_MAX_NUMBER = 10**15  # a spreadsheet keeps fifteen digits; longer ones are written as text
_FIRST_YEAR = 1900  # that a spreadsheet knows
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OPTIONS = {
    "constant_memory": True,  # rows go to the disk as they come
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def write_workbook(file: IO[bytes], details: Iterable[ReadDetail], *, created: datetime) -> None:
    """Every read in every sheet. Raises OSError, and Problem("export_too_large").

    Moments are in local time, as everywhere that people look.
    """
    packed = io.BytesIO()  # to a full disk xlsxwriter would leave an open zip behind
    with xlsxwriter.Workbook(packed, _OPTIONS) as workbook:
        workbook.set_properties({"created": created.replace(tzinfo=None)})
        book = _Book(workbook)
        for detail in details:
            book.add(detail)
    file.write(packed.getbuffer())


def _plain(text: str) -> str:
    """What XML can carry."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text[:_MAX_TEXT])


class _Book:
    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        header = workbook.add_format({"bold": True, "bottom": 1})
        self._moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._amounts: dict[int, Any] = {}
        self._sheets = [workbook.add_worksheet(table.name) for table in TABLES]
        self._rows = [1] * len(TABLES)
        for table, sheet in zip(TABLES, self._sheets, strict=True):
            sheet.freeze_panes(1, 0)
            self._head(sheet, table.all_columns, header)

    def add(self, detail: ReadDetail) -> None:
        for number, (table, sheet) in enumerate(zip(TABLES, self._sheets, strict=True)):
            for row in table.all_rows(detail):
                if self._rows[number] == MAX_ROWS:
                    raise Problem("export_too_large", ExitCode.USAGE, rows=MAX_ROWS)
                for column, cell in enumerate(row):
                    self._write(sheet, self._rows[number], column, cell, detail.decimals)
                self._rows[number] += 1

    @staticmethod
    def _head(sheet: Any, columns: tuple[Column, ...], header: Any) -> None:
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(0, number, column.title, header)

    def _write(self, sheet: Any, row: int, column: int, cell: Cell, decimals: int) -> None:
        if isinstance(cell, Money):
            amount = Decimal(cell.minor).scaleb(-decimals)
            if abs(cell.minor) < _MAX_NUMBER:
                sheet.write_number(row, column, float(amount), self._amount(decimals))
            else:
                sheet.write_string(row, column, f"{amount:f}")
        elif isinstance(cell, datetime):
            local = cell.astimezone().replace(tzinfo=None) if cell.tzinfo else cell
            if local.year >= _FIRST_YEAR:
                sheet.write_datetime(row, column, local, self._moment)
            else:
                sheet.write_string(row, column, local.isoformat(" "))
        elif isinstance(cell, bool):
            sheet.write_boolean(row, column, cell)
        elif isinstance(cell, int) and abs(cell) < _MAX_NUMBER:
            sheet.write_number(row, column, cell)
        elif cell not in (None, ""):
            sheet.write_string(row, column, _plain(str(cell)))

    def _amount(self, decimals: int) -> Any:
        """The format of amounts with so many decimals."""
        if decimals not in self._amounts:
            pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
            self._amounts[decimals] = self._workbook.add_format({"num_format": pattern})
        return self._amounts[decimals]

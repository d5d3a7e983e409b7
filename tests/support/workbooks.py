"""Reads a workbook back with the standard library alone, as far as tests look into one."""

import re
import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class XCell(NamedTuple):
    kind: str  # "text", "number", "boolean"
    text: str
    format: str  # "General", "#,##0.00", "yyyy-mm-dd hh:mm"


class Sheet(NamedTuple):
    rows: list[dict[str, XCell]]  # by title of the column
    titles: list[str]
    frozen_rows: int
    widths: list[float]


def sheets_of(path: Path) -> dict[str, Sheet]:
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        formats = _formats(ElementTree.fromstring(archive.read("xl/styles.xml")))
        names = [str(sheet.get("name")) for sheet in book.iter(f"{_MAIN}sheet")]
        return {
            name: _sheet(
                ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml")), formats
            )
            for number, name in enumerate(names, 1)
        }


def _formats(styles: ElementTree.Element) -> list[str]:
    own = {
        each.get("numFmtId"): str(each.get("formatCode")) for each in styles.iter(f"{_MAIN}numFmt")
    }
    built_in = {"4": "#,##0.00", "3": "#,##0"}
    cells = styles.find(f"{_MAIN}cellXfs")
    assert cells is not None
    numbers = [str(each.get("numFmtId")) for each in cells]
    return [own.get(number, built_in.get(number, "General")) for number in numbers]


def _sheet(sheet: ElementTree.Element, formats: list[str]) -> Sheet:
    rows = []
    for row in sheet.iter(f"{_MAIN}row"):
        cells = {}
        for cell in row.iter(f"{_MAIN}c"):
            column = re.sub(r"\d", "", str(cell.get("r")))
            kind = {"inlineStr": "text", "str": "text", "b": "boolean"}.get(
                str(cell.get("t")), "number"
            )
            assert cell.find(f"{_MAIN}f") is None, "a formula"
            text = "".join(cell.itertext())
            cells[column] = XCell(kind, text, formats[int(cell.get("s") or 0)])
        rows.append(cells)
    titles = {column: cell.text for column, cell in rows[0].items()}
    pane = sheet.find(f".//{_MAIN}pane")
    return Sheet(
        [{titles[column]: cell for column, cell in row.items()} for row in rows[1:]],
        list(titles.values()),
        int(str(pane.get("ySplit"))) if pane is not None else 0,
        [float(str(each.get("width"))) for each in sheet.iter(f"{_MAIN}col")],
    )

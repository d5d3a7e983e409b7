"""Exporting reads: raw, JSON, CSV and XLSX, whole files or none."""

import csv
import errno
import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import export_workbook
from cvd_desktop.services.export_reads import (
    ExportFormat,
    export_chunks,
    export_name,
    export_reads,
    format_of,
)
from cvd_desktop.services.export_texts import csv_chunks
from cvd_desktop.services.import_reads import import_files
from cvd_desktop.services.reads import list_reads, read_detail
from cvd_desktop.services.workplace import Workplace
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.dex.report_json import document
from tests.support.local_workplace import workplace
from tests.support.workbooks import sheets_of

FIRST = envelope(
    (
        "ID1*S100*MODEL X****A-1",
        "ID4*2*1978*EUR",
        "VA1*1000*8*500*4",
        "CA2*600*5*300*3",
        "CA3*250*50*200*0*900*300*400*2*0*200",
        "PA1*10*125*Crisps",
        "PA2*5*625*2*250",
        "PA7*10*CA**125*3*375*1*125",
        'PA1*11*150*=HYPERLINK("x")',
        "PA2*3*375*2*250",
        "EA2*EGS*1*36**1",
        "EA3**260302*0900",
    ),
    "CVD0000001",
)
SECOND = (
    FIRST.replace(b"PA2*5*625*2*250", b"PA2*9*1125*6*750")
    .replace(b"VA1*1000*8*500*4", b"VA1*1500*12*500*4")
    .replace(b"EA3**260302*0900", b"EA3**260303*0900")
)


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path / "laptop") as opened:
        yield opened


@pytest.fixture
def reads(wp: Workplace, tmp_path: Path) -> list[str]:
    """Two reads of one machine, oldest first."""
    (tmp_path / "files").mkdir()
    for name, raw in (("1.dex", FIRST), ("2.dex", SECOND)):
        (tmp_path / "files" / name).write_bytes(raw)
    return list(import_files(wp, [tmp_path / "files"]).reads)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_raw_is_the_bytes_as_received(wp: Workplace, reads: list[str], tmp_path: Path) -> None:
    assert export_reads(wp, reads[:1], tmp_path / "a.dex") == len(FIRST)
    assert (tmp_path / "a.dex").read_bytes() == FIRST


def test_several_raw_reads_in_a_file_come_apart_again(
    wp: Workplace, reads: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "all.raw"
    export_reads(wp, reads, out)
    assert out.read_bytes() == FIRST + SECOND
    again = import_files(wp, [out])
    assert [each.read_id for each in again.duplicates] == reads


def test_raw_reads_that_end_within_a_line_are_not_glued(wp: Workplace, tmp_path: Path) -> None:
    bare = [b"ID1*S1****A1\r\nVA1*1*2*3*4", b"ID1*S2****A2\r\nVA1*5*6*7*8"]
    for number, raw in enumerate(bare):
        (tmp_path / f"{number}.dex").write_bytes(raw)
    reads = import_files(wp, [tmp_path / "0.dex", tmp_path / "1.dex"]).reads
    export_reads(wp, reads, tmp_path / "all.raw")
    assert len(read_dex((tmp_path / "all.raw").read_bytes()).reports) == 2


def test_json_is_the_document_of_dex_show(wp: Workplace, reads: list[str], tmp_path: Path) -> None:
    export_reads(wp, reads, tmp_path / "a.json")
    said = json.loads((tmp_path / "a.json").read_text("utf-8"))
    expected = [report for raw in (FIRST, SECOND) for report in document(raw)["reports"]]
    assert [report.pop("read") for report in said["reports"]] == reads
    assert said["reports"] == json.loads(json.dumps(expected))
    assert said["outside"] == []
    assert [each["id"] for each in said["reads"]] == reads
    assert said["reads"][0] | {"verdict": None} == {
        "id": reads[0],
        "machine": "A-1",
        "at": said["reads"][0]["at"],
        "bytes": len(FIRST),
        "link": "file",
        "purpose": "look",
        "file": "files/1.dex",
        "verdict": None,
    }


def test_csv_has_a_row_for_each_selection(wp: Workplace, reads: list[str], tmp_path: Path) -> None:
    export_reads(wp, reads, tmp_path / "a.csv")
    data = (tmp_path / "a.csv").read_bytes()
    assert data.startswith(b"read_id,at,machine,selection,")
    assert b"\r\n" in data
    rows = rows_of(data)
    assert [(row["read_id"], row["selection"]) for row in rows] == [
        (read_id, selection) for read_id in reads for selection in ("10", "11")
    ]
    row = rows[2]
    assert row["at"] == row["last_read_at"].replace("-02T", "-03T")
    assert row["at"].endswith("Z")
    expected = {
        "machine": "A-1",
        "product": "Crisps",
        "currency": "EUR",
        "price_minor": "125",
        "price": "1.25",
        "planned_price": "",
        "sold_since_init": "9",
        "value_since_init_minor": "1125",
        "value_since_init": "11.25",
        "sold_since_reset": "6",
        "sold_since_last_read": "4",
        "value_since_last_read_minor": "500",
        "value_since_last_read": "5.00",
        "since_last_read": "Goes on",
    }
    assert {name: row[name] for name in expected} == expected
    assert rows[0]["sold_since_last_read"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_csv_runs_as_a_formula(wp: Workplace, reads: list[str], start: str) -> None:
    detail = read_detail(wp, reads[0])
    line = replace(detail.selections[0], product=f"{start}cmd|' /C calc'!A0", price=-125)
    data = b"".join(csv_chunks([replace(detail, selections=(line,))]))
    (row,) = rows_of(data)
    assert row["product"] == f"'{start}cmd|' /C calc'!A0"
    assert (row["price_minor"], row["price"]) == ("-125", "-1.25")  # numbers stay numbers


def test_csv_of_odd_texts_and_amounts(wp: Workplace, reads: list[str]) -> None:
    detail = read_detail(wp, reads[0])
    odd = 'a "quoted", text\r\nwith Grüße 日本 \udcff'
    line = replace(detail.selections[0], product=odd, price=5)
    for decimals, price in ((0, "5"), (1, "0.5"), (3, "0.005")):
        data = b"".join(csv_chunks([replace(detail, decimals=decimals, selections=(line,))]))
        (row,) = rows_of(data)
        assert row["product"] == odd.replace("\udcff", "\\udcff")
        assert row["price"] == price


def test_workbook_has_a_sheet_for_each_table_with_real_types(
    wp: Workplace, reads: list[str], tmp_path: Path
) -> None:
    export_reads(wp, reads, tmp_path / "a.xlsx")
    sheets = sheets_of(tmp_path / "a.xlsx")
    assert list(sheets) == [
        "Machine", "Selections", "Totals", "Payments", "Cash", "Events", "Findings",
    ]  # fmt: skip
    for sheet in sheets.values():
        assert sheet.frozen_rows == 1
        assert sheet.titles[:3] == ["Read", "Read at", "Machine"]
        assert all(width > 5 for width in sheet.widths)
        assert {row["Read"].text for row in sheet.rows} <= set(reads)
    row = sheets["Selections"].rows[2]
    assert (row["Price"].kind, row["Price"].text, row["Price"].format) == (
        "number", "1.25", "#,##0.00",
    )  # fmt: skip
    assert (row["Sold since init"].kind, row["Sold since init"].text) == ("number", "9")
    assert row["Read at"].kind == "number"
    assert row["Read at"].format == "yyyy-mm-dd hh:mm"
    day = date(2026, 3, 3) - date(1899, 12, 30)
    assert int(float(row["Read at"].text)) in (day.days - 1, day.days, day.days + 1)
    assert sheets["Selections"].rows[1]["Product"].text == '=HYPERLINK("x")'
    facts = {row["Fact"].text: row["Value"] for row in sheets["Machine"].rows if "Value" in row}
    assert facts["Serial number"].text == "S100"
    assert facts["Decimals"].kind == "number"
    totals = {row["Element"].text: row["Value"] for row in sheets["Totals"].rows}
    assert (totals["VA101"].text, totals["VA101"].format) == ("15", "#,##0.00")
    assert (totals["VA102"].text, totals["VA102"].format) == ("12", "General")
    assert sheets["Payments"].rows[0]["Paid by"].text == "CA"
    assert sheets["Events"].rows[0]["Active"].kind == "boolean"
    assert sheets["Cash"].rows
    assert sheets["Findings"].rows


def test_workbook_takes_any_text_and_any_number(
    wp: Workplace, reads: list[str], tmp_path: Path
) -> None:
    detail = read_detail(wp, reads[0])
    texts = ("\0\x01\x1f", "x" * 40_000, "_x0041_", "<&>", "\udcff", " blank ")
    lines = tuple(
        replace(detail.selections[0], selection=str(n), product=text, sold=10**40, price=10**30)
        for n, text in enumerate(texts)
    )
    path = tmp_path / "odd.xlsx"
    with path.open("wb") as file:
        export_workbook.write_workbook(
            file, [replace(detail, selections=lines)], created=datetime(2026, 1, 1, tzinfo=UTC)
        )
    rows = sheets_of(path)["Selections"].rows
    assert rows[0]["Product"].text == rows[4]["Product"].text * 3 == "\N{REPLACEMENT CHARACTER}" * 3
    assert len(rows[1]["Product"].text) == 32_767
    assert rows[2]["Product"].text == "_x005F_x0041_"  # shown as _x0041_, else as A
    assert rows[3]["Product"].text == "<&>"
    assert rows[5]["Product"].text == " blank "
    assert (rows[0]["Sold since last read"].kind, rows[0]["Sold since last read"].text) == (
        "text", str(10**40),
    )  # fmt: skip


def test_sheet_that_would_be_too_long_is_a_problem(
    wp: Workplace, reads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_workbook, "MAX_ROWS", 20)
    with pytest.raises(Problem) as caught:
        export_reads(wp, reads, tmp_path / "a.xlsx")
    assert caught.value.code == "export_too_large"
    assert not (tmp_path / "a.xlsx").exists()


@pytest.mark.parametrize("wanted", [ExportFormat.RAW, ExportFormat.JSON, ExportFormat.CSV])
def test_pipe_gets_the_bytes_of_the_file(
    wp: Workplace, reads: list[str], tmp_path: Path, wanted: ExportFormat
) -> None:
    export_reads(wp, reads, tmp_path / "file", wanted)
    assert b"".join(export_chunks(wp, reads, wanted)) == (tmp_path / "file").read_bytes()


def test_suffix_says_the_format() -> None:
    named = {
        name: format_of(Path(name)) for name in ("a.JSON", "a.csv", "a.xlsx", "a.dex", "a", "-")
    }
    assert list(named.values()) == ["json", "csv", "xlsx", "raw", "raw", "raw"]


@pytest.mark.parametrize(
    ("asset", "part"),
    [
        ("A-1", "A-1"),
        ("../../etc/passwd", "etc_passwd"),
        ("Hall 3: left?", "Hall_3_left"),
        ("CON", "CON"),
        ("ü日本", "unknown"),
        ("x" * 300, "x" * 40),
        (None, "unknown"),
    ],
)
def test_name_offered_is_safe_on_every_system(
    wp: Workplace, reads: list[str], asset: str | None, part: str
) -> None:
    read = replace(
        list_reads(wp)[0], machine_asset=asset, at=datetime(2026, 3, 4, 5, 6).astimezone(UTC)
    )
    assert export_name(read, ExportFormat.XLSX) == f"20260304_0506_{part}.xlsx"


# --- the file -----------------------------------------------------------------------------------


def test_unknown_read_leaves_the_file_as_it_was(
    wp: Workplace, reads: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "a.csv"
    out.write_bytes(b"before")
    for wanted in ExportFormat:
        with pytest.raises(Problem) as caught:
            export_reads(wp, [reads[0], "nobody"], out, wanted)
        assert caught.value.code == "read_unknown"
    assert out.read_bytes() == b"before"
    assert list(tmp_path.glob(".a.csv*")) == []


def test_file_is_replaced_and_a_link_stays_one(
    wp: Workplace, reads: list[str], tmp_path: Path
) -> None:
    (tmp_path / "real.dex").write_bytes(b"before")
    (tmp_path / "link.dex").symlink_to(tmp_path / "real.dex")
    export_reads(wp, reads[:1], tmp_path / "link.dex")
    assert (tmp_path / "link.dex").is_symlink()
    assert (tmp_path / "real.dex").read_bytes() == FIRST


@pytest.mark.skipif(sys.platform == "win32", reason="devices have no names there")
def test_device_stays_a_device(wp: Workplace, reads: list[str]) -> None:
    before = os.stat(os.devnull)  # noqa: PTH116
    export_reads(wp, reads, Path(os.devnull), ExportFormat.CSV)
    assert os.stat(os.devnull).st_ino == before.st_ino  # noqa: PTH116


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
@pytest.mark.parametrize("wanted", list(ExportFormat))
def test_full_disk_is_told(wp: Workplace, reads: list[str], wanted: ExportFormat) -> None:
    with pytest.raises(Problem) as caught:
        export_reads(wp, reads * 30, Path("/dev/full"), wanted)
    assert caught.value.code == "disk_full"


def test_place_that_cannot_be_written_is_told(
    wp: Workplace, reads: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "nowhere" / "a.csv", tmp_path / "file" / "a.csv", tmp_path):
        with pytest.raises(Problem) as caught:
            export_reads(wp, reads, path)
        assert caught.value.code == "file_not_written"
        assert caught.value.values["reason"] in map(
            os.strerror, (errno.ENOENT, errno.ENOTDIR, errno.EISDIR)
        )


def test_cancelled_export_leaves_nothing(wp: Workplace, reads: list[str], tmp_path: Path) -> None:
    cancelled = threading.Event()
    told: list[tuple[int, int]] = []

    def cancel_after_one(done: int, total: int) -> None:
        told.append((done, total))
        if done == 1:
            cancelled.set()

    with pytest.raises(Problem) as caught:
        export_reads(
            wp, reads * 2, tmp_path / "a.xlsx", on_progress=cancel_after_one, cancelled=cancelled
        )
    assert caught.value.code == "export_cancelled"
    assert told == [(0, 4), (1, 4)]
    assert not (tmp_path / "a.xlsx").exists()
    assert list(tmp_path.glob(".a.xlsx*")) == []

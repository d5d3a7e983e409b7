"""Papers of a day: every code on them is read back, nothing is cut, pages are numbered."""

from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from cvd_desktop.domain.problem import Problem
from cvd_desktop.ui.barcodes import code_128, qr_code
from cvd_desktop.ui.load_paper import (
    Code,
    Paper,
    Side,
    Text,
    ink_font,
    lines_of,
    page_layout,
    paint_paper,
    paper_image,
    save_paper,
    text_wide,
)
from cvd_desktop.ui.load_paper_labels import SHEETS, SMALL_LABEL, LabelSheet, tote_labels_paper
from cvd_desktop.ui.load_paper_lists import (
    door_order,
    kit_sheets_paper,
    pick_list_paper,
    route_sheet_paper,
)
from cvd_desktop.ui.theme import Look
from cvd_shared.route_shapes import SlotKey, ToteLine
from tests.support.load_scenes import (
    LONG_NAME,
    LONG_PLACE,
    NOW,
    big_view,
    load_view,
    long_view,
    run_view,
)

pytestmark = pytest.mark.usefixtures("look")


def codes_in(image: QImage) -> list[tuple[str, str]]:
    """What a scanner reads: (format, text), sorted."""
    pixels = memoryview(image.constBits()).cast("B", (image.height(), image.bytesPerLine()))
    found = zxingcpp.read_barcodes(pixels)
    return sorted((str(one.format).replace(" ", ""), one.text) for one in found)


def texts(paper: Paper, page: int | None = None) -> list[str]:
    pages = paper.pages if page is None else paper.pages[page : page + 1]
    return [op.text for one in pages for op in one if isinstance(op, Text)]


def boxes(paper: Paper) -> list[tuple[QRectF, object]]:
    """Where every text and code of a paper stands."""
    held: list[tuple[QRectF, object]] = []
    for page in paper.pages:
        for op in page:
            if isinstance(op, Code):
                held.append((op.rect, op))
            elif isinstance(op, Text):
                wide = text_wide(op.text, op.ink, op.size)
                back = {Side.LEFT: 0.0, Side.RIGHT: wide, Side.CENTER: wide / 2}[op.side]
                high = ink_font(op.ink, op.size).pixelSize()
                held.append((QRectF(op.x - back, op.y - high, wide, high * 1.2), op))
    return held


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.key)
def test_a_scanner_reads_every_tote_label_as_its_machine(sheet: LabelSheet) -> None:
    view = load_view()
    paper = tote_labels_paper(view, sheet)
    read = [code for n in range(len(paper.pages)) for code in codes_in(paper_image(paper, n, 203))]
    assets = [tote.asset_number for tote in view.totes]
    assert sorted(text for kind, text in read if kind == "QRCode") == sorted(assets)
    if sheet.label[1] >= SMALL_LABEL:  # a small one has room for one code
        assert sorted(text for kind, text in read if kind == "Code128") == sorted(assets)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.key)
def test_long_names_stay_on_their_label(sheet: LabelSheet) -> None:
    view = long_view()
    tote = view.totes[0]._replace(asset_number="KESTREL-STREET-00010427")
    paper = tote_labels_paper(replace(view, totes=(tote,)), sheet)
    whole = sheet.place(0)
    assert all(whole.contains(rect) for rect, _ in boxes(paper))
    assert tote.asset_number in "".join(texts(paper))
    read = codes_in(paper_image(paper, 0, 300))
    assert ("QRCode", tote.asset_number) in read


def test_an_asset_number_that_bars_cannot_hold_has_its_square_code() -> None:
    assert code_128("自動販売機") is None
    assert code_128("") is None
    assert qr_code("") is None
    view = load_view()
    named = view.totes[0]._replace(asset_number="Automat Größe 7")
    paper = tote_labels_paper(replace(view, totes=(named,)), SHEETS[2])
    assert {text for _, text in codes_in(paper_image(paper, 0, 203))} == {"Automat Größe 7"}


def test_the_pick_list_goes_on_with_its_heads_and_numbers_its_pages() -> None:
    view = big_view(120)
    paper = pick_list_paper(view, NOW)
    assert len(paper.pages) > 3
    for n in range(len(paper.pages)):
        shown = texts(paper, n)
        assert f"Page {n + 1} of {len(paper.pages)}" in shown
        assert {"Pick list", "Route 14, Thu 19 Nov 2026", "Place", "Product"} <= set(shown)
    listed = [text for text in texts(paper) if text.startswith("Product ")]
    assert listed == [line.product.name for line in view.lines]
    assert f"{view.units:,} units of 120 products" in texts(paper)


def test_what_needs_nothing_is_not_on_the_pick_list() -> None:
    view = load_view((("Cola", "A-01", 10, 10, 24), ("Nuts", "B-01", 3, 0, 1)))
    shown = texts(pick_list_paper(view, NOW))
    assert "Nuts" in shown
    assert "Cola" not in shown


def test_a_kit_sheet_for_each_machine_in_the_order_of_its_door() -> None:
    view = load_view()
    paper = kit_sheets_paper(view, NOW)
    for n, tote in enumerate(view.totes):
        page = next(p for p in range(len(paper.pages)) if f"Tote {n + 1}" in texts(paper, p))
        assert ("Code128", tote.asset_number) in codes_in(paper_image(paper, page, 150))
    labels = ["A10", "B1", "A2", "A1"]
    held = [ToteLine(SlotKey(1, label), "p0", 1) for label in labels]
    held.append(ToteLine(SlotKey(2, "A1"), "p0", 1))
    order = [(line.key.cabinet, line.key.label) for line in sorted(held, key=door_order)]
    assert order == [(1, "A1"), (1, "A2"), (1, "A10"), (1, "B1"), (2, "A1")]


def test_the_route_sheet_has_every_stop_with_its_way_in() -> None:
    view = long_view()
    run = run_view(view)
    shown = texts(route_sheet_paper(run, view, NOW))
    joined = " ".join(shown)
    assert LONG_PLACE in joined
    assert joined.count("Ring at the yard gate") == len(run.stops)
    for said in ("06:00 to 09:30", "until 09:30", "any time", "Must be done today", "Tote 2"):
        assert said in shown
    assert "Bring the new price labels." in shown
    assert "Clean the glass" in shown
    assert "Fill, Collect" in shown


def test_long_names_wrap_and_nothing_leaves_the_paper() -> None:
    view = long_view()
    run = run_view(view)
    assert " ".join(lines_of(LONG_NAME, 500, Text(0, 0, "", "plain").ink)) == LONG_NAME  # type: ignore[arg-type]
    for paper in (
        pick_list_paper(view, NOW),
        kit_sheets_paper(view, NOW),
        route_sheet_paper(run, view, NOW),
    ):
        sheet = QRectF(100, 100, paper.width - 200, paper.height - 200)
        assert all(sheet.contains(rect) for rect, _ in boxes(paper))
        words = [rect for rect, op in boxes(paper) if isinstance(op, Text) and op.text]
        assert words


def test_a_word_longer_than_its_place_is_broken_not_cut() -> None:
    word = "Donaudampfschifffahrtsgesellschaft" * 3
    from cvd_desktop.ui.load_paper import Ink

    lines = lines_of(word, 300, Ink.PLAIN)
    assert "".join(lines) == word
    assert all(text_wide(line, Ink.PLAIN) <= 300 for line in lines)


def test_a_paper_is_saved_as_pdf_with_the_bundled_fonts(tmp_path: Path) -> None:
    path = tmp_path / "kit.pdf"
    save_paper(kit_sheets_paper(load_view(), NOW), path)
    data = path.read_bytes()
    assert data.startswith(b"%PDF")
    assert b"Inter" in data
    assert data.count(b"/Type /Page\n") == len(kit_sheets_paper(load_view(), NOW).pages)


def test_a_printer_gets_every_page_in_the_size_of_the_paper(tmp_path: Path) -> None:
    from PySide6.QtPrintSupport import QPrinter

    paper = tote_labels_paper(load_view(), SHEETS[2])
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "labels.pdf"))
    printer.setPageLayout(page_layout(paper))
    printer.setFullPage(True)
    assert paint_paper(paper, printer, printer.resolution())
    data = (tmp_path / "labels.pdf").read_bytes()
    assert data.count(b"/Type /Page\n") == len(paper.pages)
    assert b"/MediaBox [0 0 283" in data  # points: 100 mm wide


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="file_not_written"):
        save_paper(pick_list_paper(load_view(), NOW), tmp_path / "none" / "list.pdf")


def test_black_and_white_alone_is_enough(look: Look) -> None:
    """Every stroke is grey or black, also when the screen is dark."""
    look.show("dark", 1.0)
    image = paper_image(pick_list_paper(load_view(), NOW), 0, 72)
    assert image.isGrayscale()
    assert image.pixelColor(2, 2).lightness() == 255
    look.show("light", 1.0)

"""The table widget: columns fit the window at any text scale, figures are never cut."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.delegates import PAD, cell_width
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import TEXT_SCALES, THEME_KEYS, Look
from cvd_desktop.ui.widgets.table_view import TableView, TotalsRow
from cvd_desktop.ui.widgets.tag import TagKind


@dataclass(frozen=True)
class Sale:
    slot: str
    name: str
    sold: int


SALES = [Sale(f"A{n}", f"A product with a rather long name {n}", n * 1_111) for n in range(30)]
COLUMNS = (
    Column[Sale]("slot", "Slot", lambda s: s.slot, face=Face.LABEL),
    Column[Sale]("name", "Product", lambda s: s.name, fit=Fit.REST),
    Column[Sale](
        "state", "State", lambda s: Cell("On the server", mark=TagKind.ON_THE_SERVER), rank=1
    ),
    Column[Sale](
        "flag", "Flag", lambda s: Cell("Sold out", mark=TagKind.ALERT, boxed=True), rank=2
    ),
    Column[Sale]("sold", "Sold", lambda s: f"{s.sold:,}", right=True, face=Face.STRONG),
)


def test_a_cell_that_wraps_makes_its_row_grow_and_shrink(look: Look, qtbot: QtBot) -> None:
    name = "A name of so many words that it needs more than one line"
    columns = (
        Column[Sale](
            "name", "Product", lambda s: Cell(name, detail=s.slot, wrap=True), fit=Fit.REST
        ),
        Column[Sale]("sold", "Sold", lambda s: str(s.sold), right=True),
    )
    model = TableModel(columns, key=lambda s: s.slot)
    model.set_rows(SALES[:3])
    view = TableView(look, model, "Sales", 48)
    qtbot.addWidget(view)
    view.resize(260, 300)
    view.show()
    narrow = view.rowHeight(0)
    assert narrow >= 3 * look.theme.line_height("dense")
    view.resize(900, 300)
    assert view.rowHeight(0) == 48 < narrow
    look.show("light", 2.0)
    assert view.rowHeight(2) >= look.theme.text_px(48)


@pytest.mark.parametrize("texts", [["A1", "C2", "W8", "i1"] * 6, ["11", "88", "77"] * 9])
def test_short_texts_of_one_length_are_never_cut(
    look: Look, qtbot: QtBot, texts: list[str]
) -> None:
    columns = (
        Column[Sale]("slot", "", lambda s: s.slot),
        Column[Sale]("name", "Product", lambda s: s.name, fit=Fit.REST),
    )
    model = TableModel(columns, key=lambda s: (s.slot, s.sold))
    model.set_rows([Sale(text, "x" * 90, n) for n, text in enumerate(texts)])
    view = TableView(look, model, "Sales", 36)
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.show()
    widest = max(cell_width(look.theme, Cell(text), two_lines=False) for text in texts)
    assert view.columnWidth(0) >= widest + PAD


@pytest.fixture
def table(look: Look, qtbot: QtBot) -> TableView[Sale]:
    model = TableModel(COLUMNS, key=lambda s: s.slot)
    model.set_rows(SALES)
    view = TableView(look, model, "Sales", 36, enter_opens=True)
    model.setParent(view)
    qtbot.addWidget(view)
    view.resize(900, 400)
    with qtbot.waitExposed(view):
        view.show()
    return view


def widths(view: TableView[Sale]) -> dict[str, int]:
    columns = view.rows_model().columns
    return {
        column.key: view.columnWidth(n)
        for n, column in enumerate(columns)
        if not view.isColumnHidden(n)
    }


def test_columns_fill_the_width_exactly(table: TableView[Sale]) -> None:
    assert sum(widths(table).values()) == table.viewport().width()
    assert list(widths(table)) == ["slot", "name", "state", "flag", "sold"]


def test_narrow_windows_leave_out_the_highest_rank_first(table: TableView[Sale]) -> None:
    table.resize(430, 400)
    assert list(widths(table)) == ["slot", "name", "state", "sold"]
    table.resize(300, 400)
    assert list(widths(table)) == ["slot", "name", "sold"]
    table.resize(900, 400)
    assert len(widths(table)) == 5


@pytest.mark.parametrize("scale", TEXT_SCALES)
@pytest.mark.parametrize("width", [300, 500, 900, 1600])
def test_figures_are_never_cut(
    table: TableView[Sale], look: Look, scale: float, width: int
) -> None:
    look.show("light", scale)
    table.resize(width, 400)
    for place, column in enumerate(COLUMNS):
        if column.fit is Fit.CONTENT and not table.isColumnHidden(place):
            needed = max(
                cell_width(look.theme, column.cell(sale), two_lines=False) for sale in SALES
            )
            assert table.columnWidth(place) >= needed + PAD, column.key
    assert table.row_height() == look.theme.text_px(36)
    look.show("light", 1.0)


def test_the_row_of_totals_widens_its_column(table: TableView[Sale], look: Look) -> None:
    before = widths(table)["sold"]
    total = Cell("1,234,567,890.00", face=Face.FIGURE)
    TotalsRow(look, table, 40).set_cells({"sold": total})
    assert widths(table)["sold"] > before
    assert widths(table)["sold"] >= cell_width(look.theme, total, two_lines=False) + PAD


@pytest.mark.parametrize("key", THEME_KEYS)
def test_it_paints_in_every_theme(table: TableView[Sale], look: Look, key: str) -> None:
    look.show(key, 1.0)
    table.go_to(2)
    table.setFocus(Qt.FocusReason.TabFocusReason)
    picture = table.grab().toImage()
    row = table.visualRect(table.rows_model().index(2, 0))
    bar = picture.pixelColor(row.left() + 5, table.horizontalHeader().height() + row.center().y())
    assert bar == look.theme.colors.selection.row
    look.show("light", 1.0)


def test_enter_opens_the_current_row_and_arrows_walk(table: TableView[Sale], qtbot: QtBot) -> None:
    table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [1]


def test_a_list_as_high_as_its_rows(table: TableView[Sale], look: Look) -> None:
    table.keep_height(1, 3)
    assert table.height() == table.height_of(3)
    table.rows_model().set_rows(SALES[:1])
    assert table.height() == table.height_of(1)
    look.show("light", 2.0)
    assert table.height() == table.height_of(1)
    look.show("light", 1.0)

"""The lists of a read: the first rows that fit, facts as high as their lines, the raw file."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.delegates import cell_padding, wrapped_height
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.table_model import Cell, Column, Fit, TableModel
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.fact_table import FactRow, FactTable
from cvd_desktop.ui.widgets.open_head import OpenHead
from cvd_desktop.ui.widgets.segment_table import LETTERS_SHOWN, SegmentTable
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.top_table import MoreRow, TopTable

Row = tuple[int, str]


def top_table(look: Look, qtbot: QtBot, height: int) -> TopTable[Row]:
    model: TableModel[Row] = TableModel(
        (
            Column("name", "Name", lambda row: row[1], fit=Fit.REST),
            Column("n", "N", lambda row: str(row[0]), right=True),
        ),
        key=lambda row: row[0],
    )
    table = TopTable(look, model, "Rows", 36)
    model.setParent(table)
    qtbot.addWidget(table)
    table.keep_height(1)
    table.resize(400, height)
    with qtbot.waitExposed(table):
        table.show()
    return table


def rows(count: int) -> list[Row]:
    return [(n, f"row {n}") for n in range(count)]


def shown(table: TopTable[Row]) -> int:
    return sum(not table.isRowHidden(n) for n in range(table.rows_model().rowCount()))


def test_as_many_rows_as_fit_are_shown_and_they_fill_the_room(look: Look, qtbot: QtBot) -> None:
    table = top_table(look, qtbot, 32 + 4 * 36 + 30)
    table.show_top(rows(300))
    assert shown(table) == 4
    assert len(table.rest()) == 296
    assert sum(table.rowHeight(n) for n in range(4)) == table.viewport().height()


def test_another_height_shows_another_number_of_rows_and_tells(look: Look, qtbot: QtBot) -> None:
    table = top_table(look, qtbot, 32 + 4 * 36)
    table.show_top(rows(10))
    with qtbot.waitSignal(table.rest_changed):
        table.resize(400, 32 + 7 * 36)
    assert (shown(table), len(table.rest())) == (7, 3)


def test_few_rows_are_all_shown_at_their_own_height(look: Look, qtbot: QtBot) -> None:
    table = top_table(look, qtbot, 400)
    table.show_top(rows(2))
    assert (shown(table), table.rest()) == (2, ())
    assert table.rowHeight(0) == 36


def test_the_row_below_says_what_the_hidden_rows_come_to(look: Look, qtbot: QtBot) -> None:
    table = top_table(look, qtbot, 32 + 36)
    more = MoreRow(look, table, "Show all", "S")
    qtbot.addWidget(more)
    more.show_cells({"name": Cell("43 more"), "n": Cell("149")})
    assert more.accessibleName() == "43 more, 149. Show all"
    assert more.accessibleDescription() == "S"
    assert more.height() >= 48 or more.sizeHint().height() >= 48
    more.show_cells({})
    assert not more.isVisible()


MakeFacts = Callable[..., FactTable]


@pytest.fixture
def facts(look: Look, qtbot: QtBot) -> MakeFacts:
    """`facts(*rows, most=8)`: a shown table of these in a card of 300 px."""
    card = QWidget()
    qtbot.addWidget(card)
    column = QVBoxLayout(card)
    column.setContentsMargins(0, 0, 0, 0)

    def make(*entries: FactRow, most: int = 8) -> FactTable:
        table = FactTable(look, "Facts", most=most, parent=card)
        column.addWidget(table)
        column.addStretch(1)
        card.resize(300, 600)
        with qtbot.waitExposed(card):
            card.show()
        table.show_facts(entries)
        return table

    return make


def test_facts_are_as_high_as_their_lines_and_no_higher(look: Look, facts: MakeFacts) -> None:
    long = "A name that is much too long for one line of a narrow card, so it breaks"
    table = facts(FactRow("a", long, "12.50", "CA306"), FactRow("b", "Short", "1"))
    model = table.rows_model()
    room = table.columnWidth(0) - cell_padding(0, table.last_column())
    assert table.rowHeight(0) >= wrapped_height(look.theme, model.cell(model.index(0, 0)), room)
    assert table.height() == table.rowHeight(0) + table.rowHeight(1)


def test_more_facts_than_wanted_scroll(facts: MakeFacts) -> None:
    table = facts(*(FactRow(str(n), f"Fact {n}") for n in range(9)), most=3)
    assert table.height() == sum(table.rowHeight(n) for n in range(3))
    assert table.verticalScrollBar().maximum() > 0


def test_no_facts_take_no_room(facts: MakeFacts) -> None:
    assert not facts().isVisible()


def test_a_fact_opens_by_enter(facts: MakeFacts, qtbot: QtBot) -> None:
    table = facts(FactRow("a", "Fact", proof=Proof("x")))
    table.go_to(0)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [0]


def test_a_mark_stands_before_lines_that_wrap_and_takes_their_room(look: Look) -> None:
    long = "Words that need the whole width of their cell and a little bit more than that"
    plain = Cell(long, wrap=True)
    marked = Cell(long, mark=TagKind.WARNING, wrap=True)
    assert wrapped_height(look.theme, marked, 240) >= wrapped_height(look.theme, plain, 240)


def test_the_head_of_a_card_says_what_it_opens_its_key_source_and_age(
    look: Look, qtbot: QtBot
) -> None:
    head = OpenHead(look, "Price audit", "Opens the page", "P", Source.DEVICE)
    qtbot.addWidget(head)
    head.set_age("read 07:44, 3 h ago")
    assert head.accessibleName() == "Price audit. Opens the page"
    assert head.accessibleDescription() == "P, Read from the machine, read 07:44, 3 h ago"
    assert head.sizeHint().height() >= 48


def segment_table(look: Look, qtbot: QtBot) -> SegmentTable:
    table = SegmentTable(look)
    qtbot.addWidget(table)
    table.resize(600, 300)
    with qtbot.waitExposed(table):
        table.show()
    return table


def test_lines_that_are_marked_are_gone_to_and_walked_round(look: Look, qtbot: QtBot) -> None:
    table = segment_table(look, qtbot)
    table.show_segments([(2 * n, f"PA1*{n}*100") for n in range(1, 200)])
    table.mark([40, 41, 300], ["PA102"])
    assert table.marked() == (40, 300)  # no line has the number 41
    assert table.current_line() == 40
    assert table.marks.positions(40, "PA1") == {2}
    assert table.marks.positions(42, "PA1") == set()
    table.go_to_next()
    assert table.current_line() == 300
    table.go_to_next()
    assert table.current_line() == 40


def test_a_marked_line_is_in_view_whatever_the_size(look: Look, qtbot: QtBot) -> None:
    table = segment_table(look, qtbot)
    table.show_segments([(n, "PA1*1*100") for n in range(1, 500)])
    table.mark([250])
    for height in (600, 120):
        table.resize(600, height)
        row = table.visualRect(table.currentIndex())
        assert table.viewport().rect().contains(row)


def test_a_line_of_megabytes_is_shown_in_part_and_copied_whole(look: Look, qtbot: QtBot) -> None:
    table = segment_table(look, qtbot)
    text = "MA5*" + "9" * 5_000_000
    table.show_segments([(1, text)])
    model = table.rows_model()
    assert len(model.cell(model.index(0, 1)).text) == LETTERS_SHOWN + 1
    table.mark([1], ["MA501"])
    assert not table.grab().isNull()


def test_what_is_in_no_list_is_said_so(look: Look, qtbot: QtBot) -> None:
    table = segment_table(look, qtbot)
    table.show_segments([(1, "VA1*1*2"), (2, "QQ7*x"), (3, "")])
    model = table.rows_model()
    assert [model.cell(model.index(n, 2)).text for n in range(3)] == [
        "Machine paid vends, discounts, surcharges",
        "not in the standard",
        "not in the standard",
    ]

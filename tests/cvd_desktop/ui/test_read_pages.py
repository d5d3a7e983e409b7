"""The pages of a read: what a person sees on them, and where keys and rows lead."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.screens.read_cash_page import CashPage
from cvd_desktop.ui.screens.read_prices_page import PricesPage
from cvd_desktop.ui.screens.read_sales_page import SalesPage
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.dex.meters import DeltaKind
from tests.support import fact_parts as parts
from tests.support import read_facts as facts
from tests.support.read_window import Show, go, marked, texts, window_of
from tests.support.sample_window import press

Key = Qt.Key


# the strip of views


@pytest.mark.parametrize(
    ("key", "name"),
    [("s", "sales"), ("c", "cash"), ("p", "prices"), ("e", "events"), ("f", "file")],
)
def test_each_view_opens_by_its_key_and_escape_comes_back_to_the_overview(
    show: Show, qtbot: QtBot, key: str, name: str
) -> None:
    screen = show(facts.detail())
    go(screen, key, name, qtbot)
    assert screen.done.part(name).isVisible()
    press(window_of(screen), Key.Key_Escape)
    assert screen.done.current == "overview"
    go(screen, key, name, qtbot)
    go(screen, "o", "overview", qtbot)


def test_views_say_where_something_waits(show: Show) -> None:
    screen = show(facts.detail(cash=parts.account(1_250)))
    views = {segment.view.name: segment.view for segment in screen.done.strip.segments()}
    assert views["prices"].about == "2 differ"
    assert views["cash"].mark is TagKind.WARNING
    assert views["sales"].mark is None
    assert views["events"].mark is None  # only the door is open, as at every read
    assert views["file"].about == "1 error"
    assert "mapping" not in views  # nothing is known of it


def test_heads_of_the_overview_open_their_pages(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    page = screen.done.overview
    for card, name in ((page.prices, "prices"), (page.cash, "cash"), (page.events, "events")):
        qtbot.mouseClick(card.open_head, Qt.MouseButton.LeftButton)
        assert screen.done.current == name
        screen.done.show_part("overview")
    qtbot.mouseClick(page.more, Qt.MouseButton.LeftButton)
    assert screen.done.current == "sales"


def test_the_same_read_stays_on_its_page_and_another_one_begins_at_the_overview(
    show: Show, qtbot: QtBot
) -> None:
    screen = show(facts.detail())
    go(screen, "c", "cash", qtbot)
    screen.done.show_detail(facts.detail(), facts.NOW)
    assert screen.done.current == "cash"
    screen.done.show_detail(facts.detail(summary=facts.summary(id="another")), facts.NOW)
    assert screen.done.current == "overview"


# proof


def test_a_selection_opens_the_lines_that_say_it_and_escape_comes_back(
    show: Show, qtbot: QtBot
) -> None:
    screen = show(facts.detail())
    table = screen.done.overview.table
    table.setFocus(Qt.FocusReason.TabFocusReason)
    line = table.current()
    assert line is not None
    press(window_of(screen), Key.Key_Return)  # the list has the focus: the row, not the primary
    assert screen.done.current == "file"
    assert marked(screen)[0].startswith(f"PA1*{line.selection}*")
    assert screen.done.file.segments.current_line() == line.line
    assert screen.primary() is screen.do.proof_back
    assert screen.do.proof_back.text() == "Back to Overview"
    press(window_of(screen), Key.Key_Escape)
    assert screen.done.current == "overview"
    assert table.hasFocus()


def test_enter_leads_back_from_a_proof(show: Show) -> None:
    screen = show(facts.detail())
    screen.done.overview.verdict.buttons[2].click()
    press(window_of(screen), Key.Key_Return)
    assert screen.done.current == "overview"


def test_a_row_that_was_touched_is_shown_in_the_file_by_the_button(
    show: Show, qtbot: QtBot
) -> None:
    screen = show(facts.detail())
    assert screen.raw_action.text() == "Raw file"
    table = screen.done.overview.table
    where = table.visualRect(table.model().index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert screen.raw_action.text() == "Show in the file"
    press(window_of(screen), Key.Key_F11)
    line = table.rows_model().row(1)
    assert line is not None
    assert marked(screen)[0].startswith(f"PA1*{line.selection}*")


def test_without_a_row_the_button_opens_the_whole_file(show: Show) -> None:
    screen = show(facts.detail())
    press(window_of(screen), Key.Key_F11)
    assert screen.done.current == "file"
    assert marked(screen) == []
    assert not screen.done.proof_is_open()
    assert not screen.done.file.proof_card.isVisible()


@pytest.mark.parametrize(
    ("question", "proof"), [(2, {"G85", "SE"}), (3, {"PA1"}), (4, {"PA2", "VA1", "ID1"})]
)
def test_a_verdict_row_opens_its_proof(
    show: Show, qtbot: QtBot, question: int, proof: set[str]
) -> None:
    screen = show(facts.detail())
    button = screen.done.overview.verdict.buttons[question]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert {text.split("*")[0] for text in marked(screen)} == proof


def test_the_proof_of_the_link_is_the_trace(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    screen.done.overview.verdict.buttons[0].click()
    page = screen.done.file
    assert page.trace_shown
    assert page.facts.text() == "5 lines, 11.2 s"
    model = page.trace
    assert model.data(model.index(2, 3)) == "DLE SOH CVD0000001R01L01 DLE ETX 12 34"
    press(window_of(screen), "t")
    qtbot.waitUntil(lambda: not page.trace_shown)
    assert "segments" in page.facts.text()


def test_an_imported_file_has_no_trace_to_show(show: Show) -> None:
    screen = show(facts.detail(trace=(), source="2026-11-19 canteen.dex"))
    assert screen.done.overview.source.text() == "From the file 2026-11-19 canteen.dex"
    screen.done.overview.verdict.buttons[0].click()
    assert not screen.done.file.trace_shown
    assert screen.done.file.trace_action not in screen.secondary()


def test_several_lines_are_walked_by_their_key(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    screen.done.overview.verdict.buttons[2].click()
    page = screen.done.file
    first, second = page.segments.marked()
    assert page.segments.current_line() == first
    press(window_of(screen), "n")
    qtbot.waitUntil(lambda: page.segments.current_line() == second)
    press(window_of(screen), "n")
    qtbot.waitUntil(lambda: page.segments.current_line() == first)


def test_the_elements_of_a_line_are_named_and_those_that_prove_are_strong(
    show: Show, qtbot: QtBot
) -> None:
    screen = show(facts.detail())
    go(screen, "c", "cash", qtbot)
    cash = screen.done.part("cash")
    assert isinstance(cash, CashPage)
    cash.expected_terms.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    assert marked(screen) == ["CA3*25600*5210*20390*0*981230"]
    page = screen.done.file
    assert page.line_card.heading.text() == "CA3  Cash in (box, tubes, bills, recycler)"
    rows = page.elements.facts()
    assert rows[0].detail == "CA301"
    assert rows[0].value == "256.00"
    assert [row.key for row in rows if row.strong] == []  # CA306 is not in this file
    press(window_of(screen), Key.Key_Escape)
    assert screen.done.current == "cash"
    assert cash.expected_terms.hasFocus()


def test_a_line_is_copied_as_it_came(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "f", "file", qtbot)
    screen.done.file.take_focus()
    press(window_of(screen), Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "DXS*STF0000000*VA*V0/6*1"


# sales


def test_sales_say_what_sold_and_how_far_it_can_be_trusted(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "s", "sales", qtbot)
    page = screen.done.part("sales")
    assert isinstance(page, SalesPage)
    assert page.units.text() == "193"
    assert page.value.text() == "€ 296.40"
    assert page.moves.text().startswith("The meters go on from the read of Mon 16 Nov")
    names = [row.name for row in page.evidence.facts()]
    assert names[0].startswith("Another reader took an audit on Wed 18 Nov 14:05")
    assert page.evidence.facts()[-1].value == "193"  # rebuilt, the machine says 28
    assert texts(page.table, "sold")[:3] == ["11", "11", "11"]


def test_key_l_turns_the_order_of_the_selections(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "s", "sales", qtbot)
    page = screen.done.part("sales")
    assert isinstance(page, SalesPage)
    press(window_of(screen), "l")
    qtbot.waitUntil(lambda: texts(page.table, "slot")[:3] == ["A1", "A2", "A3"])
    press(window_of(screen), "l")
    qtbot.waitUntil(lambda: texts(page.table, "slot")[0] != "A1")


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (DeltaKind.NORMAL, ""),
        (DeltaKind.ROLLED_OVER, "Rolled over"),
        (DeltaKind.RESTARTED, "Restarted"),
        (DeltaKind.BOARD_CHANGED, "Board changed"),
        (DeltaKind.OTHER_MACHINE, "Other machine"),
        (DeltaKind.PARTIAL_FILE, "File not whole"),
    ],
)
def test_the_class_of_a_delta_is_a_word(
    show: Show, qtbot: QtBot, kind: DeltaKind, word: str
) -> None:
    lines = (replace(facts.selections(3)[0], kind=kind),)
    screen = show(facts.detail(selections=lines))
    go(screen, "s", "sales", qtbot)
    page = screen.done.part("sales")
    assert isinstance(page, SalesPage)
    assert texts(page.table, "note") == [word]


def test_vends_that_nobody_paid_are_noted(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "s", "sales", qtbot)
    page = screen.done.part("sales")
    assert isinstance(page, SalesPage)
    assert "2 test" in texts(page.table, "note")


def test_figures_that_are_not_known_are_no_zeros(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.first_detail())
    overview = screen.done.overview
    assert "0" not in overview.sums.accessibleName()
    assert overview.cash.figure.text() == "Not provable"
    go(screen, "s", "sales", qtbot)
    page = screen.done.part("sales")
    assert isinstance(page, SalesPage)
    assert set(texts(page.table, "sold")) == {"·"}
    assert page.units.text() == "Not known"
    assert page.sums.accessibleName().startswith("First read here")
    assert texts(page.table, "slot")[0] == "A1"  # no sales: in the order of the door


# cash


def test_cash_tells_the_bag_its_terms_and_where_the_cash_went(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "c", "cash", qtbot)
    page = screen.done.part("cash")
    assert isinstance(page, CashPage)
    assert page.expected.text() == "€ 413.70"
    assert page.since.text().startswith("since the collect of Thu 12 Nov")
    assert page.proved.text() == "Nothing is missing for a proof."
    by_hand = page.expected_terms.facts()[-1]
    assert (by_hand.value, by_hand.detail) == ("−5.00", "M, recorded by a person")
    last = page.went.facts()[-1]
    assert (last.name, last.value, last.mark) == (
        "Nothing is left to explain",
        "0.00",
        TagKind.GOOD,
    )
    assert [texts(page.payment_table, name) for name in ("name", "units", "value")] == [
        ["Cash", "Card reader 1"],
        ["128", "65"],
        ["194.30", "102.10"],
    ]


def test_cash_that_is_not_explained_is_told_with_its_reason(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail(cash=parts.account(1_250)))
    go(screen, "c", "cash", qtbot)
    page = screen.done.part("cash")
    assert isinstance(page, CashPage)
    last = page.went.facts()[-1]
    assert (last.name, last.value, last.mark) == ("Not explained", "+12.50", TagKind.WARNING)
    assert page.went_reasons[0].text() == "Nothing that the machine tells explains € 12.50."


def test_what_the_machine_does_not_say_is_a_dot(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail(cash=parts.account(None)))
    go(screen, "c", "cash", qtbot)
    page = screen.done.part("cash")
    assert isinstance(page, CashPage)
    to_box = page.went.facts()[1]
    assert (to_box.value, to_box.detail) == ("·", "CA306, the machine does not say it")
    assert page.went.facts()[-1].value == "not known"


def test_a_bag_that_cannot_be_proved_says_what_is_missing(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail(cash_expected=parts.expected(None)))
    go(screen, "c", "cash", qtbot)
    page = screen.done.part("cash")
    assert isinstance(page, CashPage)
    assert page.expected.text() == "Not provable"
    assert page.missing[0].text() == "There is no read of the last collect to count from."


def test_a_total_says_how_far_it_moved_and_opens_its_segment(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "c", "cash", qtbot)
    page = screen.done.part("cash")
    assert isinstance(page, CashPage)
    assert texts(page.total_table, "moved")[:2] == ["296.40", "193"]
    page.total_table.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    assert marked(screen) == ["VA1*1296340*9120*29640*193*0*0"]
    assert [row.key for row in screen.done.file.elements.facts() if row.strong] == ["VA101"]


# prices


def test_prices_that_differ_come_first_and_tell_every_price(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "p", "prices", qtbot)
    page = screen.done.part("prices")
    assert isinstance(page, PricesPage)
    assert texts(page.table, "state")[:5] == ["Differs", "Differs", "Missing", "New", "Match"]
    assert page.one.heading.text() == "Slot B6, selection 26, Liquorice"
    assert [(row.name, row.value) for row in page.said.facts()] == [
        ("Planned", "1.60"),
        ("Price of the selection", "1.50"),
    ]
    press(window_of(screen), "d")
    qtbot.waitUntil(lambda: page.rows.rowCount() == 4)
    assert "Match" not in texts(page.table, "state")


def test_a_price_list_that_differs_on_purpose_raises_no_alarm(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "p", "prices", qtbot)
    page = screen.done.part("prices")
    assert isinstance(page, PricesPage)
    place = texts(page.table, "others").index("1 of 2 differ")
    assert texts(page.table, "state")[place] == "Match"


def test_a_price_opens_the_line_that_says_it(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "p", "prices", qtbot)
    page = screen.done.part("prices")
    assert isinstance(page, PricesPage)
    page.table.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    assert marked(screen) == ["PA1*26*150*Liquorice"]
    assert screen.done.file.segments.marks.positions(
        screen.done.file.segments.marked()[0], "PA1"
    ) == {2}

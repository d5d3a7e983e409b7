"""Meters by hand at the machine: typed by keys, compared at once, asked about, recorded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, Qt
from pytestqt.qtbot import QtBot

from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.meter_figures import parse_count, parse_money, parse_selections
from cvd_desktop.ui.screens.meters_screen import MetersScreen
from cvd_desktop.ui.theme import Look
from tests.support.sample_screen import sample_screens
from tests.support.sample_window import press, scan
from tests.support.ticket_keys import Idle, enter, type_in, window_of
from tests.support.ticket_shop import SOLD, TicketShop, ticket_shop

Key = Qt.Key


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TicketShop]:
    with ticket_shop(tmp_path, "driver") as opened:
        opened.read("m1", *SOLD)
        yield opened


@pytest.fixture
def screen(
    shop: TicketShop,
    look: Look,
    background: Background,
    bugs: list[BaseException],
    qtbot: QtBot,
    idle: Idle,
) -> Iterator[MetersScreen]:
    made = shop.meters_screen(look, background)
    window = MainWindow(look, sample_screens(look), others=[made])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    window.open_screen("meters")
    idle()
    yield made
    background.close()
    assert bugs == []


@pytest.fixture
def at_m1(screen: MetersScreen, idle: Idle) -> MetersScreen:
    screen.show_machine("m1")
    idle()
    return screen


def test_three_figures_and_their_ends_by_keys(
    at_m1: MetersScreen, shop: TicketShop, idle: Idle, qtbot: QtBot
) -> None:
    window = window_of(at_m1)
    assert at_m1.page.fields["vends"].edit.hasFocus()
    type_in(at_m1, "950")
    enter()
    type_in(at_m1, "1350.5")
    enter()
    assert at_m1.page.fields["cash_box"].edit.hasFocus()
    with qtbot.waitSignal(at_m1.recorded):
        enter(Qt.KeyboardModifier.ControlModifier)
    (said,) = shop.payloads("meters.entered")
    assert (said["kind"], said["vends"], said["value"], said["cash_box"]) == (
        "normal", 950, 135050, None,
    )  # fmt: skip
    assert at_m1.page.result_words.text().startswith("38 vends, € 54.16 since")
    assert at_m1.primary() is at_m1.done_action
    enter()
    idle()
    assert window.current_screen() is not at_m1


def test_the_last_known_meters_say_where_they_come_from(at_m1: MetersScreen) -> None:
    lines = dict(at_m1.page.known_facts.lines())
    assert lines == {"Vends": "912", "Value": "€ 1,296.34", "Cash to the box": "€ 500.00"}
    assert at_m1.page.mark.accessibleName().startswith("Read from the machine")


def test_a_lower_figure_is_told_while_it_is_typed_and_asks_why(
    at_m1: MetersScreen, shop: TicketShop, idle: Idle
) -> None:
    type_in(at_m1, "12")
    note = at_m1.page._since["vends"]
    assert "rolled over, restarted or pulled" in note.text()
    at_m1.record_action.trigger()
    idle()
    assert shop.payloads("meters.entered") == []
    assert at_m1.fact() == "Nothing was recorded"
    at_m1.page.kinds["restarted"].click()
    assert "Restarted" in note.text()
    at_m1.record_action.trigger()
    idle()
    assert shop.payloads("meters.entered")[0]["kind"] == "restarted"
    assert "cannot be told" in at_m1.page.result_words.text()


def test_a_mistyped_figure_is_corrected_by_another_record(
    at_m1: MetersScreen, shop: TicketShop, idle: Idle
) -> None:
    type_in(at_m1, "9500")
    at_m1.record_action.trigger()
    idle()
    at_m1.correct_action.trigger()
    assert at_m1.page.fields["vends"].text() == "9500"
    at_m1.page.fields["vends"].set_text("950")
    shop.clock.go_on(seconds=20)
    at_m1.record_action.trigger()
    idle()
    assert [said["vends"] for said in shop.payloads("meters.entered")] == [9500, 950]
    assert at_m1.page.result_words.text().startswith("38 vends since")
    at_m1.show_machine("m1")
    idle()
    assert "not sent yet: Vends 950" in at_m1.page.waiting.text()


def test_what_is_no_figure_is_said_at_its_field(
    at_m1: MetersScreen, shop: TicketShop, idle: Idle
) -> None:
    type_in(at_m1, "9x")
    at_m1.page.selections.edit.setPlainText("A1 12\nA2 zwölf")
    at_m1.record_action.trigger()
    idle()
    assert "digits" in at_m1.page.fields["vends"].error()
    assert '"A2 zwölf"' in at_m1.page.selections.error()
    assert shop.payloads("meters.entered") == []


def test_nothing_typed_records_nothing(at_m1: MetersScreen, shop: TicketShop, idle: Idle) -> None:
    at_m1.record_action.trigger()
    idle()
    assert "at least one figure" in at_m1.page.trouble.text()
    assert shop.payloads("meters.entered") == []


def test_figures_that_were_left_are_there_again(at_m1: MetersScreen, idle: Idle) -> None:
    type_in(at_m1, "95")
    press(window_of(at_m1), Key.Key_Escape)
    window_of(at_m1).open_screen("meters")
    at_m1.show_machine("m1")
    idle()
    assert at_m1.page.fields["vends"].text() == "95"
    at_m1.show_machine("m2")
    idle()
    assert at_m1.page.fields["vends"].text() == ""
    assert "nothing is compared" in at_m1.page.known_words.text()


def test_a_scanned_label_chooses_the_machine_but_not_in_the_middle_of_another(
    screen: MetersScreen, idle: Idle
) -> None:
    scan(window_of(screen), "10427")
    idle()
    assert screen.place()[1].startswith("10427")
    type_in(screen, "95")
    assert not screen.scanned("10428")
    assert screen.page.fields["vends"].text() == "95"


def test_a_machine_that_is_not_here_leads_to_the_list_of_machines(
    screen: MetersScreen, idle: Idle
) -> None:
    screen.show_machine("m99")
    idle()
    assert screen.primary() is screen.choose_action
    assert "not on this laptop" in screen.fact()


def test_a_viewer_is_told_why_nothing_can_be_entered(
    screen: MetersScreen, shop: TicketShop, idle: Idle
) -> None:
    shop.sign_in("viewer")
    screen.show_machine("m1")
    idle()
    assert not screen.record_action.isEnabled()
    assert screen.record_action.statusTip() == "Your role may not enter meters"


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1296.34", 129634), ("1,296.34", 129634), (" 1 296 ", 129600), ("0.5", 50), ("7", 700),
        ("7.", 700), ("1,234,567.8", 123456780), ("12,34", None), ("1,2345", None), ("", None),
        ("-1", None), ("1.234", None), ("1.2.3", None), ("12a", None), ("٣", None), ("²", None),
        ("1,,234", None), (",123", None), ("9" * 16, None),
    ],
)  # fmt: skip
def test_money_that_can_be_misread_is_not_taken(text: str, minor: int | None) -> None:
    assert parse_money(text, 2) == minor


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**14), st.integers(0, 4), st.sampled_from(["en_GB", "de_DE", "fr_FR"]))
def test_an_amount_as_it_is_shown_can_be_typed(value: int, decimals: int, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "locale", lambda: QLocale(name))
        assert parse_money(formats.money(value, decimals), decimals) == value
        assert parse_count(formats.number(value)) == value


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_figure_or_none(text: str) -> None:
    money, typed = parse_money(text, 2), parse_selections(text)
    assert money is None or money >= 0
    assert isinstance(typed, str) or all(count >= 0 for count in typed.values())


def test_a_currency_without_decimals() -> None:
    assert parse_money("1,500", 0) == 1500
    assert parse_money("1500.5", 0) is None


def test_counts() -> None:
    assert (parse_count("9,120"), parse_count("9120"), parse_count("9.5")) == (9120, 9120, None)


def test_selections_are_typed_as_they_stand_on_the_display() -> None:
    assert parse_selections("A1 12\n\n 12: 1,204\nB3=7") == {"A1": 12, "12": 1204, "B3": 7}
    assert parse_selections("") == {}
    assert parse_selections("A1 12\nA1 13") == "A1 13"
    assert parse_selections("A1") == "A1"

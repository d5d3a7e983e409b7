"""The list of machines: found by typing, opened and read by keys, stale answers dropped."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.machines_screen import MachinesScreen
from cvd_desktop.ui.table_model import PAGE_ROWS
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.machine_fleet import Fleet
from tests.support.sample_window import press

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def fleet() -> Fleet:
    return Fleet([facts.machine_line(n) for n in range(60)])


@pytest.fixture
def screen(
    fleet: Fleet, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[MachinesScreen]:
    made = fleet.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not background.busy)
    yield made
    background.close()
    assert bugs == []


def window_of(screen: MachinesScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def type_in(screen: MachinesScreen, text: str) -> None:
    screen.list.field.setFocus()
    for letter in text:
        press(window_of(screen), letter)


def shown(screen: MachinesScreen) -> list[str]:
    model = screen.list.machines
    return [str(model.data(model.index(row, 0))) for row in range(model.rowCount())]


def test_the_list_is_there_and_the_search_field_waits(screen: MachinesScreen) -> None:
    assert len(shown(screen)) == 60
    assert screen.list.field.edit.hasFocus()
    assert screen.place() == ("Machines", "60 machines")


def test_typing_filters(screen: MachinesScreen, qtbot: QtBot) -> None:
    type_in(screen, "mill")
    qtbot.waitUntil(lambda: screen.place() == ("Machines", "9 found"))
    assert set(shown(screen)) == {str(10_400 + n) for n in range(60) if n % 7 == 1}


def test_only_the_answer_to_the_last_key_is_shown(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    hold = threading.Event()
    background.run(Lane.DATABASE, hold.wait)
    fleet.asked.clear()
    type_in(screen, "10407")
    hold.set()
    qtbot.waitUntil(lambda: shown(screen) == ["10407"])
    assert [text for text, _, _ in fleet.asked] == ["10407"]  # older keys were never asked


def test_arrows_walk_the_list_while_typing_and_enter_opens(
    screen: MachinesScreen, qtbot: QtBot
) -> None:
    screen.list.field.setFocus()
    press(window_of(screen), Key.Key_Down)
    press(window_of(screen), Key.Key_Down)
    assert screen.primary() is screen.open_action
    assert screen.open_action.text() == "Open 10402"
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(lambda: screen.page.overview.reads.rowCount() == 20)
    assert screen.place() == ("10402", "Police station, 2nd floor")


def test_the_primary_action_in_the_machine_asks_to_read_it(
    screen: MachinesScreen, qtbot: QtBot
) -> None:
    screen.open_current()
    qtbot.waitUntil(lambda: screen.page.overview.reads.rowCount() == 20)
    screen.setFocus()
    with qtbot.waitSignal(screen.read_wanted) as wanted:
        press(window_of(screen), Key.Key_Return)
    assert wanted.args[0].asset_number == "10400"


def test_escape_goes_back_to_the_list(screen: MachinesScreen, qtbot: QtBot) -> None:
    screen.open_current()
    qtbot.waitUntil(lambda: screen.page.overview.reads.rowCount() == 20)
    press(window_of(screen), Key.Key_Escape)
    assert not screen.machine_shown
    assert screen.list.field.edit.hasFocus()


def test_no_match_says_what_was_searched_and_escape_shows_all(
    screen: MachinesScreen, qtbot: QtBot
) -> None:
    type_in(screen, "xyz")
    qtbot.waitUntil(lambda: screen.list.empty.isVisible() and '"xyz"' in screen.list.empty.text())
    assert not screen.open_action.isEnabled()
    press(window_of(screen), Key.Key_Escape)
    qtbot.waitUntil(lambda: len(shown(screen)) == 60)


def test_no_machines_says_where_they_come_from(
    fleet: Fleet, screen: MachinesScreen, qtbot: QtBot
) -> None:
    fleet.lines = []
    window_of(screen).topics_changed({"snapshot"})
    qtbot.waitUntil(screen.list.empty.isVisible)
    assert "Sign in and sync" in screen.list.empty.text()


def test_a_scanned_asset_label_opens_its_machine(screen: MachinesScreen, qtbot: QtBot) -> None:
    assert screen.scanned("10433")
    qtbot.waitUntil(lambda: screen.machine_shown)
    assert screen.place()[0] == "10433"


def test_ten_thousand_machines_are_fetched_by_page(
    fleet: Fleet, screen: MachinesScreen, qtbot: QtBot
) -> None:
    fleet.lines = [facts.machine_line(n) for n in range(10_000)]
    screen.reload()
    qtbot.waitUntil(lambda: screen.list.machines.rowCount() == 10_000)
    fleet.asked.clear()
    screen.list.table.scrollToBottom()
    qtbot.waitUntil(lambda: screen.list.machines.row(9_999) is not None)
    assert {limit for _, _, limit in fleet.asked} == {PAGE_ROWS}
    assert len(fleet.asked) <= 3


def test_reload_keeps_the_place_in_the_list(
    fleet: Fleet, screen: MachinesScreen, qtbot: QtBot
) -> None:
    screen.list.table.go_to(40)
    fleet.lines = fleet.lines[5:]
    screen.reload()
    qtbot.waitUntil(lambda: screen.list.machines.rowCount() == 55)
    current = screen.list.current()
    assert current is not None
    assert current.record.asset_number == "10440"


def test_a_list_that_cannot_be_read_says_so(
    fleet: Fleet, screen: MachinesScreen, qtbot: QtBot
) -> None:
    fleet.error = Problem("database_damaged", ExitCode.BUG)
    screen.open_current()
    overview = screen.page.overview
    qtbot.waitUntil(lambda: "(database_damaged)" in overview.no_verdict.text())
    assert "(database_damaged)" in overview.reads_card.empty.text()


def test_files_are_imported_from_here(screen: MachinesScreen, qtbot: QtBot) -> None:
    with qtbot.waitSignal(screen.import_wanted):
        press(window_of(screen), Key.Key_I, Control)


def test_a_ticket_for_the_machine_is_one_key_away(screen: MachinesScreen, qtbot: QtBot) -> None:
    screen.open_current()
    qtbot.waitUntil(lambda: screen.page.overview.reads.rowCount() == 20)
    assert screen.ticket_action in screen.secondary()
    with qtbot.waitSignal(screen.ticket_wanted) as wanted:
        screen.ticket_action.trigger()
    shown = screen.page.shown
    assert shown is not None
    assert wanted.args == [shown.line.record.id, ()]  # of a machine without a read here

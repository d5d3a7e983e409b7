"""The frame: worked by keys alone, told to screen readers, whole at every size and text scale."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.dialogs.command_palette import CommandPalette
from cvd_desktop.ui.main_window import FrameCalls, MainWindow, ScreenSlot
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.chip import MachineChipState
from cvd_desktop.ui.widgets.top_bar import initials
from cvd_desktop.ui.window_memory import WindowMemory
from tests.support.sample_screen import NOW, SampleScreen, sample_status
from tests.support.sample_window import MakeWindow, press, scan, shown

# Keys


def test_digits_and_alt_digits_open_screens(window: MainWindow, qtbot: QtBot) -> None:
    press(window, "3")
    qtbot.waitUntil(lambda: shown(window).name == "outbox")
    shown(window).edit().setFocus()
    press(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert shown(window).name == "machines"


def test_where_digits_are_numbers_the_rail_needs_alt(window: MainWindow, qtbot: QtBot) -> None:
    first = shown(window)
    first.takes_digits = True
    first.frame_changed.emit()
    press(window, "3")
    press(window, "r")  # is held as long as the digit was
    qtbot.waitUntil(lambda: first.pressed == ["Read again"])
    assert shown(window) is first
    press(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert shown(window).name == "outbox"
    window.open_screen(first.name)
    first.takes_digits = False
    first.frame_changed.emit()
    press(window, "3")
    qtbot.waitUntil(lambda: shown(window).name == "outbox")


def test_a_role_has_its_own_rail_numbered_from_the_top(window: MainWindow, qtbot: QtBot) -> None:
    window.show_rail(["machines", "outbox"])
    press(window, "2")
    qtbot.waitUntil(lambda: shown(window).name == "outbox")
    press(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    press(window, "1")
    qtbot.waitUntil(lambda: shown(window).name == "machines")


def test_a_digit_typed_into_a_field_opens_nothing(window: MainWindow) -> None:
    shown(window).edit().setFocus()
    press(window, "3")
    assert shown(window).name == "read"
    assert shown(window).edit().text() == "3"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_the_primary(window: MainWindow, key: Qt.Key) -> None:
    press(window, key)
    assert shown(window).pressed == ["Go to Fill"]


def test_enter_presses_the_primary_from_a_text_field_too(window: MainWindow) -> None:
    shown(window).edit().setFocus()
    press(window, Qt.Key.Key_Return)
    assert shown(window).pressed == ["Go to Fill"]


def test_keys_of_a_screen_that_is_not_shown_do_nothing(window: MainWindow, qtbot: QtBot) -> None:
    first = shown(window)
    window.open_screen("outbox")
    press(window, Qt.Key.Key_F11)
    press(window, Qt.Key.Key_Return)
    assert first.pressed == []
    assert shown(window).pressed == ["Raw file", "Go to Fill"]


def test_a_letter_presses_its_action_once(window: MainWindow, qtbot: QtBot) -> None:
    press(window, "r")
    qtbot.waitUntil(lambda: shown(window).pressed == ["Read again"])


def test_a_primary_with_its_own_key_keeps_it(window: MainWindow) -> None:
    screen = shown(window)
    screen.main.setShortcut("F9")
    screen.frame_changed.emit()
    button = window.action_bar.primary_button()
    assert button is not None
    assert button.key_text() == "F9"
    press(window, Qt.Key.Key_F9)
    assert screen.pressed == ["Go to Fill"]


def test_a_disabled_primary_is_not_pressed_and_says_why(window: MainWindow) -> None:
    screen = shown(window)
    screen.main.setStatusTip("No adapter is plugged in")
    screen.main.setEnabled(False)
    press(window, Qt.Key.Key_Return)
    assert screen.pressed == []
    assert window.action_bar.fact_text() == "No adapter is plugged in"
    button = window.action_bar.primary_button()
    assert button is not None
    assert "No adapter is plugged in" in button.accessibleDescription()


def test_tab_walks_in_reading_order_and_reaches_everything(window: MainWindow) -> None:
    window.rail.items[0].setFocus()
    walked: list[QWidget] = []
    focus = QApplication.focusWidget()
    while focus is not None and focus not in walked:
        walked.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
    buttons = [one for one in window.findChildren(QAbstractButton) if one.isVisible()]
    assert {one.accessibleName() for one in buttons} <= {one.accessibleName() for one in walked}
    places = [
        window.rail.items[-1],
        window.top_bar.sync_chip,
        shown(window).edit(),
        window.action_bar.primary_button(),
    ]
    order = [walked.index(place) for place in places if place is not None]
    assert order == sorted(order), [one.accessibleName() for one in walked]


def test_enter_on_a_focused_button_presses_that_button(window: MainWindow) -> None:
    window.rail.items[2].setFocus()
    press(window, Qt.Key.Key_Return)
    assert shown(window).name == "outbox"


def test_esc_closes_what_lies_on_top_then_leaves_the_field(window: MainWindow) -> None:
    window.show_fact("Read 10427 is kept on this laptop.")
    window.ask("The server does not answer.")
    shown(window).edit().setFocus()
    press(window, Qt.Key.Key_Escape)
    assert not window.toast.isVisible()
    assert window.banner.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert not window.banner.isVisible()
    assert shown(window).edit().hasFocus()
    press(window, Qt.Key.Key_Escape)
    assert not shown(window).edit().hasFocus()


def test_the_chips_open_their_screens(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.top_bar.sync_chip, Qt.MouseButton.LeftButton)
    assert shown(window).name == "outbox"
    qtbot.mouseClick(window.top_bar.machine_chip, Qt.MouseButton.LeftButton)
    assert shown(window).name == "read"


def test_lock_and_person_have_keys(make_window: MakeWindow) -> None:
    asked: list[str] = []
    calls = FrameCalls(lock=lambda: asked.append("lock"), person=lambda: asked.append("person"))
    window = make_window(calls=calls)
    press(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    press(window, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert asked == ["lock", "person"]


# Scans


def test_a_scan_goes_to_the_screen_shown(window: MainWindow) -> None:
    scan(window, "4R10427")
    assert shown(window).scans == ["4R10427"]
    assert shown(window).pressed == []
    assert shown(window).name == "read"


def test_a_scan_of_no_use_here_is_looked_for(window: MainWindow) -> None:
    shown(window).uses_scans = False
    scan(window, "10427")
    palette = window.findChild(CommandPalette)
    assert palette is not None
    assert palette.field.text() == "10427"


# Screens


def test_a_screen_reloads_when_shown_and_when_its_topic_changed(window: MainWindow) -> None:
    first = shown(window)
    assert first.reloads == 1
    window.topics_changed({"outbox"})
    assert first.reloads == 1
    window.topics_changed({"reads", "outbox"})
    assert first.reloads == 2
    window.open_screen("machines")
    window.topics_changed({"reads"})
    assert first.reloads == 2, "what nobody sees is not fetched"
    window.open_screen("read")
    assert first.reloads == 3


def test_done_here_goes_back_to_where_one_was(window: MainWindow) -> None:
    window.open_screen("machines")
    window.open_screen("settings")
    shown(window).left.emit()
    assert shown(window).name == "machines"


def test_the_focus_comes_back_to_where_it_was_on_a_screen(window: MainWindow) -> None:
    shown(window).edit().setFocus()
    window.open_screen("outbox")
    window.open_screen("read")
    assert shown(window).edit().hasFocus()


def test_the_window_opens_where_the_work_was(make_window: MakeWindow) -> None:
    kept: list[WindowMemory] = []
    window = make_window(calls=FrameCalls(remember=kept.append))
    window.setGeometry(40, 30, 1100, 700)
    window.open_screen("outbox")
    assert kept[-1].screen == "outbox", "kept at once: a battery may die"
    window.close()
    again = MainWindow(window.look, window.findChildren(SampleScreen), memory=kept[-1])
    assert again.current_screen() is not None
    assert shown(again).name == "outbox"
    assert again.geometry() == QRect(40, 30, 1100, 700)
    again.deleteLater()


def test_a_place_on_a_screen_that_is_gone_is_not_used(make_window: MakeWindow) -> None:
    window = make_window(memory=WindowMemory((90_000, 90_000, 1300, 800), screen="no_such"))
    assert shown(window).name == "read"
    assert window.x() < 90_000


def test_the_remembered_rail_item_is_the_only_one_marked(window: MainWindow) -> None:
    for name in ("outbox", "outbox", "read"):
        window.open_screen(name)
        marked = [item.text() for item in window.rail.items if item.isChecked()]
        assert marked == [shown(window).word()]
    QTest.mouseClick(window.rail.items[0], Qt.MouseButton.LeftButton)
    assert window.rail.items[0].isChecked()


# What the bars tell


@pytest.mark.parametrize(
    ("waiting", "hours", "refused", "words", "icon", "tone"),
    [
        (0, 0, 0, "All on the server", "check-circle", Tone.POSITIVE),
        (14, 2, 0, "14 waiting, oldest 2 h", "ring", Tone.PLAIN),
        (14, 8, 0, "14 waiting, oldest 8 h", "ring", Tone.WARNING),
        (14, 9, 2, "2 refused", "crossed-square", Tone.CRITICAL),
    ],
)
def test_the_sync_chip_tells_the_worst(
    window: MainWindow,
    waiting: int,
    hours: float,
    refused: int,
    words: str,
    icon: str,
    tone: Tone,
) -> None:
    window.show_sync(sample_status(waiting=waiting, hours=hours, refused=refused), NOW)
    face = window.top_bar.sync_chip.face()
    assert (face.text, face.icon, face.tone) == (words, icon, tone)
    assert window.top_bar.sync_chip.accessibleName() == words
    outbox = next(item for item in window.rail.items if item.text() == "Outbox")
    assert ("wait for you" in outbox.accessibleDescription()) == bool(refused)


def test_work_of_the_future_is_not_told_as_negative(window: MainWindow) -> None:
    """A clock that was set back must not print "-3 h"."""
    window.show_sync(sample_status(waiting=1, hours=-3), NOW)
    assert window.top_bar.sync_chip.face().text == "1 waiting, oldest less than 1 min"


@pytest.mark.parametrize(
    ("state", "percent", "words"),
    [
        (MachineChipState.NO_ADAPTER, None, "No adapter"),
        (MachineChipState.ADAPTER_READY, None, "Adapter ready"),
        (MachineChipState.READING, 65, "Reading 65 %"),
        (MachineChipState.READING, None, "Reading"),
        (MachineChipState.PULL_THE_PLUG, None, "Pull the plug"),
    ],
)
def test_the_machine_chip_tells_where_the_cable_stands(
    window: MainWindow, state: MachineChipState, percent: int | None, words: str
) -> None:
    window.show_machine_chip(state, percent)
    assert window.top_bar.machine_chip.accessibleName() == words


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Driver 07", "D7"),
        ("Technician 12", "T12"),
        ("Office", "O"),
        ("Route Lead", "RL"),
        ("", ""),
    ],
)
def test_initials_of_a_person(name: str, short: str) -> None:
    assert initials(name) == short


def test_a_toast_goes_by_itself_and_a_banner_stays(window: MainWindow, qtbot: QtBot) -> None:
    answers: list[bool] = []
    retry = QAction("Send it again", window)
    retry.triggered.connect(lambda: answers.append(True))
    window.ask("The server does not answer.", "Everything is kept.", "Work on.", [retry])
    window.show_fact("Read 10427 is kept on this laptop.", Tone.POSITIVE)
    assert window.toast.text() == "Read 10427 is kept on this laptop."
    assert "Everything is kept." in window.banner.accessibleName()
    window.toast.expire()
    assert not window.toast.isVisible()
    button = next(
        one
        for one in window.banner.findChildren(QAbstractButton)
        if one.accessibleName() == "Send it again"
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert answers == [True]
    assert not window.banner.isVisible()


def test_the_ages_of_chips_are_words(window: MainWindow) -> None:
    for age, words in [
        (timedelta(seconds=20), "less than 1 min"),
        (timedelta(minutes=22), "22 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=5), "5 days"),
    ]:
        hours = age.total_seconds() / 3600
        window.show_sync(sample_status(waiting=3, hours=hours), NOW)
        assert window.top_bar.sync_chip.face().text == f"3 waiting, oldest {words}"


# Start


def test_a_screen_that_nobody_opened_is_not_made(qtbot: QtBot, look: Look) -> None:
    """The first paint waits for one screen only."""
    made: list[str] = []

    def make() -> SampleScreen:
        made.append("outbox")
        return SampleScreen(look, "outbox", "Outbox", "outbox")

    first = SampleScreen(look, "read", "Read", "read")
    slot = ScreenSlot("outbox", "outbox", "Outbox", frozenset({"outbox"}), make)
    window = MainWindow(look, [first, slot], calls=FrameCalls())
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert made == []
    assert [item.text() for item in window.rail.items] == ["Read", "Outbox"]
    window.open_screen("outbox")
    while window.make_next():
        pass
    assert made == ["outbox"]
    screen = window.current_screen()
    assert isinstance(screen, SampleScreen)
    assert screen.reloads == 1


def test_the_frame_stands_before_its_first_screen_is_made(qtbot: QtBot, look: Look) -> None:
    made: list[SampleScreen] = []

    def make() -> SampleScreen:
        made.append(SampleScreen(look, "read", "Read", "read"))
        return made[-1]

    window = MainWindow(look, [ScreenSlot("read", "read", "Read", frozenset({"reads"}), make)])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert made == []
    assert window.rail.items[0].isChecked()
    assert window.top_bar.place.text() == "Read"
    said = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert "Read is being opened." in said
    assert window.open_first() is made[0]
    assert made[0].isVisible()
    assert made[0].reloads == 1
    scan(window, "4R10427")
    assert made[0].scans == ["4R10427"]


def test_the_frame_is_there_before_anything_heavy_is_imported() -> None:
    """First paint must not wait for the database, the network or the services."""
    heavy = [
        "sqlalchemy",
        "alembic",
        "httpx",
        "keyring",
        "serial",
        "cvd_desktop.services",
        "pydantic",
    ]
    code = (
        "import sys, cvd_desktop.ui.main_window, cvd_desktop.ui.theme\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

"""Settings: every choice acts at once, is kept, and is reachable by keys."""

from collections.abc import Mapping

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.dialogs.adapter_dialog import AdapterDialog
from cvd_desktop.ui.dialogs.text_dialog import TextDialog
from cvd_desktop.ui.screens.settings_screen import Preferences, SettingsScreen
from cvd_desktop.ui.theme import TEXT_SCALES, THEME_KEYS, Look
from tests.support.frame_screens import PORTS, settings_screen


@pytest.fixture
def saved() -> list[Preferences]:
    """What was kept, in order."""
    return []


Kept = list[tuple[str, str, Mapping[str, object]]]


@pytest.fixture
def kept() -> Kept:
    """The adapter profiles that were kept; a speed of no number is refused."""
    return []


@pytest.fixture
def screen(
    qtbot: QtBot, look: Look, background: Background, saved: list[Preferences], kept: Kept
) -> SettingsScreen:
    def keep(device: str, begin: str, fields: Mapping[str, object]) -> None:
        if not isinstance(fields["start_speed"], int):
            raise Problem("profile_wrong", ExitCode.USAGE, reason="the speed is no number")
        kept.append((device, begin, fields))

    made = settings_screen(look, background, saved.append, keep_adapter=keep)
    qtbot.addWidget(made)
    made.resize(1190, 670)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.reload()
    qtbot.waitUntil(lambda: "/dev/ttyUSB0" in made.ports)
    return made


@pytest.mark.parametrize("key", THEME_KEYS[1:])
def test_a_theme_acts_at_once_and_is_kept(
    qtbot: QtBot, look: Look, screen: SettingsScreen, saved: list[Preferences], key: str
) -> None:
    qtbot.mouseClick(screen.themes[key], Qt.MouseButton.LeftButton)
    assert look.theme.key == key
    qtbot.waitUntil(lambda: saved == [Preferences(theme=key)])


def test_the_text_size_goes_round_by_one_key(
    qtbot: QtBot, look: Look, screen: SettingsScreen, saved: list[Preferences]
) -> None:
    larger = screen.secondary()[1]
    seen = []
    for _ in TEXT_SCALES:
        larger.trigger()
        seen.append(look.theme.text_scale)
        assert screen.scales[look.theme.text_scale].isChecked()
    assert seen == [1.25, 1.5, 2.0, 1.0]
    qtbot.waitUntil(lambda: [one.text_scale for one in saved] == seen)


def test_arrows_walk_and_space_chooses(
    qtbot: QtBot, look: Look, screen: SettingsScreen, saved: list[Preferences]
) -> None:
    screen.themes["light"].setFocus()
    QTest.keyClick(screen.themes["light"], Qt.Key.Key_Down)
    assert screen.themes["dark"].isChecked()
    assert look.theme.key == "dark"
    qtbot.waitUntil(lambda: saved == [Preferences(theme="dark")])


def test_a_theme_changed_elsewhere_is_shown_here(look: Look, screen: SettingsScreen) -> None:
    look.show("sunlight", 1.5)
    assert screen.themes["sunlight"].isChecked()
    assert screen.scales[1.5].isChecked()


def test_a_port_can_be_chosen_and_one_that_is_gone_is_still_named(
    qtbot: QtBot, look: Look, background: Background, saved: list[Preferences]
) -> None:
    ports = list(PORTS)
    screen = settings_screen(look, background, saved.append, ports)
    qtbot.addWidget(screen)
    screen.show()
    screen.reload()
    qtbot.waitUntil(lambda: len(screen.ports) == 3)
    assert screen.ports[""].isChecked()
    screen.ports["/dev/ttyUSB0"].click()
    qtbot.waitUntil(lambda: saved == [Preferences(port="/dev/ttyUSB0")])
    ports.clear()
    screen.reload()
    qtbot.waitUntil(lambda: set(screen.ports) == {"", "/dev/ttyUSB0"})
    assert screen.ports["/dev/ttyUSB0"].isChecked()
    assert "Not plugged in" in screen.ports["/dev/ttyUSB0"].accessibleDescription()
    assert screen.no_ports.isVisible(), "and it says that nothing is plugged in"


def test_what_cannot_be_kept_is_said_and_acts_anyway(
    qtbot: QtBot, look: Look, background: Background, bugs: list[BaseException]
) -> None:
    def full(preferences: Preferences) -> None:
        raise Problem("disk_full", ExitCode.BUG)

    screen = settings_screen(look, background, full)
    qtbot.addWidget(screen)
    screen.show()
    screen.themes["dark"].click()
    assert look.theme.key == "dark"
    qtbot.waitUntil(screen.trouble.isVisible)
    assert screen.trouble.accessibleName() == "This choice is not kept"
    assert bugs == []


def test_every_choice_is_big_enough_in_every_theme_and_size(
    look: Look, screen: SettingsScreen, qtbot: QtBot
) -> None:
    for key in THEME_KEYS:
        for scale in TEXT_SCALES:
            look.show(key, scale)
            buttons = screen.findChildren(QAbstractButton)
            assert all(button.accessibleName() for button in buttons)
            qtbot.waitUntil(lambda all_of=buttons: min(one.height() for one in all_of) >= 48)


def test_it_tells_the_version_and_the_data_folder(screen: SettingsScreen) -> None:
    lines = dict(screen.program.lines())
    assert lines["CVD Desktop"] == "0.1.0"
    assert lines["Data folder"].endswith("cvd-desktop")
    needed = screen.program.heightForWidth(200)
    assert needed > screen.program.heightForWidth(1000), "a long path goes below, never cut"


def test_the_licences_can_be_read_in_the_program(qtbot: QtBot, screen: SettingsScreen) -> None:
    next(one for one in screen.secondary() if one.text() == "Licences").trigger()
    dialog = screen.findChild(TextDialog)
    assert dialog is not None
    words = dialog.text.toPlainText()
    assert "LGPL" in words
    assert words.count("SIL OPEN FONT LICENSE Version 1.1") == 2
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def adapter_dialog(qtbot: QtBot, screen: SettingsScreen) -> AdapterDialog:
    screen.adapter_action.trigger()
    qtbot.waitUntil(lambda: len(screen.findChildren(AdapterDialog)) == 1)
    return screen.findChildren(AdapterDialog)[0]


def test_an_adapter_gets_a_profile_of_its_own(
    qtbot: QtBot, screen: SettingsScreen, kept: Kept
) -> None:
    dialog = adapter_dialog(qtbot, screen)
    assert dialog.begin["Serial port"].isChecked()
    dialog.begin["Optical head on a serial chip"].click()
    assert dialog.link["ddcmp"].isChecked()
    assert dialog.echo["yes"].isChecked()
    dialog.dtr["off"].click()
    dialog.speed.set_text("9600")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(kept) == 1)
    device, begin, fields = kept[0]
    assert (device, begin) == ("/dev/ttyUSB0", "Optical head on a serial chip")
    assert fields == {
        "link": "ddcmp",
        "echo": True,
        "dtr": "off",
        "rts": "on",
        "start_speed": 9600,
        "answer_slack_ms": 16,
    }


def test_what_is_no_profile_is_told_and_stays_open(
    qtbot: QtBot, screen: SettingsScreen, kept: Kept
) -> None:
    dialog = adapter_dialog(qtbot, screen)
    dialog.speed.set_text("fast")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "the speed is no number" in dialog.trouble.text())
    assert dialog.isVisible()
    assert kept == []

"""Find (Ctrl+K): actions and screens at once, machines when they arrive, never a dead end."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from cvd_desktop.ui.dialogs.command_palette import PaletteItem
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.widgets.action_button import ActionButton
from tests.support.sample_window import MakeWindow, open_palette, shown


def test_find_offers_actions_and_screens(window: MainWindow) -> None:
    palette = open_palette(window)
    assert {"Raw file", "Go to Fill", "Outbox", "Settings", "Lock"} <= set(palette.titles())
    QTest.keyClicks(palette.field.edit, "rea")
    assert palette.titles() == ["Read again", "Read"]
    QTest.keyClicks(palette.field.edit, "d")
    assert palette.titles()[0] == "Read", "the whole word comes first"


def test_find_runs_what_is_chosen_with_the_arrows(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.field.edit, "outb")
    QTest.keyClick(palette.field.edit, Qt.Key.Key_Return)
    assert shown(window).name == "outbox"
    palette = open_palette(window)
    QTest.keyClicks(palette.field.edit, "raw")
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown):
        QTest.keyClick(palette.field.edit, key)
    QTest.keyClick(palette.field.edit, Qt.Key.Key_Return)
    assert shown(window).pressed == ["Raw file"]


def test_find_shows_machines_when_they_arrive_and_drops_late_answers(
    make_window: MakeWindow,
) -> None:
    asked: list[tuple[str, Callable[[list[PaletteItem]], None]]] = []
    opened: list[str] = []
    window = make_window(calls=FrameCalls(find=lambda text, show: asked.append((text, show))))
    palette = open_palette(window)
    QTest.keyClicks(palette.field.edit, "10")
    old, new = asked[0], asked[-1]
    assert (old[0], new[0]) == ("1", "10")
    new[1]([PaletteItem("10427", lambda: opened.append("10427"), "machine", "Harbour Works")])
    old[1]([PaletteItem("19999", lambda: None)])
    assert palette.titles() == ["10427"]
    QTest.keyClick(palette.field.edit, Qt.Key.Key_Return)
    assert opened == ["10427"]


def test_find_says_when_there_is_nothing(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.field.edit, "zzz")
    assert palette.titles() == []
    words = [label.text() for label in palette.findChildren(QLabel) if label.isVisible()]
    assert any("Nothing found" in text for text in words)
    QTest.keyClick(palette.field.edit, Qt.Key.Key_Return)
    assert palette.field.y() < palette.height() // 4, "the field stays at the top"
    [close] = [one for one in palette.findChildren(ActionButton) if one.isVisible()]
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not palette.isVisible(), "a finger has no Esc"
    palette = open_palette(window)
    QTest.keyClick(palette, Qt.Key.Key_Escape)
    assert not palette.isVisible()

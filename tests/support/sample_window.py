"""What tests of the frame do with a window: press keys, look at the screen shown, find things."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cvd_desktop.ui.dialogs.command_palette import CommandPalette
from cvd_desktop.ui.key_router import SCAN_GAP_MS
from cvd_desktop.ui.main_window import MainWindow
from tests.support.sample_screen import SampleScreen

PATIENT_MS = 5_000
MakeWindow = Callable[..., MainWindow]


def press(window: MainWindow, key: Qt.Key | str, *modifiers: Qt.KeyboardModifier) -> None:
    """A key as the window system gives it, through everything that watches keys."""
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    QTest.keyClick(window.windowHandle(), key, held)


def scan(window: MainWindow, text: str) -> None:
    """A scanner types: all at once, then Enter. A busy computer may take its time over a key."""
    window.keys.set_gap(PATIENT_MS)
    for letter in text:
        press(window, letter)
    press(window, Qt.Key.Key_Return)
    window.keys.set_gap(SCAN_GAP_MS)


def shown(window: MainWindow) -> SampleScreen:
    """The sample screen that the window shows."""
    screen = window.current_screen()
    assert isinstance(screen, SampleScreen)
    return screen


def open_palette(window: MainWindow) -> CommandPalette:
    """Press Ctrl+K."""
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palettes = [one for one in window.findChildren(CommandPalette) if one.isVisible()]
    assert len(palettes) == 1
    return palettes[0]

"""Tickets and meters by keys, as a person presses them; what the list of tickets shows."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.tickets_screen import TicketsScreen
from tests.support.sample_window import press

Key = Qt.Key
Idle = Callable[[], None]
"""Until every lane has answered."""


def window_of(screen: QWidget) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def enter(*modifiers: Qt.KeyboardModifier) -> None:
    """Enter as a person presses it, long after the last letter: a test types like a scanner."""
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Key.Key_Return, held)


def type_in(screen: QWidget, text: str) -> None:
    for letter in text:
        press(window_of(screen), letter)


def shown(screen: TicketsScreen) -> list[str]:
    lines = [screen.list.rows.row(n) for n in range(screen.list.rows.rowCount())]
    return [line.id for line in lines if line is not None]


def open_(screen: TicketsScreen, ticket_id: str, idle: Idle) -> None:
    screen.open_ticket(ticket_id)
    idle()
    assert screen.page.shown is not None
    assert screen.page.shown.line.id == ticket_id

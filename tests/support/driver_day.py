"""A driver at the real window: keys as the window system gives them, touches as a glove gives them.

Waits for what the window shows, never for a time.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.app.application import Application
from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.services.ports import virtual_ports_folder
from cvd_desktop.services.practice_machine import serve_practice_machine
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.stop_screen import StopScreen
from cvd_desktop.ui.widgets.action_button import ActionButton
from tests.support.sample_window import scan

PATIENCE_MS = 60_000
FAST = 115_200  # baud: a test need not wait for 9600


@contextmanager
def machine_at_the_cable(
    data_dir: Path, asset_number: str, clock: Clock = system_clock
) -> Iterator[str]:
    """A virtual machine whose meters go on from the sample's reads; gives its port."""
    stop, ready = threading.Event(), threading.Event()
    ports: list[str] = []

    def told(port: str) -> None:
        ports.append(port)
        ready.set()

    thread = threading.Thread(
        target=lambda: serve_practice_machine(
            stop=stop,
            on_ready=told,
            model=asset_number,
            baud_rate=FAST,
            registry=virtual_ports_folder(data_dir),
            clock=clock,
        ),
        name=f"machine {asset_number}",
    )
    thread.start()
    try:
        assert ready.wait(PATIENCE_MS / 1000)
        yield ports[0]
    finally:
        stop.set()
        thread.join()


class Driver:
    """Presses keys, or touches, until the window shows what is waited for."""

    def __init__(self, application: Application, qtbot: QtBot) -> None:
        self.application = application
        self.window = application.window
        self._qtbot = qtbot
        self.keys = 0  # pressed so far
        self.window.activateWindow()
        self.until(
            lambda: self.window.isActiveWindow() and self.window.current_screen() is not None,
            "the window takes keys",
        )

    # What is seen

    def screen(self) -> Screen:
        shown = self.window.current_screen()
        assert shown is not None
        return shown

    def stop(self) -> StopScreen:
        screen = self.screen()
        assert isinstance(screen, StopScreen)
        return screen

    def until(self, so: Callable[[], bool], what: str = "") -> None:
        """Wait until it is so and the lanes are at rest."""
        try:
            self._qtbot.waitUntil(
                lambda: so() and not self.application.background.busy, timeout=PATIENCE_MS
            )
        except Exception as error:
            raise AssertionError(f"{what or so}: {self.told()}") from error

    def told(self) -> str:
        """What a person would read out on the telephone."""
        screen = self.window.current_screen()
        if screen is None:
            return "no screen is shown yet"
        primary = screen.primary()
        words = f"{primary.text()!r}, enabled {primary.isEnabled()}" if primary else "nothing"
        return f"{screen.name} shows {screen.place()}, {screen.fact()!r}; next is {words}"

    def next_is(self, words: str) -> None:
        """The biggest button says this, and can be pressed."""

        def so() -> bool:
            primary = self.screen().primary()
            return primary is not None and primary.isEnabled() and words in primary.text()

        self.until(so, words)

    # What is done

    def press(self, *keys: Qt.Key | str, alt: bool = False, ctrl: bool = False) -> None:
        """Each key alone, as a person presses them; a question that is open gets it."""
        held = Qt.KeyboardModifier.NoModifier
        if alt:
            held |= Qt.KeyboardModifier.AltModifier
        if ctrl:
            held |= Qt.KeyboardModifier.ControlModifier
        for key in keys:
            window = QApplication.activeModalWidget() or self.window
            window.activateWindow()
            self._qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE_MS)
            self.keys += 1
            QTest.keyClick(window.windowHandle(), key, held)
            self._qtbot.wait(70)  # longer than a scanner's pause: a key of its own

    def enter(self) -> None:
        self.press(Qt.Key.Key_Return)

    def type(self, text: str) -> None:
        """Into the field that has the focus."""
        self.press(*text)

    def scan(self, text: str) -> None:
        """A scanner types: all at once, then Enter."""
        scan(self.window, text)

    def touch_primary(self) -> None:
        """The biggest button, with a finger."""
        self.touch(self.window.action_bar.primary_button())

    def touch_action(self, action: QAction) -> None:
        """The button of an action, wherever it is shown."""
        for button in self.window.findChildren(ActionButton):
            if button.action is action and button.isVisible():
                self.touch(button)
                return
        raise AssertionError(f"no button for {action.text()!r}: {self.told()}")

    def touch(self, widget: QWidget | None, at: QPoint | None = None) -> None:
        """A finger on the middle of what can be touched, or on a place of it."""
        assert widget is not None
        place = at or widget.rect().center()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)
        self._qtbot.wait(10)

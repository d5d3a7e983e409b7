"""The Load screen in its window, and what tests do with it: keys, touches, scans."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.load_screen import LoadScreen
from cvd_desktop.ui.screens.load_table import STATE
from cvd_desktop.ui.theme import Look
from tests.support.load_scenes import LoadDesk
from tests.support.ticket_keys import Idle, enter


class Loading:
    """The screen in a window, and the desk behind it."""

    def __init__(self, desk: LoadDesk, screen: LoadScreen, window: MainWindow, idle: Idle) -> None:
        self.desk, self.screen, self.window, self.idle = desk, screen, window, idle
        self.pick, self.table = screen.pick, screen.pick.table

    def reload(self) -> None:
        self.screen.reload()
        self.idle()

    def digits(self) -> bool:
        """Whether digits are numbers now."""
        return self.screen.takes_digits

    def primary(self) -> str:
        action = self.screen.primary()
        return action.text() if action is not None else ""

    def current(self) -> str:
        line = self.table.current()
        assert line is not None
        return line.product.name

    def picked(self) -> dict[str, int]:
        """What the desk keeps, by product name."""
        assert self.desk.view is not None
        return {
            line.product.name: line.picked
            for line in self.desk.view.lines
            if line.picked is not None
        }

    def cell(self, row: int, key: str) -> str:
        model = self.table.rows_model()
        column = next(n for n, one in enumerate(model.columns) if one.key == key)
        return str(model.index(row, column).data())

    def touch_state(self, row: int) -> None:
        model = self.table.rows_model()
        column = next(n for n, one in enumerate(model.columns) if one.key == STATE)
        rect = self.table.visualRect(model.index(row, column))
        viewport = self.table.viewport()
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=rect.center())
        self.idle()

    def enter(self) -> None:
        enter()
        self.idle()

    def scan(self, code: str) -> None:
        """As the key router tells it."""
        self.window.keys.scanned.emit(code)
        self.idle()


def type_(text: str) -> None:
    """Into what has the focus."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, text, delay=-1)


Open = Callable[[LoadDesk], Loading]


def open_load(
    desk: LoadDesk, look: Look, background: Background, qtbot: QtBot, idle: Idle
) -> Loading:
    """A window of 1280x800 that shows the screen, the focus in its list."""
    screen = desk.screen(look, background)
    window = MainWindow(look, [screen])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    idle()
    screen.part().take_focus()
    return Loading(desk, screen, window, idle)

"""The Read screen with a read on it: its keys, its tables, the lines that it marks."""

from collections.abc import Callable

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.widgets.table_view import TableView
from tests.support.sample_window import press

Show = Callable[[ReadDetail], ReadScreen]
"""`show(detail)` gives the Read screen in its window, with that read on it."""


def window_of(screen: ReadScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def go(screen: ReadScreen, key: str, name: str, qtbot: QtBot) -> None:
    """Press the key of a view."""
    press(window_of(screen), key)
    qtbot.waitUntil(lambda: screen.done.current == name)
    QApplication.processEvents()


def texts(table: TableView[object], column: str) -> list[str]:
    """What a column of a table says, row by row."""
    model = table.rows_model()
    place = [each.key for each in model.columns].index(column)
    return [model.cell(model.index(row, place)).text for row in range(model.rowCount())]


def marked(screen: ReadScreen) -> list[str]:
    """The segments that are highlighted in the raw file."""
    detail = screen.done.detail()
    assert detail is not None
    text = dict(detail.segments)
    return [text[line] for line in screen.done.file.segments.marked()]

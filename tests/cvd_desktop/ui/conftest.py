"""A look, background lanes and a window with sample screens, each closed after its test."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import FrameCalls, MainWindow, WindowMemory
from cvd_desktop.ui.theme import Look
from tests.support.sample_screen import NOW, sample_screens, sample_status
from tests.support.sample_window import MakeWindow


@pytest.fixture
def look(qapp: QApplication) -> Look:
    """The light theme at text scale 1."""
    return Look(qapp)


@pytest.fixture
def bugs() -> list[BaseException]:
    """What the lanes reported as our bug."""
    return []


@pytest.fixture
def background(qapp: QApplication, bugs: list[BaseException]) -> Iterator[Background]:
    """Lanes; a test that expects no bug finds `bugs` empty."""
    made = Background(bugs.append)
    yield made
    made.close()


@pytest.fixture
def make_window(look: Look, qtbot: QtBot) -> MakeWindow:
    """`make_window(width, height, calls=..., memory=...)` gives a shown window of samples."""

    def make(
        width: int = 1280,
        height: int = 800,
        calls: FrameCalls = FrameCalls(lock=lambda: None, person=lambda: None),  # noqa: B008
        memory: WindowMemory = WindowMemory(),  # noqa: B008 - frozen
    ) -> MainWindow:
        window = MainWindow(look, sample_screens(look), calls=calls, memory=memory)
        qtbot.addWidget(window)
        window.resize(width, height)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        window.show_sync(sample_status(), NOW)
        window.show_person("Driver 07", "driver")
        return window

    return make


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    """A window at 1280x800 that shows the sample screen "read"."""
    return make_window()

"""A look, background lanes and a window with sample screens, each closed after its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.screens.tickets_screen import TicketsScreen
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.window_memory import WindowMemory
from tests.support.read_window import Show
from tests.support.sample_screen import NOW, sample_screens, sample_status
from tests.support.sample_window import MakeWindow
from tests.support.screens_at_work import Bench
from tests.support.ticket_keys import Idle
from tests.support.ticket_shop import EVENTS, SOLD, TicketShop, busy_day, ticket_shop


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


@pytest.fixture
def show(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[Show]:
    """`show(detail)` gives the Read screen in its window, with that read on it."""
    bench = Bench()

    def shown(detail: ReadDetail) -> ReadScreen:
        bench.detail = detail
        screen = bench.screen(look, background)
        window = MainWindow(look, [screen])
        qtbot.addWidget(window)
        window.resize(1280, 800)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: screen.ready.ports_known() and not background.busy)
        screen.show_read(detail, fresh=True)
        QApplication.processEvents()
        return screen

    yield shown
    background.close()
    assert bugs == []


@pytest.fixture
def idle(background: Background, qtbot: QtBot) -> Idle:
    """Until every lane has answered."""
    return lambda: qtbot.waitUntil(lambda: not background.busy)


@pytest.fixture
def busy_shop(tmp_path: Path) -> Iterator[TicketShop]:
    with ticket_shop(tmp_path) as opened:
        opened.tell(*busy_day())
        opened.read("m1", *SOLD, *EVENTS)
        yield opened


@pytest.fixture
def tickets_screen(
    busy_shop: TicketShop,
    look: Look,
    background: Background,
    bugs: list[BaseException],
    qtbot: QtBot,
    idle: Idle,
) -> Iterator[TicketsScreen]:
    made = busy_shop.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    idle()
    yield made
    background.close()
    assert bugs == []

"""The Fill tab alone in a screen, with the strip's height above it, for tests and pictures."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtWidgets import QApplication, QVBoxLayout
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.theme import Look
from cvd_shared.route_shapes import SlotKey
from tests.support.fill_scenes import FillShop, drawn_slots, visit
from tests.support.sample_window import press


class FillScreen(Screen):
    """As the Stop screen does it: the part's actions, then its own next step."""

    name = "fill"
    icon = "stop"
    takes_digits = True

    def __init__(self, look: Look, background: Background, shop: FillShop) -> None:
        super().__init__()
        self.part = shop.part(look, background)
        self.went_on = 0
        self.cash_action = self.make_action(look, "arrow-right", "", self._go_on, "Go to Cash")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, look.theme.chrome_px(look.theme.control.tab_strip), 0, 0)
        column.addWidget(self.part)
        self.setFocusProxy(self.part)
        self.part.changed.connect(self.frame_changed)

    def _go_on(self) -> None:
        self.went_on += 1

    def word(self) -> str:
        return "Stop"

    def place(self) -> tuple[str, str]:
        return "Harbour Works, canteen", "Route 14  ·  Stop 4 of 9"

    def primary(self) -> QAction | None:
        return self.part.primary() or self.cash_action

    def secondary(self) -> Sequence[QAction]:
        return self.part.secondary()

    def fact(self) -> str:
        return self.part.fact()

    def scanned(self, text: str) -> bool:
        return self.part.scanned(text)


def picture_of_a_product() -> bytes:
    """A PNG."""
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor("#C8A24A"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


@contextmanager
def opened_fill(
    look: Look, background: Background, qtbot: QtBot, shop: FillShop
) -> Iterator[FillScreen]:
    """The Fill tab in its window with the drawn machine, C1 the current slot."""
    made = FillScreen(look, background, shop)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    made.part.show_visit(visit(drawn_slots(), cell=SlotKey(1, "C1")))
    made.part.view.setFocus()
    QApplication.processEvents()
    yield made
    background.close()
    look.show("light", 1.0)


Press = Callable[..., None]


def keys_of(screen: FillScreen) -> Press:
    """`key("5")`, `key(Key.Key_F8)`: a key of the window, as the window system gives it."""
    window = screen.window()
    assert isinstance(window, MainWindow)
    return lambda *keys: press(window, *keys)

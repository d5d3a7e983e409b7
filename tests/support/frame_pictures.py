"""What the pictures of the frame show: themes, sizes, text scales, focus, notices, palette."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.dialogs.command_palette import CommandPalette
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.sign_in_screen import SignInScreen
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.chip import MachineChipState
from tests.support.frame_screens import refuse, settings_screen, sign_in_screen
from tests.support.sample_screen import NOW, sample_screens, sample_status
from tests.support.settled import raise_error

Prepare = Callable[[MainWindow], QWidget | None]


def _plain(window: MainWindow) -> None:
    window.show_machine_chip(MachineChipState.PULL_THE_PLUG)


def _refused(window: MainWindow) -> None:
    window.show_sync(sample_status(refused=2), NOW)
    window.show_fact("Read 10427 is kept on this laptop.", Tone.POSITIVE)
    retry = QAction("Send it again", window)
    retry.setShortcut("Ctrl+R")
    window.ask(
        "The server does not answer.",
        "Everything is kept here, nothing is lost.",
        "Work on; it is sent as soon as there is a line.",
        [retry],
    )


def _focus(window: MainWindow) -> None:
    for _ in range(9):
        QTest.keyClick(window, Qt.Key.Key_Tab)


def _palette(window: MainWindow) -> QWidget | None:
    window.open_palette("re")
    return window.findChild(CommandPalette)


def _disabled(window: MainWindow) -> None:
    screen = window.current_screen()
    assert screen is not None
    action = screen.primary()
    assert action is not None
    action.setEnabled(False)
    action.setStatusTip("No adapter is plugged in")


def _settings(window: MainWindow) -> None:
    window.open_screen("settings")


def _sign_in(window: MainWindow) -> None:
    window.show_person("")
    window.open_screen("sign_in")


def _sign_in_fails(window: MainWindow) -> None:
    _sign_in(window)
    screen = window.current_screen()
    assert isinstance(screen, SignInScreen)
    screen.server.set_text("https://cvd.example")
    screen.user.set_text("Driver 07")
    screen.password.set_text("secret")
    screen.primary().trigger()


SCENES: dict[str, tuple[str, float, tuple[int, int], Prepare]] = {
    "light": ("light", 1.0, (1280, 800), _plain),
    "dark": ("dark", 1.0, (1280, 800), _plain),
    "sunlight": ("sunlight", 1.0, (1280, 800), _plain),
    "refused": ("light", 1.0, (1280, 800), _refused),
    "refused-dark": ("dark", 1.0, (1280, 800), _refused),
    "focus": ("light", 1.0, (1280, 800), _focus),
    "disabled": ("light", 1.0, (1280, 800), _disabled),
    "palette": ("light", 1.0, (1280, 800), _palette),
    "palette-200": ("dark", 2.0, (1280, 800), _palette),
    "compact": ("light", 1.0, (1024, 768), _plain),
    "compact-200": ("light", 2.0, (1024, 768), _plain),
    "wide": ("light", 1.0, (1920, 1080), _plain),
    "text-125": ("light", 1.25, (1280, 800), _plain),
    "text-150": ("sunlight", 1.5, (1280, 800), _plain),
    "text-200": ("light", 2.0, (1280, 800), _plain),
    "settings": ("light", 1.0, (1280, 800), _settings),
    "settings-dark-compact": ("dark", 1.0, (1024, 768), _settings),
    "settings-sunlight-200": ("sunlight", 2.0, (1280, 800), _settings),
    "sign-in": ("light", 1.0, (1280, 800), _sign_in),
    "sign-in-compact": ("sunlight", 1.0, (1024, 768), _sign_in),
    "sign-in-fails": ("light", 1.0, (1280, 800), _sign_in_fails),
    "sign-in-fails-dark-200": ("dark", 2.0, (1280, 800), _sign_in_fails),
    "text-200-refused": ("light", 2.0, (1280, 800), _refused),
}


def take_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene as <folder>/frame-<name>.png."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for name, (theme, scale, size, prepare) in SCENES.items():
        if wanted and not any(part in name for part in wanted):
            continue
        look.show(theme, scale)
        background = Background(raise_error)
        screens: list[Screen] = list(sample_screens(look))
        screens[3] = settings_screen(look, background)
        window = MainWindow(
            look,
            screens,
            others=[sign_in_screen(look, background, refuse)],
            calls=FrameCalls(lock=lambda: None, person=lambda: None),
        )
        window.resize(*size)
        window.show()
        window.activateWindow()
        window.show_sync(sample_status(), NOW)
        window.show_person("Driver 07", "driver, https://cvd.example")
        above = prepare(window)
        application.processEvents()
        while background.busy:
            application.processEvents()
        application.processEvents()
        application.processEvents()
        picture = window.grab()
        if above is not None:
            above.render(picture, above.geometry().topLeft() - window.geometry().topLeft())
        path = folder / f"frame-{name}.png"
        picture.save(str(path))
        window.close()
        background.close()
        window.deleteLater()
        application.processEvents()
        yield path

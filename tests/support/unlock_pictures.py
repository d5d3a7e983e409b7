"""Pictures of signing in and unlocking: PIN, password, tries left, people, a new password."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import Session
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.frame_lock import FrameLock
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screens.sign_in_screen import (
    SignInDone,
    SignInFacts,
    SignInScreen,
    SignInServices,
)
from cvd_desktop.ui.screens.unlock_screen import UnlockFacts, UnlockScreen, UnlockServices, Way
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.people_card import PersonRow
from tests.support.frame_screens import SESSION, messages
from tests.support.sample_screen import NOW, sample_screens, sample_status
from tests.support.settled import raise_error, settle

PEOPLE = (
    PersonRow("first", "Driver 07", "driver, Harbour Vending", True),
    PersonRow("b", "Driver 08", "driver, Harbour Vending", False),
    PersonRow("c", "Technician 02", "technician, Harbour Vending", False),
)
LAPTOP = (("Version", "0.1.0"), ("Server", "https://cvd.example"))
SIZES = ((1280, 800), (1024, 768))


def unlock_screen(
    look: Look,
    background: Background,
    facts: UnlockFacts,
    unlock: Callable[[str], None] = lambda _: None,
    **calls: Callable[..., None],
) -> UnlockScreen:
    """The real screen over a folder of paper."""
    services = UnlockServices(
        lambda: facts,
        unlock,
        calls.get("choose", lambda _: None),
        calls.get("record_aside", lambda: None),
        calls.get("sign_in", lambda: None),
    )
    return UnlockScreen(look, background, messages(), services)


def people_sign_in(
    look: Look, background: Background, done: Callable[[], SignInDone]
) -> SignInScreen:
    """The sign-in screen of a laptop with three people."""
    facts = SignInFacts("https://cvd.example", SESSION, NOW, 3, 2, PEOPLE)
    services = SignInServices(
        lambda: facts,
        lambda *_: done(),
        lambda: None,
        lambda _: _none(),
        change_password=lambda *_: None,
        choose=lambda _: None,
    )
    return SignInScreen(look, background, messages(), services, lambda: NOW, "0.1.0")


def _none() -> object:
    raise AssertionError


def _no_key() -> SignInDone:
    raise Problem("no_key", ExitCode.USAGE, path="cvd.db")


def _must_change() -> SignInDone:
    return SignInDone(Session("s", "u", "Driver 07", "driver", "o", "Harbour", "d"), None, True)


def _wrong(_: str) -> None:
    raise Problem("pin_wrong", ExitCode.USAGE, left=7)


FACTS = {
    "pin": UnlockFacts(Way.PIN, "Driver 07", people=PEOPLE, laptop=LAPTOP),
    "pin-wrong": UnlockFacts(Way.PIN, "Driver 07", 7, people=PEOPLE, laptop=LAPTOP),
    "dead": UnlockFacts(Way.WORD, "Driver 07", 0, people=PEOPLE[:1], laptop=LAPTOP),
    "late": UnlockFacts(Way.WORD, "Driver 07", days=16, people=PEOPLE[:1], laptop=LAPTOP),
    "phrase": UnlockFacts(Way.PHRASE, "Driver 07", people=PEOPLE[:1], laptop=LAPTOP),
    "choose": UnlockFacts(Way.CHOOSE, laptop=LAPTOP),
    "press": UnlockFacts(Way.PRESS, "Driver 07", people=PEOPLE, laptop=LAPTOP),
}
SCENES: dict[str, tuple[str, float, tuple[int, int], str]] = {
    "pin": ("light", 1.0, SIZES[0], "pin"),
    "pin-dark-compact": ("dark", 1.0, SIZES[1], "pin"),
    "pin-sunlight-200": ("sunlight", 2.0, SIZES[1], "pin"),
    "pin-wrong": ("light", 1.0, SIZES[0], "pin-wrong"),
    "dead": ("dark", 1.0, SIZES[0], "dead"),
    "late": ("sunlight", 1.0, SIZES[1], "late"),
    "phrase": ("light", 1.0, SIZES[0], "phrase"),
    "choose": ("light", 1.0, SIZES[1], "choose"),
    "press": ("light", 1.0, SIZES[0], "press"),
    "people": ("light", 1.0, SIZES[0], "people"),
    "people-compact": ("dark", 1.0, SIZES[1], "people"),
    "no-key": ("light", 1.0, SIZES[0], "no-key"),
    "new-password": ("sunlight", 1.0, SIZES[0], "new-password"),
    "new-password-200": ("light", 2.0, SIZES[1], "new-password"),
}


def take_unlock_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene as <folder>/unlock-<name>.png."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for name, (theme, scale, size, what) in SCENES.items():
        if wanted and not any(part in f"unlock-{name}" for part in wanted):
            continue
        look.show(theme, scale)
        yield _picture(application, look, folder / f"unlock-{name}.png", size, what)


def _picture(
    application: QApplication, look: Look, path: Path, size: tuple[int, int], what: str
) -> Path:
    background = Background(raise_error)
    facts = FACTS.get(what)
    if facts is None:
        answer = _no_key if what == "no-key" else _must_change
        screen = people_sign_in(look, background, answer)
    else:
        screen = unlock_screen(look, background, facts, _wrong)
    window = MainWindow(
        look, sample_screens(look), others=[screen], calls=FrameCalls(lambda _: None, person=_none)
    )
    window.resize(*size)
    window.show()
    window.activateWindow()
    window.show_sync(sample_status(), NOW)
    window.show_person("Driver 07", "driver")
    if facts is not None:
        FrameLock(window).lock()
    window.open_screen(screen.name)
    settle(application, background)
    if what == "pin-wrong":
        screen.passphrase.set_text("1234")
        screen.primary().trigger()
    elif facts is None and what != "people":
        screen.password.set_text("a password")
        screen.primary().trigger()
    settle(application, background)
    window.grab().save(str(path))
    window.close()
    background.close()
    window.deleteLater()
    application.processEvents()
    return path

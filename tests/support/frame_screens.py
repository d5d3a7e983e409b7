"""The sign-in and the settings screen with services of paper, for tests and pictures."""

from collections.abc import Callable, Mapping

from cvd_desktop.app.set_up_source import setup_from
from cvd_desktop.devices.adapter_profiles import MODELS, SERIAL_PORT
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import PortFact, Session
from cvd_desktop.services.record_words import reason_of, title_of
from cvd_desktop.services.words import answer_words, words
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.settings_screen import (
    AdapterProfiles,
    Preferences,
    SettingsFacts,
    SettingsScreen,
    SettingsServices,
)
from cvd_desktop.ui.screens.sign_in_screen import (
    SignInDone,
    SignInFacts,
    SignInScreen,
    SignInServices,
)
from cvd_desktop.ui.theme import Look
from tests.support.sample_screen import NOW

PORTS = [
    PortFact("/dev/ttyUSB0", "USB Serial", "FTDI, DEX cable", 0x0403, 0x6001, "A50285BI", True),
    PortFact("/dev/ttyS0", "built-in port", None, None, None, None, False),
]
VERSIONS = (("CVD Desktop", "0.1.0"), ("Qt", "6.11.3"), ("Python", "3.11.2"))
SESSION = Session("https://cvd.example", "u1", "Driver 07", "driver", "o1", "Harbour Vending", "d1")

SignIn = Callable[[str, str, str], Session]


def messages() -> Messages:
    """The words of the real services."""
    return Messages(words, answer_words, title_of, reason_of)


def refuse(server: str, user: str, password: str) -> Session:
    """A server that does not know this password."""
    raise Problem("sign_in_refused", ExitCode.REFUSED)


def sign_in_screen(
    look: Look,
    background: Background,
    sign_in: SignIn,
    *,
    session: Session | None = None,
    sign_out: Callable[[], None] = lambda: None,
    server: str = "https://cvd.example",
) -> SignInScreen:
    """The real screen; `session` is who is signed in already."""
    facts = SignInFacts(server, session, NOW if session else None, 14)
    services = SignInServices(
        lambda: facts,
        lambda server, user, password, _: SignInDone(sign_in(server, user, password)),
        sign_out,
        setup_from,
    )
    return SignInScreen(look, background, messages(), services, lambda: NOW, "0.1.0")


def settings_screen(
    look: Look,
    background: Background,
    save: Callable[[Preferences], None] = lambda preferences: None,
    ports: list[PortFact] = PORTS,
    keep_adapter: Callable[[str, str, Mapping[str, object]], object] = lambda *_: None,
) -> SettingsScreen:
    """The real screen; two ports are plugged in."""
    profiles = AdapterProfiles(SERIAL_PORT, (SERIAL_PORT, *MODELS))
    return SettingsScreen(
        look,
        background,
        messages(),
        SettingsServices(lambda: ports, save, lambda _device: profiles, keep_adapter),
        SettingsFacts("/home/driver/.local/share/cvd-desktop", VERSIONS),
        Preferences(look.theme.key, look.theme.text_scale),
    )

"""Unlocking: keys for gloves, digits typed or scanned, what is said when it does not open."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.frame_lock import FrameLock
from cvd_desktop.ui.idle_watch import IdleWatch
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screens.sign_in_screen import SignInDone, SignInScreen
from cvd_desktop.ui.screens.unlock_screen import UnlockFacts, UnlockScreen, Way
from cvd_desktop.ui.theme import Look
from tests.support.frame_screens import SESSION
from tests.support.sample_screen import sample_screens
from tests.support.unlock_pictures import FACTS, PEOPLE, people_sign_in, unlock_screen

Typed = list[str]


@pytest.fixture
def typed() -> Typed:
    """What was given to unlock with."""
    return []


def show(qtbot: QtBot, screen: UnlockScreen | SignInScreen) -> None:
    qtbot.addWidget(screen)
    screen.resize(1000, 700)
    screen.show()
    screen.reload()


def settled(qtbot: QtBot, background: Background) -> None:
    qtbot.waitUntil(lambda: not background.busy)


def test_the_pin_is_pressed_with_gloves_and_enter_unlocks(
    qtbot: QtBot, look: Look, background: Background, typed: Typed
) -> None:
    screen = unlock_screen(look, background, FACTS["pin"], typed.append)
    show(qtbot, screen)
    settled(qtbot, background)
    assert screen.takes_digits, "digits are no screens of the rail here"
    for key in ("2", "5", "9", "back", "8", "0"):
        QTest.mouseClick(screen.pad.keys[key], Qt.MouseButton.LeftButton)
    assert all(min(key.width(), key.height()) >= 48 for key in screen.pad.keys.values())
    with qtbot.waitSignal(screen.unlocked):
        screen.primary().trigger()
    assert typed == ["2580"]
    assert screen.passphrase.text() == "", "a PIN is not kept on the screen"


def test_letters_are_no_pin_and_a_short_one_is_said_at_once(
    qtbot: QtBot, look: Look, background: Background, typed: Typed
) -> None:
    screen = unlock_screen(look, background, FACTS["pin"], typed.append)
    show(qtbot, screen)
    settled(qtbot, background)
    QTest.keyClicks(screen.passphrase.edit, "a1b2c3")
    assert screen.passphrase.text() == "123"
    screen.primary().trigger()
    assert screen.passphrase.error()
    assert typed == []


def test_a_badge_is_scanned_and_other_codes_lead_nowhere(
    qtbot: QtBot, look: Look, background: Background, typed: Typed
) -> None:
    screen = unlock_screen(look, background, FACTS["pin"], typed.append)
    show(qtbot, screen)
    settled(qtbot, background)
    assert screen.scanned("ASSET-1")
    assert typed == []
    with qtbot.waitSignal(screen.unlocked):
        assert screen.scanned("2580")
    assert typed == ["2580"]


def test_a_wrong_pin_says_how_many_tries_are_left(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    left = [10]

    def wrong(_: str) -> None:
        left[0] -= 1
        raise Problem("pin_wrong", ExitCode.USAGE, left=left[0])

    screen = unlock_screen(look, background, FACTS["pin-wrong"], wrong)
    show(qtbot, screen)
    settled(qtbot, background)
    screen.passphrase.set_text("1111")
    screen.primary().trigger()
    qtbot.waitUntil(screen.trouble.isVisible)
    assert "Tries left: 9" in screen.trouble.accessibleDescription()
    assert "7" in screen.warning.text()
    assert screen.passphrase.text() == ""


@pytest.mark.parametrize(
    ("what", "said"), [("dead", "ten times"), ("late", "16 days"), ("phrase", "")]
)
def test_where_the_pin_does_not_do_the_password_is_asked(
    qtbot: QtBot, look: Look, background: Background, what: str, said: str
) -> None:
    screen = unlock_screen(look, background, FACTS[what])
    show(qtbot, screen)
    settled(qtbot, background)
    assert not screen.pad.isVisible()
    assert not screen.takes_digits
    assert said in screen.warning.text()
    words = [action.text() for action in screen.secondary()]
    assert words == ["Record without unlocking", "Sign in with a network"]


def test_a_recovery_code_is_typed_in_plain_sight_and_a_pin_never(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    screen = unlock_screen(look, background, FACTS["pin"])
    show(qtbot, screen)
    settled(qtbot, background)
    assert not screen.eye.isVisible()
    assert screen.passphrase.width() == screen.pad.width(), "one column of a PIN"
    screen.eye.click()
    assert screen.passphrase.is_hidden_secret()
    screen.secondary()[0].trigger()
    screen.eye.click()
    screen.reload()  # as after a wrong code, which is to be compared
    settled(qtbot, background)
    assert not screen.passphrase.is_hidden_secret()
    screen.secondary()[0].trigger()
    assert screen.passphrase.is_hidden_secret()


def test_where_a_press_unlocks_no_other_button_has_the_focus(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    screen = unlock_screen(look, background, FACTS["press"])
    show(qtbot, screen)
    screen.reload()
    settled(qtbot, background)
    assert QApplication.focusWidget() is None
    assert [each.text() for each in screen.secondary()] == ["Sign in with a network"]


def test_the_password_instead_of_the_pin_and_back(
    qtbot: QtBot, look: Look, background: Background, typed: Typed
) -> None:
    screen = unlock_screen(look, background, FACTS["pin"], typed.append)
    show(qtbot, screen)
    settled(qtbot, background)
    turn = screen.secondary()[0]
    turn.trigger()
    assert not screen.pad.isVisible()
    QTest.keyClicks(screen.passphrase.edit, "correct horse 7")
    with qtbot.waitSignal(screen.unlocked):
        screen.primary().trigger()
    assert typed == ["correct horse 7"]
    turn.trigger()
    assert screen.pad.isVisible()


def test_one_press_is_another_person(qtbot: QtBot, look: Look, background: Background) -> None:
    chosen: list[str] = []
    screen = unlock_screen(look, background, FACTS["pin"], choose=chosen.append)
    show(qtbot, screen)
    settled(qtbot, background)
    assert list(screen.people.rows) == [each.id for each in PEOPLE]
    screen.people.rows["b"].click()
    screen.people.rows["first"].click()
    assert chosen == ["b"], "who is here already is nobody else"
    alone = unlock_screen(look, background, FACTS["dead"])
    show(qtbot, alone)
    settled(qtbot, background)
    assert not alone.people.isVisible()


def test_a_locked_frame_leads_nowhere_and_shows_nothing(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    calls: list[str] = []
    screen = unlock_screen(look, background, FACTS["press"])
    window = MainWindow(
        look,
        sample_screens(look),
        others=[screen],
        calls=FrameCalls(lock=lambda: calls.append("lock"), person=lambda: calls.append("person")),
    )
    qtbot.addWidget(window)
    window.show()
    first = window.current_screen()
    lock = FrameLock(window)
    lock.lock()
    window.open_screen("unlock")
    settled(qtbot, background)
    assert not window.rail.isVisible()
    assert not window.top_bar.isVisible()
    for key in (Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_U):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(window, Qt.Key.Key_2)
    QTest.qWait(80)
    window.open_palette("Driver")
    assert window.current_screen() is screen
    assert calls == []
    assert not [each for each in QApplication.topLevelWidgets() if each.isModal()]
    lock.unlock()
    assert window.rail.isVisible()
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert calls == ["lock"]
    assert first is not None


def test_it_locks_by_itself_when_nobody_touches_it(
    qtbot: QtBot, look: Look, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    del background
    window = MainWindow(look, sample_screens(look))
    qtbot.addWidget(window)
    window.show()
    idle: list[bool] = []
    watch = IdleWatch(window, lambda: idle.append(True))
    watch.set_minutes(5)
    watch.look()
    assert idle == [], "it was touched just now"
    monkeypatch.setattr(watch._since, "hasExpired", lambda ms: ms <= 5 * 60_000)
    watch.look()
    assert idle == [True]
    watch.set_minutes(0)
    watch.look()
    assert idle == [True], "never means never"


# --- signing in: a passphrase for a new person, a new password ------------------------------------


def test_a_new_person_without_a_key_store_chooses_a_passphrase_there(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    answers: list[Callable[[], SignInDone]] = [lambda: SignInDone(SESSION), _no_key]
    screen = people_sign_in(look, background, lambda: answers.pop()())
    show(qtbot, screen)
    settled(qtbot, background)
    screen.password.set_text("a password")
    screen.primary().trigger()
    qtbot.waitUntil(screen.passphrase.isVisible)
    screen.primary().trigger()
    assert screen.passphrase.secret.error(), "it is not asked twice without one"
    screen.passphrase.secret.set_text("open sesame")
    screen.passphrase.again.set_text("open sesame")
    with qtbot.waitSignals([screen.left, screen.signed_in]):
        screen.primary().trigger()
    assert not screen.passphrase.isVisible()


def _no_key() -> SignInDone:
    raise Problem("no_key", ExitCode.USAGE, path="cvd.db")


def test_a_new_password_is_asked_before_anything_else(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    screen = people_sign_in(look, background, lambda: SignInDone(SESSION, None, True))
    show(qtbot, screen)
    settled(qtbot, background)
    screen.password.set_text("the one of the office")
    screen.primary().trigger()
    qtbot.waitUntil(screen.new_password.isVisible)
    assert not screen.password.isVisible()
    screen.new_password.secret.set_text("my own horse 9")
    screen.new_password.again.set_text("my own hors")
    screen.primary().trigger()
    assert screen.new_password.again.error()
    screen.new_password.again.set_text("my own horse 9")
    with qtbot.waitSignals([screen.left, screen.signed_in]):
        screen.primary().trigger()
    assert screen.password.isVisible()
    assert screen.password.text() == ""


def test_facts_that_come_late_keep_what_the_person_chose(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    screen = unlock_screen(look, background, FACTS["pin"])
    show(qtbot, screen)
    settled(qtbot, background)
    screen.secondary()[0].trigger()
    screen.show_facts(UnlockFacts(Way.PIN, "Driver 07", 9))
    assert not screen.pad.isVisible()

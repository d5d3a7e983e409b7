"""Signing in: worked by keys, said in words, and never in the way of the work."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import Session
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.sign_in_screen import SignInScreen
from cvd_desktop.ui.theme import Look
from tests.support.frame_screens import SESSION, SignIn, refuse, sign_in_screen


@pytest.fixture
def asked() -> list[tuple[str, str, str]]:
    """What the service was asked, in order."""
    return []


@pytest.fixture
def accept(asked: list[tuple[str, str, str]]) -> SignIn:
    def sign_in(server: str, user: str, password: str) -> Session:
        asked.append((server, user, password))
        return SESSION

    return sign_in


def show(qtbot: QtBot, screen: SignInScreen) -> SignInScreen:
    """Shown as the frame shows it, its primary key included."""
    qtbot.addWidget(screen)
    screen.primary().setShortcut("Return")
    screen.addAction(screen.primary())
    with qtbot.waitExposed(screen):
        screen.show()
    screen.activateWindow()
    screen.reload()
    qtbot.waitUntil(lambda: any(name == "Last sync" for name, _ in screen.laptop.lines()))
    return screen


def type_in(field: QLineEdit, text: str) -> None:
    field.setFocus()
    QTest.keyClicks(field, text)


def test_keys_alone_sign_in(
    qtbot: QtBot,
    look: Look,
    background: Background,
    accept: SignIn,
    asked: list[tuple[str, str, str]],
) -> None:
    screen = show(qtbot, sign_in_screen(look, background, accept))
    assert screen.user.edit.hasFocus(), "the address is known: the name is next"
    QTest.keyClicks(screen.user.edit, "Driver 07")
    QTest.keyClick(screen.user.edit, Qt.Key.Key_Tab)
    assert screen.password.edit.hasFocus()
    QTest.keyClicks(screen.password.edit, " secret ")
    with qtbot.waitSignals([screen.signed_in, screen.left]):
        QTest.keyClick(screen.password.edit, Qt.Key.Key_Return)
    assert asked == [("https://cvd.example", "Driver 07", " secret ")]
    assert screen.password.text() == "", "a password is not kept on the screen"


def test_what_is_missing_is_said_at_its_field_and_nobody_is_asked(
    qtbot: QtBot,
    look: Look,
    background: Background,
    accept: SignIn,
    asked: list[tuple[str, str, str]],
) -> None:
    screen = show(qtbot, sign_in_screen(look, background, accept, server=""))
    screen.primary().trigger()
    assert [bool(field.error()) for field in (screen.server, screen.user, screen.password)] == [
        True,
        True,
        True,
    ]
    assert screen.server.edit.hasFocus()
    assert screen.server.edit.accessibleDescription() == screen.server.error()
    type_in(screen.server.edit, "h")
    assert screen.server.error() == "", "it goes as soon as one types"
    assert asked == []


def test_a_refusal_says_what_happened_what_is_safe_and_what_to_do(
    qtbot: QtBot, look: Look, background: Background, bugs: list[BaseException]
) -> None:
    screen = show(qtbot, sign_in_screen(look, background, refuse))
    type_in(screen.user.edit, "Driver 07")
    type_in(screen.password.edit, "wrong")
    screen.primary().trigger()
    qtbot.waitUntil(screen.trouble.isVisible)
    said = screen.trouble.accessibleDescription()
    assert "does not accept" in said
    assert "Check the name" in said
    assert screen.said_words.text() in said
    assert screen.password.edit.hasFocus()
    assert screen.password.edit.selectedText() != "", "typing replaces the wrong one"
    assert screen.primary().isEnabled()
    assert bugs == [], "a wrong password is no bug of ours"


def test_offline_is_said_and_the_work_goes_on(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    def offline(server: str, user: str, password: str) -> Session:
        raise Problem("offline", ExitCode.OFFLINE, server=server)

    screen = show(qtbot, sign_in_screen(look, background, offline))
    type_in(screen.user.edit, "Driver 07")
    type_in(screen.password.edit, "secret")
    screen.primary().trigger()
    qtbot.waitUntil(screen.trouble.isVisible)
    later = screen.secondary()[0]
    assert later.text() == "Work without signing in"
    with qtbot.waitSignal(screen.left):
        later.trigger()


def test_while_the_server_is_asked_it_is_not_asked_again(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    answer = threading.Event()
    asked: list[str] = []

    def slow(server: str, user: str, password: str) -> Session:
        asked.append(user)
        assert answer.wait(10)
        return SESSION

    screen = show(qtbot, sign_in_screen(look, background, slow))
    type_in(screen.user.edit, "Driver 07")
    type_in(screen.password.edit, "secret")
    screen.primary().trigger()
    assert not screen.primary().isEnabled()
    assert screen.primary().statusTip() == "Asking the server"
    assert screen.fact() == "Asking the server"
    screen.primary().trigger()
    with qtbot.waitSignal(screen.signed_in):
        answer.set()
    assert asked == ["Driver 07"]


def test_who_is_signed_in_can_sign_out_and_loses_nothing(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    out: list[bool] = []
    screen = sign_in_screen(
        look, background, refuse, session=SESSION, sign_out=lambda: out.append(True)
    )
    show(qtbot, screen)
    assert screen.place() == ("Sign in", "Driver 07")
    assert "Harbour Vending" in screen.lead.text()
    assert [action.text() for action in screen.secondary()] == ["Back", "Sign out"]
    screen.secondary()[1].trigger()
    qtbot.waitUntil(lambda: out == [True])


def test_it_says_which_server_which_version_and_the_last_sync(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    screen = show(qtbot, sign_in_screen(look, background, refuse, session=SESSION))
    lines = dict(screen.laptop.lines())
    assert lines["Version"] == "0.1.0"
    assert lines["Server"] == "https://cvd.example"
    assert ":" in lines["Last sync"]
    assert lines["Waits to be sent"] == "14"
    never = show(qtbot, sign_in_screen(look, background, refuse, server=""))
    assert dict(never.laptop.lines())["Last sync"] == "not yet"
    assert dict(never.laptop.lines())["Server"] == "none yet"


def test_the_password_is_hidden_until_asked_for(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    screen = show(qtbot, sign_in_screen(look, background, refuse))
    type_in(screen.password.edit, "secret")
    assert screen.password.edit.displayText() != "secret"
    eye = next(
        one for one in screen.findChildren(QWidget) if one.accessibleName() == "Show the password"
    )
    eye.setFocus()
    QTest.keyClick(eye, Qt.Key.Key_Space)
    assert screen.password.edit.displayText() == "secret"
    assert eye.accessibleName() == "Hide the password"


def test_a_scanned_set_up_leaves_only_the_password_to_type(
    qtbot: QtBot, look: Look, background: Background
) -> None:
    screen = show(qtbot, sign_in_screen(look, background, refuse, server=""))
    assert not screen.scanned("4012345678901")
    assert screen.scanned("cvd://setup?server=https%3A%2F%2Fcvd.example&user=driver07&operator=Us")
    qtbot.waitUntil(lambda: screen.user.text() == "driver07")
    assert screen.server.text() == "https://cvd.example"
    assert screen.password.edit.hasFocus()
    assert "Us" in screen.lead.text()


def test_a_file_that_is_no_set_up_changes_nothing_and_is_said(
    qtbot: QtBot, look: Look, background: Background, tmp_path: Path
) -> None:
    screen = show(qtbot, sign_in_screen(look, background, refuse))
    (tmp_path / "note.txt").write_text("call the office")
    screen.take_file(tmp_path / "note.txt")
    qtbot.waitUntil(screen.trouble.isVisible)
    assert screen.server.text() == "https://cvd.example"
    assert "set-up" in screen.trouble.accessibleDescription()

"""The sample from a new laptop: no server, a day to serve, and no way out for its records."""

from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.app.application import Application
from cvd_desktop.app.pictures import settle
from cvd_desktop.domain.clock import system_clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import sample_folder
from cvd_desktop.ui.screens.sign_in_screen import SignInScreen
from cvd_desktop.ui.screens.stop_screen import StopScreen

PATIENCE_MS = 60_000


def sign_in_screen(application: Application) -> SignInScreen:
    application.window.open_screen("sign_in")
    settle(application)
    screen = application.window.screen_named("sign_in")
    assert isinstance(screen, SignInScreen)
    return screen


def press(screen: SignInScreen, words: str) -> None:
    next(action for action in screen.secondary() if words in action.text()).trigger()


def test_a_new_laptop_can_be_tried_without_any_server(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVD_PASSPHRASE", "correct horse")
    with closing(Application(qapp, tmp_path)) as first:
        first.show()
        settle(first)
        press(sign_in_screen(first), "sample")
        qtbot.waitUntil(lambda: first.next_folder is not None, timeout=PATIENCE_MS)
    assert first.next_folder is not None
    QTimer.singleShot(0, qapp.quit)
    qapp.exec()  # ends with the exit code that was waiting for it, as in `run_window`
    with closing(Application(qapp, first.next_folder)) as sample:
        sample.show()
        qtbot.waitUntil(lambda: sample.window.current_screen() is not None, timeout=PATIENCE_MS)
        settle(sample)
        assert sample.window.current_screen() is sample.window.screen_named("today")
        a_stop_can_be_served(sample, qtbot)
        nothing_leaves(sample)
        press(sign_in_screen(sample), "Leave")
    assert sample.next_folder == tmp_path
    QTimer.singleShot(0, qapp.quit)
    qapp.exec()


def a_stop_can_be_served(sample: Application, qtbot: QtBot) -> None:
    """The machine of the stop hangs at the cable by itself."""
    sample.window.open_screen("stop")
    stop = sample.window.screen_named("stop")
    assert isinstance(stop, StopScreen)
    qtbot.waitUntil(lambda: stop.arriving(), timeout=PATIENCE_MS)
    assert stop.detail is not None
    asset = stop.detail.visit.machine.record.asset_number
    list_ports = sample.workings.services.list_ports
    qtbot.waitUntil(
        lambda: any(asset in port.description for port in list_ports()), timeout=PATIENCE_MS
    )
    settle(sample)
    stop.do.arrive.trigger()
    settle(sample)
    assert sample.workings.services.sync_status().waiting == 1


def nothing_leaves(sample: Application) -> None:
    services = sample.workings.services
    with pytest.raises(Problem, match="sample_folder"):
        services.sync_now()
    with pytest.raises(Problem, match="sample_folder"):
        sample.workings.people.sign_in("https://cvd.example", "driver07", "secret", "")
    assert services.sync_status().waiting == 1


def test_a_sample_that_cannot_be_told_the_day_of_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_folder, "_fill", lambda connection, day: None)
    mark = tmp_path / sample_folder.FOLDER / sample_folder.MARK
    mark.parent.mkdir()
    mark.write_bytes(b"\xff\xfe\xff")
    folder = sample_folder.make_sample(tmp_path)
    assert mark.read_text() == system_clock().astimezone().date().isoformat()
    assert sample_folder.make_sample(tmp_path) == folder

"""The sample from a new laptop: no server, a day to serve, and no way out for its records."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.app.application import Application
from cvd_desktop.app.pictures import settle
from cvd_desktop.domain.problem import Problem
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
    first = Application(qapp, tmp_path)
    first.show()
    settle(first)
    press(sign_in_screen(first), "sample")
    qtbot.waitUntil(lambda: first.next_folder is not None, timeout=PATIENCE_MS)
    first.close()
    assert first.next_folder is not None

    sample = Application(qapp, first.next_folder)
    sample.show()
    qtbot.waitUntil(lambda: sample.window.current_screen() is not None, timeout=PATIENCE_MS)
    settle(sample)
    services = sample.workings.services
    assert sample.window.current_screen() is sample.window.screen_named("today")
    run = sample.workings.day.todays_run()
    assert run is not None
    assert run.stops
    sample.window.open_screen("stop")
    stop = sample.window.screen_named("stop")
    assert isinstance(stop, StopScreen)
    qtbot.waitUntil(lambda: bool(services.list_ports()), timeout=PATIENCE_MS)
    assert stop.detail is not None
    asset = stop.detail.visit.machine.record.asset_number
    qtbot.waitUntil(
        lambda: any(asset in port.description for port in services.list_ports()),
        timeout=PATIENCE_MS,
    )
    settle(sample)
    stop.do.arrive.trigger()
    settle(sample)
    assert services.sync_status().waiting == 1
    with pytest.raises(Problem, match="sample_folder"):
        services.sync_now()
    with pytest.raises(Problem, match="sample_folder"):
        services.sign_in("https://cvd.example", "driver07", "secret")
    assert services.sync_status().waiting == 1
    press(sign_in_screen(sample), "Leave")
    sample.close()
    assert sample.next_folder == tmp_path

"""The whole window over real services: it opens, shows every screen, and closes its lanes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from cvd_desktop.app.application import Application
from cvd_desktop.app.pictures import settle, take_pictures
from cvd_desktop.ui.screens.sign_in_screen import SignInScreen


@pytest.fixture
def application(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    monkeypatch.setenv("CVD_PASSPHRASE", "correct horse")
    built = Application(qapp, tmp_path)
    built.show()
    settle(built)
    yield built
    built.close()


def test_slots_say_what_their_screens_say(application: Application) -> None:
    while application.window.make_next():
        pass
    for name, slot in application.window.slots().items():
        screen = application.window.screen_named(name)
        said = (screen.name, screen.icon, screen.word(), screen.topics)
        assert said == (slot.name, slot.icon, slot.word, slot.topics)


def test_every_screen_opens_on_a_new_laptop(application: Application) -> None:
    for name in application.window.slots():
        application.window.open_screen(name)
        settle(application)
        assert application.window.current_screen() is application.window.screen_named(name)


def test_without_passphrase_it_asks_for_one_and_then_works(
    qapp: QApplication, tmp_path: Path
) -> None:
    assert "CVD_PASSPHRASE" not in os.environ
    first = Application(qapp, tmp_path)
    first.show()
    settle(first)
    assert first.window.current_screen() is first.unlock
    first.unlock.passphrase.set_text("open sesame")
    first.unlock.again.set_text("open sesame")
    action = first.unlock.primary()
    action.trigger()
    settle(first)
    assert first.window.current_screen() is first.window.screen_named("today")
    first.close()

    second = Application(qapp, tmp_path)
    second.show()
    settle(second)
    second.unlock.passphrase.set_text("wrong")
    second.unlock.primary().trigger()
    settle(second)
    assert second.window.current_screen() is second.unlock
    assert second.unlock.trouble.isVisible()
    second.unlock.passphrase.set_text("open sesame")
    second.unlock.primary().trigger()
    settle(second)
    assert second.window.current_screen() is second.window.screen_named("today")
    second.close()


def test_what_was_chosen_and_where_it_stood_is_there_at_the_next_start(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVD_PASSPHRASE", "correct horse")
    first = Application(qapp, tmp_path)
    first.show()
    settle(first)
    first.window.open_screen("settings")
    settings = first.window.screen_named("settings")
    settings.themes["dark"].click()
    settle(first)
    first.close()

    second = Application(qapp, tmp_path)
    second.show()
    settle(second)
    assert second.look.theme.key == "dark"
    assert second.window.current_screen() is second.window.screen_named("settings")
    second.close()


def test_pictures_are_made_of_every_screen(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVD_PASSPHRASE", "correct horse")
    taken = take_pictures(tmp_path / "laptop", tmp_path / "pictures", themes=("sunlight",))
    assert {path.stem.rsplit("-", 1)[1] for path in taken} == {"sunlight"}
    assert {"today-sunlight.png", "outbox-sunlight.png"} <= {path.name for path in taken}
    assert all(path.stat().st_size > 5_000 for path in taken)


def test_a_set_up_that_is_dropped_on_the_window_fills_the_sign_in(
    application: Application, tmp_path: Path
) -> None:
    file = tmp_path / "driver.cvdsetup"
    file.write_text("cvd://setup?server=https%3A%2F%2Fcvd.example&user=driver07\n")
    application.workings.import_dropped([file])
    settle(application)
    screen = application.window.current_screen()
    assert isinstance(screen, SignInScreen)
    assert (screen.server.text(), screen.user.text()) == ("https://cvd.example", "driver07")

"""The whole window, locked: the PIN before it, what goes on behind it, another folder instead."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from cvd_desktop.app.application import Application
from cvd_desktop.app.metered_line import MeteredFiles
from cvd_desktop.app.pictures import settle
from cvd_desktop.domain.records import FilesHeldBack
from cvd_desktop.services import key_lock, wipe
from cvd_desktop.services.database_key import key_entry
from cvd_desktop.services.people import FIRST, current_folder, folder_in_use
from cvd_desktop.services.person_lock import set_own_pin
from cvd_desktop.services.workplace import Workplace, open_workplace
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync import credentials
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_desktop.sync.sync_run import SyncReport
from cvd_desktop.ui.screens.outbox_screen import OutboxScreen

PASSWORD = "correct horse 7"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyStore:
    """A computer with a key store, and boxes that cost nothing."""
    store = MemoryKeyStore(lasting=True)
    monkeypatch.setattr(credentials, "SystemKeyStore", lambda: store)
    monkeypatch.setattr(key_lock, "_ARGON2ID", {"time_cost": 1, "memory_kib": 64, "lanes": 1})
    return store


@pytest.fixture
def folder(tmp_path: Path, keys: MemoryKeyStore) -> Path:
    """Locked with the PIN 2580."""
    wp = open_workplace(tmp_path / "laptop", key_store=keys)
    assert wp.key is not None
    keep = key_lock.keep_password
    keep(wp.data_dir, keys, wp.key, PASSWORD, key_entry(wp.data_dir))
    set_own_pin(wp, "2580")
    wp.close()
    return wp.data_dir


@pytest.fixture
def application(
    qapp: QApplication, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    built = Application(qapp, folder)
    # Ending the event loop would end those of every later test: what is left counts here.
    monkeypatch.setattr(built, "open_folder", lambda data_dir: left_for(built, data_dir))
    built.show()
    settle(built)
    yield built
    built.close()


def left_for(application: Application, data_dir: Path) -> None:
    application.next_folder = data_dir


def unlock(application: Application, text: str) -> None:
    application.unlock.passphrase.set_text(text)
    application.unlock.primary().trigger()
    settle(application)


def test_a_locked_folder_opens_by_its_pin_and_locks_again(application: Application) -> None:
    window = application.window
    assert window.current_screen() is application.unlock
    assert application.unlock.pad.isVisible()
    assert not window.rail.isVisible()
    unlock(application, "0000")
    assert window.current_screen() is application.unlock
    assert "9" in application.unlock.warning.text()
    unlock(application, "2580")
    assert window.rail.isVisible()
    window.open_screen("machines")
    settle(application)

    application.workings.identity.lock()
    settle(application)
    assert window.current_screen() is application.unlock
    services = application.workings.services
    assert services.is_open, "what runs goes on behind it"
    unlock(application, "1111")
    assert not window.rail.isVisible()
    unlock(application, "2580")
    assert window.current_screen() is window.screen_named("machines"), "where the work was"


def test_without_the_pin_one_records_in_a_folder_of_nobody(
    application: Application, folder: Path, keys: MemoryKeyStore
) -> None:
    action = next(each for each in application.unlock.secondary() if "Record" in each.text())
    action.trigger()
    settle(application)
    aside = application.next_folder
    assert aside is not None
    assert aside.parent == folder / "people"
    wp = open_workplace(aside, key_store=keys)
    assert isinstance(wp, Workplace)
    wp.close()
    assert current_folder(folder) == aside


def test_a_machine_that_is_read_keeps_the_window(application: Application) -> None:
    identity = application.workings.identity
    identity._reading = lambda: True
    identity.record_aside()
    identity.choose(FIRST)
    settle(application)
    assert application.next_folder is None
    assert "being read" in application.window.toast.accessibleName() + (
        application.window.toast.accessibleDescription()
    )


def test_a_laptop_that_the_office_has_shut_shows_the_outbox_only(
    application: Application,
) -> None:
    unlock(application, "2580")
    wp = application.workings.services.workplace()
    with wp.database.write() as connection:
        meta.put(connection, meta.POLICY, "lock")
    application.background.changed.emit(frozenset({"sync"}))
    settle(application)
    window = application.window
    shown = [name for name, item in window._rail_items.items() if not item.isHidden()]
    assert shown == ["outbox"]
    current = window.current_screen()
    assert current is not None
    assert current.name == "outbox"
    assert window.banner.isVisible()
    with wp.database.write() as connection:
        meta.delete_many(connection, meta.POLICY)
    application.background.changed.emit(frozenset({"sync"}))
    settle(application)
    assert not window.banner.isVisible()
    assert len([item for item in window._rail_items.values() if not item.isHidden()]) > 1


def test_the_own_data_are_removed_and_the_window_goes_on_without_them(
    application: Application, folder: Path, keys: MemoryKeyStore
) -> None:
    unlock(application, "2580")
    application.workings.people.remove("")
    application.workings.identity.leave()
    application.close()
    assert wipe.wipe_begun(folder)
    assert folder_in_use(folder) == folder
    assert not (folder / "cvd.db").exists()
    assert keys.values == {}


def test_a_dialog_lies_below_the_lock_and_comes_back_as_it_was(application: Application) -> None:
    unlock(application, "2580")
    window = application.window
    dialog = QDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    field = QLineEdit("half a word", dialog)
    ended: list[int] = []
    dialog.finished.connect(ended.append)
    dialog.open()
    application.workings.identity.lock()
    settle(application)
    assert window.current_screen() is application.unlock
    assert QApplication.activeModalWidget() is None, "nothing stands before the PIN"
    unlock(application, "2580")
    assert QApplication.activeModalWidget() is dialog
    assert (field.text(), ended) == ("half a word", [])
    dialog.reject()


def test_a_sync_that_a_person_asked_for_obeys_the_office_at_once(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(application, "2580")
    asked: list[bool] = []

    def run(should_stop: object = None, *, metered: bool = False) -> SyncReport:
        asked.append(metered)
        with application.workings.services.workplace().database.write() as connection:
            meta.put(connection, meta.POLICY, "lock")
        return SyncReport(problem="device_locked")

    monkeypatch.setattr(application.workings.services, "sync_now", run)
    application.window.open_screen("outbox")
    screen = application.window.current_screen()
    assert isinstance(screen, OutboxScreen)
    application.workings.people.metered = True
    screen.sync()
    settle(application)
    assert application.workings.identity.shut
    assert asked == [True], "and it spares a metered line as the regular one does"


def test_files_that_wait_on_a_metered_line_are_asked_about_once(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MeteredFiles, "watch", lambda _: None)  # the line of this computer
    unlock(application, "2580")
    held: list[FilesHeldBack | None] = [FilesHeldBack(14, 38_000_000, photos_only=True)]
    people, syncs = application.workings.people, application.workings.syncs
    monkeypatch.setattr(people, "files_to_ask_about", lambda: held[0])
    noted: list[bool] = []
    monkeypatch.setattr(people, "note_asked", lambda: noted.append(True))
    window, report = application.window, SyncReport(attachments_waiting=14)
    monkeypatch.setattr(application.workings.services, "sync_now", lambda *_, **__: report)
    syncs.heed(report)
    settle(application)
    assert not window.banner.isVisible(), "the line costs nothing"
    syncs._files.note(True)
    syncs.heed(report)
    settle(application)
    assert "Send 14 photos, 38.0 MB, over this line?" in window.banner.accessibleName()
    assert (noted, people.metered) == ([True], True)
    window.banner._buttons[0].click()
    settle(application)
    assert not people.metered, "now they go"
    syncs._files.note(True)
    assert not people.metered, "the same line"
    syncs.heed(SyncReport())
    assert people.metered, "all are sent: the next ones wait again"

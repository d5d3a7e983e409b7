"""The Outbox screen: three counts, every record with its state, and what a person can do."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.bundle_records import CarriedBundle, CarriedState
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.outbox_words import first_sentence
from cvd_desktop.ui.screens.outbox_screen import OutboxScreen
from cvd_desktop.ui.table_model import PAGE_ROWS
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.sample_window import press
from tests.support.screens_at_work import Post, Report

Key = Qt.Key


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def screen(
    post: Post, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[OutboxScreen]:
    made = post.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not background.busy)
    yield made
    if post.go_on is not None:
        post.go_on.set()
    background.close()
    assert bugs == []


def window_of(screen: OutboxScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def cells(screen: OutboxScreen, row: int) -> list[str]:
    model = screen.entries
    return [str(model.data(model.index(row, n))) for n in range(model.columnCount())]


def test_three_counts_say_what_is_where(screen: OutboxScreen) -> None:
    assert [count.accessibleName() for count in screen.counts] == [
        "Refused: 2, kept here until a person decides",
        "Recorded here: 5, only on this laptop, oldest 1 h",
        f"On the server: 47, last answer {facts.local_time(-5)}",
    ]
    assert screen.place() == ("Outbox", "5 wait for the server, 2 wait for a person")


def test_every_record_has_its_mark_and_its_next_step(screen: OutboxScreen) -> None:
    refused, waiting, answered = cells(screen, 0), cells(screen, 3), cells(screen, 8)
    assert refused[0] == "Refused"
    assert refused[-1].startswith("The server has no such machine")
    assert waiting[0] == "Recorded here"
    assert waiting[-1] == f"Next try {facts.local_time(14)}"
    assert answered[0] == "On the server"
    assert answered[-1] == f"Answered {facts.local_time(-5)}"
    assert refused[1] == "Read, 5,118 bytes"


def test_panel_of_a_refused_record(screen: OutboxScreen) -> None:
    screen.table.go_to(0)
    assert screen.panel.title.text() == "Refused: Read, 5,118 bytes"
    told = screen.panel.accessibleDescription()
    assert "no such machine" in told
    assert "Nothing is deleted" in told
    assert told.endswith("The office")
    assert screen.panel.property("tone") == "critical"


def test_walking_the_list_changes_the_panel(screen: OutboxScreen) -> None:
    screen.table.setFocus(Qt.FocusReason.TabFocusReason)
    screen.table.go_to(1)
    press(window_of(screen), Key.Key_Down)
    assert screen.panel.title.text().startswith("Recorded here")
    assert screen.panel.property("tone") == "plain"


def test_enter_syncs_in_the_network_lane_and_says_what_came_of_it(
    post: Post, screen: OutboxScreen, qtbot: QtBot
) -> None:
    post.go_on = threading.Event()
    screen.table.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    assert screen.sync_action.text() == "Syncing"
    assert not screen.sync_action.isEnabled()
    assert cells(screen, 3)[-1] == "Is being sent"
    with qtbot.waitSignal(screen.synced) as synced:
        post.go_on.set()
    assert synced.args[0] == post.report
    assert screen.fact() == "5 sent, 12 fetched"
    qtbot.waitUntil(lambda: screen.counts[1].figure.text() == "0")  # reloaded by its topics


def test_retry_forgets_the_waiting_time_and_then_sends(
    post: Post, screen: OutboxScreen, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(screen.synced):
        press(window_of(screen), "r")
    assert post.calls == ["retry", "sync"]


def test_offline_is_said_and_nothing_is_lost(
    post: Post, screen: OutboxScreen, background: Background, qtbot: QtBot
) -> None:
    post.report = Report(0, 0, "offline")
    with qtbot.waitSignal(screen.synced):
        press(window_of(screen), Key.Key_Return)
    post.status = replace(facts.status(), problem="offline")
    screen.reload()
    qtbot.waitUntil(lambda: not background.busy)
    assert "offline" in screen.fact()
    assert screen.entries.rowCount() == 10
    screen.table.go_to(3)
    assert "(offline)" in screen.panel.accessibleDescription()


def test_a_sync_that_cannot_run_says_so(post: Post, screen: OutboxScreen, qtbot: QtBot) -> None:
    post.error = Problem("disk_full", ExitCode.BUG)
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(lambda: "disk_full" in screen.fact())
    assert screen.sync_action.isEnabled()


def test_a_list_tells_a_reason_in_short() -> None:
    assert first_sentence("No such machine. The office has to look.") == "No such machine"
    assert first_sentence("Version 1.2 is too old.") == "Version 1.2 is too old"
    assert first_sentence("") == ""


def test_without_sign_in_nothing_can_be_sent_and_the_reason_is_shown(
    post: Post, screen: OutboxScreen, qtbot: QtBot
) -> None:
    post.status = facts.status(signed_in=False, refused=0, on_server=0)
    post.entries = [facts.entry(1, RecordState.RECORDED_HERE, "Read")]
    screen.reload()
    qtbot.waitUntil(lambda: not screen.sync_action.isEnabled())
    assert screen.sync_action.statusTip().startswith("Sign in first")
    assert cells(screen, 0)[-1] == "Waits for you to sign in"
    post.entries = []
    screen.reload()
    qtbot.waitUntil(lambda: screen.panel.title.text() == "Nobody is signed in")


def test_empty_outbox_says_what_will_be_here(
    post: Post, screen: OutboxScreen, qtbot: QtBot
) -> None:
    post.entries = []
    post.status = facts.status(waiting=0, refused=0, on_server=0, oldest_waiting=None)
    screen.reload()
    qtbot.waitUntil(lambda: screen.empty.isVisible())
    assert "Nothing is recorded on this laptop yet" in screen.empty.text()
    assert screen.panel.title.text() == "Nothing recorded yet"


def test_record_as_sent(screen: OutboxScreen, qtbot: QtBot) -> None:
    screen.table.go_to(0)
    press(window_of(screen), "d")
    qtbot.waitUntil(lambda: screen.panel.as_sent.isVisible())
    assert '"read_id": "0192-read-1"' in screen.panel.as_sent.text()
    press(window_of(screen), "d")
    qtbot.waitUntil(lambda: not screen.panel.as_sent.isVisible())


def test_long_outbox_is_fetched_by_page(post: Post, screen: OutboxScreen, qtbot: QtBot) -> None:
    post.entries = [facts.entry(n, RecordState.ON_THE_SERVER, "Read") for n in range(1_000)]
    post.status = facts.status(waiting=0, refused=0, on_server=1_000, oldest_waiting=None)
    screen.reload()
    qtbot.waitUntil(lambda: screen.entries.rowCount() == 1_000)
    assert screen.entries.row(PAGE_ROWS - 1) is not None
    screen.table.scrollToBottom()
    qtbot.waitUntil(lambda: screen.entries.row(999) is not None)


# --- files to and from a stick, decisions -------------------------------------------------------


def test_export_asks_for_a_place_and_says_what_stays(
    post: Post, screen: OutboxScreen, background: Background, qtbot: QtBot, tmp_path: Path
) -> None:
    press(window_of(screen), "u")
    qtbot.waitUntil(lambda: screen.files.dialog is not None)
    assert isinstance(screen.files.dialog, QFileDialog)
    screen.files.dialog.reject()
    assert not any(call.startswith("export") for call in post.calls)
    with qtbot.waitSignal(screen.files.said) as said:
        screen.files.export(tmp_path)
    assert post.calls[-1] == f"export {tmp_path}"
    assert said.args == [
        "5 unsent records are in unsent.cvdbundle. They stay here until the receipt."
    ]
    assert screen.news.text() == said.args[0]
    qtbot.waitUntil(lambda: not background.busy)


def test_what_an_export_leaves_behind_is_told(
    post: Post, screen: OutboxScreen, background: Background, qtbot: QtBot, tmp_path: Path
) -> None:
    post.files, post.left_out = 3, 2
    with qtbot.waitSignal(screen.files.said) as said:
        screen.files.export(tmp_path)
    assert "2 more files beside it belong to it: take all of them." in said.args[0]
    assert "2 files stay on this laptop only: no room for them, or too large." in said.args[0]
    qtbot.waitUntil(lambda: not background.busy)


def test_a_full_stick_is_told_and_nothing_is_lost(
    post: Post, screen: OutboxScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    post.error = Problem("bundle_no_room", ExitCode.USAGE, path=str(tmp_path))
    with qtbot.waitSignal(screen.files.failed):
        screen.files.export(tmp_path)
    assert screen.panel.title.text() == "Nothing was exported"
    assert screen.panel.property("tone") == "critical"
    assert not any(button.isVisible() for button in screen.panel.buttons)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("back.cvdreceipt", "5 records have their answer, 1 of them were refused."),
        ("theirs.cvdbundle", "12 records of driver12 go with the next sync."),
    ],
)
def test_receipts_and_bundles_are_told_apart(
    screen: OutboxScreen, qtbot: QtBot, name: str, words: str
) -> None:
    press(window_of(screen), "i")
    qtbot.waitUntil(lambda: isinstance(screen.files.dialog, QFileDialog))
    assert isinstance(screen.files.dialog, QFileDialog)
    screen.files.dialog.reject()
    with qtbot.waitSignal(screen.files.said) as said:
        screen.files.take([Path(name)])
    assert said.args == [words]


def test_what_is_carried_for_others_is_said(post: Post, screen: OutboxScreen, qtbot: QtBot) -> None:
    path = Path("carried") / "a.cvdbundle"
    post.carried = [
        CarriedBundle("a", "driver12", facts.NOW, 14, CarriedState.WAITING, path),
        CarriedBundle("b", "driver03", None, None, CarriedState.RECEIPT, path),
    ]
    screen.reload()
    qtbot.waitUntil(screen.carried.isVisible)
    assert "Carried for driver12: 14 records go with the next sync." in screen.carried.text()
    assert "driver03: bring the receipt back" in screen.carried.text()


def test_a_refused_record_is_left_to_the_office_and_counted_again(
    screen: OutboxScreen, qtbot: QtBot
) -> None:
    screen.table.go_to(0)
    leave = screen.panel.buttons[0]
    assert leave.isVisible()
    press(window_of(screen), "o")
    qtbot.waitUntil(lambda: cells(screen, 0)[-1] == "Left to the office")
    assert "you have left it to the office" in screen.panel.accessibleDescription()
    assert screen.leave_action.text() == "Count it again"
    press(window_of(screen), "o")
    qtbot.waitUntil(lambda: cells(screen, 0)[-1] != "Left to the office")
    screen.table.go_to(3)
    assert not leave.isVisible(), "what waits is nobody's to leave"


def test_only_a_refused_correction_of_a_visit_can_be_corrected(
    post: Post, screen: OutboxScreen, qtbot: QtBot
) -> None:
    assert screen.primary() is screen.sync_action
    post.entries[0] = replace(post.entries[0], type="visit.amended", machine_id="m1")
    screen.reload()
    qtbot.waitUntil(lambda: screen.primary() is screen.correct_action)
    with qtbot.waitSignal(screen.correction_wanted) as wanted:
        press(window_of(screen), Key.Key_Return)
    assert wanted.args[0].machine_id == "m1"


def test_what_is_in_a_file_says_so(post: Post, screen: OutboxScreen, qtbot: QtBot) -> None:
    post.entries = [replace(each, exported_at=facts.NOW) for each in post.entries]
    screen.reload()
    qtbot.waitUntil(lambda: cells(screen, 3)[-1].startswith("Carried by USB"))
    screen.table.go_to(3)
    assert "receipt is not back yet" in screen.panel.accessibleDescription()


def test_nothing_waits_nothing_to_export(post: Post, screen: OutboxScreen, qtbot: QtBot) -> None:
    assert screen.export_action.isEnabled()
    post.status = replace(post.status, waiting=0, oldest_waiting=None)
    screen.reload()
    qtbot.waitUntil(lambda: not screen.export_action.isEnabled())
    assert "Nothing waits" in screen.export_action.statusTip()


def test_a_photo_that_is_still_on_its_way_says_so(
    post: Post, screen: OutboxScreen, qtbot: QtBot
) -> None:
    post.entries = [replace(each, files_waiting=1) for each in post.entries]
    screen.reload()
    qtbot.waitUntil(lambda: cells(screen, 8)[-1] == "Its file waits for a better line")
    screen.table.go_to(8)
    assert "not yet the photo" in screen.panel.accessibleDescription()

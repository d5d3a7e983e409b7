"""Importing files: by choice and by drop, its progress, its end in every way, what it opens."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.import_records import DuplicateReport, FileLeft
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.import_view import by_machine, imported, readable
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screens.import_screen import ImportScreen
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.import_bench import NOTHING, STEP, Importer, reads, report
from tests.support.sample_screen import sample_screens
from tests.support.sample_window import press

Key = Qt.Key
FILES = (Path("/usb/monday.dex"), Path("/usb/archive"))


@pytest.fixture
def importer() -> Importer:
    return Importer()


@pytest.fixture
def dropped() -> list[Sequence[Path]]:
    return []


@pytest.fixture
def screen(
    importer: Importer,
    dropped: list[Sequence[Path]],
    look: Look,
    background: Background,
    bugs: list[BaseException],
    qtbot: QtBot,
) -> Iterator[ImportScreen]:
    made = importer.screen(look, background)
    calls = FrameCalls(drop=dropped.append)
    window = MainWindow(look, sample_screens(look), others=[made], calls=calls)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    window.open_screen("import")
    yield made
    background.close()
    assert bugs == []


def window_of(screen: ImportScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def end(screen: ImportScreen, importer: Importer, qtbot: QtBot) -> None:
    """An import from the beginning to its end."""
    assert screen.import_paths(FILES)
    importer.go_on.set()
    qtbot.waitUntil(lambda: not screen.importing)


def views(screen: ImportScreen) -> list[str]:
    return [segment.view.word for segment in screen.done.strip.segments()]


def test_before_it_says_what_can_be_imported_and_what_is_safe(screen: ImportScreen) -> None:
    said = " ".join(label.text() for label in screen.ready.findChildren(QLabel))
    assert "drop files, folders and zips anywhere on this window" in said
    assert "Your files stay where and as they are." in said
    primary = screen.primary()
    assert primary is not None
    assert primary.text() == "Choose files"


def test_enter_asks_for_files_and_imports_them(
    screen: ImportScreen, importer: Importer, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "monday.dex"
    file.write_bytes(b"DXS*")
    press(window_of(screen), Key.Key_Return)
    dialog = window_of(screen).findChild(QFileDialog)
    assert dialog is not None
    dialog.setDirectory(str(tmp_path))
    line = dialog.findChild(QLineEdit, "fileNameEdit")
    assert line is not None
    line.setText(str(file))
    dialog.accept()
    qtbot.waitUntil(importer.importing.is_set)
    assert importer.asked == [(file,)]
    importer.go_on.set()


def test_a_person_who_changes_their_mind_imports_nothing(
    screen: ImportScreen, importer: Importer
) -> None:
    press(window_of(screen), Key.Key_Return)
    dialog = window_of(screen).findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()
    assert importer.asked == []
    assert not screen.importing


def test_progress_in_files_bytes_reads_and_time_left(
    screen: ImportScreen, importer: Importer, qtbot: QtBot
) -> None:
    screen.import_paths(FILES)
    page = screen.running
    qtbot.waitUntil(lambda: page.title.text() == "Reading the files")
    assert page.sentence.text() == "About 17 seconds left."
    assert page.files.accessibleName() == "Files looked through 1,204 of 3,310"
    assert page.bytes.accessibleName() == "Read of them 41.2 MB"
    assert page.reads.accessibleName() == "New reads 0 of 871"
    assert page.rest.text() == "312 here already, 20 without a report, 1 left out"
    assert page.file.text() == STEP.file
    assert page.bar.share == STEP.part
    importer.go_on.set()


def test_escape_stops_and_what_was_taken_over_is_kept(
    screen: ImportScreen, importer: Importer, qtbot: QtBot
) -> None:
    screen.import_paths(FILES)
    qtbot.waitUntil(importer.importing.is_set)
    press(window_of(screen), Key.Key_Escape)
    assert screen.running.sentence.text() == "Stopping. What was taken over is kept."
    qtbot.waitUntil(lambda: not screen.importing)
    assert screen.done.title.text() == "The import was stopped, 4 reads are kept"
    assert views(screen)[1] == "Reads 4"


def test_closing_the_program_stops_the_import(
    screen: ImportScreen, importer: Importer, background: Background, qtbot: QtBot
) -> None:
    screen.import_paths(FILES)
    qtbot.waitUntil(importer.importing.is_set)
    background.close()  # waits for the lane
    assert not screen.importing


def test_one_import_at_a_time(screen: ImportScreen, importer: Importer, qtbot: QtBot) -> None:
    assert screen.import_paths(FILES)
    assert not screen.import_paths(FILES)
    importer.go_on.set()
    qtbot.waitUntil(lambda: not screen.importing)
    assert len(importer.asked) == 1
    assert screen.import_paths(FILES)


def test_what_was_imported_by_machine_and_enter_opens_it(
    screen: ImportScreen, importer: Importer, qtbot: QtBot
) -> None:
    end(screen, importer, qtbot)
    done = screen.done
    assert done.title.text() == "11 reads of 3 machines imported"
    assert views(screen) == [
        "Machines 3",
        "Reads 11",
        "Here already 2",
        "No report 2",
        "Left out 1",
    ]
    machines = [done.machines.row(n) for n in range(4)]
    assert [machine.asset for machine in machines if machine] == ["10400", "10401", "77001", ""]
    assert done.unknown.text() == "1 machine is not in your list. 1 read tells no asset number."
    with qtbot.waitSignal(screen.machine_opened) as opened:
        press(window_of(screen), Key.Key_Return)
    assert opened.args == ["10400"]


def test_a_machine_that_is_in_no_list_opens_its_newest_read(
    screen: ImportScreen, importer: Importer, qtbot: QtBot
) -> None:
    end(screen, importer, qtbot)
    screen.done.machine_table.go_to(2)
    primary = screen.primary()
    assert primary is not None
    assert primary.text() == "Open its newest read"
    with qtbot.waitSignal(screen.read_opened) as opened:
        press(window_of(screen), Key.Key_Return)
    assert opened.args == ["new-9"]


def test_a_duplicate_says_which_read_it_is_and_opens_it(
    screen: ImportScreen, importer: Importer, qtbot: QtBot
) -> None:
    end(screen, importer, qtbot)
    press(window_of(screen), "h")
    done = screen.done
    qtbot.waitUntil(done.duplicate_table.isVisible)
    first, second = done.duplicates.row(0), done.duplicates.row(1)
    assert first is not None
    assert second is not None
    assert (first.file, first.new) == ("old.zip/monday.dex", False)
    assert first.read is not None
    assert (second.report.number, second.new) == (2, True)
    with qtbot.waitSignal(screen.read_opened) as opened:
        press(window_of(screen), Key.Key_Return)
    assert opened.args == ["here-1"]


@pytest.mark.parametrize(
    ("key", "file", "why"),
    [("n", "readme.pdf", "no EVA-DTS report"), ("l", "locked.zip", "locked by a password")],
)
def test_files_that_gave_nothing_are_named_with_the_reason(
    screen: ImportScreen, importer: Importer, qtbot: QtBot, key: str, file: str, why: str
) -> None:
    end(screen, importer, qtbot)
    press(window_of(screen), key)
    qtbot.waitUntil(screen.done.left_table.isVisible)
    left = screen.done.left.row(0)
    assert left is not None
    assert left.file == file
    assert why in left.words
    primary = screen.primary()
    assert primary is not None
    assert primary.text() == "Choose files"  # there is nothing to open here


@pytest.mark.parametrize(
    ("outcome", "title", "do"),
    [
        (NOTHING, "There was no file in it", "choose other files"),
        (
            report(reads=(), without_report=(), skipped=()),
            "All of it is here already",
            "Nothing is to be done",
        ),
        (report(reads=(), duplicates=()), "No new read was found", "See below why"),
        (
            report(reads=("new-0",)),
            "1 read of 1 machine imported",
            "next sync",
        ),
        (
            report(reads=(), problem=Problem("disk_full", ExitCode.BUG)),
            "The import did not work, no read was taken over",
            "Import the same files again",
        ),
    ],
)
def test_every_end_says_what_to_do_next(
    screen: ImportScreen, importer: Importer, qtbot: QtBot, outcome: object, title: str, do: str
) -> None:
    importer.outcome = outcome  # type: ignore[assignment]
    end(screen, importer, qtbot)
    assert screen.done.title.text() == title
    assert do in screen.done.next_words.text()
    assert "nothing was moved, changed or deleted" in screen.done.safe_words.text()
    assert screen.done.trouble.isVisible() == (getattr(outcome, "problem", None) is not None)


def test_a_service_that_fails_is_told(
    screen: ImportScreen, importer: Importer, qtbot: QtBot
) -> None:
    importer.error = Problem("no_key", ExitCode.USAGE)
    end(screen, importer, qtbot)
    assert screen.done.title.text() == "The import did not work"
    assert "(no_key)" in screen.done.trouble_words.text()


def test_a_person_on_another_screen_is_told_when_it_ends(
    screen: ImportScreen, importer: Importer, qtbot: QtBot
) -> None:
    screen.import_paths(FILES)
    window_of(screen).open_screen("read")
    with qtbot.waitSignal(screen.ended) as ended:
        importer.go_on.set()
    assert ended.args == ["The import has ended: 11 new reads."]


def test_the_reads_are_announced(
    screen: ImportScreen, importer: Importer, background: Background, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(background.changed) as changed:
        end(screen, importer, qtbot)
    assert {"reads", "outbox"} <= changed.args[0]


def test_more_files_by_key(screen: ImportScreen, importer: Importer, qtbot: QtBot) -> None:
    end(screen, importer, qtbot)
    press(window_of(screen), Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert screen.ready.isVisible()


def test_escape_goes_back_to_where_the_person_was(screen: ImportScreen) -> None:
    window = window_of(screen)
    press(window, Key.Key_Escape)
    current = window.current_screen()
    assert current is not None
    assert current.name == "read"


# dragging


def dragged(*names: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(name) for name in names])
    return data


def enter(window: MainWindow, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(
        QPoint(300, 300),
        Qt.DropAction.MoveAction | Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, event)
    return event


def drop(window: MainWindow, data: QMimeData) -> QDropEvent:
    event = QDropEvent(
        QPoint(300, 300),
        Qt.DropAction.MoveAction | Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, event)
    return event


def test_a_drag_shows_where_the_files_go_and_a_drop_takes_a_copy(
    screen: ImportScreen, dropped: list[Sequence[Path]]
) -> None:
    window = window_of(screen)
    data = dragged("file:///usb/monday.dex", "file:///usb/archive")
    event = enter(window, data)
    assert event.isAccepted()
    assert event.dropAction() is Qt.DropAction.CopyAction
    cover = window.drop_cover
    assert cover.isVisible()
    assert cover.title() == "Drop to import 2 files or folders"
    assert "stay where and as they are" in cover.detail()
    assert cover.size() == window.rect().size()
    drop(window, data)
    assert dropped == [list(FILES)]
    assert not cover.isVisible()


def test_a_drag_that_leaves_takes_the_cover_away(
    screen: ImportScreen, dropped: list[Sequence[Path]]
) -> None:
    window = window_of(screen)
    enter(window, dragged("file:///usb/monday.dex"))
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.drop_cover.isVisible()
    assert dropped == []


@pytest.mark.parametrize("data", [dragged("https://example.org/a.dex"), QMimeData()])
def test_anything_else_is_not_taken(
    screen: ImportScreen, dropped: list[Sequence[Path]], data: QMimeData
) -> None:
    window = window_of(screen)
    assert not enter(window, data).isAccepted()
    assert not window.drop_cover.isVisible()
    drop(window, data)
    assert dropped == []


# what is worked out


def test_reads_by_machine_known_ones_first() -> None:
    groups = by_machine(list(reversed(reads())))
    assert [(group.asset, group.known, len(group.reads)) for group in groups] == [
        ("10400", True, 5),
        ("10401", True, 4),
        ("77001", False, 1),
        ("", False, 1),
    ]
    assert groups[0].first < groups[0].last


def test_names_of_files_that_are_no_text_are_shown() -> None:
    shown = imported(
        report(
            reads=(),
            duplicates=(DuplicateReport("a\udcff.dex", 1, "gone"),),
            without_report=(FileLeft("b\udc80", "empty"),),
            skipped=(),
        ),
        [facts.summary()],
        lambda left: left.reason,
    )
    assert shown.duplicates[0].file == "a\N{REPLACEMENT CHARACTER}.dex"
    assert shown.duplicates[0].read is None
    assert shown.without_report[0].file == "b\N{REPLACEMENT CHARACTER}"
    assert readable("Zürich.dex") == "Zürich.dex"


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (1920, 1080)], ids=str)
def test_nothing_is_cut_at_any_size(
    screen: ImportScreen,
    importer: Importer,
    look: Look,
    qtbot: QtBot,
    size: tuple[int, int],
    scale: float,
) -> None:
    look.show("sunlight", scale)
    window_of(screen).resize(*size)
    end(screen, importer, qtbot)
    for _ in range(3):
        QApplication.processEvents()
    for label in screen.done.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            assert label.width() >= label.sizeHint().width() - 1, f"{label.text()} is cut"
    for segment in screen.done.strip.segments():
        assert segment.width() >= segment.width_needed(caps=False)
        assert segment.height() >= 48

"""Exporting reads of a machine by keys: which, as what, where; how it went; the report as a PDF."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.dialogs.export_dialog import ExportDialog
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.machines_screen import MachinesScreen
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.screens.read_services import ReadServices
from cvd_desktop.ui.theme import TEXT_SCALES, THEME_KEYS, Look
from tests.support import read_facts as facts
from tests.support.machine_facts import history
from tests.support.machine_fleet import Fleet
from tests.support.sample_window import press
from tests.support.screens_at_work import Bench, messages

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def fleet() -> Fleet:
    return Fleet([facts.machine_line(0)])


@pytest.fixture
def screen(
    fleet: Fleet, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[MachinesScreen]:
    made = fleet.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not background.busy)
    made.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    yield made
    background.close()
    assert bugs == []


def window_of(screen: MachinesScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def asked(screen: MachinesScreen) -> ExportDialog:
    press(window_of(screen), Key.Key_E, Control)
    dialogs = [one for one in screen.findChildren(ExportDialog) if one.isVisible()]
    assert len(dialogs) == 1
    return dialogs[0]


def save_as(screen: MachinesScreen, path: Path) -> None:
    """What a person types into the dialog that asks for the place."""
    dialog = screen.findChild(QFileDialog)
    assert dialog is not None
    line = dialog.findChild(QLineEdit, "fileNameEdit")
    assert line is not None
    line.setText(str(path))
    dialog.accept()


def test_the_current_read_as_a_spreadsheet_takes_two_keys(
    screen: MachinesScreen, background: Background, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = asked(screen)
    assert [choice.word for choice in dialog.reads] == ["This read", "All of this machine"]
    QTest.keyClick(dialog, Key.Key_Return)
    path = tmp_path / "monday.xlsx"
    save_as(screen, path)
    qtbot.waitUntil(lambda: screen.fact().startswith("Saved: monday.xlsx"))
    assert path.read_text() == "xlsx of read-19"


@pytest.mark.parametrize("wanted", ["raw", "json", "csv", "xlsx"])
def test_all_reads_in_every_format_oldest_first(
    screen: MachinesScreen, qtbot: QtBot, tmp_path: Path, wanted: str
) -> None:
    dialog = asked(screen)
    dialog.reads[1].click()
    dialog.formats[wanted].click()
    dialog.button.click()
    path = tmp_path / "all.txt"
    save_as(screen, path)
    qtbot.waitUntil(lambda: screen.fact().startswith("Saved: all.txt"))
    said = path.read_text()
    assert said.startswith(f"{wanted} of read-4, read-5, ")
    assert said.endswith(", read-19")


def test_escape_exports_nothing(screen: MachinesScreen, background: Background) -> None:
    QTest.keyClick(asked(screen), Key.Key_Escape)
    assert not background.busy
    assert screen.fact() == ""


def test_an_export_tells_how_far_it_is_and_can_be_stopped(
    fleet: Fleet, screen: MachinesScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    fleet.go_on = threading.Event()
    dialog = asked(screen)
    dialog.reads[1].click()
    dialog.button.click()
    path = tmp_path / "all.xlsx"
    save_as(screen, path)
    qtbot.waitUntil(lambda: screen.fact() == "Exporting, 0 of 16 reads")
    assert screen.export_action.text() == "Stop the export"
    press(window_of(screen), Key.Key_E, Control)
    qtbot.waitUntil(lambda: "(export_cancelled)" in screen.fact())
    assert screen.export_action.text() == "Export"
    assert not path.exists()


def test_the_format_is_remembered_while_the_program_runs(
    screen: MachinesScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = asked(screen)
    dialog.formats["csv"].click()
    dialog.button.click()
    save_as(screen, tmp_path / "a.csv")
    qtbot.waitUntil(lambda: screen.fact().startswith("Saved"))
    assert asked(screen).formats["csv"].isChecked()


def test_without_a_file_here_it_says_why_not(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    never = Fleet([facts.machine_line(0)], past=history(0)).screen(look, background)
    qtbot.addWidget(never)
    qtbot.waitUntil(lambda: not background.busy)
    never.reload()
    qtbot.waitUntil(lambda: not background.busy)
    never.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    assert not never.export_action.isEnabled()
    assert never.export_action.statusTip() == "No read is on this laptop"


def test_the_conformance_report_as_a_pdf(
    screen: MachinesScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    press(window_of(screen), "f")
    qtbot.waitUntil(lambda: screen.page.current_view() == "findings")
    press(window_of(screen), Key.Key_S, Control)
    path = tmp_path / "report.pdf"
    save_as(screen, path)
    qtbot.waitUntil(lambda: screen.fact() == "Saved: report.pdf")
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("key", THEME_KEYS)
@pytest.mark.parametrize("scale", TEXT_SCALES)
def test_the_dialog_stays_in_the_window_and_its_choices_are_big_enough(
    screen: MachinesScreen, look: Look, key: str, scale: float
) -> None:
    look.show(key, scale)
    window = window_of(screen)
    window.resize(1024, 768)
    dialog = asked(screen)
    assert dialog.height() <= window.height()
    assert dialog.width() <= window.width()
    for choice in (*dialog.reads, *dialog.formats.values()):
        assert choice.height() >= 48
    assert dialog.button.isVisible()
    dialog.reject()


def test_the_read_screen_exports_the_read_that_is_shown_and_those_of_its_list(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    bench = Bench(reads=[facts.summary(id=f"read-{n}") for n in range(3)])
    asked: list[tuple[list[str], str]] = []
    services = ReadServices(
        bench.read_machine,
        bench.read_detail,
        bench.list_reads,
        bench.list_ports,
        export=lambda reads, first: asked.append(([read.id for read in reads], first.id)),
    )
    screen = ReadScreen(look, background, messages(), services, lambda: facts.NOW)
    window = MainWindow(look, [screen])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: screen.ready.reads.rowCount() == 3)
    screen.ready.table.go_to(1)
    press(window, Key.Key_E, Control)
    screen.open_read("read-1")
    qtbot.waitUntil(lambda: screen.place()[0] == "10427")
    press(window, Key.Key_E, Control)
    shown = facts.detail().summary.id
    assert asked == [(["read-0", "read-1", "read-2"], "read-1"), ([shown], shown)]
    background.close()

"""The conformance report of a read: a PDF where the person wants it, or a sentence why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.print_page import PagePrinter
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.sample_window import press
from tests.support.screens_at_work import Bench, messages

PAGE = "<html><body><h1>EVA-DTS conformance report</h1><p>1 error</p></body></html>"


def told(printer: PagePrinter) -> list[str]:
    said: list[str] = []
    printer.told.connect(said.append)
    return said


@pytest.fixture
def printer(look: Look, background: Background, qtbot: QtBot) -> PagePrinter:
    window = MainWindow(look, [Bench().screen(look, background)])
    qtbot.addWidget(window)
    return PagePrinter(background, messages(), window)


def test_a_page_is_written_as_pdf(printer: PagePrinter, tmp_path: Path, qtbot: QtBot) -> None:
    said = told(printer)
    path = tmp_path / "report.pdf"
    printer.save_to(lambda: PAGE, "Report", path)
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said == ["The page is being made", "Saved: report.pdf"]
    assert path.read_bytes().startswith(b"%PDF-")


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(
    printer: PagePrinter, tmp_path: Path, qtbot: QtBot, bugs: list[BaseException]
) -> None:
    said = told(printer)
    printer.save_to(lambda: PAGE, "Report", tmp_path / "no such folder" / "report.pdf")
    qtbot.waitUntil(lambda: len(said) == 2)
    assert "file_not_written" in said[1]
    assert bugs == []


@pytest.fixture
def screen(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[ReadScreen]:
    """The Read screen with a read on it; reports can be made."""
    made = Bench(conformance=lambda read_id: f"<p>{read_id}</p>").screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: made.ready.ports_known() and not background.busy)
    made.show_read(facts.detail(), fresh=False)
    yield made
    background.close()
    assert bugs == []


def test_the_report_is_offered_with_the_file_and_asks_where_to(
    screen: ReadScreen, tmp_path: Path, qtbot: QtBot
) -> None:
    assert screen.done.file.save_action not in screen.secondary()  # on the overview
    press(screen.window(), "f")
    qtbot.waitUntil(lambda: screen.done.current == "file")
    screen.done.file.save_action.trigger()
    dialog = screen.findChild(QFileDialog)
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == "conformance-10427-2026-11-19.pdf"
    path = tmp_path / "here.pdf"
    dialog.selectFile(str(path))
    dialog.accept()
    qtbot.waitUntil(lambda: screen.fact() == "Saved: here.pdf")
    assert path.read_bytes().startswith(b"%PDF-")
    press(screen.window(), "o")
    qtbot.waitUntil(lambda: screen.fact() == "")  # said once, not for ever


def test_without_a_maker_of_reports_none_is_offered(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    screen = Bench().screen(look, background)
    qtbot.addWidget(screen)
    screen.show_read(facts.detail(), fresh=False)
    screen.done.show_part("file")
    assert screen.done.file.save_action not in screen.secondary()
    assert screen.done.file.print_action not in screen.secondary()

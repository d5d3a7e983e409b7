"""Reads of machines that really sold, through all services: every page shows them and adds up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.services.import_reads import import_files
from cvd_desktop.services.reads import list_reads, read_detail
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.read_cash_page import CashPage
from cvd_desktop.ui.screens.read_sales_page import SalesPage
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.theme import THEME_KEYS, Look
from cvd_shared.vending_profiles import MODELS
from tests.support.corpus import FOLDER, corpus_files
from tests.support.local_workplace import workplace
from tests.support.rich_reads import Scene, nothing, restarted, rich_detail
from tests.support.screens_at_work import Bench

SHORT = 3  # reads of a scene: what is shown needs no long history


@pytest.fixture
def screen(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[ReadScreen]:
    """The Read screen in its window; a bug in a lane or a page fails the test."""
    made = Bench().screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: made.ready.ports_known() and not background.busy)
    yield made
    background.close()
    assert bugs == []


def walk(screen: ReadScreen) -> list[str]:
    """Open every view and paint it."""
    names = [segment.view.name for segment in screen.done.strip.segments()]
    for name in names:
        screen.done.show_part(name)
        QApplication.processEvents()
        assert not screen.window().grab().isNull()
    return names


@pytest.mark.parametrize("profile", list(MODELS))
def test_every_make_is_shown_on_every_page(screen: ReadScreen, profile: str) -> None:
    detail = rich_detail(Scene(profile=profile, reads=SHORT, collect=1))
    screen.show_read(detail, fresh=False)
    assert walk(screen)[-1] == "file"
    sales = screen.done.part("sales")
    assert isinstance(sales, SalesPage)
    assert detail.interval is not None
    assert sales.units.text() == str(detail.interval.units)
    for line in (line for line in detail.selections if line.line is not None):
        text = dict(detail.segments)[line.line or 0]
        assert text.startswith("PA1*")


SIZES = ((1280, 800), (1024, 768), (1920, 1080))


@pytest.mark.parametrize(
    ("key", "scale", "size"),
    [
        *(("light", scale, size) for scale in (1.0, 2.0) for size in SIZES),
        *((key, 1.5, SIZES[0]) for key in THEME_KEYS if key != "light"),
    ],
    ids=str,
)
def test_no_page_is_wider_than_its_window(
    screen: ReadScreen, look: Look, key: str, scale: float, size: tuple[int, int]
) -> None:
    screen.window().resize(*size)
    look.show(key, scale)
    screen.show_read(rich_detail(Scene(reads=SHORT, collect=1)), fresh=False)
    for name in walk(screen):
        page = screen.done.part(name)
        inside = page.widget()
        assert inside is not None
        assert inside.width() <= page.viewport().width(), name
        assert screen.done.strip.width() >= max(
            segment.geometry().right() for segment in screen.done.strip.segments()
        )


def test_the_account_of_a_quiet_machine_is_explained(screen: ReadScreen) -> None:
    screen.show_read(rich_detail(Scene(story=nothing, reads=SHORT, collect=1)), fresh=False)
    walk(screen)
    page = screen.done.part("cash")
    assert isinstance(page, CashPage)
    assert page.went.facts()[-1].name == "Nothing is left to explain"
    assert page.expected.text().startswith("€ ")


def test_a_restarted_machine_shows_no_sales(screen: ReadScreen) -> None:
    screen.show_read(rich_detail(Scene(story=restarted, reads=SHORT, collect=1)), fresh=False)
    walk(screen)
    sales = screen.done.part("sales")
    assert isinstance(sales, SalesPage)
    assert sales.sums.accessibleName().startswith("The meters began anew")
    assert screen.done.overview.cash.figure.text() == "Not provable"


def test_a_read_that_broke_off_is_shown_as_far_as_it_came(screen: ReadScreen) -> None:
    screen.show_read(rich_detail(Scene(whole=False, reads=SHORT, collect=1)), fresh=True)
    walk(screen)
    assert screen.done.overview.title.text().startswith("Read is not whole")


def test_every_file_of_a_real_machine_is_shown_on_every_page(
    screen: ReadScreen, tmp_path: Path
) -> None:
    corpus_files()  # skips where the files are not
    with workplace(tmp_path) as wp:
        import_files(wp, [FOLDER])
        reads = list_reads(wp)
        assert len(reads) >= 18
        for read in reads:
            detail = read_detail(wp, read.id)
            screen.show_read(detail, fresh=False)
            for segment in screen.done.strip.segments():
                screen.done.show_part(segment.view.name)
                QApplication.processEvents()
            assert screen.done.overview.title.text()
            for finding in screen.done.file.findings.facts():
                assert finding.proof is not None
                screen.done.file.show_proof(finding.proof)
                inside = set(finding.proof.lines) & {line for line, _ in detail.segments}
                assert set(screen.done.file.segments.marked()) == inside

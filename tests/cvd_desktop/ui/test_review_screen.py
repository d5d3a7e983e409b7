"""The Review screen over the real services of a manager's laptop: keys, pages, what it says."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.review import over_short_by_day, review_day, review_visit
from cvd_desktop.services.review_export import export_day
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.access import save_session
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.review_lists_card import STOPS
from cvd_desktop.ui.screens.review_screen import ReviewScreen
from cvd_desktop.ui.screens.review_services import ReviewServices
from cvd_desktop.ui.theme import Look
from cvd_shared.permissions import Role
from cvd_shared.sample_operator import sample_operator
from cvd_shared.wire_records import LocationRecord, RouteRecord, RunRecord
from tests.support.review_desk import DAY, TODAY, now, open_desk, review_folder, session
from tests.support.review_pictures import many
from tests.support.sample_window import press
from tests.support.screens_at_work import messages

Settle = Callable[[], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return review_folder(tmp_path_factory.mktemp("manager"))


@pytest.fixture(scope="module")
def wp(folder: Path) -> Iterator[Workplace]:
    opened = open_desk(folder)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def manager(wp: Workplace) -> None:
    with wp.database.write() as connection:
        save_session(connection, session(sample_operator(TODAY), "manager"))


@pytest.fixture
def settle(background: Background, qtbot: QtBot) -> Settle:
    def wait() -> None:
        qtbot.waitUntil(lambda: not background.busy)
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not background.busy)

    return wait


def no_photo(sha256: str) -> bytes:
    raise Problem("attachment_not_there", ExitCode.REFUSED, sha256=sha256)


@pytest.fixture
def screen(
    wp: Workplace,
    look: Look,
    background: Background,
    bugs: list[BaseException],
    qtbot: QtBot,
    settle: Settle,
) -> Iterator[ReviewScreen]:
    services = ReviewServices(
        current_session=lambda: current_session(wp),
        review_day=lambda day: review_day(wp, day),
        review_visit=lambda visit: review_visit(wp, visit),
        over_short_by_day=lambda last, days: over_short_by_day(wp, last, days),
        export_day=lambda day, path: export_day(wp, day, path),
        fetch_attachment=no_photo,
    )
    made = ReviewScreen(look, background, messages(), services, now)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    settle()
    made.show_day(DAY)
    settle()
    yield made
    background.close()
    assert bugs == []


def window_of(screen: ReviewScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def choose(screen: ReviewScreen, kind: str) -> None:
    lists = screen.day_page.lists
    for row in range(lists.exceptions.rowCount()):
        found = lists.exceptions.row(row)
        if found is not None and found[1].kind == kind:
            lists.exception_table.go_to(row)
            return
    raise AssertionError(f"no {kind}")


def cells(screen: ReviewScreen, row: int) -> list[str]:
    model = screen.day_page.runs.lines
    return [model.cell(model.index(row, n)).text for n in range(model.columnCount())]


def test_a_day_shows_its_runs_and_what_wants_a_look(screen: ReviewScreen) -> None:
    assert screen.place() == ("Review", "Wednesday 18 Nov, 4 runs")
    assert screen.fact() == "There is no visit behind this line" or "06:41" in screen.fact()
    assert cells(screen, 1) == [
        "Route 11", "", "2 of 2", "", "1 of 2", "123.25", "221.75", "−2.00", "Not provable",
    ]  # fmt: skip
    assert screen.day_page.lists.title.text() == "5 exceptions"
    words = [each.view.word for each in screen.day_page.lists.strip.segments()]
    assert words == ["All 5", "Cash 2", "Machine 0", "Driver 3", "Stops 3"]
    sums = screen.day_page.runs.sums[0].accessibleName()
    assert sums.startswith("4 runs, $, 10 of 12, 9 of 10, 999.70, 1,024.70, −11.50")


def test_the_card_tells_the_visit_of_the_exception(screen: ReviewScreen, settle: Settle) -> None:
    choose(screen, "no_read")
    settle()
    card = screen.day_page.choice
    assert card.title.text() == "10009, Mill Street Gym"
    assert card.why.text() == "No read: The machine did not answer; the cash cannot be proved"
    assert card.box.accessibleName() == "Not provable"
    assert card.note.text() == "“No answer with two cables. Display shows E4.”"
    assert card.proof_head.text() == "What is missing for a proof"
    assert [row.isHidden() for row in card.rows] == [False] * 4
    assert screen.day_page.runs.current() is not None
    assert screen.day_page.runs.current().route_number == "11"  # type: ignore[union-attr]


def test_everything_goes_by_keys(screen: ReviewScreen, settle: Settle, qtbot: QtBot) -> None:
    window = window_of(screen)
    press(window, "r")
    qtbot.waitUntil(lambda: screen.day_page.lists.strip.current() == "driver")
    press(window, "s")
    qtbot.waitUntil(lambda: screen.day_page.lists.strip.current() == STOPS)
    settle()
    press(window, "v")
    qtbot.waitUntil(lambda: screen.visit_page.isVisible())
    settle()
    press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: screen.day_page.isVisible())
    press(window, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: screen.place()[1].startswith("Tuesday 17 Nov"))
    settle()
    press(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: screen.place()[1].startswith("Wednesday 18 Nov"))
    settle()
    press(window, "d")
    qtbot.waitUntil(lambda: screen.days_page.isVisible())
    press(window, Qt.Key.Key_Down)
    press(window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.place()[1].startswith("Tuesday 17 Nov"))
    settle()
    assert screen.day_page.isVisible()
    press(window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.visit_page.isVisible())
    settle()


def test_a_visit_is_told_line_by_line(screen: ReviewScreen, settle: Settle) -> None:
    choose(screen, "bag_used_before")
    screen.open_visit()
    settle()
    page = screen.visit_page
    assert page.isVisible()
    assert screen.place() == ("10027, Foundry Lane Workshop", "Wednesday 18 Nov")
    assert "The number of this bag was used before" in page.flags.text()
    assert page.box.accessibleName() == "Short, proven −9.50"
    assert "Counted once more" in page.change_words.text()
    assert "94.00 before, now $ 84.50" in page.change_words.text()
    model = page.lines
    assert [model.cell(model.index(row, 0)).text for row in range(3)] == ["A1", "A2", "A3"]
    before = model.cell(model.index(0, 2))
    assert before.source is not None
    assert before.spoken.endswith("Calculated")
    opened: list[str] = []
    screen.read_opened.connect(opened.append)
    page.verdict.buttons[0].click()
    assert page.review is not None
    assert opened == [page.review.visit.read_id]


def test_a_photo_that_cannot_be_fetched_says_why(screen: ReviewScreen, settle: Settle) -> None:
    choose(screen, "fill_above_need")
    screen.open_visit()
    settle()
    photos = screen.visit_page.photos
    assert photos.heading.text() == "1 photo"
    assert photos.trouble.text()
    assert screen.photo_action in screen.secondary()


def test_without_a_network_it_says_how_old_it_is(
    screen: ReviewScreen, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(screen, "no_read")
    settle()
    assert screen.fact() == "Live, 06:41"
    monkeypatch.setattr(screen, "_clock", lambda: now() + timedelta(minutes=10))
    assert screen.fact() == "As of the last sync, 06:41"
    monkeypatch.setattr(screen, "_clock", lambda: now() + timedelta(days=3))
    assert screen.fact() == "As of the last sync, Thu 19 Nov 06:41"


def test_an_empty_day_says_what_to_do(screen: ReviewScreen, settle: Settle) -> None:
    screen.show_day(date(2026, 3, 1))
    settle()
    assert screen.told_page.isVisible()
    assert screen.told_page.title.text() == "No runs on this day"
    assert screen.primary() is screen.other_action
    assert screen.after_action.isEnabled()
    assert not screen.before_action.isEnabled()


@pytest.mark.parametrize("role", [*Role, None])
def test_who_sees_it(
    screen: ReviewScreen, wp: Workplace, settle: Settle, role: Role | None
) -> None:
    with wp.database.write() as connection:
        if role is None:
            meta.delete_many(connection, meta.SESSION)
        else:
            save_session(connection, session(sample_operator(TODAY), role))
    screen.reload()
    settle()
    if role in (Role.ADMIN, Role.MANAGER, Role.VIEWER):
        assert screen.day_page.isVisible()
        return
    assert screen.told_page.isVisible()
    title = "Nobody is signed in" if role is None else "Review is for managers"
    assert screen.told_page.title.text() == title
    assert screen.primary() is (screen.sign_in_action if role is None else None)


def test_a_day_is_exported(screen: ReviewScreen, settle: Settle, tmp_path: Path) -> None:
    screen.export(tmp_path / "day.csv")
    settle()
    assert screen.fact() == "Written: day.csv, day-exceptions.csv"
    assert len((tmp_path / "day.csv").read_text().splitlines()) == 5
    screen.export(tmp_path / "nowhere" / "day.csv")
    settle()
    assert "day.csv" not in {path.name for path in tmp_path.glob("nowhere/*")}
    assert screen.fact()


def test_fifty_runs_and_a_thousand_exceptions(
    screen: ReviewScreen, wp: Workplace, settle: Settle
) -> None:
    """Rows of a model: no widget for a row, and long names are cut in the list alone."""
    long = "The very long name of a place " * 8
    runs = [RunRecord(id=f"many-{n}", route_id=f"route-{n}", day="2026-11-18") for n in range(50)]
    routes = [RouteRecord(id=f"route-{n}", name=long, number=f"{n + 100}") for n in range(50)]
    place = LocationRecord(id="long", name=long)
    before = len(screen.findChildren(type(screen)))
    with wp.database.write() as connection:
        pull_store.keep(connection, [*runs, *routes, place, *many()])
    screen.reload()
    settle()
    assert screen.day_page.runs.lines.rowCount() == 54
    assert screen.day_page.lists.exceptions.rowCount() == 1005
    assert len(screen.findChildren(type(screen))) == before
    assert screen.day_page.runs.table.height() < 400
    with wp.database.write() as connection:
        connection.exec_driver_sql(
            "DELETE FROM snapshot_row WHERE id LIKE 'many-%' OR id LIKE 'route-%'"
            " OR id = 'long' OR (kind = 'refusal' AND id NOT IN ('refused-1', 'refused-2'))"
        )


def test_a_reload_keeps_the_place(screen: ReviewScreen, settle: Settle) -> None:
    choose(screen, "no_read")
    settle()
    screen.reload()
    settle()
    one = screen.day_page.lists.exception()
    assert one is not None
    assert one.kind == "no_read"
    screen.open_visit()
    settle()
    screen.reload()
    settle()
    assert screen.visit_page.isVisible()
    assert screen.secondary() == (screen.back_action,)

"""One machine: its views by key, its figures, what each of them opens, every state in words."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.screens.machine_findings_part import FindingsPart
from cvd_desktop.ui.screens.machine_last_read import LastReadView
from cvd_desktop.ui.screens.machine_overview_part import OverviewPart
from cvd_desktop.ui.screens.machine_planogram_part import PlanogramPart
from cvd_desktop.ui.screens.machines_screen import MachinesScreen
from cvd_desktop.ui.table_model import CELL_ROLE, Cell, TableModel
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.machine_facts import eventful, history
from tests.support.machine_fleet import Fleet
from tests.support.sample_window import press

Key = Qt.Key
VIEWS = ("overview", "sales", "cash", "planogram", "mapping", "events", "findings")


@pytest.fixture
def fleet() -> Fleet:
    return Fleet([facts.machine_line(n) for n in range(9)])


@pytest.fixture
def screen(
    fleet: Fleet, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[MachinesScreen]:
    made = fleet.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not background.busy)
    yield made
    background.close()
    assert bugs == []


@pytest.fixture
def opened(screen: MachinesScreen, background: Background, qtbot: QtBot) -> MachinesScreen:
    """The first machine, all of its facts there."""
    screen.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    return screen


def window_of(screen: MachinesScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def overview(screen: MachinesScreen) -> OverviewPart:
    return screen.page.overview


def planogram(screen: MachinesScreen) -> PlanogramPart:
    part = screen.page.view("planogram")
    assert isinstance(part, PlanogramPart)
    return part


def cells(model: TableModel[object], row: int) -> dict[str, Cell]:
    return {
        column.key: model.data(model.index(row, n), CELL_ROLE)  # type: ignore[misc]
        for n, column in enumerate(model.columns)
    }


def test_the_last_read_its_history_and_its_reads(opened: MachinesScreen) -> None:
    part = overview(opened)
    assert part.title.text() == "Read is good, 1 thing for the office"
    assert [button.row.word for button in part.verdict.buttons if button.row] == [
        "Link",
        "Transfer",
        "Integrity",
        "Mapping",
        "Plausibility",
    ]
    assert part.history.chart.isVisible()
    assert part.reads_card.heading.text() == "Reads, 20"
    assert ("Serial number", "10427") in part.identity.lines()


def test_the_list_of_reads_says_what_the_chart_draws(opened: MachinesScreen) -> None:
    reads = overview(opened).reads
    newest, second, unknown = (cells(reads, n) for n in range(3))  # type: ignore[arg-type]
    assert (newest["units"].text, newest["value"].text) == ("34", "51.00")
    assert (newest["cash"].text, newest["cashless"].text) == ("35.70", "15.30")
    assert second["units"].text == "137"
    assert unknown["units"].text == "·"
    assert unknown["at"].detail == "Look, not known"
    told = [cells(reads, n)["at"].detail for n in range(reads.rowCount())]  # type: ignore[arg-type]
    assert {"Look, restarted", "Look, not whole", "Look, board changed"} <= set(told)


def test_a_read_chosen_in_the_chart_is_chosen_in_the_list_and_back(
    opened: MachinesScreen,
) -> None:
    part = overview(opened)
    part.history.chart.setFocus()
    press(window_of(opened), Key.Key_Left)
    press(window_of(opened), Key.Key_Left)
    current = part.current_read()
    assert current is not None
    assert current.record.id == "read-17"
    part.reads_table.setFocus()
    press(window_of(opened), Key.Key_Down)
    assert part.history.chart.current_id() == "read-16"


def test_enter_in_the_list_opens_the_read_and_r_from_anywhere(
    opened: MachinesScreen, qtbot: QtBot
) -> None:
    assert overview(opened).reads_table.hasFocus()
    with qtbot.waitSignal(opened.read_opened) as wanted:
        press(window_of(opened), Key.Key_Return)
    assert wanted.args == ["read-19", None]
    press(window_of(opened), Key.Key_Down)
    opened.setFocus()
    with qtbot.waitSignal(opened.read_opened) as wanted:
        press(window_of(opened), "r")
    assert wanted.args == ["read-18", None]


def test_a_read_of_another_laptop_cannot_be_opened_and_says_why(opened: MachinesScreen) -> None:
    overview(opened).reads_table.go_to(19)
    assert not opened.show_read_action.isEnabled()
    assert opened.show_read_action.statusTip() == "The file of this read is on another laptop"


def test_a_question_of_the_verdict_opens_its_lines(opened: MachinesScreen, qtbot: QtBot) -> None:
    button = overview(opened).verdict.buttons[2]
    with qtbot.waitSignal(opened.read_opened) as wanted:
        button.click()
    read_id, proof = wanted.args
    assert read_id == "read-19"
    assert isinstance(proof, Proof)
    assert proof.heading == "Is the file as the machine wrote it?"
    assert len(proof.lines) == 2  # G85 and SE


@pytest.mark.parametrize(
    ("key", "view"),
    [("s", "sales"), ("c", "cash"), ("p", "planogram"), ("e", "events"), ("f", "findings")],
)
def test_each_view_has_a_key(opened: MachinesScreen, qtbot: QtBot, key: str, view: str) -> None:
    press(window_of(opened), key)
    qtbot.waitUntil(lambda: opened.page.current_view() == view)
    press(window_of(opened), "o")
    qtbot.waitUntil(lambda: opened.page.current_view() == "overview")


def test_the_pages_of_the_read_show_the_last_read_and_say_which(opened: MachinesScreen) -> None:
    for name in ("sales", "cash", "events"):
        opened.page.show_view(name)
        view = opened.page.view(name)
        assert isinstance(view, LastReadView)
        assert view.which.text().startswith("As the read of 07:44 says")
        assert view.part.isVisible()


def test_the_planogram_as_planned_with_the_prices_of_the_machine(opened: MachinesScreen) -> None:
    opened.page.show_view("planogram")
    part = planogram(opened)
    assert part.audited_card.isVisible()
    assert not part.planned_card.isVisible()
    rows = [cells(part.audited, n) for n in range(part.audited.rowCount())]  # type: ignore[arg-type]
    differing = {row["slot"].text: row for row in rows if row["state"].text == "Differs"}
    assert set(differing) == {"B6", "E8"}
    assert (differing["B6"]["price"].text, differing["B6"]["machine"].text) == ("1.60", "1.50")
    assert [row.name for row in part.differ.facts()][:2] == ["B6  Liquorice", "E8  Corn puffs"]
    assert dict(part.facts.lines())["Version"] == "14"


def test_the_planogram_as_the_machine_says_it_with_its_date(
    opened: MachinesScreen, qtbot: QtBot
) -> None:
    opened.page.show_view("planogram")
    part = planogram(opened)
    assert part.shelves.segments()[1].view.word == "Seen by DEX, 07:44"
    press(window_of(opened), Key.Key_F4)
    assert part.seen_card.isVisible()
    rows = [cells(part.seen, n) for n in range(part.seen.rowCount())]  # type: ignore[arg-type]
    assert len(rows) == 48
    assert rows[-1]["selection"].text == "90"
    assert rows[-1]["state"].text == "New"
    part.seen_card.table.setFocus()
    part.seen_card.table.go_to(3)
    with qtbot.waitSignal(opened.read_opened) as wanted:
        press(window_of(opened), Key.Key_Return)
    _, proof = wanted.args
    assert proof.heading == "Selection 14"
    assert proof.lines


def test_a_price_that_differs_is_told_in_the_strip_and_opens_its_line(
    opened: MachinesScreen, qtbot: QtBot
) -> None:
    strip = {segment.view.name: segment for segment in opened.page.strip.segments()}
    assert strip["planogram"].accessibleName() == "Planogram, 2 prices differ"
    opened.page.show_view("planogram")
    with qtbot.waitSignal(opened.read_opened) as wanted:
        planogram(opened).differ.opened.emit(0)
    assert wanted.args[1].elements == ("PA102",)


def test_without_a_planogram_it_says_so(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    fleet.planned = False
    screen.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    screen.page.show_view("planogram")
    assert "planned no slots" in planogram(screen).audited_card.empty.text()


def test_a_machine_that_was_never_read_says_what_to_do_in_every_view(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    fleet.past = history(0)
    screen.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    assert overview(screen).title.text() == "Not read yet"
    assert "Read it to begin" in overview(screen).no_verdict.text()
    assert not overview(screen).reads_card.isVisible()
    for name in ("sales", "cash", "events"):
        screen.page.show_view(name)
        view = screen.page.view(name)
        assert isinstance(view, LastReadView)
        assert "No file of this machine is on this laptop" in view.which.text()
    screen.page.show_view("planogram")
    assert planogram(screen).planned_card.isVisible()  # without columns of a machine's prices
    assert not screen.show_read_action.isEnabled()


def test_reads_of_other_laptops_only(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    away = tuple(replace(point, here=False) for point in eventful().points)
    fleet.past = replace(eventful(), points=away)
    screen.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    part = overview(screen)
    assert "taken on other laptops" in part.no_verdict.text()
    assert part.history.chart.isVisible()  # their figures are known all the same
    assert part.reads.rowCount() == 20


def test_a_newer_read_of_another_laptop_is_told(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    points = eventful().points
    fleet.past = replace(eventful(), points=(*points[:-1], replace(points[-1], here=False)))
    screen.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    assert overview(screen).newer.text() == (
        "Driver 07 read it on another laptop, 07:44. This is the newest file here."
    )


def test_while_the_past_is_worked_out_the_rest_is_there(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    hold = threading.Event()
    work = fleet.history

    def wait(machine_id: str) -> object:
        hold.wait()
        return work(machine_id)

    services = replace(fleet.services(), machine_history=wait)  # type: ignore[arg-type]
    screen._services = services
    screen.open_current()
    part = overview(screen)
    qtbot.waitUntil(lambda: part.reads.rowCount() == 20)
    assert part.no_verdict.text() == "Working out its 20 reads."
    assert part.history.sentence.text() == "Working out what was sold between the reads."
    hold.set()
    qtbot.waitUntil(part.verdict.isVisible)


def test_new_facts_keep_view_and_place(
    opened: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    overview(opened).reads_table.go_to(5)
    before = opened.page.shown
    assert before is not None
    opened.page.show_view("planogram")
    window_of(opened).topics_changed({"reads"})
    qtbot.waitUntil(lambda: not background.busy)
    assert opened.page.current_view() == "planogram"
    after = opened.page.shown
    assert after is not None
    assert after.last is before.last  # nothing of it changed: its pages stay as they are
    opened.page.show_view("overview")
    assert overview(opened).reads_table.currentIndex().row() == 5


def test_another_machine_begins_with_its_overview(
    opened: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    opened.page.show_view("cash")
    press(window_of(opened), Key.Key_Escape)
    press(window_of(opened), Key.Key_Down)
    press(window_of(opened), Key.Key_Return)
    qtbot.waitUntil(lambda: opened.place()[0] == "10401")
    assert opened.page.current_view() == "overview"
    qtbot.waitUntil(lambda: not background.busy)


def test_findings_with_rule_and_advice(
    opened: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    opened.page.show_view("findings")
    part = opened.page.view("findings")
    assert isinstance(part, FindingsPart)
    findings = facts.detail().findings
    assert part.findings.rowCount() == len(findings) > 1
    assert part.detail.isVisible()
    advised = next(each for each in findings if each.advice)
    part.table.go_to(part.findings.find((advised.code, advised.line, advised.message)) or 0)
    assert advised.advice in part.advice.text()
    part.table.setFocus()
    with qtbot.waitSignal(opened.read_opened) as wanted:
        press(window_of(opened), Key.Key_Return)
    assert wanted.args[1].lines


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (1920, 1080)], ids=str)
def test_nothing_is_cut_at_any_size(
    opened: MachinesScreen, look: Look, size: tuple[int, int], scale: float
) -> None:
    window = window_of(opened)
    look.show("light", scale)
    window.resize(*size)
    for view in VIEWS:
        opened.page.show_view(view)
        for _ in range(3):  # layouts settle from the inside out
            QApplication.processEvents()
        for label in opened.page.findChildren(QLabel):
            if label.isVisible() and label.text() and not label.wordWrap():
                assert label.width() >= label.sizeHint().width() - 1, f"{label.text()} is cut"
        for button in opened.page.findChildren(QAbstractButton):
            if button.isVisible():
                name = button.accessibleName()
                assert button.height() >= 44, f"{name} is too small to touch"
                box = QRect(button.mapTo(window, QPoint(0, 0)), button.size())
                assert box.right() <= window.width(), f"{name} leaves the window"


def test_a_new_ticket_takes_along_what_is_active_and_no_routine(opened: MachinesScreen) -> None:
    shown = opened.page.shown
    assert shown is not None
    assert shown.last is not None
    active = {event.code for event in shown.last.detail.events if event.active}
    assert active
    assert set(opened.page.active_events()) == {one for one in active if one not in ("EGS", "EGT")}

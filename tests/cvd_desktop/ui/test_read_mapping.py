"""Slots against selections: one question at a time, and an answer can be taken back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.read_mapping_page import MappingPage
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.theme import Look
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.ready_machine import ready_machine
from cvd_shared.selection_mapping import propose
from cvd_shared.vending_model import VendingModel
from cvd_shared.wire_records import PlanogramSlot
from tests.support import read_facts as facts
from tests.support.sample_window import press
from tests.support.screens_at_work import Bench

Key = Qt.Key


@pytest.fixture(scope="module")
def machine() -> VendingModel:
    """A machine that names its selections 101, 103..., with A1, A2... on its door."""
    return ready_machine("combo", facts.NOW)


def read(model: VendingModel, **changes: object) -> ReadDetail:
    reading = make_reading(read_dex(model.report(facts.NOW)).reports[0])
    slots = [
        PlanogramSlot(
            label=f"{'ABCDEF'[n // 8]}{n % 8 + 1}",
            selection="",
            row=n // 8 + 1,
            column=n % 8 + 1,
            product_id="p",
            capacity=10,
            par=8,
            price=100,
        )
        for n in range(len(model.slots))
    ]
    return facts.detail(3, reading=reading, mapping=propose(reading, slots), **changes)


@pytest.fixture
def page(
    machine: VendingModel,
    look: Look,
    background: Background,
    bugs: list[BaseException],
    qtbot: QtBot,
) -> Iterator[MappingPage]:
    """The page in the window of the Read screen."""
    bench = Bench(detail=read(machine))
    screen = bench.screen(look, background)
    window = MainWindow(look, [screen])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: screen.ready.ports_known() and not background.busy)
    screen.show_read(bench.detail, fresh=True)
    press(window, "m")
    qtbot.waitUntil(lambda: screen.done.current == "mapping")
    made = screen.done.part("mapping")
    assert isinstance(made, MappingPage)
    yield made
    background.close()
    assert bugs == []


def screen_of(page: MappingPage) -> ReadScreen:
    window = page.window()
    assert isinstance(window, MainWindow)
    screen = window.current_screen()
    assert isinstance(screen, ReadScreen)
    return screen


def asked(page: MappingPage) -> str:
    return page.question.text().split()[1]


def test_a_question_names_a_slot_and_what_may_have_moved(page: MappingPage) -> None:
    assert page.question.text() == f"Vend {asked(page)} now. Which counter moved?"
    rows = page.candidates.facts()
    assert rows[0].name.startswith("Selection ")
    assert rows[-1].name == "None of them moved"
    assert "questions are left" in page.steps.text()
    views = {segment.view.name for segment in screen_of(page).done.strip.segments()}
    assert "mapping" in views


def test_enter_answers_and_the_next_question_follows(page: MappingPage) -> None:
    first = asked(page)
    chosen = page.candidates.facts()[0].key
    page.candidates.setFocus(Qt.FocusReason.TabFocusReason)
    press(screen_of(page).window(), Key.Key_Return)
    said = {each.slot: each for each in (page.rows.row(n) for n in range(page.rows.rowCount()))}
    assert said[first].selection == chosen
    assert said[first].reason == "person"
    assert not page.question_card.isVisible() or asked(page) != first


def test_an_answer_is_taken_back_by_its_key(page: MappingPage, qtbot: QtBot) -> None:
    first = asked(page)
    screen = screen_of(page)
    assert page.undo_action not in screen.secondary()
    page.candidates.setFocus(Qt.FocusReason.TabFocusReason)
    press(screen.window(), Key.Key_Return)
    assert page.undo_action in screen.secondary()
    press(screen.window(), "u")
    qtbot.waitUntil(lambda: asked(page) == first)


def test_the_counter_that_moved_since_the_read_before_is_offered_first(
    page: MappingPage, machine: VendingModel
) -> None:
    screen = screen_of(page)
    after = machine.copy()
    moved = list(after.slots)[17]
    after.test_vend(moved, facts.NOW)
    later = facts.summary(id="later", at=facts.NOW + timedelta(minutes=2))
    screen.show_read(read(after, summary=later), fresh=True)
    screen.done.show_part("mapping")
    assert page.moved.text() == f"Since the read before only selection {moved} moved."
    current = page.candidates.current()
    assert current is not None
    assert current.key == moved
    page.candidates.setFocus(Qt.FocusReason.TabFocusReason)
    press(screen.window(), Key.Key_Return)
    assert page.moved.text() == ""


def test_answers_outlast_another_read_of_the_same_machine(
    page: MappingPage, machine: VendingModel
) -> None:
    screen = screen_of(page)
    slot = asked(page)
    page.candidates.opened.emit(0)
    again = facts.summary(id="again", at=facts.NOW + timedelta(hours=1))
    screen.show_read(read(machine, summary=again), fresh=True)
    screen.done.show_part("mapping")
    said = {each.slot: each for each in (page.rows.row(n) for n in range(page.rows.rowCount()))}
    assert said[slot].reason == "person"
    other = replace(again, id="other", machine_id="m-other", machine_asset="999")
    screen.show_read(read(machine, summary=other), fresh=True)
    screen.done.show_part("mapping")
    said = {each.slot: each for each in (page.rows.row(n) for n in range(page.rows.rowCount()))}
    assert said[slot].reason != "person"


def test_the_list_is_copied_for_the_office(page: MappingPage, qtbot: QtBot) -> None:
    press(screen_of(page).window(), "k")
    qtbot.waitUntil(lambda: "are copied" in page.told.text())
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == page.rows.rowCount()
    assert lines[0].split("\t")[0] == "A1"


def test_a_mapping_that_is_sure_asks_nothing(page: MappingPage, machine: VendingModel) -> None:
    reading = make_reading(read_dex(machine.report(facts.NOW)).reports[0])
    assert isinstance(reading, MachineReading)
    slots = [
        PlanogramSlot(
            label=name, selection=name, row=1, column=n + 1, product_id="p", capacity=9, par=9,
            price=100,
        )
        for n, name in enumerate(machine.slots)
    ]  # fmt: skip
    sure = read(machine, summary=facts.summary(id="sure"))
    screen = screen_of(page)
    screen.show_read(replace(sure, mapping=propose(reading, slots)), fresh=True)
    screen.done.show_part("mapping")
    assert not page.question_card.isVisible()
    assert page.sure.text() == "It is sure, 100 %."

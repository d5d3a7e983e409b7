"""The mapping wizard: it asks, a person vends and reads again, the counter that moved is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.mapping_wizard import MappingWizard, mapping_csv
from cvd_desktop.ui.screens.machine_mapping_part import MappingPart
from cvd_desktop.ui.screens.machines_screen import MachinesScreen
from cvd_desktop.ui.theme import Look
from cvd_shared.selection_mapping import propose
from tests.support import read_facts as facts
from tests.support.machine_facts import history
from tests.support.machine_fleet import Fleet, reading, vended
from tests.support.sample_window import press

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier
Shift = Qt.KeyboardModifier.ShiftModifier


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
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not background.busy)
    made.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    press(window, "m")
    qtbot.waitUntil(lambda: made.page.current_view() == "mapping")
    yield made
    background.close()
    assert bugs == []


def window_of(screen: MachinesScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def part_of(screen: MachinesScreen) -> MappingPart:
    part = screen.page.view("mapping")
    assert isinstance(part, MappingPart)
    return part


def slot_asked(part: MappingPart) -> str:
    assert part.wizard is not None
    question = part.wizard.question()
    assert question is not None
    return question.slot


def read_again(
    screen: MachinesScreen, fleet: Fleet, background: Background, qtbot: QtBot, *vends: str
) -> None:
    """A person vends, presses the primary button, and comes back with another read."""
    with qtbot.waitSignal(screen.read_wanted):
        screen.read_action.trigger()
    fleet.take_read(*vends)
    window_of(screen).topics_changed({"reads"})
    qtbot.waitUntil(lambda: not background.busy)


def selection_of(part: MappingPart, slot: str) -> tuple[str | None, str]:
    assert part.wizard is not None
    proposal = next(each for each in part.wizard.mapping.proposals if each.slot == slot)
    return proposal.selection, proposal.reason


def test_it_asks_for_the_slot_that_settles_most(screen: MachinesScreen) -> None:
    part = part_of(screen)
    slot = slot_asked(part)
    assert part.title.text() == f"Vend {slot} now, then read the machine again"
    assert "a test vend counts too" in part.lead.text()
    assert screen.primary() is screen.read_action


def test_the_counter_that_moved_is_told_and_one_key_confirms_it(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    part = part_of(screen)
    slot = slot_asked(part)
    expected, _ = selection_of(part, slot)
    assert expected is not None
    read_again(screen, fleet, background, qtbot, expected)
    assert part.title.text() == f"Selection {expected} moved: is it slot {slot}?"
    primary = screen.primary()
    assert primary is not None
    assert primary.text() == f"{slot} is selection {expected}"
    screen.setFocus()
    press(window_of(screen), Key.Key_Return)
    assert selection_of(part, slot) == (expected, "person")
    assert dict(part.facts.lines())["Answered"] == "1"
    assert slot_asked(part) != slot


def test_a_counter_that_nobody_expected_is_told_as_such(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    part = part_of(screen)
    assert part.wizard is not None
    question = part.wizard.question()
    assert question is not None
    other = next(
        name for name in part.wizard.mapping.wizard.names if name not in question.candidates
    )
    read_again(screen, fleet, background, qtbot, other)
    assert "This was not expected" in part.note.text()
    press(window_of(screen), "a")
    qtbot.waitUntil(lambda: part.title.text().startswith(f"Vend {question.slot} now"))


@pytest.mark.parametrize("vends", [(), ("11", "12")])
def test_when_it_is_not_clear_what_moved_it_asks_again(
    fleet: Fleet,
    screen: MachinesScreen,
    background: Background,
    qtbot: QtBot,
    vends: tuple[str, ...],
) -> None:
    part = part_of(screen)
    slot = slot_asked(part)
    read_again(screen, fleet, background, qtbot, *vends)
    assert slot_asked(part) == slot
    assert f"Vend {slot} once more" in part.note.text()
    assert screen.primary() is screen.read_action


def test_a_read_that_was_not_for_the_question_answers_nothing(
    fleet: Fleet, screen: MachinesScreen, background: Background, qtbot: QtBot
) -> None:
    fleet.take_read("11")
    window_of(screen).topics_changed({"reads"})
    qtbot.waitUntil(lambda: not background.busy)
    part = part_of(screen)
    assert part.title.text().startswith("Vend ")
    assert part.note.text() == ""


def test_another_slot_first_no_counter_and_undo(screen: MachinesScreen, qtbot: QtBot) -> None:
    part = part_of(screen)
    window = window_of(screen)
    first = slot_asked(part)
    press(window, "k")
    qtbot.waitUntil(lambda: slot_asked(part) != first)
    second = slot_asked(part)
    part.none_action.trigger()
    assert selection_of(part, second) == (None, "person")
    part.undo_action.trigger()
    assert selection_of(part, second)[1] != "person"
    assert part.undo_action not in screen.secondary()


def test_the_table_is_copied_and_saved_for_the_office(
    screen: MachinesScreen, qtbot: QtBot, tmp_path: Path
) -> None:
    part = part_of(screen)
    part.copy_action.trigger()
    copied = QApplication.clipboard().text().splitlines()
    assert copied[0] == 'Slot,Selection,"Sure, %",Reason'
    assert len(copied) == 49
    press(window_of(screen), Key.Key_S, Control)
    dialog = screen.findChild(QFileDialog)
    assert dialog is not None
    line = dialog.findChild(QLineEdit, "fileNameEdit")
    assert line is not None
    path = tmp_path / "mapping.csv"
    line.setText(str(path))
    dialog.accept()
    qtbot.waitUntil(lambda: screen.fact() == "Saved: mapping.csv")
    assert path.read_text("utf-8-sig").splitlines() == copied


def test_without_planogram_or_read_it_says_why_there_is_nothing(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    never = Fleet([facts.machine_line(0)], past=history(0)).screen(look, background)
    qtbot.addWidget(never)
    never.reload()
    qtbot.waitUntil(lambda: not background.busy)
    never.open_current()
    qtbot.waitUntil(lambda: not background.busy)
    never.page.show_view("mapping")
    part = never.page.view("mapping")
    assert isinstance(part, MappingPart)
    assert part.lead.text().startswith("No file of this machine is on this laptop.")
    assert part.actions_here() == ()


def test_a_whole_machine_is_mapped_by_vending(look: Look) -> None:
    """Doors A1 to F8, counters 1 to 48 in an order that no name tells: down the columns."""
    slots = [
        slot.model_copy(update={"selection": slot.label, "product_id": "p"})
        for slot in facts.slots()
    ]
    wired = {slot.label: str((slot.column - 1) * 6 + slot.row) for slot in slots}
    names = [str(n) for n in range(1, 49)]
    said = replace(
        reading(),
        selections=tuple(
            each._replace(selection=name)
            for name, each in zip(names, reading().selections, strict=True)
        ),
    )
    wizard = MappingWizard(propose(said, slots), "read-0", said)
    vends = 0
    while (question := wizard.question()) is not None:
        wizard.expecting = True
        said = vended(said, wired[question.slot])
        vends += 1
        wizard.read(f"read-{vends}", said)
        assert wizard.found == wired[question.slot]
        wizard.confirm()
    assert {each.slot: each.selection for each in wizard.mapping.proposals} == wired
    assert vends <= 6
    assert mapping_csv(wizard.mapping, ("a", "b", "c", "d")).count("\r\n") == 49


def test_a_selection_that_looks_like_a_formula_is_a_text_in_the_table() -> None:
    mapping = propose(reading(), facts.slots())
    first = mapping.proposals[0]._replace(selection="=1+1")
    hostile = mapping._replace(proposals=(first, *mapping.proposals[1:]))
    assert ",'=1+1," in mapping_csv(hostile, ("a", "b", "c", "d"))

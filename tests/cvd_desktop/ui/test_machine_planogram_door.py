"""The painted planogram of the Machine screen: planned, in the machine, seen by DEX."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.machine_planogram_part import PlanogramPart
from cvd_desktop.ui.theme import Look
from cvd_shared.route_shapes import SlotKey
from tests.support import read_facts as facts
from tests.support.planogram_fleet import StockedFleet, two_cabinets
from tests.support.sample_window import press
from tests.support.ticket_keys import Idle

Key = Qt.Key


@pytest.fixture
def part(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot, idle: Idle
) -> Iterator[PlanogramPart]:
    screen = StockedFleet([facts.machine_line(0)]).screen(look, background)
    yield _opened(screen, qtbot, idle)
    background.close()
    assert bugs == []


def _opened(screen: object, qtbot: QtBot, idle: Idle) -> PlanogramPart:
    from cvd_desktop.ui.screens.machines_screen import MachinesScreen

    assert isinstance(screen, MachinesScreen)
    window = MainWindow(screen._look, [screen])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    idle()
    screen.open_current()
    idle()
    screen.page.show_view("planogram")
    made = screen.page.view("planogram")
    assert isinstance(made, PlanogramPart)
    return made


def at(label: str, cabinet: int = 1) -> SlotKey:
    return SlotKey(cabinet, label)


def press_in(part: PlanogramPart, key: Qt.Key, *held: Qt.KeyboardModifier) -> None:
    window = part.window()
    assert isinstance(window, MainWindow)
    press(window, key, *held)


def flag(part: PlanogramPart, label: str) -> str:
    found = part.door.view.face(at(label)).flag
    return found.word if found is not None else ""


def test_three_views_by_keys_with_dates_and_what_differs(part: PlanogramPart) -> None:
    words = [segment.view.word for segment in part.shelves.segments()]
    assert words == ["Planned", "In machine, Mon 16 Nov 07:44", "Seen by DEX, 07:44"]
    view = part.door.view
    assert "4 slots differ" in part.door.which.text()
    assert (view.face(at("A2")).after, view.face(at("A2")).beside) == ("0.1", "par 8")
    assert view.face(at("A1")).after == "?", "what it sells is not known"
    assert flag(part, "D7") == "was Paprika rings"
    assert flag(part, "A5") == "was 1.10"
    assert flag(part, "B6") == "reads 1.50"
    press_in(part, Key.Key_F3)
    assert part.inside_card.isVisible()
    assert not part.audited_card.isVisible()
    assert view.face(at("D7")).product == "Paprika rings"
    assert view.face(at("D8")).after == "?"
    assert view.face(at("A1")).critical
    assert [flag(part, label) for label in ("D7", "A5", "D8", "A1", "B6")] == [
        "to Energy drink",
        "to 1.60",
        "Count",
        "Sold out",
        "DEX 1.50",
    ]
    press_in(part, Key.Key_F4)
    assert part.seen_card.isVisible()
    assert view.face(at("A1")).beside == "sold"
    assert flag(part, "B6") == "plan 1.60"
    assert flag(part, "F8") == "not in the file"


def test_the_current_slot_is_told_in_all_views_with_its_picture(part: PlanogramPart) -> None:
    view = part.door.view
    assert not part.slot_card.picture.isHidden()
    view.setFocus()
    for _ in range(4):
        QTest.keyClick(view, Key.Key_Right)
    facts = part.slot_card.lines.facts()
    lines = {fact.name: fact.value for fact in facts}
    assert {fact.name: str(fact.source) for fact in facts}["Seen by DEX"] == "D"
    assert lines["Planned"] == "Pretzels, 1.60"
    assert lines["In machine"] == "Pretzels, 1.10"
    assert lines["Seen by DEX"] == "1.60"
    assert lines["Stock"] == "5, par 8, fits 10"
    assert lines["Confirmed"] == "Mon 16 Nov 07:44"
    assert "not confirmed yet" in part.slot_card.differs.text()
    assert part.slot_card.picture.isHidden()


def test_cabinets_that_do_not_fit_beside_are_turned_to(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot, idle: Idle
) -> None:
    part = _opened(two_cabinets().screen(look, background), qtbot, idle)
    assert part.door.which.text().startswith("Snack")
    assert part.door.turn_button.isVisible()
    assert part.door.turn.text() == "Drinks"
    press_in(part, Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert part.door.view.current() == at("2A1", 2)
    assert part.door.which.text().startswith("Drinks")
    part.window().resize(1024, 768)
    for theme, scale in (("dark", 1.0), ("sunlight", 2.0), ("light", 1.0)):
        look.show(theme, scale)
        QApplication.processEvents()
        box = part.door.view.box_of(at("2A1", 2))
        assert part.door.view.viewport().rect().contains(box)
    background.close()
    assert bugs == []

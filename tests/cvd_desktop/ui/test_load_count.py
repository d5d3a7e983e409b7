"""The blind count of the truck, and a whole load and count on the real services."""

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cvd_desktop.services import catalogue, load_truck, outbox, today
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.load_screen import LoadScreen
from cvd_desktop.ui.screens.load_services import LoadServices
from cvd_desktop.ui.theme import Look
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator
from tests.support.frame_screens import messages
from tests.support.load_scenes import LoadDesk, load_view, product, return_view
from tests.support.load_window import Open, open_load, type_
from tests.support.sample_window import press
from tests.support.ticket_keys import Idle

Key = Qt.Key


@pytest.fixture
def opened(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot, idle: Idle
) -> Iterator[Open]:
    yield lambda desk: open_load(desk, look, background, qtbot, idle)
    background.close()
    assert bugs == []


def test_the_count_is_blind_until_it_is_recorded(opened: Open) -> None:
    desk = LoadDesk(load_view())
    desk.back = return_view()
    at = opened(desk)
    press(at.window, Key.Key_F8)
    at.idle()
    count = at.screen.count
    assert at.screen.place() == ("Count the truck", "Route 14")
    model = count.table.rows_model()
    assert "expected" not in {column.key for column in model.columns}
    texts = [str(model.index(row, n).data()) for row in range(9) for n in range(5)]
    assert not {"14", "11"} & set(texts)  # what the records expect is nowhere
    QTest.keyClicks(count.entry.field.edit, "14", delay=-1)
    at.enter()
    assert desk.back.counted == {"p0": 14}
    line = count.table.current()
    assert line is not None
    assert line.product.id == "p1"
    at.scan("4006381333907")
    QTest.keyClicks(count.entry.field.edit, "0", delay=-1)
    at.enter()
    assert desk.back.counted == {"p0": 14, "p7": 0}
    press(at.window, Key.Key_F9)
    at.idle()
    assert count.primary() is count.leave_action
    assert count.done.facts.lines() == (
        ("Expected", "18 units"),
        ("Counted", "14 units"),
        ("Difference", "−4"),
    )
    assert count.done.figures.accessibleName() == "3.4 % of the load"
    assert count.done.note.text().startswith("Excellent")
    assert count.done.doubt.text().startswith("7 products not counted")
    at.enter()
    assert at.primary().startswith("Picked")


def test_a_product_that_is_not_listed_is_counted_by_scan_and_by_search(opened: Open) -> None:
    desk = LoadDesk(load_view())
    desk.back = return_view()
    lemonade, mints = product(60, "Lemonade 0.5 l", "", 12), product(61, "Mints", "C-09", 1)
    desk.catalogue = {one.id: one for one in (lemonade, mints)}
    at = opened(desk)
    at.screen.begin_count()
    at.idle()
    count = at.screen.count
    count.take_focus()
    at.scan(lemonade.barcode)
    assert count.entry.title.text() == "Lemonade 0.5 l"
    QTest.keyClicks(count.entry.field.edit, "1+3", delay=-1)
    at.enter()
    assert desk.back.counted == {lemonade.id: 15}
    at.scan("4000000000006")
    assert count.fact() == "No product has the code 4000000000006"
    press(at.window, Key.Key_F4)
    at.idle()
    type_("mint")
    at.idle()
    at.enter()
    assert count.entry.title.text() == "Mints"
    QTest.keyClicks(count.entry.field.edit, "4", delay=-1)
    at.enter()
    assert desk.back.counted == {lemonade.id: 15, mints.id: 4}


def test_stock_below_zero_is_never_shown_as_such(opened: Open) -> None:
    desk = LoadDesk(load_view())
    back = return_view()
    lines = (back.lines[0].__class__(back.lines[0].product, -3, ()), *back.lines[1:])
    desk.back = replace(back, lines=lines, loaded=0)
    desk.keep_count("run-14", "p0", 2)
    desk.record_count("run-14")
    at = opened(desk)
    at.screen.begin_count()
    at.idle()
    model = at.screen.count.done.table.rows_model()
    shown = [str(model.index(0, n).data()) for n in range(4)]
    assert shown[1:3] == ["0", "2"]
    assert shown[3].startswith("Below zero by the records")
    assert "No load of today is recorded" in at.screen.count.done.said.text()


def test_what_is_being_typed_outlives_newer_facts(opened: Open) -> None:
    desk = LoadDesk(load_view())
    desk.back = return_view()
    at = opened(desk)
    at.screen.begin_count()
    at.idle()
    at.screen.count.take_focus()
    type_("21")
    at.reload()
    assert at.screen.count.entry.field.text() == "21"
    press(at.window, Key.Key_Down)  # the arrow keeps it
    at.idle()
    assert desk.back.counted == {"p0": 21}
    press(at.window, Key.Key_Up)
    assert at.screen.count.entry.field.text() == "21"
    table = at.screen.count.table
    place = table.visualRect(table.rows_model().index(4, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    type_("5")  # a touch chooses, and digits still go to the field
    at.enter()
    assert desk.back.counted == {"p0": 21, "p4": 5}


def test_without_a_route_there_is_no_truck_to_count(opened: Open) -> None:
    at = opened(LoadDesk(None))
    press(at.window, Key.Key_F8)
    at.idle()
    assert "there is no truck to count" in at.screen.count.empty.text()


def services_of(day: DayOperator) -> LoadServices:
    """The real ones, bound to the operator."""
    found = {
        one.name: next(
            partial(getattr(file, one.name), day.wp)
            for file in (load_truck, today, catalogue, outbox)
            if hasattr(file, one.name)
        )
        for one in fields(LoadServices)
    }
    return LoadServices(**found)


def test_a_load_and_a_count_on_the_real_services(
    look: Look,
    background: Background,
    bugs: list[BaseException],
    qtbot: QtBot,
    idle: Idle,
    tmp_path: Path,
) -> None:
    with copied_day(tmp_path) as day:
        screen = LoadScreen(look, background, messages(), services_of(day), day.clock)
        window = MainWindow(look, [screen])
        qtbot.addWidget(window)
        background.changed.connect(window.topics_changed)
        with qtbot.waitExposed(window):
            window.show()
        idle()
        view = screen.pick.view
        assert view is not None
        wanted = [line.to_pick for line in view.lines]
        assert len(wanted) > 1

        def go() -> None:
            action = screen.primary()
            assert action is not None
            action.trigger()
            idle()

        go()
        screen.pick.begin_short()
        screen.pick.entry.field.set_text("2")
        screen.pick.entry.field.edited.emit("2")
        go()
        assert screen.pick.short.isVisibleTo(screen.pick)
        for _ in wanted[2:]:
            go()
        go()  # load done
        loaded = sum(wanted) - wanted[1] + 2
        assert screen.loaded.figures.accessibleName() == f"{loaded} units loaded"
        screen.begin_count()
        idle()
        screen.count.entry.field.set_text("3")
        screen.count.entry.field.edited.emit("3")
        go()
        press(window, Key.Key_F9)
        idle()
        assert loaded == 38
        assert screen.count.done.said.text() == (
            "29 units came back; loaded for this run: 38 units. "
            "26 units of it were not counted: they are there by the records."
        )
        background.close()
        assert bugs == []

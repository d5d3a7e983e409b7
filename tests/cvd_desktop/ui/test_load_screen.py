"""The Load screen in its window: by key, touch and scan; shorts, changes, totes, the count."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.load_add import AddDialog
from cvd_desktop.ui.screens.load_entry import units_typed
from cvd_desktop.ui.screens.load_print import KIT_SHEETS, ROUTE_SHEET, PaperDialog
from cvd_desktop.ui.screens.load_table import STATE
from cvd_desktop.ui.theme import Look
from tests.support.load_scenes import (
    LONG_NAME,
    LoadDesk,
    big_view,
    changed_view,
    load_view,
    long_view,
    product,
    reason,
    return_view,
)
from tests.support.load_window import Open, open_load, type_
from tests.support.sample_window import press, scan
from tests.support.ticket_keys import Idle

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def opened(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot, idle: Idle
) -> Iterator[Open]:
    yield lambda desk: open_load(desk, look, background, qtbot, idle)
    background.close()
    assert bugs == []


def test_enter_picks_line_by_line_and_then_records_the_load(opened: Open) -> None:
    at = opened(LoadDesk(load_view(load_view_goods())))
    assert at.screen.place() == ("Load for Route 14", "Thu 19 Nov, 04:58")
    assert at.primary() == "Picked 4 cases"
    assert at.pick.head.progress.words() == "0 of 3 products, 0 of 156 units"
    at.enter()
    assert (at.current(), at.primary()) == ("Cola zero 0.33 l", "Picked 1 case + 12")
    at.enter()
    assert at.primary() == "Picked 24"
    at.enter()
    assert at.picked() == {"Still water 0.5 l": 96, "Cola zero 0.33 l": 36, "Nuts": 24}
    assert at.cell(0, STATE) == "Picked"
    assert at.primary() == "Load done, 156 units"
    at.enter()
    assert at.desk.view is not None
    assert at.desk.view.recorded_at is not None
    assert at.screen.loaded.figures.accessibleName() == "156 units loaded"
    assert at.screen.loaded.mark.accessibleName() == "Recorded here"


def load_view_goods() -> tuple[tuple[str, str, int, int, int], ...]:
    return (
        ("Still water 0.5 l", "A-01", 112, 16, 24),
        ("Cola zero 0.33 l", "A-05", 39, 3, 24),
        ("Nuts", "C-01", 24, 0, 1),
    )


def test_what_the_truck_holds_already_needs_nobody(opened: Open) -> None:
    at = opened(LoadDesk(load_view((("Cola", "A-01", 10, 10, 24), ("Nuts", "B-01", 3, 0, 1)))))
    assert at.current() == "Nuts"
    assert at.cell(0, STATE) == "On the truck"
    at.enter()
    assert at.primary() == "Load done, 3 units"


def test_touch_ticks_and_takes_the_tick_back_and_undo_does_too(opened: Open) -> None:
    at = opened(LoadDesk(load_view()))
    at.touch_state(2)
    assert at.picked() == {"Cola 0.33 l": 72}
    at.touch_state(2)
    assert at.picked() == {}
    at.touch_state(4)
    assert at.picked() == {"Ice tea 0.5 l": 24}
    press(at.window, Key.Key_Z, CTRL)
    at.idle()
    assert at.picked() == {}
    assert at.current() == "Ice tea 0.5 l"
    press(at.window, Key.Key_Z, CTRL)
    at.idle()
    assert at.picked() == {"Cola 0.33 l": 72}
    at.table.go_to(0)
    place = at.table.visualRect(at.table.rows_model().index(3, 1)).center()
    QTest.mouseClick(at.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert at.current() == "Cola zero 0.33 l"  # a touch elsewhere only chooses
    assert at.picked() == {"Cola 0.33 l": 72}


def test_a_scan_finds_the_line_and_a_second_one_ticks_it(opened: Open) -> None:
    desk = LoadDesk(load_view())
    stranger = product(77, "Lemonade 0.5 l", "A-09", 12)
    desk.catalogue = {stranger.id: stranger}
    at = opened(desk)
    wanted = desk.view.lines[6].product if desk.view else None
    assert wanted is not None
    at.scan(wanted.barcode)
    assert at.current() == wanted.name
    assert at.picked() == {}
    at.scan("0" + wanted.barcode)  # a UPC-A is the same with a zero in front
    assert at.picked() == {wanted.name: 30}
    at.scan(wanted.barcode)  # picked already: nothing happens twice
    assert at.picked() == {wanted.name: 30}
    assert at.screen.fact() == "Picked already"
    at.scan("2206")
    assert at.current() == "Cola 0.33 l"
    at.scan("4099999999990")
    assert at.screen.fact() == "No product has the code 4099999999990"
    at.scan(stranger.barcode)  # nothing needs it, it may be taken along all the same
    assert at.pick.entry.title.text() == "Lemonade 0.5 l"
    type_("12")
    assert at.primary() == "Found 12"


def test_a_product_without_a_code_is_taken_along_by_its_name(
    opened: Open, idle: Idle, qtbot: QtBot
) -> None:
    desk = LoadDesk(load_view())
    stranger = product(77, "Lemonade 0.5 l", "A-09", 12)
    assert desk.view is not None
    listed = desk.view.lines[6].product
    desk.catalogue = {stranger.id: stranger, listed.id: listed}
    at = opened(desk)

    def add(name: str) -> None:
        at.pick.add_action.trigger()
        [dialog] = [one for one in at.pick.findChildren(AddDialog) if one.isVisible()]
        idle()
        QTest.keyClicks(dialog.finder.field.edit, name)
        idle()
        assert dialog.take_action.isEnabled()
        QTest.keyClick(dialog.finder.field.edit, Key.Key_Return)
        idle()

    add(listed.name)
    assert at.current() == listed.name, "one of the list is found there"
    assert at.picked() == {}
    add("lemon")
    assert at.pick.entry.title.text() == "Lemonade 0.5 l"
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)  # the window is active again
    type_("12")
    assert at.primary() == "Found 12"


def test_a_scan_on_a_tote_label_finds_and_packs_the_tote(opened: Open) -> None:
    at = opened(LoadDesk(load_view()))
    at.scan("10519")
    assert at.pick.tote_panel.title.text() == "Tote 3: machine 10519"
    assert at.primary() == "Packed tote 3"
    at.scan("10519")
    assert at.desk.view is not None
    assert at.desk.view.totes_ticked == {"m2"}
    assert at.pick.head.progress.words().startswith("1 of 4 totes")
    labels = at.pick.tote_panel.lines.rows_model()
    shown = [labels.row(n) for n in range(labels.rowCount())]
    doors = [line.key.label for line in shown if line is not None]
    assert doors == sorted(doors, key=lambda label: (label[0], int(label[1:])))
    press(at.window, Key.Key_Z, CTRL)
    at.idle()
    assert at.desk.view.totes_ticked == frozenset()


def test_who_picks_by_tote_ticks_every_product_at_once(opened: Open) -> None:
    at = opened(LoadDesk(load_view()))
    at.pick.show_mode("tote")
    for n in range(1, 5):
        assert at.primary() == f"Packed tote {n}"
        at.enter()
    assert at.primary() == "All packed: tick every product"
    at.enter()
    assert at.primary() == "Load done, 412 units"
    press(at.window, Key.Key_Z, CTRL)
    at.idle()
    assert at.picked() == {}
    assert at.desk.view is not None
    assert len(at.desk.view.totes_ticked) == 4


def test_short_takes_units_or_cases_and_says_who_gets_less(opened: Open, qtbot: QtBot) -> None:
    at = opened(LoadDesk(load_view()))
    at.table.go_to(3)
    press(at.window, "s")
    qtbot.waitUntil(at.pick.takes_digits_now)
    assert at.digits()
    assert at.primary() == "Found"
    primary = at.screen.primary()
    assert primary is not None
    assert not primary.isEnabled()
    at.pick.entry.keypad.keys["1"].click()
    QTest.keyClicks(at.pick.entry.field.edit, "x-+2", delay=-1)  # letters and signs do not go in
    assert at.pick.entry.field.text() == "1+2"
    assert at.pick.entry.note.text() == "26 units. 10 short of 36."
    at.enter()
    assert at.picked() == {"Cola zero 0.33 l": 26}
    assert not at.digits()
    assert at.cell(3, STATE) == "10 short"
    assert at.current() == "Ice tea 0.5 l"  # on to the next one, the short stays in sight
    assert at.pick.short.title.text() == "Cola zero 0.33 l: 26 of 36 found"
    said = at.pick.short.words.text()
    assert said.startswith("10 short. The machines with the fewest days left get theirs first;")
    at.table.go_to(3)
    assert at.pick.short.title.text() == "26 of 36 found"
    press(at.window, "s")
    qtbot.waitUntil(at.pick.takes_digits_now)
    at.pick.entry.field.set_text("50")
    at.pick.entry.field.edited.emit("50")
    assert at.pick.entry.note.text() == "14 more than the 36 wanted."
    press(at.window, Key.Key_Escape)
    assert at.picked() == {"Cola zero 0.33 l": 26}


@pytest.mark.parametrize(
    ("typed", "units"),
    [("24", 24), ("1+12", 36), ("2+", 48), ("+5", 5), ("0", 0), ("", None), ("+", None)],
)
def test_what_is_typed_is_units_or_cases_and_singles(typed: str, units: int | None) -> None:
    assert units_typed(typed, 24) == units


def test_a_scan_while_a_number_is_typed_never_becomes_the_number(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvd_desktop.ui.key_router.SCAN_GAP_MS", 60_000)  # a busy computer
    at = opened(LoadDesk(load_view()))
    at.pick.begin_short()
    scan(at.window, "4006381333906")
    assert at.picked() == {}
    assert not at.pick.takes_digits_now()
    assert at.current() == "Paprika rings 35 g"


def test_why_so_many_is_told_slot_by_slot(opened: Open, qtbot: QtBot) -> None:
    view = load_view()
    lines = list(view.lines)
    never = reason("p4", 0, "B9", stock=None, known=None, sells=None, sold=0)
    doubt = reason("p4", 1, "C4", sure=False)
    lines[4] = replace(lines[4], reasons=(doubt, never))
    at = opened(LoadDesk(replace(view, lines=tuple(lines))))
    at.table.go_to(3)
    panel = at.pick.panel
    assert panel.figures.accessibleName() == "1 case of 24, 12 singles"
    assert panel.why.words() == "Why 36?"
    assert panel.sums.lines() == (
        ("Need of 5 slots", "39"),
        ("On the truck already", "− 3"),
        ("To pick", "36"),
    )
    assert panel.sentence.text() == (
        "10388 C4: held 7 on Tuesday, sold 3 since, sells 1.4 a day, 2 days to the visit."
    )
    press(at.window, "w")
    qtbot.waitUntil(panel.reasons.hasFocus)
    press(at.window, Key.Key_Down)
    assert panel.sentence.text().startswith("10519 B2: held 7 on Tuesday")
    press(at.window, "w")
    qtbot.waitUntil(at.table.hasFocus)
    at.table.go_to(4)
    assert panel.sentence.text() == (
        "10427 B9: never counted, so nobody knows what is in it; par is 10."
    )
    panel.go_to_slots()
    press(at.window, Key.Key_Up)
    assert panel.sentence.text().endswith("Its stock is doubtful: count it at the visit.")
    assert "The oldest read behind this list is 2 days old." in at.screen.fact()


def test_newer_reads_are_told_with_every_change_and_why(opened: Open, qtbot: QtBot) -> None:
    at = opened(LoadDesk(changed_view()))
    assert at.pick.banner.text() == (
        "Newer reads arrived at 04:52. 3 lines changed: Cola zero 0.33 l +6, Still water 0.5 l +8, "
        "Gummy bears 75 g −2."
    )
    press(at.window, "n")
    qtbot.waitUntil(lambda: at.primary() == "Use the new figures")
    model = at.screen.changes.table.rows_model()
    rows = [[str(model.index(row, n).data()) for n in range(5)] for row in range(3)]
    assert rows[0] == ["Cola zero 0.33 l", "30", "36", "+6", "More was sold than expected"]
    assert rows[2][3:] == ["−2", "A slot was counted or filled"]
    at.enter()
    assert at.pick.banner.text() == ""
    assert at.primary().startswith("Picked")


def test_what_is_not_ticked_is_shown_before_it_is_recorded_as_not_loaded(
    opened: Open, qtbot: QtBot
) -> None:
    at = opened(LoadDesk(load_view()))
    at.enter()
    press(at.window, Key.Key_F9)
    assert at.screen.open_lines.title.text() == "8 products not picked yet"
    assert "recorded as not loaded" in at.screen.open_lines.words.text()
    assert at.primary() == "Pick them first"
    at.enter()
    assert at.desk.view is not None
    assert at.desk.view.recorded_at is None
    press(at.window, Key.Key_F9)
    press(at.window, Key.Key_F9)
    at.idle()
    loaded = {one.product.name: one.loaded for one in at.desk.view.loaded}
    assert loaded["Still water 0.5 l"] == 96
    assert sum(loaded.values()) == 96
    first = at.screen.loaded.table.rows_model().row(0)
    assert first is not None
    assert first.loaded < first.wanted  # shorts stand on top
    press(at.window, "a")
    qtbot.waitUntil(lambda: at.primary().startswith("Picked"))


def test_more_is_added_to_a_load_that_is_recorded(opened: Open) -> None:
    desk = LoadDesk(load_view((("Nuts", "B-01", 3, 0, 1), ("Cola", "A-01", 10, 10, 24))))
    at = opened(desk)
    press(at.window, Key.Key_F9)  # nothing is ticked, so there is nothing to record
    assert at.primary() == "Picked 3"
    at.enter()
    at.enter()
    assert at.primary() == "Back to the day"
    at.screen.add_action.trigger()
    assert at.primary() == "Load done, 0 units"
    done = at.screen.primary()
    assert done is not None
    assert not done.isEnabled()
    press(at.window, Key.Key_Escape)
    assert at.primary() == "Back to the day"
    at.screen.add_action.trigger()
    at.table.go_to(0)
    at.pick.begin_short()
    type_("2")
    at.enter()
    assert at.picked() == {"Nuts": 2}
    assert at.primary() == "Load done, 2 units"


def test_a_tick_that_cannot_be_kept_is_told_and_taken_back(opened: Open) -> None:
    desk = LoadDesk(load_view())
    at = opened(desk)

    def refuse(run_id: str, product_id: str, picked: int | None) -> None:
        raise Problem("run_unknown", ExitCode.USAGE, id=run_id)

    services = replace(at.pick.tools.services, tick_product=refuse)
    at.pick.ticks.tools = replace(at.pick.tools, services=services)
    at.enter()
    assert "This run is not on this laptop." in at.screen.fact()
    assert at.cell(0, STATE) == "To pick"


def test_others_are_told_of_ticks_once_the_hand_rests_and_at_once_of_what_is_short(
    opened: Open,
) -> None:
    at = opened(LoadDesk(load_view(load_view_goods())))
    told: list[frozenset[str]] = []
    at.pick.tools.background.changed.connect(told.append)
    at.enter()
    at.enter()
    assert at.picked() == {"Still water 0.5 l": 96, "Cola zero 0.33 l": 36}
    assert not any("load" in topics for topics in told)
    at.screen.hide()
    at.idle()
    assert sum("load" in topics for topics in told) == 1
    at.pick.ticks.tick_product(load_view(load_view_goods()).lines[2].product.id, 1)
    at.idle()
    assert sum("load" in topics for topics in told) == 2


def test_empty_screens_say_why_and_what_to_do(opened: Open) -> None:
    at = opened(LoadDesk(None))
    assert "No run of today is on this laptop" in at.screen.nothing.text()
    assert at.primary() == "Look again"
    at.desk.signed_in = False
    at.reload()
    assert "Nobody is signed in" in at.screen.nothing.text()
    at.desk.view = replace(load_view(), lines=(), totes=())
    at.reload()
    assert "Nothing has to be picked" in at.screen.nothing.text()
    assert at.primary() == "Back to the day"
    at.desk.error = Problem("run_unknown", ExitCode.USAGE, id="run-14")
    at.reload()
    assert "The pick list cannot be worked out" in at.screen.nothing.text()
    at.desk.error, at.desk.view = None, load_view()
    at.enter()
    assert at.primary() == "Picked 4 cases"


def test_five_hundred_lines_scroll_and_keep_their_place(opened: Open) -> None:
    at = opened(LoadDesk(big_view()))
    assert at.table.rows_model().rowCount() == 500
    press(at.window, Key.Key_End)
    at.table.go_to(412)
    name = at.current()
    at.reload()
    assert at.current() == name
    at.enter()
    assert at.current() == "Product 413 0.5 l"


def test_every_target_is_big_and_long_names_are_whole_in_the_panel(
    opened: Open, look: Look
) -> None:
    at = opened(LoadDesk(long_view()))
    for theme, scale in (("sunlight", 2.0), ("dark", 1.5), ("light", 1.0)):
        look.show(theme, scale)
        QApplication.processEvents()
        at.table.go_to(9)
        at.pick.begin_short()
        assert at.pick.entry.title.text() == LONG_NAME
        for key in at.pick.entry.keypad.keys.values():
            assert min(key.height(), key.width()) >= 48
        at.pick.end_short()
        assert at.pick.panel.title.text() == LONG_NAME
        assert at.table.rowHeight(0) >= 48
        assert at.pick.panel.why.height() >= 48
        QApplication.processEvents()
        row = at.table.visualRect(at.table.currentIndex())
        middle = at.table.viewport().mapTo(at.pick, row.center())
        assert at.table.viewport().rect().contains(row)  # the chosen row is in sight
        assert at.pick.rect().contains(QPoint(at.pick.width() // 2, middle.y()))


def test_papers_are_made_off_the_gui_thread_and_saved(
    opened: Open, idle: Idle, tmp_path: Path
) -> None:
    at = opened(LoadDesk(load_view()))
    press(at.window, Key.Key_P, CTRL)
    dialogs = [one for one in at.screen.findChildren(PaperDialog) if one.isVisible()]
    assert len(dialogs) == 1
    assert dialogs[0].chosen() == "pick_list"
    assert len(dialogs[0].papers) == 8
    dialogs[0].reject()
    for key in (KIT_SHEETS, ROUTE_SHEET, "roll_100x62"):
        make, name = at.screen.papers.maker(key)
        assert name.endswith("-14-2026-11-19.pdf")
        at.screen.papers.save_to(make, tmp_path / name)
        idle()
        assert at.screen.fact() == f"Saved: {name}"
        assert (tmp_path / name).read_bytes().startswith(b"%PDF")
    make, name = at.screen.papers.maker(KIT_SHEETS)
    at.screen.papers.save_to(make, tmp_path / "none" / name)
    idle()
    assert "could not be written" in at.screen.fact() or "cannot be written" in at.screen.fact()


def test_every_action_has_a_key(opened: Open) -> None:
    desk = LoadDesk(changed_view())
    desk.back = return_view()
    at = opened(desk)
    screen = at.screen
    while screen.make_next():
        pass

    def named(actions: list[QAction]) -> None:
        for action in actions:
            assert action.text()
            assert action.shortcuts(), action.text()

    named([*screen.secondary()])
    at.pick.show_mode("tote")
    named([*screen.secondary()])
    for part in (screen.changes, screen.open_lines, screen.count):
        named([*part.secondary()])
    named([at.pick.show_action, at.pick.panel.why_action])

"""A stop from the arrival to the finished visit, by keys and by scans, over the real services."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.dialogs.command_palette import CommandPalette
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.fill_part import FillPart
from cvd_desktop.ui.screens.stop_screen import StopScreen
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.chip import MachineChipState
from cvd_desktop.ui.widgets.stop_strip import StopStrip, Tab
from cvd_desktop.ui.widgets.tag import TagKind
from tests.support.day_operator import day_operator
from tests.support.sample_window import press, scan
from tests.support.stop_scenes import SOLD, StopDesk, full_stop, settle

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[StopDesk]:
    with day_operator(tmp_path) as day:
        full_stop(day)
        yield StopDesk(day, folder=tmp_path)


@pytest.fixture
def screen(
    desk: StopDesk, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[StopScreen]:
    """The Stop screen in its window, before anybody said which stop."""
    made = desk.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    settle(background)
    yield made
    background.close()
    assert bugs == []


def window_of(screen: StopScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def enter(screen: StopScreen, background: Background) -> None:
    """The biggest button, by its key."""
    press(window_of(screen), Qt.Key.Key_Return)
    settle(background)


def arrive(screen: StopScreen, background: Background, machine_id: str = "m1") -> None:
    screen.open_stop("run1", "s1", machine_id)
    settle(background)
    enter(screen, background)


def primary_word(screen: StopScreen) -> str:
    action = screen.primary()
    assert action is not None
    return action.text()


def test_a_stop_of_two_machines_with_the_enter_key(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    """Nothing was asked for: it opens where the work is, the next stop."""
    assert screen.place() == ("Harbour Works", "Route 14  \N{MIDDLE DOT}  Stop 1 of 3")
    assert screen.strip.isHidden()
    assert list(screen.arrive.cards) == ["m1", "m2"]
    assert primary_word(screen) == "Arrive at 10001"
    enter(screen, background)
    assert [one["state"] for one in desk.day.payloads("stop.marked")] == ["arrived"]
    assert screen.tab() == "read"
    assert primary_word(screen) == "Read and collect"  # the office asked for a collect
    desk.clock_on(minutes=2)
    enter(screen, background)
    assert primary_word(screen) == "Go to Fill"
    enter(screen, background)
    press(window_of(screen), Qt.Key.Key_F8)  # all to par
    settle(background)
    enter(screen, background)
    assert screen.tab() == "cash"
    scan(window_of(screen), "4711-0001")
    settle(background)
    for _ in range(2):
        enter(screen, background)
    assert screen.tab() == "finish"
    names = [line.name for line in screen.parts.finish.lines.lines()]
    assert names[:4] == ["Arrived", "Read", "Put in", "Bag"]
    assert QApplication.focusWidget() is screen  # no line took the focus, and Enter with it
    desk.clock_on(minutes=9)
    enter(screen, background)

    [visit] = desk.day.payloads("visit.finished")
    assert visit["machine_id"] == "m1"
    assert visit["read_id"]
    assert visit["cash"]["bag"] == "47110001"  # type: ignore[index]
    assert sum(line["filled"] for line in visit["lines"]) > 0  # type: ignore[attr-defined]
    assert screen.parts.finish.mark.accessibleName() == "Recorded here"
    assert primary_word(screen) == "Go on with 10002"

    enter(screen, background)
    assert primary_word(screen) == "Arrive at 10002"
    enter(screen, background)
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    enter(screen, background)
    assert len(desk.day.payloads("visit.finished")) == 2
    assert desk.day.payloads("stop.marked")[-1]["state"] == "done"
    assert primary_word(screen) == "Back to Today"
    enter(screen, background)
    assert desk.left == ["today"]
    screen.reload()  # as when the screen is opened again
    settle(background)
    assert primary_word(screen) == "Arrive at 10003"


def test_it_opens_again_where_the_work_was(
    screen: StopScreen, desk: StopDesk, look: Look, background: Background, qtbot: QtBot
) -> None:
    arrive(screen, background, "m2")
    press(window_of(screen), Qt.Key.Key_F5)
    settle(background)
    again = desk.screen(look, background)
    window = MainWindow(look, [again])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    settle(background)
    assert again.tab() == "evidence"
    assert again.strip.chooser.asset == "10002"
    assert again.strip.current() == "evidence"


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu without a window system
def test_scans_and_the_menu_choose_the_machine(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    arrive(screen, background)
    assert screen.strip.title() == "Snack, 4 slots"
    assert screen.strip.detail() == "Last visit Sun 1 Mar, 3 days ago"
    press(window_of(screen), Qt.Key.Key_M, CTRL)
    [menu] = [one for one in screen.findChildren(QMenu) if one.isVisible()]
    assert [action.isEnabled() for action in menu.actions()] == [False, True]
    menu.actions()[1].trigger()
    menu.close()
    settle(background)
    assert primary_word(screen) == "Arrive at 10002"
    scan(window_of(screen), "10001")
    settle(background)
    assert screen.tab() == "read"
    assert screen.strip.chooser.asset == "10001"
    screen.open_stop(None, None, "m5")
    settle(background)
    assert screen.place()[1] == "not on the run"
    enter(screen, background)
    assert screen.strip.chooser.accessibleName() == "Machine 10005"
    assert not screen.scanned("77-unknown")


def test_filling_goes_on_while_the_machine_is_read(
    screen: StopScreen, desk: StopDesk, background: Background, qtbot: QtBot
) -> None:
    states: list[object] = []
    screen.machine_state_changed.connect(lambda state, _percent: states.append(state))
    desk.go_on = threading.Event()
    arrive(screen, background)
    desk.clock_on(minutes=1)
    press(window_of(screen), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.parts.read.reader.reading)
    assert MachineChipState.READING in states
    assert primary_word(screen) == "Fill while it reads"
    press(window_of(screen), Qt.Key.Key_Return)
    assert screen.tab() == "fill"
    desk.go_on.set()
    settle(background)
    assert screen.tab() == "fill"
    assert screen.strip.tabs()["read"].tab.mark is TagKind.GOOD
    press(window_of(screen), Qt.Key.Key_F2)
    settle(background)
    assert primary_word(screen) == "Go to Fill"
    reader = screen.parts.read.reader
    reader.next_machine()  # as from a read of another machine
    assert reader.machine is not None
    assert reader.machine.asset_number == "10001"


def test_a_figure_of_an_earlier_read_opens_its_lines_and_comes_back(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    earlier = desk.day.read_now("m1", {label: meter - 1 for label, meter in SOLD.items()})
    desk.day.read_now("m3", SOLD)
    desk.clock_on(hours=5)
    arrive(screen, background)
    reader = screen.parts.read.reader
    assert [read.id for read in reader.ready.listed()[0]] == [earlier], "those of this machine"
    for read in (None, "now"):
        if read is not None:
            screen.show_tab("read")
            settle(background)
            enter(screen, background)  # read it
            assert reader.shown_detail() is not None
        screen.show_tab("fill")
        settle(background)
        fill = screen.parts.fill
        assert isinstance(fill, FillPart)
        fill.open_source(earlier)
        settle(background)
        assert screen.tab() == "read"
        shown = reader.shown_detail()
        assert shown is not None
        assert shown.summary.id == earlier
        assert reader.done.proof_is_open()
        assert primary_word(screen) == "Back to Fill"
        enter(screen, background)
        assert screen.tab() == "fill"
        screen.show_tab("read")
        mine = reader.shown_detail()
        assert (mine is None) == (read is None), "the tab is as it was before"
        assert mine is None or mine.summary.id != earlier
    screen.show_tab("fill")
    fill.open_source("of-another-laptop")
    settle(background)
    assert screen.tab() == "fill"
    assert screen.fact(), "why there are no lines"


def test_the_label_of_another_machine_is_looked_for_while_filling(
    screen: StopScreen, background: Background
) -> None:
    arrive(screen, background)
    screen.show_tab("fill")
    settle(background)
    scan(window_of(screen), "10003")
    settle(background)
    [palette] = window_of(screen).findChildren(CommandPalette)
    assert palette.field.text() == "10003"
    palette.reject()


def test_no_read_has_a_reason_that_is_recorded(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    desk.problem = Problem("no_answer", ExitCode.NO_ANSWER)
    arrive(screen, background)
    enter(screen, background)
    assert primary_word(screen) == "Read again"
    offered = [action.text() for action in screen.secondary()]
    assert {"No read", "Meters by hand", "Import files"} <= set(offered)
    screen.parts.read.none_action.trigger()
    why = screen.parts.read.none
    press(window_of(screen), Qt.Key.Key_Down)
    enter(screen, background)
    assert why.choices["no_adapter"].isChecked(), "keys walk from the first one, Enter takes it"
    assert primary_word(screen) == "Go to Fill"
    assert screen.strip.tabs()["read"].tab.mark is TagKind.WARNING
    enter(screen, background)
    assert screen.tab() == "fill", "Enter is the big button when a reason is chosen"
    screen.show_tab("read")
    screen.parts.read.after_all_action.trigger()
    settle(background)
    screen.parts.read.none_action.trigger()
    screen.parts.read.none.choices["other"].click()
    QTest.keyClicks(screen.parts.read.none.words.edit, "Port broken off")
    settle(background)
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    enter(screen, background)
    [visit] = desk.day.payloads("visit.finished")
    assert visit["no_read"] == "Port broken off"


def test_not_saved_is_told_and_true(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    arrive(screen, background)
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    missing = screen.parts.finish.rows
    assert missing["read"].button.key_text() == "F2"
    assert not missing["cash"].isHidden()
    desk.refused["finish_visit"] = Problem("disk_full", ExitCode.USAGE)
    enter(screen, background)
    assert not screen.parts.finish.trouble.isHidden()
    assert screen.parts.finish.trouble.title.text() == "Not saved"
    assert desk.day.payloads("visit.finished") == []
    desk.refused.clear()
    enter(screen, background)
    assert len(desk.day.payloads("visit.finished")) == 1
    assert screen.parts.finish.trouble.isHidden()


def test_a_visit_that_another_window_finished_is_not_finished_twice(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    arrive(screen, background)
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    view = screen.view
    assert view is not None
    assert view.draft is not None
    press(window_of(screen), Qt.Key.Key_F5)
    desk.services().finish_visit(view.draft.visit_id)
    QTest.keyClicks(screen.parts.evidence.note.edit, "too late")
    settle(background)
    assert screen.view is not None
    assert screen.view.draft is None
    assert "finished already" in screen.fact()
    assert not screen.keeper.busy
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    assert len(desk.day.payloads("visit.finished")) == 1
    assert screen.parts.finish.mark.accessibleName() == "Recorded here"


def test_a_visit_is_put_aside_and_taken_up_again(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    arrive(screen, background)
    screen.parts.part("evidence")
    press(window_of(screen), Qt.Key.Key_F5)
    settle(background)
    QTest.keyClicks(screen.parts.evidence.note.edit, "Door stuck")
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    press(window_of(screen), Qt.Key.Key_D, CTRL)
    settle(background)
    assert primary_word(screen) == "Arrive at 10001"
    press(window_of(screen), Qt.Key.Key_Z, CTRL)
    settle(background)
    assert screen.view is not None
    assert screen.view.draft is not None
    assert screen.view.draft.evidence.note == "Door stuck"


def test_a_correction_stands_beside_what_was_recorded(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    arrive(screen, background)
    press(window_of(screen), Qt.Key.Key_F4)
    settle(background)
    scan(window_of(screen), "471100")
    settle(background)
    QTest.keyClicks(screen.parts.cash.money.edits["counted"], "34")
    settle(background)
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    enter(screen, background)
    press(window_of(screen), Qt.Key.Key_F4)
    settle(background)
    assert screen.parts.cash.money.edits["counted"].isReadOnly()
    screen.do.amend.trigger()
    assert screen.strip.isHidden()
    assert QApplication.focusWidget() is screen.amend.reason.edit
    action = screen.primary()
    assert action is not None
    assert action.statusTip() == "Say why it is corrected"
    page = screen.amend
    QTest.keyClicks(page.reason.edit, "Counted once more")
    edit = page.money.edits["counted"]
    edit.selectAll()
    QTest.keyClicks(edit, "35.50")
    page.filled.set_text("99")
    QTest.keyClick(page, Qt.Key.Key_S, CTRL)
    assert "fit" in page.filled.error()
    page.filled.set_text("2")
    page.counted.set_text("3")
    page.spoiled.set_text("1")
    page.why.setCurrentIndex(page.why.findData("damaged"))
    assert page.spoiled.text() == "0", "of another reason"
    page.spoiled.set_text("2")
    page.why.setCurrentIndex(page.why.findData("expired"))
    assert page.spoiled.text() == "1"
    page.expiry.set_text("soon")
    QTest.keyClick(page, Qt.Key.Key_S, CTRL)
    assert "no date" in page.expiry.error()
    page.expiry.set_text("31.12.2027")
    page.filled.edit.setFocus()
    press(window_of(screen), Qt.Key.Key_Return)  # corrects the slot, and not yet the visit
    assert desk.day.payloads("visit.amended") == []
    press(window_of(screen), Qt.Key.Key_Return, CTRL)
    settle(background)
    [amended] = desk.day.payloads("visit.amended")
    assert amended["reason"] == "Counted once more"
    assert amended["cash"]["counted"] == 3550  # type: ignore[index]
    [line] = amended["lines"]  # type: ignore[misc]
    assert (line["filled"], line["expiry"]) == (2, "2027-12-31")
    spoiled = {part["reason"]: part["units"] for part in line["spoiled"]}
    assert spoiled == {"expired": 1, "damaged": 2}
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    counted = {line.name: line.value for line in screen.parts.finish.lines.lines()}["Counted"]
    corrected = [line.value for line in screen.parts.finish.correction_lines.lines()]
    assert counted.endswith("34.00")
    assert any(value.endswith("35.50") for value in corrected)
    assert desk.day.payloads("visit.finished")[0]["cash"]["counted"] == 3400  # type: ignore[index]


def test_a_refused_correction_is_there_again_to_be_mended(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    arrive(screen, background)
    press(window_of(screen), Qt.Key.Key_F4)
    settle(background)
    scan(window_of(screen), "471100")
    settle(background)
    QTest.keyClicks(screen.parts.cash.money.edits["counted"], "34")
    settle(background)
    press(window_of(screen), Qt.Key.Key_F6)
    settle(background)
    enter(screen, background)
    desk.day.answer("applied")
    screen.do.amend.trigger()
    QTest.keyClicks(screen.amend.reason.edit, "Counted the coins once more")
    edit = screen.amend.money.edits["counted"]
    edit.selectAll()
    QTest.keyClicks(edit, "31.50")
    press(window_of(screen), Qt.Key.Key_Return, CTRL)
    settle(background)
    desk.day.answer("quarantined", "visit_unknown")
    screen.reload()
    settle(background)
    screen.do.amend.trigger()
    page = screen.amend
    assert "refused" in page.refused.text()
    assert page.reason_text() == "Counted the coins once more"
    assert page.money.edits["counted"].text() == "31.50"
    assert page.why_not() == ""
    press(window_of(screen), Qt.Key.Key_Return, CTRL)
    settle(background)
    first, again = desk.day.payloads("visit.amended")
    assert again["cash"] == first["cash"]
    screen.do.amend.trigger()
    assert (page.refused.text(), page.reason_text()) == ("", "")


def test_where_there_is_no_stop_it_says_so(
    screen: StopScreen, desk: StopDesk, background: Background, qtbot: QtBot
) -> None:
    desk.refused["stop_detail"] = Problem("no_stop", ExitCode.USAGE)
    screen.open_stop(None, None)
    assert not screen.waiting.sentence.isHidden()
    settle(background)
    assert "no run of today" in screen.waiting.told.accessibleDescription()
    assert primary_word(screen) == "Back to Today"
    desk.refused.clear()
    screen.do.again.trigger()
    settle(background)
    assert primary_word(screen) == "Arrive at 10001"
    with qtbot.waitSignal(screen.ticket_wanted) as wanted:
        screen.do.ticket.trigger()
    assert wanted.args == ["m1", []]


def test_the_strip_fits_every_size(look: Look, qtbot: QtBot) -> None:
    """Narrow it loses the key caps, with large text the words of the states; nothing overlaps."""
    frame = QWidget()
    qtbot.addWidget(frame)
    strip = StopStrip(look, frame)
    strip.show_machine("10427", 1, 2, "Snack and drink, 48 slots", "Last visit Mon 16 Nov")
    words = ("Read", "Fill", "Cash", "Evidence", "Finish")
    strip.set_tabs(
        [Tab(word, word, f"F{n}", TagKind.GOOD, "bag asked for") for n, word in enumerate(words, 2)]
    )
    frame.show()
    for wide, scale, caps, states in (
        (1192, 1.0, True, True), (952, 1.0, False, True), (1192, 2.0, False, False),
        (952, 2.0, False, False),
    ):  # fmt: skip
        look.show("light", scale)
        strip.setGeometry(0, 0, wide, strip.height())
        strip.arrange()
        tabs = list(strip.tabs().values())
        assert all(tab.caps is caps for tab in tabs)
        assert all(tab.states is states for tab in tabs)
        places = [tab.geometry() for tab in tabs] + [strip.chooser.geometry()]
        assert not any(
            one.intersects(other) for n, one in enumerate(places) for other in places[n + 1 :]
        )
        assert all(strip.rect().contains(place) for place in places)
        assert all(tab.width() >= tab.width_needed() for tab in tabs)
    look.show("light", 1.0)

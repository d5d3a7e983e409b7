"""The Today screen by keys, touch and scans: the next stop, skip, order, what is elsewhere."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.records import RecordState
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.dialogs.reason_dialog import ReasonDialog
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.today_row_paint import HANDLE
from cvd_desktop.ui.screens.today_screen import TodayScreen
from cvd_desktop.ui.theme import Look
from tests.support import today_scenes as day
from tests.support.sample_window import press, scan
from tests.support.ticket_keys import Idle
from tests.support.today_scenes import Dispatcher

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier
Open = Callable[..., TodayScreen]


@pytest.fixture
def open_today(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot, idle: Idle
) -> Iterator[Open]:
    """`open_today(dispatcher, width, height)` gives the screen in its window, fetched."""

    def opened(dispatcher: Dispatcher, width: int = 1280, height: int = 800) -> TodayScreen:
        screen = dispatcher.screen(look, background)
        window = MainWindow(look, [screen])
        qtbot.addWidget(window)
        background.changed.connect(window.topics_changed)
        window.resize(width, height)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        idle()
        QApplication.processEvents()
        return screen

    yield opened
    background.close()
    assert bugs == []


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher()


@pytest.fixture
def screen(open_today: Open, dispatcher: Dispatcher) -> TodayScreen:
    return open_today(dispatcher)


def window_of(screen: TodayScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def numbers(screen: TodayScreen) -> list[str]:
    return [row.number for row in screen.page.list.stops.rows]


def keys(screen: TodayScreen) -> list[str]:
    return [row.key for row in screen.page.list.stops.rows]


def meant(screen: TodayScreen) -> str:
    action = screen.primary()
    assert action is not None
    return action.text()


def next_number(screen: TodayScreen) -> str:
    shown = screen.page.card.shown()
    assert shown is not None
    return shown.number


def answer(screen: TodayScreen, qtbot: QtBot, key: Qt.Key) -> None:
    """Press a key in the question that is asked."""
    qtbot.waitUntil(lambda: any(one.isActiveWindow() for one in questions(screen)))
    QTest.keyClick(questions(screen)[0], key)
    QApplication.processEvents()


def questions(screen: TodayScreen) -> list[ReasonDialog]:
    return [one for one in window_of(screen).findChildren(ReasonDialog) if one.isVisible()]


# --- what is shown ------------------------------------------------------------------------------


def test_the_next_stop_is_on_top_and_enter_arrives_there(screen: TodayScreen, qtbot: QtBot) -> None:
    shown = screen.page.card.shown()
    assert shown is not None
    assert (shown.above, shown.number, shown.below) == ("Next", "4", "of 9")
    assert shown.title == "Harbour Works, canteen"
    assert [fact.value for fact in shown.facts] == ["09:00", "5 slots", "0.4 days", "€ 398.20"]
    assert shown.facts[0].label == "Open until"
    assert "Ask the porter for key 12." in screen.page.card.accessibleName()
    assert "10433 coffee fill, collect, audit" in screen.page.card.accessibleName()
    assert screen.place() == ("Route 14, Thursday 19 Nov", "07:42")
    assert numbers(screen) == ["5", "6", "7", "8", "9", "3", "1, 2"]
    with qtbot.waitSignal(screen.stop_opened) as told:
        press(window_of(screen), Key.Key_Return)
    assert told.args == ["run14", "s4", ""]


def test_a_row_says_what_is_needed_and_on_what_the_figures_rest(screen: TodayScreen) -> None:
    rows = {row.key: row for row in screen.page.list.stops.rows}
    assert [rows[f"s{n}"].need.words for n in range(5, 10)] == [  # type: ignore[union-attr]
        "2 sold out",
        "Collect",
        "3 sold out",
        "3 low",
        "No slot low",
    ]
    assert [rows[f"s{n}"].window for n in (5, 7, 8)] == [
        "09:00 to 11:00",
        "any time",
        "after 12:30",
    ]
    assert [rows[f"s{n}"].lowest for n in (5, 8)] == ["1.0 day", "2.9 days"]
    model = screen.page.list.stops
    spoken = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == (
        "Stop 5, Mill Street Gym, 1 machine, 2 sold out, lowest slot 1.0 day, 09:00 to 11:00, "
        "cash € 98.40, Calculated, read 14 h old"
    )


def test_what_is_done_shares_a_line_and_says_where_its_record_is(screen: TodayScreen) -> None:
    skipped, line = screen.page.list.stops.rows[-2:]
    assert (skipped.detail, skipped.marked) == ("closed, until 09:00", "Skipped 06:40")
    assert (skipped.record, skipped.record_words) == (RecordState.RECORDED_HERE, "recorded here")
    assert line.name == "Tram Depot North, Riverside Clinic"
    assert line.detail == "164 units, 3 bags, 3 reads, first try"
    assert (line.marked, line.record_words) == ("Done 06:21", "")


def test_progress_and_figures_tell_their_sources(screen: TodayScreen) -> None:
    panel = screen.page.panel
    assert panel.progress.boxes.states() == (
        *("done", "done", "skipped", "now"),
        *("open", "open", "open", "open", "open"),
    )
    assert " ".join(panel.progress.line.text().split()) == "1 skipped 6 to go, ends about 12:50"
    facts = [(fact.value, fact.source.value) for fact in panel.facts.facts()]
    assert facts == [("3 of 3", "D"), ("164 of 906", "M"), ("3", "M"), ("2 products", "C")]
    assert panel.office.text() == "Office data of 05:31, 2 h 11 min old"


def test_what_nobody_knows_is_no_figure(open_today: Open) -> None:
    screen = open_today(Dispatcher(day.unknown()))
    shown = screen.page.card.shown()
    assert shown is not None
    assert [fact.value for fact in shown.facts] == ["any time", *["not known"] * 3]
    assert {row.lowest for row in screen.page.list.stops.rows} == {"·"}
    assert not screen.can.navigate.isEnabled()
    assert screen.can.navigate.statusTip() == "No address of Tram Depot North is known"


# --- choosing -----------------------------------------------------------------------------------


def test_arrow_keys_choose_another_stop_and_up_leads_back(
    screen: TodayScreen, qtbot: QtBot
) -> None:
    window = window_of(screen)
    for _ in range(3):
        press(window, Key.Key_Down)
    assert meant(screen) == "Arrive at stop 7"
    with qtbot.waitSignal(screen.stop_opened) as told:
        press(window, Key.Key_Return)
    assert told.args == ["run14", "s7", ""]
    press(window, Key.Key_Escape)
    assert meant(screen) == "Arrive at stop 4"
    press(window, Key.Key_End)  # the done stops open, the first of them is chosen
    assert meant(screen) == "Look at stop 1"
    assert numbers(screen) == ["5", "6", "7", "8", "9", "3", "1", "2"]
    assert not screen.can.skip.isEnabled()
    press(window, Key.Key_Up)
    assert meant(screen) == "Arrive at stop 3"
    assert numbers(screen)[-1] == "1, 2"


def test_touch_chooses_and_opens_nothing_by_itself(screen: TodayScreen) -> None:
    view = screen.page.list
    opened: list[str] = []
    screen.stop_opened.connect(lambda run, stop, machine: opened.append(stop))
    place = view.visualRect(view.stops.index(1)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert meant(screen) == "Arrive at stop 6"
    assert view.visualRect(view.stops.index(1)).height() > 56  # it says more now
    QTest.mouseClick(screen.page.card, Qt.MouseButton.LeftButton)
    assert meant(screen) == "Arrive at stop 4"
    assert opened == []


def test_labels_open_stops_and_machines(screen: TodayScreen, qtbot: QtBot) -> None:
    with qtbot.waitSignal(screen.stop_opened) as stop:
        scan(window_of(screen), "10460")
    assert stop.args is not None
    assert stop.args[:2] == ["run14", "s6"]
    assert stop.args[2] == "m-10460", "of several machines there the one with the label"
    with qtbot.waitSignal(screen.machine_wanted) as machine:
        scan(window_of(screen), "10611")
    assert machine.args == ["m-10611"]
    assert not screen.scanned("4006381333931")


# --- skip ---------------------------------------------------------------------------------------


def test_a_digit_says_why_a_stop_is_skipped_and_undo_takes_it_back(
    screen: TodayScreen, dispatcher: Dispatcher, qtbot: QtBot, idle: Idle
) -> None:
    press(window_of(screen), "k")
    answer(screen, qtbot, Key.Key_2)
    assert next_number(screen) == "5"  # at once, before it is recorded
    idle()
    assert dispatcher.calls == [("mark", "run14", "s4", "skipped", "no_access", "")]
    assert numbers(screen) == ["6", "7", "8", "9", "3", "4", "1, 2"]
    press(window_of(screen), Key.Key_Z, Control)
    assert next_number(screen) == "4"
    idle()
    assert dispatcher.calls[1:] == [("mark", "run14", "s4", "open", "", "")]
    assert screen.can.undo not in screen.secondary()


def test_another_reason_wants_words(
    screen: TodayScreen, dispatcher: Dispatcher, qtbot: QtBot, idle: Idle
) -> None:
    press(window_of(screen), "k")
    answer(screen, qtbot, Key.Key_Return)
    dialog = questions(screen)[0]
    assert dialog.words.edit.hasFocus()
    QTest.keyClicks(dialog.words.edit, "Fire drill 2")  # a digit here is a digit
    answer(screen, qtbot, Key.Key_Return)
    idle()
    assert dispatcher.calls == [("mark", "run14", "s4", "skipped", "other", "Fire drill 2")]


def test_a_skipped_stop_can_be_put_back_on_the_list(
    screen: TodayScreen, dispatcher: Dispatcher, idle: Idle
) -> None:
    screen.page.list.chosen.emit("s3")
    assert screen.can.skip.text() == "Do not skip"
    screen.can.skip.trigger()
    idle()
    assert dispatcher.calls == [("mark", "run14", "s3", "open", "", "")]
    assert next_number(screen) == "3"


def test_what_cannot_be_recorded_is_put_back_and_told(
    open_today: Open, qtbot: QtBot, idle: Idle
) -> None:
    dispatcher = Dispatcher(problem=day.disk_full())
    screen = open_today(dispatcher)
    screen.can.skip.trigger()
    answer(screen, qtbot, Key.Key_1)
    idle()
    assert next_number(screen) == "4"
    assert "full" in screen.fact()
    assert screen.can.undo not in screen.secondary()


# --- order --------------------------------------------------------------------------------------


def test_keys_move_a_stop_and_a_reason_is_asked_once(
    screen: TodayScreen, dispatcher: Dispatcher, qtbot: QtBot, idle: Idle
) -> None:
    window = window_of(screen)
    screen.page.list.chosen.emit("s7")
    press(window, "r")
    qtbot.waitUntil(lambda: meant(screen) == "Keep this order")
    for _ in range(3):
        press(window, Key.Key_Up)
    assert next_number(screen) == "7"
    assert numbers(screen)[:4] == ["4", "5", "6", "8"]
    press(window, Key.Key_Up)  # it is the first already
    press(window, Key.Key_Down)
    assert next_number(screen) == "4"
    press(window, Key.Key_Return)
    answer(screen, qtbot, Key.Key_3)
    idle()
    order = ("s1", "s2", "s3", "s4", "s7", "s5", "s6", "s8", "s9")
    assert dispatcher.calls == [("order", "run14", order, "traffic")]
    assert keys(screen)[:3] == ["s7", "s5", "s6"]
    assert meant(screen) == "Arrive at stop 4"
    assert numbers(screen)[:3] == ["5", "6", "7"]  # places in the day
    press(window, Key.Key_Z, Control)
    idle()
    assert dispatcher.calls[1][2] == tuple(f"s{n}" for n in range(1, 10))
    assert keys(screen)[:3] == ["s5", "s6", "s7"]


def test_an_order_is_put_back_with_escape_and_asks_nothing(
    screen: TodayScreen, dispatcher: Dispatcher
) -> None:
    screen.page.list.chosen.emit("s8")
    screen.can.reorder.trigger()
    screen.can.earlier.trigger()
    assert numbers(screen)[:4] == ["5", "6", "8", "7"]
    press(window_of(screen), Key.Key_Escape)
    assert numbers(screen)[:4] == ["5", "6", "7", "8"]
    assert meant(screen) == "Arrive at stop 8"
    screen.can.reorder.trigger()
    screen.can.keep.trigger()  # nothing was moved
    assert questions(screen) == []
    assert dispatcher.calls == []


def test_the_handle_drags_a_stop_to_its_place(screen: TodayScreen, qtbot: QtBot) -> None:
    view = screen.page.list
    port = view.viewport()

    def handle(row: int) -> QPoint:
        place = view.visualRect(view.stops.index(row))
        return QPoint(port.width() - HANDLE // 2, place.center().y())

    start, end = handle(3), handle(0)
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(port, start - QPoint(0, 20))
    QTest.mouseMove(port, end)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)
    assert numbers(screen)[:3] == ["8", "5", "6"]
    assert meant(screen) == "Keep this order"


def test_a_finger_that_moves_scrolls_and_chooses_nothing(open_today: Open) -> None:
    screen = open_today(Dispatcher(day.forty_stops()))
    view = screen.page.list
    port = view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(200, 300))
    QTest.mouseMove(port, QPoint(200, 260))
    QTest.mouseMove(port, QPoint(200, 100))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    assert view.verticalScrollBar().value() == 200
    assert meant(screen) == "Arrive at stop 10"


# --- everything else ----------------------------------------------------------------------------


def test_the_navigator_gets_the_address(
    screen: TodayScreen, dispatcher: Dispatcher, qtbot: QtBot
) -> None:
    press(window_of(screen), "g")
    qtbot.waitUntil(lambda: dispatcher.calls == [("open", "geo:53.5,10.0")])
    dispatcher.navigator = False
    screen.can.navigate.trigger()
    assert screen.fact().endswith("The address: Quay Road 5")


def test_machines_elsewhere_are_one_key_away_and_enter_serves_one(
    screen: TodayScreen, qtbot: QtBot
) -> None:
    window = window_of(screen)
    press(window, "m")
    qtbot.waitUntil(lambda: screen.place()[0] == "Not on this run")
    assert meant(screen) == "Serve 10611"
    rows = screen.elsewhere.rows
    ModelTester(None).check(rows)  # type: ignore[no-untyped-call]
    due = rows.columns[3].cell(screen.elsewhere.current())  # type: ignore[arg-type]
    assert due.text == "core slot 0.7 days left, cash € 210.50, due from € 200.00"
    press(window, Key.Key_Down)
    with qtbot.waitSignal(screen.machine_wanted) as told:
        press(window, Key.Key_Return)
    assert told.args == ["m-10702"]
    with qtbot.waitSignal(screen.machine_opened) as about:
        screen.can.machine.trigger()
    assert about.args == ["10702"]
    press(window, Key.Key_Escape)
    assert meant(screen) == "Arrive at stop 4"


def test_what_the_office_changed_stays_until_it_was_seen(
    open_today: Open, qtbot: QtBot, idle: Idle
) -> None:
    dispatcher = Dispatcher(day.changed())
    screen = open_today(dispatcher)
    assert screen.page.changes.note.text().splitlines() == [
        "Added: stop 9, City Pool",
        "Time window, stop 5, Mill Street Gym: 09:00 to 11:00, it was 08:00 to 10:00",
        "Taken off the run: Old Mill, canteen",
        "Note, stop 6, Police station, 2nd floor: The lift is out of order",
        "Must do: stop 7, Logistics Park, hall B",
        "The order of the stops is another one",
    ]
    assert screen.page.panel.order.text() == "Your own order: traffic"
    press(window_of(screen), "s")
    qtbot.waitUntil(lambda: not screen.page.changes.isVisible())
    idle()
    assert dispatcher.calls == [("seen", "run14")]
    with qtbot.waitSignal(screen.load_wanted):  # nobody has loaded
        press(window_of(screen), "l")
    screen.can.run.trigger()
    idle()
    assert screen.place()[0].startswith("Route 15")
    screen.can.run.trigger()
    idle()
    assert screen.place()[0].startswith("Route 14")
    screen.can.run.trigger()
    dispatcher.view = None  # the run is gone meanwhile, and so is the other one
    idle()
    screen.reload()
    idle()
    assert screen.empty.card.title.text() == "No run today"


def test_after_the_last_stop_the_truck_is_counted(open_today: Open, qtbot: QtBot) -> None:
    screen = open_today(Dispatcher(day.all_done()))
    assert screen.page.end.title.text() == "All stops are done"
    assert screen.page.card.isHidden()
    with qtbot.waitSignal(screen.load_wanted):
        press(window_of(screen), Key.Key_Return)
    press(window_of(screen), Key.Key_Down)
    assert meant(screen) == "Look at stop 1"


def test_without_a_run_the_screen_says_why_and_what_to_do(
    open_today: Open, qtbot: QtBot, idle: Idle
) -> None:
    dispatcher = Dispatcher(None, None)
    screen = open_today(dispatcher)
    assert screen.empty.card.title.text() == "Nobody is signed in"
    assert not screen.scanned("10427")
    with qtbot.waitSignal(screen.sign_in_wanted):
        press(window_of(screen), Key.Key_Return)
    dispatcher.session = day.SESSION
    screen.reload()
    idle()
    assert screen.empty.card.title.text() == "No run today"
    dispatcher.broken = day.disk_full()
    press(window_of(screen), Key.Key_Return)
    idle()
    assert screen.empty.card.title.text() == "The run cannot be shown"
    dispatcher.broken, dispatcher.view = None, day.run_view()
    press(window_of(screen), Key.Key_Return)
    idle()
    assert meant(screen) == "Arrive at stop 4"


def test_a_reload_keeps_what_is_chosen_and_what_is_being_ordered(
    screen: TodayScreen, dispatcher: Dispatcher, idle: Idle
) -> None:
    screen.page.list.chosen.emit("s7")
    screen.can.reorder.trigger()
    screen.can.earlier.trigger()
    stops = tuple(one for one in day.nine_stops() if one.stop_id != "s5")
    dispatcher.view = day.run_view(stops=stops)  # the office took one out meanwhile
    screen.reload()
    idle()
    assert numbers(screen)[:4] == ["7", "6", "8", "9"]
    assert meant(screen) == "Keep this order"


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1280, 800), (1920, 1080)])
def test_forty_stops_and_long_names_fit_every_window(
    open_today: Open,
    look: Look,
    width: int,
    height: int,
    scale: float,
    idle: Idle,
    qtbot: QtBot,
) -> None:
    dispatcher = Dispatcher(day.forty_stops())
    look.show("sunlight", scale)
    screen = open_today(dispatcher, width, height)
    view, card = screen.page.list, screen.page.card
    for _ in range(6):
        press(window_of(screen), Key.Key_PageDown)
    row = view.visualRect(view.stops.index(view.stops.place_of(view.current_key())))
    seen = view.viewport().mapTo(screen.page, row.bottomLeft()).y()
    assert 0 < seen <= screen.page.viewport().height()
    for dispatcher.view in (day.forty_stops(), day.long_names()):
        screen.reload()
        idle()
        plan = view.plan()
        assert plan.need - plan.number >= 80 * scale
        assert plan.lowest <= view.viewport().width()
        # The page is laid out once what it shows is known, a turn of the event loop later.
        qtbot.waitUntil(lambda: card.height() >= card.heightForWidth(card.width()))
    look.show("light", 1.0)

"""The Tickets screen by keys and scans: find, open, arrive, work, finish, take back, open anew."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.ticket_records import TicketDraft
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.tickets_screen import TicketsScreen
from cvd_desktop.ui.theme import Look
from tests.support.sample_window import press, scan
from tests.support.ticket_keys import Idle, enter, open_, shown, type_in, window_of
from tests.support.ticket_shop import SOLD, TicketShop

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def shop(busy_shop: TicketShop) -> TicketShop:
    return busy_shop


@pytest.fixture
def screen(tickets_screen: TicketsScreen) -> TicketsScreen:
    return tickets_screen


# --- the list -----------------------------------------------------------------------------------


def test_what_is_to_do_is_shown_and_enter_opens_the_most_urgent(
    screen: TicketsScreen, idle: Idle
) -> None:
    assert shown(screen) == ["t3", "t2", "t1", "t4", "t6", "t5"]
    assert screen.place() == ("Tickets", "6 tickets")
    assert screen.open_action.text() == "Open 10430"
    press(window_of(screen), Key.Key_Return)
    idle()
    assert screen.place() == ("10430", "Logistics Park, hall B")


# Single letters are held for 50 ms, so that a scan is never taken for them.


def test_one_key_each_for_mine_for_what_is_to_do_and_for_all(
    screen: TicketsScreen, qtbot: QtBot
) -> None:
    window = window_of(screen)
    screen.list.take_focus()
    press(window, "m")
    qtbot.waitUntil(lambda: shown(screen) == ["t1", "t7"])
    press(window, "a")
    qtbot.waitUntil(lambda: len(shown(screen)) == 8)
    press(window, "o")
    qtbot.waitUntil(lambda: len(shown(screen)) == 6)


def test_words_are_looked_for_everywhere_and_escape_shows_all(screen: TicketsScreen) -> None:
    window = window_of(screen)
    press(window, Key.Key_F, Control)
    assert screen.list.field.edit.hasFocus()
    type_in(screen, "police chute")
    assert shown(screen) == ["t4"]
    press(window, Key.Key_Escape)
    assert len(shown(screen)) == 6
    screen.list.field.set_text("walrus")
    screen.list.field.edited.emit("walrus")
    assert shown(screen) == []
    assert 'No ticket here has "walrus"' in screen.list.empty.text()


def test_a_scanned_label_shows_the_tickets_of_its_machine(
    screen: TicketsScreen, idle: Idle
) -> None:
    scan(window_of(screen), "10427")
    assert shown(screen) == ["t2", "t7"]
    open_(screen, "t3", idle)
    scan(window_of(screen), "10429")
    assert shown(screen) == ["t4", "t8"]


def test_the_distance_says_where_it_is_counted_from(screen: TicketsScreen) -> None:
    assert "Harbour Works, canteen" in screen.list.near.text()


# --- one ticket ---------------------------------------------------------------------------------


def test_a_ticket_shows_the_way_in_and_what_the_machine_said(
    screen: TicketsScreen, idle: Idle
) -> None:
    open_(screen, "t2", idle)
    from cvd_desktop.ui.screens.ticket_job_part import JobPart

    job = screen.page.part("job")
    assert isinstance(job, JobPart)
    assert job.access.text().startswith("Gate 3")
    assert [job.now.rows.row(n).code for n in range(2)] == ["EJB_61", "EJL"]  # type: ignore[union-attr]
    assert screen.arrive_action.text() == "Arrive at 10427"


def test_the_guide_begins_with_the_page_of_the_ticket(
    screen: TicketsScreen, idle: Idle, qtbot: QtBot
) -> None:
    from cvd_desktop.ui.screens.ticket_guide_part import GuidePart

    open_(screen, "t4", idle)
    press(window_of(screen), "g")
    qtbot.waitUntil(lambda: screen.page.current_view() == "guide")
    guide = screen.page.part("guide")
    assert isinstance(guide, GuidePart)
    assert guide.page.title.text() == "Coin mechanism"
    assert guide.page.checks()[0].startswith("Put in one coin")
    assert guide.table.hasFocus()
    press(window_of(screen), Key.Key_Down)
    assert guide.page.title.text() == "Cup system"


def test_arrive_work_and_leave_by_keys(screen: TicketsScreen, shop: TicketShop, idle: Idle) -> None:
    window = window_of(screen)
    open_(screen, "t2", idle)
    assert screen.primary() is screen.arrive_action
    press(window, Key.Key_Return)
    idle()
    assert screen.primary() is screen.work_action
    shop.clock.go_on(minutes=12)
    press(window, Key.Key_Return)
    assert screen.page.current_view() == "work"
    assert screen.page.work.actions_field.edit.hasFocus()
    type_in(screen, "Motor changed")
    enter()  # a line of the text, not the end of the work
    type_in(screen, "Ten vends")
    press(window, Key.Key_P, Control)
    type_in(screen, "Vend motor")
    enter()
    type_in(screen, "VM-1")
    for choice in screen.page.work._choices.values():
        if choice.word == "Resolved":
            choice.click()
    enter(Control)
    idle()
    (said,) = shop.payloads("ticket.worked")
    assert said["actions"] == "Motor changed\nTen vends"
    assert said["parts"] == [{"name": "Vend motor", "number": "VM-1", "quantity": 1}]
    assert (said["state"], said["seconds_on_site"]) == ("resolved", 720)
    assert screen.page.current_view() == "job"
    assert screen.fact() == "The work is recorded here"
    assert screen.page.work.draft().actions == ""
    screen.reload()
    idle()
    assert screen.primary() is screen.arrive_action, "the time on site has ended"


def test_what_is_missing_is_said_where_it_is_missing(
    screen: TicketsScreen, shop: TicketShop, idle: Idle
) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    screen.finish_action.trigger()
    idle()
    work = screen.page.work
    assert "Choose one of the states" in work.state_error.text()
    work._choices["resolved"].click()
    assert work.state_error.text() == ""
    screen.finish_action.trigger()
    idle()
    assert "Say in a few words" in work.outcome.error()
    assert shop.payloads("ticket.worked") == []


def test_what_is_typed_stays_when_others_change_and_when_one_looks_elsewhere(
    screen: TicketsScreen, shop: TicketShop, idle: Idle
) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    type_in(screen, "Half a sent")
    window_of(screen).topics_changed({"snapshot"})
    idle()
    type_in(screen, "ence")
    screen.page.show_view("guide")
    idle()
    screen.show_list()
    open_(screen, "t3", idle)
    screen.page.show_view("work")
    assert screen.page.work.actions_field.text() == ""
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    assert screen.page.work.actions_field.text() == "Half a sentence"
    assert shop.payloads("ticket.worked") == []


def test_an_answer_that_was_asked_for_before_the_last_words_does_not_undo_them(
    screen: TicketsScreen, idle: Idle
) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    type_in(screen, "wHalf")
    screen.page.work.keep_now()
    idle()
    screen.page.work.actions_field.edit.setPlainText("Half")
    screen.reload()
    screen.page.work.keep_now()
    idle()
    assert screen.page.work.actions_field.text() == "Half"


def test_taking_back_gives_the_words_back(
    screen: TicketsScreen, shop: TicketShop, idle: Idle, qtbot: QtBot
) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    type_in(screen, "Wrong one")
    screen.page.work._choices["waiting_for_parts"].click()
    screen.finish_action.trigger()
    idle()
    shop.clock.go_on(seconds=9)
    assert screen.undo_action.isEnabled()
    press(window_of(screen), "u")
    qtbot.waitUntil(lambda: len(shop.payloads("ticket.worked")) == 2)
    idle()
    screen.page.show_view("work")
    assert screen.page.work.actions_field.text() == "Wrong one"
    assert not screen.undo_action.isEnabled()


def test_after_a_dead_battery_the_work_that_was_begun_is_shown_again(
    shop: TicketShop, look: Look, background: Background, qtbot: QtBot, idle: Idle
) -> None:
    since = shop.services().arrive("t2")
    shop.services().keep_draft("t2", TicketDraft(since, "Half a sentence"))
    screen = shop.screen(look, background)
    window = MainWindow(look, [screen])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    idle()
    assert screen.place() == ("10427", "Harbour Works, canteen")
    assert screen.page.current_view() == "work"
    assert screen.page.work.actions_field.text() == "Half a sentence"
    screen.show_list()
    screen.reload()
    idle()
    assert screen.place()[0] == "Tickets"  # it is shown once, not again and again


def test_a_new_ticket_that_another_screen_wants_goes_before_work_that_was_begun(
    shop: TicketShop, look: Look, background: Background, qtbot: QtBot, idle: Idle
) -> None:
    shop.services().arrive("t2")
    screen = shop.screen(look, background)
    qtbot.addWidget(screen)
    screen.show()
    screen.reload()
    screen.new_ticket("m3", ("EAA",))
    idle()
    assert screen.place() == ("New ticket", "")
    assert screen.new.form.codes.text() == "EAA"


def test_a_read_during_the_work_is_said_to_be_its_proof(
    screen: TicketsScreen, shop: TicketShop, idle: Idle
) -> None:
    shop.services().arrive("t2")
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    assert "Read the machine before you leave" in screen.page.work.proof.text()
    shop.clock.go_on(minutes=9)
    shop.read("m1", *SOLD, ago=timedelta(minutes=2))
    screen.reload()
    idle()
    assert screen.page.work.proof.text().endswith("goes with the work as its proof.")


def test_the_same_work_is_not_recorded_twice(
    screen: TicketsScreen, shop: TicketShop, idle: Idle
) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    type_in(screen, "Once")
    screen.page.work._choices["in_progress"].click()
    screen.finish_action.trigger()
    screen.finish_action.trigger()
    idle()
    assert len(shop.payloads("ticket.worked")) == 1


def test_a_scan_while_work_is_typed_is_the_number_of_a_part(
    screen: TicketsScreen, idle: Idle
) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    scan(window_of(screen), "4006381333931")
    (row,) = screen.page.work.parts.rows()
    assert row.number.text() == "4006381333931"
    assert row.name.edit.hasFocus()
    assert screen.page.work.actions_field.text() == ""


def test_a_new_row_is_in_sight_in_a_small_window(
    screen: TicketsScreen, idle: Idle, qtbot: QtBot, look: Look
) -> None:
    look.show("light", 2.0)
    try:
        open_(screen, "t2", idle)
        screen.page.show_view("work")
        work = screen.page.work
        for _ in range(4):
            screen.page.work.add_part.trigger()
        edit = work.parts.rows()[-1].name.edit
        assert edit.hasFocus()
        qtbot.waitUntil(lambda: not edit.visibleRegion().isEmpty())
    finally:
        look.show("light", 1.0)


def test_rows_of_parts_are_counted_checked_and_removed(screen: TicketsScreen, idle: Idle) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    parts = screen.page.work.parts
    parts.add()
    parts.add("N-2")
    first, second = parts.rows()
    first.quantity.set_text("0")
    assert not parts.check()
    assert "from 1 to" in first.quantity.error()
    second.name.set_text("Belt")
    parts._remove(first)
    assert [(part.name, part.number) for part in parts.parts()] == [("Belt", "N-2")]
    assert parts.check()


def test_too_long_a_text_is_said_to_be_cut_while_it_is_typed(
    screen: TicketsScreen, idle: Idle
) -> None:
    open_(screen, "t2", idle)
    screen.page.show_view("work")
    outcome = screen.page.work.outcome
    outcome.edit.setPlainText("x" * 2001)
    assert len(outcome.text()) == 2000
    assert "the rest is cut" in outcome.error()
    outcome.edit.setPlainText("short")
    assert outcome.error() == ""


def test_what_a_machine_calls_a_code_does_not_spoil_the_form(
    screen: TicketsScreen, idle: Idle
) -> None:
    screen.new_ticket("m2", ("EAR", "X" * 30, "A B", "C,D", "\x00"))
    idle()
    assert screen.new.form.event_codes() == ["EAR"]
    assert screen.new.form.check()


def test_a_closed_ticket_offers_a_new_one(screen: TicketsScreen, idle: Idle) -> None:
    open_(screen, "t8", idle)
    assert screen.primary() is screen.again_action
    screen.again_action.trigger()
    idle()
    assert screen.new.form.codes.text() == "OCB"

"""New tickets, the guide without one, and what cannot be done and why."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.screens.tickets_screen import TicketsScreen
from tests.support.sample_window import press, scan
from tests.support.ticket_keys import Idle, enter, open_, shown, type_in, window_of
from tests.support.ticket_shop import TicketShop

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def shop(busy_shop: TicketShop) -> TicketShop:
    return busy_shop


@pytest.fixture
def screen(tickets_screen: TicketsScreen) -> TicketsScreen:
    return tickets_screen


# --- a new one ----------------------------------------------------------------------------------


def test_a_new_ticket_by_keys(
    screen: TicketsScreen, shop: TicketShop, idle: Idle, qtbot: QtBot
) -> None:
    window = window_of(screen)
    screen.list.take_focus()
    press(window, "n")
    qtbot.waitUntil(lambda: screen.place()[0] == "New ticket")
    idle()
    scan(window, "10431")
    idle()
    assert screen.place() == ("New ticket", "")
    assert screen.new.form.fault.edit.hasFocus()
    type_in(screen, "Door does not lock")
    screen.new.form.urgencies["high"].click()
    screen.new.form.codes.edit.setFocus()
    type_in(screen, "EGC; EGC, 6A")
    screen.new.form.fault.edit.setFocus()
    enter()
    idle()
    (said,) = shop.payloads("ticket.opened")
    assert said["machine_id"] == "m5"
    assert (said["fault"], said["urgency"]) == ("Door does not lock", "high")
    assert said["event_codes"] == ["EGC", "6A"]
    assert screen.place() == ("10431", "School of Music")


def test_another_screen_opens_a_ticket_with_what_the_machine_told(
    screen: TicketsScreen, idle: Idle
) -> None:
    screen.new_ticket("m1", ("EJB61",))
    idle()
    assert screen.new.form.codes.text() == "EJB61"
    assert screen.new.form.fault.text() == "Dispense motor error (61)"
    assert "has a ticket already" in screen.new.form.already.text()
    assert not screen.new.form.events.isHidden()


def test_a_new_ticket_without_a_fault_is_not_recorded(
    screen: TicketsScreen, shop: TicketShop, idle: Idle
) -> None:
    screen.new_ticket("m2")
    idle()
    screen.new.record_action.trigger()
    idle()
    assert "Say in a few words" in screen.new.form.fault.error()
    assert screen.new.form.fault.edit.hasFocus()
    screen.new.form.codes.set_text("X" * 21)
    screen.new.record_action.trigger()
    assert "at most 20" in screen.new.form.codes.error()
    assert shop.payloads("ticket.opened") == []


def test_a_form_that_was_left_is_there_again(screen: TicketsScreen, idle: Idle) -> None:
    screen.new_ticket("m2")
    idle()
    type_in(screen, "Half a fault")
    press(window_of(screen), Key.Key_Escape)
    screen.new_ticket("m2")
    idle()
    assert screen.new.form.fault.text() == "Half a fault"
    screen.new_ticket("m3")
    idle()
    assert screen.new.form.fault.text() == ""


def test_the_guide_is_there_without_a_ticket(
    screen: TicketsScreen, idle: Idle, qtbot: QtBot
) -> None:
    screen.list.take_focus()
    press(window_of(screen), "g")
    qtbot.waitUntil(lambda: screen.place()[0] == "Repair guide")
    card = screen.guide.guide.page
    type_in(screen, "ejb61")
    assert card.title.text() == "Snacks, cans and bottles"
    assert card.why.text().startswith("EJB61: dispense motor error (61)\nDriver: look for")
    screen.guide.look_for("EK2M")
    assert card.title.text() == "Cashless reader 2"
    screen.guide.look_for("compressor trip")
    assert card.title.text() == "Refrigeration"
    screen.guide.look_for("walrus")
    assert screen.guide.guide.rows.rowCount() > 20
    press(window_of(screen), Key.Key_Escape)
    assert screen.place()[0] == "Tickets"


# --- what cannot be done, and why ---------------------------------------------------------------


def test_a_driver_may_open_but_not_work(
    screen: TicketsScreen, shop: TicketShop, idle: Idle
) -> None:
    from cvd_shared.wire_records import UserRecord
    from tests.support.ticket_shop import ME

    shop.change(UserRecord(id=ME, name="driver07", role="driver"))
    screen.reload()
    idle()
    assert screen.list.may_not.text() == "You can open tickets; a technician works on them."
    assert screen.new_action.isEnabled()
    open_(screen, "t2", idle)
    assert not screen.arrive_action.isEnabled()
    assert "technician" in screen.arrive_action.statusTip()
    assert not screen.take_action.isEnabled()


def test_without_a_session_everything_says_what_to_do(
    screen: TicketsScreen, shop: TicketShop, idle: Idle
) -> None:
    shop.sign_out()
    screen.reload()
    idle()
    assert "Sign in" in screen.list.may_not.text()
    assert not screen.new_action.isEnabled()
    assert "Sign in first" in screen.new_action.statusTip()


def test_refused_work_says_why(screen: TicketsScreen, shop: TicketShop, idle: Idle) -> None:
    shop.services().work_ticket("t4", "resolved", "Cleared", "", (), None)
    shop.answer("rejected", "out_of_scope")
    screen.reload()
    idle()
    open_(screen, "t4", idle)
    from cvd_desktop.ui.screens.ticket_job_part import JobPart

    job = screen.page.part("job")
    assert isinstance(job, JobPart)
    assert "not on your routes" in job.refusal.text()


def test_a_ticket_that_has_gone_leads_back_to_the_list(screen: TicketsScreen, idle: Idle) -> None:
    screen.open_ticket("t404")
    idle()
    assert screen.place()[0] == "Tickets"
    assert "not on this laptop" in screen.fact()


def test_parts_are_made_ahead(screen: TicketsScreen, idle: Idle) -> None:
    made = 0
    while screen.make_next():
        made += 1
        assert made < 20
    idle()
    assert shown(screen)

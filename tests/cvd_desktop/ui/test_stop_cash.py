"""The Cash tab: bags, amounts, what is expected, and that nothing typed is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.visit_records import CashDraft, CashView
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.stop_bag_card import grouped
from cvd_desktop.ui.screens.stop_cash_part import CashPart
from cvd_desktop.ui.screens.stop_cash_proof import Proven, proof_of
from cvd_desktop.ui.screens.stop_screen import StopScreen
from cvd_desktop.ui.theme import Look
from cvd_shared.cash_facts import CashExpected, OverShort, Reason
from tests.support import fill_scenes
from tests.support.day_operator import day_operator
from tests.support.sample_window import press, scan
from tests.support.stop_scenes import StopDesk, full_stop, settle

Open = Callable[..., StopScreen]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[StopDesk]:
    with day_operator(tmp_path) as day:
        full_stop(day)
        yield StopDesk(day, folder=tmp_path)


@pytest.fixture
def screen(
    desk: StopDesk, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[StopScreen]:
    """The Cash tab of a visit that was begun."""
    made = desk.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    made.open_stop("run1", "s1", "m1")
    settle(background)
    made.do.arrive.trigger()
    settle(background)
    made.show_tab("cash")
    settle(background)
    yield made
    background.close()
    assert bugs == []


def window_of(screen: StopScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def cash(screen: StopScreen) -> CashPart:
    return screen.parts.cash


def kept(desk: StopDesk) -> CashDraft:
    """What a program that is started after a dead battery finds."""
    draft = stop_detail(desk.day.wp, machine_id="m1").visit.draft
    assert draft is not None
    return draft.cash


def test_a_bag_is_scanned_and_amounts_are_typed(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    window = window_of(screen)
    assert QApplication.focusWidget() is cash(screen).bag.field.edit
    scan(window, "0048-2217")
    settle(background)
    assert cash(screen).bag.number.text() == "0048 2217"
    assert cash(screen).bag.tag.accessibleName() == "Not used before"
    assert QApplication.focusWidget() is cash(screen).money.edits["counted"]
    for text, name in (("411.70", "counted"), ("2", "refunds"), ("20.5", "changer_refill")):
        assert QApplication.focusWidget() is cash(screen).money.edits[name]
        QTest.keyClicks(cash(screen).money.edits[name], text)
        press(window, Qt.Key.Key_Return)
    settle(background)
    assert kept(desk) == replace(
        CashDraft(bag="00482217", counted=41170, refunds=200, changer_refill=2050),
        bag_at=desk.day.clock(),
    )
    assert cash(screen).money.edits["refunds"].text() == "2.00"
    press(window, Qt.Key.Key_Return)  # nothing typed here: on to the next tab
    assert screen.tab() == "evidence"


def test_every_key_is_kept(screen: StopScreen, desk: StopDesk, background: Background) -> None:
    edit = cash(screen).money.edits["counted"]
    for n, digit in enumerate("4117"):
        QTest.keyClicks(edit, digit)
        settle(background)
        assert kept(desk).counted == int("4117"[: n + 1]) * 100
    assert edit.text() == "4117"  # the answers of the database do not tidy what is being typed
    QTest.keyClicks(cash(screen).money.edits["float_left"], "64.50")
    background.close()  # as closing the window does: nothing that was typed is lost
    assert kept(desk).float_left == 6450


def test_a_bag_that_was_used_is_refused_with_words(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    scan(window_of(screen), "B-m2-0301")
    settle(background)
    told = cash(screen).bag.trouble.text()
    assert "BM20301" in told
    assert "10002" in told
    assert "another bag" in told
    assert kept(desk).bag == ""
    scan(window_of(screen), "4711-1")
    settle(background)
    assert kept(desk).bag == "47111"
    assert cash(screen).bag.trouble.isHidden()


def test_a_bag_is_typed_and_another_one_takes_its_place(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    field = cash(screen).bag.field
    QTest.keyClicks(field.edit, "ab 77")
    press(window_of(screen), Qt.Key.Key_Return)
    settle(background)
    assert kept(desk).bag == "AB77"
    press(window_of(screen), Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is field.edit
    QTest.keyClicks(field.edit, "ab 78")
    press(window_of(screen), Qt.Key.Key_Return)
    settle(background)
    assert kept(desk).bag == "AB78"
    press(window_of(screen), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(background)
    assert kept(desk).bag == "AB77"


def test_undo_takes_back_whole_amounts(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    window, money = window_of(screen), cash(screen).money
    money.take_focus("counted")
    QTest.keyClicks(money.edits["counted"], "12")
    press(window, Qt.Key.Key_Return)
    QTest.keyClicks(money.edits["refunds"], "3.50")
    settle(background)
    assert (kept(desk).counted, kept(desk).refunds) == (1200, 350)
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(background)
    assert (kept(desk).counted, kept(desk).refunds) == (1200, 0)
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(background)
    assert (kept(desk).counted, kept(desk).refunds) == (None, 0)
    assert money.edits["counted"].text() == ""


def test_what_is_no_amount_is_said_and_not_kept(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    money = cash(screen).money
    edit = money.edits["refunds"]
    for text in ("1.234", "12 345,6,7", "5e2", "-5", "x"):
        money.take_focus("refunds")
        edit.selectAll()
        QTest.keyClicks(edit, text)
        money.take_focus("counted")
        settle(background)
        assert "no amount" in money.trouble("refunds")
        assert edit.text() == text
    money.take_focus("refunds")
    edit.selectAll()
    QTest.keyClicks(edit, "1,234.50")
    money.take_focus("counted")
    settle(background)
    assert money.trouble("refunds") == ""
    assert kept(desk).refunds == 123450


def test_no_collect_has_a_reason_that_can_be_taken_back(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    window = window_of(screen)
    press(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    cash(screen).bag.choices["no_key"].click()
    settle(background)
    assert kept(desk).no_collect == "no_key"
    cash(screen).bag.choices["other"].click()
    QTest.keyClicks(cash(screen).bag.words.edit, "The lock is frozen")
    settle(background)
    assert kept(desk).no_collect == "The lock is frozen"
    press(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    settle(background)
    assert kept(desk).no_collect == ""
    assert not cash(screen).money_card.isHidden()


def test_what_another_window_kept_is_shown(
    screen: StopScreen, desk: StopDesk, background: Background, qtbot: QtBot
) -> None:
    view = screen.view
    assert view is not None
    assert view.draft is not None
    desk.services().keep_cash(view.draft.visit_id, CashDraft(bag="77", counted=500))
    screen.reload()
    settle(background)
    assert cash(screen).money.edits["counted"].text() == "5.00"
    assert cash(screen).bag.number.text() == "77"
    with qtbot.waitSignal(screen.meters_wanted) as wanted:
        press(window_of(screen), Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    assert wanted.args is not None
    assert wanted.args[0].asset_number == "10001"


def test_each_machine_has_its_own_cash(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    """Nothing that is typed at one machine is seen or kept at the other one."""
    QTest.keyClicks(cash(screen).money.edits["counted"], "41x")
    QTest.keyClicks(cash(screen).money.edits["refunds"], "3")
    cash(screen).none_action.trigger()
    scan(window_of(screen), "10002")
    settle(background)
    screen.do.arrive.trigger()
    settle(background)
    screen.show_tab("cash")
    settle(background)
    assert all(not edit.text() for edit in cash(screen).money.edits.values())
    assert not cash(screen).bag.choosing()
    QTest.keyClicks(cash(screen).money.edits["refunds"], "5")
    scan(window_of(screen), "10001")  # while the last key is on its way
    settle(background)
    screen.show_tab("cash")
    settle(background)
    assert cash(screen).money.edits["refunds"].text() == "3.00"
    assert kept(desk).refunds == 300
    other = stop_detail(desk.day.wp, machine_id="m2").visit.draft
    assert other is not None
    assert other.cash.refunds == 500


def test_a_full_disk_is_told_and_the_amount_is_kept_later(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    desk.refused["keep_cash"] = Problem("disk_full", ExitCode.USAGE)
    QTest.keyClicks(cash(screen).money.edits["counted"], "7")
    settle(background)
    assert "disk is full" in screen.fact()
    assert cash(screen).money.edits["counted"].text() == "7"
    desk.refused.clear()
    QTest.keyClicks(cash(screen).money.edits["counted"], "1")
    settle(background)
    assert kept(desk).counted == 7100


def test_each_line_opens_the_lines_of_the_file(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    desk.clock_on(minutes=1)
    screen.show_tab("read")
    screen.parts.read.reader.start_read()
    settle(background)
    screen.show_tab("cash")
    settle(background)
    lines = cash(screen).expected.lines
    boxes = [line for line in lines.lines() if line.code == "CA306"]
    assert [line.source for line in boxes] == ["D"]
    assert "read" in boxes[0].told()
    lines.opened.emit(lines.lines().index(boxes[0]))
    settle(background)
    assert screen.tab() == "read"
    assert screen.parts.read.reader.done.proof_is_open()
    press(window_of(screen), Qt.Key.Key_Return)
    settle(background)
    assert screen.tab() == "cash"
    assert not screen.parts.read.reader.done.proof_is_open()


# --- without widgets ----------------------------------------------------------------------------


READ_AT = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


def cash_view(amount: int | None, *missing: str, counted: int | None) -> CashView:
    reasons = tuple(Reason(code, {}) for code in missing)
    expected = CashExpected(amount, (), reasons)
    over = None if amount is None or counted is None else counted - amount
    told = reasons if counted is not None else (*reasons, Reason("bag_not_counted", {}))
    return CashView(expected, OverShort(over, told), "EUR", 2, None, READ_AT, 0, None)


def read_at(at: datetime) -> SimpleNamespace:
    return SimpleNamespace(summary=SimpleNamespace(at=at))


@pytest.mark.parametrize(
    ("amount", "counted", "missing", "read", "state"),
    [
        (1000, 1000, (), True, Proven.MATCHES),
        (1000, 950, (), True, Proven.SHORT),
        (1000, 1050, (), True, Proven.OVER),
        (1000, None, (), True, Proven.NOT_COUNTED),
        (1000, 1000, (), False, Proven.NOT_PROVABLE),
        (None, 1000, ("no_read_at_last_collect",), True, Proven.NOT_PROVABLE),
        (1000, 1000, ("meter_restarted",), True, Proven.NOT_PROVABLE),
        (1000, 1000, ("customers_wait",), True, Proven.NOT_PROVABLE),
        (None, None, ("no_meters",), False, Proven.NOT_COUNTED),
    ],
)
def test_a_figure_is_proven_by_all_four_or_not_at_all(
    amount: int | None, counted: int | None, missing: tuple[str, ...], read: bool, state: Proven
) -> None:
    view = replace(
        fill_scenes.visit(()),
        read=read_at(READ_AT) if read else None,  # type: ignore[arg-type]
        cash=cash_view(amount, *missing, counted=counted),
    )
    proof = proof_of(view, counted)
    assert proof.state is state
    assert proof.read_now is read
    assert proof.counted is (counted is not None)
    anew = {"meter_restarted", "no_meters", "no_read_at_last_collect"}
    assert proof.meters_go_on is not bool(anew & set(missing))
    assert proof.read_then is ("no_read_at_last_collect" not in missing)


def test_a_part_of_a_report_is_no_read_now() -> None:
    """The figures are still those of the whole read before it."""
    view = replace(
        fill_scenes.visit(()),
        read=read_at(READ_AT + timedelta(minutes=1)),  # type: ignore[arg-type]
        cash=cash_view(1000, counted=1000),
    )
    proof = proof_of(view, 1000)
    assert (proof.state, proof.read_now) == (Proven.NOT_PROVABLE, False)


def test_without_a_read_nothing_is_proven() -> None:
    proof = proof_of(fill_scenes.visit(()), 1000)
    assert proof.state is Proven.NOT_PROVABLE
    assert (proof.read_then, proof.read_now, proof.meters_go_on) == (False, False, False)


@pytest.mark.parametrize(
    ("bag", "shown"),
    [("00482217", "0048 2217"), ("123456", "12 3456"), ("77", "77"), ("AB123456", "AB123456")],
)
def test_bag_numbers_stand_in_fours(bag: str, shown: str) -> None:
    assert grouped(bag) == shown

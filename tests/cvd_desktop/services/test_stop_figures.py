"""Figures of a stop rest on what reads and visits say, however many there are."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.visit_records import CashDraft
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.complete_visit import finish_visit
from cvd_desktop.services.stop import stop_detail
from cvd_shared.route_shapes import SlotKey
from tests.support.copied_day import copied_day
from tests.support.day_operator import MORNING, DayOperator, machine, server_visit

A1 = SlotKey(1, "A1")
METERS = {"A1": 1056, "A2": 1028, "A3": 1028, "A4": 1000}


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


def test_whether_reads_tell_all_that_was_sold_since_the_last_visit(day: DayOperator) -> None:
    def told() -> bool:
        return stop_detail(day.wp, machine_id="m3").visit.sheet.cell(A1).facts.sold_told

    assert told()  # of the history
    day.visit_now("m3", {"A1": 1}, run_id=None)
    assert not told()  # nobody read it since
    day.clock.go_on(minutes=30)
    day.read_now("m3", METERS)
    assert told()


def test_a_bag_is_proven_however_many_visits_lie_between_two_collects(day: DayOperator) -> None:
    for ago in (50, 40, 30):
        at = MORNING - timedelta(hours=ago)
        day.tell(server_visit("m1", at, None).model_copy(update={"cash": None}))
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    drafts.keep_read(day.wp, visit_id, day.read_now("m1", METERS))
    drafts.keep_cash(day.wp, visit_id, CashDraft(bag="0048 2217", counted=1900))
    before = stop_detail(day.wp, machine_id="m1").visit.cash
    finish_visit(day.wp, visit_id)
    after = stop_detail(day.wp, machine_id="m1").visit.cash
    assert before.over_short == after.over_short
    assert after.over_short is not None
    assert after.over_short.amount == 100
    assert (before.collected_at, before.reads_between) == (after.collected_at, after.reads_between)


def test_money_of_other_decimals_than_the_record_has_is_no_figure(day: DayOperator) -> None:
    """A read that says two decimals, of a machine that the office has without any."""
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    drafts.keep_read(day.wp, visit_id, day.read_now("m1", METERS))
    drafts.keep_cash(day.wp, visit_id, CashDraft(bag="0048 2217", counted=1900))
    day.change(machine("m1", "l1").model_copy(update={"decimals": 0}))
    cash = stop_detail(day.wp, machine_id="m1").visit.cash
    finish_visit(day.wp, visit_id)
    after = stop_detail(day.wp, machine_id="m1").visit.cash
    for seen in (cash, after):
        assert seen.expected is not None
        assert seen.over_short is not None
        assert (seen.expected.amount, seen.over_short.amount) == (None, None)
        assert "money_changed" in {each.code for each in seen.over_short.missing}

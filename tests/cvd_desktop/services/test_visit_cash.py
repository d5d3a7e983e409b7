"""What the Stop screen says of the cash of a visit: expected, counted, in its bag."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.domain.visit_records import CashDraft
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.complete_visit import finish_visit
from cvd_desktop.services.stop import stop_detail
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator

METERS = {"A1": 1056, "A2": 1028, "A3": 1028, "A4": 1000}


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


def test_refunds_and_test_vends_come_out_of_the_bag(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    cash = stop_detail(day.wp).visit.cash
    assert cash.expected is not None
    assert cash.expected.amount == 1800  # 12 sold at 100 to the box and 50 to the stacker
    assert (cash.currency, cash.reads_between, cash.bag) == ("EUR", 3, None)
    drafts.keep_cash(
        day.wp, visit_id, CashDraft(bag="77", refunds=150, test_vends=50, counted=1580)
    )
    cash = stop_detail(day.wp).visit.cash
    assert cash.expected is not None
    assert cash.expected.amount == 1600
    assert next(each.amount for each in cash.expected.terms if each.code == "refunds") == -200
    assert cash.over_short is not None
    assert cash.over_short.amount == -20
    assert cash.bag is not None
    assert cash.bag.free


def test_after_the_collect_the_visit_shows_what_was_in_its_bag(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    day.read_now("m1", METERS, "CA4*0*0*0*0")
    drafts.keep_cash(day.wp, visit_id, CashDraft(bag="77", counted=1800))
    under_way = stop_detail(day.wp).visit.cash
    finish_visit(day.wp, visit_id)
    done = stop_detail(day.wp, machine_id="m1").visit
    assert done.finished is not None
    assert under_way.expected is not None
    assert done.cash.expected is not None
    assert done.cash.expected.amount == under_way.expected.amount
    assert done.cash.over_short == under_way.over_short
    assert done.cash.reads_between == under_way.reads_between

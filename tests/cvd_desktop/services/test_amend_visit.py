"""Corrections of a visit: they state results and never overwrite."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.visit_records import CashDraft
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.complete_visit import amend_visit, finish_visit, known_visit
from cvd_desktop.services.machine_facts import machine_facts
from cvd_desktop.services.outbox import sync_status
from cvd_desktop.services.stop import stop_detail
from cvd_shared.ids import IdMaker
from cvd_shared.route_shapes import SlotKey
from cvd_shared.visit_facts import effective_cash, effective_lines
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator
from tests.support.day_visits import filled

A1, A2, A3, A4 = (SlotKey(1, f"A{n}") for n in range(1, 5))


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


def recorded(day: DayOperator) -> str:
    visit_id = filled(day)
    drafts.keep_cash(day.wp, visit_id, CashDraft(bag="77", counted=1000))
    finish_visit(day.wp, visit_id)
    return visit_id


def amended(day: DayOperator, visit_id: str) -> dict[SlotKey, tuple[int, int | None]]:
    with day.wp.database.read() as connection:
        visit = known_visit(connection, visit_id)
    assert visit is not None
    return {key: (line.filled, line.after) for key, line in effective_lines(visit).items()}


def test_a_correction_says_the_result_and_leaves_the_visit_as_it_was(day: DayOperator) -> None:
    visit_id = recorded(day)
    before = day.payloads("visit.finished")
    told = {A1: CellEdit(filled=4), A2: CellEdit(filled=3), A4: CellEdit(filled=1)}
    amend_visit(day.wp, visit_id, "miscounted", edits=told, note="I looked again.")
    assert day.payloads("visit.finished") == before
    (said,) = day.payloads("visit.amended")
    assert [line["slot"] for line in said["lines"]] == ["A1", "A4"]  # type: ignore[attr-defined]
    assert said["cash"] is None
    assert amended(day, visit_id) == {A1: (4, 6), A2: (3, 8), A3: (3, 8), A4: (1, 9)}
    facts = machine_facts(day.wp, ("m1",))["m1"]
    assert facts.stock[A1].units == 6


def test_a_correction_of_a_correction_starts_from_what_holds_now(day: DayOperator) -> None:
    visit_id = recorded(day)
    amend_visit(day.wp, visit_id, "first", edits={A1: CellEdit(filled=4)})
    day.clock.go_on(minutes=1)
    with pytest.raises(Problem) as caught:
        amend_visit(day.wp, visit_id, "again", edits={A1: CellEdit(filled=4)})
    assert caught.value.code == "amend_nothing"
    amend_visit(day.wp, visit_id, "nothing was put in", edits={A1: CellEdit()})
    assert amended(day, visit_id)[A1] == (0, 2)
    shown = stop_detail(day.wp, run_id="run1", stop_id="s1", machine_id="m1").visit
    assert shown.sheet.cell(A1).after == 2
    assert shown.finished is not None
    assert [each.reason for each in shown.finished.amendments] == ["first", "nothing was put in"]


def test_the_last_correction_holds_though_the_clock_was_set_back(day: DayOperator) -> None:
    visit_id = recorded(day)
    amend_visit(day.wp, visit_id, "first", edits={A1: CellEdit(filled=4)})
    day.clock.go_on(hours=-3)
    wp = replace(day.wp, new_id=IdMaker(day.clock))  # the program was started again
    amend_visit(wp, visit_id, "second", edits={A1: CellEdit(filled=3)})
    assert amended(day, visit_id)[A1] == (3, 5)


def test_cash_is_corrected_as_a_whole(day: DayOperator) -> None:
    visit_id = recorded(day)
    amend_visit(day.wp, visit_id, "counted again", cash=CashDraft(bag="77", counted=1200))
    with day.wp.database.read() as connection:
        visit = known_visit(connection, visit_id)
    assert visit is not None
    cash = effective_cash(visit)
    assert cash is not None
    assert (cash.bag, cash.counted, cash.currency) == ("77", 1200, "EUR")
    for change, code in (
        (CashDraft(bag="", counted=5), "amend_no_bag"),
        (CashDraft(bag="77", counted=1200), "amend_nothing"),
        (CashDraft(bag="B-m3-0301"), "bag_used"),
    ):
        with pytest.raises(Problem) as caught:
            amend_visit(day.wp, visit_id, "again", cash=change)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("reason", "edits", "code"),
    [
        ("  ", {A1: CellEdit(filled=1)}, "amend_no_reason"),
        ("x" * 501, {A1: CellEdit(filled=1)}, "visit_text_too_long"),
        ("typo", {A1: CellEdit(filled=9)}, "sheet_above_capacity"),
        ("typo", {A1: CellEdit(removed=3)}, "sheet_below_zero"),
        ("typo", {SlotKey(1, "Z9"): CellEdit(filled=1)}, "sheet_no_such_slot"),
        ("typo", {}, "amend_nothing"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    day: DayOperator, reason: str, edits: dict[SlotKey, CellEdit], code: str
) -> None:
    visit_id = recorded(day)
    with pytest.raises(Problem) as caught:
        amend_visit(day.wp, visit_id, reason, edits=edits)
    assert caught.value.code == code
    assert day.payloads("visit.amended") == []


def test_a_visit_that_the_server_refused_is_corrected_too(day: DayOperator) -> None:
    visit_id = recorded(day)
    day.answer("quarantined", "not_your_machine")
    amend_visit(day.wp, visit_id, "typo", edits={A1: CellEdit(filled=4)})
    assert amended(day, visit_id)[A1] == (4, 6)
    with pytest.raises(Problem) as caught:
        amend_visit(day.wp, "nonsense", "typo", note="x")
    assert caught.value.code == "visit_unknown"


def test_a_correction_that_the_server_refused_is_made_anew(day: DayOperator) -> None:
    """It counts for nothing, so the same words are a correction again."""
    visit_id = recorded(day)
    day.answer("applied")
    told = {A1: CellEdit(filled=4)}
    amend_visit(day.wp, visit_id, "miscounted", edits=told, note="again")
    shown = stop_detail(day.wp, run_id="run1", stop_id="s1", machine_id="m1").visit
    assert shown.refused_correction is None
    day.answer("quarantined", "visit_unknown")
    day.clock.go_on(minutes=1)
    shown = stop_detail(day.wp, run_id="run1", stop_id="s1", machine_id="m1").visit
    refused = shown.refused_correction
    assert refused is not None
    assert shown.standing is not None
    assert (refused.reason, refused.note) == ("miscounted", "again")
    assert [(line.slot, line.filled) for line in refused.lines] == [("A1", 4)]
    assert effective_lines(shown.standing)[A1].filled == 6
    amend_visit(day.wp, visit_id, "miscounted", edits=told)
    assert [each["lines"] for each in day.payloads("visit.amended")[1:]] == [
        day.payloads("visit.amended")[0]["lines"]
    ]
    day.clock.go_on(minutes=1)
    shown = stop_detail(day.wp, run_id="run1", stop_id="s1", machine_id="m1").visit
    assert shown.refused_correction is None, "the newest one stands"
    status = sync_status(day.wp)
    assert (status.refused, status.left_to_office) == (0, 1), "the refused one asks nobody any more"


def test_a_visit_of_another_laptop_is_corrected_from_what_the_server_says(day: DayOperator) -> None:
    amend_visit(
        day.wp, "v-m3-0301T0500", "counted wrong", edits={A1: CellEdit(filled=5, counted=2)}
    )
    assert amended(day, "v-m3-0301T0500")[A1] == (5, 7)

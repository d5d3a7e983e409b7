"""What the office changes after a visit: what was recorded stays, is shown, can be corrected."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.visit_records import CashDraft
from cvd_desktop.services.complete_visit import amend_visit, finish_visit
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.today import todays_run
from cvd_desktop.services.visit_draft import begin_visit, keep_cash, keep_edits
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import CashCollected
from cvd_shared.wire_records import RunStop
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator, machine, planogram, run

A1, A2 = (SlotKey(1, f"A{n}") for n in (1, 2))


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("taken_away", [A1, A2])
def test_a_slot_that_went_is_shown_as_recorded_and_can_be_corrected(
    day: DayOperator, taken_away: SlotKey
) -> None:
    visit_id = begin_visit(day.wp, "m3", "run1", "s2")
    keep_edits(day.wp, visit_id, {A1: CellEdit(filled=6), A2: CellEdit(filled=3)})
    finish_visit(day.wp, visit_id)
    whole = planogram("m3", version=2)
    left = tuple(slot for slot in whole.slots if slot.label != taken_away.label)
    day.change(whole.model_copy(update={"slots": left}))

    view = stop_detail(day.wp, run_id="run1", stop_id="s2", machine_id="m3").visit
    assert view.sheet.totals().put_in == 9
    assert view.tabs["fill"].values == {"n": 9}
    before = view.sheet.cell(taken_away)
    assert (before.after, before.facts.product_name != "") == (8, True)

    amend_visit(day.wp, visit_id, "one broke", edits={taken_away: CellEdit(filled=2)})
    again = stop_detail(day.wp, run_id="run1", stop_id="s2", machine_id="m3").visit
    assert again.sheet.cell(taken_away).put_in == 2


@pytest.mark.parametrize("stays", [True, False])
def test_a_machine_that_was_put_at_another_stop_is_served_there_too(
    day: DayOperator, stays: bool
) -> None:
    """Whether the stop where the person arrived is still on the run or not."""
    todays_run(day.wp)
    visit_id = begin_visit(day.wp, "m3", "run1", "s2")
    keep_edits(day.wp, visit_id, {A1: CellEdit(filled=6)})
    left = tuple(stop for stop in run().stops if stays or stop.id != "s2")
    kept = tuple(stop.model_copy(update={"machine_ids": ()}) for stop in left if stop.id == "s2")
    rest = tuple(stop for stop in left if stop.id != "s2")
    new = RunStop(id="s9", sequence=9, location_id="l2", machine_ids=("m3",))
    day.change(run(stops=(*rest, *kept, new)))
    finish_visit(day.wp, visit_id)
    today = todays_run(day.wp)
    assert today is not None
    states = {stop.stop_id: stop.state for stop in today.stops}
    assert states == {"s1": "open", "s2": "done", "s3": "open", "s9": "done"}


def test_of_a_label_that_was_given_twice_the_first_one_counts(day: DayOperator) -> None:
    whole = planogram("m3", version=2)
    again = whole.slots[1].model_copy(update={"label": "A1"})
    day.change(whole.model_copy(update={"slots": (*whole.slots, again)}))
    visit_id = begin_visit(day.wp, "m3", "run1", "s2")
    sheet = stop_detail(day.wp).visit.sheet
    keep_edits(day.wp, visit_id, sheet.all_to_par().edits)
    finish_visit(day.wp, visit_id)
    lines = day.payloads("visit.finished")[-1]["lines"]
    told = [(line["slot"], line["product_id"]) for line in lines]  # type: ignore[attr-defined]
    assert told == [("A1", "p1"), ("A2", "p2"), ("A3", "p3"), ("A4", "p4")]


@pytest.mark.parametrize(
    ("typed", "told"),
    [(("KWD", 3), ("KWD", 3)), (("JPY", 0), ("JPY", 0)), (("x" * 30, 9), ("x" * 10, 4))],
)
def test_the_money_of_the_machine_keeps_no_visit_from_being_finished(
    day: DayOperator, typed: tuple[str, int], told: tuple[str, int]
) -> None:
    day.change(machine("m3", "l2").model_copy(update={"currency": typed[0], "decimals": typed[1]}))
    visit_id = begin_visit(day.wp, "m3", "run1", "s2")
    keep_cash(day.wp, visit_id, CashDraft(bag="77", counted=1250))
    finish_visit(day.wp, visit_id)
    cash = CashCollected.model_validate(day.payloads("visit.finished")[-1]["cash"])
    assert (cash.counted, cash.currency, cash.decimals) == (1250, *told)


def test_a_machine_on_two_runs_of_a_day_is_served_for_both(day: DayOperator) -> None:
    stop = RunStop(id="t1", sequence=1, location_id="l2", machine_ids=("m3",))
    day.tell(run(id="run2", stops=(stop,)))
    for run_id, stop_id in (("run1", "s2"), ("run2", "t1")):
        view = stop_detail(day.wp, run_id=run_id, stop_id=stop_id).visit
        assert (view.finished, view.machine.visited) == (None, False)
        finish_visit(day.wp, begin_visit(day.wp, "m3", run_id, stop_id))
        assert stop_detail(day.wp, run_id=run_id, stop_id=stop_id).visit.finished is not None

"""What the office changes after a visit: what was recorded stays, is shown, can be corrected."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.services.complete_visit import amend_visit, finish_visit
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.visit_draft import begin_visit, keep_edits
from cvd_shared.route_shapes import SlotKey
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator, planogram

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

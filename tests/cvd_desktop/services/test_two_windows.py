"""Two windows on one data folder with the same visit: nothing is lost without a word."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.visit_records import CashDraft, EvidenceDraft, VisitDraft
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.visit_draft import begin_visit, keep_cash, keep_edits, keep_evidence
from cvd_desktop.services.workplace import Workplace
from cvd_shared.route_shapes import SlotKey
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator
from tests.support.local_workplace import workplace

A1, A2, A3 = (SlotKey(1, f"A{n}") for n in range(1, 4))


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


@pytest.fixture
def other(day: DayOperator) -> Iterator[Workplace]:
    """A second program on the same folder."""
    with workplace(day.wp.data_dir) as opened:
        yield replace(opened, clock=day.clock)


def shown(wp: Workplace) -> VisitDraft:
    draft = stop_detail(wp).visit.draft
    assert draft is not None
    return draft


def test_cells_that_the_other_window_filled_stay(day: DayOperator, other: Workplace) -> None:
    visit_id = begin_visit(day.wp, "m1", "run1", "s1")
    shown(day.wp)
    shown(other)
    keep_edits(day.wp, visit_id, {A1: CellEdit(filled=1)})
    keep_edits(other, visit_id, {A2: CellEdit(filled=2)})
    shown(day.wp)  # its cells are those that were typed there
    keep_edits(day.wp, visit_id, {A1: CellEdit(filled=1), A3: CellEdit(filled=3)})
    assert {key.label: edit.filled for key, edit in shown(day.wp).edits.items()} == {
        "A1": 1,
        "A2": 2,
        "A3": 3,
    }


def test_a_cell_can_be_cleared_and_the_last_one_who_types_wins(
    day: DayOperator, other: Workplace
) -> None:
    visit_id = begin_visit(day.wp, "m1", "run1", "s1")
    keep_edits(day.wp, visit_id, {A1: CellEdit(filled=1), A2: CellEdit(filled=1)})
    shown(other)
    keep_edits(other, visit_id, {A2: CellEdit(filled=5)})
    assert shown(day.wp).edits == {A2: CellEdit(filled=5)}
    keep_edits(day.wp, visit_id, {})
    assert shown(day.wp).edits == {}


def test_a_cell_that_was_only_looked_at_is_no_change(day: DayOperator, other: Workplace) -> None:
    visit_id = begin_visit(day.wp, "m1", "run1", "s1")
    shown(day.wp)
    shown(other)
    keep_edits(other, visit_id, {A2: CellEdit(filled=2)})
    seen = shown(day.wp).edits
    keep_edits(other, visit_id, {A2: CellEdit(filled=7)})
    keep_edits(day.wp, visit_id, {**seen, A1: CellEdit(filled=1)})
    assert shown(day.wp).edits == {A1: CellEdit(filled=1), A2: CellEdit(filled=7)}


def test_bag_and_amounts_notes_and_ticks_of_two_windows(day: DayOperator, other: Workplace) -> None:
    visit_id = begin_visit(day.wp, "m1", "run1", "s1")
    shown(day.wp)
    shown(other)
    keep_cash(day.wp, visit_id, CashDraft(bag="0042"))
    keep_cash(other, visit_id, CashDraft(counted=1234))
    keep_evidence(day.wp, visit_id, EvidenceDraft(note="Door sticks", checks={"Clean": True}))
    keep_evidence(other, visit_id, EvidenceDraft(answer="Done", checks={"Lights": True}))
    draft = shown(day.wp)
    assert (draft.cash.bag, draft.cash.counted) == ("0042", 1234)
    assert (draft.evidence.note, draft.evidence.answer) == ("Door sticks", "Done")
    assert draft.evidence.checks == {"Clean": True, "Lights": True}


def test_what_could_not_be_kept_is_no_change_that_was_made(
    day: DayOperator, other: Workplace
) -> None:
    visit_id = begin_visit(day.wp, "m1", "run1", "s1")
    shown(day.wp)
    with pytest.raises(ValueError, match="cannot be kept"):
        keep_edits(day.wp, visit_id, {A1: CellEdit(filled=-1)})
    keep_edits(other, visit_id, {A2: CellEdit(filled=2)})
    keep_edits(day.wp, visit_id, {A1: CellEdit(filled=1)})
    assert set(shown(day.wp).edits) == {A1, A2}

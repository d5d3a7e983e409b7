"""Visits of the operator of day_operator.py."""

from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.stop import stop_detail
from tests.support.day_operator import DayOperator


def filled(day: DayOperator, machine_id: str = "m1", stop_id: str | None = "s1") -> str:
    """A visit under way in which every slot is filled to par."""
    run_id = "run1" if stop_id is not None else None
    visit_id = drafts.begin_visit(day.wp, machine_id, run_id, stop_id)
    sheet = stop_detail(day.wp, run_id=run_id, stop_id=stop_id, machine_id=machine_id).visit.sheet
    drafts.keep_edits(day.wp, visit_id, sheet.all_to_par().edits)
    return visit_id

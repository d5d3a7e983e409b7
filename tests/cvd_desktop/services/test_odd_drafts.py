"""Drafts that no program of this kind would write: nothing of them hides or stops anything else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.complete_visit import finish_visit
from cvd_desktop.services.load_truck import load_view, return_view
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.today import todays_run
from cvd_desktop.storage import draft_store
from cvd_desktop.storage.tables import draft as draft_table
from cvd_shared.route_shapes import SlotKey
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator

A1 = SlotKey(1, "A1")
KINDS = ("visit", "load", "count", "seen", "load_list")


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


def write(day: DayOperator, kind: str, text: str) -> None:
    with day.wp.database.write() as connection:
        connection.execute(
            insert(draft_table).values(
                kind=kind, id="run1", user_id="", updated_at="2026-03-05", body=text
            )
        )


def shows_the_visit(day: DayOperator, visit_id: str) -> bool:
    draft = stop_detail(day.wp).visit.draft
    seen = (todays_run(day.wp), load_view(day.wp), return_view(day.wp))
    return draft is not None and draft.visit_id == visit_id and None not in seen


@pytest.mark.parametrize("text", ["[]", '"x"'])
def test_what_is_no_draft_hides_neither_the_day_nor_other_visits(
    day: DayOperator, text: str
) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3")
    for kind in KINDS:
        write(day, kind, text)
    assert shows_the_visit(day, visit_id)


def test_what_is_no_text_of_ours_is_told_to_the_log(
    day: DayOperator, caplog: pytest.LogCaptureFixture
) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3")
    for kind in KINDS:
        write(day, kind, "{broken")
    assert shows_the_visit(day, visit_id)
    assert "draft visit run1 cannot be read" in caplog.text
    caplog.clear()


def test_cells_of_any_cabinet_and_label_are_there_again(day: DayOperator) -> None:
    keys = [SlotKey(9, "\N{CYRILLIC CAPITAL LETTER ZHE}/1"), SlotKey(0, " "), SlotKey(-1, "")]
    visit_id = drafts.begin_visit(day.wp, "m1")
    drafts.keep_edits(day.wp, visit_id, {key: CellEdit(filled=2) for key in keys})
    draft = stop_detail(day.wp).visit.draft
    assert draft is not None
    assert set(draft.edits) == set(keys)
    finish_visit(day.wp, visit_id)
    assert len(day.payloads("visit.finished")[-1]["lines"]) == len(keys)  # type: ignore[arg-type]


def test_what_no_record_can_hold_keeps_no_visit_from_being_finished(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=3)})
    with day.wp.database.read() as connection:
        found = draft_store.load(connection, draft_store.VISIT, visit_id)
    assert found is not None
    edits = {"1/A1": {"filled": 3, "expiry": "soon"}, "1/A2": {"spoiled": [[0, "expired"]]}}
    body = json.dumps(found.body | {"edits": edits, "evidence": {"note": "Half \ud83d"}})
    with day.wp.database.write() as connection:
        connection.execute(
            update(draft_table).where(draft_table.c.id == visit_id).values(body=body)
        )
    finish_visit(day.wp, visit_id)
    payload = day.payloads("visit.finished")[-1]
    assert payload["note"] == "Half ?"
    assert [line["slot"] for line in payload["lines"]] == ["A1"]  # type: ignore[attr-defined]

"""The stop that the person is at: which one, what is shown of it, what a visit lacks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.visit_records import CashDraft, DraftPhoto, EvidenceDraft, StopDetail
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.complete_visit import finish_visit
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.today import mark_stop
from cvd_desktop.services.visit_missing import Asked, missing_of, tabs_of
from cvd_desktop.services.word_table_visit import (
    FLAG_WORDS,
    MISSING_WORDS,
    SHEET_WORDS,
    TAB_WORDS,
    visit_fact_words,
)
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import LoadLine, LoadRecorded
from cvd_shared.wire_records import PhotoRecord, PlanogramRecord, RunStop
from tests.support.copied_day import copied_day
from tests.support.day_operator import (
    DayOperator,
    machine,
    planogram,
    product_of,
    run,
    server_visit,
)

A1, A2, A3, A4 = (SlotKey(1, f"A{n}") for n in range(1, 5))
METERS = {"A1": 1056, "A2": 1028, "A3": 1028, "A4": 1000}


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


def where(detail: StopDetail) -> tuple[str | None, str]:
    return (detail.stop.stop_id if detail.stop else None, detail.machine_id)


def codes(detail: StopDetail) -> list[str]:
    return [each.code for each in detail.visit.missing]


def tabs(detail: StopDetail) -> dict[str, tuple[str, str]]:
    return {name: (tab.mark, tab.code) for name, tab in detail.visit.tabs.items()}


# --- which one ------------------------------------------------------------------------------------


def test_without_more_it_is_where_the_work_is(day: DayOperator) -> None:
    detail = stop_detail(day.wp)
    assert where(detail) == ("s1", "m1")
    assert (detail.run_id, detail.route_number, detail.of_stops) == ("run1", "14", 3)
    assert [each.record.id for each in detail.machines] == ["m1", "m2"]
    finish_visit(day.wp, drafts.begin_visit(day.wp, "m1", "run1", "s1"))
    assert where(stop_detail(day.wp)) == ("s1", "m2")
    finish_visit(day.wp, drafts.begin_visit(day.wp, "m2", "run1", "s1"))
    mark_stop(day.wp, "run1", "s2", "skipped", reason="closed")
    detail = stop_detail(day.wp)
    assert where(detail) == ("s3", "m4")
    assert detail.stop is not None
    assert detail.stop.number == 3
    drafts.begin_visit(day.wp, "m5")
    assert where(stop_detail(day.wp)) == (None, "m5")


def test_a_stop_and_a_machine_can_be_asked_for(day: DayOperator) -> None:
    assert where(stop_detail(day.wp, run_id="run1", stop_id="s3")) == ("s3", "m4")
    assert where(stop_detail(day.wp, stop_id="s1", machine_id="m2")) == ("s1", "m2")
    assert where(stop_detail(day.wp, machine_id="m3")) == ("s2", "m3")
    lone = stop_detail(day.wp, machine_id="m5")
    assert where(lone) == (None, "m5")
    assert (lone.run_id, lone.of_stops, len(lone.machines)) == (None, 0, 1)


@pytest.mark.parametrize(
    ("stop_id", "machine_id", "code"),
    [("s9", None, "stop_unknown"), (None, "m99", "machine_not_here")],
)
def test_what_is_not_here_is_said(
    day: DayOperator, stop_id: str | None, machine_id: str | None, code: str
) -> None:
    with pytest.raises(Problem) as caught:
        stop_detail(day.wp, stop_id=stop_id, machine_id=machine_id)
    assert caught.value.code == code


def test_without_a_run_or_a_machine_there_is_no_stop(day: DayOperator) -> None:
    day.change(run(stops=(RunStop(id="s1", sequence=1, location_id="l1", machine_ids=("m77",)),)))
    with pytest.raises(Problem) as caught:
        stop_detail(day.wp)
    assert caught.value.code == "stop_no_machine"
    day.forget(run())
    with pytest.raises(Problem) as caught:
        stop_detail(day.wp)
    assert caught.value.code == "no_stop"
    assert where(stop_detail(day.wp, machine_id="m1")) == (None, "m1")


def test_a_stop_that_the_office_took_away_keeps_its_visit(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=2)})
    stops = run().stops
    day.change(run(stops=(stops[0], stops[2])))
    detail = stop_detail(day.wp)
    assert detail.machine_id == "m3"
    assert detail.visit.sheet.cell(A1).put_in == 2


def test_photos_that_a_colleague_took(day: DayOperator) -> None:
    done = server_visit("m1", day.clock(), None)
    day.change(done.model_copy(update={"photo_ids": ("ph1", "ph2")}))
    day.change(
        PhotoRecord(
            id="ph2",
            visit_id=done.id,
            machine_id="m1",
            at=done.finished_at,
            subject="after",
            sha256="c" * 64,
            size=900,
            width=640,
            height=480,
        )
    )
    visit = stop_detail(day.wp, machine_id="m1").visit
    assert visit.finished is not None
    assert [(photo.photo_id, photo.sha256) for photo in visit.photos] == [("ph2", "c" * 64)]


# --- the sheet ------------------------------------------------------------------------------------


def test_a_machine_that_went_to_another_route_is_still_finished(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=4)})
    day.forget(machine("m3", "l2"))
    day.forget(planogram("m3"))
    for detail in (stop_detail(day.wp), stop_detail(day.wp, run_id="run1", stop_id="s2")):
        assert where(detail) == ("s2", "m3")
        assert detail.visit.machine.record.asset_number == "10003"
        cell = detail.visit.sheet.cell(A1)
        assert (cell.facts.product_name, cell.put_in, cell.after) == ("Salted crisps", 4, None)
    finish_visit(day.wp, visit_id)
    lines = day.payloads("visit.finished")[-1]["lines"]
    assert [(line["product_id"], line["filled"]) for line in lines] == [("p1", 4)]  # type: ignore[attr-defined]
    assert where(stop_detail(day.wp)) == ("s1", "m1")


def test_the_sheet_shows_stock_need_and_what_was_typed(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=4)})
    sheet = stop_detail(day.wp).visit.sheet
    assert [cell.before for cell in sheet.cells()] == [2, 5, 5, 8]
    cell = sheet.cell(A1)
    assert (cell.after, cell.facts.product_name, cell.facts.source) == (6, "Salted crisps", "C")
    assert (cell.facts.known_units, cell.facts.sold_since, cell.facts.per_day) == (8, 6, 2.0)
    assert sheet.totals().sure == 4


def test_changes_of_the_office_wait_at_the_slot(day: DayOperator) -> None:
    plan = planogram("m1", version=2)
    slots = list(plan.slots)
    slots[0] = slots[0].model_copy(update={"product_id": "p4", "price": 180})
    day.tell(PlanogramRecord(id="new", machine_id="m1", version=2, slots=tuple(slots)))
    sheet = stop_detail(day.wp).visit.sheet
    facts = sheet.cell(A1).facts
    assert (facts.product_id, facts.product_name) == ("p1", "Salted crisps")
    assert facts.change is not None
    assert (facts.change.product_id, facts.change.product_name) == ("p4", "Oat bar")
    assert facts.change.price == 180
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    drafts.keep_edits(day.wp, visit_id, sheet.confirm_change(A1).to_par(A1).edits)
    assert "changes" not in codes(stop_detail(day.wp))
    finish_visit(day.wp, visit_id)
    facts = stop_detail(day.wp, machine_id="m1").visit.sheet.cell(A1).facts
    assert (facts.product_name, facts.stock) == ("Salted crisps", 2)  # as it was found
    day.clock.go_on(days=1)
    facts = stop_detail(day.wp, machine_id="m1").visit.sheet.cell(A1).facts
    assert (facts.product_id, facts.stock, facts.change) == ("p4", 8, None)


def test_a_price_that_the_machine_takes_otherwise_is_flagged(day: DayOperator) -> None:
    drafts.begin_visit(day.wp, "m1", "run1", "s1")
    plan = planogram("m1", version=2)
    slots = tuple(each.model_copy(update={"price": each.price + 10}) for each in plan.slots[:1])
    day.tell(PlanogramRecord(id="new", machine_id="m1", version=2, slots=slots + plan.slots[1:]))
    day.read_now("m1", METERS)
    detail = stop_detail(day.wp)
    facts = detail.visit.sheet.cell(A1).facts
    assert (facts.price, facts.machine_price, facts.price_differs) == (160, 150, True)
    assert detail.visit.sheet.totals().prices == 1
    assert "prices" in codes(detail)
    assert detail.visit.draft is not None
    visit_id = detail.visit.draft.visit_id
    confirmed = detail.visit.sheet.confirm_price(A1, 160)
    drafts.keep_edits(day.wp, visit_id, confirmed.edits)
    finish_visit(day.wp, visit_id)
    day.clock.go_on(days=1)
    later = stop_detail(day.wp, machine_id="m1").visit.sheet
    assert not later.cell(A1).facts.price_differs  # the read before that is old news
    day.read_now("m1", METERS)
    later = stop_detail(day.wp, machine_id="m1").visit.sheet
    assert later.cell(A1).facts.price_differs  # and the next one says that it was not done


def test_a_product_that_is_not_in_the_catalogue_goes_by_its_id(day: DayOperator) -> None:
    plan = planogram("m5", version=2)
    slots = tuple(each.model_copy(update={"product_id": "gone"}) for each in plan.slots)
    day.tell(PlanogramRecord(id="new", machine_id="m5", version=2, slots=slots))
    change = stop_detail(day.wp, machine_id="m5").visit.sheet.cell(A1).facts.change
    assert change is not None
    assert change.product_name == "gone"


def test_a_short_load_limits_what_goes_to_par(day: DayOperator) -> None:
    lines = (LoadLine(product_id="p1", wanted=24, loaded=6),)
    day.record(
        LoadRecorded(
            load_id="ld1", route_id="r14", run_id="run1", at="2026-03-04T05:30:00.000Z", lines=lines
        ),
        ("load", "ld1"),
    )
    put_in = 0
    for stop_id, machine_id in (("s1", "m1"), ("s1", "m2"), ("s2", "m3"), ("s3", "m4")):
        detail = stop_detail(day.wp, run_id="run1", stop_id=stop_id, machine_id=machine_id)
        put_in += detail.visit.sheet.all_to_par().cell(A1).put_in
    assert put_in == 6  # never more than was loaded, and nothing of it lost


def test_a_machine_without_a_planogram_is_said(day: DayOperator) -> None:
    day.forget(planogram("m5"))
    day.clock.go_on(minutes=30)
    detail = stop_detail(day.wp, machine_id="m5")
    assert detail.visit.sheet.cells() == ()
    assert tabs(detail)["fill"] == ("warning", "fill_no_planogram")


# --- tabs and what is missing ---------------------------------------------------------------------


def everything_asked(day: DayOperator) -> str:
    """A visit at a stop that asks for all there is."""
    stop = RunStop(
        id="s2",
        sequence=2,
        location_id="l2",
        machine_ids=("m3",),
        tasks=("fill", "collect", "inventory"),
        note="Say whether the lamp works.",
        answer_wanted=True,
        checklist=("Door", "Lamp"),
        photos_wanted=2,
        signature_wanted=True,
    )
    day.change(run(stops=(run().stops[0], stop)))
    return drafts.begin_visit(day.wp, "m3", "run1", "s2")


def test_before_anybody_arrived_the_tabs_say_what_is_asked_for(day: DayOperator) -> None:
    detail = stop_detail(day.wp)
    assert tabs(detail) == {
        "read": ("todo", "read_todo"),
        "fill": ("todo", "fill_about"),
        "cash": ("todo", "cash_asked"),
        "evidence": ("todo", "evidence_todo"),
        "finish": ("todo", "finish_not_begun"),
    }
    assert detail.visit.tabs["fill"].values == {"n": detail.visit.machine.to_put_in}
    assert detail.visit.missing == ()
    assert tabs(stop_detail(day.wp, machine_id="m3"))["cash"] == ("done", "not_asked")


def test_everything_that_is_missing_is_named_until_it_is_there(day: DayOperator) -> None:
    visit_id = everything_asked(day)
    wp = day.wp
    assert codes(stop_detail(wp)) == [
        *("no_read", "nothing_filled", "not_counted"),
        *("no_bag", "photos", "checks", "answer", "signature"),
    ]
    drafts.keep_read(wp, visit_id, None, "no_answer")
    counted = {key: CellEdit(counted=2, filled=6) for key in (A1, A2, A3, A4)}
    drafts.keep_edits(wp, visit_id, counted)
    swapped = CellEdit(counted=2, swapped_to=product_of("A1"), swapped_name="Other")
    drafts.keep_edits(wp, visit_id, {**counted, A2: swapped})
    assert codes(stop_detail(wp))[0] == "left_empty"
    assert tabs(stop_detail(wp))["fill"][1] == "fill_todo"
    drafts.keep_edits(wp, visit_id, counted)
    drafts.keep_cash(wp, visit_id, CashDraft(counted=500))
    assert codes(stop_detail(wp))[0] == "amounts_without_bag"
    drafts.keep_cash(wp, visit_id, CashDraft(bag="B-m1-0301"))
    detail = stop_detail(wp)
    assert codes(detail)[0] == "bag_used"
    assert tabs(detail)["cash"] == ("warning", "cash_bag_used")
    drafts.keep_cash(wp, visit_id, CashDraft(no_collect="no_key"))
    photo = DraftPhoto("ph1", "a" * 64, 640, 480, 900, "image/jpeg", day.clock())
    evidence = EvidenceDraft(
        photos=(photo,),
        checks={"Door": True, "Lamp": True},
        answer="It does.",
        signed_by="Site 7",
        signature_sha256="b" * 64,
    )
    drafts.keep_evidence(wp, visit_id, evidence)
    detail = stop_detail(wp)
    assert codes(detail) == ["photos"]
    assert detail.visit.missing[0].values == {"n": 1, "wanted": 2}
    assert tabs(detail) == {
        "read": ("warning", "read_without"),
        "fill": ("done", "fill_done"),
        "cash": ("done", "cash_none"),
        "evidence": ("todo", "evidence_photos"),
        "finish": ("todo", "finish_todo"),
    }
    second = replace(photo, photo_id="ph2")
    drafts.keep_evidence(wp, visit_id, replace(evidence, photos=(photo, second)))
    detail = stop_detail(wp)
    assert codes(detail) == []
    assert tabs(detail)["finish"] == ("todo", "finish_ready")


def test_what_is_asked_of_the_stop_is_given_at_one_of_its_machines(day: DayOperator) -> None:
    stop = (
        run()
        .stops[0]
        .model_copy(
            update={"checklist": ("Door", "Lamp"), "signature_wanted": True, "photos_wanted": 1}
        )
    )
    day.change(run(stops=(stop,)))
    asked = {"photos", "checks", "answer", "signature"}
    first = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    drafts.begin_visit(day.wp, "m2", "run1", "s1")
    second = stop_detail(day.wp, stop_id="s1", machine_id="m2")
    assert asked <= set(codes(second))
    given = EvidenceDraft(
        checks={"Door": True},
        answer="I have it.",
        signed_by="Site 7",
        signature_sha256="b" * 64,
    )
    drafts.keep_evidence(day.wp, first, given)
    under_way = stop_detail(day.wp, stop_id="s1", machine_id="m2")
    finish_visit(day.wp, first)
    finished = stop_detail(day.wp, stop_id="s1", machine_id="m2")
    for second in (under_way, finished):
        assert asked & set(codes(second)) == {"photos", "checks"}
        told = next(each.values for each in second.visit.missing if each.code == "checks")
        assert told == {"n": 1, "first": "Lamp"}
        assert second.visit.checklist == ("Door", "Lamp")
    assert finished.visit.draft is not None
    finish_visit(day.wp, finished.visit.draft.visit_id)
    visits = day.payloads("visit.finished")
    checks = [[(each["text"], each["done"]) for each in visit["checks"]] for visit in visits]  # type: ignore[attr-defined]
    assert checks == [[("Door", True), ("Lamp", False)], [("Lamp", False)]]


def test_slots_that_want_a_count_are_named(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    day.read_now("m3", {**METERS, "A1": 1070})  # sold more than was in it
    detail = stop_detail(day.wp)
    cell = detail.visit.sheet.cell(A1)
    assert (cell.before, cell.flag, cell.facts.recount) == (0, "count", True)
    told = next(each for each in detail.visit.missing if each.code == "to_count")
    assert told.values == {"n": 1, "first": "A1"}
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(counted=1, filled=7)})
    detail = stop_detail(day.wp)
    assert codes(detail) == []
    assert tabs(detail)["fill"] == ("done", "fill_done")


def test_the_read_of_the_visit_is_shown_in_full(day: DayOperator) -> None:
    drafts.begin_visit(day.wp, "m1", "run1", "s1")
    read_id = day.read_now("m1", METERS)
    detail = stop_detail(day.wp)
    assert detail.visit.read is not None
    assert detail.visit.read.summary.id == read_id
    assert tabs(detail)["read"] == ("done", "read_done")
    told = visit_fact_words("visit_tab", "read_done", detail.visit.tabs["read"].values)
    assert told == f"done {day.clock().astimezone():%H:%M}"


# --- afterwards -----------------------------------------------------------------------------------


def test_a_finished_visit_is_shown_as_it_was_recorded(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    sheet = stop_detail(day.wp).visit.sheet
    drafts.keep_edits(day.wp, visit_id, sheet.all_to_par().spoil(A1, 1, "melted").edits)
    finish_visit(day.wp, visit_id)
    view = stop_detail(day.wp, machine_id="m3").visit
    assert view.draft is None
    assert view.finished is not None
    assert (view.finished.id, view.finished_state) == (visit_id, RecordState.RECORDED_HERE)
    assert [(cell.before, cell.put_in, cell.after) for cell in view.sheet.cells()] == [
        (2, 7, 8),
        (5, 3, 8),
        (5, 3, 8),
        (8, 0, 8),
    ]
    assert view.tabs["finish"].code == "finish_done"
    day.answer("rejected", "machine_unknown")
    view = stop_detail(day.wp, machine_id="m3").visit
    assert view.finished is not None  # it happened, whatever the server says
    assert view.finished_state is RecordState.REFUSED


def test_a_second_visit_of_the_day_begins_with_what_the_first_left(day: DayOperator) -> None:
    first = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    drafts.keep_edits(day.wp, first, stop_detail(day.wp).visit.sheet.all_to_par().edits)
    finish_visit(day.wp, first)
    second = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    view = stop_detail(day.wp).visit
    assert view.draft is not None
    assert view.draft.visit_id == second
    assert view.finished is not None
    assert view.finished.id == first
    assert [cell.before for cell in view.sheet.cells()] == [8, 8, 8, 8]


# --- words ----------------------------------------------------------------------------------------


def test_every_tab_and_everything_missing_has_words(day: DayOperator) -> None:
    visit_id = everything_asked(day)
    seen = []
    for edits in ({}, {A1: CellEdit(filled=2)}):
        drafts.keep_edits(day.wp, visit_id, edits)
        detail = stop_detail(day.wp)
        seen += [("visit_tab", tab.code, tab.values) for tab in detail.visit.tabs.values()]
        seen += [("visit_missing", each.code, each.values) for each in detail.visit.missing]
        draft = detail.visit.draft
        assert draft is not None
        nothing = missing_of(Asked(()), draft, detail.visit.sheet, None, None)
        shown = tabs_of(Asked(()), draft, detail.visit.sheet, None, nothing)
        seen += [("visit_tab", tab.code, tab.values) for tab in shown.values()]
    for area, code, values in seen:
        said = visit_fact_words(area, code, values)
        assert said
        assert "{" not in said
    for table in (TAB_WORDS, MISSING_WORDS, FLAG_WORDS, SHEET_WORDS):
        assert all(text.strip() == text and text for text in table.values())
    one = visit_fact_words("visit_missing", "photos", {"n": 1})
    assert one.startswith("1 photo is asked")
    assert visit_fact_words("nowhere", "photos", {}) == ""


def test_a_machine_of_another_route_is_served_too(day: DayOperator) -> None:
    day.tell(machine("m9", "l1", route_id="r77"), planogram("m9"))
    visit_id = drafts.begin_visit(day.wp, "m9")
    detail = stop_detail(day.wp)
    assert where(detail) == (None, "m9")
    assert [cell.before for cell in detail.visit.sheet.cells()] == [None] * 4
    assert "to_count" in codes(detail)
    finish_visit(day.wp, visit_id)

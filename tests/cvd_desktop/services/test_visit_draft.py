"""A visit under way: nothing that was entered is lost, whatever happens to the program."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.devices.virtual_ports import announced
from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.visit_records import CashDraft, EvidenceDraft, VisitDraft
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services import visit_draft_body as bodies
from cvd_desktop.services.complete_visit import amend_visit, finish_visit
from cvd_desktop.services.ports import virtual_ports_folder
from cvd_desktop.services.read_machine import read_machine
from cvd_desktop.services.sample_folder import MARK
from cvd_desktop.services.stop import open_visit, stop_detail
from cvd_desktop.services.workplace import Workplace, open_workplace
from cvd_desktop.storage import draft_store, read_store
from cvd_desktop.storage.tables import draft as draft_table
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_shared.route_shapes import SlotKey
from tests.support import killed_fill
from tests.support.copied_day import copied_day
from tests.support.cvd_process import PASSPHRASE, environment
from tests.support.day_operator import DayOperator, office, server_visit
from tests.support.local_workplace import tell_snapshot, workplace
from tests.support.simple_report import simple_report

A1, A2 = SlotKey(1, "A1"), SlotKey(1, "A2")
_NAMES = (
    *("machine_id", "arrived_at", "tab", "cell", "edits", "cash", "evidence", "read_id", "photos"),
    *("filled", "counted", "removed", "spoiled", "bag", "bag_at", "checks", "note", "signed_by"),
)
METERS = {"A1": 1056, "A2": 1028, "A3": 1028, "A4": 1000}


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


def kept(wp: Workplace, visit_id: str) -> VisitDraft:
    with wp.database.read() as connection:
        return drafts.load_visit(connection, visit_id)[0]


def body_of(wp: Workplace, visit_id: str) -> dict[str, object]:
    with wp.database.read() as connection:
        found = draft_store.load(connection, draft_store.VISIT, visit_id)
    assert found is not None
    return found.body


def write_body(wp: Workplace, visit_id: str, body: dict[str, object]) -> None:
    with wp.database.write() as connection:
        connection.execute(
            update(draft_table).where(draft_table.c.id == visit_id).values(body=json.dumps(body))
        )


# --- beginning ------------------------------------------------------------------------------------


def test_beginning_marks_the_stop_arrived_once(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    day.clock.go_on(minutes=1)
    assert drafts.begin_visit(day.wp, "m1", "run1", "s1") == visit_id
    drafts.begin_visit(day.wp, "m2", "run1", "s1")
    (mark,) = day.payloads("stop.marked")
    assert (mark["state"], mark["stop_id"], mark["at"]) == (
        "arrived",
        "s1",
        "2026-03-04T06:00:00.000Z",
    )
    assert open_visit(day.wp) == ("run1", "s1", "m2")


def test_a_machine_that_is_not_on_the_run_is_served_without_a_mark(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m5")
    assert kept(day.wp, visit_id).stop_id is None
    assert day.payloads("stop.marked") == []


def test_a_stop_that_this_laptop_does_not_know_keeps_its_mark(day: DayOperator) -> None:
    drafts.begin_visit(day.wp, "m5", "run-of-tomorrow", "s77")
    assert [each["stop_id"] for each in day.payloads("stop.marked")] == ["s77"]


def test_an_unknown_machine_is_refused_in_words(day: DayOperator) -> None:
    with pytest.raises(Problem) as caught:
        drafts.begin_visit(day.wp, "m99", "run1", "s1")
    assert caught.value.code == "machine_not_here"
    assert day.payloads("stop.marked") == []
    assert open_visit(day.wp) is None


def test_a_viewer_begins_no_visit(day: DayOperator) -> None:
    day.sign_in("u-viewer", "viewer")
    with pytest.raises(Problem) as caught:
        drafts.begin_visit(day.wp, "m1")
    assert caught.value.code == "visit_no_right"


def test_without_anybody_signed_in_all_of_it_works(tmp_path: Path) -> None:
    with copied_day(tmp_path, signed_in=False) as day:
        visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
        drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=3)})
        day.sign_in()  # and whoever signs in then goes on with it
        assert open_visit(day.wp) == ("run1", "s1", "m1")
        finish_visit(day.wp, visit_id)
        assert len(day.payloads("visit.finished")) == 1


def test_another_person_on_the_laptop_does_not_see_my_visit(day: DayOperator) -> None:
    mine = drafts.begin_visit(day.wp, "m1")
    day.sign_in("u-other", "driver")
    assert open_visit(day.wp) is None
    assert drafts.begin_visit(day.wp, "m1") != mine
    day.sign_in()
    assert drafts.begin_visit(day.wp, "m1") == mine


def test_what_was_still_on_its_way_stays_the_visit_of_who_began_it(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    day.sign_in("u-other")
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=3)})
    assert open_visit(day.wp) is None
    day.sign_in()
    assert open_visit(day.wp) == (None, None, "m1")
    assert kept(day.wp, visit_id).edits == {A1: CellEdit(filled=3)}


def test_with_the_clock_set_back_the_mark_still_counts(day: DayOperator) -> None:
    drafts.begin_visit(day.wp, "m3", "run1", "s2")
    day.clock.go_on(hours=-3)
    visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    finish_visit(day.wp, visit_id)
    assert stop_detail(day.wp, run_id="run1", stop_id="s2").stop.state == "done"  # type: ignore[union-attr]


# --- keeping --------------------------------------------------------------------------------------


def test_everything_that_was_typed_is_there_again(day: DayOperator) -> None:
    wp = day.wp
    visit_id = drafts.begin_visit(wp, "m1", "run1", "s1")
    edits = {
        A1: CellEdit(filled=3, counted=2, removed=1, spoiled=((1, "melted"),), price=150),
        SlotKey(2, "A/1 ü"): CellEdit(swapped_to="p9", swapped_name="Ö", expiry="2027-01-31"),
    }
    cash = CashDraft("0048 2217", wp.clock(), 41170, 200, 2000, 6450, 50, "no_key")
    evidence = EvidenceDraft(checks={"Door clean": True, "Lamp": False}, note="n", answer="a")
    drafts.keep_edits(wp, visit_id, edits)
    drafts.keep_cash(wp, visit_id, cash)
    drafts.keep_evidence(wp, visit_id, evidence)
    drafts.keep_place(wp, visit_id, "cash", A2)
    drafts.keep_read(wp, visit_id, None, "no_answer")
    draft = kept(wp, visit_id)
    assert (draft.edits, draft.cash, draft.evidence) == (edits, cash, evidence)
    assert (draft.tab, draft.cell, draft.no_read) == ("cash", A2, "no_answer")


def test_after_a_restart_the_program_opens_where_the_work_was(tmp_path: Path) -> None:
    with copied_day(tmp_path) as day:
        visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
        drafts.keep_place(day.wp, visit_id, "fill", A2)
    with workplace(tmp_path) as again:
        detail = stop_detail(again)
        assert (detail.stop.stop_id, detail.machine_id) == ("s2", "m3")  # type: ignore[union-attr]
        assert detail.visit.draft is not None
        assert (detail.visit.draft.tab, detail.visit.draft.cell) == ("fill", A2)


def test_a_draft_of_another_version_is_read_as_far_as_it_goes(day: DayOperator) -> None:
    wp = day.wp
    visit_id = drafts.begin_visit(wp, "m1")
    drafts.keep_edits(wp, visit_id, {A1: CellEdit(filled=3)})
    body = body_of(wp, visit_id)
    edits = dict(body["edits"])  # type: ignore[call-overload]
    edits["1/A1"]["temperature"] = 4
    edits |= {"1/A2": {"filled": "many"}, "1/A3": {"spoiled": [[1, "frozen"]]}, "odd": {}}
    body |= {"edits": edits, "tab": "telemetry", "cash": {"bag": "B1", "counted": -5}, "v2": [1]}
    write_body(wp, visit_id, body)
    draft = kept(wp, visit_id)
    assert draft.edits == {A1: CellEdit(filled=3)}
    assert (draft.tab, draft.cash.bag, draft.cash.counted) == ("read", "B1", None)

    drafts.keep_edits(wp, visit_id, {A1: CellEdit(filled=4)})
    after = body_of(wp, visit_id)
    assert after["v2"] == [1]
    assert after["edits"]["1/A1"] == {**edits["1/A1"], "filled": 4}  # type: ignore[index]
    for name in ("1/A2", "1/A3", "odd"):
        assert after["edits"][name] == edits[name]  # type: ignore[index]


@pytest.mark.parametrize("body", [{}, {"machine_id": 7}, {"machine_id": "m1", "arrived_at": "?"}])
def test_a_draft_that_nobody_can_read_stays_and_is_said(
    day: DayOperator, body: dict[str, object]
) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    write_body(day.wp, visit_id, body)
    assert open_visit(day.wp) is None
    with pytest.raises(Problem) as caught:
        finish_visit(day.wp, visit_id)
    assert caught.value.code == "visit_unreadable"
    assert body_of(day.wp, visit_id) == body


_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from((*_NAMES, "1/A1", "A1")), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=8))
def test_whatever_lies_there_is_read_without_a_mistake(body: dict[str, object]) -> None:
    readable = {"machine_id": "m1", "arrived_at": "2026-03-04T06:00:00.000Z"} | body
    draft = bodies.draft_of("v1", readable)
    if draft is not None:
        again = bodies.with_edits(bodies.with_cash(readable, draft.cash), draft.edits)
        again = bodies.with_evidence(again, draft.evidence)
        assert bodies.draft_of("v1", json.loads(json.dumps(again))) == draft


def test_kept_twice_is_written_once(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=3)})
    day.clock.go_on(minutes=5)
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=3)})
    with day.wp.database.read() as connection:
        query = select(draft_table.c.updated_at).where(draft_table.c.kind == draft_store.VISIT)
        moment = connection.execute(query).scalar_one()
    assert moment == "2026-03-04T06:00:00.000Z"


def test_a_second_window_that_types_on_after_the_end_is_told(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    finish_visit(day.wp, visit_id)
    with pytest.raises(Problem) as caught:
        drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=3)})
    assert caught.value.code == "visit_already_finished"
    with pytest.raises(Problem) as caught:
        drafts.keep_cash(day.wp, "nonsense", CashDraft())
    assert caught.value.code == "visit_unknown"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is Unix's")
def test_kill_in_the_middle_of_a_fill_keeps_every_entered_cell(tmp_path: Path) -> None:
    def opened() -> Workplace:
        return open_workplace(
            tmp_path, ask_passphrase=lambda: PASSPHRASE, key_store=MemoryKeyStore()
        )

    first = opened()
    tell_snapshot(first, office())
    first.close()
    command = [sys.executable, "-m", killed_fill.__name__, str(tmp_path), "m1"]
    env = environment(tmp_path, PYTHONPATH=os.pathsep.join(sys.path))
    told: dict[str, int] = {}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        visit_id = process.stdout.readline().strip()
        for _ in range(70):
            label, units = process.stdout.readline().split()
            told[label] = int(units)
        process.kill()
        for line in process.stdout:  # what it had said before it died
            label, units = line.split()
            told[label] = int(units)
    again = opened()
    try:
        draft = kept(again, visit_id)
        entered = {key.label: edit.filled for key, edit in draft.edits.items()}
        later = {label for label in entered if entered[label] != told.get(label)}
        assert len(told) == 60
        assert all((entered[label] or 0) >= units for label, units in told.items())
        assert len(later) <= 1  # one that it could not say any more
        assert draft.tab == "fill"
        finish_visit(again, visit_id)
        assert open_visit(again) is None
    finally:
        again.close()


# --- dropping -------------------------------------------------------------------------------------


def test_a_dropped_visit_is_put_aside_and_can_be_taken_up(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    drafts.keep_edits(day.wp, visit_id, {A1: CellEdit(filled=3)})
    drafts.drop_visit(day.wp, visit_id)
    assert open_visit(day.wp) is None
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived", "open"]
    drafts.take_up_visit(day.wp, visit_id)
    assert kept(day.wp, visit_id).edits == {A1: CellEdit(filled=3)}
    assert stop_detail(day.wp).stop.state == "arrived"  # type: ignore[union-attr]


def test_dropping_one_of_two_visits_leaves_the_stop_arrived(day: DayOperator) -> None:
    first = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    drafts.begin_visit(day.wp, "m2", "run1", "s1")
    drafts.drop_visit(day.wp, first)
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived"]
    drafts.begin_visit(day.wp, "m1", "run1", "s1")
    with pytest.raises(Problem) as caught:
        drafts.take_up_visit(day.wp, first)
    assert caught.value.code == "visit_under_way"


# --- the read -------------------------------------------------------------------------------------


def test_a_read_during_the_visit_is_its_read(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1", "run1", "s1")
    drafts.keep_read(day.wp, visit_id, None, "no_answer")
    day.clock.go_on(hours=-5)  # the clock was set back meanwhile
    read_id = day.read_now("m1", METERS)
    assert (kept(day.wp, visit_id).read_id, kept(day.wp, visit_id).no_read) == (read_id, "")
    day.clock.go_on(hours=5, minutes=3)
    again = day.read_now("m1", METERS)
    assert kept(day.wp, visit_id).read_id == again
    day.read_now("m2", METERS)
    assert kept(day.wp, visit_id).read_id == again


def test_a_read_taken_shortly_before_the_visit_was_begun_is_its_read(day: DayOperator) -> None:
    read_id = day.read_now("m1", METERS)
    day.clock.go_on(minutes=20)
    assert kept(day.wp, drafts.begin_visit(day.wp, "m1")).read_id == read_id


def test_a_read_of_this_morning_is_not(day: DayOperator) -> None:
    day.read_now("m1", METERS)
    day.clock.go_on(hours=2)
    assert kept(day.wp, drafts.begin_visit(day.wp, "m1")).read_id is None


def test_a_read_of_the_visit_before_is_not_taken_again(day: DayOperator) -> None:
    first = drafts.begin_visit(day.wp, "m1")
    day.read_now("m1", METERS)
    day.clock.go_on(minutes=5)
    finish_visit(day.wp, first)
    day.clock.go_on(minutes=5)
    assert kept(day.wp, drafts.begin_visit(day.wp, "m1")).read_id is None


def test_a_broken_read_never_takes_the_place_of_a_whole_one(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    start = read_store.ReadStart(
        day.wp.new_id(), day.clock(), "COM3", "dexucs", "look", machine_id="m1"
    )
    with day.wp.database.write() as connection:
        drafts.adopt_read(day.wp, connection, start, "m1", whole=False)
    assert kept(day.wp, visit_id).read_id == start.id  # better than none
    whole = day.read_now("m1", METERS)
    with day.wp.database.write() as connection:
        drafts.adopt_read(day.wp, connection, start, "m1", whole=False)
    assert kept(day.wp, visit_id).read_id == whole


def test_an_old_file_is_not_the_read_of_the_visit(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    now = day.clock()
    start = read_store.ReadStart(day.wp.new_id(), now, "", "file", "look", source="m1.dex")
    with day.wp.database.write() as connection:
        old = replace(start, at=now - timedelta(days=30))
        drafts.adopt_read(day.wp, connection, old, "m1", whole=True)
        practice = replace(start, source=None, practice=True)
        drafts.adopt_read(day.wp, connection, practice, "m1", whole=True)
    assert kept(day.wp, visit_id).read_id is None
    with day.wp.database.write() as connection:
        drafts.adopt_read(day.wp, connection, start, "m1", whole=True)
    assert kept(day.wp, visit_id).read_id == start.id


@pytest.mark.skipif(sys.platform == "win32", reason="virtual machines on ptys")
@pytest.mark.parametrize("sample", [True, False])
def test_a_machine_is_read_in_the_visit_and_in_the_sample_a_practice_machine_too(
    day: DayOperator, sample: bool
) -> None:
    wp = day.wp
    visit_id = drafts.begin_visit(wp, "m1")
    if sample:
        (wp.data_dir / MARK).write_text("2026-03-04")
    report = simple_report(METERS, asset_number="10001", serial_number="SN1")
    with (
        virtual_machine(report, baud_rate=400_000) as machine,
        announced(virtual_ports_folder(wp.data_dir), machine.device, "practice", practice=True),
    ):
        outcome = read_machine(wp, machine.device, machine_id="m1", max_wait=5.0)
    assert outcome.read is not None
    assert kept(wp, visit_id).read_id == (outcome.read.id if sample else None)


# --- the bag --------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["B-77 a", "b77A", "  B 77 A  "])
def test_a_bag_of_another_draft_is_in_use_in_any_spelling(day: DayOperator, spelling: str) -> None:
    first = drafts.begin_visit(day.wp, "m1")
    drafts.keep_cash(day.wp, first, CashDraft(bag="b-77A", bag_at=day.clock()))
    second = drafts.begin_visit(day.wp, "m2")
    check = drafts.check_bag(day.wp, spelling, second)
    assert (check.free, check.used_by_asset, check.used_at) == (False, "10001", day.clock())
    assert drafts.check_bag(day.wp, spelling, first).free
    drafts.drop_visit(day.wp, first)
    assert drafts.check_bag(day.wp, spelling, second).free


def test_leading_zeros_tell_bags_apart_and_no_number_is_no_bag(day: DayOperator) -> None:
    first = drafts.begin_visit(day.wp, "m1")
    drafts.keep_cash(day.wp, first, CashDraft(bag="0048"))
    second = drafts.begin_visit(day.wp, "m2")
    assert not drafts.check_bag(day.wp, "0048", second).free
    assert drafts.check_bag(day.wp, "48", second).free
    drafts.keep_cash(day.wp, first, CashDraft(bag="  "))
    assert drafts.check_bag(day.wp, "", second).free


def test_a_bag_of_this_laptop_or_of_the_server_is_in_use(day: DayOperator) -> None:
    first = drafts.begin_visit(day.wp, "m1")
    drafts.keep_cash(day.wp, first, CashDraft(bag="77"))
    finish_visit(day.wp, first)
    second = drafts.begin_visit(day.wp, "m2")
    assert drafts.check_bag(day.wp, "77", second).used_by_asset == "10001"
    day.answer("rejected", "machine_unknown")  # a fact all the same: the money is in it
    assert not drafts.check_bag(day.wp, "77", second).free
    assert drafts.check_bag(day.wp, "b m3 0301", second).used_by_asset == "10003"


def test_a_bag_that_was_mistyped_and_corrected_is_free_again(day: DayOperator) -> None:
    first = drafts.begin_visit(day.wp, "m1")
    drafts.keep_cash(day.wp, first, CashDraft(bag="77"))
    finish_visit(day.wp, first)
    amend_visit(day.wp, first, "mistyped", cash=CashDraft(bag="78"))
    second = drafts.begin_visit(day.wp, "m2")
    assert drafts.check_bag(day.wp, "77", second).free
    assert not drafts.check_bag(day.wp, "78", second).free


def test_many_visits_are_searched_for_a_bag_without_reading_them(day: DayOperator) -> None:
    old = [server_visit("m4", day.clock() - timedelta(days=n, hours=1), None) for n in range(9, 60)]
    day.tell(*old)
    check = drafts.check_bag(day.wp, old[40].cash.bag.lower(), "another")  # type: ignore[union-attr]
    assert check.used_at is not None
    assert to_wire(check.used_at) == old[40].finished_at

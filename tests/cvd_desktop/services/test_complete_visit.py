"""Finishing a visit: one event or nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from threading import Thread

import pytest
from sqlalchemy import func, select

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.visit_records import CashDraft, DraftPhoto, EvidenceDraft
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.complete_visit import finish_visit
from cvd_desktop.services.machine_facts import machine_facts
from cvd_desktop.services.today import todays_run
from cvd_desktop.storage import draft_store
from cvd_desktop.storage.tables import outbox
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import TicketOpened, TicketWorked
from cvd_shared.wire_records import RunStop, TicketRecord
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator, machine, planogram, run
from tests.support.day_visits import filled

A1, A2, A3, A4 = (SlotKey(1, f"A{n}") for n in range(1, 5))
METERS = {"A1": 1056, "A2": 1028, "A3": 1028, "A4": 1000}
NOISE = "".join(Random(5).choices(ascii_letters + digits, k=2000))  # nothing makes it smaller


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path) as opened:
        yield opened


def refused(day: DayOperator, visit_id: str) -> Problem:
    with pytest.raises(Problem) as caught:
        finish_visit(day.wp, visit_id)
    return caught.value


def events(day: DayOperator) -> int:
    with day.wp.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(outbox)).scalar_one())


def is_under_way(day: DayOperator, visit_id: str) -> bool:
    with day.wp.database.read() as connection:
        return draft_store.load(connection, draft_store.VISIT, visit_id) is not None


# --- what the event says --------------------------------------------------------------------------


def test_a_visit_is_one_event_that_states_results(day: DayOperator) -> None:
    visit_id = filled(day)
    read_id = day.read_now("m1", METERS)
    drafts.keep_cash(
        day.wp,
        visit_id,
        CashDraft("0048 2217", day.clock(), 41170, 200, 2000, 6450, no_collect="x"),
    )
    drafts.keep_evidence(day.wp, visit_id, EvidenceDraft(note=" Lamp out. ", answer="I have it."))
    day.clock.go_on(minutes=9)
    finish_visit(day.wp, visit_id)

    (said,) = day.payloads("visit.finished")
    assert (said["visit_id"], said["machine_id"]) == (visit_id, "m1")
    assert (said["run_id"], said["stop_id"], said["read_id"]) == ("run1", "s1", read_id)
    assert said["arrived_at"] == "2026-03-04T06:00:00.000Z"
    assert said["finished_at"] == "2026-03-04T06:09:00.000Z"
    assert said["tasks"] == ["fill", "collect", "audit"]
    assert (said["note"], said["answer"]) == ("Lamp out.", "I have it.")
    assert said["planogram_version"] == 1
    assert said["cash"] == {
        "bag": "00482217",
        "counted": 41170,
        "refunds": 200,
        "changer_refill": 2000,
        "float_left": 6450,
        "test_vends": 0,
        "currency": "EUR",
        "decimals": 2,
    }
    assert said["no_collect"] == ""  # it was collected after all
    lines = {line["slot"]: line for line in said["lines"]}  # type: ignore[attr-defined]
    assert {label: (each["before"], each["filled"], each["after"]) for label, each in lines.items()}
    assert all(line["after"] == 8 and line["par"] == 8 for line in lines.values())
    assert not is_under_way(day, visit_id)


def test_the_stock_of_the_machine_follows(day: DayOperator) -> None:
    finish_visit(day.wp, filled(day))
    facts = machine_facts(day.wp, ("m1",))["m1"]
    assert [facts.stock[key].units for key in (A1, A2, A3, A4)] == [8, 8, 8, 8]


def test_photos_and_the_signature_travel_with_the_visit(day: DayOperator) -> None:
    visit_id = filled(day, "m3", "s2")
    photo = DraftPhoto(
        "ph1", "a" * 64, 640, 480, 90_000, "image/jpeg", day.clock(), "damage", "Door"
    )
    evidence = EvidenceDraft(photos=(photo,), signed_by="Site 7", signature_sha256="b" * 64)
    drafts.keep_evidence(day.wp, visit_id, evidence)
    assert day.payloads("photo.taken") == []
    finish_visit(day.wp, visit_id)
    (visit,), (taken,) = day.payloads("visit.finished"), day.payloads("photo.taken")
    assert visit["photo_ids"] == ["ph1"]
    assert visit["signature"] == {"name": "Site 7", "sha256": "b" * 64}
    assert (taken["visit_id"], taken["machine_id"], taken["subject"]) == (visit_id, "m3", "damage")


def test_the_checklist_is_told_with_what_was_not_done(day: DayOperator) -> None:
    stop = RunStop(
        id="s2", sequence=2, location_id="l2", machine_ids=("m3",), checklist=("Door", "Lamp")
    )
    day.change(run(stops=(stop,)))
    visit_id = filled(day, "m3", "s2")
    drafts.keep_evidence(day.wp, visit_id, EvidenceDraft(checks={"Lamp": True, "Old line": True}))
    finish_visit(day.wp, visit_id)
    (said,) = day.payloads("visit.finished")
    assert [(each["text"], each["done"]) for each in said["checks"]] == [  # type: ignore[attr-defined]
        ("Door", False),
        ("Lamp", True),
        ("Old line", True),
    ]


@pytest.mark.parametrize(
    ("edits", "tasks"),
    [
        ({}, []),
        ({A1: CellEdit(filled=0)}, ["fill"]),
        ({A1: CellEdit(counted=2)}, []),
        ({key: CellEdit(counted=2) for key in (A1, A2, A3, A4)}, ["inventory"]),
        ({A1: CellEdit(removed=1)}, []),
    ],
)
def test_what_was_done_follows_from_what_was_recorded(
    day: DayOperator, edits: dict[SlotKey, CellEdit], tasks: list[str]
) -> None:
    visit_id = drafts.begin_visit(day.wp, "m3", "run1", "s2")
    drafts.keep_edits(day.wp, visit_id, edits)
    finish_visit(day.wp, visit_id)
    assert day.payloads("visit.finished")[0]["tasks"] == tasks


def test_a_ticket_that_was_worked_on_meanwhile_is_a_repair(day: DayOperator) -> None:
    day.tell(
        TicketRecord(id="t1", machine_id="m3", fault="Lamp", opened_at="2026-03-01T06:00:00.000Z")
    )
    opened = TicketOpened(ticket_id="t2", machine_id="m3", fault="Lock", urgency="low")
    visit_id = drafts.begin_visit(day.wp, "m3")
    day.record(opened)
    finish_visit(day.wp, visit_id)
    visit_id = drafts.begin_visit(day.wp, "m3")
    day.clock.go_on(minutes=1)
    day.record(TicketWorked(ticket_id="t1", state="resolved", outcome="changed"))
    finish_visit(day.wp, visit_id)
    assert [each["tasks"] for each in day.payloads("visit.finished")] == [[], ["repair"]]


# --- the stop -------------------------------------------------------------------------------------


def test_the_last_machine_of_a_stop_marks_it_done(day: DayOperator) -> None:
    finish_visit(day.wp, filled(day, "m1"))
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived"]
    finish_visit(day.wp, filled(day, "m2"))
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived", "done"]


def test_a_stop_with_another_visit_under_way_stays_arrived(day: DayOperator) -> None:
    finish_visit(day.wp, filled(day, "m1"))
    second = filled(day, "m1")  # once more
    finish_visit(day.wp, filled(day, "m2"))
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived"]
    finish_visit(day.wp, second)
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived", "done"]


def test_a_visit_left_open_yesterday_serves_the_stop_of_today(day: DayOperator) -> None:
    visit_id = filled(day, "m1")
    stop = RunStop(id="t1", sequence=1, location_id="l1", machine_ids=("m1",))
    day.tell(run(id="run2", day="2026-03-05", stops=(stop,)))
    day.clock.go_on(hours=25)
    finish_visit(day.wp, visit_id)
    said = day.payloads("visit.finished")[-1]
    assert (said["run_id"], said["stop_id"]) == ("run2", "t1")
    today = todays_run(day.wp)
    assert today is not None
    assert [(each.stop_id, each.state) for each in today.stops] == [("t1", "done")]


def test_a_visit_that_goes_on_after_midnight_is_of_its_own_run(day: DayOperator) -> None:
    day.tell(run(id="run2", day="2026-03-05"))
    day.clock.go_on(hours=17.5)
    visit_id = filled(day, "m1")
    day.clock.go_on(hours=1)
    finish_visit(day.wp, visit_id)
    assert day.payloads("visit.finished")[-1]["run_id"] == "run1"


def test_a_machine_beside_the_run_marks_nothing(day: DayOperator) -> None:
    finish_visit(day.wp, filled(day, "m5", None))
    assert day.payloads("stop.marked") == []
    assert day.payloads("visit.finished")[0]["stop_id"] is None


def test_what_the_office_took_away_meanwhile_is_recorded_all_the_same(day: DayOperator) -> None:
    visit_id = filled(day, "m3", "s2")
    drafts.keep_cash(day.wp, visit_id, CashDraft(bag="B9"))
    day.change(run(stops=()))
    day.forget(machine("m3", "l2"))
    day.forget(planogram("m3"))
    finish_visit(day.wp, visit_id)
    (said,) = day.payloads("visit.finished")
    assert (said["machine_id"], said["cash"]["bag"]) == ("m3", "B9")  # type: ignore[index]
    lines = said["lines"]
    told = [(line["slot"], line["product_id"], line["filled"]) for line in lines]  # type: ignore[attr-defined]
    assert told == [("A1", "p1", 6), ("A2", "p2", 3), ("A3", "p3", 3), ("A4", "p4", 0)]
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived", "done"]


# --- never twice, never half ----------------------------------------------------------------------


def test_a_visit_is_finished_once(day: DayOperator) -> None:
    visit_id = filled(day)
    finish_visit(day.wp, visit_id)
    before = events(day)
    assert refused(day, visit_id).code == "visit_already_finished"
    day.answer("rejected", "machine_unknown")
    assert refused(day, visit_id).code == "visit_already_finished"
    assert refused(day, "nonsense").code == "visit_unknown"
    assert events(day) == before


def test_two_windows_finish_it_once(day: DayOperator) -> None:
    visit_id = filled(day)
    codes: list[str] = []

    def finish() -> None:
        try:
            finish_visit(day.wp, visit_id)
        except Problem as problem:
            codes.append(problem.code)
        else:
            codes.append("recorded")

    threads = [Thread(target=finish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["recorded", "visit_already_finished"]
    assert len(day.payloads("visit.finished")) == 1


def test_full_disk_records_nothing_and_keeps_the_draft(day: DayOperator) -> None:
    visit_id = filled(day)
    finish_visit(day.wp, filled(day, "m2"))
    drafts.keep_evidence(day.wp, visit_id, EvidenceDraft(note=NOISE, answer=NOISE[::-1].swapcase()))
    before = events(day)
    room = 0
    codes = []
    while room < 40:  # full at every place inside the transaction, until it fits
        with day.wp.database.outside_transaction() as connection:
            connection.exec_driver_sql("PRAGMA incremental_vacuum")
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + room}")
        try:
            finish_visit(day.wp, visit_id)
        except Problem as problem:
            codes.append(problem.code)
            assert events(day) == before
            assert is_under_way(day, visit_id)
            room += 1
        else:
            break
    with day.wp.database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert set(codes) == {"disk_full"}
    if is_under_way(day, visit_id):
        finish_visit(day.wp, visit_id)
    assert [each["visit_id"] for each in day.payloads("visit.finished")][-1] == visit_id
    assert [each["state"] for each in day.payloads("stop.marked")] == ["arrived", "done"]


def test_a_bag_that_was_used_stops_the_finish(day: DayOperator) -> None:
    first, second = filled(day, "m1"), filled(day, "m2")
    drafts.keep_cash(day.wp, first, CashDraft(bag="77"))
    drafts.keep_cash(day.wp, second, CashDraft(bag="7-7"))
    problem = refused(day, second)
    assert (problem.code, problem.values["asset"]) == ("bag_used", "10001")
    finish_visit(day.wp, first)
    assert refused(day, second).code == "bag_used"
    drafts.keep_cash(day.wp, second, CashDraft(bag="78"))
    finish_visit(day.wp, second)


def test_a_text_that_no_record_can_hold_is_said(day: DayOperator) -> None:
    visit_id = filled(day)
    drafts.keep_evidence(day.wp, visit_id, EvidenceDraft(note="x" * 2001))
    problem = refused(day, visit_id)
    assert (problem.code, problem.values) == (
        "visit_text_too_long",
        {"field": "note", "most": 2000},
    )
    assert is_under_way(day, visit_id)


def test_a_viewer_finishes_nothing(day: DayOperator) -> None:
    visit_id = filled(day)
    day.sign_in(role="viewer")
    # The server's record of the person is newer than the sign-in: it says driver.
    finish_visit(day.wp, visit_id)
    day.sign_in("u-viewer", "viewer")
    assert refused(day, visit_id).code == "visit_no_right"


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("moved", "measured"), [(9, 540), (-120, 540), (600, 540)])
def test_one_process_measures_by_a_clock_that_nobody_sets(
    day: DayOperator, moved: float, measured: int
) -> None:
    ticks = [100.0]
    wp = replace(day.wp, monotonic=lambda: ticks[0])
    visit_id = drafts.begin_visit(wp, "m5")
    day.clock.go_on(minutes=moved)
    ticks[0] += 540.4
    finish_visit(wp, visit_id)
    (said,) = day.payloads("visit.finished")
    assert said["seconds"] == measured
    assert str(said["finished_at"]) >= str(said["arrived_at"])


@pytest.mark.parametrize(("moved", "measured"), [(9, 540), (0, 0), (-1, None), (-3000, None)])
def test_after_a_restart_the_clock_of_the_wall_counts_unless_it_went_back(
    day: DayOperator, monkeypatch: pytest.MonkeyPatch, moved: float, measured: int | None
) -> None:
    visit_id = drafts.begin_visit(day.wp, "m5")
    monkeypatch.setattr(drafts, "_PROCESS", "another one")
    day.clock.go_on(minutes=moved)
    finish_visit(day.wp, visit_id)
    (said,) = day.payloads("visit.finished")
    assert said["seconds"] == measured
    assert str(said["finished_at"]) >= str(said["arrived_at"])


def test_the_end_never_lies_before_the_read_of_the_visit(day: DayOperator) -> None:
    visit_id = drafts.begin_visit(day.wp, "m1")
    day.clock.go_on(minutes=5)
    day.read_now("m1", METERS)
    day.clock.go_on(hours=-2)
    finish_visit(day.wp, visit_id)
    (said,) = day.payloads("visit.finished")
    assert (said["arrived_at"], said["finished_at"]) == (
        "2026-03-04T06:00:00.000Z",
        "2026-03-04T06:05:00.000Z",
    )

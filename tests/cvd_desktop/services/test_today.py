"""The run of the day: whose it is, its stops, marks and order, what the office changes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import RunView, StopView
from cvd_desktop.services.day_run import day_began
from cvd_desktop.services.load_truck import keep_count, record_count, record_load, tick_product
from cvd_desktop.services.today import (
    changes_seen,
    map_address,
    mark_stop,
    order_stops,
    todays_run,
)
from cvd_desktop.storage import draft_store
from cvd_desktop.storage.link_store import LinkAttempt, add_attempt
from cvd_shared.ids import IdMaker
from cvd_shared.route_shapes import Band
from cvd_shared.wire_records import (
    DueRulesRecord,
    LocationRecord,
    RouteRecord,
    RunProgressRecord,
    StopMark,
    UserRecord,
)
from tests.support.day_operator import (
    ME,
    MORNING,
    DayOperator,
    day_operator,
    machine,
    planogram,
    run,
)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with day_operator(tmp_path) as made:
        yield made


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The laptop is set to a time with summer time."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change its zone for one program")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def today(day: DayOperator) -> RunView:
    view = todays_run(day.wp)
    assert view is not None
    return view


def states(view: RunView) -> dict[str, str]:
    return {stop.stop_id: stop.state for stop in view.stops}


def stop(day: DayOperator, stop_id: str) -> StopView:
    return next(each for each in today(day).stops if each.stop_id == stop_id)


def refused(code: str) -> pytest.RaisesExc[Problem]:
    return pytest.RaisesExc(Problem, check=lambda problem: problem.code == code)


# --- looking --------------------------------------------------------------------------------------


def test_the_run_with_its_stops(day: DayOperator) -> None:
    view = today(day)
    assert (view.route_number, view.route_name, view.day) == ("14", "Harbour", date(2026, 3, 4))
    assert [each.name for each in view.stops] == [
        "Harbour Works", "Mill Street Gym", "Police station",
    ]  # fmt: skip
    first = view.stops[0]
    assert (first.number, first.state, first.answer_wanted) == (1, "open", True)
    assert [each.record.asset_number for each in first.machines] == ["10001", "10002"]
    assert first.machines[0].to_put_in == 6 + 3 + 3
    assert (first.urgency.sold_out, first.urgency.low, first.urgency.days_left) == (0, 2, 1.0)
    assert first.band is Band.CRITICAL
    assert view.next_stop_id == "s1"
    assert view.units_planned == 4 * 12
    assert view.changes == ()
    assert not view.load_recorded


def test_a_laptop_without_a_run_says_so(tmp_path: Path) -> None:
    with day_operator(tmp_path) as day:
        day.clock.go_on(days=5)
        assert todays_run(day.wp) is None
        assert todays_run(day.wp, "no-such-run") is None
        known = todays_run(day.wp, "run1")
        assert known is not None
        assert known.day == date(2026, 3, 4)


def test_whose_run_it_is(day: DayOperator) -> None:
    other = run(id="run2", route_id="r2", driver_id="u-other", stops=())
    nobody = run(id="run3", route_id="r3", driver_id=None, stops=())
    day.tell(RouteRecord(id="r2", name="B", number="15"), other, nobody)
    assert today(day).run_id == "run1"
    assert today(day).other_runs == ()
    day.sign_out()
    assert today(day).run_id == "run1"
    assert today(day).other_runs == (("run2", "Route 15"), ("run3", ""))
    day.tell(UserRecord(id="u-tech", name="t", role="technician", route_ids=("r2", "r3")))
    day.sign_in("u-tech", "technician")
    assert today(day).run_id == "run3"  # nobody drives it
    day.tell(UserRecord(id="u-new", name="n", role="driver", route_ids=()))
    day.sign_in("u-new")
    assert todays_run(day.wp) is None


def test_the_run_that_is_worked_on_comes_first(day: DayOperator) -> None:
    day.tell(run(id="run0", route_id="r0", driver_id=ME))
    assert today(day).run_id == "run0"
    mark_stop(day.wp, "run1", "s2", "skipped", reason="closed")
    assert today(day).run_id == "run1"
    assert today(day).other_runs == (("run0", ""),)


def test_the_night_goes_on_after_midnight(day: DayOperator) -> None:
    day.clock.now = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    mark_stop(day.wp, "run1", "s1", "arrived")
    day.tell(run(id="tomorrow", day="2026-03-05"))
    day.clock.go_on(hours=2)
    view = today(day)
    assert (view.run_id, view.next_stop_id) == ("run1", "s1")
    assert [run_id for run_id, _ in view.other_runs] == ["tomorrow"]
    day.clock.go_on(hours=8)
    assert today(day).run_id == "tomorrow"


@pytest.mark.usefixtures("berlin")
def test_the_day_is_that_of_the_place(day: DayOperator) -> None:
    day.clock.now = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)  # half past midnight there
    assert today(day).run_id == "run1"
    assert day_began(date(2026, 3, 29)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert day_began(date(2026, 3, 30)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_machines_that_are_due_and_on_no_run(day: DayOperator) -> None:
    (found,) = today(day).elsewhere
    assert found.machine.record.id == "m5"
    assert [each.rule for each in found.machine.due] == ["core_critical"]
    assert (found.nearest_stop, found.distance_km) == (3, pytest.approx(3.34, abs=0.01))
    mark_stop(day.wp, "run1", "s3", "skipped", reason="no_time")
    (found,) = today(day).elsewhere
    assert (found.nearest_stop, found.distance_km) == (2, pytest.approx(6.12, abs=0.01))
    day.visit_now("m5", {"A1": 6, "A2": 3}, before=2)
    assert today(day).elsewhere == ()


def test_what_is_not_due_or_on_another_run_is_not_offered(day: DayOperator) -> None:
    day.change(DueRulesRecord(id="due", core_critical=False))
    assert today(day).elsewhere == ()
    day.change(DueRulesRecord(id="due"))
    assert len(today(day).elsewhere) == 1
    stops = (run().stops[0].model_copy(update={"id": "x", "machine_ids": ("m5",)}),)
    day.tell(run(id="run2", driver_id="u-other", stops=stops))
    assert today(day).elsewhere == ()


def test_the_end_by_the_machines_own_visits(day: DayOperator) -> None:
    assert today(day).ends_about == MORNING + timedelta(seconds=4 * 660)
    mark_stop(day.wp, "run1", "s1", "arrived")
    day.clock.go_on(minutes=5)
    assert today(day).ends_about == MORNING + timedelta(seconds=4 * 660)
    day.visit_now("m1", {"A1": 6}, stop_id="s1")
    assert today(day).ends_about == day.clock() + timedelta(seconds=3 * 660)
    for stop_id in ("s1", "s2", "s3"):
        mark_stop(day.wp, "run1", stop_id, "skipped", reason="no_time")
    assert today(day).ends_about is None


def test_a_machine_that_is_unknown_takes_ten_minutes_a_cabinet(day: DayOperator) -> None:
    day.tell(machine("m9", "l9", "r15"))
    stops = (run().stops[1].model_copy(update={"machine_ids": ("m9", "gone")}),)
    day.change(run(stops=stops))
    view = today(day)
    assert view.ends_about == MORNING + timedelta(minutes=10)
    assert [each.record.id for each in view.stops[0].machines] == ["m9"]
    assert view.stops[0].band is Band.UNKNOWN
    assert view.stops[0].machines[0].stock is None


def test_reads_of_the_day_and_which_came_at_the_first_try(day: DayOperator) -> None:
    for machine_id, tries in (("m1", 1), ("m2", 2)):
        read_id = day.read_now(machine_id, {"A1": 1060})
        for number in range(1, tries + 1):
            attempt = LinkAttempt(
                id=day.wp.new_id(),
                at=day.clock(),
                read_id=read_id,
                port="COM3",
                adapter="",
                machine=None,
                asset_number=None,
                link="dexucs",
                baud_rate=9600,
                number=number,
                failure="no_answer" if number < tries else None,
                party=None,
                why=None,
                seconds=3.0,
                retries=0,
                size=900,
                heard=1000,
            )
            with day.wp.database.write() as connection:
                add_attempt(connection, attempt)
    assert (today(day).reads, today(day).reads_first_try) == (2, 1)
    day.clock.go_on(days=1)
    day.tell(run(id="tomorrow", day="2026-03-05"))
    assert today(day).reads == 0


# --- marking --------------------------------------------------------------------------------------


def test_a_stop_is_marked_and_taken_back(day: DayOperator) -> None:
    mark_stop(day.wp, "run1", "s1", "arrived")
    assert states(today(day)) == {"s1": "arrived", "s2": "open", "s3": "open"}
    assert stop(day, "s1").record_state is RecordState.RECORDED_HERE
    assert stop(day, "s2").record_state is None
    day.clock.go_on(minutes=5)
    mark_stop(day.wp, "run1", "s1", "done")
    mark_stop(day.wp, "run1", "s1", "done")  # pressed twice
    assert len(day.payloads("stop.marked")) == 2
    view = today(day)
    assert (view.done, view.next_stop_id) == (1, "s2")
    day.clock.go_on(minutes=1)
    mark_stop(day.wp, "run1", "s1", "open")
    assert today(day).next_stop_id == "s1"
    assert day.wp.clock() == stop(day, "s1").state_at


def test_a_skip_has_a_reason(day: DayOperator) -> None:
    with refused("skip_reason_missing"):
        mark_stop(day.wp, "run1", "s1", "skipped")
    with refused("skip_reason_missing"):
        mark_stop(day.wp, "run1", "s1", "skipped", reason="I did not want to")
    with refused("skip_note_missing"):
        mark_stop(day.wp, "run1", "s1", "skipped", reason="other", note="  ")
    assert day.payloads("stop.marked") == []
    mark_stop(day.wp, "run1", "s1", "skipped", reason="other", note="Road closed.")
    found = stop(day, "s1")
    assert (found.state, found.reason, found.reason_note) == ("skipped", "other", "Road closed.")
    assert (today(day).skipped, today(day).next_stop_id) == (1, "s2")


def test_what_cannot_be_marked_is_said(day: DayOperator) -> None:
    with refused("run_unknown"):
        mark_stop(day.wp, "run9", "s1", "arrived")
    with refused("stop_unknown"):
        mark_stop(day.wp, "run1", "s9", "arrived")
    with refused("stop_mark_refused"):
        mark_stop(day.wp, "run1", "s1", "done")
    day.sign_in("u-viewer", "viewer")
    with refused("visit_no_right"):
        mark_stop(day.wp, "run1", "s1", "arrived")
    day.sign_out()
    mark_stop(day.wp, "run1", "s1", "arrived")  # a laptop of nobody works, too


def test_a_text_that_no_record_can_hold_is_said(day: DayOperator) -> None:
    wp, long = day.wp, "x" * 2001
    tick_product(wp, "run1", "p1", 3)
    keep_count(wp, "run1", "p1", 3)
    for work in (
        lambda: mark_stop(wp, "run1", "s1", "skipped", reason="other", note=long),
        lambda: order_stops(wp, "run1", ["s3"], long),
        lambda: record_load(wp, "run1", long),
        lambda: record_count(wp, "run1", long),
    ):
        with pytest.raises(Problem) as caught:
            work()
        assert caught.value.code == "visit_text_too_long"
    assert [
        day.payloads(each)
        for each in ("stop.marked", "run.ordered", "load.recorded", "truck.counted")
    ] == [[], [], [], []]


def test_a_refused_mark_is_no_fact_and_is_told(day: DayOperator) -> None:
    mark_stop(day.wp, "run1", "s1", "arrived")
    day.answer("rejected", "forbidden")
    found = stop(day, "s1")
    assert (found.state, found.record_state) == ("open", RecordState.REFUSED)


def test_a_mark_counts_though_the_clock_was_set_back(day: DayOperator) -> None:
    mark_stop(day.wp, "run1", "s1", "arrived")
    day.clock.go_on(hours=-3)
    mark_stop(day.wp, "run1", "s1", "open")
    assert stop(day, "s1").state == "open"


def test_a_mark_counts_though_the_clock_was_set_back_and_the_program_started_again(
    day: DayOperator,
) -> None:
    mark_stop(day.wp, "run1", "s1", "arrived")
    day.clock.go_on(hours=-3)
    wp = replace(day.wp, new_id=IdMaker(day.clock))  # its ids sort before those of that day
    mark_stop(wp, "run1", "s1", "skipped", reason="closed")
    assert stop(day, "s1").state == "skipped"
    mark_stop(replace(wp, new_id=IdMaker(day.clock)), "run1", "s1", "arrived")
    assert stop(day, "s1").state == "arrived"


def test_what_waits_is_told_though_the_clock_was_wrong_for_a_while(day: DayOperator) -> None:
    mark_stop(day.wp, "run1", "s2", "skipped", reason="closed")
    right, day.clock.now = day.clock.now, datetime(1990, 1, 1, tzinfo=UTC)
    mark_stop(day.wp, "run1", "s1", "arrived")
    day.clock.now = right
    assert stop(day, "s2").record_state is RecordState.RECORDED_HERE


def test_marks_of_another_laptop_are_the_servers(day: DayOperator) -> None:
    at = to_wire(MORNING)
    mark = StopMark(id="e1", stop_id="s2", state="skipped", at=at, by="Driver 2", reason="closed")
    day.tell(RunProgressRecord(id="run1", route_id="r14", marks=(mark,)))
    found = stop(day, "s2")
    assert (found.state, found.record_state) == ("skipped", RecordState.ON_THE_SERVER)


def test_a_run_of_last_week_still_tells_what_waits(day: DayOperator) -> None:
    mark_stop(day.wp, "run1", "s1", "arrived")
    day.visit_now("m1", {"A1": 6}, stop_id="s1")
    day.visit_now("m3", {"A1": 1}, run_id=None)
    day.clock.go_on(days=7)
    day.visit_now("m4", {"A1": 1}, run_id=None)  # not of that day
    view = todays_run(day.wp, "run1")
    assert view is not None
    assert view.stops[0].record_state is RecordState.RECORDED_HERE
    told = [each.visit_state for stop in view.stops for each in stop.machines]
    assert told == [RecordState.RECORDED_HERE, None, RecordState.RECORDED_HERE, None]


def test_finished_visits_show_on_their_stop(day: DayOperator) -> None:
    day.visit_now("m1", {"A1": 6, "A2": 2}, stop_id="s1")
    first = stop(day, "s1")
    assert [each.visited for each in first.machines] == [True, False]
    assert first.machines[0].visit_state is RecordState.RECORDED_HERE
    assert first.units_filled == 8
    assert today(day).units_filled == 8
    day.answer("rejected", "malformed")
    told = stop(day, "s1").machines[0]
    assert (told.visited, told.visit_state) == (True, RecordState.REFUSED)


def test_what_is_not_known_of_a_machine_is_in_no_sum(day: DayOperator) -> None:
    new = machine("m6", "l1").model_copy(update={"asset_number": "10006"})
    day.tell(new, planogram("m6"))
    s1, *others = run().stops
    day.change(run(stops=(s1.model_copy(update={"machine_ids": ("m1", "m6")}), *others)))
    seen = stop(day, "s1")
    assert [(each.stock, each.unknown_slots) for each in seen.machines] == [(20, 0), (None, 4)]
    assert (seen.urgency.cash_due, seen.cash_whole) == (1800, False)
    day.change(new.model_copy(update={"currency": "CHF"}))
    assert stop(day, "s1").urgency.cash_due is None  # there is no sum of two currencies


def test_an_open_visit_is_shown(day: DayOperator) -> None:
    with day.wp.database.write() as connection:
        draft_store.store(
            connection, draft_store.VISIT, "v1", user_id=ME, at=to_wire(day.clock()),
            body={"machine_id": "m2"},
        )  # fmt: skip
    assert [each.open_visit for each in stop(day, "s1").machines] == [False, True]


# --- ordering -------------------------------------------------------------------------------------


def test_another_order_with_its_reason(day: DayOperator) -> None:
    order_stops(day.wp, "run1", ["s3", "s1"], "traffic")
    view = today(day)
    assert [(each.stop_id, each.number) for each in view.stops] == [("s3", 1), ("s1", 2), ("s2", 3)]
    assert (view.next_stop_id, view.ordered_by_driver, view.order_reason) == ("s3", True, "traffic")
    order_stops(day.wp, "run1", ["s3", "s1", "s2"], "traffic")  # nothing new
    assert len(day.payloads("run.ordered")) == 1
    day.clock.go_on(hours=-1)
    order_stops(day.wp, "run1", ["s1", "s2", "s3"], "taken_back")
    assert not today(day).ordered_by_driver


def test_an_order_that_cannot_be_is_refused(day: DayOperator) -> None:
    with refused("order_reason_missing"):
        order_stops(day.wp, "run1", ["s3"], " ")
    with refused("stop_unknown"):
        order_stops(day.wp, "run1", ["s3", "s9"], "traffic")
    with refused("run_unknown"):
        order_stops(day.wp, "run9", ["s3"], "traffic")
    assert day.payloads("run.ordered") == []


# --- the office changes the run -------------------------------------------------------------------


def test_a_change_of_the_office_is_shown_until_it_was_seen(day: DayOperator) -> None:
    today(day)
    first, second, third = run().stops
    added = second.model_copy(
        update={"id": "s4", "sequence": 4, "location_id": "l4", "machine_ids": ("m5",)}
    )
    more = first.model_copy(update={"machine_ids": ("m1",)})
    day.change(run(stops=(more, third, added)))
    told = {(each.kind, each.before or each.after) for each in today(day).changes}
    assert told >= {
        ("stop_removed", "Mill Street Gym"),
        ("stop_added", "Logistics Park"),
        ("machine_removed", "10002"),
    }
    assert states(today(day)).keys() == {"s1", "s3", "s4"}
    changes_seen(day.wp, "run1")
    assert today(day).changes == ()


def test_a_stop_that_was_served_stays_whatever_the_office_does(day: DayOperator) -> None:
    today(day)
    mark_stop(day.wp, "run1", "s2", "arrived")
    day.visit_now("m3", {"A1": 6}, stop_id="s2")
    first, _, third = run().stops
    day.change(run(stops=(first, third)))
    for _ in range(2):
        kept = stop(day, "s2")
        assert (kept.state, kept.units_filled, kept.name) == ("arrived", 6, "Mill Street Gym")
        changes_seen(day.wp, "run1")
    mark_stop(day.wp, "run1", "s2", "done")
    assert today(day).done == 1
    assert today(day).changes == ()


def test_a_run_that_the_office_took_away_keeps_what_was_done(day: DayOperator) -> None:
    today(day)
    day.forget(run())
    assert todays_run(day.wp) is None  # nobody did anything of it
    day.tell(run())
    mark_stop(day.wp, "run1", "s2", "arrived")
    day.forget(run())
    view = today(day)
    assert states(view) == {"s2": "arrived"}
    assert {each.before for each in view.changes} >= {"Harbour Works", "Police station"}
    mark_stop(day.wp, "run1", "s2", "done")
    changes_seen(day.wp, "run1")
    assert (today(day).done, today(day).changes) == (1, ())


def test_a_run_that_ended_before_midnight_is_over(day: DayOperator) -> None:
    day.clock.now = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    for stop_id in ("s1", "s2", "s3"):
        mark_stop(day.wp, "run1", stop_id, "skipped", reason="no_time")
    day.tell(run(id="tomorrow", day="2026-03-05"))
    day.clock.go_on(hours=2)
    assert (today(day).run_id, today(day).other_runs) == ("tomorrow", ())


def test_what_was_seen_survives_the_end_of_the_program(tmp_path: Path) -> None:
    with day_operator(tmp_path) as day:
        today(day)
        first, *_ = run().stops
        day.change(run(stops=(first,)))
        assert len(today(day).changes) == 2
        reopened = replace(day.wp, clock=day.clock)
        view = todays_run(reopened)
        assert view is not None
        assert len(view.changes) == 2


# --- the navigator --------------------------------------------------------------------------------


def test_what_the_navigator_opens() -> None:
    place = LocationRecord(id="l", name="Café & Bar", latitude=54.0, longitude=-10.5)
    assert map_address(place) == "geo:54.0,-10.5?q=54.0,-10.5(Caf%C3%A9%20%26%20Bar)"
    place = LocationRecord(id="l", name="Gym", address="1 Quay Street")
    address = map_address(place)
    assert address is not None
    assert address.startswith("https://")
    assert address.endswith("Gym%2C%201%20Quay%20Street")
    assert map_address(LocationRecord(id="l", name="Gym")) is None

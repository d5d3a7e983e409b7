"""Loading the truck: the pick list, ticks, shorts, what is recorded, the blind count on return."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import LoadLineView, LoadView, ReturnView
from cvd_desktop.services.load_truck import (
    accept_changes,
    allotments,
    keep_count,
    load_view,
    record_count,
    record_load,
    return_view,
    tick_product,
    tick_tote,
)
from cvd_desktop.services.today import mark_stop, order_stops, todays_run
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_records import (
    CountedLine,
    LoadedLine,
    LoadRecord,
    ProductRecord,
    TruckCountRecord,
)
from tests.support.day_operator import MORNING, DayOperator, day_operator, machine, planogram, run

A1 = SlotKey(1, "A1")


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with day_operator(tmp_path) as made:
        yield made


def load(day: DayOperator) -> LoadView:
    view = load_view(day.wp)
    assert view is not None
    return view


def lines(view: LoadView) -> dict[str, LoadLineView]:
    return {line.product.id: line for line in view.lines}


def truck(day: DayOperator) -> ReturnView:
    view = return_view(day.wp)
    assert view is not None
    return view


def refused(code: str) -> pytest.RaisesExc[Problem]:
    return pytest.RaisesExc(Problem, check=lambda problem: problem.code == code)


def tick_all(day: DayOperator, **less: int) -> None:
    for line in load(day).lines:
        tick_product(day.wp, "run1", line.product.id, less.get(line.product.id, line.to_pick))


# --- the list -------------------------------------------------------------------------------------


def test_the_list_by_product_and_by_tote(day: DayOperator) -> None:
    view = load(day)
    assert (view.route_number, view.units, view.picked_lines) == ("14", 48, 0)
    assert [
        (each.product.id, each.need, each.to_pick, each.cases, each.singles) for each in view.lines
    ] == [("p1", 24, 24, 2, 0), ("p2", 12, 12, 1, 0), ("p3", 12, 12, 0, 12)]
    assert [(each.number, each.asset_number, each.units) for each in view.totes] == [
        (1, "10001", 12), (2, "10002", 12), (3, "10003", 12), (4, "10004", 12),
    ]  # fmt: skip
    assert view.place_names["m3"] == "Mill Street Gym"
    assert view.names["p3"] == "Milk chocolate"
    assert view.data_at == MORNING - timedelta(hours=1)
    why = view.lines[0].reasons[0]
    assert (why.par, why.stock, why.known_units, why.sold_since, why.days, why.need) == (
        8, 2, 8, 6, 0.0, 6,
    )  # fmt: skip


def test_a_run_of_tomorrow_needs_what_is_sold_until_then(day: DayOperator) -> None:
    day.tell(run(id="next", day="2026-03-05"))
    view = load_view(day.wp, "next")
    assert view is not None
    assert lines(view)["p1"].need == 4 * 8  # two a day more
    assert lines(view)["p2"].need == 4 * 4


def test_in_the_evening_the_next_run_is_loaded(day: DayOperator) -> None:
    day.tell(run(id="next", day="2026-03-06"), run(id="others", day="2026-03-05", driver_id="u-x"))
    assert load(day).run_id == "run1"
    for stop_id in ("s1", "s2", "s3"):
        mark_stop(day.wp, "run1", stop_id, "skipped", reason="no_time")
    assert load(day).run_id == "next"
    assert load(day).lines[0].reasons[0].days == 2
    assert truck(day).run_id == "run1"  # what came back is today's


def test_without_a_run_there_is_no_list(day: DayOperator) -> None:
    day.clock.go_on(days=9)
    assert load_view(day.wp) is None
    assert allotments(day.wp, "run9") == {}


def test_stops_that_are_skipped_or_not_to_be_filled_need_nothing(day: DayOperator) -> None:
    mark_stop(day.wp, "run1", "s1", "skipped", reason="closed")
    assert lines(load(day))["p1"].need == 12
    first, second, third = run().stops
    collect = second.model_copy(update={"tasks": ("collect",)})
    day.change(run(stops=(first, collect, third)))
    assert [each.machine_id for each in load(day).totes] == ["m4"]


def test_totes_follow_the_drivers_order(day: DayOperator) -> None:
    order_stops(day.wp, "run1", ["s3"], "traffic")
    assert [each.machine_id for each in load(day).totes] == ["m4", "m1", "m2", "m3"]


def test_what_is_on_the_truck_is_not_picked_again(day: DayOperator) -> None:
    count = TruckCountRecord(
        id="c1", route_id="r14", at="2026-03-03T15:00:00.000Z",
        lines=(CountedLine(product_id="p1", counted=9), CountedLine(product_id="p3", counted=-0)),
    )  # fmt: skip
    loaded = LoadRecord(
        id="x1", route_id="r14", at="2026-03-03T16:00:00.000Z",
        lines=(LoadedLine(product_id="p2", wanted=30, loaded=30),),
    )  # fmt: skip
    day.tell(count, loaded)
    found = lines(load(day))
    assert [(found[each].on_truck, found[each].to_pick) for each in ("p1", "p2", "p3")] == [
        (9, 15), (12, 0), (0, 12),
    ]  # fmt: skip


def test_a_product_that_is_in_no_catalogue_is_still_picked(day: DayOperator) -> None:
    day.forget(ProductRecord(id="p1", sku="", name=""))
    line = lines(load(day))["p1"]
    assert (line.product.name, line.to_pick, line.singles) == ("p1", 24, 24)
    tick_product(day.wp, "run1", "p1", 24)
    with refused("product_unknown"):
        tick_product(day.wp, "run1", "p99", 1)


# --- ticks ----------------------------------------------------------------------------------------


def test_ticks_are_kept_and_taken_back(day: DayOperator) -> None:
    tick_product(day.wp, "run1", "p1", 24)
    tick_product(day.wp, "run1", "p2", 0)
    tick_tote(day.wp, "run1", "m1", True)
    view = load(day)
    assert {each: line.picked for each, line in lines(view).items()} == {
        "p1": 24, "p2": 0, "p3": None,
    }  # fmt: skip
    assert (view.picked_lines, view.picked_units, view.totes_ticked) == (2, 24, {"m1"})
    assert lines(view)["p2"].short == 12
    tick_product(day.wp, "run1", "p1", None)
    tick_product(day.wp, "run1", "p2", None)
    tick_tote(day.wp, "run1", "m1", False)
    assert (load(day).picked_lines, load(day).totes_ticked) == (0, frozenset())
    assert day.payloads("load.recorded") == []


def test_something_beyond_the_list_can_be_taken_along(day: DayOperator) -> None:
    tick_product(day.wp, "run1", "p4", 6)
    line = lines(load(day))["p4"]
    assert (line.need, line.to_pick, line.picked, line.short) == (0, 0, 6, 0)


@pytest.mark.parametrize(
    ("units", "code"), [(-1, "quantity_negative"), (2_900_000_000_017, "quantity_too_large")]
)
def test_quantities_that_cannot_be(day: DayOperator, units: int, code: str) -> None:
    with refused(code):
        tick_product(day.wp, "run1", "p1", units)
    with refused(code):
        keep_count(day.wp, "run1", "p1", units)
    assert lines(load(day))["p1"].picked is None


def test_actions_on_a_run_that_is_not_here(day: DayOperator) -> None:
    with refused("run_unknown"):
        tick_product(day.wp, "run9", "p1", 1)
    with refused("run_unknown"):
        tick_tote(day.wp, "run9", "m1", True)
    with refused("run_unknown"):
        record_load(day.wp, "run9")
    with refused("run_unknown"):
        accept_changes(day.wp, "run9")
    with refused("run_unknown"):
        keep_count(day.wp, "run9", "p1", 1)


# --- shorts ---------------------------------------------------------------------------------------


def test_a_short_is_shared_out_and_nothing_is_lost(day: DayOperator) -> None:
    day.read_now("m4", {"A1": 1056 + 2, "A2": 1028, "A3": 1028, "A4": 1000})  # m4 is sold out now
    need = {each.machine_id: each.need for each in lines(load(day))["p1"].reasons}
    assert need == {"m1": 6, "m2": 6, "m3": 6, "m4": 8}
    assert allotments(day.wp, "run1") == {}
    tick_product(day.wp, "run1", "p1", 20)
    shares = allotments(day.wp, "run1")
    assert shares == {("m4", A1): 8, ("m1", A1): 6, ("m2", A1): 6, ("m3", A1): 0}
    assert [(each.asset_number, each.wanted, each.gets) for each in load(day).shorts["p1"]] == [
        ("10003", 6, 0)
    ]
    tick_all(day, p1=20)
    record_load(day.wp, "run1")
    assert allotments(day.wp, "run1") == shares
    assert load(day).shorts.keys() == {"p1"}


def test_shares_are_of_what_is_left_on_the_truck(day: DayOperator) -> None:
    tick_all(day, p1=14)
    record_load(day.wp, "run1")
    day.clock.go_on(minutes=30)
    day.visit_now("m1", {"A1": 3, "A2": 3, "A3": 3}, before=2, stop_id="s1")
    shares = allotments(day.wp, "run1")
    assert shares == {("m2", A1): 6, ("m3", A1): 5, ("m4", A1): 0}


# --- recording ------------------------------------------------------------------------------------


def test_the_load_is_one_event_and_ends_the_draft(day: DayOperator) -> None:
    with refused("nothing_ticked"):
        record_load(day.wp, "run1")
    tick_product(day.wp, "run1", "p1", 20)
    tick_product(day.wp, "run1", "p2", 12)
    tick_tote(day.wp, "run1", "m1", True)
    load_id = record_load(day.wp, "run1", " Two cases were wet. ")
    (told,) = day.payloads("load.recorded")
    assert (told["load_id"], told["route_id"], told["run_id"]) == (load_id, "r14", "run1")
    assert told["note"] == "Two cases were wet."
    assert told["lines"] == [
        {"product_id": "p1", "wanted": 24, "loaded": 20},
        {"product_id": "p2", "wanted": 12, "loaded": 12},
        {"product_id": "p3", "wanted": 12, "loaded": 0},  # nobody ticked it
    ]
    view = load(day)
    assert (view.recorded_at, view.record_state) == (MORNING, RecordState.RECORDED_HERE)
    assert (view.picked_lines, view.totes_ticked, view.changes) == (0, frozenset(), ())
    assert {each: line.to_pick for each, line in lines(view).items()} == {
        "p1": 4,
        "p2": 0,
        "p3": 12,
    }
    run_view = todays_run(day.wp)
    assert run_view is not None
    assert (run_view.load_recorded, run_view.short_products) == (True, 2)
    with refused("nothing_ticked"):
        record_load(day.wp, "run1")


def test_a_second_load_adds_to_the_first(day: DayOperator) -> None:
    tick_all(day, p1=20)
    record_load(day.wp, "run1")
    day.clock.go_on(minutes=10)
    tick_product(day.wp, "run1", "p1", 4)
    record_load(day.wp, "run1")
    view = load(day)
    assert [(each.product.id, each.wanted, each.loaded) for each in view.loaded] == [
        ("p1", 24, 24), ("p2", 12, 12), ("p3", 12, 12),
    ]  # fmt: skip
    assert view.units == 0
    assert view.shorts == {}
    run_view = todays_run(day.wp)
    assert run_view is not None
    assert run_view.short_products == 0


def test_a_full_disk_shows_the_day_and_keeps_the_ticks(day: DayOperator) -> None:
    with day.wp.database.outside_transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    assert load(day).units == 48  # the list is too long to be kept now
    assert todays_run(day.wp) is not None
    tick_product(day.wp, "run1", "p1", 24)
    with refused("disk_full"):
        record_load(day.wp, "run1", "".join(chr(0x4E00 + n) for n in range(1990)))
    assert lines(load(day))["p1"].picked == 24
    assert day.payloads("load.recorded") == []
    with day.wp.database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    record_load(day.wp, "run1")
    assert lines(load(day))["p1"].on_truck == 24


def test_a_refused_load_is_not_on_the_truck(day: DayOperator) -> None:
    tick_all(day)
    record_load(day.wp, "run1")
    assert load(day).units == 0
    day.answer("rejected", "forbidden")
    view = load(day)
    assert (view.units, view.recorded_at, view.record_state) == (48, None, RecordState.REFUSED)


def test_a_viewer_records_nothing(day: DayOperator) -> None:
    tick_all(day)
    day.sign_in("u-viewer", "viewer")
    with refused("visit_no_right"):
        record_load(day.wp, "run1")
    with refused("visit_no_right"):
        record_count(day.wp, "run1")
    day.sign_out()
    record_load(day.wp, "run1")
    assert load(day).units == 0


def test_a_visit_takes_off_need_and_truck_alike(day: DayOperator) -> None:
    tick_all(day)
    record_load(day.wp, "run1")
    day.clock.go_on(minutes=30)
    day.visit_now("m1", {"A1": 6, "A2": 3, "A3": 3}, before=2, stop_id="s1")
    view = load(day)
    assert {each: (line.need, line.on_truck) for each, line in lines(view).items()} == {
        "p1": (18, 18), "p2": (9, 9), "p3": (9, 9),
    }  # fmt: skip
    assert (view.units, view.changes) == (0, ())


# --- newer facts ----------------------------------------------------------------------------------


def test_a_newer_read_moves_the_list_and_says_so(day: DayOperator) -> None:
    assert load(day).changes == ()
    tick_product(day.wp, "run1", "p1", 24)
    day.clock.go_on(minutes=20)
    day.read_now("m1", {"A1": 1057, "A2": 1028, "A3": 1028, "A4": 1000})
    view = load(day)
    (change,) = view.changes
    assert (change.product_id, change.before, change.after, change.why) == ("p1", 24, 25, "sold")
    assert view.changed_at == day.clock()
    assert lines(view)["p1"].short == 1
    accept_changes(day.wp, "run1")
    assert load(day).changes == ()
    assert lines(load(day))["p1"].picked == 24


def test_other_causes_are_named(day: DayOperator) -> None:
    load(day)
    planned = planogram("m1", version=2)
    slots = tuple(each.model_copy(update={"par": 10}) for each in planned.slots[:3])
    day.change(planned.model_copy(update={"slots": slots}))
    assert {each.why for each in load(day).changes} == {"planogram"}
    accept_changes(day.wp, "run1")
    mark_stop(day.wp, "run1", "s3", "skipped", reason="closed")
    assert {each.why for each in load(day).changes} == {"run_changed"}
    assert load(day).changed_at is None  # it was no read


def test_a_machine_that_was_never_read_is_told(day: DayOperator) -> None:
    assert load(day).never_read == 0
    new = machine("m6", "l1").model_copy(update={"asset_number": "10006"})
    s1, *others = run().stops
    day.tell(new, planogram("m6"))
    day.change(run(stops=(s1.model_copy(update={"machine_ids": ("m1", "m6")}), *others)))
    assert load(day).never_read == 1


def test_the_reason_of_a_slot_that_changes_says_nothing_of_the_old_product(
    day: DayOperator,
) -> None:
    planned = planogram("m1", version=2)
    first = planned.slots[0].model_copy(update={"product_id": "p4"})
    day.change(planned.model_copy(update={"slots": (first, *planned.slots[1:])}))
    (reason,) = (
        each for each in lines(load(day))["p4"].reasons if (each.machine_id, each.key) == ("m1", A1)
    )
    assert (reason.need, reason.stock, reason.per_day) == (8, 0, None)
    assert (reason.known_at, reason.known_units, reason.sold_since) == (None, None, 0)


# --- the truck ------------------------------------------------------------------------------------


def test_the_blind_count_and_what_it_differs(day: DayOperator) -> None:
    assert truck(day).lines == ()  # nobody ever told what is on it
    tick_all(day)
    record_load(day.wp, "run1")
    day.clock.go_on(minutes=30)
    day.visit_now("m1", {"A1": 6, "A2": 3, "A3": 3}, before=2, stop_id="s1")
    view = truck(day)
    assert {each.product.id: each.units for each in view.lines} == {"p1": 18, "p2": 9, "p3": 9}
    assert (view.loaded, view.returned, view.recorded_at) == (48, None, None)
    with refused("nothing_counted"):
        record_count(day.wp, "run1")
    keep_count(day.wp, "run1", "p1", 17)
    keep_count(day.wp, "run1", "p2", 1)
    keep_count(day.wp, "run1", "p2", None)
    keep_count(day.wp, "run1", "p4", 2)
    assert truck(day).counted == {"p1": 17, "p4": 2}
    record_count(day.wp, "run1", "in the dark")
    (told,) = day.payloads("truck.counted")
    assert told["lines"] == [
        {"product_id": "p1", "expected": 18, "counted": 17},
        {"product_id": "p4", "expected": 0, "counted": 2},
    ]
    view = truck(day)
    assert view.recorded_at == day.clock()
    assert view.counted == {"p1": 17, "p4": 2}
    expected = {each.product.id: each.units for each in view.lines}
    assert (expected["p1"], expected["p2"], expected["p4"]) == (18, 9, 0)
    # 17 and 2 as counted; of p2 and p3, which nobody counted, 9 each by the records
    assert (view.returned, view.returns_percent) == (37, pytest.approx(100 * 37 / 48))
    day.clock.go_on(minutes=1)
    assert lines(load(day))["p1"].on_truck == 17  # the next list starts from the count


def test_more_filled_than_loaded_asks_for_a_count(day: DayOperator) -> None:
    tick_product(day.wp, "run1", "p1", 2)
    record_load(day.wp, "run1")
    day.clock.go_on(minutes=30)
    day.visit_now("m1", {"A1": 6}, before=2, stop_id="s1")
    held = {each.product.id: each.units for each in truck(day).lines}
    assert held["p1"] == -4
    assert lines(load(day))["p1"].on_truck == 0


def test_a_visit_belongs_to_the_truck_of_its_run(day: DayOperator) -> None:
    tick_all(day)
    record_load(day.wp, "run1")
    day.clock.go_on(minutes=30)
    day.tell(run(id="run2", route_id="r15", driver_id="u-other", stops=()))
    day.visit_now("m5", {"A1": 6}, run_id="run2")  # another driver helped out
    assert {each.product.id: each.units for each in truck(day).lines}["p1"] == 24
    day.visit_now("m5", {"A1": 1}, run_id=None)
    assert {each.product.id: each.units for each in truck(day).lines}["p1"] == 23


def test_a_truck_without_a_run_is_counted_by_its_route(day: DayOperator) -> None:
    day.clock.go_on(days=9)
    view = truck(day)
    assert (view.run_id, view.route_id, view.route_number) == (None, "r14", "14")
    keep_count(day.wp, "r14", "p1", 3)
    assert truck(day).counted == {"p1": 3}
    record_count(day.wp, "r14")
    (told,) = day.payloads("truck.counted")
    assert (told["run_id"], told["route_id"]) == (None, "r14")
    day.sign_out()
    assert return_view(day.wp) is None

"""Stops, orders, loads and counts of a day: kept whole, in any order, by whom they concern."""

import json
from typing import Any

import pytest

from cvd_server.change_feed import change_feed
from cvd_server.day_handlers import MAX_RECORD_BYTES
from cvd_shared.run_states import stop_order, stop_states
from cvd_shared.wire_records import RunProgressRecord, RunRecord, RunStop
from tests.support.day_people import AT, DayPerson, well
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator

APPLIED = ("applied", None)


@pytest.fixture
def driver(server: LocalServer, small: SmallOperator) -> DayPerson:
    return DayPerson(server, "driver07")


def put_run(server: LocalServer, run: RunRecord | None, run_id: str = "run1") -> None:
    """The office changes a run, or takes it back."""
    now = server.services.now()
    with server.database.write() as connection, change_feed(connection, "op", now) as feed:
        if run is None:
            feed.remove("run", [run_id])
        else:
            feed.put([run])


def state_of(progress: dict[str, Any], stop: str = "s1") -> str:
    run = RunRecord(id="run1", route_id="r1", day="2026-01-02")
    return stop_states(run, RunProgressRecord.model_validate(progress))[stop].state


def test_a_run_is_driven(server: LocalServer, driver: DayPerson) -> None:
    outcomes = driver.push(
        driver.ordered("s2", "s1", at="2026-03-02T05:00:00Z", reason="school opens late"),
        driver.marked("arrived", "2026-03-02T06:00:00Z"),
        driver.marked("done", "2026-03-02T06:30:00Z"),
        driver.marked("skipped", "2026-03-02T07:00:00Z", stop="s2", reason="closed", note="key?"),
    )
    assert outcomes == [APPLIED] * 4
    progress = driver.record("run_progress", "run1")
    assert progress["route_id"] == "r1"
    assert [(mark["stop_id"], mark["state"]) for mark in progress["marks"]] == [
        ("s1", "arrived"), ("s1", "done"), ("s2", "skipped"),
    ]  # fmt: skip
    last = progress["marks"][2]
    assert (last["by"], last["reason"], last["note"]) == ("Driver07", "closed", "key?")
    assert progress["orders"][0]["stop_ids"] == ["s2", "s1"]
    assert DayPerson(server, "manager").record("run_progress", "run1") == progress
    assert "run1" not in DayPerson(server, "driver08").records("run_progress")
    well(server)


def test_marks_of_two_people_are_both_kept_whoever_arrives_first(
    server: LocalServer, driver: DayPerson
) -> None:
    helper = DayPerson(server, "technician")
    late = driver.marked("done", "2026-03-02T07:30:00Z")
    early = helper.marked("arrived", "2026-03-02T09:00:00+02:00")  # 07:00 in UTC
    assert driver.push(late, driver.ordered("s1", at="2026-03-02T06:00:00Z")) == [APPLIED] * 2
    assert helper.push(early, helper.ordered("s3", at="2026-03-02T05:00:00Z")) == [APPLIED] * 2
    progress = driver.record("run_progress", "run1")
    assert [mark["by"] for mark in progress["marks"]] == ["Technician", "Driver07"]
    assert state_of(progress) == "done"
    run = RunRecord(
        id="run1", route_id="r1", day="2026-01-02",
        stops=tuple(RunStop(id=f"s{n}", sequence=n, location_id="l1") for n in (3, 1)),
    )  # fmt: skip
    assert stop_order(run, RunProgressRecord.model_validate(progress)) == ["s1", "s3"]
    well(server)


def test_the_same_push_again_and_from_a_new_stream_marks_once(
    server: LocalServer, driver: DayPerson
) -> None:
    events = [driver.marked("arrived"), driver.ordered("s1"), driver.loaded(), driver.visited()]
    assert driver.push(*events) == [APPLIED] * 4
    assert driver.push(*events) == [APPLIED] * 4  # the answer was lost
    before = driver.session.pull().json()["data"]["rows"]
    restored = DayPerson(server, "driver07")  # a laptop that was set up again sends all of it
    again = [event | {"seq": n, "prev": None} for n, event in enumerate(events, start=1)]
    for event, earlier in zip(again[1:], again, strict=False):
        event["prev"] = earlier["op_id"]
    assert {outcome for outcome, _ in restored.push(*again)} == {"duplicate"}
    assert driver.session.pull().json()["data"]["rows"] == before
    well(server)


def test_a_run_that_the_office_changed_or_took_back_keeps_what_was_done(
    server: LocalServer, driver: DayPerson
) -> None:
    driver.push(driver.marked("arrived", "2026-03-02T06:00:00Z"))
    put_run(server, RunRecord(id="run1", route_id="r1", day="2026-01-02"))  # without the stop
    assert driver.push(driver.marked("done", "2026-03-02T06:10:00Z")) == [APPLIED]
    put_run(server, None)
    stop = driver.marked("skipped", "2026-03-02T07:00:00Z", stop="s2")
    assert driver.push(stop) == [APPLIED]
    assert len(driver.record("run_progress", "run1")["marks"]) == 3
    well(server)


def test_a_run_that_goes_to_another_route_takes_its_progress_along(
    server: LocalServer, driver: DayPerson
) -> None:
    driver.push(driver.marked("arrived"))
    put_run(server, RunRecord(id="run1", route_id="r2", day="2026-01-02"))
    other = DayPerson(server, "driver08")
    assert other.record("run_progress", "run1")["route_id"] == "r2"
    assert "run1" not in driver.records("run_progress")
    assert driver.push(driver.marked("done", "2026-03-02T07:40:00Z")) == [APPLIED]  # of before
    assert state_of(other.record("run_progress", "run1")) == "done"
    assert "run1" not in driver.records("run_progress")
    helper = DayPerson(server, "technician")  # who had nothing to do with it
    assert helper.push(helper.marked("open")) == [("quarantined", "route_not_held")]
    well(server)


def test_marks_of_a_run_that_nobody_knows_yet_wait_with_the_person_and_the_office(
    server: LocalServer, driver: DayPerson
) -> None:
    helper = DayPerson(server, "technician")
    assert driver.push(driver.marked("arrived", run="run9")) == [APPLIED]
    assert helper.push(helper.marked("done", run="run9", at="2026-03-02T07:40:00Z")) == [APPLIED]
    for person in (driver, helper, DayPerson(server, "manager")):
        progress = person.record("run_progress", "run9")
        assert progress["route_id"] == ""
        assert len(progress["marks"]) == 2
    other = DayPerson(server, "driver08")
    assert "run9" not in other.records("run_progress")
    well(server)
    put_run(server, RunRecord(id="run9", route_id="r1", day="2026-03-02"))
    progress = driver.record("run_progress", "run9")
    assert (progress["route_id"], state_of(progress)) == ("r1", "done")
    assert other.push(other.marked("open", run="run9")) == [("quarantined", "route_not_held")]
    well(server)


def test_a_clock_that_is_ahead_does_not_have_the_last_word_for_ever(
    server: LocalServer, driver: DayPerson
) -> None:
    ahead = [
        driver.marked("skipped", "2036-01-01T00:00:00Z"),
        driver.ordered("s9", at="2036-01-01"),
    ]
    assert driver.push(*ahead) == [APPLIED] * 2
    assert driver.record("run_progress", "run1")["marks"][0]["at"] == "2026-03-02T08:00:00.000Z"
    server.clock.move(minutes=5)
    driver.push(driver.marked("done", "2026-03-02T08:04:00Z"))
    assert state_of(driver.record("run_progress", "run1")) == "done"


def test_what_a_clock_that_is_ahead_told_last_holds(server: LocalServer, driver: DayPerson) -> None:
    """Together they arrive at one moment, and their ids say nothing of the order."""
    told = ["arrived", "skipped", "arrived", "open", "arrived", "done"]
    marks = [driver.marked(state, f"2036-01-01T0{hour}:00:00Z") for hour, state in enumerate(told)]
    orders = [driver.ordered(f"s{n}", at=f"2036-01-01T0{n}:00:00Z") for n in range(6)]
    visit = driver.visited()
    visit_id = visit["payload"]["visit_id"]
    amended = [driver.amended(visit_id, f"2036-01-01T0{n}:00Z", note=str(n)) for n in range(6)]
    outcomes = driver.push(*marks, *orders, visit, *amended)
    assert set(outcomes) == {APPLIED}
    progress = driver.record("run_progress", "run1")
    assert [mark["state"] for mark in progress["marks"]] == told
    assert [order["stop_ids"] for order in progress["orders"]] == [[f"s{n}"] for n in range(6)]
    kept = driver.record("visit", visit_id)["amendments"]
    assert [each["note"] for each in kept] == ["0", "1", "2", "3", "4", "5"]
    server.clock.move(minutes=1)
    assert driver.push(driver.marked("open", "2026-03-02T08:00:30Z")) == [APPLIED]
    assert state_of(driver.record("run_progress", "run1")) == "open"
    well(server)


def test_load_and_count_are_facts_of_the_route(server: LocalServer, driver: DayPerson) -> None:
    load, count = driver.loaded(run_id="run1", note="two cases wet"), driver.counted()
    assert driver.push(load, count) == [APPLIED] * 2
    helper = DayPerson(server, "technician")
    kept = helper.record("load", load["payload"]["load_id"])
    assert (kept["actor_name"], kept["run_id"], kept["note"]) == (
        "Driver07", "run1", "two cases wet",
    )  # fmt: skip
    assert kept["lines"] == [{"product_id": "p1", "wanted": 12, "loaded": 10}]
    counted = helper.record("truck_count", count["payload"]["count_id"])
    assert counted["lines"] == [{"product_id": "p1", "expected": -1, "counted": 3}]
    other = DayPerson(server, "driver08")
    assert not other.records("load")
    assert not other.records("truck_count")
    well(server)


def test_who_may_record_a_day_of_a_route(server: LocalServer, driver: DayPerson) -> None:
    for name in ("technician", "manager", "admin"):
        person = DayPerson(server, name)
        events = (person.marked("arrived"), person.ordered("s1"), person.loaded(), person.counted())
        assert person.push(*events) == [APPLIED] * 4
    other = DayPerson(server, "driver08")
    events = (other.marked("arrived"), other.ordered("s1"), other.loaded(), other.counted())
    assert other.push(*events) == [("quarantined", "route_not_held")] * 4
    viewer = DayPerson(server, "viewer")
    assert viewer.session.push([viewer.marked("arrived")]).status_code == 403
    well(server)
    stranger = DayPerson(server, "x-manager")
    outcomes = stranger.push(
        stranger.marked("done"),  # a run of that name of their own, which nobody knows
        stranger.loaded(),
        stranger.counted(),
    )
    assert outcomes == [APPLIED, ("quarantined", "route_unknown"), ("quarantined", "route_unknown")]
    assert state_of(driver.record("run_progress", "run1")) == "arrived"
    well(server)


def test_what_makes_no_sense_is_kept_and_changes_nothing(
    server: LocalServer, driver: DayPerson
) -> None:
    line = {"product_id": "p1", "wanted": 1, "loaded": 1}
    mark = {"run_id": "run1", "stop_id": "s1", "state": "done", "at": AT}
    events = [
        driver.loaded(load_id="load1"),
        driver.loaded(load_id="load1"),
        driver.loaded("no-such-route"),
        driver.event("stop.marked", "run_progress", "run2", **mark),
        driver.marked("finished"),
        driver.marked("done", at="soon"),
        driver.marked("done", note="x" * 2001),
        driver.marked("done", surprise=1),
        driver.ordered(),
        driver.ordered("s1", at="9999-12-31T23:59:59-23:59"),
        driver.loaded(lines=[]),
        driver.loaded(lines=[line | {"loaded": -1}]),
        driver.loaded(lines=[line | {"loaded": 2**63}]),
        driver.loaded(lines=[line | {"loaded": True}]),
        driver.loaded(lines=[line | {"loaded": 1.5}]),
        driver.loaded(at="never"),
        driver.counted(lines=[{"product_id": "", "counted": 1}]),
        driver.counted(note="\x00"),
    ]
    outcomes = driver.push(*events)
    assert outcomes[:4] == [
        APPLIED,
        ("rejected", "load_exists"),
        ("quarantined", "route_unknown"),
        ("rejected", "entity_differs"),
    ]
    assert outcomes[4:] == [("rejected", "payload_invalid")] * (len(events) - 4)
    assert len(driver.records("load")) == 1
    assert not driver.records("run_progress")
    well(server)


def test_nothing_grows_beyond_what_a_laptop_takes_and_nothing_is_lost(
    server: LocalServer, driver: DayPerson
) -> None:
    longest = [f"\x01{n:03}".ljust(64, "\x01") for n in range(500)]  # six bytes each in JSON
    outcomes = [driver.push(driver.ordered(*longest))[0] for _ in range(4)]
    assert outcomes == [APPLIED, APPLIED, *[("quarantined", "record_too_large")] * 2]
    assert driver.push(driver.marked("done")) == [APPLIED]
    progress = driver.session.pull(limit_bytes=4 * 1024 * 1024).json()["data"]["rows"]
    (told,) = [row["d"] for row in progress if row["k"] == "run_progress"]
    assert len(json.dumps(told)) < MAX_RECORD_BYTES
    assert state_of(told) == "done"
    well(server)

    many = [{"product_id": f"{n:036}", "wanted": 10, "loaded": 10} for n in range(5000)]
    assert driver.push(driver.loaded(lines=many)) == [APPLIED]
    giant = [{"product_id": "\x01" * 64, "wanted": n, "loaded": n} for n in range(3500)]
    assert driver.push(driver.loaded(lines=giant)) == [("quarantined", "record_too_large")]
    well(server)

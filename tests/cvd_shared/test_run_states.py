"""Where the stops of a run stand: the newest mark holds, in whatever order marks arrive."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.route_shapes import RunChange, StopNow
from cvd_shared.run_states import (
    may_mark,
    run_changes,
    stop_order,
    stop_states,
    with_mark,
    with_order,
)
from cvd_shared.wire_records import RunProgressRecord, RunRecord, RunStop, StopMark, StopOrder

NOTHING = RunProgressRecord(id="run", route_id="14")


def stop(stop_id: str, sequence: int = 1, **said: object) -> RunStop:
    return RunStop.model_validate(
        {"id": stop_id, "sequence": sequence, "location_id": f"place of {stop_id}"} | said
    )


def run(*stops: RunStop) -> RunRecord:
    return RunRecord(id="run", route_id="14", day="2026-11-21", stops=stops)


def mark(number: int, stop_id: str, state: str, at: str, **said: str) -> StopMark:
    return StopMark.model_validate(
        {"id": f"e{number}", "stop_id": stop_id, "state": state, "at": at} | said
    )


def order(number: int, at: str, *stop_ids: str) -> StopOrder:
    return StopOrder(id=f"e{number}", at=at, stop_ids=stop_ids)


RUN = run(stop("c", 3), stop("a", 1), stop("b", 2))


def test_a_stop_is_open_until_somebody_marks_it() -> None:
    marked = with_mark(
        NOTHING, mark(1, "b", "skipped", "2026-11-21T08:00:00Z", reason="closed", note="gate")
    )
    states = stop_states(RUN, marked)
    assert states["a"] == StopNow("open")
    at = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    assert states["b"] == StopNow("skipped", at, "", "closed", "gate")
    assert stop_states(RUN, None)["b"] == StopNow("open")


def test_open_takes_a_mark_back() -> None:
    progress = with_mark(NOTHING, mark(1, "a", "done", "2026-11-21T08:00:00Z"))
    progress = with_mark(progress, mark(2, "a", "open", "2026-11-21T08:01:00Z"))
    assert stop_states(RUN, progress)["a"].state == "open"


def test_a_mark_of_a_stop_that_the_office_took_off_is_not_lost() -> None:
    progress = with_mark(NOTHING, mark(1, "gone", "done", "2026-11-21T08:00:00Z"))
    assert stop_states(RUN, progress)["gone"].state == "done"
    assert "gone" not in stop_order(RUN, progress)


def test_times_are_compared_as_times_and_nonsense_is_the_oldest() -> None:
    progress = NOTHING
    for each in (
        mark(1, "a", "arrived", "2026-11-21T09:00:00+02:00"),
        mark(2, "a", "done", "2026-11-21T08:00:00.500Z"),
        mark(3, "a", "skipped", "tomorrow"),
        mark(4, "a", "skipped", "0001-01-01T00:00:00+14:00"),
    ):
        progress = with_mark(progress, each)
    assert stop_states(RUN, progress)["a"].state == "done"
    assert [each.id for each in progress.marks] == ["e3", "e4", "e1", "e2"]


def test_the_drivers_newest_order_holds_and_new_stops_come_after_it() -> None:
    assert stop_order(RUN, None) == ["a", "b", "c"]
    progress = with_order(NOTHING, order(2, "2026-11-21T08:00:00Z", "c", "gone", "c", "b"))
    progress = with_order(progress, order(1, "2026-11-21T07:00:00Z", "b", "a"))
    assert stop_order(RUN, progress) == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("now", "to", "may"),
    [
        ("open", "arrived", True),
        ("open", "skipped", True),
        ("open", "done", False),
        ("arrived", "done", True),
        ("arrived", "skipped", True),
        ("arrived", "open", True),
        ("done", "open", True),
        ("done", "arrived", True),
        ("done", "skipped", False),
        ("skipped", "arrived", True),
        ("skipped", "done", False),
    ],
)
def test_what_a_screen_offers(now: str, to: str, *, may: bool) -> None:
    assert may_mark(now, to) is may  # type: ignore[arg-type]


def test_every_change_of_the_office_is_told() -> None:
    before = run(
        stop("a", 1, machine_ids=("m1", "m2"), note="ring twice"),
        stop("b", 2, window_from="08:00", tasks=("fill",)),
        stop("c", 3),
    )
    after = run(
        stop("b", 1, window_from="08:00", window_to="10:00", tasks=("fill", "collect")),
        stop("a", 2, machine_ids=("m2", "m3"), must_do=True, photos_wanted=2, checklist=("x", "y")),
        stop("d", 3, signature_wanted=True),
    )
    assert set(run_changes(before, after)) == {
        RunChange("stop_removed", "c", before="place of c"),
        RunChange("stop_added", "d", after="place of d"),
        RunChange("machine_removed", "a", before="m1"),
        RunChange("machine_added", "a", after="m3"),
        RunChange("note", "a", before="ring twice"),
        RunChange("must_do", "a", before="no", after="yes"),
        RunChange("photos", "a", before="0", after="2"),
        RunChange("checklist", "a", after="x; y"),
        RunChange("window", "b", before="08:00–", after="08:00–10:00"),
        RunChange("tasks", "b", before="fill", after="collect, fill"),
        RunChange("order", ""),
    }


def test_new_numbers_in_the_same_order_are_no_change() -> None:
    assert run_changes(RUN, run(stop("a", 10), stop("b", 20), stop("c", 30))) == ()


_AT = st.integers(0, 3).map(lambda hour: f"2026-11-21T0{hour}:00:00Z")
_MARKS = st.lists(
    st.builds(
        mark,
        st.integers(0, 9),
        st.sampled_from(("a", "b", "x")),
        st.sampled_from(("open", "arrived", "done", "skipped")),
        _AT,
    ),
    unique_by=lambda each: each.id,
)
_ORDERS = st.lists(
    st.builds(
        lambda n, at, ids: order(n, at, *ids), st.integers(0, 9), _AT, st.permutations("abx")
    ),
    unique_by=lambda each: each.id,
)


@settings(max_examples=60)
@given(marks=_MARKS, orders=_ORDERS, data=st.data())
def test_marks_may_arrive_in_any_order_and_twice(
    marks: list[StopMark], orders: list[StopOrder], data: st.DataObject
) -> None:
    first = second = NOTHING
    for each in marks:
        first = with_mark(first, each)
    for one in orders:
        first = with_order(first, one)
    for each in data.draw(st.permutations(marks + marks)):
        second = with_mark(second, each)
    for one in data.draw(st.permutations(orders + orders)):
        second = with_order(second, one)
    assert first == second
    assert len(first.marks) == len(marks)
    assert sorted(stop_order(RUN, first)) == ["a", "b", "c"]

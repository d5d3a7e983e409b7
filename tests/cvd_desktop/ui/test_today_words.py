"""What Today says in words: windows by the clock, needs, ages; and the run a key press changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from cvd_desktop.domain.records import RecordState
from cvd_desktop.ui.screens import today_run as run
from cvd_desktop.ui.screens.today_order import OrderWork
from cvd_desktop.ui.today_words import TodayWords, first_sentence
from cvd_shared.route_shapes import Band, RunChange, Urgency
from cvd_shared.wire_events import VisitTask
from tests.support import today_scenes as day

IDS = tuple(f"s{n}" for n in range(1, 10))


@pytest.mark.parametrize(
    ("window", "label", "value", "row"),
    [
        ((None, None), "Time window", "any time", "any time"),
        (("08:00", "11:00"), "Opens at", "08:00", "08:00 to 11:00"),
        (("06:00", "07:30"), "Closed since", "07:30", "closed since 07:30"),
        (("06:00", None), "Open since", "06:00", "after 06:00"),
        (("22:00", "09:00"), "Open until", "09:00", "22:00 to 09:00"),
        (("22:00", "06:00"), "Opens at", "22:00", "22:00 to 06:00"),
        (("soon", "9"), "Time window", "any time", "any time"),
    ],
)
def test_a_time_window_is_told_by_the_clock(
    qapp: QApplication, window: tuple[str | None, str | None], label: str, value: str, row: str
) -> None:
    stop = replace(day.nine_stops()[4], window_from=window[0], window_to=window[1])
    told = TodayWords().window(stop, day.NOW)
    assert (told.label, told.value, told.row) == (label, value, row)


@pytest.mark.parametrize(
    ("urgency", "tasks", "band", "words"),
    [
        (Urgency(2, 5, 0.1, 1, 1.0), ("collect",), Band.SOLD_OUT, "2 sold out"),
        (Urgency(0, 5, 0.9, 1, 1.0), ("collect",), Band.CRITICAL, "Collect"),
        (Urgency(0, 5, 0.9, 1, 1.0), ("fill", "collect"), Band.CRITICAL, "5 low"),
        (Urgency(0, 0, 9.0, 1, 1.0), ("fill", "collect"), Band.GOOD, "Collect"),
        (Urgency(0, 0, 9.0, 1, 1.0), ("repair",), Band.GOOD, "Repair"),
        (Urgency(0, 0, None, None, None), ("fill",), Band.UNKNOWN, "Not known"),
        (Urgency(0, 0, 9.0, 1, 1.0), ("fill",), Band.GOOD, "No slot low"),
    ],
)
def test_one_tag_says_what_a_stop_needs_most(
    qapp: QApplication, urgency: Urgency, tasks: tuple[VisitTask, ...], band: Band, words: str
) -> None:
    stop = replace(day.nine_stops()[4], urgency=urgency, tasks=tasks, band=band)
    assert TodayWords().need(stop).words == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(None, "·"), (0.0, "0.0 days"), (1.0, "1.0 day"), (0.96, "1.0 day"), (13.4, "13 days")],
)
def test_days_are_told_no_finer_than_they_are_known(
    qapp: QApplication, days: float | None, words: str
) -> None:
    assert TodayWords().days(days) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (RunChange("tasks", "s5", "fill", "collect, fill"),
         "What to do, stop 5, Mill Street Gym: collect, fill, it was fill"),
        (RunChange("window", "s5", "", "–11:00"),
         "Time window, stop 5, Mill Street Gym: until 11:00"),
        (RunChange("note", "s5", "Key 3", ""), "Note, stop 5, Mill Street Gym: no longer Key 3"),
        (RunChange("must_do", "s5", "yes", "no"), "No longer must do: stop 5, Mill Street Gym"),
        (RunChange("signature", "s5", "no", "yes"),
         "A signature is wanted: stop 5, Mill Street Gym"),
        (RunChange("machine_added", "s5", "", "10455"),
         "Machine 10455 added: stop 5, Mill Street Gym"),
        (RunChange("machine_removed", "gone", "10455", ""), "Machine 10455 taken off"),
        (RunChange("new_thing", "s5", "a", "b"), "New thing, stop 5, Mill Street Gym: b, it was a"),
    ],
)  # fmt: skip
def test_what_the_office_changed_is_a_sentence(
    qapp: QApplication, change: RunChange, words: str
) -> None:
    assert TodayWords().change(day.run_view(), change) == words


def test_the_first_sentence_of_a_note_stands_out() -> None:
    assert first_sentence("Gate 3. Ask for key 12.") == ("Gate 3.", "Ask for key 12.")
    assert first_sentence("Ring at no. 5") == ("Ring at no.", "5")
    assert first_sentence("  ") == ("", "")


def test_durations_and_ages_of_figures(qapp: QApplication) -> None:
    words = TodayWords()
    assert words.duration(timedelta(minutes=78)) == "1 h 18 min"
    assert words.duration(timedelta(hours=2)) == "2 h"
    assert words.duration(timedelta(seconds=30)) == "1 min"
    assert words.duration(timedelta(minutes=-5)) == "0 min"  # a clock that was set back
    read, never = day.machine("1"), day.machine("2", read=None)
    assert words.figures_age([read], day.NOW) == "read 14 h old"
    assert words.figures_age([read, never], day.NOW) == ("oldest read 14 h old, not all were read")
    assert words.figures_age([never], day.NOW) == "no read yet"


# --- the run that a key press changes -----------------------------------------------------------


def test_the_stop_where_one_is_comes_first() -> None:
    view = day.run_view()
    stop = run.stop_named(view, "s7")
    assert stop is not None
    there = run.with_mark(view, run.Marked("run14", "s7", "arrived", "", "", stop), day.NOW)
    assert [one.stop_id for one in run.to_do(there)][:3] == ["s7", "s4", "s5"]
    marked = run.stop_named(there, "s7")
    assert marked is not None
    assert marked.record_state is RecordState.RECORDED_HERE
    other = run.stop_named(there, "s5")
    assert other is not None
    skipped = run.with_mark(there, run.Marked("run14", "s5", "skipped", "", "", other), day.NOW)
    assert skipped.next_stop_id == "s7"


def test_where_one_is_stays_first_whatever_the_order() -> None:
    view = day.run_view()
    stop = run.stop_named(view, "s4")
    assert stop is not None
    there = run.with_mark(view, run.Marked("run14", "s4", "arrived", "", "", stop), day.NOW)
    work = OrderWork()
    work.begin(there)
    assert work.first("s4") == "s5"
    work.put("s8", 0)
    work.move("s4", 3)
    assert list(work.ids) == ["s4", "s8", "s5", "s6", "s7", "s9"]
    shown = work.shown(there)
    assert tuple(one.stop_id for one in run.to_do(shown)) == tuple(work.ids)
    left = day.run_view(stops=there.stops[:6], next_stop_id="s4")  # the office took three out
    work.follow(left)
    assert list(work.ids) == ["s4", "s5", "s6"]


@given(st.lists(st.tuples(st.sampled_from(IDS[3:]), st.integers(-3, 12)), max_size=12))
def test_no_way_of_ordering_loses_a_stop_or_moves_one_that_is_done(
    moves: list[tuple[str, int]],
) -> None:
    view = day.run_view()
    order = tuple(stop.stop_id for stop in run.to_do(view))
    for stop_id, place in moves:
        order = run.moved(order, stop_id, place)
        assert order[min(max(place, 0), 5)] == stop_id
    whole = run.whole_order(view, order)
    assert sorted(whole) == sorted(IDS)
    assert whole[:3] == IDS[:3]
    after = run.renumbered(run.with_order(view, whole))
    assert [stop.stop_id for stop in run.to_do(after)] == list(order)
    assert [stop.number for stop in after.stops] == list(range(1, 10))


def test_what_nobody_knows_is_told_beside_the_sum(qapp: QApplication) -> None:
    words = TodayWords()
    stop = day.stop(1, "Harbour Works", Urgency(0, 0, 4.2, 12_300, 3.0))
    assert words.cash(stop, sign=False) == "123.00"
    assert words.cash(replace(stop, cash_whole=False), sign=False) == "123.00 + ?"
    machine = day.machine("10427")
    assert words.machine_facts(machine, day.NOW).startswith("210 of 320 units when last known, ")
    told = words.machine_facts(replace(machine, unknown_slots=3), day.NOW)
    assert told.startswith("210 units in it and 3 slots not known, ")

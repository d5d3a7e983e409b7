"""The scale of charts: round values, rooms in time, words that never stand on one another."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.ui.widgets.chart_scale import (
    Span,
    inside,
    nearest,
    slots,
    ticks,
    without_collision,
)


@given(st.integers(-10, 10**18), st.integers(2, 12))
def test_ticks_are_even_steps_below_the_top_and_few(top: int, most: int) -> None:
    values = ticks(top, most)
    assert values[0] == 0
    assert len(values) <= most + 1
    if top > 0:
        step = values[1]
        assert list(values) == [step * n for n in range(len(values))]
        assert str(step).rstrip("0") in ("1", "2", "5")
        assert values[-1] <= top < values[-1] + step


def test_ticks_of_common_sales() -> None:
    assert ticks(240, 4) == (0, 50, 100, 150, 200)
    assert ticks(240, 3) == (0, 100, 200)
    assert ticks(3, 4) == (0, 1, 2, 3)
    assert ticks(400, 1) == (0, 200)
    assert ticks(0, 4) == (0,)


moments = st.lists(st.floats(0, 10**8), min_size=1, max_size=365).map(sorted)


@given(moments, st.integers(1, 4000))
def test_every_moment_has_its_room_and_together_they_fill_the_width(
    seconds: list[float], width: int
) -> None:
    rooms = slots(seconds, width)
    assert len(rooms) == len(seconds)
    assert rooms[0].left == 0
    assert rooms[-1].right == width
    assert all(one.right == other.left for one, other in pairwise(rooms))
    assert all(room.width >= 0 for room in rooms)


@given(moments, st.integers(2000, 4000))
def test_many_reads_of_one_minute_still_have_room_for_a_bar(
    seconds: list[float], width: int
) -> None:
    least = min(26, int(0.7 * width / len(seconds))) - 1
    assert all(room.width >= least for room in slots(seconds, width))


def test_a_longer_time_has_a_wider_room() -> None:
    day = 86_400.0
    one, two, ten = slots([0, day, 11 * day], 600)
    assert ten.width > two.width >= one.width


def test_clocks_that_ran_backwards_are_no_harm() -> None:
    rooms = slots([1000.0, 500.0, 2000.0], 300)
    assert [room.width > 0 for room in rooms] == [True] * 3
    assert rooms[-1].right == 300


def test_no_room_and_no_moments() -> None:
    assert slots([], 100) == ()
    assert slots([1.0], 0) == ()


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 120)), max_size=60))
def test_words_that_are_placed_keep_their_distance(words: list[tuple[int, int]]) -> None:
    room = Span(0, 900)
    wanted = [(n, inside(middle, wide, room)) for n, (middle, wide) in enumerate(words)]
    placed = without_collision(wanted, 10)
    assert not wanted or 0 in placed  # the first one always stands
    spans = sorted(placed.values())
    assert all(one.right + 10 <= other.left for one, other in pairwise(spans))
    assert all(room.left <= span.left and span.right <= room.right for span in spans)


def test_nearest_room() -> None:
    rooms = [Span(0, 10), Span(10, 40)]
    assert [nearest(rooms, x) for x in (-5, 0, 9, 10, 39, 200)] == [0, 0, 0, 1, 1, 1]
    assert nearest([], 3) is None

"""A delta of a counter is believed when it can be true, and told apart when it cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.dex_segments import element, segment_table
from cvd_shared.dex.meters import (
    CUMULATIVE_OF,
    MINUS_ONE,
    MOST_UNITS,
    DeltaKind,
    delta,
    machine_meters,
    most_money,
)

Counter = st.one_of(st.none(), st.integers(0, 10**15), st.sampled_from([0, MINUS_ONE, 10**8 - 1]))


class TestDelta:
    @given(st.integers(0, 99_000_000), st.integers(0, 9_000))
    def test_what_was_sold_is_counted(self, before: int, sold: int) -> None:
        moved = delta(before, before + sold)
        assert moved.amount == sold
        assert (moved.kind is DeltaKind.NO_CHANGE) == (sold == 0)

    @given(
        st.sampled_from([10**8, 2**16, 2**32, 10**6]), st.integers(2, 4_000), st.integers(0, 4_000)
    )
    def test_through_the_end_of_the_counter(self, size: int, left: int, after: int) -> None:
        moved = delta(size - left, after)
        assert moved == (DeltaKind.ROLLED_OVER, left + after, size - left, after, size)

    def test_the_end_is_that_of_the_element(self) -> None:
        assert delta(999_990, 5, digits=6)[:2] == (DeltaKind.ROLLED_OVER, 15)
        assert delta(9_990, 5, digits=4)[:2] == (DeltaKind.ROLLED_OVER, 15)
        assert delta(9_990, 5)[:2] == (DeltaKind.RESTARTED, None)

    @given(st.integers(1, 50_000), st.integers(0, 49_999))
    def test_a_lower_value_is_never_a_sale(self, before: int, now: int) -> None:
        if now < before:
            assert delta(before, now) == (DeltaKind.RESTARTED, None, before, now, None)

    def test_money_may_move_more_than_units_and_no_more_than_is_likely(self) -> None:
        before, now = 10**8 - 30_000, 12_345
        assert delta(before, now).kind is DeltaKind.RESTARTED
        assert delta(before, now, most=most_money(2)).amount == 42_345
        assert delta(50_000_000, 60, most=most_money(2)).kind is DeltaKind.RESTARTED
        assert most_money(0) == most_money(2) < most_money(3)

    def test_a_missing_value(self) -> None:
        assert delta(None, 3)[:2] == delta(3, None)[:2] == (DeltaKind.UNKNOWN, None)

    def test_minus_one_is_no_value(self) -> None:
        assert delta(MINUS_ONE, 3) == (DeltaKind.UNKNOWN, None, MINUS_ONE, 3, None)
        assert delta(3, MINUS_ONE).kind is DeltaKind.UNKNOWN

    @given(Counter, Counter, st.integers(1, 12), st.sampled_from([MOST_UNITS, most_money(2)]))
    def test_any_two_values(
        self, before: int | None, now: int | None, digits: int, most: int
    ) -> None:
        moved = delta(before, now, digits, most)
        assert (moved.before, moved.now) == (before, now)
        assert (moved.amount is None) == (moved.kind in (DeltaKind.RESTARTED, DeltaKind.UNKNOWN))
        if moved.size is not None:
            assert moved.amount is not None
            assert 0 < moved.amount <= most


class TestTable:
    def test_every_interval_counter_of_a_machine_has_its_cumulative_one(self) -> None:
        """But EA505 and MR104, which are sent alone."""
        once = [
            each.code
            for kind in segment_table().values()
            if not kind.repeats
            for each in kind.elements.values()
            if each.scope == "r" and each.is_number
        ]
        assert sorted(set(once) - set(CUMULATIVE_OF)) == ["EA505", "MR104"]

    @pytest.mark.parametrize(("reset", "init"), CUMULATIVE_OF.items())
    def test_the_two_count_the_same(self, reset: str, init: str) -> None:
        interval, cumulative = element(reset), element(init)
        assert interval is not None
        assert cumulative is not None
        assert (interval.scope, cumulative.scope) == ("r", "+")
        assert interval.is_money == cumulative.is_money
        assert init in machine_meters()

    def test_digits_are_those_of_the_element(self) -> None:
        meters = machine_meters()
        assert meters["VA101"] == (8, True)
        assert meters["CA202"] == (6, False)
        assert "VA103" not in meters
        assert "CA1501" not in meters

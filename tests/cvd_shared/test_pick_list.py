"""The pick list takes along what is needed: no unit is split, lost or carried twice."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.pick_list import cases, changes, pick_list, share_out
from cvd_shared.route_shapes import PickChange, PickList, PickReason, SlotKey

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
STOPS = [("s1", "m1"), ("s1", "m2"), ("s2", "m3")]


def reason(
    machine: str,
    label: str,
    need: int,
    product: str = "cola",
    *,
    days_left: float | None = None,
    sold_since: int = 0,
    known_units: int = 10,
    par: int = 12,
) -> PickReason:
    return PickReason(
        machine_id=machine,
        asset_number=machine.upper(),
        key=SlotKey(1, label),
        product_id=product,
        par=par,
        capacity=20,
        stock=known_units - sold_since,
        sure=True,
        known_at=AT,
        known_units=known_units,
        sold_since=sold_since,
        per_day=None,
        days=1.0,
        will_sell=0,
        need=need,
        days_left=days_left,
    )


def picked(*needs: PickReason, truck: int = 0, stops: list[tuple[str, str]] = STOPS) -> PickList:
    return pick_list(needs, stops, {"cola": 24, "tea": 1}, {"cola": truck})


class TestPickList:
    def test_a_product_is_summed_up_over_the_run_in_cases_and_singles(self) -> None:
        found = picked(reason("m1", "A1", 20), reason("m3", "B1", 8), reason("m2", "A1", 3, "tea"))
        cola, tea = found.lines
        assert (cola.need, cola.to_pick, cola.cases, cola.singles) == (28, 28, 1, 4)
        assert [each.machine_id for each in cola.reasons] == ["m1", "m3"]
        assert (tea.cases, tea.singles) == (0, 3)

    @pytest.mark.parametrize(
        ("truck", "on_truck", "to_pick"), [(5, 5, 23), (99, 28, 0), (-4, 0, 28)]
    )
    def test_what_is_on_the_truck_is_not_picked_again(
        self, truck: int, on_truck: int, to_pick: int
    ) -> None:
        found = picked(reason("m1", "A1", 20), reason("m3", "B1", 8), truck=truck)
        assert (found.lines[0].on_truck, found.lines[0].to_pick) == (on_truck, to_pick)

    def test_a_tote_for_each_machine_in_the_order_of_the_run(self) -> None:
        found = picked(reason("m3", "B1", 8), reason("m1", "A1", 5), reason("m1", "A2", 2, "tea"))
        assert [(tote.number, tote.machine_id, tote.stop_id) for tote in found.totes] == [
            (1, "m1", "s1"),
            (2, "m3", "s2"),
        ]
        assert [(line.key.label, line.units) for line in found.totes[0].lines] == [
            ("A1", 5),
            ("A2", 2),
        ]

    def test_machines_that_are_not_on_the_run_get_nothing(self) -> None:
        assert picked(reason("elsewhere", "A1", 5)) == PickList((), ())

    def test_a_machine_at_two_stops_is_filled_once(self) -> None:
        found = picked(reason("m1", "A1", 5), stops=[("s1", "m1"), ("s2", "m1")])
        assert [tote.units for tote in found.totes] == [5]
        assert found.lines[0].need == 5


@pytest.mark.parametrize(
    ("units", "size", "expected"),
    [(27, 24, (1, 3)), (24, 24, (1, 0)), (5, 1, (0, 5)), (5, 0, (0, 5)), (0, 24, (0, 0))],
)
def test_cases_and_singles(units: int, size: int, expected: tuple[int, int]) -> None:
    assert cases(units, size) == expected


class TestShortLoads:
    def test_the_fewest_days_left_come_first_and_unknown_ones_last(self) -> None:
        reasons = [
            reason("m1", "A1", 5, days_left=None),
            reason("m1", "A2", 5, days_left=2.0),
            reason("m2", "A1", 5, days_left=0.0),
            reason("m3", "A1", 5, days_left=2.0),
        ]
        assert share_out(reasons, 12) == {
            ("m2", SlotKey(1, "A1")): 5,
            ("m1", SlotKey(1, "A2")): 5,
            ("m3", SlotKey(1, "A1")): 2,
            ("m1", SlotKey(1, "A1")): 0,
        }

    def test_less_than_nothing_is_nothing(self) -> None:
        assert share_out([reason("m1", "A1", 5)], -3) == {("m1", SlotKey(1, "A1")): 0}


class TestChanges:
    BEFORE = picked(reason("m1", "A1", 5), reason("m2", "A1", 3), reason("m3", "A1", 1, "tea"))

    def why(self, after: PickList) -> dict[str, tuple[int, int, str]]:
        return {each.product_id: each[1:] for each in changes(self.BEFORE, after)}

    def test_the_same_list_has_none(self) -> None:
        assert changes(self.BEFORE, self.BEFORE) == ()

    def test_a_read_says_that_more_was_sold(self) -> None:
        after = picked(
            reason("m1", "A1", 9, sold_since=4),
            reason("m2", "A1", 3),
            reason("m3", "A1", 1, "tea"),
        )
        assert changes(self.BEFORE, after) == (PickChange("cola", 8, 12, "sold"),)

    def test_a_slot_that_was_full_needs_something_after_a_read(self) -> None:
        more = [reason("m1", "A1", 5), reason("m2", "A1", 3), reason("m3", "A1", 1, "tea")]
        after = picked(*more, reason("m2", "A2", 4, sold_since=4))
        assert self.why(after) == {"cola": (8, 12, "sold")}

    def test_a_slot_was_counted(self) -> None:
        after = picked(
            reason("m1", "A1", 2, known_units=13),
            reason("m2", "A1", 3),
            reason("m3", "A1", 1, "tea"),
        )
        assert self.why(after) == {"cola": (8, 5, "counted")}

    def test_a_machine_came_and_another_went(self) -> None:
        after = picked(reason("m1", "A1", 5), reason("m2", "A1", 3))
        assert self.why(after) == {"tea": (1, 0, "run_changed")}
        assert changes(after, self.BEFORE) == (PickChange("tea", 0, 1, "run_changed"),)

    def test_another_product_or_par_was_planned(self) -> None:
        after = picked(
            reason("m1", "A1", 8, par=15),
            reason("m2", "A1", 3, "tea"),
            reason("m3", "A1", 1, "tea"),
        )
        assert self.why(after) == {"tea": (1, 4, "planogram")}
        more = picked(reason("m1", "A1", 9, par=16), reason("m2", "A1", 3))
        assert self.why(more)["cola"] == (8, 12, "planogram")

    def test_the_truck_was_counted(self) -> None:
        after = picked(
            reason("m1", "A1", 5), reason("m2", "A1", 3), reason("m3", "A1", 1, "tea"), truck=6
        )
        assert self.why(after) == {"cola": (8, 2, "truck")}

    def test_a_slot_was_filled_meanwhile(self) -> None:
        after = picked(
            reason("m1", "A1", 0),
            reason("m1", "A2", 1, "tea"),
            reason("m2", "A1", 3),
            reason("m3", "A1", 1, "tea"),
        )
        assert self.why(after)["cola"] == (8, 3, "counted")

    def test_the_cause_of_the_most_units_is_told(self) -> None:
        after = picked(
            reason("m1", "A1", 9, sold_since=4),
            reason("m2", "A1", 2, known_units=11),
            reason("m3", "A1", 1, "tea"),
        )
        assert self.why(after) == {"cola": (8, 11, "sold")}


_NEEDS = st.lists(
    st.builds(
        reason,
        st.sampled_from(("m1", "m2", "m3", "m9")),
        st.sampled_from(("A1", "A2", "A3")),
        st.integers(-3, 40) | st.just(2**60),
        st.sampled_from(("cola", "tea")),
        days_left=st.none() | st.floats(0, 30),
    ),
    max_size=20,
)


@settings(max_examples=60)
@given(needs=_NEEDS, truck=st.integers(-50, 80), size=st.integers(-1, 30))
def test_no_unit_is_split_or_lost(needs: list[PickReason], truck: int, size: int) -> None:
    found = pick_list(needs, STOPS, {"cola": size}, {"cola": truck})
    on_the_run = [each for each in needs if each.machine_id != "m9" and each.need > 0]
    for product in ("cola", "tea"):
        own = [line for line in found.lines if line.product_id == product]
        wanted = sum(each.need for each in on_the_run if each.product_id == product)
        in_totes = sum(
            line.units for tote in found.totes for line in tote.lines if line.product_id == product
        )
        assert len(own) == (1 if wanted else 0)
        assert sum(line.to_pick + line.on_truck for line in own) == wanted == in_totes
        for line in own:
            assert line.need == wanted
            assert 0 <= line.on_truck <= max(0, truck if product == "cola" else 0)
            assert line.cases * line.case_size + line.singles == line.to_pick
            assert line.singles >= 0


@settings(max_examples=60)
@given(needs=_NEEDS, available=st.integers(-5, 300))
def test_a_short_load_is_given_away_whole(needs: list[PickReason], available: int) -> None:
    shares = share_out(needs, available)
    wanted = sum(max(0, each.need) for each in needs)
    assert sum(shares.values()) == min(max(0, available), wanted)
    assert set(shares) == {(each.machine_id, each.key) for each in needs}
    assert min(shares.values(), default=0) >= 0


@settings(max_examples=60)
@given(before=_NEEDS, after=_NEEDS)
def test_every_product_that_moved_is_told_with_a_reason(
    before: list[PickReason], after: list[PickReason]
) -> None:
    old, new = picked(*before), picked(*after)
    moved = changes(old, new)
    figures = [{line.product_id: line.to_pick for line in each.lines} for each in (old, new)]
    assert {each.product_id: (each.before, each.after) for each in moved} == {
        product: (figures[0].get(product, 0), figures[1].get(product, 0))
        for product in ("cola", "tea")
        if figures[0].get(product, 0) != figures[1].get(product, 0)
    }
    assert {each.why for each in moved} <= {"sold", "counted", "run_changed", "planogram", "truck"}

"""What a visit says after its amendments."""

from datetime import timedelta

import pytest

from cvd_shared.route_shapes import SlotKey
from cvd_shared.visit_facts import (
    effective_cash,
    effective_lines,
    line_after,
    products_since,
    truck_moves,
)
from cvd_shared.wire_records import CollectedCash
from tests.support.machine_story import BEGIN, amendment, line, visit


class TestVisits:
    def test_the_latest_amendment_holds_in_whatever_order_they_came(self) -> None:
        late, early = amendment(1, 9, 3, bag="B2"), amendment(2, 5, 7, bag="B1")
        done = visit("v", BEGIN, line("A1", filled=1), line("A2", filled=2))
        for amendments in ((late, early), (early, late)):
            amended = done.model_copy(update={"amendments": amendments})
            lines = effective_lines(amended)
            assert lines[SlotKey(1, "A1")].filled == 3
            assert lines[SlotKey(1, "A2")].filled == 2
            cash = effective_cash(amended)
            assert cash is not None
            assert cash.bag == "B2"

    def test_an_amendment_without_cash_leaves_the_cash(self) -> None:
        done = visit("v", BEGIN, cash=CollectedCash(bag="B1"), amendments=(amendment(1, 1, 3),))
        assert effective_cash(done) == CollectedCash(bag="B1")
        assert effective_cash(visit("v", BEGIN)) is None

    @pytest.mark.parametrize(
        ("before", "counted", "filled", "swapped", "after"),
        [
            (10, None, 4, False, 11),
            (10, 6, 4, False, 7),
            (None, 6, 4, False, 7),
            (None, None, 4, False, None),
            (10, 6, 4, True, 4),
            (None, None, 4, True, 4),
            (1, None, 0, False, -2),
        ],
    )
    def test_after(
        self, before: int | None, counted: int | None, filled: int, *, swapped: bool, after: int
    ) -> None:
        assert line_after(before, counted, 2, 1, filled, swapped) == after

    def test_what_went_from_the_truck_and_came_back_to_it(self) -> None:
        done = visit(
            "v",
            BEGIN,
            line("A1", filled=9, removed=2, spoiled=4),
            line("A2", filled=8, removed=5, product_id="tea", was_product_id="cola"),
            line("A3", filled=1, product_id=None),
        )
        assert truck_moves(done) == {"cola": -2, "tea": -8}

    def test_when_a_product_came_into_its_slot(self) -> None:
        swap = line("A1", filled=8, product_id="tea", was_product_id="cola")
        same = line("A2", filled=8, product_id="tea", was_product_id="tea")
        visits = [visit(f"v{n}", BEGIN + timedelta(days=n), swap, same) for n in (3, 1)]
        assert products_since(visits) == {
            SlotKey(1, "A1"): BEGIN + timedelta(days=3) - timedelta(minutes=20)
        }

"""What a visit says after its amendments; what the truck holds; which bag was used."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.bags import bag_used, normal_bag
from cvd_shared.route_shapes import SlotKey
from cvd_shared.truck_stock import truck_stock
from cvd_shared.visit_facts import (
    effective_cash,
    effective_lines,
    line_after,
    products_since,
    truck_moves,
)
from cvd_shared.wire_records import (
    CollectedCash,
    CountedLine,
    LoadedLine,
    LoadRecord,
    TruckCountRecord,
    VisitAmendment,
    VisitRecord,
)
from tests.support.machine_story import BEGIN, line, visit, wire


def hour(number: int) -> str:
    return wire(BEGIN + timedelta(hours=number))


def amendment(number: int, at: int, *filled: int, bag: str = "") -> VisitAmendment:
    """Slot A1 was filled with so many; another bag."""
    return VisitAmendment(
        id=f"a{number}",
        at=hour(at),
        reason="typed wrong",
        lines=tuple(line("A1", filled=units) for units in filled),
        cash=CollectedCash(bag=bag) if bag else None,
    )


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


# --- the truck ----------------------------------------------------------------------------------


def load(number: int, at: int, **products: int) -> LoadRecord:
    lines = tuple(
        LoadedLine(product_id=each, wanted=units, loaded=units) for each, units in products.items()
    )
    return LoadRecord(id=f"l{number}", route_id="14", at=hour(at), lines=lines)


def count(number: int, at: int, **products: int) -> TruckCountRecord:
    lines = tuple(CountedLine(product_id=each, counted=n) for each, n in products.items())
    return TruckCountRecord(id=f"c{number}", route_id="14", at=hour(at), lines=lines)


def served(number: int, at: int, filled: int, removed: int = 0) -> VisitRecord:
    done = line("A1", filled=filled, removed=removed)
    return visit(f"v{number}", BEGIN + timedelta(hours=at), done)


class TestTruck:
    def test_loaded_filled_removed(self) -> None:
        stock, rows = truck_stock([load(1, 1, cola=20, tea=5)], [], [served(1, 2, 8, 3)])
        assert stock == {"cola": 15, "tea": 5}
        assert [(row.kind, row.units, row.stock) for row in rows if row.product_id == "cola"] == [
            ("loaded", 20, 20),
            ("removed", 3, 23),
            ("filled", -8, 15),
        ]

    def test_a_count_holds_for_the_products_that_were_counted(self) -> None:
        stock, rows = truck_stock(
            [load(1, 1, cola=20, tea=5), load(2, 9, cola=4)],
            [count(1, 5, cola=7)],
            [served(1, 2, 8)],
        )
        assert stock == {"cola": 11, "tea": 5}
        assert [(row.kind, row.units) for row in rows] == [
            ("loaded", 5),  # tea: never counted
            ("counted", 7),
            ("loaded", 4),
        ]

    def test_below_zero_is_shown_as_it_is(self) -> None:
        stock, rows = truck_stock([load(1, 1, cola=2)], [], [served(1, 2, 8)])
        assert stock == {"cola": -6}
        assert rows[-1].stock == -6

    def test_an_amended_visit_moves_what_it_says_now(self) -> None:
        amended = served(1, 2, 8).model_copy(update={"amendments": (amendment(1, 3, 5),)})
        assert truck_stock([load(1, 1, cola=20)], [], [amended])[0] == {"cola": 15}

    @given(
        loads=st.lists(
            st.builds(
                lambda n, at, c: load(n, at, cola=c),
                _n := st.integers(0, 9),
                _t := st.integers(0, 5),
                st.integers(0, 50),
            ),
            unique_by=lambda each: each.id,
        ),
        counts=st.lists(
            st.builds(lambda n, at, c: count(n, at, cola=c), _n, _t, st.integers(0, 9)),
            max_size=2,
            unique_by=lambda each: each.id,
        ),
        visits=st.lists(
            st.builds(served, _n, _t, st.integers(0, 30), st.integers(0, 5)),
            unique_by=lambda each: each.id,
        ),
        mixed=st.randoms(use_true_random=False),
    )
    def test_order_of_arrival_does_not_matter_and_no_unit_is_lost(
        self,
        loads: list[LoadRecord],
        counts: list[TruckCountRecord],
        visits: list[VisitRecord],
        mixed: Random,
    ) -> None:
        found = truck_stock(loads, counts, visits)
        for each in (loads, counts, visits):
            mixed.shuffle(each)  # type: ignore[arg-type]
        assert truck_stock(loads, counts, visits) == found
        stock, rows = found
        assert sum(row.units for row in rows) == stock.get("cola", 0)
        if not counts:
            moved = sum(truck_moves(each).get("cola", 0) for each in visits)
            loaded = sum(each.loaded for one in loads for each in one.lines)
            assert stock.get("cola", 0) == loaded + moved


# --- bags ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["0042-AB7", " 0042 ab7\r\n", "0042/AB7", "００４２－ＡＢ７", "0042\u00a0ab.7", "0042–AB7"],
)
def test_one_spelling_of_a_bag(text: str) -> None:
    assert normal_bag(text) == "0042AB7"


def test_leading_zeros_are_part_of_the_number() -> None:
    assert normal_bag("042") != normal_bag("42")


@given(st.text(st.characters(codec="cp1252")))
def test_the_spelling_is_its_own_spelling(text: str) -> None:
    assert normal_bag(normal_bag(text)) == normal_bag(text)


def test_a_bag_is_used_once() -> None:
    visits = [
        visit("v1", BEGIN, cash=CollectedCash(bag="b-1")),
        visit("v2", BEGIN + timedelta(days=1), cash=CollectedCash(bag="B1 ")),
        visit("v3", BEGIN, cash=CollectedCash(bag="B2"), amendments=(amendment(1, 2, bag="B3"),)),
        visit("v4", BEGIN),
    ]
    assert bag_used("b 1", visits) == visits[1]
    assert bag_used("B3", visits) == visits[2]
    assert bag_used("B2", visits) is None
    assert bag_used(" - ", [visit("v5", BEGIN, cash=CollectedCash(bag="-"))]) is None

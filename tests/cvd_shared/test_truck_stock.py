"""What is on the truck: loaded, filled, taken out again, counted."""

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.truck_stock import truck_stock
from cvd_shared.visit_facts import truck_moves
from cvd_shared.wire_records import (
    CountedLine,
    LoadedLine,
    LoadRecord,
    TruckCountRecord,
    VisitRecord,
)
from tests.support.machine_story import BEGIN, amendment, hour, line, visit


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


_NUMBERS = st.integers(0, 9)
_HOURS = st.integers(0, 5)
_LOADS = st.lists(
    st.builds(lambda n, at, units: load(n, at, cola=units), _NUMBERS, _HOURS, st.integers(0, 50)),
    unique_by=lambda each: each.id,
)
_COUNTS = st.lists(
    st.builds(lambda n, at, units: count(n, at, cola=units), _NUMBERS, _HOURS, _NUMBERS),
    max_size=2,
    unique_by=lambda each: each.id,
)
_VISITS = st.lists(
    st.builds(served, _NUMBERS, _HOURS, st.integers(0, 30), _HOURS),
    unique_by=lambda each: each.id,
)


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

    @settings(max_examples=60)
    @given(
        loads=_LOADS,
        counts=_COUNTS,
        visits=_VISITS,
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

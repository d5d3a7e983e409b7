"""What always holds of the ledger: it is the truth of honest records, and no unit is lost."""

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.route_shapes import SalesFact, SlotKey
from cvd_shared.stock_ledger import DOUBTS, machine_stock
from cvd_shared.unit_shares import shares
from cvd_shared.wire_records import VisitRecord
from tests.support.machine_story import BEGIN, MachineStory, line, planned, visit

NOW = BEGIN + timedelta(days=30)
_WORK = st.sampled_from(("fill", "count", "remove", "spoil", "swap"))

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(0, 2), st.integers(0, 0)),
        st.tuples(st.just("read"), st.just(0), st.just(0)),
        st.tuples(_WORK, st.integers(0, 2), st.integers(0, 9)),
        st.tuples(_WORK.map("at read: ".__add__), st.integers(0, 2), st.integers(0, 9)),
    ),
    max_size=40,
)


def played(steps: list[tuple[str, int, int]], selections: dict[str, str]) -> MachineStory:
    story = MachineStory(selections)
    labels = list(selections)
    for what, place, units in steps:
        label = labels[place]
        if what == "buy":
            story.buy(label)
        elif what == "read":
            story.read()
        elif what.startswith("at read: "):
            story.serve(label, what.removeprefix("at read: "), units, read_id=story.read())
        else:
            story.serve(label, what, units)
    story.read()
    return story


@settings(max_examples=60)
@given(steps=_STEPS)
def test_with_honest_records_the_ledger_is_the_truth(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is bought, counted, filled, swapped, with reads or without, in whatever order."""
    story = played(steps, {"A1": "1", "A2": "2", "A3": "3"})
    found = machine_stock(story.slots, story.visits, story.sales, story.now)
    for label, units in story.truth.items():
        each = found[story.key(label)]
        assert (each.units, each.sure, each.doubt) == (units, True, "")


@settings(max_examples=60)
@given(steps=_STEPS)
def test_slots_on_one_selection_together_lose_nothing(steps: list[tuple[str, int, int]]) -> None:
    """As long as they are not counted one by one, together they hold what is in the machine."""
    kept = [each for each in steps if each[0] in ("buy", "read", "fill", "at read: fill")]
    story = played(kept, {"A1": "1", "A2": "01", "A3": "2"})
    found = machine_stock(story.slots, story.visits, story.sales, story.now)
    truth = story.truth
    held = [found[story.key(label)] for label in ("A1", "A2")]
    assert sum(each.units or 0 for each in held) == truth["A1"] + truth["A2"]
    assert found[story.key("A3")].units == truth["A3"]
    for each, label in zip(held, ("A1", "A2"), strict=True):
        assert each.units == truth[label] or not each.sure


@settings(max_examples=60)
@given(steps=_STEPS)
def test_what_is_sure_of_slots_on_one_selection_is_the_truth(
    steps: list[tuple[str, int, int]],
) -> None:
    story = played(steps, {"A1": "1", "A2": "01", "A3": "001"})
    found = machine_stock(story.slots, story.visits, story.sales, story.now)
    for label, units in story.truth.items():
        each = found[story.key(label)]
        assert each.units == units or each.doubt


@settings(max_examples=60)
@given(steps=_STEPS, seed=st.integers(0, 2**32), shared=st.booleans())
def test_the_order_in_which_facts_arrive_does_not_matter(
    steps: list[tuple[str, int, int]], seed: int, shared: bool
) -> None:
    story = played(steps, {"A1": "1", "A2": "01" if shared else "2", "A3": "3"})
    found = machine_stock(story.slots, story.visits, story.sales, story.now)
    mixed = Random(seed)
    visits, sales = list(story.visits), list(story.sales)
    mixed.shuffle(visits)
    mixed.shuffle(sales)
    assert machine_stock(story.slots, visits, sales, story.now) == found


_UNITS = st.one_of(st.integers(0, 12), st.just(2**63 - 1))
_TIMES = st.integers(0, 12).map(lambda hours: BEGIN + timedelta(hours=6 * hours))
_HOSTILE_LINES = st.builds(
    line,
    st.sampled_from(("A1", "A2", "Z9")),
    cabinet=st.integers(1, 2),
    spoiled=st.integers(0, 3),
    counted=st.none() | _UNITS,
    before=st.none() | _UNITS,
    removed=_UNITS,
    filled=_UNITS,
    product_id=st.none() | st.sampled_from(("cola", "tea")),
    was_product_id=st.none() | st.just("cola"),
    selection=st.sampled_from(("", "1", "01", "2")),
)
_HOSTILE_VISITS = st.builds(
    lambda number, at, lines, read, minutes: visit(
        f"v{number}", at, *lines, read_id=read, minutes=minutes
    ),
    st.integers(0, 20),
    _TIMES,
    st.lists(_HOSTILE_LINES, max_size=4),
    st.none() | st.sampled_from(("r1", "r2", "r3", "unknown")),
    st.integers(-90, 90),
)
_HOSTILE_SALES = st.builds(
    lambda number, since, at, units, whole: SalesFact(f"r{number}", since, at, units, whole),
    st.integers(0, 5),
    _TIMES,
    _TIMES,
    st.dictionaries(st.sampled_from(("1", "2", "9")), _UNITS, max_size=3),
    st.booleans(),
)


@settings(max_examples=60)
@given(
    visits=st.lists(_HOSTILE_VISITS, max_size=8, unique_by=lambda each: each.id),
    sales=st.lists(_HOSTILE_SALES, max_size=6, unique_by=lambda each: each.read_id),
    seed=st.integers(0, 2**32),
)
def test_nonsense_gives_no_negative_stock_and_no_doubt_without_a_name(
    visits: list[VisitRecord], sales: list[SalesFact], seed: int
) -> None:
    slots = [planned("A1", selection="1"), planned("A2", selection="01"), planned("B1")]
    found = machine_stock(slots, visits, sales, NOW)
    assert list(found) == [SlotKey(1, "A1"), SlotKey(1, "A2"), SlotKey(1, "B1")]
    for each in found.values():
        assert each.units is None or each.units >= 0
        assert each.sure == (each.doubt == "")
        assert each.doubt in ("", *DOUBTS)
        assert each.sold_since >= 0
        if each.units and each.known_units is not None:
            assert each.known_units - each.sold_since == each.units
        if each.rows and each.units:
            assert each.rows[-1].stock == each.units
    mixed = Random(seed)
    mixed.shuffle(visits)
    mixed.shuffle(sales)
    assert machine_stock(slots, visits, sales, NOW) == found


@settings(max_examples=60)
@given(units=st.integers(0, 2**63), weights=st.lists(st.integers(0, 2**63), min_size=1, max_size=8))
def test_units_are_shared_whole_and_in_proportion(units: int, weights: list[int]) -> None:
    found = shares(units, weights)
    total = sum(weights)
    assert sum(found) == units
    for part, weight in zip(found, weights, strict=True):
        assert abs(part * total - units * weight) < max(1, total)
        assert part <= weight or units > total


def test_the_largest_remainder_comes_first_then_the_first_in_line() -> None:
    assert shares(10, [3, 3, 1]) == [4, 4, 2]  # 4.29, 4.29, 1.43
    assert shares(5, [1, 1]) == [3, 2]
    assert shares(4, [0, 0, 0]) == [2, 1, 1]

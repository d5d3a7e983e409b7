"""How fast a product sells at a machine; unknown is unknown, not a number."""

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.route_shapes import SalesFact, SlotKey, Velocity
from cvd_shared.velocity import per_slot, velocities
from cvd_shared.visit_facts import products_since
from tests.support.machine_story import BEGIN, line, planned, sold, visit

NOW = BEGIN + timedelta(days=28)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def fact(name: str, begin: float, end: float, **units: int) -> SalesFact:
    """Days since BEGIN; units by selection."""
    return sold(name, BEGIN + days(begin), BEGIN + days(end), units)


SLOTS = [planned("A1", product="cola"), planned("A2", product="cola"), planned("B1", product="tea")]


def test_units_of_all_facings_over_the_days() -> None:
    sales = [fact("r1", 0, 4, A1=6, A2=2, B1=0), fact("r2", 4, 8, A1=1, A2=3, B1=0)]
    found = velocities(SLOTS, sales, NOW)
    assert found == {"cola": Velocity(12, 8.0), "tea": Velocity(0, 8.0)}
    assert found["cola"].per_day == 1.5
    assert per_slot(SLOTS, found) == {
        SlotKey(1, "A1"): 0.75,
        SlotKey(1, "A2"): 0.75,
        SlotKey(1, "B1"): 0.0,
    }


def test_without_data_it_is_unknown() -> None:
    assert velocities(SLOTS, [], NOW) == {}
    assert per_slot(SLOTS, {}) == {}
    assert velocities(SLOTS, [fact("r1", 27.9, 28, A1=9, A2=9)], NOW) == {}


def test_slots_on_one_selection_are_sold_once() -> None:
    slots = [planned("A1", selection="5"), planned("A2", selection="05")]
    assert velocities(slots, [sold("r", BEGIN, NOW, {"5": 28})], NOW) == {
        "cola": Velocity(28, 28.0)
    }


def test_two_products_on_one_selection_do_not_both_sell_all_of_it() -> None:
    slots = [planned("A1", selection="5"), planned("A2", selection="05", product="tea"), SLOTS[2]]
    slots += [planned("C1", cabinet=2)]
    sales = [sold("r", BEGIN, NOW, {"5": 28, "B1": 7, "C1": 7})]
    assert velocities(slots, sales, NOW) == {}  # of either one selection cannot tell
    whole = [slots[0], SLOTS[2]]
    assert velocities(whole, sales, NOW) == {
        "cola": Velocity(28, 28.0),
        "tea": Velocity(7, 28.0),
    }


def test_days_on_which_a_meter_was_not_known_are_no_data() -> None:
    sales = [fact("r1", 0, 4, A1=6, A2=2), fact("r2", 4, 6, A1=50), fact("r3", 6, 8, A1=1, A2=1)]
    assert velocities(SLOTS, sales, NOW) == {"cola": Velocity(10, 6.0)}


def test_what_is_older_does_not_count_and_what_reaches_back_counts_whole() -> None:
    now = BEGIN + days(60)
    sales = [fact("r1", 0, 31, A1=90, A2=9), fact("r2", 31, 33, A1=2, A2=0)]
    assert velocities(SLOTS, sales, now) == {"cola": Velocity(2, 2.0)}
    assert velocities(SLOTS, sales, now, days=30) == {"cola": Velocity(101, 33.0)}


def test_the_product_that_was_in_the_slot_before_says_nothing() -> None:
    swap = line("B1", filled=8, was_product_id="cola", product_id="tea")
    since = products_since([visit("v1", BEGIN + days(4), swap)])
    sales = [fact("r1", 0, 4, B1=40), fact("r2", 4, 8, B1=4)]
    assert velocities(SLOTS, sales, NOW, since=since) == {"tea": Velocity(4, 4.0)}


def test_a_cut_file_is_not_taken_twice() -> None:
    cut = sold("r1", BEGIN, BEGIN + days(2), {"B1": 3}, whole=False)
    assert velocities(SLOTS, [cut, fact("r2", 0, 4, B1=8)], NOW) == {"tea": Velocity(8, 4.0)}


@settings(max_examples=60)
@given(
    st.lists(
        st.builds(
            lambda n, begin, end, units: sold(
                f"r{n}", BEGIN + days(begin), BEGIN + days(end), units
            ),
            st.integers(0, 20),
            st.integers(-3, 30),
            st.integers(-3, 30),
            st.dictionaries(
                st.sampled_from(("A1", "A2", "B1")), st.integers(-2, 2**63), max_size=3
            ),
        ),
        unique_by=lambda each: each.read_id,
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_reads_say_it_is_not_negative_and_their_order_does_not_matter(
    sales: list[SalesFact], mixed: Random
) -> None:
    found = velocities(SLOTS, sales, NOW)
    for each in found.values():
        assert each.units >= 0
        assert each.days >= 1
    other = list(sales)
    mixed.shuffle(other)
    assert velocities(SLOTS, other, NOW) == found
    shares = per_slot(SLOTS, found)
    if "cola" in found:
        assert shares[SlotKey(1, "A1")] + shares[SlotKey(1, "A2")] == found["cola"].per_day

"""The ledger says what is in a slot, or that it is not sure; it never loses a unit."""

from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import strategies as st

from cvd_shared.route_shapes import SalesFact, SlotKey, SlotStock, StockKind
from cvd_shared.stock_ledger import machine_stock
from cvd_shared.wire_records import PlanogramSlot, VisitAmendment, VisitRecord
from tests.support.machine_story import BEGIN, line, planned, sold, visit, wire

MONDAY = BEGIN
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (BEGIN + timedelta(days=n) for n in (1, 2, 3, 4))
NOW = BEGIN + timedelta(days=30)
_WORK = st.sampled_from(("fill", "count", "remove", "spoil", "swap"))


def stock(
    slots: list[PlanogramSlot], visits: list[VisitRecord], sales: list[SalesFact]
) -> dict[str, SlotStock]:
    """By label, of the first cabinet."""
    return {key.label: each for key, each in machine_stock(slots, visits, sales, NOW).items()}


def of_a1(visits: list[VisitRecord], sales: list[SalesFact], **said: int) -> SlotStock:
    return stock([planned("A1", **said)], visits, sales)["A1"]


def a1(at: datetime, units: int, *, since: datetime, read_id: str = "") -> SalesFact:
    return sold(read_id or f"r-{at.isoformat()}", since, at, {"A1": units})


COUNTED_10 = visit("v1", MONDAY, line("A1", counted=10, after=10))


class TestWhatIsKnown:
    def test_nobody_knows_what_was_never_counted(self) -> None:
        found = of_a1([], [a1(TUESDAY, 4, since=MONDAY)])
        assert (found.units, found.sure, found.doubt) == (None, False, "never_counted")
        assert found.recount

    def test_a_slot_without_a_product_asks_for_nothing(self) -> None:
        found = stock([planned("A1", product=None)], [], [])["A1"]
        assert (found.units, found.doubt, found.recount) == (None, "", False)

    def test_counted_filled_and_sold(self) -> None:
        first = visit("v1", MONDAY, line("A1", counted=3, filled=9, after=12))
        found = of_a1([first], [a1(WEDNESDAY, 4, since=MONDAY, read_id="r1")])
        assert (found.units, found.sure, found.sold_since) == (8, True, 4)
        assert (found.known_units, found.known_at, found.source) == (12, MONDAY, "C")
        assert [(row.kind, row.units, row.stock) for row in found.rows] == [
            (StockKind.COUNT, 3, 3),
            (StockKind.FILL, 9, 12),
            (StockKind.SALE, -4, 8),
        ]
        assert found.rows[-1].ref == "r1"

    def test_right_after_a_visit_it_is_what_the_person_entered(self) -> None:
        found = of_a1([COUNTED_10], [])
        assert (found.units, found.source, found.sold_since) == (10, "M", 0)

    def test_what_a_person_saw_counts_where_nothing_was_known(self) -> None:
        seen = visit("v1", MONDAY, line("A1", before=3, before_source="M", filled=7, after=10))
        found = of_a1([seen], [a1(TUESDAY, 2, since=MONDAY)])
        assert (found.units, found.sure) == (8, True)
        assert found.rows[0].kind is StockKind.STATED

    def test_what_was_worked_out_then_does_not_count_where_the_ledger_knows(self) -> None:
        """The laptop that recorded it had not heard of the fill on Tuesday."""
        tuesday = visit("v2", TUESDAY, line("A1", filled=5))
        wednesday = visit("v3", WEDNESDAY, line("A1", before=10, filled=2, after=12))
        assert of_a1([COUNTED_10, tuesday, wednesday], []).units == 17

    def test_removed_and_spoiled_units_are_out(self) -> None:
        second = visit("v2", TUESDAY, line("A1", removed=2, spoiled=3, filled=1))
        found = of_a1([COUNTED_10, second], [a1(TUESDAY, 0, since=MONDAY)])
        assert found.units == 6
        assert [row.kind for row in found.rows] == ["removal", "spoilage", "fill"]

    def test_price_product_and_date_are_as_last_confirmed(self) -> None:
        first = visit("v1", MONDAY, line("A1", counted=5, price=150, expiry="2026-12-01"))
        second = visit("v2", TUESDAY, line("A1", filled=1, product_id="tea"))
        found = of_a1([second, first], [])
        assert (found.confirmed_price, found.product_id) == (150, "tea")
        assert found.expiry == "2026-12-01"

    def test_the_date_goes_with_the_units_that_had_it(self) -> None:
        first = visit("v1", MONDAY, line("A1", counted=5, expiry="2026-12-01"))
        emptied = visit("v2", TUESDAY, line("A1", spoiled=5, filled=4))
        assert of_a1([first, emptied], []).expiry is None
        assert of_a1([first], [a1(TUESDAY, 5, since=MONDAY)]).expiry is None

    def test_a_swap_begins_at_nothing(self) -> None:
        swap = line("A1", removed=6, filled=8, product_id="tea", was_product_id="cola")
        read = a1(TUESDAY, 4, since=MONDAY, read_id="r1")
        found = of_a1(
            [COUNTED_10, visit("v2", TUESDAY, swap, read_id="r1")],
            [read, a1(WEDNESDAY, 3, since=TUESDAY)],
        )
        assert (found.units, found.product_id, found.sure) == (5, "tea", True)
        assert [(row.kind, row.units) for row in found.rows] == [
            ("swap", -6),
            ("fill", 8),
            ("sale", -3),
        ]


class TestCutHistory:
    """Only the last weeks are given, and the sales do not reach as far back as the visits."""

    def test_older_visits_than_the_sales_say_nothing(self) -> None:
        visits = [
            visit("v1", MONDAY, line("A1", counted=10), read_id="r1"),
            visit("v2", TUESDAY, line("A1", before=4, filled=6, after=10), read_id="r2"),
            visit("v3", WEDNESDAY, line("A1", before=7, filled=3, after=10), read_id="r3"),
        ]
        sales = [
            a1(WEDNESDAY, 3, since=TUESDAY - timedelta(minutes=5), read_id="r3"),
            a1(THURSDAY, 2, since=WEDNESDAY),
        ]
        found = of_a1(visits, sales)
        assert (found.units, found.sure) == (8, True)

    def test_a_machine_that_was_not_read_by_then_is_a_doubt(self) -> None:
        visits = [
            visit("v1", MONDAY, line("A1", counted=10)),
            visit("v2", TUESDAY, line("A1", before=10, filled=2, after=12), read_id="r1"),
        ]
        found = of_a1(visits, [a1(WEDNESDAY, 3, since=TUESDAY - timedelta(minutes=5))])
        assert (found.units, found.doubt) == (9, "meter_unknown")


class TestReads:
    def test_a_read_at_a_visit_comes_before_its_work_whatever_the_clocks_say(self) -> None:
        read = a1(TUESDAY + timedelta(hours=3), 10, since=MONDAY, read_id="r1")
        fill = visit("v2", TUESDAY, line("A1", filled=12), read_id="r1")
        found = of_a1([COUNTED_10, fill], [read])
        assert (found.units, found.sold_since, found.sure) == (12, 0, True)

    def test_the_first_read_of_a_machine_is_at_its_visit(self) -> None:
        """It tells no sales; those of the next one begin at it, in the middle of the visit."""
        counted = visit("v1", MONDAY, line("A1", counted=10), read_id="first", minutes=60)
        begin = MONDAY - timedelta(minutes=50)
        found = of_a1([counted], [a1(TUESDAY, 7, since=begin)])
        assert (found.units, found.sure) == (3, True)

    def test_a_clock_that_was_set_back_in_mid_visit_changes_nothing(self) -> None:
        back = visit(
            "v2",
            TUESDAY,
            line("A1", filled=2),
            read_id="r1",
            arrived_at=wire(TUESDAY + timedelta(hours=1)),
        )
        read = a1(TUESDAY + timedelta(minutes=65), 4, since=MONDAY, read_id="r1")
        later = a1(WEDNESDAY, 1, since=read.at)
        assert of_a1([COUNTED_10, back], [read, later]).units == 7

    def test_names_of_selections_are_compared_as_people_write_them(self) -> None:
        slots = [planned("A1", selection=" 007 "), planned("B1", selection="pa01")]
        first = visit("v1", MONDAY, line("A1", counted=9), line("B1", counted=9))
        found = stock(slots, [first], [sold("r", MONDAY, TUESDAY, {"7": 2, "PA1": 3})])
        assert (found["A1"].units, found["B1"].units) == (7, 6)

    def test_labels_may_repeat_in_another_cabinet(self) -> None:
        slots = [planned("1", selection="1"), planned("1", selection="101", cabinet=2)]
        first = visit("v1", MONDAY, line("1", counted=5), line("1", counted=9, cabinet=2))
        found = machine_stock(slots, [first], [sold("r", MONDAY, TUESDAY, {"1": 1, "101": 2})], NOW)
        assert found[SlotKey(1, "1")].units == 4
        assert found[SlotKey(2, "1")].units == 7

    def test_a_restarted_meter_or_a_cut_file_moves_no_stock_and_says_so(self) -> None:
        restarted = sold("r1", MONDAY, TUESDAY, {}, whole=False)
        found = of_a1([COUNTED_10], [restarted, a1(WEDNESDAY, 2, since=TUESDAY)])
        assert (found.units, found.sure, found.doubt) == (8, False, "meter_unknown")
        assert found.recount

    def test_a_count_ends_that_doubt(self) -> None:
        restarted = sold("r1", MONDAY, TUESDAY, {}, whole=False)
        counted = visit("v2", TUESDAY, line("A1", counted=4), read_id="r1")
        found = of_a1([COUNTED_10, counted], [restarted, a1(WEDNESDAY, 2, since=TUESDAY)])
        assert (found.units, found.sure) == (2, True)

    def test_the_read_after_a_cut_file_spans_both(self) -> None:
        cut = sold("r1", MONDAY, TUESDAY, {"A1": 3}, whole=False)
        found = of_a1([COUNTED_10], [cut, a1(WEDNESDAY, 5, since=MONDAY)])
        assert (found.units, found.sure) == (5, True)

    def test_the_same_read_twice_counts_once(self) -> None:
        read = a1(TUESDAY, 4, since=MONDAY, read_id="r1")
        assert of_a1([COUNTED_10], [read, read]).units == 6

    def test_sales_that_nobody_read_are_a_doubt(self) -> None:
        later = a1(THURSDAY, 1, since=WEDNESDAY)
        found = of_a1([COUNTED_10], [later])
        assert (found.units, found.doubt) == (9, "meter_unknown")

    def test_reads_that_overlap_in_part_are_a_doubt(self) -> None:
        sales = [a1(WEDNESDAY, 3, since=MONDAY), a1(THURSDAY, 2, since=TUESDAY)]
        assert of_a1([COUNTED_10], sales).doubt == "meter_unknown"
        counted = visit("v2", WEDNESDAY - timedelta(hours=6), line("A1", counted=8))
        found = of_a1([COUNTED_10, counted], sales)
        assert (found.units, found.doubt) == (5, "meter_unknown")

    def test_below_zero_shows_nothing_and_asks_for_a_count(self) -> None:
        found = of_a1([COUNTED_10], [a1(TUESDAY, 13, since=MONDAY)])
        assert (found.units, found.doubt, found.recount) == (0, "below_zero", True)
        assert found.rows[-1].stock == -3

    def test_a_fill_does_not_mend_it_but_a_count_does(self) -> None:
        read = a1(TUESDAY, 13, since=MONDAY, read_id="r1")
        fill = visit("v2", TUESDAY, line("A1", filled=8), read_id="r1")
        found = of_a1([COUNTED_10, fill], [read])
        assert (found.units, found.doubt) == (8, "below_zero")
        assert (found.rows[0].kind, found.rows[0].units) == ("correction", 3)
        counted = visit("v3", TUESDAY, line("A1", counted=9), read_id="r1")
        found = of_a1([COUNTED_10, fill, counted], [read])
        assert (found.units, found.sure) == (9, True)

    def test_more_taken_out_than_was_in_it(self) -> None:
        found = of_a1([COUNTED_10, visit("v2", TUESDAY, line("A1", removed=12, filled=3))], [])
        assert (found.units, found.doubt) == (3, "below_zero")

    def test_more_than_fits_asks_for_a_count(self) -> None:
        read = a1(TUESDAY, 0, since=MONDAY, read_id="r1")
        fill = visit("v2", TUESDAY, line("A1", filled=15), read_id="r1")
        found = of_a1([COUNTED_10, fill], [read], capacity=20)
        assert (found.units, found.doubt, found.recount) == (25, "above_capacity", True)

    def test_a_moment_still_to_come_is_told(self) -> None:
        ahead = visit("v1", NOW + timedelta(days=400), line("A1", counted=5))
        assert of_a1([ahead], []).doubt == "clock_ahead"
        zone = visit("v1", NOW + timedelta(hours=14), line("A1", counted=5))
        assert of_a1([zone], []).sure


class TestWithoutARead:
    """A visit without a read moves no baseline: the next read spans it."""

    def test_a_fill_waits_for_the_read_that_spans_it(self) -> None:
        fill = visit("v2", TUESDAY, line("A1", filled=5))
        found = of_a1([COUNTED_10, fill], [])
        assert (found.units, found.doubt, found.recount) == (15, "visit_without_read", False)
        found = of_a1([COUNTED_10, fill], [a1(WEDNESDAY, 6, since=MONDAY)])
        assert (found.units, found.sure) == (9, True)

    def test_two_visits_at_the_same_second(self) -> None:
        both = [visit(name, TUESDAY, line("A1", filled=2)) for name in ("v3", "v2")]
        found = of_a1([*both, COUNTED_10], [a1(WEDNESDAY, 6, since=MONDAY)])
        assert (found.units, found.sure) == (8, True)

    def test_a_clock_set_back_in_mid_visit_leaves_the_end_of_it(self) -> None:
        back = visit("v2", TUESDAY, line("A1", counted=7), minutes=-90)
        found = of_a1([COUNTED_10, back], [a1(WEDNESDAY, 5, since=MONDAY)])
        assert (found.units, found.sure, found.known_at) == (5, True, TUESDAY)

    def test_what_a_count_found_missing_was_sold_before_it(self) -> None:
        """10 in it, 7 counted: 3 of the 5 were sold before, 2 after."""
        counted = visit("v2", TUESDAY, line("A1", counted=7, filled=5))
        found = of_a1([COUNTED_10, counted], [a1(WEDNESDAY, 5, since=MONDAY)])
        assert (found.units, found.sure, found.sold_since) == (10, True, 2)

    def test_two_counts_between_two_reads(self) -> None:
        visits = [
            COUNTED_10,
            visit("v2", TUESDAY, line("A1", counted=7, filled=5)),
            visit("v3", WEDNESDAY, line("A1", counted=8)),
        ]
        found = of_a1(visits, [a1(THURSDAY, 9, since=MONDAY)])
        assert (found.units, found.sure) == (6, True)  # 3 and 4 before the counts, 2 after

    @pytest.mark.parametrize(("counted", "units"), [(12, 7), (2, 2)])
    def test_a_count_that_the_sales_cannot_explain(self, counted: int, units: int) -> None:
        """More than there was: all were sold after. Fewer than were sold: none was."""
        found = of_a1(
            [COUNTED_10, visit("v2", TUESDAY, line("A1", counted=counted))],
            [a1(WEDNESDAY, 5, since=MONDAY)],
        )
        assert (found.units, found.doubt) == (units, "count_without_read")

    def test_where_nothing_was_sold_such_a_count_leaves_no_doubt(self) -> None:
        counted = visit("v2", TUESDAY, line("A1", counted=2))
        found = of_a1([COUNTED_10, counted], [a1(WEDNESDAY, 0, since=MONDAY)])
        assert (found.units, found.sure) == (2, True)

    def test_nothing_was_known_before_the_count(self) -> None:
        """As the time went: two of three days' sales came after it."""
        counted = visit("v2", TUESDAY, line("A1", counted=10))
        found = of_a1([counted], [a1(THURSDAY, 6, since=MONDAY)])
        assert (found.units, found.doubt) == (6, "count_without_read")

    def test_no_more_was_sold_than_was_in_it(self) -> None:
        counted = visit("v2", TUESDAY, line("A1", counted=0))
        found = of_a1([counted], [a1(THURSDAY, 6, since=MONDAY)])
        assert (found.units, found.sure) == (0, True)

    def test_a_swap_of_an_empty_slot(self) -> None:
        """Nothing was left to sell before it, so all was sold after it."""
        empty = visit("v1", MONDAY, line("A1", counted=0))
        swap = line("A1", filled=9, product_id="tea", was_product_id="cola", before=0)
        found = of_a1([empty, visit("v2", TUESDAY, swap)], [a1(WEDNESDAY, 4, since=MONDAY)])
        assert (found.units, found.sure) == (5, True)

    def test_what_came_out_at_a_swap_tells_when_a_person_said_it(self) -> None:
        swap = line("A1", removed=7, before=10, filled=9, product_id="tea", was_product_id="cola")
        found = of_a1([COUNTED_10, visit("v2", TUESDAY, swap)], [a1(FRIDAY, 5, since=MONDAY)])
        assert (found.units, found.sure) == (7, True)

    def test_what_the_screen_took_for_granted_at_a_swap_tells_nothing(self) -> None:
        swap = line("A1", removed=10, before=10, filled=9, product_id="tea", was_product_id="cola")
        found = of_a1([COUNTED_10, visit("v2", WEDNESDAY, swap)], [a1(FRIDAY, 4, since=MONDAY)])
        assert (found.units, found.doubt) == (7, "count_without_read")

    def test_what_was_missing_before_the_first_read_is_not_told_by_the_second(self) -> None:
        """2 units were gone at the count, but some of them before anybody had read the meters."""
        counted = visit("v2", WEDNESDAY, line("A1", counted=8))
        found = of_a1([COUNTED_10, counted], [a1(THURSDAY, 4, since=TUESDAY)])
        assert (found.units, found.doubt) == (6, "count_without_read")

    def test_a_doubt_before_the_count_stays_one(self) -> None:
        """How many were missing is not known when it was not known what there was."""
        restarted = sold("r1", MONDAY, TUESDAY, {}, whole=False)
        counted = visit("v2", WEDNESDAY, line("A1", counted=7))
        found = of_a1([COUNTED_10, counted], [restarted, a1(THURSDAY, 4, since=TUESDAY)])
        assert (found.units, found.doubt) == (5, "count_without_read")


class TestSharedSelections:
    SLOTS: ClassVar = [planned("A1", selection="5"), planned("A2", selection="05")]

    def counted(self, first: int, second: int) -> VisitRecord:
        return visit("v1", MONDAY, line("A1", counted=first), line("A2", counted=second))

    def test_sales_are_shared_in_proportion_to_the_stock(self) -> None:
        found = stock(self.SLOTS, [self.counted(9, 3)], [sold("r", MONDAY, TUESDAY, {"5": 5})])
        assert (found["A1"].units, found["A2"].units) == (5, 2)
        assert found["A1"].doubt == found["A2"].doubt == "shared_selection"
        assert not found["A1"].recount

    def test_no_doubt_where_only_one_can_have_sold_or_all_is_gone(self) -> None:
        found = stock(self.SLOTS, [self.counted(9, 0)], [sold("r", MONDAY, TUESDAY, {"5": 5})])
        assert (found["A1"].units, found["A1"].sure, found["A2"].sure) == (4, True, True)
        found = stock(self.SLOTS, [self.counted(2, 3)], [sold("r", MONDAY, TUESDAY, {"5": 5})])
        assert (found["A1"].units, found["A1"].sure, found["A2"].sure) == (0, True, True)

    def test_a_count_of_one_of_them_takes_its_part_out_first(self) -> None:
        """A1 lacks 4 at the count; the 2 others of the 6 are shared by 5 and 10 units."""
        one = visit("v2", TUESDAY, line("A1", counted=5))
        found = stock(
            self.SLOTS, [self.counted(9, 10), one], [sold("r", MONDAY, WEDNESDAY, {"5": 6})]
        )
        assert found["A1"].sold_since + found["A2"].sold_since == 2
        assert found["A2"].units == 9

    def test_a_slot_that_nobody_has_seen_yet_sells_nothing(self) -> None:
        only = visit("v1", MONDAY, line("A1", counted=9))
        found = stock(self.SLOTS, [only], [sold("r", MONDAY, TUESDAY, {"5": 5})])
        assert (found["A1"].units, found["A1"].sure, found["A2"].units) == (4, True, None)

    def test_a_slot_that_left_the_planogram_sold_its_part_while_it_was_there(self) -> None:
        gone = line("A2", selection="5", counted=10)
        visits = [
            visit("v1", MONDAY, line("A1", counted=10), gone),
            visit("v2", TUESDAY, line("A2", selection="5", removed=8), read_id="r1"),
        ]
        sales = [
            sold("r1", MONDAY, TUESDAY, {"5": 4}),
            sold("r2", TUESDAY, WEDNESDAY, {"5": 3}),
        ]
        found = stock([self.SLOTS[0]], visits, sales)
        assert list(found) == ["A1"]
        assert found["A1"].units == 5  # 2 of the 4, and all of the 3

    def test_a_slot_that_was_wired_to_another_selection_sold_by_that_one(self) -> None:
        moved = planned("A1", selection="9")
        visits = [
            visit("v1", MONDAY, line("A1", selection="5", counted=10)),
            visit("v2", TUESDAY, line("A1", selection="5", filled=1), read_id="r1"),
        ]
        sales = [
            sold("r1", MONDAY, TUESDAY, {"5": 2, "9": 7}),
            sold("r2", TUESDAY, WEDNESDAY, {"5": 7, "9": 3}),
        ]
        assert stock([moved], visits, sales)["A1"].units == 6


class TestAmendments:
    def test_an_amended_line_holds_and_is_a_row_of_its_own(self) -> None:
        change = VisitAmendment(
            id="a1", at=wire(WEDNESDAY), reason="typed wrong", lines=(line("A1", filled=3),)
        )
        read = a1(TUESDAY, 0, since=MONDAY, read_id="r1")
        amended = visit("v2", TUESDAY, line("A1", filled=8), read_id="r1", amendments=(change,))
        found = of_a1([COUNTED_10, amended], [read, a1(THURSDAY, 1, since=TUESDAY)])
        assert (found.units, found.known_units, found.sure) == (12, 13, True)
        assert [(row.kind, row.units, row.ref) for row in found.rows[:2]] == [
            ("fill", 8, "v2"),
            ("correction", -5, "a1"),
        ]

    def test_an_amendment_of_an_older_visit_moves_what_came_after_it(self) -> None:
        change = VisitAmendment(
            id="a1", at=wire(FRIDAY), reason="typed wrong", lines=(line("A1", counted=8),)
        )
        first = visit("v1", MONDAY, line("A1", counted=10), amendments=(change,))
        second = visit("v2", TUESDAY, line("A1", filled=5))
        assert of_a1([second, first], [a1(WEDNESDAY, 2, since=MONDAY)]).units == 11

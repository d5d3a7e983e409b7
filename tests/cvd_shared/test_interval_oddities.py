"""Odd pairs of reads from the field: what is doubtful is told as such, and moves no stock."""

from random import Random

import pytest

from cvd_shared.cash import cash_account, cash_expected
from cvd_shared.dex.interval import baseline, history, interval
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.read_questions import plausibility_answer
from tests.support.dex_reports import reading_of

WHO = ("ID1*SER4711*MODEL****10042", "CB1*BRD77001")
NOBODY = ("ID1*JOF*****0",)
NAMES = [str(number) for number in range(10, 50)]


def read(*lines: str, who: tuple[str, ...] = WHO) -> MachineReading:
    return reading_of(*who, *lines)


def sold(units: dict[str, int], total: int | None = None) -> tuple[str, ...]:
    """VA1 and PA2 with these cumulative units at 1.00 each; `total` where VA1 counts otherwise."""
    counted = sum(units.values()) if total is None else total
    return (
        f"VA1*{counted * 100}*{counted}",
        *(
            line
            for name, count in units.items()
            for line in (f"PA1*{name}*100", f"PA2*{count}*{count * 100}*0*0")
        ),
    )


def board(seed: int, least: int = 100, most: int = 3_000) -> dict[str, int]:
    random = Random(seed)
    return {name: random.randint(least, most) for name in NAMES}


def later(units: dict[str, int], most: int = 5, seed: int = 1) -> dict[str, int]:
    random = Random(seed)
    return {name: count + random.randint(0, most) for name, count in units.items()}


def codes(found: Interval) -> set[str]:
    return {each.code for each in found.evidence}


def verdict(before: MachineReading, now: MachineReading) -> tuple[str, str]:
    answer = plausibility_answer(now, before)
    return str(answer.state), answer.code


class TestAnotherMachineThatDoesNotSaySo:
    @pytest.mark.parametrize("seed", range(12))
    def test_meters_that_go_up_and_down_are_not_of_one_machine(self, seed: int) -> None:
        before = read(*sold(board(seed)), who=NOBODY)
        now = read(*sold(board(seed + 100)), who=NOBODY)
        found = interval(before, now)
        assert not found.trusted
        assert {"scattered", "machine_restarted"} & codes(found)
        assert verdict(before, now) in (("warning", "scattered"), ("warning", "restarted"))

    def test_a_shelf_that_was_set_to_zero_is_of_this_machine(self) -> None:
        units = board(1)
        now = later(units) | dict.fromkeys(NAMES[:8], 3)
        found = interval(read(*sold(units)), read(*sold(now, sum(units.values()) + 90)))
        assert (found.kind, found.units) == (DeltaKind.NORMAL, 90)
        assert found.trusted
        assert "selections_restarted" in codes(found)

    def test_a_used_board_that_was_given_the_same_numbers(self) -> None:
        units = board(1)
        found = interval(read(*sold(units)), read(*sold(later(units, 3_000))))
        assert "machine_jumped" in codes(found)
        assert not found.trusted
        assert verdict(read(*sold(units)), read(*sold(later(units, 3_000))))[1] == "jumped"

    def test_a_busy_month_is_no_jump(self) -> None:
        units = board(1)
        found = interval(read(*sold(units)), read(*sold(later(units, 300))))
        assert (found.kind, codes(found), found.trusted) == (DeltaKind.NORMAL, set(), True)


class TestReportsOutOfOrder:
    first = read("ID5*261101*0900", "EA3*4*261101*0900******98*4", *sold(board(1)))
    second = read("ID5*261110*0900", "EA3*5*261110*0900******105*5", *sold(later(board(1), seed=2)))
    third = read(
        "ID5*261115*0900",
        "EA3*6*261115*0900******106*6",
        *sold(later(later(board(1), seed=2), seed=3)),
    )

    def test_an_older_report_is_no_restart(self) -> None:
        found = interval(self.second, self.first)
        assert not found.trusted
        assert "older_report" in codes(found)
        assert "machine_restarted" not in codes(found)
        assert verdict(self.second, self.first) == ("unknown", "older_report")

    def test_it_is_passed_over_and_nothing_is_counted_twice(self) -> None:
        one, two = interval(self.first, self.second), interval(self.second, self.third)
        found = history([self.first, self.second, self.first, self.third])
        assert [each.units if each else None for each in found] == [
            None,
            one.units,
            None,
            two.units,
        ]
        assert baseline([self.first, self.second, self.first], self.third) == 1

    def test_a_board_that_began_anew_with_its_clock_is_a_restart(self) -> None:
        fresh = read("ID5*000101*0010", "EA3*1*000101*0010******1*1", *sold(board(2, 0, 4)))
        found = interval(self.second, fresh)
        assert "machine_restarted" in codes(found)
        assert "older_report" not in codes(found)
        assert baseline([self.first, self.second, fresh], self.third) == 2


class TestPartsThatWereExchanged:
    before = read(
        *("CA2*50000*500", "DA2*60000*600", "CA3*0*0*0*0*51000*65100*1000*200*0*20000"),
        *sold(board(1)),
    )
    now = read(
        *("CA2*300*3", "DA2*200*2", "CA3*0*0*0*0*300*300*0*0*0*0"),
        *sold(later(board(1), 1)),
    )

    def test_a_modem_that_counts_the_payments_began_anew(self) -> None:
        """60000 and 65100 are near 2**16, but beside others that began anew they rolled nowhere."""
        found = interval(self.before, self.now)
        assert found.kind is DeltaKind.NORMAL
        assert found.trusted
        assert "rolled_over" not in codes(found)
        assert {each.value.amount for each in found.payments} == {None}
        assert found.amount("CA306") is None

    def test_its_cash_is_not_provable(self) -> None:
        found = interval(self.before, self.now)
        expected = cash_expected(found, self.before, self.now)
        assert expected.amount is None
        assert [each.code for each in expected.missing] == ["meter_restarted"]
        assert cash_account(found, self.before, self.now).remainder is None

    def test_both_counters_of_a_machine_that_really_rolled_over(self) -> None:
        before = read("VA1*99999900*999999", "PA1*1*100", "PA2*900*90000")
        now = read("VA1*200*2", "PA1*1*100", "PA2*903*90300")
        found = interval(before, now)
        assert (found.kind, found.units, found.value) == (DeltaKind.ROLLED_OVER, 3, 300)


class TestColumns:
    def test_two_columns_that_were_put_together(self) -> None:
        """Selection 2 was 70 and counts with 1 from now on: 1 did not sell 73."""
        before = read(*sold({"1": 50, "2": 70}))
        now = read(*sold({"1": 123}))
        found = interval(before, now)
        assert found.units == 3
        assert {"selections_gone", "units_differ"} <= codes(found)

    def test_the_same_name_for_two_columns(self) -> None:
        before = read("PA1*1*100", "PA2*50", "PA1*1*100", "PA2*70")
        now = read("PA1*1*100", "PA2*51", "PA1*1*100", "PA2*72")
        assert [each.units.amount for each in interval(before, now).selections] == [1, 2]


class TestMetersThatAreNotKept:
    def test_counters_since_initialisation_that_stand_at_zero_for_ever(self) -> None:
        before = read("VA1*0*0*500*5", "PA1*1*100", "PA2*0*0*5*500")
        now = read("VA1*0*0*300*3", "PA1*1*100", "PA2*0*0*3*300")
        found = interval(before, now)
        assert (found.kind, found.units) == (DeltaKind.UNKNOWN, None)
        assert verdict(before, now) == ("unknown", "no_meters")

    def test_counters_that_stand_at_zero_for_nothing_was_sold(self) -> None:
        before, now = read(*sold({"1": 0})), read(*sold({"1": 0}))
        assert interval(before, now).units == 0
        first = read("VA1*200*2*200*2", "PA1*1*100", "PA2*2*200*2*200")
        assert interval(before, first).units == 2

    def test_a_counter_that_stands_at_its_end_exactly(self) -> None:
        before = read("VA1*300*0*100*1", "PA1*1*100", "PA2*0*300*1*100")
        now = read("VA1*400*1*200*2", "PA1*1*100", "PA2*1*400*2*200")
        assert interval(before, before).units == 0
        assert interval(before, now).units == 1

    def test_only_totals(self) -> None:
        before = read("VA1*90000*900", "CA2*50000*500", "DA2*40000*400")
        found = interval(before, read("VA1*90500*905", "CA2*50200*502", "DA2*40300*403"))
        assert (found.units, found.value, found.units_from) == (5, 500, "VA102")
        assert {each.device: each.units.amount for each in found.payments} == {"CA": 2, "DA": 3}

    def test_only_pa7_with_a_price_that_changed(self) -> None:
        before = read("PA7*1*CA*0*100*50*5000", "PA7*1*DA*1*110*50*5500")
        now = read(
            *("PA7*1*CA*0*100*50*5000", "PA7*1*CA*0*125*3*375", "PA7*1*DA*1*110*52*5720"),
        )
        found = interval(before, now)
        assert (found.units, found.value) == (5, 595)

    def test_a_price_that_changed_between_the_reads(self) -> None:
        before = read("VA1*10000*100", "PA1*1*100", "PA2*100*10000")
        found = interval(before, read("VA1*10350*103", "PA1*1*125", "PA2*103*10350"))
        assert (found.units, found.value, codes(found)) == (3, 350, set())

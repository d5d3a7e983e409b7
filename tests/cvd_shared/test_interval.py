"""Two reads of a machine get the class and the evidence that people act on."""

import pytest

from cvd_shared.dex.interval import baseline, history, interval
from cvd_shared.dex.interval_facts import Foreign
from cvd_shared.dex.meters import DeltaKind
from tests.support.audit_pairs import cut, read, sold, told, units


class TestClassOfThePair:
    def test_normal(self) -> None:
        found = interval(read(*sold({"1": 5, "2": 7})), read(*sold({"1": 6, "2": 10})))
        assert (found.kind, found.units, found.value) == (DeltaKind.NORMAL, 4, 400)
        assert units(found) == {"1": 1, "2": 3}
        assert found.trusted
        assert not found.evidence

    def test_the_same_audit_again(self) -> None:
        found = interval(read(*sold({"1": 5})), read(*sold({"1": 5})))
        assert (found.kind, found.units, found.value) == (DeltaKind.NO_CHANGE, 0, 0)
        assert set(told(found)) == {"same_audit"}

    @pytest.mark.parametrize(
        ("before", "now"),
        [
            ("ID5*260101*1000", "ID5*260105*1000"),
            ("EA3**260101*1000", "EA3**260105*1000"),
            ("EA3*7", "EA3*8"),
            ("EA3*********7*7", "EA3*********8*8"),
        ],
    )
    def test_only_the_clock_or_the_reads_went_on(self, before: str, now: str) -> None:
        found = interval(read(*sold({"1": 5}), before), read(*sold({"1": 5}), now))
        assert (found.kind, found.units, found.trusted) == (DeltaKind.CLOCK_ONLY, 0, True)
        assert "clock_only" in told(found)

    def test_a_counter_that_is_no_sale_is_no_clock(self) -> None:
        found = interval(read(*sold({"1": 5}), "EA7*0*1"), read(*sold({"1": 5}), "EA7*0*2"))
        assert (found.kind, found.units) == (DeltaKind.NORMAL, 0)

    def test_rolled_over(self) -> None:
        before = read("VA1*99999950*70000*0*0", "PA1*1*100", "PA2*65534*99999950*0*0")
        found = interval(before, read("VA1*450*70005*0*0", "PA1*1*100", "PA2*3*450*0*0"))
        assert (found.kind, found.units, found.value) == (DeltaKind.ROLLED_OVER, 5, 500)
        assert found.selections[0].units.size == 2**16
        assert told(found)["rolled_over"].values == {"count": 2, "first": "VA101, 1"}
        assert told(found)["rolled_over"].elements == ("VA101", "PA201")

    def test_a_board_that_began_anew_makes_every_counter_worthless(self) -> None:
        """Also one that seems to go on, and one that seems to have rolled over."""
        before = read(*sold({"1": 50, "2": 2, "3": 65_530}), "CA3*0*0*0*0*900*500*400", "EA7*0*3")
        now = read(*sold({"1": 4, "2": 5, "3": 1}), "CA3*0*0*0*0*40*40*0", "EA7*0*0")
        found = interval(before, now)
        assert (found.kind, found.units, found.trusted) == (DeltaKind.RESTARTED, None, False)
        assert {each.units.kind for each in found.selections} == {DeltaKind.RESTARTED}
        assert found.counters["CA305"][:4] == (DeltaKind.RESTARTED, None, 900, 40)
        assert told(found)["machine_restarted"].values["units"] == 10
        assert "selections_restarted" not in told(found)

    def test_one_selection_that_began_anew_is_not_the_machine(self) -> None:
        before = read(*sold({"1": 50, "2": 60, "3": 70}))
        now = read("VA1*18400*184*0*0", *sold({"1": 51, "2": 1, "3": 72})[1:])
        found = interval(before, now)
        assert (found.kind, found.trusted) == (DeltaKind.NORMAL, True)
        assert units(found) == {"1": 1, "2": None, "3": 2}
        assert (found.units, found.units_from) == (4, "VA102")
        assert told(found)["selections_restarted"].values == {"count": 1, "first": "2"}
        assert told(found)["sum_incomplete"].values == {"known": 3, "count": 1}

    def test_one_that_began_anew_while_the_others_stand_still_is_no_standstill(self) -> None:
        found = interval(read(*sold({"1": 50, "2": 60})[1:]), read(*sold({"1": 3, "2": 60})[1:]))
        assert (found.kind, found.units, found.trusted) == (DeltaKind.RESTARTED, None, False)

    def test_sales_that_were_cleared_apart_leave_the_cash_counters(self) -> None:
        cash = "CA3*0*0*0*0*90{0}*50{0}*40{0}"
        before = read(*sold({"1": 50, "2": 60}), cash.format(0), "CA4*0*0*700*0")
        now = read(*sold({"1": 1, "2": 1}), cash.format(5), "CA4*0*0*710*0")
        found = interval(before, now)
        assert found.kind is DeltaKind.RESTARTED
        assert found.amount("CA305") == 5
        assert found.amount("VA102") is None

    def test_a_coin_mechanism_that_was_exchanged(self) -> None:
        before = read(*sold({"1": 50}), "CA3*0*0*0*0*900*500*400")
        found = interval(before, read(*sold({"1": 51}), "CA3*0*0*0*0*100*100*0"))
        assert (found.kind, found.units) == (DeltaKind.NORMAL, 1)
        assert told(found)["counters_restarted"].values["count"] == 3

    def test_another_machine(self) -> None:
        who = ("ID1*SER9000*MODEL****20001", "CB1*BRD88001")
        found = interval(read(*sold({"1": 5})), read(*sold({"1": 9}), who=who))
        assert (found.kind, found.units, found.trusted) == (DeltaKind.OTHER_MACHINE, None, False)
        assert found.selections[0].units == (DeltaKind.OTHER_MACHINE, None, 5, 9, None)
        evidence = told(found)["other_machine"]
        assert (evidence.values, evidence.elements) == ({"was": "10042", "is": "20001"}, ("ID106",))
        assert (found.payments, found.foreign) == ((), Foreign())

    @pytest.mark.parametrize(
        ("who", "element"),
        [
            (("ID1*SER4711*MODEL****10042", "CB1*BRD99009"), "CB101"),
            (("ID1*SER9999*MODEL****10042", "CB1*BRD77001"), "ID101"),
        ],
    )
    def test_another_board(self, who: tuple[str, ...], element: str) -> None:
        found = interval(read(*sold({"1": 5})), read(*sold({"1": 9}), who=who))
        assert (found.kind, found.units) == (DeltaKind.BOARD_CHANGED, None)
        assert told(found)["board_changed"].elements == (element,)
        assert found.counters["VA102"] == (DeltaKind.BOARD_CHANGED, None, 5, 9, None)

    def test_another_asset_number_is_typing(self) -> None:
        who = ("ID1*SER4711*MODEL****10043", "CB1*BRD77001")
        found = interval(read(*sold({"1": 5})), read(*sold({"1": 9}), who=who))
        assert (found.kind, found.units) == (DeltaKind.NORMAL, 4)
        assert "asset_number_changed" in told(found)

    def test_a_partial_file(self) -> None:
        whole, part = read(*sold({"1": 5, "2": 6})), cut(*sold({"1": 9}))
        found = interval(whole, part)
        assert (found.kind, found.units) == (DeltaKind.PARTIAL_FILE, None)
        assert found.selections[0].units == (DeltaKind.PARTIAL_FILE, None, 5, 9, None)
        assert set(told(found)) == {"partial_file", "selections_gone"}
        assert interval(part, whole).kind is DeltaKind.PARTIAL_FILE

    def test_a_partial_file_of_another_machine_is_first_of_all_that(self) -> None:
        who = ("ID1*SER9000*MODEL****20001",)
        found = interval(read(*sold({"1": 5})), cut(*sold({"1": 9}), who=who))
        assert found.kind is DeltaKind.OTHER_MACHINE

    def test_nothing_to_compare(self) -> None:
        found = interval(read("PA1*1*100"), read("PA1*1*100"))
        assert (found.kind, found.units, found.value) == (DeltaKind.UNKNOWN, None, None)
        assert set(told(found)) == {"no_meters"}


class TestSelections:
    def test_padding_does_not_make_another_selection(self) -> None:
        found = interval(read(*sold({"010": 5, "A1": 7})), read(*sold({"a01": 9, "10": 6})))
        assert units(found) == {"a01": 2, "10": 1}

    def test_new_and_gone(self) -> None:
        found = interval(read(*sold({"1": 5, "2": 6})), read(*sold({"2": 8, "3": 4})))
        assert units(found) == {"2": 2, "3": None, "1": None}
        assert [each.line is None for each in found.selections] == [False, False, True]
        evidence = told(found)
        assert evidence["selections_new"].values == {"count": 1, "first": "3"}
        assert evidence["selections_gone"].values == {"count": 1, "first": "1"}
        assert (found.units, found.units_from) == (1, "VA102")

    def test_the_same_name_twice_is_two_selections(self) -> None:
        twice = ("PA1*1*100", "PA2*{}*0*0*0", "PA1*1*100", "PA2*{}*0*0*0")
        before = read(*(line.format(5) for line in twice), "PA1*2*100", "PA2*9*0*0*0")
        now = read("PA1*2*100", "PA2*9*0*0*0", *(line.format(8) for line in twice))
        assert [each.units.amount for each in interval(before, now).selections] == [0, 3, 3]

    def test_an_unclear_name_is_not_guessed(self) -> None:
        found = interval(read(*sold({"01": 5, "1": 7})), read(*sold({"001": 9, "1": 8})))
        assert units(found) == {"001": None, "1": 1, "01": None}

    def test_nameless_selections_are_known_by_their_position(self) -> None:
        nameless = ("PA1**100", "PA2*5*500*0*0", "PA1**100", "PA2*7*700*0*0")
        same = interval(read(*nameless), read(*nameless[:3], "PA2*8*800*0*0"))
        assert units(same) == {"1": 0, "2": 1}
        shifted = interval(read(*nameless), read(*nameless, "PA1**100", "PA2*1*100*0*0"))
        assert set(units(shifted).values()) == {None}
        assert told(shifted)["positions_shifted"].values == {"before": 2, "now": 3}

    def test_a_selection_that_the_machine_has_not_spoils_no_sum(self) -> None:
        absent = ("PA1*9*100*****1",)
        found = interval(read(*sold({"1": 5}), *absent), read(*sold({"1": 6}), *absent))
        assert (found.units, found.units_from) == (1, "PA201")

    def test_test_and_free_vends_are_no_sales(self) -> None:
        lines = (*sold({"1": 5}), "PA3*{}*0", "PA4*{}*0", "VA2*0*{}", "VA3*0*{}")
        before, now = (read(*(line.format(count) for line in lines)) for count in (1, 4))
        found = interval(before, now)
        (one,) = found.selections
        assert (one.test_vends.amount, one.free_vends.amount, one.units.amount) == (3, 3, 0)
        assert (found.units, found.value, found.amount("VA202")) == (0, 0, 3)

    def test_a_roll_over_that_the_money_speaks_against_is_a_restart(self) -> None:
        before = read("VA1*900000*9000*0*0", "PA1*1*100", "PA2*65530*500000*0*0")
        now = read("VA1*900300*9003*0*0", "PA1*1*100", "PA2*3*500900*0*0")
        assert interval(before, now).selections[0].units.amount == 9
        now = read("VA1*900300*9003*0*0", "PA1*1*100", "PA2*3*900*0*0")
        found = interval(before, now).selections[0]
        assert (found.units.kind, found.value.kind) == (DeltaKind.RESTARTED, DeltaKind.RESTARTED)

    def test_minus_one_is_told(self) -> None:
        before = read("VA1*100*4294967295*0*0", "PA1*1*100", "PA2*5*500*0*0")
        found = interval(before, read("VA1*200*3*0*0", "PA1*1*100", "PA2*6*600*0*0"))
        assert told(found)["minus_one"].values == {"count": 1, "first": "VA102"}
        assert found.units == 1

    def test_a_jump_is_told(self) -> None:
        found = interval(read(*sold({"1": 5})), read(*sold({"1": 40_000})))
        assert told(found)["jumped"].values == {"count": 1, "first": "1"}


class TestTotals:
    def test_without_pa2_value(self) -> None:
        lines = ("VA1*{0}00*{0}*0*0", "PA1*1*100", "PA2*{0}*0*0*0")
        found = interval(*(read(*(line.format(n) for line in lines)) for n in (5, 8)))
        assert (found.units, found.value, found.value_from) == (3, 300, "VA101")

    def test_a_machine_that_counts_no_value_at_all(self) -> None:
        lines = ("ID4*0", "VA1*0*{0}*0*0", "PA1*1*1", "PA2*{0}*0*0*0")
        found = interval(*(read(*(line.format(n) for line in lines)) for n in (5, 8)))
        assert (found.units, found.value) == (3, None)
        assert told(found)["value_not_counted"].values == {"units": 3}

    def test_money_with_other_decimals_is_not_compared(self) -> None:
        before, now = (read("ID4*0", *sold({"1": 5})), read("ID4*2", *sold({"1": 8})))
        found = interval(before, now)
        assert (found.kind, found.units, found.value) == (DeltaKind.NORMAL, 3, None)
        assert told(found)["money_changed"].values == {"decimals_before": 0, "decimals_now": 2}

    def test_without_va1(self) -> None:
        found = interval(read(*sold({"1": 5})[1:]), read(*sold({"1": 8})[1:]))
        assert (found.units, found.value) == (3, 300)

    def test_pa7_alone(self) -> None:
        rows = ("PA7*1*CA*0*100*{}*{}00", "PA7*1*DA*1*100*{}*{}00", "PA7*2*CA*0*100*7*700")
        before = read(rows[0].format(5, 5), rows[1].format(2, 2), rows[2])
        now = read(rows[0].format(6, 6), rows[1].format(5, 5), rows[2])
        found = interval(before, now)
        assert (found.units, found.value) == (4, 400)
        paid = {each.device: (each.units.amount, each.value.amount) for each in found.payments}
        assert paid == {"CA": (1, 100), "DA": (3, 300)}
        assert not found.evidence

    def test_disagreement_is_told_and_two_witnesses_win(self) -> None:
        """Some makes count every vend of a selection twice."""
        lines = ("VA1*{0}00*{0}*0*0", "CA2*{0}00*{0}*0*0", "PA1*1*100", "PA2*{1}*{0}00*0*0")
        before, now = (read(*(line.format(n, 2 * n) for line in lines)) for n in (5, 8))
        found = interval(before, now)
        assert (found.units, found.units_from, found.value) == (3, "VA102", 300)
        assert told(found)["units_differ"].values == {"selections": 6, "total": 3}

    def test_payments_that_do_not_come_out(self) -> None:
        lines = ("CA2*{0}0*{0}*0*0", "DA2*0*0*0*0")
        before = read(*sold({"1": 5}), *(line.format(5) for line in lines))
        found = interval(before, read(*sold({"1": 8}), *(line.format(7) for line in lines)))
        assert (found.units, found.value) == (3, 300)
        assert told(found)["payments_differ"].values == {"payments": 2, "total": 3}
        values = told(found)["payments_value_differs"].values
        assert values == {"payments_value": 20, "total_value": 300}

    def test_mixed_payments_are_one_sale(self) -> None:
        lines = (
            *("CA2*{0}25*{0}*0*0", "DA2*{0}75*{0}*0*0", "DA10*{0}*{0}75*0*0"),
            *("VA1*{0}00*{0}*0*0", "PA1*1*100", "PA2*{0}*{0}00*0*0", "PA8*{0}*{0}25*0*0"),
        )
        before, now = (read(*(line.format(n) for line in lines)) for n in (1, 2))
        found = interval(before, now)
        assert found.units == 1
        assert [each.mixed_units.amount for each in found.payments] == [1, 1]
        assert "payments_differ" not in told(found)

    def test_cash_of_a_make_without_ca2_is_what_is_left(self) -> None:
        lines = ("CA3*0*0*0*0*{0}00", "DA2*{1}00*{1}*0*0")
        before = read(*sold({"1": 5}), *(line.format(5, 1) for line in lines))
        found = interval(before, read(*sold({"1": 9}), *(line.format(7, 3) for line in lines)))
        cash, card = found.payments
        assert (cash.device, cash.units.amount, cash.value.amount) == ("CA", 2, 200)
        assert (card.device, card.units.amount) == ("DA", 2)
        assert told(found)["cash_by_difference"].values == {"value": 200}


class TestBaselineAndHistory:
    def test_the_baseline_is_the_newest_usable_one(self) -> None:
        other = read(*sold({"1": 3}), who=("ID1*SER9000*MODEL****20001",))
        readings = [read(*sold({"1": 1})), read(*sold({"1": 2})), cut(*sold({"1": 3})), other]
        assert baseline(readings, read(*sold({"1": 9}))) == 1
        assert baseline(readings, other) == 3
        assert baseline([cut("VA1*1*1")], read(*sold({"1": 9}))) is None
        assert baseline([], other) is None

    def test_a_changed_board_is_not_passed_over(self) -> None:
        who = ("ID1*SER4711*MODEL****10042", "CB1*BRD99009")
        earlier = [read(*sold({"1": 1})), read(*sold({"1": 2}), who=who)]
        assert baseline(earlier, read(*sold({"1": 3}))) == 1

    def test_a_visit_without_a_usable_read_is_bridged(self) -> None:
        counts = (1, 3, 6)
        first, second, third = (read(*sold({"1": n}), f"EA3*********{n}*0") for n in counts)
        found = history([first, cut("VA1*1*1"), second, cut(), third])
        assert [each.kind if each else None for each in found] == [
            None,
            DeltaKind.PARTIAL_FILE,
            DeltaKind.NORMAL,
            DeltaKind.PARTIAL_FILE,
            DeltaKind.NORMAL,
        ]
        assert [each.units if each else None for each in found] == [None, None, 2, None, 3]

    def test_a_stray_file_of_another_machine_moves_nothing(self) -> None:
        stray = read(*sold({"1": 500}), who=("ID1*SER9000*MODEL****20001",))
        ours = [read(*sold({"1": n})) for n in (1, 2, 3)]
        for readings in (
            [ours[0], stray, ours[1], stray, ours[2]],
            [stray, ours[0], stray, ours[1], ours[2]],
        ):
            found = history(readings)
            units = [each.units for each in found if each is not None and each.trusted]
            assert sum(each or 0 for each in units) == 2
            strays = [
                each.kind
                for each, reading in zip(found, readings, strict=True)
                if each and reading is stray
            ]
            assert set(strays) == {DeltaKind.OTHER_MACHINE}

    def test_visits_without_a_read_and_a_machine_that_is_known(self) -> None:
        stray = read(*sold({"1": 500}), who=("ID1*SER9000*MODEL****20001",))
        ours = read(*sold({"1": 1}))
        found = history([None, ours, None, read(*sold({"1": 4}))])
        assert [each and each.units for each in found] == [None, None, None, 3]
        found = history([ours, stray, stray], ours.identity)
        assert [each and each.kind for each in found] == [None, *[DeltaKind.OTHER_MACHINE] * 2]

    def test_no_readings(self) -> None:
        assert history([]) == ()
        assert history([cut()]) == (None,)

"""Cash comes out to the unit where the machine counts right, and the reasons are told where not."""

import pytest

from cvd_shared.cash import cash_account, cash_expected, over_short
from cvd_shared.cash_facts import REASONS, TERMS, CashAccount, CashExpected, Reason
from cvd_shared.dex.interval import interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.vending_model import VendingModel
from tests.support.dex_reports import reading_of
from tests.support.model_readings import AT, look, model_of_examples, visit

WHO = ("ID1*SER4711*MODEL****10042", "CB1*BRD77001", "ID4*2*1840*USD")


def read(*lines: str) -> MachineReading:
    return reading_of(*WHO, *lines)


def account(before: MachineReading, now: MachineReading) -> CashAccount:
    found = cash_account(interval(before, now), before, now)
    for term in (found.cash_in, *found.went, *found.earned):
        assert term.code in TERMS
        assert term.elements
    assert_reasons((*found.reasons, *found.earned_reasons))
    assert (found.remainder in (None, 0)) or found.reasons
    return found


def expected(
    before: MachineReading, now: MachineReading, refunds: int = 0, fills: int = 0
) -> CashExpected:
    found = cash_expected(interval(before, now), before, now, refunds=refunds, fills=fills)
    assert {each.code for each in found.terms} <= set(TERMS)
    assert_reasons((*found.missing, *found.hints))
    return found


def assert_reasons(reasons: tuple[Reason, ...]) -> None:
    for each in reasons:
        assert tuple(each.values) == REASONS[each.code]


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [each.code for each in reasons]


def amounts(found: CashAccount) -> dict[str, int | None]:
    return {each.code: each.amount for each in found.went}


def lines(
    cash_in: int = 0,
    box: int = 0,
    tubes: int = 0,
    bills: int = 0,
    *,
    out: int = 0,
    by_hand: int = 0,
    held: int | None = None,
    filled: int = 0,
    sales: int = 0,
) -> tuple[str, ...]:
    """CA2, CA3, CA4, CA10, CA15 with these figures since initialisation, upon some of before."""
    found = (
        f"CA2*{9000 + sales}*90",
        f"CA3*****{9000 + cash_in}*{3000 + box}*{2000 + tubes}*{40 + bills // 100}**{4000 + bills}",
        f"CA4***{700 + out}*{20 + by_hand}",
        f"CA10**{100 + filled}",
    )
    return found if held is None else (*found, f"CA15*{500 + held}")


START = read(*lines(held=0))


class TestWhereTheMoneyIs:
    def test_an_afternoon_of_everything(self) -> None:
        machine = model_of_examples()
        for coin in machine.state.tubes:
            machine.fill_tube(coin, 20)
        before = look(machine)
        _afternoon(machine)
        found = account(before, look(machine))
        assert found.balanced
        assert found.reasons == ()
        assert amounts(found) == {
            "to_box": 0,
            "to_stacker": 800,
            "tubes": 200 - 515 - 30,
            "paid_out": 515,
            "by_hand": 30,
        }
        assert found.cash_in.amount == 800 + 200
        assert found.earned_remainder == 100  # the last bill is credit that nobody used yet

    def test_fills_by_hand_are_inside_cash_in(self) -> None:
        found = account(START, read(*lines(cash_in=20, tubes=20, held=20, filled=20)))
        assert found.balanced
        assert (found.cash_in.amount, found.earned_remainder) == (20, 0)

    def test_a_machine_that_counts_fills_nowhere_but_in_the_tubes(self) -> None:
        found = account(START, read(*lines(filled=20, held=20)))
        assert found.remainder == -20
        assert found.reasons[0] == ("fills_outside", {"amount": 20})

    def test_tubes_that_were_counted_wrongly(self) -> None:
        found = account(START, read(*lines(cash_in=50, tubes=50, out=10, held=35)))
        assert found.remainder == 50 - 35 - 10
        assert ("tubes_less", {"amount": 5}) in found.reasons
        found = account(START, read(*lines(cash_in=50, tubes=50, out=10, held=45)))
        assert ("tubes_more", {"amount": 5}) in found.reasons

    def test_a_sum_that_the_machine_itself_does_not_keep(self) -> None:
        found = account(START, read(*lines(cash_in=100, box=70, held=0)))
        assert (found.remainder, codes(found.reasons)) == (30, ["cash_in_differs"])

    def test_without_tube_contents_the_way_in_is_the_place(self) -> None:
        before = read(*lines())
        found = account(before, read(*lines(cash_in=150, box=20, tubes=30, bills=100, out=25)))
        assert amounts(found) == {"to_box": 20, "to_stacker": 100, "to_tubes": 30}
        assert found.balanced

    def test_tube_contents_from_single_tubes(self) -> None:
        tubes = ("CA17*1*5*{}*0*0", "CA17*2*25*{}*0*0")
        before = read(*lines(), *(tube.format(4) for tube in tubes))
        now = read(*lines(cash_in=60, tubes=60), *(tube.format(6) for tube in tubes))
        assert account(before, now).went[2] == ("tubes", 60, ("CA1703",), False)

    def test_a_recycler(self) -> None:
        """500 in bills: 200 to the recycler, of which 100 are given out again."""
        before = read("CA3*****0*0*0*0**0**0", "CA4********0*0", "CA15*0", "CA22*0")
        now = read("CA3*****500*0*0*5**500**200", "CA4********100*0", "CA15*0", "CA22*100")
        found = account(before, now)
        assert amounts(found)["to_stacker"] == 300
        assert amounts(found)["recycler"] == 100
        assert amounts(found)["bills_paid_out"] == 100
        assert found.remainder is None  # CA403 is missing, so nobody knows the change given
        assert codes(found.reasons) == ["not_told"]
        before = read("CA3*****0*0*0*0**0**0", "CA4***0*0****0*0", "CA15*0", "CA22*0")
        now = read("CA3*****500*0*0*5**500**200", "CA4***0*0****100*0", "CA15*0", "CA22*100")
        assert account(before, now).balanced

    def test_cash_of_test_vends_is_a_likely_reason(self) -> None:
        before, now = read(*lines(held=0), "VA2*0*0***0"), read(*lines(box=50, held=0), "VA2****50")
        now = read(*lines(box=50, held=0), "VA2*50*1***50")
        assert ("test_box_cash", {"amount": 50}) in account(before, now).reasons

    def test_somebody_was_there(self) -> None:
        before = read(*lines(held=0), "EA3*********5*0")
        now = read(*lines(cash_in=10, held=0), "EA3*********8*0")
        assert "somebody_was_there" in codes(account(before, now).reasons)

    def test_what_nothing_explains_is_said_to_be_so(self) -> None:
        before = read("CA3*****100*50", "CA4***0*0", "CA2*0*0")
        found = account(before, read("CA3*****150*90", "CA4***0*0", "CA2*0*0"))
        assert found.reasons == (("unexplained", {"amount": 10}),)


class TestWhatIsNotKnown:
    def test_the_unit_of_the_bills(self) -> None:
        """CA308 alone, and no sum of the machine that would tell whether it is units or cents."""
        before = read("CA3*****9000*3000*2000*41")
        now = read("CA3*****9077*3000*2000*46")
        found = account(before, now)
        assert (found.remainder, codes(found.reasons)) == (None, ["bills_unit_unknown"])
        collected = expected(before, now)
        assert (collected.amount, codes(collected.missing)) == (None, ["bills_unit_unknown"])

    @pytest.mark.parametrize(("moved", "bills"), [(500, 500), (5, 5)])
    def test_the_unit_of_the_bills_from_what_moved(self, moved: int, bills: int) -> None:
        """The sums of the machine's whole life do not come out, those of the interval do."""
        before = read("CA3*****9000*3000*2000*41")
        now = read(f"CA3*****{9000 + moved}*3000*2000*46")
        assert amounts(account(before, now))["to_stacker"] == bills

    def test_bills_that_did_not_move_need_no_unit(self) -> None:
        before, now = read("CA3*****9000*3000*2000*41"), read("CA3*****9010*3010*2000*41")
        assert account(before, now).balanced

    def test_a_counter_that_began_anew(self) -> None:
        before = read("VA1*500*5", *lines(held=0))
        now = read("VA1*600*6", "CA3*****20*20*0*0**0", "CA4***700*20", "CA15*500")
        found = account(before, now)
        assert found.remainder is None
        assert found.reasons[0].code == "meter_restarted"
        assert "CA305" in str(found.reasons[0].values["first"])

    def test_money_with_other_decimals(self) -> None:
        found = account(START, reading_of(*WHO[:2], "ID4*0", *lines(box=10, held=0)))
        assert (found.remainder, codes(found.reasons)) == (None, ["money_changed"])

    def test_nothing_is_told(self) -> None:
        found = account(read("VA1*1*1"), read("VA1*2*2"))
        assert (found.cash_in.amount, found.remainder) == (None, None)
        assert codes(found.reasons) == ["not_told"]


class TestExpected:
    def test_the_formula_term_by_term(self) -> None:
        now = read(*lines(cash_in=2700, box=1200, tubes=1000, bills=500, by_hand=70, out=70))
        found = expected(START, now, refunds=150, fills=400)
        assert [(each.code, each.amount, each.by_hand) for each in found.terms] == [
            ("to_box", 1200, False),
            ("to_stacker", 500, False),
            ("refunds", -150, True),
            ("dispensed_by_hand", -70, False),
            ("filled_by_hand", 400, True),
        ]
        assert found.amount == 1200 + 500 - 150 - 70 + 400
        assert found.missing == ()

    def test_bills_in_the_recycler_are_not_in_the_bag(self) -> None:
        before, now = read("CA3*****0*0*0*0**0**0"), read("CA3*****500*0*0*5**500**200")
        assert expected(before, now).amount == 300

    def test_no_read_at_the_last_collect(self) -> None:
        found = cash_expected(None, None, START, refunds=10)
        assert (found.amount, codes(found.missing)) == (None, ["no_read_at_last_collect"])

    def test_what_makes_it_unprovable(self) -> None:
        other = reading_of("ID1*SER9000*MODEL****20001", *lines(box=10))
        assert codes(expected(START, other).missing) == ["other_machine"]
        board = reading_of(WHO[0], "CB1*BRD99009", *lines(box=10))
        assert codes(expected(START, board).missing) == ["board_changed"]
        restarted = read("CA3*****20*20*0*0**0", "CA4***0*0")
        found = expected(START, restarted)
        assert (found.amount, codes(found.missing)) == (None, ["meter_restarted"])

    def test_a_reset_by_somebody_else_leaves_a_doubt(self) -> None:
        before = read(*lines(), "SD1*****SAVE", "EA3*********5*5")
        now = read(*lines(box=100, cash_in=100), "EA3*********7*6")
        found = expected(before, now)
        assert (found.amount, found.missing) == (100, (("foreign_reset", {"resets": 1}),))

    def test_no_word_on_what_was_dispensed_by_hand(self) -> None:
        before, now = read("CA3*****100*100"), read("CA3*****150*150")
        found = expected(before, now)
        assert (found.amount, found.missing) == (50, (("not_told", {"first": "CA404"}),))

    def test_hints(self) -> None:
        before = read(*lines(held=0), "CA8**0", "VA2*0*0***0")
        now = read(*lines(filled=300, held=0), "CA8**80", "VA2*0*0***25")
        assert expected(before, now, refunds=30, fills=200).hints == (
            ("customers_wait", {"amount": 50}),
            ("fills_differ", {"amount": 300, "recorded_amount": 200}),
            ("test_box_cash", {"amount": 25}),
        )

    def test_over_and_short(self) -> None:
        found = expected(START, read(*lines(box=1200, cash_in=1200)))
        assert over_short(found, 1250) == (50, ())
        assert over_short(found, 1150) == (-50, ())
        assert over_short(found, None) == (None, (("bag_not_counted", {}),))
        unknown = cash_expected(None, None, START)
        assert over_short(unknown, 1250).amount is None


def _afternoon(machine: VendingModel) -> None:
    """Bills 800 in; change 60 + 55 + 400 out; coins 75 in; 125 filled and 30 taken by hand."""
    machine.sell_cash("6", AT, 100)
    machine.sell_cash("8", AT, (100, 25, 25, 25, 5))
    machine.sell_cash("7", AT, (500,))
    machine.sell_card("6", AT, discount=10)
    machine.insert_bill(100)
    machine.sell_token("7", AT)
    machine.test_vend("7", AT)
    machine.fill_tube(25, 4)
    machine.fill_tube(5, 4)
    machine.dispense_by_hand(10, 3)


def test_a_collect_after_weeks_of_reads_in_between() -> None:
    """What the bag holds is told from the read of the last collect, whoever read since."""
    machine = model_of_examples("snack")  # it resets its interval counters whenever it is read
    for coin in machine.state.tubes:
        machine.fill_tube(coin, 40)
    last_collect = visit(machine)
    for reader in ("CVD0000001", "OTHER00001", "CVD0000001"):
        machine.sell_cash("7", AT, (500,))
        machine.insert_coin(100)
        visit(machine, reader=reader)
    found = expected(last_collect, visit(machine))
    assert found.amount == 3 * (500 + 100)

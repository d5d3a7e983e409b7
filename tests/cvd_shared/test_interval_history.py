"""Simulated lives of a machine with planted events: each read gets its class, no sale is lost.

The model sells at random; what it really sold is the truth that the intervals must tell, through
its report text and our reader.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from cvd_shared.cash import cash_account
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval import baseline, history, interval
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import CUMULATIVE_OF, DeltaKind
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.vending_model import SlotSetup, VendingModel
from cvd_shared.vending_state import Slot
from tests.support.model_readings import AT, OUR_READER, look, visit

END = 10**8
PRICES = {"11": 40, "12": 125, "13": 250}
ANEW = ("restart", "board")


class Day(NamedTuple):
    """What happens between two visits, and what the visit brings."""

    sales: list[tuple[int, str]]  # selection, way of paying
    planted: str
    number: int  # varies what is planted


SALES = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(["cash", "change", "card", "mixed", "token", "test"])
    ),
    max_size=6,
)
PLANTED = [
    *("nothing", "nothing", "foreign read", "reset", "clock", "fill"),
    *("no read", "partial", "other machine", *ANEW),
]
DAYS = st.lists(
    st.builds(Day, SALES, st.sampled_from(PLANTED), st.integers(0, 10_000)), min_size=1, max_size=6
)


def installed(model: str, asset: str, near_end: int | None = None) -> VendingModel:
    """A machine that has counted before; with `near_end`, whose meters end after so many vends."""
    machine = VendingModel(
        model,
        [SlotSetup(name, price, 1000) for name, price in PRICES.items()],
        AT,
        serial_number=f"S{asset}77",
        asset_number=asset,
        control_board=f"B{asset}88",
    )
    machine.fill_up()
    for coin in machine.state.tubes:
        machine.fill_tube(coin, 30)
    for name in PRICES:
        machine.count_earlier(name, cash_vends=400, card_vends=300)
    if near_end is not None:
        for paid in (machine.state.meters.paid, *(s.meters.paid for s in machine.slots.values())):
            paid.count.total, paid.value.total = END - near_end, END - near_end * 90
    return machine


@dataclass
class Truth:
    """What really happened since the last usable read."""

    sold: Counter[str] = field(default_factory=Counter)
    value: int = 0
    planted: list[str] = field(default_factory=list)
    foreign: int = 0
    passed_over: int = 0


class Life:
    """Plays the days and keeps each reading beside what an interval must say of it."""

    def __init__(self, model: str, near_end: int | None) -> None:
        self.machine = installed(model, "10042", near_end)
        self.stranger = installed(model, "20001")
        self.at = AT
        self.truth = Truth()
        self.readings = [visit(self.machine, self.at)]
        self.expected: list[tuple[DeltaKind, Truth] | None] = [None]
        self.anew = 0

    def live(self, day: Day) -> None:
        self.at += timedelta(days=1)
        for place, way in day.sales:
            self._customer(list(self.machine.slots.values())[place], way)
        planted = day.planted
        if planted in ANEW:
            self.anew += 1
            planted = "nothing" if self.anew > 1 else planted  # a second one is not always seen
        self.truth.planted.append(planted)
        self._plant(planted, day.number)
        self._read(planted, day.number)

    def _customer(self, slot: Slot, way: str) -> None:
        machine, name = self.machine, slot.selection
        if way == "test":
            machine.test_vend(name, self.at)
            return
        if way == "mixed":
            machine.sell_mixed(name, self.at, card=15)
        elif way == "token":
            machine.sell_token(name, self.at)
        elif way == "card":
            machine.sell_card(name, self.at)
        else:
            machine.sell_cash(name, self.at, 500 if way == "change" else None)
        self.truth.sold[name] += 1
        self.truth.value += slot.price

    def _plant(self, planted: str, number: int) -> None:
        machine, at = self.machine, self.at
        if planted == "foreign read":
            machine.read_finished(at - timedelta(hours=2), "OTHER00001")
            machine.reset_interval(at)
            self.truth.foreign += 1
        elif planted == "reset":
            machine.reset_interval(at)
        elif planted == "clock":
            machine.set_clock(at + timedelta(days=number - 5_000), at)
        elif planted == "fill":
            coin = min(machine.state.tubes)
            machine.dispense_by_hand(coin, machine.state.tubes[coin] // 2)
            machine.fill_tube(coin, 3)
        elif planted == "restart":
            machine.initialise(at)
        elif planted == "board":
            machine.exchange_board("B99999", at)

    def _read(self, planted: str, number: int) -> None:
        if planted == "no read":
            return
        if planted == "other machine":
            self._told(look(self.stranger, self.at), DeltaKind.OTHER_MACHINE)
            return
        if planted == "partial":
            raw = self.machine.report(self.at, OUR_READER)
            reports = read_dex(raw[: number % (len(raw) - 20)]).reports
            if reports:
                # Cut in its first lines it does not say which machine it is; both are no read.
                self._told(make_reading(reports[0]), DeltaKind.PARTIAL_FILE)
                self.truth.passed_over += 1
            return
        self._told(visit(self.machine, self.at), self._kind())
        self.truth = Truth()

    def _told(self, reading: MachineReading, kind: DeltaKind) -> None:
        self.readings.append(reading)
        self.expected.append((kind, self.truth))

    def _kind(self) -> DeltaKind:
        if "board" in self.truth.planted and "CB1" in self.machine.state.profile.segments:
            return DeltaKind.BOARD_CHANGED
        if set(ANEW) & set(self.truth.planted):
            return DeltaKind.RESTARTED
        return DeltaKind.NORMAL if self.truth.sold else DeltaKind.NO_CHANGE


def played(model: str, near_end: int | None, days: list[Day]) -> tuple[Life, list[Interval | None]]:
    life = Life(model, near_end)
    for day in days:
        life.live(day)
    return life, list(history(life.readings, life.readings[0].identity))


MODELS = st.sampled_from(["snack", "combo", "drink", "spiral", "coffee"])
NEAR_END = st.one_of(st.none(), st.integers(1, 30))


@settings(max_examples=100, deadline=None)
@given(MODELS, NEAR_END, DAYS)
def test_each_read_is_told_right_and_no_sale_is_lost(
    model: str, near_end: int | None, days: list[Day]
) -> None:
    life, found = played(model, near_end, days)
    assert len(found) == len(life.readings)
    assert found[0] is None
    total = 0
    for one, expected in zip(found[1:], life.expected[1:], strict=True):
        assert one is not None
        assert expected is not None
        kind, truth = expected
        event(f"{kind}")
        _assert_class(one, kind, truth)
        if not one.trusted:
            assert one.units is None
            assert {each.units.amount for each in one.selections} <= {None}
            continue
        sold = {each.selection: each.units.amount for each in one.selections}
        assert sold == {name: truth.sold[name] for name in PRICES}
        assert (one.units, one.value) == (sum(truth.sold.values()), truth.value)
        total += one.units or 0
    if not any(day.planted in ANEW for day in days):
        _assert_span(life, found, total)


def _assert_class(one: Interval, kind: DeltaKind, truth: Truth) -> None:
    if kind is DeltaKind.NORMAL:
        assert one.kind in (DeltaKind.NORMAL, DeltaKind.ROLLED_OVER)
        rolled = any(each.size for each in one.counters.values())
        rolled |= any(each.units.size or each.value.size for each in one.selections)
        assert (one.kind is DeltaKind.ROLLED_OVER) == rolled
    elif kind is DeltaKind.NO_CHANGE:
        # Tests and fills are no sales, but meters that move.
        assert one.kind in (DeltaKind.NO_CHANGE, DeltaKind.CLOCK_ONLY, DeltaKind.NORMAL)
        assert one.units == 0
    else:
        assert one.kind is kind
    codes = {each.code for each in one.evidence}
    if one.trusted:
        assert not codes & {"units_differ", "payments_differ", "machine_restarted", "minus_one"}
        if one.foreign.reads is not None and not truth.passed_over:
            assert one.foreign.reads == truth.foreign


def _assert_span(life: Life, found: list[Interval | None], total: int) -> None:
    """The sum over a history is the span from its first usable read to its last one."""
    usable = [
        reading
        for reading, one in zip(life.readings, found, strict=True)
        if one is None or one.trusted
    ]
    span = interval(usable[0], usable[-1])
    assert span.units == total
    place = baseline(life.readings, usable[-1])
    assert place is not None
    assert life.readings[place] is usable[-1]


@settings(max_examples=40, deadline=None)
@given(MODELS, DAYS)
def test_interval_figures_are_rebuilt_to_the_unit(model: str, days: list[Day]) -> None:
    """Whoever resets when: a figure that is not rebuilt is right, a rebuilt one is."""
    life, found = played(model, None, days)
    for one, now in zip(found, life.readings, strict=True):
        if one is None or not one.trusted:
            continue
        rebuilt = {each.code: each for each in one.rebuilt}
        for code, said in now.counters.items():
            moved = one.amount(CUMULATIVE_OF.get(code, ""))
            if moved is None:
                continue
            if code in rebuilt:
                assert (rebuilt[code].said, rebuilt[code].rebuilt) == (said, moved)
            else:
                assert said == moved


@settings(max_examples=40, deadline=None)
@given(MODELS, NEAR_END, DAYS)
def test_cash_comes_out_over_every_history(
    model: str, near_end: int | None, days: list[Day]
) -> None:
    life, found = played(model, near_end, days)
    last = life.readings[0]
    for one, now in zip(found, life.readings, strict=True):
        if one is not None and one.trusted:
            account = cash_account(one, last, now)
            assert account.remainder == 0, account
        if one is None or one.kind not in (DeltaKind.PARTIAL_FILE, DeltaKind.OTHER_MACHINE):
            last = now

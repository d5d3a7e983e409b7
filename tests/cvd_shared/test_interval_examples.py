"""The worked examples of EVA-DTS chapter 5.2: played on the model, read from its report, compared.

Each example says what must move, and nothing else may: sales, ways of paying, cash.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from cvd_shared.cash import cash_account
from cvd_shared.cash_facts import CashAccount as Account
from cvd_shared.dex.interval import interval
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.vending_model import VendingModel
from tests.support.model_readings import AT, look, model_of_examples

SALE = {"VA101": 40, "VA102": 1}
CASH_SALE = {**SALE, "CA201": 40, "CA202": 1}
CARD_SALE = {**SALE, "DA201": 40, "DA202": 1}


class Example(NamedTuple):
    name: str
    happens: Callable[[VendingModel], object]
    counters: dict[str, int]  # every cumulative counter that moves
    selection: tuple[int, int, int, int] = (0, 0, 0, 0)  # units, value, tests, free of selection 6
    payments: dict[str, tuple[int, int]] = {}  # noqa: RUF012 - a constant
    mixed: int = 0
    price: int = 40
    coins: int = 10  # in each tube before
    waiting: int = 0  # put in for no vend yet


EXAMPLES = (
    Example(
        "cash vend",
        lambda m: m.sell_cash("6", AT, (25, 10, 5)),
        {**CASH_SALE, "CA305": 40, "CA307": 40},
        (1, 40, 0, 0),
        {"CA": (1, 40)},
    ),
    Example(
        "card vend",
        lambda m: m.sell_card("6", AT),
        {**CARD_SALE, "DA301": 40},
        (1, 40, 0, 0),
        {"DA": (1, 40)},
    ),
    Example(
        "card vend on the second reader",
        lambda m: m.sell_card("6", AT, device="DB"),
        {**SALE, "DB201": 40, "DB202": 1},
        (1, 40, 0, 0),
        {"DB": (1, 40)},
    ),
    Example(
        "card vend with a discount of 10",
        lambda m: m.sell_card("6", AT, discount=10),
        {**CARD_SALE, "DA301": 30, "VA105": 10, "VA106": 1, "DA503": 10, "DA504": 1},
        (1, 40, 0, 0),
        {"DA": (1, 40)},
    ),
    Example(
        "card vend with a surcharge of 5",
        lambda m: m.sell_card("6", AT, surcharge=5),
        {**CARD_SALE, "DA301": 45, "VA109": 1, "VA110": 5, "DA507": 5, "DA508": 1},
        (1, 40, 0, 0),
        {"DA": (1, 40)},
    ),
    Example(
        "mixed payment, card 15 and cash 25",
        lambda m: m.sell_mixed("6", AT, card=15),
        {
            **SALE,
            **dict.fromkeys(("CA202", "DA202", "DA1001"), 1),
            **dict.fromkeys(("DA201", "DA301", "DA1002"), 15),
            **dict.fromkeys(("CA201", "CA305", "CA307"), 25),
        },
        (1, 40, 0, 0),
        {"CA": (1, 25), "DA": (1, 15)},
        mixed=1,
    ),
    Example(
        "vend token",
        lambda m: m.sell_token("6", AT),
        {**SALE, "TA201": 40, "TA202": 1},
        (1, 40, 0, 0),
        {"TA": (1, 40)},
    ),
    Example(
        "value token",
        lambda m: m.sell_token("6", AT, value_token=True),
        {**SALE, "TA205": 40, "TA206": 1},
        (1, 40, 0, 0),
        {"TA": (1, 40)},
    ),
    Example("test vend", lambda m: m.test_vend("6", AT), {"VA201": 40, "VA202": 1}, (0, 0, 1, 0)),
    Example("free vend", lambda m: m.free_vend("6", AT), {"VA301": 40, "VA302": 1}, (0, 0, 0, 1)),
    Example("coin to box", lambda m: m.insert_coin(100), {"CA305": 100, "CA306": 100}, waiting=100),
    Example(
        "coins to tubes",
        lambda m: list(map(m.insert_coin, (25, 5))),
        {"CA305": 30, "CA307": 30},
        waiting=30,
    ),
    Example(
        "tube fill by hand",
        lambda m: m.fill_tube(10, 2),
        {"CA305": 20, "CA307": 20, "CA1002": 20},
    ),
    Example(
        "change of 60",
        lambda m: m.sell_cash("6", AT, 100),
        {**CASH_SALE, "CA305": 100, "CA310": 100, "CA308": 1, "CA403": 60},
        (1, 40, 0, 0),
        {"CA": (1, 40)},
    ),
    Example(
        "dispensed by hand",
        lambda m: m.dispense_by_hand(10, 1),
        {"CA403": 10, "CA404": 10},
    ),
    Example(
        "overpay of 10: the tubes are empty",
        lambda m: m.sell_cash("6", AT, 100),
        {
            **dict.fromkeys(("VA101", "CA201", "CA902"), 90),
            **dict.fromkeys(("VA102", "CA202", "CA308"), 1),
            **dict.fromkeys(("CA305", "CA310"), 100),
            "CA802": 10,
        },
        (1, 90, 0, 0),
        {"CA": (1, 90)},
        price=90,
        coins=0,
    ),
    Example(
        "bill of 5.00",
        lambda m: m.insert_bill(500),
        {"CA305": 500, "CA308": 5, "CA310": 500},
        waiting=500,
    ),
    Example("card reload of 120", lambda m: m.reload_card(120), {"DA401": 120}),
)


def played(example: Example, model: str = "combo") -> tuple[Interval, Account, Interval]:
    """The example between two reads; also the interval back, of a second look at the later one."""
    machine = model_of_examples(model, example.price)
    for coin in machine.state.tubes:
        machine.fill_tube(coin, example.coins)
    machine.sell_card("7", AT)  # so that no counter of sales begins at zero
    before = look(machine)
    example.happens(machine)
    now = look(machine)
    moved = interval(before, now)
    return moved, cash_account(moved, before, now), interval(now, look(machine))


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.name for each in EXAMPLES])
class TestWorkedExamples:
    def test_the_counters_that_must_move_do_and_no_others(self, example: Example) -> None:
        moved, _, still = played(example)
        found = {code: each.amount for code, each in moved.counters.items() if each.amount}
        assert found == example.counters
        assert moved.kind is DeltaKind.NORMAL
        assert still.kind is DeltaKind.NO_CHANGE
        assert not any(each.amount for each in still.counters.values())

    def test_the_sales(self, example: Example) -> None:
        moved, _, _ = played(example)
        six, *others = moved.selections
        assert six.selection == "6"
        deltas = (six.units, six.value, six.test_vends, six.free_vends)
        assert tuple(each.amount for each in deltas) == example.selection
        assert not any(each.units.amount or each.value.amount for each in others)
        assert (moved.units, moved.value) == example.selection[:2]
        assert not [each.code for each in moved.evidence if each.code != "interval_not_reset"]

    def test_the_ways_of_paying(self, example: Example) -> None:
        moved, _, _ = played(example)
        paid = {
            each.device: (each.units.amount, each.value.amount)
            for each in moved.payments
            if each.units.amount or each.value.amount
        }
        assert paid == example.payments
        by_device = {each.device: each.mixed_units.amount for each in moved.payments}
        assert (by_device["CA"], by_device["DA"]) == (example.mixed, example.mixed)

    def test_the_cash_comes_out(self, example: Example) -> None:
        _, account, _ = played(example)
        assert account.balanced, account
        assert account.cash_in.amount == example.counters.get("CA305", 0)
        if example.name == "card reload of 120":  # not with cash, on this model
            assert [each.code for each in account.earned_reasons] == ["reloads_not_cash"]
        else:
            assert account.earned_remainder == example.waiting


@pytest.mark.parametrize("model", ["snack", "coffee", "spiral", "drink"])
@pytest.mark.parametrize(
    "example",
    [each for each in EXAMPLES if "second reader" not in each.name],
    ids=lambda each: each.name,
)
def test_makes_that_tell_less_are_told_the_same(model: str, example: Example) -> None:
    """What a make sends, it counts as the others; the sums are right with fewer counters too."""
    moved, account, _ = played(example, model)
    for code, each in moved.counters.items():
        unit = 100 if code == "CA308" and model == "coffee" else 1
        assert each.amount == example.counters.get(code, 0) * unit, code
    assert (moved.units, moved.value) == example.selection[:2]
    assert account.balanced
    assert account.cash_in.amount == example.counters.get("CA305", 0)

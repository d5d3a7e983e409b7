"""A machine of any model, installed, filled and with some weeks behind it: `cvd vm run --model`."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cvd_shared.vending_model import SlotSetup, VendingModel
from cvd_shared.vending_profiles import MODELS

_PRICES = {
    "snack": (125, 150, 175, 200),
    "combined": (150, 175, 225, 250),
    "drink": (175, 200, 225, 250),
    "coffee": (110, 140, 160, 190),
}
_DAYS = 28
_EVERY_MINUTES = 95
_SELLS_OUT = 12  # a selection that holds so little sells out between two reads
_DISCOUNT = 20  # minor units


def ready_machine(
    model: str,
    at: datetime,
    *,
    serial_number: str = "20260001",
    asset_number: str = "90001",
    location: str = "Practice room",
    currency: str = "USD",
) -> VendingModel:
    """A machine that has sold for four weeks until `at`; the same arguments give the same machine.

    Raises ValueError for a model that is not in `MODELS`.
    """
    profile = MODELS.get(model)
    if profile is None:
        raise ValueError(f"no model {model!r}; there are {', '.join(MODELS)}")
    prices = _PRICES[profile.machine_type]
    places = [
        (selection, cabinet.capacity)
        for cabinet in profile.cabinets
        for _, _, selection in cabinet.places()
    ]
    now = at - timedelta(days=_DAYS)
    machine = VendingModel(
        model,
        [
            SlotSetup(selection, prices[number % len(prices)], capacity)
            for number, (selection, capacity) in enumerate(places)
        ],
        now,
        serial_number=serial_number,
        asset_number=asset_number,
        control_board=f"7{serial_number}",
        location=location,
        currency=currency,
    )
    machine.fill_up()
    for coin in machine.state.tubes:
        machine.fill_tube(coin, 40)
    machine.test_vend(places[0][0], now)
    sales = 0
    while (now := now + timedelta(minutes=_EVERY_MINUTES)) < at:
        selection, _ = places[sales * 7 % len(places)]
        price = machine.slots[selection].price
        if (sales + sales // len(places)) % 3 == 0:  # so that each selection sells both ways
            sold = machine.sell_card(selection, now)
        else:
            in_full_units = -(-price // 100) * 100  # a customer without small coins
            sold = machine.sell_cash(selection, now, in_full_units if sales % 2 else price)
        if not sold:
            machine.door_opened(now)
            machine.fill_up()
            machine.door_closed(now)
        sales += 1
    return machine


def sell_for_a_while(machine: VendingModel, at: datetime, turn: int = 0) -> None:
    """What happens between two reads, at `at`: sales of every kind that the make reports.

    With a test vend, a selection that sells out, and a power cut. The third of the selections that
    sells is another one with each `turn`.
    """
    slots = list(machine.slots.values())
    if not all(slot.stock for slot in slots):
        machine.door_opened(at)
        machine.fill_up()
        machine.door_closed(at)
    ways = _ways(machine, at)
    chosen = slots[turn % 3 :: 3] or slots
    for number in range(max(len(chosen), len(ways))):
        slot = chosen[number % len(chosen)]
        ways[(number + turn) % len(ways)](slot.selection, slot.price)
    machine.test_vend(chosen[0].selection, at)
    last = min(slots, key=lambda slot: slot.stock)
    while last.stock and last.capacity <= _SELLS_OUT:
        machine.sell_cash(last.selection, at)
    machine.power_cut()


def _ways(machine: VendingModel, at: datetime) -> list[Callable[[str, int], object]]:
    """Ways to sell a selection at a price, as far as the audit of the make tells them apart."""
    profile = machine.state.profile

    def with_change(selection: str, price: int) -> object:
        return machine.sell_cash(selection, at, -(-price // 100) * 100)

    def discounted(selection: str, price: int) -> object:
        return machine.sell_card(selection, at, discount=min(_DISCOUNT, price // 2))

    def mixed(selection: str, price: int) -> object:
        return price > 1 and machine.sell_mixed(selection, at, card=price // 2)

    ways: list[Callable[[str, int], object]] = [
        lambda selection, _: machine.sell_cash(selection, at),
        lambda selection, _: machine.sell_card(selection, at),
        with_change,
    ]
    if "DA5" in profile.segments:
        ways.append(discounted)
    if "PA8" in profile.product_segments:
        ways.append(mixed)
    return ways

"""A machine of any model, installed, filled and with some weeks behind it: `cvd vm run --model`."""

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

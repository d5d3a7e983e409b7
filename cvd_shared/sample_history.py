"""Play the weeks of one sample machine: customers, the driver's visits, a read at each visit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from cvd_shared.vending_model import TUBE_CAPACITY, SlotSetup, VendingModel
from cvd_shared.vending_profiles import EventKind
from cvd_shared.wire_records import MachineRecord, PlanogramRecord

READER = "CVD0000001"
"""The communication id by which the reads were taken."""

PRICE_STEP = 25
"""How much one odd machine asks more than its planogram says, in minor units."""

_CARD_SHARE = 0.55
_EXACT_CASH_SHARE = 0.5
_FORGOTTEN_SHARE = 0.06  # slots that a driver leaves as they are
_TUBE_TARGET = 40
_TUBE_LOW = 20

# Monday to Sunday, as shares of a normal day
_WEEK = {
    "office": (1.0, 1.1, 1.1, 1.0, 0.8, 0.05, 0.03),
    "factory": (1.0, 1.0, 1.05, 1.0, 1.0, 0.5, 0.1),
    "gym": (1.2, 1.0, 1.1, 1.0, 0.8, 0.9, 0.7),
    "hospital": (1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.9),
    "school": (1.0, 1.1, 1.0, 1.1, 0.9, 0.1, 0.0),
    "station": (1.0, 0.9, 0.9, 1.0, 1.3, 1.1, 0.8),
    "hotel": (0.7, 0.7, 0.8, 0.9, 1.2, 1.3, 1.0),
}
_VENDS_A_DAY = {"snack": 22, "combined": 26, "drink": 18, "coffee": 36}


class SampleRead(NamedTuple):
    """One audit. `at` is UTC ISO 8601; `raw` is the report exactly as the machine sent it."""

    machine_id: str
    at: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class MachineLife:
    """What is needed to play one machine from `first_day` to the morning of `last_day`."""

    machine: MachineRecord
    planogram: PlanogramRecord
    product_names: Mapping[str, str]
    kind_of_place: str
    first_day: date
    last_day: date
    visit_phase: int  # 0 or 1: whether the last visit was four or three days ago
    visit_minute: int  # of the day
    oddity: str | None


def live(life: MachineLife, random: Random, reads: list[SampleRead]) -> VendingModel:
    """Plays the machine, appends its reads and returns it as it stands on the last morning."""
    machine = _install(life, random)
    popularity = _popularity(machine, random)
    visits = set(_visit_days(life))
    day = life.first_day
    while day < life.last_day:
        visit_at = _at(day, life.visit_minute + random.randrange(20)) if day in visits else None
        for moment in _vend_times(life, day, random):
            if visit_at is not None and visit_at <= moment:
                reads.append(_visit(life, machine, visit_at, random))
                visit_at = None
            _one_customer(machine, popularity, moment, random)
        if visit_at is not None:
            reads.append(_visit(life, machine, visit_at, random))
        _odd_things(life, machine, day, random)
        day += timedelta(days=1)
    return machine


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC)) + timedelta(minutes=minute)


def _install(life: MachineLife, random: Random) -> VendingModel:
    """The machine as the story begins: filled, and with a year or so already on its meters."""
    record = life.machine
    machine = VendingModel(
        record.dex_profile,
        [
            SlotSetup(
                slot.selection,
                slot.price,
                slot.capacity,
                life.product_names.get(slot.product_id or "", ""),
            )
            for slot in life.planogram.slots
        ],
        _at(life.first_day - timedelta(days=random.randrange(200, 900)), 600),
        serial_number=record.serial_number,
        asset_number=record.asset_number,
        control_board=record.control_board,
        location=record.location_name,
        currency=record.currency,
    )
    for coin in machine.state.tubes:
        machine.fill_tube(coin, _TUBE_TARGET)
    for slot in life.planogram.slots:
        machine.fill(slot.selection, slot.par)
        earlier = random.randrange(60, 900)
        by_card = int(earlier * _CARD_SHARE)
        machine.count_earlier(slot.selection, cash_vends=earlier - by_card, card_vends=by_card)
    machine.test_vend(life.planogram.slots[0].selection, _at(life.first_day, 0))
    machine.reset_interval(_at(life.first_day, 0))
    return machine


def _popularity(machine: VendingModel, random: Random) -> list[int]:
    """Cumulative weights over the selections: a few favourites, many quiet ones."""
    return list(accumulate(random.choice((1, 1, 2, 2, 3, 3, 4, 6, 9, 16)) for _ in machine.slots))


def _visit_days(life: MachineLife) -> Iterator[date]:
    """Twice a week, back from the last day, on which the next visit is due; Sundays on Saturday."""
    day = life.last_day
    gaps = (4, 3) if life.visit_phase == 0 else (3, 4)
    for number in range(2 * (life.last_day - life.first_day).days // 7):
        day -= timedelta(days=gaps[number % 2])
        yield day - timedelta(days=1) if day.weekday() == 6 else day


def _vend_times(life: MachineLife, day: date, random: Random) -> list[datetime]:
    share = _WEEK[life.kind_of_place][day.weekday()]
    expected = _VENDS_A_DAY[life.machine.machine_type] * share
    number = max(0, round(random.gauss(expected, expected**0.5)))
    # most people buy around noon; nobody before six or after ten at night
    return [
        _at(day, minute)
        for minute in sorted(int(random.triangular(360, 1320, 740)) for _ in range(number))
    ]


def _one_customer(
    machine: VendingModel, popularity: list[int], moment: datetime, random: Random
) -> None:
    selection = random.choices(list(machine.slots), cum_weights=popularity)[0]
    price = machine.slots[selection].price
    if random.random() < _CARD_SHARE:
        machine.sell_card(selection, moment)
    elif random.random() < _EXACT_CASH_SHARE:
        machine.sell_cash(selection, moment)
    else:
        machine.sell_cash(selection, moment, -(-price // 100) * 100)


def _visit(life: MachineLife, machine: VendingModel, at: datetime, random: Random) -> SampleRead:
    """The driver opens, reads, fills to par, refills the change, and closes."""
    machine.door_opened(at)
    taken = at + timedelta(minutes=1)
    raw = machine.report(taken, READER)
    machine.read_finished(taken, READER)
    for slot in life.planogram.slots:
        if random.random() >= _FORGOTTEN_SHARE:
            machine.fill(slot.selection, max(0, slot.par - machine.slots[slot.selection].stock))
    for coin, count in machine.state.tubes.items():
        if count < _TUBE_LOW:
            machine.fill_tube(coin, _TUBE_TARGET - count)
        elif count == TUBE_CAPACITY:
            machine.dispense_by_hand(coin, TUBE_CAPACITY - _TUBE_TARGET)
    machine.door_closed(at + timedelta(minutes=12))
    return SampleRead(life.machine.id, taken.isoformat().replace("+00:00", "Z"), raw)


def _odd_things(life: MachineLife, machine: VendingModel, day: date, random: Random) -> None:
    """Faults now and then, and what is wrong with the three odd machines."""
    evening = _at(day, 22 * 60 + 30)
    if random.random() < 0.02:
        machine.power_cut()
    if random.random() < 0.03:
        selection = random.choice(list(machine.slots))
        machine.event(EventKind.MOTOR_JAM, evening, selection)
        machine.event_over(EventKind.MOTOR_JAM, selection)
    days_left = (life.last_day - day).days
    if life.oddity == "meter_restarted" and days_left == 35:
        machine.initialise(evening)
    if life.oddity == "price_differs" and days_left == 17:
        selection = life.planogram.slots[1].selection
        machine.set_price(selection, machine.slots[selection].price + PRICE_STEP, evening)

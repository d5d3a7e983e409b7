"""Play the weeks of one sample machine: customers, the driver's visits, a read at each visit.

What happens on a day depends on the seed, the machine and that day alone. So the sample of a later
day goes on where the sample of an earlier day stopped, and a server may be given both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

from cvd_shared.sample_visits import CashBox, Filling, sample_visit
from cvd_shared.vending_model import TUBE_CAPACITY, SlotSetup, VendingModel
from cvd_shared.vending_profiles import EventKind
from cvd_shared.wire_records import MachineRecord, PlanogramRecord, VisitRecord

EPOCH = date(2024, 1, 1)
"""Chapters of the story are counted from this Monday on."""

WEEKS = 12
"""For so many weeks before today there are reads."""

READER = "CVD0000001"
"""The communication id by which the reads were taken."""

PRICE_STEP = 25
"""How much one odd machine asks more than its planogram says, in minor units."""

_CHAPTER_DAYS = 28
_RESTART_DAYS = 70  # shorter than the weeks of reads, so that they always show a restart
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


_READ_IDS = UUID("0f6f5e2c-3f3a-5d0e-9a71-6b8f1d2c4e55")


class SampleRead(NamedTuple):
    """One audit. `at` is UTC ISO 8601; `raw` is the report exactly as the machine sent it."""

    machine_id: str
    at: str
    raw: bytes
    purpose: Literal["look", "collect"] = "look"

    @property
    def read_id(self) -> str:
        return str(uuid5(_READ_IDS, f"{self.machine_id} {self.at}"))


@dataclass(frozen=True, slots=True)
class MachineLife:
    """What is needed to play one machine up to the morning of `today`."""

    seed: int
    machine: MachineRecord
    installed: PlanogramRecord
    product_names: Mapping[str, str]
    kind_of_place: str
    visit_days: tuple[int, int]  # days of the week, Monday is 0
    visit_minute: int  # of the day
    today: date
    oddity: str | None
    driver: str = ""

    def random(self, what: str) -> Random:
        return Random(f"{self.seed}:{self.machine.asset_number}:{what}")  # noqa: S311 - a story


def live(life: MachineLife, reads: list[SampleRead], visits: list[VisitRecord]) -> VendingModel:
    """Plays the machine, appends its reads and visits of the last `WEEKS`; returns it as it
    stands today."""
    first_read = life.today - timedelta(weeks=WEEKS)
    chapter = (first_read - EPOCH).days // _CHAPTER_DAYS
    day = EPOCH + timedelta(days=chapter * _CHAPTER_DAYS)
    weights = _popularity(life)
    machine = _install(life, weights, chapter)
    popularity = list(accumulate(weights))
    box = CashBox(_cash_in(machine))
    while day < life.today:
        done = _one_day(life, machine, popularity, day, box)
        if done is not None and day >= first_read:
            reads.append(done[0])
            visits.append(done[1])
        day += timedelta(days=1)
    return machine


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC)) + timedelta(minutes=minute)


def _install(life: MachineLife, weights: list[int], chapter: int) -> VendingModel:
    """The machine as a chapter begins: filled, and with all chapters before it on its meters."""
    record, slots = life.machine, life.installed.slots
    random = life.random("installed")
    installed_at = _at(EPOCH - timedelta(days=random.randrange(100, 900)), 600)
    machine = VendingModel(
        record.dex_profile,
        [
            SlotSetup(
                slot.selection,
                slot.price,
                slot.capacity,
                life.product_names.get(slot.product_id or "", ""),
            )
            for slot in slots
        ],
        installed_at,
        serial_number=record.serial_number,
        asset_number=record.asset_number,
        control_board=record.control_board,
        location=record.location_name,
        currency=record.currency,
    )
    if life.oddity == "price_differs":
        odd = slots[1]
        machine.set_price(odd.selection, odd.price + PRICE_STEP, installed_at)
    for coin in machine.state.tubes:
        machine.fill_tube(coin, _TUBE_TARGET)
    a_day = _VENDS_A_DAY[record.machine_type] / sum(weights)
    for slot, weight in zip(slots, weights, strict=True):
        machine.fill(slot.selection, slot.par)
        # more than a chapter ever sells, so that no meter of a later chapter is behind
        a_chapter = int(a_day * weight * _CHAPTER_DAYS * 1.4) + 10
        earlier = random.randrange(60, 400) + a_chapter * max(0, chapter)
        by_card = int(earlier * _CARD_SHARE)
        machine.count_earlier(slot.selection, cash_vends=earlier - by_card, card_vends=by_card)
    machine.test_vend(slots[0].selection, installed_at)
    machine.reset_interval(installed_at)
    return machine


def _popularity(life: MachineLife) -> list[int]:
    """How often each selection is chosen: a few favourites, many quiet ones."""
    random = life.random("popularity")
    return [random.choice((1, 1, 2, 2, 3, 3, 4, 6, 9, 16)) for _ in life.installed.slots]


_Done = tuple[SampleRead, VisitRecord]


def _one_day(
    life: MachineLife, machine: VendingModel, popularity: list[int], day: date, box: CashBox
) -> _Done | None:
    """Customers in the order of the day, the visit between them, if there was one."""
    random = life.random(day.isoformat())
    visit_at = None
    if day.weekday() in life.visit_days:
        visit_at = _at(day, life.visit_minute + random.randrange(20))
    taken = None
    for moment in _vend_times(life, day, random):
        if visit_at is not None and taken is None and visit_at <= moment:
            taken = _visit(life, machine, visit_at, random, box)
        _one_customer(machine, popularity, moment, random)
    if visit_at is not None and taken is None:
        taken = _visit(life, machine, visit_at, random, box)
    _odd_things(life, machine, day, random)
    return taken


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


def _visit(
    life: MachineLife, machine: VendingModel, at: datetime, random: Random, box: CashBox
) -> _Done:
    """The driver opens, reads, fills to par, refills the change, and closes."""
    machine.door_opened(at)
    taken = at + timedelta(minutes=1)
    raw = machine.report(taken, READER)
    machine.read_finished(taken, READER)
    collects = taken.weekday() == life.visit_days[0]
    box.has(_cash_in(machine))
    fillings = []
    for slot in life.installed.slots:
        before = machine.slots[slot.selection].stock
        filled = 0
        if random.random() >= _FORGOTTEN_SHARE:
            filled = max(0, slot.par - before)
            machine.fill(slot.selection, filled)
        fillings.append(Filling(slot, before, filled))
    refill = 0
    for coin, count in machine.state.tubes.items():
        if count < _TUBE_LOW:
            machine.fill_tube(coin, _TUBE_TARGET - count)
            refill += coin * (_TUBE_TARGET - count)
        elif count == TUBE_CAPACITY:
            machine.dispense_by_hand(coin, TUBE_CAPACITY - _TUBE_TARGET)
    machine.door_closed(at + timedelta(minutes=12))
    moment = taken.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    read = SampleRead(life.machine.id, moment, raw, "collect" if collects else "look")
    return read, sample_visit(
        life.machine,
        fillings,
        at,
        read.read_id,
        life.random(f"visit {at.date()}"),
        driver=life.driver,
        refill=refill,
        cash=box.take() if collects else None,
        planogram_version=life.installed.version,
        tubes=machine.state.tube_value,
        counts=life.oddity == "meter_restarted",
    )


def _cash_in(machine: VendingModel) -> int:
    """What ever came into box and stacker, less what was dispensed by hand; minor units."""
    cash = machine.state.meters.cash
    return cash.to_box.total + cash.bills.total - cash.dispensed_by_hand.total


def _odd_things(life: MachineLife, machine: VendingModel, day: date, random: Random) -> None:
    """Faults now and then, and what is wrong with the three odd machines."""
    evening = _at(day, 22 * 60 + 30)
    if random.random() < 0.02:
        machine.power_cut()
    if random.random() < 0.03:
        selection = random.choice(list(machine.slots))
        machine.event(EventKind.MOTOR_JAM, evening, selection)
        machine.event_over(EventKind.MOTOR_JAM, selection)
    since_epoch = (day - EPOCH).days
    if life.oddity == "meter_restarted" and since_epoch % _RESTART_DAYS == 0:
        machine.initialise(evening)

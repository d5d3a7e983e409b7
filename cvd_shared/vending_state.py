"""What a vending machine model knows: counters twice over, slots, tubes, events, reads."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta

from cvd_shared.vending_shapes import EventKind, MachineProfile, MoneySet


@dataclass(slots=True)
class Meter:
    """One counter and its twin: `total` since initialisation, `interval` since the last reset."""

    total: int = 0
    interval: int = 0

    def add(self, amount: int) -> None:
        """Counts `amount`, which is never negative. Raises ValueError."""
        if amount < 0:
            raise ValueError(f"a meter never runs backwards: {amount}")
        self.total += amount
        self.interval += amount


@dataclass(slots=True)
class Tally:
    """Vends of one kind: how many, and their value in minor units."""

    count: Meter = field(default_factory=Meter)
    value: Meter = field(default_factory=Meter)

    def add(self, value: int, count: int = 1) -> None:
        self.count.add(count)
        self.value.add(value)


@dataclass(slots=True)
class CashMeters:
    """Where coins and bills went: segments CA2, CA3, CA4, CA7 to CA10. Minor units."""

    sales: Tally = field(default_factory=Tally)
    to_box: Meter = field(default_factory=Meter)
    to_tubes: Meter = field(default_factory=Meter)  # fills by hand included
    bills: Meter = field(default_factory=Meter)
    dispensed: Meter = field(default_factory=Meter)  # dispensing by hand included
    dispensed_by_hand: Meter = field(default_factory=Meter)
    overpaid: Meter = field(default_factory=Meter)
    exact_change_sales: Meter = field(default_factory=Meter)
    filled_by_hand: Meter = field(default_factory=Meter)


@dataclass(slots=True)
class CardMeters:
    """One cashless device: segments DA2 to DA5 and DA10 (DB for the second)."""

    sales: Tally = field(default_factory=Tally)  # at the list price
    debited: Meter = field(default_factory=Meter)  # what cards really paid
    credited: Meter = field(default_factory=Meter)
    discounts: Tally = field(default_factory=Tally)
    surcharges: Tally = field(default_factory=Tally)
    mixed: Tally = field(default_factory=Tally)  # the card's share of mixed payments


@dataclass(slots=True)
class MachineMeters:
    """All counters that do not belong to one selection."""

    paid: Tally = field(default_factory=Tally)
    discounts: Tally = field(default_factory=Tally)
    surcharges: Tally = field(default_factory=Tally)
    test: Tally = field(default_factory=Tally)
    free: Tally = field(default_factory=Tally)
    cash: CashMeters = field(default_factory=CashMeters)
    cards: dict[str, CardMeters] = field(default_factory=dict)  # by device: "DA", "DB"
    vend_tokens: Tally = field(default_factory=Tally)
    value_tokens: Tally = field(default_factory=Tally)
    power_cuts: Meter = field(default_factory=Meter)
    price_changes: Meter = field(default_factory=Meter)
    reads: int = 0
    reads_with_reset: int = 0
    resets: int = 0


@dataclass(slots=True)
class SlotMeters:
    """The counters of one selection: segments PA2 to PA5, PA7 and PA8."""

    paid: Tally = field(default_factory=Tally)
    discounts: Tally = field(default_factory=Tally)
    surcharges: Tally = field(default_factory=Tally)
    test: Tally = field(default_factory=Tally)
    free: Tally = field(default_factory=Tally)
    mixed: Tally = field(default_factory=Tally)  # the cash share of mixed payments
    sold_out_tries: Meter = field(default_factory=Meter)
    by_list: dict[tuple[str, int], Tally] = field(default_factory=dict)
    """(payment device "CA", "DA", "DB" or "TA", price list number) -> sales"""


def meters_in(holder: object) -> Iterator[Meter]:
    """Every Meter inside a dataclass, dict or tuple of counters, in a fixed order."""
    if isinstance(holder, Meter):
        yield holder
    elif isinstance(holder, dict):
        for value in holder.values():
            yield from meters_in(value)
    elif isinstance(holder, tuple):
        for value in holder:
            yield from meters_in(value)
    elif is_dataclass(holder):
        for each in fields(holder):
            yield from meters_in(getattr(holder, each.name))


@dataclass(slots=True)
class Slot:
    """One selection: price in minor units, stock in units, its counters."""

    selection: str
    price: int
    capacity: int
    name: str
    stock: int
    meters: SlotMeters = field(default_factory=SlotMeters)
    sold_out_at: datetime | None = None
    list_prices: dict[tuple[str, int], int] = field(default_factory=dict)
    """(payment device, or "" for all, price list number) -> price, where it is not `price`"""

    def price_in(self, device: str, price_list: int) -> int:
        """What a customer of this payment device pays by this price list."""
        for key in ((device, price_list), ("", price_list)):
            if key in self.list_prices:
                return self.list_prices[key]
        return self.price

    def sold_by(self, device: str, price_list: int) -> Tally:
        """The sales of one payment device by one price list."""
        return self.meters.by_list.setdefault((device, price_list), Tally())


@dataclass(slots=True)
class EventCount:
    """How often one event code was counted, and whether it lasts (EA2)."""

    count: Meter = field(default_factory=Meter)
    active: bool = False


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """One occurrence (EA1)."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadMark:
    """When a read was finished, and by whom (EA3)."""

    at: datetime
    reader: str


@dataclass(slots=True)
class MachineSettings:
    """What a technician sets up and the counters know nothing of."""

    auto_reset: bool  # SD105 is AUTO: the interval counters are cleared after a good read
    auto_reset_events: bool  # SD106
    needs_open_door: bool  # takes no settings while its door is closed
    password: str = ""  # SD101; empty: everybody may
    codes: str = "00000000"  # security code and pass code of DDCMP, 4 hex digits each


@dataclass(slots=True)
class MachineState:
    """Everything an audit is written from."""

    profile: MachineProfile
    currency: str
    money: MoneySet
    serial_number: str
    asset_number: str
    control_board: str
    location: str
    installed_at: datetime
    slots: dict[str, Slot]
    tubes: dict[int, int]  # coin value -> coins in its tube
    meters: MachineMeters
    settings: MachineSettings
    clock_offset: timedelta = timedelta(0)  # how wrong the machine's own clock is
    events: dict[str, EventCount] = field(default_factory=dict)
    dated_events: list[DatedEvent] = field(default_factory=list)
    price_set_at: datetime | None = None
    last_read: ReadMark | None = None
    last_reset_at: datetime | None = None
    door_open: bool = False
    reset_due: bool = False  # list 1 was read: the next paid vend begins a new interval

    @property
    def tube_value(self) -> int:
        """Value of the coins in the tubes (CA1501)."""
        return sum(coin * count for coin, count in self.tubes.items())

    def coins_out(self, amount: int) -> int:
        """Pays `amount` from the tubes, big coins first; what they cannot pay is returned."""
        for coin in sorted(self.tubes, reverse=True):
            count = min(amount // coin, self.tubes[coin])
            self.tubes[coin] -= count
            amount -= coin * count
        return amount

    def event_code(self, kind: EventKind, selection: str) -> str | None:
        """How this make calls an event; None when it does not report it."""
        template = self.profile.event_codes.get(kind)
        if template is None:
            return None
        digits = str(list(self.slots).index(selection) + 1) if selection else ""
        return template.format(selection=selection, digits=digits)


def new_meters(profile: MachineProfile) -> MachineMeters:
    """The counters of a machine that has counted nothing."""
    return MachineMeters(cards={device: CardMeters() for device in profile.card_devices})


def new_settings(profile: MachineProfile) -> MachineSettings:
    """As the make delivers it."""
    return MachineSettings(
        auto_reset=profile.auto_reset,
        auto_reset_events=profile.auto_reset_events,
        needs_open_door=profile.needs_open_door,
    )

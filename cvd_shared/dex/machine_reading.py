"""What a report says about its machine, in typed facts: identity, money, meters, events.

Everything is tolerant: a fact that is missing or makes no sense is None, the second with a finding.
Amounts are integer minor units of `money`; moments are the machine's own clock, without a zone.
The fields of a row stand in the order of its elements, after its line and, where several segments
share a row, the segment. The totals of the machine as a whole are in machine_totals.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from cvd_shared.dex.dex_report import Finding, Segment
from cvd_shared.dex.dex_segments import element, segment_table
from cvd_shared.dex.machine_totals import (
    CashlessTotals,
    CashTotals,
    TokenTotals,
    VendTotals,
    cash_totals,
    cashless_totals,
    token_totals,
    vend_totals,
)
from cvd_shared.dex.money_frame import BILLS, MoneyFrame


class Identity(NamedTuple):
    """Who the machine says it is. EVA-DTS knows it by asset number, else serial, else board."""

    asset_number: str | None = None  # ID106
    serial_number: str | None = None  # ID101
    model: str | None = None  # ID102
    build: str | None = None  # ID103
    location: str | None = None  # ID104
    control_board: str | None = None  # CB101, serial number
    software: str | None = None  # CB103


class Device(NamedTuple):
    """A part that names itself: CB1, AM1, FA1, CA1, BA1, DA1, DB1, TA1, HA1, HB1, ID2."""

    line: int
    segment: str
    serial_number: str | None = None
    model: str | None = None
    software: str | None = None
    user_field: str | None = None
    asset_number: str | None = None


class PaidVends(NamedTuple):
    """VA101 to VA104."""

    value_of_paid_vends_since_init: int | None = None
    number_of_paid_vends_since_init: int | None = None
    value_of_paid_vends_since_reset: int | None = None
    number_of_paid_vends_since_reset: int | None = None


class Total(NamedTuple):
    """One counter of the machine as a whole."""

    code: str  # "CA201"
    name: str
    value: int
    money: bool


class Meters(NamedTuple):
    """PA2: sold units and their value, discounts and surcharges; since init, since reset."""

    sold_since_init: int | None = None
    value_since_init: int | None = None
    sold_since_reset: int | None = None
    value_since_reset: int | None = None
    discounted_since_init: int | None = None
    discounts_since_init: int | None = None
    discounted_since_reset: int | None = None
    discounts_since_reset: int | None = None
    surcharged_since_init: int | None = None
    surcharges_since_init: int | None = None
    surcharged_since_reset: int | None = None
    surcharges_since_reset: int | None = None


class VendCount(NamedTuple):
    """Test vends (PA3), free vends (PA4) or the cash share of mixed payments (PA8)."""

    number_since_init: int | None = None
    value_since_init: int | None = None
    number_since_reset: int | None = None
    value_since_reset: int | None = None


class SoldOut(NamedTuple):
    """PA5. For a machine that never stops its clock it is the date of the last sale."""

    at: str | None = None
    times_selected: int | None = None


class Selection(NamedTuple):
    """One selection with its meters: PA1 and the PA2 to PA5 and PA8 that belong to it."""

    line: int
    selection: str  # PA101; its position in the report where the machine gives no name
    named: bool
    price: int | None
    product: str | None
    capacity: int | None
    fill_level: int | None
    dispensed_quantity: int | None
    status: int | None  # PA107
    level: int | None
    least_level: int | None
    meters: Meters
    test_vends: VendCount
    free_vends: VendCount
    mixed: VendCount
    sold_out: SoldOut

    @property
    def present(self) -> bool:
        """PA107 = 1 says that the machine has no such selection."""
        return self.status != 1


class PaymentSales(NamedTuple):
    """PA7: sales of one selection by payment device and price list."""

    line: int
    selection: str | None
    device: str | None  # CA cash, DA cashless 1, DB cashless 2, TA token
    price_list: int | None
    price: int | None
    sold_since_init: int | None
    value_since_init: int | None
    sold_since_reset: int | None
    value_since_reset: int | None


class PriceListEntry(NamedTuple):
    """LA1: what one selection costs on one price list."""

    line: int
    price_list: int | None
    selection: str | None
    price: int | None
    sold_since_reset: int | None
    sold_since_init: int | None


class UserGroup(NamedTuple):
    """DA7 and DB7: the sales to one group of card holders."""

    line: int
    segment: str
    number: int | None
    net_sales_since_reset: int | None
    added_since_reset: int | None
    discounts_since_reset: int | None
    sold_since_init: int | None
    sold_since_reset: int | None
    net_sales_since_init: int | None
    added_since_init: int | None
    discounts_since_init: int | None


class MoneyIn(NamedTuple):
    """Coins (CA11) and bills (CA14, CA19) accepted, of one value; counts. The store is the tubes,
    or the recycler; CA14 has none."""

    line: int
    segment: str
    value: int | None
    in_since_reset: int | None
    to_box_since_reset: int | None
    to_store_since_reset: int | None
    in_since_init: int | None
    to_box_since_init: int | None
    to_store_since_init: int | None


class MoneyOut(NamedTuple):
    """Coins (CA12) and bills (CA20) given out, of one value; counts."""

    line: int
    segment: str
    value: int | None
    dispensed_since_reset: int | None
    by_hand_since_reset: int | None
    dispensed_since_init: int | None
    by_hand_since_init: int | None


class MoneyFilled(NamedTuple):
    """Coins (CA13) and bills (CA21) filled by hand, of one value; counts."""

    line: int
    segment: str
    value: int | None
    filled_since_reset: int | None
    filled_since_init: int | None


class MoneyStore(NamedTuple):
    """A coin tube (CA17) or a bill store (CA23) and what is in it."""

    line: int
    segment: str
    type_number: int | None
    value: int | None
    pieces: int | None
    filled_by_hand: int | None
    dispensed_by_hand: int | None
    full: bool | None


class StoreContents(NamedTuple):
    """CA15, CA22, HA4, HB4: the value of what is stored, with counts by MDB type."""

    line: int
    segment: str
    value: int | None
    block: str | None
    counts: tuple[int | None, ...]


class ConfigurationBlock(NamedTuple):
    """MA5: what a maker tells in a form of its own."""

    line: int
    identifier: str
    data: tuple[str, ...]


class Temperature(NamedTuple):
    """From the MA5 blocks that are known to tell one."""

    line: int
    place: str | None  # "Snack", as the machine calls it
    degrees: int | None  # None: the probe is open or not there
    unit: str | None  # "F" or "C"; None: the machine does not say


class Row(NamedTuple):
    """A segment of the table that has no type of its own: its elements typed by the table.

    `values` are by position from 0 for element 01; dates as ISO 8601, what makes no sense as text.
    """

    line: int
    segment: str
    values: tuple[int | str | None, ...]


class Event(NamedTuple):
    """EA1 (when it happened) or EA2 (how often)."""

    line: int
    code: str
    text: str
    since_reset: int | None
    since_init: int | None
    active: bool | None
    at: str | None
    minutes: int | None


class ReadOuts(NamedTuple):
    """EA3: how often the machine was read, and by whom last."""

    with_reset: int | None = None  # EA301
    at: str | None = None
    reader: str | None = None
    last_at: str | None = None
    last_reader: str | None = None
    reads: int | None = None  # EA309
    resets: int | None = None  # EA310


class Logged(NamedTuple):
    """When something was done to the machine and with which terminal: EA4, EA5, EA6."""

    line: int
    segment: str  # EA4 initialised, EA5 prices set, EA6 serviced
    at: str | None
    terminal: str | None
    changes: int | None  # EA505, prices altered


class Settings(NamedTuple):
    """SD1, as the machine tells it."""

    reporting: str | None = None
    reset_selected: str | None = None
    interval_reset: str | None = None  # SD105; AUTO: a good read clears the interval counters
    event_reset: str | None = None


@dataclass(frozen=True, slots=True)
class MachineReading:
    """All that a report says. `rows` holds, by segment id, the segments without a field here."""

    communication_id: str | None
    version: str | None
    complete: bool
    identity: Identity
    money: MoneyFrame
    paid_vends: PaidVends
    bills_unit: int | None  # minor units in one unit of CA304 and CA308, None when not decidable
    counters: dict[str, int]  # of the machine as a whole, as they were sent, by element code
    selections: tuple[Selection, ...]
    payments: tuple[PaymentSales, ...]
    events: tuple[Event, ...]
    read_outs: ReadOuts
    machine_clock: str | None
    settings: Settings
    findings: tuple[Finding, ...]
    devices: tuple[Device, ...] = ()
    price_list: tuple[PriceListEntry, ...] = ()
    user_groups: tuple[UserGroup, ...] = ()
    money_in: tuple[MoneyIn, ...] = ()
    money_out: tuple[MoneyOut, ...] = ()
    money_filled: tuple[MoneyFilled, ...] = ()
    stores: tuple[MoneyStore, ...] = ()
    contents: tuple[StoreContents, ...] = ()
    blocks: tuple[ConfigurationBlock, ...] = ()
    temperatures: tuple[Temperature, ...] = ()
    logged: tuple[Logged, ...] = ()
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    unknown: tuple[Segment, ...] = ()  # segments that are in no list, as sent
    first_lines: Mapping[str, int] = field(default_factory=dict)
    """Line of the first segment with an id: the proof of a counter such as VA101 is in VA1."""

    @property
    def totals(self) -> tuple[Total, ...]:
        """The counters with their names, for people, in the order of the standard; bills in minor
        units where that is known."""
        return tuple(
            _total(code, self.counters[code], self.bills_unit)
            for code in _codes()
            if code in self.counters
        )

    @property
    def vends(self) -> VendTotals:
        return vend_totals(self.counters)

    @property
    def cash(self) -> CashTotals:
        return cash_totals(self.counters, self.bills_unit)

    @property
    def cashless(self) -> tuple[CashlessTotals, CashlessTotals]:
        """Cashless 1 (DA) and cashless 2 (DB)."""
        return cashless_totals(self.counters, "DA"), cashless_totals(self.counters, "DB")

    @property
    def tokens(self) -> TokenTotals:
        return token_totals(self.counters)


@cache
def _codes() -> tuple[str, ...]:
    return tuple(
        element.code for kind in segment_table().values() for element in kind.elements.values()
    )


def _total(code: str, value: int, bills_unit: int | None) -> Total:
    known = element(code)
    assert known is not None
    if code in BILLS:
        return Total(code, known.name, value * (bills_unit or 1), bills_unit is not None)
    return Total(code, known.name, value, known.is_money)

"""What a report says about its machine, in typed facts: identity, money, meters, events.

Everything is tolerant: a fact that is missing or makes no sense is None, the second with a finding.
Amounts are integer minor units of `money`; moments are the machine's own clock, without a zone.
"""

from dataclasses import dataclass
from typing import NamedTuple

from cvd_shared.dex.dex_report import Finding, Segment
from cvd_shared.dex.dex_segments import element
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
    """Sold units and their value: the cumulative pair and the pair since the last reset."""

    sold_since_init: int | None = None
    value_since_init: int | None = None
    sold_since_reset: int | None = None
    value_since_reset: int | None = None


class Selection(NamedTuple):
    """One selection with its meters: PA1 and the PA2 to PA7 that belong to it."""

    line: int
    selection: str  # PA101; its position in the report where the machine gives no name
    named: bool
    price: int | None
    product: str | None
    capacity: int | None
    fill_level: int | None
    present: bool  # PA107 = 1 says that the machine has no such selection
    level: int | None
    meters: Meters
    test_vends_since_init: int | None
    free_vends_since_init: int | None
    sold_out_at: str | None


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


@dataclass(frozen=True, slots=True)
class MachineReading:
    communication_id: str | None
    version: str | None
    complete: bool
    identity: Identity
    money: MoneyFrame
    paid_vends: PaidVends
    bills_unit: int | None  # minor units in one unit of CA304 and CA308, None when not decidable
    counters: dict[str, int]  # of the machine as a whole, as they were sent, by element code
    selections: tuple[Selection, ...]
    payments: tuple[Segment, ...]  # PA7 as sent: sales by selection, payment device and price
    events: tuple[Event, ...]
    read_outs: ReadOuts
    machine_clock: str | None
    reset_mode: str | None  # SD105; AUTO: a good read clears the interval counters
    findings: tuple[Finding, ...]

    @property
    def totals(self) -> tuple[Total, ...]:
        """The counters with their names, for people; bills in minor units where that is known."""
        return tuple(_total(code, value, self.bills_unit) for code, value in self.counters.items())


def _total(code: str, value: int, bills_unit: int | None) -> Total:
    known = element(code)
    assert known is not None
    if code in BILLS:
        return Total(code, known.name, value * (bills_unit or 1), bills_unit is not None)
    return Total(code, known.name, value, known.is_money)

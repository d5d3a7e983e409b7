"""The shapes of a make of vending machine: its audits, money, grid, events and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

Link = Literal["dexucs", "ddcmp"]


class EventKind(StrEnum):
    """Things that happen to a machine; a profile says by which code its make reports them."""

    DOOR_OPEN = "door_open"
    DOOR_CLOSED = "door_closed"
    MOTOR_JAM = "motor_jam"
    SOLD_OUT = "sold_out"
    LOW_CHANGE = "low_change"
    COIN_JAM = "coin_jam"
    BILL_JAM = "bill_jam"
    CARD_READER_LOST = "card_reader_lost"
    TOO_WARM = "too_warm"
    NO_WATER = "no_water"


@dataclass(frozen=True, slots=True)
class MoneySet:
    """The coins and bills of a currency, in minor units, and how EVA-DTS names it (ID4)."""

    numeric: int  # ISO 4217 number
    decimals: int
    coins: tuple[int, ...]
    tube_coins: tuple[int, ...]  # coins that the changer keeps for giving back
    bills: tuple[int, ...]

    def pieces(self, amount: int) -> list[int]:
        """Coins and bills that pay `amount`, one small coin too many where they cannot exactly."""
        pieces = []
        for value in sorted({*self.coins, *self.bills}, reverse=True):
            pieces += [value] * (amount // value)
            amount %= value
        return [*pieces, min(self.coins)] if amount > 0 else pieces


MONEY: Mapping[str, MoneySet] = MappingProxyType(
    {
        "USD": MoneySet(840, 2, (5, 10, 25, 100), (5, 10, 25), (100, 500, 1000, 2000)),
        "EUR": MoneySet(978, 2, (5, 10, 20, 50, 100, 200), (10, 20, 50, 100), (500, 1000, 2000)),
        "GBP": MoneySet(826, 2, (5, 10, 20, 50, 100, 200), (10, 20, 50, 100), (500, 1000, 2000)),
        "JPY": MoneySet(392, 0, (10, 50, 100, 500), (10, 50, 100), (1000,)),
    }
)


@dataclass(frozen=True, slots=True)
class CabinetPlan:
    """The grid of one cabinet. `selection` names a place from its 1-based row and column.

    `{letter}` is the row as a letter, `{row}` its number counted from `first_row`, `{shown}` the
    column as the make prints it: from `first_column` in steps of `column_step`.
    """

    rows: int
    columns: int
    selection: str
    capacity: int
    name: str = ""
    first_row: int = 1
    first_column: int = 1
    column_step: int = 1

    def places(self) -> list[tuple[int, int, str]]:
        """(row, column, selection) of every place, row by row from the top."""
        return [
            (
                row,
                column,
                self.selection.format(
                    letter=chr(ord("A") + row - 1),
                    row=self.first_row + row - 1,
                    shown=self.first_column + (column - 1) * self.column_step,
                ),
            )
            for row in range(1, self.rows + 1)
            for column in range(1, self.columns + 1)
        ]


@dataclass(frozen=True, slots=True)
class MachineProfile:
    """One make's way of writing an audit.

    `segments` is the order of the report; "PRODUCTS" stands for the group of every selection,
    whose lines are `product_segments`. `texts` gives the lines that only name things, as
    templates of {serial}, {board}, {asset}, {location}, {decimals}, {numeric}, {currency},
    {date}, {time}, {reset}, {event_reset}. `elements` cuts a segment after so many elements, as
    older makes do. From `takes` on it is said which settings can be written to the machine.
    """

    name: str
    make: str
    model: str
    machine_type: str  # snack, drink, coffee, combined
    cabinets: tuple[CabinetPlan, ...]
    communication_id: str  # DXS01, ten characters
    segments: tuple[str, ...]
    product_segments: tuple[str, ...]
    texts: Mapping[str, tuple[str, ...]]
    event_codes: Mapping[EventKind, str]
    version: str = "V0/6"
    elements: Mapping[str, int] = field(default_factory=dict)
    bill_unit: int | None = 100
    """CA304/CA308 count bills in this many minor units; None leaves them empty."""
    zero_padded: bool = False  # first devices send every counter in its full width
    loop: str = ""  # LS/LE identifier around the selections
    price_lists: tuple[int, ...] = ()  # LA1 lines for these lists
    card_list: int = 0  # the price list that cards use
    card_devices: tuple[str, ...] = ("DA",)
    auto_reset: bool = False  # SD105: AUTO clears the interval counters after a good read
    auto_reset_events: bool = False  # SD106
    date_format: str = "%y%m%d"
    time_format: str = "%H%M"
    frame: Literal["whole", "miscounted", "header", "none"] = "whole"
    """What stands around the report: everything; everything, with SE01 too small and G85 in small
    letters; DXS and DXE alone; nothing (from ID1 on)."""
    links: tuple[Link, ...] = ("dexucs", "ddcmp")  # the first is the one it is set to
    start_speed: int = 2400  # DDCMP, in baud
    fixed_speed: bool = False  # DDCMP: never leaves its start speed
    maker_lists: tuple[int, ...] = ()  # DDCMP lists of the maker, which hold its configuration
    takes: frozenset[str] = frozenset({"IC1", "IC5", "PC1", "SD1"})
    checks_g85: bool = True  # passes over settings whose G85 is wrong or missing
    needs_open_door: bool = False
    price_step: int = 1  # prices are rounded down to a multiple, in minor units
    price_limit: int = 99_999_999  # higher prices become this one
    name_length: int = 20  # so much of a name is kept; 0: the machine has no names
    asset_length: int = 20

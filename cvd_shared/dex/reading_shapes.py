"""Which fact of a reading stands in which element: one table for the reader and the writer.

A shape says what the fields of a row are, a letter each, in the order of the elements:

    t  text                     f  flag, 0 or 1          -  an element that is left out
    n  number                   m  date and time, two elements
    s  the segment id, no element                        0  None, no element

The counters of the machine as a whole and the segments without a type of their own need no shape:
the table of segments says all of them.
"""

from functools import cache
from typing import Any, NamedTuple

from cvd_shared.dex.machine_reading import (
    Device,
    Logged,
    Meters,
    MoneyFilled,
    MoneyIn,
    MoneyOut,
    MoneyStore,
    PaymentSales,
    PriceListEntry,
    SoldOut,
    UserGroup,
    VendCount,
)


class ShapeField(NamedTuple):
    letter: str
    position: int  # of its element, 0 for none


@cache
def shape_fields(shape: str) -> tuple[ShapeField, ...]:
    """The fields of a shape, in the order of the row."""
    fields, position = [], 1
    for letter in shape:
        if letter in "s0":
            fields.append(ShapeField(letter, 0))
            continue
        if letter != "-":
            fields.append(ShapeField(letter, position))
        position += 2 if letter == "m" else 1
    return tuple(fields)


class RowType(NamedTuple):
    field: str  # of MachineReading
    type: type[Any]
    shape: str  # of its fields; the line stands before them


_DEVICE = RowType("devices", Device, "sttttt")
_COINS_OR_BILLS_IN = RowType("money_in", MoneyIn, "snnnnnnn")
_MONEY_FILLED = RowType("money_filled", MoneyFilled, "snnn")
_USER_GROUP = RowType("user_groups", UserGroup, "snnnnnnnnn")
ROW_TYPES = {
    **dict.fromkeys(
        ("CB1", "AM1", "FA1", "CA1", "BA1", "DA1", "DB1", "TA1", "HA1", "HB1", "ID2"), _DEVICE
    ),
    "PA7": RowType("payments", PaymentSales, "ttnnnnnn"),
    "LA1": RowType("price_list", PriceListEntry, "ntnnn"),
    "DA7": _USER_GROUP,
    "DB7": _USER_GROUP,
    "CA11": _COINS_OR_BILLS_IN,
    "CA14": RowType("money_in", MoneyIn, "snnn0nn0"),
    "CA19": _COINS_OR_BILLS_IN,
    "CA12": RowType("money_out", MoneyOut, "snnnnn"),
    "CA20": RowType("money_out", MoneyOut, "snnn-nn"),
    "CA13": _MONEY_FILLED,
    "CA21": _MONEY_FILLED,
    "CA17": RowType("stores", MoneyStore, "snnnnnf"),
    "CA23": RowType("stores", MoneyStore, "snnn00--f"),
    "EA4": RowType("logged", Logged, "smt0"),
    "EA5": RowType("logged", Logged, "smt-n"),
    "EA6": RowType("logged", Logged, "smt0"),
}
"""The segments whose rows are told by their shape alone, by id."""

CONTENTS = ("CA15", "CA22", "HA4", "HB4")
CONTENT_TYPES = 8  # counts in one block
CONTENT = "nt" + "n" * CONTENT_TYPES

HEADER = "t-t"  # DXS: communication id, version
IDENTITY = "tttt-t"  # ID1: serial number, model, build, location, asset number
BOARD = "t-t"  # CB1: serial number, software
CLOCK = "mn"  # ID5: date and time, seconds
READ_OUTS = "nmtmt-nn"  # EA3
SETTINGS = "--tttt"  # SD1
EVENTS = {"EA1": "t000mn", "EA2": "tnn-f0n"}
"""Of the fields of an Event without its text."""

PRODUCT = "tntnnnnnn"  # PA1
BELONGING: dict[str, tuple[type[Any], str]] = {
    "PA2": (Meters, "n" * 12),
    "PA3": (VendCount, "nnnn"),
    "PA4": (VendCount, "nnnn"),
    "PA8": (VendCount, "nnnn"),
    "PA5": (SoldOut, "mn"),
}
"""The segments that belong to the PA1 above them: what they become, and their shape."""

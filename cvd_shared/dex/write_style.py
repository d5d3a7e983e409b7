"""How a machine wants its settings written: which segments, which form of the clock.

The text of the standard asks for IC1 and PC1, its own example (ch. 4.7) sends ID1, and makes
differ. What the table write_styles.json says of a make goes first, by the beginning of the
communication id (DXS01, the longest that fits); then what its audit shows.
To add a make: its line in write_styles.json.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, cast

from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.dex_segments import load_table
from cvd_shared.dex.machine_reading import MachineReading

IdentitySegment = Literal["IC1", "ID1"]
PriceSegment = Literal["PC1", "PC7"]

_SHORT_DATE = 6  # digits of ID501 in first devices: YYMMDD


class WriteStyle(NamedTuple):
    identity_segment: IdentitySegment = "IC1"
    price_segment: PriceSegment = "PC1"  # for the price that a selection has without any list
    short_clock: bool = False


def write_style(report: Report | None, reading: MachineReading | None) -> WriteStyle:
    """The style of the machine that this audit came from; that of the standard without one."""
    sender = (reading.communication_id if reading else None) or ""
    row = next(row for row in _rows() if sender.startswith(row["sender"]))
    price = cast(PriceSegment, row["price"])
    if not row["sender"] and reading is not None and _only_by_device(reading):
        price = "PC7"
    return WriteStyle(cast(IdentitySegment, row["identity"]), price, _short_clock(report))


@cache
def _rows() -> Sequence[dict[str, Any]]:
    """The longest beginnings first; the last one fits all."""
    rows: list[dict[str, Any]] = load_table("write_styles.json")
    return sorted(rows, key=lambda row: len(row["sender"]), reverse=True)


def _only_by_device(reading: MachineReading) -> bool:
    """The machine tells prices by payment device (PA7) and none of a selection as such (PA1)."""
    if any(each.price is not None for each in reading.selections):
        return False
    return any(each.price is not None for each in reading.payments)


def _short_clock(report: Report | None) -> bool:
    if report is None:
        return False
    clocks = [segment for segment in report.reliable_segments() if segment.id == "ID5"]
    return bool(clocks) and len("".join(clocks[0].elements[1:2]).strip()) == _SHORT_DATE

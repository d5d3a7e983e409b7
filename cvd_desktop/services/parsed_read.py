"""What our parser makes of the bytes of a read, or of the server's record of one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cvd_shared.dex.dex_report import DexFile, Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import (
    Identity,
    MachineReading,
    Meters,
    PaidVends,
    ReadOuts,
    Selection,
    Settings,
    SoldOut,
    VendCount,
)
from cvd_shared.dex.money_frame import MoneyFrame
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_digest import main_report
from cvd_shared.kept_counters import with_counters
from cvd_shared.read_verdict import MOST_OF_A_REPORT
from cvd_shared.wire_records import ReadRecord

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file with its first whole report; `failed` when our parser broke on it: our bug."""

    file: DexFile
    report: Report | None
    reading: MachineReading | None
    failed: bool = False


def parse(raw: bytes) -> Parsed:
    """Never raises: a bug of our parser must not cost a visit (design, shape 4).

    What is larger than any report is kept and not looked into: it would only block the program.
    """
    if len(raw) > MOST_OF_A_REPORT:
        return Parsed(DexFile((), ()), None, None)
    try:
        file = read_dex(raw)
        report = main_report(file) or next(iter(file.reports), None)
        return Parsed(file, report, make_reading(report) if report else None)
    except Exception:  # noqa: BLE001 - reported; the raw bytes are what counts
        _log.exception("a report of %d bytes broke the parser; it is kept", len(raw))
        return Parsed(DexFile((), ()), None, None, failed=True)


def unless_broken(rule: Callable[[], T], otherwise: T) -> T:
    """What a rule says; `otherwise` where it breaks: our bug costs a figure, never the read."""
    try:
        return rule()
    except Exception:  # noqa: BLE001 - reported; the raw bytes are what counts
        _log.exception("a rule broke on a read; it is kept, the figure is left out")
        return otherwise


def reading_of_record(record: ReadRecord, decimals: int) -> MachineReading:
    """The meters that the server keeps of a read of another laptop, and who the machine said it is:
    enough for sales, for cash and for telling an exchanged board. All else is not known.

    `decimals` of the machine's money are for records of before the server kept them.
    """
    units, value = record.number_of_paid_vends_since_init, record.value_of_paid_vends_since_init
    counters = {
        code: number for code, number in (("VA101", value), ("VA102", units)) if number is not None
    }
    reading = MachineReading(
        communication_id=None,
        version=None,
        complete=record.complete,
        identity=Identity(
            asset_number=record.asset_number,
            serial_number=record.serial_number,
            control_board=record.control_board,
        ),
        money=MoneyFrame(decimals, None),
        paid_vends=PaidVends(value, units),
        bills_unit=None,
        counters=counters,
        selections=tuple(
            _meters_only(name, sold, worth) for name, (sold, worth) in record.selections.items()
        ),
        payments=(),
        events=(),
        read_outs=ReadOuts(),
        machine_clock=None,
        settings=Settings(),
        findings=(),
    )
    return with_counters(reading, record.counters)


def _meters_only(name: str, sold: int | None, value: int | None) -> Selection:
    return Selection(
        line=0,
        selection=name,
        named=True,
        price=None,
        product=None,
        capacity=None,
        fill_level=None,
        dispensed_quantity=None,
        status=None,
        level=None,
        least_level=None,
        meters=Meters(sold, value),
        test_vends=VendCount(),
        free_vends=VendCount(),
        mixed=VendCount(),
        sold_out=SoldOut(),
    )

"""The facts of a raw report that its record carries: totals, sales, what cash needs, who it is."""

from typing import Any

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import Meters
from cvd_shared.dex.reading_maker import SALES, make_reading
from cvd_shared.dex.report_digest import main_report
from cvd_shared.kept_counters import SEGMENTS, kept_counters

Facts = dict[str, Any]
"""Fields of `ReadRecord`. No number of a report is longer than a column (element_values)."""

_NEEDED = SALES | SEGMENTS


def reading_facts(raw: bytes) -> Facts:
    """From the report that the laptop shows too; nothing where there is none."""
    report = main_report(read_dex(raw))
    if report is None:
        return {}
    reading = make_reading(report, _NEEDED)
    totals = reading.paid_vends
    return {
        "value_of_paid_vends_since_init": totals.value_of_paid_vends_since_init,
        "number_of_paid_vends_since_init": totals.number_of_paid_vends_since_init,
        "selections": {line.selection: _sold(line.meters) for line in reading.selections},
        "serial_number": reading.identity.serial_number,
        "control_board": reading.identity.control_board,
        "counters": kept_counters(reading),
    }


def _sold(meters: Meters) -> tuple[int | None, int | None]:
    """Units and value; a meter that stays 0 while the one since the last reset counts is none."""
    sold, value = meters.sold_since_init, meters.value_since_init
    if not sold and not value and meters.sold_since_reset:
        return None, None
    return sold, value

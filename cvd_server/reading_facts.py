"""The facts of a raw report that its record carries: totals and sales by selection."""

from typing import Any

from cvd_shared.dex.report_json import document

Facts = dict[str, Any]
"""Fields of `ReadRecord`."""

_LARGEST = 2**63 - 1
_TOTALS = ("value_of_paid_vends_since_init", "number_of_paid_vends_since_init")


def reading_facts(raw: bytes) -> Facts:
    """From the first report in the bytes; nothing where there is none."""
    reports = document(raw)["reports"]
    if not reports:
        return {}
    totals = reports[0]["totals"]
    facts: dict[str, Any] = {name: _storable(totals[name]) for name in _TOTALS}
    facts["selections"] = {
        line["selection"]: (_storable(line["sold_since_init"]), _storable(line["value_since_init"]))
        for line in reports[0]["selections"]
    }
    return facts


def _storable(number: int | None) -> int | None:
    """A counter that no machine can have shown is as good as none."""
    return number if number is not None and abs(number) <= _LARGEST else None

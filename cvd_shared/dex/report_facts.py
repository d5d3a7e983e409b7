"""The typed facts of a reading, ready for JSON: what `cvd dex show --json` tells beside the sales.

Rows keep the names of their fields in machine_reading.py and their line in the file. Keys only
grow.
"""

from collections.abc import Mapping
from typing import Any

from cvd_shared.dex.dex_segments import manufacturers
from cvd_shared.dex.machine_reading import MachineReading, Selection
from cvd_shared.dex.machine_totals import Since, Tally

_SALES = 4  # the first meters, which stand among the selections
_OUTAGES = (("EA702", "EA701"), ("CA502", "CA501"))  # CA5 is the old form


def typed_facts(reading: MachineReading) -> dict[str, Any]:
    """`{"maker", "machine_clock", "devices", "vends", "cash", "cashless", "tokens", ...}`.

    Amounts are integer minor units, null where the machine does not say them; a counter is
    `{"since_init", "since_reset"}`, a tally `{"number", "value"}` of them. "cashless" has an entry
    for each of DA and DB of which the report says anything; "tokens" is null where it says nothing.
    "selection_details" has an entry for each of the "selections", in their order.
    """
    return {
        "maker": maker_of(reading.communication_id),
        "machine_clock": reading.machine_clock,
        "devices": _rows(reading.devices),
        "vends": _totals(reading.vends),
        "cash": _totals(reading.cash),
        "cashless": [
            {"device": device, **_totals(totals)}
            for device, totals in zip(("DA", "DB"), reading.cashless, strict=True)
            if _says_something(totals)
        ],
        "tokens": _totals(reading.tokens) if _says_something(reading.tokens) else None,
        "selection_details": [_selection(selection) for selection in reading.selections],
        "payments": _rows(reading.payments),
        "price_list": _rows(reading.price_list),
        "user_groups": _rows(reading.user_groups),
        "money_in": _rows(reading.money_in),
        "money_out": _rows(reading.money_out),
        "money_filled": _rows(reading.money_filled),
        "tubes": _rows(reading.stores),
        "tube_contents": _rows(reading.contents),
        "read_outs": reading.read_outs._asdict(),
        "power_outages": _outages(reading.counters),
        "settings": reading.settings._asdict(),
        "logged": _rows(reading.logged),
        "temperatures": _rows(reading.temperatures),
        "configuration": _rows(reading.blocks),
        "other_segments": {
            id_: [{"line": row.line, "values": list(row.values)} for row in rows]
            for id_, rows in reading.rows.items()
        },
        "unknown_segments": [{"line": line, "text": text} for line, text in reading.unknown],
    }


def _selection(selection: Selection) -> dict[str, Any]:
    return {
        "line": selection.line,
        "selection": selection.selection,
        "named": selection.named,
        "present": selection.present,
        "capacity": selection.capacity,
        "fill_level": selection.fill_level,
        "level": selection.level,
        "least_level": selection.least_level,
        "test_vends": selection.test_vends._asdict(),
        "free_vends": selection.free_vends._asdict(),
        "mixed_payments": selection.mixed._asdict(),
        "sold_out_at": selection.sold_out.at,
        "times_selected_sold_out": selection.sold_out.times_selected,
        **dict(list(selection.meters._asdict().items())[_SALES:]),
    }


def maker_of(communication_id: str | None) -> dict[str, str] | None:
    """The maker whose three letters open DXS01 (Appendix B); None when they are in no list."""
    code = (communication_id or "")[:3]
    known = manufacturers().get(code)
    return {"code": code, "name": known[0], "country": known[1]} if known else None


def _rows(rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [row._asdict() for row in rows]


def _totals(totals: Any) -> dict[str, Any]:
    """A NamedTuple of tallies and counters as nested objects."""
    return {name: _total(value) for name, value in totals._asdict().items()}


def _total(value: object) -> Any:
    if isinstance(value, Tally):
        return {"number": _total(value.number), "value": _total(value.value)}
    if isinstance(value, Since):
        return {"since_init": value.init, "since_reset": value.reset}
    return value


def _says_something(totals: tuple[Any, ...]) -> bool:
    return any(
        _says_something(value) if isinstance(value, tuple) else value is not None
        for value in totals
    )


def _outages(counters: Mapping[str, int]) -> dict[str, int | None]:
    for init, reset in _OUTAGES:
        if init in counters or reset in counters:
            return {"since_init": counters.get(init), "since_reset": counters.get(reset)}
    return {"since_init": None, "since_reset": None}

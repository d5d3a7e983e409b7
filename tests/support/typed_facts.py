"""What a reading says, without where it says it: for comparing readings of different texts."""

from dataclasses import fields
from typing import Any

from cvd_shared.dex.machine_reading import MachineReading

_PLACES = ("findings", "first_lines")


def typed_facts(reading: MachineReading) -> dict[str, Any]:
    """Every fact by its name; line numbers, and what is said about lines, left out."""
    told = {each.name: getattr(reading, each.name) for each in fields(reading)}
    facts = {name: _nowhere(value) for name, value in told.items() if name not in _PLACES}
    facts["rows"] = {id_: _nowhere(rows) for id_, rows in reading.rows.items()}
    return facts


def _nowhere(value: Any) -> Any:
    if isinstance(value, tuple) and value and hasattr(value[0], "line"):
        return tuple(row._replace(line=0) for row in value)
    return value

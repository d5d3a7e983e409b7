"""A reading taken apart again: which element of which segment tells each of its typed facts.

The way back of reading_maker.py, by the same table (reading_shapes.py).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from typing import Any, NamedTuple

from cvd_shared.dex.dex_report import Segment
from cvd_shared.dex.dex_writer import Value
from cvd_shared.dex.machine_reading import (
    ConfigurationBlock,
    Event,
    MachineReading,
    Row,
    Selection,
    StoreContents,
)
from cvd_shared.dex.money_frame import currencies, money_frame
from cvd_shared.dex.reading_shapes import (
    BELONGING,
    BOARD,
    CONTENT,
    EVENTS,
    HEADER,
    IDENTITY,
    PRODUCT,
    READ_OUTS,
    ROW_TYPES,
    SETTINGS,
    shape_fields,
)

_NO_DECIMALS = 9  # in ID401: no currency has so many, so nobody takes it for true

Values = Mapping[int, Value]
"""Elements by their position; None where the reading says that nothing is there."""


class Told(NamedTuple):
    """One segment, as far as facts tell it."""

    segment: str
    values: Values
    width: int = 0  # it has so many elements, empty ones too; 0: as many as it needs


class Item(NamedTuple):
    """One row of a reading: its segment and, of a selection, those that belong to it."""

    line: int  # in the report from which it comes; anything for a new row
    main: Told
    belonging: tuple[Told, ...] = ()


Singles = Iterable[tuple[str, Values]]


@dataclass(frozen=True, slots=True)
class Facts:
    header: Values = field(default_factory=dict)  # DXS
    rows: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    """What may stand more than once, by field of the reading and, for `rows`, segment id."""
    singles: Mapping[tuple[str, str], Values] = field(default_factory=dict)
    """What stands once, by field and segment id: some elements are told by two fields."""


def facts(reading: MachineReading, fields: Collection[str], segments: Mapping[int, str]) -> Facts:
    """The facts of `fields` of the reading, each in its element, and those of DXS.

    What is worked out from other facts is left out. `segments` are the ids of the report by line,
    for rows that do not say which segment they are. Raises ValueError for a row in a field where
    it cannot stand, and for what is no moment.
    """
    rows = {name: getattr(reading, name) for name in _ROW_FIELDS if name in fields}
    if "rows" in fields:
        rows |= {f"rows {segment}": found for segment, found in reading.rows.items()}
    return Facts(
        _by_shape("DXS", HEADER, (reading.communication_id, reading.version)),
        {
            name: [_item(name, row, segments.get(row.line)) for row in found]
            for name, found in rows.items()
        },
        {
            (name, segment): values
            for name, told in _SINGLES.items()
            if name in fields
            for segment, values in told(reading)
        },
    )


def _identity(reading: MachineReading) -> Singles:
    asset_number, serial_number, model, build, location, board, software = reading.identity
    machine = (serial_number, model, build, location, asset_number)
    yield "ID1", _by_shape("ID1", IDENTITY, machine)
    yield "CB1", _by_shape("CB1", BOARD, (board, software))


def _money(reading: MachineReading) -> Singles:
    """ID4; a machine that says nothing has two decimals."""
    money = reading.money
    digits = {letters: digits for digits, letters in currencies().items()}.get(money.currency or "")
    values: Values = {
        1: money.decimals if money.decimals_known else _NO_DECIMALS,
        2: f"1{digits}" if digits else None,
        3: money.currency,
    }
    yield "ID4", dict.fromkeys(values) if money == money_frame() else values


def _clock(reading: MachineReading) -> Singles:
    """ID5, with the seconds apart too: a machine may tell them in either place."""
    shown, clock = _day_and_time(reading.machine_clock)
    yield "ID5", {1: shown, 2: clock, 3: int(clock[-2:]) if clock else None}


def _counters(reading: MachineReading) -> Singles:
    found: defaultdict[str, dict[int, Value]] = defaultdict(dict)
    for code, value in reading.counters.items():
        found[code[:-2]][int(code[-2:])] = value
    yield from found.items()


_SINGLES: dict[str, Callable[[MachineReading], Singles]] = {
    "identity": _identity,
    "money": _money,
    "machine_clock": _clock,
    "paid_vends": lambda reading: [("VA1", dict(enumerate(reading.paid_vends, 1)))],
    "counters": _counters,
    "read_outs": lambda reading: [("EA3", _by_shape("EA3", READ_OUTS, reading.read_outs))],
    "settings": lambda reading: [("SD1", _by_shape("SD1", SETTINGS, reading.settings))],
}


def _item(name: str, row: Any, segment: str | None) -> Item:
    """The row of a field; `segment` stands at its line."""
    if isinstance(row, Selection):
        return _selection(row)
    if isinstance(row, Event):
        return _event(row, segment)
    if isinstance(row, Row):
        return Item(row.line, _whole(row.segment, row.values))
    if isinstance(row, Segment):  # in no list
        return Item(row.line, _whole(row.id, row.elements[1:]))
    if isinstance(row, ConfigurationBlock):
        told = (row.identifier, *row.data) if row.identifier or row.data else ()
        return Item(row.line, _whole("MA5", told))
    if isinstance(row, StoreContents):
        values = _by_shape(row.segment, CONTENT, (row.value, row.block, *row.counts))
        return Item(row.line, Told(row.segment, values, len(row.counts) + 2))
    return _typed_row(name, row)


def _typed_row(name: str, row: Any) -> Item:
    segment = getattr(row, "segment", None) or _SEGMENTS[name]
    row_type = ROW_TYPES.get(segment)
    if row_type is None or row_type.field != name:
        raise ValueError(f"{segment!r} is no segment of {name}")
    return Item(row.line, Told(segment, _by_shape(segment, row_type.shape, row[1:])))


_SEGMENTS = {row_type.field: id_ for id_, row_type in ROW_TYPES.items()}
"""A segment of each field; the only one where the rows do not say theirs."""
_ROW_FIELDS = (*_SEGMENTS, "contents", "selections", "events", "blocks", "unknown")


def _selection(selection: Selection) -> Item:
    line, name, named, price, product, *levels = selection[:11]
    told = _by_shape("PA1", PRODUCT, (name if named else None, price, product, *levels))
    belonging = {
        "PA2": selection.meters,
        "PA3": selection.test_vends,
        "PA4": selection.free_vends,
        "PA5": selection.sold_out,
        "PA8": selection.mixed,
    }
    return Item(
        line, Told("PA1", told), tuple(_belonging(id_, row) for id_, row in belonging.items())
    )


def _belonging(segment: str, row: Any) -> Told:
    type_, shape = BELONGING[segment]
    return _nothing_of(segment) if row == type_() else Told(segment, _by_shape(segment, shape, row))


@cache
def _nothing_of(segment: str) -> Told:
    """Most selections have no more than PA2: the others tell the same nothing."""
    type_, shape = BELONGING[segment]
    return Told(segment, _by_shape(segment, shape, type_()))


def _event(event: Event, segment: str | None) -> Item:
    """EA1 tells when, EA2 how often."""
    counts = (event.since_reset, event.since_init, event.active)
    if event.at is not None:
        segment = "EA1"
    elif segment not in EVENTS or counts != (None, None, None):
        segment = "EA1" if counts == (None, None, None) else "EA2"
    told = (event.code or None, *counts, event.at, event.minutes)
    return Item(event.line, Told(segment, _by_shape(segment, EVENTS[segment], told)))


def _whole(segment: str, values: Sequence[Value]) -> Told:
    """A segment of which the reading knows every element."""
    shown = (None if value == "" else value for value in values)
    return Told(segment, dict(enumerate(shown, 1)), len(values))


def _by_shape(segment: str, shape: str, row: Iterable[Any]) -> Values:
    values: dict[int, Value] = {}
    for (letter, position), value in zip(shape_fields(shape), row, strict=False):
        if letter == "m":
            values[position], values[position + 1] = _day_and_time(value)
        elif letter == "f":
            values[position] = None if value is None else int(value)
        elif position:
            values[position] = value
        elif letter == "0" and value is not None:
            raise ValueError(f"{segment} has no element for {value!r}")
    return values


def _day_and_time(moment: str | None) -> tuple[str | None, str | None]:
    if moment is None:
        return None, None
    day, _, clock = moment.partition("T")
    shown_day = date.fromisoformat(day).isoformat()
    return shown_day, time.fromisoformat(clock).isoformat("seconds") if clock else None

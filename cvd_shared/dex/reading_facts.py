"""A reading taken apart again: which element of which segment tells each of its typed facts.

The way back of reading_maker.py, by the same table (reading_shapes.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from typing import Any, NamedTuple

from cvd_shared.dex.dex_writer import Value
from cvd_shared.dex.machine_reading import Event, MachineReading, Selection
from cvd_shared.dex.money_frame import MoneyFrame, currencies, money_frame
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


@dataclass(frozen=True, slots=True)
class Facts:
    header: Values = field(default_factory=dict)  # DXS
    rows: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    """What may stand more than once, by field of the reading and, for `rows`, segment id."""
    singles: Mapping[tuple[str, str], Values] = field(default_factory=dict)
    """What stands once, by field and segment id: some elements are told by two fields."""


def facts(reading: MachineReading, segments: Mapping[int, str]) -> Facts:
    """Every fact of `reading` in its element; what is worked out from others is left out.

    `segments` are the ids of the report by line, for rows that do not say which segment they are.
    Raises ValueError for a row in a field where it cannot stand, and for what is no moment.
    """
    header = _by_shape("DXS", HEADER, (reading.communication_id, reading.version))
    return Facts(header, dict(_rows(reading, segments)), dict(_singles(reading)))


def _singles(reading: MachineReading) -> Iterator[tuple[tuple[str, str], Values]]:
    asset_number, serial_number, model, build, location, board, software = reading.identity
    machine = (serial_number, model, build, location, asset_number)
    yield ("identity", "ID1"), _by_shape("ID1", IDENTITY, machine)
    yield ("money", "ID4"), _money(reading.money)
    yield ("machine_clock", "ID5"), _clock(reading.machine_clock)
    yield ("identity", "CB1"), _by_shape("CB1", BOARD, (board, software))
    yield ("paid_vends", "VA1"), dict(enumerate(reading.paid_vends, 1))
    counters: defaultdict[str, dict[int, Value]] = defaultdict(dict)
    for code, value in reading.counters.items():
        counters[code[:-2]][int(code[-2:])] = value
    for segment, values in counters.items():
        yield ("counters", segment), values
    yield ("read_outs", "EA3"), _by_shape("EA3", READ_OUTS, reading.read_outs)
    yield ("settings", "SD1"), _by_shape("SD1", SETTINGS, reading.settings)


def _rows(
    reading: MachineReading, segments: Mapping[int, str]
) -> Iterator[tuple[str, Sequence[Item]]]:
    for name in dict.fromkeys(row_type.field for row_type in ROW_TYPES.values()):
        yield name, [_typed_row(name, row) for row in getattr(reading, name)]
    yield (
        "contents",
        [
            Item(
                line,
                Told(
                    segment, _by_shape(segment, CONTENT, (value, block, *counts)), len(counts) + 2
                ),
            )
            for line, segment, value, block, counts in reading.contents
        ],
    )
    yield "selections", [_selection(selection) for selection in reading.selections]
    yield "events", [_event(event, segments.get(event.line)) for event in reading.events]
    yield (
        "blocks",
        [
            Item(line, _whole("MA5", (identifier, *data) if identifier or data else ()))
            for line, identifier, data in reading.blocks
        ],
    )
    for segment, rows in reading.rows.items():
        yield f"rows {segment}", [Item(row.line, _whole(segment, row.values)) for row in rows]
    yield "unknown", [Item(one.line, _whole(one.id, one.elements[1:])) for one in reading.unknown]


def _typed_row(name: str, row: Any) -> Item:
    line, *values = row
    segment = getattr(row, "segment", None)
    if segment is None:
        segment = next(id_ for id_, row_type in ROW_TYPES.items() if row_type.field == name)
    row_type = ROW_TYPES.get(segment)
    if row_type is None or row_type.field != name:
        raise ValueError(f"{segment!r} is no segment of {name}")
    return Item(line, Told(segment, _by_shape(segment, row_type.shape, values)))


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


def _money(money: MoneyFrame) -> Values:
    """ID4; a machine that says nothing has two decimals."""
    if money == money_frame():
        return dict.fromkeys((1, 2, 3))
    digits = {letters: digits for digits, letters in currencies().items()}.get(money.currency or "")
    return {
        1: money.decimals if money.decimals_known else _NO_DECIMALS,
        2: f"1{digits}" if digits else None,
        3: money.currency,
    }


def _clock(shown: str | None) -> Values:
    """ID5, with the seconds apart too: a machine may tell them in either place."""
    day, clock = _day_and_time(shown)
    return {1: day, 2: clock, 3: int(clock[-2:]) if clock else None}


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

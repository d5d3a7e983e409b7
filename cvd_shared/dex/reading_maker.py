"""From a report to its MachineReading.

To read one more segment as a type of its own: 1. its row type and field in machine_reading.py;
2. its line in `ROW_TYPES` of reading_shapes.py or a few lines in `_Maker`. Counters of the machine
as a whole and all other segments need neither: the table makes them counters or rows.
"""

from collections import defaultdict
from functools import cache, partial
from typing import Any

from cvd_shared.dex.dex_events import event_meaning
from cvd_shared.dex.dex_report import BLANKS, Report, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_reader import ElementReader, LineElements
from cvd_shared.dex.element_values import day, number, time_of_day
from cvd_shared.dex.machine_reading import (
    ConfigurationBlock,
    Event,
    Identity,
    MachineReading,
    PaidVends,
    ReadOuts,
    Row,
    Settings,
    StoreContents,
    Temperature,
)
from cvd_shared.dex.money_frame import MoneyFrame, bills_unit, money_frame
from cvd_shared.dex.reading_shapes import (
    BOARD,
    CONTENT,
    CONTENTS,
    EVENTS,
    HEADER,
    IDENTITY,
    READ_OUTS,
    ROW_TYPES,
    SETTINGS,
)
from cvd_shared.dex.selection_maker import selections

SALES = frozenset({"VA1", "PA1", "PA2", "PA7", "PA8"})
"""The segments that tell what was sold: a good part of the time of a whole reading is saved."""


def make_reading(report: Report, only: frozenset[str] | None = None) -> MachineReading:
    """The typed facts of `report`, or those of the segments named in `only`. Never raises."""
    return _Maker(report, only).reading()


_HELD = {
    *ROW_TYPES,
    *CONTENTS,
    *("DXS", "ST", "G85", "SE", "DXE"),
    *("ID1", "ID4", "ID5", "SD1", "MA5", "EA1", "EA2", "EA3"),
    *("PA1", "PA2", "PA3", "PA4", "PA5", "PA8"),
}
"""The segments with a field of the reading; counters are held too, the others become rows."""
_PAID_VENDS = tuple(f"VA1{position:02d}" for position in range(1, 5))
_CASH_IN = tuple(f"CA3{position:02d}" for position in range(1, 11))
_TEMPERATURE_UNITS = ("C", "F")


class _Maker:
    """The facts of one report; where a segment that stands once is doubled, the first counts."""

    def __init__(self, report: Report, only: frozenset[str] | None) -> None:
        self._report = report
        self._whole = only is None
        self._values = ElementReader()
        self._groups, self._unknown = _grouped(report, only)

    def reading(self) -> MachineReading:
        values, groups = self._values, self._groups
        rows = self._typed_rows()
        payments = rows.pop("payments", ())
        counters = self._counters()
        money = self._money()
        communication_id, version = self._header()
        blocks, temperatures = self._blocks()
        reset_mode = self._settings()
        identity = self._identity()
        return MachineReading(
            communication_id=communication_id,
            version=version,
            complete=self._report.complete,
            identity=identity,
            money=money,
            paid_vends=PaidVends(*map(counters.get, _PAID_VENDS)),
            bills_unit=bills_unit([counters.get(code) for code in _CASH_IN], money.decimals),
            counters=counters,
            selections=selections(values, groups, payments),
            payments=payments,
            events=self._events(),
            read_outs=ReadOuts(*values.one("EA3", groups.get("EA3", ()), READ_OUTS)),
            machine_clock=self._clock(),
            settings=reset_mode,
            contents=self._contents(),
            blocks=blocks,
            temperatures=temperatures,
            rows=self._other_rows(),
            unknown=self._unknown,
            first_lines={id_: group[0][0] for id_, group in groups.items()},
            findings=values.findings(),
            **rows,
        )

    def _typed_rows(self) -> dict[str, tuple[Any, ...]]:
        """The rows of the segments in the table above, by field, in the order of the report."""
        found: dict[str, tuple[Any, ...]] = {}
        for id_ in self._groups.keys() & ROW_TYPES.keys():
            field, type_, shape = ROW_TYPES[id_]
            columns = self._values.columns(id_, self._groups[id_], shape)
            rows = tuple(map(partial(tuple.__new__, type_), zip(*columns, strict=False)))
            found[field] = tuple(sorted(found[field] + rows)) if field in found else rows
        return found

    def _counters(self) -> dict[str, int]:
        counters: dict[str, int] = {}
        table = _counter_codes()
        for id_ in self._groups:
            if id_ not in table:
                continue
            first, codes = table[id_]
            for line, elements in reversed(self._groups[id_]):  # the first one counts
                sent = elements[first : first + len(codes)]
                if "" in codes:
                    sent = [one if code else "" for one, code in zip(sent, codes, strict=False)]
                values = self._values.numbers(id_, line, first, sent)
                counters.update(
                    (code, value)
                    for code, value in zip(codes, values, strict=False)
                    if code and value is not None
                )
        return counters

    def _header(self) -> list[str | None]:
        header = self._report.header
        group = [(header.line, header.elements)] if header else []
        return self._values.one("DXS", group, HEADER)

    def _identity(self) -> Identity:
        if not self._whole:
            return Identity()
        serial, model, build, location, asset = self._one("ID1", IDENTITY)
        board, software = self._one("CB1", BOARD)
        if not (asset or serial or board):
            line = self._groups["ID1"][0][0] if "ID1" in self._groups else None
            self._values.note(
                "warning",
                "no_identity",
                line or self._report.segments[0].line,
                "The machine does not say which one it is",
            )
        return Identity(asset, serial, model, build, location, board, software)

    def _one(self, segment_id: str, shape: str) -> list[Any]:
        return self._values.one(segment_id, self._groups.get(segment_id, ()), shape)

    def _money(self) -> MoneyFrame:
        group = self._groups.get("ID4")
        if not group:
            return money_frame()
        line, elements = group[0]
        money = money_frame(*elements[1:4])
        if not money.decimals_known:
            message = "ID401 is no sensible number of decimals; 2 are taken"
            self._values.note("warning", "decimals_unknown", line, message)
        if money.currency is None and any(elements[2:4]):
            message = "ID4 names no currency that is known"
            self._values.note("info", "currency_unknown", line, message)
        return money

    def _clock(self) -> str | None:
        at: str | None
        (at,) = self._one("ID5", "m")
        if at and len(at) == len("2025-07-09T15:08:00"):
            elements = self._groups["ID5"][0][1]
            seconds = number("".join(elements[3:4]))
            if len(elements[2].strip()) == len("1508") and seconds is not None and seconds < 60:
                return f"{at[:-2]}{seconds:02d}"
        return at

    def _settings(self) -> Settings:
        settings = Settings(*self._one("SD1", SETTINGS))
        if settings.interval_reset == "AUTO":
            line = self._groups["SD1"][0][0]
            message = "The machine clears its interval counters after every good read"
            self._values.note("info", "resets_when_read", line, message)
        return settings

    def _events(self) -> tuple[Event, ...]:
        events: list[Event] = []
        for id_, shape in EVENTS.items():
            if id_ not in self._groups:
                continue
            lines, codes, *facts = self._values.columns(id_, self._groups[id_], shape)
            codes = list(codes)
            for line, code in zip(lines, codes, strict=True):
                if code is None:
                    self._values.note("info", "event_unnamed", line, "An event without a code")
            texts = [event_meaning(code).text if code else "event without a code" for code in codes]
            shown = [code or "" for code in codes]
            events += map(
                partial(tuple.__new__, Event), zip(lines, shown, texts, *facts, strict=False)
            )
        return tuple(sorted(events, key=lambda event: event.line))

    def _contents(self) -> tuple[StoreContents, ...]:
        found = []
        for id_ in self._groups.keys() & CONTENTS:
            group = self._groups[id_]
            columns = self._values.columns(id_, group, CONTENT)
            for (_, elements), (line, value, block, *counts) in zip(
                group, zip(*columns, strict=True), strict=True
            ):
                sent = max(0, len(elements) - 3)
                found.append(StoreContents(line, id_, value, block, tuple(counts[:sent])))
        return tuple(sorted(found))

    def _blocks(self) -> tuple[tuple[ConfigurationBlock, ...], tuple[Temperature, ...]]:
        blocks = []
        for line, elements in self._groups.get("MA5", ()):
            identifier, *data = self._values.texts("MA5", line, 1, elements[1:]) or ("",)
            blocks.append(ConfigurationBlock(line, identifier, tuple(data)))
        temperatures = (_temperature(block) for block in blocks if block.identifier == "TEMP")
        return tuple(blocks), tuple(found for found in temperatures if found)

    def _other_rows(self) -> dict[str, tuple[Row, ...]]:
        held = _HELD | _counter_codes().keys()
        return {
            id_: tuple(self._row(id_, line, elements) for line, elements in group)
            for id_, group in self._groups.items()
            if id_ not in held
        }

    def _row(self, segment_id: str, line: int, elements: list[str]) -> Row:
        kind = segment_table()[segment_id]
        texts = self._values.texts(segment_id, line, 1, elements[1:])
        found: list[int | str | None] = []
        for position, (element, shown) in enumerate(zip(elements[1:], texts, strict=True), 1):
            known = kind.elements.get(position)
            value: int | str | None = shown or None
            if known is not None and known.is_number:
                value = self._values.numbers(segment_id, line, position, [element])[0]
            elif known is not None and known.type == "DT":
                value = day(element)
            elif known is not None and known.type == "TM":
                value = time_of_day(element)
            found.append(value if value is not None else shown or None)
        return Row(line, segment_id, tuple(found))


def _temperature(block: ConfigurationBlock) -> Temperature | None:
    """`TEMP*place*degrees or OPEN*unit*...` or `TEMP*degrees*...` without a unit; seen in files."""
    first, second, unit = [*block.data, "", "", ""][:3]
    if unit in _TEMPERATURE_UNITS:
        return Temperature(block.line, first or None, _degrees(second), unit)
    degrees = _degrees(first)
    return None if degrees is None else Temperature(block.line, None, degrees, None)


def _degrees(shown: str) -> int | None:
    size = number(shown.removeprefix("-"))
    return None if size is None else -size if shown.startswith("-") else size


def _grouped(
    report: Report, only: frozenset[str] | None
) -> tuple[dict[str, list[LineElements]], tuple[Segment, ...]]:
    """The elements of the segments by their id, and the segments that are in no list."""
    groups: defaultdict[str, list[LineElements]] = defaultdict(list)
    segments = report.reliable_segments()
    if only is not None:
        heads = {id_[:3] for id_ in only}
        segments = tuple(one for one in segments if one[1][:3] in heads or one[1][:1] <= " ")
    for line, raw in segments:
        elements = raw.split("*")
        groups[elements[0]].append((line, elements))
    table = segment_table()
    for written in groups.keys() - table.keys():
        id_ = written.strip(BLANKS)
        if id_ in table:
            groups[id_] = sorted(groups[id_] + groups.pop(written), key=lambda one: one[0])
    unknown = [line for id_ in groups.keys() - table.keys() for line, _ in groups.pop(id_)]
    if only is not None:
        return {id_: groups[id_] for id_ in groups.keys() & only}, ()
    lines = set(unknown)
    return groups, tuple(one for one in segments if one.line in lines) if lines else ()


@cache
def _counter_codes() -> dict[str, tuple[int, tuple[str, ...]]]:
    """By segment id, the counters that a report has once, and the contents of tubes and recycler:
    the first position, then the codes from there on, empty for what is no counter."""
    found = {}
    for kind in segment_table().values():
        counters = {
            element.position: element.code
            for element in kind.elements.values()
            if element.code in _CONTENT_VALUES
            or (element.is_number and element.scope and not kind.repeats)
        }
        if counters:
            first, last = min(counters), max(counters)
            codes = tuple(counters.get(position, "") for position in range(first, last + 1))
            found[kind.id] = (first, codes)
    return found


_CONTENT_VALUES = ("CA1501", "CA2201")

"""From a report to its MachineReading.

To read one more segment as a type of its own: 1. its row type and field in machine_reading.py;
2. its line in `ROW_TYPES` of reading_shapes.py or a few lines in `_Maker`. Counters of the machine
as a whole and all other segments need neither: the table makes them counters or rows.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from operator import itemgetter
from typing import Any

from cvd_shared.dex.dex_events import event_meaning
from cvd_shared.dex.dex_report import BLANKS, Finding, Report, Segment
from cvd_shared.dex.dex_segments import Element, segment_table
from cvd_shared.dex.element_reader import ElementReader, Elements
from cvd_shared.dex.element_values import day, time_of_day
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
    BELONGING,
    BOARD,
    CLOCK,
    CONTENT,
    CONTENTS,
    EVENTS,
    HEADER,
    IDENTITY,
    READ_OUTS,
    ROW_TYPES,
    SETTINGS,
)
from cvd_shared.dex.segment_checks import check_segments
from cvd_shared.dex.selection_maker import selections

SALES = frozenset({"VA1", "PA1", "PA2"})
"""The segments that tell what was sold: two thirds of the time of a whole reading are saved."""
_SALES_BY_PAYMENT = frozenset({"PA7", "PA8"})  # tell it where PA1 or PA2 are left out


def make_reading(report: Report, only: frozenset[str] | None = None) -> MachineReading:
    """The typed facts of `report`, or those of the segments named in `only`. Never raises."""
    return _Maker(report, only).reading()


_UNNAMED_EVENT = "event without a code"
_PAID_VENDS = tuple(f"VA1{position:02d}" for position in range(1, 5))
_CASH_IN = tuple(f"CA3{position:02d}" for position in range(1, 11))


class _Maker:
    """The facts of one report; where a segment that stands once is doubled, the first counts."""

    def __init__(self, report: Report, only: frozenset[str] | None) -> None:
        self._report = report
        self._whole = only is None
        self._values = ElementReader()
        self._groups, self._unknown = grouped(report, only)
        if only is not None and len(self._groups.get("PA2", ())) < self._least_meters():
            self._groups, _ = grouped(report, only | _SALES_BY_PAYMENT)

    def _least_meters(self) -> int:
        """How many PA2 a machine sends that tells its sales by them."""
        return max(1, len(self._groups.get("PA1", ())))

    def reading(self) -> MachineReading:
        values, groups = self._values, self._groups
        rows = self._typed_rows()
        payments = rows.pop("payments", ())
        counters = self._counters()
        money = self._money()
        communication_id, version = self._header()
        blocks = self._blocks()
        return MachineReading(
            communication_id=communication_id,
            version=version,
            complete=self._report.complete,
            identity=self._identity(),
            money=money,
            paid_vends=PaidVends(*map(counters.get, _PAID_VENDS)),
            bills_unit=bills_unit([counters.get(code) for code in _CASH_IN], money.decimals),
            counters=counters,
            selections=selections(values, groups, payments),
            payments=payments,
            events=self._events(),
            read_outs=ReadOuts(*self._one("EA3", READ_OUTS)),
            machine_clock=self._clock(),
            settings=Settings(*self._one("SD1", SETTINGS)),
            contents=self._contents(),
            blocks=blocks,
            temperatures=tuple(_temperatures(blocks)),
            rows=self._other_rows(),
            unknown=self._unknown,
            first_lines={id_: group[0][0] for id_, group in groups.items()},
            findings=self._findings(),
            **rows,
        )

    def _typed_rows(self) -> dict[str, tuple[Any, ...]]:
        """The rows of the segments in ROW_TYPES, by field, in the order of the report."""
        found: dict[str, tuple[Any, ...]] = {}
        for id_ in self._groups.keys() & ROW_TYPES.keys():
            field, type_, shape = ROW_TYPES[id_]
            rows = self._values.rows(id_, self._groups[id_], type_, shape)
            found[field] = (
                tuple(sorted(found[field] + rows, key=itemgetter(0))) if field in found else rows
            )
        return found

    def _counters(self) -> dict[str, int]:
        """The counters; of a doubled segment the first one counts."""
        found: dict[str, int | None] = {}
        for id_ in self._groups.keys() & _counter_codes().keys():
            for row in reversed(self._groups[id_]):
                for first, codes in _counter_codes()[id_]:
                    sent = self._values.numbers(id_, row, first, first + len(codes) - 1)
                    if row is self._groups[id_][-1]:
                        found.update(zip(codes, sent, strict=False))
                    else:
                        told = (n for n in zip(codes, sent, strict=False) if n[1] is not None)
                        found.update(told)
        return {code: value for code, value in found.items() if value is not None}

    def _header(self) -> list[str | None]:
        header = self._report.header
        row = [header.line, *header.elements[1:]] if header else None
        return self._values.one("DXS", row, HEADER)

    def _identity(self) -> Identity:
        serial, model, build, location, asset = self._one("ID1", IDENTITY)
        board, software = self._one("CB1", BOARD)
        return Identity(asset, serial, model, build, location, board, software)

    def _one(self, segment_id: str, shape: str) -> list[Any]:
        """The fields of the first segment with an id."""
        group = self._groups.get(segment_id)
        return self._values.one(segment_id, group[0] if group else None, shape)

    def _money(self) -> MoneyFrame:
        group = self._groups.get("ID4")
        return money_frame(*group[0][1:4]) if group else money_frame()

    def _clock(self) -> str | None:
        """ID5; its seconds may stand in ID502 or, with two digits, in ID503."""
        at: str | None
        at, seconds = self._one("ID5", CLOCK)
        time = "".join(self._groups["ID5"][0][2:3]) if at else ""
        if at and len(time.strip(" ")) == len("HHMM") and seconds in range(60):
            return f"{at[:-2]}{seconds:02d}"
        return at

    def _events(self) -> tuple[Event, ...]:
        events: list[Event] = []
        for id_, shape in EVENTS.items():
            if id_ not in self._groups:
                continue
            lines, codes, *facts = self._values.columns(id_, self._groups[id_], shape)
            shown = [code or "" for code in codes]
            texts = [event_meaning(code).text if code else _UNNAMED_EVENT for code in shown]
            columns = zip(lines, shown, texts, *facts, strict=True)
            events += map(partial(tuple.__new__, Event), columns)
        return tuple(sorted(events, key=itemgetter(0)))

    def _contents(self) -> tuple[StoreContents, ...]:
        found = []
        for id_ in self._groups.keys() & CONTENTS:
            for row in self._groups[id_]:
                value, block, *counts = self._values.one(id_, row, CONTENT)
                found.append(
                    StoreContents(row[0], id_, value, block, tuple(counts[: max(0, len(row) - 3)]))
                )
        return tuple(sorted(found, key=itemgetter(0)))

    def _blocks(self) -> tuple[ConfigurationBlock, ...]:
        return tuple(
            ConfigurationBlock(row[0], *self._block_texts(row))
            for row in self._groups.get("MA5", ())
        )

    def _block_texts(self, row: Elements) -> tuple[str, tuple[str, ...]]:
        texts = [self._values.text("MA5", row, position) or "" for position in range(1, len(row))]
        return (texts[0], tuple(texts[1:])) if texts else ("", ())

    def _other_rows(self) -> dict[str, tuple[Row, ...]]:
        return {
            id_: tuple(self._row(id_, row) for row in self._groups[id_])
            for id_ in self._groups.keys() - _held()
        }

    def _findings(self) -> tuple[Finding, ...]:
        if self._whole:
            check_segments(self._values, self._groups, self._unknown)
        return self._values.findings()

    def _row(self, segment_id: str, row: Elements) -> Row:
        known = segment_table()[segment_id].elements
        values = (
            self._value(segment_id, row, position, known.get(position))
            for position in range(1, len(row))
        )
        return Row(row[0], segment_id, tuple(values))

    def _value(
        self, segment_id: str, row: Elements, position: int, known: Element | None
    ) -> int | str | None:
        value: int | str | None = None
        if known is not None and known.is_number:
            value = self._values.number(segment_id, row, position)
        elif known is not None and known.type == "DT":
            value = day(row[position])
        elif known is not None and known.type == "TM":
            value = time_of_day(row[position])
        return self._values.text(segment_id, row, position) if value is None else value


def _temperatures(blocks: Sequence[ConfigurationBlock]) -> Iterator[Temperature]:
    """`TEMP*place*degrees or OPEN*unit*...` and `TEMP*degrees*...`, both seen in files.

    What the second number of the second form means is not known, nor the unit of the first.
    """
    for block in blocks:
        if block.identifier != "TEMP":
            continue
        first, second, unit = [*block.data, "", "", ""][:3]
        if unit in ("C", "F") and (second == "OPEN" or _DEGREES.fullmatch(second)):
            degrees = None if second == "OPEN" else int(second)
            yield Temperature(block.line, first or None, degrees, unit)
        elif _DEGREES.fullmatch(first):
            yield Temperature(block.line, None, int(first), None)


def grouped(
    report: Report, only: frozenset[str] | None
) -> tuple[Mapping[str, list[Elements]], tuple[Segment, ...]]:
    """The segments taken apart, by their id, and the segments that are in no list."""
    segments = report.reliable_segments()
    if only is not None:
        heads = {id_[:3] for id_ in only}
        segments = tuple([one for one in segments if one[1][:3] in heads or one[1][:1] <= " "])
    groups: defaultdict[str, list[Elements]] = defaultdict(list)
    for line, raw in segments:
        row: Elements = raw.split("*")
        groups[row[0]].append(row)
        row[0] = line
    table = segment_table()
    for written in groups.keys() - table.keys():
        id_ = written.strip(BLANKS)
        if id_ in table:
            groups[id_] = sorted(groups[id_] + groups.pop(written), key=itemgetter(0))
    unknown = {row[0] for id_ in groups.keys() - table.keys() for row in groups.pop(id_)}
    if only is not None:
        return {id_: groups[id_] for id_ in groups.keys() & only}, ()
    return groups, tuple(one for one in segments if one.line in unknown) if unknown else ()


@cache
def _counter_codes() -> dict[str, tuple[tuple[int, tuple[str, ...]], ...]]:
    """By segment id, the counters that a report has once, and the contents of tubes and recycler:
    spans of positions without a gap, each with its first position and its codes."""
    found: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {}
    for kind in segment_table().values():
        spans: list[tuple[int, tuple[str, ...]]] = []
        for element in kind.elements.values():
            once = element.is_number and element.scope and not kind.repeats
            if not once and element.code not in _CONTENT_VALUES:
                continue
            if spans and spans[-1][0] + len(spans[-1][1]) == element.position:
                first, codes = spans.pop()
                spans.append((first, (*codes, element.code)))
            else:
                spans.append((element.position, (element.code,)))
        if spans:
            found[kind.id] = tuple(spans)
    return found


@cache
def _held() -> frozenset[str]:
    """The segments with a field of the reading; all others of the table become rows."""
    return frozenset(
        (
            *ROW_TYPES,
            *BELONGING,
            *CONTENTS,
            *EVENTS,
            *_counter_codes(),
            *("DXS", "ST", "G85", "SE", "DXE", "ID1", "ID4", "ID5", "SD1", "MA5", "PA1"),
        )
    )


_DEGREES = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_CONTENT_VALUES = ("CA1501", "CA2201")

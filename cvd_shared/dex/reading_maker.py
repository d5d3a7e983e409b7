"""From a report to its MachineReading.

To read one more segment as a type of its own: 1. its row type and field in machine_reading.py;
2. its line in `ROW_TYPES` of reading_shapes.py or a few lines in `_Maker`. Counters of the machine
as a whole and all other segments need neither: the table makes them counters or rows.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any

from cvd_shared.dex.dex_report import BLANKS, Finding, Line, Report, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_reader import ElementReader
from cvd_shared.dex.element_values import day, time_of_day
from cvd_shared.dex.event_texts import event_texts
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


_PAID_VENDS = tuple(f"VA1{position:02d}" for position in range(1, 5))
_CASH_IN = tuple(f"CA3{position:02d}" for position in range(1, 11))


class _Maker:
    """The facts of one report; where a segment that stands once is doubled, the first counts."""

    def __init__(self, report: Report, only: frozenset[str] | None) -> None:
        self._report = report
        self._whole = only is None
        self._values = ElementReader()
        self._groups, self._unknown = _grouped(report, only)
        if only is not None and len(self._groups.get("PA2", ())) < self._least_meters():
            self._groups, _ = _grouped(report, only | _SALES_BY_PAYMENT)

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
        found: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
        for id_ in filter(ROW_TYPES.__contains__, self._groups):
            field, type_, shape = ROW_TYPES[id_]
            found[field].append(self._values.rows(id_, self._groups[id_], type_, shape))
        return {field: _in_order(groups) for field, groups in found.items()}

    def _counters(self) -> dict[str, int]:
        """The counters; of a doubled segment the first one counts."""
        codes: list[str] = []
        sent: list[str] = []
        spans = []  # segment id, line, position of the first, elements
        for id_ in filter(_counter_codes().__contains__, self._groups):
            for segment in reversed(self._groups[id_]):
                row = self._values.elements(id_, segment)
                for first, known in _counter_codes()[id_]:
                    elements = row[first : first + len(known)]
                    sent += elements
                    codes += known[: len(elements)]
                    spans.append((id_, segment[0], first, elements))
        values = self._values.numbers(sent)
        if values is None:
            values = [
                self._values.number(id_, line, position, element)
                for id_, line, first, elements in spans
                for position, element in enumerate(elements, first)
            ]
        told = zip(codes, values, strict=True)
        return {code: value for code, value in told if value is not None}

    def _header(self) -> list[str | None]:
        return self._values.one("DXS", self._report.header, HEADER)

    def _identity(self) -> Identity:
        serial, model, build, location, asset = self._one("ID1", IDENTITY)
        board, software = self._one("CB1", BOARD)
        return Identity(asset, serial, model, build, location, board, software)

    def _one(self, segment_id: str, shape: str) -> list[Any]:
        """The fields of the segment with an id; what a doubled one leaves out, the next one says,
        as it is with counters."""
        group = self._groups.get(segment_id, [])
        told = self._values.one(segment_id, group[0] if group else None, shape)
        for segment in group[1:]:
            more = self._values.one(segment_id, segment, shape)
            told = [next_ if one is None else one for one, next_ in zip(told, more, strict=True)]
        return told

    def _money(self) -> MoneyFrame:
        group = self._groups.get("ID4")
        return money_frame(*group[0][1].split("*")[1:4]) if group else money_frame()

    def _clock(self) -> str | None:
        """ID5; its seconds may stand in ID502 or, with two digits, in ID503."""
        at: str | None = None
        time, seconds = "", None
        for segment in self._groups.get("ID5", []):
            at, seconds = self._values.one("ID5", segment, CLOCK)
            time = "".join(segment[1].split("*")[2:3])
            if at:
                break
        if at and "T" in at and len(time.strip(" ")) == len("HHMM") and seconds in range(60):
            return f"{at[:-2]}{seconds:02d}"
        return at

    def _events(self) -> tuple[Event, ...]:
        groups = []
        for id_ in filter(EVENTS.__contains__, self._groups):
            lines, codes, *facts = self._values.columns(id_, self._groups[id_], EVENTS[id_])
            codes = [code or "" for code in codes]
            texts = event_texts(self._values, lines, codes)
            columns = zip(lines, codes, texts, *facts, strict=True)
            groups.append(tuple(map(partial(tuple.__new__, Event), columns)))
        return _in_order(groups)

    def _contents(self) -> tuple[StoreContents, ...]:
        found = []
        for id_ in filter(CONTENTS.__contains__, self._groups):
            group = self._groups[id_]
            columns = self._values.columns(id_, group, CONTENT)
            for (_, raw), row in zip(group, zip(*columns, strict=True), strict=True):
                line, value, block, *counts = row
                sent = max(0, raw.count("*") - 2)
                found.append(StoreContents(line, id_, value, block, tuple(counts[:sent])))
        return tuple(sorted(found, key=itemgetter(0)))

    def _blocks(self) -> tuple[ConfigurationBlock, ...]:
        blocks = []
        for segment in self._groups.get("MA5", ()):
            elements = self._values.elements("MA5", segment)
            texts = [
                self._values.text("MA5", segment[0], *element) or ""
                for element in enumerate(elements[1:], 1)
            ]
            blocks.append(ConfigurationBlock(segment[0], "".join(texts[:1]), tuple(texts[1:])))
        return tuple(blocks)

    def _other_rows(self) -> dict[str, tuple[Row, ...]]:
        return {
            id_: tuple(self._row(id_, segment) for segment in self._groups[id_])
            for id_ in self._groups
            if id_ not in _held()
        }

    def _findings(self) -> tuple[Finding, ...]:
        if self._whole:
            check_segments(self._values, self._groups, self._unknown)
        return self._values.findings()

    def _row(self, segment_id: str, segment: Line) -> Row:
        known = segment_table()[segment_id].elements
        line = segment[0]
        values: list[int | str | None] = []
        for position, element in enumerate(self._values.elements(segment_id, segment)[1:], 1):
            value: int | str | None = None
            type_ = known[position].type if position in known else ""
            if type_.startswith("N"):
                value = self._values.number(segment_id, line, position, element)
            elif type_ == "DT":
                value = day(element)
            elif type_ == "TM":
                value = time_of_day(element)
            if value is None:
                value = self._values.text(segment_id, line, position, element)
            values.append(value)
        return Row(line, segment_id, tuple(values))


def _in_order(groups: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """The rows of several groups by their lines."""
    if len(groups) == 1:
        return tuple(groups[0])
    return tuple(sorted(chain.from_iterable(groups), key=itemgetter(0)))


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


def _grouped(
    report: Report, only: frozenset[str] | None
) -> tuple[Mapping[str, Sequence[Line]], tuple[Segment, ...]]:
    """The segments by their id, and the segments that are in no list."""
    groups: dict[str, Sequence[Line]] = {}
    odd: list[Line] = []
    for head, lines in report.by_head().items():
        if head in _heads():
            groups[_heads()[head]] = lines
        else:
            odd += lines
    unknown = []
    more: defaultdict[str, list[Line]] = defaultdict(list)
    for line in odd:
        id_ = line[1].partition("*")[0].strip(BLANKS)
        if id_ in segment_table():
            more[id_].append(line)
        else:
            unknown.append(Segment._make(line))
    for id_, lines in more.items():
        groups[id_] = sorted([*groups.get(id_, ()), *lines])
    if only is not None:
        groups = {id_: lines for id_, lines in groups.items() if id_ in only}
    return groups, tuple(sorted(unknown))


@cache
def _heads() -> dict[str, str]:
    """The ids of three characters by how their lines begin: nearly all of a report."""
    return {f"{id_}*": id_ for id_ in segment_table() if len(id_) == 3}


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

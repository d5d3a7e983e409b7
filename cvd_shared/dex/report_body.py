"""The segments of a report between its envelope, to be changed fact by fact and written again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cvd_shared.dex.dex_report import Segment
from cvd_shared.dex.dex_segments import Element, segment_kind
from cvd_shared.dex.dex_writer import Style, Value, element_text, escape
from cvd_shared.dex.element_values import day, number, text, time_of_day
from cvd_shared.dex.reading_facts import Item, Told, Values
from cvd_shared.dex.reading_shapes import BELONGING

_END = 1 << 62  # behind every line
_UNTOLD = Told("", {})


@dataclass(slots=True)
class _Line:
    """A segment of the text that is being written; it stands where `place` says."""

    place: tuple[int, int]  # line of the report; before it (-1), itself (0), behind it (1)
    segment: str
    elements: list[str]
    gone: bool = False


class ReportBody:
    """Takes what facts tell now and told before; changes the elements in which they differ.

    Without segments to begin with, those that are put stand in the order of their lines.
    """

    def __init__(self, segments: Sequence[Segment], first_lines: Mapping[str, int]) -> None:
        self._lines = [_Line((one.line, 0), one.id, one.elements) for one in segments]
        self._first_lines = {} if segments else first_lines
        self._empty = not segments
        self._by_line = {line.place[0]: line for line in self._lines}
        self._by_segment: defaultdict[str, list[_Line]] = defaultdict(list)
        self._belonging: dict[int, list[_Line]] = {}  # by the line of the PA1 above them
        product: list[_Line] = []
        for line in self._lines:
            self._by_segment[line.segment].append(line)
            if line.segment == "PA1":
                product = self._belonging[line.place[0]] = []
            elif line.segment in BELONGING:
                product.append(line)

    def lines(self) -> list[str]:
        """The segments as text, in their order."""
        there = sorted((line for line in self._lines if not line.gone), key=_place)
        return ["*".join(line.elements) for line in there]

    def put_single(self, segment: str, told: Values, was: Values) -> None:
        """What stands once; where the segment is doubled anyhow, the first one is read."""
        lines = sorted((one for one in self._by_segment[segment] if not one.gone), key=_place)
        if not lines:
            was = {}
        changes = changed(told, was)
        if not lines and changes:
            place = (self._first_lines.get(segment, 0), 1) if self._empty else (_END, 0)
            lines = [self._add(place, segment, [segment])]
        for position, value in changes.items():
            if value is None:
                for line in lines:
                    put(segment, line.elements, position, None)
            elif not _first_tells(lines, position, value):
                put(segment, lines[0].elements, position, value)

    def put_rows(self, items: Sequence[Item], was: Sequence[Item]) -> None:
        """The rows of one field. Rows that are new or stand elsewhere come behind the row before
        them, with the elements of the row from which they were copied, if their line tells it."""
        if list(items) == list(was):
            return
        before = {item.line: item for item in was if self._is_at(item)}
        sources = {line: self._elements_at(line) for line in before}
        stays = _in_order(items, before)
        for line in before.keys() - {items[index].line for index in stays}:
            for one in (self._by_line[line], *self._belonging.get(line, ())):
                one.gone = True
        place = (-1, 0)
        for index, item in enumerate(items):
            old = before.get(item.line)
            if index in stays and old is not None:
                place = self._change(item, old)
                continue
            if self._empty:
                place = (max(place[0], item.line), 1)
            elif place[0] < 0:
                place = (items[min(stays)].line, -1) if stays else (_END, 0)
            self._insert(place, item, old, sources.get(item.line, {}))

    def _is_at(self, item: Item) -> bool:
        line = self._by_line.get(item.line)
        return line is not None and line.segment == item.main.segment

    def _elements_at(self, line: int) -> dict[str, list[str]]:
        """What stands for a row now, by segment id; of doubled segments the first one."""
        lines = (self._by_line[line], *self._belonging.get(line, ()))
        return {one.segment: list(one.elements) for one in reversed(lines)}

    def _change(self, item: Item, old: Item) -> tuple[int, int]:
        """Change a row where it stands; gives the place behind it."""
        line = self._by_line[item.line]
        _patch(line.elements, item.main, old.main)
        there = [line, *self._belonging.get(item.line, ())]
        for told, was in zip(item.belonging, old.belonging, strict=True):
            if told == was:
                continue
            found = next((one for one in there if one.segment == told.segment), None)
            if found is not None:
                _patch(found.elements, told, was)
            elif _any_value(told.values):
                above = max(place for place, one in enumerate(there) if one.segment < told.segment)
                added = self._add((there[above].place[0], 1), told.segment, [told.segment])
                _patch(added.elements, told, _UNTOLD)
                there.insert(above + 1, added)
        return max(one.place[0] for one in there), 1

    def _insert(
        self, place: tuple[int, int], item: Item, old: Item | None, source: Mapping[str, list[str]]
    ) -> None:
        """A row that is not there yet; `old` is the row with the elements `source`, if any."""
        before = {told.segment: told for told in (old.main, *old.belonging)} if old else {}
        for told in (item.main, *item.belonging):
            known = told.segment in source
            if not known and told is not item.main and not _any_value(told.values):
                continue
            elements = [*source.get(told.segment, [told.segment])]
            line = self._add(place, told.segment, elements)
            _patch(line.elements, told, before[told.segment] if known else _UNTOLD)

    def _add(self, place: tuple[int, int], segment: str, elements: list[str]) -> _Line:
        line = _Line(place, segment, elements)
        self._lines.append(line)
        self._by_segment[segment].append(line)
        return line


def changed(told: Values, was: Values) -> dict[int, Value]:
    """The elements that tell something else than before, by position."""
    positions = sorted(told.keys() | was.keys())
    return {n: told.get(n) for n in positions if told.get(n) != was.get(n)}


def _any_value(values: Values) -> bool:
    return any(value is not None for value in values.values())


def put(segment: str, elements: list[str], position: int, value: Value) -> None:
    """Write one element, in the form of the one that stands there. Raises ValueError."""
    there = elements[position] if position < len(elements) else ""
    written = _written(segment, position, value, there)
    if position < len(elements):
        elements[position] = written
    elif written:
        elements += [""] * (position - len(elements)) + [written]


def _place(line: _Line) -> tuple[int, int]:
    return line.place


def _in_order(items: Sequence[Item], before: Mapping[int, Item]) -> set[int]:
    """Indexes of the rows that can stay where they are: each below the one above it."""
    stays, last = set(), 0
    for index, item in enumerate(items):
        old = before.get(item.line)
        if old is not None and old.main.segment == item.main.segment and item.line > last:
            stays.add(index)
            last = item.line
    return stays


def _patch(elements: list[str], told: Told, was: Told) -> None:
    for position, value in changed(told.values, was.values).items():
        put(told.segment, elements, position, value)
    if told.width and told.width != was.width:
        del elements[told.width + 1 :]
        elements += [""] * (told.width + 1 - len(elements))


def _first_tells(lines: Sequence[_Line], position: int, value: Value) -> bool:
    """The first of the segments that say something at `position` says `value`."""
    told = (one.elements[position] for one in lines if position < len(one.elements))
    first = next((element for element in told if element.strip()), None)
    return first is not None and _tells(first, value)


def _tells(element: str, value: Value) -> bool:
    if isinstance(value, int):
        return number(element) == value
    return value in (text(element), day(element), time_of_day(element))


def _written(segment: str, position: int, value: Value, there: str) -> str:
    kind = segment_kind(segment)
    if value is None or kind is None:
        return "" if value is None else _in_line(str(value))
    element = kind.elements.get(position)
    there = there.strip()
    if isinstance(value, int):
        if value < 0:
            raise ValueError(f"{segment}{position:02d}: {value} is no number from 0 on")
        padded = there.startswith("0") and there.isdecimal()
        return str(value).zfill(len(there) if padded else 1)
    if element is not None and element.type in ("DT", "TM"):
        return _moment(element, value, len(there))
    return _text(value)


def _moment(element: Element, value: str, digits: int) -> str:
    whole_minutes = value.endswith(":00")
    style = Style(
        date_digits=6 if digits == 6 else 8, time_digits=4 if digits == 4 and whole_minutes else 6
    )
    try:
        return element_text(element, value, style)
    except ValueError:  # what made no sense is told as text
        return _text(value)


def _text(value: str) -> str:
    """In latin-1 where that is read as it is meant (see element_values.text), else in UTF-8."""
    try:
        written = escape(value)
    except UnicodeEncodeError:
        written = ""
    return written if text(written) == value else escape(value, "utf-8")


def _in_line(raw: str) -> str:
    if "\n" in raw or "\r" in raw:
        raise ValueError(f"not an EVA-DTS line: {raw!r:.40}")
    return raw

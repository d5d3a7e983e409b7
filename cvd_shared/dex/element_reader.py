"""Reads the elements of whole groups of segments into values; tells what made no sense on the way.

What the fields of a row are is said by its shape, see reading_shapes.py. Columns are read at once:
a report repeats a few kinds of segment hundreds of times.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from cvd_shared.dex.dex_report import Finding, Line, Severity
from cvd_shared.dex.dex_segments import Element, id_at_end, segment_table
from cvd_shared.dex.element_values import day, moment, number, text, time_of_day
from cvd_shared.dex.reading_shapes import shape_fields

_LONGEST_TEXT = 100  # characters; the longest of the standard has 100 (MA502)
_MOST_NAMED = 5
_OWN_DATA = frozenset(("MA5", "MC5", "SD1"))  # may name segments in their elements
_FLAGS: dict[int | None, bool] = {0: False, 1: True}


class _Numbers(dict[str, int | None]):
    """Numbers by their text. Machines say the same few hundred again and again, so they are kept
    from report to report, but never more than fit into the memory near the processor."""

    def __missing__(self, element: str) -> int | None:
        value = number(element)
        if value is None and element.strip():
            raise ValueError(element)
        if len(element) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[element] = value
        return value


class _Texts(dict[str, str | None]):
    """Decoded texts by their raw text, None for empty ones; kept like numbers."""

    def __missing__(self, element: str) -> str | None:
        value = text(element) or None
        if value is not None and len(value) > _LONGEST_TEXT:
            raise ValueError(element)
        if len(element) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[element] = value
        return value


_MOST_KEPT = 5000
_LONGEST_KEPT = 30  # characters
_number = _Numbers().__getitem__
_text = _Texts().__getitem__


def _moment(elements: tuple[str, str]) -> str | None:
    """A date with the time behind it; zeros mean that there is none."""
    value = None
    if elements[0].strip(" 0"):
        value = moment(*elements)
        if value is None:
            raise ValueError(elements)
    return value


class ElementReader:
    """Values of the elements of one report; None where there is none.

    An element that makes no sense gives None too, and a finding.
    """

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], tuple[Severity, str, dict[int, str]]] = {}
        self.noted = 0  # how often something was
        self.longer: dict[Line, str] = {}
        """The segments that go on where the table ends, and their ids."""

    def rows(
        self, segment_id: str, group: Sequence[Line], type_: type[Any], shape: str
    ) -> tuple[Any, ...]:
        """A row of `type_` for each segment of a group: its line, then the fields of `shape`."""
        if len(group) == 1:
            return (type_._make([group[0][0], *self.one(segment_id, group[0], shape)]),)
        columns = self.columns(segment_id, group, shape)
        return tuple(map(partial(tuple.__new__, type_), zip(*columns, strict=True)))

    def columns(self, segment_id: str, group: Sequence[Line], shape: str) -> list[Any]:
        """The lines of a group of segments, then a column of values for each field of `shape`."""
        lines = [line for line, _ in group]
        rows = [raw.split("*") for _, raw in group]
        sizes = set(map(len, rows))
        if max(sizes) > _most(segment_id):
            rows = [self.elements(segment_id, one) for one in group]
            sizes = set(map(len, rows))
        width = _width(shape)
        if min(sizes) < width:
            rows = [row + [""] * (width - len(row)) for row in rows]
        elements = list(zip(*rows, strict=False))
        columns: list[Sequence[Any]] = [lines]
        for field in shape_fields(shape):
            letter, position = field
            try:
                if letter == "n":
                    columns.append(list(map(_number, elements[position])))
                elif letter == "t":
                    columns.append(self._text_column(elements[position]))
                elif letter == "m":
                    columns.append(self._moment_column(*elements[position : position + 2]))
                elif letter == "f":
                    numbers = map(_number, elements[position])
                    columns.append([_FLAGS.get(value) for value in numbers])
                else:
                    columns.append([segment_id if letter == "s" else None] * len(lines))
            except ValueError:
                numbered = zip(lines, rows, strict=True)
                columns.append([self._field(segment_id, *one, field) for one in numbered])
        return columns

    def _text_column(self, elements: Sequence[str]) -> Sequence[str | None]:
        whole = "".join(elements)
        if whole.isascii() and whole.isprintable() and " " not in whole and "^" not in whole:
            sizes = set(map(len, elements))
            if 0 not in sizes and max(sizes) <= _LONGEST_TEXT:
                return elements  # as they are
        return list(map(_text, elements))

    def _moment_column(self, days: Sequence[str], times: Sequence[str]) -> list[str | None]:
        pairs = zip(days, times, strict=True)
        if set(map(len, days)) == {8} and set(map(len, times)) <= {4, 6}:  # mostly: told at once
            try:
                if "".join(days).isdecimal() and "".join(times).isdecimal():
                    found = map(datetime.fromisoformat, map("T".join, pairs))
                    return list(map(datetime.isoformat, found))
            except ValueError:
                pairs = zip(days, times, strict=True)  # one of them is none
        return list(map(_moment, pairs))

    def elements(self, segment_id: str, segment: Line) -> list[str]:
        """The elements of one segment, the id at 0; those of another one glued to it left out."""
        row = segment[1].split("*")
        most = _most(segment_id)
        if len(row) <= most:
            return row
        if segment_id not in _OWN_DATA:
            for position in range(1, min(most + 1, len(row) - 1)):
                if self._is_glued(row, position):
                    self.note_glued(segment_id, segment[0], position, row[position])
                    return row[:position]
        self.longer[segment] = segment_id
        return row

    def _is_glued(self, row: Sequence[str], position: int) -> bool:
        """Whether an element ends in the id of a segment, and what follows can be its elements."""
        other = id_at_end(row[position])
        known = segment_table()[other].elements if other else {}
        return other is not None and all(
            n not in known or _fits(known[n], element)
            for n, element in enumerate(row[position + 1 :], 1)
        )

    def one(self, segment_id: str, segment: Line | None, shape: str) -> list[Any]:
        """The fields of one segment; all None when there is none."""
        fields = shape_fields(shape)
        if segment is None:
            return [None] * len(fields)
        row = self.elements(segment_id, segment)
        row += [""] * (_width(shape) - len(row))
        values: list[Any] = []
        try:
            for letter, position in fields:
                if letter == "t":
                    values.append(_text(row[position]))
                elif letter == "n":
                    values.append(_number(row[position]))
                else:
                    values.append(self._field(segment_id, segment[0], row, (letter, position)))
        except ValueError:
            return [self._field(segment_id, segment[0], row, field) for field in fields]
        return values

    def _field(self, segment_id: str, line: int, row: Sequence[str], field: tuple[str, int]) -> Any:
        """The value of one field; tells what makes no sense."""
        letter, position = field
        if letter == "t":
            return self.text(segment_id, line, position, row[position])
        if letter == "n":
            return self.number(segment_id, line, position, row[position])
        if letter == "f":
            return _FLAGS.get(self.number(segment_id, line, position, row[position]))
        if letter == "m":
            return self._moment(segment_id, line, position, row)
        return segment_id if letter == "s" else None

    def number(self, segment_id: str, line: int, position: int, element: str) -> int | None:
        try:
            return _number(element)
        except ValueError:
            self._note("warning", "bad_number", segment_id, line, position, "is no number")
            self.note_glued(segment_id, line, position, element)
            return None

    def numbers(self, elements: Iterable[str]) -> list[int | None] | None:
        """The numbers of many elements; None where one of them makes no sense."""
        try:
            return list(map(_number, elements))
        except ValueError:
            return None

    def _moment(self, segment_id: str, line: int, position: int, row: Sequence[str]) -> str | None:
        try:
            return _moment((row[position], row[position + 1]))
        except ValueError:
            self._note("info", "bad_date", segment_id, line, position, "is no date")
            self.note_glued(segment_id, line, position, row[position])
            return None

    def text(self, segment_id: str, line: int, position: int, element: str) -> str | None:
        """A text, cut where it is too long for one."""
        try:
            return _text(element)
        except ValueError:
            self._note("warning", "long_text", segment_id, line, position, "is too long and cut")
            return text(element)[:_LONGEST_TEXT]

    def note_glued(self, segment_id: str, line: int, position: int, element: str) -> None:
        """Tell it where an element that makes no sense ends in the id of another segment."""
        other = id_at_end(element)
        if other is not None and segment_id not in _OWN_DATA:
            message = (
                f"{other} begins inside {segment_id}{position:02d}: a piece is missing between"
            )
            self.note("warning", "glued_segments", line, message, segment_id)

    def _note(
        self, severity: Severity, code: str, segment_id: str, line: int, position: int, what: str
    ) -> None:
        element = f"{segment_id}{position:02d}"
        self.note(severity, code, line, f"{element} {what}", element)

    def note(
        self,
        severity: Severity,
        code: str,
        line: int,
        message: str,
        about: str = "",
        name: str = "",
    ) -> None:
        """Keep a finding on this line. The same `code` about the same thing is told once, with the
        names that its lines are noted with."""
        self.noted += 1
        known = self._notes.get((code, about))
        if known is None:
            self._notes[code, about] = (severity, message, {line: name})
        else:
            known[2][line] = name

    def findings(self) -> tuple[Finding, ...]:
        """What was noted."""
        return tuple(_told(code, *note) for (code, _), note in self._notes.items())


def _told(code: str, severity: Severity, message: str, names: dict[int, str]) -> Finding:
    """A finding from what was noted: a message, and a name or nothing for each line."""
    lines, told = sorted(names), [name for name in dict.fromkeys(names.values()) if name]
    named = f": {', '.join(told[:_MOST_NAMED])}" if told else ""
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    times = f" ({len(lines)} lines)" if len(lines) > 1 else ""
    return Finding(severity, code, lines[0], f"{message}{named}{more}{times}.", tuple(lines))


def _fits(known: Element, element: str) -> bool:
    """Whether this can be the text of an element of the table."""
    if not element.strip(" 0"):
        return True
    if known.type == "DT":
        return day(element) is not None
    if known.type == "TM":
        return time_of_day(element) is not None
    return not known.is_number or number(element) is not None


@cache
def _width(shape: str) -> int:
    """How many elements a row must have for its shape, the id included."""
    fields = shape_fields(shape)
    return 1 + max(field.position + (field.letter == "m") for field in fields)


@cache
def _most(segment_id: str) -> int:
    """How many elements a segment has at most, the id included; any number where nobody knows."""
    known = segment_table().get(segment_id)
    return 1 + known.last_position if known and known.last_position else sys.maxsize

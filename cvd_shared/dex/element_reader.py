"""Reads the elements of whole groups of segments into values; tells what made no sense on the way.

What the fields of a row are is said by its shape, see reading_shapes.py. Columns are read at once:
a report repeats a few kinds of segment hundreds of times.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from cvd_shared.dex.dex_report import Finding, Severity
from cvd_shared.dex.element_values import MAX_DIGITS, moment, number, text
from cvd_shared.dex.reading_shapes import ShapeField, shape_fields

Elements = list[Any]
"""A segment taken apart: its line, then its elements from 01 on as raw text."""

_LONGEST_TEXT = 100  # characters; the longest of the standard has 100 (MA502)
_FLAGS: dict[int | None, bool] = {0: False, 1: True}


class _Numbers(dict[str, int | None]):
    """Numbers by their text: a report says the same few hundred again and again."""

    def __missing__(self, element: str) -> int | None:
        if element.isdecimal() and len(element) <= MAX_DIGITS:  # nearly always
            value: int | None = int(element)
        else:
            value = number(element)
            if value is None and element.strip():
                raise ValueError(element)
        self[element] = value
        return value


_SMALL_NUMBERS = {str(count): count for count in range(1000)}  # most are


class _Texts(dict[str, str | None]):
    """Decoded texts by their raw text; None for empty ones."""

    def __missing__(self, element: str) -> str | None:
        if element.isascii() and element.isprintable() and "^" not in element:  # nearly always
            value = element.strip() or None
        else:
            value = text(element) or None
        if value is not None and len(value) > _LONGEST_TEXT:
            raise ValueError(element)
        self[element] = value
        return value


class _Moments(dict[tuple[str, str], str | None]):
    """Dates with the times behind them; zeros mean that there is none."""

    def __missing__(self, elements: tuple[str, str]) -> str | None:
        value = None
        if elements[0].strip(" 0"):
            value = moment(*elements)
            if value is None:
                raise ValueError(elements)
        self[elements] = value
        return value


class ElementReader:
    """Values of the elements of one report; None where there is none.

    An element that makes no sense gives None too, and a finding.
    """

    def __init__(self) -> None:
        self._numbers = _Numbers(_SMALL_NUMBERS).__getitem__
        self._texts = _Texts().__getitem__
        self._moments = _Moments().__getitem__
        self._notes: dict[tuple[str, str], tuple[Finding, list[int]]] = {}
        self.senseless: list[tuple[str, int, Elements]] = []
        """Segment id, position and segment of each number and date that is none."""

    def rows(
        self, segment_id: str, group: Sequence[Elements], type_: type[Any], shape: str
    ) -> tuple[Any, ...]:
        """A row of `type_` for each segment of a group: its line, then the fields of `shape`."""
        if len(group) == 1:
            return (type_._make([group[0][0], *self.one(segment_id, group[0], shape)]),)
        columns = self.columns(segment_id, group, shape)
        return tuple(map(partial(tuple.__new__, type_), zip(*columns, strict=True)))

    def columns(self, segment_id: str, group: Sequence[Elements], shape: str) -> list[Any]:
        """The lines of a group of segments, then a column of values for each field of `shape`."""
        width = _width(shape)
        if min(map(len, group)) < width:
            group = [row + [""] * (width - len(row)) for row in group]
        elements = list(zip(*group, strict=False))
        lines = elements[0]
        columns: list[Sequence[Any]] = [lines]
        for field in shape_fields(shape):
            letter, position = field
            try:
                if letter == "n":
                    columns.append(list(map(self._numbers, elements[position])))
                elif letter == "t":
                    columns.append(list(map(self._texts, elements[position])))
                elif letter == "m":
                    columns.append(self._moment_column(*elements[position : position + 2]))
                elif letter == "f":
                    numbers = map(self._numbers, elements[position])
                    columns.append([_FLAGS.get(value) for value in numbers])
                else:
                    columns.append([segment_id if letter == "s" else None] * len(lines))
            except ValueError:
                columns.append([self._one(segment_id, row, field) for row in group])
        return columns

    def _moment_column(self, days: Sequence[str], times: Sequence[str]) -> list[str | None]:
        pairs = list(zip(days, times, strict=True))
        if set(map(len, days)) == {8} and set(map(len, times)) <= {4, 6}:  # mostly: told at once
            try:
                if "".join(map("".join, pairs)).isdecimal():
                    found = map(datetime.fromisoformat, map("T".join, pairs))
                    return list(map(datetime.isoformat, found))
            except ValueError:
                pass  # one of them is none
        return list(map(self._moments, pairs))

    def one(self, segment_id: str, row: Elements | None, shape: str) -> list[Any]:
        """The fields of one segment; all None when there is none."""
        fields = shape_fields(shape)
        if row is None:
            return [None] * len(fields)
        width = _width(shape)
        if len(row) < width:
            row = row + [""] * (width - len(row))
        return [self._one(segment_id, row, field) for field in fields]

    def _one(self, segment_id: str, row: Elements, field: ShapeField) -> Any:
        """The value of one field; tells what makes no sense."""
        letter, position = field
        if letter == "t":
            return self.text(segment_id, row, position)
        if letter in "nf":
            value = self.number(segment_id, row, position)
            return _FLAGS.get(value) if letter == "f" else value
        if letter == "m":
            try:
                return self._moments((row[position], row[position + 1]))
            except ValueError:
                self._note_element("info", "bad_date", segment_id, position, row, "is no date")
                self.senseless.append((segment_id, position, row))
                return None
        return segment_id if letter == "s" else None

    def number(self, segment_id: str, row: Elements, position: int) -> int | None:
        """The number at a position that the segment has."""
        try:
            return self._numbers(row[position])
        except ValueError:
            self._note_element("warning", "bad_number", segment_id, position, row, "is no number")
            self.senseless.append((segment_id, position, row))
            return None

    def numbers(
        self, segment_id: str, row: Elements, first: int, last: int
    ) -> Sequence[int | None]:
        """The numbers of one segment from position `first` to `last`, as many as there are."""
        try:
            return list(map(self._numbers, row[first : last + 1]))
        except ValueError:
            positions = range(first, min(last + 1, len(row)))
            return [self.number(segment_id, row, position) for position in positions]

    def text(self, segment_id: str, row: Elements, position: int) -> str | None:
        """The text at a position that the segment has, cut where it is too long for a text."""
        try:
            return self._texts(row[position])
        except ValueError:
            what = "is too long and cut"
            self._note_element("warning", "long_text", segment_id, position, row, what)
            return text(row[position])[:_LONGEST_TEXT]

    def _note_element(
        self,
        severity: Severity,
        code: str,
        segment_id: str,
        position: int,
        row: Elements,
        what: str,
    ) -> None:
        element = f"{segment_id}{position:02d}"
        self.note(severity, code, row[0], f"{element} {what}", element)

    def note(self, severity: Severity, code: str, line: int, message: str, about: str = "") -> None:
        """Keep a finding on this line; the same `code` about the same thing is told once."""
        known = self._notes.get((code, about))
        if known is None:
            self._notes[code, about] = (Finding(severity, code, line, message), [line])
        else:
            known[1].append(line)

    def findings(self) -> tuple[Finding, ...]:
        """What was noted, in the order of the report."""
        return tuple(
            finding._replace(
                line=min(lines),
                message=f"{finding.message}{_times(len(lines))}.",
                lines=tuple(sorted(lines)),
            )
            for finding, lines in self._notes.values()
        )


@cache
def _width(shape: str) -> int:
    """How many elements a row must have for its shape, the line included."""
    fields = shape_fields(shape)
    return 1 + max(field.position + (field.letter == "m") for field in fields)


def _times(count: int) -> str:
    return f" ({count} lines)" if count > 1 else ""

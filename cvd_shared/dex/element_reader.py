"""Reads the elements of whole groups of segments into values; tells what made no sense on the way.

What the fields of a row are is said by its shape, see reading_shapes.py. Columns are read at once:
a report repeats a few kinds of segment hundreds of times.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cvd_shared.dex.dex_report import Finding, Severity
from cvd_shared.dex.element_values import MAX_DIGITS, moment, number, text
from cvd_shared.dex.reading_shapes import shape_fields

LineElements = tuple[int, list[str]]
"""The line of a segment and its elements, the id at 0: raw text."""
Column = Sequence[Any]

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


class _Texts(dict[str, str | None]):
    """Decoded texts by their raw text; None for empty ones."""

    def __missing__(self, element: str) -> str | None:
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
        self._numbers = _Numbers()
        self._texts = _Texts()
        self._moments = _Moments()
        self._notes: dict[tuple[str, str], tuple[Finding, list[int]]] = {}

    def columns(self, segment_id: str, group: Sequence[LineElements], shape: str) -> list[Column]:
        """The lines of a group of segments, then a column of values for each field of `shape`."""
        fields = shape_fields(shape)
        lines, rows = zip(*group, strict=True)
        width = max(field.position for field in fields) + 2  # the time behind a date
        if min(map(len, rows)) < width:
            rows = tuple([*row, *[""] * (width - len(row))] for row in rows)
        elements = list(zip(*rows, strict=False))
        columns: list[Column] = [lines]
        for letter, position in fields:
            if letter == "s":
                columns.append([segment_id] * len(lines))
            elif letter == "0":
                columns.append([None] * len(lines))
            elif letter == "m":
                moments = zip(elements[position], elements[position + 1], strict=True)
                columns.append(self._moment_column(segment_id, position, lines, list(moments)))
            elif letter == "t":
                columns.append(self._text_column(segment_id, position, lines, elements[position]))
            else:
                numbers = self._number_column(segment_id, position, lines, elements[position])
                flags = [_FLAGS.get(value) for value in numbers] if letter == "f" else numbers
                columns.append(flags)
        return columns

    def one(self, segment_id: str, group: Sequence[LineElements], shape: str) -> list[Any]:
        """The fields of the first segment of a group; all None when there is none."""
        if not group:
            return [None] * len(shape_fields(shape))
        return [column[0] for column in self.columns(segment_id, group[:1], shape)][1:]

    def numbers(self, segment_id: str, line: int, first: int, elements: list[str]) -> list[Any]:
        """The numbers of one segment from position `first` on."""
        try:
            return list(map(self._numbers.__getitem__, elements))
        except ValueError:
            return [
                self._number_column(segment_id, position, (line,), (element,))[0]
                for position, element in enumerate(elements, first)
            ]

    def texts(self, segment_id: str, line: int, first: int, elements: list[str]) -> tuple[str, ...]:
        """The texts of one segment from position `first` on; empty ones as empty texts."""
        return tuple(
            self._text_column(segment_id, position, (line,), (element,))[0] or ""
            for position, element in enumerate(elements, first)
        )

    def _number_column(
        self, segment_id: str, position: int, lines: Iterable[int], elements: Iterable[str]
    ) -> list[int | None]:
        try:
            return list(map(self._numbers.__getitem__, elements))
        except ValueError:
            note = self._element_note("warning", "bad_number", segment_id, position, "is no number")
            return list(_each(self._numbers.__getitem__, lines, elements, note, lambda _: None))

    def _text_column(
        self, segment_id: str, position: int, lines: Iterable[int], elements: Iterable[str]
    ) -> list[str | None]:
        try:
            return list(map(self._texts.__getitem__, elements))
        except ValueError:
            what = "is too long and cut"
            note = self._element_note("warning", "long_text", segment_id, position, what)
            return list(_each(self._texts.__getitem__, lines, elements, note, _cut))

    def _moment_column(
        self, segment_id: str, position: int, lines: Iterable[int], pairs: list[tuple[str, str]]
    ) -> list[str | None]:
        try:
            return list(map(self._moments.__getitem__, pairs))
        except ValueError:
            note = self._element_note("info", "bad_date", segment_id, position, "is no date")
            return list(_each(self._moments.__getitem__, lines, pairs, note, lambda _: None))

    def _element_note(
        self, severity: Severity, code: str, segment_id: str, position: int, what: str
    ) -> Callable[[int], None]:
        element = f"{segment_id}{position:02d}"
        return lambda line: self.note(severity, code, line, f"{element} {what}", element)

    def note(self, severity: Severity, code: str, line: int, message: str, about: str = "") -> None:
        """Keep a finding on this line; the same `code` about the same thing is told once."""
        finding = Finding(severity, code, line, message)
        self._notes.setdefault((code, about), (finding, []))[1].append(line)

    def findings(self) -> tuple[Finding, ...]:
        return tuple(
            finding._replace(message=f"{finding.message}{_times(len(lines))}.")
            for finding, lines in self._notes.values()
        )


def _each(
    read: Callable[[Any], Any],
    lines: Iterable[int],
    elements: Iterable[Any],
    note: Callable[[int], None],
    instead: Callable[[Any], Any],
) -> Iterator[Any]:
    """Read one by one what could not be read at once; `note` the lines that make no sense."""
    for line, element in zip(lines, elements, strict=False):
        try:
            yield read(element)
        except ValueError:
            note(line)
            yield instead(element)


def _cut(element: str) -> str:
    return text(element)[:_LONGEST_TEXT]


def _times(count: int) -> str:
    return f" ({count} lines)" if count > 1 else ""

"""Reads elements into values and keeps a list of what made no sense on the way."""

from cvd_shared.dex.dex_report import Finding, Segment, Severity
from cvd_shared.dex.element_values import MAX_DIGITS, moment, number, text

_LONGEST_TEXT = 100  # characters; the longest of the standard has 30


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
    """Decoded texts by their raw text."""

    def __missing__(self, element: str) -> str | None:
        value = text(element) or None
        if value is not None and len(value) > _LONGEST_TEXT:
            raise ValueError(element)
        self[element] = value
        return value


class ElementReader:
    """Values of the elements of one segment after the other, by position; None where there is none.

    An element that makes no sense gives None too, and a finding.
    """

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._texts = _Texts()
        self._notes: dict[tuple[str, str], tuple[Finding, list[int]]] = {}
        self.open(Segment(0, ""))

    def open(self, segment: Segment) -> None:
        """Go to another segment."""
        self._segment = segment
        self._elements = segment[1].split("*")

    def number(self, position: int) -> int | None:
        elements = self._elements
        try:
            return self._numbers[elements[position]] if position < len(elements) else None
        except ValueError:
            self._note_element("warning", "bad_number", position, "is no number")
            return None

    def numbers(self, first: int, last: int) -> list[int | None]:
        """The numbers at positions `first` to `last`."""
        found = self._elements[first : last + 1]
        try:
            values = list(map(self._numbers.__getitem__, found))
        except ValueError:
            values = [self.number(first + n) for n in range(len(found))]
        if len(values) <= last - first:
            values += [None] * (last - first + 1 - len(values))
        return values

    def text(self, position: int) -> str | None:
        """Decoded text without blanks around it; None when empty."""
        elements = self._elements
        try:
            return self._texts[elements[position]] if position < len(elements) else None
        except ValueError:
            self._note_element("warning", "long_text", position, "is too long and cut")
            return text(elements[position])[:_LONGEST_TEXT]

    def moment(self, position: int) -> str | None:
        """The date at `position` with the time behind it; zeros mean that there is none."""
        found = self._elements[position : position + 2]
        if not found or not found[0].strip(" 0"):
            return None
        value = moment(found[0], found[1] if len(found) > 1 else "")
        if value is None:
            self._note_element("info", "bad_date", position, "is no date")
        return value

    def _note_element(self, severity: Severity, code: str, position: int, what: str) -> None:
        element = f"{self._segment.id}{position:02d}"
        self.note(severity, code, f"{element} {what}", element)

    def note(self, severity: Severity, code: str, message: str, about: str = "") -> None:
        """Keep a finding on this segment; the same `code` about the same thing is told once."""
        line = self._segment.line
        finding = Finding(severity, code, line, message)
        self._notes.setdefault((code, about), (finding, []))[1].append(line)

    def findings(self) -> tuple[Finding, ...]:
        return tuple(
            finding._replace(message=f"{finding.message}{_times(len(lines))}.", lines=tuple(lines))
            for finding, lines in self._notes.values()
        )


def _times(count: int) -> str:
    return f" ({count} lines)" if count > 1 else ""

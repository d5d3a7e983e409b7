"""Write EVA-DTS text: elements and segments by the table, the envelope with G85 and SE right."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from typing import Literal, NamedTuple

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_segments import Element, segment_kind
from cvd_shared.dex.element_values import day, time_of_day

Value = int | str | None
"""What an element says: a number, text, a date or time in ISO 8601, or nothing."""

_NOT_PLAIN = re.compile(rb"[^\x20-\x29\x2b-\x5d\x5f-\x7e]")
_NOT_IN_A_LINE = re.compile(r"[^\x20-\x7e]")


class Style(NamedTuple):
    """How a machine writes what the table leaves open."""

    padded: bool = False  # numbers (not digits given as text) in their full width
    wrapped: bool = False  # after its largest value a counter begins again at 0 (EVA-DTS 5.1.6)
    lenient: bool = False  # longer or shorter than the table says, as machines are
    date_digits: Literal[6, 8] = 8
    time_digits: Literal[4, 6] = 6
    encoding: str = "latin-1"  # the standard names none for 80-FF


AS_STANDARD = Style()


def escape(text: str, encoding: str = "latin-1") -> str:
    """`text` as one element: what is not 20-7E, and `*` and `^`, as `^HH^` (EVA-DTS 6.2 ch. 2).

    Raises UnicodeEncodeError when `encoding` lacks a character.
    """
    plain = _NOT_PLAIN.sub(lambda found: b"^%02X^" % found[0][0], text.encode(encoding))
    return plain.decode("ascii")


def element_text(element: Element, value: Value, style: Style = AS_STANDARD) -> str:
    """One element as it is sent; text that already has the form of its type stays as it is.

    Raises ValueError, with the code of the element, for what its type or length does not allow.
    """
    if value is None or value == "":
        return ""
    try:
        written = _FORMS.get(element.type, _text)(element, str(value), style)
    except UnicodeEncodeError as error:
        what = f"has a character that is not in {style.encoding}"
        raise ValueError(f"{element.code}: {value!r:.40} {what}") from error
    except ValueError as error:
        raise ValueError(f"{element.code}: {value!r:.40} {error}") from error
    padded = style.padded and element.is_number and isinstance(value, int)
    return written.zfill(element.longest) if padded else written


def segment_line(segment_id: str, values: Sequence[Value], style: Style = AS_STANDARD) -> str:
    """One segment without line end: `values` from element 01 on, empty ones at the end left out.

    Segments of makers whose elements nobody knows take anything. Raises ValueError for a segment
    that is in no list, and with the code of the element for what does not fit there.
    """
    kind = segment_kind(segment_id)
    if kind is None:
        raise ValueError(f"{segment_id!r} is no segment of EVA-DTS")
    written = [segment_id]
    for position, value in enumerate(values, 1):
        element = kind.elements.get(position)
        if element is not None:
            written.append(element_text(element, value, style))
        elif not kind.elements or value is None or value == "":
            written.append("" if value is None else escape(str(value), style.encoding))
        else:
            raise ValueError(f"{segment_id}{position:02d} is no element of EVA-DTS: {value!r:.40}")
    while len(written) > 1 and not written[-1]:
        written.pop()
    return "*".join(written)


def envelope(segments: Iterable[str], communication_id: str, version: str = "V0/6") -> bytes:
    """A whole report: DXS, ST, `segments` (lines without line end), G85, SE, DXE, each with CRLF.

    `communication_id` is DXS01, 3 letters of the maker and 7 digits. Raises ValueError for a line
    with characters that EVA-DTS does not allow; `escape` makes any text fit.
    """
    counted = ["ST*001*0001", *segments]
    header = f"DXS*{communication_id}*VA*{version}*1"
    for line in (header, *counted):
        if not line or _NOT_IN_A_LINE.search(line):
            raise ValueError(f"not an EVA-DTS line: {line!r}")
    body = "".join(f"{line}\r\n" for line in counted).encode("ascii")
    trailer = f"G85*{crc16_arc(body):04X}\r\nSE*{len(counted) + 2}*0001\r\nDXE*1*1\r\n"  # + G85, SE
    return f"{header}\r\n".encode("ascii") + body + trailer.encode("ascii")


def _number(element: Element, digits: str, style: Style) -> str:
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError("is no number from 0 on")
    if style.wrapped and len(digits) > element.longest:
        digits = digits[-element.longest :].lstrip("0") or "0"
    return _of_length(element, digits, style)


def _text(element: Element, text: str, style: Style) -> str:
    return escape(_of_length(element, text, style), style.encoding)


def _of_length(element: Element, text: str, style: Style) -> str:
    if len(text) > element.longest and not style.lenient:
        raise ValueError(f"is longer than {element.longest}")
    if len(text) < element.shortest and not style.lenient:
        raise ValueError(f"is shorter than {element.shortest}")
    return text


def _date(_element: Element, text: str, style: Style) -> str:
    if text.isascii() and day(text):
        return text.strip()
    try:
        digits = date.fromisoformat(text).isoformat().replace("-", "")
    except ValueError as error:
        raise ValueError("is no date") from error
    two_digits_tell_the_year = day(digits[2:]) == day(digits)
    return digits[2:] if style.date_digits == 6 and two_digits_tell_the_year else digits


def _time(_element: Element, text: str, style: Style) -> str:
    if text.isascii() and time_of_day(text):
        return text.strip()
    try:
        digits = time.fromisoformat(text).strftime("%H%M%S")
    except ValueError as error:
        raise ValueError("is no time of day") from error
    return digits[: style.time_digits]


_FORMS: dict[str, Callable[[Element, str, Style], str]] = {
    "N0": _number,
    "Nc": _number,
    "N0 / Nc": _number,
    "DT": _date,
    "TM": _time,
}

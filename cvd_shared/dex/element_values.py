"""From the text of an element to its value: numbers, dates, times, escaped text.

Everything is tolerant of what machines send (blanks, leading zeros, short dates) and strict about
the result: a value is right or None, never a guess.
"""

import re
from datetime import date, datetime
from functools import lru_cache

MAX_DIGITS = 15  # exact in every reader of JSON; the standard's longest number has 12
_ESCAPED = re.compile(r"\^([0-9A-Fa-f]{2})\^")
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")
_PIVOT = 70  # two digits of a year from here on are 19xx: clocks that were never set begin at 1970


def number(element: str) -> int | None:
    """A non-negative whole number, or None where there is none or it is no number."""
    if not element.isdecimal() or len(element) > MAX_DIGITS:
        element = element.strip(" ")
        if len(element) > MAX_DIGITS:
            element = element.lstrip("0") or "0"
        if not element.isdecimal() or len(element) > MAX_DIGITS:
            return None
    return int(element)


def text(element: str, encoding: str = "latin-1") -> str:
    """The text for people: escapes decoded, control characters as blanks, blanks around it gone.

    The standard names no code page for 80-FF: UTF-8 where it fits, else `encoding`.
    """
    if not (element.isascii() and element.isprintable()) or "^" in element:
        unescaped = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), element)
        data = unescaped.encode("latin-1", "replace")
        try:
            element = data.decode("utf-8")
        except UnicodeDecodeError:
            element = data.decode(encoding, "replace")
        element = element.translate(_CONTROLS)
    return element.strip()


@lru_cache(maxsize=1024)  # most dates of a report are the same few
def day(element: str) -> str | None:
    """ISO 8601 date of YYMMDD or YYYYMMDD, or None where it is none."""
    digits = element.strip(" ")
    if not digits.isdecimal():
        return None
    if len(digits) == 6:
        digits = f"{20 if int(digits[:2]) < _PIVOT else 19}{digits}"
    if len(digits) != 8:
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def time_of_day(element: str) -> str | None:
    """ISO 8601 time of HHMM or HHMMSS, or None where it is none."""
    digits = element.strip(" ")
    if not digits.isdecimal() or len(digits) not in (4, 6):
        return None
    hour, minute, second = digits[:2], digits[2:4], digits[4:] or "00"
    if hour > "23" or minute > "59" or second > "59":
        return None
    return f"{hour}:{minute}:{second}"


def moment(day_element: str, time_element: str) -> str | None:
    """Date and time of a machine's own clock, without zone: 2025-06-06T12:09:00, or 2025-06-06."""
    if len(day_element) == 8 and len(time_element) in (4, 6):  # most are whole: told at once
        whole = f"{day_element}{time_element}"
        try:
            if whole.isdecimal():
                return datetime.fromisoformat(f"{day_element}T{time_element}").isoformat()
        except ValueError:
            pass  # one of the two is none
    found = day(day_element)
    if found is None:
        return None
    clock = time_of_day(time_element)
    return f"{found}T{clock}" if clock else found

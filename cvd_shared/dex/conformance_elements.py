"""Conformance of single elements: type, length, zeros, blanks, signs, escapes (EVA-DTS ch. 2)."""

import re

from cvd_shared.dex.conformance_notes import Notes, quoted
from cvd_shared.dex.conformance_parts import Parts
from cvd_shared.dex.dex_report import BLANKS
from cvd_shared.dex.dex_segments import Element, segment_table
from cvd_shared.dex.element_values import time_of_day

_ESCAPE = re.compile(r"\^[0-9A-Fa-f]{2}\^")
_DECIMAL = re.compile(r"[+-]?[0-9]*[.,][0-9]+")
_SIGNED = re.compile(r"[+-] *[0-9]+")
_MINUS_ONE = "4294967295"
_VERSION_WORDS = ("Revision", "Build", "DTS")
_OWN_RULES = frozenset(("DXS", "ST", "G85"))  # conformance_envelope.py
_OWN_FORMS = frozenset(("ID402", "ID403"))  # conformance_contents.py


def check_elements(parts: Parts, told: frozenset[str], notes: Notes) -> None:
    """`told` are the elements of which the reading itself says that they are no number."""
    table = segment_table()
    for name, segments in parts.by_id.items():
        kind = table.get(name)
        if kind is None or name in _OWN_RULES:
            continue
        for segment in segments:
            elements = segment.raw.split("*", kind.last_position + 1)
            for position, element in enumerate(elements[: kind.last_position + 1]):
                known = kind.elements.get(position)
                if known is None or not element:
                    continue
                value = element.strip(BLANKS)
                if len(value) != len(element):
                    notes.add("padding", segment.line, known.code)
                if value:
                    _check_value(value, known, segment.line, told, notes)


def _check_value(value: str, known: Element, line: int, told: frozenset[str], notes: Notes) -> None:
    """`value` is not empty and has no blanks around it."""
    code = known.code
    if value == _MINUS_ONE:
        notes.add("minus_one", line, code)
    elif code in _OWN_FORMS:
        pass
    elif known.is_number:
        _check_number(value, known, line, told, notes)
    elif known.type == "TM":
        if time_of_day(value) is None:
            notes.add("bad_time", line, f"{code} {quoted(value)}")
    elif known.type != "DT":  # the reading says what is no date
        if "^" in value:
            value = _ESCAPE.sub("?", value)
            if "^" in value:
                notes.add("bad_escape", line, code)
        _check_length(len(value), known, line, notes)


def _check_number(
    value: str, known: Element, line: int, told: frozenset[str], notes: Notes
) -> None:
    code = known.code
    if value.isdecimal():
        digits = value.lstrip("0") or "0"
        if len(digits) != len(value) and not _names_a_version(known):
            notes.add("leading_zeros", line, code)
            _check_length(max(len(digits), known.shortest), known, line, notes)
        else:
            _check_length(len(value), known, line, notes)
    elif _DECIMAL.fullmatch(value) and not _names_a_version(known):
        notes.add("decimal_point", line, f"{code} {quoted(value)}")
    elif _SIGNED.fullmatch(value):
        notes.add("signed_number", line, f"{code} {quoted(value)}")
    elif code not in told:
        notes.add("not_numeric", line, f"{code} {quoted(value)}")


def _check_length(length: int, known: Element, line: int, notes: Notes) -> None:
    if length > known.longest:
        notes.add("too_long", line, f"{known.code} ({length} of {known.longest})")
    elif length < known.shortest:
        notes.add("too_short", line, f"{known.code} ({length} of {known.shortest})")


def _names_a_version(known: Element) -> bool:
    """Versions are numbers of the table, but nobody counts with them: "0127" is right."""
    return not known.scope and any(word in known.name for word in _VERSION_WORDS)

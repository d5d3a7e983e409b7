"""Conformance of the frame of a report: DXS, ST, G85, SE, DXE, order, repeats (EVA-DTS ch. 2.4)."""

import re

from cvd_shared.dex.conformance_notes import Notes, quoted
from cvd_shared.dex.conformance_parts import Parts, value_of
from cvd_shared.dex.dex_report import Segment
from cvd_shared.dex.dex_segments import manufacturers, segment_table

_MAKER_ID = re.compile(r"[A-Z]{3}[0-9]{7}")
_UCC_ID = re.compile(r"[0-9]{10}")  # before 6.0: a UCC number and four digits
_VERSIONS = frozenset(("V0/6", "V1/1", "VEND2"))
_STAGES = {"DXS": 0, "ST": 1, "G85": 3, "SE": 4, "DXE": 5}
_INSIDE = 2
_DEVICES = ("CA", "BA", "DA", "DB", "TA", "HA", "HB")
"""Their segments come once for each device: a further DA1 begins another one (ch. 5.1.3)."""


def check_envelope(parts: Parts, notes: Notes) -> None:
    header = parts.first("DXS")
    if header:
        _check_header(header, notes)
    _check_set(parts, notes)
    _check_order(parts, notes)
    _check_repeats(parts, notes)
    _check_loops(parts, notes)


def _check_header(header: Segment, notes: Notes) -> None:
    sender, function, version = (value_of(header, position) for position in (1, 2, 3))
    line = header.line
    if version not in _VERSIONS:
        notes.add("version_form", line, quoted(version))
    if function != "VA" and (function != "VX" or version == "V0/6"):
        notes.add("functional_id", line, quoted(function))
    if _UCC_ID.fullmatch(sender) and version != "V0/6":
        return
    if not _MAKER_ID.fullmatch(sender):
        notes.add("id_form", line, quoted(sender))
    maker = sender[:3]
    if maker.isalpha() and maker not in manufacturers():
        notes.add("maker_unknown", line, quoted(maker))


def _check_set(parts: Parts, notes: Notes) -> None:
    header, begin, end, trailer = map(parts.first, ("DXS", "ST", "SE", "DXE"))
    if header and not begin:
        notes.add("set_missing", header.line, "ST")
    if trailer and begin and not end:
        notes.add("set_missing", trailer.line, "SE")
    if begin:
        if value_of(begin, 1) != "001":
            notes.add("set_header", begin.line, quoted(value_of(begin, 1)))
        if end and value_of(begin, 2) != value_of(end, 2):
            both = f"ST02 {quoted(value_of(begin, 2))}, SE02 {quoted(value_of(end, 2))}"
            notes.add("set_number_differs", end.line, both)
    if header and trailer:  # the only set of its envelope
        if _number(header, 4) != _number(trailer, 1):
            both = f"DXS04 {quoted(value_of(header, 4))}, DXE01 {quoted(value_of(trailer, 1))}"
            notes.add("transmission_number_differs", trailer.line, both)
        if _number(trailer, 2) != "1":
            notes.add("set_count", trailer.line, quoted(value_of(trailer, 2)))


def _check_order(parts: Parts, notes: Notes) -> None:
    """DXS and ST open a report; G85, SE and DXE close it, in this order; all else is inside."""
    stage, last = _STAGES["DXS"], ""
    for name, segment in parts.ordered:
        this = _STAGES.get(name, _INSIDE)
        if this < stage:
            notes.add("envelope_order", segment.line, f"{name} after {last}")
        elif this == _INSIDE and last == "DXS":
            notes.add("envelope_order", segment.line, f"{name} before ST")
        else:
            stage, last = this, name


def _check_repeats(parts: Parts, notes: Notes) -> None:
    """A segment that does not repeat; PA2 to PA8 once for each PA1."""
    table = segment_table()
    seen: set[str] = set()
    for name, segment in parts.ordered:
        kind = table.get(name)
        if kind is None or kind.kind == "loop":
            continue
        family = name[:2]
        if name == "PA1" or (name[2:] == "1" and family in _DEVICES):
            seen = {each for each in seen if not each.startswith(family)}
        elif name in seen and (not kind.repeats or kind.belongs_to):
            notes.add("segment_twice", segment.line, name)
        seen.add(name)


def _check_loops(parts: Parts, notes: Notes) -> None:
    begun: Segment | None = None
    lines = sorted((*parts.of("LS"), *parts.of("LE")), key=lambda segment: segment.line)
    for segment in lines:
        if segment.id == "LS":
            if begun is not None:
                notes.add("loop_open", begun.line, f"LS {quoted(value_of(begun, 1))}")
            begun = segment
        else:
            if begun is None or value_of(begun, 1) != value_of(segment, 1):
                notes.add("loop_open", segment.line, f"LE {quoted(value_of(segment, 1))}")
            begun = None
    if begun is not None and parts.complete:
        notes.add("loop_open", begun.line, f"LS {quoted(value_of(begun, 1))}")


def _number(segment: Segment, position: int) -> str:
    return value_of(segment, position).lstrip("0")

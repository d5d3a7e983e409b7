"""THE TABLE of EVA-DTS: every segment and element that we know, from segments.json.

To add a segment: 1. one row in segments.json; 2. what a screen should say of it, if it is not a
plain counter, in machine_reading.py. A row is
`[id, name, kind, repeats, belongs to, source, elements]`, source "A" or "2.4" being a chapter of
EVA-DTS 6.2.2 and anything else where it was met; an element is
`[position, name, type, shortest, longest, scope, audit list, configures, note]`, empty ends left
out, scope "+" since initialisation or "r" since the last reset.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

_ID_AT_END = re.compile(r"([A-Z]{2,3}[0-9]{1,2})[ \t]*\Z")
_LONGEST_ID = 8  # characters to look at, blanks included


class Element(NamedTuple):
    """One element. Types: AN text, N0 number, Nc money in minor units, DT date, TM time, ID, CD."""

    code: str  # "PA102"
    position: int  # from 1
    name: str
    type: str
    shortest: int
    longest: int
    scope: str  # "+" since initialisation, "r" since the last reset, else ""
    audit_list: str  # M, O, CM: place in the recommended audit report
    configures: str  # the audit element that this configuration element sets
    note: str

    @property
    def is_number(self) -> bool:
        return self.type.startswith("N")

    @property
    def is_money(self) -> bool:
        """Surely minor units: the unit of CA304 and CA308 is another in each country."""
        return self.type == "Nc"


class SegmentKind(NamedTuple):
    """One segment of the table. `elements` by position; positions may be missing."""

    id: str
    name: str
    kind: str
    repeats: bool
    belongs_to: str  # the segment above it to which it belongs, else ""
    source: str
    elements: dict[int, Element]
    last_position: int  # 0 when no element is known


@cache
def segment_table() -> dict[str, SegmentKind]:
    """The whole table by segment id, in the order of the standard; read once."""
    table = {}
    for id_, name, kind, repeats, belongs_to, source, rows in load_table("segments.json"):
        elements = {row[0]: _element(id_, row) for row in rows}
        table[id_] = SegmentKind(
            id_, name, kind, repeats, belongs_to, source, elements, max(elements, default=0)
        )
    return table


def segment_kind(segment_id: str) -> SegmentKind | None:
    return segment_table().get(segment_id)


def id_at_end(element: str) -> str | None:
    """The id of a segment at the end of an element, where a report was cut and glued."""
    found = _ID_AT_END.search(element[-_LONGEST_ID:])
    if found is None:
        return None
    return next((id_ for id_ in (found[1], found[1][1:]) if id_ in segment_table()), None)


def element(code: str) -> Element | None:
    """The element with a code such as "PA102" or "CA1501"."""
    kind = segment_kind(code[:-2])
    return kind.elements.get(int(code[-2:])) if kind and code[-2:].isdecimal() else None


@cache
def manufacturers() -> dict[str, tuple[str, str]]:
    """Name and country by the three letters that open a communication id (Appendix B)."""
    return {
        code: (name, country) for code, (name, country) in load_table("manufacturers.json").items()
    }


def load_table(name: str) -> Any:
    """A JSON table that lies beside this file."""
    return json.loads(files("cvd_shared.dex").joinpath(name).read_text("utf-8"))


def _element(segment_id: str, row: list[Any]) -> Element:
    position, name, type_, shortest, longest, *rest = row
    scope, audit_list, configures, note = (*rest, "", "", "", "")[:4]
    code = f"{segment_id}{position:02d}"
    return Element(
        code, position, name, type_, shortest, longest, scope, audit_list, configures, note
    )

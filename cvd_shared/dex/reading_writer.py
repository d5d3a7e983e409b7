"""Writes a reading back as EVA-DTS text: the report that it came from with what has changed, or a
new one from the facts alone, with G85 and SE right.

Where a fact is the one of the report its element stays as it was sent, padding and all; so do
unknown segments, extra elements and everything else that no fact tells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.element_values import number
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_facts import Facts, Values, facts
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_body import ReportBody, changed, put

_FIELDS = [each.name for each in fields(MachineReading)]
_ENVELOPE = ("DXS", "ST", "G85", "SE", "DXE")


def write_reading(reading: MachineReading, report: Report | None = None) -> bytes:
    """`reading` as a whole report; `report` is the one that it was made from, where there is one.

    A reading that is not complete gets no DXE, so that nobody takes it for a whole one. Raises
    ValueError for what cannot be written: numbers below 0, moments that are none.
    """
    segments = report.reliable_segments() if report else ()
    ids = {segment.line: segment.id for segment in segments}
    before = make_reading(report) if report else None
    changes = [name for name in _FIELDS if getattr(reading, name) != getattr(before, name, None)]
    told = facts(reading, changes, ids)
    was = facts(before, changes, ids) if before else Facts()
    body = ReportBody([one for one in segments if one.id not in _ENVELOPE], reading.first_lines)
    for name in dict.fromkeys((*told.rows, *was.rows)):
        body.put_rows(told.rows.get(name, ()), was.rows.get(name, ()))
    for field, segment in dict.fromkeys((*told.singles, *was.singles)):
        key = field, segment
        body.put_single(segment, told.singles.get(key, {}), was.singles.get(key, {}))
    envelope = {one.id: one.elements for one in segments if one.id in _ENVELOPE}
    if report and report.header:
        envelope["DXS"] = report.header.elements
    glued = any("DXS*" in one.raw for one in segments if one.id == "ST")
    if not reading.complete or glued:  # an envelope, even if nothing else is known of it
        envelope.setdefault("DXS", ["DXS"])
    _put_header(envelope, told.header, was.header)
    return _sealed(body.lines(), envelope, complete=reading.complete)


def _put_header(envelope: dict[str, list[str]], told: Values, was: Values) -> None:
    """Communication id and version; a report that has neither needs no header."""
    if "DXS" not in envelope:
        if not any(told.values()):
            return
        envelope["DXS"] = ["DXS", "", "VA", "", "1"]
    for position, value in changed(told, was).items():
        put("DXS", envelope["DXS"], position, value)


def _sealed(body: Iterable[str], envelope: Mapping[str, list[str]], *, complete: bool) -> bytes:
    """The segments with their envelope; what is right in it stays as it was sent."""
    header, first = envelope.get("DXS"), envelope.get("ST", ["ST", "001", "0001"])
    lines = [_line("ST", first), *body]
    if complete or "SE" in envelope:
        checksum = crc16_arc("".join(f"{line}\r\n" for line in lines).encode("latin-1"))
        check = envelope.get("G85", ["G85", ""])
        if _hex(check) != checksum:
            check = ["G85", f"{checksum:04X}", *check[2:]]
        end = envelope.get("SE", ["SE", "", *first[2:3]])
        if number("".join(end[1:2])) != len(lines) + 2:  # + G85, SE
            end = ["SE", str(len(lines) + 2), *end[2:]]
        lines += [_line("G85", check), _line("SE", end)]
    if header is not None:
        lines.insert(0, _line("DXS", header))
    if complete and (header is not None or "DXE" in envelope):
        control = "".join((header or [])[4:5]) or "1"
        lines.append(_line("DXE", envelope.get("DXE", ["DXE", control, "1"])))
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def _line(segment_id: str, elements: list[str]) -> str:
    return "*".join((segment_id, *elements[1:]))


def _hex(check: list[str]) -> int | None:
    try:
        return int("".join(check[1:2]), 16)
    except ValueError:
        return None

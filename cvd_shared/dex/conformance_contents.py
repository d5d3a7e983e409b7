"""Conformance of what a report tells: what the recommended audit report has, names, codes, ID4."""

import re
from collections.abc import Iterable, Sequence

from cvd_shared.dex.conformance_notes import Notes, quoted
from cvd_shared.dex.dex_events import event_meaning
from cvd_shared.dex.dex_report import BLANKS, Report, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_values import text
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.money_frame import currencies

_MANDATORY = ("ID1", "VA1", "VA3", "PA1", "PA4", "EA3")
_CASH = frozenset(("CA3", "CA4", "CA11", "CA15", "CA17"))  # a machine that takes cash has CA2 too
_TOLD_ALREADY = frozenset(
    ("ID106", "PA101", "EA201", "PA107")  # by findings of their own; PA107 may be empty
)
_DEVICES = frozenset(("CA1", "DA1", "DB1", "HA1", "HB1"))  # mandatory for the audit device alone
_CURRENCY_NUMBER = re.compile(r"[01][0-9]{3}")
_CURRENCY_LETTERS = re.compile(r"[A-Z]{3}")
_RESET_MODES = frozenset(("AUTO", "SAVE", "RESET", "0", "1"))  # 0 and 1: before 6.0
_PAYMENT_DEVICES = frozenset(("CA", "DA", "DB", "TA"))


def check_contents(report: Report, reading: MachineReading, notes: Notes) -> None:
    segments = report.reliable_segments()
    if report.complete:
        _check_mandatory(segments, reading, notes)
    for segment in segments:
        if segment.id in _CHECKS:
            _CHECKS[segment.id](segment, notes)
    _check_selections(segments, reading, notes)


def _check_mandatory(segments: Sequence[Segment], reading: MachineReading, notes: Notes) -> None:
    """Elements marked M in the recommended audit report; those of a device only if it reports."""
    present = {segment.id for segment in segments}
    first = segments[0].line
    wanted = [*_MANDATORY, *(["CA2"] if present & _CASH else [])]
    for name in wanted:
        if name not in present:
            notes.add("mandatory_segment", first, name)
    sender = (reading.communication_id or "")[:3]
    for segment in segments:
        for position, code in _mandatory_elements(segment.id):
            if segment.id in _DEVICES and not _reports(segment, sender, reading):
                break
            if not _value(segment, position):
                notes.add("mandatory_element", segment.line, code)


def _mandatory_elements(segment_id: str) -> Iterable[tuple[int, str]]:
    kind = segment_table().get(segment_id)
    if kind is None or kind.kind != "audit":
        return ()
    return [
        (element.position, element.code)
        for element in kind.elements.values()
        if element.audit_list == "M" and element.code not in _TOLD_ALREADY
    ]


def _reports(device: Segment, sender: str, reading: MachineReading) -> bool:
    """Whether DXS01 is of the maker of this device and not of the machine's."""
    serial, machine = _value(device, 1), reading.identity.serial_number or ""
    return bool(sender) and serial.startswith(sender) and not machine.startswith(sender)


def _check_identity(segment: Segment, notes: Notes) -> None:
    if not _value(segment, 6):
        notes.add("asset_number_empty", segment.line)
    for position, what in ((1, "serial number (ID101)"), (2, "model (ID102)")):
        if not _value(segment, position):
            notes.add("identity_incomplete", segment.line, what)


def _check_currency(segment: Segment, notes: Notes) -> None:
    number, letters = _value(segment, 2), _value(segment, 3)
    if number and not _CURRENCY_NUMBER.fullmatch(number):
        notes.add("currency_code_form", segment.line, quoted(number))
    if letters and not _CURRENCY_LETTERS.fullmatch(letters):
        notes.add("currency_letters_form", segment.line, quoted(letters))
    named = currencies().get(number[-3:]) if number[:-3] in ("", "1") else None
    if named and _CURRENCY_LETTERS.fullmatch(letters) and named != letters:
        both = f"{quoted(number)} is {named}, not {letters}"
        notes.add("currency_differs", segment.line, both)


def _check_settings(segment: Segment, notes: Notes) -> None:
    for position in (5, 6):
        mode = _value(segment, position)
        if mode and mode not in _RESET_MODES:
            notes.add("reset_mode_unknown", segment.line, f"SD1{position:02d} {quoted(mode)}")


def _check_product(segment: Segment, notes: Notes) -> None:
    status = _value(segment, 7)
    if status and status.lstrip("0") not in ("", "1"):
        notes.add("status_unknown", segment.line, quoted(status))


def _check_dated_event(segment: Segment, notes: Notes) -> None:
    code = text(_value(segment, 1))
    if code and event_meaning(code).standard_code is None:
        notes.add("maker_event", segment.line, code[:20])


def _check_counted_event(segment: Segment, notes: Notes) -> None:
    _check_dated_event(segment, notes)
    active = _value(segment, 5)
    if active and active.lstrip("0") not in ("", "1"):
        notes.add("activity_unknown", segment.line, quoted(active))


def _check_payment(segment: Segment, notes: Notes) -> None:
    device = _value(segment, 2)
    if device not in _PAYMENT_DEVICES:
        notes.add("payment_device_unknown", segment.line, quoted(device))


_CHECKS = {
    "ID1": _check_identity,
    "ID4": _check_currency,
    "SD1": _check_settings,
    "PA1": _check_product,
    "PA7": _check_payment,
    "EA1": _check_dated_event,
    "EA2": _check_counted_event,
}


def _check_selections(segments: Sequence[Segment], reading: MachineReading, notes: Notes) -> None:
    """Names in PA7 and LA1 against PA101; selections of which nothing says what they sold."""
    names = {text(_value(segment, 1)) for segment in segments if segment.id == "PA1"}
    if not names:
        return
    for segment in segments:
        if segment.id == "PA7":
            name, code = text(_value(segment, 1)), "unknown_selection"
        elif segment.id == "LA1":
            name, code = text(_value(segment, 2)), "price_of_unknown_selection"
        else:
            continue
        if name not in names:
            notes.add(code, segment.line, quoted(name))
    for selection in reading.selections:
        if not any(value is not None for value in selection.meters[:4]):
            notes.add("selection_without_meters", selection.line, quoted(selection.selection))


def _value(segment: Segment, position: int) -> str:
    elements = segment.elements
    return elements[position].strip(BLANKS) if position < len(elements) else ""

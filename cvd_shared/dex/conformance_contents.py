"""Conformance of what a report tells: what the recommended audit report has, names, codes, ID4."""

import re
from functools import cache

from cvd_shared.dex.conformance_notes import Notes, quoted
from cvd_shared.dex.conformance_parts import Parts, value_of
from cvd_shared.dex.dex_report import Segment
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
_CURRENCY_LETTERS = re.compile(r"[A-Z]{3}")
_RESET_MODES = frozenset(("AUTO", "SAVE", "RESET", "0", "1"))  # 0 and 1: before 6.0
_NAMES = (("PA7", 1, "unknown_selection"), ("LA1", 2, "price_of_unknown_selection"))
_PAYMENT_DEVICES = frozenset(("CA", "DA", "DB", "TA"))


def check_contents(parts: Parts, reading: MachineReading, notes: Notes) -> None:
    if parts.complete:
        _check_mandatory(parts, reading, notes)
    for name, check in _CHECKS.items():
        for segment in parts.of(name):
            check(segment, notes)
    _check_selections(parts, reading, notes)


def _check_mandatory(parts: Parts, reading: MachineReading, notes: Notes) -> None:
    """Elements marked M in the recommended audit report; those of a device only if it reports."""
    wanted = [*_MANDATORY, *(["CA2"] if parts.by_id.keys() & _CASH else [])]
    for name in wanted:
        if name not in parts.by_id:
            notes.add("mandatory_segment", parts.first_line, name)
    sender = (reading.communication_id or "")[:3]
    for name, elements in _mandatory_elements().items():
        for segment in parts.of(name):
            if name not in _DEVICES or _reports(segment, sender, reading):
                for position, code in elements:
                    if not value_of(segment, position):
                        notes.add("mandatory_element", segment.line, code)


@cache
def _mandatory_elements() -> dict[str, list[tuple[int, str]]]:
    """By segment: position and code of the elements that are never empty."""
    found: dict[str, list[tuple[int, str]]] = {}
    for kind in segment_table().values():
        for element in kind.elements.values() if kind.kind == "audit" else ():
            if element.audit_list == "M" and element.code not in _TOLD_ALREADY:
                found.setdefault(kind.id, []).append((element.position, element.code))
    return found


def _reports(device: Segment, sender: str, reading: MachineReading) -> bool:
    """Whether DXS01 is of the maker of this device and not of the machine's."""
    serial, machine = value_of(device, 1), reading.identity.serial_number or ""
    return bool(sender) and serial.startswith(sender) and not machine.startswith(sender)


def _check_identity(segment: Segment, notes: Notes) -> None:
    if not value_of(segment, 6):
        notes.add("asset_number_empty", segment.line)
    for position, what in ((1, "serial number (ID101)"), (2, "model (ID102)")):
        if not value_of(segment, position):
            notes.add("identity_incomplete", segment.line, what)


def _check_currency(segment: Segment, notes: Notes) -> None:
    number, letters = value_of(segment, 2), value_of(segment, 3)
    named = currencies().get(number[-3:]) if number[:-3] in ("", "1") else None
    if letters and not _CURRENCY_LETTERS.fullmatch(letters):
        if named:  # else the reading says that the currency is not known, and why
            notes.add("currency_letters_form", segment.line, quoted(letters))
    elif letters and named and named != letters:
        both = f"{quoted(number)} is {named}, not {letters}"
        notes.add("currency_differs", segment.line, both)


def _check_settings(segment: Segment, notes: Notes) -> None:
    for position in (5, 6):
        mode = value_of(segment, position)
        if mode and mode not in _RESET_MODES:
            notes.add("reset_mode_unknown", segment.line, f"SD1{position:02d} {quoted(mode)}")


def _check_product(segment: Segment, notes: Notes) -> None:
    status = value_of(segment, 7)
    if status and status.lstrip("0") not in ("", "1"):
        notes.add("status_unknown", segment.line, quoted(status))


def _check_event(segment: Segment, notes: Notes) -> None:
    active = value_of(segment, 5)
    if active and active.lstrip("0") not in ("", "1"):
        notes.add("activity_unknown", segment.line, quoted(active))


def _check_payment(segment: Segment, notes: Notes) -> None:
    device = value_of(segment, 2)
    if device not in _PAYMENT_DEVICES:
        notes.add("payment_device_unknown", segment.line, quoted(device))


_CHECKS = {
    "ID1": _check_identity,
    "ID4": _check_currency,
    "SD1": _check_settings,
    "PA1": _check_product,
    "PA7": _check_payment,
    "EA2": _check_event,
}


def _check_selections(parts: Parts, reading: MachineReading, notes: Notes) -> None:
    """Names in PA7 and LA1 against PA101; selections of which nothing says what they sold."""
    names = {text(value_of(segment, 1)) for segment in parts.of("PA1")}
    if not names:
        return
    for segment_id, position, code in _NAMES:
        for segment in parts.of(segment_id):
            name = text(value_of(segment, position))
            if name not in names:
                notes.add(code, segment.line, quoted(name))
    for selection in reading.selections:
        if not any(value is not None for value in selection.meters[:4]):
            notes.add("selection_without_meters", selection.line, quoted(selection.selection))

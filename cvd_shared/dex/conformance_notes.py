"""Collects what the conformance checks find: each kind once, with what it is about and its lines.

To add a finding of `cvd dex check`: 1. its sentence here; 2. its row in finding_rules.json; 3. what
raises it, in one of the conformance_*.py; 4. a test that provokes it.
"""

from dataclasses import dataclass, field

from cvd_shared.dex.dex_report import Finding
from cvd_shared.dex.element_values import text
from cvd_shared.dex.finding_rules import finding_rules

_MOST_NAMED = 6  # things that a sentence names before it counts the rest
_LONGEST_NAME = 24  # characters

SENTENCES = {
    # envelope
    "id_form": "DXS01 is {what}, not three letters and seven digits",
    "maker_unknown": "{what} in DXS01 is the code of no maker",
    "functional_id": "DXS02 is {what} instead of VA",
    "version_form": "DXS03 is {what}, no version of the standard",
    "set_header": "ST01 is {what} instead of 001",
    "set_number_differs": "ST and SE have different numbers: {what}",
    "transmission_number_differs": "DXS and DXE have different numbers: {what}",
    "set_count": "DXE02 says {what} sets, there is one",
    "set_missing": "The report has a DXS but no {what}",
    "envelope_order": "Not where the order of a report has it: {what}",
    "segment_twice": "More than once, though a report has it once: {what}",
    "loop_open": "LS and LE do not pair: {what}",
    # elements
    "not_numeric": "Text in an element for numbers: {what}",
    "decimal_point": "A number with a decimal point or comma: {what}",
    "signed_number": "A number with a sign: {what}",
    "leading_zeros": "Leading zeros in {what}",
    "padding": "Blanks pad {what}",
    "too_long": "Longer than the standard has it: {what}",
    "too_short": "Shorter than the standard has it: {what}",
    "bad_time": "No time of day: {what}",
    "bad_escape": "A caret that begins no escape ^HH^: {what}",
    "minus_one": "4294967295, which is -1 without its sign, in {what}",
    # contents
    "mandatory_segment": "Not sent, though the recommended audit report has it: {what}",
    "mandatory_element": "Empty, though the recommended audit report has it: {what}",
    "asset_number_empty": "ID106 is empty: the machine has no asset number",
    "identity_incomplete": "The machine does not say its {what}",
    "currency_letters_form": "ID403 is {what}, not three capital letters",
    "currency_differs": "ID402 and ID403 name different currencies: {what}",
    "reset_mode_unknown": "No reset mode: {what}",
    "status_unknown": "PA107 is neither 0 nor 1: {what}",
    "activity_unknown": "EA205 is neither 0 nor 1: {what}",
    "payment_device_unknown": "PA702 names no way of paying: {what}",
    "unknown_selection": "PA7 names selections that no PA1 has: {what}",
    "price_of_unknown_selection": "LA1 prices selections that no PA1 has: {what}",
    "selection_without_meters": "Neither PA2 nor PA7 says what was sold of {what}",
    # figures
    "cumulative_missing": "Sent since the last reset only, not since initialisation: {what}",
    "interval_too_high": "More since the last reset than since initialisation: {what}",
    "tubes_sum": "The coins in the tubes do not add up to CA1501: {what}",
}
"""What was found, by code; `{what}` are the elements, names or figures that it is about."""


@dataclass(slots=True)
class _Kind:
    whats: dict[str, None] = field(default_factory=dict)  # in the order of the report
    lines: dict[int, None] = field(default_factory=dict)


class Notes:
    """What was found so far, by code."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def add(self, code: str, line: int, what: str = "") -> None:
        """Keep that `code` holds for `what` in `line`."""
        kind = self._kinds.get(code)
        if kind is None:
            kind = self._kinds[code] = _Kind()
        if what:
            kind.whats[what] = None
        kind.lines[line] = None

    def findings(self) -> list[Finding]:
        """One finding for each code, with the severity of its rule."""
        return [_finding(code, kind) for code, kind in self._kinds.items()]


def quoted(element: str) -> str:
    """An element as a sentence can show it, whatever bytes it has; `""` when it is empty."""
    shown = "".join(each if each.isprintable() else " " for each in text(element))
    return f'"{shown[:_LONGEST_NAME]}{"..." if len(shown) > _LONGEST_NAME else ""}"'


def listed(whats: list[str]) -> str:
    """The first few, and how many more."""
    more = len(whats) - _MOST_NAMED
    first = ", ".join(whats[:_MOST_NAMED])
    return f"{first} and {more} more" if more > 0 else first


def _finding(code: str, kind: _Kind) -> Finding:
    lines = tuple(sorted(kind.lines))
    what = listed(list(kind.whats))
    times = f" ({len(lines)} lines)" if len(lines) > 1 else ""
    message = f"{SENTENCES[code].format(what=what)}{times}."
    return Finding(finding_rules()[code].severity, code, lines[0], message, lines)

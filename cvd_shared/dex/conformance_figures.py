"""Conformance of figures with each other: pairs of counters, sums, dates (EVA-DTS ch. 5).

The sums are hints: real machines leave out selections that were taken away, or reset them apart.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

from cvd_shared.dex.conformance_notes import Notes
from cvd_shared.dex.dex_report import BLANKS, Report, Segment
from cvd_shared.dex.dex_segments import Element, segment_table
from cvd_shared.dex.element_values import day, number
from cvd_shared.dex.machine_reading import MachineReading

_ONE_DAY = timedelta(days=1)  # a reader's clock beside the machine's, around midnight
_ASKED_FOR = ("M", "CM")  # in the recommended audit report


def check_figures(report: Report, reading: MachineReading, notes: Notes) -> None:
    segments = report.reliable_segments()
    _check_pairs(segments, notes)
    _check_dates(segments, reading, notes)
    if report.complete:
        _check_selections(reading, notes)
        _check_payments(reading, notes)
        _check_cash(reading, notes)
        _check_tubes(segments, reading, notes)


@cache
def counter_pairs(segment_id: str) -> tuple[tuple[Element, Element], ...]:
    """(since initialisation, since the last reset) of each counter that has both.

    The order is not uniform in the standard, but amounts and numbers each keep theirs.
    """
    kind = segment_table().get(segment_id)
    pairs: list[tuple[Element, Element]] = []
    for money in (False, True):
        elements = [e for e in kind.elements.values() if e.is_money == money] if kind else []
        since_init = [e for e in elements if e.scope == "+"]
        since_reset = [e for e in elements if e.scope == "r"]
        if len(since_init) == len(since_reset):
            pairs += zip(since_init, since_reset, strict=True)
    return tuple(pairs)


def _check_pairs(segments: Sequence[Segment], notes: Notes) -> None:
    for segment in segments:
        pairs = counter_pairs(segment.id)
        if not pairs:
            continue
        elements = segment.elements
        for cumulative, interval in pairs:
            if interval.position >= len(elements):
                continue
            since_reset = number(elements[interval.position].strip(BLANKS))
            if since_reset is None:
                continue
            has = cumulative.position < len(elements)
            element = elements[cumulative.position].strip(BLANKS) if has else ""
            since_init = number(element)
            if not element:
                if cumulative.audit_list in _ASKED_FOR and not _has_clear_bills(
                    cumulative, elements
                ):
                    notes.add("cumulative_missing", segment.line, cumulative.code)
            elif since_init is not None and since_init < since_reset:
                code = "interval_too_high"
                notes.add(code, segment.line, f"{interval.code} above {cumulative.code}")


def _has_clear_bills(counter: Element, elements: Sequence[str]) -> bool:
    """CA308 may be left out beside CA310, which says the same without doubt."""
    return counter.code == "CA308" and len(elements) > 10 and bool(elements[10].strip(BLANKS))


def _check_dates(segments: Sequence[Segment], reading: MachineReading, notes: Notes) -> None:
    """Dates after ID5, else after the date of this read in EA3."""
    clock = reading.machine_clock or reading.read_outs.at
    if clock is None or clock[:4] == "9999":
        return
    latest = (date.fromisoformat(clock[:10]) + _ONE_DAY).isoformat()
    for segment in segments:
        elements = segment.elements
        for element in _dates(segment.id):
            found = day(elements[element.position]) if element.position < len(elements) else None
            if found is not None and found > latest:
                what = f"{element.code} {found}, clock {clock[:10]}"
                notes.add("date_after_clock", segment.line, what)


@cache
def _dates(segment_id: str) -> tuple[Element, ...]:
    kind = segment_table().get(segment_id)
    if kind is None or kind.kind != "audit" or kind.id == "ID5":
        return ()
    return tuple(e for e in kind.elements.values() if e.type == "DT")


def _check_selections(reading: MachineReading, notes: Notes) -> None:
    """VA1 against the sums of PA2, for machines that count both."""
    columns = list(zip(*(each.meters for each in reading.selections), strict=True))
    if not columns:
        return
    for code, column in (("VA102", 0), ("VA101", 1), ("VA104", 2), ("VA103", 3)):
        said, parts = reading.counters.get(code), columns[column]
        if said is not None and None not in parts:
            total = sum(part or 0 for part in parts)
            if said != total:
                _add(reading, "selections_sum", code, f"{code} {said} against {total}", notes)


def _check_payments(reading: MachineReading, notes: Notes) -> None:
    """VA101 = CA201 + DA201 + DB201 + TA201 + TA205, for machines that count cash sales."""
    counters = reading.counters
    for code, cash, others in (
        ("VA101", "CA201", ("DA201", "DB201", "TA201", "TA205")),
        ("VA103", "CA203", ("DA203", "DB203", "TA203", "TA207")),
    ):
        said = counters.get(code)
        if said is None or cash not in counters:
            continue
        total = counters[cash] + sum(counters.get(other, 0) for other in others)
        if said != total:
            _add(reading, "payments_sum", code, f"{code} {said} against {total}", notes)


def _check_cash(reading: MachineReading, notes: Notes) -> None:
    """CA301 = CA302 + CA303 + CA309, CA305 = CA306 + CA307 + CA310."""
    cash = reading.cash
    for code, said, parts in (
        ("CA305", cash.cash_in.init, (cash.to_box.init, cash.to_tubes.init, cash.bills_in.init)),
        (
            "CA301",
            cash.cash_in.reset,
            (cash.to_box.reset, cash.to_tubes.reset, cash.bills_in.reset),
        ),
    ):
        if said is None or None in parts:
            continue
        total = sum(part or 0 for part in parts)
        if said != total:
            _add(reading, "cash_sum", code, f"{code} {said} against {total}", notes)


def _check_tubes(segments: Sequence[Segment], reading: MachineReading, notes: Notes) -> None:
    """CA1501 against the coins that CA17 tells."""
    said = reading.cash.tube_contents
    parts = list(_tube_values(segments))
    if said is None or not parts or None in parts:
        return
    total = sum(part or 0 for part in parts)
    if said != total:
        _add(reading, "tubes_sum", "CA1501", f"{said} against {total}", notes)


def _tube_values(segments: Sequence[Segment]) -> Iterator[int | None]:
    for segment in segments:
        if segment.id == "CA17":
            elements = [*segment.elements, "", "", ""]
            coin, pieces = number(elements[2]), number(elements[3])
            yield None if coin is None or pieces is None else coin * pieces


def _add(reading: MachineReading, finding: str, counter: str, what: str, notes: Notes) -> None:
    notes.add(finding, reading.first_lines.get(counter[:-2], 1), what)

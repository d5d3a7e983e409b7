"""What is odd about the facts of a reading: identity, currency, clock, events, sums.

The sums are hints for people: real machines drop selections and reset parts of themselves, so
every one of them fails on machines that are in order (protocol notes, "which way a counter moves").
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from cvd_shared.dex.dex_report import Finding, Report, Severity
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_values import day, text
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.money_frame import BILLS

_PLACES = (
    ("CA305", "CA306", "CA307", "CA308", "CA310"),
    ("CA301", "CA302", "CA303", "CA304", "CA309"),
)
_Parts = tuple[str, int | None, Sequence[int | None]]  # code, what it says, its parts

_FIRST_YEAR = "2001"  # no audit that is read today is older; clocks without a battery start at 2000
_FAR_YEAR = "2035"  # clocks that lost their date show 2036 to 2038, where counted seconds end
_CLOCKS_APART = timedelta(hours=1)
_SLACK = timedelta(days=1)  # between the machine's clock and a reader's
_CURRENCY_NUMBER = re.compile(r"[01][0-9]{3}")
_READER_ID = re.compile(r"[A-Z]{3}[0-9]{7}|[0-9]{10}")  # a communication id (ch. 2.4)


def reading_findings(report: Report, reading: MachineReading) -> Iterator[Finding]:
    """In no order; each kind once."""
    yield from _identity(report, reading)
    yield from _currency(report, reading)
    yield from _clock(report, reading)
    yield from _reads(reading)
    yield from _selections(reading)
    yield from _bills(reading)
    if report.complete:
        yield from _sums(reading)
    if "LS" in reading.rows:
        lines = [row.line for row in reading.rows["LS"]]
        message = "LS and LE wrap the segments of products, as machines before 6.0 send it"
        yield _told("info", "product_loop", lines, message)


def _identity(report: Report, reading: MachineReading) -> Iterator[Finding]:
    identity = reading.identity
    if not (identity.asset_number or identity.serial_number or identity.control_board):
        line = reading.first_lines.get("ID1", report.lines[0][0])
        yield _told("warning", "no_identity", [line], "The machine does not say which one it is")


def _currency(report: Report, reading: MachineReading) -> Iterator[Finding]:
    """ID4: decimals, number code and letters (EVA-DTS 6.2.2 ID4; forms: seen in files)."""
    line = reading.first_lines.get("ID4")
    if line is None:
        return
    if not reading.money.decimals_known:
        message = "ID401 is no sensible number of decimals; 2 are taken"
        yield _told("warning", "decimals_unknown", [line], message)
    sent = next(raw.split("*") for number, raw in report.lines if number == line)
    code, letters = (text(element) for element in [*sent, "", "", ""][2:4])
    if code and not _CURRENCY_NUMBER.fullmatch(code):
        message = f"ID402 is {_shown(code)}, not four digits"
        yield _told("info", "currency_code_form", [line], message)
    if reading.money.currency is None and letters:
        message = f"ID4 names no currency that is known: ID403 is {_shown(letters)}"
        yield _told("info", "currency_unknown", [line], message)
    elif reading.money.currency is None:
        message = "ID4 names no currency: ID403 is not sent"
        yield _told("info", "currency_missing", [line], message)


def _clock(report: Report, reading: MachineReading) -> Iterator[Finding]:
    """A clock that is wrong whatever the day: a year that cannot be, dates behind the clock."""
    lines = reading.first_lines
    clocks = [("ID5", reading.machine_clock), ("EA3", reading.read_outs.at)]
    wrong = [(lines[id_], at) for id_, at in clocks if at and not _FIRST_YEAR <= at < _FAR_YEAR]
    if wrong:
        message = f"The clock of the machine is wrong: {wrong[0][1]}"
        yield _told("warning", "clock_wrong", [line for line, _ in wrong], message)
        return
    machine, reader = (at for _, at in clocks)
    if machine and reader:
        apart = datetime.fromisoformat(reader) - datetime.fromisoformat(machine)
        if abs(apart) > _CLOCKS_APART:
            hours = round(abs(apart).total_seconds() / 3600)
            way = "behind" if apart > timedelta() else "ahead of"
            message = f"The clock of the machine (ID5) is {hours} hours {way} the read (EA3)"
            yield _told("info", "clocks_differ", [lines["ID5"], lines["EA3"]], message)
    latest = _latest(machine or reader)
    if latest and _newest(reading) > latest:
        dated = list(_dated_after(report, latest))
        if dated:
            message = f"Dates after the clock of the machine, {(machine or reader or '')[:10]}"
            yield _told("warning", "date_after_clock", dated, message)


def _latest(clock: str | None) -> str | None:
    """The last moment that can be told when the clock says `clock`."""
    try:
        return (datetime.fromisoformat(clock) + _SLACK).isoformat() if clock else None
    except OverflowError:
        return None


def _newest(reading: MachineReading) -> str:
    dates = [event.at for event in reading.events]
    dates += [selection.sold_out.at for selection in reading.selections]
    dates += [logged.at for logged in reading.logged]
    dates += [reading.read_outs.last_at]
    return max(filter(None, dates), default="")


def _dated_after(report: Report, latest: str) -> Iterator[int]:
    """The lines of the audit segments with a date after `latest`."""
    for segment in report.segments:
        positions = _date_positions(segment.id)
        elements = segment.elements if positions else []
        for position in positions:
            at = day(elements[position]) if position < len(elements) else None
            if at is not None and at > latest:
                yield segment.line
                break


@cache
def _date_positions(segment_id: str) -> tuple[int, ...]:
    kind = segment_table().get(segment_id)
    if kind is None or kind.kind != "audit" or kind.id == "ID5":
        return ()
    return tuple(element.position for element in kind.elements.values() if element.type == "DT")


def _reads(reading: MachineReading) -> Iterator[Finding]:
    if reading.settings.interval_reset == "AUTO":
        message = "The machine clears its interval counters after every good read"
        yield _told("info", "resets_when_read", [reading.first_lines["SD1"]], message)
    outs = reading.read_outs
    reader = next((one for one in (outs.reader, outs.last_reader) if one), "")
    if _READER_ID.fullmatch(reader):
        message = f"The machine says who read it: {reader}"
        yield _told("info", "reader_echoed", [reading.first_lines["EA3"]], message)


def _selections(reading: MachineReading) -> Iterator[Finding]:
    absent, interval = [], []
    for selection in reading.selections:
        meters = selection.meters
        if selection.status and not selection.present and meters.sold_since_init:
            absent.append(selection.line)
        if meters.sold_since_init is None and meters.sold_since_reset is not None:
            interval.append(selection.line)
    if absent:
        message = "PA107 says that the selection is not there, and it has sold"
        yield _told("info", "absent_selection_sold", absent, message)
    if interval:
        message = "A selection has no counter since initialisation: sales cannot be followed"
        yield _told("warning", "interval_only", interval, message)


def _bills(reading: MachineReading) -> Iterator[Finding]:
    """CA304 and CA308 have two forms: whole units, minor units (notes of the table)."""
    if not any(reading.counters.get(code) for code in BILLS):
        return
    line = reading.first_lines["CA3"]
    if reading.bills_unit is None:
        message = "CA304 and CA308 count bills, nothing says in which unit"
        yield _told("info", "bills_unit_unknown", [line], message)
    elif reading.bills_unit > 1:
        message = "CA304 and CA308 count bills in whole currency units"
        yield _told("info", "bills_whole_units", [line], message)


def _sums(reading: MachineReading) -> Iterator[Finding]:
    yield from _sum("info", "selections_sum", "the selections make", reading, _by_selection)
    yield from _sum("info", "payments_sum", "all ways of paying make", reading, _by_payment)
    yield from _sum("info", "payment_sales_sum", "the sales of PA7 make", reading, _by_sales)
    yield from _sum("info", "cash_sum", "box, tubes and bills make", reading, _by_place)


def _by_selection(reading: MachineReading) -> Iterator[_Parts]:
    """VA101 to VA104 are the sums of PA202, PA201, PA204, PA203."""
    columns = zip(*(selection.meters for selection in reading.selections), strict=True)
    for code, parts in zip(("VA102", "VA101", "VA104", "VA103"), columns, strict=False):
        yield code, reading.counters.get(code), parts


def _by_payment(reading: MachineReading) -> Iterator[_Parts]:
    """VA101 = CA201 + DA201 + DB201 + TA201 + TA205, where cash sales are told."""
    if "CA201" in reading.counters:
        ways = ("CA201", "DA201", "DB201", "TA201", "TA205")
        yield "VA101", reading.counters.get("VA101"), [reading.counters.get(w, 0) for w in ways]


def _by_sales(reading: MachineReading) -> Iterator[_Parts]:
    """VA101 is the sum of PA706, where PA7 tells of each selection that has sold."""
    if reading.payments:
        paid = {payment.selection for payment in reading.payments}
        sold = [one.selection for one in reading.selections if one.meters.value_since_init]
        if paid.issuperset(sold):
            sales = [payment.value_since_init for payment in reading.payments]
            yield "VA101", reading.counters.get("VA101"), sales


def _by_place(reading: MachineReading) -> Iterator[_Parts]:
    """CA305 = CA306 + CA307 + CA310, CA301 = CA302 + CA303 + CA309; or CA308 and CA304."""
    get, unit = reading.counters.get, reading.bills_unit
    for total, box, tubes, bills, clear in _PLACES:
        counted = get(bills)
        sent = get(clear) or (counted if not counted else counted * unit if unit else None)
        yield total, get(total), (get(box), get(tubes), sent)


def _sum(
    severity: Severity,
    code: str,
    parts_make: str,
    reading: MachineReading,
    checks: Callable[[MachineReading], Iterator[_Parts]],
) -> Iterator[Finding]:
    """What does not add up, in one finding; an unknown part proves nothing."""
    wrong = []
    for said_by, said, parts in checks(reading):
        if said is not None and parts:
            try:
                total = sum(cast(Sequence[int], parts))
            except TypeError:
                continue  # one of them is not known
            if total != said:
                wrong.append((said_by, f"{said_by} is {said}, {parts_make} {total}"))
    if wrong:
        lines = sorted({reading.first_lines.get(said_by[:-2], 1) for said_by, _ in wrong})
        yield _told(severity, code, lines, "; ".join(message for _, message in wrong))


def _told(severity: Severity, code: str, lines: list[int], message: str) -> Finding:
    """A finding with the number of its lines."""
    times = f" ({len(lines)} lines)" if len(lines) > 1 else ""
    return Finding(severity, code, lines[0], f"{message}{times}.", tuple(lines))


def _shown(element: str) -> str:
    return f'"{element[:12]}"'

"""Write the audit of a machine model as its make would, segment by segment.

To add a segment: 1. its function here; 2. its line in `_WRITERS` or `_PRODUCT_WRITERS`; 3. its
place in the profiles that send it. Elements are those of EVA-DTS 6.2 appendix A.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from cvd_shared.dex.dex_writer import Style, Value, envelope, escape, segment_line
from cvd_shared.vending_shapes import MachineProfile
from cvd_shared.vending_state import CardMeters, MachineState, Meter, Slot, Tally

Line = str

COLLECT_LIST = 1
LOOK_LIST = 2
FULL_DUMP_LIST = 50
CONFIGURATION_LIST = 64

_LOCATION_WIDTH = 30  # ID104
_NAME_WIDTH = 20  # PA103


class _Audit:
    """One report being written: the machine and what is known of this read."""

    def __init__(self, state: MachineState, at: datetime, reader: str) -> None:
        self.state = state
        self.profile = state.profile
        self.meters = state.meters
        self.shown = at + state.clock_offset
        self.reader = reader
        self.style = Style(padded=state.profile.zero_padded, wrapped=True, lenient=True)

    def date(self, moment: datetime) -> str:
        return moment.strftime(self.profile.date_format)

    def time(self, moment: datetime) -> str:
        return moment.strftime(self.profile.time_format)

    def bills(self, meter_value: int) -> int | None:
        unit = self.profile.bill_unit
        return None if unit is None else meter_value // unit

    @property
    def always_listed(self) -> list[tuple[str, int]]:
        """(payment device, price list) of the lines that each selection has."""
        cards = self.profile.card_devices
        return [("CA", 0), *((device, self.profile.card_list) for device in cards)]

    def line(self, code: str, *values: Value) -> Line:
        """One segment, cut to as many elements as this make sends; empty ones at the end too."""
        wanted = values[: self.profile.elements.get(code, len(values))]
        line = segment_line(code, wanted, self.style)
        return line + "*" * (len(wanted) - line.count("*"))


def _both(meter: Meter) -> tuple[int, int]:
    """(since initialisation, since last reset)"""
    return meter.total, meter.interval


def _value_first(tally: Tally) -> tuple[int, int, int, int]:
    """Value and number since initialisation, value and number since last reset."""
    value, count = tally.value, tally.count
    return value.total, count.total, value.interval, count.interval


def _count_first(tally: Tally) -> tuple[int, int, int, int]:
    """Number and value since initialisation, number and value since last reset."""
    total_value, total, value, count = _value_first(tally)
    return total, total_value, count, value


def _interval_first(tally: Tally) -> tuple[int, int, int, int]:
    """Value and number since last reset, value and number since initialisation."""
    total_value, total, value, count = _value_first(tally)
    return value, count, total_value, total


def report_of(state: MachineState, at: datetime, reader: str) -> bytes:
    """The whole audit in the frame of the make, as `reader` gets it at `at`."""
    audit = _Audit(state, at, _latin(reader))
    return _framed(state.profile, _audit_lines(audit))


def list_report_of(
    state: MachineState, list_number: int, at: datetime, reader: str
) -> bytes | None:
    """What a list of DDCMP holds (EVA-DTS 6.2.2 ch. 6.1.4); None: the make has no such list."""
    audit = _Audit(state, at, _latin(reader))
    profile = state.profile
    if list_number in (COLLECT_LIST, LOOK_LIST):
        return _framed(profile, _audit_lines(audit))
    if list_number == FULL_DUMP_LIST:
        settings = [line for line in _configuration_lines(audit) if not line.startswith("ID1*")]
        return _framed(profile, [*_audit_lines(audit), *settings])  # a second ID1 begins a report
    if list_number == CONFIGURATION_LIST or list_number in profile.maker_lists:
        return _framed(profile, _configuration_lines(audit))
    return None


def _audit_lines(audit: _Audit) -> list[Line]:
    lines: list[Line] = []
    for code in audit.profile.segments:
        if code in audit.profile.texts:
            lines += _texts(audit, code)
        else:
            lines += _WRITERS[code](audit)
    return lines


def _framed(profile: MachineProfile, lines: Sequence[Line]) -> bytes:
    if profile.frame in ("whole", "miscounted"):
        whole = envelope(lines, profile.communication_id, profile.version)
        return whole if profile.frame == "whole" else _miscounted(whole, len(lines))
    if profile.frame == "header":
        header = f"DXS*{profile.communication_id}*VA*{profile.version}"
        lines = [header, *lines, "DXE*1*0", ""]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _miscounted(whole: bytes, count: int) -> bytes:
    """As some makes have it: they count a part of their segments only."""
    body, _, trailer = whole.rpartition(b"G85*")
    counted = f"SE*{count + 3}*".encode()
    return body + b"G85*" + trailer[:4].lower() + trailer[4:].replace(counted, b"SE*%d*" % count)


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _texts(audit: _Audit, code: str) -> Iterable[Line]:
    """Lines that name things: identities, currency, clock, settings."""
    state = audit.state
    values = {
        "serial": escape(_latin(state.serial_number)),
        "board": escape(_latin(state.control_board)),
        "asset": escape(_latin(state.asset_number)),
        "location": escape(_latin(state.location[:_LOCATION_WIDTH])),
        "decimals": state.money.decimals,
        "numeric": f"{state.money.numeric:03}",
        "currency": state.currency,
        "date": audit.date(audit.shown),
        "time": audit.time(audit.shown),
        "reset": _mode(state.settings.auto_reset),
        "event_reset": _mode(state.settings.auto_reset_events),
    }
    for template in state.profile.texts[code]:
        yield f"{code}*{template.format(**values)}"


def _mode(auto: bool) -> str:
    return "AUTO" if auto else "SAVE"


def _configuration_lines(audit: _Audit) -> list[Line]:
    """What can be set up, in the segments in which this make takes it."""
    state, takes = audit.state, audit.profile.takes
    shown = (audit.date(audit.shown), audit.time(audit.shown))
    location = _latin(state.location[:_LOCATION_WIDTH])
    owner = (*[None] * 3, location, None, _latin(state.asset_number))
    lines = [audit.line(code, *owner) for code in ("IC1", "ID1") if code in takes]
    lines += [audit.line(code, *shown) for code in ("IC5", "ID5") if code in takes]
    for slot in state.slots.values():
        if "PC1" in takes:
            name = _latin(slot.name[:_NAME_WIDTH])
            lines.append(audit.line("PC1", slot.selection, slot.price, name, slot.capacity))
        if "PC7" in takes:
            lines += [
                audit.line(
                    "PC7", slot.selection, device, str(number), slot.price_in(device, number)
                )
                for device, number in audit.always_listed
            ]
    if "LC1" in takes:
        lines += [
            audit.line("LC1", str(number), slot.selection, slot.price_in("", number))
            for number in audit.profile.price_lists
            for slot in state.slots.values()
        ]
    if "SD1" in takes:
        settings = state.settings
        modes = (_mode(settings.auto_reset), _mode(settings.auto_reset_events))
        lines.append(audit.line("SD1", *[None] * 4, *modes))
    return lines


# --- the machine ------------------------------------------------------------------------------


def _va1(audit: _Audit) -> Iterable[Line]:
    meters = audit.meters
    yield audit.line(
        "VA1",
        *_value_first(meters.paid),
        *_value_first(meters.discounts),
        *_count_first(meters.surcharges),
    )


def _va2(audit: _Audit) -> Iterable[Line]:
    yield audit.line("VA2", *_value_first(audit.meters.test), "", "")


def _va3(audit: _Audit) -> Iterable[Line]:
    yield audit.line("VA3", *_value_first(audit.meters.free))


def _ca2(audit: _Audit) -> Iterable[Line]:
    yield audit.line("CA2", *_value_first(audit.meters.cash.sales))


def _ca3(audit: _Audit) -> Iterable[Line]:
    cash = audit.meters.cash
    box, tubes, bills = cash.to_box, cash.to_tubes, cash.bills
    yield audit.line(
        "CA3",
        box.interval + tubes.interval + bills.interval,
        box.interval,
        tubes.interval,
        audit.bills(bills.interval),
        box.total + tubes.total + bills.total,
        box.total,
        tubes.total,
        audit.bills(bills.total),
        bills.interval,
        bills.total,
    )


def _ca4(audit: _Audit) -> Iterable[Line]:
    out, by_hand = audit.meters.cash.dispensed, audit.meters.cash.dispensed_by_hand
    yield audit.line(
        "CA4",
        out.interval,
        by_hand.interval,
        out.total,
        by_hand.total,
        *(0,) * 6,
    )


def _ca7(audit: _Audit) -> Iterable[Line]:
    yield audit.line("CA7", *(0,) * 8)


def _reset_first(code: str, meter: str) -> Callable[[_Audit], Iterable[Line]]:
    """A segment of one cash counter whose interval comes first: CA8, CA9, CA10."""

    def write(audit: _Audit) -> Iterable[Line]:
        total, interval = _both(getattr(audit.meters.cash, meter))
        yield audit.line(code, interval, total)

    return write


def _ca15(audit: _Audit) -> Iterable[Line]:
    counts = list(audit.state.tubes.values())
    empty = [0] * (8 - len(counts))
    yield audit.line("CA15", audit.state.tube_value, "1", *counts, *empty)


def _ca17(audit: _Audit) -> Iterable[Line]:
    for number, (coin, count) in enumerate(audit.state.tubes.items(), start=1):
        yield audit.line("CA17", str(number), str(coin), str(count), "0", "0")


def _card(write: Callable[[_Audit, CardMeters], Line]) -> Callable[[_Audit], Iterable[Line]]:
    def one(audit: _Audit) -> Iterable[Line]:
        yield write(audit, audit.meters.cards["DA"])

    return one


def _da5(audit: _Audit, card: CardMeters) -> Line:
    return audit.line("DA5", *_interval_first(card.discounts), *_interval_first(card.surcharges))


def _db2(audit: _Audit) -> Iterable[Line]:
    yield audit.line("DB2", *_value_first(audit.meters.cards["DB"].sales))


def _ta2(audit: _Audit) -> Iterable[Line]:
    yield audit.line(
        "TA2",
        *_value_first(audit.meters.vend_tokens),
        *_value_first(audit.meters.value_tokens),
    )


# --- the selections ---------------------------------------------------------------------------


def _products(audit: _Audit) -> Iterable[Line]:
    loop = audit.profile.loop
    if loop:
        yield f"LS*{loop}"
    for slot in audit.state.slots.values():
        for code in audit.profile.product_segments:
            yield from _PRODUCT_WRITERS[code](audit, slot)
    if loop:
        yield f"LE*{loop}"


def _pa1(audit: _Audit, slot: Slot) -> Iterable[Line]:
    yield audit.line(
        "PA1",
        slot.selection,
        slot.price,
        _latin(slot.name[:_NAME_WIDTH]),
        *(None, None, None, 0),
    )


def _pa2(audit: _Audit, slot: Slot) -> Iterable[Line]:
    meters = slot.meters
    yield audit.line(
        "PA2",
        *_count_first(meters.paid),
        *_count_first(meters.discounts),
        *_count_first(meters.surcharges),
    )


def _pa3(audit: _Audit, slot: Slot) -> Iterable[Line]:
    yield audit.line("PA3", *_count_first(slot.meters.test))


def _pa4(audit: _Audit, slot: Slot) -> Iterable[Line]:
    yield audit.line("PA4", *_count_first(slot.meters.free))


def _pa5(audit: _Audit, slot: Slot) -> Iterable[Line]:
    if slot.sold_out_at is None and not slot.meters.sold_out_tries.interval:
        return
    at = slot.sold_out_at + audit.state.clock_offset if slot.sold_out_at else None
    yield audit.line(
        "PA5",
        audit.date(at) if at else "",
        audit.time(at) if at else "",
        slot.meters.sold_out_tries.interval,
    )


def _pa7(audit: _Audit, slot: Slot) -> Iterable[Line]:
    always = audit.always_listed
    sold = slot.meters.by_list
    for device, price_list in [*always, *(each for each in sold if each not in always)]:
        tally = sold.get((device, price_list), Tally())
        yield audit.line(
            "PA7",
            slot.selection,
            device,
            str(price_list),
            slot.price_in(device, price_list),
            *_count_first(tally),
        )


def _pa8(audit: _Audit, slot: Slot) -> Iterable[Line]:
    yield audit.line("PA8", *_count_first(slot.meters.mixed))


def _la1(audit: _Audit) -> Iterable[Line]:
    for price_list in audit.profile.price_lists:
        for slot in audit.state.slots.values():
            sold = Meter()
            for (_, listed), tally in slot.meters.by_list.items():
                if listed == price_list:
                    sold.total += tally.count.total
                    sold.interval += tally.count.interval
            total, interval = _both(sold)
            yield audit.line(
                "LA1",
                str(price_list),
                slot.selection,
                slot.price_in("", price_list),
                interval,
                total,
            )


# --- events and reads -------------------------------------------------------------------------


def _ea1(audit: _Audit) -> Iterable[Line]:
    for event in audit.state.dated_events:
        at = event.at + audit.state.clock_offset
        yield audit.line("EA1", event.code, audit.date(at), audit.time(at))


def _ea2(audit: _Audit) -> Iterable[Line]:
    for code, seen in audit.state.events.items():
        yield audit.line(
            "EA2",
            code,
            seen.count.interval,
            seen.count.total,
            "",
            "1" if seen.active else "0",
        )


def _ea3(audit: _Audit) -> Iterable[Line]:
    meters, last = audit.meters, audit.state.last_read
    before = ("", "", "")
    if last is not None:
        at = last.at + audit.state.clock_offset
        before = (audit.date(at), audit.time(at), _latin(last.reader[:12]))
    yield audit.line(
        "EA3",
        meters.reads_with_reset,
        audit.date(audit.shown),
        audit.time(audit.shown),
        audit.reader,
        *before,
        "",
        meters.reads,
        meters.resets,
    )


def _ea4(audit: _Audit) -> Iterable[Line]:
    at = audit.state.installed_at + audit.state.clock_offset
    yield audit.line("EA4", audit.date(at), audit.time(at))


def _ea5(audit: _Audit) -> Iterable[Line]:
    if audit.state.price_set_at is not None:
        at = audit.state.price_set_at + audit.state.clock_offset
        changes = audit.meters.price_changes.interval
        yield audit.line("EA5", audit.date(at), audit.time(at), "", "", changes)


def _ea7(audit: _Audit) -> Iterable[Line]:
    total, interval = _both(audit.meters.power_cuts)
    yield audit.line("EA7", interval, total)


_WRITERS: dict[str, Callable[[_Audit], Iterable[Line]]] = {
    "VA1": _va1,
    "VA2": _va2,
    "VA3": _va3,
    "CA2": _ca2,
    "CA3": _ca3,
    "CA4": _ca4,
    "CA7": _ca7,
    "CA8": _reset_first("CA8", "overpaid"),
    "CA9": _reset_first("CA9", "exact_change_sales"),
    "CA10": _reset_first("CA10", "filled_by_hand"),
    "CA15": _ca15,
    "CA17": _ca17,
    "DA2": _card(lambda audit, card: audit.line("DA2", *_value_first(card.sales))),
    "DA3": _card(lambda audit, card: audit.line("DA3", *_both(card.debited))),
    "DA4": _card(lambda audit, card: audit.line("DA4", *_both(card.credited))),
    "DA5": _card(_da5),
    "DA10": _card(lambda audit, card: audit.line("DA10", *_count_first(card.mixed))),
    "DB2": _db2,
    "TA2": _ta2,
    "PRODUCTS": _products,
    "LA1": _la1,
    "EA1": _ea1,
    "EA2": _ea2,
    "EA3": _ea3,
    "EA4": _ea4,
    "EA5": _ea5,
    "EA7": _ea7,
}

_PRODUCT_WRITERS: dict[str, Callable[[_Audit, Slot], Iterable[Line]]] = {
    "PA1": _pa1,
    "PA2": _pa2,
    "PA3": _pa3,
    "PA4": _pa4,
    "PA5": _pa5,
    "PA7": _pa7,
    "PA8": _pa8,
}

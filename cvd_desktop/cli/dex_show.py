"""What `cvd dex show` prints for people: one report after the other, compact."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cvd_desktop.cli.command_line import print_line, print_table, shown

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]

_MOST_UNKNOWN = 10  # segments that are shown in full
_PARTS = {
    "CB1": "control board",
    "AM1": "audit module",
    "FA1": "gateway",
    "CA1": "coin mechanism",
    "BA1": "bill validator",
    "DA1": "cashless 1",
    "DB1": "cashless 2",
    "TA1": "token acceptor",
    "HA1": "hopper 1",
    "HB1": "hopper 2",
    "ID2": "data carrier",
}
PAID_BY = {"CA": "cash", "DA": "cashless 1", "DB": "cashless 2", "TA": "token"}
_LOGGED = {"EA4": "initialised", "EA5": "prices set", "EA6": "serviced"}
_VENDS = (("tests", "test vends"), ("free", "free vends"), ("discounts", "discounted"))
_CASH = (
    ("cash_in", "cash in"),
    ("to_box", "to the box"),
    ("to_tubes", "to the tubes"),
    ("bills_in", "bills in"),
    ("to_recycler", "to the recycler"),
    ("dispensed", "dispensed"),
    ("dispensed_by_hand", "dispensed by hand"),
    ("overpaid", "overpaid"),
    ("filled", "filled by hand"),
)
_CARD = (("debited", "debited"), ("credited", "credited"), ("overpaid", "overpaid"))


def print_report(report: Mapping[str, Any], title: str) -> None:
    """Print one report of the document of report_json.py."""
    print_line(title)
    for what, value in _head(report):
        print_line(f"  {what:<13}{printable(value)}")
    for titles, rows in _tables(report, report["decimal_places"]):
        print_line("")
        print_table(titles, [tuple(map(printable, row)) for row in rows])
    print_line("")


def print_outside(document: Mapping[str, Any]) -> None:
    """Print what is odd about the file beside its reports."""
    if document["findings"]:
        titles, rows = _findings(document["findings"])
        print_table(titles, [tuple(map(printable, row)) for row in rows])
    if document["outside"]:
        count = len(document["outside"])
        lines = "1 line belongs" if count == 1 else f"{count:,} lines belong"
        print_line(f"{lines} to no report.")


def _head(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    integrity, decimals = report["integrity"], report["decimal_places"]
    maker = report["maker"]
    by = f"{maker['name']}, {maker['country']}" if maker else "a maker in no list"
    counted, declared = integrity["segments_counted"], integrity["segments_declared"]
    yield "Machine", machine_text(report["machine"])
    yield "Sent by", f"{shown(report['communication_id'])} ({by}), {shown(report['version'])}"
    end = "complete" if integrity["complete"] else "not complete"
    yield "Integrity", f"G85 {integrity['g85']}, {counted} of {shown(declared)} segments, {end}"
    yield "Currency", f"{shown(report['currency'])}, {decimals} decimals"
    if report["machine_clock"]:
        yield "Clock", _moment(report["machine_clock"])
    yield from _history(report)


def _history(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Reads, resets, power and settings, as far as the machine tells them."""
    reads = report["read_outs"]
    counts = [
        f"{word} {reads[name]:,}"
        for name, word in (("reads", "reads"), ("with_reset", "with reset"), ("resets", "resets"))
        if reads[name] is not None
    ]
    if counts:
        yield "Since init", ", ".join(counts)
    for what, at, by in (("This read", "at", "reader"), ("Read before", "last_at", "last_reader")):
        if reads[at] or reads[by]:
            yield what, _at_by(reads[at], reads[by])
    outages = report["power_outages"]
    if outages["since_init"] is not None or outages["since_reset"] is not None:
        init, reset = shown(outages["since_init"]), shown(outages["since_reset"])
        yield "Power cuts", f"{init} since init, {reset} since reset"
    settings = report["settings"]
    if settings["interval_reset"] or settings["event_reset"]:
        interval, events = shown(settings["interval_reset"]), shown(settings["event_reset"])
        yield "Resets", f"interval counters {interval}, events {events}"
    for logged in report["logged"]:
        if logged["at"]:
            what = _LOGGED.get(logged["segment"], logged["segment"]).capitalize()
            yield what, _at_by(logged["at"], logged["terminal"])
    for told in report["temperatures"]:
        place = f"{told['place']}: " if told["place"] else ""
        unit = told["unit"] or "degrees"
        degrees = "no probe" if told["degrees"] is None else f"{told['degrees']} {unit}"
        yield "Temperature", f"{place}{degrees}"


def _tables(report: Mapping[str, Any], decimals: int) -> Iterator[Table]:
    yield ("Total", "since init", "since reset"), _totals(report, decimals)
    facts = ("serial_number", "model", "software")
    devices = [each for each in report["devices"] if any(each[name] for name in facts)]
    if devices:
        yield (
            ("Part", "Serial", "Model", "Software"),
            [(_PARTS[each["segment"]], *(each[name] or "" for name in facts)) for each in devices],
        )
    if report["tubes"]:
        yield (
            ("Tube", "Coin", "Pieces", "Full"),
            [
                (
                    shown(each["type_number"]),
                    shown(each["value"], decimals),
                    shown(each["pieces"]),
                    _yes_no(each["full"]),
                )
                for each in report["tubes"]
            ],
        )
    yield from _sales(report, decimals)
    if report["events"]:
        yield (
            ("Event", "Meaning", "since reset", "since init", "active", "at"),
            [
                (
                    each["code"],
                    each["text"],
                    shown(each["since_reset"]),
                    shown(each["since_init"]),
                    _yes_no(each["active"]),
                    _moment(each["at"]) if each["at"] else "",
                )
                for each in report["events"]
            ],
        )
    unknown = report["unknown_segments"]
    if unknown:
        rows: list[tuple[str, ...]] = [
            (str(each["line"]), each["text"]) for each in unknown[:_MOST_UNKNOWN]
        ]
        if len(unknown) > _MOST_UNKNOWN:
            rows.append(("", f"and {len(unknown) - _MOST_UNKNOWN:,} more"))
        yield ("Line", "In no list"), rows
    if report["findings"]:
        yield _findings(report["findings"])


def _findings(findings: Sequence[Mapping[str, Any]]) -> Table:
    return (
        ("Finding", "Line", "Code", "What"),
        [(each["severity"], str(each["line"]), each["code"], each["message"]) for each in findings],
    )


def _totals(report: Mapping[str, Any], decimals: int) -> list[tuple[str, ...]]:
    """The two totals that every report is asked for, then those that say something."""
    vends, cash = report["vends"], report["cash"]
    rows: list[tuple[str, ...]] = [
        ("paid vends", *_both(vends["paid"]["number"])),
        ("value", *_both(vends["paid"]["value"], decimals)),
    ]
    more: list[tuple[str, Mapping[str, Any], int | None]] = [
        (word, vends[name]["number"], None) for name, word in _VENDS
    ]
    more.append(("cash vends", cash["sales"]["number"], None))
    more.append(("cash sales", cash["sales"]["value"], decimals))
    for card in report["cashless"]:
        name = PAID_BY[card["device"]]
        more.append((f"{name} vends", card["sales"]["number"], None))
        more.append((f"{name} sales", card["sales"]["value"], decimals))
        more += [(f"{name} {word}", card[key], decimals) for key, word in _CARD]
        more.append((f"{name} in mixed payments", card["mixed"]["value"], decimals))
    if report["tokens"]:
        for key, word in (("vend_tokens", "vend tokens"), ("value_tokens", "value tokens")):
            more.append((word, report["tokens"][key]["number"], None))
    more += [(word, cash[key], decimals) for key, word in _CASH]
    rows += [(word, *_both(since, places)) for word, since, places in more if any(since.values())]
    for key, word in (("tube_contents", "in the tubes"), ("recycler_contents", "in the recycler")):
        if cash[key]:
            rows.append((word, shown(cash[key], decimals), ""))
    return rows


def _sales(report: Mapping[str, Any], decimals: int) -> Iterator[Table]:
    if report["selections"]:
        yield (
            ("Selection", "Price", "Product", "Sold", "Value", "Sold since reset", "Value"),
            [
                (
                    each["selection"],
                    shown(each["price"], decimals),
                    each["product"] or "",
                    shown(each["sold_since_init"]),
                    shown(each["value_since_init"], decimals),
                    shown(each["sold_since_reset"]),
                    shown(each["value_since_reset"], decimals),
                )
                for each in report["selections"]
            ],
        )
    if report["payments"]:
        yield (
            ("Paid by", "List", "Sold", "Value", "Sold since reset", "Value"),
            _by_payment(report["payments"], decimals),
        )
    if report["price_list"]:
        yield ("Price list", "Selections", "Lowest", "Highest"), _lists(report, decimals)


def _by_payment(payments: Sequence[Mapping[str, Any]], decimals: int) -> list[tuple[str, ...]]:
    """The selections added up by device and price list."""
    sums: dict[tuple[str, str], list[int]] = {}
    for each in payments:
        device = each["device"] or "?"
        key = (PAID_BY.get(device, device), shown(each["price_list"]))
        row = sums.setdefault(key, [0] * len(_SOLD))
        for place, name in enumerate(_SOLD):
            row[place] += each[name] or 0
    places = (None, decimals, None, decimals)
    return [
        (*key, *(shown(value, place) for value, place in zip(row, places, strict=True)))
        for key, row in sums.items()
    ]


def _lists(report: Mapping[str, Any], decimals: int) -> list[tuple[str, ...]]:
    lists: dict[str, list[int]] = {}
    for each in report["price_list"]:
        prices = lists.setdefault(shown(each["price_list"]), [])
        if each["price"] is not None:
            prices.append(each["price"])
    return [
        (
            number,
            str(len(prices)),
            shown(min(prices, default=None), decimals),
            shown(max(prices, default=None), decimals),
        )
        for number, prices in lists.items()
    ]


_SOLD = ("sold_since_init", "value_since_init", "sold_since_reset", "value_since_reset")


def machine_text(machine: Mapping[str, Any]) -> str:
    """A machine by all that it says of itself, "?" for what it does not say."""
    words = {
        "asset_number": "asset",
        "serial_number": "serial",
        "model": "model",
        "control_board": "board",
    }
    return ", ".join(f"{word} {shown(machine[name])}" for name, word in words.items())


def _both(since: Mapping[str, Any], decimals: int | None = None) -> tuple[str, str]:
    return shown(since["since_init"], decimals), shown(since["since_reset"], decimals)


def _at_by(at: str | None, terminal: str | None) -> str:
    when = _moment(at) if at else "?"
    return f"{when} by {terminal}" if terminal else when


def _moment(at: str) -> str:
    return at.replace("T", " ")


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def printable(text: str) -> str:
    """`text` without characters that steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)

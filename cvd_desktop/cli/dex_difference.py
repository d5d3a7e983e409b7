"""What `cvd dex diff` prints for people: the class of the pair, sales, cash, events, proofs."""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from cvd_desktop.cli.command_line import print_line, print_table, shown
from cvd_desktop.cli.dex_show import PAID_BY, machine_text, printable

_UNCHANGED = "no_change"
_UNKNOWN = "unknown"
_RESTARTED = "restarted"
_FIGURES = ("said", "rebuilt")
_WIDTH = 80
_LABEL = 9


def print_difference(document: Mapping[str, Any], *, every_selection: bool) -> None:
    """Print the document of services/dex_diff.py; selections without change are summed up."""
    decimals, currency = document["decimal_places"], document["currency"] or ""
    for what, value in _head(document, decimals, currency):
        _print_fact(what, printable(value))
    _print_selections(document, every_selection)
    if any(each["units"] is not None for each in document["payments"]):
        print_line("")
        print_table(
            ("Paid by", "Units", "Value", "Partly", "Class"),
            [
                (
                    PAID_BY.get(each["device"], each["device"]),
                    shown(each["units"]),
                    shown(each["value"], decimals),
                    shown(each["mixed_units"]) if each["mixed_units"] else "",
                    _class(each["class"]),
                )
                for each in document["payments"]
            ],
        )
    _print_cash(document["cash"], decimals)
    if document["events"]:
        print_line("")
        print_table(
            ("Event", "Meaning", "Times", "Active", "Last"),
            [
                tuple(
                    map(
                        printable,
                        (
                            each["code"],
                            each["text"],
                            shown(each["times"]),
                            "yes" if each["active"] else "",
                            (each["last"] or "").replace("T", " "),
                        ),
                    )
                )
                for each in document["events"]
            ],
        )
    if document["rebuilt"]:
        print_line("")
        print_table(
            ("Interval counter", "Says", "Really"),
            [
                (
                    each["code"],
                    *(shown(each[name], decimals if each["money"] else None) for name in _FIGURES),
                )
                for each in document["rebuilt"]
            ],
        )


def _head(document: Mapping[str, Any], decimals: int, currency: str) -> Iterator[tuple[str, str]]:
    for what in ("old", "new"):
        side = document[what]
        which = f", report {side['report']} of {side['reports']}" if side["reports"] > 1 else ""
        yield what.capitalize(), f"{side['file']}{which}"
        clock = (side["machine_clock"] or "no clock").replace("T", " ")
        yield "", f"{machine_text(side['machine'])}, {clock}"
    if document["turned_round"]:
        yield "Warning", "By the machine's clocks, OLD was read after NEW."
    yield "Class", document["text"]
    for each in document["evidence"]:
        proof = f" ({', '.join(each['elements'])})" if each["elements"] else ""
        yield "", f"- {each['text']}{proof}"
    yield "Sold", _sold(document, decimals, currency)
    foreign = document["foreign"]
    if foreign["reads"] or foreign["resets"]:
        counts = (("reads", foreign["reads"]), ("resets", foreign["resets"]))
        yield "Others", ", ".join(f"{word}: {count:,}" for word, count in counts if count)


def _print_fact(what: str, value: str) -> None:
    hanging = " " * (_LABEL + 2 * value.startswith("- "))
    first = what.ljust(_LABEL)
    _print_wrapped(value, first, hanging)


def _sold(document: Mapping[str, Any], decimals: int, currency: str) -> str:
    units, value = document["units"], document["value"]
    if units is None and value is None:
        return "not known"
    taken = ", ".join(filter(None, (document["units_from"], document["value_from"])))
    amount = "value not known" if value is None else f"{shown(value, decimals)} {currency}".strip()
    said = f"{'not known how many' if units is None else f'{units:,}'} units, {amount}"
    return f"{said} (by {taken})" if taken else said


def _print_selections(document: Mapping[str, Any], every_selection: bool) -> None:
    """Those with a figure of their own; the others are counted, unless all are asked for."""
    decimals, kind = document["decimal_places"], document["kind"]
    rows, still, unknown = [], 0, 0
    for each in document["selections"]:
        if every_selection or (_moved(each) and not _unknown(each, kind)):
            rows.append(each)
        elif _unknown(each, kind):
            unknown += 1
        else:
            still += 1
    if rows:
        print_line("")
        print_table(
            ("Selection", "Units", "Value", "Before", "Now", "Class"),
            [
                (
                    printable(each["selection"]),
                    shown(each["units"]),
                    shown(each["value"], decimals),
                    shown(each["before"]),
                    shown(each["now"]),
                    _class(each["class"]),
                )
                for each in rows
            ],
        )
    if still or unknown:
        print_line("")
    for count, what in ((still, "without a sale"), (unknown, "whose sales are not known")):
        if count:
            print_line(f"{count:,} {'selection' if count == 1 else 'selections'} {what}.")


def _moved(selection: Mapping[str, Any]) -> bool:
    return (
        selection["class"] != _UNCHANGED
        or selection["value_class"] not in (_UNCHANGED, _UNKNOWN)
        or any(selection[name] for name in ("test_vends", "free_vends"))
    )


def _unknown(selection: Mapping[str, Any], kind: str) -> bool:
    """Nothing is known of it but what is said of the pair as a whole."""
    if selection["class"] == _RESTARTED:
        return False  # what it counts now was sold since
    return selection["units"] is None and selection["class"] in (_UNKNOWN, kind)


def _print_cash(cash: Mapping[str, Any], decimals: int) -> None:
    """Where the cash is, and what it was for; nothing for a machine that tells no cash."""
    told = [each["amount"] for each in (cash["cash_in"], *cash["went"], *cash["earned"])]
    if not any(told):
        if 0 in told:
            print_line("")
            print_line("No cash moved.")
        return
    for title, terms, rest, reasons in (
        ("Where it is", cash["went"], cash["remainder"], cash["reasons"]),
        ("What it was for", cash["earned"], cash["earned_remainder"], cash["earned_reasons"]),
    ):
        rows = [
            (each["text"], shown(each["amount"], decimals), ", ".join(each["elements"]))
            for each in (cash["cash_in"], *terms)
        ]
        rows.append(("Remainder", shown(rest, decimals), ""))
        print_line("")
        print_table((f"Cash: {title.lower()}", "Amount", "By"), rows)
        for each in reasons:
            _print_wrapped(printable(each["text"]), "- ", "  ")


def _class(kind: str) -> str:
    return "" if kind == "normal" else kind.replace("_", " ")


def _print_wrapped(text: str, first: str, hanging: str) -> None:
    for line in wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=hanging,
        break_on_hyphens=False,
    ):
        print_line(line)

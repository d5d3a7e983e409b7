"""Sales, cash and events between two EVA-DTS files of a machine: `cvd dex diff`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.dex_files import STANDARD_INPUT, read_file
from cvd_desktop.services.word_table_interval import FACTS, KINDS
from cvd_shared.cash import cash_account
from cvd_shared.cash_facts import CashAccount, CashTerm, Reason
from cvd_shared.dex.dex_segments import element
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval import interval
from cvd_shared.dex.interval_facts import MONEY_VALUES, Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import Delta
from cvd_shared.dex.reading_maker import make_reading


@dataclass(frozen=True, slots=True)
class Taken:
    """The report that was taken from a file."""

    file: str
    number: int  # of the report in the file, from 1
    reports: int  # in the file
    reading: MachineReading

    @property
    def clock(self) -> str | None:
        return self.reading.machine_clock or self.reading.read_outs.at


@dataclass(frozen=True, slots=True)
class Difference:
    """What happened from `old` to `new`."""

    old: Taken
    new: Taken
    interval: Interval
    cash: CashAccount
    turned_round: bool  # by the machine's clocks, OLD was read after NEW


def diff_files(old: Path, new: Path) -> Difference:
    """Compare two files; one of them may be "-", standard input.

    Of a file with several reports the first whole one is taken; of the same file given twice the
    first and the last whole one. Raises Problem: stdin_twice, file_unreadable, file_too_large,
    no_report.
    """
    if str(old) == str(new) == STANDARD_INPUT:
        raise Problem("stdin_twice", ExitCode.USAGE)
    same = str(old) == str(new)
    return compare(_taken(old, last=False), _taken(new, last=same))


def compare(old: Taken, new: Taken) -> Difference:
    """What happened between two reports. Never raises."""
    moved = interval(old.reading, new.reading)
    return Difference(
        old,
        new,
        moved,
        cash_account(moved, old.reading, new.reading),
        bool(old.clock and new.clock and new.clock < old.clock),
    )


def take(data: bytes, name: str, *, last: bool = False) -> Taken | None:
    """The first, or last, whole report in `data`, else the first, or last, one; None for none."""
    reports = read_dex(data).reports
    if not reports:
        return None
    places = range(len(reports))
    whole = [place for place in places if reports[place].complete] or list(places)
    place = whole[-1 if last else 0]
    return Taken(name, place + 1, len(reports), make_reading(reports[place]))


def _taken(path: Path, *, last: bool) -> Taken:
    taken = take(read_file(path), str(path), last=last)
    if taken is None:
        raise Problem("no_report", ExitCode.USAGE, path=str(path))
    return taken


def document(found: Difference) -> dict[str, Any]:
    """What `cvd dex diff --json` prints; its keys only grow.

    {"old", "new": {"file", "report", "reports", "machine", "machine_clock", "complete"},
    "turned_round", "kind", "text", "trusted", "evidence": [{"code", "text", "values",
    "elements"}], "units", "value", "units_from", "value_from", "currency", "decimal_places",
    "selections": [{"selection", "units", "value", "class", "before", "now", "value_class",
    "value_before", "value_now", "test_vends", "free_vends", "line"}],
    "counters": {code: {"name", "money", "amount", "class", "before", "now"}},
    "payments": [{"device", "units", "value", "class", "mixed_units"}],
    "cash": {"cash_in", "went": [{"code", "text", "amount", "elements"}], "remainder",
    "reasons": [{"code", "text", "values"}], "earned", "earned_remainder", "earned_reasons"},
    "events": [{"code", "text", "times", "active", "last", "lines"}],
    "foreign": {"reads", "resets", "last_at", "last_reader"},
    "rebuilt": [{"code", "name", "money", "said", "rebuilt"}]}

    Amounts are integer minor units of "currency"; what cannot be known is null. Classes are those
    of the meters: normal, no_change, rolled_over, restarted, board_changed, other_machine,
    partial_file, clock_only, unknown.
    """
    moved, money = found.interval, found.new.reading.money
    return {
        "old": _side(found.old),
        "new": _side(found.new),
        "turned_round": found.turned_round,
        "kind": str(moved.kind),
        "text": KINDS[moved.kind].sentence,
        "trusted": moved.trusted,
        "evidence": [
            {
                "code": each.code,
                "text": fact_text("evidence", each.code, each.values, money.decimals),
                "values": dict(each.values),
                "elements": list(each.elements),
            }
            for each in moved.evidence
        ],
        "units": moved.units,
        "value": moved.value,
        "units_from": moved.units_from,
        "value_from": moved.value_from,
        "currency": money.currency,
        "decimal_places": money.decimals,
        "selections": [
            {
                "selection": each.selection,
                "units": each.units.amount,
                "value": each.value.amount,
                "class": str(each.units.kind),
                "before": each.units.before,
                "now": each.units.now,
                "value_class": str(each.value.kind),
                "value_before": each.value.before,
                "value_now": each.value.now,
                "test_vends": each.test_vends.amount,
                "free_vends": each.free_vends.amount,
                "line": each.line,
            }
            for each in moved.selections
        ],
        "counters": {code: _counter(code, each) for code, each in moved.counters.items()},
        "payments": [
            {
                "device": each.device,
                "units": each.units.amount,
                "value": each.value.amount,
                "class": str(each.units.kind),
                "mixed_units": each.mixed_units.amount,
            }
            for each in moved.payments
        ],
        "cash": _cash(found),
        "events": [
            {
                "code": each.code,
                "text": each.text,
                "times": each.times,
                "active": each.active,
                "last": each.last,
                "lines": list(each.lines),
            }
            for each in moved.events
        ],
        "foreign": moved.foreign._asdict(),
        "rebuilt": [
            {
                "code": each.code,
                "name": _name(each.code),
                "money": _is_money(each.code),
                "said": each.said,
                "rebuilt": each.rebuilt,
            }
            for each in moved.rebuilt
        ],
    }


def fact_text(area: str, code: str, values: Mapping[str, str | int], decimals: int) -> str:
    """A fact of an interval or of its cash as a sentence, its amounts as people read them.

    `area` is evidence, cash_term or cash_reason.
    """
    shown = {
        name: _shown(value, decimals if name in MONEY_VALUES or name.endswith("amount") else None)
        for name, value in values.items()
    }
    return FACTS[area][code].format_map(shown)


def amount_text(minor_units: int, decimals: int) -> str:
    """An amount without its currency: "-12.34", "7"."""
    whole, rest = divmod(abs(minor_units), 10**decimals)
    sign = "-" if minor_units < 0 else ""
    return f"{sign}{whole:,}.{rest:0{decimals}}" if decimals else f"{sign}{whole:,}"


def _shown(value: str | int, decimals: int | None) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if decimals is None else amount_text(value, decimals)


def _side(taken: Taken) -> dict[str, Any]:
    identity = taken.reading.identity
    return {
        "file": taken.file,
        "report": taken.number,
        "reports": taken.reports,
        "machine": {
            "asset_number": identity.asset_number,
            "serial_number": identity.serial_number,
            "model": identity.model,
            "control_board": identity.control_board,
        },
        "machine_clock": taken.clock,
        "complete": taken.reading.complete,
    }


def _counter(code: str, moved: Delta) -> dict[str, Any]:
    return {
        "name": _name(code),
        "money": _is_money(code),
        "amount": moved.amount,
        "class": str(moved.kind),
        "before": moved.before,
        "now": moved.now,
    }


def _name(code: str) -> str:
    known = element(code)
    return known.name if known else code


def _is_money(code: str) -> bool:
    known = element(code)
    return known is not None and known.is_money


def _cash(found: Difference) -> dict[str, Any]:
    cash, decimals = found.cash, found.new.reading.money.decimals

    def term(told: CashTerm) -> dict[str, Any]:
        text = fact_text("cash_term", told.code, {}, decimals)
        return {
            "code": told.code,
            "text": text,
            "amount": told.amount,
            "elements": list(told.elements),
        }

    def reason(told: Reason) -> dict[str, Any]:
        text = fact_text("cash_reason", told.code, told.values, decimals)
        return {"code": told.code, "text": text, "values": dict(told.values)}

    return {
        "cash_in": term(cash.cash_in),
        "went": [term(each) for each in cash.went],
        "remainder": cash.remainder,
        "reasons": [reason(each) for each in cash.reasons],
        "earned": [term(each) for each in cash.earned],
        "earned_remainder": cash.earned_remainder,
        "earned_reasons": [reason(each) for each in cash.earned_reasons],
    }

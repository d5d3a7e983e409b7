"""Cash as a law: what came into a machine between two reads, where it is, and what it was for.

Coins put into the tubes by hand count as cash in and as coins to the tubes; coins taken out with
the machine's own keys count as dispensed (EVA-DTS 6.2.2 ch. 5.2). So in a machine that counts right

    CA305 = CA306 + CA307 + bills in                 cash in = box + tubes + bills
    CA307 - CA403 = change of CA1501                 what went through the tubes stayed in them
    CA305 = CA201 + CA802 + CA1002 + (CA403 - CA404) sales + overpay + fills + change

Real machines keep these identities or not: a remainder is told with its likely reasons and never
rejects. Terms and reasons are in cash_facts.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from cvd_shared.cash_facts import (
    CashAccount,
    CashExpected,
    CashTerm,
    OverShort,
    Reason,
)
from cvd_shared.dex.interval import history
from cvd_shared.dex.interval import interval as interval_between
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import DeltaKind, sum_if_known
from cvd_shared.dex.money_frame import bills_unit

_NAMED = 5
_NOT_COMPARABLE = {
    DeltaKind.OTHER_MACHINE: "other_machine",
    DeltaKind.BOARD_CHANGED: "board_changed",
    DeltaKind.PARTIAL_FILE: "partial_file",
    DeltaKind.UNKNOWN: "no_meters",
}
_PLACES = {  # what a remainder may be, of where the money is: reason -> counter
    "fills_outside": "CA1002",
    "bills_fills_outside": "CA1004",
    "bills_in_coins": "CA408",
    "test_box_cash": "VA205",
}
_PURPOSES = {  # and of what it was for
    "reloads_not_cash": "DA401",
    "fills_outside": "CA1002",
    "bills_in_coins": "CA408",
    "test_box_cash": "VA205",
}


def cash_account(interval: Interval, before: MachineReading, now: MachineReading) -> CashAccount:
    """The law of cash for the time between two reads; `interval` is the one of these two."""
    book = _Book(interval, before, now)
    cash_in = book.term("cash_in", "CA305")
    went = _went(book)
    remainder = _rest(cash_in, went)
    earned = _earned(book)
    earned_remainder = _rest(cash_in, earned)
    return CashAccount(
        cash_in=cash_in,
        went=went,
        remainder=remainder,
        reasons=_reasons(book, (cash_in, *went), remainder, _PLACES),
        earned=earned,
        earned_remainder=earned_remainder,
        earned_reasons=_reasons(book, (cash_in, *earned), earned_remainder, _PURPOSES),
    )


def cash_expected(
    interval: Interval | None,
    before: MachineReading | None,
    now: MachineReading,
    *,
    refunds: int = 0,
    fills: int = 0,
) -> CashExpected:
    """What should be in the bag since the last collect, by the formula of the domain.

    `interval` goes from the read of the last collect to `now`, None when there was no such read.
    Cash to the box, plus bills to the stacker, less what customers were refunded because the
    machine could not pay it, less what was dispensed by hand, plus fills by hand. `refunds` and
    `fills` are what people recorded since then, in minor units.
    """
    recorded = (
        CashTerm("refunds", -refunds, (), by_hand=True),
        CashTerm("filled_by_hand", fills, (), by_hand=True),
    )
    if interval is None or before is None:
        return CashExpected(None, recorded, (Reason("no_read_at_last_collect", {}),))
    book = _Book(interval, before, now)
    needed = [book.term("to_box", "CA306")]
    if book.bills.told:
        needed.append(_to_stacker(book))
    by_hand = _negative(book.sum_term("dispensed_by_hand", "CA404", "CA409"))
    missing = [*_blockers(book, needed)]
    if by_hand.amount is None and not missing:
        missing += _blockers(book, [by_hand])
    if interval.foreign.resets:
        missing.append(Reason("foreign_reset", {"resets": interval.foreign.resets}))
    terms = (*needed, recorded[0], by_hand, recorded[1])
    unknown = any(each.amount is None for each in needed)
    return CashExpected(
        amount=None if unknown else sum(each.amount or 0 for each in terms),
        terms=terms,
        missing=tuple(missing),
        hints=tuple(_hints(book, refunds, fills)),
    )


def cash_expected_since(
    readings: Sequence[MachineReading | None], *, refunds: int = 0, fills: int = 0
) -> CashExpected:
    """What should be in the bag, from all reads since the last collect, the oldest first.

    The first is the read of the collect, the last one is the newest; those in between show a meter
    that began anew and has passed its old value since. Without a first one nothing is provable.
    """
    first, now = readings[0], readings[-1]
    assert now is not None
    if first is None:
        return cash_expected(None, None, now, refunds=refunds, fills=fills)
    since = interval_between(first, now, our_reads=len(readings) - 1)
    expected = cash_expected(since, first, now, refunds=refunds, fills=fills)
    needed = {code for term in expected.terms for code in term.elements}
    restarted = [
        code
        for between in history(readings, now.identity)
        for code, moved in (between.counters if between else {}).items()
        if moved.kind is DeltaKind.RESTARTED and code in needed
    ]
    if expected.amount is None or not restarted:
        return expected
    told = Reason("meter_restarted", {"first": ", ".join(dict.fromkeys(restarted))})
    return replace(expected, amount=None, missing=(told, *expected.missing))


def over_short(expected: CashExpected, counted: int | None) -> OverShort:
    """The counted bag less what should be in it; None where one of the two is not known."""
    if counted is None:
        return OverShort(None, (*expected.missing, Reason("bag_not_counted", {})))
    amount = None if expected.amount is None else counted - expected.amount
    return OverShort(amount, expected.missing)


# --- what the machine says ----------------------------------------------------------------------


class _Bills(NamedTuple):
    """Bills in, in minor units."""

    told: bool  # the machine has a counter of them
    amount: int | None
    element: str
    unit_unknown: bool = False


class _Book:
    """The counters of one interval, as the accounts ask for them."""

    def __init__(self, interval: Interval, before: MachineReading, now: MachineReading) -> None:
        self.interval = interval
        self.before = before
        self.now = now
        self.amount = interval.amount
        self.bills = self._bills()

    def told(self, code: str) -> bool:
        return code in self.interval.counters

    def term(self, name: str, code: str) -> CashTerm:
        return CashTerm(name, self.amount(code), (code,))

    def sum_term(self, name: str, *codes: str) -> CashTerm:
        """The sum of the counters that the machine has; None without any, or with one unknown."""
        told = tuple(code for code in codes if self.told(code)) or codes[:1]
        return CashTerm(name, sum_if_known(self.amount(code) for code in told), told)

    def less(self, name: str, code: str, part: str) -> CashTerm:
        """A counter without the part of it that has a counter of its own."""
        if not self.told(part):
            return self.term(name, code)
        whole, less = self.amount(code), self.amount(part)
        amount = None if whole is None or less is None else whole - less
        return CashTerm(name, amount, (code, part))

    def change_of(self, name: str, contents: str, stores: str) -> CashTerm | None:
        """The change of what a store of coins or bills holds; None where both do not tell it."""
        code = f"{contents}01"
        was, is_ = _contents(self.before, contents), _contents(self.now, contents)
        if was is None or is_ is None:
            code = f"{stores}03"
            was, is_ = _stored(self.before, stores), _stored(self.now, stores)
        if was is None or is_ is None or self.interval.kind in _NOT_COMPARABLE:
            return None
        return CashTerm(name, is_ - was, (code,))

    def _bills(self) -> _Bills:
        """CA310 is always minor units; CA308 is where its unit is known, or nothing moved."""
        exact, units = (self.interval.counters.get(code) for code in ("CA310", "CA308"))
        if exact is not None and (exact.now or units is None or not units.now):
            return _Bills(True, exact.amount, "CA310")
        if units is None:
            return _Bills(False, None, "CA310")
        if not units.amount:
            return _Bills(True, units.amount, "CA308")
        unit = self._unit()
        if unit is None:
            return _Bills(True, None, "CA308", unit_unknown=True)
        return _Bills(True, units.amount * unit, "CA308")

    def _unit(self) -> int | None:
        if self.now.bills_unit is not None:
            return self.now.bills_unit
        if self.before.bills_unit is not None and self.before.counters.get("CA308"):
            return self.before.bills_unit
        moved = [self.amount(f"CA30{position}") for position in range(5, 9)]
        return bills_unit([None] * 4 + moved, self.now.money.decimals)


def _contents(reading: MachineReading, segment: str) -> int | None:
    """The value of a store. Of several blocks each has its own, or all have the whole."""
    blocks = [each.value for each in reading.contents if each.segment == segment]
    known = [value for value in blocks if value is not None]
    if not known:
        return reading.counters.get(f"{segment}01")
    return known[0] if len(set(known)) == 1 else sum(known)


def _stored(reading: MachineReading, segment: str) -> int | None:
    """The same from the single tubes or bill stores."""
    stores = [each for each in reading.stores if each.segment == segment]
    if not stores or any(each.value is None or each.pieces is None for each in stores):
        return None
    return sum((each.value or 0) * (each.pieces or 0) for each in stores)


# --- the accounts -------------------------------------------------------------------------------


def _went(book: _Book) -> tuple[CashTerm, ...]:
    """Where the money is: by what the tubes and the recycler hold, else by what went into them."""
    terms = [book.term("to_box", "CA306")]
    if book.bills.told:
        terms.append(_to_stacker(book))
    tubes = book.change_of("tubes", "CA15", "CA17")
    if tubes is not None:
        terms += [tubes, book.less("paid_out", "CA403", "CA404")]
        if book.told("CA404"):
            terms.append(book.term("by_hand", "CA404"))
    elif book.told("CA307"):
        terms.append(book.term("to_tubes", "CA307"))
    recycler = book.change_of("recycler", "CA22", "CA23")
    if recycler is not None:
        terms.append(recycler)
        if book.told("CA408"):
            terms.append(book.less("bills_paid_out", "CA408", "CA409"))
        if book.told("CA409"):
            terms.append(book.term("bills_by_hand", "CA409"))
    elif book.told("CA312"):
        terms.append(book.term("to_recycler", "CA312"))
    return tuple(terms)


def _to_stacker(book: _Book) -> CashTerm:
    amount = book.bills.amount
    elements: tuple[str, ...] = (book.bills.element,)
    if book.told("CA312"):
        to_recycler = book.amount("CA312")
        amount = None if amount is None or to_recycler is None else amount - to_recycler
        elements = (*elements, "CA312")
    return CashTerm("to_stacker", amount, elements)


def _earned(book: _Book) -> tuple[CashTerm, ...]:
    """What the money was for; what nobody did is left out."""
    terms = [_sales(book)]
    for name, code in (("overpaid", "CA802"), ("surcharges", "CA706")):
        if book.amount(code):
            terms.append(book.term(name, code))
    for name, code in (("discounts", "CA702"), ("credited", "CA1602")):
        if book.amount(code):
            terms.append(_negative(book.term(name, code)))
    terms.append(book.less("paid_out", "CA403", "CA404"))
    if book.amount("CA408"):
        terms.append(book.less("bills_paid_out", "CA408", "CA409"))
    for name, codes in (("filled", ("CA1002", "CA1004")), ("reloads", ("DA401", "DB401"))):
        if any(book.amount(code) for code in codes):
            terms.append(book.sum_term(name, *codes))
    return tuple(terms)


def _sales(book: _Book) -> CashTerm:
    """CA201; for makes without it, cash sales as the interval worked them out."""
    if book.told("CA201"):
        return book.term("sales", "CA201")
    cash = next((each for each in book.interval.payments if each.device == "CA"), None)
    return CashTerm("sales", cash.value.amount if cash else None, ("VA101",))


def _rest(cash_in: CashTerm, terms: Iterable[CashTerm]) -> int | None:
    parts = sum_if_known(each.amount for each in terms)
    return None if cash_in.amount is None or parts is None else cash_in.amount - parts


def _negative(term: CashTerm) -> CashTerm:
    return term._replace(amount=None if term.amount is None else -term.amount)


# --- reasons ------------------------------------------------------------------------------------


def _blockers(book: _Book, terms: Iterable[CashTerm]) -> list[Reason]:
    """Why terms are not known."""
    unknown = [each for each in terms if each.amount is None]
    if not unknown:
        return []
    if book.interval.kind in _NOT_COMPARABLE:
        return [Reason(_NOT_COMPARABLE[book.interval.kind], {})]
    if any(each.code == "money_changed" for each in book.interval.evidence):
        return [Reason("money_changed", {})]
    restarted, silent = [], []
    unit_unknown = False
    for code in dict.fromkeys(code for term in unknown for code in term.elements):
        moved = book.interval.counters.get(code)
        if moved is not None and moved.kind is DeltaKind.RESTARTED:
            restarted.append(code)
        elif code == "CA308" and book.bills.unit_unknown:
            unit_unknown = True
        elif moved is None or moved.amount is None:
            silent.append(code)
    found = []
    if restarted:
        found.append(Reason("meter_restarted", {"first": ", ".join(restarted[:_NAMED])}))
    if unit_unknown:
        found.append(Reason("bills_unit_unknown", {}))
    if silent:
        found.append(Reason("not_told", {"first": ", ".join(silent[:_NAMED])}))
    return found


def _reasons(
    book: _Book, terms: Iterable[CashTerm], remainder: int | None, candidates: dict[str, str]
) -> tuple[Reason, ...]:
    """Why a side is not known, or what a remainder may be: what fits to the unit comes first."""
    if remainder is None:
        return tuple(_blockers(book, terms))
    if remainder == 0:
        return ()
    found = [
        Reason(reason, {"amount": abs(remainder)})
        for reason, code in candidates.items()
        if book.amount(code) and abs(remainder) == book.amount(code)
    ]
    found += _broken_identities(book)
    if book.interval.foreign.reads or book.interval.foreign.resets:
        found.append(Reason("somebody_was_there", {}))
    return tuple(found) or (Reason("unexplained", {"amount": abs(remainder)}),)


def _broken_identities(book: _Book) -> list[Reason]:
    """Which of the machine's own sums do not come out."""
    found = []
    total, box, tubes = (book.amount(code) for code in ("CA305", "CA306", "CA307"))
    bills = book.bills.amount if book.bills.told else 0
    if total is not None and box is not None and tubes is not None and bills is not None:
        differs = total - box - tubes - bills
        if differs:
            found.append(Reason("cash_in_differs", {"amount": abs(differs)}))
    held = book.change_of("tubes", "CA15", "CA17")
    out = book.amount("CA403")
    if held is not None and held.amount is not None and tubes is not None and out is not None:
        differs = held.amount - (tubes - out)
        if differs:
            code = "tubes_more" if differs > 0 else "tubes_less"
            found.append(Reason(code, {"amount": abs(differs)}))
    return found


def _hints(book: _Book, refunds: int, fills: int) -> Iterable[Reason]:
    """What may make the bag hold more or less than expected."""
    overpaid = book.amount("CA802")
    if overpaid and overpaid > refunds:
        yield Reason("customers_wait", {"amount": overpaid - refunds})
    filled = book.sum_term("filled", "CA1002", "CA1004").amount
    if filled is not None and filled != fills:
        yield Reason("fills_differ", {"amount": filled, "recorded_amount": fills})
    tests = book.amount("VA205")
    if tests:
        yield Reason("test_box_cash", {"amount": tests})

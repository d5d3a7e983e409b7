"""Made-up parts of a read for tests of screens: interval, cash, prices, findings; real types."""

from collections.abc import Iterable

from cvd_desktop.domain.records import FindingLine, SelectionLine
from cvd_shared.cash_facts import CashAccount, CashExpected, CashTerm, Reason
from cvd_shared.dex.interval_facts import (
    EventDelta,
    Evidence,
    Foreign,
    Interval,
    PaymentDelta,
    Rebuilt,
    SelectionDelta,
)
from cvd_shared.dex.meters import Delta, DeltaKind
from cvd_shared.price_audit import PriceAudit, PriceLine, PriceState, SaidPrice


def moved(amount: int, now: int = 1000) -> Delta:
    """A counter that went on by so much."""
    kind = DeltaKind.NORMAL if amount else DeltaKind.NO_CHANGE
    return Delta(kind, amount, now - amount, now)


def interval(lines: Iterable[SelectionLine] = (), **changes: object) -> Interval:
    """193 vends for 296.40, read once by somebody else who reset the interval counters."""
    facts: dict[str, object] = {
        "kind": DeltaKind.NORMAL,
        "evidence": (
            Evidence("foreign_last", {"at": "2026-11-18T14:05:00"}, ("EA305", "EA306")),
            Evidence("interval_reset", {"figures": 2}, ("VA103", "VA104")),
        ),
        "units": 193,
        "value": 29640,
        "counters": {
            "VA101": moved(29640, 1296340),
            "VA102": moved(193, 9120),
            "CA305": moved(20810, 981230),
        },
        "selections": tuple(
            SelectionDelta(
                line.selection,
                Delta(line.kind, line.sold, line.sold_before, line.sold_now),
                moved(line.value or 0),
                moved(2 if n == 4 else 0),
                moved(0),
                line.line,
            )
            for n, line in enumerate(lines)
        ),
        "payments": (
            PaymentDelta("CA", moved(128), moved(19430), moved(3)),
            PaymentDelta("DA", moved(65), moved(10210), moved(0)),
        ),
        "events": (
            EventDelta("EAR", "Coin changer lost contact", 2, False, "2026-11-17T14:12:00", ()),
            EventDelta("EGS", "Door opened", 1, True, None, ()),
        ),
        "foreign": Foreign(1, 1, "2026-11-18T14:05:00", "TEL0000007"),
        "rebuilt": (Rebuilt("VA103", 4210, 29640), Rebuilt("VA104", 28, 193)),
    }
    return Interval(**(facts | changes))  # type: ignore[arg-type]


def account(remainder: int | None = 0) -> CashAccount:
    """Where the cash went; `remainder` is what nothing explains."""
    to_box = None if remainder is None else 15_220 - remainder
    return CashAccount(
        cash_in=CashTerm("cash_in", 20_810, ("CA305",)),
        went=(
            CashTerm("to_box", to_box, ("CA306",)),
            CashTerm("to_stacker", 5_000, ("CA310",)),
            CashTerm("tubes", -140, ("CA1501",)),
            CashTerm("paid_out", 730, ("CA403", "CA404")),
        ),
        remainder=remainder,
        reasons=(Reason("unexplained", {"amount": remainder}),) if remainder else (),
        earned=(CashTerm("sales", 19_430, ("CA201",)), CashTerm("overpaid", 650, ("CA802",))),
        earned_remainder=730,
        earned_reasons=(Reason("unexplained", {"amount": 730}),),
    )


def expected(amount: int | None = 41_370) -> CashExpected:
    """What the bag should hold; None where a proof is not possible at all."""
    missing = (
        Reason("no_read_at_last_collect", {}) if amount is None else Reason("customers_wait", {}),
    )
    return CashExpected(
        amount,
        (
            CashTerm("to_box", 31_370 if amount else None, ("CA306",)),
            CashTerm("to_stacker", 10_500 if amount else None, ("CA310",)),
            CashTerm("refunds", -500, (), by_hand=True),
        ),
        missing if amount is None else (),
        (Reason("customers_wait", {"amount": 120}),),
    )


def audit(lines: Iterable[SelectionLine]) -> PriceAudit:
    """Of these selections, as the planogram prices beside them say; the first has a price list."""
    return PriceAudit(tuple(_priced(n, line) for n, line in enumerate(lines)))


def _priced(n: int, line: SelectionLine) -> PriceLine:
    price, planned = line.price, line.planned_price
    slots = (line.slot,) if line.slot else ()
    if line.slot is None:
        state = PriceState.UNMAPPED
    elif line.sold_now is None:
        state = PriceState.SELECTION_MISSING
    elif price is None:
        state = PriceState.UNKNOWN
    else:
        state = PriceState.MATCH if price == planned else PriceState.DIFFERS
    said = []
    if price is not None:
        differs = planned is not None and price != planned
        said.append(SaidPrice("PA102", price, None, None, line.line or 0, differs))
        if n % 9 == 0:
            said.append(SaidPrice("LA103", price - 10, 2, None, line.line or 0, True))
            said.append(SaidPrice("PA704", price, 0, "CA", line.line or 0, differs))
    return PriceLine(line.selection, slots, state, planned, tuple(said), line.line)


def findings(count: int = 3) -> tuple[FindingLine, ...]:
    """One error, a few warnings, the rest notes; every tenth has a long message."""
    return tuple(_finding(n) for n in range(count))


def _finding(n: int) -> FindingLine:
    message = f"SE says 106 segments, the file has {400 + n}."
    if n % 10 == 3:
        message = (
            "The segments PA2, PA3, PA4, PA5, PA7 and PA8 of 48 selections come before the PA1 "
            "that they belong to, so that nobody can say whose they are."
        )
    return FindingLine(
        severity="error" if n == 0 else "warning" if n % 3 == 1 else "info",
        code=f"finding_{n}",
        line=4 + n,
        message=message,
        rule="SE01 is the number of segments from ST to SE, both counted.",
        chapter="2.4" if n % 2 == 0 else "seen in files",
        advice="Count every line from ST to SE, the repeated ones too." if n % 4 else "",
    )

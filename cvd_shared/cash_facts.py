"""Cash between two reads: the shapes; worked out in cash.py. All amounts are minor units.

Every code of TERMS, with the elements that say it (changes since the earlier read unless noted):

| code | says | elements |
|---|---|---|
| cash_in | all coins and bills that came in, fills by hand too | CA305 |
| to_box | coins to the cash box | CA306 |
| to_stacker | bills in, without those to the recycler | CA310, else CA308 with its unit; CA312 |
| tubes | what the coin tubes hold more, or less, than before | CA1501, else CA17 |
| to_tubes | coins to the tubes, where their contents are not told | CA307 |
| recycler | what the bill recycler holds more, or less | CA2201 |
| to_recycler | bills to the recycler, where its contents are not told | CA312 |
| paid_out | coins given as change | CA403 less CA404 |
| by_hand | coins taken out with the machine's own keys | CA404 |
| bills_paid_out | bills given as change | CA408 less CA409 |
| bills_by_hand | bills taken out with the machine's own keys | CA409 |
| sales | cash sales at list prices | CA201 |
| discounts | given to cash customers, negative | CA702 |
| surcharges | taken from cash customers | CA706 |
| overpaid | change that the machine could not pay | CA802 |
| filled | coins and bills filled by hand, as the machine counted them | CA1002, CA1004 |
| reloads | put on cards | DA401, DB401 |
| credited | given by the machine for what was brought back, negative | CA1602 |
| refunds | paid to customers by a person, negative | recorded |
| dispensed_by_hand | taken out with the machine's own keys, negative | CA404, CA409 |
| filled_by_hand | filled in by a person | recorded |

Every code of REASONS with its values; `amount` and `recorded_amount` are minor units, positive:

| code | says | values |
|---|---|---|
| no_read_at_last_collect | there is nothing to count from | |
| other_machine | the later report is another machine's | |
| board_changed | another board counts now | |
| partial_file | one of the two reports is not whole | |
| no_meters | the two reports share no counter | |
| money_changed | the two reports, or report and record, count money with other decimals | |
| meter_restarted | counters began anew | first |
| not_told | the machine does not tell what is needed | first |
| bills_unit_unknown | CA308 counts bills, and nobody knows in which unit | |
| fills_outside | fills by hand are in the tubes and not in cash in | amount |
| bills_fills_outside | the same of bills in the recycler | amount |
| bills_in_coins | bills paid out are counted with the coins too, or with neither | amount |
| test_box_cash | cash of test vends (VA205) | amount |
| tubes_more | the tubes hold more than what went in and out of them | amount |
| tubes_less | the tubes hold less than that | amount |
| cash_in_differs | cash in is not box, tubes and bills together | amount |
| somebody_was_there | another reader or a reset since the earlier read | |
| reloads_not_cash | cards were loaded, and not with cash | amount |
| unexplained | nothing that the machine tells explains it | amount |
| foreign_reset | somebody else reset the counters, perhaps while collecting | resets |
| customers_wait | change not paid that no refund is recorded for | amount |
| fills_differ | another amount was filled than was recorded | amount, recorded_amount |
| bag_not_counted | nobody counted the bag yet | |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

TERMS = (
    "cash_in",
    "to_box",
    "to_stacker",
    "tubes",
    "to_tubes",
    "recycler",
    "to_recycler",
    "paid_out",
    "by_hand",
    "bills_paid_out",
    "bills_by_hand",
    "sales",
    "discounts",
    "surcharges",
    "overpaid",
    "filled",
    "reloads",
    "credited",
    "refunds",
    "dispensed_by_hand",
    "filled_by_hand",
)
"""Every code of a term; each has a sentence."""

REASONS: Mapping[str, tuple[str, ...]] = {
    "no_read_at_last_collect": (),
    "other_machine": (),
    "board_changed": (),
    "partial_file": (),
    "no_meters": (),
    "money_changed": (),
    "meter_restarted": ("first",),
    "not_told": ("first",),
    "bills_unit_unknown": (),
    "fills_outside": ("amount",),
    "bills_fills_outside": ("amount",),
    "bills_in_coins": ("amount",),
    "test_box_cash": ("amount",),
    "tubes_more": ("amount",),
    "tubes_less": ("amount",),
    "cash_in_differs": ("amount",),
    "somebody_was_there": (),
    "reloads_not_cash": ("amount",),
    "unexplained": ("amount",),
    "foreign_reset": ("resets",),
    "customers_wait": ("amount",),
    "fills_differ": ("amount", "recorded_amount"),
    "bag_not_counted": (),
}
"""Every code of a reason with the names of its values; each has a sentence."""

BEGAN_ANEW = frozenset(
    {"meter_restarted", "board_changed", "other_machine", "partial_file", "no_meters",
     "money_changed"}
)  # fmt: skip
"""Reasons for which the counters of two reads do not go on from one another."""


class CashTerm(NamedTuple):
    """One line of an account: what it is, how much, and which elements say it."""

    code: str  # a code of TERMS
    amount: int | None  # None: the machine does not say it
    elements: tuple[str, ...]  # "CA306"; empty for what a person recorded
    by_hand: bool = False  # recorded by a person, not by the machine


class Reason(NamedTuple):
    """A likely reason of a remainder, or what is missing for a proof: a code of REASONS."""

    code: str
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class CashAccount:
    """The law: cash in = box + stacker + tubes and recycler + paid out + refunds + remainder.

    A machine refunds money as it pays change (CA4), so that is one term. `remainder` is None where
    a side cannot be known; it is a hint and never rejects. `earned` says what the same cash in was
    for: sales, overpay, fills, change; `earned_remainder` is what that does not explain.
    """

    cash_in: CashTerm
    went: tuple[CashTerm, ...]
    remainder: int | None
    reasons: tuple[Reason, ...]
    earned: tuple[CashTerm, ...] = ()
    earned_remainder: int | None = None
    earned_reasons: tuple[Reason, ...] = ()

    @property
    def balanced(self) -> bool:
        return self.remainder == 0


@dataclass(frozen=True, slots=True)
class CashExpected:
    """What should be in the bag (domain: cash expected), with the terms that make it.

    `amount` is the sum of the terms, None when it is not provable at all; `missing` says what a
    proof would need, `hints` what may make the bag hold more or less.
    """

    amount: int | None
    terms: tuple[CashTerm, ...]
    missing: tuple[Reason, ...]
    hints: tuple[Reason, ...] = ()


class OverShort(NamedTuple):
    """Counted less expected: positive is over. None when one of the two is not known."""

    amount: int | None
    missing: tuple[Reason, ...]

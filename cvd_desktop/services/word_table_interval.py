"""The sentences for what happened between two reads of a machine, and for its cash.

Codes are those of cvd_shared/dex/interval_facts.py (EVIDENCE), cvd_shared/dex/meters.py (DeltaKind)
and cvd_shared/cash_facts.py (TERMS, REASONS); `{name}` is a value of the fact, amounts as people
read them. A code without words fails its test.
"""

from typing import NamedTuple

from cvd_shared.dex.meters import DeltaKind


class KindWords(NamedTuple):
    """The class of a delta in a word or two, and in a sentence."""

    word: str
    sentence: str


KINDS: dict[DeltaKind, KindWords] = {
    DeltaKind.NORMAL: KindWords("Goes on", "The meter went on from the read before."),
    DeltaKind.NO_CHANGE: KindWords("No change", "The meter is as in the read before."),
    DeltaKind.ROLLED_OVER: KindWords(
        "Rolled over", "The meter went through its largest value; the figure is right."
    ),
    DeltaKind.RESTARTED: KindWords(
        "Restarted", "The meter began anew: what was sold is not known, stock is not moved."
    ),
    DeltaKind.BOARD_CHANGED: KindWords(
        "Board changed", "Another control board counts now: sales across the change are not known."
    ),
    DeltaKind.OTHER_MACHINE: KindWords(
        "Other machine", "This file is another machine's: its figures are kept apart."
    ),
    DeltaKind.PARTIAL_FILE: KindWords(
        "File not whole",
        "The file is not whole: the next good read spans this one, nothing is lost.",
    ),
    DeltaKind.CLOCK_ONLY: KindWords("Clock only", "Nothing was sold; only the clock went on."),
    DeltaKind.UNKNOWN: KindWords("Not known", "One of the two reads does not tell this meter."),
}

EVIDENCE_WORDS: dict[str, str] = {
    "other_machine": "This is machine {is}, the read before was of {was}: nothing is mixed.",
    "board_changed": "The control board was changed: {was} before, {is} now.",
    "asset_number_changed": "The asset number was changed from {was} to {is}; the meters go on.",
    "partial_file": "The file is not whole. The next good read spans it; nothing is lost.",
    "partial_before": "The read before is not whole, so it cannot be compared with.",
    "money_changed": (
        "The machine counts money with {decimals_now} decimals, before with {decimals_before}: "
        "amounts are not compared."
    ),
    "no_meters": "The two reads have no meter in common.",
    "clock_only": "Nobody bought anything; only the clock and the number of reads moved.",
    "same_audit": "Not one figure moved, not even the clock: it may be the same audit again.",
    "machine_restarted": (
        "The machine began to count anew; meters that are lower: {counters}. "
        "Sales counted since: {units}; those before are not known."
    ),
    "selections_restarted": "Selections that began to count anew: {count} ({first}).",
    "counters_restarted": "Totals that began to count anew: {count} ({first}).",
    "rolled_over": "Meters that went through their largest value: {count} ({first}).",
    "minus_one": "Meters that say 4294967295, which means that there is none: {count} ({first}).",
    "jumped": "Selections that sold more than is likely: {count} ({first}). Look at the file.",
    "machine_jumped": (
        "The machine sold {units}, more than is likely: is this another, used board? "
        "Stock is not moved."
    ),
    "scattered": (
        "{lower} of {count} selections count less than before, and not from zero: is this the "
        "right machine? Stock is not moved."
    ),
    "older_report": "This report is older than the read before: nothing is counted twice.",
    "selections_new": "Selections that the read before does not have: {count} ({first}).",
    "selections_gone": "Selections of the read before that are missing now: {count} ({first}).",
    "positions_shifted": (
        "The machine does not name its selections, and has {now} instead of {before}: "
        "nobody knows which is which."
    ),
    "sum_incomplete": "Selections that are not known: {count}. The others sold {known}.",
    "units_differ": "The selections sold {selections}, the machine as a whole says {total}.",
    "value_differs": (
        "The selections sold for {selections_value}, the machine as a whole says {total_value}."
    ),
    "payments_differ": "The ways of paying count {payments} sales, the machine says {total}.",
    "payments_value_differs": (
        "The ways of paying took {payments_value}, the machine says {total_value}."
    ),
    "value_not_counted": "The machine sold {units} and counts no money for them.",
    "cash_by_difference": "The machine does not tell its cash sales; {value} is what is left.",
    "foreign_reads": "Reads by others since then: {reads}. Sales here span them; nothing is lost.",
    "foreign_last": ("Another reader took an audit on {at}. Sales here span it; nothing is lost."),
    "foreign_reader": "The last reader before this one was {reader}.",
    "foreign_resets": (
        "Resets of the interval counters by others: {resets}. Sales here do not use those counters."
    ),
    "interval_reset": (
        "Somebody reset the interval counters since the read before; "
        "figures worked out from the meters that are never reset: {figures}."
    ),
    "interval_not_reset": (
        "The interval counters count from before the last read; "
        "figures worked out from the meters that are never reset: {figures}."
    ),
    "clock_set_back": "The machine's clock went back, from {clock_before} to {clock_now}.",
    "clock_hour_changed": "The machine's clock was moved by an hour, as for summer time.",
    "clock_gained": "The machine's clock went {minutes} minutes too far since the read before.",
    "clock_lost": "The machine's clock lost {minutes} minutes since the read before.",
    "clock_ahead": "The machine's clock is ahead, by days: {days}. Do not rely on its dates.",
    "clock_behind": "The machine's clock is behind, by days: {days}. Do not rely on its dates.",
}

CASH_TERM_WORDS: dict[str, str] = {
    "cash_in": "Cash in, with what was filled by hand",
    "to_box": "To the cash box",
    "to_stacker": "Bills to the stacker",
    "tubes": "More or less in the coin tubes",
    "to_tubes": "To the coin tubes",
    "recycler": "More or less in the bill recycler",
    "to_recycler": "To the bill recycler",
    "paid_out": "Given as change",
    "by_hand": "Coins taken out at the machine's keys",
    "bills_paid_out": "Bills given as change",
    "bills_by_hand": "Bills taken out at the machine's keys",
    "sales": "Cash sales",
    "discounts": "Discounts for cash",
    "surcharges": "Surcharges for cash",
    "overpaid": "Change that the machine could not pay",
    "filled": "Filled by hand, as the machine counted it",
    "reloads": "Put on cards",
    "credited": "Given for what was brought back",
    "refunds": "Paid back to customers",
    "dispensed_by_hand": "Taken out at the machine's keys",
    "filled_by_hand": "Filled by hand",
}

CASH_REASON_WORDS: dict[str, str] = {
    "no_read_at_last_collect": "There is no read of the last collect to count from.",
    "other_machine": "The file is another machine's.",
    "board_changed": "Another control board counts now.",
    "partial_file": "One of the two files is not whole.",
    "no_meters": "The two reads have no meter in common.",
    "money_changed": "The reads, or a read and the office, count money with other decimals.",
    "meter_restarted": "Meters began to count anew: {first}.",
    "not_told": "The machine does not tell {first}.",
    "bills_unit_unknown": "The machine counts bills in a unit that is not known (CA308).",
    "fills_outside": "This is just what was filled in by hand: {amount}.",
    "bills_fills_outside": "This is just what was filled in as bills by hand: {amount}.",
    "bills_in_coins": "This is just what was given out as bills: {amount}.",
    "test_box_cash": "Cash of test vends: {amount}.",
    "tubes_more": "The machine counts {amount} more in its tubes than went in and out.",
    "tubes_less": "The machine counts {amount} less in its tubes than went in and out.",
    "cash_in_differs": (
        "The machine's own sum of box, tubes and bills is {amount} away from its cash in."
    ),
    "somebody_was_there": "Somebody else was at the machine since the read before.",
    "reloads_not_cash": "This is just what was put on cards, so not with cash: {amount}.",
    "unexplained": "Nothing that the machine tells explains {amount}.",
    "foreign_reset": "Resets by others since the last collect: {resets}. Was the box emptied too?",
    "customers_wait": "Change that no customer was paid back yet: {amount}.",
    "fills_differ": "The machine counted {amount} filled by hand; {recorded_amount} is recorded.",
    "bag_not_counted": "The bag was not counted.",
}

FACTS: dict[str, dict[str, str]] = {
    "evidence": EVIDENCE_WORDS,
    "cash_term": CASH_TERM_WORDS,
    "cash_reason": CASH_REASON_WORDS,
}
"""The tables by area, as screens ask for the words of a fact."""

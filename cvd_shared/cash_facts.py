"""Cash between two reads: the shapes; worked out in cash.py. All amounts are minor units."""

from dataclasses import dataclass
from typing import NamedTuple


class CashTerm(NamedTuple):
    """One line of an account: what it is, how much, and which elements say it."""

    code: str  # "to_box", "bills_in", ... a code of TERMS in cash.py
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

    `remainder` is None where a side cannot be known. A remainder is a hint and never rejects.
    """

    cash_in: CashTerm
    went: tuple[CashTerm, ...]
    remainder: int | None
    reasons: tuple[Reason, ...]

    @property
    def balanced(self) -> bool:
        return self.remainder == 0


@dataclass(frozen=True, slots=True)
class CashExpected:
    """What should be in the bag (domain: cash expected), with the terms that make it.

    `amount` is None when it is not provable at all; `missing` says what a proof would need.
    """

    amount: int | None
    terms: tuple[CashTerm, ...]
    missing: tuple[Reason, ...]

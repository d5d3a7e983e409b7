"""Whether the bag matches what is expected, and which of the four proofs there are. No widgets."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from cvd_desktop.domain.visit_records import VisitView
from cvd_shared.cash_facts import BEGAN_ANEW, CashTerm, Reason
from cvd_shared.cash_facts import OverShort as Difference

_AT_LAST_COLLECT = frozenset({"no_read_at_last_collect"})
_COUNTED = frozenset({"bag_not_counted"})


class Proven(StrEnum):
    """What the box of over and short says."""

    MATCHES = "matches"
    SHORT = "short"
    OVER = "over"
    NOT_PROVABLE = "not_provable"
    NOT_COUNTED = "not_counted"


class CashProof(NamedTuple):
    """`amount` is counted less expected, None where one is not known; `others` are the reasons
    that nothing is proven beside the four."""

    state: Proven
    amount: int | None
    read_then: bool  # a read at the last collect
    read_now: bool
    meters_go_on: bool  # none restarted, the board the same
    counted: bool
    others: tuple[Reason, ...]


def proof_of(view: VisitView, counted: int | None) -> CashProof:
    """The four proofs of the cash of a visit; `counted` is what was typed of the bag."""
    cash = view.cash
    found = cash.over_short
    if found is None:
        amount = None
        if cash.expected is not None and cash.expected.amount is not None and counted is not None:
            amount = counted - cash.expected.amount
        found = Difference(amount, cash.expected.missing if cash.expected else ())
    codes = {reason.code for reason in found.missing}
    others = tuple(
        reason for reason in found.missing if reason.code not in _AT_LAST_COLLECT | _COUNTED
    )
    read_now = _rests_on_its_read(view)
    read_then = cash.expected is not None and not codes & _AT_LAST_COLLECT
    go_on = cash.expected is not None and not codes & (BEGAN_ANEW | _AT_LAST_COLLECT)
    proof = CashProof(
        Proven.NOT_COUNTED, found.amount, read_then, read_now, go_on, counted is not None, others
    )
    if counted is None:
        return proof._replace(amount=None)
    if found.amount is None or others or not (read_then and read_now):  # go_on is one of others
        return proof._replace(state=Proven.NOT_PROVABLE)
    if found.amount == 0:
        return proof._replace(state=Proven.MATCHES)
    return proof._replace(state=Proven.OVER if found.amount > 0 else Proven.SHORT)


def _rests_on_its_read(view: VisitView) -> bool:
    """Whether the visit has a read, and the figures are of that one or of a later one: a part of a
    report says nothing, and they are then of the read before it."""
    if view.read is None:
        return bool(view.finished and view.finished.read_id)
    return view.cash.read_at is not None and view.cash.read_at >= view.read.summary.at


def elements_of(term: CashTerm) -> str:
    """The elements that say a term, as they stand behind its name."""
    return ", ".join(term.elements)

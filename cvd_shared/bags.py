"""Numbers of cash bags: one bag, one collect."""

import unicodedata
from collections.abc import Iterable

from cvd_shared.moments import moment
from cvd_shared.visit_facts import effective_cash
from cvd_shared.wire_records import VisitRecord

_SEPARATORS = frozenset("-_./\u2010\u2011\u2012\u2013\u2014\u2212")


def normal_bag(text: str) -> str:
    """One spelling of a bag number: capitals, no spaces, no separators. Leading zeros count."""
    wide = unicodedata.normalize("NFKC", text).upper()
    return "".join(
        each
        for each in wide
        if each not in _SEPARATORS and unicodedata.category(each)[0] not in "ZC"
    )


def bag_used(bag: str, visits: Iterable[VisitRecord]) -> VisitRecord | None:
    """The latest of these visits that a bag was used at; None: it is free, or it is no number."""
    wanted = normal_bag(bag)
    if not wanted:
        return None
    users = [
        visit
        for visit in visits
        if (cash := effective_cash(visit)) is not None and normal_bag(cash.bag) == wanted
    ]
    return max(users, key=lambda visit: (moment(visit.finished_at), visit.id), default=None)

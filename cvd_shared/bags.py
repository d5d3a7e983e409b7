"""Numbers of cash bags: one bag, one collect."""

import unicodedata
from collections.abc import Iterable

from cvd_shared.moments import moment
from cvd_shared.visit_facts import effective_cash
from cvd_shared.wire_records import VisitRecord


def normal_bag(text: str) -> str:
    """One spelling of a bag number: its letters, as capitals, and digits. Leading zeros count."""
    wide = unicodedata.normalize("NFKC", text).upper()
    return "".join(filter(str.isalnum, wide))


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

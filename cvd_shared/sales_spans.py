"""The sales of a machine as spans that do not overlap, whatever reads they came from."""

from collections.abc import Iterable
from datetime import datetime

from cvd_shared.route_shapes import SalesFact


def untangled(sales: Iterable[SalesFact]) -> list[SalesFact]:
    """Oldest first, without those that lie within a later one.

    A partial file is passed over by the next good read, whose sales then span both: to take the
    shorter one too would be to take its units twice. The same read given twice counts once.
    """
    facts = {fact.read_id: fact for fact in sales}
    kept: list[SalesFact] = []
    covered: datetime | None = None  # what is kept reaches from here on
    for fact in sorted(facts.values(), key=_place, reverse=True):
        if covered is None or fact.at <= covered or fact.since < covered:
            kept.append(fact)
            covered = fact.since if covered is None else min(covered, fact.since)
    kept.reverse()
    return kept


def _place(fact: SalesFact) -> tuple[datetime, datetime, str]:
    return fact.at, fact.since, fact.read_id

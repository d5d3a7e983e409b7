"""The sales of each selection as spans that do not overlap, whatever reads they came from.

A partial file is passed over by the next good read, whose sales then span both: the shorter span
inside it is left out, or units would be taken twice. Exact doubles are left out too.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from cvd_shared.route_shapes import SalesFact


class Span(NamedTuple):
    """What was sold of one selection between two reads. `units` None: the read cannot tell."""

    at: datetime
    since: datetime
    read_id: str
    units: int | None
    doubtful: bool = False  # it overlaps another one in part


def spans_of(sales: Iterable[SalesFact], selections: Collection[str]) -> dict[str, list[Span]]:
    """The spans of each of these selection keys, oldest first."""
    facts = {fact.read_id: fact for fact in sales}
    newest_first = sorted(
        facts.values(), key=lambda fact: (fact.at, fact.since, fact.read_id), reverse=True
    )
    found: dict[str, list[Span]] = {}
    for selection in selections:
        spans: list[Span] = []
        covered: datetime | None = None  # what is known reaches from here on
        for fact in newest_first:
            units = fact.units.get(selection)
            overlaps = covered is not None and fact.at > covered
            if overlaps and (units is None or (covered is not None and fact.since >= covered)):
                continue
            spans.append(Span(fact.at, min(fact.since, fact.at), fact.read_id, units, overlaps))
            if units is not None:
                covered = fact.since if covered is None else min(covered, fact.since)
        spans.reverse()
        found[selection] = spans
    return found

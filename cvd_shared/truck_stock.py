"""What is on the truck of a route: counted, loaded, filled into machines, taken out of them.

A ledger by product. It may go below zero: then something was not recorded, and a count mends it.
"""

from collections.abc import Iterable

from cvd_shared.moments import moment
from cvd_shared.route_shapes import TruckRow
from cvd_shared.visit_facts import fills, removals
from cvd_shared.wire_records import LoadRecord, TruckCountRecord, VisitRecord

_RANKS = {"loaded": 0, "removed": 1, "filled": 2, "counted": 3}
"""Of the same moment: what comes on, what goes off, and then what is found."""


def truck_stock(
    loads: Iterable[LoadRecord],
    counts: Iterable[TruckCountRecord],
    visits: Iterable[VisitRecord],
) -> tuple[dict[str, int], tuple[TruckRow, ...]]:
    """Units by product, and the rows since (and with) the last count of each, oldest first.

    All three in any order, and all of them of one route. A product without a line in a count was
    not counted and stays as it is. Fills and removals are those of the visits as amended.
    """
    moves = [
        (moment(load.at), "loaded", load.id, line.product_id, line.loaded)
        for load in loads
        for line in load.lines
    ]
    moves += [
        (moment(count.at), "counted", count.id, line.product_id, line.counted)
        for count in counts
        for line in count.lines
    ]
    for visit in visits:
        at = moment(visit.finished_at)
        moves += [(at, "filled", visit.id, *each) for each in fills(visit)]
        moves += [(at, "removed", visit.id, *each) for each in removals(visit)]
    moves.sort(key=lambda move: (move[0], _RANKS[move[1]], *move[2:]))
    stock: dict[str, int] = {}
    rows: dict[str, list[TruckRow]] = {}
    for at, kind, ref, product_id, units in moves:
        own = rows.setdefault(product_id, [])
        if kind == "counted":
            own.clear()
            stock[product_id] = units
        else:
            stock[product_id] = stock.get(product_id, 0) + units
        own.append(TruckRow(at, kind, product_id, units, stock[product_id], ref))
    every = [row for own in rows.values() for row in own]
    every.sort(key=lambda row: row.at)
    return stock, tuple(every)

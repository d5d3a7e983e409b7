"""What a visit says after its amendments: its lines, its cash, what it took from the truck.

A visit stays as it was recorded. The lines of an amendment stand in the place of those of the same
slots, its cash in the place of the cash; the latest amendment wins, in whatever order they came.
"""

from collections.abc import Iterable
from datetime import datetime

from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_records import CollectedCash, VisitAmendment, VisitedSlot, VisitRecord


def effective_lines(visit: VisitRecord) -> dict[SlotKey, VisitedSlot]:
    """The lines that hold now, by slot. Of two lines of one slot the last one holds."""
    lines = {slot_of(line): line for line in visit.lines}
    for amendment in amendments_in_order(visit):
        lines.update((slot_of(line), line) for line in amendment.lines)
    return lines


def effective_cash(visit: VisitRecord) -> CollectedCash | None:
    """The cash that holds now; None: none was collected."""
    cash = visit.cash
    for amendment in amendments_in_order(visit):
        cash = cash if amendment.cash is None else amendment.cash
    return cash


def amendments_in_order(visit: VisitRecord) -> list[VisitAmendment]:
    """Oldest first; the same order on the server and on every laptop."""
    return sorted(visit.amendments, key=lambda each: (moment(each.at), each.id))


def line_after(
    before: int | None,
    counted: int | None,
    removed: int,
    spoiled_units: int,
    filled: int,
    swapped: bool,
) -> int | None:
    """Units in a slot after a visit: (counted, else before) - removed - spoiled + filled.

    After a swap it is what was filled. None where nobody knows what was in it. Below zero where
    more came out than was known to be in it.
    """
    if swapped:
        return filled
    start = before if counted is None else counted
    return None if start is None else start - removed - spoiled_units + filled


def truck_moves(visit: VisitRecord) -> dict[str, int]:
    """Units that came back to the truck (positive) or left it (negative), by product.

    Spoiled units do not come back. Lines that name no product move nothing.
    """
    moves: dict[str, int] = {}
    for product_id, units in (*fills(visit), *removals(visit)):
        moves[product_id] = moves.get(product_id, 0) + units
    return moves


def fills(visit: VisitRecord) -> list[tuple[str, int]]:
    """Product and units, negative, of every line that was filled."""
    return [
        (line.product_id, -line.filled)
        for line in effective_lines(visit).values()
        if line.filled and line.product_id is not None
    ]


def removals(visit: VisitRecord) -> list[tuple[str, int]]:
    """Product and units of every line that good units were taken out of."""
    found = []
    for line in effective_lines(visit).values():
        product_id = line.was_product_id if is_swap(line) else line.product_id
        if line.removed and product_id is not None:
            found.append((product_id, line.removed))
    return found


def is_swap(line: VisitedSlot) -> bool:
    """Whether another product went in: the old one came out whole."""
    return line.was_product_id is not None and line.was_product_id != line.product_id


def spoiled_units(line: VisitedSlot) -> int:
    """Units of a line that cannot be sold, whatever the reason."""
    return sum(each.units for each in line.spoiled) if line.spoiled else 0


def slot_of(line: VisitedSlot) -> SlotKey:
    """The place of a line."""
    return SlotKey(line.cabinet, line.slot)


def products_since(visits: Iterable[VisitRecord]) -> dict[SlotKey, datetime]:
    """When the product that is in a slot came into it: the last swap; others have no entry.

    It is the beginning of that visit, as the sales of the product begin at the read in it.
    """
    since: dict[SlotKey, datetime] = {}
    for visit in visits:
        at = min(moment(visit.arrived_at), moment(visit.finished_at))
        for key, line in effective_lines(visit).items():
            if is_swap(line) and (key not in since or since[key] < at):
                since[key] = at
    return since

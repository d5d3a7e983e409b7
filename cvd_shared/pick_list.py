"""What to take along: by product for the run, by machine, and who gets less when it is short.

Pick list = sum of the needs by product over the run, minus what is on the truck of it already,
then cases = units div case size + singles. Units are never split or lost: the totes add up to the
needs, and the lines to what is picked and what is on the truck.
"""

import math
from collections.abc import Mapping, Sequence

from cvd_shared.route_shapes import (
    PickChange,
    PickLine,
    PickList,
    PickReason,
    SlotKey,
    Tote,
    ToteLine,
)

_CAUSES = ("run_changed", "planogram", "counted", "sold", "truck")


def pick_list(
    needs: Sequence[PickReason],
    stops: Sequence[tuple[str, str]],
    case_sizes: Mapping[str, int],
    truck: Mapping[str, int],
) -> PickList:
    """The pick list of a run.

    `stops` are (stop id, machine id) in the order of the run; needs of other machines are left
    out. `case_sizes` and `truck` by product id; less than nothing on the truck is nothing. Lines
    are in the order in which the run needs their products, totes in the order of the run; only
    machines that need something have one.
    """
    by_machine: dict[str, list[PickReason]] = {}
    for reason in needs:
        if reason.need > 0:
            by_machine.setdefault(reason.machine_id, []).append(reason)
    by_product: dict[str, list[PickReason]] = {}
    totes: list[Tote] = []
    for stop_id, machine_id in stops:
        own = by_machine.pop(machine_id, None)  # a machine at two stops is filled at the first
        if own is None:
            continue
        lines = tuple(ToteLine(each.key, each.product_id, each.need) for each in own)
        totes.append(Tote(len(totes) + 1, machine_id, own[0].asset_number, stop_id, lines))
        for reason in own:
            by_product.setdefault(reason.product_id, []).append(reason)
    return PickList(
        tuple(
            _line(product_id, reasons, case_sizes.get(product_id, 1), truck.get(product_id, 0))
            for product_id, reasons in by_product.items()
        ),
        tuple(totes),
    )


def _line(product_id: str, reasons: list[PickReason], case_size: int, held: int) -> PickLine:
    need = sum(reason.need for reason in reasons)
    on_truck = min(need, max(0, held))
    whole, singles = cases(need - on_truck, case_size)
    return PickLine(
        product_id=product_id,
        need=need,
        on_truck=on_truck,
        to_pick=need - on_truck,
        cases=whole,
        case_size=case_size,
        singles=singles,
        reasons=tuple(reasons),
    )


def cases(units: int, case_size: int) -> tuple[int, int]:
    """Whole cases and singles. A case of one is no case: those are singles."""
    return divmod(units, case_size) if case_size > 1 else (0, units)


def share_out(reasons: Sequence[PickReason], available: int) -> dict[tuple[str, SlotKey], int]:
    """Who gets how much of one product of which there may be too little, by machine and slot.

    Slots with the fewest days left get theirs first, those whose days are unknown last; of the
    same days in the order of `reasons`, which is that of the run. What is more than all needs is
    given to nobody.
    """
    left = max(0, available)
    shares: dict[tuple[str, SlotKey], int] = {}
    for reason in sorted(reasons, key=_days_left):
        gets = min(left, max(0, reason.need))
        left -= gets
        place = (reason.machine_id, reason.key)
        shares[place] = shares.get(place, 0) + gets
    return shares


def _days_left(reason: PickReason) -> float:
    return math.inf if reason.days_left is None else reason.days_left


def changes(before: PickList, after: PickList) -> tuple[PickChange, ...]:
    """The products of which another number is to be picked, and what moved it most.

    Why: "run_changed" machines came or went, "planogram" another product or another par,
    "counted" a person counted or filled, "sold" a read or the forecast, "truck" what is on it.
    """
    old = {line.product_id: line for line in before.lines}
    new = {line.product_id: line for line in after.lines}
    seen = _Slots(before), _Slots(after)
    found = []
    for product_id in dict.fromkeys((*new, *old)):
        was, is_ = old.get(product_id), new.get(product_id)
        units = (was.to_pick if was else 0, is_.to_pick if is_ else 0)
        if units[0] != units[1]:
            found.append(PickChange(product_id, *units, _why(was, is_, *seen)))
    return tuple(found)


class _Slots:
    """The machines and slots that a pick list has something for."""

    def __init__(self, picked: PickList) -> None:
        self.machines = {tote.machine_id for tote in picked.totes}
        self.products = {
            (tote.machine_id, line.key): line.product_id
            for tote in picked.totes
            for line in tote.lines
        }


def _why(was: PickLine | None, is_: PickLine | None, before: _Slots, after: _Slots) -> str:
    """The cause that moved the most units; of equal ones the first of _CAUSES."""
    old = {(each.machine_id, each.key): each for each in (was.reasons if was else ())}
    new = {(each.machine_id, each.key): each for each in (is_.reasons if is_ else ())}
    moved = dict.fromkeys(_CAUSES, 0)
    for place in dict.fromkeys((*old, *new)):
        then, now = old.get(place), new.get(place)
        units = abs((now.need if now else 0) - (then.need if then else 0))
        if then is not None and now is not None:
            moved[_moved_by(then, now)] += units
        elif now is not None:
            moved[_appeared(now, before)] += units
        elif then is not None:
            moved[_vanished(then, after)] += units
    moved["truck"] = abs((is_.on_truck if is_ else 0) - (was.on_truck if was else 0))
    return max(_CAUSES, key=lambda cause: moved[cause])


def _moved_by(then: PickReason, now: PickReason) -> str:
    if (then.par, then.capacity) != (now.par, now.capacity):
        return "planogram"
    if (then.known_at, then.known_units) != (now.known_at, now.known_units):
        return "counted"
    return "sold"


def _appeared(now: PickReason, before: _Slots) -> str:
    """Why a slot that needed nothing of this product needs it now."""
    if now.machine_id not in before.machines:
        return "run_changed"
    if (now.machine_id, now.key) in before.products:
        return "planogram"
    return "sold" if now.sold_since or now.will_sell else "counted"


def _vanished(then: PickReason, after: _Slots) -> str:
    """Why a slot needs nothing of this product any more."""
    if then.machine_id not in after.machines:
        return "run_changed"
    return "planogram" if (then.machine_id, then.key) in after.products else "counted"

"""What of a day wants a manager's look, and the figures that say why."""

from collections.abc import Mapping
from datetime import datetime

from cvd_desktop.domain.review_records import DayException, ExceptionKind
from cvd_desktop.services.record_words import REASONS
from cvd_desktop.services.review_judged import Judged
from cvd_desktop.storage import review_store, route_store, snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.moments import moment
from cvd_shared.selection_names import selection_key
from cvd_shared.visit_facts import effective_lines, is_swap, spoiled_units
from cvd_shared.wire_records import (
    LocationRecord,
    PlanogramSlot,
    RouteRecord,
    VisitedSlot,
    VisitRecord,
)

_FEW = 3  # named in a sentence
_SPARE = 3  # units above the need of a whole machine that nobody asks about


def exceptions_of(judged: Judged, run_id: str | None, route_number: str) -> list[DayException]:
    """Those of one visit."""
    visit, machine = judged.visit, judged.machine
    told: dict[ExceptionKind, Mapping[str, str | int]] = {}
    if visit.read_id is None and (judged.cash is not None or "collect" in visit.tasks):
        told["no_read"] = {"reason": visit.no_read}
    if "bag_used_before" in visit.flags and judged.cash is not None:
        told["bag_used_before"] = {"bag": judged.cash.bag}
    slots = judged.planogram.slots if judged.planogram else ()
    if judged.planned and (prices := _prices(visit, judged.planned.slots)):
        told["price_differs"] = prices
    if judged.read is not None and slots and (unmapped := _unmapped(judged, slots)):
        told["unmapped"] = unmapped
    if judged.sales is not None and (restarted := _restarted(judged)):
        told["meter_restarted"] = restarted
    if judged.read is not None and machine is not None:
        said = judged.read.asset_number
        if said and said != machine.asset_number:
            told["identity_differs"] = {"asset": said}
    if above := _above_need(visit):
        told["fill_above_need"] = above
    place = judged.location.name if judged.location else machine.location_name if machine else ""
    at = moment(visit.finished_at)
    return [
        DayException(kind, values, run_id, visit.id, machine, route_number, place, at)
        for kind, values in told.items()
    ]


def refusals_of(
    connection: Transaction, begin: datetime, end: datetime, routes: Mapping[str, RouteRecord]
) -> list[DayException]:
    """What was recorded in the span and is not counted, until the office has decided."""
    found = []
    refused = review_store.refusals_between(connection, begin, end)
    machines = route_store.machines(
        connection, {each.machine_id for each in refused if each.machine_id}
    )
    places = snapshot_store.records(
        connection,
        LocationRecord,
        {each.location_id for each in machines.values() if each.location_id},
    )
    for each in refused:
        if each.state != "open":
            continue
        machine = machines.get(each.machine_id or "")
        route = routes.get(machine.route_id or "") if machine else None
        place = places.get(machine.location_id or "") if machine else None
        said = REASONS.get(each.code) or each.message
        values = {"type": each.type, "code": each.code, "by": each.actor_name, "op_id": each.id}
        values["said"] = said
        found.append(
            DayException(
                "refused",
                values,
                None,
                None,
                machine,
                route.number if route else "",
                place.name if place else "",
                moment(each.occurred_at),
            )
        )
    return found


def _prices(visit: VisitRecord, slots: tuple[PlanogramSlot, ...]) -> dict[str, str | int] | None:
    """Slots where a person confirmed another price than is planned."""
    planned = {(slot.cabinet, slot.label): slot.price for slot in slots}
    differing = [
        (line.slot, planned[key], line.price)
        for key, line in effective_lines(visit).items()
        if line.price is not None and key in planned and planned[key] != line.price
    ]
    if not differing:
        return None
    slot, plan, machine = differing[0]
    return {"slot": slot, "planned": plan, "machine": machine, "more": len(differing) - 1}


def _unmapped(judged: Judged, slots: tuple[PlanogramSlot, ...]) -> dict[str, str | int] | None:
    """Selections that sold since the read before and that no slot has."""
    planned = {selection_key(slot.selection) for slot in slots}
    sold: dict[str, int] = {}
    for fact in judged.sales.facts if judged.sales else ():
        for key, units in fact.units.items():
            if key not in planned and units > 0:
                sold[key] = sold.get(key, 0) + units
    if not sold:
        return None
    first = min(sold)
    return {"selection": first, "sold": sold[first], "more": len(sold) - 1}


def _restarted(judged: Judged) -> dict[str, str | int] | None:
    assert judged.sales is not None
    keys = sorted({key for _, key in judged.sales.restarts})
    if not keys:
        return None
    at = max(at for at, _ in judged.sales.restarts)
    return {"count": len(keys), "selections": ", ".join(keys[:_FEW]), "at": at.isoformat()}


def _above_need(visit: VisitRecord) -> dict[str, str | int] | None:
    """More was put in than was missing to par, over the whole machine."""
    need = filled = 0
    for line in effective_lines(visit).values():
        missing = _missing_to_par(line)
        if missing is None:
            continue
        need += missing
        filled += line.filled
    return {"filled": filled, "need": need} if filled > need + _SPARE else None


def _missing_to_par(line: VisitedSlot) -> int | None:
    """None where nobody knows what was in it, or what is meant to be."""
    if line.par is None:
        return None
    if is_swap(line):
        return line.par
    start = line.before if line.counted is None else line.counted
    if start is None:
        return None
    return max(0, line.par - (start - line.removed - spoiled_units(line)))

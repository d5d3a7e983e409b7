"""Makes of the facts of a machine what a list shows: urgency, why it is due, what it needs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import StopMachine
from cvd_desktop.storage import snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.due_rules import Thresholds, due, thresholds
from cvd_shared.moments import moment
from cvd_shared.need import SlotState, band, days_left, need, slot_states, will_sell
from cvd_shared.route_shapes import Band, PickReason, SlotKey
from cvd_shared.urgency import urgency
from cvd_shared.wire_events import VisitTask
from cvd_shared.wire_records import DueRulesRecord

BANDS = (Band.SOLD_OUT, Band.CRITICAL, Band.WARNING, Band.GOOD, Band.UNKNOWN)
"""The worst first."""


def due_rules(connection: Transaction) -> list[DueRulesRecord]:
    return snapshot_store.all_records(connection, DueRulesRecord)


def stop_machine(
    facts: MachineFacts,
    rules: Iterable[DueRulesRecord],
    now: datetime,
    *,
    tasks: Sequence[VisitTask] = (),
    visited: bool = False,
    open_visit: bool = False,
    visit_state: RecordState | None = None,
) -> StopMachine:
    """One machine as the list shows it; `tasks` are those that the stop asks for."""
    limits = thresholds(rules, facts.machine)
    slots = facts.planogram.slots if facts.planogram else ()
    states = slot_states(slots, facts.stock, facts.per_day)
    cash = facts.cash.amount if facts.cash is not None else None
    last_visit = moment(facts.visits[0].finished_at) if facts.visits else None
    known = [each.units for each in facts.stock.values() if each.units is not None]
    return StopMachine(
        record=facts.machine,
        tasks=tuple(tasks),
        slots=len(slots),
        urgency=urgency(states, limits, cash_expected=cash, last_service=last_visit, now=now),
        band=_band(states, limits),
        stock=sum(known) if known else None,
        par=sum(slot.par for slot in slots if slot.product_id is not None),
        to_put_in=_to_put_in(facts, now) if asks_to_fill(tasks) else 0,
        due=due(limits, states, cash_expected=cash, last_service=last_visit, now=now),
        last_visit_at=last_visit,
        last_read_at=facts.last_read_at,
        visited=visited,
        open_visit=open_visit,
        visit_state=visit_state,
        unknown_slots=sum(each.stock is None for each in states),
    )


def _to_put_in(facts: MachineFacts, now: datetime) -> int:
    return sum(each.need for each in slot_needs(facts, now.astimezone().date()))


def slot_needs(facts: MachineFacts, visit_day: date) -> list[PickReason]:
    """What every planned slot needs for a visit on this local day, with the reason.

    What will be sold until then is reckoned from the day of the newest data on, in whole days, so
    that a list does not change while the hours go by. Where another product is still in the slot
    it comes out: the planned one begins at 0, and how fast it will sell is not known.
    """
    found = []
    without_data = _DaysWithoutData(facts, visit_day)
    for slot in facts.planogram.slots if facts.planogram else ():
        if slot.product_id is None:
            continue
        key = SlotKey(slot.cabinet, slot.label)
        held = facts.stock.get(key)
        units = None if held is None else held.units
        per_day = facts.per_day.get(key)
        days = without_data.since(held.known_at if held else None)
        if held is not None and held.product_id not in (None, slot.product_id):
            units, per_day = 0, None
            held = replace(held, known_at=None, known_units=None, sold_since=0)  # of the other one
        found.append(
            PickReason(
                machine_id=facts.machine.id,
                asset_number=facts.machine.asset_number,
                key=key,
                product_id=slot.product_id,
                par=slot.par,
                capacity=slot.capacity,
                stock=units,
                sure=held is not None and held.sure,
                known_at=held.known_at if held else None,
                known_units=held.known_units if held else None,
                sold_since=held.sold_since if held else 0,
                per_day=per_day,
                days=days,
                will_sell=will_sell(per_day, days),
                need=need(slot.par, slot.capacity, units, per_day, days),
                days_left=days_left(units, per_day),
            )
        )
    return found


def asks_to_fill(tasks: Collection[VisitTask]) -> bool:
    """Whether a stop wants its machines filled; one that names no task wants what is usual."""
    return not tasks or "fill" in tasks


class _DaysWithoutData:
    """From the newest of the last read and the last count or visit to the visit; 0 for none."""

    def __init__(self, facts: MachineFacts, visit_day: date) -> None:
        self._visit_day = visit_day
        self._of_read = self._days(facts.last_read_at)
        self._known: dict[datetime | None, float] = {}  # mostly one visit filled all slots

    def since(self, known_at: datetime | None) -> float:
        if known_at not in self._known:
            days = [each for each in (self._of_read, self._days(known_at)) if each is not None]
            self._known[known_at] = float(max(0, min(days, default=0)))
        return self._known[known_at]

    def _days(self, at: datetime | None) -> int | None:
        return None if at is None else (self._visit_day - at.astimezone().date()).days


def _band(states: Sequence[SlotState], limits: Thresholds) -> Band:
    """The worst of the core slots, else of all slots whose days are known."""
    known = [each for each in states if each.days_left is not None]
    deciding = [each for each in known if each.core] or known
    bands = [band(each.stock, each.days_left, limits) for each in deciding]
    return worst(bands)


def worst(bands: Iterable[Band]) -> Band:
    return min(bands, key=BANDS.index, default=Band.UNKNOWN)

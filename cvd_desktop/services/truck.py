"""What is on the truck of a route: its loads, counts and visits, with the waiting events folded in.

The ledger begins with the first load or count: what was filled before that came from a truck of
which nobody told anything. A visit belongs to the truck of its run's route; one that was on no
run, to that of its machine.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.projection import project
from cvd_desktop.services.kept_facts import kept
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, route_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.moments import moment
from cvd_shared.route_shapes import TruckRow
from cvd_shared.truck_stock import truck_stock
from cvd_shared.wire_events import LoadRecorded, TruckCounted, VisitAmended, VisitFinished
from cvd_shared.wire_records import LoadRecord, Record, RunRecord, TruckCountRecord, VisitRecord

LOOK_BACK = timedelta(days=60)
"""What happened earlier, and was never counted since, is left out."""

LOADED_BEFORE = timedelta(days=7)
"""So long before its run a truck may be loaded."""

_LOAD_EVENTS = (LoadRecorded.TYPE, TruckCounted.TYPE)
_VISIT_EVENTS = (VisitFinished.TYPE, VisitAmended.TYPE)
_RecordT = TypeVar("_RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Truck:
    """`stock` by product id, units; below zero asks for a count. `rows` as truck_stock.py."""

    stock: dict[str, int]
    rows: tuple[TruckRow, ...]
    loads: tuple[LoadRecord, ...]  # oldest first
    counts: tuple[TruckCountRecord, ...]  # oldest first

    def loads_of_run(self, run_id: str) -> list[LoadRecord]:
        return [each for each in self.loads if each.run_id == run_id]

    def counts_of_run(self, run_id: str) -> list[TruckCountRecord]:
        return [each for each in self.counts if each.run_id == run_id]


def truck_of(wp: Workplace, connection: Transaction, route_id: str, run: RunRecord | None) -> Truck:
    """The truck of a route; `run` names machines of other routes that it may have served.

    Kept while nothing changes. In a `write` transaction ask before anything is written.
    """
    begin = _begin(wp)
    machines = route_machines(wp, connection, route_id)
    on_run = {each for stop in run.stops for each in stop.machine_ids} if run else set[str]()
    served = sorted({*machines, *on_run})
    basis = (
        begin,
        machines,
        route_store.waiting_of(connection, (*_LOAD_EVENTS, *_VISIT_EVENTS)),
        route_store.children_basis(
            connection, (LoadRecord.KIND, TruckCountRecord.KIND), (route_id,), begin
        ),
        route_store.children_basis(connection, (VisitRecord.KIND,), served, begin),
    )
    return kept(
        wp.database,
        ("truck", route_id, run.id if run is not None else None),
        basis,
        lambda: _truck(connection, route_id, machines, served, begin),
    )


def route_machines(wp: Workplace, connection: Transaction, route_id: str) -> tuple[str, ...]:
    """Ids of the machines of a route, by asset number; kept while no pull changes anything."""
    return kept(
        wp.database,
        ("machines of route", route_id),
        route_store.mark(connection).pulled,
        lambda: tuple(each.id for each in route_store.machines_of_route(connection, route_id)),
    )


def loads_since(connection: Transaction, route_id: str, begin: datetime) -> list[LoadRecord]:
    """What was loaded on the truck of a route, oldest first."""
    return _own(connection, LoadRecord, route_id, begin)


def _truck(
    connection: Transaction,
    route_id: str,
    machines: Collection[str],
    served: Collection[str],
    begin: datetime,
) -> Truck:
    loads = _own(connection, LoadRecord, route_id, begin)
    counts = _own(connection, TruckCountRecord, route_id, begin)
    since = _uncounted_since(loads, counts)
    visits = _visits(connection, route_id, machines, served, since) if since is not None else []
    stock, rows = truck_stock(loads, counts, visits)
    return Truck(stock, rows, tuple(loads), tuple(counts))


def _begin(wp: Workplace) -> datetime:
    """By whole days, so that it stays the same for a day."""
    then = wp.clock() - LOOK_BACK
    return then.replace(hour=0, minute=0, second=0, microsecond=0)


def _own(
    connection: Transaction, model: type[_RecordT], route_id: str, begin: datetime
) -> list[_RecordT]:
    stored = route_store.children(connection, model, route_id, since=to_wire(begin))
    events = [
        each
        for each in outbox_store.pending(connection, _LOAD_EVENTS)
        if each.payload.get("route_id") == route_id
    ]
    found = [each for each in project(stored, events).values() if isinstance(each, model)]
    return sorted(found, key=lambda each: (moment(getattr(each, "at", "")), each.id))


def _uncounted_since(
    loads: Iterable[LoadRecord], counts: Iterable[TruckCountRecord]
) -> datetime | None:
    """Before that every product was counted again later, or nothing is known; None: nothing ever
    is. Both oldest first."""
    loaded: dict[str, datetime] = {}
    for load in loads:
        for line in load.lines:
            loaded.setdefault(line.product_id, moment(load.at))
    counted = {line.product_id: moment(count.at) for count in counts for line in count.lines}
    return min((loaded | counted).values(), default=None)


def _visits(
    connection: Transaction,
    route_id: str,
    machines: Collection[str],
    served: Collection[str],
    since: datetime,
) -> list[VisitRecord]:
    of_route = set(machines)
    events = outbox_store.pending(connection, _VISIT_EVENTS)
    waiting = {each.payload.get("machine_id") for each in events}
    stored = [
        visit
        for machine_id in {*served, *(each for each in waiting if isinstance(each, str))}
        for visit in route_store.children(connection, VisitRecord, machine_id, since=to_wire(since))
    ]
    view = project(stored, events).values()
    visits = [each for each in view if isinstance(each, VisitRecord)]
    runs = route_store.records(
        connection, RunRecord, {each.run_id for each in visits if each.run_id}
    )

    def ours(visit: VisitRecord) -> bool:
        known = runs.get(visit.run_id or "")
        return visit.machine_id in of_route if known is None else known.route_id == route_id

    return [each for each in visits if ours(each)]

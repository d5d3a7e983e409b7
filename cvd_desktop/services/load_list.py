"""The pick list of a run as it is now, and who gets less of what is short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.services.day_run import DayRun, local_day, run_day
from cvd_desktop.services.load_draft import ListBasis
from cvd_desktop.services.machine_facts import facts_of
from cvd_desktop.services.stop_machines import asks_to_fill, slot_needs
from cvd_desktop.services.truck import Truck, truck_of
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import route_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.pick_list import share_out
from cvd_shared.route_shapes import PickList, PickReason, SlotKey
from cvd_shared.run_states import stop_order, stop_states
from cvd_shared.wire_records import ProductRecord

Shares = dict[tuple[str, SlotKey], int]
"""(machine id, slot) -> units."""


@dataclass(frozen=True)
class LoadNow:
    """Everything that one look at the load needs, fetched once."""

    found: DayRun
    basis: ListBasis
    picks: PickList
    truck: Truck
    facts: Mapping[str, MachineFacts]
    products: Mapping[str, ProductRecord]

    @property
    def read_at(self) -> dict[str, datetime]:
        """Machine id -> its last read, of machines that something is taken along for."""
        return {
            tote.machine_id: at
            for tote in self.picks.totes
            if (at := self.facts[tote.machine_id].last_read_at) is not None
        }

    def product(self, product_id: str) -> ProductRecord:
        """One that is not in the catalogue goes by its id."""
        known = self.products.get(product_id)
        return known or ProductRecord(id=product_id, sku="", name=product_id)


def load_now(
    wp: Workplace, connection: Transaction, found: DayRun, more: Sequence[str] = ()
) -> LoadNow:
    """`more` are products that are wanted although nothing needs them. In a `write` transaction
    ask before anything is written."""
    truck = truck_of(wp, connection, found.run.route_id, found.run)
    stops = _stops_to_serve(found)
    facts = facts_of(wp, connection, [machine_id for _, machine_id in stops])
    today = local_day(wp)
    visit_day = max(run_day(found) or today, today)
    ahead = [
        (stop_id, machine_id)
        for stop_id, machine_id in stops
        if machine_id in facts and not _served(facts[machine_id], found)
    ]
    needs: list[PickReason] = []
    for machine_id in dict.fromkeys(machine_id for _, machine_id in ahead):
        needs += slot_needs(facts[machine_id], visit_day)
    wanted = {each.product_id for each in needs} | truck.stock.keys() | set(more)
    products = route_store.records(connection, ProductRecord, wanted)
    basis = ListBasis(
        needs=tuple(needs),
        stops=tuple(ahead),
        case_sizes={each.id: each.case_size for each in products.values()},
        truck=truck.stock,
    )
    return LoadNow(found, basis, basis.made(), truck, facts, products)


def _stops_to_serve(found: DayRun) -> list[tuple[str, str]]:
    """(stop id, machine id) of stops that are to be filled and are not done or skipped."""
    whole = found.whole
    states = stop_states(whole, found.progress)
    stops = {stop.id: stop for stop in whole.stops}
    return [
        (stop_id, machine_id)
        for stop_id in stop_order(whole, found.progress)
        if states[stop_id].state in ("open", "arrived") and asks_to_fill(stops[stop_id].tasks)
        for machine_id in stops[stop_id].machine_ids
    ]


def _served(facts: MachineFacts, found: DayRun) -> bool:
    return any(visit.run_id == found.run.id for visit in facts.visits)


# --- shorts ---------------------------------------------------------------------------------------


def shares_of(now: LoadNow, picked: Mapping[str, int]) -> dict[str, Shares]:
    """Product id -> who gets how much of it, for products of which there is too little.

    By what was ticked so far; else, once the load is recorded, by what is on the truck.
    """
    recorded = _recorded_short(now)
    found = {}
    for line in now.picks.lines:
        if line.product_id in picked:
            short = picked[line.product_id] < line.to_pick
            available = line.on_truck + picked[line.product_id]
        else:
            short = line.product_id in recorded and line.to_pick > 0
            available = line.on_truck
        if short:
            found[line.product_id] = share_out(line.reasons, available)
    return found


def _recorded_short(now: LoadNow) -> set[str]:
    """Products of which the newest load of this run had less than was wanted."""
    short: dict[str, bool] = {}
    for load in now.truck.loads_of_run(now.found.run.id):
        short.update((line.product_id, line.loaded < line.wanted) for line in load.lines)
    return {product_id for product_id, is_short in short.items() if is_short}

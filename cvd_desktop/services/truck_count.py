"""The blind count of the truck on return: what was counted, and then how that differs."""

from dataclasses import dataclass

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.route_records import ReturnView, TruckLine
from cvd_desktop.domain.search_keys import natural_key
from cvd_desktop.services.day_run import day_run
from cvd_desktop.services.load_draft import checked, count_draft, store_count_draft
from cvd_desktop.services.truck import Truck, truck_of
from cvd_desktop.services.visit_events import append_event, check_right, texts_that_fit
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import draft_store, route_store, snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.moments import moment
from cvd_shared.route_shapes import TruckRow
from cvd_shared.wire_events import TruckCounted, TruckCountLine
from cvd_shared.wire_records import (
    ProductRecord,
    RouteRecord,
    RunRecord,
    TruckCountRecord,
    UserRecord,
)


@dataclass(frozen=True, slots=True)
class _Whose:
    """Which truck it is: of a run, or of a route that has none today."""

    route_id: str
    run: RunRecord | None

    @property
    def key(self) -> str:
        return self.run.id if self.run is not None else self.route_id


def return_view(wp: Workplace, run_id: str | None = None) -> ReturnView | None:
    """What is to be counted on the truck of today's run, or of the run or route asked for.

    Before the count is recorded a screen shows no units. Afterwards the lines hold what was
    expected, and `counted` what was found. None: there is neither a run nor a route.
    """
    with wp.database.read() as connection:
        whose = _whose(wp, connection, run_id)
        if whose is None:
            return None
        truck = truck_of(wp, connection, whose.route_id, whose.run)
        route = snapshot_store.record(connection, RouteRecord, whose.route_id)
        typed = count_draft(connection, whose.key)
        own = truck.counts_of_run(whose.run.id) if whose.run is not None else []
        recorded = own[-1] if own and not typed else None
        if recorded is not None:
            typed = {line.product_id: line.counted for line in recorded.lines}
        units = _expected(truck, recorded)
        loads = truck.loads_of_run(whose.run.id) if whose.run is not None else []
        products = route_store.records(connection, ProductRecord, {*units, *typed})
    rows: dict[str, list[TruckRow]] = {}
    for row in truck.rows:
        rows.setdefault(row.product_id, []).append(row)
    lines = [
        TruckLine(
            products.get(each) or ProductRecord(id=each, sku="", name=each),
            units.get(each, 0),
            tuple(rows.get(each, ())),
        )
        for each in {*units, *typed}
    ]
    lines.sort(key=lambda line: natural_key(f"{line.product.category} {line.product.name}"))
    return ReturnView(
        run_id=whose.run.id if whose.run is not None else None,
        route_id=whose.route_id,
        route_number=route.number if route is not None else "",
        lines=tuple(lines),
        counted=typed,
        recorded_at=moment(recorded.at) if recorded is not None else None,
        loaded=sum(line.loaded for load in loads for line in load.lines),
        returned=_returned(truck, recorded) if recorded is not None else None,
    )


def keep_count(wp: Workplace, run_id: str, product_id: str, counted: int | None) -> None:
    """Keep what was counted of a product; None forgets it. Topic of change: "load".

    Raises Problem: run_unknown, product_unknown, quantity_negative, quantity_too_large.
    """
    units = checked(counted)
    with wp.database.write() as connection:
        whose = _known(wp, connection, run_id)
        typed = count_draft(connection, whose.key)
        typed.pop(product_id, None)
        if units is not None:
            _check_product(wp, connection, whose, product_id)
            typed[product_id] = units
        store_count_draft(wp, connection, whose.key, typed)


def record_count(wp: Workplace, run_id: str, note: str = "") -> str:
    """Record what was counted; products that were not counted stay as they are. Returns its id.

    Topics of change: "load", "outbox". Raises Problem: run_unknown, nothing_counted,
    visit_text_too_long, visit_no_right.
    """
    with wp.database.write() as connection:
        check_right(connection)
        whose = _known(wp, connection, run_id)
        typed = count_draft(connection, whose.key)
        if not typed:
            raise Problem("nothing_counted", ExitCode.USAGE)
        truck = truck_of(wp, connection, whose.route_id, whose.run)
        with texts_that_fit():
            payload = TruckCounted(
                count_id=wp.new_id(),
                route_id=whose.route_id,
                run_id=whose.run.id if whose.run is not None else None,
                at=to_wire(wp.clock()),
                lines=tuple(
                    TruckCountLine(
                        product_id=each, expected=truck.stock.get(each, 0), counted=units
                    )
                    for each, units in typed.items()
                ),
                note=note.strip(),
            )
        entity = (TruckCountRecord.KIND, payload.count_id)
        append_event(wp, connection, payload, entity, at=wp.clock())
        draft_store.forget(connection, draft_store.COUNT, whose.key)
        return payload.count_id


def _expected(truck: Truck, recorded: TruckCountRecord | None) -> dict[str, int]:
    """By product what the ledger says, of those that are there or moved since they were counted;
    of a recorded count what it said before that."""
    moved = {row.product_id for row in truck.rows if row.kind != "counted"}
    units = {each: held for each, held in truck.stock.items() if held or each in moved}
    if recorded is not None:
        units |= {line.product_id: line.expected or 0 for line in recorded.lines}
    return units


def _returned(truck: Truck, count: TruckCountRecord) -> int:
    """Units that were on the truck at the count: of what was not counted, those of the ledger."""
    found = {line.product_id: line.counted for line in count.lines}
    at = moment(count.at)
    held = {row.product_id: row.stock for row in truck.rows if row.at <= at}  # oldest first
    left = (max(0, units) for each, units in held.items() if each not in found)
    return sum(found.values()) + sum(left)


def _whose(wp: Workplace, connection: Transaction, run_id: str | None) -> _Whose | None:
    found = day_run(wp, connection, run_id)
    if found is not None:
        return _Whose(found.run.route_id, found.run)
    route_id = run_id
    if run_id is None:
        session = load_session(connection)
        user = snapshot_store.record(connection, UserRecord, session.user_id) if session else None
        route_id = next(iter(user.route_ids), None) if user is not None else None
    known = snapshot_store.record(connection, RouteRecord, route_id) if route_id else None
    return _Whose(known.id, None) if known is not None else None


def _known(wp: Workplace, connection: Transaction, run_id: str) -> _Whose:
    whose = _whose(wp, connection, run_id)
    if whose is None:
        raise Problem("run_unknown", ExitCode.USAGE, id=run_id)
    return whose


def _check_product(wp: Workplace, connection: Transaction, whose: _Whose, product_id: str) -> None:
    """One of the catalogue, else one that is on the truck."""
    if snapshot_store.record(connection, ProductRecord, product_id) is not None:
        return
    if product_id not in truck_of(wp, connection, whose.route_id, whose.run).stock:
        raise Problem("product_unknown", ExitCode.USAGE, id=product_id)

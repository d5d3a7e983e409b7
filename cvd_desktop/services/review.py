"""What the office reads of a day: runs, stops, visits, reads, cash, and what wants a look.

Worked out of the records of the last sync, so it is there without a network too. Nothing here is
kept: what a driver amends changes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.review_records import (
    CashDay,
    CashProof,
    CashSum,
    DayException,
    DayReview,
    ProofPart,
    RunReview,
    StopReview,
    VisitReview,
)
from cvd_desktop.services.machine_facts import collect_before
from cvd_desktop.services.machine_sales import MachineSales, SeenRead, cash_of, sales_of
from cvd_desktop.services.review_exceptions import exceptions_of, refusals_of
from cvd_desktop.services.visit_cash import with_refunds
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import review_store, route_store, snapshot_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.cash import over_short
from cvd_shared.cash_facts import CashExpected, OverShort
from cvd_shared.moments import moment
from cvd_shared.run_states import stop_order, stop_states
from cvd_shared.visit_facts import effective_cash, effective_lines
from cvd_shared.wire_records import (
    CollectedCash,
    LocationRecord,
    MachineRecord,
    PhotoRecord,
    PlanogramRecord,
    ProductRecord,
    ReadRecord,
    RouteRecord,
    RunProgressRecord,
    RunRecord,
    RunStop,
    TicketRecord,
    VisitRecord,
)

_READS_BEFORE = 2  # one of them may be cut off
_LONGEST_BACK = timedelta(days=400)  # a collect further back proves nothing
_DAYS_TOLD = 60


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit with what follows from it."""

    visit: VisitRecord
    machine: MachineRecord | None
    location: LocationRecord | None
    planogram: PlanogramRecord | None
    read: ReadRecord | None
    sales: MachineSales | None  # of the reads since the collect before, this one the last
    cash: CollectedCash | None
    expected: CashExpected | None
    over_short: OverShort | None
    collected_before: datetime | None
    read_before: bool  # at that collect

    @property
    def proof(self) -> CashProof:
        if self.cash is None:
            return "no_cash"
        if self.cash.counted is None:
            return "not_counted"
        compared = self.over_short
        if compared is None or compared.amount is None or compared.missing:
            return "not_provable"
        return "proven"


def review_day(wp: Workplace, day: date) -> DayReview:
    """The runs of a day (local) with what happened on them, and the exceptions, worst first."""
    with wp.database.read() as connection:
        runs = route_store.runs_of_day(connection, day.isoformat())
        routes = {route.id: route for route in snapshot_store.routes(connection)}
        begin, end = _span(day)
        visits = review_store.visits_between(connection, begin, end)
        by_run: dict[str | None, list[VisitRecord]] = {}
        known = {run.id for run in runs}
        for visit in visits:
            by_run.setdefault(visit.run_id if visit.run_id in known else None, []).append(visit)
        judged = {each.visit.id: each for each in _judged(connection, visits)}
        reviews: list[RunReview] = []
        found: list[DayException] = []
        for run in runs:
            mine = [judged[visit.id] for visit in by_run.get(run.id, ())]
            review, told = _run(connection, run, routes.get(run.route_id), mine)
            reviews.append(review)
            found += told
        others = [judged[visit.id] for visit in by_run.get(None, ())]
        for each in others:
            found += exceptions_of(each, None, "")
        found += refusals_of(connection, begin, end, routes)
        synced = meta.get(connection, meta.LAST_ANSWER)
        days = review_store.days_with_runs(connection, _DAYS_TOLD)
    return DayReview(
        day,
        tuple(sorted(reviews, key=lambda each: (_natural(each.route_number), each.run_id))),
        tuple(sorted(found, key=lambda each: (_RANK[each.kind], each.at))),
        tuple(each.visit.id for each in others),
        from_wire(synced) if synced else None,
        tuple(days),
    )


def review_visit(wp: Workplace, visit_id: str) -> VisitReview:
    """Raises Problem("visit_unknown")."""
    with wp.database.read() as connection:
        visit = snapshot_store.record(connection, VisitRecord, visit_id)
        judged = next(iter(_judged(connection, [visit])), None) if visit else None
        if visit is None or judged is None or judged.machine is None:
            raise Problem("visit_unknown", ExitCode.USAGE, visit=visit_id)
        lines = effective_lines(visit)
        product_ids = {
            each
            for line in lines.values()
            for each in (line.product_id, line.was_product_id)
            if each is not None
        }
        products = route_store.records(connection, ProductRecord, product_ids)
        route = snapshot_store.record(connection, RouteRecord, judged.machine.route_id or "")
        photos = route_store.children(connection, PhotoRecord, visit.id)
        tickets = [
            ticket
            for ticket in route_store.children(connection, TicketRecord, visit.machine_id)
            if ticket.state not in ("resolved", "closed")
        ]
    number = route.number if route else ""
    return VisitReview(
        visit=visit,
        machine=judged.machine,
        location=judged.location,
        route_number=number,
        lines=tuple(lines[key] for key in sorted(lines)),
        products={each.id: each.name for each in products.values()},
        cash=judged.cash,
        expected=judged.expected,
        over_short=judged.over_short,
        proof=judged.proof,
        parts=_parts(judged),
        read=judged.read,
        filled=sum(line.filled for line in lines.values()),
        photos=len(photos),
        tickets=tuple(ticket.id for ticket in tickets),
        exceptions=tuple(exceptions_of(judged, visit.run_id, number)),
    )


def over_short_by_day(wp: Workplace, last: date, days: int = 14) -> list[CashDay]:
    """Of the currency that most bags have; the oldest day first, `last` included."""
    begin, _ = _span(last - timedelta(days=days - 1))
    _, end = _span(last)
    sums: dict[str, dict[date, int]] = {}
    bags: dict[str, int] = {}
    with wp.database.read() as connection:
        visits = review_store.visits_between(connection, begin, end)
        for each in _judged(connection, [visit for visit in visits if effective_cash(visit)]):
            if each.machine is None or each.over_short is None or each.over_short.amount is None:
                continue
            currency = each.machine.currency
            day = moment(each.visit.finished_at).astimezone().date()
            bags[currency] = bags.get(currency, 0) + 1
            by_day = sums.setdefault(currency, {})
            by_day[day] = by_day.get(day, 0) + each.over_short.amount
    main = max(bags, key=lambda currency: (bags[currency], currency), default="")
    known = sums.get(main, {})
    span = [last - timedelta(days=back) for back in reversed(range(days))]
    return [CashDay(day, known.get(day)) for day in span]


# --- runs ---------------------------------------------------------------------------------------


def _run(
    connection: Transaction, run: RunRecord, route: RouteRecord | None, visits: Sequence[Judged]
) -> tuple[RunReview, list[DayException]]:
    progress = snapshot_store.record(connection, RunProgressRecord, run.id)
    states = stop_states(run, progress)
    planned = {stop.id: stop for stop in run.stops}
    places = snapshot_store.records(
        connection, LocationRecord, {stop.location_id for stop in run.stops}
    )
    by_stop: dict[str | None, list[str]] = {}
    for each in visits:
        by_stop.setdefault(each.visit.stop_id, []).append(each.visit.id)
    number = route.number if route else ""
    stops: list[StopReview] = []
    found: list[DayException] = []
    for n, stop_id in enumerate(stop_order(run, progress), 1):
        stop, now = planned[stop_id], states[stop_id]
        place = places.get(stop.location_id)
        arrived = _arrived(stop, progress, visits)
        late = _is_late(stop, arrived)
        name = place.name if place else ""
        stops.append(
            StopReview(
                stop_id,
                n,
                name,
                now.state,
                late,
                now.reason,
                now.note,
                now.at,
                stop.window_to,
                tuple(by_stop.get(stop_id, ())),
            )
        )
        if late and arrived is not None:
            values = {"arrived": to_wire(arrived), "window_to": stop.window_to or ""}
            found.append(DayException("late", values, run.id, None, None, number, name, arrived))
    for each in visits:
        found += exceptions_of(each, run.id, number)
    names = [mark.by for mark in (progress.marks if progress else ()) if mark.by]
    names += [each.visit.actor_name for each in visits]
    review = RunReview(
        run_id=run.id,
        route_id=run.route_id,
        route_number=number,
        route_name=route.name if route else "",
        driver=names[-1] if names else route.driver_name if route else "",
        stops=tuple(stops),
        visit_ids=tuple(each.visit.id for each in visits),
        visited=len({each.visit.machine_id for each in visits}),
        read=len({each.visit.machine_id for each in visits if each.visit.read_id}),
        cash=_sums(visits),
    )
    return review, found


def _arrived(
    stop: RunStop, progress: RunProgressRecord | None, visits: Iterable[Judged]
) -> datetime | None:
    """The first arrival there, by a mark or by a visit."""
    moments = [
        moment(mark.at)
        for mark in (progress.marks if progress else ())
        if mark.stop_id == stop.id and mark.state == "arrived"
    ]
    moments += [moment(each.visit.arrived_at) for each in visits if each.visit.stop_id == stop.id]
    return min(moments, default=None)


def _is_late(stop: RunStop, arrived: datetime | None) -> bool:
    if stop.window_to is None or arrived is None:
        return False
    return arrived.astimezone().strftime("%H:%M") > stop.window_to


def _sums(visits: Iterable[Judged]) -> tuple[CashSum, ...]:
    by_money: dict[tuple[str, int], list[Judged]] = {}
    for each in visits:
        if each.cash is not None and each.machine is not None:
            money = (each.machine.currency, each.machine.decimals)
            by_money.setdefault(money, []).append(each)
    return tuple(_sum(money, by_money[money]) for money in sorted(by_money))


def _sum(money: tuple[str, int], bags: Sequence[Judged]) -> CashSum:
    expected = [each.expected.amount for each in bags if each.expected is not None]
    known = [amount for amount in expected if amount is not None]
    counted = [each.cash.counted for each in bags if each.cash and each.cash.counted is not None]
    differences = [
        each.over_short.amount
        for each in bags
        if each.over_short is not None and each.over_short.amount is not None
    ]
    proofs = {each.proof for each in bags}
    order: tuple[CashProof, ...] = ("not_provable", "not_counted", "proven")
    proof = next(each for each in order if each in proofs)
    return CashSum(
        *money,
        expected=sum(known) if known else None,
        counted=sum(counted) if counted else None,
        over_short=sum(differences) if differences else None,
        proof=proof,
        bags=len(bags),
        bags_counted=len(counted),
        whole=len(known) == len(bags),
    )


# --- visits -------------------------------------------------------------------------------------


def _judged(connection: Transaction, visits: Sequence[VisitRecord]) -> list[Judged]:
    machines = route_store.machines(connection, {visit.machine_id for visit in visits})
    places = snapshot_store.records(
        connection,
        LocationRecord,
        {each.location_id for each in machines.values() if each.location_id},
    )
    reads = route_store.records(
        connection, ReadRecord, [visit.read_id for visit in visits if visit.read_id]
    )
    found = []
    for visit in visits:
        machine = machines.get(visit.machine_id)
        place = places.get(machine.location_id or "") if machine else None
        read = reads.get(visit.read_id or "")
        found.append(_judge(connection, visit, machine, place, read))
    return found


def _judge(
    connection: Transaction,
    visit: VisitRecord,
    machine: MachineRecord | None,
    place: LocationRecord | None,
    read: ReadRecord | None,
) -> Judged:
    cash = effective_cash(visit)
    before = collect_before(connection, visit)
    bare = Judged(
        visit=visit,
        machine=machine,
        location=place,
        planogram=route_store.planogram(connection, visit.machine_id),
        read=read,
        sales=None,
        cash=cash,
        expected=None,
        over_short=None,
        collected_before=moment(before.finished_at) if before else None,
        read_before=before is not None and before.read_id is not None,
    )
    if machine is None or read is None:
        return bare
    seen = _reads_until(connection, machine, read, before)
    sales = sales_of(seen)
    if cash is None:
        return replace(bare, sales=sales)
    since = bare.collected_before
    expected, _ = cash_of(seen, sales, before.read_id if before else None, since)
    if expected is None:
        return replace(bare, sales=sales)
    expected = with_refunds(expected, cash.refunds + cash.test_vends)
    compared = over_short(expected, cash.counted)
    return replace(bare, sales=sales, expected=expected, over_short=compared)


def _reads_until(
    connection: Transaction, machine: MachineRecord, read: ReadRecord, before: VisitRecord | None
) -> list[SeenRead]:
    """From the collect before to this read, the oldest first."""
    last = moment(read.at)
    since = moment(before.arrived_at) if before else last - _LONGEST_BACK
    known = route_store.reads_since(connection, machine.id, since, before=_READS_BEFORE)
    seen = [
        SeenRead(each.id, moment(each.at), machine.decimals, record=each)
        for each in known
        if each.selections and moment(each.at) <= last
    ]
    return sorted(seen, key=lambda each: (each.at, each.id))


def _parts(judged: Judged) -> tuple[ProofPart, ...]:
    if judged.cash is None:
        return ()
    restarted = judged.sales is not None and bool(judged.sales.restarts)
    return (
        ProofPart(
            "read_at_collect",
            judged.read is not None and judged.read.complete,
            moment(judged.read.at) if judged.read else None,
        ),
        ProofPart("read_at_last_collect", judged.read_before, judged.collected_before),
        ProofPart("bag_counted", judged.cash.counted is not None),
        ProofPart("meters_go_on", judged.sales is not None and not restarted),
    )


def _span(day: date) -> tuple[datetime, datetime]:
    """The moments between which a local day lies."""
    begin = datetime.combine(day, time()).astimezone()
    return begin, datetime.combine(day + timedelta(days=1), time()).astimezone()


def _natural(number: str) -> tuple[int, str]:
    return (int(number), "") if number.isdecimal() else (2**31, number)


_RANK: Mapping[str, int] = {
    kind: rank
    for rank, kind in enumerate(
        (
            "refused",
            "identity_differs",
            "bag_used_before",
            "no_read",
            "meter_restarted",
            "price_differs",
            "unmapped",
            "fill_above_need",
            "late",
        )
    )
}

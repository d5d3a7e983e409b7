"""What the office reads of a day: runs, stops, visits, reads, cash, and what wants a look.

Worked out of the records of the last sync, so it is there without a network too. Nothing here is
kept: what a driver amends changes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.review_records import (
    CashDay,
    CashProof,
    CashSum,
    DayException,
    DayReview,
    ExceptionKind,
    RunReview,
    StopReview,
    VisitBrief,
    VisitReview,
)
from cvd_desktop.domain.search_keys import natural_key
from cvd_desktop.services.review_exceptions import exceptions_of, refusals_of
from cvd_desktop.services.review_judged import Judged, amendments_of, judged, parts_of
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import review_store, route_store, snapshot_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey
from cvd_shared.run_states import stop_order, stop_states
from cvd_shared.visit_facts import effective_cash, effective_lines
from cvd_shared.wire_records import (
    LocationRecord,
    PhotoRecord,
    ProductRecord,
    RouteRecord,
    RunProgressRecord,
    RunRecord,
    RunStop,
    TicketRecord,
    VisitRecord,
)

_DAYS_TOLD = 60
_LATE_END = timedelta(days=1)  # a run of the evening ends after midnight


def review_day(wp: Workplace, day: date) -> DayReview:
    """The runs of a day (local) with what happened on them, and the exceptions, worst first."""
    with wp.database.read() as connection:
        runs = route_store.runs_of_day(connection, day.isoformat())
        routes = {route.id: route for route in snapshot_store.routes(connection)}
        visits = [each for each, of_day in _visits(connection, day, day) if of_day == day]
        known = {run.id for run in runs}
        by_run: dict[str, list[Judged]] = {}
        for each in judged(connection, visits):
            run_id = each.visit.run_id if each.visit.run_id in known else None
            by_run.setdefault(run_id or "", []).append(each)
        reviews: list[RunReview] = []
        found: list[DayException] = []
        for run in runs:
            review, told = _run(connection, run, routes.get(run.route_id), by_run.get(run.id, ()))
            reviews.append(review)
            found += told
        outside = by_run.get("", ())
        for each in outside:
            route = routes.get(each.machine.route_id or "") if each.machine else None
            found += exceptions_of(each, None, route.number if route else "")
        found += refusals_of(connection, *_span(day), routes)
        synced = meta.get(connection, meta.LAST_ANSWER)
        days = review_store.days_with_runs(connection, _DAYS_TOLD)
        basis = route_store.mark(connection)
    return DayReview(
        day,
        tuple(sorted(reviews, key=lambda each: (_natural(each.route_number), each.run_id))),
        tuple(sorted(found, key=lambda each: (_RANK[each.kind], each.at))),
        _of_visits(None, None, outside, ()) if outside else None,
        from_wire(synced) if synced else None,
        tuple(days),
        basis,
    )


def review_visit(wp: Workplace, visit_id: str) -> VisitReview:
    """Raises Problem("visit_unknown")."""
    with wp.database.read() as connection:
        visit = snapshot_store.record(connection, VisitRecord, visit_id)
        each = next(iter(judged(connection, [visit])), None) if visit else None
        if visit is None or each is None or each.machine is None:
            raise Problem("visit_unknown", ExitCode.USAGE, visit=visit_id)
        lines = effective_lines(visit)
        product_ids = {
            product_id
            for line in (*lines.values(), *visit.lines)
            for product_id in (line.product_id, line.was_product_id)
            if product_id is not None
        }
        products = route_store.records(connection, ProductRecord, product_ids)
        route = snapshot_store.record(connection, RouteRecord, each.machine.route_id or "")
        photos = route_store.children(connection, PhotoRecord, visit.id)
        tickets = [
            ticket
            for ticket in route_store.children(connection, TicketRecord, visit.machine_id)
            if ticket.state not in ("resolved", "closed")
        ]
    number = route.number if route else ""
    slots = each.planned.slots if each.planned else ()
    return VisitReview(
        visit=visit,
        machine=each.machine,
        location=each.location,
        route_number=number,
        lines=tuple(lines[key] for key in sorted(lines, key=_door_order)),
        products={product.id: product.name for product in products.values()},
        cash=each.cash,
        expected=each.expected,
        over_short=each.over_short,
        proof=each.proof,
        parts=parts_of(each),
        read=each.read,
        filled=sum(line.filled for line in lines.values()),
        photos=tuple(reversed(photos)),
        tickets=tuple(tickets),
        planned={SlotKey(slot.cabinet, slot.label): slot.price for slot in slots},
        amendments=amendments_of(visit),
        exceptions=tuple(exceptions_of(each, visit.run_id, number)),
    )


def over_short_by_day(wp: Workplace, last: date, days: int = 14) -> list[CashDay]:
    """Of the currency that most bags have; the oldest day first, `last` included."""
    first = last - timedelta(days=days - 1)
    sums: dict[tuple[str, int], dict[date, int]] = {}
    bags: dict[tuple[str, int], int] = {}
    with wp.database.read() as connection:
        bagged = [
            (visit, day)
            for visit, day in _visits(connection, first, last)
            if first <= day <= last and effective_cash(visit) is not None
        ]
        of_day = {visit.id: day for visit, day in bagged}
        for each in judged(connection, [visit for visit, _ in bagged]):
            if each.machine is None or each.over_short is None or each.over_short.amount is None:
                continue
            money = (each.machine.currency, each.machine.decimals)
            by_day = sums.setdefault(money, {})
            day = of_day[each.visit.id]
            bags[money] = bags.get(money, 0) + 1
            by_day[day] = by_day.get(day, 0) + each.over_short.amount
    currency, decimals = max(bags, key=lambda money: (bags[money], money), default=("", 2))
    known = sums.get((currency, decimals), {})
    span = [first + timedelta(days=n) for n in range(days)]
    return [CashDay(day, known.get(day), currency, decimals) for day in span]


def _visits(connection: Transaction, first: date, last: date) -> list[tuple[VisitRecord, date]]:
    """Visits with the day that each counts for, each one exactly one day: that of its run, else the
    local one of its end. Some may be of the days before and after the span."""
    begin, end = _span(first)[0], _span(last)[1]
    visits = review_store.visits_between(connection, begin - _LATE_END, end + _LATE_END)
    days = review_store.run_days(connection, first - 2 * _LATE_END, last + 2 * _LATE_END)
    found = []
    for visit in visits:
        ended = moment(visit.finished_at).astimezone().date()
        planned = days.get(visit.run_id or "", ended)
        found.append((visit, planned if abs(planned - ended) <= _LATE_END else ended))
    return found


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
    by_stop: dict[str | None, list[Judged]] = {}
    for each in visits:
        by_stop.setdefault(each.visit.stop_id, []).append(each)
    number = route.number if route else ""
    stops: list[StopReview] = []
    found: list[DayException] = []
    for n, stop_id in enumerate(stop_order(run, progress), 1):
        stop, now = planned[stop_id], states[stop_id]
        place = places.get(stop.location_id)
        arrived = _arrived(stop, progress, visits)
        late = _is_late(run, stop, arrived)
        name = place.name if place else ""
        here = by_stop.get(stop_id, ())
        stops.append(
            StopReview(
                stop_id=stop_id,
                number=n,
                name=name,
                state=now.state,
                late=late,
                reason=now.reason,
                note=now.note,
                at=now.at,
                window_to=stop.window_to,
                visit_ids=tuple(each.visit.id for each in here),
            )
        )
        if late and arrived is not None:
            first = here[0] if here else None
            found.append(
                DayException(
                    "late",
                    {"arrived": to_wire(arrived), "window_to": stop.window_to or ""},
                    run.id,
                    first.visit.id if first else None,
                    first.machine if first else None,
                    number,
                    name,
                    arrived,
                )
            )
    for each in visits:
        found += exceptions_of(each, run.id, number)
    marked = tuple(mark.by for mark in (progress.marks if progress else ()) if mark.by)
    return _of_visits(run, route, visits, tuple(stops), marked), found


def _of_visits(
    run: RunRecord | None,
    route: RouteRecord | None,
    visits: Sequence[Judged],
    stops: tuple[StopReview, ...],
    marked: tuple[str, ...] = (),
) -> RunReview:
    """`marked`: who marked stops."""
    names = [*marked, *(each.visit.actor_name for each in visits if each.visit.actor_name)]
    planned = route.driver_name if route else ""
    return RunReview(
        run_id=run.id if run else "",
        route_id=run.route_id if run else "",
        route_number=route.number if route else "",
        route_name=route.name if route else "",
        driver=names[-1] if names else planned,
        stops=stops,
        visits=tuple(_brief(each) for each in visits),
        visited=len({each.visit.machine_id for each in visits}),
        read=len({each.visit.machine_id for each in visits if each.visit.read_id}),
        cash=_sums(visits),
    )


def _brief(each: Judged) -> VisitBrief:
    visit, place = each.visit, each.location
    return VisitBrief(
        visit_id=visit.id,
        stop_id=visit.stop_id,
        machine=each.machine,
        place=place.name if place else each.machine.location_name if each.machine else "",
        driver=visit.actor_name,
        arrived_at=moment(visit.arrived_at),
        finished_at=moment(visit.finished_at),
        has_read=visit.read_id is not None,
        filled=sum(line.filled for line in effective_lines(visit).values()),
        expected=each.expected.amount if each.expected else None,
        counted=each.cash.counted if each.cash else None,
        over_short=each.over_short.amount if each.over_short else None,
        proof=each.proof,
    )


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


def _is_late(run: RunRecord, stop: RunStop, arrived: datetime | None) -> bool:
    """Within the minute of the end is in time; what is no time of day has no end."""
    if stop.window_to is None or arrived is None:
        return False
    try:
        end = datetime.combine(date.fromisoformat(run.day), time.fromisoformat(stop.window_to))
    except ValueError:
        return False
    return arrived.astimezone().replace(second=0, microsecond=0) > end.astimezone()


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


def _span(day: date) -> tuple[datetime, datetime]:
    """The moments between which a local day lies."""
    begin = datetime.combine(day, time()).astimezone()
    return begin, datetime.combine(day + timedelta(days=1), time()).astimezone()


def _door_order(key: SlotKey) -> tuple[int, str]:
    """By cabinet, then as people count: A9 before A10."""
    return key.cabinet, natural_key(key.label)


def _natural(number: str) -> tuple[int, str]:
    return (int(number), "") if number.isdecimal() else (2**31, number)


_RANK: Mapping[ExceptionKind, int] = {
    "refused": 0,
    "identity_differs": 1,
    "bag_used_before": 2,
    "no_read": 3,
    "meter_restarted": 4,
    "price_differs": 5,
    "unmapped": 6,
    "fill_above_need": 7,
    "late": 8,
}

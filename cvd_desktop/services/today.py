"""The day of a driver: the run with its stops, marking and ordering them, machines beside it.

Everything works offline: an action appends one event in one transaction. What drivers record
stands, whatever the office changes meanwhile; its changes are shown until they were seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.route_records import (
    SKIP_REASONS,
    MachineElsewhere,
    RunView,
    StopMachine,
    StopView,
)
from cvd_desktop.services.day_run import (
    DayRun,
    day_began,
    day_run,
    keep_seen,
    known_run,
    local_day,
    route_name,
    run_day,
    was_seen,
)
from cvd_desktop.services.day_stops import (
    DayFacts,
    ends_about,
    next_stop,
    stop_views,
    units_and_bags,
)
from cvd_desktop.services.ticket_facts import distance
from cvd_desktop.services.truck import LOADED_BEFORE, loads_since, route_machines
from cvd_desktop.services.visit_events import append_event, check_right, in_turn, texts_that_fit
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import route_store, snapshot_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.moments import moment
from cvd_shared.route_shapes import RunChange
from cvd_shared.run_states import may_mark, run_changes, stop_order, stop_states
from cvd_shared.urgency import order_key
from cvd_shared.wire_events import RunOrdered, StopMarked, StopState
from cvd_shared.wire_records import (
    LoadRecord,
    LocationRecord,
    RouteRecord,
    RunProgressRecord,
    UserRecord,
)

TOPICS = frozenset({"run", "outbox"})
_MOST_ELSEWHERE = 150  # machines looked at that are not on the run
_KILOMETRE = 1000


# --- looking --------------------------------------------------------------------------------------


def todays_run(wp: Workplace, run_id: str | None = None) -> RunView | None:
    """Today's run of the person who is signed in, or the one asked for; None: there is none.

    The first look at a run keeps it as the one that the driver knows. A run of last night that is
    still worked on goes on after midnight.
    """
    with wp.database.read() as connection:
        found = day_run(wp, connection, run_id)
        if found is None:
            return None
        view = _run_view(wp, connection, found)
        new = not was_seen(connection, found.run.id)
    if new:
        with suppress(Problem), wp.database.write() as connection:  # a full disk hides no run
            if not was_seen(connection, found.run.id):
                keep_seen(wp, connection, found)
    return view


def map_address(location: LocationRecord) -> str | None:
    """What a navigator opens: coordinates (RFC 5870), else a search for the address. None: the
    office knows neither."""
    if location.latitude is not None and location.longitude is not None:
        point = f"{location.latitude},{location.longitude}"
        return f"geo:{point}?q={point}({quote(location.name, safe='')})"
    if location.address.strip():
        said = quote(f"{location.name}, {location.address}", safe="")
        return f"https://www.openstreetmap.org/search?query={said}"
    return None


def _run_view(wp: Workplace, connection: Transaction, found: DayRun) -> RunView:
    run = found.run
    routes = route_store.records(
        connection, RouteRecord, {run.route_id, *(each.route_id for each in found.others)}
    )
    route = routes.get(run.route_id)
    beside = _beside(wp, connection, found)
    day = DayFacts.of(wp, connection, found, beside)
    stops = stop_views(day)
    visits = [each for machine_id in day.facts for each in day.visits_of(machine_id)]
    units, bags = units_and_bags(visits)
    waiting = [
        each
        for stop in stops
        for each in stop.machines
        if stop.state in ("open", "arrived") and not each.visited
    ]
    recent = loads_since(connection, run.route_id, day.began - LOADED_BEFORE)
    loads = [each for each in recent if each.run_id == run.id]
    reads = route_store.reads_of_day(connection, day_began(local_day(wp)))
    planned = stop_order(found.whole, None)
    ordered = [stop.stop_id for stop in stops] != planned
    orders = sorted(found.progress.orders, key=lambda each: (moment(each.at), each.id))
    return RunView(
        run_id=run.id,
        route_id=run.route_id,
        route_number=route.number if route else "",
        route_name=route.name if route else "",
        day=run_day(found) or local_day(wp),
        stops=tuple(stops),
        next_stop_id=next_stop(stops),
        elsewhere=tuple(_elsewhere(day, beside, stops)),
        changes=_changes(connection, found, day),
        ordered_by_driver=ordered,
        order_reason=orders[-1].reason if ordered and orders else "",
        reads=reads.reads,
        reads_first_try=reads.first_try,
        units_filled=units,
        units_planned=units + sum(each.to_put_in for each in waiting),
        bags=bags,
        short_products=short_products(loads),
        load_recorded=bool(loads),
        ends_about=ends_about(day, stops),
        office_at=_heard(connection),
        other_runs=tuple((each.id, route_name(routes.get(each.route_id))) for each in found.others),
    )


def short_products(loads: Iterable[LoadRecord]) -> int:
    """Products of which the newest load of them had less than was wanted; oldest load first."""
    short: dict[str, bool] = {}
    for load in loads:
        short.update((line.product_id, line.loaded < line.wanted) for line in load.lines)
    return sum(short.values())


def _heard(connection: Transaction) -> datetime | None:
    """When the office's records were last heard."""
    told = meta.get(connection, meta.LAST_ANSWER)
    return moment(told) if told else None


def _changes(connection: Transaction, found: DayRun, day: DayFacts) -> tuple[RunChange, ...]:
    """With the names of places and machines in the place of their ids."""
    changes = run_changes(found.seen, found.run)
    told = {each for change in changes for each in (change.before, change.after) if each}
    names = {each.id: each.asset_number for each in route_store.machines(connection, told).values()}
    places = route_store.records(connection, LocationRecord, told)
    names |= {each.id: each.name for each in (*places.values(), *day.locations.values())}
    return tuple(
        change._replace(
            before=names.get(change.before, change.before),
            after=names.get(change.after, change.after),
        )
        for change in changes
    )


# --- machines that are not on the run -------------------------------------------------------------


def _beside(wp: Workplace, connection: Transaction, found: DayRun) -> list[str]:
    """Machines of this person's routes that are on no run of the day; the run's own route first."""
    session = load_session(connection)
    user = snapshot_store.record(connection, UserRecord, session.user_id) if session else None
    routes = dict.fromkeys((found.run.route_id, *(user.route_ids if user else ())))
    runs = route_store.runs_of_day(connection, found.run.day)
    taken = {each for run in runs for stop in run.stops for each in stop.machine_ids}
    taken |= set(found.machine_ids)
    beside: list[str] = []
    for route_id in routes:
        own = route_machines(wp, connection, route_id)
        beside += [each for each in own if each not in taken]
        if len(beside) >= _MOST_ELSEWHERE:
            break
    return beside[:_MOST_ELSEWHERE]


def _elsewhere(
    day: DayFacts, machine_ids: Iterable[str], stops: Sequence[StopView]
) -> list[MachineElsewhere]:
    """Those that are due and were not served today, the most urgent first."""
    ahead = [stop for stop in stops if stop.state in ("open", "arrived") and stop.location]
    known = (day.stop_machine(each) for each in machine_ids)
    due = [each for each in known if each is not None and each.due and not each.visited]
    due.sort(key=lambda each: (order_key(each.urgency), each.record.asset_number))
    return [_beside_run(day.locations, each, ahead) for each in due]


def _beside_run(
    locations: Mapping[str, LocationRecord], machine: StopMachine, ahead: Sequence[StopView]
) -> MachineElsewhere:
    place = locations.get(machine.record.location_id or "")
    far = [
        (metres, stop.number)
        for stop in ahead
        if place is not None
        and stop.location is not None
        and (metres := distance(stop.location, place)) is not None
    ]
    metres, number = min(far) if far else (None, None)
    return MachineElsewhere(
        machine=machine,
        location=place,
        distance_km=None if metres is None else metres / _KILOMETRE,
        nearest_stop=number,
    )


# --- doing ----------------------------------------------------------------------------------------


def mark_stop(
    wp: Workplace,
    run_id: str,
    stop_id: str,
    state: StopState,
    *,
    reason: str = "",
    note: str = "",
) -> None:
    """Record what became of a stop. Topics of change: `TOPICS`.

    Raises Problem: run_unknown, stop_unknown, skip_reason_missing, skip_note_missing,
    stop_mark_refused, visit_text_too_long, visit_no_right.
    """
    reason, note = (reason.strip(), note.strip()) if state == "skipped" else ("", note.strip())
    if state == "skipped" and reason not in SKIP_REASONS:
        raise Problem("skip_reason_missing", ExitCode.USAGE)
    if reason == "other" and not note:
        raise Problem("skip_note_missing", ExitCode.USAGE)
    with wp.database.write() as connection:
        check_right(connection)
        found = known_run(wp, connection, run_id)
        now = stop_states(found.whole, found.progress).get(stop_id)
        if now is None:
            raise Problem("stop_unknown", ExitCode.USAGE, id=stop_id)
        if (now.state, now.reason, now.note) == (state, reason, note):
            return  # pressed twice
        if now.state != state and not may_mark(now.state, state):
            raise Problem("stop_mark_refused", ExitCode.USAGE, why=now.state, to=state)
        with texts_that_fit():
            payload = StopMarked(
                run_id=run_id,
                stop_id=stop_id,
                state=state,
                at=in_turn(wp.clock(), now.at),
                reason=reason,
                note=note,
            )
        append_event(wp, connection, payload, (RunProgressRecord.KIND, run_id), at=wp.clock())


def order_stops(wp: Workplace, run_id: str, stop_ids: Sequence[str], reason: str) -> None:
    """Record the driver's own order and why. Stops that are not named come after them.

    Topics of change: `TOPICS`. Raises Problem: run_unknown, stop_unknown, order_reason_missing,
    visit_text_too_long, visit_no_right.
    """
    if not reason.strip():
        raise Problem("order_reason_missing", ExitCode.USAGE)
    with wp.database.write() as connection:
        check_right(connection)
        found = known_run(wp, connection, run_id)
        orders = found.progress.orders
        wanted = list(dict.fromkeys(stop_ids))
        unknown = set(wanted) - {stop.id for stop in found.stops}
        if unknown:
            raise Problem("stop_unknown", ExitCode.USAGE, id=min(unknown))
        order = stop_order(found.whole, found.progress)
        if [*wanted, *(each for each in order if each not in wanted)] == order:
            return
        with texts_that_fit():
            payload = RunOrdered(
                run_id=run_id,
                at=in_turn(wp.clock(), max((moment(each.at) for each in orders), default=None)),
                stop_ids=tuple(wanted),
                reason=reason.strip(),
            )
        append_event(wp, connection, payload, (RunProgressRecord.KIND, run_id), at=wp.clock())


def changes_seen(wp: Workplace, run_id: str) -> None:
    """The driver knows the run as it is now. Topics of change: `TOPICS`. Raises run_unknown."""
    with wp.database.write() as connection:
        keep_seen(wp, connection, known_run(wp, connection, run_id))

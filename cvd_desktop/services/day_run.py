"""Which run is today's, and what was done with it: the office's run with the driver's facts.

The office's run as it was last seen here is kept (draft_store.SEEN), so that what changed since
can be shown and a stop that the office took out stays as long as somebody recorded a fact of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pydantic import ValidationError

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.projection import project
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import draft_store, outbox_store, route_store, snapshot_store
from cvd_desktop.storage.draft_store import Draft
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.moments import moment
from cvd_shared.run_states import stop_states
from cvd_shared.wire_events import RunOrdered, StopMarked
from cvd_shared.wire_records import (
    RouteRecord,
    RunProgressRecord,
    RunRecord,
    RunStop,
    UserRecord,
)

RUN_EVENTS = (StopMarked.TYPE, RunOrdered.TYPE)
_STILL_THE_SAME_NIGHT = timedelta(hours=6)
_DAYS_AHEAD = 7
_SEEN_AGO = timedelta(days=2)
_SEEN_KEPT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class DayRun:
    """A run with what was done of it. `stops` are the office's and those that it took out, where
    a fact of them was recorded."""

    run: RunRecord  # the office's
    seen: RunRecord  # as it was last seen here
    stops: tuple[RunStop, ...]
    progress: RunProgressRecord
    others: tuple[RunRecord, ...] = ()  # of the same person and day

    @property
    def whole(self) -> RunRecord:
        """The run with every stop that is shown."""
        return self.run.model_copy(update={"stops": self.stops})

    @property
    def machine_ids(self) -> list[str]:
        """Of all stops, each once, in the office's order."""
        return list(dict.fromkeys(each for stop in self.stops for each in stop.machine_ids))


def local_day(wp: Workplace) -> date:
    """Today, where this laptop is."""
    return wp.clock().astimezone().date()


def day_began(day: date) -> datetime:
    """The first moment of a local day, UTC."""
    return datetime.combine(day, time()).astimezone().astimezone(UTC)


def run_day(found: DayRun) -> date | None:
    """The local day that the office means; None where it says none."""
    try:
        return date.fromisoformat(found.run.day)
    except ValueError:
        return None


# --- which run ------------------------------------------------------------------------------------


def day_run(wp: Workplace, connection: Transaction, run_id: str | None = None) -> DayRun | None:
    """The run asked for, else today's of the person who is signed in; None where there is none.

    A run of last night that is not finished goes on for some hours. Where the office took away a
    run that facts were recorded of, it stays with these, as a run without other stops.
    """
    today = local_day(wp)
    mine = _mine(connection, route_store.runs_of_day(connection, today.isoformat()))
    mine += _taken_away(connection, wp.clock(), today, run_id)
    began = progress_of(connection, [each.id for each in mine])
    yesterday = (today - timedelta(days=1)).isoformat()
    for late in _mine(connection, route_store.runs_of_day(connection, yesterday)):
        progress = progress_of(connection, (late.id,))
        touched = last_touched(progress[late.id])
        tonight = touched is not None and wp.clock() - touched < _STILL_THE_SAME_NIGHT
        if tonight and _left(late, progress[late.id]):
            mine.append(late)
            began |= progress
    if run_id is None:
        run = _worked_on(mine, began)
    else:
        known = next((each for each in mine if each.id == run_id), None)
        run = known or snapshot_store.record(connection, RunRecord, run_id)
    if run is None:
        return None
    done = began[run.id] if run.id in began else progress_of(connection, (run.id,))[run.id]
    others = tuple(each for each in mine if each.id != run.id)
    seen, kept = _seen(connection, run)
    return DayRun(run, seen, _stops(run, (*seen.stops, *kept), done), done, others)


def run_to_load(wp: Workplace, connection: Transaction, run_id: str | None = None) -> DayRun | None:
    """The run asked for, else today's; where nothing of that is left to do, the person's next one
    of the coming days, as trucks are loaded the evening before."""
    found = day_run(wp, connection, run_id)
    if run_id is not None or (found is not None and _left(found.whole, found.progress)):
        return found
    today, session = local_day(wp), load_session(connection)
    for ahead in range(1, _DAYS_AHEAD + 1):
        day = (today + timedelta(days=ahead)).isoformat()
        for coming in _mine(connection, route_store.runs_of_day(connection, day)):
            if session is None or coming.driver_id in (None, session.user_id):
                return day_run(wp, connection, coming.id)
    return found


def known_run(wp: Workplace, connection: Transaction, run_id: str) -> DayRun:
    """The run of an action. Raises Problem("run_unknown")."""
    found = day_run(wp, connection, run_id)
    if found is None:
        raise Problem("run_unknown", ExitCode.USAGE, id=run_id)
    return found


def progress_of(connection: Transaction, run_ids: Collection[str]) -> dict[str, RunProgressRecord]:
    """What was done with runs: the server's record with the waiting events folded over it."""
    stored = route_store.records(connection, RunProgressRecord, run_ids)
    runs = route_store.records(connection, RunRecord, run_ids)
    routes = {each.id: each.route_id for each in runs.values()}
    base = [
        stored.get(each) or RunProgressRecord(id=each, route_id=routes.get(each, ""))
        for each in run_ids
    ]
    events = [
        each
        for each in outbox_store.pending(connection, RUN_EVENTS)
        if each.payload.get("run_id") in run_ids
    ]
    view = project(base, events)
    return {each.id: each for each in view.values() if isinstance(each, RunProgressRecord)}


def last_touched(progress: RunProgressRecord) -> datetime | None:
    """When somebody last recorded anything of the run's stops."""
    told = (*(each.at for each in progress.marks), *(each.at for each in progress.orders))
    return max(map(moment, told), default=None)


def _left(run: RunRecord, progress: RunProgressRecord) -> bool:
    """Whether a stop of the run is neither done nor skipped."""
    return any(each.state in ("open", "arrived") for each in stop_states(run, progress).values())


def route_name(route: RouteRecord | None) -> str:
    return f"Route {route.number}" if route is not None else ""


def _mine(connection: Transaction, runs: list[RunRecord]) -> list[RunRecord]:
    """Of the driver; else of the routes of the person, those that nobody drives first. All of
    them where nobody is signed in."""
    session = load_session(connection)
    if session is None:
        return runs
    driven = [each for each in runs if each.driver_id == session.user_id]
    if driven:
        return driven
    user = snapshot_store.record(connection, UserRecord, session.user_id)
    routes = user.route_ids if user is not None else ()
    here = [each for each in runs if each.route_id in routes]
    return [each for each in here if each.driver_id is None] or here


def _taken_away(
    connection: Transaction, now: datetime, today: date, run_id: str | None
) -> list[RunRecord]:
    """Runs of today (or the one asked for) that were seen and marked here and that the office does
    not tell any more. All of their stops are off the run."""
    drafts = route_store.recent_drafts(connection, draft_store.SEEN, now - _SEEN_AGO)
    seen = [each for each in map(_seen_run, drafts) if each is not None]
    wanted = [each for each in seen if each.day == today.isoformat() or each.id == run_id]
    told = route_store.records(connection, RunRecord, [each.id for each in wanted])
    gone = [each for each in wanted if each.id not in told]
    progress = progress_of(connection, [each.id for each in gone]) if gone else {}
    return [each.model_copy(update={"stops": ()}) for each in gone if progress[each.id].marks]


def _worked_on(runs: list[RunRecord], began: dict[str, RunProgressRecord]) -> RunRecord | None:
    """The one that was worked on last, else the first."""
    touched = {each.id: last_touched(began[each.id]) for each in runs}
    begun = [(at, each) for each in runs if (at := touched[each.id]) is not None]
    if begun:
        return max(begun, key=lambda each: each[0])[1]
    return next(iter(runs), None)


# --- as it was seen -------------------------------------------------------------------------------


def keep_seen(wp: Workplace, connection: Transaction, found: DayRun) -> None:
    """From now on the run as it is counts as seen. Inside the caller's `write` transaction."""
    session = load_session(connection)
    here = {stop.id for stop in found.run.stops}
    gone = [stop.model_dump(mode="json") for stop in found.stops if stop.id not in here]
    body = {"run": found.run.model_dump(mode="json"), "gone": gone}
    route_store.forget_drafts(connection, draft_store.SEEN, wp.clock() - _SEEN_KEPT)
    draft_store.store(
        connection,
        draft_store.SEEN,
        found.run.id,
        user_id=session.user_id if session else "",
        at=to_wire(wp.clock()),
        body=body,
    )


def was_seen(connection: Transaction, run_id: str) -> bool:
    return draft_store.load(connection, draft_store.SEEN, run_id) is not None


def _seen(connection: Transaction, run: RunRecord) -> tuple[RunRecord, tuple[RunStop, ...]]:
    """The run as last seen here (as it is, when it never was), and stops that went before that."""
    draft = draft_store.load(connection, draft_store.SEEN, run.id)
    if draft is None:
        return run, ()
    try:
        gone = tuple(RunStop.model_validate(each) for each in draft.body.get("gone", ()))
    except (TypeError, ValidationError):  # of another version of this program
        gone = ()
    return _seen_run(draft) or run, gone


def _seen_run(draft: Draft) -> RunRecord | None:
    try:
        return RunRecord.model_validate(draft.body["run"])
    except (KeyError, ValidationError):  # of another version of this program
        return None


def _stops(
    run: RunRecord, known: Iterable[RunStop], progress: RunProgressRecord
) -> tuple[RunStop, ...]:
    here = {stop.id for stop in run.stops}
    marked = {mark.stop_id for mark in progress.marks}
    gone = {stop.id: stop for stop in known if stop.id not in here and stop.id in marked}
    return (*run.stops, *gone.values())

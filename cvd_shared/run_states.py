"""Where the stops of a run stand, by the office's run and by what drivers did. The order in which
marks arrive does not matter: the newest one holds.
"""

from collections.abc import Iterable
from typing import TypeVar

from cvd_shared.moments import moment
from cvd_shared.route_shapes import RunChange, StopNow
from cvd_shared.wire_events import StopState
from cvd_shared.wire_records import RunProgressRecord, RunRecord, RunStop, StopMark, StopOrder

_MOVES: dict[StopState, tuple[StopState, ...]] = {
    "open": ("arrived", "skipped"),
    "arrived": ("done", "skipped", "open"),
    "done": ("arrived", "open"),
    "skipped": ("arrived", "open"),
}
"""What a screen offers. A mark that somebody made all the same is kept."""

_FactT = TypeVar("_FactT", bound=StopMark | StopOrder)


def stop_states(run: RunRecord, progress: RunProgressRecord | None) -> dict[str, StopNow]:
    """Every stop of the run, and those with marks that the run does not have (any more)."""
    states = {stop.id: StopNow("open") for stop in run.stops}
    for mark in _in_order(progress.marks if progress else ()):
        at = moment(mark.at)
        states[mark.stop_id] = StopNow(mark.state, at, mark.by, mark.reason, mark.note)
    return states


def stop_order(run: RunRecord, progress: RunProgressRecord | None) -> list[str]:
    """The stops of the run in the driver's newest order, the others after them as planned."""
    planned = [stop.id for stop in sorted(run.stops, key=lambda stop: stop.sequence)]
    orders = _in_order(progress.orders if progress else ())
    if not orders:
        return planned
    known = set(planned)
    chosen = [stop_id for stop_id in orders[-1].stop_ids if stop_id in known]
    return list(dict.fromkeys((*chosen, *planned)))


def with_mark(progress: RunProgressRecord, mark: StopMark) -> RunProgressRecord:
    """With this mark in its place, oldest first; the same where it is in there already."""
    return progress.model_copy(update={"marks": _with(progress.marks, mark)})


def with_order(progress: RunProgressRecord, order: StopOrder) -> RunProgressRecord:
    """With this order in its place, oldest first; the same where it is in there already."""
    return progress.model_copy(update={"orders": _with(progress.orders, order)})


def may_mark(now: StopState, to: StopState) -> bool:
    """Whether a screen offers this mark."""
    return to in _MOVES[now]


def run_changes(before: RunRecord, after: RunRecord) -> tuple[RunChange, ...]:
    """What the office changed between two versions of a run."""
    old = {stop.id: stop for stop in before.stops}
    new = {stop.id: stop for stop in after.stops}
    found = [
        RunChange("stop_removed", stop.id, before=stop.location_id)
        for stop in before.stops
        if stop.id not in new
    ]
    for stop in after.stops:
        if stop.id in old:
            found += _stop_changes(old[stop.id], stop)
        else:
            found.append(RunChange("stop_added", stop.id, after=stop.location_id))
    return tuple(found)


def _stop_changes(old: RunStop, new: RunStop) -> Iterable[RunChange]:
    for machine_id in old.machine_ids:
        if machine_id not in new.machine_ids:
            yield RunChange("machine_removed", new.id, before=machine_id)
    for machine_id in new.machine_ids:
        if machine_id not in old.machine_ids:
            yield RunChange("machine_added", new.id, after=machine_id)


def _with(facts: tuple[_FactT, ...], new: _FactT) -> tuple[_FactT, ...]:
    if any(each.id == new.id for each in facts):
        return facts
    return tuple(_in_order([*facts, new]))


def _in_order(facts: Iterable[_FactT]) -> list[_FactT]:
    return sorted(facts, key=lambda each: (moment(each.at), each.id))

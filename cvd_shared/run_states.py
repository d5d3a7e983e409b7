"""Where the stops of a run stand, by what the office planned and what drivers did.

The order in which marks and orders arrive does not matter: the newest one holds.
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
    """What the office changed between two versions of a run, stop by stop.

    Kinds: stop_added, stop_removed (location ids), machine_added, machine_removed (machine ids),
    window, tasks, must_do, note, checklist, photos, signature, and, of the run as a whole, order.
    """
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
    was, is_ = stop_order(before, None), stop_order(after, None)
    if [each for each in was if each in new] != [each for each in is_ if each in old]:
        found.append(RunChange("order", ""))
    return tuple(found)


def _stop_changes(old: RunStop, new: RunStop) -> Iterable[RunChange]:
    for machine_id in old.machine_ids:
        if machine_id not in new.machine_ids:
            yield RunChange("machine_removed", new.id, before=machine_id)
    for machine_id in new.machine_ids:
        if machine_id not in old.machine_ids:
            yield RunChange("machine_added", new.id, after=machine_id)
    was, is_ = _asked_for(old), _asked_for(new)
    for kind, value in is_.items():
        if was[kind] != value:
            yield RunChange(kind, new.id, before=was[kind], after=value)


def _asked_for(stop: RunStop) -> dict[str, str]:
    """What a stop asks for, as words that can be set beside each other."""
    times = (stop.window_from, stop.window_to)
    return {
        "window": "–".join(time or "" for time in times) if any(times) else "",
        "tasks": ", ".join(sorted(stop.tasks)),
        "must_do": "yes" if stop.must_do else "no",
        "note": stop.note,
        "checklist": "; ".join(stop.checklist),
        "photos": str(stop.photos_wanted),
        "signature": "yes" if stop.signature_wanted else "no",
    }


def _with(facts: tuple[_FactT, ...], new: _FactT) -> tuple[_FactT, ...]:
    if any(each.id == new.id for each in facts):
        return facts
    return tuple(_in_order([*facts, new]))


def _in_order(facts: Iterable[_FactT]) -> list[_FactT]:
    return sorted(facts, key=lambda each: (moment(each.at), each.id))

"""What a key press changes in the run that is shown, before the service has recorded it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import RunView, StopView
from cvd_shared.wire_events import StopState

TO_DO: tuple[StopState, ...] = ("open", "arrived")


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark that a person gave a stop here, and what it replaced."""

    run_id: str
    stop_id: str
    state: StopState
    reason: str
    note: str
    before: StopView


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that a person gave a run here, and the one before: all stops of the day."""

    run_id: str
    stop_ids: tuple[str, ...]
    before: tuple[str, ...]


def to_do(view: RunView) -> list[StopView]:
    """The stops that are still to do, the next one first, the others in the order of the day."""
    stops = [stop for stop in view.stops if stop.state in TO_DO]
    stops.sort(key=lambda stop: stop.stop_id != view.next_stop_id)  # stable
    return stops


def skipped(view: RunView) -> list[StopView]:
    return [stop for stop in view.stops if stop.state == "skipped"]


def done(view: RunView) -> list[StopView]:
    return [stop for stop in view.stops if stop.state == "done"]


def stop_named(view: RunView, stop_id: str) -> StopView | None:
    return next((stop for stop in view.stops if stop.stop_id == stop_id), None)


def with_mark(view: RunView, mark: Marked, at: datetime) -> RunView:
    """The run after the mark. The next stop is another one when this one is not to do any more."""
    stops = tuple(
        replace(
            stop,
            state=mark.state,
            state_at=at,
            reason=mark.reason,
            reason_note=mark.note,
            record_state=RecordState.RECORDED_HERE,
        )
        if stop.stop_id == mark.stop_id
        else stop
        for stop in view.stops
    )
    changed = replace(view, stops=stops)
    if mark.state == "arrived":
        return replace(changed, next_stop_id=mark.stop_id)
    kept = stop_named(changed, view.next_stop_id or "")
    if kept is not None and kept.state == "arrived":
        return changed
    first = next((stop.stop_id for stop in stops if stop.state in TO_DO), None)
    return replace(changed, next_stop_id=first)


def whole_order(view: RunView, wanted: Sequence[str]) -> tuple[str, ...]:
    """All stops of the day: those to do in the order wanted, the others keep their places."""
    rest = iter(wanted)
    return tuple(next(rest) if stop.state in TO_DO else stop.stop_id for stop in view.stops)


def with_order(view: RunView, stop_ids: Sequence[str]) -> RunView:
    """The run in this order of all its stops; the first one to do is the next.

    Numbers stay with their stops, so that one sees what is moved.
    """
    place = {stop_id: n for n, stop_id in enumerate(stop_ids)}
    stops = tuple(sorted(view.stops, key=lambda stop: place.get(stop.stop_id, len(place))))
    first = next((stop.stop_id for stop in stops if stop.state in TO_DO), None)
    return replace(view, stops=stops, next_stop_id=view.next_stop_id if held(view) else first)


def held(view: RunView) -> int:
    """1 where the person is at a stop: that one is the next, whatever the order."""
    return sum(stop.state == "arrived" for stop in to_do(view)[:1])


def renumbered(view: RunView) -> RunView:
    """A number is the place in the day, as the services count."""
    stops = tuple(replace(stop, number=n) for n, stop in enumerate(view.stops, 1))
    return replace(view, stops=stops)


def moved(order: Sequence[str], stop_id: str, to: int) -> tuple[str, ...]:
    """The order with one stop at another place; places outside are the ends."""
    rest = [other for other in order if other != stop_id]
    rest.insert(min(max(to, 0), len(rest)), stop_id)
    return tuple(rest)


def machine_stop(view: RunView, label: str) -> tuple[StopView, str] | None:
    """The stop of the machine with this asset number or serial number, and the machine's id."""
    wanted = label.strip().casefold()
    for stop in view.stops:
        for machine in stop.machines:
            record = machine.record
            if wanted and wanted in (
                record.asset_number.casefold(),
                record.serial_number.casefold(),
                record.id.casefold(),
            ):
                return stop, record.id
    return None


def machine_beside(view: RunView, label: str) -> str | None:
    """The id of the machine with this label that is due and not on the run."""
    wanted = label.strip().casefold()
    for one in view.elsewhere:
        record = one.machine.record
        if wanted and wanted in (record.asset_number.casefold(), record.serial_number.casefold()):
            return record.id
    return None


def meant(view: RunView, chosen: str) -> StopView | None:
    """The stop that Enter means: the chosen one, else the next."""
    waiting = to_do(view)
    return stop_named(view, chosen) or (waiting[0] if waiting else None)

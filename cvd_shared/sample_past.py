"""The runs of the sample's weeks: which stop each visit belonged to, who was late, what was
skipped."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import NamedTuple

from cvd_shared.wire_records import (
    MachineRecord,
    RouteRecord,
    RunProgressRecord,
    RunRecord,
    RunStop,
    StopMark,
    VisitRecord,
)

_LATE_SHARE = 0.06
_SKIPPED_SHARE = 0.3  # of the days, one stop
_REASONS = ("closed", "no_access", "no_time")

MakeId = Callable[[str, str], str]


class Past(NamedTuple):
    """`visits`: all of them, with their run and stop."""

    runs: tuple[RunRecord, ...]
    progress: tuple[RunProgressRecord, ...]
    visits: tuple[VisitRecord, ...]


def sample_past(
    visits: Sequence[VisitRecord],
    machines: Sequence[MachineRecord],
    routes: Sequence[RouteRecord],
    make_id: MakeId,
) -> Past:
    """The runs that these visits, oldest first, were made on."""
    standing = {machine.id: machine for machine in machines}
    by_run: dict[tuple[str, str], list[VisitRecord]] = {}
    for visit in visits:
        route_id, day = standing[visit.machine_id].route_id, visit.arrived_at[:10]
        if route_id is not None:
            by_run.setdefault((route_id, day), []).append(visit)
    drivers = {route.id: route for route in routes}
    runs, progress = [], []
    linked: dict[str, VisitRecord] = {}
    for (route_id, day), made in sorted(by_run.items()):
        run, marks = _run(drivers[route_id], day, made, standing, make_id)
        runs.append(run)
        progress.append(RunProgressRecord(id=run.id, route_id=route_id, marks=marks))
        stops = {machine_id: stop.id for stop in run.stops for machine_id in stop.machine_ids}
        for visit in made:
            place = {"run_id": run.id, "stop_id": stops[visit.machine_id]}
            linked[visit.id] = visit.model_copy(update=place)
    return Past(
        tuple(runs), tuple(progress), tuple(linked.get(visit.id, visit) for visit in visits)
    )


def _run(
    route: RouteRecord,
    day: str,
    visits: Sequence[VisitRecord],
    machines: Mapping[str, MachineRecord],
    make_id: MakeId,
) -> tuple[RunRecord, tuple[StopMark, ...]]:
    key = f"{route.number} {day}"
    random = Random(f"past:{key}")  # noqa: S311 - a story, not a secret
    by_place: dict[str, list[VisitRecord]] = {}
    for visit in sorted(visits, key=lambda each: each.arrived_at):
        by_place.setdefault(machines[visit.machine_id].location_id or "", []).append(visit)
    stops: list[RunStop] = []
    marks: list[StopMark] = []

    def mark(stop_id: str, state: str, at: str, reason: str = "") -> None:
        mark_id = make_id("mark", f"{key} {stop_id} {state}")
        marks.append(
            StopMark.model_validate(
                {"id": mark_id, "stop_id": stop_id, "state": state, "at": at, "reason": reason}
                | {"by": route.driver_name}
            )
        )

    for place, made in by_place.items():
        arrived = datetime.fromisoformat(made[0].arrived_at)
        late = random.random() < _LATE_SHARE
        stop = RunStop(
            id=make_id("stop", f"{key} {place}"),
            sequence=len(stops) + 1,
            location_id=place,
            machine_ids=tuple(visit.machine_id for visit in made),
            tasks=("fill", "collect"),
            window_to=f"{max(0, arrived.astimezone().hour - 1):02}:00" if late else None,
        )
        stops.append(stop)
        mark(stop.id, "arrived", made[0].arrived_at)
        mark(stop.id, "done", made[-1].finished_at)
    elsewhere = sorted(
        (each for each in machines.values() if each.route_id == route.id),
        key=lambda each: each.asset_number,
    )
    left = [each for each in elsewhere if each.location_id not in by_place]
    if left and random.random() < _SKIPPED_SHARE:
        machine = random.choice(left)
        stop = RunStop(
            id=make_id("stop", f"{key} {machine.location_id}"),
            sequence=len(stops) + 1,
            location_id=machine.location_id or "",
            machine_ids=(machine.id,),
            tasks=("fill",),
        )
        stops.append(stop)
        mark(stop.id, "skipped", visits[-1].finished_at, random.choice(_REASONS))
    run = RunRecord(
        id=make_id("run", key), route_id=route.id, day=day, driver_id=route.driver_id,
        stops=tuple(stops),
    )  # fmt: skip
    return run, tuple(marks)

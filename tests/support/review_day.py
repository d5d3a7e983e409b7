"""Records of a day made by hand: three machines on one route, one of them in another currency."""

from datetime import timedelta

from cvd_shared.moments import moment
from cvd_shared.wire_events import Verdict
from cvd_shared.wire_records import (
    CollectedCash,
    LocationRecord,
    MachineRecord,
    ReadRecord,
    Record,
    RouteRecord,
    RunProgressRecord,
    RunRecord,
    RunStop,
    StopMark,
    VisitRecord,
)

RIGHT = Verdict(link="ok", transfer="ok", integrity="ok", mapping="ok", plausibility="ok")


def machine(number: int, currency: str = "EUR", decimals: int = 2) -> MachineRecord:
    return MachineRecord(
        id=f"m{number}",
        asset_number=f"1000{number}",
        location_id=f"l{number}",
        route_id="r1",
        currency=currency,
        decimals=decimals,
    )


def fleet() -> list[Record]:
    places = [LocationRecord(id=f"l{n}", name=f"Place {n}") for n in (1, 2, 3)]
    machines = [machine(1), machine(2), machine(3, "JPY", 0)]
    route = RouteRecord(id="r1", name="North", number="11", driver_name="Driver 11")
    return [*places, *machines, route]


def run(day: str = "2026-11-18", run_id: str = "run1", **windows: str) -> RunRecord:
    stops = tuple(
        RunStop(
            id=f"s{n}",
            sequence=n,
            location_id=f"l{n}",
            machine_ids=(f"m{n}",),
            window_to=windows.get(f"s{n}"),
        )
        for n in (1, 2, 3)
    )
    return RunRecord(id=run_id, route_id="r1", day=day, stops=stops)


def progress(*marks: tuple[str, str, str]) -> RunProgressRecord:
    """(stop, state, at)"""
    told = [
        {"id": f"k{n}", "stop_id": stop, "state": state, "at": at, "by": "Driver 11"}
        | ({"reason": "closed"} if state == "skipped" else {})
        for n, (stop, state, at) in enumerate(marks)
    ]
    return RunProgressRecord(
        id="run1", route_id="r1", marks=tuple(StopMark.model_validate(each) for each in told)
    )


def read(number: int, at: str, cash: int, sold: int = 10, **more: object) -> ReadRecord:
    """`cash`: in the box since the beginning."""
    return ReadRecord.model_validate(
        {
            "id": f"read-{number}-{at}",
            "machine_id": f"m{number}",
            "at": at,
            "purpose": "collect",
            "link": "dexucs",
            "complete": True,
            "size": 900,
            "raw_sha256": "0" * 64,
            "verdict": RIGHT,
            "selections": {"A1": (sold, sold * 150)},
            "counters": {"CA305": cash, "CA306": cash, "CA307": 0, "CA308": 0, "CA310": 0}
            | {"CA401": 0, "CA403": 0, "CA404": 0},
        }
        | more
    )


def visit(number: int, at: str, counted: int | None = None, **more: object) -> VisitRecord:
    """A collect of machine `number` with a read of its own, ten minutes long."""
    begun = (moment(at) - timedelta(minutes=10)).isoformat()
    cash = CollectedCash(bag=f"bag {number} {at}", counted=counted)
    facts: dict[str, object] = {
        "id": f"v{number}-{at}",
        "machine_id": f"m{number}",
        "run_id": "run1",
        "stop_id": f"s{number}",
        "actor_name": "Driver 11",
        "arrived_at": begun,
        "finished_at": at,
        "tasks": ("fill", "collect"),
        "read_id": f"read-{number}-{at}",
        "cash": cash,
    }
    return VisitRecord.model_validate(facts | more)


def collected(number: int, at: str, counted: int | None, cash: int) -> list[Record]:
    """The collect of a week before, and this one, with `cash` in between."""
    before = "2026-11-11T09:00:00.000Z"
    first = visit(number, before, 0, run_id=None, stop_id=None)
    return [
        first,
        read(number, before, 1000),
        visit(number, at, counted),
        read(number, at, 1000 + cash, 20),
    ]

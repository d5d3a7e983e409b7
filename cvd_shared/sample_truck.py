"""The trucks of the sample: what was loaded for its visits, and what was left on Fridays."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

from cvd_shared.wire_records import (
    CountedLine,
    LoadedLine,
    LoadRecord,
    ProductRecord,
    TruckCountRecord,
    VisitRecord,
)

_IDS = UUID("c2a6a1d4-5a3e-5a9e-9c55-0d8c5b6f7a31")
_LOADED_AT, _COUNTED_AT = "05:10:00.000Z", "21:40:00.000Z"
_FRIDAY = 4
_WHOLE_CASE = 2
"""When half of a case or more is needed, the driver takes a whole one."""


def sample_truck(
    visits: Iterable[VisitRecord],
    routes: Mapping[str, str],
    drivers: Mapping[str, str],
    products: Sequence[ProductRecord],
) -> tuple[tuple[LoadRecord, ...], tuple[TruckCountRecord, ...]]:
    """Loads and counts, oldest first. `routes`: machine id -> route id; `drivers`: of routes."""
    case_sizes = {product.id: product.case_size for product in products}
    needed: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for visit in visits:
        units = needed[(visit.finished_at[:10], routes[visit.machine_id])]
        for line in visit.lines:
            if line.product_id is not None and line.filled:
                units[line.product_id] += line.filled
    trucks: dict[str, Counter[str]] = defaultdict(Counter)
    loads, counts = [], []
    for (day, route_id), units in sorted(needed.items()):
        truck = trucks[route_id]
        lines = []
        for product_id, need in sorted(units.items()):
            wanted = max(0, need - truck[product_id])
            loaded = _loaded(wanted, case_sizes[product_id])
            truck[product_id] += loaded - need
            if loaded:
                lines.append(LoadedLine(product_id=product_id, wanted=wanted, loaded=loaded))
        if lines:
            loads.append(
                LoadRecord(
                    id=str(uuid5(_IDS, f"load {route_id} {day}")),
                    route_id=route_id,
                    at=f"{day}T{_LOADED_AT}",
                    actor_name=drivers.get(route_id, ""),
                    lines=tuple(lines),
                )
            )
        if date.fromisoformat(day).weekday() == _FRIDAY:
            counts.append(_count(route_id, day, truck, drivers.get(route_id, "")))
    return tuple(loads), tuple(counts)


def _loaded(wanted: int, case_size: int) -> int:
    cases, singles = divmod(wanted, case_size)
    return (cases + 1) * case_size if singles * _WHOLE_CASE >= case_size else wanted


def _count(route_id: str, day: str, truck: Counter[str], driver: str) -> TruckCountRecord:
    return TruckCountRecord(
        id=str(uuid5(_IDS, f"count {route_id} {day}")),
        route_id=route_id,
        at=f"{day}T{_COUNTED_AT}",
        actor_name=driver,
        lines=tuple(
            CountedLine(product_id=product_id, expected=units, counted=units)
            for product_id, units in sorted(truck.items())
        ),
    )

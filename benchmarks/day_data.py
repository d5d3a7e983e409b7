"""A laptop full of a driver's work: 40 stops, 60 machines, 1,620 slots, two years of visits.

500,000 lines of visits with the reads that belong to them, 10,000 machines to search among, and a
truck with its loads. `python -m benchmarks.day_data FOLDER` makes one data folder; `day_folder()`
keeps it in build/ for the benchmarks of the day.
"""

import os
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

PASSPHRASE = "figures of the day"  # noqa: S105 - of data that anybody can make again
MACHINES, STOPS, SLOTS, PRODUCTS = 60, 40, 27, 120
DAYS, EVERY = 2 * 365, 2.3  # two years, a visit every so many days
OTHERS = 10_000 - MACHINES
FOLDER = Path("build") / "day"
FORMAT = "1"
"""To be counted up when this file changes: the kept folder is made anew."""

_RUN, _ROUTE, _DRIVER = "run-1", "route-1", "user-1"
Document = tuple[str, dict[str, Any]]  # kind, record


def day_folder() -> Path:
    """The data folder of today, made when there is none yet (half a minute)."""
    mark = FOLDER / "made.txt"
    wanted = f"{FORMAT} {date.today()}"  # noqa: DTZ011 - the local day, as the run has it
    if not mark.exists() or mark.read_text() != wanted:
        import shutil

        shutil.rmtree(FOLDER, ignore_errors=True)
        make_folder(FOLDER)
        mark.write_text(wanted)
    return FOLDER


def open_environment() -> None:
    """The key of the folder, for this process and its children."""
    os.environ["CVD_PASSPHRASE"] = PASSPHRASE
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


def make_folder(folder: Path) -> None:
    """Fill a new data folder, as pulls of two years would have."""
    from cvd_desktop.domain.records import Session
    from cvd_desktop.domain.search_keys import keys_of
    from cvd_desktop.services.workplace import open_workplace
    from cvd_desktop.sync.access import save_session
    from cvd_shared.canonical import canonical_json

    open_environment()
    workplace = open_workplace(folder)
    try:
        with workplace.database.write() as connection:
            rows = (
                (kind, record["id"], 1, *keys_of(kind, record), canonical_json(record))
                for kind, record in documents(workplace.clock())
            )
            connection.exec_driver_sql(
                "INSERT INTO snapshot_row (kind, id, ver, search_text, sort_key, body) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                list(rows),
            )
            save_session(
                connection,
                Session("https://cvd.example", _DRIVER, "driver14", "driver", "op", "Example", ""),
            )
    finally:
        workplace.close()


def documents(now: datetime) -> Iterator[Document]:
    """Every record, as the server would send it."""
    chance = random.Random(14)  # noqa: S311 - a story
    today = now.astimezone().date()
    yield "route", {"id": _ROUTE, "name": "Route 14", "number": "14", "driver_id": _DRIVER}
    yield "due_rules", {"id": "rules", "core_critical": True, "sold_out_slots": 3, "days": 10}
    for number in range(PRODUCTS):
        yield "product", _product(number)
    for number in range(STOPS):
        yield "location", _location(number, chance)
    for number in range(MACHINES):
        yield "machine", _machine(number)
        planogram = _planogram(number, chance)
        yield "planogram", planogram
        yield from _history(number, planogram, now, chance)
    for number in range(OTHERS):
        record = _machine(MACHINES + number)
        yield "machine", record | {"route_id": "route-2", "location_name": f"Elsewhere {number}"}
    yield "run", _run(today)
    yield from _loads(today)


def _product(number: int) -> dict[str, Any]:
    return {
        "id": f"product-{number}",
        "sku": f"{2000 + number}",
        "name": f"Product of the shelf {number}",
        "category": f"Category {number // 12}",
        "barcode": f"{2900000000000 + number}",
        "case_size": (12, 18, 24, 36)[number % 4],
        "price": 100 + 10 * (number % 15),
        "pick_place": f"{chr(65 + number // 12)}-{number % 12 + 1:02}",
        "shelf_life_days": 90,
    }


def _location(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "id": f"location-{number}",
        "name": f"Works canteen {number}",
        "address": f"{number} Mill Street",
        "latitude": 48.1 + chance.uniform(-0.1, 0.1),
        "longitude": 11.5 + chance.uniform(-0.1, 0.1),
        "access_hours": "Mon-Fri 06:00-18:00",
        "access_notes": "Gate 3. Ask the porter for the key.",
    }


def _machine(number: int) -> dict[str, Any]:
    stop = number % STOPS
    return {
        "id": f"machine-{number}",
        "asset_number": f"{10001 + number}",
        "serial_number": f"S{900000 + number}",
        "make": "Example",
        "model": "Snack 27",
        "machine_type": "snack",
        "location_id": f"location-{stop}",
        "location_name": f"Works canteen {stop}",
        "route_id": _ROUTE,
        "currency": "EUR",
        "decimals": 2,
        "cabinets": [{"number": 1, "name": "", "rows": 3, "columns": 9}],
    }


def _planogram(number: int, chance: random.Random) -> dict[str, Any]:
    products = chance.sample(range(PRODUCTS), SLOTS)
    return {
        "id": f"planogram-{number}",
        "machine_id": f"machine-{number}",
        "version": 3,
        "slots": [
            {
                "label": f"{chr(65 + place // 9)}{place % 9 + 1}",
                "selection": f"{chr(65 + place // 9)}{place % 9 + 1}",
                "row": place // 9 + 1,
                "column": place % 9 + 1,
                "product_id": f"product-{product}",
                "capacity": 12,
                "par": 10,
                "price": 100 + 10 * (product % 15),
                "core": place < 8,
            }
            for place, product in enumerate(products)
        ],
    }


def _history(
    number: int, planogram: dict[str, Any], now: datetime, chance: random.Random
) -> Iterator[Document]:
    """Visits with their reads, oldest first; the last read is of this morning."""
    slots = planogram["slots"]
    meters = {slot["selection"]: 1000 for slot in slots}
    paid = {slot["selection"]: 100_000 for slot in slots}
    stock = {slot["selection"]: slot["par"] for slot in slots}
    box = 1_000_000
    count = int(DAYS / EVERY)
    for visit in range(count + 1):
        at = now - timedelta(days=(count - visit) * EVERY, hours=1)
        for slot in slots:
            sold = min(stock[slot["selection"]], chance.randrange(5))
            stock[slot["selection"]] -= sold
            meters[slot["selection"]] += sold
            paid[slot["selection"]] += sold * slot["price"]
            box += sold * slot["price"] // 2
        read_id = f"read-{number}-{visit}"
        yield "read", _read(read_id, number, at, meters, paid, box)
        if visit < count:
            yield "visit", _visit(f"visit-{number}-{visit}", read_id, number, at, slots, stock)


def _wire(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(
    read_id: str,
    number: int,
    at: datetime,
    meters: dict[str, int],
    paid: dict[str, int],
    box: int,
) -> dict[str, Any]:
    good = dict.fromkeys(("link", "transfer", "integrity", "mapping", "plausibility"), "ok")
    return {
        "id": read_id,
        "machine_id": f"machine-{number}",
        "asset_number": f"{10001 + number}",
        "serial_number": f"S{900000 + number}",
        "at": _wire(at),
        "purpose": "collect",
        "link": "dexucs",
        "complete": True,
        "size": 6204,
        "raw_sha256": "0" * 64,
        "verdict": good,
        "value_of_paid_vends_since_init": sum(paid.values()),
        "number_of_paid_vends_since_init": sum(meters.values()),
        "selections": {name: [units, paid[name]] for name, units in meters.items()},
        "counters": {"CA305": box, "CA306": box, "CA307": 0, "CA308": 0, "CA403": 0, "CA404": 0},
    }


def _visit(
    visit_id: str,
    read_id: str,
    number: int,
    at: datetime,
    slots: list[dict[str, Any]],
    stock: dict[str, int],
) -> dict[str, Any]:
    lines = []
    for slot in slots:
        before = stock[slot["selection"]]
        stock[slot["selection"]] = slot["par"]
        lines.append(
            {
                "slot": slot["label"],
                "cabinet": 1,
                "selection": slot["selection"],
                "product_id": slot["product_id"],
                "before": before,
                "before_source": "C",
                "filled": slot["par"] - before,
                "after": slot["par"],
                "price": slot["price"],
                "par": slot["par"],
            }
        )
    return {
        "id": visit_id,
        "machine_id": f"machine-{number}",
        "actor_name": "Driver 14",
        "arrived_at": _wire(at),
        "finished_at": _wire(at + timedelta(minutes=12)),
        "seconds": 720,
        "tasks": ["fill", "collect"],
        "read_id": read_id,
        "planogram_version": 3,
        "lines": lines,
        "cash": {"bag": visit_id, "counted": 10_000, "currency": "EUR", "decimals": 2},
    }


def _run(today: date) -> dict[str, Any]:
    return {
        "id": _RUN,
        "route_id": _ROUTE,
        "day": today.isoformat(),
        "driver_id": _DRIVER,
        "stops": [
            {
                "id": f"stop-{number}",
                "sequence": number + 1,
                "location_id": f"location-{number}",
                "machine_ids": [f"machine-{each}" for each in range(number, MACHINES, STOPS)],
                "tasks": ["fill", "collect"],
            }
            for number in range(STOPS)
        ],
    }


def _loads(today: date) -> Iterator[Document]:
    for back in range(1, 60):
        day = today - timedelta(days=back)
        yield (
            "load",
            {
                "id": f"load-{back}",
                "route_id": _ROUTE,
                "at": f"{day}T04:10:00.000Z",
                "lines": [
                    {"product_id": f"product-{number}", "wanted": 24, "loaded": 24}
                    for number in range(PRODUCTS)
                ],
            },
        )
    yield (
        "truck_count",
        {
            "id": "count-1",
            "route_id": _ROUTE,
            "at": f"{today - timedelta(days=1)}T17:00:00.000Z",
            "lines": [
                {"product_id": f"product-{number}", "counted": 6} for number in range(PRODUCTS)
            ],
        },
    )


if __name__ == "__main__":
    make_folder(Path(sys.argv[1]))

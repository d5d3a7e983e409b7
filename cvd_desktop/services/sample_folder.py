"""The sample: a data folder of its own with one route of a made-up operator, and no server.

Everything works in it as in the field, and nothing of it can ever be sent (server_line.py asks
`is_sample`). It lies inside the person's data folder and is made anew on another day, because a
run is of one day.
"""

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from cvd_desktop.storage.transaction import Transaction
    from cvd_shared.sample_operator import SampleOperator
    from cvd_shared.wire_records import Record, RouteRecord

FOLDER = "sample"
MARK = "sample.txt"  # holds the day that it was made for
PASSPHRASE = "sample"  # noqa: S105 - of data that are nobody's secret
ROUTE = "07"
SERVER = "sample"


def is_sample(data_dir: Path) -> bool:
    """Whether this data folder holds the sample."""
    return (data_dir / MARK).exists()


def make_sample(data_dir: Path, clock: Clock = system_clock) -> Path:
    """The sample's folder inside `data_dir`, made when there is none of today (5 seconds).

    Raises Problem("data_dir_unusable") and those of opening a data folder.
    """
    from cvd_desktop.services.workplace import open_workplace

    folder, day = data_dir / FOLDER, clock().astimezone().date()
    mark = folder / MARK
    if _made_for(mark) == day.isoformat():
        return folder
    with _usable(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        mark.write_text("unfinished")  # whatever dies in between: it is the sample and is made anew
    workplace = open_workplace(folder, clock=clock, ask_passphrase=lambda: PASSPHRASE)
    try:
        with workplace.database.write() as connection:
            _fill(connection, day)
    finally:
        workplace.close()
    with _usable(folder):
        mark.write_text(day.isoformat())
    return folder


def _made_for(mark: Path) -> str:
    """The day; what cannot be read is made anew."""
    try:
        return mark.read_text()
    except (OSError, ValueError):
        return ""


@contextmanager
def _usable(folder: Path) -> "Iterator[None]":
    try:
        yield
    except OSError as error:
        raise Problem(
            "data_dir_unusable", ExitCode.USAGE, path=str(folder), reason=str(error)
        ) from error


def _fill(connection: "Transaction", day: "date") -> None:
    from cvd_desktop.storage import pull_store
    from cvd_desktop.sync.access import save_session
    from cvd_shared.sample_operator import sample_operator

    operator = sample_operator(day)
    route = next(each for each in operator.routes if each.number == ROUTE)
    driver = next(each for each in operator.users if ROUTE in each.route_numbers)
    pull_store.keep(connection, _records(operator, route))
    save_session(
        connection,
        Session(
            server=SERVER,
            user_id=operator.user_ids[driver.name],
            user_name=driver.name,
            role=str(driver.role),
            operator_id=operator.id,
            operator_name=operator.name,
            device_id="",
        ),
    )


def _records(operator: "SampleOperator", route: "RouteRecord") -> "Iterator[Record]":
    """What this route's driver would have been sent."""
    from cvd_shared.sample_reads import read_record

    machines = {each.id: each for each in operator.machines if each.route_id == route.id}
    sites = {machine.location_id for machine in machines.values()}
    yield from operator.routes
    yield from operator.products
    yield from operator.product_pictures
    yield from operator.due_rules
    yield from (place for place in operator.locations if place.id in sites)
    yield from machines.values()
    yield from (each for each in operator.planograms if each.machine_id in machines)
    yield from (run for run in operator.runs if run.route_id == route.id)
    yield from (run for run in operator.past.runs if run.route_id == route.id)
    yield from (each for each in operator.past.progress if each.route_id == route.id)
    yield from (ticket for ticket in operator.tickets if ticket.machine_id in machines)
    yield from (visit for visit in operator.visits if visit.machine_id in machines)
    yield from (load for load in operator.loads if load.route_id == route.id)
    yield from (count for count in operator.truck_counts if count.route_id == route.id)
    for read in operator.reads:
        if read.machine_id in machines:
            yield read_record(read, machines[read.machine_id], route.driver_name)

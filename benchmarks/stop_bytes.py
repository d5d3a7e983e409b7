"""Bytes that a stop of three machines costs on the line, without photos.

The real laptop and the real server with the sample operator, machines on virtual ports. Each
machine is read and filled, its cash taken, the visit finished; then one run of sync, counted by a
proxy: everything of HTTP in both directions with all headers (TLS, TCP and IP come on top: about
a tenth). The answers hold what the stop has changed at the server, which the laptop fetches back.
It is done twice: three days ago, when this laptop was at these machines for the first time (told
beside the figure), and now, when they have sold for three days more. The figure is that of now,
which is how all stops are but the first.
Reference: the same events as JSON and the same reports, not compressed, without any HTTP.
"""

import json
import os
import secrets
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.thin_line import ThinLine, thin_line
from cvd_desktop.demo import SampleServer, sample_server
from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.services.quick_visit import QuickVisit, machine_id_of, record_visit
from cvd_desktop.services.read_machine import read_machine
from cvd_desktop.services.sign_in import sign_in
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.sync_now import sync_now
from cvd_desktop.services.today import todays_run
from cvd_desktop.services.visit_draft import begin_visit
from cvd_desktop.services.workplace import Workplace, open_workplace

MACHINES = 3
DAYS = timedelta(days=3)
_KILO = 1000


class Bytes(NamedTuple):
    """Of one stop. `bare` are its events and reports as they are."""

    up: int
    down: int
    bare: int
    events: int


def run() -> tuple[float, float]:
    """KB up: (on the line, as JSON and reports)."""
    first, now = measure()
    print(
        f"   {now.events} events; {now.down / _KILO:.2f} KB down; the first time at these machines:"
        f" {first.up / _KILO:.2f} KB up, {first.down / _KILO:.2f} KB down"
    )
    return now.up / _KILO, now.bare / _KILO


def measure() -> tuple[Bytes, Bytes]:
    """Of the first stop at these machines, and of the next."""
    os.environ.setdefault("CVD_PASSPHRASE", secrets.token_hex(16))
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    with (
        tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder,
        sample_server(Path(folder)) as server,
        thin_line(server.url) as line,
    ):
        laptop = Path(folder) / "laptop"
        with _opened(laptop, _days_ago) as workplace:
            sign_in(workplace, line.url, server.driver.name, server.driver.password)
            sync_now(workplace)
            first = _stop(workplace, server, line)
        with _opened(laptop, system_clock) as workplace:
            sync_now(workplace)
            return first, _stop(workplace, server, line)


def _days_ago() -> datetime:
    return system_clock() - DAYS


@contextmanager
def _opened(laptop: Path, clock: Clock) -> Iterator[Workplace]:
    workplace = open_workplace(laptop, clock=clock)
    try:
        yield workplace
    finally:
        workplace.close()


def _stop(workplace: Workplace, server: SampleServer, line: ThinLine) -> Bytes:
    _serve(workplace, server)
    events, bare = _waiting(workplace)
    up, down = line.up, line.down
    report = sync_now(workplace)
    if report.problem or report.waiting or report.refused:
        raise RuntimeError(f"not all of it arrived: {report}")
    return Bytes(line.up - up, line.down - down, bare, events)


def _serve(workplace: Workplace, server: SampleServer) -> None:
    from tests.support.driver_day import machine_at_the_cable

    day = todays_run(workplace)
    for number, asset in enumerate(server.machines[:MACHINES]):
        machine_id = machine_id_of(workplace, asset)
        stop = stop_detail(workplace, machine_id=machine_id).stop
        if day is not None and stop is not None:
            begin_visit(workplace, machine_id, day.run_id, stop.stop_id)
        with machine_at_the_cable(workplace.data_dir, asset, workplace.clock) as port:
            outcome = read_machine(workplace, port, asset_number=asset, purpose="collect")
        if outcome.problem is not None:
            raise outcome.problem
        bag = f"{workplace.clock():%d%H%M}{number:02}"
        record_visit(workplace, QuickVisit(asset, to_par=True, bag=bag))


def _waiting(workplace: Workplace) -> tuple[int, int]:
    """(events in the outbox, bytes of them and of the reports that they name)."""
    with workplace.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM outbox WHERE acked = 0").all()
    bodies = [zlib.decompress(row.body) for row in rows]
    events = [json.loads(body) for body in bodies]
    reports = [each["payload"]["size"] for each in events if each["type"] == "read.recorded"]
    if len(reports) != MACHINES:
        raise RuntimeError(f"{len(reports)} reads wait")
    return len(bodies), sum(map(len, bodies)) + sum(reports)


if __name__ == "__main__":
    for each in measure():
        sys.stdout.write(f"{each}\n")

"""Bytes that a stop of three machines costs on the line, without photos.

The real laptop and the real server with the sample operator, machines on virtual ports. Each
machine is read and filled, its cash taken, the visit finished; then one run of sync, counted by a
proxy: everything of HTTP in both directions with all headers (TLS, TCP and IP come on top: about
a tenth). The answers hold what the stop has changed at the server, which the laptop fetches back.
Reference: the same events as JSON and the same reports, not compressed, without any HTTP.
"""

import json
import os
import secrets
import sys
import tempfile
import zlib
from pathlib import Path

from benchmarks.thin_line import thin_line
from cvd_desktop.demo import SampleServer, sample_server
from cvd_desktop.services.quick_visit import QuickVisit, machine_id_of, record_visit
from cvd_desktop.services.read_machine import read_machine
from cvd_desktop.services.sign_in import sign_in
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.sync_now import sync_now
from cvd_desktop.services.today import todays_run
from cvd_desktop.services.visit_draft import begin_visit
from cvd_desktop.services.workplace import Workplace, open_workplace

MACHINES = 3
_KILO = 1000


def run() -> tuple[float, float]:
    """KB up: (on the line, as JSON and reports)."""
    up, down, bare, events = measure()
    print(f"   {events} events; {down / _KILO:.2f} KB down")
    return up / _KILO, bare / _KILO


def measure() -> tuple[int, int, int, int]:
    """(bytes up, bytes down, bytes of the events and reports, number of events)."""
    os.environ.setdefault("CVD_PASSPHRASE", secrets.token_hex(16))
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    with (
        tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder,
        sample_server(Path(folder)) as server,
        thin_line(server.url) as line,
    ):
        workplace = open_workplace(Path(folder) / "laptop")
        try:
            sign_in(workplace, line.url, server.driver.name, server.driver.password)
            sync_now(workplace)
            _serve(workplace, server)
            events, bare = _waiting(workplace)
            up, down = line.up, line.down
            report = sync_now(workplace)
            if report.problem or report.waiting or report.refused:
                raise RuntimeError(f"not all of it arrived: {report}")
            return line.up - up, line.down - down, bare, events
        finally:
            workplace.close()


def _serve(workplace: Workplace, server: SampleServer) -> None:
    from tests.support.driver_day import machine_at_the_cable

    day = todays_run(workplace)
    for number, asset in enumerate(server.machines[:MACHINES]):
        machine_id = machine_id_of(workplace, asset)
        stop = stop_detail(workplace, machine_id=machine_id).stop
        if day is not None and stop is not None:
            begin_visit(workplace, machine_id, day.run_id, stop.stop_id)
        with machine_at_the_cable(workplace.data_dir, asset) as port:
            outcome = read_machine(workplace, port, asset_number=asset, purpose="collect")
        if outcome.problem is not None:
            raise outcome.problem
        record_visit(workplace, QuickVisit(asset, to_par=True, bag=f"0048{number:04}"))


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
    up, down, bare, events = measure()
    sys.stdout.write(f"{events} events, {bare} bytes; on the line {up} up, {down} down\n")

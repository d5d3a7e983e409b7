"""5,000 waiting events over a line of 1 Mbit/s: how long, and whether the window answers meanwhile.

The real window without a display and the real server on PostgreSQL, each in processes of its own,
between them a proxy with 1 Mbit/s each way and 60 ms from end to end. The events are those of 714
visits: a read with its whole report, the visit with 20 lines, a ticket, meters by hand. While they
are sent the driver goes from screen to screen.
"""

import itertools
import os
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks.thin_line import thin_line

if TYPE_CHECKING:
    from cvd_desktop.app.application import Application
    from cvd_desktop.services.workplace import Workplace
    from cvd_shared.sample_operator import SampleOperator

EVENTS = 5_000
BITS_PER_SECOND = 1_000_000
DELAY_SECONDS = 0.060
PER_VISIT = 7  # events
_REST_MS = 2_000
_LOOK_MS = 700
_AT = "2026-03-02T07:30:00.000Z"


def run() -> tuple[float, float]:
    """Seconds until nothing waits; and what the bytes alone take on such a line."""
    seconds, least, _, _ = figures()
    return seconds, least


@cache
def figures() -> tuple[float, float, float, float]:
    """(seconds, least seconds, longest block in ms, longest block at rest in ms)."""
    from benchmarks.sample_database import sample_database
    from cvd_server.seed_demo import demo_password
    from cvd_shared.permissions import Role
    from cvd_shared.sample_operator import sample_operator
    from tests.support.postgres import postgres_cluster
    from tests.support.servers import running_server

    os.environ.setdefault("CVD_PASSPHRASE", secrets.token_hex(16))
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    sample = sample_operator(date(2026, 3, 2))
    driver = next(user.name for user in sample.users if user.role is Role.DRIVER)
    with postgres_cluster(durable=True) as cluster, tempfile.TemporaryDirectory() as folder:
        url = sample_database(cluster, sample)
        with (
            running_server(url, workers=2) as server,
            thin_line(server.url, bits_per_second=BITS_PER_SECOND, delay=DELAY_SECONDS) as line,
        ):
            laptop = Path(folder) / "laptop"
            _fill(laptop, server.url, line.url, driver, demo_password(driver), sample)
            seconds, block, rest, refused = _window(laptop)
            up, down = line.up, line.down
            least = 8 * max(up, down) / BITS_PER_SECOND
            if refused:
                raise RuntimeError(f"{refused:.0f} events were refused: {_refusals(url)}")
            print(f"   {up / 1e6:.2f} MB up, {down / 1e6:.2f} MB down, GUI block {block:.0f} ms")
    return seconds, least, block, rest


def _refusals(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        query = "SELECT type, code, msg, count(*) FROM op_log WHERE code <> '' GROUP BY 1, 2, 3"
        return connection.execute(query).fetchall()


def _window(laptop: Path) -> list[float]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.backlog", str(laptop)],
        check=True, stdout=subprocess.PIPE, text=True, env=environment,
    ).stdout  # fmt: skip
    return [float(each) for each in told.splitlines()[-1].split()]


# --- what waits -----------------------------------------------------------------------------------


def _fill(
    laptop: Path, server: str, line: str, driver: str, password: str, sample: "SampleOperator"
) -> None:
    """Signed in and up to date, then weeks without a line."""
    from cvd_desktop.services.sign_in import sign_in
    from cvd_desktop.services.sync_now import sync_now
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(laptop)
    try:
        sign_in(workplace, line, driver, password)
        if sync_now(workplace, server=server).problem:
            raise RuntimeError("the first sync failed")
        _record(workplace, sample, driver)
    finally:
        workplace.close()


def _record(workplace: "Workplace", sample: "SampleOperator", driver: str) -> None:
    from cvd_desktop.storage import outbox_store
    from cvd_desktop.storage.tables import blob
    from cvd_shared.canonical import sha256_hex

    person = next(user for user in sample.users if user.name == driver)
    routes = {route.id for route in sample.routes if route.number in person.route_numbers}
    mine = {machine.id for machine in sample.machines if machine.route_id in routes}
    reads = [read for read in sample.reads if read.machine_id in mine]
    products = [product.id for product in sample.products]
    new_id = workplace.new_id
    with workplace.database.write() as connection:
        for number in range(EVENTS):
            visit, part = divmod(number, PER_VISIT)
            read = reads[visit % len(reads)]
            raw = read.raw.replace(b"*0001\r\n", b"*%05d\r\n" % visit)
            if part == 0:
                ids = [new_id() for _ in range(PER_VISIT)]
                connection.execute(
                    blob.insert().values(
                        sha256=sha256_hex(raw), size=len(raw), mime="text/plain", state="here",
                        stored_at=_AT, data=raw,
                    )
                )  # fmt: skip
            kind, record, payload = _event(part, ids, read.machine_id, raw, products, visit)
            outbox_store.append(
                connection, new_id=new_id, type=kind, entity=(record, ids[part]),
                payload=payload, actor=None, occurred_at=_AT,
                blobs=[sha256_hex(raw)] if part == 0 else [],
            )  # fmt: skip


def _event(
    part: int, ids: list[str], machine_id: str, raw: bytes, products: list[str], visit: int
) -> tuple[str, str, dict[str, Any]]:
    """(type, kind of its record, payload)."""
    from cvd_shared.canonical import sha256_hex
    from tests.support.field_events import VERDICT

    if part == 0:
        return "read.recorded", "read", {
            "read_id": ids[0], "machine_id": machine_id, "asset_number": None, "at": _AT,
            "purpose": "collect", "link": "dexucs", "complete": True, "size": len(raw),
            "raw_sha256": sha256_hex(raw), "seconds": 6.5, "verdict": VERDICT,
        }  # fmt: skip
    if part == 1:
        lines = [
            {"slot": f"{row}{place}", "selection": f"{row}{place}", "before": (visit + place) % 9,
             "product_id": products[(visit + 7 * place) % len(products)], "par": 10,
             "filled": place % 5, "after": (visit + place) % 9 + place % 5}
            for row in "ABCD" for place in range(1, 6)
        ]  # fmt: skip
        return "visit.finished", "visit", {
            "visit_id": ids[1], "machine_id": machine_id, "arrived_at": _AT, "finished_at": _AT,
            "read_id": ids[0], "seconds": 420, "tasks": ["fill"], "lines": lines,
        }  # fmt: skip
    if part == 2:
        return "ticket.opened", "ticket", {
            "ticket_id": ids[2], "machine_id": machine_id, "fault": "Bill validator refuses notes",
            "urgency": "normal", "event_codes": ["EAN"], "note": f"visit {visit}",
        }  # fmt: skip
    return "meters.entered", "meter_entry", {
        "entry_id": ids[part], "machine_id": machine_id, "at": _AT, "kind": "normal",
        "vends": 58_000 + visit, "value": 9_630_000 + visit * 150,
    }  # fmt: skip


# --- the window -----------------------------------------------------------------------------------


def main(laptop: Path) -> None:
    """Prints seconds, longest block, longest block at rest, refused."""
    from cvd_desktop.app.pictures import settle
    from cvd_desktop.app.start import start

    application = start(laptop)
    try:
        settle(application)
        figures_here = _send(application)
    finally:
        application.close()
    bugs = list((laptop / "crashes").glob("*.txt"))
    if bugs:
        raise RuntimeError(bugs[0].read_text(encoding="utf-8"))
    print(*figures_here)


def _send(application: "Application") -> tuple[float, float, float, int]:
    from PySide6.QtTest import QTest

    from benchmarks.gui_block import until
    from cvd_desktop.ui.lag_probe import LagProbe

    window, services = application.window, application.workings.services
    until(lambda: not window.make_next())
    probe = LagProbe()
    window.open_screen("outbox")
    QTest.qWait(_REST_MS)
    probe.start()
    QTest.qWait(_REST_MS)
    probe.stop()
    resting = probe.longest_ms
    probe.start()
    began = time.perf_counter()
    application.workings.sync()
    for name in itertools.cycle(("machines", "settings", "today", "outbox")):
        QTest.qWait(_LOOK_MS)
        if not application.background.busy:
            break
        window.open_screen(name)
    seconds = time.perf_counter() - began
    QTest.qWait(_LOOK_MS)  # what every screen shows of it
    probe.stop()
    status = services.sync_status()
    if status.waiting or status.problem:
        raise RuntimeError(f"not all of it arrived: {status}")
    return seconds, probe.longest_ms, resting, status.refused


if __name__ == "__main__":
    main(Path(sys.argv[1]))

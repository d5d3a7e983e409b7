"""Idle pulls per second and core: a laptop that is up to date asks whether there is news.

A real gunicorn with one worker on PostgreSQL, the sample operator, one driver's laptop for each of
four clients that ask without a pause. Counted is the processor time that the server's processes
and PostgreSQL's take, so that clients beside them cost nothing. Every answer must be whole, below
1 KB on the wire and, at the 99th percentile, there within 50 ms.
Reference: the least that an answer needs, `GET /api/v1/sync/ping` of the same server.
"""

import http.client
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks.processor_time import cluster_folder, processor_seconds
from benchmarks.sample_database import sample_database
from cvd_server.seed_demo import demo_password
from cvd_shared.permissions import Role
from cvd_shared.sample_operator import sample_operator
from cvd_shared.wire import API
from tests.support.postgres import postgres_cluster
from tests.support.servers import Session, running_server

CLIENTS = 4
EACH = int(os.environ.get("CVD_BENCH_PULLS", "800"))
MOST_BYTES = 1024
P99_SECONDS = 0.050

Ask = Callable[[http.client.HTTPConnection], int]  # bytes of the answer


def run() -> tuple[float, float]:
    """(idle pulls, pings) per second of processor time."""
    sample = sample_operator(date(2026, 3, 2))
    with postgres_cluster(durable=True) as cluster:
        url = sample_database(cluster, sample)
        with running_server(url, workers=1) as server:
            drivers = [user.name for user in sample.users if user.role is Role.DRIVER]
            sessions = [
                Session.open(
                    httpx.Client(base_url=server.url), drivers[number % len(drivers)],
                    demo_password(drivers[number % len(drivers)]),
                )
                for number in range(CLIENTS)
            ]  # fmt: skip
            try:
                pulls = [_idle_pull(session) for session in sessions]
            finally:
                for session in sessions:
                    session.http.close()
            data = cluster_folder(url)
            value = _measure(server.url, pulls, data, check=True)
            hellos = _measure(server.url, [_hello(session) for session in sessions], data)
            reference = _measure(server.url, [_ping] * CLIENTS, data)
    print(f"   {hellos:.0f} hellos/s, with which each run of a laptop begins")
    return value, reference


def _idle_pull(session: Session) -> Ask:
    """What a laptop asks once it has everything."""
    cursors: dict[str, int] = {}
    rereading: list[str] = []
    more = True
    while more:
        data = session.pull(cursors, rereading=rereading).raise_for_status().json()["data"]
        cursors = {scope["id"]: scope["cursor"] for scope in data["scopes"]}
        rereading, more = list(cursors), data["more"]
    return _asking(session, "pull", {"cursors": cursors})


def _hello(session: Session) -> Ask:
    """How each of its runs begins."""
    return _asking(session, "hello", {"client": {"v": "0.1.0", "schema": 1}, "unsent": 0})


def _asking(session: Session, name: str, more: dict[str, object]) -> Ask:
    document = {"device_id": session.device_id, "incarnation_id": session.incarnation_id} | more
    if name == "pull":
        document |= {"protocol": 1, "epoch": session.epoch}
    body = json.dumps(document)
    headers = {
        "Authorization": session.http.headers["Authorization"],
        "Content-Type": "application/json",
        "Accept-Encoding": "gzip",
    }

    def ask(connection: http.client.HTTPConnection) -> int:
        connection.request("POST", f"{API}/sync/{name}", body, headers)
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{answer.status}")
        return size

    return ask


def _ping(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", f"{API}/sync/ping")
    return len(connection.getresponse().read())


def _measure(url: str, asks: Sequence[Ask], cluster: Path, *, check: bool = False) -> float:
    """Requests per second of processor time; this process's own is not counted."""
    address = urlsplit(url)
    seconds: list[float] = []

    def work(ask: Ask) -> int:
        largest = 0
        for _ in range(EACH):
            started = time.perf_counter()
            connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
            largest = max(largest, ask(connection))
            connection.close()
            seconds.append(time.perf_counter() - started)
        return largest

    before = processor_seconds(cluster)
    with ThreadPoolExecutor(len(asks)) as pool:
        largest = max(pool.map(work, asks))
    spent = processor_seconds(cluster) - before
    slow = sorted(seconds)[len(seconds) * 99 // 100]
    if check and (largest >= MOST_BYTES or slow >= P99_SECONDS):
        raise RuntimeError(f"{largest} bytes, {slow * 1000:.0f} ms at the 99th percentile")
    return len(seconds) / spent

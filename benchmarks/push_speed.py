"""Events per second through a real gunicorn on PostgreSQL, with whole raw reports in every event.

Load: 720 sample reads (5.6 KB each on average), made distinct, in batches as the desktop cuts them
(200 events or 512 KiB), compressed. Eight laptops, two on each route, each with its own stream and
one connection per batch, as many drivers come in. All bodies are made before the clock starts.
The figure is by the clock: load, server and PostgreSQL share the computer's two cores. Beside it
stands what the server and PostgreSQL alone take of the processor.
Reference: `push_reference`, the same bodies to a bare gunicorn.
"""

import base64
import gzip
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg

from benchmarks.processor_time import cluster_folder, processor_seconds
from benchmarks.sample_database import sample_database
from cvd_server.seed_demo import demo_password
from cvd_server.settings import Settings
from cvd_shared.canonical import canonical_json, sha256_hex
from cvd_shared.permissions import Role
from cvd_shared.sample_operator import SampleOperator, sample_operator
from cvd_shared.wire import API, BATCH_BYTES, BATCH_OPS
from tests.support.field_events import EventStream
from tests.support.postgres import new_database, postgres_cluster
from tests.support.servers import Session, running_server

CLIENTS = 8
EVENTS_EACH = 1000
_ENVELOPE = 1024

Post = Callable[[bytes], int]


def run() -> tuple[float, float]:
    """(events per second of the server, events per second of the reference)."""
    sample = sample_operator(date(2026, 3, 2))
    with postgres_cluster(durable=True) as cluster:
        url = sample_database(cluster, sample)
        with running_server(url, workers=Settings().workers) as server:
            sessions = _sessions(server.url, sample)
            try:
                work = [
                    _batches(session, sample, number) for number, session in enumerate(sessions)
                ]
                headers = [dict(session.http.headers) for session in sessions]
                before = processor_seconds(cluster_folder(url))
                value = _measure(server.url, f"{API}/sync/push", headers, work)
                spent = processor_seconds(cluster_folder(url)) - before
            finally:
                for session in sessions:
                    session.http.close()
        _check(url)
        print(f"   {CLIENTS * EVENTS_EACH / spent:.0f} events per second of processor time")
        bare = new_database(cluster).replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(bare) as connection:
            connection.execute(
                "CREATE TABLE bare (op_id text PRIMARY KEY, body bytea NOT NULL, raw text NOT NULL)"
            )
        with _bare_server(bare) as address:
            reference = _measure(address, "/", headers, work)
    return value, reference


def _sessions(url: str, sample: SampleOperator) -> list[Session]:
    drivers = [user.name for user in sample.users if user.role is Role.DRIVER]
    names = [drivers[number % len(drivers)] for number in range(CLIENTS)]
    return [Session.open(httpx.Client(base_url=url), name, demo_password(name)) for name in names]


def _batches(session: Session, sample: SampleOperator, client: int) -> list[tuple[int, bytes]]:
    """(number of events, compressed body) of all requests of one client."""
    stream = EventStream(session.user_id)
    batches: list[tuple[int, bytes]] = []
    ops: list[dict[str, Any]] = []
    size = _ENVELOPE
    route = sample.routes[client % len(sample.routes)].id
    mine = {machine.id for machine in sample.machines if machine.route_id == route}
    reads = [read for read in sample.reads if read.machine_id in mine]
    for number in range(EVENTS_EACH):
        read = reads[(number + client * 97) % len(reads)]
        raw = read.raw.replace(b"*0001\r\n", b"*%d%04d\r\n" % (client, number))
        blobs = [sha256_hex(raw)]
        op = stream.read(read.machine_id, raw, op_id=str(uuid4()), blobs=blobs)
        more = len(canonical_json(op)) + len(stream.blobs[blobs[0]]) + 80
        if len(ops) == BATCH_OPS or size + more > BATCH_BYTES:
            batches.append((len(ops), _body(session, ops, stream.blobs)))
            ops, size = [], _ENVELOPE
            stream.blobs = {blobs[0]: base64.b64encode(raw).decode()}
        ops.append(op)
        size += more
    batches.append((len(ops), _body(session, ops, stream.blobs)))
    return batches


def _body(session: Session, ops: list[dict[str, Any]], blobs: dict[str, str]) -> bytes:
    document = {
        "protocol": 1,
        "epoch": session.epoch,
        "device_id": session.device_id,
        "incarnation_id": session.incarnation_id,
        "client": {"v": "0.1.0", "schema": 1},
        "ops": ops,
        "inline_blobs": blobs,
    }
    return gzip.compress(canonical_json(document), compresslevel=5)


def _measure(
    url: str,
    path: str,
    headers: Sequence[dict[str, str]],
    work: Sequence[list[tuple[int, bytes]]],
) -> float:
    address = urlsplit(url)

    def send(client: int) -> int:
        sent = 0
        mine = {
            "Authorization": headers[client]["authorization"],
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        for events, body in work[client]:
            connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
            connection.request("POST", path, body, mine)
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"{answer.status}: {text[:300]!r}")
            sent += events
        return sent

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = sum(pool.map(send, range(CLIENTS)))
    return sent / (time.perf_counter() - started)


def _check(url: str) -> None:
    """A fast server that loses events would be no server."""
    command = [sys.executable, "-m", "cvd_server", "check", "--database", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if f'"applied": {CLIENTS * EVENTS_EACH}' not in told:
        raise RuntimeError(told)


@contextmanager
def _bare_server(database: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", "--workers", "3", "--threads", "1"),
        *("--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--no-control-socket"),
        "benchmarks.push_reference:app",
    ]
    environment = os.environ | {"BARE_DATABASE": database}
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)

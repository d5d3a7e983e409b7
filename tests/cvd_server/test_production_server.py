"""The server as it runs in production: several workers, PostgreSQL, and both may die."""

import json
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

import httpx
import pytest

from cvd_shared.wire import API
from cvd_shared.wire_repair import BUNDLE_MEDIA_TYPE
from tests.support.field_events import EventStream
from tests.support.postgres import Cluster, controlled_cluster, new_database
from tests.support.servers import RunningServer, Session, running_server, sqlite_url
from tests.support.small_operator import with_small_operator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

TOKEN = "mT9#uX2!vQ7zR4&wL8sB1yK6nD3hF5jA0"
PRODUCTION = {
    "environment": "production",
    "secret_key": "kV7#pX2!mQ9zR4&wL8sT1yB6nD3hF5jC0",
    "hosts": "127.0.0.1",
    "metrics_token": TOKEN,
    "password_time_cost": "2",
    "password_memory_kib": "19456",
    "pool_wait_seconds": "1",
}
MARK = "5ECRET"


@dataclass
class Production:
    running: RunningServer
    cluster: Cluster
    log: IO[bytes]

    def session(self, http: httpx.Client) -> Session:
        return Session.open(http, "driver07")

    def log_text(self) -> str:
        return Path(str(self.log.name)).read_text()


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    with controlled_cluster() as cluster, tempfile.NamedTemporaryFile() as log:
        url = with_small_operator(new_database(cluster.url))
        with running_server(url, workers=2, stderr=log, **PRODUCTION) as running:
            yield Production(running, cluster, log)


@pytest.fixture
def http(production: Production) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=production.running.url, timeout=30) as client:
        yield client


def workers_of(running: RunningServer) -> set[int]:
    master = running.process.pid
    children = Path(f"/proc/{master}/task/{master}/children").read_text()
    return {int(pid) for pid in children.split()}


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Asks again and again; a test that waits in vain fails."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("it never came to that")


def status_of(http: httpx.Client, path: str) -> int:
    try:
        return http.get(path).status_code
    except httpx.TransportError:
        return 0


def raw_answer(running: RunningServer, request: bytes) -> tuple[bytes, bytes]:
    url = httpx.URL(running.url)
    with socket.create_connection((url.host, url.port), timeout=20) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        head, _, body = b"".join(iter(lambda: line.recv(65536), b"")).partition(b"\r\n\r\n")
    return head, body


def test_no_banner_and_one_line_a_request(production: Production, http: httpx.Client) -> None:
    answer = http.get("/health/live", headers={"X-Request-Id": "banner-1"})
    assert "server" not in answer.headers
    assert "gunicorn" not in str(answer.headers).lower()
    until(lambda: "banner-1" in production.log_text())
    (line,) = [line for line in production.log_text().splitlines() if "banner-1" in line]
    assert json.loads(line)["route"] == "/health/live"
    for line in production.log_text().splitlines():
        assert json.loads(line)["logger"]


GET = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /api/v1/sync/push HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (GET + b"Authorization Bearer 5ECRET\r\n\r\n", 400),
        (GET + b"X-Folded: a\r\n 5ECRET\r\n\r\n", 400),
        (GET + b"X Y: 5ECRET\r\n\r\n", 400),
        (b"GET /5ECRET%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 5000), 414),
        (GET + b"X-Long: %s\r\n\r\n" % (b"5ECRET" * 2000), 431),
        (GET + b"".join(b"X-%d: 5ECRET\r\n" % n for n in range(70)) + b"\r\n", 431),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n5ECRET", 400),
        (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", 400),
        (POST + b"Content-Length: +5\r\n\r\n{}", 400),
        (POST + b"Transfer-Encoding: 5ECRET\r\n\r\n{}", 501),
        (b"5ECRET\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_refused_in_our_words(
    production: Production, request_bytes: bytes, status: int
) -> None:
    head, body = raw_answer(production.running, request_bytes)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"X-Content-Type-Options: nosniff" in head
    assert b"gunicorn" not in head.lower()
    assert json.loads(body)["error"]["code"] == "malformed"
    assert MARK not in production.log_text()
    assert MARK.encode() not in body


def test_many_requests_on_one_connection(production: Production) -> None:
    url = httpx.URL(production.running.url)
    with closing(HTTPConnection(url.host, url.port or 0, timeout=20)) as line:
        sockets = set()
        for _ in range(5):
            line.request("GET", "/health/live")
            sockets.add(line.sock)
            answer = line.getresponse()
            assert (answer.status, answer.read()) == (200, b'{"status": "ok"}')
        assert len(sockets) == 1


def test_a_bundle_may_be_larger_than_a_push(production: Production, http: httpx.Client) -> None:
    session = production.session(http)
    large = b"x" * (5 * 1024 * 1024)  # kept in a file while it is worked on
    answer = session.http.post(
        f"{API}/sync/bundles", content=large, headers={"Content-Type": BUNDLE_MEDIA_TYPE}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bundle_not_one")
    answer = session.http.post(
        f"{API}/sync/push", content=large, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_figures_are_those_of_all_workers(production: Production, http: httpx.Client) -> None:
    def pings() -> float:
        told = http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
        name = 'cvd_requests_total{method="GET",route="/api/v1/sync/ping",status="204"} '
        return sum(
            float(line.removeprefix(name)) for line in told.splitlines() if line.startswith(name)
        )

    before = pings()

    def ping(_: int) -> int:
        return httpx.get(f"{production.running.url}{API}/sync/ping").status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ping, range(20))) == {204}
    assert pings() == before + 20
    assert http.get("/metrics").status_code == 404


def test_a_killed_worker_is_replaced_and_nothing_is_lost(
    production: Production, http: httpx.Client
) -> None:
    session = production.session(http)
    stream = EventStream(session.user_id)
    killed = set()
    for _ in range(2):
        for victim in workers_of(production.running):
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
        events = [stream.read("m1") for _ in range(3)]

        def taken(events: list[dict[str, object]] = events) -> bool:
            try:
                answer = session.push(events, inline_blobs=stream.blobs)
            except httpx.TransportError:
                return False
            return answer.status_code == 200

        until(taken)
    until(lambda: len(workers_of(production.running)) == 2)
    assert not killed & workers_of(production.running)
    assert session.hello().json()["data"]["last_seq"] == 6


def test_a_database_that_crashes_and_comes_back(production: Production, http: httpx.Client) -> None:
    session = production.session(http)
    assert session.push([]).status_code == 200
    production.cluster.control("stop", "-m", "immediate")
    try:
        answer = session.push([])
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert status_of(http, "/health/live") == 200
        assert status_of(http, "/health/ready") == 503
        for worker in workers_of(production.running):  # one that starts now finds no database
            os.kill(worker, signal.SIGKILL)
        until(lambda: status_of(http, "/health/ready") == 503)
        assert status_of(http, "/health/live") == 200
        assert production.running.process.poll() is None
    finally:
        production.cluster.control("start")
    until(lambda: status_of(http, "/health/ready") == 200)
    until(lambda: session.push([]).status_code == 200)
    assert len(workers_of(production.running)) == 2


@pytest.fixture
def small_url(tmp_path: Path) -> str:
    return with_small_operator(sqlite_url(tmp_path))


def test_running_requests_end_and_new_ones_are_refused(small_url: str) -> None:
    with running_server(small_url) as running, httpx.Client(base_url=running.url) as http:
        session = Session.open(http, "driver07")
        body = json.dumps({
            "protocol": 1, "epoch": session.epoch, "device_id": session.device_id,
            "incarnation_id": session.incarnation_id, "client": {"v": "1", "schema": 1},
            "ops": [],
        }).encode()  # fmt: skip
        lines = (
            "POST /api/v1/sync/push HTTP/1.1", "Host: server", "Content-Type: application/json",
            f"Authorization: {session.http.headers['Authorization']}",
            f"Content-Length: {len(body)}", "Expect: 100-continue", "Connection: close",
            "", "",
        )  # fmt: skip
        url = httpx.URL(running.url)
        with socket.create_connection((url.host, url.port), timeout=20) as line:
            line.sendall("\r\n".join(lines).encode())
            assert line.recv(1000).startswith(b"HTTP/1.1 100 ")  # at work from now on
            os.kill(running.process.pid, signal.SIGTERM)
            until(lambda: _refused(url))
            assert running.process.poll() is None
            line.sendall(body)
            assert b"".join(iter(lambda: line.recv(65536), b"")).startswith(b"HTTP/1.1 200 ")
        assert running.process.wait(20) == 0


def _refused(url: httpx.URL) -> bool:
    try:
        with socket.create_connection((url.host, url.port), timeout=5):
            return False
    except ConnectionRefusedError:
        return True


def test_workers_are_replaced_after_their_requests(small_url: str) -> None:
    with running_server(small_url, worker_requests="9") as running:
        seen = workers_of(running)
        for _ in range(15):
            answer = httpx.get(f"{running.url}{API}/sync/ping", timeout=30)
            assert answer.status_code == 204
            seen |= workers_of(running)
        until(lambda: len(seen | workers_of(running)) >= 2)

"""Clients on bad lines, over a real socket: they hold up nobody, and hear why they are refused."""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from cvd_server.database import Database
from tests.support.servers import RunningServer, Session, running_server
from tests.support.small_operator import seed_small_operator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="waitress takes requests whole")

STALLED = 12  # more than all threads that work
SLOW = 70  # more than all threads that read


@pytest.fixture
def running(migrated_url: str) -> Iterator[RunningServer]:
    database = Database(migrated_url)
    seed_small_operator(database)
    database.close()
    with running_server(migrated_url) as server:
        yield server


def connected(running: RunningServer) -> socket.socket:
    url = httpx.URL(running.url)
    return socket.create_connection((url.host, url.port), timeout=20)


def head(session: Session, *lines: str) -> bytes:
    token = session.http.headers["Authorization"]
    fixed = ("Host: server", "Content-Type: application/json", "X-Request-Id: r1")
    text = "\r\n".join(
        ("POST /api/v1/sync/push HTTP/1.1", *fixed, f"Authorization: {token}", *lines)
    )
    return f"{text}\r\n\r\n".encode()


def test_requests_that_never_end_hold_up_nobody(running: RunningServer) -> None:
    with httpx.Client(base_url=running.url, timeout=20) as http, ExitStack() as lines:
        session = Session.open(http, "driver07")
        for _ in range(STALLED):
            in_the_body = lines.enter_context(connected(running))
            in_the_body.sendall(head(session, "Content-Length: 5000") + b'{"protocol')
            in_the_head = lines.enter_context(connected(running))
            in_the_head.sendall(head(session)[:40])
        for _ in range(3):
            assert http.get("/api/v1/sync/ping").status_code == 204
            assert session.push([]).status_code == 200


def test_who_sends_a_byte_now_and_then_is_let_go(migrated_url: str) -> None:
    """More of them than a worker has threads, in the head and in the body."""
    database = Database(migrated_url)
    seed_small_operator(database)
    database.close()
    with (
        running_server(migrated_url, workers=1, slow_seconds="1") as running,
        httpx.Client(base_url=running.url, timeout=20) as http,
        ExitStack() as lines,
    ):
        session = Session.open(http, "driver07")
        slow = [lines.enter_context(connected(running)) for _ in range(SLOW)]
        for number, line in enumerate(slow):
            begun = head(session, "Content-Length: 5000")
            line.sendall(begun[:40] if number % 2 else begun + b"{")
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.2):
                for line in slow:
                    with suppress(OSError):
                        line.sendall(b"a")

        dripping = threading.Thread(target=drip, name="drip")
        dripping.start()
        try:
            with httpx.Client(base_url=running.url, timeout=20) as other:
                assert other.get("/api/v1/sync/ping").status_code == 204
        finally:
            stop.set()
            dripping.join()


def test_a_slow_line_that_goes_on_is_waited_for(migrated_url: str) -> None:
    database = Database(migrated_url)
    seed_small_operator(database)
    database.close()
    with (
        running_server(migrated_url, workers=1, slow_seconds="2") as running,
        httpx.Client(base_url=running.url, timeout=20) as http,
        connected(running) as line,
    ):
        session = Session.open(http, "driver07")
        line.sendall(head(session, "Connection: close", "Content-Length: 98304"))
        for _ in range(6):  # three seconds in all: more than the patience without its bytes
            line.sendall(b" " * 16384)
            time.sleep(0.5)
        told = b"".join(iter(lambda: line.recv(65536), b""))
    assert b'"malformed"' in told
    assert b"not JSON" in told, "it was read to its end"


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (("Transfer-Encoding: chunked",), b"zz\r\n{}\r\n0\r\n\r\n"),
        (("Transfer-Encoding: chunked",), b"ff\r\n{}"),
        (("Content-Length: 5000",), b"{}"),
    ],
)
def test_a_body_that_does_not_come_whole(
    running: RunningServer, lines: tuple[str, ...], body: bytes
) -> None:
    with httpx.Client(base_url=running.url, timeout=20) as http:
        session = Session.open(http, "driver07")
        with connected(running) as line:
            line.sendall(head(session, *lines) + body)
            line.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        told, _, text = answer.partition(b"\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 400 ")
        for header in (b"X-CVD-Sync: 1", b"X-CVD-Echo: r1", b"X-CVD-Epoch: "):
            assert header in told
        assert json.loads(text)["error"]["code"] == "malformed"

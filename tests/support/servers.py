"""The real server for tests: in this process behind httpx, or as processes of its own.

In process: `with local_server(url) as server: server.http().get("/health")`.
As processes: `with running_server(url) as running: httpx.get(running.url + "/health")`.
`url` is an SQLite file (`sqlite_url`) or a database of `tests.support.postgres`.
"""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from uuid import uuid4

import httpx
from flask import Flask

from cvd_server.app import create_app
from cvd_server.clock import Clock
from cvd_server.database import Database
from cvd_server.migrations.upgrade import migrate
from cvd_server.services import Services
from cvd_server.settings import Settings
from cvd_shared.wire import API
from tests.support.small_operator import PASSWORD

CHEAP: dict[str, Any] = {  # a password hash that costs tests nothing
    "environment": "testing",
    "password_time_cost": 1,
    "password_memory_kib": 8,
    "password_lanes": 1,
}


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'server.db'}"


@dataclass
class LocalServer:
    """The application in this process. Every `http()` is closed at the end."""

    app: Flask
    clock: HandClock
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["cvd"]
        return services

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def transport(self) -> httpx.WSGITransport:
        return httpx.WSGITransport(self.app)

    def http(self) -> httpx.Client:
        client = httpx.Client(transport=self.transport, base_url="https://server.test")
        self.clients.append(client)
        return client

    def session(self, user: str, password: str = PASSWORD) -> "Session":
        """Signed in on a new device."""
        return Session.open(self.http(), user, password)


@contextmanager
def local_server(url: str, clock: Clock | None = None, **changes: Any) -> Iterator[LocalServer]:
    """Migrates the database and closes everything at the end. `changes` are settings."""
    hand = clock if isinstance(clock, HandClock) else HandClock()
    migrate(url)
    with TemporaryDirectory() as folder:
        told = {"database_url": url, "threads": 16, "attachment_folder": Path(folder)}
        settings = Settings.model_validate(told | CHEAP | changes)
        server = LocalServer(create_app(settings, clock=clock or hand), hand)
        try:
            yield server
        finally:
            for client in server.clients:
                client.close()
            server.database.close()


@dataclass
class Session:
    """A signed-in device, as bare requests: for tests of the server, not of the sync engine."""

    http: httpx.Client
    user_id: str
    family: str
    secret: str
    epoch: str
    device_id: str = ""
    incarnation_id: str = field(default_factory=lambda: str(uuid4()))

    @classmethod
    def open(cls, http: httpx.Client, user: str, password: str = PASSWORD) -> "Session":
        secret = uuid4().hex
        answer = http.post(
            f"{API}/auth/token",
            json={"user": user, "password": password, "next_hash": sha(secret)},
        )
        data = answer.raise_for_status().json()["data"]
        http.headers["Authorization"] = f"Bearer {data['access_token']}"
        session = cls(http, data["user_id"], data["family"], secret, answer.headers["X-CVD-Epoch"])
        device = http.post(
            f"{API}/devices", json={"name": "Laptop", "platform": "test", "app_version": "0.1.0"}
        )
        session.device_id = device.raise_for_status().json()["data"]["device_id"]
        return session

    def push(self, ops: list[dict[str, Any]], **more: Any) -> httpx.Response:
        body = {
            "protocol": 1,
            "epoch": self.epoch,
            "device_id": self.device_id,
            "incarnation_id": self.incarnation_id,
            "client": {"v": "0.1.0", "schema": 1},
            "ops": ops,
            "inline_blobs": {},
        }
        return self.http.post(f"{API}/sync/push", json=body | more)

    def pull(self, cursors: dict[str, int] | None = None, **more: Any) -> httpx.Response:
        body = {
            "protocol": 1,
            "epoch": self.epoch,
            "device_id": self.device_id,
            "incarnation_id": self.incarnation_id,
            "cursors": cursors or {},
        }
        return self.http.post(f"{API}/sync/pull", json=body | more)

    def hello(self, unsent: int = 0) -> httpx.Response:
        return self.http.post(
            f"{API}/sync/hello",
            json={
                "device_id": self.device_id,
                "incarnation_id": self.incarnation_id,
                "client": {"v": "0.1.0", "schema": 1},
                "unsent": unsent,
            },
        )


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class RunningServer:
    """`cvd-server run` as a process of its own with its workers."""

    url: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """SIGKILL to the whole process group: nobody can say good-bye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_server(
    url: str, *, workers: int = 2, port: int = 0, stderr: IO[bytes] | None = None, **more: str
) -> Iterator[RunningServer]:
    """The database must be migrated, unless it is SQLite. Ends with the block at the latest.

    `more` are variables without their CVD_SERVER_; `stderr` takes the log.
    """
    environment = os.environ | {
        "CVD_SERVER_ENVIRONMENT": "testing",
        "CVD_SERVER_PASSWORD_TIME_COST": "1",
        "CVD_SERVER_PASSWORD_MEMORY_KIB": "8",
        "CVD_SERVER_PASSWORD_LANES": "1",
        "CVD_SERVER_WORKERS": str(workers),
    }
    environment |= {f"CVD_SERVER_{name.upper()}": value for name, value in more.items()}
    command = [sys.executable, "-m", "cvd_server", "run", "--port", str(port), "--database", url]
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={"CVD_SERVER_ATTACHMENT_FOLDER": folder} | environment,
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            first_line = process.stdout.readline().strip()
            assert first_line.startswith("http://"), f"the server said {first_line!r}"
            yield RunningServer(first_line, process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)

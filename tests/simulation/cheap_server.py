"""The real application of the server in this process, made once and put back for each history.

No socket, no migration and no password hash that costs: the tables are migrated once, and what
stands in them is kept and put back as an image, which is also what a backup is here.
"""

import io
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from sqlalchemy import event

import cvd_server.database
from cvd_server import tables
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.server_meta import new_epoch, read_epoch
from cvd_shared.ids import IdMaker
from tests.simulation.crashes import BOMB, SERVER, Crash
from tests.simulation.memory_store import MemoryStore
from tests.support.postgres import new_database
from tests.support.servers import HandClock, LocalServer, local_server, sqlite_url
from tests.support.small_operator import seed_small_operator

OPERATOR = "op"


class DirectTransport(httpx.BaseTransport):
    """Calls the application without a socket. A worker that dies cuts the line."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": request.url.path,
            "QUERY_STRING": request.url.query.decode("ascii"),
            "SERVER_NAME": "server.test",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "10.0.0.7",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        told: list[Any] = []
        try:
            parts = self._app.wsgi_app(environ, lambda *answer: told.append(answer))
            content = b"".join(parts)
        except Crash as crash:
            raise httpx.ReadError("the worker died", request=request) from crash
        status, headers = told[0][0], told[0][1]
        return httpx.Response(
            int(status.split()[0]), headers=headers, stream=httpx.ByteStream(content)
        )


@dataclass
class CheapServer:
    """`image` and `restore` are a backup and its restore without the new epoch."""

    local: LocalServer
    url: str
    start: Any = None  # the image that every history begins with
    transport: DirectTransport = field(init=False)
    store: MemoryStore = field(init=False)

    def __post_init__(self) -> None:
        self.transport = DirectTransport(self.local.app)
        self.database = self.local.database
        self.services = self.local.services
        self.clock = self.local.clock
        self.store = MemoryStore()
        self.services.store = self.store

    @property
    def kind(self) -> str:
        return "sqlite" if self.database.is_sqlite else "postgresql"

    def put_back(self, chance: random.Random, image: Any = None) -> None:
        """As at the beginning of a history."""
        self.restore(image or self.start)
        self.store.objects.clear()
        self.clock.now = HandClock().now
        self.services.new_id = IdMaker(self.clock, chance.getrandbits)
        with self.database.read() as connection:
            self.services.epoch = read_epoch(connection)

    def restored(self, image: Any) -> None:
        """As the runbook says: the old state, and at once a new epoch."""
        self.restore(image)
        self.moved()

    def moved(self) -> None:
        """It goes on in another place with all that it had, under a new epoch."""
        with self.database.write() as connection:
            self.services.epoch = new_epoch(connection)

    @contextmanager
    def office(self) -> Iterator[ChangeFeed]:
        """A transaction of the office."""
        with (
            self.database.write() as connection,
            change_feed(connection, OPERATOR, self.services.now()) as feed,
        ):
            feed.lock_master_data()
            yield feed

    def image(self) -> Any:
        if self.database.is_sqlite:
            return self._file.read_bytes()
        with self.database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor:
                return {name: _copied(cursor, name) for name in tables.metadata.tables}

    def restore(self, image: Any) -> None:
        if self.database.is_sqlite:
            self.database.engine.dispose()
            self._file.write_bytes(image)
            return
        with self.database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor:
                # As a restore does it: without the triggers that keep the audit trail as it is.
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(";".join(f'DELETE FROM "{name}"' for name in image))
                for name, rows in image.items():
                    if rows:
                        with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
                            copy.write(rows)
            driver.commit()

    @property
    def _file(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))


def _copied(cursor: Any, name: str) -> bytes:
    with cursor.copy(f'COPY "{name}" TO STDOUT') as copy:
        return b"".join(bytes(part) for part in copy)


@contextmanager
def cheap_server(folder: Path, cluster: str | None) -> Iterator[CheapServer]:
    """In a file of `folder`, or in a new database of the PostgreSQL at `cluster`."""
    url = sqlite_url(folder) if cluster is None else new_database(cluster)
    waiting = cvd_server.database.time
    cvd_server.database.time = SimpleNamespace(
        sleep=lambda _seconds: None, monotonic=time.monotonic
    )  # type: ignore[assignment]
    try:
        with local_server(url) as local:
            seed_small_operator(local.database)
            event.listen(local.database.engine, "connect", _without_syncs)
            local.database.engine.dispose()
            BOMB.watch(local.database.engine, SERVER)
            server = CheapServer(local, url)
            server.start = server.image()
            yield server
    finally:
        cvd_server.database.time = waiting


def _without_syncs(connection: Any, _record: Any) -> None:
    if connection.__class__.__module__.startswith("sqlite3"):
        for pragma in ("synchronous=OFF", "journal_mode=MEMORY"):
            connection.execute(f"PRAGMA {pragma}").close()

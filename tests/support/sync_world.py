"""A laptop and a server in one process, with a faulty line between them.

`with sync_world(tmp_path) as world: world.laptop.record(); world.laptop.sync()`.
The laptop is the real database, engine and HTTP code; the server is the real application.
"""

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.records import Session
from cvd_desktop.services.sign_in import sign_in_through
from cvd_desktop.services.sync_now import SyncReport, sync_through
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.tables import blob
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_desktop.sync.http_server_api import HttpServerApi
from cvd_desktop.sync.server_api import Answered
from cvd_server import tables
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.records import KINDS
from cvd_server.self_check import self_check
from cvd_server.server_meta import new_epoch
from cvd_shared.canonical import sha256_hex
from cvd_shared.digest import Digest, digest_of
from cvd_shared.ids import IdMaker
from cvd_shared.wire import HelloAnswer, HelloRequest
from tests.support.faulty_transport import Fault, FaultyTransport
from tests.support.field_events import VERDICT, raw_report
from tests.support.local_database import ManualClock, new_database
from tests.support.servers import LocalServer, local_server, sqlite_url
from tests.support.small_operator import PASSWORD, seed_small_operator

SERVER = "https://server.test"
OPERATOR = "op"


class NarrowApi(HttpServerApi):
    """The real one, told by its server to send and fetch little at a time."""

    narrow: dict[str, int] | None = None

    def hello(self, token: str, request: HelloRequest) -> Answered[HelloAnswer]:
        answered = super().hello(token, request)
        if self.narrow is None:
            return answered
        limits = answered.data.limits.model_copy(update=self.narrow)
        return Answered(answered.data.model_copy(update={"limits": limits}), answered.epoch)


@dataclass
class Laptop:
    """One data folder. `told` are the events whose recording was confirmed to the person."""

    folder: Path
    line: FaultyTransport
    random: random.Random
    clock: ManualClock = field(default_factory=ManualClock)
    key_store: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(lasting=True))
    narrow: dict[str, int] | None = None
    told: dict[str, str] = field(default_factory=dict)  # op_id -> id of its record

    def __post_init__(self) -> None:
        self.new_id = IdMaker(self.clock, self.random.getrandbits)
        self.open()

    def open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "cvd.db"
        if not path.exists():
            path.write_bytes(_empty_laptop())
        self.wp = Workplace(
            database=new_database(self.folder, self.clock),
            data_dir=self.folder,
            clock=self.clock,
            monotonic=lambda: 0.0,
            new_id=self.new_id,
            key_store=self.key_store,
        )

    def close(self) -> None:
        self.wp.close()

    def record(
        self,
        *,
        machine_id: str | None = "m1",
        group: str | None = None,
        raw: bytes | None = None,
    ) -> str:
        """A read of a machine, as the service records it; returns its op_id."""
        raw = raw or raw_report(sold=self.random.randrange(100_000))
        name, read_id = sha256_hex(raw), self.new_id()
        payload: dict[str, Any] = {
            "read_id": read_id,
            "machine_id": machine_id,
            "asset_number": None,
            "at": to_wire(self.clock()),
            "purpose": "look",
            "link": "dexucs",
            "complete": True,
            "size": len(raw),
            "raw_sha256": name,
            "seconds": 1.5,
            "verdict": VERDICT,
        }
        with self.wp.database.write() as connection:
            connection.execute(
                blob.insert().prefix_with("OR IGNORE").values(
                    sha256=name, size=len(raw), mime="text/plain", state="here",
                    stored_at=to_wire(self.clock()), data=raw,
                )
            )  # fmt: skip
            op_id = self._append(
                connection, "read.recorded", ("read", read_id), payload, blobs=[name], group=group
            )
        self.told[op_id] = read_id
        return op_id

    def append(self, type_: str, entity: tuple[str, str], payload: dict[str, Any]) -> str:
        """Any event, as its service records it now; returns its op_id."""
        with self.wp.database.write() as connection:
            op_id = self._append(connection, type_, entity, payload)
        self.told[op_id] = entity[1]
        return op_id

    def _append(
        self,
        connection: Transaction,
        type_: str,
        entity: tuple[str, str],
        payload: dict[str, Any],
        **more: Any,
    ) -> str:
        appended = outbox_store.append(
            connection,
            new_id=self.new_id,
            type=type_,
            entity=entity,
            payload=payload,
            actor=None,
            occurred_at=to_wire(self.clock()),
            **more,
        )
        return appended.op_id

    @contextmanager
    def api(self) -> Iterator[HttpServerApi]:
        api = NarrowApi(SERVER, new_id=self.new_id, clock=self.clock, transport=self.line)
        api.narrow = self.narrow
        try:
            yield api
        finally:
            api.close()

    def sign_in(
        self, user: str = "driver07", password: str = PASSWORD, server: str = SERVER
    ) -> Session:
        """`server` is what the session remembers; the line of the test is used anyway."""
        with self.api() as api:
            return sign_in_through(self.wp, api, server, user, password)

    def sync(
        self, faults: Sequence[str | Fault] = (), should_stop: Callable[[], bool] = lambda: False
    ) -> SyncReport:
        """One run; the faults meet its requests in turn, the rest of them is forgotten."""
        self.line.faults = list(faults)
        try:
            with self.api() as api:
                return sync_through(self.wp, api, should_stop, self.random.random)
        finally:
            self.line.faults = []

    # --- the file -----------------------------------------------------------------------------

    def copy(self, name: str) -> Path:
        """A copy of the file, as a disk image or a backup has it."""
        target = self.folder / f"{name}.copy"
        target.unlink(missing_ok=True)
        with self.wp.database.outside_transaction() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        return target

    def restore(self, copy: Path) -> None:
        """Put the copy in the place of the file."""
        self.close()
        for path in self.folder.glob("cvd.db*"):
            path.unlink()
        shutil.copyfile(copy, self.folder / "cvd.db")
        self.open()

    # --- what is there ------------------------------------------------------------------------

    def events(self) -> list[outbox_store.StoredEvent]:
        """Oldest first."""
        with self.wp.database.read() as connection:
            return outbox_store.in_order(connection)

    def meta(self, name: str) -> str | None:
        with self.wp.database.read() as connection:
            return meta.get(connection, name)

    def records(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every record as it was sent, without version."""
        with self.wp.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT kind, id, body FROM snapshot_row")
            return {(kind, row_id): json.loads(body) for kind, row_id, body in rows}

    def scopes(self) -> dict[str, tuple[set[tuple[str, str, int]], Digest]]:
        """Scope -> its members, and the digest as it was kept."""
        with self.wp.database.read() as connection:
            return {
                scope: (set(pull_store.members(connection, scope)), digest)
                for scope, digest in pull_store.digests(connection).items()
            }


@dataclass
class World:
    server: LocalServer
    url: str
    folder: Path
    random: random.Random
    laptops: list[Laptop] = field(default_factory=list)

    @property
    def laptop(self) -> Laptop:
        return self.laptops[0]

    def add_laptop(self, name: str = "laptop", **more: Any) -> Laptop:
        line = FaultyTransport(self.server.transport)
        laptop = Laptop(self.folder / name, line, self.random, **more)
        self.laptops.append(laptop)
        return laptop

    # --- the office ---------------------------------------------------------------------------

    @contextmanager
    def office(self) -> Iterator[ChangeFeed]:
        """A transaction of the office."""
        with (
            self.server.database.write() as connection,
            change_feed(connection, OPERATOR, self.server.services.now()) as feed,
        ):
            feed.lock_master_data()
            yield feed

    def copy_server(self) -> Path:
        target = self.folder / "server.copy"
        _copy_sqlite(Path(self.url.removeprefix("sqlite:///")), target)
        return target

    def restore_server(self, copy: Path) -> None:
        """As the runbook says: the old file, and at once a new epoch."""
        self.server.database.engine.dispose()
        _copy_sqlite(copy, Path(self.url.removeprefix("sqlite:///")))
        with self.server.database.write() as connection:
            self.server.services.epoch = new_epoch(connection)

    def log(self) -> list[Any]:
        """The first arrivals of every event."""
        table = tables.op_log
        with self.server.database.read() as connection:
            query = select(table).where(table.c.alias_of.is_(None)).order_by(table.c.received_at)
            return list(connection.execute(query))

    def stream_of(self, laptop: Laptop) -> list[str]:
        """op_ids of the laptop's present stream on the server, by number."""
        table = tables.op_log
        with self.server.database.read() as connection:
            rows = connection.execute(
                select(table)
                .where(table.c.incarnation_id == laptop.meta(meta.INCARNATION))
                .order_by(table.c.seq)
            ).all()
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        return [row.alias_of or row.op_id for row in rows]

    def problems(self) -> list[str]:
        with self.server.database.read() as connection:
            return self_check(connection).problems

    def feed_of(self, scopes: Sequence[str]) -> dict[str, set[tuple[str, str, int]]]:
        """Scope -> (kind, id, version) of every record that stands in it on the server."""
        table = tables.feed
        with self.server.database.read() as connection:
            rows = connection.execute(
                select(table).where(table.c.op == "p", table.c.operator_id == OPERATOR)
            ).all()
        return {
            scope: {(row.kind, row.id, row.ver) for row in rows if row.scope == scope}
            for scope in scopes
        }

    # --- what has to hold ---------------------------------------------------------------------

    def assert_arrived(self, laptop: Laptop) -> None:
        """Every event of the laptop is on the server once, as recorded, with one effect."""
        log = {row.op_id: row for row in self.log()}
        assert len(log) == len(self.log())
        with self.server.database.read() as connection:
            kept = {
                (kind, record_id)
                for kind, known in KINDS.items()
                for record_id in connection.scalars(select(known.table.c.id))
            }
        for event in laptop.events():
            assert event.acked, f"{event.op_id} still waits"
            row = log[event.op_id]
            body = json.loads(row.body)
            assert body["payload"] == event.body["payload"]
            if row.outcome == "applied":
                assert event.outcome in outbox_store.ACCEPTED
                assert (event.body["entity"]["kind"], event.body["entity"]["id"]) in kept
            else:
                assert event.outcome == row.outcome

    def assert_converged(self, laptop: Laptop) -> None:
        """What the laptop shows is what the server has in its scopes, and nothing else."""
        scopes = laptop.scopes()
        assert scopes, "nothing was pulled"
        members = {name: found for name, (found, _) in scopes.items()}
        assert members == self.feed_of(list(scopes))
        for name, (found, kept) in scopes.items():
            assert kept == digest_of(found), name
        held = {(kind, row_id) for found in members.values() for kind, row_id, _ in found}
        assert held == set(laptop.records())
        assert not laptop.meta(meta.REPAIRS), "a digest had to repair something"

    def settled(self, laptop: Laptop) -> SyncReport:
        """One run over a good line: everything is even. Returns its report."""
        report = laptop.sync()
        assert report.problem is None, report
        assert (report.waiting, report.digest) == (0, "ok")
        self.assert_sound(laptop)
        self.assert_arrived(laptop)
        self.assert_converged(laptop)
        return report

    def assert_sound(self, laptop: Laptop) -> None:
        """What holds at every moment, whatever has just died."""
        events = laptop.events()
        incarnation = laptop.meta(meta.INCARNATION)
        with laptop.wp.database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT incarnation, seq, acked, outcome FROM outbox ORDER BY lseq"
            ).all()
        present = [row for row in rows if row.incarnation == incarnation]
        assert [row.seq for row in present] == list(range(1, len(present) + 1))
        waiting = [row.acked for row in present]
        assert waiting == sorted(waiting, reverse=True), "an answered event behind a waiting one"
        assert all(row.acked for row in rows if row.incarnation != incarnation)
        assert all((row.outcome is not None) == bool(row.acked) for row in rows)
        ids = {event.op_id for event in events}
        assert laptop.told.keys() <= ids, "a recorded event is gone"


def _copy_sqlite(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()


@cache
def _seeded_server() -> bytes:
    """The file of a migrated server with the small operator, made once for all tests."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with local_server(sqlite_url(folder)) as server:
            seed_small_operator(server.database)
        return (folder / "server.db").read_bytes()


@cache
def _empty_laptop() -> bytes:
    """The file of a migrated, empty laptop, made once for all tests."""
    with TemporaryDirectory() as name:
        new_database(Path(name)).close()
        return (Path(name) / "cvd.db").read_bytes()


@contextmanager
def sync_world(
    folder: Path, seed: int = 1, *, sign_in: bool = True, **laptop: Any
) -> Iterator[World]:
    """A server with the small operator, and one laptop that is signed in as driver07."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.db").write_bytes(_seeded_server())
    url = sqlite_url(folder)
    with local_server(url) as server:
        world = World(server, url, folder, random.Random(seed))
        try:
            first = world.add_laptop(**laptop)
            if sign_in:
                first.sign_in()
            yield world
        finally:
            for each in world.laptops:
                each.close()

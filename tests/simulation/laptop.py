"""A laptop of the simulation: the real database, services and sync over a line with faults.

Its Database objects are made once in a process and pointed at other files, so that SQLAlchemy
compiles the statements of the programs once and not for each of 100,000 histories.
"""

import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx

from cvd_desktop.domain.clock import Clock, to_wire
from cvd_desktop.domain.records import Session
from cvd_desktop.services.people import ID_FILE
from cvd_desktop.services.sign_in import sign_in_through
from cvd_desktop.services.sync_now import SyncReport, sync_through
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import migrate, outbox_store, photo_store
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.tables import blob, read
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_desktop.sync.http_attachments import HttpAttachments
from cvd_desktop.sync.http_server_api import HttpServerApi, _data_of
from cvd_desktop.sync.server_api import Answered
from cvd_shared.canonical import sha256_hex
from cvd_shared.ids import IdMaker
from cvd_shared.wire import HelloAnswer, HelloRequest
from cvd_shared.wire_attachments import BlobOffer, BlobOffered
from tests.simulation.crashes import BOMB, CLIENT
from tests.simulation.line import Line
from tests.simulation.oracle import Told
from tests.support.faulty_transport import Fault
from tests.support.field_events import VERDICT, raw_report
from tests.support.local_database import KEY, ManualClock
from tests.support.small_operator import PASSWORD

SERVER = "https://server.test"
SMALL_CHUNK = 700  # bytes


class Draft(NamedTuple):
    """An event to be recorded. `raw` is the report of a read, or the picture of a photo."""

    type: str
    entity: tuple[str, str]
    payload: dict[str, Any]
    raw: bytes | None = None
    sure: bool = False
    original: bytes | None = None  # the file that a picture was made from


class PlainDatabase(Database):
    """The real one in a file without encryption, which no invariant of the sync is about, and
    without waiting for a disk: what dies here is the program, its file is in memory."""

    def __init__(self, path: Path, key: bytes, clock: Clock) -> None:
        super().__init__(path, key, clock)
        self._key_pragma = "PRAGMA user_version"

    def _connect(self, *, read_only: bool) -> Any:
        connection = super()._connect(read_only=read_only)
        connection.execute("PRAGMA synchronous = OFF")
        return connection


class DirectClient:
    """What the API needs of httpx.Client; that one takes longer over a request than the server."""

    def __init__(self, real: httpx.Client, line: Line) -> None:
        self._base, self._headers, self._line = str(real.base_url), dict(real.headers), line
        self._urls: dict[str, httpx.URL] = {}

    @contextmanager
    def stream(
        self, method: str, path: str, *, content: bytes | None, headers: Mapping[str, str],
        extensions: dict[str, Any] | None = None,
    ) -> Iterator[httpx.Response]:  # fmt: skip
        url = self._urls.get(path) or httpx.URL(self._base + path.lstrip("/"))
        self._urls[path] = url
        yield self._line.handle_request(
            httpx.Request(
                method,
                url,
                headers=self._headers | dict(headers),
                content=content,
                extensions=extensions,
            )
        )

    def close(self) -> None:
        """It has no connections."""


class NarrowApi(HttpServerApi):
    """The real one, told by its server to send and fetch little at a time."""

    narrow: dict[str, int] | None = None

    def hello(self, token: str, request: HelloRequest) -> Answered[HelloAnswer]:
        answered = super().hello(token, request)
        if self.narrow is None:
            return answered
        limits = answered.data.limits.model_copy(update=self.narrow)
        return Answered(answered.data.model_copy(update={"limits": limits}), answered.epoch)


class InSmallChunks(HttpAttachments):
    """The real one; small files of a history travel in several pieces too."""

    def offer(self, token: str, offer: BlobOffer) -> BlobOffered:
        return super().offer(token, offer).model_copy(update={"chunk": SMALL_CHUNK})


class FragileKeyStore(MemoryKeyStore):
    """A key store that lasts; the program may die before or after each change."""

    def __init__(self) -> None:
        super().__init__(lasting=True)

    def set(self, name: str, value: str) -> None:
        BOMB.tick(CLIENT, on_disk=False)
        super().set(name, value)
        BOMB.tick(CLIENT, on_disk=False)


class Copy(NamedTuple):
    """An image of a laptop's disk."""

    path: Path
    had: frozenset[str]  # op_ids
    owner: str | None
    secrets: dict[str, str]


@dataclass
class Laptop:
    name: str
    database: Database
    line: Line
    chance: random.Random
    narrow: dict[str, int] | None = None
    clock: ManualClock = field(default_factory=ManualClock)
    key_store: FragileKeyStore = field(default_factory=FragileKeyStore)
    owner: str | None = None  # the user id of whoever signed in last, as the person knows it
    copied: bool = False  # its file is a copy, of this laptop's or another's
    kept: set[str] = field(default_factory=set)  # SHA-256 of originals that were put here
    acked: set[str] | None = None  # as the checks saw them last; None: another file was put here

    def __post_init__(self) -> None:
        self.database._clock = self.clock
        self.new_id = IdMaker(self.clock, self.chance.getrandbits)
        self.wp = Workplace(
            database=self.database,
            data_dir=self.database.path.parent,
            clock=self.clock,
            monotonic=lambda: 0.0,
            new_id=self.new_id,
            key_store=self.key_store,
        )
        self.api = NarrowApi(SERVER, new_id=self.new_id, clock=self.clock, transport=self.line)
        real = self.api._client
        self.api._client = cast(httpx.Client, DirectClient(real, self.line))
        real.close()
        self.api.narrow = self.narrow
        self.api.attachments = InSmallChunks(self.api._exchange, _data_of)

    def close(self) -> None:
        """Leaves the folder as it was before the history."""
        self.api.close()
        self.database.close()
        shutil.rmtree(self.wp.data_dir, ignore_errors=True)
        self.wp.data_dir.mkdir(parents=True, exist_ok=True)

    def restart(self) -> None:
        """The program has died and is started again."""
        self.database.close()

    # --- the person ---------------------------------------------------------------------------

    def record(self, drafts: Sequence[Draft], group: str | None = None) -> list[Told]:
        """One action of a person, in one transaction as its service does it."""
        told = []
        with self.database.write() as connection:
            for draft in drafts:
                op_id = self._append(connection, draft, group)
                told.append(
                    Told(op_id, draft.type, draft.entity, draft.payload, self.owner, group,
                         draft.sure and group is None, _files_of(draft))
                )  # fmt: skip
        return told

    def _append(self, connection: Transaction, draft: Draft, group: str | None) -> str:
        now = to_wire(self.clock())
        blobs = []
        if draft.raw is not None:
            blobs = [sha256_hex(draft.raw)]
            connection.execute(
                blob.insert().prefix_with("OR IGNORE").values(
                    sha256=blobs[0], size=len(draft.raw), mime="text/plain", state="here",
                    stored_at=now, data=draft.raw,
                )
            )  # fmt: skip
        if draft.original is not None:
            blobs.append(self._keep_original(connection, draft.original, now))
        op_id = outbox_store.append(
            connection,
            new_id=self.new_id,
            type=draft.type,
            entity=draft.entity,
            payload=draft.payload,
            actor=self.owner,
            occurred_at=now,
            blobs=blobs,
            group=group,
        ).op_id
        if draft.type == "read.recorded":  # the next one about this machine is told by it
            connection.execute(
                read.insert().values(
                    id=draft.entity[1], state="whole", at=now, port="", link="dexucs",
                    purpose="look", machine_id=draft.payload["machine_id"], size=len(draft.raw),
                    op_id=op_id, raw=draft.raw,
                )
            )  # fmt: skip
        return op_id

    def _keep_original(self, connection: Transaction, original: bytes, now: str) -> str:
        """As services/photos.py keeps it: a file beside the database."""
        name = sha256_hex(original)
        self.kept.add(name)
        self.originals.mkdir(exist_ok=True)
        (self.originals / name).write_bytes(original)
        photo_store.store_original(
            connection, name, len(original), mime="image/jpeg", at=now,
            path=f"{self.originals.name}/{name}",
        )  # fmt: skip
        return name

    @property
    def originals(self) -> Path:
        return self.database.path.parent / "originals"

    def read_of(self, machine_id: str | None) -> Draft:
        raw = raw_report(sold=self.chance.randrange(100_000))
        read_id = self.new_id()
        payload = {
            "read_id": read_id, "machine_id": machine_id, "asset_number": None,
            "at": to_wire(self.clock()), "purpose": "look", "link": "dexucs", "complete": True,
            "size": len(raw), "raw_sha256": sha256_hex(raw), "seconds": 1.5, "verdict": VERDICT,
        }  # fmt: skip
        return Draft("read.recorded", ("read", read_id), payload, raw, sure=machine_id is None)

    def sign_in(self, user: str) -> Session:
        session = sign_in_through(self.wp, self.api, SERVER, user, PASSWORD)
        self.owner = session.user_id
        return session

    def sync(
        self, faults: Iterable[str | Fault] = (), should_stop: Callable[[], bool] = lambda: False
    ) -> SyncReport:
        """One run; the faults meet its requests in turn, the rest of them is forgotten."""
        self.line.faults = list(faults)
        try:
            return sync_through(self.wp, self.api, should_stop, self.chance.random)
        finally:
            self.line.faults = []
            self.line.meanwhile, self.line.overtaken, self.line.faults_of = None, "", {}

    # --- the file -----------------------------------------------------------------------------

    def copy_to(self, target: Path, had: frozenset[str]) -> Copy:
        """As a disk image or a backup has it."""
        target.unlink(missing_ok=True)
        with self.database.outside_transaction() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        return Copy(target, had, self.owner, dict(self.key_store.values))

    def take(self, image: Copy, *, with_secrets: bool) -> None:
        """The image is put in the place of this laptop's file."""
        self.put_file(image.path)
        self.owner = image.owner
        self.acked = None
        self.copied = True
        if with_secrets:
            self.key_store.values.update(image.secrets)

    def put_file(self, source: Path) -> None:
        self.database.close()
        self.wp.data_dir.mkdir(parents=True, exist_ok=True)
        (self.wp.data_dir / ID_FILE).touch()  # the folder holds somebody's database
        for path in self.database.path.parent.glob("cvd.db*"):
            path.unlink()
        shutil.copyfile(source, self.database.path)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Straight from the file, past every code that is under test."""
        connection = self.database._readers.raw_connection()
        try:
            return connection.cursor().execute(sql, values).fetchall()
        finally:
            connection.close()


def _files_of(draft: Draft) -> frozenset[str]:
    return frozenset(sha256_hex(each) for each in (draft.raw, draft.original) if each is not None)


def empty_file(folder: Path) -> Path:
    """Of a database that is new; histories begin with copies of it."""
    folder.mkdir(parents=True, exist_ok=True)
    database = PlainDatabase(folder / "cvd.db", KEY, ManualClock())
    with database.outside_transaction() as connection:
        migrate.upgrade(connection)
    database.close()
    return database.path


def pooled_database(folder: Path, clock: ManualClock) -> Database:
    """To be pointed at each history's file; its statements stay compiled."""
    folder.mkdir(parents=True, exist_ok=True)
    database = PlainDatabase(folder / "cvd.db", KEY, clock)
    for engine in (database._writer, database._readers):
        BOMB.watch(engine, CLIENT)
    return database

"""Back up the whole server into a folder, prove the copy, and bring it back elsewhere.

A backup is one cut of every table as lines of JSON, independent of the database it came from: what
was PostgreSQL can be looked at in SQLite, and a small server can move to a large one. Attachments
never change, so all backups of a folder share one copy of each. A backup is finished when its
`manifest.json` is there, which is written last; half a backup is removed by the next one.

For very large databases use PostgreSQL's own archiving, and tell `cvd-server mark-durable` up to
when it is proved (docs/scaling.md).
"""

import base64
import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, LargeBinary, MetaData, Table, select

from cvd_server import tables
from cvd_server.attachment_store import AttachmentStore, FolderStore, attachment_key
from cvd_server.clock import Clock, to_wire
from cvd_server.database import Database
from cvd_server.migrations.upgrade import head_revision, migrate, present_revision
from cvd_server.safe_files import sync_folder, whole_file
from cvd_server.self_check import self_check
from cvd_server.server_meta import DURABLE_AT, new_epoch, read_epoch, write_meta

MANIFEST = "manifest.json"
ATTACHMENTS = "attachments"  # beside the backups, shared by them
FORMAT = 1
_ROWS_AT_ONCE = 500
_PREFIX, _PART = "cvd-", ".part"
_ALEMBIC = "alembic_version"


class BackupError(Exception):
    """A sentence for the person who operates the server. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. Everything received before `made_at` is in it."""

    format: int
    made_at: str  # UTC ISO 8601, taken before the cut
    revision: str
    epoch: str
    rows: dict[str, int]  # table -> rows
    sha256: dict[str, str]  # file -> its hash
    attachments: int


@dataclass(frozen=True, slots=True)
class RestoreReport:
    made_at: str
    rows: int
    attachments: int
    epoch: str
    problems: list[str] = field(default_factory=list)  # of the self-check

    def as_json(self) -> dict[str, object]:
        return asdict(self)


# --- backing up ---------------------------------------------------------------------------------


def back_up(database: Database, store: AttachmentStore, folder: Path, clock: Clock) -> Path:
    """Write a new backup below `folder`; its path. Raises BackupError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_PREFIX}*{_PART}"):
        shutil.rmtree(left)
    made_at = to_wire(clock())
    target = folder / (_PREFIX + made_at.replace(":", "").replace("-", "").replace(".", ""))
    if target.exists():
        raise BackupError(f"there is a backup of this moment already: {target}")
    part = target.with_name(target.name + _PART)
    part.mkdir()
    with database.read() as connection:
        revision = present_revision(connection)
        if revision != head_revision():
            raise BackupError("the database has another schema: run `cvd-server migrate` first")
        rows = {
            name: _dump(connection, table, part / f"{name}.ndjson.gz")
            for name, table in sorted(_tables(connection).items())
        }
        epoch = read_epoch(connection)
        copied = _copy_attachments(connection, store, FolderStore(folder / ATTACHMENTS))
    hashes = {path.name: _hash_of(path) for path in sorted(part.iterdir())}
    manifest = Manifest(FORMAT, made_at, str(revision), epoch, rows, hashes, copied)
    with whole_file(part / MANIFEST) as file:
        file.write(json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())
    part.rename(target)
    sync_folder(folder)
    return target


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Remove all but the newest `count` backups; those that were removed. Attachments stay."""
    finished = sorted(path.parent for path in folder.glob(f"{_PREFIX}*/{MANIFEST}"))
    old = finished[: max(0, len(finished) - count)]
    for path in old:
        shutil.rmtree(path)
    return old


def newest(folder: Path) -> Path | None:
    finished = sorted(path.parent for path in folder.glob(f"{_PREFIX}*/{MANIFEST}"))
    return finished[-1] if finished else None


def _tables(connection: Connection) -> dict[str, Table]:
    """As the database has them, so that a backup can be older than this program."""
    found = MetaData()
    found.reflect(connection)
    return {name: table for name, table in found.tables.items() if name != _ALEMBIC}


def _dump(connection: Connection, table: Table, path: Path) -> int:
    count = 0
    binary = {c.name for c in table.columns if isinstance(c.type, LargeBinary)}
    rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    with path.open("xb") as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=5, mtime=0) as packed:
            for row in rows.mappings():
                document = {
                    name: base64.b64encode(value).decode() if name in binary and value else value
                    for name, value in row.items()
                }
                packed.write(json.dumps(document, separators=(",", ":")).encode() + b"\n")
                count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def _copy_attachments(
    connection: Connection, store: AttachmentStore, copies: AttachmentStore
) -> int:
    """What the database names and does not hold itself; copies of before are good for ever."""
    count = 0
    for operator_id, sha256, size in _kept_outside(connection):
        key = attachment_key(operator_id, sha256)
        count += 1
        if copies.size(key) != size:
            copies.put(key, store.open(key))
        if copies.size(key) != size:
            raise BackupError(f"attachment {sha256} is not whole in the store")
    return count


def _kept_outside(connection: Connection) -> list[tuple[str, str, int]]:
    blob = tables.blob
    rows = connection.execute(
        select(blob.c.operator_id, blob.c.sha256, blob.c.size)
        .where(blob.c.body.is_(None), blob.c.state == "stored")
        .order_by(blob.c.operator_id, blob.c.sha256)
    )
    return [(row.operator_id, row.sha256, row.size) for row in rows]


# --- proving ------------------------------------------------------------------------------------


def drill(backup: Path) -> RestoreReport:
    """Restore into a scratch database and check that. Raises BackupError when it cannot be."""
    with tempfile.TemporaryDirectory(prefix="cvd-drill-") as scratch:
        place = Path(scratch)
        return restore(
            backup,
            f"sqlite:///{place / 'drill.db'}",
            FolderStore(place / ATTACHMENTS),
            prove_attachments=True,
        )


def mark_durable(database: Database, until: str) -> None:
    """Everything received up to `until` (UTC ISO 8601) is in a proved backup."""
    with database.write() as connection:
        write_meta(connection, DURABLE_AT, until)


# --- restoring ----------------------------------------------------------------------------------


def restore(
    backup: Path, url: str, store: AttachmentStore, *, prove_attachments: bool = False
) -> RestoreReport:
    """Bring a backup into the empty database at `url`, with a new epoch: laptops then send again
    what is younger than the backup. With `prove_attachments` they are read and hashed, not copied.

    Raises BackupError: no backup, damaged, of a newer program, or the database is not empty.
    """
    manifest = read_manifest(backup)
    _check_files(backup, manifest)
    _check_empty(url)
    migrate(url, manifest.revision)
    database = Database(url, pool_size=1, patient=True)
    try:
        with database.write() as connection:
            for name, table in _tables(connection).items():
                connection.execute(table.delete())  # the first facts of a new database
                loaded = _load(connection, table, backup / f"{name}.ndjson.gz")
                if loaded != manifest.rows.get(name, 0):
                    raise BackupError(f"table {name} has {loaded} rows, not what was written")
        migrate(url)
        with database.write() as connection:
            epoch = new_epoch(connection)
        copies = FolderStore(backup.parent / ATTACHMENTS)
        with database.read() as connection:
            for operator_id, sha256, size in _kept_outside(connection):
                key = attachment_key(operator_id, sha256)
                _prove(copies, key, sha256, size)
                if not prove_attachments:
                    store.put(key, copies.open(key))
            problems = self_check(connection).problems
    finally:
        database.close()
    return RestoreReport(
        manifest.made_at, sum(manifest.rows.values()), manifest.attachments, epoch, problems
    )


def read_manifest(backup: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads((backup / MANIFEST).read_bytes()))
    except FileNotFoundError as error:
        raise BackupError(f"{backup} is no finished backup") from error
    except (ValueError, TypeError) as error:
        raise BackupError(f"{backup / MANIFEST} cannot be read") from error
    if manifest.format != FORMAT:
        raise BackupError("the backup is of a newer program")
    return manifest


def _check_files(backup: Path, manifest: Manifest) -> None:
    for name, wanted in manifest.sha256.items():
        path = backup / name
        if Path(name).name != name or not path.is_file() or _hash_of(path) != wanted:
            raise BackupError(f"{name} of the backup is missing or damaged")


def _check_empty(url: str) -> None:
    database = Database(url, pool_size=1, patient=True)
    try:
        with database.read() as connection:
            if _tables(connection):
                raise BackupError("the database to restore into is not empty")
    finally:
        database.close()


def _load(connection: Connection, table: Table, path: Path) -> int:
    if not path.exists():
        return 0
    binary = {c.name for c in table.columns if isinstance(c.type, LargeBinary)}
    count = 0
    with gzip.open(path) as lines:
        documents = _documents(lines, binary)  # type: ignore[arg-type]  # GzipFile is one
        while rows := list(islice(documents, _ROWS_AT_ONCE)):
            connection.execute(table.insert(), rows)
            count += len(rows)
    return count


def _documents(lines: BinaryIO, binary: set[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        document = json.loads(line)
        for name in binary:
            if document[name] is not None:
                document[name] = base64.b64decode(document[name])
        yield document


def _prove(copies: FolderStore, key: str, sha256: str, size: int) -> None:
    if copies.size(key) != size:
        raise BackupError(f"attachment {sha256} is missing in the backup")
    digest = hashlib.sha256()
    for piece in copies.open(key):
        digest.update(piece)
    if digest.hexdigest() != sha256:
        raise BackupError(f"attachment {sha256} is damaged in the backup")


# --- files --------------------------------------------------------------------------------------


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

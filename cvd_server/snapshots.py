"""Ready-made files of large scopes, so that a new laptop need not ask page by page (2.8).

A snapshot is NDJSON, gzip: one `wire.Row` a line, in the order of the feed, as of one head. Its
name is the SHA-256 of its bytes, which lie in the attachment store; the same file serves every
device that holds the scope. It is offered while its head is not below the scope's floor.
"""

import gzip
import hashlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any

from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.attachment_store import PIECE_BYTES, AttachmentStore, operator_folder
from cvd_server.change_feed import PUT
from cvd_server.database import Database, among, chunks
from cvd_server.feed_rows import entries_after, row_texts
from cvd_server.records import own_scope
from cvd_shared.digest import Digest
from cvd_shared.wire_repair import SnapshotOffer

LEAST_ROWS = 5000  # fewer are three pages
KEPT = 2  # of one scope: somebody may be in the middle of the older one
_STALE_PART = 10  # made anew when a tenth of the scope has changed since
_ROWS_AT_ONCE = 500


def store_key(operator_id: str, sha256: str) -> str:
    return f"{operator_folder(operator_id)}/snapshots/{sha256}"


def make_snapshots(
    database: Database, store: AttachmentStore, now: str, *, least_rows: int = LEAST_ROWS
) -> int:
    """Make those that are missing or stale, of every operator; returns how many were made."""
    with database.read() as connection:
        wanted = [
            (row.operator_id, row.scope)
            for row in connection.execute(
                select(tables.scope_head).where(tables.scope_head.c.n >= least_rows)
            )
            if not row.scope.startswith(own_scope("")) and _is_stale(connection, row)
        ]
    for operator_id, scope in sorted(wanted):
        _make(database, store, operator_id, scope, now)
        _prune(database, store, operator_id, scope)
    return len(wanted)


def offers(connection: Connection, operator_id: str, scopes: list[str]) -> dict[str, SnapshotOffer]:
    """Scope -> its newest snapshot."""
    table = tables.snapshot
    found: dict[str, SnapshotOffer] = {}
    for part in chunks(scopes):
        rows = connection.execute(
            select(table)
            .where(table.c.operator_id == operator_id, among(connection, table.c.scope, part))
            .order_by(table.c.head)
        )
        for row in rows:
            found[row.scope] = SnapshotOffer(
                sha256=row.sha256, bytes=row.size, rows=row.rows, cursor=row.head
            )
    return found


def scope_of(connection: Connection, operator_id: str, sha256: str) -> str | None:
    """Whose file this is; None when the operator has no such snapshot."""
    return connection.scalar(
        select(tables.snapshot.c.scope).filter_by(operator_id=operator_id, sha256=sha256)
    )


def _is_stale(connection: Connection, head: Any) -> bool:
    newest = offers(connection, head.operator_id, [head.scope]).get(head.scope)
    if newest is None or newest.cursor < head.floor:
        return True
    return bool(head.head - newest.cursor > head.n // _STALE_PART)


def _make(
    database: Database, store: AttachmentStore, operator_id: str, scope: str, now: str
) -> None:
    """First the bytes, then the row that names them."""
    with TemporaryFile() as file:
        with database.read() as connection:
            head = connection.execute(
                select(tables.scope_head).filter_by(operator_id=operator_id, scope=scope)
            ).one()
            digest = _write(connection, operator_id, scope, head.head, file)
        if digest != Digest(head.n, head.sum64):
            raise LookupError(f"operator {operator_id}: scope {scope} does not fit its digest")
        name = hashlib.sha256()
        for piece in _pieces(file):
            name.update(piece)
        size = store.put(store_key(operator_id, name.hexdigest()), _pieces(file))
    with database.write() as connection:
        key = {"operator_id": operator_id, "scope": scope, "head": head.head}
        connection.execute(tables.snapshot.delete().filter_by(**key))
        connection.execute(
            tables.snapshot.insert().values(
                **key, sha256=name.hexdigest(), size=size, rows=digest.rows, made_at=now
            )
        )


def _write(
    connection: Connection, operator_id: str, scope: str, head: int, target: IO[bytes]
) -> Digest:
    """The file into `target`; returns the digest of its rows. A few rows at a time are held."""
    digest = Digest()
    cursor = 0
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as file:
        while cursor < head:
            entries = entries_after(connection, operator_id, scope, cursor, _ROWS_AT_ONCE)
            if not entries:
                break
            cursor = entries[-1].seq
            live = [entry for entry in entries if entry.op == PUT]
            for _, text in row_texts(connection, operator_id, scope, live):
                file.write(text.encode() + b"\n")
            for entry in live:
                digest = digest.add(entry.kind, entry.id, entry.ver)
    return digest


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece


def _prune(database: Database, store: AttachmentStore, operator_id: str, scope: str) -> None:
    """Forget the oldest; the bytes go when no snapshot names them any more."""
    table = tables.snapshot
    with database.write() as connection:
        rows = connection.execute(
            select(table.c.head, table.c.sha256)
            .filter_by(operator_id=operator_id, scope=scope)
            .order_by(table.c.head.desc())
        ).all()
        for row in rows[KEPT:]:
            connection.execute(
                table.delete().filter_by(operator_id=operator_id, scope=scope, head=row.head)
            )
    kept = {row.sha256 for row in rows[:KEPT]}
    for name in {row.sha256 for row in rows[KEPT:]} - kept:
        store.delete(store_key(operator_id, name))

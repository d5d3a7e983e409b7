"""Finds and mends what differs between this database and the server (sync protocol, 2.14)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, exists, select

from cvd_desktop.storage.pull_stage import base_cursors
from cvd_desktop.storage.pull_store import apply_rows, delete_orphans, members, put_cursors
from cvd_desktop.storage.tables import cursor, member, snapshot_row
from cvd_shared.digest import Digest, bucket_digests, digest_of
from cvd_shared.wire import Row

_HELD = exists().where(  # by the record that the membership speaks of
    and_(
        snapshot_row.c.kind == member.c.kind,
        snapshot_row.c.id == member.c.id,
        snapshot_row.c.ver >= member.c.ver,
    )
)


@dataclass(frozen=True, slots=True)
class ScopeHere:
    """One scope as it lies here: how far it was read, its digest as kept, its buckets as counted.
    `entries` are (kind, id) -> version."""

    seq: int
    kept: Digest
    buckets: list[Digest]
    entries: dict[tuple[str, str], int]


def scope_here(connection: Connection, scope: str) -> ScopeHere | None:
    """None when it is not here, or about to be loaded anew."""
    if scope not in base_cursors(connection):
        return None
    row = connection.execute(select(cursor).where(cursor.c.scope == scope)).one()
    rows = members(connection, scope)
    entries = {(kind, row_id): version for kind, row_id, version in rows}
    return ScopeHere(row.seq, Digest(row.n, row.sum64), bucket_digests(rows), entries)


def mend(
    connection: Connection,
    scope: str,
    seq: int,
    gone: Sequence[tuple[str, str]],
    rows: Sequence[Row],
) -> Digest | None:
    """Put the server's `rows` in the place of ours, whatever version those have, end what is
    `gone`, count the digest afresh. None, and nothing done, when the scope was read on since."""
    if base_cursors(connection).get(scope) != seq:
        return None
    wrong = [{"of_kind": kind, "of_id": row_id} for kind, row_id in gone]
    fresh = [{"of_kind": row.k, "of_id": row.i} for row in rows]
    if wrong or fresh:
        connection.execute(
            delete(member).where(
                member.c.scope == scope,
                member.c.kind == bindparam("of_kind"),
                member.c.id == bindparam("of_id"),
            ),
            wrong + fresh,
        )
    if fresh:
        connection.execute(
            delete(snapshot_row).where(
                snapshot_row.c.kind == bindparam("of_kind"), snapshot_row.c.id == bindparam("of_id")
            ),
            fresh,
        )
    apply_rows(connection, list(rows), {})
    delete_orphans(connection, set(gone))
    counted = digest_of(members(connection, scope))
    put_cursors(connection, [(scope, seq, counted)])
    return counted


def rescan(connection: Connection) -> list[str]:
    """Count every scope afresh; returns those that are not as they were kept.

    What is found gets its counted digest, so that the next pull finds what the server has more.
    A membership without its record, or with an older one, counts as missing.
    """
    lost = connection.execute(
        select(member.c.scope, member.c.kind, member.c.id).where(~_HELD)
    ).all()
    for scope, kind, row_id in lost:
        connection.execute(
            delete(member).where(
                member.c.scope == scope, member.c.kind == kind, member.c.id == row_id
            )
        )
    found = {row.scope for row in lost}
    for row in connection.execute(select(cursor)).all():
        counted = digest_of(members(connection, row.scope))
        if counted != Digest(row.n, row.sum64):
            put_cursors(connection, [(row.scope, row.seq, counted)])
            found.add(row.scope)
    return sorted(found)


def is_whole(connection: Connection) -> bool:
    """False when `rescan` would find something; it only reads, so that nobody has to wait."""
    if connection.execute(select(member.c.id).where(~_HELD).limit(1)).first() is not None:
        return False
    return all(
        digest_of(members(connection, row.scope)) == Digest(row.n, row.sum64)
        for row in connection.execute(select(cursor)).all()
    )

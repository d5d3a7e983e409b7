"""Who may have the bytes of an attachment: whoever may pull a record that names them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.blob_claims import unproved
from cvd_server.change_feed import PUT, Key
from cvd_server.database import among, chunks
from cvd_server.grants import scopes_to_pull

SAFE_MIMES = ("image/jpeg", "image/png", "text/plain")
"""What a browser may be told that it is; everything else is only bytes."""
OTHER_MIME = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class StoredBlob:
    sha256: str
    size: int
    mime: str
    in_store: bool  # else in the database


def find_blob(
    connection: Connection, who: Principal, sha256: str, visit_id: str | None
) -> StoredBlob | None:
    """None when it is unknown, another operator's, of another route, or not here yet: nobody can
    tell which. `visit_id` names the visit whose signature is meant; photos and reports are found
    by their name alone."""
    mime = _named_mime(connection, who, sha256, visit_id)
    if mime is None:
        return None
    blob = tables.blob
    row = connection.execute(
        select(blob.c.size, blob.c.mime, blob.c.body.is_(None).label("in_store")).filter_by(
            operator_id=who.operator_id, sha256=sha256
        )
    ).one_or_none()
    if row is None:
        return None
    told = mime or row.mime
    return StoredBlob(sha256, row.size, told if told in SAFE_MIMES else OTHER_MIME, row.in_store)


def _named_mime(
    connection: Connection, who: Principal, sha256: str, visit_id: str | None
) -> str | None:
    """What a record that this person may see says that it is, "" when that says nothing; None
    when there is no such record."""
    photo, read, visit = tables.photo, tables.read, tables.visit
    named = or_(photo.c.sha256 == sha256, photo.c.original_sha256 == sha256)
    held = unproved(connection, who.operator_id, {sha256})
    for row_id in _seen(connection, who, photo, named, held):
        row = connection.execute(
            select(photo.c.sha256, photo.c.mime).filter_by(operator_id=who.operator_id, id=row_id)
        ).one()
        return str(row.mime) if row.sha256 == sha256 else ""
    if _seen(connection, who, read, read.c.raw_sha256 == sha256, held):
        return "text/plain"
    if visit_id is not None and _seen(connection, who, visit, visit.c.id == visit_id, held):
        signature = connection.scalar(
            select(visit.c.signature).filter_by(operator_id=who.operator_id, id=visit_id)
        )
        if signature is not None and signature["sha256"] == sha256:
            return "image/png"
    return None


def _seen(
    connection: Connection,
    who: Principal,
    table: Table,
    named: ColumnElement[bool],
    held: set[Key],
) -> list[str]:
    """One of the records, if there is one, that stands in a scope which this person may pull;
    none of those that must not show these bytes (blob_claims)."""
    found_ids = connection.scalars(
        select(table.c.id).where(
            table.c.operator_id == who.operator_id, named, table.c.removed.is_(False)
        )
    ).all()
    ids = [row_id for row_id in found_ids if (table.name, row_id) not in held]
    if not ids:
        return []
    feed = tables.feed
    scopes = scopes_to_pull(connection, who)
    for part in chunks(sorted(ids)):
        found = connection.scalars(
            select(feed.c.id)
            .where(
                feed.c.operator_id == who.operator_id,
                feed.c.kind == table.name,
                among(connection, feed.c.id, part),
                among(connection, feed.c.scope, scopes),
                feed.c.op == PUT,
            )
            .limit(1)
        ).all()
        if found:
            return list(found)
    return []

"""Pictures of visits: the small bytes in the database, and which original file belongs to them."""

import json
import zlib

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert

from cvd_desktop.storage.outbox_store import ACCEPTED
from cvd_desktop.storage.tables import blob, draft, outbox
from cvd_shared.wire_events import PhotoTaken

_HERE = "here"


def store(
    connection: Connection, sha256: str, data: bytes, *, mime: str, at: str, original: str | None
) -> None:
    """Inside the caller's `write` transaction. `original` is relative to the data folder."""
    statement = insert(blob).values(
        sha256=sha256,
        size=len(data),
        mime=mime,
        state=_HERE,
        stored_at=at,
        path=original,
        data=data,
    )
    path = func.coalesce(statement.excluded.path, blob.c.path)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["sha256"], set_={"path": path})
    )


def bytes_of(connection: Connection, sha256: str) -> bytes | None:
    found = connection.execute(select(blob.c.data).where(blob.c.sha256 == sha256)).scalar()
    return None if found is None else bytes(found)


def originals(connection: Connection) -> dict[str, str]:
    """Path of every original that a picture names -> SHA-256 of the picture."""
    rows = connection.execute(select(blob.c.path, blob.c.sha256).where(blob.c.path.is_not(None)))
    return {row.path: row.sha256 for row in rows}


def on_the_server(connection: Connection, pictures: set[str]) -> set[str]:
    """Those of these pictures whose event the server has taken."""
    return pictures & _named(connection, taken=True) if pictures else set()


def wanted(connection: Connection, pictures: set[str]) -> set[str]:
    """Those that a draft, or an event that the server has not taken, names."""
    if not pictures:
        return set()
    bodies = connection.execute(select(draft.c.body)).scalars().all()
    in_drafts = {sha256 for sha256 in pictures if any(sha256 in body for body in bodies)}
    return in_drafts | (pictures & _named(connection, taken=False))


def forget_original(connection: Connection, path: str) -> None:
    """Inside the caller's `write` transaction."""
    connection.execute(update(blob).where(blob.c.path == path).values(path=None))


def _named(connection: Connection, *, taken: bool) -> set[str]:
    """The pictures that events of photos name."""
    by_server = outbox.c.outcome.in_(ACCEPTED)
    query = select(outbox.c.body).where(
        outbox.c.type == PhotoTaken.TYPE, by_server if taken else by_server.is_not(True)
    )
    bodies = connection.execute(query).scalars()
    return {json.loads(zlib.decompress(body))["payload"]["sha256"] for body in bodies}

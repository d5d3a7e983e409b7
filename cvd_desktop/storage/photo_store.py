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


def store_original(
    connection: Connection, sha256: str, size: int, *, mime: str, at: str, path: str
) -> None:
    """The file that a picture was made from; its bytes lie at `path` below the data folder.

    Inside the caller's `write` transaction. The same file twice is one row with the newer path.
    """
    statement = insert(blob).values(
        sha256=sha256, size=size, mime=mime, state=_HERE, stored_at=at, path=path
    )
    changes = {"path": func.iif(blob.c.data.is_(None), path, blob.c.path)}
    connection.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=changes))


def original_of(connection: Connection, picture: str) -> str | None:
    """SHA-256 of the file that this picture was made from, while it is kept."""
    small, file = blob.alias("small"), blob.alias("file")
    found = connection.execute(
        select(file.c.sha256)
        .join(small, small.c.path == file.c.path)
        .where(small.c.sha256 == picture, file.c.data.is_(None))
    ).scalar()
    return None if found is None else str(found)


def bytes_of(connection: Connection, sha256: str) -> bytes | None:
    found = connection.execute(select(blob.c.data).where(blob.c.sha256 == sha256)).scalar()
    return None if found is None else bytes(found)


def originals(connection: Connection) -> dict[str, set[str]]:
    """Path of every file that is kept -> SHA-256 of itself and of the pictures made from it."""
    found: dict[str, set[str]] = {}
    rows = connection.execute(select(blob.c.path, blob.c.sha256).where(blob.c.path.is_not(None)))
    for row in rows:
        found.setdefault(row.path, set()).add(row.sha256)
    return found


def own_name(connection: Connection, path: str) -> str | None:
    """SHA-256 of the file itself; None for one of an older program, which did not keep it."""
    found = connection.execute(
        select(blob.c.sha256).where(blob.c.path == path, blob.c.data.is_(None))
    ).scalar()
    return None if found is None else str(found)


def named_by_events(connection: Connection, names: set[str]) -> set[str]:
    """Those that an event names, whatever became of it."""
    return names & (_named(connection, taken=True) | _named(connection, taken=False))


def wanted(connection: Connection, names: set[str]) -> set[str]:
    """Those that a draft, or an event that the server has not taken, names."""
    if not names:
        return set()
    bodies = connection.execute(select(draft.c.body)).scalars().all()
    in_drafts = {sha256 for sha256 in names if any(sha256 in body for body in bodies)}
    return in_drafts | (names & _named(connection, taken=False))


def forget_original(connection: Connection, path: str) -> None:
    """Inside the caller's `write` transaction."""
    connection.execute(update(blob).where(blob.c.path == path).values(path=None))


def _named(connection: Connection, *, taken: bool) -> set[str]:
    """What events of photos name: the pictures, and the files that they were made from."""
    by_server = outbox.c.outcome.in_(ACCEPTED)
    query = select(outbox.c.body).where(
        outbox.c.type == PhotoTaken.TYPE, by_server if taken else by_server.is_not(True)
    )
    bodies = (json.loads(zlib.decompress(body)) for body in connection.execute(query).scalars())
    return {name for body in bodies for name in (body["payload"]["sha256"], *body["blobs"])}

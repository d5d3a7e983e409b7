"""Which bytes the server still needs: one row for each that an event names which it has taken."""

import json
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, case, func, select, update
from sqlalchemy.dialects.sqlite import insert

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.tables import attachment, blob, fetched, outbox, read
from cvd_shared.wire_events import PhotoTaken

Kind = Literal["report", "photo", "signature", "original", "file"]
State = Literal["new", "waiting", "stored", "lost"]

KEPT_AFTER_STORED = timedelta(days=14)
_EVENTS_AT_ONCE = 200
_KEPT_ANYWAY = ("report", "photo", "signature")  # they stay here when the server has them


@dataclass(frozen=True, slots=True)
class Attachment:
    """`new`: the server was not asked yet. `lost`: the server needs it and it is not here."""

    sha256: str
    op_id: str
    kind: Kind
    size: int
    at: str  # of the event
    state: State
    stored_at: str | None
    problem: str | None
    tried_at: str | None


class AttachmentCounts(NamedTuple):
    waiting: int
    waiting_bytes: int
    lost: int


# --- noticing -----------------------------------------------------------------------------------


def notice_new(connection: Connection) -> int:
    """Enter what newly answered events name; how many. Inside the caller's `write` transaction."""
    before = seen = int(meta.get(connection, meta.ATTACHMENTS_SEEN) or 0)
    entered = 0
    while True:
        rows = connection.execute(
            select(outbox.c.lseq, outbox.c.op_id, outbox.c.type, outbox.c.body, outbox.c.created_at)
            .where(outbox.c.lseq > seen, outbox.c.acked == 1)
            .order_by(outbox.c.lseq)
            .limit(_EVENTS_AT_ONCE)
        ).all()
        if not rows:
            break
        entered += _enter(connection, rows)
        seen = rows[-1].lseq
    first_waiting = connection.execute(
        select(func.min(outbox.c.lseq)).where(outbox.c.acked == 0)
    ).scalar()
    if first_waiting is not None:
        seen = min(seen, first_waiting - 1)  # those after it may be answered before it
    if seen != before:
        meta.put(connection, meta.ATTACHMENTS_SEEN, str(seen))
    return entered


def _enter(connection: Connection, rows: Sequence[Any]) -> int:
    values = [
        {
            "sha256": name,
            "op_id": row.op_id,
            "kind": _kind(row.type, body["payload"], name),
            "size": size_of(connection, name, row.op_id) or 0,
            "at": row.created_at,
            "state": "new",
        }
        for row in rows
        for body in (json.loads(zlib.decompress(row.body)),)
        for name in body.get("blobs", ())
    ]
    if not values:
        return 0
    statement = insert(attachment).on_conflict_do_nothing(index_elements=["sha256"])
    return sum(connection.execute(statement, [each]).rowcount for each in values)


def _kind(type_: str, payload: dict[str, Any], name: str) -> Kind:
    if payload.get("raw_sha256") == name:
        return "report"
    if payload.get("sha256") == name:
        return "photo"
    signature = payload.get("signature")
    if isinstance(signature, dict) and signature.get("sha256") == name:
        return "signature"
    return "original" if type_ == PhotoTaken.TYPE else "file"


def size_of(connection: Connection, sha256: str, op_id: str) -> int | None:
    """Bytes of what an event names, as far as it is known here."""
    size = connection.execute(select(blob.c.size).where(blob.c.sha256 == sha256)).scalar()
    if size is None:
        size = connection.execute(select(read.c.size).where(read.c.op_id == op_id)).scalar()
    return None if size is None else int(size)


# --- what the server said -----------------------------------------------------------------------


def take_missing(
    connection: Connection, missing: Collection[str], now: str, *, complete: bool
) -> None:
    """`missing` is what the server says that it needs; `complete`: and nothing else.

    What it needs waits again, whatever it said before. A file that is only kept until the server
    has it counts as stored when the server says so of that very file, never by its silence.
    """
    for name in sorted(missing):
        connection.execute(
            update(attachment)
            .where(attachment.c.sha256 == name)
            .values(state=case((attachment.c.state == "lost", "lost"), else_="waiting"))
        )
    if not complete:
        return
    silent = attachment.c.sha256.not_in(sorted(missing))
    kept_anyway = attachment.c.kind.in_(_KEPT_ANYWAY)
    connection.execute(
        update(attachment)
        .where(attachment.c.state.in_(("new", "waiting", "lost")), silent, kept_anyway)
        .values(state="stored", stored_at=now, problem=None)
    )
    connection.execute(
        update(attachment).where(attachment.c.state == "new", silent).values(state="waiting")
    )


def came_along(connection: Connection, names: Collection[str], now: str) -> None:
    """A push brought the events that name these, and its answer does not call them missing."""
    notice_new(connection)
    connection.execute(
        update(attachment)
        .where(
            attachment.c.sha256.in_(sorted(names)),
            attachment.c.state == "new",
            attachment.c.kind.in_(_KEPT_ANYWAY),
        )
        .values(state="stored", stored_at=now, problem=None)
    )


def mark(
    connection: Connection,
    sha256: str,
    state: State,
    now: str,
    *,
    problem: str | None = None,
) -> None:
    connection.execute(
        update(attachment)
        .where(attachment.c.sha256 == sha256)
        .values(
            state=state,
            stored_at=now if state == "stored" else None,
            problem=problem,
            tried_at=now,
        )
    )


def note_gone(connection: Connection, sha256: str, now: str) -> None:
    """The file is not here any more. Where the server has it, nothing is lost."""
    connection.execute(
        update(attachment)
        .where(attachment.c.sha256 == sha256, attachment.c.state.in_(("new", "waiting")))
        .values(state="lost", problem="attachment_gone", tried_at=now)
    )


def try_again(connection: Connection) -> None:
    """What was set aside for a day is tried again."""
    connection.execute(update(attachment).values(problem=None).where(attachment.c.state != "lost"))


# --- looking ------------------------------------------------------------------------------------


def to_send(connection: Connection) -> list[Attachment]:
    """Reports first, then small pictures, then files; each newest first."""
    rank = case(
        (attachment.c.kind == "report", 0), (attachment.c.kind.in_(("photo", "signature")), 1),
        else_=2,
    )  # fmt: skip
    rows = connection.execute(
        select(attachment)
        .where(attachment.c.state == "waiting", attachment.c.problem.is_(None))
        .order_by(rank, attachment.c.at.desc(), attachment.c.sha256)
    )
    return [_attachment(row) for row in rows]


def unsent(connection: Connection) -> list[Attachment]:
    """What the server may lack and is said to be here, also what was set aside."""
    rows = connection.execute(
        select(attachment)
        .where(attachment.c.state.in_(("new", "waiting")))
        .order_by(attachment.c.at, attachment.c.sha256)
    )
    return [_attachment(row) for row in rows]


def unsettled(connection: Connection) -> list[Attachment]:
    """What the server does not have, as far as it is known here; oldest first."""
    rows = connection.execute(
        select(attachment)
        .where(attachment.c.state.in_(("waiting", "lost")))
        .order_by(attachment.c.at, attachment.c.sha256)
    )
    return [_attachment(row) for row in rows]


def has_new(connection: Connection) -> bool:
    found = connection.execute(
        select(attachment.c.sha256).where(attachment.c.state == "new").limit(1)
    ).first()
    return found is not None


def counts(connection: Connection) -> AttachmentCounts:
    """What the server needs; of what it could not be asked about, all."""
    rows = connection.execute(
        select(attachment.c.state, func.count(), func.sum(attachment.c.size))
        .where(attachment.c.state != "stored")
        .group_by(attachment.c.state)
    ).all()
    found = {row[0]: (row[1], int(row[2] or 0)) for row in rows}
    waits = [found[state] for state in awaiting(connection) if state in found]
    number, size = sum(each[0] for each in waits), sum(each[1] for each in waits)
    return AttachmentCounts(number, size, found.get("lost", (0, 0))[0])


def awaiting(connection: Connection) -> tuple[State, ...]:
    """The states of what is told to a person as not there yet. Those that are new are asked about
    in a moment; where that fails, nobody knows that the server has them."""
    unsure = meta.get(connection, meta.ATTACHMENT_PROBLEM) is not None
    return ("waiting", "new") if unsure else ("waiting",)


def states(connection: Connection, names: Collection[str]) -> dict[str, Attachment]:
    """sha256 -> what is known of it; nothing of what no answered event names."""
    rows = connection.execute(select(attachment).where(attachment.c.sha256.in_(sorted(names))))
    return {row.sha256: _attachment(row) for row in rows}


def path_of(connection: Connection, sha256: str) -> str | None:
    """Relative to the data folder, where the bytes are a file."""
    found = connection.execute(
        select(blob.c.path).where(blob.c.sha256 == sha256, blob.c.data.is_(None))
    ).scalar()
    return None if found is None else str(found)


def mime_of(connection: Connection, sha256: str) -> str:
    found = connection.execute(select(blob.c.mime).where(blob.c.sha256 == sha256)).scalar()
    return "application/octet-stream" if found is None else str(found)


def may_be_deleted(connection: Connection, sha256: str, now: datetime) -> bool:
    """The server said that it has it, 14 days ago, and a backup elsewhere covers its event."""
    row = connection.execute(
        select(attachment.c.op_id, attachment.c.state, attachment.c.stored_at).where(
            attachment.c.sha256 == sha256
        )
    ).one_or_none()
    if row is None or row.state != "stored" or row.stored_at is None:
        return False
    if now - from_wire(row.stored_at) < KEPT_AFTER_STORED:
        return False
    event = connection.execute(
        select(outbox.c.incarnation, outbox.c.seq, outbox.c.acked).where(
            outbox.c.op_id == row.op_id
        )
    ).one_or_none()
    if event is None:  # its row was removed after the backup had it
        return True
    durable = json.loads(meta.get(connection, meta.DURABLE) or "{}")
    return bool(event.acked) and event.seq <= durable.get(event.incarnation, 0)


def _attachment(row: Row[Any]) -> Attachment:
    return Attachment(*(getattr(row, name) for name in Attachment.__slots__))


# --- pictures of colleagues ---------------------------------------------------------------------


def fetched_bytes(connection: Connection, sha256: str) -> bytes | None:
    found = connection.execute(select(fetched.c.data).where(fetched.c.sha256 == sha256)).scalar()
    return None if found is None else bytes(found)


def keep_fetched(connection: Connection, sha256: str, data: bytes, now: str, most: int) -> None:
    """Keep at most `most` bytes of such pictures; the longest not looked at go."""
    statement = insert(fetched).values(sha256=sha256, size=len(data), used_at=now, data=data)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["sha256"], set_={"used_at": now})
    )
    room = most
    rows = connection.execute(
        select(fetched.c.sha256, fetched.c.size).order_by(fetched.c.used_at.desc())
    ).all()
    for row in rows:
        room -= row.size
        if room < 0 and row.sha256 != sha256:
            connection.execute(fetched.delete().where(fetched.c.sha256 == row.sha256))

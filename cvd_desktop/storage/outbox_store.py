"""The outbox: what this laptop has recorded, in order, until and after the server has answered.

An event is appended in the transaction of the action that it tells (sync protocol, D1). It changes
only by a server's outcome for that very event, or by getting a new number in a new stream while
the server does not have it (D2). Nothing here deletes.
"""

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.projection_parts import PendingEvent
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.tables import blob, outbox, read
from cvd_shared.canonical import canonical_json, sha256_hex
from cvd_shared.upcasts import upcast
from cvd_shared.wire import Entity, Op, OpResult
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_repair import RESCUE_BYTES

ACCEPTED = ("applied", "duplicate")
REFUSED = ("rejected", "quarantined")
_IDS_PER_QUERY = 500

# Built once: these run many times in every sync, and SQLAlchemy takes longer over building and
# comparing a statement than SQLite over running it.
_OF_STREAM = outbox.c.incarnation == bindparam("stream")
_LAST_SEQ = select(func.max(outbox.c.seq)).where(_OF_STREAM)
_LAST_ANSWERED = _LAST_SEQ.where(outbox.c.acked == 1)
_NEWEST = select(func.max(outbox.c.lseq))
_WAITING = select(outbox).where(outbox.c.acked == 0, _OF_STREAM).order_by(outbox.c.lseq)
_AT = select(outbox.c.op_id).where(_OF_STREAM, outbox.c.seq == bindparam("at"))
_BEFORE = (
    select(outbox.c.grp, outbox.c.outcome)
    .where(outbox.c.lseq < bindparam("before"))
    .order_by(outbox.c.lseq.desc())
    .limit(1)
)
_BLOB = select(blob.c.data).where(blob.c.sha256 == bindparam("name"))
_RAW = select(read.c.raw).where(read.c.op_id == bindparam("of_op"))
_COUNTS = (
    select(outbox.c.acked, outbox.c.outcome, func.count(), func.min(outbox.c.created_at))
    .where(outbox.c.lseq > bindparam("after"))
    .group_by(outbox.c.acked, outbox.c.outcome)
)
_APPEND = insert(outbox)
_TAKE_OUTCOME = (
    update(outbox)
    .where(
        _OF_STREAM,
        outbox.c.op_id == bindparam("of_op"),
        outbox.c.seq == bindparam("of_seq"),
        outbox.c.acked == 0,
    )
    .values(
        acked=1,
        outcome=bindparam("new_outcome"),
        code=bindparam("new_code"),
        detail=bindparam("new_detail"),
        acked_at=bindparam("answered_at"),
        overlay=outbox.c.overlay * bindparam("stays_in_view"),
    )
)
_CLEAR_OVERLAY = (
    update(outbox)
    .where(
        outbox.c.overlay == 1,
        or_(
            and_(_OF_STREAM, outbox.c.seq <= bindparam("applied_seq")),
            # An answered event of an earlier stream was applied before this pull began.
            and_(outbox.c.incarnation != bindparam("stream"), outbox.c.acked == 1),
        ),
    )
    .values(overlay=0)
)


class Appended(NamedTuple):
    """The event's lasting id and its number in the present stream."""

    op_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it lies here. `body` is the wire's `Op` without `seq` and `prev`."""

    lseq: int
    op_id: str
    seq: int
    group: str | None
    type: str
    body: dict[str, Any]
    size: int  # bytes of the body
    created_at: datetime
    acked: bool
    outcome: str | None
    code: str | None
    message: str | None
    acked_at: datetime | None
    attempts: int


class Counts(NamedTuple):
    waiting: int
    refused: int
    on_server: int
    oldest_waiting: datetime | None


# --- recording ----------------------------------------------------------------------------------


def append(
    connection: Connection,
    *,
    new_id: Callable[[], str],
    type: str,  # noqa: A002 - the wire's own word
    entity: tuple[str, str],
    payload: Mapping[str, Any],
    actor: str | None,
    occurred_at: str,
    version: int = 1,
    scope: str | None = None,
    blobs: Sequence[str] = (),
    group: str | None = None,
    base_version: int | None = None,
) -> Appended:
    """Record an event inside the caller's `write` transaction.

    `entity` is (kind, id); `payload` fits the model of (type, version) in wire_events;
    `occurred_at` is UTC ISO 8601 (`to_wire`). `actor` None means: recorded before anybody signed
    in; the first person who signs in adopts it. `blobs` are the SHA-256 names of bytes that are
    stored already. Raises Problem("event_too_large") for more than the server can ever take, and
    KeyError or ValueError for what could never be sent: a bug of ours.
    """
    EVENTS[type, version].model_validate(payload)
    known = meta.get_many(connection, meta.INCARNATION, meta.SKEW)
    incarnation = known.get(meta.INCARNATION)
    if incarnation is None:
        incarnation = new_id()
        meta.put(connection, meta.INCARNATION, incarnation)
    skew = known.get(meta.SKEW)
    op_id, seq = new_id(), last_seq(connection, incarnation) + 1
    op = Op(
        seq=seq,
        op_id=op_id,
        type=type,
        v=version,
        grp=group,
        actor=actor or "nobody",
        occurred_at=occurred_at,
        skew_ms=None if skew is None else int(skew),
        entity=Entity(kind=entity[0], id=entity[1]),
        scope=scope,
        base_ver=base_version,
        payload=dict(payload),
        blobs=list(blobs),
    )
    left_out = {"seq", "prev"} if actor else {"seq", "prev", "actor"}
    body = canonical_json(op.model_dump(exclude=left_out, exclude_none=True))
    if len(body) > RESCUE_BYTES:
        raise Problem("event_too_large", ExitCode.USAGE, megabytes=RESCUE_BYTES // 2**20)
    connection.execute(
        _APPEND,
        {
            "op_id": op_id,
            "incarnation": incarnation,
            "seq": seq,
            "grp": group,
            "type": type,
            "body": zlib.compress(body),
            "body_sha": bytes.fromhex(sha256_hex(body)),
            "created_at": occurred_at,
        },
    )
    return Appended(op_id, seq)


def last_seq(connection: Connection, incarnation: str, *, answered: bool = False) -> int:
    """The highest number of a stream, or of what has an outcome in it; 0 when there is none."""
    query = _LAST_ANSWERED if answered else _LAST_SEQ
    return int(connection.execute(query, {"stream": incarnation}).scalar() or 0)


# --- sending ------------------------------------------------------------------------------------


def next_batch(
    connection: Connection,
    incarnation: str,
    *,
    max_events: int,
    max_bytes: int,
    size_of: Callable[[StoredEvent], int] = attrgetter("size"),
) -> list[StoredEvent]:
    """The first waiting events that fit into one push, cut where a group ends.

    At least one event, or one whole group, whatever its size.
    """
    batch: list[StoredEvent] = []
    size = 0
    rows = connection.execute(_WAITING, {"stream": incarnation})
    for members in _groups(_event(row) for row in rows):
        group_size = sum(map(size_of, members))
        full = len(batch) + len(members) > max_events or size + group_size > max_bytes
        if batch and full:
            break
        batch.extend(members)
        size += group_size
    rows.close()
    return batch


def op_id_at(connection: Connection, incarnation: str, seq: int) -> str | None:
    """Which event has this number: `prev` of the one after it."""
    return connection.execute(_AT, {"stream": incarnation, "at": seq}).scalar()


def body_bytes(connection: Connection, lseq: int) -> bytes:
    """An event exactly as it was recorded."""
    row = connection.execute(select(outbox).where(outbox.c.lseq == lseq)).one()
    _event(row)  # raises when the bytes are not those of then
    return zlib.decompress(row.body)


def continues_refused_group(connection: Connection, event: StoredEvent) -> bool:
    """True when the event before this one is of its group and was refused."""
    if event.group is None:
        return False
    before = connection.execute(_BEFORE, {"before": event.lseq}).first()
    if before is None:
        return False
    return before.grp == event.group and before.outcome in REFUSED


def blob_bytes(connection: Connection, sha256: str, op_id: str) -> bytes | None:
    """The bytes of a blob of an event, from the blobs or from its read; None when not here."""
    found = connection.execute(_BLOB, {"name": sha256}).scalar()
    if found is None:
        found = connection.execute(_RAW, {"of_op": op_id}).scalar()
    if found is None or sha256_hex(found) != sha256:
        return None
    return bytes(found)


def record_outcomes(
    connection: Connection, incarnation: str, results: Iterable[OpResult], answered_at: str
) -> int:
    """Write what the server said of these events; returns how many were waiting until now.

    What was refused leaves the view at once: undoing it is not folding it.
    """
    values = [
        {
            "stream": incarnation,
            "of_op": each.op_id,
            "of_seq": each.seq,
            "new_outcome": each.outcome,
            "new_code": each.code,
            "new_detail": each.msg,
            "answered_at": answered_at,
            "stays_in_view": int(each.outcome in ACCEPTED),
        }
        for each in results
    ]
    if not values:
        return 0
    return connection.execute(_TAKE_OUTCOME, values).rowcount


def count_attempt(connection: Connection, incarnation: str, first: int, last: int) -> None:
    """These waiting numbers were sent and got no outcome."""
    connection.execute(
        update(outbox)
        .where(
            outbox.c.incarnation == incarnation,
            outbox.c.seq.between(first, last),
            outbox.c.acked == 0,
        )
        .values(attempts=outbox.c.attempts + 1)
    )


def clear_overlay(connection: Connection, incarnation: str, applied_seq: int) -> None:
    """The pulled records contain these events now (D4). Call it where the pull is applied."""
    connection.execute(_CLEAR_OVERLAY, {"stream": incarnation, "applied_seq": applied_seq})


# --- a new stream -------------------------------------------------------------------------------


def answered(connection: Connection, *, after_lseq: int) -> dict[str, bool]:
    """op_id -> was it refused, of events with an outcome; a restored server is asked about them."""
    query = select(outbox.c.op_id, outbox.c.outcome).where(
        outbox.c.acked == 1, outbox.c.lseq > after_lseq
    )
    rows = connection.execute(query.order_by(outbox.c.lseq))
    return {row.op_id: row.outcome in REFUSED for row in rows}


def renumber(connection: Connection, incarnation: str, again: Sequence[str]) -> int:
    """Number everything that waits, and what has to be sent again, 1, 2, 3... anew.

    `incarnation` is a stream that has no event yet. The local order stays. Returns how many.
    """
    for op_ids in _chunks(again):
        connection.execute(
            update(outbox)
            .where(outbox.c.op_id.in_(op_ids))
            .values(acked=0, outcome=None, code=None, detail=None, acked_at=None, overlay=1)
        )
    waiting = connection.execute(
        select(outbox.c.lseq).where(outbox.c.acked == 0).order_by(outbox.c.lseq)
    ).scalars()
    values = [{"of_lseq": lseq, "new_seq": seq} for seq, lseq in enumerate(waiting, start=1)]
    if values:
        connection.execute(
            update(outbox)
            .where(outbox.c.lseq == bindparam("of_lseq"))
            .values(incarnation=incarnation, seq=bindparam("new_seq"), attempts=0),
            values,
        )
    meta.put(connection, meta.INCARNATION, incarnation)
    return len(values)


# --- looking ------------------------------------------------------------------------------------


def counts(connection: Connection, *, after_lseq: int = 0) -> Counts:
    """How many events wait, were refused, are on the server."""
    rows = connection.execute(_COUNTS, {"after": after_lseq}).all()
    waiting = sum(row[2] for row in rows if not row.acked)
    oldest = min((row[3] for row in rows if not row.acked), default=None)
    return Counts(
        waiting=waiting,
        refused=sum(row[2] for row in rows if row.acked and row.outcome in REFUSED),
        on_server=sum(row[2] for row in rows if row.acked and row.outcome in ACCEPTED),
        oldest_waiting=None if oldest is None else from_wire(oldest),
    )


def refused_among(connection: Connection, op_ids: Collection[str]) -> list[str]:
    """Those of these that the server refused."""
    query = select(outbox.c.op_id).where(outbox.c.op_id.in_(op_ids), outbox.c.outcome.in_(REFUSED))
    return list(connection.execute(query).scalars())


def newest_lseq(connection: Connection) -> int:
    return int(connection.execute(_NEWEST).scalar() or 0)


def for_a_person(
    connection: Connection, *, offset: int, limit: int, after_lseq: int = 0
) -> list[StoredEvent]:
    """What was refused, then what waits, then the rest; each newest first."""
    rank = case((outbox.c.outcome.in_(REFUSED), 0), (outbox.c.acked == 0, 1), else_=2)
    page = connection.execute(  # of numbers alone, so that no body is moved by sorting
        select(outbox.c.lseq)
        .where(outbox.c.lseq > after_lseq)
        .order_by(rank, outbox.c.lseq.desc())
        .offset(offset)
        .limit(limit)
    ).scalars()
    order = {lseq: place for place, lseq in enumerate(page)}
    events = _events(connection, select(outbox).where(outbox.c.lseq.in_(order)))
    return sorted(events, key=lambda event: order[event.lseq])


def in_order(connection: Connection) -> list[StoredEvent]:
    """Everything, oldest first."""
    return _events(connection, select(outbox).order_by(outbox.c.lseq))


def pending(
    connection: Connection, types: Collection[str] | None = None, *, refused: bool = False
) -> list[PendingEvent]:
    """Events whose effect the pulled records do not contain yet, as the projection folds them.

    In local order; `types` None means all of them. With `refused` also what the server refused.
    """
    wanted = outbox.c.overlay == 1
    if refused:
        wanted = or_(wanted, outbox.c.outcome.in_(REFUSED))
    if types is not None:
        wanted = and_(wanted, outbox.c.type.in_(sorted(types)))
    events = _events(connection, select(outbox).where(wanted).order_by(outbox.c.lseq))
    return [_pending(event) for event in events]


def _pending(event: StoredEvent) -> PendingEvent:
    """As the projection folds it: in today's words, whatever version lies here."""
    version, payload = upcast(event.type, event.body["v"], event.body["payload"])
    return PendingEvent(
        op_id=event.op_id,
        type=event.type,
        version=version,
        occurred_at=event.body["occurred_at"],
        payload=payload,
        actor_id=event.body.get("actor", ""),
    )


def _events(connection: Connection, query: Select[Any]) -> list[StoredEvent]:
    return [_event(row) for row in connection.execute(query)]


def _event(row: Row[Any]) -> StoredEvent:
    body = zlib.decompress(row.body)
    if sha256_hex(body) != row.body_sha.hex():
        # SQLCipher checks every page, so this is the program or the memory, never the disk alone.
        raise Problem("record_damaged", ExitCode.BUG, op_id=row.op_id)
    return StoredEvent(
        lseq=row.lseq,
        op_id=row.op_id,
        seq=row.seq,
        group=row.grp,
        type=row.type,
        body=json.loads(body),
        size=len(body),
        created_at=from_wire(row.created_at),
        acked=bool(row.acked),
        outcome=row.outcome,
        code=row.code,
        message=row.detail,
        acked_at=None if row.acked_at is None else from_wire(row.acked_at),
        attempts=row.attempts,
    )


def _groups(events: Iterable[StoredEvent]) -> Iterable[list[StoredEvent]]:
    """Neighbours of one group together, every other event by itself."""
    members: list[StoredEvent] = []
    for event in events:
        if members and (event.group is None or event.group != members[-1].group):
            yield members
            members = []
        members.append(event)
    if members:
        yield members


def _chunks(values: Sequence[str]) -> Iterable[list[str]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, _IDS_PER_QUERY)):
        yield chunk

"""What a bundle takes out of the outbox, and what a receipt writes into it."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.storage.tables import blob, outbox
from cvd_shared.canonical import sha256_hex

_IDS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event without an outcome. `body` are its bytes as they were recorded."""

    lseq: int
    op_id: str
    incarnation: str
    seq: int
    prev: str | None
    body: bytes
    created_at: str
    blobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """How an event lies here that a receipt speaks of."""

    op_id: str
    incarnation: str
    seq: int
    acked: bool


def waiting(connection: Connection) -> Iterator[WaitingEvent]:
    """Oldest first. Raises Problem("record_damaged")."""
    before = outbox.alias("before")
    prev = (
        select(before.c.op_id)
        .where(before.c.incarnation == outbox.c.incarnation, before.c.seq == outbox.c.seq - 1)
        .scalar_subquery()
    )
    query = select(outbox, prev.label("prev")).where(outbox.c.acked == 0).order_by(outbox.c.lseq)
    for row in connection.execute(query):
        body = zlib.decompress(row.body)
        if sha256_hex(body) != row.body_sha.hex():
            raise Problem("record_damaged", ExitCode.BUG, op_id=row.op_id)
        yield WaitingEvent(
            lseq=row.lseq,
            op_id=row.op_id,
            incarnation=row.incarnation,
            seq=row.seq,
            prev=row.prev,
            body=body,
            created_at=row.created_at,
            blobs=tuple(json.loads(body).get("blobs", ())),
        )


def blob_sizes(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """sha256 -> bytes, of those that lie among the blobs."""
    found: dict[str, int] = {}
    for part in _parts(names):
        rows = connection.execute(select(blob.c.sha256, blob.c.size).where(blob.c.sha256.in_(part)))
        found |= {row.sha256: row.size for row in rows}
    return found


def known(connection: Connection, op_ids: Iterable[str]) -> dict[str, Known]:
    """op_id -> how it lies here; what is not of this laptop is left out."""
    found: dict[str, Known] = {}
    for part in _parts(op_ids):
        rows = connection.execute(
            select(outbox.c.op_id, outbox.c.incarnation, outbox.c.seq, outbox.c.acked).where(
                outbox.c.op_id.in_(part)
            )
        )
        found |= {
            row.op_id: Known(row.op_id, row.incarnation, row.seq, bool(row.acked)) for row in rows
        }
    return found


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    everything = list(values)
    for start in range(0, len(everything), _IDS_PER_QUERY):
        yield everything[start : start + _IDS_PER_QUERY]

"""Which earlier event is most like one that waits: the last of its kind about the same machine."""

import json
import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from cvd_desktop.storage.outbox_store import ACCEPTED, StoredEvent
from cvd_desktop.storage.tables import outbox, read
from cvd_shared.wire_events import ReadRecorded, VisitFinished

_EVENTS_OF_A_VISIT = 30  # that may lie between a read and the end of its visit


@dataclass(frozen=True, slots=True)
class Base:
    """An event that the server has, with this number of the present stream."""

    seq: int
    payload: dict[str, Any]
    report: bytes | None = None


def base_of(connection: Connection, incarnation: str, event: StoredEvent) -> Base | None:
    """None where there is no such event: the first time at a machine, a new stream."""
    machine_id = event.body["payload"].get("machine_id")
    if machine_id is None or event.type not in (ReadRecorded.TYPE, VisitFinished.TYPE):
        return None
    last = connection.execute(
        select(outbox.c.lseq, outbox.c.seq, outbox.c.body, read.c.raw)
        .join(read, read.c.op_id == outbox.c.op_id)
        .where(read.c.machine_id == machine_id, *_known(incarnation))
        .order_by(read.c.at.desc())
        .limit(1)
    ).first()
    if last is None:
        return None
    if event.type == ReadRecorded.TYPE:
        return Base(last.seq, _payload(last.body), last.raw)
    visits = connection.execute(
        select(outbox.c.seq, outbox.c.body)
        .where(
            outbox.c.lseq.between(last.lseq, last.lseq + _EVENTS_OF_A_VISIT),
            outbox.c.type == event.type,
            *_known(incarnation),
        )
        .order_by(outbox.c.lseq)
    )
    for visit in visits:
        payload = _payload(visit.body)
        if payload["machine_id"] == machine_id:
            return Base(visit.seq, payload)
    return None


def _known(incarnation: str) -> tuple[Any, ...]:
    return (
        outbox.c.incarnation == incarnation,
        outbox.c.acked == 1,
        outbox.c.outcome.in_(ACCEPTED),
    )


def _payload(body: bytes) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(zlib.decompress(body))["payload"]
    return payload

"""Which earlier event is most like one that waits: the last of its kind about the same machine."""

import json
import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from cvd_desktop.storage.outbox_store import ACCEPTED, StoredEvent
from cvd_desktop.storage.tables import outbox, read
from cvd_shared.wire_events import ReadRecorded, VisitFinished

_EVENTS_OF_A_VISIT = 30  # that may lie between a read and the end of its visit

_KNOWN = (
    outbox.c.incarnation == bindparam("incarnation"),
    outbox.c.acked == 1,
    outbox.c.outcome.in_(ACCEPTED),
)
_LAST_READ = (  # made once: thousands may wait
    select(outbox.c.lseq, outbox.c.seq, outbox.c.body, read.c.raw)
    .join(read, read.c.op_id == outbox.c.op_id)
    .where(read.c.machine_id == bindparam("machine"), *_KNOWN)
    .order_by(read.c.at.desc())
    .limit(1)
)
_VISITS = (
    select(outbox.c.seq, outbox.c.body)
    .where(
        outbox.c.lseq.between(bindparam("first"), bindparam("first") + _EVENTS_OF_A_VISIT),
        outbox.c.type == VisitFinished.TYPE,
        *_KNOWN,
    )
    .order_by(outbox.c.lseq)
)


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
    asked = {"incarnation": incarnation, "machine": machine_id}
    last = connection.execute(_LAST_READ, asked).first()
    if last is None:
        return None
    if event.type == ReadRecorded.TYPE:
        return Base(last.seq, _payload(last.body), last.raw)
    for visit in connection.execute(_VISITS, {"incarnation": incarnation, "first": last.lseq}):
        payload = _payload(visit.body)
        if payload["machine_id"] == machine_id:
            return Base(visit.seq, payload)
    return None


def _payload(body: bytes) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(zlib.decompress(body))["payload"]
    return payload

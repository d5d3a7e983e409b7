"""Finds finished visits: by their bag, by their id, and what this laptop recorded of them."""

import json
import zlib

from sqlalchemy import Connection, func, select

from cvd_desktop.domain.projection import PendingEvent
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.search_keys import bag_words
from cvd_desktop.storage import outbox_store, snapshot_store
from cvd_desktop.storage.outbox_store import REFUSED
from cvd_desktop.storage.tables import outbox, snapshot_row
from cvd_shared.wire_events import VisitAmended, VisitFinished
from cvd_shared.wire_records import MachineRecord, VisitRecord

_NEWEST = 200  # own visits that are looked through: those of a week and more
_EVENTS = (VisitFinished.TYPE, VisitAmended.TYPE)


def with_bag(connection: Connection, bag: str) -> list[VisitRecord]:
    """Visits of the server that name this bag, in any spelling. The scan never touches a body."""
    query = select(snapshot_row.c.id).where(
        snapshot_row.c.kind == VisitRecord.KIND,
        func.instr(snapshot_row.c.search_text, bag_words(bag)) > 0,
    )
    ids = connection.execute(query).scalars().all()
    return list(snapshot_store.records(connection, VisitRecord, ids).values())


def own_events(connection: Connection, *, refused_corrections: bool = True) -> list[PendingEvent]:
    """Of visits: what the pulled records do not contain yet, and what the server refused."""
    events = outbox_store.pending(connection, _EVENTS, refused=True)
    if refused_corrections:
        return events
    stand = {each.op_id for each in outbox_store.pending(connection, _EVENTS)}
    return [each for each in events if each.type != VisitAmended.TYPE or each.op_id in stand]


def is_finished(connection: Connection, visit_id: str) -> bool:
    """Whether this visit was recorded, here or on the server, whatever became of it."""
    if snapshot_store.record(connection, VisitRecord, visit_id) is not None:
        return True
    return any(
        event.type == VisitFinished.TYPE and event.payload.get("visit_id") == visit_id
        for event in own_events(connection)
    )


def asset_of(connection: Connection, machine_id: str) -> str:
    """What people call the machine; "" where it is not here."""
    machine = snapshot_store.record(connection, MachineRecord, machine_id)
    return machine.asset_number if machine is not None else ""


def record_state(connection: Connection, visit_id: str) -> RecordState:
    """Of the visit itself; what this laptop did not record, or records no longer, is the server's.

    The newest own visits come first: it is mostly one of today.
    """
    query = (
        select(outbox.c.acked, outbox.c.outcome, outbox.c.body)
        .where(outbox.c.type == VisitFinished.TYPE)
        .order_by(outbox.c.lseq.desc())
        .limit(_NEWEST)
    )
    for row in connection.execute(query):
        if json.loads(zlib.decompress(row.body))["payload"].get("visit_id") == visit_id:
            if not row.acked:
                return RecordState.RECORDED_HERE
            refused = row.outcome in REFUSED
            return RecordState.REFUSED if refused else RecordState.ON_THE_SERVER
    return RecordState.ON_THE_SERVER

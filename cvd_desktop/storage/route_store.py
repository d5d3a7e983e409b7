"""What a day on the route is worked out from, many machines at a time: records, reads, events.

Everything is found by kind and by the keys of search_keys.py, newest first.
"""

import json
import logging
import zlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, delete, func, select

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.search_keys import child_key
from cvd_desktop.storage import draft_store
from cvd_desktop.storage.draft_store import Draft
from cvd_desktop.storage.outbox_store import ACCEPTED
from cvd_desktop.storage.tables import draft, outbox
from cvd_shared.wire_records import (
    MachineRecord,
    PlanogramRecord,
    ReadRecord,
    Record,
    RunRecord,
    VisitRecord,
)

_log = logging.getLogger(__name__)
_RecordT = TypeVar("_RecordT", bound=Record)
_IDS_PER_QUERY = 400
_ROWS_AT_ONCE = 100
_SURELY_OLDER = 50  # events
_LAST = "\uffff"
_COLLECTED = '"cash":{'  # in the canonical JSON of a visit that took the cash
_SWAPPED = '"was_product_id":"'  # and of one that put in another product

# As text: these run once for every machine of the day, and SQLAlchemy takes longer over them than
# SQLite does.
_CHILDREN = """
    SELECT body FROM snapshot_row WHERE kind = ? AND sort_key >= ? AND sort_key < ?
    ORDER BY sort_key DESC LIMIT ?
"""
_NEWEST_COLLECT = """
    SELECT body FROM (
        SELECT body, sort_key FROM snapshot_row
        WHERE kind = 'visit' AND sort_key >= ? AND sort_key < ? ORDER BY sort_key DESC LIMIT ?
    ) WHERE instr(CAST(body AS TEXT), ?) > 0 ORDER BY sort_key DESC LIMIT 1
"""
_SWAPS = """
    SELECT body FROM snapshot_row WHERE kind = 'visit' AND sort_key >= ? AND sort_key < ?
    AND instr(CAST(body AS TEXT), ?) > 0
"""
_CHILDREN_BASIS = """
    SELECT count(*), total(ver), max(rowid) FROM snapshot_row
    WHERE kind = ? AND sort_key >= ? AND sort_key < ?
"""
_BASIS = """
    SELECT count(*), total(ver), max(rowid) FROM snapshot_row WHERE kind = 'machine' AND id = ?1
    UNION ALL SELECT count(*), total(ver), max(rowid) FROM snapshot_row
    WHERE kind = 'planogram' AND sort_key >= ?2 AND sort_key < ?4
    UNION ALL SELECT count(*), total(ver), max(rowid) FROM snapshot_row
    WHERE kind = 'visit' AND sort_key >= ?3 AND sort_key < ?4
    UNION ALL SELECT count(*), total(ver), max(rowid) FROM snapshot_row
    WHERE kind = 'read' AND sort_key >= ?3 AND sort_key < ?4
    UNION ALL SELECT count(*), max(at), 0 FROM read
    WHERE machine_id = ?1 AND at >= ?5 AND state != 'open' AND practice = 0
"""
_RUNS_OF_DAY = """
    SELECT body FROM snapshot_row WHERE kind = 'run' AND sort_key GLOB ? ORDER BY sort_key, id
"""
_MACHINES_SAYING = """
    SELECT body FROM snapshot_row WHERE kind = 'machine' AND instr(CAST(body AS TEXT), ?) > 0
    ORDER BY sort_key, id
"""
_RAW = "SELECT raw FROM read WHERE id = ? AND state != 'open'"
_READS_OF_DAY = """
    SELECT count(*), total(EXISTS (
        SELECT 1 FROM link_attempt AS first WHERE first.read_id = read.id
        AND first.at >= ?1 AND first.number = 1 AND first.failure IS NULL
    )) FROM read
    WHERE at >= ?1 AND state = 'whole' AND practice = 0 AND source IS NULL
"""
_LOCAL_READS = """
    SELECT id, at, purpose FROM read
    WHERE machine_id = ? AND at {} ? AND state != 'open' AND practice = 0
    ORDER BY at DESC, id DESC LIMIT ?
"""


class LocalRead(NamedTuple):
    """A finished read of this laptop, without its bytes."""

    id: str
    at: datetime
    purpose: str


class OwnRecord(NamedTuple):
    """An event of this laptop and what became of it."""

    op_id: str
    type: str
    occurred_at: str
    payload: dict[str, Any]
    state: RecordState


class ReadsOfDay(NamedTuple):
    """Finished reads of machines by this laptop: how many, and how many at the first try."""

    reads: int
    first_try: int


class Mark(NamedTuple):
    """What changes when anything changes that the day is worked out from."""

    pulled: tuple[tuple[Any, ...], ...]  # cursors, and the newest row
    recorded: str  # the newest event of the outbox
    waiting: tuple[int, int]  # how many events are folded, and the sum of their numbers


# --- records of the server ------------------------------------------------------------------------


def records(
    connection: Connection, model: type[_RecordT], ids: Iterable[str]
) -> dict[str, _RecordT]:
    """Those of the records that are here, by id; as many as are asked for."""
    wanted = sorted(set(ids))
    found: list[_RecordT] = []
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        some = wanted[start : start + _IDS_PER_QUERY]
        marks = ",".join("?" * len(some))
        query = f"SELECT body FROM snapshot_row WHERE kind = ? AND id IN ({marks})"  # noqa: S608
        found += _read(model, _bodies(connection, query, (model.KIND, *some)))
    return {each.id: each for each in found}


def children(
    connection: Connection,
    model: type[_RecordT],
    parent_id: str,
    *,
    limit: int = -1,
    since: str = "",
    until: str = _LAST,
) -> list[_RecordT]:
    """Records that are looked up by another one, newest first; `since` <= order < `until`."""
    values = (model.KIND, child_key(parent_id, since), child_key(parent_id, until), limit)
    return _read(model, _bodies(connection, _CHILDREN, values))


def machines(connection: Connection, ids: Collection[str]) -> dict[str, MachineRecord]:
    return records(connection, MachineRecord, ids)


def planogram(connection: Connection, machine_id: str) -> PlanogramRecord | None:
    """The newest version."""
    return next(iter(children(connection, PlanogramRecord, machine_id, limit=1)), None)


def visits(connection: Connection, machine_id: str, *, limit: int) -> list[VisitRecord]:
    return children(connection, VisitRecord, machine_id, limit=limit)


def newest_collect(
    connection: Connection, machine_id: str, *, limit: int, until: str = _LAST
) -> VisitRecord | None:
    """The newest of the last `limit` visits before `until` that may have taken the cash."""
    ends = (child_key(machine_id, ""), child_key(machine_id, until))
    found = _bodies(connection, _NEWEST_COLLECT, (*ends, limit, _COLLECTED))
    return next(iter(_read(VisitRecord, found)), None)


def visits_with_swap(connection: Connection, machine_id: str, since: datetime) -> list[VisitRecord]:
    """Those since a moment that say of a slot what was in it before another product."""
    ends = (child_key(machine_id, to_wire(since)), child_key(machine_id, _LAST))
    return _read(VisitRecord, _bodies(connection, _SWAPS, (*ends, _SWAPPED)))


def reads_since(
    connection: Connection, machine_id: str, since: datetime, *, before: int
) -> list[ReadRecord]:
    """Reads of the server from `since` on, and the last few `before` it; newest first."""
    moment = to_wire(since)
    later = children(connection, ReadRecord, machine_id, since=moment)
    return later + children(connection, ReadRecord, machine_id, until=moment, limit=before)


def runs_of_day(connection: Connection, day: str) -> list[RunRecord]:
    """Every run of a day (local date, ISO 8601) that this laptop knows."""
    return _read(RunRecord, _bodies(connection, _RUNS_OF_DAY, (f"* {day}",)))


def machines_of_route(connection: Connection, route_id: str) -> list[MachineRecord]:
    """By asset number."""
    said = f'"route_id":{json.dumps(route_id)}'  # as the canonical JSON of a machine says it
    found = _read(MachineRecord, _bodies(connection, _MACHINES_SAYING, (said,)))
    return [each for each in found if each.route_id == route_id]


# --- drafts --------------------------------------------------------------------------------------


def recent_drafts(connection: Connection, kind: str, since: datetime) -> list[Draft]:
    """Those of a kind that were written since a moment, newest first."""
    query = select(draft.c.id).where(draft.c.kind == kind, draft.c.updated_at >= to_wire(since))
    ids = connection.execute(query.order_by(draft.c.updated_at.desc())).scalars().all()
    found = (draft_store.load(connection, kind, each) for each in ids)
    return [each for each in found if each is not None]


def forget_drafts(connection: Connection, kind: str, before: datetime) -> None:
    """Those of a kind that nobody wrote since. Inside the caller's `write` transaction."""
    old = (draft.c.kind == kind, draft.c.updated_at < to_wire(before))
    connection.execute(delete(draft).where(*old))


# --- reads of this laptop ------------------------------------------------------------------------


def local_reads(
    connection: Connection, machine_id: str, since: datetime, *, before: int
) -> list[LocalRead]:
    """Finished reads of a machine from `since` on and the last few `before` it, newest first;
    those of practice machines left out."""
    moment = to_wire(since)
    rows = [
        *connection.exec_driver_sql(_LOCAL_READS.format(">="), (machine_id, moment, -1)),
        *connection.exec_driver_sql(_LOCAL_READS.format("<"), (machine_id, moment, before)),
    ]
    return [LocalRead(row[0], from_wire(row[1]), row[2]) for row in rows]


def raw_reads(connection: Connection, read_ids: Iterable[str]) -> dict[str, bytes]:
    """The bytes as received, by read id."""
    found = {}
    for read_id in read_ids:
        raw = connection.exec_driver_sql(_RAW, (read_id,)).scalar()
        if raw is not None:
            found[read_id] = bytes(raw)
    return found


def reads_of_day(connection: Connection, since: datetime) -> ReadsOfDay:
    """Since a moment; of whole reads over a line. Files and practice machines do not count."""
    row = connection.exec_driver_sql(_READS_OF_DAY, (to_wire(since),)).one()
    return ReadsOfDay(int(row[0]), int(row[1]))


# --- the outbox ----------------------------------------------------------------------------------


def waiting_of(connection: Connection, types: Collection[str]) -> tuple[int, int]:
    """How many events of these types are folded, and the sum of their numbers."""
    query = select(func.count(), func.total(outbox.c.lseq)).where(
        outbox.c.overlay == 1, outbox.c.type.in_(sorted(types))
    )
    row = connection.execute(query).one()
    return int(row[0]), int(row[1])


def own_since(connection: Connection, since: datetime, types: Collection[str]) -> list[OwnRecord]:
    """What this laptop recorded of these types since a moment, newest first, answered or not."""
    first, older, found = to_wire(since), 0, list[OwnRecord]()
    query = select(
        outbox.c.op_id, outbox.c.type, outbox.c.created_at, outbox.c.body, outbox.c.acked,
        outbox.c.outcome,
    ).order_by(outbox.c.lseq.desc())  # fmt: skip
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            if row.created_at < first:
                older += 1  # one alone may be of a clock that was wrong for a while
                if older > _SURELY_OLDER:
                    break
            elif row.type in types:
                payload = json.loads(zlib.decompress(row.body))["payload"]
                state = _state(bool(row.acked), row.outcome)
                found.append(OwnRecord(row.op_id, row.type, row.created_at, payload, state))
    return found


def _state(acked: bool, outcome: str | None) -> RecordState:
    if not acked:
        return RecordState.RECORDED_HERE
    accepted = outcome in ACCEPTED
    return RecordState.ON_THE_SERVER if accepted else RecordState.REFUSED


def basis_of(
    connection: Connection, machine_id: str, since: datetime
) -> tuple[tuple[Any, ...], ...]:
    """What changes when any record of a machine does, or any since a moment: planogram, visits,
    reads of the server and of this laptop."""
    first, last = child_key(machine_id, ""), child_key(machine_id, _LAST)
    begin = to_wire(since)
    values = (machine_id, first, child_key(machine_id, begin), last, begin)
    return tuple(tuple(row) for row in connection.exec_driver_sql(_BASIS, values))


def children_basis(
    connection: Connection, kinds: Iterable[str], parent_ids: Iterable[str], since: datetime
) -> tuple[tuple[Any, ...], ...]:
    """What changes when any record of these kinds below these others does, since a moment."""
    begin, found = to_wire(since), list[tuple[Any, ...]]()
    for kind in kinds:
        for parent_id in parent_ids:
            values = (kind, child_key(parent_id, begin), child_key(parent_id, _LAST))
            found.append(tuple(connection.exec_driver_sql(_CHILDREN_BASIS, values).one()))
    return tuple(found)


def mark(connection: Connection) -> Mark:
    """Cheap enough to ask before every look."""
    cursors = connection.exec_driver_sql(
        "SELECT scope, seq, n, sum64 FROM cursor ORDER BY scope"
    ).all()
    newest = connection.exec_driver_sql(
        "SELECT rowid, id, ver, length(body) FROM snapshot_row ORDER BY rowid DESC LIMIT 1"
    ).all()
    recorded = connection.exec_driver_sql(
        "SELECT op_id FROM outbox ORDER BY lseq DESC LIMIT 1"
    ).scalar()
    waiting = connection.exec_driver_sql(
        "SELECT count(*), total(lseq) FROM outbox WHERE overlay = 1"
    ).one()
    pulled = tuple(tuple(row) for row in (*cursors, *newest))
    return Mark(pulled, str(recorded or ""), (int(waiting[0]), int(waiting[1])))


def read_bodies(
    connection: Connection, model: type[_RecordT], query: str, values: tuple[Any, ...]
) -> list[_RecordT]:
    """What a query of ours finds; its one column is the body of a record."""
    return _read(model, _bodies(connection, query, values))


def _bodies(connection: Connection, query: str, values: tuple[Any, ...]) -> list[bytes]:
    return list(connection.exec_driver_sql(query, values).scalars())


def _read(model: type[_RecordT], bodies: Iterable[bytes]) -> list[_RecordT]:
    """The records; one that this program cannot read is left out and told to the log."""
    found = []
    for body in bodies:
        try:
            found.append(model.model_validate_json(body))
        except ValidationError as error:
            _log.warning("a %s of the server cannot be read: %s", model.KIND, error)
    return found

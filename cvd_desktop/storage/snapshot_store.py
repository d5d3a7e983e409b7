"""What the server has told: its records, found by id, by text, by what they belong to.

Records are kept as documents exactly as sent (docs/decisions/0003); only pull_store writes them.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, Select, func, select

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.domain.search_keys import child_key, fold, natural_key, search_words
from cvd_desktop.storage.tables import read, snapshot_row
from cvd_shared.wire_records import (
    MachineRecord,
    PlanogramRecord,
    ProductRecord,
    ReadRecord,
    Record,
    RouteRecord,
)

_log = logging.getLogger(__name__)
_RecordT = TypeVar("_RecordT", bound=Record)


def record(connection: Connection, model: type[_RecordT], record_id: str) -> _RecordT | None:
    """One record by its id, e.g. `record(connection, MachineRecord, machine_id)`."""
    query = select(snapshot_row.c.body).where(
        snapshot_row.c.kind == model.KIND, snapshot_row.c.id == record_id
    )
    return next(iter(_read(connection, model, query)), None)


def records(
    connection: Connection, model: type[_RecordT], ids: Iterable[str]
) -> dict[str, _RecordT]:
    """Those of the records that are here, by id. For lists of up to a few hundred."""
    query = select(snapshot_row.c.body).where(
        snapshot_row.c.kind == model.KIND, snapshot_row.c.id.in_(list(ids))
    )
    return {each.id: each for each in _read(connection, model, query)}


def all_records(connection: Connection, model: type[_RecordT]) -> list[_RecordT]:
    """Every record of a kind, in its order (search_keys)."""
    query = select(snapshot_row.c.body).where(snapshot_row.c.kind == model.KIND)
    return _read(connection, model, query.order_by(snapshot_row.c.sort_key, snapshot_row.c.id))


def routes(connection: Connection) -> list[RouteRecord]:
    return all_records(connection, RouteRecord)


def products(connection: Connection) -> list[ProductRecord]:
    return all_records(connection, ProductRecord)


def find_machines(
    connection: Connection, text: str = "", *, offset: int = 0, limit: int = 200
) -> tuple[list[MachineLine], int]:
    """A page of the machines that hold every word of the text, by asset number, and how many."""
    found = snapshot_row.c.kind == MachineRecord.KIND
    for word in search_words(text):
        found &= func.instr(snapshot_row.c.search_text, word) > 0
    total = int(
        connection.execute(select(func.count()).select_from(snapshot_row).where(found)).scalar()
        or 0
    )
    page = (
        select(snapshot_row.c.body)
        .where(found)
        .order_by(snapshot_row.c.sort_key, snapshot_row.c.id)
        .offset(offset)
        .limit(limit)
    )
    return _machine_lines(connection, _read(connection, MachineRecord, page)), total


def machine_by_asset(connection: Connection, asset_number: str) -> MachineRecord | None:
    """The machine that people know by this number; case does not matter unless two differ by it."""
    query = select(snapshot_row.c.body).where(
        snapshot_row.c.kind == MachineRecord.KIND,
        snapshot_row.c.sort_key == natural_key(asset_number),
    )
    candidates = _read(connection, MachineRecord, query)
    exact = [each for each in candidates if each.asset_number == asset_number]
    alike = [each for each in candidates if fold(each.asset_number) == fold(asset_number)]
    return next(iter(exact or alike), None)


def planogram_of(connection: Connection, machine_id: str) -> PlanogramRecord | None:
    """The newest version of a machine's planogram."""
    return next(iter(_children(connection, PlanogramRecord, machine_id, limit=1)), None)


def reads_of(connection: Connection, machine_id: str, *, limit: int = 50) -> list[ReadRecord]:
    """Reads of a machine that the server has, from whatever laptop, newest first."""
    return _children(connection, ReadRecord, machine_id, limit=limit)


def _children(
    connection: Connection, model: type[_RecordT], parent_id: str, *, limit: int
) -> list[_RecordT]:
    query = (
        select(snapshot_row.c.body)
        .where(
            snapshot_row.c.kind == model.KIND,
            snapshot_row.c.sort_key >= child_key(parent_id, ""),
            snapshot_row.c.sort_key < child_key(parent_id, "\uffff"),
        )
        .order_by(snapshot_row.c.sort_key.desc())
        .limit(limit)
    )
    return _read(connection, model, query)


def _machine_lines(connection: Connection, machines: list[MachineRecord]) -> list[MachineLine]:
    if not machines:
        return []
    routes_here = records(
        connection, RouteRecord, {each.route_id for each in machines if each.route_id}
    )
    last_reads = _last_reads(connection, [each.id for each in machines])
    return [
        MachineLine(
            record=each,
            route_number=routes_here[each.route_id].number if each.route_id in routes_here else "",
            last_read_at=_moment(last_reads.get(each.id)),
        )
        for each in machines
    ]


def _moment(text: str | None) -> datetime | None:
    """A moment that the server may have from another program; nothing when it is none."""
    try:
        return None if text is None else from_wire(text)
    except (ValueError, OverflowError):
        return None


# Made once: an alias is full of cycles, which only the collector of garbage can free.
_MACHINE, _A_READ = snapshot_row.alias("machine"), snapshot_row.alias("a_read")
_NEWEST_KEY = (
    select(func.max(_A_READ.c.sort_key))
    .where(
        _A_READ.c.kind == ReadRecord.KIND,
        _A_READ.c.sort_key >= _MACHINE.c.id + " ",
        _A_READ.c.sort_key < _MACHINE.c.id + " \uffff",
    )
    .scalar_subquery()
)


def _last_reads(connection: Connection, machine_ids: list[str]) -> dict[str, str]:
    """Machine id -> moment of its newest read, of this laptop or of the server."""
    on_server = connection.execute(
        select(_MACHINE.c.id, _NEWEST_KEY).where(
            _MACHINE.c.kind == MachineRecord.KIND, _MACHINE.c.id.in_(machine_ids)
        )
    )
    newest = {row[0]: str(row[1])[len(row[0]) + 1 :] for row in on_server if row[1] is not None}
    here = connection.execute(
        select(read.c.machine_id, func.max(read.c.at))
        .where(read.c.machine_id.in_(machine_ids), read.c.state != "open")
        .group_by(read.c.machine_id)
    )
    for machine_id, moment in here:
        newest[machine_id] = max(newest.get(machine_id, ""), moment)
    return newest


def _read(connection: Connection, model: type[_RecordT], query: Select[Any]) -> list[_RecordT]:
    """The records; one that this program cannot read is left out and told to the log."""
    result = []
    for body in connection.execute(query).scalars():
        try:
            result.append(model.model_validate_json(body))
        except ValidationError as error:
            _log.warning("a %s of the server cannot be read: %s", model.KIND, error)
    return result

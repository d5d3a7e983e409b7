"""The record of an event that was not applied: seen by whoever sent it and by the office.

It is written in the transaction of the verdict, through the change feed, so that no verdict is
silent. When the event is played again and counts, the same record says so.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.arrivals import Arrival, without_nul
from cvd_server.change_feed import ChangeFeed, Key
from cvd_server.database import among
from cvd_server.handler_parts import name_of
from cvd_server.records import known
from cvd_shared.wire_records import RefusalRecord

_TEXT_MOST = 200  # of what a foreign event says of itself


def write_refusals(
    feed: ChangeFeed, who: Principal, arrivals: Iterable[Arrival], received_at: str
) -> None:
    """One record for each event that is refused now, for the first time."""
    refused = [arrival for arrival in arrivals if arrival.newly_refused]
    if not refused:
        return
    actors = {arrival.op.actor for arrival in refused} - {who.user_id}
    names = names_of(feed.connection, who.operator_id, actors) | {who.user_id: name_of(who)}
    keep_refusals(
        feed, [_record_of(arrival, names, received_at) for arrival in refused], who.user_id
    )


def keep_refusals(feed: ChangeFeed, records: list[RefusalRecord], user_id: str) -> None:
    """`user_id`: whose device brought them."""
    extras: dict[Key, dict[str, Any]] = {
        (RefusalRecord.KIND, record.id): {"user_id": user_id} for record in records
    }
    feed.put(records, extras)


def decide_refusals(
    feed: ChangeFeed, decided: Sequence[tuple[Row[Any], Arrival]], now: str
) -> None:
    """Events of the log that were judged again: what the records say of them now."""
    stored = feed.load(RefusalRecord.KIND, [row.op_id for row, _ in decided])
    for row, arrival in decided:
        old = stored.get(row.op_id)
        record = _logged(row, arrival) if old is None else known(RefusalRecord, old)
        changes: dict[str, Any]
        if arrival.outcome == "applied":
            changes = {"state": "applied", "decided_at": now}
        else:
            changes = {
                "type": without_nul(arrival.op.type),
                "outcome": arrival.outcome,
                "code": arrival.code or "",
                "message": without_nul(arrival.msg or "")[:_TEXT_MOST],
            }
        keep_refusals(feed, [record.model_copy(update=changes)], row.user_id)


def _logged(row: Row[Any], arrival: Arrival) -> RefusalRecord:
    """The record of an event that was refused before there were records of refusals."""
    return RefusalRecord(
        id=row.op_id,
        type=row.type,
        actor_id=row.actor,
        actor_name="",
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        machine_id=_machine_of(arrival.op.payload),
        outcome=row.outcome,
        code=row.code or "",
        message=row.msg or "",
    )


def _record_of(arrival: Arrival, names: dict[str, str], received_at: str) -> RefusalRecord:
    op = arrival.op
    return RefusalRecord(
        id=op.op_id,
        type=without_nul(op.type),
        actor_id=without_nul(op.actor),
        actor_name=names.get(op.actor, ""),
        occurred_at=without_nul(op.occurred_at),
        received_at=received_at,
        machine_id=_machine_of(op.payload),
        outcome="rejected" if arrival.outcome == "rejected" else "quarantined",
        code=arrival.code or "",
        message=without_nul(arrival.msg or "")[:_TEXT_MOST],
    )


def _machine_of(payload: dict[str, Any]) -> str | None:
    """The machine that the event names, whatever else it says."""
    machine_id = payload.get("machine_id")
    if not isinstance(machine_id, str) or not machine_id:
        return None
    return without_nul(machine_id)[:_TEXT_MOST]


def names_of(connection: Connection, operator_id: str, user_ids: set[str]) -> dict[str, str]:
    """The names of those of the people that the operator has."""
    table = tables.user_account
    wanted = sorted(user_id for user_id in user_ids if "\x00" not in user_id)
    if not wanted:
        return {}
    rows = connection.execute(
        select(table.c.id, table.c.full_name, table.c.name).where(
            table.c.operator_id == operator_id, among(connection, table.c.id, wanted)
        )
    )
    return {row.id: row.full_name or row.name for row in rows}

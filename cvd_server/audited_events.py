"""Which events of the field are lines of the audit trail too: what was done to a machine's
settings, and what was refused. Everything else is in the log of events anyway."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from cvd_server.access import Principal
from cvd_server.arrivals import Arrival
from cvd_server.database import insert_many
from cvd_server.services import Services
from cvd_server.tables import audit_log
from cvd_shared.wire_events import MachineWritten


def audit_events(
    connection: Connection,
    to: Services,
    who: Principal,
    device_id: str,
    arrivals: Iterable[Arrival],
) -> None:
    """One statement for the whole batch, none for most."""
    rows = []
    for arrival in arrivals:
        told = _told(arrival)
        if told is not None:
            action, detail = told
            rows.append(
                {
                    "operator_id": who.operator_id,
                    "audit_id": to.new_id(),
                    "at": to.now(),
                    "actor_id": who.user_id,
                    "action": action,
                    "detail": detail | {"op_id": arrival.op.op_id, "device_id": device_id},
                }
            )
    insert_many(connection, audit_log, rows)


def _told(arrival: Arrival) -> tuple[str, dict[str, Any]] | None:
    if arrival.newly_refused:
        return "event_refused", {"outcome": arrival.outcome, "code": arrival.code}
    payload = arrival.event.payload if arrival.event else None
    if not isinstance(payload, MachineWritten) or not arrival.open:
        return None
    return "machine_written", {
        "machine_id": payload.machine_id,
        "write_id": payload.write_id,
        "at": payload.at,
        "what": sorted({change.what for change in payload.changes}),
        "changes": len(payload.changes),
    }

"""The append-only trail of what matters: sign-ins, refusals, devices, users."""

from typing import Any

from sqlalchemy import Connection

from cvd_server.tables import audit_log
from cvd_shared.ids import IdMaker

NO_OPERATOR = ""  # of people whose operator is not known


def record_audit(
    connection: Connection,
    new_id: IdMaker,
    now: str,
    action: str,
    *,
    operator_id: str = NO_OPERATOR,
    actor_id: str | None = None,
    **detail: Any,
) -> None:
    """One line, in the transaction of what it tells. `detail` never holds a secret."""
    connection.execute(
        audit_log.insert().values(
            operator_id=operator_id,
            audit_id=new_id(),
            at=now,
            actor_id=actor_id,
            action=action,
            detail=detail,
        )
    )

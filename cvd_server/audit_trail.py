"""The append-only trail of what matters: sign-ins, sessions, people, devices, keys, reviews.

The database refuses changes (migrations/append_only.py); old lines go by `purge_audit` alone.
No line holds a secret, and none a text that somebody typed where a secret is asked for.
"""

from typing import Any

from sqlalchemy import Connection, select

from cvd_server.migrations.append_only import AUDIT_KEPT_FROM
from cvd_server.server_meta import write_meta
from cvd_server.tables import audit_log, server_meta, user_account
from cvd_shared.ids import IdMaker
from cvd_shared.wire_identity import AuditLine, AuditPage

NO_OPERATOR = ""  # of people whose operator is not known
LINES_OF_A_PAGE = 200


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


def audit_page(
    connection: Connection,
    operator_id: str,
    limit: int,
    *,
    before: str | None = None,
    action: str | None = None,
) -> AuditPage:
    """Newest first, from the line before `before` (an audit_id) on."""
    wanted = [audit_log.c.operator_id == operator_id]
    if before is not None:
        wanted.append(audit_log.c.audit_id < before)
    if action is not None:
        wanted.append(audit_log.c.action == action)
    rows = connection.execute(
        select(audit_log, user_account.c.name.label("actor_name"))
        .outerjoin(
            user_account,
            (user_account.c.operator_id == audit_log.c.operator_id)
            & (user_account.c.id == audit_log.c.actor_id),
        )
        .where(*wanted)
        .order_by(audit_log.c.audit_id.desc())
        .limit(limit + 1)
    ).all()
    lines = [
        AuditLine(
            audit_id=row.audit_id,
            at=row.at,
            actor_id=row.actor_id,
            actor_name=row.actor_name or "",
            action=row.action,
            detail=row.detail,
        )
        for row in rows[:limit]
    ]
    return AuditPage(lines=lines, more=len(rows) > limit)


def purge_audit(connection: Connection, new_id: IdMaker, now: str, kept_from: str) -> int:
    """Delete the lines older than `kept_from` (UTC text) and say so in the trail; gives how many.
    Its own transaction: the mark that opens the way must never be committed."""
    write_meta(connection, AUDIT_KEPT_FROM, kept_from)
    gone = connection.execute(audit_log.delete().where(audit_log.c.at < kept_from)).rowcount
    connection.execute(server_meta.delete().where(server_meta.c.k == AUDIT_KEPT_FROM))
    if gone:
        record_audit(connection, new_id, now, "audit_purged", kept_from=kept_from, lines=gone)
    return gone

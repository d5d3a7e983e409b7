"""Work under way that only this laptop knows: a visit, a load, a count. Told to nobody as it is.

A draft is written after every change of a person and deleted in the transaction that records its
event, so that a dead battery costs nothing and nothing is recorded twice.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from cvd_desktop.storage.tables import draft

_log = logging.getLogger(__name__)

VISIT = "visit"  # by visit id
LOAD = "load"  # by run id
COUNT = "count"  # by run id, else by route id: the truck
SEEN = "seen"  # by run id: the office's run as it was last seen here


class Draft(NamedTuple):
    id: str
    user_id: str
    updated_at: str  # UTC ISO 8601
    body: dict[str, Any]


def load(connection: Connection, kind: str, draft_id: str) -> Draft | None:
    """The draft, None when there is none."""
    query = select(draft).where(draft.c.kind == kind, draft.c.id == draft_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _draft(row)


def all_of(connection: Connection, kind: str) -> list[Draft]:
    """Every draft of a kind, the newest first."""
    query = select(draft).where(draft.c.kind == kind).order_by(draft.c.updated_at.desc())
    return [_draft(row) for row in connection.execute(query)]


def _draft(row: Row[Any]) -> Draft:
    """What no program of this kind wrote is read as nothing: one bad row never hides the others."""
    try:
        body = json.loads(row.body)
    except ValueError as error:
        _log.warning("draft %s %s cannot be read: %s", row.kind, row.id, error)
        body = {}
    return Draft(row.id, row.user_id, row.updated_at, body if isinstance(body, dict) else {})


def store(
    connection: Connection,
    kind: str,
    draft_id: str,
    *,
    user_id: str,
    at: str,
    body: Mapping[str, Any],
) -> None:
    """Inside the caller's `write` transaction. `body` is what JSON can say."""
    statement = insert(draft).values(
        kind=kind, id=draft_id, user_id=user_id, updated_at=at, body=json.dumps(body)
    )
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "id"],
            set_={"user_id": new.user_id, "updated_at": new.updated_at, "body": new.body},
        )
    )


def forget(connection: Connection, kind: str, draft_id: str) -> None:
    """Inside the caller's `write` transaction."""
    connection.execute(delete(draft).where(draft.c.kind == kind, draft.c.id == draft_id))

"""Writes to machines that have begun and are not recorded as events yet.

The event as it will be if nobody finishes the write is on disk before the first byte goes out, and
goes in the transaction that appends the real one. So whatever dies in between, the fact that a
machine was written to is not lost.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.tables import sync_meta
from cvd_shared.canonical import canonical_json

_PREFIX = "open_write:"


def open_write(connection: Connection, write_id: str, fact: Mapping[str, Any]) -> None:
    """Keep what is to be told of a write that begins now."""
    meta.put(connection, f"{_PREFIX}{write_id}", canonical_json(fact).decode())


def find_write(connection: Connection, write_id: str) -> dict[str, Any] | None:
    text = meta.get(connection, f"{_PREFIX}{write_id}")
    return None if text is None else json.loads(text)


def open_ids(connection: Connection) -> list[str]:
    """In the order in which they began."""
    names = connection.execute(
        select(sync_meta.c.k)
        .where(sync_meta.c.k >= _PREFIX, sync_meta.c.k < f"{_PREFIX}\uffff")
        .order_by(sync_meta.c.k)
    ).scalars()
    return [str(name).removeprefix(_PREFIX) for name in names]


def close_write(connection: Connection, write_id: str) -> None:
    meta.delete_many(connection, f"{_PREFIX}{write_id}")

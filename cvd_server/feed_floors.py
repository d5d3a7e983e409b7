"""Forgetting what was removed long ago (sync protocol, 2.8).

A tombstone tells the devices that a record has left a scope. Once it is purged, a device that had
not read it is below the scope's floor: it gets `reset` and reads the scope from 0.
"""

from sqlalchemy import Connection, delete, func, select

from cvd_server import tables
from cvd_server.change_feed import REMOVED

TOMBSTONE_DAYS = 90


def purge_tombstones(connection: Connection, operator_id: str, before: str) -> int:
    """Delete the tombstones older than `before` (a time of the wire) and raise the floors.

    In a transaction of its own: heads are locked one after the other, sorted, as every writer
    does. Returns how many went.
    """
    feed, head = tables.feed, tables.scope_head
    old = (feed.c.operator_id == operator_id, feed.c.op == REMOVED, feed.c.at < before)
    scopes = connection.scalars(select(feed.c.scope).distinct().where(*old)).all()
    purged = 0
    for scope in sorted(scopes):
        mine = (head.c.operator_id == operator_id, head.c.scope == scope)
        floor = connection.scalar(select(head.c.floor).where(*mine).with_for_update())
        here = (*old, feed.c.scope == scope)
        newest, count = connection.execute(
            select(func.max(feed.c.seq), func.count()).where(*here)
        ).one()
        if floor is None or not count:
            continue  # it has come back to life since, under a new number
        connection.execute(delete(feed).where(*here))
        connection.execute(head.update().where(*mine).values(floor=max(floor, newest)))
        purged += count
    return purged

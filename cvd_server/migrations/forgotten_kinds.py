"""Takes kinds of records out of the change feed, before a downgrade drops their tables."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection

from cvd_shared.digest import Digest

_FEED = sa.table("feed", *map(sa.column, ("operator_id", "scope", "kind", "id", "op", "ver")))
_HEAD = sa.table(
    "scope_head", *map(sa.column, ("operator_id", "scope", "head", "n", "sum64", "floor"))
)


def forget_kinds(connection: Connection, kinds: Collection[str]) -> None:
    """Their events stay in the log; every laptop reads the scopes that they were in afresh."""
    heads = {
        (row.operator_id, row.scope): Digest(row.n, row.sum64)
        for row in connection.execute(sa.select(_HEAD))
    }
    touched: dict[tuple[str, str], Digest] = {}
    for row in connection.execute(sa.select(_FEED).where(_FEED.c.kind.in_(kinds))):
        place = (row.operator_id, row.scope)
        digest = touched.get(place, heads[place])
        touched[place] = digest.remove(row.kind, row.id, row.ver) if row.op == "p" else digest
    connection.execute(_FEED.delete().where(_FEED.c.kind.in_(kinds)))
    above = _HEAD.c.head + 1  # a floor above every cursor: what was forgotten has no tombstones
    for (operator_id, scope), digest in touched.items():
        connection.execute(
            _HEAD.update()
            .where(_HEAD.c.operator_id == operator_id, _HEAD.c.scope == scope)
            .values(head=above, floor=above, n=digest.rows, sum64=digest.total)
        )

"""The head of a scope: numbers without a gap, sums that turn as Python's do."""

import itertools

from sqlalchemy import select

from cvd_server import tables
from cvd_server.feed_heads import move_head
from cvd_shared.digest import Digest
from tests.support.servers import LocalServer

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_SUMS = (_LEAST, _LEAST + 1, -(1 << 62), -1, 0, 1, 1 << 62, _MOST - 1, _MOST)


def test_sums_turn_at_64_bits(server: LocalServer) -> None:
    right = []
    with server.database.write() as connection:
        for number, (present, change) in enumerate(itertools.product(_SUMS, repeat=2)):
            scope = f"route:{number:03}"
            assert move_head(connection, "op", scope, 3, Digest(7, present)) == 3
            assert move_head(connection, "op", scope, 2, Digest(-4, change)) == 5
            right.append((scope, 5, 3, Digest().shifted(0, present + change).total, 0))
        told = list(connection.execute(select(tables.scope_head).order_by("scope")))
        connection.rollback()
    assert [row[1:] for row in told if row.operator_id == "op"] == right

"""Moving the head of a scope: its number, its count, its digest, by one statement that locks it.

To lock first and write then takes half as long again: PostgreSQL writes the row for either.
"""

from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, case
from sqlalchemy.sql.dml import ReturningUpdate

from cvd_server import tables
from cvd_server.database import insert_many
from cvd_shared.digest import Digest

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def move_head(
    connection: Connection, operator_id: str, scope: str, numbers: int, change: Digest
) -> int:
    """Takes so many numbers of a scope, which stays locked until the transaction ends; returns the
    last of them. `change`: by how much its count and its sum move."""
    asked = {"b_operator": operator_id, "b_scope": scope, "numbers": numbers, "rows": change.rows}
    asked |= _summands(change.total)
    head = connection.scalar(_MOVE, asked)
    if head is None:
        empty = {"head": 0, "n": 0, "sum64": 0, "floor": 0}
        row = {"operator_id": operator_id, "scope": scope} | empty
        insert_many(connection, tables.scope_head, [row], on_conflict="skip")
        head = connection.scalar(_MOVE, asked)
    return int(head)


def _move() -> ReturningUpdate[Any]:
    """Sums are signed 64-bit numbers, which neither database lets run over: where the plain sum
    would, it is put together from summands of which no part does."""
    table = tables.scope_head

    def number(name: str) -> Any:
        return bindparam(name, type_=BigInteger)

    fits = table.c.sum64.between(number("least"), number("most"))
    turned = table.c.sum64 + number("turn") + number("rest") + number("one")
    return (
        table.update()
        .where(
            table.c.operator_id == bindparam("b_operator"), table.c.scope == bindparam("b_scope")
        )
        .values(
            head=table.c.head + number("numbers"),
            n=table.c.n + number("rows"),
            sum64=case((fits, table.c.sum64 + number("plain")), else_=turned),
        )
        .returning(table.c.head)
    )


_MOVE = _move()


def _summands(change: int) -> dict[str, int]:
    """`least` to `most` are the sums to which `plain` can be added; all others turn by 2**64."""
    if change >= 0:
        turn = {"turn": _LEAST, "rest": change + _LEAST, "one": 0}
        return {"plain": change, "least": _LEAST, "most": _MOST - change} | turn
    turn = {"turn": _MOST, "rest": change + _MOST + 1, "one": 1}
    return {"plain": change, "least": _LEAST - change, "most": _MOST} | turn

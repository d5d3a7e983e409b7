"""What `cvd-server check` asks of floors and snapshots."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.attachment_store import AttachmentStore
from cvd_server.snapshots import store_key


def floor_problems(connection: Connection, operator_id: str) -> Iterator[str]:
    """A floor is a number that was once given, and every snapshot has a head of its scope."""
    heads: dict[str, int] = {}
    head = tables.scope_head
    for row in connection.execute(select(head).where(head.c.operator_id == operator_id)):
        heads[row.scope] = row.head
        if not 0 <= row.floor <= row.head:
            yield f"scope {row.scope}: floor {row.floor} is not within its head {row.head}"
    snapshot = tables.snapshot
    for row in connection.execute(select(snapshot).where(snapshot.c.operator_id == operator_id)):
        if not 0 < row.head <= heads.get(row.scope, 0) or not 0 <= row.rows <= row.head:
            yield f"snapshot of {row.scope}: head {row.head} was never there"


def snapshot_problems(
    connection: Connection, operator_id: str, store: AttachmentStore
) -> Iterator[str]:
    """Every snapshot has its file."""
    table = tables.snapshot
    for row in connection.execute(
        select(table).where(table.c.operator_id == operator_id).order_by(table.c.scope)
    ):
        size = store.size(store_key(operator_id, row.sha256))
        if size is None:
            yield f"snapshot of {row.scope}: {row.sha256} is missing"
        elif size != row.size:
            yield f"snapshot of {row.scope}: {row.sha256} has another size"

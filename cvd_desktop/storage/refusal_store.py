"""What was refused here and counts on the server by now, as its pulled records say."""

import json
from itertools import islice

from sqlalchemy import Connection, bindparam, select, update

from cvd_desktop.storage.outbox_store import REFUSED
from cvd_desktop.storage.pull_stage import to_load_anew
from cvd_desktop.storage.tables import outbox, snapshot_row
from cvd_shared.wire_records import RefusalRecord

_IDS_PER_QUERY = 500
_REFUSED = select(outbox.c.op_id).where(outbox.c.outcome.in_(REFUSED))  # built once


def take_decisions(connection: Connection) -> int:
    """Events that were played again become applied; returns how many.

    Call it in the transaction that applies a pull: the same cut of the server holds the effect,
    so that the event is in view once, by its record. Asked of every refused event each time: an
    answer to a push may come later than the pull that has overtaken it. Records that are to be
    loaded anew decide nothing: a server that was restored may have refused the event since.
    """
    if to_load_anew(connection):
        return 0  # the pull that brings them decides
    refused = iter(connection.execute(_REFUSED).scalars().all())
    applied: list[str] = []
    while chunk := list(islice(refused, _IDS_PER_QUERY)):
        rows = connection.execute(
            select(snapshot_row.c.id, snapshot_row.c.body).where(
                snapshot_row.c.kind == RefusalRecord.KIND, snapshot_row.c.id.in_(chunk)
            )
        )
        applied += [row.id for row in rows if json.loads(row.body).get("state") == "applied"]
    if applied:
        connection.execute(
            update(outbox)
            .where(outbox.c.op_id == bindparam("of_op"))
            .values(outcome="applied", code=None, detail=None, overlay=0),
            [{"of_op": op_id} for op_id in applied],
        )
    return len(applied)

"""Find what a laptop and the server see differently, and hand out just that (2.14).

Asked only after a digest did not match: every such question is an incident, counted and told.
"""

import json
import logging

from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError, malformed
from cvd_server.audit_trail import record_audit
from cvd_server.devices import check_device
from cvd_server.feed_rows import entries_named, live_entries, row_texts
from cvd_server.grants import scopes_to_pull
from cvd_server.pull_page import RowPage, check_epoch
from cvd_server.services import Services
from cvd_shared.digest import Digest, bucket_digests, bucket_of
from cvd_shared.wire import PULL_BYTES, HelloRequest
from cvd_shared.wire_repair import (
    ROWS_WANTED,
    DigestAnswer,
    DigestEntry,
    DigestRequest,
    RowsRequest,
)

ENTRIES_MOST = 50_000  # of one answer
_SUM_LIMIT = 1 << 63
log = logging.getLogger(__name__)


def compare(connection: Connection, who: Principal, request: DigestRequest) -> DigestAnswer:
    """Raises ApiError 403 device_..., 404 scope_unknown, 409 epoch_changed, 422."""
    theirs = _buckets_of(request)
    if _has_moved(connection, who, request):
        return DigestAnswer(moved=True)
    entries = live_entries(connection, who.operator_id, request.scope)
    ours = bucket_digests((entry.kind, entry.id, entry.ver) for entry in entries)
    bad = [number for number, bucket in enumerate(ours) if bucket != theirs[number]]
    if sum(ours[number].rows for number in bad) > ENTRIES_MOST:
        return DigestAnswer(moved=False, buckets=bad, too_many=True)
    wanted = set(bad)
    differing = [
        DigestEntry(k=entry.kind, i=entry.id, ver=entry.ver)
        for entry in live_entries(connection, who.operator_id, request.scope)
        if bucket_of(entry.kind, entry.id) in wanted
    ]
    return DigestAnswer(moved=False, buckets=bad, entries=differing)


def rows_json(connection: Connection, who: Principal, request: RowsRequest) -> str:
    """The JSON of a `RowsAnswer`. Raises ApiError as `compare`."""
    if _has_moved(connection, who, request):
        return json.dumps({"moved": True})
    wanted = list(dict.fromkeys(request.wanted))
    found = entries_named(connection, who.operator_id, request.scope, wanted)
    entries = [found[name] for name in wanted if name in found]
    page = RowPage(ROWS_WANTED, PULL_BYTES)
    for start in range(0, len(entries), 100):
        part = entries[start : start + 100]
        texts = row_texts(connection, who.operator_id, request.scope, part)
        if not all(page.add(text) for _, text in texts):
            break
    return f'{{"moved":false,"rows":[{",".join(page.rows)}]}}'


def note_repairs(
    to: Services, connection: Connection, who: Principal, request: HelloRequest, before: int
) -> None:
    """What a laptop had to repair since it last said so (`before`) goes to the log and the audit
    trail."""
    if request.repairs == before:
        return
    table = tables.device
    mine = (table.c.operator_id == who.operator_id, table.c.device_id == request.device_id)
    connection.execute(table.update().where(*mine).values(repairs=request.repairs))
    if request.repairs > before:
        to.metrics.repairs.inc(request.repairs - before)
        told = {"device_id": request.device_id, "repairs": request.repairs, "before": before}
        log.warning("a laptop had to repair its records: %s", told)
        record_audit(
            connection, to.new_id, to.now(), "sync.repaired",
            operator_id=who.operator_id, actor_id=who.user_id, **told,
        )  # fmt: skip


def wish_to_load_anew(to: Services, connection: Connection, who: Principal, device_id: str) -> str:
    """The laptop loads every record anew with its next run; what waits there stays. Returns the
    name of the wish. Raises ApiError 404 for a device that this operator does not have."""
    wish = to.new_id()
    table = tables.device
    changed = connection.execute(
        table.update()
        .where(table.c.operator_id == who.operator_id, table.c.device_id == device_id)
        .values(load_anew=wish)
    ).rowcount
    if not changed:
        raise ApiError(404, "device_unknown", "This device is not registered.")
    record_audit(
        connection, to.new_id, to.now(), "device.load_anew",
        operator_id=who.operator_id, actor_id=who.user_id, device_id=device_id,
    )  # fmt: skip
    return wish


def _has_moved(
    connection: Connection, who: Principal, request: DigestRequest | RowsRequest
) -> bool:
    check_epoch(connection, request.epoch)
    check_device(connection, who, request.device_id)
    if request.scope not in scopes_to_pull(connection, who):
        raise ApiError(404, "scope_unknown", "There is no such scope, or it is not yours.")
    head = connection.scalar(
        select(tables.scope_head.c.head).filter_by(operator_id=who.operator_id, scope=request.scope)
    )
    return (head or 0) != request.head


def _buckets_of(request: DigestRequest) -> list[Digest]:
    try:
        sums = [int(text) for text in request.sums if len(text) <= 20]
    except ValueError as error:
        raise malformed("A sum is no number.") from error
    if len(sums) != len(request.sums) or not all(-_SUM_LIMIT <= s < _SUM_LIMIT for s in sums):
        raise malformed("A sum is no 64-bit number.")
    return [Digest(*pair) for pair in zip(request.counts, sums, strict=True)]

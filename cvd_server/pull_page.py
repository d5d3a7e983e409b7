"""One page of what a device may hold (sync protocol, 2.6 to 2.8), all of it from one cut.

The caller's transaction is a snapshot: grants, the stream, heads, digests and rows belong to the
same moment, so a page with `more` false leaves the device exactly at that moment.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError
from cvd_server.change_feed import PUT
from cvd_server.database import among, chunks
from cvd_server.devices import applied_seq, check_device
from cvd_server.grants import scopes_to_pull
from cvd_server.records import KINDS
from cvd_server.server_meta import read_epoch
from cvd_shared.wire import PullRequest

_FETCH_ROWS = 250  # at a time, so that a small page does not read a large one


@dataclass
class _Scope:
    """A scope's head at the cut, and how far this page brings the device."""

    name: str
    head: int = 0
    n: int = 0
    sum64: int = 0
    floor: int = 0
    cursor: int = 0
    reset: bool = False

    def state(self) -> dict[str, Any]:
        return {
            "id": self.name,
            "cursor": self.cursor,
            "head": self.head,
            "n": self.n,
            "sum": str(self.sum64),
            "reset": self.reset,
        }


def pull_page(
    connection: Connection, who: Principal, request: PullRequest, server_time: str
) -> str:
    """The JSON of a `PullAnswer`. Raises ApiError 403 device_..., 409 epoch_changed."""
    epoch = read_epoch(connection)
    if request.epoch != epoch:
        raise ApiError(409, "epoch_changed", "The server's history has changed.", epoch=epoch)
    check_device(connection, who, request.device_id)
    scopes = _heads(connection, who)
    for scope in scopes:
        _place(scope, request)
    rows = _Page(request.limit_rows, request.limit_bytes)
    for scope in scopes:
        _fill(connection, who.operator_id, scope, rows)
    answer = {
        "epoch": epoch,
        "server_time": server_time,
        "applied_seq": applied_seq(connection, who, request.device_id, request.incarnation_id),
        "scopes": [scope.state() for scope in scopes],
        "more": any(scope.cursor < scope.head for scope in scopes),
    }
    return f'{json.dumps(answer)[:-1]},"rows":[{",".join(rows.rows)}]}}'


class _Page:
    """The rows of one answer, as JSON texts, up to its limits; at least one always fits."""

    def __init__(self, max_rows: int, max_bytes: int) -> None:
        self.rows: list[str] = []
        self._max_rows = max_rows
        self._bytes_left = max_bytes

    @property
    def rows_left(self) -> int:
        return self._max_rows - len(self.rows) if self._bytes_left > 0 else 0

    def add(self, text: str) -> bool:
        """False when the row does not fit any more."""
        size = len(text.encode())
        if self.rows and (size > self._bytes_left or self.rows_left <= 0):
            self._bytes_left = 0
            return False
        self.rows.append(text)
        self._bytes_left -= size
        return True


def _heads(connection: Connection, who: Principal) -> list[_Scope]:
    scopes = {name: _Scope(name) for name in scopes_to_pull(connection, who)}
    table = tables.scope_head
    for part in chunks(sorted(scopes)):
        for row in connection.execute(
            select(table).where(
                table.c.operator_id == who.operator_id, among(connection, table.c.scope, part)
            )
        ):
            scopes[row.scope] = _Scope(row.scope, row.head, row.n, row.sum64, row.floor)
    return list(scopes.values())


def _place(scope: _Scope, request: PullRequest) -> None:
    """Go on where the device is; from 0 with `reset` when tombstones it needs are gone."""
    cursor = request.cursors.get(scope.name, 0)
    under_floor = cursor < scope.floor and scope.name not in request.rereading
    if cursor < 0 or cursor > scope.head or (under_floor and cursor > 0):
        scope.reset = True
    else:
        scope.cursor = cursor


def _fill(connection: Connection, operator_id: str, scope: _Scope, page: _Page) -> None:
    while scope.cursor < scope.head and page.rows_left > 0:
        wanted = min(page.rows_left, _FETCH_ROWS)
        table = tables.feed
        entries = connection.execute(
            select(table.c.kind, table.c.id, table.c.seq, table.c.op, table.c.ver)
            .where(
                table.c.operator_id == operator_id,
                table.c.scope == scope.name,
                table.c.seq > scope.cursor,
            )
            .order_by(table.c.seq)
            .limit(wanted)
        ).all()
        for seq, text in _rows(connection, operator_id, scope.name, entries):
            if not page.add(text):
                return
            scope.cursor = seq
        if len(entries) < wanted:
            scope.cursor = scope.head


def _rows(
    connection: Connection, operator_id: str, scope: str, entries: Any
) -> Iterator[tuple[int, str]]:
    by_kind: dict[str, list[str]] = {}
    for entry in entries:
        if entry.op == PUT:
            by_kind.setdefault(entry.kind, []).append(entry.id)
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, ids in by_kind.items():
        table = KINDS[kind].table
        columns = [table.c[name] for name in KINDS[kind].fields]
        for row in connection.execute(
            select(*columns).where(
                table.c.operator_id == operator_id, among(connection, table.c.id, ids)
            )
        ).mappings():
            records[(kind, row["id"])] = dict(row)
    for entry in entries:
        document: dict[str, Any] = {
            "s": scope,
            "k": entry.kind,
            "i": entry.id,
            "ver": entry.ver,
            "op": "put" if entry.op == PUT else "remove",
        }
        if entry.op == PUT:
            document["d"] = records[(entry.kind, entry.id)]
        yield entry.seq, json.dumps(document, ensure_ascii=False, separators=(",", ":"))

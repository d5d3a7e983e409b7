"""One page of what a device may hold (sync protocol, 2.6 to 2.8), all of it from one cut.

The caller's transaction is a snapshot: grants, the stream, heads, digests and rows belong to the
same moment, so a page with `more` false leaves the device exactly at that moment.
"""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    literal,
    select,
    union,
)

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError
from cvd_server.device_trust import refuse_shut_device
from cvd_server.devices import unknown_device
from cvd_server.feed_rows import entries_after, row_texts
from cvd_server.records import CATALOG, OFFICE, ORG, own_scope, route_scope
from cvd_server.server_meta import EPOCH, read_epoch
from cvd_server.snapshots import offers
from cvd_shared.permissions import Right
from cvd_shared.wire import PullRequest
from cvd_shared.wire_repair import SnapshotOffer

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
    offer: SnapshotOffer | None = None

    def state(self) -> dict[str, Any]:
        state = {
            "id": self.name,
            "cursor": self.cursor,
            "head": self.head,
            "n": self.n,
            "sum": str(self.sum64),
            "reset": self.reset,
        }
        if self.floor:
            state["floor"] = self.floor
        if self.offer is not None:
            state["snapshot"] = self.offer.model_dump()
        return state


def idle_page(
    connection: Connection, who: Principal, request: PullRequest, server_time: str
) -> str | None:
    """The JSON of a `PullAnswer` that brings nothing, by a single statement; None: there is news,
    which takes a cut of several statements. Raises ApiError as `pull_page`."""
    look = _look(connection, who, request)
    if any(scope.reset or scope.cursor < scope.head for scope in look.scopes):
        return None
    return _answer(look, server_time, [])


def pull_page(
    connection: Connection, who: Principal, request: PullRequest, server_time: str
) -> tuple[str, int]:
    """The JSON of a `PullAnswer`, and how many rows it has.

    Raises ApiError 403 device_..., 409 epoch_changed.
    """
    look = _look(connection, who, request)
    if request.snapshots:
        _offer_snapshots(connection, who, look.scopes)
    rows = RowPage(request.limit_rows, request.limit_bytes)
    for scope in look.scopes:
        _fill(connection, who.operator_id, scope, rows)
    return _answer(look, server_time, rows.rows), len(rows.rows)


def _answer(look: "_Look", server_time: str, rows: list[str]) -> str:
    answer = {
        "epoch": look.epoch,
        "server_time": server_time,
        "applied_seq": look.last_seq,
        "applied_op": look.last_op_id,
        "scopes": [scope.state() for scope in look.scopes],
        "more": any(scope.cursor < scope.head for scope in look.scopes),
    }
    return f'{json.dumps(answer)[:-1]},"rows":[{",".join(rows)}]}}'


def check_epoch(connection: Connection, epoch: str) -> str:
    """The server's epoch. Raises ApiError 409 epoch_changed when it is not the device's."""
    return same_epoch(read_epoch(connection), epoch)


def same_epoch(present: str, epoch: str) -> str:
    if epoch != present:
        raise ApiError(409, "epoch_changed", "The server's history has changed.", epoch=present)
    return present


def _look_query(*, everything: bool) -> Select[Any]:
    """Epoch, device, stream, and every scope that the person holds, with its head: by one
    question, because most pulls find nothing new. Made once."""
    device, stream, facts = tables.device, tables.device_stream, tables.server_meta
    head, grant, route = tables.scope_head, tables.scope_grant, tables.route
    operator: BindParameter[str] = bindparam("operator")
    here = (
        device.c.operator_id == operator,
        device.c.device_id == bindparam("device"),
        device.c.user_id == bindparam("person"),  # as `devices.check_device`
    )
    its_stream = (
        stream.c.operator_id == operator,
        stream.c.device_id == bindparam("device"),
        stream.c.incarnation_id == bindparam("incarnation"),
    )
    held = [  # as `grants.scopes_to_pull`
        select(bindparam("own", type_=Text).label("scope")),
        *(select(literal(name, Text)) for name in (ORG, CATALOG)),
        select(grant.c.scope).where(
            grant.c.operator_id == operator,
            grant.c.user_id == bindparam("person"),
            grant.c.to_at.is_(None),
        ),
    ]
    if everything:
        held.append(select(literal(OFFICE, Text)))
        held.append(
            select(literal(route_scope(""), Text).concat(route.c.id)).where(
                route.c.operator_id == operator
            )
        )
    names = union(*held).subquery("names")
    return select(
        names.c.scope,
        head.c.head,
        head.c.n,
        head.c.sum64,
        head.c.floor,
        select(facts.c.v).where(facts.c.k == EPOCH).scalar_subquery().label("epoch"),
        select(device.c.status).where(*here).scalar_subquery().label("status"),
        select(device.c.policy).where(*here).scalar_subquery().label("policy"),
        select(stream.c.last_seq).where(*its_stream).scalar_subquery().label("last_seq"),
        select(stream.c.last_op_id).where(*its_stream).scalar_subquery().label("last_op_id"),
    ).outerjoin_from(
        names, head, and_(head.c.operator_id == operator, head.c.scope == names.c.scope)
    )


_LOOK = {everything: _look_query(everything=everything) for everything in (False, True)}


@dataclass(frozen=True, slots=True)
class _Look:
    """Where the server and the device are, in one cut."""

    epoch: str
    last_seq: int
    last_op_id: str | None
    scopes: list[_Scope]


def _look(connection: Connection, who: Principal, request: PullRequest) -> _Look:
    """Raises ApiError 403 device_..., 409 epoch_changed."""
    rows = connection.execute(
        _LOOK[who.may(Right.ALL_ROUTES_SEE)],
        {
            "operator": who.operator_id,
            "device": request.device_id,
            "person": who.user_id,
            "own": own_scope(who.user_id),
            "incarnation": request.incarnation_id,
        },
    ).all()
    one = rows[0]  # everybody holds a scope
    epoch = same_epoch(one.epoch, request.epoch)
    if one.status is None:
        raise unknown_device()
    refuse_shut_device(one.status, one.policy)
    scopes = [
        _Scope(row.scope)
        if row.head is None
        else _Scope(row.scope, row.head, row.n, row.sum64, row.floor)
        for row in sorted(rows, key=lambda row: str(row.scope))
    ]
    for scope in scopes:
        _place(scope, request)
    return _Look(epoch, one.last_seq or 0, one.last_op_id, scopes)


class RowPage:
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


def _place(scope: _Scope, request: PullRequest) -> None:
    """Go on where the device is; from 0 with `reset` when tombstones it needs are gone.

    A device in the middle of a reading from 0 may be below the floor, but not below a floor that
    came after it began: what it has read may have been removed and forgotten since.
    """
    name = scope.name
    cursor = request.cursors.get(name, 0)
    same_floor = request.floors.get(name, scope.floor) == scope.floor
    reads_from_0 = name in request.rereading and same_floor
    if cursor < 0 or cursor > scope.head or (0 < cursor < scope.floor and not reads_from_0):
        scope.reset = True
    else:
        scope.cursor = cursor


def _offer_snapshots(connection: Connection, who: Principal, scopes: list[_Scope]) -> None:
    fresh = {scope.name: scope for scope in scopes if scope.cursor == 0 < scope.head}
    for name, offer in offers(connection, who.operator_id, sorted(fresh)).items():
        if fresh[name].floor <= offer.cursor <= fresh[name].head:
            fresh[name].offer = offer


def _fill(connection: Connection, operator_id: str, scope: _Scope, page: RowPage) -> None:
    while scope.offer is None and scope.cursor < scope.head and page.rows_left > 0:
        wanted = min(page.rows_left, _FETCH_ROWS)
        entries = entries_after(connection, operator_id, scope.name, scope.cursor, wanted)
        for seq, text in row_texts(connection, operator_id, scope.name, entries):
            if not page.add(text):
                return
            scope.cursor = seq
        if len(entries) < wanted:
            scope.cursor = scope.head

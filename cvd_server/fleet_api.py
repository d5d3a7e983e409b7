"""Take master data away and bring it back. Nothing is deleted: rows stay as history, laptops get a
tombstone, and whoever was wrong undoes it."""

from collections.abc import Callable

from flask import Blueprint, Response
from sqlalchemy import Connection, select

from cvd_server.access import Principal, needs, principal
from cvd_server.answers import ApiError, success
from cvd_server.audit_trail import record_audit
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.described import described
from cvd_server.records import KINDS, Row, known
from cvd_server.request_body import read_body
from cvd_server.services import Services, services
from cvd_shared.permissions import Right
from cvd_shared.wire import API, Answer
from cvd_shared.wire_fleet import REMOVABLE, RemovedList, RemovedRecord, RemoveRequest

fleet_api = Blueprint("fleet_api", __name__, url_prefix=f"{API}/records")

LISTED = 1000
_NAMES = ("asset_number", "number", "name", "sku", "machine_id", "key")
"""The columns by which people know a record; the first that its kind has."""
_UNKNOWN = (404, "not_found")
_Work = Callable[[Connection, ChangeFeed, Row], None]


@fleet_api.get("/removed")
@needs(Right.FLEET_MANAGE)
@described("What was taken away and can be brought back.", gives=RemovedList)
def removed() -> Response:
    to, who = services(), principal()
    found: list[RemovedRecord] = []
    with to.database.read() as connection:
        for kind in REMOVABLE:
            table = KINDS[kind].table
            rows = connection.execute(
                select(table)
                .where(table.c.operator_id == who.operator_id, table.c.removed.is_(True))
                .order_by(table.c.changed_at.desc())
                .limit(LISTED)
            ).mappings()
            found += [_told(kind, dict(row)) for row in rows]
    found.sort(key=lambda each: each.removed_at, reverse=True)
    return success(RemovedList(records=found[:LISTED]))


@fleet_api.post("/<kind>/<record_id>/remove")
@needs(Right.FLEET_MANAGE)
@described("Take a record away; a second time changes nothing.", takes=RemoveRequest,
           gives=Answer, errors=(_UNKNOWN, (409, "in_use")))  # fmt: skip
def remove(kind: str, record_id: str) -> Response:
    to, who, asked = services(), principal(), read_body(RemoveRequest)

    def work(connection: Connection, feed: ChangeFeed, row: Row) -> None:
        if row["removed"]:
            return
        _check_unused(connection, who, kind, record_id)
        feed.remove(kind, [record_id])
        _audit(to, connection, who, "record_removed", kind, record_id, reason=asked.reason)

    _change(to, who, kind, record_id, work)
    return success(Answer())


@fleet_api.post("/<kind>/<record_id>/restore")
@needs(Right.FLEET_MANAGE)
@described("Bring a record back as it was; one that is there stays as it is.", gives=Answer,
           errors=(_UNKNOWN,))  # fmt: skip
def restore(kind: str, record_id: str) -> Response:
    to, who = services(), principal()

    def work(connection: Connection, feed: ChangeFeed, row: Row) -> None:
        if row["removed"]:
            feed.put([known(KINDS[kind].model, row)])
            _audit(to, connection, who, "record_restored", kind, record_id)

    _change(to, who, kind, record_id, work)
    return success(Answer())


def _change(to: Services, who: Principal, kind: str, record_id: str, work: _Work) -> None:
    """Raises ApiError 404: no such kind, no such record, another operator's."""

    def transaction(connection: Connection) -> None:
        with change_feed(connection, who.operator_id, to.now()) as feed:
            feed.lock_master_data()
            row = feed.load(kind, [record_id]).get(record_id) if kind in REMOVABLE else None
            if row is None:
                raise ApiError(404, "not_found", "There is no such record.")
            work(connection, feed, row)

    to.database.in_transaction(transaction)


def _check_unused(connection: Connection, who: Principal, kind: str, record_id: str) -> None:
    """A place with machines, a route with machines: whoever removes them means those first."""
    machine = KINDS["machine"].table
    column = {"location": machine.c.location_id, "route": machine.c.route_id}.get(kind)
    if column is None:
        return
    machines = connection.scalars(
        select(machine.c.asset_number)
        .where(
            machine.c.operator_id == who.operator_id,
            column == record_id,
            machine.c.removed.is_(False),
        )
        .order_by(machine.c.asset_number)
        .limit(10)
    ).all()
    if machines:
        raise ApiError(
            409, "in_use", "Machines stand there; move or remove them first.",
            machines=list(machines),
        )  # fmt: skip


def _told(kind: str, row: Row) -> RemovedRecord:
    name = next((str(row[each]) for each in _NAMES if row.get(each)), row["id"])
    return RemovedRecord(kind=kind, id=row["id"], name=name, removed_at=row["changed_at"])


def _audit(
    to: Services,
    connection: Connection,
    who: Principal,
    action: str,
    kind: str,
    record_id: str,
    **detail: str,
) -> None:
    record_audit(
        connection, to.new_id, to.now(), action, operator_id=who.operator_id,
        actor_id=who.user_id, kind=kind, record_id=record_id, **detail,
    )  # fmt: skip

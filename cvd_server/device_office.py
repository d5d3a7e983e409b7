"""Devices as the office sees them: who has one, when it was last seen, what it is to do."""

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from cvd_server import tables
from cvd_server.answers import ApiError
from cvd_server.audit_trail import record_audit
from cvd_shared.ids import IdMaker
from cvd_shared.wire_identity import DeviceList, DevicePolicyRequest, DeviceView

device = tables.device
Actor = tuple[str, str | None]
"""Operator and user; no user at the terminal of the server."""


def device_list(connection: Connection, operator_id: str) -> DeviceList:
    """Those seen last first."""
    rows = connection.execute(
        _devices(operator_id).order_by(
            device.c.last_seen_at.is_(None),
            device.c.last_seen_at.desc(),
            device.c.registered_at.desc(),
            device.c.device_id,
        )
    )
    return DeviceList(devices=[_view(row) for row in rows])


def set_policy(
    connection: Connection,
    new_id: IdMaker,
    now: str,
    actor: Actor,
    device_id: str,
    request: DevicePolicyRequest,
) -> DeviceView:
    """Raises ApiError 404 not_found, for another operator's device too. `revoke=False` gives a
    revoked device its rights back."""
    operator_id, user_id = actor
    mine = (device.c.operator_id == operator_id) & (device.c.device_id == device_id)
    before = connection.execute(select(device).where(mine).with_for_update()).one_or_none()
    if before is None:
        raise ApiError(404, "not_found", "There is no such device.")
    revoked_at = (before.revoked_at or now) if request.revoke else None
    connection.execute(
        device.update()
        .where(mine)
        .values(
            policy=request.policy,
            status="revoked" if request.revoke else "active",
            revoked_at=revoked_at,
        )
    )
    record_audit(
        connection, new_id, now, "device_policy",
        operator_id=operator_id, actor_id=user_id, device_id=device_id, policy=request.policy,
        revoked=request.revoke, reason=request.reason, unsent=before.unsent,
    )  # fmt: skip
    return _view(connection.execute(_devices(operator_id).where(mine)).one())


def _devices(operator_id: str) -> Select[Any]:
    user = tables.user_account
    return (
        select(device, user.c.name.label("user_name"))
        .outerjoin(
            user, (user.c.operator_id == device.c.operator_id) & (user.c.id == device.c.user_id)
        )
        .where(device.c.operator_id == operator_id)
    )


def _view(row: Row[Any]) -> DeviceView:
    return DeviceView(
        device_id=row.device_id,
        name=row.name,
        platform=row.platform,
        app_version=row.app_version,
        user_id=row.user_id,
        user_name=row.user_name or "",
        status=row.status,
        policy=row.policy,
        registered_at=row.registered_at,
        last_seen_at=row.last_seen_at,
        unsent=row.unsent,
    )

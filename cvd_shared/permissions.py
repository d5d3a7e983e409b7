"""The role matrix: who may do what. The server enforces it, the desktop hides by it.

To add a right: 1. name it in `Right`; 2. give it to roles in `MATRIX`; 3. name it at the endpoint.
A right that no role holds, or an endpoint without a right, fails a test.
"""

from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    DRIVER = "driver"
    TECHNICIAN = "technician"
    VIEWER = "viewer"


class Right(StrEnum):
    ACCOUNT_OWN = "account.own"
    SYNC_PULL = "sync.pull"
    SYNC_PUSH = "sync.push"
    DEVICE_REGISTER = "device.register"
    ALL_ROUTES_SEE = "routes.see_all"
    READ_RECORD = "read.record"
    VISIT_RECORD = "visit.record"
    MACHINE_WRITE = "machine.write"
    TICKET_WORK = "ticket.work"
    FLEET_MANAGE = "fleet.manage"
    REPORT_SEE = "report.see"
    REVIEW_SEE = "review.see"
    AUDIT_SEE = "audit.see"
    DEVICE_MANAGE = "device.manage"
    USER_MANAGE = "user.manage"
    SETTING_MANAGE = "setting.manage"


_EVERYBODY = frozenset({Right.ACCOUNT_OWN, Right.SYNC_PULL, Right.DEVICE_REGISTER})
_FIELD = _EVERYBODY | {Right.SYNC_PUSH, Right.READ_RECORD}

MATRIX: dict[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.MANAGER: frozenset(Right)
    - {Right.USER_MANAGE, Right.SETTING_MANAGE, Right.DEVICE_MANAGE, Right.AUDIT_SEE},
    Role.DRIVER: _FIELD | {Right.VISIT_RECORD},
    Role.TECHNICIAN: _FIELD | {Right.VISIT_RECORD, Right.TICKET_WORK, Right.MACHINE_WRITE},
    Role.VIEWER: _EVERYBODY | {Right.REPORT_SEE, Right.REVIEW_SEE, Right.ALL_ROUTES_SEE},
}


def may(role: Role, right: Right) -> bool:
    """True when the role holds the right; whatever is not granted is denied."""
    return right in MATRIX[role]

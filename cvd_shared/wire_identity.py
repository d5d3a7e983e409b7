"""People, devices and keys on the wire (sync protocol, 2.12): what wire.py does not need."""

from typing import Literal

from pydantic import Field

from cvd_shared.wire import Answer, Id, Request

DevicePolicy = Literal["normal", "lock", "wipe_when_drained", "wipe_now"]
"""What a device is to do with itself. `lock`: nothing but rescue and bundles; `wipe_when_drained`:
send what waits, then delete; `wipe_now`: delete at once, whatever waits (theft)."""

_KEY_HEX = "^[0-9a-f]{64}$"  # 32 bytes
_SIGNATURE_HEX = "^[0-9a-f]{128}$"


class PasswordRequest(Request):
    """A new password of one's own; the old one proves that it is the person."""

    password: str = Field(min_length=1, max_length=1000, repr=False)
    new_password: str = Field(min_length=1, max_length=1000, repr=False)


class OperatorKeysAnswer(Answer):
    """The operator's public keys, hexadecimal: `seal` (X25519) takes sealed boxes, `sign` (Ed25519)
    proves receipts."""

    seal: str
    sign: str


class EscrowRequest(Request):
    """The key of a local database, sealed to the operator (base64): a forgotten PIN costs nothing.
    A newer one replaces an older one of the same device and person."""

    device_id: Id = Field(max_length=64)
    database_id: Id = Field(min_length=1, max_length=64)
    sealed_key: str = Field(min_length=1, max_length=1000, repr=False)


class EscrowOpenRequest(Request):
    """Give me my key again. The password is asked anew, whoever holds a token."""

    device_id: Id = Field(max_length=64)
    database_id: Id = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1000, repr=False)
    reply_key: str = Field(pattern=_KEY_HEX)  # X25519; the answer is sealed to it


class EscrowOpenAnswer(Answer):
    sealed_key: str = Field(repr=False)  # base64, a sealed box for `reply_key`


class DeviceView(Answer):
    """As an administrator sees it."""

    device_id: Id
    name: str
    platform: str
    app_version: str
    user_id: Id
    user_name: str
    status: Literal["active", "revoked"]
    policy: DevicePolicy
    registered_at: str
    last_seen_at: str | None
    unsent: int  # as it said when it was last seen


class DeviceList(Answer):
    devices: list[DeviceView]


class DevicePolicyRequest(Request):
    """`revoke` ends its right to pull and push; `policy` says what it shall do with its data."""

    policy: DevicePolicy
    revoke: bool = False
    reason: str = Field(min_length=1, max_length=500)


class UserView(Answer):
    user_id: Id
    name: str
    full_name: str
    role: str
    active: bool
    route_ids: list[Id]
    must_change_password: bool
    locked_until: str | None = None  # after failed sign-ins
    failures: int = 0


class UserList(Answer):
    users: list[UserView]


class UserRequest(Request):
    """A new user, or all of a user that may change. `password` only for a new one."""

    name: str = Field(min_length=1, max_length=200)
    full_name: str = Field(default="", max_length=200)
    role: str = Field(max_length=50)
    route_ids: list[Id] = Field(default_factory=list, max_length=10_000)
    active: bool = True
    password: str | None = Field(default=None, min_length=1, max_length=1000, repr=False)


class UserAnswer(Answer):
    user: UserView


class PasswordResetRequest(Request):
    """An administrator gives a password that has to be changed at the next sign-in."""

    new_password: str = Field(min_length=1, max_length=1000, repr=False)


class AuditLine(Answer):
    audit_id: Id
    at: str
    actor_id: Id | None
    actor_name: str
    action: str
    detail: dict[str, object]


class AuditPage(Answer):
    """Newest first; `before` of the next page is the `audit_id` of the last line."""

    lines: list[AuditLine]
    more: bool

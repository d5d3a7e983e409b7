"""Does a request come from this very device, and is the device still welcome."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey
from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.answers import ApiError

SHUT_POLICIES = frozenset({"lock", "wipe_now"})
"""Nothing but rescue and bundles. `wipe_when_drained` goes on until it is drained."""


class Signature(NamedTuple):
    """What a request says: the device, the body as it came, hexadecimal Ed25519."""

    device_id: str
    body: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class SignedDevice:
    """A device that proved itself by its key, whoever works on it and however it stands."""

    operator_id: str
    device_id: str
    user_id: str  # whose it is
    status: str
    policy: str


def check_device_signature(
    connection: Connection, device_id: str, body: bytes, signature: str
) -> SignedDevice:
    """The device whose key signed these bytes (wire.HEADER_DEVICE_SIGNATURE).

    Also revoked and locked ones: the caller decides what they may. Raises ApiError 401
    device_signature, the same for a wrong signature, an unknown device and one without a key.
    """
    table = tables.device
    rows = connection.execute(
        select(table).where(table.c.device_id == device_id, table.c.pubkey.is_not(None))
    )
    for row in rows:
        if signature_fits(row.pubkey, body, signature):
            return SignedDevice(row.operator_id, row.device_id, row.user_id, row.status, row.policy)
    raise ApiError(401, "device_signature", "The signature is not that of a registered device.")


def signature_fits(pubkey: str, body: bytes, signature: str) -> bool:
    """`pubkey` and `signature` hexadecimal; whatever is not well formed does not fit."""
    try:
        key = VerifyKey(bytes.fromhex(pubkey))
        key.verify(hashlib.sha256(body).digest(), bytes.fromhex(signature))
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def usable_key(pubkey: str) -> bool:
    """Whether 64 hex digits are a public key that anybody can have the other half of."""
    try:
        return bool(crypto_core_ed25519_is_valid_point(bytes.fromhex(pubkey)))
    except (CryptoError, ValueError, TypeError):
        return False


def refuse_shut_device(status: str, policy: str) -> None:
    """Raises ApiError 403 device_revoked{policy} for a revoked device and for a shut one."""
    if status != "active":
        raise ApiError(403, "device_revoked", "This device was revoked.", policy=policy)
    if policy in SHUT_POLICIES:
        raise ApiError(403, "device_revoked", "This device was shut by the office.", policy=policy)

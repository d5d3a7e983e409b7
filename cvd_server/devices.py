"""Devices and their streams: is this one welcome, how far is it, what do the backups cover."""

import hashlib
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey
from sqlalchemy import Connection, func, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError
from cvd_server.server_meta import DURABLE_AT, read_epoch, read_meta
from cvd_server.services import Services
from cvd_shared.wire import PROTOCOL, HelloAnswer, HelloRequest, Limits

MIN_CLIENT_VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class SignedDevice:
    """A device that proved itself by its key, whoever works on it and however it stands."""

    operator_id: str
    device_id: str
    user_id: str  # who was seen on it last
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


def check_device(connection: Connection, who: Principal, device_id: str) -> None:
    """Raises ApiError 403: device_unknown (also another operator's), device_revoked."""
    table = tables.device
    row = connection.execute(
        select(table.c.status, table.c.policy).where(
            table.c.operator_id == who.operator_id, table.c.device_id == device_id
        )
    ).one_or_none()
    if row is None:
        raise ApiError(403, "device_unknown", "This device is not registered.")
    if row.status != "active":
        raise ApiError(403, "device_revoked", "This device was revoked.", policy=row.policy)


def applied_seq(connection: Connection, who: Principal, device_id: str, incarnation_id: str) -> int:
    """The last event of this stream that is in the log; 0 for a new stream."""
    last = connection.scalar(
        select(tables.device_stream.c.last_seq).filter_by(
            operator_id=who.operator_id, device_id=device_id, incarnation_id=incarnation_id
        )
    )
    return last or 0


def durable_seq(connection: Connection, who: Principal, device_id: str, incarnation_id: str) -> int:
    """The last event of this stream that a verified off-site backup covers."""
    durable_at = read_meta(connection, DURABLE_AT)
    if durable_at is None:
        return 0
    table = tables.op_log
    last = connection.scalar(
        select(func.max(table.c.seq))
        .filter_by(operator_id=who.operator_id, device_id=device_id, incarnation_id=incarnation_id)
        .where(table.c.received_at <= durable_at)
    )
    return last or 0


def hello(
    to: Services, connection: Connection, who: Principal, request: HelloRequest
) -> HelloAnswer:
    """Greet a device and note how it is: version, unsent records."""
    check_device(connection, who, request.device_id)
    now = to.now()
    connection.execute(
        tables.device.update()
        .filter_by(operator_id=who.operator_id, device_id=request.device_id)
        .values(
            user_id=who.user_id,
            app_version=request.client.v,
            last_seen_at=now,
            unsent=min(request.unsent, 2**53),
        )
    )
    stream = (request.device_id, request.incarnation_id)
    return HelloAnswer(
        epoch=read_epoch(connection),
        server_time=now,
        protocol={"min_push": PROTOCOL, "min_pull": PROTOCOL, "max": PROTOCOL},
        min_client_version=MIN_CLIENT_VERSION,
        limits=Limits(),
        last_seq=applied_seq(connection, who, *stream),
        durable_seq=durable_seq(connection, who, *stream),
        features=["inline_blobs", "late_blobs"],
    )

"""Sessions: families of refresh secrets that the client proposes itself (sync protocol, 2.12).

The client makes every refresh secret itself and stores it before it calls, so that a lost answer
costs nothing: the same call again has the same success. A secret that was already exchanged for
another successor is in two hands: the whole family ends.

A family is bound to a device by the first request that the device's key signed; from then on
nothing else refreshes it, and a copied secret is of no use. Clients without a key keep working.
"""

import hashlib
import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from cvd_server import tables
from cvd_server.accounts import Account, account_with_id
from cvd_server.answers import ApiError
from cvd_server.audit_trail import record_audit
from cvd_server.clock import from_wire
from cvd_server.device_trust import Signature, SignedDevice, check_device_signature
from cvd_server.services import Services
from cvd_shared.wire import RefreshRequest

log = logging.getLogger(__name__)

family = tables.refresh_family
token = tables.refresh_token
Verdict = tuple[ApiError | None, Account | None]


def signed_by(
    connection: Connection, operator_id: str, signature: Signature | None
) -> SignedDevice | None:
    """The active device of this operator that signed; None when nobody provably did."""
    if signature is None:
        return None
    try:
        device = check_device_signature(connection, *signature)
    except ApiError:
        return None  # a device that the server has forgotten must still be able to sign in
    return device if device.operator_id == operator_id else None


def open_family(
    connection: Connection, to: Services, account: Account, next_hash: str,
    device: SignedDevice | None,
) -> str:  # fmt: skip
    """A new session; the same one when the answer to the same call was lost. Gives its id."""
    now = to.now()
    repeated: str | None = connection.scalar(
        select(token.c.family_id)
        .join(
            family,
            (family.c.operator_id == token.c.operator_id)
            & (family.c.family_id == token.c.family_id),
        )
        .where(
            token.c.operator_id == account.operator_id,
            token.c.token_hash == next_hash,
            token.c.next_hash.is_(None),
            family.c.user_id == account.user_id,
            family.c.ended_at.is_(None),
        )
    )
    if repeated is not None:
        return repeated
    family_id = to.new_id()
    connection.execute(
        family.insert().values(
            operator_id=account.operator_id,
            family_id=family_id,
            user_id=account.user_id,
            created_at=now,
            used_at=now,
            device_id=device.device_id if device else None,
            bound_at=now if device else None,
        )
    )
    _insert_token(connection, account.operator_id, family_id, next_hash, now)
    record_audit(
        connection, to.new_id, now, "signed_in",
        operator_id=account.operator_id, actor_id=account.user_id, family=family_id,
        device_id=device.device_id if device else None,
    )  # fmt: skip
    return family_id


def note_device(connection: Connection, operator_id: str, family_id: str, device_id: str) -> None:
    """Remember where this session is at work, the first time that it says so: when the device is
    revoked, the session has no more rights either."""
    connection.execute(
        family.update()
        .filter_by(operator_id=operator_id, family_id=family_id)
        .where(family.c.device_id.is_(None))
        .values(device_id=device_id)
    )


def rotate(
    connection: Connection, to: Services, request: RefreshRequest, signature: Signature | None
) -> Verdict:
    """The account that goes on working, or the error to raise behind the commit (a theft that was
    found must stay on record)."""
    row = _lock_token(connection, request.family, request.current)
    if row is None:
        return ApiError(401, "refresh_refused", "This refresh secret is not ours."), None
    account = account_with_id(connection, row.operator_id, row.user_id)
    if account is None or not account.active:
        return ApiError(403, "user_blocked", "This user may not work any more."), None
    ended = ApiError(401, "session_ended", "This session has ended; sign in again.")
    if row.ended_at is not None:
        return ended, None
    refused = _wrong_device(connection, to, row, signature)
    if refused is not None:
        return refused, None
    if to.clock() - from_wire(row.used_at) > timedelta(days=to.settings.refresh_days):
        end_family(connection, to, row, "unused_too_long")
        return ended, None
    refused = _exchange(connection, to, row, request.next_hash)
    return (refused, None) if refused is not None else (None, account)


def sign_out(connection: Connection, to: Services, family_id: str, secret: str) -> None:
    """End the session; a second time, or with a strange secret, nothing happens."""
    row = _lock_token(connection, family_id, secret)
    if row is not None and row.ended_at is None:
        end_family(connection, to, row, "signed_out")


def end_sessions(
    connection: Connection, to_now: str, operator_id: str, user_id: str, why: str, *,
    but: str | None = None,
) -> int:  # fmt: skip
    """End every session of a person, but one. What waits on his laptops stays there unharmed: it
    goes out after the next sign-in, or through rescue. Gives how many ended."""
    mine = (family.c.operator_id == operator_id) & (family.c.user_id == user_id)
    alive = mine & family.c.ended_at.is_(None) & (family.c.family_id != (but or ""))
    return connection.execute(
        family.update().where(alive).values(ended_at=to_now, ended_why=why)
    ).rowcount


def end_family(connection: Connection, to: Services, row: Row[Any], why: str) -> None:
    now = to.now()
    connection.execute(
        family.update()
        .filter_by(operator_id=row.operator_id, family_id=row.family_id)
        .values(ended_at=now, ended_why=why)
    )
    record_audit(
        connection, to.new_id, now, "session_ended",
        operator_id=row.operator_id, actor_id=row.user_id, family=row.family_id, why=why,
    )  # fmt: skip


def _wrong_device(
    connection: Connection, to: Services, row: Row[Any], signature: Signature | None
) -> ApiError | None:
    """Bind the family to the device that signed; refuse whoever is not the device it is bound to,
    and devices that were revoked. A locked one may refresh: it still has to send its rescue."""
    device = signed_by(connection, row.operator_id, signature)
    if row.bound_at is not None and (device is None or device.device_id != row.device_id):
        return ApiError(401, "device_signature", "This session belongs to another device.")
    if row.bound_at is None and device is not None and row.device_id in (None, device.device_id):
        connection.execute(
            family.update()
            .filter_by(operator_id=row.operator_id, family_id=row.family_id)
            .values(device_id=device.device_id, bound_at=to.now())
        )
    held = device.device_id if device else row.device_id
    table = tables.device
    found = connection.execute(
        select(table.c.status, table.c.policy).filter_by(
            operator_id=row.operator_id, device_id=held
        )
    ).one_or_none()
    if found is not None and found.status != "active":
        return ApiError(403, "device_revoked", "This device was revoked.", policy=found.policy)
    return None


def _exchange(
    connection: Connection, to: Services, row: Row[Any], next_hash: str
) -> ApiError | None:
    """Rotate the live secret, repeat a rotation whose answer was lost, or find a theft."""
    now = to.now()
    this_family = (token.c.operator_id == row.operator_id) & (token.c.family_id == row.family_id)
    successor = connection.execute(
        select(token).where(this_family, token.c.token_hash == next_hash)
    ).one_or_none()
    if row.next_hash is None:
        if successor is not None:
            return ApiError(422, "malformed", "The proposed successor was used before.")
        connection.execute(
            token.update()
            .where(this_family, token.c.token_hash == row.token_hash)
            .values(next_hash=next_hash, rotated_at=now)
        )
        _insert_token(connection, row.operator_id, row.family_id, next_hash, now)
        connection.execute(
            family.update()
            .filter_by(operator_id=row.operator_id, family_id=row.family_id)
            .values(used_at=now)
        )
        return None
    if row.next_hash != next_hash:
        end_family(connection, to, row, "reused")
        log.warning("refresh secret used twice: family %s ended", row.family_id)
        return ApiError(401, "session_ended", "This session was ended for safety; sign in again.")
    if successor is None or successor.next_hash is not None:
        # A copy of an old call: who made it has long since used the successor. No new token.
        return ApiError(401, "refresh_refused", "This refresh secret has been exchanged.")
    return None


def _lock_token(connection: Connection, family_id: str, secret: str) -> Row[Any] | None:
    """The token row with its family, which is locked; None when there is no such pair."""
    owner = connection.execute(
        select(family).where(family.c.family_id == family_id).with_for_update()
    ).one_or_none()
    if owner is None:
        return None
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    return connection.execute(
        select(
            token,
            family.c.user_id,
            family.c.used_at,
            family.c.ended_at,
            family.c.device_id,
            family.c.bound_at,
        )
        .join(
            family,
            (family.c.operator_id == token.c.operator_id)
            & (family.c.family_id == token.c.family_id),
        )
        .where(
            token.c.operator_id == owner.operator_id,
            token.c.family_id == family_id,
            token.c.token_hash == digest,
        )
    ).one_or_none()


def _insert_token(
    connection: Connection, operator_id: str, family_id: str, token_hash: str, now: str
) -> None:
    connection.execute(
        token.insert().values(
            operator_id=operator_id, family_id=family_id, token_hash=token_hash, created_at=now
        )
    )

"""Sign in, refresh with a client-proposed successor (sync protocol, 2.12), sign out, devices.

The client makes every refresh secret itself and stores it before it calls, so that a lost answer
costs nothing: the same call again has the same success. A secret that was already exchanged for
another successor is in two hands: the whole family ends.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from argon2.exceptions import VerificationError
from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.access import Principal, access_token
from cvd_server.answers import ApiError, try_later
from cvd_server.audit_trail import NO_OPERATOR, record_audit
from cvd_server.clock import from_wire, to_wire
from cvd_server.database import insert_many
from cvd_server.people import plain_name
from cvd_server.services import Services
from cvd_shared.wire import (
    DeviceAnswer,
    DeviceRequest,
    LogoutRequest,
    RefreshRequest,
    TokenAnswer,
    TokenRequest,
)

log = logging.getLogger(__name__)

FREE_TRIES = 5
_FIRST_WAIT = 15  # seconds after the last free try; doubles with each further failure
_LONGEST_WAIT = 15 * 60

user = tables.user_account
family = tables.refresh_family
token = tables.refresh_token


@dataclass(frozen=True, slots=True)
class _Account:
    operator_id: str
    operator_name: str
    user_id: str
    name: str
    role: str
    active: bool
    password_hash: str


def sign_in(to: Services, request: TokenRequest) -> TokenAnswer:
    """Raises ApiError 401 sign_in_refused, 403 user_blocked, 429 too_many_tries."""
    name = plain_name(request.user)
    now = to.now()
    with to.database.read() as connection:
        account = _account_named(connection, name)
    operator_id = account.operator_id if account else NO_OPERATOR
    # The try is counted before the password is looked at: many at once gain nothing.
    to.database.in_transaction(lambda tx: _count_try(tx, to, operator_id, name))
    if not _password_fits(to, account, request.password) or account is None:
        with to.database.write() as connection:
            record_audit(
                connection, to.new_id, now, "sign_in_refused", operator_id=operator_id, name=name
            )
        raise ApiError(401, "sign_in_refused", "User name or password is wrong.")
    if not account.active:
        raise ApiError(403, "user_blocked", "This user may not work any more.")
    family_id = to.database.in_transaction(
        lambda tx: _open_family(tx, to, account, name, request.next_hash)
    )
    return _token_answer(to, account, family_id)


def refresh(to: Services, request: RefreshRequest) -> TokenAnswer:
    """Raises ApiError 401 session_ended or refresh_refused, 422 malformed."""
    verdict, account = to.database.in_transaction(lambda tx: _rotate(tx, to, request))
    if verdict is not None:  # raised here, behind the commit: a theft must stay on record
        raise verdict
    assert account is not None
    return _token_answer(to, account, request.family)


def sign_out(to: Services, request: LogoutRequest) -> None:
    """End the family; a second time, or with a strange secret, nothing happens."""

    def work(connection: Connection) -> None:
        row = _lock_token(connection, request.family, request.current)
        if row is not None and row.ended_at is None:
            _end_family(connection, to, row, "signed_out")

    to.database.in_transaction(work)


def register_device(to: Services, who: Principal, request: DeviceRequest) -> DeviceAnswer:
    device_id = to.new_id()
    now = to.now()
    with to.database.write() as connection:
        connection.execute(
            tables.device.insert().values(
                operator_id=who.operator_id,
                device_id=device_id,
                user_id=who.user_id,
                name=request.name,
                platform=request.platform,
                app_version=request.app_version,
                pubkey=request.pubkey,
                status="active",
                policy="normal",
                registered_at=now,
                last_seen_at=None,
                unsent=0,
            )
        )
        record_audit(
            connection, to.new_id, now, "device_registered",
            operator_id=who.operator_id, actor_id=who.user_id, device_id=device_id,
        )  # fmt: skip
    return DeviceAnswer(device_id=device_id, operator_id=who.operator_id)


# --- sign in ------------------------------------------------------------------------------------


def _account_named(connection: Connection, name: str) -> _Account | None:
    return _account(connection, user.c.name == name)


def _account(connection: Connection, condition: Any) -> _Account | None:
    credential, operator = tables.credential, tables.operator
    row = connection.execute(
        select(user, operator.c.name.label("operator_name"), credential.c.password_hash)
        .join(operator, operator.c.operator_id == user.c.operator_id)
        .join(
            credential,
            (credential.c.operator_id == user.c.operator_id) & (credential.c.user_id == user.c.id),
        )
        .where(condition)
    ).one_or_none()
    if row is None:
        return None
    return _Account(
        row.operator_id,
        row.operator_name,
        row.id,
        row.name,
        row.role,
        row.active and not row.removed,
        row.password_hash,
    )


def _password_fits(to: Services, account: _Account | None, password: str) -> bool:
    """Takes as long for a name that nobody has as for a wrong password."""
    try:
        to.hasher.verify(account.password_hash if account else to.dummy_hash, password)
    except VerificationError:
        return False
    return account is not None


def _count_try(connection: Connection, to: Services, operator_id: str, name: str) -> None:
    """Raises ApiError 429 while the name has to wait; else counts one failure more."""
    table = tables.sign_in_failure
    this = (table.c.operator_id == operator_id) & (table.c.name == name)
    first = {"operator_id": operator_id, "name": name, "failures": 0, "last_at": to.now()}
    insert_many(connection, table, [first], on_conflict="skip")
    row = connection.execute(select(table).where(this).with_for_update()).one()
    failures = row.failures
    if failures >= FREE_TRIES:
        wait = min(_FIRST_WAIT * 2 ** (failures - FREE_TRIES), _LONGEST_WAIT)
        left = (from_wire(row.last_at) + timedelta(seconds=wait) - to.clock()).total_seconds()
        if 0 < left <= wait:  # a clock that was set back does not lock anybody out
            raise try_later(
                429, "too_many_tries", "Too many failed tries; wait a moment.", int(left) + 1
            )
    connection.execute(
        table.update().where(this).values(failures=min(failures + 1, 1000), last_at=to.now())
    )


def _open_family(
    connection: Connection, to: Services, account: _Account, name: str, next_hash: str
) -> str:
    now = to.now()
    table = tables.sign_in_failure
    connection.execute(
        table.delete().where(table.c.operator_id == account.operator_id, table.c.name == name)
    )
    repeated: str | None = connection.scalar(  # the answer to the same call was lost
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
        )
    )
    _insert_token(connection, account.operator_id, family_id, next_hash, now)
    record_audit(
        connection, to.new_id, now, "signed_in",
        operator_id=account.operator_id, actor_id=account.user_id, family=family_id,
    )  # fmt: skip
    return family_id


# --- refresh ------------------------------------------------------------------------------------


def _rotate(
    connection: Connection, to: Services, request: RefreshRequest
) -> tuple[ApiError | None, _Account | None]:
    row = _lock_token(connection, request.family, request.current)
    if row is None:
        return ApiError(401, "refresh_refused", "This refresh secret is not ours."), None
    ended = ApiError(401, "session_ended", "This session has ended; sign in again.")
    if row.ended_at is not None:
        return ended, None
    if to.clock() - from_wire(row.used_at) > timedelta(days=to.settings.refresh_days):
        _end_family(connection, to, row, "unused_too_long")
        return ended, None
    refused = _exchange(connection, to, row, request.next_hash)
    if refused is not None:
        return refused, None
    account = _account(
        connection, (user.c.operator_id == row.operator_id) & (user.c.id == row.user_id)
    )
    if account is None or not account.active:
        return ApiError(403, "user_blocked", "This user may not work any more."), None
    return None, account


def _exchange(connection: Connection, to: Services, row: Any, next_hash: str) -> ApiError | None:
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
            .where(family.c.operator_id == row.operator_id, family.c.family_id == row.family_id)
            .values(used_at=now)
        )
        return None
    if row.next_hash != next_hash:
        _end_family(connection, to, row, "reused")
        log.warning("refresh secret used twice: family %s ended", row.family_id)
        return ApiError(401, "session_ended", "This session was ended for safety; sign in again.")
    if successor is None or successor.next_hash is not None:
        # A copy of an old call: who made it has long since used the successor. No new token.
        return ApiError(401, "refresh_refused", "This refresh secret has been exchanged.")
    return None


def _lock_token(connection: Connection, family_id: str, secret: str) -> Any | None:
    """The token row with its family, both locked; None when there is no such pair."""
    owner = connection.execute(
        select(family).where(family.c.family_id == family_id).with_for_update()
    ).one_or_none()
    if owner is None:
        return None
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    return connection.execute(
        select(token, family.c.user_id, family.c.used_at, family.c.ended_at)
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


def _end_family(connection: Connection, to: Services, row: Any, why: str) -> None:
    now = to_wire(to.clock())
    connection.execute(
        family.update()
        .where(family.c.operator_id == row.operator_id, family.c.family_id == row.family_id)
        .values(ended_at=now, ended_why=why)
    )
    record_audit(
        connection, to.new_id, now, "session_ended",
        operator_id=row.operator_id, actor_id=row.user_id, family=row.family_id, why=why,
    )  # fmt: skip


def _token_answer(to: Services, account: _Account, family_id: str) -> TokenAnswer:
    return TokenAnswer(
        access_token=access_token(to, account.operator_id, account.user_id, family_id),
        expires_in=to.settings.access_minutes * 60,
        family=family_id,
        user_id=account.user_id,
        user_name=account.name,
        role=account.role,
        operator_id=account.operator_id,
        operator_name=account.operator_name,
    )

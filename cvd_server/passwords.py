"""Passwords of people: set, changed by themselves, given anew by the office."""

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.accounts import Account, account_with_id
from cvd_server.answers import ApiError
from cvd_server.audit_trail import record_audit
from cvd_server.auth import prove_password
from cvd_server.device_trust import Signature
from cvd_server.services import Services
from cvd_server.sessions import end_sessions
from cvd_server.sign_in_tries import unlock
from cvd_shared.ids import IdMaker
from cvd_shared.password_rules import SENTENCES, Fault, password_fault
from cvd_shared.wire_identity import PasswordRequest


def change_own(
    to: Services,
    who: Principal,
    request: PasswordRequest,
    source: str,
    signature: Signature | None,
) -> None:
    """The present session goes on, every other one of the person ends. Raises ApiError 401
    sign_in_refused, 422 password_refused{rule}, 429 too_many_tries."""
    with to.database.read() as connection:
        account = account_with_id(connection, who.operator_id, who.user_id)
    account, _ = prove_password(to, account, who.name, request.password, source, signature)
    refuse_bad_password(request.new_password, account, before=request.password)
    hashed = to.hasher.hash(request.new_password)  # it takes long: before any lock

    def work(connection: Connection) -> None:
        # Whoever resets or changes it in between wins: this proof was of another password.
        if _stored_hash(connection, account) != account.password_hash:
            raise ApiError(401, "sign_in_refused", "User name or password is wrong.")
        store_hash(connection, to.now(), account, hashed, must_change=False)
        why = "password_changed"
        end_sessions(connection, to.now(), who.operator_id, who.user_id, why, but=who.family_id)
        record_audit(
            connection, to.new_id, to.now(), "password_changed",
            operator_id=who.operator_id, actor_id=who.user_id, user_id=who.user_id,
        )  # fmt: skip

    to.database.in_transaction(work)


def reset(
    connection: Connection,
    new_id: IdMaker,
    now: str,
    account: Account,
    hashed: str,
    actor_id: str | None,
) -> None:
    """The office gives a password that has to be changed at the next sign-in; every session of the
    person ends, nobody has to wait any more. What waits on his laptops is not touched."""
    store_hash(connection, now, account, hashed, must_change=True)
    unlock(connection, account.operator_id, account.name)
    ended = end_sessions(connection, now, account.operator_id, account.user_id, "password_reset")
    record_audit(
        connection, new_id, now, "password_reset",
        operator_id=account.operator_id, actor_id=actor_id, user_id=account.user_id,
        sessions_ended=ended,
    )  # fmt: skip


def fault_of_new(
    hasher: PasswordHasher, account: Account, password: str, *, before: str = ""
) -> Fault | None:
    """The rule that it breaks; also when it is the one that is stored."""
    fault = password_fault(password, names=(account.name, account.full_name), before=before)
    if fault is not None or before:
        return fault
    try:
        hasher.verify(account.password_hash, password)
    except VerificationError:
        return None
    return "same_as_before"


def refuse_bad_password(password: str, account: Account, *, before: str) -> None:
    fault = password_fault(password, names=(account.name, account.full_name), before=before)
    if fault is not None:
        raise password_refused(fault)


def password_refused(fault: Fault) -> ApiError:
    sentence = SENTENCES[fault]
    return ApiError(422, "password_refused", sentence[0].upper() + sentence[1:] + ".", rule=fault)


def store_hash(
    connection: Connection, now: str, account: Account, hashed: str, *, must_change: bool
) -> None:
    connection.execute(
        tables.credential.update()
        .filter_by(operator_id=account.operator_id, user_id=account.user_id)
        .values(password_hash=hashed, changed_at=now, must_change=must_change)
    )


def _stored_hash(connection: Connection, account: Account) -> str | None:
    table = tables.credential
    return connection.scalar(
        select(table.c.password_hash)
        .filter_by(operator_id=account.operator_id, user_id=account.user_id)
        .with_for_update()
    )

"""Keys of local databases in safe keeping: a forgotten PIN costs nobody his recorded work.

A laptop seals the key of its database to the operator (operator_keys.py). It comes out again for
the person himself, who says his password anew and gets it sealed to a key of the moment; or at
the server's terminal, as a code to read out (`cvd-server escrow-code`). Both are in the audit
trail; the key itself is in no log, answer or trail.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from nacl.exceptions import CryptoError
from sqlalchemy import Connection, Row, select

from cvd_server import operator_keys
from cvd_server.access import Principal
from cvd_server.accounts import account_with_id
from cvd_server.answers import ApiError, malformed
from cvd_server.audit_trail import record_audit
from cvd_server.auth import prove_password
from cvd_server.database import insert_many
from cvd_server.device_trust import Signature
from cvd_server.devices import check_device
from cvd_server.services import Services
from cvd_server.tables import escrow
from cvd_shared.recovery_code import KEY_BYTES, recovery_code
from cvd_shared.wire_identity import EscrowOpenAnswer, EscrowOpenRequest, EscrowRequest


def keep_key(to: Services, who: Principal, request: EscrowRequest) -> None:
    """Store or replace. Raises ApiError 403 device_..., 422 escrow_unreadable: a box that the
    operator cannot open would be found out when it is too late."""
    box = _decoded(request.sealed_key)

    def work(connection: Connection) -> None:
        check_device(connection, who, request.device_id)
        _unsealed(to, connection, who.operator_id, box)
        row = {
            "operator_id": who.operator_id,
            "user_id": who.user_id,
            "database_id": request.database_id,
            "device_id": request.device_id,
            "sealed_key": box,
            "stored_at": to.now(),
        }
        columns = ("device_id", "sealed_key", "stored_at")
        insert_many(connection, escrow, [row], on_conflict=columns)
        record_audit(
            connection, to.new_id, to.now(), "escrow_stored",
            operator_id=who.operator_id, actor_id=who.user_id, device_id=request.device_id,
            database_id=request.database_id,
        )  # fmt: skip

    to.database.in_transaction(work)


def open_for_owner(
    to: Services,
    who: Principal,
    request: EscrowOpenRequest,
    source: str,
    signature: Signature | None,
) -> EscrowOpenAnswer:
    """Raises ApiError 401 sign_in_refused, 404 not_found, 422 malformed, 429 too_many_tries."""
    with to.database.read() as connection:
        account = account_with_id(connection, who.operator_id, who.user_id)
    prove_password(to, account, who.name, request.password, source, signature)

    def work(connection: Connection) -> bytes:
        kept = connection.execute(
            select(escrow).filter_by(
                operator_id=who.operator_id,
                user_id=who.user_id,
                database_id=request.database_id,
                device_id=request.device_id,
            )
        ).one_or_none()
        if kept is None:
            raise ApiError(404, "not_found", "There is no key of this database.")
        key = _unsealed(to, connection, who.operator_id, kept.sealed_key)
        record_audit(
            connection, to.new_id, to.now(), "escrow_opened",
            operator_id=who.operator_id, actor_id=who.user_id, device_id=request.device_id,
            database_id=request.database_id, source=source,
        )  # fmt: skip
        try:
            return operator_keys.sealed_for(request.reply_key, key)
        except ValueError as error:
            raise malformed("The reply key is no key.") from error

    sealed = to.database.in_transaction(work)
    return EscrowOpenAnswer(sealed_key=base64.b64encode(sealed).decode())


@dataclass(frozen=True, slots=True)
class Code:
    """For the person at the terminal, who reads it out."""

    database_id: str
    stored_at: str
    text: str

    def __repr__(self) -> str:
        return f"Code({self.database_id})"


def codes_for_office(
    to: Services, connection: Connection, operator_id: str, user_id: str, device_id: str
) -> list[Code]:
    """Of each database of this person on this device, the one stored last first; audited."""
    rows = connection.execute(
        select(escrow)
        .filter_by(operator_id=operator_id, user_id=user_id, device_id=device_id)
        .order_by(escrow.c.stored_at.desc(), escrow.c.database_id)
    ).all()
    return [_code(to, connection, row) for row in rows]


def _code(to: Services, connection: Connection, row: Row[Any]) -> Code:
    key = _unsealed(to, connection, row.operator_id, row.sealed_key)
    record_audit(
        connection, to.new_id, to.now(), "escrow_code_printed",
        operator_id=row.operator_id, user_id=row.user_id, device_id=row.device_id,
        database_id=row.database_id,
    )  # fmt: skip
    return Code(row.database_id, row.stored_at, recovery_code(key))


def _unsealed(to: Services, connection: Connection, operator_id: str, box: bytes) -> bytes:
    try:
        key = operator_keys.open_sealed(to, connection, operator_id, bytes(box))
    except (CryptoError, LookupError) as error:
        raise _unreadable() from error
    if len(key) != KEY_BYTES:
        raise _unreadable()
    return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable() from error


def _unreadable() -> ApiError:
    return ApiError(422, "escrow_unreadable", "This key is not sealed to the company's key.")

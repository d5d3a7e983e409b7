"""What signing in needs to know about a person."""

from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, select

from cvd_server import tables

user = tables.user_account


@dataclass(frozen=True, slots=True)
class Account:
    operator_id: str
    operator_name: str
    user_id: str
    name: str
    full_name: str
    role: str
    active: bool
    password_hash: str
    must_change: bool

    def __repr__(self) -> str:
        return f"Account({self.user_id})"


def account_named(connection: Connection, name: str) -> Account | None:
    """By the plain sign-in name, which only one person of all operators has."""
    return _account(connection, user.c.name == name)


def account_with_id(connection: Connection, operator_id: str, user_id: str) -> Account | None:
    return _account(connection, (user.c.operator_id == operator_id) & (user.c.id == user_id))


def password_fits(
    hasher: PasswordHasher, dummy_hash: str, account: Account | None, password: str
) -> bool:
    """One hash is computed in any case: a name that nobody has takes as long as a known one."""
    try:
        hasher.verify(account.password_hash if account else dummy_hash, password)
    except VerificationError:
        return False
    return account is not None


def _account(connection: Connection, condition: Any) -> Account | None:
    credential, operator = tables.credential, tables.operator
    row = connection.execute(
        select(
            user,
            operator.c.name.label("operator_name"),
            credential.c.password_hash,
            credential.c.must_change,
        )
        .join(operator, operator.c.operator_id == user.c.operator_id)
        .join(
            credential,
            (credential.c.operator_id == user.c.operator_id) & (credential.c.user_id == user.c.id),
        )
        .where(condition)
    ).one_or_none()
    if row is None:
        return None
    return Account(
        row.operator_id,
        row.operator_name,
        row.id,
        row.name,
        row.full_name,
        row.role,
        row.active and not row.removed,
        row.password_hash,
        row.must_change,
    )

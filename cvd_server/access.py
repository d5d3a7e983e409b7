"""Who is asking, and may he: one guard before every view, which denies what is not declared.

To add an endpoint: decorate its view with `needs(Right...)`, or `public` when nobody needs to be
signed in. A view with neither is refused, and a test that walks the URL map names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import jwt
from flask import current_app, g, request
from sqlalchemy import Connection, and_, select

from cvd_server import tables
from cvd_server.answers import ApiError
from cvd_server.services import Services, services
from cvd_shared.permissions import Right, Role, may

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

AUDIENCE = "sync"
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind an access token, as the database knows him now."""

    operator_id: str
    user_id: str
    name: str
    full_name: str
    role: Role

    def may(self, right: Right) -> bool:
        return may(self.role, right)


def needs(right: Right) -> Callable[[ViewT], ViewT]:
    def mark(view: ViewT) -> ViewT:
        view.right = right  # type: ignore[attr-defined]  # read by `guard`
        return view

    return mark


def public(view: ViewT) -> ViewT:
    view.right = PUBLIC  # type: ignore[attr-defined]  # read by `guard`
    return view


def declared_right(endpoint: str) -> Right | str | None:
    """What the view of this endpoint declared; None when it declared nothing."""
    return getattr(current_app.view_functions[endpoint], "right", None)


def guard() -> None:
    """Before every request: raises ApiError 401 or 403 unless the person may do this."""
    if request.endpoint is None:
        return  # no such address: Flask answers 404 or 405
    right = declared_right(request.endpoint)
    if right == PUBLIC:
        return
    g.principal = _signed_in(services())
    if not isinstance(right, Right) or not principal().may(right):
        raise ApiError(403, "not_allowed", "Your role does not allow this.")


def principal() -> Principal:
    return cast(Principal, g.principal)


def access_token(to: Services, operator_id: str, user_id: str, family_id: str) -> str:
    now = int(to.clock().timestamp())
    claims = {
        "aud": AUDIENCE,
        "op": operator_id,
        "sub": user_id,
        "fam": family_id,
        "iat": now,
        "exp": now + to.settings.access_minutes * 60,
        "jti": to.new_id(),
    }
    return jwt.encode(claims, to.signing_key, algorithm="HS256")


def _signed_in(to: Services) -> Principal:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ApiError(401, "token_missing", "Sign in first.")
    claims = _claims(to, token.strip())
    with to.database.read() as connection:
        return _principal_of(connection, claims)


def _claims(to: Services, token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            to.signing_key,
            algorithms=["HS256"],
            audience=AUDIENCE,
            # the times are compared with the clock that is passed in, below
            options={
                "require": ["exp", "sub", "op", "fam"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
    except jwt.PyJWTError as error:
        raise ApiError(401, "token_invalid", "This access token is not ours.") from error
    if claims["exp"] <= to.clock().timestamp():
        raise ApiError(401, "token_expired", "The access token has expired; refresh it.")
    return claims


def _principal_of(connection: Connection, claims: dict[str, Any]) -> Principal:
    user, family = tables.user_account, tables.refresh_family
    row = connection.execute(
        select(user, family.c.ended_at)
        .join(
            family,
            and_(family.c.operator_id == user.c.operator_id, family.c.user_id == user.c.id),
        )
        .where(
            user.c.operator_id == claims["op"],
            user.c.id == claims["sub"],
            family.c.family_id == claims["fam"],
        )
    ).one_or_none()
    if row is None or row.ended_at is not None:
        raise ApiError(401, "session_ended", "This session has ended; sign in again.")
    if not row.active or row.removed:
        raise ApiError(403, "user_blocked", "This user may not work any more.")
    return Principal(row.operator_id, row.id, row.name, row.full_name, Role(row.role))

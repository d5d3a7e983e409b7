"""Who is asking, and may he: one guard before every view, which denies what is not declared.

To add an endpoint: decorate its view with `needs(Right...)`, or `public` when nobody needs to be
signed in. A view with neither is refused, and a test that walks the URL map names it.

A right is not enough while the person has to change his password, or when his device was revoked
or locked. What brings recorded work in stays open for the former (`Right.SYNC_PUSH`: recording
must arrive) and, where the view says so, for the latter (`open_to_shut_devices`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import current_app, g, request
from sqlalchemy import Connection, Select, and_, bindparam, select

from cvd_server import tables
from cvd_server.access_tokens import claims_of
from cvd_server.answers import ApiError
from cvd_server.device_trust import Signature, check_device_signature, refuse_shut_device
from cvd_server.request_body import raw_body
from cvd_server.services import Services, services
from cvd_shared.permissions import Right, Role, may
from cvd_shared.wire import HEADER_DEVICE, HEADER_DEVICE_SIGNATURE

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind an access token, as the database knows him now."""

    operator_id: str
    user_id: str
    name: str
    full_name: str
    role: Role
    family_id: str = ""  # of the session
    must_change_password: bool = False

    def may(self, right: Right) -> bool:
        return may(self.role, right)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who brings records by hand: a person, or a device on its own when nobody can sign in."""

    operator_id: str
    user_id: str  # of a device: whose it is
    device_id: str | None  # proved by its signature


def needs(right: Right) -> Callable[[ViewT], ViewT]:
    def mark(view: ViewT) -> ViewT:
        view.right = right  # type: ignore[attr-defined]  # read by `guard`
        return view

    return mark


def public(view: ViewT) -> ViewT:
    view.right = PUBLIC  # type: ignore[attr-defined]  # read by `guard`
    return view


def open_to_shut_devices(view: ViewT) -> ViewT:
    """A revoked or locked device may call this, or is told by the view how it stands."""
    view.for_shut_devices = True  # type: ignore[attr-defined]  # read by `guard`
    return view


def open_before_new_password(view: ViewT) -> ViewT:
    """Also for whoever has to change his password first."""
    view.before_new_password = True  # type: ignore[attr-defined]  # read by `guard`
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
    view = current_app.view_functions[request.endpoint]
    g.principal = _signed_in(services(), shut_too=hasattr(view, "for_shut_devices"))
    if not isinstance(right, Right) or not principal().may(right):
        raise ApiError(403, "not_allowed", "Your role does not allow this.")
    if principal().must_change_password and not open_before_change(view):
        raise ApiError(403, "password_change_needed", "Choose a password of your own first.")


def open_before_change(view: Callable[..., Any]) -> bool:
    brings_work = getattr(view, "right", None) == Right.SYNC_PUSH
    return brings_work or hasattr(view, "before_new_password")


def principal() -> Principal:
    return cast(Principal, g.principal)


def request_signature() -> Signature | None:
    """What the request says about the device that signed it; nobody has checked it yet."""
    device_id = request.headers.get(HEADER_DEVICE, "")
    signature = request.headers.get(HEADER_DEVICE_SIGNATURE, "")
    if not device_id or not signature:
        return None
    return Signature(device_id, raw_body(), signature)


def sender(connection: Connection) -> Sender:
    """For public views that take recorded work in, whatever has become of the session: from a
    signed request of a registered device, else from a person with an access token of ours, also
    when he was blocked or signed out. Raises ApiError 401."""
    signed = request_signature()
    if signed is not None:
        device = check_device_signature(connection, *signed)
        return Sender(device.operator_id, device.user_id, device.device_id)
    claims = _claims(services())
    table = tables.user_account
    found = connection.scalar(
        select(table.c.id).where(table.c.operator_id == claims["op"], table.c.id == claims["sub"])
    )
    if found is None:
        raise ApiError(401, "session_ended", "This session has ended; sign in again.")
    return Sender(claims["op"], claims["sub"], None)


def _signed_in(to: Services, *, shut_too: bool) -> Principal:
    claims = _claims(to)
    with to.database.ask() as connection:
        return _principal_of(connection, claims, shut_too=shut_too)


def _claims(to: Services) -> dict[str, Any]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ApiError(401, "token_missing", "Sign in first.")
    return claims_of(to, token.strip())


def _person_query() -> Select[Any]:
    """Made once: it is asked at every request."""
    user, family, device = tables.user_account, tables.refresh_family, tables.device
    credential = tables.credential
    return (
        select(
            user.c.name, user.c.full_name, user.c.role, user.c.active, user.c.removed,
            family.c.ended_at, credential.c.must_change, device.c.status, device.c.policy,
        )
        .join(
            family,
            and_(family.c.operator_id == user.c.operator_id, family.c.user_id == user.c.id),
        )
        .join(
            credential,
            and_(credential.c.operator_id == user.c.operator_id, credential.c.user_id == user.c.id),
        )
        .outerjoin(
            device,
            and_(
                device.c.operator_id == family.c.operator_id,
                device.c.device_id == family.c.device_id,
            ),
        )
        .where(
            user.c.operator_id == bindparam("op"),
            user.c.id == bindparam("sub"),
            family.c.family_id == bindparam("fam"),
        )
    )  # fmt: skip


_PERSON = _person_query()


def _principal_of(connection: Connection, claims: dict[str, Any], *, shut_too: bool) -> Principal:
    asked = {name: claims[name] for name in ("op", "sub", "fam")}
    row = connection.execute(_PERSON, asked).one_or_none()
    if row is None:
        raise ApiError(401, "session_ended", "This session has ended; sign in again.")
    if not row.active or row.removed:
        raise ApiError(403, "user_blocked", "This user may not work any more.")
    if row.ended_at is not None:
        raise ApiError(401, "session_ended", "This session has ended; sign in again.")
    if row.status is not None and not shut_too:
        refuse_shut_device(row.status, row.policy)
    return Principal(
        claims["op"],
        claims["sub"],
        row.name,
        row.full_name,
        Role(row.role),
        claims["fam"],
        row.must_change,
    )

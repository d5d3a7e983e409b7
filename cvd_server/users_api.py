"""The endpoints of people: one's own password; the office's list, changes, new passwords, trail."""

from flask import Blueprint, Response, request

from cvd_server import passwords, user_office
from cvd_server.access import needs, open_before_new_password, principal, request_signature
from cvd_server.answers import malformed, success
from cvd_server.audit_trail import LINES_OF_A_PAGE, audit_page
from cvd_server.auth_api import SIGNED, request_source
from cvd_server.described import described
from cvd_server.request_body import read_body
from cvd_server.services import services
from cvd_server.user_office import Office
from cvd_shared.permissions import Right
from cvd_shared.wire import API, Answer, Request
from cvd_shared.wire_identity import (
    AuditPage,
    PasswordRequest,
    PasswordResetRequest,
    UserAnswer,
    UserList,
    UserRequest,
)

users_api = Blueprint("users_api", __name__, url_prefix=API)

_UNKNOWN = (404, "not_found")
_BAD_PASSWORD = (422, "password_refused")


@users_api.post("/auth/password")
@needs(Right.ACCOUNT_OWN)
@open_before_new_password
@described(
    "Change one's own password; every other session of the person ends.",
    takes=PasswordRequest,
    gives=Answer,
    errors=((401, "sign_in_refused"), _BAD_PASSWORD, (429, "too_many_tries")),
    headers=SIGNED,
)
def own_password() -> Response:
    asked = read_body(PasswordRequest)
    passwords.change_own(services(), principal(), asked, request_source(), request_signature())
    return success(Answer())


@users_api.get("/users")
@needs(Right.USER_MANAGE)
@described("Everybody of the operator, by name.", gives=UserList)
def users() -> Response:
    to = services()
    with to.database.read() as connection:
        return success(user_office.user_list(connection, to, principal().operator_id))


@users_api.post("/users")
@needs(Right.USER_MANAGE)
@described(
    "A new user, who has to change the password at the first sign-in.",
    takes=UserRequest,
    gives=UserAnswer,
    errors=(_UNKNOWN, (409, "name_taken"), _BAD_PASSWORD),
)
def add_user() -> Response:
    asked = read_body(UserRequest)
    return success(UserAnswer(user=user_office.add_user(services(), _office(), asked)))


@users_api.post("/users/<user_id>")
@needs(Right.USER_MANAGE)
@described(
    "Change a user: names, role, routes, active or not.",
    takes=UserRequest,
    gives=UserAnswer,
    errors=(_UNKNOWN, (409, "name_taken"), (409, "last_admin")),
)
def change_user(user_id: str) -> Response:
    asked = read_body(UserRequest)
    return success(UserAnswer(user=user_office.change_user(services(), _office(), user_id, asked)))


@users_api.post("/users/<user_id>/password")
@needs(Right.USER_MANAGE)
@described(
    "Give a user a password to be changed at the next sign-in; all sessions of the person end.",
    takes=PasswordResetRequest,
    gives=UserAnswer,
    errors=(_UNKNOWN, _BAD_PASSWORD),
)
def reset_password(user_id: str) -> Response:
    new = read_body(PasswordResetRequest).new_password
    view = user_office.reset_password(services(), _office(), user_id, new)
    return success(UserAnswer(user=view))


@users_api.post("/users/<user_id>/unlock")
@needs(Right.USER_MANAGE)
@described(
    "Nobody has to wait any more after failed sign-ins of this user.",
    takes=Request,
    gives=UserAnswer,
    errors=(_UNKNOWN,),
)
def unlock_user(user_id: str) -> Response:
    read_body(Request)
    return success(UserAnswer(user=user_office.unlock_user(services(), _office(), user_id)))


@users_api.get("/audit")
@needs(Right.AUDIT_SEE)
@described(
    "The audit trail, newest lines first; the next page begins before the last line of this one.",
    gives=AuditPage,
    query=("before", "limit", "action"),
)
def audit() -> Response:
    text = request.args.get("limit", str(LINES_OF_A_PAGE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LINES_OF_A_PAGE):
        raise malformed(f"The limit is a number from 1 to {LINES_OF_A_PAGE}.")
    before, action = request.args.get("before"), request.args.get("action")
    if any("\x00" in (each or "") for each in (before, action)):
        raise malformed("A text holds the character NUL.")
    with services().database.read() as connection:
        page = audit_page(
            connection, principal().operator_id, int(text), before=before, action=action
        )
    return success(page)


def _office() -> Office:
    return Office(principal().operator_id, principal().user_id)

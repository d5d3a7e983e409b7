"""The endpoints of signing in and out."""

from flask import Blueprint, Response, request

from cvd_server import auth
from cvd_server.access import public, request_signature
from cvd_server.answers import success
from cvd_server.described import described
from cvd_server.request_body import read_body
from cvd_server.services import services
from cvd_server.sign_in_tries import source_of
from cvd_shared.wire import (
    API,
    HEADER_DEVICE,
    HEADER_DEVICE_SIGNATURE,
    Answer,
    LogoutRequest,
    RefreshRequest,
    TokenAnswer,
    TokenRequest,
)

auth_api = Blueprint("auth_api", __name__, url_prefix=API)

SIGNED = (HEADER_DEVICE, HEADER_DEVICE_SIGNATURE)


@auth_api.post("/auth/token")
@public
@described(
    "Sign in with name and password.",
    takes=TokenRequest,
    gives=TokenAnswer,
    errors=((401, "sign_in_refused"), (403, "user_blocked"), (429, "too_many_tries")),
    headers=SIGNED,
)
def token() -> Response:
    asked = read_body(TokenRequest)
    return success(auth.sign_in(services(), asked, request_source(), request_signature()))


@auth_api.post("/auth/refresh")
@public
@described(
    "A new access token for a refresh secret, which gives way to its successor.",
    takes=RefreshRequest,
    gives=TokenAnswer,
    errors=(
        (401, "refresh_refused"),
        (401, "session_ended"),
        (401, "device_signature"),
        (403, "user_blocked"),
        (403, "device_revoked"),
    ),
    headers=SIGNED,
)
def refresh() -> Response:
    return success(auth.refresh(services(), read_body(RefreshRequest), request_signature()))


@auth_api.post("/auth/logout")
@public  # whoever holds the refresh secret may end it, also when his access token has expired
@described("End a session.", takes=LogoutRequest, gives=Answer)
def logout() -> Response:
    auth.sign_out(services(), read_body(LogoutRequest))
    return success(Answer())


def request_source() -> str:
    """Where the request comes from: behind a proxy its client, where the settings trust it."""
    return source_of(request.remote_addr)

"""The endpoints of signing in and out and of devices."""

from flask import Blueprint, Response

from cvd_server import auth
from cvd_server.access import needs, principal, public
from cvd_server.answers import success
from cvd_server.request_body import read_body
from cvd_server.services import services
from cvd_shared.permissions import Right
from cvd_shared.wire import (
    API,
    Answer,
    DeviceRequest,
    LogoutRequest,
    RefreshRequest,
    TokenRequest,
)

auth_api = Blueprint("auth_api", __name__, url_prefix=API)


@auth_api.post("/auth/token")
@public
def token() -> Response:
    return success(auth.sign_in(services(), read_body(TokenRequest)))


@auth_api.post("/auth/refresh")
@public
def refresh() -> Response:
    return success(auth.refresh(services(), read_body(RefreshRequest)))


@auth_api.post("/auth/logout")
@public  # whoever holds the refresh secret may end it, also when his access token has expired
def logout() -> Response:
    auth.sign_out(services(), read_body(LogoutRequest))
    return success(Answer())


@auth_api.post("/devices")
@needs(Right.DEVICE_REGISTER)
def devices() -> Response:
    return success(auth.register_device(services(), principal(), read_body(DeviceRequest)))

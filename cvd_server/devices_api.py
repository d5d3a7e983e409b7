"""The endpoints of devices: register one; see them all, and say what one is to do with itself."""

from flask import Blueprint, Response
from sqlalchemy import Connection

from cvd_server.access import needs, open_before_new_password, principal
from cvd_server.answers import success
from cvd_server.described import described
from cvd_server.device_office import device_list, set_policy
from cvd_server.devices import register_device
from cvd_server.request_body import read_body
from cvd_server.services import services
from cvd_shared.permissions import Right
from cvd_shared.wire import API, DeviceAnswer, DeviceRequest
from cvd_shared.wire_identity import DeviceList, DevicePolicyRequest, DeviceView

devices_api = Blueprint("devices_api", __name__, url_prefix=f"{API}/devices")


@devices_api.post("")
@needs(Right.DEVICE_REGISTER)
@open_before_new_password  # the first push of a person needs a device
@described(
    "Register a device, with the public half of its key.", takes=DeviceRequest, gives=DeviceAnswer
)
def register() -> Response:
    to, who, request = services(), principal(), read_body(DeviceRequest)

    def work(connection: Connection) -> DeviceAnswer:
        return register_device(to, connection, who, request)

    return success(to.database.in_transaction(work))


@devices_api.get("")
@needs(Right.DEVICE_MANAGE)
@described("Every device of the operator, those seen last first.", gives=DeviceList)
def devices() -> Response:
    with services().database.read() as connection:
        return success(device_list(connection, principal().operator_id))


@devices_api.post("/<device_id>/policy")
@needs(Right.DEVICE_MANAGE)
@described(
    "Say what a device is to do with its data; revoke it.",
    takes=DevicePolicyRequest,
    gives=DeviceView,
    errors=((404, "not_found"),),
)
def policy(device_id: str) -> Response:
    to, who, request = services(), principal(), read_body(DevicePolicyRequest)

    def work(connection: Connection) -> DeviceView:
        actor = (who.operator_id, who.user_id)
        return set_policy(connection, to.new_id, to.now(), actor, device_id, request)

    return success(to.database.in_transaction(work))

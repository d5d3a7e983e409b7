"""The endpoint that takes bundles: unsent work of a laptop, brought by another one."""

from flask import Blueprint, Response, request

from cvd_server.access import (
    needs,
    open_before_new_password,
    open_to_shut_devices,
    principal,
)
from cvd_server.answers import ApiError, malformed, success
from cvd_server.bundle_intake import take_bundle
from cvd_server.described import described
from cvd_server.services import services
from cvd_shared.permissions import Right
from cvd_shared.wire import API
from cvd_shared.wire_repair import BUNDLE_BYTES, BUNDLE_MEDIA_TYPE, BundleAnswer

bundle_api = Blueprint("bundle_api", __name__, url_prefix=f"{API}/sync")

_CHUNK = 256 * 1024


@bundle_api.post("/bundles")
@needs(Right.SYNC_PULL)  # whoever may sync may carry: what is in it is its maker's
@open_to_shut_devices
@open_before_new_password
@described(
    "Bring a bundle of unsent work; the answer holds the receipt for the laptop that made it",
    takes_bytes=BUNDLE_MEDIA_TYPE,
    gives=BundleAnswer,
    errors=(
        (403, "bundle_foreign"),
        (403, "device_unknown"),
        (409, "epoch_changed"),
        (413, "too_large"),
        (415, "malformed"),
        (422, "bundle_not_one"),
        (422, "bundle_newer"),
        (422, "bundle_damaged"),
        (422, "bundle_too_large"),
        (422, "bundle_signature_wrong"),
        (422, "bundle_seal_wrong"),
    ),
)
def bring_bundle() -> Response:
    """Answered after the last commit; a second arrival gets the same receipt."""
    if request.mimetype != BUNDLE_MEDIA_TYPE:
        raise malformed("The content type must be that of a bundle.", status=415)
    return success(take_bundle(services(), _body(), principal()).answer)


def _body() -> bytes:
    if (request.content_length or 0) > BUNDLE_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    while chunk := request.stream.read(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > BUNDLE_BYTES:
            raise _too_large()
    return b"".join(parts)


def _too_large() -> ApiError:
    return ApiError(413, "too_large", "The bundle is too large.", max=BUNDLE_BYTES)

"""The endpoints of deep comparison, snapshots and loading anew."""

import re

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from cvd_server.access import needs, principal
from cvd_server.answers import ApiError, success, success_text
from cvd_server.attachment_store import AttachmentMissing, AttachmentStore
from cvd_server.deep_compare import compare, rows_json, wish_to_load_anew
from cvd_server.described import described
from cvd_server.grants import scopes_to_pull
from cvd_server.request_body import read_body
from cvd_server.services import services
from cvd_server.snapshots import scope_of, store_key
from cvd_shared.permissions import Right
from cvd_shared.wire import API
from cvd_shared.wire_repair import (
    SNAPSHOT_MEDIA_TYPE,
    DigestAnswer,
    DigestRequest,
    LoadAnewAnswer,
    RowsAnswer,
    RowsRequest,
)

_SHA256 = re.compile("[0-9a-f]{64}")
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_ABOUT_A_SCOPE = (
    (403, "device_unknown"), (403, "device_revoked"), (404, "scope_unknown"),
    (409, "epoch_changed"),
)  # fmt: skip

repair_api = Blueprint("repair_api", __name__, url_prefix=f"{API}/sync")


@repair_api.post("/digest")
@needs(Right.SYNC_PULL)
@described(
    "Compare one scope by the sums of 256 buckets",
    takes=DigestRequest, gives=DigestAnswer, errors=_ABOUT_A_SCOPE,
)  # fmt: skip
def compare_scope() -> Response:
    to, who, document = services(), principal(), read_body(DigestRequest)
    with to.database.read() as connection:
        answer = compare(connection, who, document)
    return success(answer)


@repair_api.post("/rows")
@needs(Right.SYNC_PULL)
@described(
    "Records of a scope by name, to repair a laptop",
    takes=RowsRequest, gives=RowsAnswer, errors=_ABOUT_A_SCOPE,
)  # fmt: skip
def give_rows() -> Response:
    to, who, document = services(), principal(), read_body(RowsRequest)
    with to.database.read() as connection:
        text = rows_json(connection, who, document)
    return success_text(text)


@repair_api.post("/devices/<device_id>/load-anew")
@needs(Right.DEVICE_MANAGE)
@described(
    "Let a laptop load every record anew; what waits there to be sent stays",
    gives=LoadAnewAnswer, errors=((404, "device_unknown"),),
)  # fmt: skip
def load_anew(device_id: str) -> Response:
    to, who = services(), principal()

    def work(connection: Connection) -> str:
        return wish_to_load_anew(to, connection, who, device_id)

    return success(LoadAnewAnswer(wish=to.database.in_transaction(work)))


@repair_api.get("/snapshots/<sha256>")
@needs(Right.SYNC_PULL)
@described(
    "A ready-made file of a scope, also in part",
    gives_bytes=SNAPSHOT_MEDIA_TYPE,
    errors=((404, "snapshot_unknown"), (416, "range_wrong")),
    headers=("Range",),
)
def give_snapshot(sha256: str) -> Response:
    """The bytes never change; one that is not there and one that is not yours look the same."""
    to, who = services(), principal()
    held = _SHA256.fullmatch(sha256) is not None
    if held:
        with to.database.read() as connection:
            scope = scope_of(connection, who.operator_id, sha256)
            held = scope is not None and scope in scopes_to_pull(connection, who)
    key = store_key(who.operator_id, sha256)
    size = to.store.size(key) if held else None
    if size is None:
        raise _no_snapshot()
    answer = _part_of(to.store, key, size)
    answer.headers["ETag"] = f'"{sha256}"'
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def _part_of(store: AttachmentStore, key: str, size: int) -> Response:
    """The whole, or what `Range` asks for; several ranges at once are not answered in parts."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    first, last = 0, size - 1
    if asked:
        first = int(asked[1])
        last = min(int(asked[2] or last), last)
        if first > last:
            raise ApiError(416, "range_wrong", "This part is not there.", size=size)
    length = last - first + 1
    try:
        pieces = store.open(key, first, length)
    except AttachmentMissing as error:
        raise _no_snapshot() from error
    answer = Response(pieces, status=206 if asked else 200, content_type=SNAPSHOT_MEDIA_TYPE)
    answer.headers["Content-Length"] = str(length)
    if asked:
        answer.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return answer


def _no_snapshot() -> ApiError:
    return ApiError(404, "snapshot_unknown", "There is no such snapshot.")

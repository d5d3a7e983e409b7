"""The endpoints of attachments: offer, chunk, where to go on, fetch, what is missing.

The bytes are only bytes here: no picture is decoded, nothing is unpacked.
"""

import logging
from collections.abc import Iterable

from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.http import parse_range_header

from cvd_server.access import needs, principal
from cvd_server.answers import CONTENT_TYPE, ApiError, failure, malformed, success, try_later
from cvd_server.attachment_store import (
    AttachmentMissing,
    StoreFull,
    StoreUnavailable,
    attachment_key,
)
from cvd_server.blob_access import StoredBlob, find_blob
from cvd_server.blob_uploads import (
    forget_lost,
    missing,
    offer,
    stored_bytes,
    take_chunk,
    upload_of,
)
from cvd_server.blobs import is_blob_name
from cvd_server.described import described
from cvd_server.request_body import read_body
from cvd_server.services import Services, services
from cvd_shared.permissions import Right
from cvd_shared.wire import API
from cvd_shared.wire_attachments import (
    CHUNK_BYTES,
    CHUNK_MEDIA_TYPE,
    HEADER_CHUNK_SHA256,
    HEADER_OFFSET,
    BlobOffer,
    BlobOffered,
    BlobProgress,
    BlobsMissing,
    BlobsMissingRequest,
)

log = logging.getLogger(__name__)

MISSING_MOST = 1000
_FULL_SECONDS = 300
_AWAY_SECONDS = 30
_LONGEST_OFFSET = 12  # digits

attachments_api = Blueprint("attachments_api", __name__, url_prefix=API)


@attachments_api.app_errorhandler(StoreFull)
def store_is_full(error: StoreFull) -> Response:
    log.error("the attachment store is full: %s", error)
    told = try_later(507, "storage_full", "There is no room for attachments.", _FULL_SECONDS)
    return failure(told, services().now())


@attachments_api.app_errorhandler(StoreUnavailable)
def store_is_away(error: StoreUnavailable) -> Response:
    log.error("the attachment store does not answer: %s", error)
    told = try_later(503, "unavailable", "The store of attachments is away.", _AWAY_SECONDS)
    return failure(told, services().now())


@attachments_api.post("/blobs")
@needs(Right.SYNC_PUSH)
@described(
    "Offer an attachment that an event names: stored already, or where to go on.",
    takes=BlobOffer,
    gives=BlobOffered,
    status=201,
    errors=(
        (403, "device_unknown"),
        (403, "device_revoked"),
        (404, "blob_not_named"),
        (409, "upload_busy"),
        (429, "quota"),
        (507, "storage_full"),
    ),
)
def offer_blob() -> Response:
    """200 when it is stored, 201 when there is an upload to go on with."""
    offered = offer(services(), principal(), read_body(BlobOffer))
    answer = success(offered)
    answer.status_code = 200 if offered.state == "stored" else 201
    return answer


@attachments_api.route("/blobs/uploads/<upload_id>", methods=["HEAD"])
@needs(Right.SYNC_PUSH)
@described(
    "Where to go on with an upload, in the header Upload-Offset.",
    status=204,
    errors=((404, "upload_unknown"),),
)
def look_at_upload(upload_id: str) -> Response:
    with services().database.write() as connection:
        upload = upload_of(connection, principal(), upload_id)
    answer = Response(status=204, content_type=CONTENT_TYPE)
    answer.headers[HEADER_OFFSET] = str(upload.received)
    return answer


@attachments_api.patch("/blobs/uploads/<upload_id>")
@needs(Right.SYNC_PUSH)
@described(
    "Bring the next chunk.",
    takes_bytes=CHUNK_MEDIA_TYPE,
    gives=BlobProgress,
    headers=(HEADER_OFFSET, HEADER_CHUNK_SHA256),
    errors=(
        (404, "upload_unknown"),
        (409, "offset_differs"),
        (422, "chunk_damaged"),
        (507, "storage_full"),
    ),
)
def bring_chunk(upload_id: str) -> Response:
    """Answered when the bytes are safe; `stored` when the whole is, under its own name."""
    offset, digest = _offset(), request.headers.get(HEADER_CHUNK_SHA256, "")
    if not is_blob_name(digest):
        raise malformed("The chunk's SHA-256 is missing.", header=HEADER_CHUNK_SHA256)
    progress = take_chunk(services(), principal(), upload_id, offset, digest, _chunk())
    return success(progress)


@attachments_api.post("/sync/blobs/missing")
@needs(Right.SYNC_PUSH)
@described(
    "What events of this device name and nobody has sent.",
    takes=BlobsMissingRequest,
    gives=BlobsMissing,
    errors=((403, "device_unknown"), (403, "device_revoked")),
)
def list_missing() -> Response:
    asked = read_body(BlobsMissingRequest)
    with services().database.read() as connection:
        names, more = missing(connection, principal(), asked.device_id, MISSING_MOST)
    return success(BlobsMissing(missing=names, more=more))


@attachments_api.get("/blobs/<sha256>")
@needs(Right.SYNC_PULL)
@described(
    "The bytes of an attachment, for whoever may see a record that names it; also in part.",
    gives_bytes="application/octet-stream",
    errors=((404, "not_found"), (416, "range_wrong")),
    query=("visit",),
)
def give_blob(sha256: str) -> Response:
    to, who = services(), principal()
    found = None
    if is_blob_name(sha256):
        with to.database.read() as connection:
            found = find_blob(connection, who, sha256, request.args.get("visit"))
    if found is None:
        raise _not_found()
    etag = f'"{sha256}"'
    if request.if_none_match.contains_weak(sha256):  # a proxy that compresses makes it weak
        return _as_file(Response(status=304), found, etag)
    part = _range(found.size, etag)
    begin, end = part or (0, found.size)
    answer = Response(_pieces(to, who.operator_id, found, begin, end))
    answer.content_length = end - begin
    if part is not None:
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{found.size}"
    return _as_file(answer, found, etag)


def _as_file(answer: Response, found: StoredBlob, etag: str) -> Response:
    answer.headers["Content-Type"] = found.mime
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.sha256}"'
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["ETag"] = etag
    return answer


def _pieces(
    to: Services, operator_id: str, found: StoredBlob, begin: int, end: int
) -> Iterable[bytes]:
    """From the store piece by piece, while no database connection waits for the line."""
    if not found.in_store:
        return [stored_bytes(to, operator_id, found.sha256)[begin:end]]
    key = attachment_key(operator_id, found.sha256)
    try:
        return to.store.open(key, begin, end - begin)
    except AttachmentMissing:
        to.database.in_transaction(
            lambda connection: forget_lost(to, connection, operator_id, found.sha256)
        )
        raise _not_found() from None


def _range(size: int, etag: str) -> tuple[int, int] | None:
    """First byte and the one after the last that are wanted; None: all. Raises ApiError 416."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    wanted = parse_range_header(request.headers.get("Range"))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    found = wanted.range_for_length(size)
    if found is None:
        raise ApiError(416, "range_wrong", "The file ends before.", size=size)
    begin, end = found
    return None if begin is None or end is None else (begin, end)


def _not_found() -> ApiError:
    return ApiError(404, "not_found", "There is no such file for you.")


def _offset() -> int:
    text = request.headers.get(HEADER_OFFSET, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_OFFSET):
        raise malformed("The offset is missing.", header=HEADER_OFFSET)
    return int(text)


def _chunk() -> bytes:
    """At most CHUNK_BYTES, whole. Raises ApiError 413, 415; a cut one never gets here."""
    if request.mimetype != CHUNK_MEDIA_TYPE or request.headers.get("Content-Encoding"):
        raise malformed("The chunk must be raw bytes.", status=415, type=request.mimetype)
    if (request.content_length or 0) > CHUNK_BYTES:
        raise _too_large()
    data = bytearray()
    while piece := request.stream.read(CHUNK_BYTES + 1 - len(data)):
        data += piece
        if len(data) > CHUNK_BYTES:
            raise _too_large()
    if request.content_length is not None and len(data) != request.content_length:
        raise ClientDisconnected
    return bytes(data)


def _too_large() -> ApiError:
    return ApiError(413, "too_large", "A chunk is smaller.", max=CHUNK_BYTES)

"""Read a request's JSON body into its model: limits first, then compression, then strictness."""

import zlib
from typing import Any, TypeVar, cast

from flask import g, request
from pydantic import ValidationError

from cvd_server.answers import ApiError, malformed
from cvd_shared.wire import (
    API,
    MAX_BODY_BYTES,
    SYNC_MEDIA_TYPE,
    LogoutRequest,
    PushRequest,
    RefreshRequest,
    Request,
    TokenRequest,
)
from cvd_shared.wire_repair import RESCUE_BODY_BYTES, RescueRequest

RequestT = TypeVar("RequestT", bound=Request)

MAX_DECODED_BYTES = 8 * 1024 * 1024  # of a push
STRANGERS_BYTES = 32 * 1024  # from who has not signed in yet: names, passwords, secrets
_STRANGERS = (TokenRequest, RefreshRequest, LogoutRequest)
_RESCUE = f"{API}/sync/rescue"  # of one event that is larger than a push may be
_CHUNK = 64 * 1024
_ERRORS_TOLD = 10
_ERRORS_MOST = 1000  # more is no mistake; to list them would cost seconds


def read_body(model: type[RequestT]) -> RequestT:
    """The request's document. Raises ApiError 413, 415, 400 or 422; then nothing was applied."""
    raw = raw_body()
    room = _room(model)
    if len(raw) > room:
        raise _too_large(room)
    if request.mimetype not in ("application/json", SYNC_MEDIA_TYPE):
        raise malformed("The content type must be JSON.", status=415, type=request.mimetype)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        raw = _gunzip(raw, room)
    elif encoding != "identity":
        raise malformed("Only gzip is understood.", status=415, encoding=encoding)
    try:
        document = model.model_validate_json(raw)
    except ValidationError as error:
        if error.error_count() > _ERRORS_MOST:
            raise malformed("The body does not fit the protocol.") from None
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if faults[0]["type"] == "json_invalid":
            raise malformed("The body is not JSON.", status=400) from error
        told: list[dict[str, Any]] = [
            {"at": ".".join(str(part) for part in fault["loc"]), "what": fault["msg"]}
            for fault in faults[:_ERRORS_TOLD]
        ]
        raise malformed("The body does not fit the protocol.", faults=told) from error
    if model is not PushRequest and b"\\u0000" in raw and has_nul(document.model_dump()):
        raise malformed("A text holds the character NUL.")
    g.device_id = getattr(document, "device_id", None)  # for the log
    return document


def has_nul(value: Any) -> bool:
    """PostgreSQL keeps no NUL in a text; nobody types one either."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(has_nul(item) for item in value)


def raw_body() -> bytes:
    """The body exactly as it was sent, as often as it is asked for. Raises ApiError 413."""
    if "raw_body" not in g:
        g.raw_body = _received_body()
    return cast(bytes, g.raw_body)


def _received_body() -> bytes:
    most = RESCUE_BODY_BYTES if request.path == _RESCUE else MAX_BODY_BYTES
    if (request.content_length or 0) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    while chunk := request.stream.read(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            raise _too_large(most)
    return b"".join(parts)


def _room(model: type[Request]) -> int:
    """How large its document may be."""
    if model is PushRequest:
        return MAX_DECODED_BYTES
    if model is RescueRequest:
        return RESCUE_BODY_BYTES
    return STRANGERS_BYTES if model in _STRANGERS else MAX_BODY_BYTES


def _gunzip(raw: bytes, room: int) -> bytes:
    decoder = zlib.decompressobj(wbits=31)
    try:
        data = decoder.decompress(raw, room + 1)
    except zlib.error as error:
        raise malformed("The body is not gzip.", status=400) from error
    if len(data) > room:
        raise _too_large(room)
    if not decoder.eof or decoder.unused_data:
        raise malformed("The gzip body is cut or has something behind it.", status=400)
    return data


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "too_large", "The body is too large; send less at once.", max=limit)

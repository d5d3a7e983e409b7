"""Attachments over HTTP, by the same rules as every other call (http_server_api.py)."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from cvd_desktop.sync.server_api import Answered
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire import Answer
from cvd_shared.wire_attachments import (
    CHUNK_MEDIA_TYPE,
    HEADER_CHUNK_SHA256,
    HEADER_OFFSET,
    BlobOffer,
    BlobOffered,
    BlobProgress,
    BlobsMissing,
    BlobsMissingRequest,
)

_AnswerT = TypeVar("_AnswerT", bound=Answer)

FILE_TYPES = ("image/jpeg", "image/png", "text/plain", "application/octet-stream")


class HttpAttachments:
    """`exchange` and `data_of` are those of the server's API that this belongs to."""

    def __init__(
        self,
        exchange: Callable[..., tuple[bytes, str]],
        data_of: Callable[[type[Any], bytes, str], Answered[Any]],
    ) -> None:
        self._exchange = exchange
        self._data_of = data_of

    def offer(self, token: str, offer: BlobOffer) -> BlobOffered:
        body = offer.model_dump_json().encode()
        return self._read(BlobOffered, self._exchange("POST", "/blobs", body, token, (200, 201)))

    def send_chunk(self, token: str, upload_id: str, offset: int, data: bytes) -> BlobProgress:
        answer = self._exchange(
            "PATCH",
            f"/blobs/uploads/{quote(upload_id, safe='')}",
            data,
            token,
            200,
            media_type=CHUNK_MEDIA_TYPE,
            more={HEADER_OFFSET: str(offset), HEADER_CHUNK_SHA256: sha256_hex(data)},
        )
        return self._read(BlobProgress, answer)

    def missing(self, token: str, device_id: str) -> BlobsMissing:
        body = BlobsMissingRequest(device_id=device_id).model_dump_json().encode()
        answer = self._exchange("POST", "/sync/blobs/missing", body, token, 200)
        return self._read(BlobsMissing, answer)

    def fetch(self, token: str, sha256: str, first: int, last: int, visit_id: str | None) -> bytes:
        visit = "" if visit_id is None else f"?visit={quote(visit_id, safe='')}"
        content, _ = self._exchange(
            "GET",
            f"/blobs/{sha256}{visit}",
            None,
            token,
            206,
            gives=FILE_TYPES,
            more={"Range": f"bytes={first}-{last}"},
        )
        return content

    def _read(self, model: type[_AnswerT], answer: tuple[bytes, str]) -> _AnswerT:
        data: _AnswerT = self._data_of(model, *answer).data
        return data

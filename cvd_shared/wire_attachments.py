"""Attachments on the wire (sync protocol, 2.10): named by their SHA-256, sent in chunks.

`POST /blobs` offers one. `PATCH /blobs/uploads/{id}` brings a chunk: raw bytes, with the headers
`Upload-Offset` (decimal) and `X-Chunk-SHA256` (hex). `HEAD /blobs/uploads/{id}` tells
`Upload-Offset`. `GET /blobs/{sha256}` gives the bytes to whoever may see a record that names them,
also in part (`Range`). `POST /sync/blobs/missing` lists what this device has told of and not sent.
"""

from typing import Literal

from pydantic import Field

from cvd_shared.wire import Answer, Id, Request

CHUNK_BYTES = 256 * 1024
ATTACHMENT_BYTES = 64 * 1024 * 1024  # one attachment at most
HEADER_OFFSET = "Upload-Offset"
HEADER_CHUNK_SHA256 = "X-Chunk-SHA256"
CHUNK_MEDIA_TYPE = "application/offset+octet-stream"
LEASE_SECONDS = 60  # one writer for each upload; whoever finds the lease over may take it

SHA256 = "^[0-9a-f]{64}$"


class BlobOffer(Request):
    """These bytes are here. An event that names them was sent before."""

    device_id: Id = Field(max_length=64)
    sha256: str = Field(pattern=SHA256)
    size: int = Field(ge=0, le=ATTACHMENT_BYTES)
    mime: str = Field(default="application/octet-stream", max_length=100)


class BlobOffered(Answer):
    """`stored`: the server has it, verified. `open`: go on at `offset` with this upload."""

    state: Literal["stored", "open"]
    upload_id: Id | None = None
    offset: int = 0
    chunk: int = CHUNK_BYTES


class BlobProgress(Answer):
    """After a chunk: `stored` once the whole has the right SHA-256. When it has not, the upload
    begins again: `open` with offset 0."""

    state: Literal["stored", "open"]
    offset: int


class BlobsMissingRequest(Request):
    device_id: Id = Field(max_length=64)


class BlobsMissing(Answer):
    """What events of this device name and nobody has sent; at most 1,000, oldest first."""

    missing: list[str]
    more: bool = False

"""Rescue, bundles, snapshots, deep comparison on the wire (sync protocol, 2.4 to 2.14)."""

from typing import Literal

from pydantic import Field

from cvd_shared.digest import BUCKETS
from cvd_shared.wire import Answer, Id, OpResult, Request, Row

RESCUE_BYTES = 4 * 1024 * 1024
"""Of one event, before base64. No larger one is recorded: a pull could not bring its record."""
RESCUE_BODY_BYTES = RESCUE_BYTES * 4 // 3 + 8 * 1024
BUNDLE_BYTES = 64 * 1024 * 1024
BUNDLE_MEDIA_TYPE = "application/vnd.cvd.bundle"
SNAPSHOT_MEDIA_TYPE = "application/vnd.cvd.snapshot"
SNAPSHOTS = "snapshots"  # a feature that hello names
SNAPSHOT_CHUNK_BYTES = 512 * 1024
ROWS_WANTED = 2000  # in one request


# --- rescue -------------------------------------------------------------------------------------


class RescueRequest(Request):
    """One event that no push could bring: its bytes are stored unread, as quarantined, and the
    stream goes on behind it. Taken from every registered device, a revoked one and that of a
    blocked person too. Also for an event that is larger than a push may be."""

    device_id: Id = Field(max_length=64)
    incarnation_id: Id = Field(pattern="^[0-9a-f-]{36}$")
    epoch: Id = Field(max_length=64)
    seq: int = Field(ge=1, le=2**53)
    op_id: Id = Field(pattern="^[0-9a-f-]{36}$")
    prev: Id | None = Field(default=None, max_length=64)
    body: str = Field(max_length=RESCUE_BYTES * 4 // 3 + 4)  # base64 of the event's canonical JSON
    reason: str = Field(max_length=200)  # the code that stood in its way


class RescueAnswer(Answer):
    result: OpResult
    last_seq: int


# --- bundles ------------------------------------------------------------------------------------


class BundleAnswer(Answer):
    """What became of a bundle (cvd_shared/bundle_format.py). `receipt` is base64 of the signed
    receipt, to be carried back to the laptop that made the bundle."""

    bundle_id: Id
    state: Literal["taken", "known"]
    receipt: str


# --- deep comparison ----------------------------------------------------------------------------


class DigestRequest(Request):
    """Compare one scope: the laptop's sums of 256 buckets (cvd_shared/digest.py: bucket_of).

    `head` is the number up to which the laptop has read; sums are decimal texts (64 bit)."""

    device_id: Id = Field(max_length=64)
    epoch: Id = Field(max_length=64)
    scope: str = Field(max_length=100)
    head: int = Field(ge=0)
    counts: list[int] = Field(min_length=BUCKETS, max_length=BUCKETS)
    sums: list[str] = Field(min_length=BUCKETS, max_length=BUCKETS)


class DigestEntry(Answer):
    k: str
    i: Id
    ver: int


class DigestAnswer(Answer):
    """`moved`: the scope has gone on since `head`; pull first. Else what the server holds in the
    buckets that differ; `too_many` of it to be told one by one: load the scope anew."""

    moved: bool
    buckets: list[int] = Field(default_factory=list)
    entries: list[DigestEntry] = Field(default_factory=list)
    too_many: bool = False


class RowsRequest(Request):
    """The records of a scope by name: (kind, id)."""

    device_id: Id = Field(max_length=64)
    epoch: Id = Field(max_length=64)
    scope: str = Field(max_length=100)
    head: int = Field(ge=0)
    wanted: list[tuple[str, Id]] = Field(max_length=ROWS_WANTED)


class RowsAnswer(Answer):
    """The first of them, in their order, as many as fit: ask again for the others."""

    moved: bool
    rows: list[Row] = Field(default_factory=list)


class LoadAnewAnswer(Answer):
    """The name of the wish, as the laptop hears it in hello."""

    wish: Id


# --- snapshots ----------------------------------------------------------------------------------


class SnapshotOffer(Answer):
    """A ready-made file of a scope up to `cursor`: NDJSON (one `Row` a line), gzip; the same bytes
    for everybody who may see the scope. GET /sync/snapshots/{sha256}, also in part (`Range`):
    status 206 (200 for the whole), media type SNAPSHOT_MEDIA_TYPE."""

    sha256: str
    bytes: int
    rows: int
    cursor: int

"""The requests and answers of the sync API, version 1 (sync protocol, chapter 2.4).

Every answer is an `Envelope`. Requests are strict: unknown fields are refused by the server.
Answers are read leniently by the client: a newer server may add fields.
"""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

API = "/api/v1"
PROTOCOL = 1
SYNC_MEDIA_TYPE = "application/vnd.cvd.sync+json"
HEADER_SYNC = "X-CVD-Sync"  # "1" on every answer of ours
HEADER_EPOCH = "X-CVD-Epoch"
HEADER_ECHO = "X-CVD-Echo"  # the request's X-Request-Id
HEADER_REQUEST_ID = "X-Request-Id"
HEADER_DEVICE = "X-CVD-Device"  # device id, where a request is signed by the device's key
HEADER_DEVICE_SIGNATURE = "X-CVD-Device-Signature"
"""Ed25519 (128 hex) over the SHA-256 (32 bytes) of the body exactly as it is sent."""

TEXTS = "inline_texts"
ALIKE = "alike"
"""Features of a server, as `hello` names them."""

BATCH_OPS = 200
BATCH_BYTES = 512 * 1024
PULL_ROWS = 2000
PULL_BYTES = 256 * 1024  # more would hold the interpreter lock too long while it is parsed
INLINE_BLOB_BYTES = 256 * 1024
MAX_BODY_BYTES = 2 * 1024 * 1024

Id = str


class Request(BaseModel):
    """What does not fit is not repeated in the error: it may be a secret, and errors are logged."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ErrorBody(Answer):
    message: str
    code: str
    timestamp: str
    details: dict[str, Any] = Field(default_factory=dict)


DataT = TypeVar("DataT")


class Envelope(Answer, Generic[DataT]):
    """`data` on success, `error` otherwise; never both."""

    success: bool
    data: DataT | None = None
    error: ErrorBody | None = None


# --- identity -----------------------------------------------------------------------------------


class TokenRequest(Request):
    """Sign in. `next_hash` is the SHA-256 (hex) of a refresh secret that the client made itself."""

    user: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000, repr=False)
    next_hash: str = Field(pattern="^[0-9a-f]{64}$")


class RefreshRequest(Request):
    """Rotate: `current` is the secret in use, `next_hash` the hash of its successor (2.12)."""

    family: Id = Field(max_length=64)
    current: str = Field(min_length=1, max_length=200, repr=False)
    next_hash: str = Field(pattern="^[0-9a-f]{64}$")


class LogoutRequest(Request):
    family: Id = Field(max_length=64)
    current: str = Field(min_length=1, max_length=200, repr=False)


class TokenAnswer(Answer):
    access_token: str = Field(repr=False)
    expires_in: int  # seconds
    family: Id
    user_id: Id
    user_name: str
    role: str
    operator_id: Id
    operator_name: str
    must_change_password: bool = False
    """Only a change of the password is answered until then."""


class DeviceRequest(Request):
    name: str = Field(min_length=1, max_length=200)
    platform: str = Field(min_length=1, max_length=100)
    app_version: str = Field(min_length=1, max_length=50)
    pubkey: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")  # Ed25519


class DeviceAnswer(Answer):
    device_id: Id
    operator_id: Id
    policy: str = "normal"


# --- hello --------------------------------------------------------------------------------------


class ClientVersion(Request):
    v: str = Field(max_length=50)
    schema_: int = Field(alias="schema", ge=0)

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


class HelloRequest(Request):
    device_id: Id = Field(max_length=64)
    incarnation_id: Id = Field(max_length=64)
    client: ClientVersion
    unsent: int = Field(default=0, ge=0)
    repairs: int = Field(default=0, ge=0, le=2**53)
    """Scopes whose digest did not match and that this data folder has had to repair, in all."""


class Limits(Answer):
    ops: int = BATCH_OPS
    bytes: int = BATCH_BYTES
    rows: int = PULL_ROWS
    inline_blob_bytes: int = INLINE_BLOB_BYTES


class HelloAnswer(Answer):
    epoch: Id
    server_time: str
    protocol: dict[str, int]
    min_client_version: str
    limits: Limits
    last_seq: int
    durable_seq: int
    features: list[str] = Field(default_factory=list)
    policy: str = "normal"
    """What this device is to do with itself: wire_identity.DevicePolicy."""
    load_anew: str | None = None
    """The name of an administrator's wish: load every record anew, once for each name."""
    load_after: int = Field(default=0, ge=0)
    """Who has to load every record anew waits for so many seconds; pushes go on at once."""


# --- push ---------------------------------------------------------------------------------------


class Entity(Request):
    kind: str = Field(min_length=1, max_length=50)
    id: Id = Field(min_length=1, max_length=64)


class Op(Request):
    """One event of the outbox, as sent. `payload` is judged by its type, not here."""

    seq: int = Field(ge=1, le=2**53)
    op_id: Id = Field(pattern="^[0-9a-f-]{36}$")
    prev: Id | None = Field(default=None, max_length=64)  # op_id of seq-1 of this incarnation
    type: str = Field(min_length=1, max_length=100)
    v: int = Field(ge=1, le=2**31 - 1)
    grp: str | None = Field(default=None, max_length=100)
    actor: Id = Field(min_length=1, max_length=64)
    occurred_at: str = Field(min_length=1, max_length=40)
    mono_ms: int | None = None
    boot: str | None = Field(default=None, max_length=64)
    skew_ms: int | None = None
    entity: Entity
    scope: str | None = Field(default=None, max_length=100)
    base_ver: int | None = None
    payload: dict[str, Any]
    blobs: list[str] = Field(default_factory=list, max_length=100)


class Alike(Request):
    """What an event says by its difference from an earlier one of its stream (cvd_shared/alike.py):
    its payload as canonical JSON, its raw report (`raw_sha256` of the payload)."""

    seq: int = Field(ge=1, le=2**53)  # of the earlier one
    payload: str
    report: str | None = None


class PushRequest(Request):
    protocol: int
    epoch: Id = Field(max_length=64)
    device_id: Id = Field(max_length=64)
    incarnation_id: Id = Field(pattern="^[0-9a-f-]{36}$")
    client: ClientVersion
    ops: list[Op] = Field(max_length=BATCH_OPS)
    inline_blobs: dict[str, str] = Field(default_factory=dict)  # sha256 -> base64
    inline_texts: dict[str, str] = Field(default_factory=dict)
    """Those of the blobs that are UTF-8, as they are; for a server with the feature TEXTS."""
    alike: dict[Id, Alike] = Field(default_factory=dict, max_length=BATCH_OPS)
    """By op_id, events that are sent with an empty payload; for a server with the feature ALIKE."""


Outcome = Literal["applied", "duplicate", "rejected", "quarantined"]


class OpResult(Answer):
    seq: int
    op_id: Id
    outcome: Outcome
    code: str | None = None
    msg: str | None = None
    ver: int | None = None


class PushAnswer(Answer):
    epoch: Id
    server_time: str
    last_seq: int
    durable_seq: int
    results: list[OpResult]
    missing_blobs: list[str] = Field(default_factory=list)
    pull_hint: bool = False


class KnownRequest(Request):
    device_id: Id = Field(max_length=64)
    op_ids: list[Id] = Field(max_length=5000)


class KnownAnswer(Answer):
    known: list[Id]
    refused: list[Id] = Field(default_factory=list)
    """Those of the known that the server rejected or quarantined."""


# --- pull ---------------------------------------------------------------------------------------


class PullRequest(Request):
    protocol: int
    epoch: Id = Field(max_length=64)
    device_id: Id = Field(max_length=64)
    incarnation_id: Id = Field(pattern="^[0-9a-f-]{36}$")
    cursors: dict[str, int]
    rereading: list[str] = Field(default_factory=list, max_length=10_000)
    """Scopes that this device reads from 0 in the present round of pages (new, or after a
    `reset`): their cursors may lie below the floor of purged tombstones."""
    floors: dict[str, int] = Field(default_factory=dict)
    """Their floors when the round began: where a floor has moved since, the round has missed it."""
    snapshots: bool = False
    """A scope that is read from 0 may be offered as a snapshot, instead of its rows."""
    limit_rows: int = Field(default=PULL_ROWS, ge=1, le=PULL_ROWS)
    limit_bytes: int = Field(default=PULL_BYTES, ge=1024, le=4 * 1024 * 1024)


class ScopeState(Answer):
    """`cursor` to store after applying; `n` and `sum` are the digest at `head`."""

    id: str
    cursor: int
    head: int
    n: int
    sum: str
    reset: bool = False
    floor: int = 0
    """Tombstones up to this number are gone."""
    snapshot: dict[str, Any] | None = None
    """wire_repair.SnapshotOffer, for a scope that is read from 0: no row of it is on this page."""


class Row(Answer):
    """`put` carries the record; `remove` ends the membership of the row in the scope."""

    s: str
    k: str
    i: Id
    ver: int
    op: Literal["put", "remove"]
    d: dict[str, Any] | None = None


class PullAnswer(Answer):
    """`scopes` is the whole list of what this device may hold; an absent one is dropped."""

    epoch: Id
    server_time: str
    applied_seq: int
    applied_op: Id | None = None
    """The event with that number. Where this laptop has another one there, its file has a twin."""
    scopes: list[ScopeState]
    rows: list[Row]
    more: bool

"""The files that carry unsent work by hand, and the receipts for them (sync protocol, D8).

Both have one outer layout, all numbers big-endian:

    magic (8 bytes), version (2), length of the header (4), header (canonical JSON),
    length of the payload (8), payload, Ed25519 signature (64) over everything before it

`.cvdbundle`: signed by the key of the device; its payload is sealed to the operator (X25519 sealed
box), so that whoever finds or carries the file learns how much it is and whose, and nothing else.
Inside the seal lies one zlib stream of parts, each of them

    length of the head (4), head (canonical JSON), length of the body (4), body

A head is that of an event ({"kind": "event", "incarnation", "seq", "op_id", "prev"}; the body is
the event's canonical JSON exactly as in the outbox) or that of a blob ({"kind": "blob", "sha256",
"mime"}; the body is its bytes). Events come first, in the order of the laptop.

`.cvdreceipt`: signed by the operator; its payload is one zlib stream of canonical JSON.
Nothing here knows keys: signing, sealing and their proofs are done by those who have them. What
does not fit in every detail is refused as a whole (`BundleError`).
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cvd_shared.canonical import canonical_json, sha256_hex
from cvd_shared.wire import Id, OpResult
from cvd_shared.wire_attachments import ATTACHMENT_BYTES
from cvd_shared.wire_repair import BUNDLE_BYTES

BUNDLE_SUFFIX = ".cvdbundle"
RECEIPT_SUFFIX = ".cvdreceipt"
VERSION = 1
SIGNATURE_BYTES = 64
HEADER_BYTES = 4096
ROOM_BYTES = 64 * 1024  # of a file, for all that is not payload
CONTENT_BYTES = BUNDLE_BYTES - ROOM_BYTES
"""What lies in a payload, unpacked: no more than a file may have: there are no bombs."""
MOST_PARTS = 500_000

FileKind = Literal["bundle", "receipt"]

_MAGIC: dict[FileKind, bytes] = {"bundle": b"CVDBNDL\n", "receipt": b"CVDRCPT\n"}
_START = struct.Struct(">8sHI")
START_BYTES = _START.size + HEADER_BYTES
_SIZE = struct.Struct(">Q")
_PART = struct.Struct(">I")
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_UUID7 = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_SHA256 = "^[0-9a-f]{64}$"
_HEAD_BYTES = 1024


class BundleError(Exception):
    """The file is not taken. `code`: bundle_not_one, bundle_newer, bundle_damaged, bundle_too_large
    (for receipts too)."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class BundleHeader(_Model):
    """What anybody may read. `epoch` is the server's as the laptop knew it, "" before the first
    contact; `user_name` lets a colleague tell whose it is."""

    bundle_id: str = Field(pattern=_UUID7)
    operator_id: Id = Field(min_length=1, max_length=64)
    device_id: Id = Field(min_length=1, max_length=64)
    user_id: Id = Field(min_length=1, max_length=64)
    user_name: str = Field(max_length=200)
    epoch: str = Field(max_length=64)
    made_at: str = Field(min_length=1, max_length=40)
    events: int = Field(ge=0, le=MOST_PARTS)
    blobs: int = Field(ge=0, le=MOST_PARTS)
    oldest: str | None = Field(max_length=40)  # when the oldest event was recorded


class ReceiptHeader(_Model):
    """`epoch`: in which of its lives the server took the bundle; `bundle_epoch` that of the bundle.
    `moved`: the events are on the server in another stream than in the bundle."""

    bundle_id: str = Field(pattern=_UUID7)
    operator_id: Id = Field(min_length=1, max_length=64)
    device_id: Id = Field(min_length=1, max_length=64)
    user_id: Id = Field(min_length=1, max_length=64)
    user_name: str = Field(max_length=200)
    epoch: str = Field(min_length=1, max_length=64)
    bundle_epoch: str = Field(max_length=64)
    taken_at: str = Field(min_length=1, max_length=40)
    moved: bool


class EventHead(_Model):
    kind: Literal["event"] = "event"
    incarnation: str = Field(pattern=_UUID)
    seq: int = Field(ge=1, le=2**53)
    op_id: str = Field(pattern=_UUID)
    prev: str | None = Field(default=None, pattern=_UUID)


class BlobHead(_Model):
    kind: Literal["blob"] = "blob"
    sha256: str = Field(pattern=_SHA256)
    mime: str = Field(max_length=100)


@dataclass(frozen=True, slots=True)
class BundledEvent:
    head: EventHead
    body: bytes  # canonical JSON of the event, as in the outbox


@dataclass(frozen=True, slots=True)
class BundledBlob:
    head: BlobHead
    body: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What lies inside the seal."""

    events: tuple[BundledEvent, ...]
    blobs: tuple[BundledBlob, ...]


class ReceiptLine(_Model):
    """The server's word for one event; `seq` and `incarnation` as in the bundle."""

    incarnation: str = Field(pattern=_UUID)
    seq: int = Field(ge=1, le=2**53)
    op_id: str = Field(pattern=_UUID)
    outcome: Literal["applied", "duplicate", "rejected", "quarantined"]
    code: str | None = Field(max_length=200)
    msg: str | None = Field(max_length=10_000)

    def result(self) -> OpResult:
        return OpResult(
            seq=self.seq, op_id=self.op_id, outcome=self.outcome, code=self.code, msg=self.msg
        )


class ReceiptContent(_Model):
    """`stored`: the blobs that the server has, verified."""

    results: list[ReceiptLine] = Field(max_length=MOST_PARTS)
    stored: list[str] = Field(max_length=MOST_PARTS)


HeaderT = TypeVar("HeaderT", BundleHeader, ReceiptHeader)
_ModelT = TypeVar("_ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CarriedFile(Generic[HeaderT]):
    """A file whose outside fits. `signed` is what `signature` is about: prove it before use."""

    header: HeaderT
    payload: bytes
    signed: bytes
    signature: bytes


# --- the outside --------------------------------------------------------------------------------


def kind_of(start: bytes) -> FileKind | None:
    """What a file is by its first bytes; None for anything else."""
    return next((kind for kind, magic in _MAGIC.items() if start.startswith(magic)), None)


def build(
    header: BundleHeader | ReceiptHeader, payload: bytes, sign: Callable[[bytes], bytes]
) -> bytes:
    """The whole file. `sign` gives the 64 bytes over what it is given."""
    kind: FileKind = "bundle" if isinstance(header, BundleHeader) else "receipt"
    head = canonical_json(header.model_dump())
    signed = b"".join(
        (_START.pack(_MAGIC[kind], VERSION, len(head)), head, _SIZE.pack(len(payload)), payload)
    )
    signature = sign(signed)
    if len(signature) != SIGNATURE_BYTES or len(head) > HEADER_BYTES:
        raise ValueError("a signature or a header of the wrong size")
    return signed + signature


def open_bundle(data: bytes) -> CarriedFile[BundleHeader]:
    """Raises BundleError. The signature is not proved yet."""
    return _open("bundle", BundleHeader, data)


def open_receipt(data: bytes) -> CarriedFile[ReceiptHeader]:
    """Raises BundleError. The signature is not proved yet."""
    return _open("receipt", ReceiptHeader, data)


def read_header(start: bytes) -> BundleHeader | ReceiptHeader:
    """By the first `START_BYTES` of a file. Raises BundleError; nothing is proved."""
    kind = kind_of(start)
    if kind is None:
        raise BundleError("bundle_not_one", "neither bundle nor receipt")
    if kind == "bundle":
        return _header(BundleHeader, start)
    return _header(ReceiptHeader, start)


def _header(model: type[HeaderT], data: bytes) -> HeaderT:
    if len(data) < _START.size:
        raise _damaged("cut in its start")
    _, version, size = _START.unpack_from(data)
    if version != VERSION:
        raise BundleError("bundle_newer", f"version {version}")
    if size > HEADER_BYTES or len(data) < _START.size + size:
        raise _damaged("cut in its header")
    return _canonical(model, data[_START.size : _START.size + size])


def _open(kind: FileKind, model: type[HeaderT], data: bytes) -> CarriedFile[HeaderT]:
    if not data.startswith(_MAGIC[kind]):
        raise BundleError("bundle_not_one", f"no {kind}")
    if len(data) > BUNDLE_BYTES:
        raise BundleError("bundle_too_large", f"{len(data)} bytes")
    header = _header(model, data)
    size_at = _START.size + _START.unpack_from(data)[2]
    payload_at = size_at + _SIZE.size
    if len(data) < payload_at:
        raise _damaged("cut behind its header")
    (payload_size,) = _SIZE.unpack_from(data, size_at)
    end = payload_at + payload_size
    if len(data) != end + SIGNATURE_BYTES:
        raise _damaged("its length is not what it says")
    return CarriedFile(header, data[payload_at:end], data[:end], data[end:])


# --- the inside of a bundle ---------------------------------------------------------------------


class ContentBuilder:
    """Packs parts until they would be more than a bundle may hold."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(6)
        self._packed: list[bytes] = []
        self._room = CONTENT_BYTES
        self._parts = 0

    def add(self, part: BundledEvent | BundledBlob) -> bool:
        """False when there is no room for it; then nothing was added."""
        head = canonical_json(part.head.model_dump())
        size = 2 * _PART.size + len(head) + len(part.body)
        # What cannot be packed grows by 5 bytes for each 16 KB.
        if size + size // 3000 + 64 > self._room or self._parts >= MOST_PARTS:
            return False
        self._room -= size + size // 3000
        self._parts += 1
        for piece in (_PART.pack(len(head)), head, _PART.pack(len(part.body)), part.body):
            self._packed.append(self._packer.compress(piece))
        return True

    def finish(self) -> bytes:
        self._packed.append(self._packer.flush())
        return b"".join(self._packed)


def read_content(packed: bytes, header: BundleHeader) -> Content:
    """What was sealed. Raises BundleError unless every part fits and all are there."""
    data = _unpacked(packed)
    events: list[BundledEvent] = []
    blobs: list[BundledBlob] = []
    at = 0
    while at < len(data):
        head, at = _piece(data, at, _HEAD_BYTES)
        body, at = _piece(data, at, ATTACHMENT_BYTES)
        if b'"kind":"event"' in head:
            if blobs:
                raise _damaged("an event out of place")
            events.append(BundledEvent(_canonical(EventHead, head), body))
        else:
            blob = BundledBlob(_canonical(BlobHead, head), body)
            if sha256_hex(body) != blob.head.sha256:
                raise _damaged("a blob that is not what its name says")
            blobs.append(blob)
        if len(events) + len(blobs) > MOST_PARTS:
            raise BundleError("bundle_too_large", "too many parts")
    if (len(events), len(blobs)) != (header.events, header.blobs):
        raise _damaged("not as many parts as it says")
    if len({event.head.op_id for event in events}) != len(events):
        raise _damaged("an event twice")
    return Content(tuple(events), tuple(blobs))


# --- the inside of a receipt --------------------------------------------------------------------


def pack_receipt(results: Iterable[ReceiptLine], stored: Iterable[str]) -> bytes:
    content = {"results": [line.model_dump() for line in results], "stored": sorted(stored)}
    return zlib.compress(canonical_json(content), 6)


def read_receipt(packed: bytes) -> ReceiptContent:
    """Raises BundleError."""
    return _canonical(ReceiptContent, _unpacked(packed))


# --- parts --------------------------------------------------------------------------------------


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, CONTENT_BYTES + 1)
    except zlib.error as error:
        raise _damaged("it cannot be unpacked") from error
    if len(data) > CONTENT_BYTES:
        raise BundleError("bundle_too_large", "it grows beyond measure when unpacked")
    if not unpacker.eof or unpacker.unused_data:
        raise _damaged("its stream is cut or has something behind it")
    return data


def _piece(data: bytes, at: int, most: int) -> tuple[bytes, int]:
    if len(data) - at < _PART.size:
        raise _damaged("cut between its parts")
    (size,) = _PART.unpack_from(data, at)
    at += _PART.size
    if size > most or len(data) - at < size:
        raise _damaged("cut in a part")
    return data[at : at + size], at + size


def _canonical(model: type[_ModelT], data: bytes) -> _ModelT:
    """Only the one spelling: two readers cannot read the same bytes differently."""
    try:
        found = model.model_validate_json(data)
        same = canonical_json(json.loads(data)) == data
    except (ValidationError, ValueError, RecursionError) as error:
        raise _damaged(f"its {model.__name__} does not fit") from error
    if not same:
        raise _damaged(f"its {model.__name__} is spelled differently")
    return found


def _damaged(reason: str) -> BundleError:
    return BundleError("bundle_damaged", reason)

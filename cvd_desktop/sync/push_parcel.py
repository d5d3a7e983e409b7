"""Builds one push from the outbox: as many waiting events as fit, with the bytes they name."""

import base64
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from cvd_desktop.storage import outbox_store
from cvd_desktop.storage.alike_store import base_of
from cvd_desktop.storage.outbox_store import StoredEvent
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.alike import known_text, told
from cvd_shared.canonical import canonical_json
from cvd_shared.wire import ALIKE, PROTOCOL, TEXTS, Limits, OpResult

_BASE64_GROWTH = 4 / 3
_NAME_BYTES = 72  # of a blob: its SHA-256, quotes and all
_NUMBER_BYTES = 160  # `seq`, `prev`, `actor`, which a stored event does not have


@dataclass(frozen=True, slots=True)
class Stream:
    """What every push says about its sender."""

    device: str
    incarnation: str
    epoch: str
    user: str
    client: dict[str, Any]  # ClientVersion


@dataclass(slots=True)
class Parcel:
    """A push that is ready to go. It stays the same however often it is sent."""

    events: list[StoredEvent]
    document: dict[str, Any] = field(default_factory=dict)  # a PushRequest

    @property
    def first(self) -> int:
        return self.events[0].seq

    @property
    def last(self) -> int:
        return self.events[-1].seq

    @property
    def divisible(self) -> bool:
        """False for a single event and for a single group, which stand or fall together."""
        groups = {event.group for event in self.events}
        return len(self.events) > 1 and (len(groups) > 1 or groups == {None})

    @property
    def names(self) -> set[str]:
        """Of the blobs that its events name."""
        return {sha256 for event in self.events for sha256 in event.body.get("blobs", ())}

    def is_answered_by(self, results: list[OpResult]) -> bool:
        """True when there is one outcome for each event and for nothing else."""
        sent = [(event.seq, event.op_id) for event in self.events]
        return sorted((each.seq, each.op_id) for each in results) == sorted(sent)


def next_parcel(
    connection: Transaction,
    stream: Stream,
    limits: Limits,
    max_events: int,
    features: Collection[str] = (),
) -> Parcel | None:
    """The next push, None when nothing waits. Blobs beyond the limit of one stay behind.
    `features`: what the server understands, as it says in `hello`."""
    found: dict[str, bytes] = {}  # sha256 -> bytes

    def size_of(event: StoredEvent) -> int:
        size = event.size + _NUMBER_BYTES
        for sha256 in event.body.get("blobs", ()):
            data = found.get(sha256)
            if data is None:
                data = outbox_store.blob_bytes(connection, sha256, event.op_id)
                if data is None or len(data) > limits.inline_blob_bytes:
                    continue
                found[sha256] = data
            size += int(len(data) * _BASE64_GROWTH) + _NAME_BYTES
        return size

    events = outbox_store.next_batch(
        connection,
        stream.incarnation,
        max_events=max_events,
        max_bytes=limits.bytes,
        size_of=size_of,
    )
    if not events:
        return None
    named = {sha256 for event in events for sha256 in event.body.get("blobs", ())}
    inline = {sha256: found[sha256] for sha256 in sorted(named & found.keys())}
    before = outbox_store.op_id_at(connection, stream.incarnation, events[0].seq - 1)
    ops = _ops(events, before, stream.user)
    document: dict[str, Any] = {
        "protocol": PROTOCOL,
        "epoch": stream.epoch,
        "device_id": stream.device,
        "incarnation_id": stream.incarnation,
        "client": stream.client,
        "ops": ops,
    }
    if ALIKE in features:
        document["alike"] = _alike(connection, stream, events, ops, inline)
    if TEXTS in features:
        document["inline_texts"] = _texts(inline)
    document["inline_blobs"] = {
        sha256: base64.b64encode(data).decode("ascii") for sha256, data in inline.items()
    }
    return Parcel(events, document)


def _alike(
    connection: Transaction,
    stream: Stream,
    events: list[StoredEvent],
    ops: list[dict[str, Any]],
    inline: dict[str, bytes],
) -> dict[str, dict[str, Any]]:
    """By op_id, what is told by its difference from something earlier; taken out of the rest."""
    alike: dict[str, dict[str, Any]] = {}
    for event, op in zip(events, ops, strict=True):
        base = base_of(connection, stream.incarnation, event)
        if base is None:
            continue
        payload = op["payload"]
        op["payload"] = {}
        like = known_text(base.payload, op["occurred_at"], op["entity"]["id"], op["blobs"])
        alike[event.op_id] = {
            "seq": base.seq,
            "payload": told(canonical_json(payload), like),
        }
        name = payload.get("raw_sha256")
        if base.report and name in inline:
            alike[event.op_id]["report"] = told(inline.pop(name), base.report)
    return alike


def _texts(inline: dict[str, bytes]) -> dict[str, str]:
    """Those that are UTF-8, taken out of the rest: base64 costs a third more."""
    texts: dict[str, str] = {}
    for sha256, data in list(inline.items()):
        try:
            texts[sha256] = data.decode()
        except UnicodeDecodeError:
            continue
        del inline[sha256]
    return texts


def _ops(events: list[StoredEvent], before: str | None, user: str) -> list[dict[str, Any]]:
    """The events as `Op`; what was recorded before anybody signed in is this person's."""
    ops = []
    for event in events:
        op = {"actor": user, **event.body, "seq": event.seq}
        if before is not None:
            op["prev"] = before
        ops.append(op)
        before = event.op_id
    return ops

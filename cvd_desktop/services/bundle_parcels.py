"""What goes into the files of an export: all events in their order, then the files they name.

One file has its limit, so that the server can take it whole; what has no room goes into the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cvd_desktop.storage import attachment_store, bundle_store, outbox_store
from cvd_desktop.storage.bundle_store import WaitingEvent
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.bundle_format import (
    CONTENT_BYTES,
    BlobHead,
    BundledBlob,
    BundledEvent,
    ContentBuilder,
    EventHead,
)
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire_attachments import ATTACHMENT_BYTES

_MIME = "application/octet-stream"


@dataclass(slots=True)
class Parcel:
    """The inside of one file."""

    data: bytes
    events: int
    names: list[str]  # SHA-256 of its attachments
    oldest: str | None  # when its first event was recorded
    up_to: int  # lseq of the last event, of this file or of those before


@dataclass(slots=True)
class Tally:
    """What became of everything that waits. Whole once the parcels are all taken."""

    named: set[str] = field(default_factory=set)  # attachments that the server may lack
    hopeless: set[str] = field(default_factory=set)  # not here any more, or larger than any file
    events_left: int = 0  # larger than any file


def parcels(connection: Transaction, data_dir: Path, tally: Tally) -> Iterator[Parcel]:
    """One after the other, so that only one lies in memory. Raises Problem("record_damaged")."""
    # sha256 -> op_id of an event that names it; also of answered ones, whose files still wait
    named = {each.sha256: each.op_id for each in attachment_store.unsent(connection)}
    filling = _Filling()
    for event in bundle_store.waiting(connection):
        named |= dict.fromkeys(event.blobs, event.op_id)
        before, fits = filling.add(_bundled(event))
        if before is not None:
            yield before
        if fits:
            filling.count(event)
        else:
            tally.events_left += 1
    tally.named = set(named)
    sizes = bundle_store.blob_sizes(connection, named)
    for sha256 in sorted(named, key=lambda name: (sizes.get(name, 0), name)):
        data = _bytes(connection, data_dir, sha256, named[sha256], sizes.get(sha256, 0))
        before, fits = None, False
        if data is not None:
            head = BlobHead(sha256=sha256, mime=_MIME)
            before, fits = filling.add(BundledBlob(head, data))
        if before is not None:
            yield before
        if fits:
            filling.names.append(sha256)
        else:
            tally.hopeless.add(sha256)
    last = filling.take()
    if last is not None:
        yield last


def must_travel(connection: Transaction) -> set[str]:
    """The attachments that an export made now would name."""
    names = {each.sha256 for each in attachment_store.unsent(connection)}
    return names.union(*(event.blobs for event in bundle_store.waiting(connection)))


class _Filling:
    """The file that is being filled."""

    def __init__(self) -> None:
        self._up_to = 0
        self._begin()

    def _begin(self) -> None:
        self._builder = ContentBuilder()
        self._events = 0
        self._oldest: str | None = None
        self.names: list[str] = []

    def add(self, part: BundledEvent | BundledBlob) -> tuple[Parcel | None, bool]:
        """(the file that was full before it, whether it has room in a file at all)."""
        if self._builder.add(part):
            return None, True
        full = self.take()
        return full, full is not None and self._builder.add(part)

    def count(self, event: WaitingEvent) -> None:
        self._events += 1
        self._up_to = event.lseq
        self._oldest = self._oldest or event.created_at

    def take(self) -> Parcel | None:
        """What is filled; None when that is nothing."""
        if not self._events and not self.names:
            return None
        taken = Parcel(self._builder.finish(), self._events, self.names, self._oldest, self._up_to)
        self._begin()
        return taken


def _bundled(event: WaitingEvent) -> BundledEvent:
    head = EventHead(
        incarnation=event.incarnation, seq=event.seq, op_id=event.op_id, prev=event.prev
    )
    return BundledEvent(head, event.body)


def _bytes(
    connection: Transaction, data_dir: Path, sha256: str, op_id: str, size: int
) -> bytes | None:
    """Of the database, or of the file beside it; None unless it is what its name says."""
    found = outbox_store.blob_bytes(connection, sha256, op_id)
    if found is not None or size > min(ATTACHMENT_BYTES, CONTENT_BYTES):
        return found
    path = attachment_store.path_of(connection, sha256)
    if path is None:
        return None
    try:
        data = (data_dir / path).read_bytes()
    except OSError:
        return None
    return data if sha256_hex(data) == sha256 else None

"""Attachments that arrive in chunks (sync protocol, 2.10): offered, sent, verified, stored.

A chunk is an object of its own until the last one is here; only then the whole is put together,
and it gets its name only when it has the right SHA-256. The bytes are safe in the store before a
row says so, so that a server killed at any moment reports at most too little. One device sends at
a time: whoever finds its lease over takes the upload by giving it a new id, and goes on.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError, malformed, try_later
from cvd_server.attachment_store import (
    AttachmentMissing,
    attachment_key,
    chunk_key,
    chunk_prefix,
)
from cvd_server.blob_claims import LOST, is_expected_of
from cvd_server.blobs import REPORT_BYTES, BlobDesk, blob_row
from cvd_server.change_feed import change_feed
from cvd_server.clock import from_wire, to_wire
from cvd_server.database import insert_many
from cvd_server.devices import check_device
from cvd_server.grants import Grants
from cvd_server.handler_parts import Situation
from cvd_server.services import Services
from cvd_shared.canonical import sha256_hex
from cvd_shared.record_facts import Facts, reading_facts
from cvd_shared.wire_attachments import LEASE_SECONDS, BlobOffer, BlobOffered, BlobProgress

log = logging.getLogger(__name__)

UNFINISHED_BYTES = 512 * 1024 * 1024  # offered by one device and not whole yet
DAY_BYTES = 4 * 1024 * 1024 * 1024  # stored for one device in 24 hours
STALE_AFTER = timedelta(days=30)
_QUOTA_SECONDS = 3600


class _WrongBytes(Exception):  # noqa: N818 - a turn in the road
    """The chunks are not the file that was offered."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One that is under way; `received` bytes of it are safe."""

    operator_id: str
    upload_id: str
    sha256: str
    size: int
    mime: str
    device_id: str
    received: int
    leased_until: str


# --- offering -----------------------------------------------------------------------------------


def offer(to: Services, who: Principal, request: BlobOffer) -> BlobOffered:
    """Raises ApiError 403 device_..., 404 blob_not_named, 409 upload_busy, 422, 429 quota."""

    def work(connection: Connection) -> BlobOffered | Upload:
        check_device(connection, who, request.device_id)
        if _is_stored(to, connection, who.operator_id, request.sha256):
            if not _must_prove(connection, who, request):
                return BlobOffered(state="stored")
        elif not _is_expected(connection, who.operator_id, request.sha256):
            raise ApiError(404, "blob_not_named", "No record that is here names these bytes.")
        return _opened(to, connection, who.operator_id, request)

    found = to.database.in_transaction(work)
    if isinstance(found, BlobOffered):
        heal(to, who, request)
        return found
    if found.size == 0:
        progress = _finish(to, found, who.user_id)
        if progress.state == "open":
            raise malformed("No bytes have another SHA-256 than this one.")
        return BlobOffered(state="stored")
    return BlobOffered(state="open", upload_id=found.upload_id, offset=found.received)


def _must_prove(connection: Connection, who: Principal, request: BlobOffer) -> bool:
    """Others brought these bytes; this sender named them, and has to show that he has them."""
    holder = connection.scalar(
        select(tables.blob.c.first_device_id).filter_by(
            operator_id=who.operator_id, sha256=request.sha256
        )
    )
    return holder != request.device_id and is_expected_of(
        connection, who.operator_id, request.sha256, request.device_id, who.user_id
    )


def _opened(to: Services, connection: Connection, operator_id: str, request: BlobOffer) -> Upload:
    """The upload of these bytes: a new one, this device's own, or one whose sender is gone."""
    now = to.clock()
    old = _upload(connection, operator_id, tables.blob_upload.c.sha256 == request.sha256)
    if old is not None and old.device_id != request.device_id:
        left = (from_wire(old.leased_until) - now).total_seconds()
        if 0 < left <= LEASE_SECONDS:
            raise try_later(409, "upload_busy", "Another device sends these bytes.", int(left) + 1)
    _check_quota(to, connection, operator_id, request, old)
    same = old is not None and old.device_id == request.device_id and old.size == request.size
    upload = Upload(
        operator_id=operator_id,
        upload_id=old.upload_id if old is not None and same else to.new_id(),
        sha256=request.sha256,
        size=request.size,
        mime=request.mime,
        device_id=request.device_id,
        # another size: one of the two is wrong about the file, so nothing of before is believed
        received=old.received if old is not None and old.size == request.size else 0,
        leased_until=_lease(to),
    )
    row = {name: getattr(upload, name) for name in Upload.__slots__}
    if old is None:
        insert_many(connection, tables.blob_upload, [row | {"created_at": to.now()}])
    else:
        connection.execute(
            update(tables.blob_upload)
            .filter_by(operator_id=operator_id, sha256=request.sha256)
            .values(row)
        )
    return upload


def _check_quota(
    to: Services,
    connection: Connection,
    operator_id: str,
    request: BlobOffer,
    old: Upload | None,
) -> None:
    open_, kept = tables.blob_upload, tables.blob
    device = request.device_id
    others = open_.c.sha256 != request.sha256
    unfinished = connection.scalar(
        select(func.sum(open_.c.size))
        .filter_by(operator_id=operator_id, device_id=device)
        .where(others)
    )
    day_ago = to_wire(to.clock() - timedelta(days=1))
    stored = connection.scalar(
        select(func.sum(kept.c.size))
        .filter_by(operator_id=operator_id, first_device_id=device)
        .where(kept.c.stored_at >= day_ago)
    )
    if int(unfinished or 0) + request.size > UNFINISHED_BYTES and old is None:
        raise try_later(429, "quota", "Too much is begun and not whole yet.", _QUOTA_SECONDS)
    if int(stored or 0) + request.size > DAY_BYTES:
        raise try_later(429, "quota", "This device has sent enough for a day.", _QUOTA_SECONDS)


# --- chunks -------------------------------------------------------------------------------------


def upload_of(connection: Connection, who: Principal, upload_id: str) -> Upload:
    """Raises ApiError 404 upload_unknown, also for another operator's."""
    found = _upload(connection, who.operator_id, tables.blob_upload.c.upload_id == upload_id)
    if found is None:
        raise ApiError(404, "upload_unknown", "There is no such upload; offer the file again.")
    return found


def take_chunk(
    to: Services, who: Principal, upload_id: str, offset: int, digest: str, data: bytes
) -> BlobProgress:
    """One chunk, whole and with the right hash. Raises ApiError 404, 409 offset_differs, 422,
    and what the store raises."""
    if not data:
        raise malformed("An empty chunk.")
    if sha256_hex(data) != digest:
        raise ApiError(422, "chunk_damaged", "The chunk is not what it was; send it again.")

    def begin(connection: Connection) -> Upload:
        upload = upload_of(connection, who, upload_id)
        if offset != upload.received:
            raise _offset_differs(upload.received)
        if offset + len(data) > upload.size:
            raise malformed("More bytes than were offered.", size=upload.size)
        _move(connection, upload, upload.received, _lease(to))
        return upload

    upload = to.database.in_transaction(begin)
    to.store.put(chunk_key(upload.operator_id, upload.sha256, offset), [data])
    end = offset + len(data)
    if end == upload.size:
        return _finish(to, upload, who.user_id)

    def advance(connection: Connection) -> BlobProgress:
        if not _move(connection, upload, end, _lease(to)):
            raise _offset_differs(upload_of(connection, who, upload_id).received)
        return BlobProgress(state="open", offset=end)

    return to.database.in_transaction(advance)


def _offset_differs(offset: int) -> ApiError:
    return ApiError(409, "offset_differs", "Go on at another place.", offset=offset)


def _move(connection: Connection, upload: Upload, received: int, lease: str) -> bool:
    """False when somebody has moved or taken it since; then nothing changes."""
    moved = connection.execute(
        update(tables.blob_upload)
        .filter_by(
            operator_id=upload.operator_id, upload_id=upload.upload_id, received=upload.received
        )
        .values(received=received, leased_until=lease)
    )
    return moved.rowcount == 1


# --- the end ------------------------------------------------------------------------------------


def _finish(to: Services, upload: Upload, user_id: str) -> BlobProgress:
    try:
        _keep(to, upload)
    except (_WrongBytes, AttachmentMissing) as error:
        return _begin_again(to, upload, error, user_id)
    complete(to, upload, user_id)
    to.metrics.blobs.inc()
    for chunk in to.store.keys(chunk_prefix(upload.operator_id, upload.sha256)):
        to.store.delete(chunk)
    return BlobProgress(state="stored", offset=upload.size)


def _keep(to: Services, upload: Upload) -> None:
    """Under their name; bytes that are here already are only proved."""
    with to.database.read() as connection:
        here = connection.scalar(
            select(tables.blob.c.size).filter_by(
                operator_id=upload.operator_id, sha256=upload.sha256
            )
        )
    if here is None:
        to.store.put(attachment_key(upload.operator_id, upload.sha256), _verified(to, upload))
        return
    for _ in _verified(to, upload):
        pass


def _verified(to: Services, upload: Upload) -> Iterator[bytes]:
    """The chunks one after the other; at the end it raises unless they are the file."""
    digest = hashlib.sha256()
    offset = 0
    while offset < upload.size:
        start = offset
        for piece in to.store.open(chunk_key(upload.operator_id, upload.sha256, offset)):
            digest.update(piece)
            offset += len(piece)
            yield piece
        if offset == start:
            raise _WrongBytes("an empty chunk")
    if offset != upload.size or digest.hexdigest() != upload.sha256:
        raise _WrongBytes(f"{offset} bytes of {upload.size}, SHA-256 {digest.hexdigest()}")


def _begin_again(to: Services, upload: Upload, error: Exception, user_id: str) -> BlobProgress:
    """From the first byte; unless somebody else has finished it meanwhile."""
    log.info("attachment %s arrived wrong: %s", upload.sha256, error)

    def work(connection: Connection) -> BlobProgress:
        waits = is_expected_of(
            connection, upload.operator_id, upload.sha256, upload.device_id, user_id
        )
        if not waits and _is_stored(to, connection, upload.operator_id, upload.sha256):
            return BlobProgress(state="stored", offset=upload.size)
        _move(connection, upload, 0, _lease(to))
        return BlobProgress(state="open", offset=0)

    return to.database.in_transaction(work)


def heal(to: Services, who: Principal, request: BlobOffer) -> None:
    """A device that still waits for bytes that it brought itself, at the very same moment, gets
    them."""
    operator_id, sha256, device_id = who.operator_id, request.sha256, request.device_id
    with to.database.read() as connection:
        row = connection.execute(
            select(tables.blob.c.size, tables.blob.c.mime).filter_by(
                operator_id=operator_id, sha256=sha256
            )
        ).one_or_none()
        if row is None or not is_expected_of(
            connection, operator_id, sha256, device_id, who.user_id
        ):
            return
    upload = Upload(operator_id, "", sha256, row.size, row.mime, device_id, 0, "")
    complete(to, upload, who.user_id)


def complete(to: Services, upload: Upload, user_id: str) -> None:
    """The row, the reads that waited, a sender who waits no more: in one transaction."""
    facts = _facts(to, upload)

    def work(connection: Connection) -> None:
        now = to.now()
        operator_id, name = upload.operator_id, upload.sha256
        with change_feed(connection, operator_id, now) as feed:
            desk = BlobDesk(connection, operator_id, (upload.device_id, user_id), now)
            desk.has_come(name)
            situation = Situation(Grants(False, frozenset(), ()), facts={name: facts})
            keys = desk.reads_to_complete()
            for kind in sorted({kind for kind, _ in keys}):
                rows = feed.load(kind, [row_id for other, row_id in keys if other == kind])
                situation.rows |= {(kind, row_id): row for row_id, row in rows.items()}
            row = blob_row(
                operator_id, name, None, upload.device_id, now, size=upload.size, mime=upload.mime
            )
            insert_many(connection, tables.blob, [row], on_conflict="skip")
            desk.complete_reads(feed, situation)
            connection.execute(
                delete(tables.blob_upload).filter_by(operator_id=operator_id, sha256=name)
            )

    to.database.in_transaction(work)


def _facts(to: Services, upload: Upload) -> Facts:
    """What a raw report says, read before any lock is held; nothing of what is none."""
    with to.database.read() as connection:
        table = tables.read
        waits = connection.scalar(
            select(func.count())
            .select_from(table)
            .filter_by(operator_id=upload.operator_id, raw_sha256=upload.sha256)
        )
    if not waits or upload.size > REPORT_BYTES:
        return {}
    try:
        return reading_facts(stored_bytes(to, upload.operator_id, upload.sha256))
    except AttachmentMissing:
        return {}
    except Exception:
        log.exception("cannot read the report %s", upload.sha256)
        return {}


# --- what is here, what is missing --------------------------------------------------------------


def stored_bytes(to: Services, operator_id: str, sha256: str) -> bytes:
    """Of a small blob, wherever it lies. Raises AttachmentMissing."""
    with to.database.read() as connection:
        body = connection.scalar(
            select(tables.blob.c.body).filter_by(operator_id=operator_id, sha256=sha256)
        )
    if body is not None:
        return bytes(body)
    return b"".join(to.store.open(attachment_key(operator_id, sha256)))


def missing(
    connection: Connection, who: Principal, device_id: str, most: int
) -> tuple[list[str], bool]:
    """What events of this device, or of this person, name and nobody has sent; oldest first."""
    check_device(connection, who, device_id)
    expect, logged = tables.blob_expect, tables.op_log
    since = func.min(expect.c.since)
    names = connection.scalars(
        select(expect.c.sha256)
        .outerjoin(
            logged,
            (logged.c.operator_id == expect.c.operator_id) & (logged.c.op_id == expect.c.op_id),
        )
        .where(
            expect.c.operator_id == who.operator_id,
            or_(expect.c.device_id == device_id, logged.c.user_id == who.user_id),
        )
        .group_by(expect.c.sha256)
        .order_by(since, expect.c.sha256)
        .limit(most + 1)
    ).all()
    return list(names[:most]), len(names) > most


def forget_lost(to: Services, connection: Connection, operator_id: str, sha256: str) -> None:
    """These bytes are gone from the store: they are missing again, and are asked for."""
    log.error("attachment %s is gone from the store", sha256)
    blob = tables.blob
    row = connection.execute(
        select(blob.c.first_device_id).filter_by(operator_id=operator_id, sha256=sha256)
    ).one_or_none()
    if row is None:
        return
    connection.execute(delete(blob).filter_by(operator_id=operator_id, sha256=sha256))
    expected = {
        "operator_id": operator_id,
        "sha256": sha256,
        "op_id": LOST,
        "device_id": row.first_device_id or "",
        "since": to.now(),
    }
    insert_many(connection, tables.blob_expect, [expected], on_conflict="skip")


def find_lost(to: Services, operator_id: str) -> list[str]:
    """Look for every attachment in the store; those that are gone, which are missing again now."""
    table = tables.blob
    with to.database.read() as connection:
        rows = connection.execute(
            select(table.c.sha256, table.c.size)
            .where(table.c.operator_id == operator_id, table.c.body.is_(None))
            .order_by(table.c.sha256)
        ).all()
    gone = [
        row.sha256
        for row in rows
        if to.store.size(attachment_key(operator_id, row.sha256)) != row.size
    ]
    for name in gone:
        to.database.in_transaction(
            lambda connection, name=name: forget_lost(to, connection, operator_id, name)  # type: ignore[misc]
        )
    return gone


def drop_stale(to: Services) -> int:
    """Uploads that nobody has gone on with for long, and their chunks; how many."""
    table = tables.blob_upload
    before = to_wire(to.clock() - STALE_AFTER)

    def work(connection: Connection) -> list[tuple[str, str]]:
        stale = table.c.leased_until < before
        rows = connection.execute(select(table.c.operator_id, table.c.sha256).where(stale)).all()
        connection.execute(delete(table).where(stale))
        return [(row.operator_id, row.sha256) for row in rows]

    rows = to.database.in_transaction(work)
    for operator_id, name in rows:
        for chunk in to.store.keys(chunk_prefix(operator_id, name)):
            to.store.delete(chunk)
    return len(rows)


def _is_stored(to: Services, connection: Connection, operator_id: str, sha256: str) -> bool:
    blob = tables.blob
    row = connection.execute(
        select(blob.c.size, blob.c.body.is_(None).label("outside")).filter_by(
            operator_id=operator_id, sha256=sha256
        )
    ).one_or_none()
    if row is None:
        return False
    if row.outside and to.store.size(attachment_key(operator_id, sha256)) != row.size:
        forget_lost(to, connection, operator_id, sha256)
        return False
    return True


def _is_expected(connection: Connection, operator_id: str, sha256: str) -> bool:
    found = connection.scalar(
        select(func.count())
        .select_from(tables.blob_expect)
        .filter_by(operator_id=operator_id, sha256=sha256)
    )
    return bool(found)


def _upload(connection: Connection, operator_id: str, which: object) -> Upload | None:
    table = tables.blob_upload
    columns = [table.c[name] for name in Upload.__slots__]
    row = connection.execute(
        select(*columns)
        .where(table.c.operator_id == operator_id, which)  # type: ignore[arg-type]
        .with_for_update()
    ).one_or_none()
    return None if row is None else Upload(*row)


def _lease(to: Services) -> str:
    return to_wire(to.clock() + timedelta(seconds=LEASE_SECONDS))

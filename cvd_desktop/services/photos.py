"""Photos and signatures of a visit: stored at once, told to the server when the visit is finished.

The small picture lies in the database like the bytes of a read, and the draft names it, in one
transaction. Its event is recorded with the visit, not before: until then the person may still take
the picture away or call it something else, and neither a crash nor a dead battery loses it. The
small picture is the evidence and travels inside the event. The original file is copied into the
data folder first; the event names it too, so that it is sent as an attachment when the line is not
metered. It stays here until the server has said that it has it, 14 days more, and until a backup
elsewhere covers its event.
"""

import hashlib
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.visit_records import DraftPhoto
from cvd_desktop.services import visit_draft_body as bodies
from cvd_desktop.services.recover_visits import ORIGINALS
from cvd_desktop.services.visit_draft import add_to_evidence
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import attachment_store, photo_store
from cvd_desktop.storage.file_copies import is_disk_full
from cvd_desktop.storage.safe_files import sync_folder
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire_events import PhotoSubject

TOPICS = frozenset({"visit"})
MOST_BYTES = 200 * 1024  # of a small picture: what travels inside an event
MOST_PHOTOS = 100  # of one visit, wire_events.VisitFinished
MOST_ORIGINAL = 64 * 1024 * 1024  # bytes of the file that is kept

_MIMES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_PART = ".part"
_PIECE = 1024 * 1024
_ORPHAN_AFTER = timedelta(days=30)


def add_photo(
    wp: Workplace,
    visit_id: str,
    small: bytes,
    width: int,
    height: int,
    mime: str,
    original: Path | None,
    subject: PhotoSubject,
    caption: str = "",
) -> DraftPhoto:
    """Store a picture that was made small, and keep its original. Topics of change: `TOPICS`.

    Raises Problem: photo_unreadable, photo_too_large, photo_too_many, disk_full,
    visit_already_finished, visit_unknown. Nothing of the picture is kept then; the original stays
    where it was.
    """
    _check_picture(small, width, height, mime)
    now = wp.clock()
    photo = DraftPhoto(
        photo_id=wp.new_id(),
        sha256=sha256_hex(small),
        width=width,
        height=height,
        size=len(small),
        mime=mime,
        taken_at=now,
        subject=subject,
        caption=caption.strip(),
    )
    copy = _copied(wp.data_dir, photo.photo_id, original) if original is not None else None

    def store(connection: Transaction) -> None:
        at, path = to_wire(now), copy.path if copy is not None else None
        photo_store.store(connection, photo.sha256, small, mime=mime, at=at, original=path)
        if copy is not None:
            photo_store.store_original(
                connection, copy.sha256, copy.size, mime=copy.mime, at=at, path=copy.path
            )

    try:
        add_to_evidence(wp, visit_id, store, lambda body: _with_photo(body, photo))
    except BaseException:
        if copy is not None:
            (wp.data_dir / copy.path).unlink(missing_ok=True)
        raise
    return photo


def _with_photo(body: bodies.Body, photo: DraftPhoto) -> bodies.Body:
    if len(bodies.evidence_of(body).photos) >= MOST_PHOTOS:
        raise Problem("photo_too_many", ExitCode.USAGE, most=MOST_PHOTOS)
    return bodies.with_photo(body, photo)


def photo_bytes(wp: Workplace, sha256: str) -> bytes | None:
    """The small picture; None where this laptop does not have it. A colleague's is here once it
    was fetched (attachments.py)."""
    with wp.database.read() as connection:
        data = photo_store.bytes_of(connection, sha256)
        return data or attachment_store.fetched_bytes(connection, sha256)


def store_signature(wp: Workplace, visit_id: str, png: bytes, name: str) -> str:
    """Store the picture of a signature and who signed; its SHA-256. Topics of change: `TOPICS`.

    Raises Problem as `add_photo`, and signature_no_name.
    """
    if not name.strip():
        raise Problem("signature_no_name", ExitCode.USAGE)
    _check_picture(png, 1, 1, "image/png")
    sha256, at = sha256_hex(png), to_wire(wp.clock())
    add_to_evidence(
        wp,
        visit_id,
        lambda connection: photo_store.store(
            connection, sha256, png, mime="image/png", at=at, original=None
        ),
        lambda body: bodies.with_signature(body, sha256, name.strip()),
    )
    return sha256


def tidy_originals(wp: Workplace) -> int:
    """Remove originals that nobody needs here any more; how many.

    That is: the server said that it has the file, 14 days ago, and a backup elsewhere covers its
    event. What no event and no draft names goes after 30 days: a half copied file, the original of
    a photo that was taken away. A file that is gone and that the server needs is told.
    """
    folder = wp.data_dir / ORIGINALS
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    with wp.database.read() as connection:
        originals = photo_store.originals(connection)
        everything = set().union(*originals.values())
        wanted = photo_store.wanted(connection, everything)
        named = photo_store.named_by_events(connection, everything)
    removed = 0
    for path in files:
        name = path.relative_to(wp.data_dir).as_posix()
        names = originals.pop(name, set())
        if names & wanted:
            continue
        if not (_is_on_the_server(wp, name, names) if names & named else _is_old(wp, path)):
            continue  # or another window is storing it right now
        with suppress(OSError):  # Windows: somebody is looking at it
            path.unlink()
            removed += 1
        if names:
            with wp.database.write() as connection:
                photo_store.forget_original(connection, name)
    for name in originals:
        _tell_gone(wp, name)
    return removed


def _is_on_the_server(wp: Workplace, name: str, names: set[str]) -> bool:
    """A file of an older program is not named by itself: then its picture has to be there."""
    with wp.database.read() as connection:
        own = photo_store.own_name(connection, name)
        kept = {own} if own is not None else names
        return all(attachment_store.may_be_deleted(connection, each, wp.clock()) for each in kept)


def _tell_gone(wp: Workplace, name: str) -> None:
    """Somebody has deleted the file: the server will not get it, and a person shall know."""
    with wp.database.write() as connection:
        own = photo_store.own_name(connection, name)
        if own is not None:
            attachment_store.note_gone(connection, own, to_wire(wp.clock()))


def _check_picture(small: bytes, width: int, height: int, mime: str) -> None:
    said = next((name for start, name in _MIMES.items() if small.startswith(start)), "")
    if said != mime or width < 1 or height < 1:
        raise Problem("photo_unreadable", ExitCode.USAGE)
    if len(small) > MOST_BYTES:
        raise Problem("photo_too_large", ExitCode.USAGE, size=len(small), most=MOST_BYTES)


class _Copy(NamedTuple):
    path: str  # relative to the data folder
    sha256: str
    size: int  # bytes
    mime: str


def _copied(data_dir: Path, photo_id: str, original: Path) -> _Copy:
    """A copy that nobody else may read, whole on disk before it has its name."""
    folder = data_dir / ORIGINALS
    copy = folder / (photo_id + original.suffix.lower()[:10])
    part = copy.with_name(copy.name + _PART)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not original.is_file():
            raise Problem("photo_unreadable", ExitCode.USAGE, path=str(original))
        size = original.stat().st_size
        if size > MOST_ORIGINAL:
            raise Problem("photo_too_large", ExitCode.USAGE, size=size, most=MOST_ORIGINAL)
        digest, copied = hashlib.sha256(), 0
        with original.open("rb") as source, _private(part) as target:
            while piece := source.read(_PIECE):
                digest.update(piece)
                copied += len(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        part.replace(copy)
        sync_folder(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        code = "disk_full" if is_disk_full(error) else "photo_unreadable"
        raise Problem(code, ExitCode.USAGE, path=str(original)) from error
    path = copy.relative_to(data_dir).as_posix()
    return _Copy(path, digest.hexdigest(), copied, _mime_of(copy))


def _mime_of(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(16)
    known = (mime for mark, mime in _MIMES.items() if start.startswith(mark))
    return next(known, "application/octet-stream")


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _is_old(wp: Workplace, path: Path) -> bool:
    age = wp.clock().timestamp() - path.stat().st_mtime
    return age > _ORPHAN_AFTER.total_seconds()

"""Where the bytes of attachments and snapshots lie: a folder, or any S3-compatible store.

Every object is written whole or not at all and is on the disk, or in the bucket, when `put`
returns. Keys begin with the operator. Nothing here looks into the bytes.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import quote
from uuid import uuid4

from cvd_server.safe_files import PART, sync_folder, whole_file

if TYPE_CHECKING:
    from cvd_server.settings import Settings

PIECE_BYTES = 64 * 1024  # what `open` gives at a time, at most
_SEGMENT = re.compile("[A-Za-z0-9_%-][A-Za-z0-9_%.-]{0,199}")
_TRIES = 5
_FULL = {errno.ENOSPC, errno.EDQUOT}


class AttachmentMissing(LookupError):  # noqa: N818 - an answer
    """There is no object with this key."""


class StoreFull(Exception):  # noqa: N818 - nobody's error
    """No room; nothing was written."""


class StoreUnavailable(Exception):  # noqa: N818 - nobody's error
    """The store does not answer, or refuses; nothing is known to be written."""


class AttachmentStore(Protocol):
    def put(self, key: str, pieces: Iterable[bytes]) -> int:
        """Write the object, or write it anew; its size in bytes. When `pieces` raises, nothing
        changes. Raises StoreFull, StoreUnavailable."""

    def open(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `offset`, at most `length` of them. Raises AttachmentMissing at once,
        StoreUnavailable also later."""

    def size(self, key: str) -> int | None:
        """Bytes; None when there is no such object."""

    def delete(self, key: str) -> None:
        """What is not there counts as deleted."""

    def keys(self, prefix: str) -> list[str]:
        """Every key below `prefix`, which ends with a slash; sorted."""

    def check(self) -> None:
        """Whether it can be used at all. Raises StoreFull, StoreUnavailable."""


def operator_folder(operator_id: str) -> str:
    """The first segment of an operator's keys, whatever his id is."""
    return quote(operator_id, safe="").replace(".", "%2E").replace("~", "%7E") or "%"


def attachment_key(operator_id: str, sha256: str) -> str:
    return f"{operator_folder(operator_id)}/blobs/{sha256[:2]}/{sha256}"


def chunk_prefix(operator_id: str, sha256: str) -> str:
    return f"{operator_folder(operator_id)}/chunks/{sha256}/"


def chunk_key(operator_id: str, sha256: str, offset: int) -> str:
    """Sorted by name they are sorted by offset."""
    return f"{chunk_prefix(operator_id, sha256)}{offset:012d}"


def checked_key(key: str) -> str:
    """Raises ValueError for a key that could leave its place."""
    if not all(map(_SEGMENT.fullmatch, key.split("/"))):
        raise ValueError(f"no key: {key[:100]!r}")
    return key


def make_store(settings: "Settings") -> AttachmentStore:
    """The store that the settings name. Nothing is written yet."""
    if settings.attachment_bucket is None:
        return FolderStore(settings.attachments)
    from cvd_server.s3_store import S3Store  # boto3 takes 300 ms

    return S3Store.of_settings(settings)


class FolderStore:
    """Files below one folder: a temporary file beside the place, synced, then renamed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def put(self, key: str, pieces: Iterable[bytes]) -> int:
        size = 0
        try:
            with whole_file(self._path(key), self._opened) as file:
                for piece in pieces:
                    file.write(piece)
                    size += len(piece)
        except OSError as error:
            raise _trouble(error) from error
        return size

    def open(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        path = self._path(key)
        if not path.is_file():
            raise AttachmentMissing(key)
        return _pieces(path, offset, length)

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _trouble(error) from error

    def delete(self, key: str) -> None:
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _trouble(error) from error
        with suppress(OSError):  # the last of its folder takes it along
            path.parent.rmdir()

    def keys(self, prefix: str) -> list[str]:
        found = [
            (Path(folder) / name).relative_to(self.folder).as_posix()
            for folder, _, names in os.walk(self._path(prefix.rstrip("/")))  # may vanish meanwhile
            for name in names
            if PART not in name
        ]
        return sorted(found)

    def check(self) -> None:
        key = f"check/{uuid4().hex}"
        self.put(key, [b"can be written"])
        self.delete(key)

    def _path(self, key: str) -> Path:
        return self.folder / checked_key(key)

    def _opened(self, part: Path) -> BinaryIO:
        """A new file; somebody else may take its empty folder away while it is being made."""
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):
                self._make_folder(part.parent)
                return part.open("xb")
        raise StoreUnavailable(f"no folder for {part.name}")

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
            sync_folder(each.parent)


def _pieces(path: Path, offset: int, length: int | None) -> Iterator[bytes]:
    left = length
    try:
        with path.open("rb") as file:
            file.seek(offset)
            while left is None or left > 0:
                piece = file.read(PIECE_BYTES if left is None else min(left, PIECE_BYTES))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                yield piece
    except FileNotFoundError as error:
        raise AttachmentMissing(path.name) from error
    except OSError as error:
        raise _trouble(error) from error


def _trouble(error: OSError) -> Exception:
    return (StoreFull if error.errno in _FULL else StoreUnavailable)(str(error))

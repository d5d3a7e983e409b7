"""Reads the files in a zip, and in a zip in it, within limits that no zip bomb gets past."""

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from cvd_desktop.domain.import_records import FileLeft
from cvd_desktop.services.import_hooks import Leave, Pause

MAX_DEPTH = 1  # a zip in a zip
_RATIO_FREE_BYTES = 1024 * 1024  # a small file may be all zeros
_MAX_END_BYTES = 22 + 0xFFFF  # with the longest comment
_READ_BYTES = 256 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of others the size is not bounded
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_DOCUMENTS = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"}  # zips by their form only
_LOCKED = 0x1
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,  # names and dates that are none; includes UnicodeError
    NotImplementedError,
    OverflowError,
    RuntimeError,  # locked, where no flag says so
)


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What a zip may hold, the zips in it included."""

    members: int = 50_000
    unpacked_bytes: int = 1024 * 1024 * 1024
    member_bytes: int = 50 * 1024 * 1024
    ratio: int = 200  # of unpacked to packed; text of machines packs 5 to 20 times
    directory_bytes: int = 16 * 1024 * 1024

    @property
    def told(self) -> dict[str, object]:
        return {"members": self.members, "limit": self.unpacked_bytes}


@dataclass(frozen=True, slots=True)
class ZipMember:
    name: str  # as written in the zip, "../x" and all
    data: bytes
    date_time: tuple[int, int, int, int, int, int]  # local, possibly nonsense
    cost: int  # packed bytes


def is_zip(file: IO[bytes]) -> bool:
    """By its first bytes; the place in the file stays."""
    place = file.tell()
    beginning = file.read(4)
    file.seek(place)
    return beginning in _BEGINNINGS


def zip_members(
    file: IO[bytes], name: str, leave: Leave, pause: Pause, limits: ZipLimits = ZipLimits()
) -> Iterator[ZipMember]:
    """Every file in it that can be unpacked and is not hidden, one after the other."""
    unpacking = _Unpacking(leave, pause, limits, limits.members, limits.unpacked_bytes)
    return unpacking.members(file, name)


@dataclass(slots=True)
class _Unpacking:
    """One zip of the disk with the zips in it, and what may still come out of them together."""

    leave: Leave
    pause: Pause
    limits: ZipLimits
    members_left: int
    bytes_left: int

    def members(self, file: IO[bytes], name: str, depth: int = 0) -> Iterator[ZipMember]:
        try:
            too_large = _directory_bytes(file) > self.limits.directory_bytes
            archive = None if too_large else zipfile.ZipFile(file)
        except _BROKEN as error:
            self.leave(FileLeft(name, "zip_damaged", {"reason": str(error)}))
            return
        if archive is None:
            self.leave(FileLeft(name, "zip_too_large", self.limits.told))
            return
        with archive:
            for info in self._wanted(archive, name):
                self.pause()
                inside = f"{name}/{info.filename}"
                data = self._data(archive, info, inside)
                if data is None:
                    continue
                if not data.startswith(_BEGINNINGS):
                    yield ZipMember(info.filename, data, info.date_time, info.compress_size)
                elif depth == MAX_DEPTH:
                    self.leave(FileLeft(inside, "zip_nested"))
                else:
                    for member in self.members(io.BytesIO(data), inside, depth + 1):
                        inner = f"{info.filename}/{member.name}"
                        yield ZipMember(inner, member.data, member.date_time, 0)

    def _wanted(self, archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
        """The files worth unpacking; none where all of them together are too much."""
        found = [info for info in archive.infolist() if not _is_left_out(info)]
        if not found or not _DOCUMENTS.isdisjoint(info.filename for info in found):
            self.leave(FileLeft(name, "no_report"))
            return []
        self.members_left -= len(found)
        self.bytes_left -= sum(info.file_size for info in found)
        if self.members_left < 0 or self.bytes_left < 0:
            self.leave(FileLeft(name, "zip_too_large", self.limits.told))
            return []
        open_ones = [info for info in found if not info.flag_bits & _LOCKED]
        if len(open_ones) < len(found):
            self.leave(FileLeft(name, "zip_locked", {"files": len(found) - len(open_ones)}))
        return open_ones

    def _data(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, inside: str) -> bytes | None:
        packed, limits = max(1, info.compress_size), self.limits
        if info.file_size > limits.member_bytes:
            self.leave(FileLeft(inside, "file_too_large", {"limit": limits.member_bytes}))
        elif info.file_size > max(_RATIO_FREE_BYTES, limits.ratio * packed):
            self.leave(FileLeft(inside, "zip_bomb", {"ratio": info.file_size // packed}))
        elif info.compress_type not in _METHODS:
            self.leave(FileLeft(inside, "zip_method"))
        else:
            try:
                return self._unpack(archive, info)
            except _BROKEN as error:
                self.leave(FileLeft(inside, "zip_damaged", {"reason": str(error)}))
        return None

    def _unpack(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        parts = []
        with archive.open(info) as stream:  # gives no more than the size that was judged
            while part := stream.read(_READ_BYTES):
                parts.append(part)
                self.pause()
        return b"".join(parts)


def _is_left_out(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.replace("\\", "/").split("/")
    hidden = any(part.startswith(".") and part.strip(".") for part in parts)
    return info.is_dir() or hidden or "__MACOSX" in parts


def _directory_bytes(file: IO[bytes]) -> int:
    """Size of the list of files, as the end of the zip says; zipfile reads it whole at once.

    0 where there is no end record: zipfile then says what is wrong.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _MAX_END_BYTES))
    end = file.read(_MAX_END_BYTES)
    file.seek(0)
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) < place + 22:
        return 0
    declared = int.from_bytes(end[place + 12 : place + 16], "little")
    locator = end[max(0, place - 20) : place]
    if declared < 0xFFFFFFFF or not locator.startswith(b"PK\x06\x07"):
        return declared
    file.seek(min(size, int.from_bytes(locator[8:16], "little")))
    zip64_end = file.read(56)
    file.seek(0)
    return int.from_bytes(zip64_end[40:48], "little")

"""Finds the files of an import and gives their bytes: single files, folders, zips in any mixture.

Whatever gives nothing is handed to `leave` with the reason (words: import_reasons.py). Nothing is
ever written or unpacked to the disk: names inside zips are just names.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

from cvd_desktop.domain.import_records import FileLeft
from cvd_desktop.services.gentle_sort import gently_sorted
from cvd_desktop.services.import_hooks import Leave, Pause
from cvd_desktop.services.import_zips import ZipMember, is_zip, zip_members

MAX_FILE_BYTES = 50 * 1024 * 1024
_READ_BYTES = 1024 * 1024
_WINDOWS_HIDDEN = 2  # FILE_ATTRIBUTE_HIDDEN


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file on the disk that is worth opening."""

    path: Path
    name: str  # as the person named it
    source: str  # as the read remembers it: without the folders above what was chosen
    size: int


@dataclass(frozen=True, slots=True)
class FileBytes:
    """The content of one file, or of one file inside a zip."""

    name: str
    source: str
    data: bytes
    modified: datetime | None
    cost: int  # bytes of the disk that were read for it


def find_files(
    paths: Sequence[Path], own_folder: Path, leave: Leave, pause: Pause
) -> Iterator[FoundFile]:
    """Every file once, in the order of names; hidden ones and `own_folder` are left out."""
    walk = _Walk(os.path.realpath(own_folder), leave, pause)
    with suppress(OSError):
        facts = own_folder.stat()
        walk.seen.add((facts.st_dev, facts.st_ino))
    for path in paths:
        yield from walk.files(path)


def contents_of(found: FoundFile, leave: Leave, pause: Pause) -> Iterator[FileBytes]:
    """The bytes of a file; those of every file in it when it is a zip."""
    try:
        with found.path.open("rb") as file:
            modified = _moment(os.fstat(file.fileno()).st_mtime)
            if is_zip(file):
                for member in zip_members(file, found.name, leave, pause):
                    yield _unpacked(member, found, modified)
                return
            if found.size > MAX_FILE_BYTES:
                leave(FileLeft(found.name, "file_too_large", {"limit": MAX_FILE_BYTES}))
                return
            data = _read(file, pause)
    except OSError as error:
        leave(FileLeft(found.name, "file_unreadable", {"reason": error.strerror or str(error)}))
        return
    if len(data) > MAX_FILE_BYTES:  # it grew, or its size was never known
        leave(FileLeft(found.name, "file_too_large", {"limit": MAX_FILE_BYTES}))
    else:
        yield FileBytes(found.name, found.source, data, modified, found.size)


def shown_name(name: str) -> str:
    """A name that every terminal, database and document takes; odd characters become a mark."""
    if name.isprintable():
        return name
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)


def _unpacked(member: ZipMember, found: FoundFile, zip_modified: datetime | None) -> FileBytes:
    modified = _local(member.date_time) or zip_modified
    inside = shown_name(member.name)
    source = f"{found.source}/{inside}"
    return FileBytes(f"{found.name}/{inside}", source, member.data, modified, member.cost)


def _read(file: IO[bytes], pause: Pause) -> bytes:
    """Not more than a byte beyond the limit."""
    parts, left = [], MAX_FILE_BYTES + 1
    while left > 0 and (part := file.read(min(left, _READ_BYTES))):
        parts.append(part)
        left -= len(part)
        pause()
    return b"".join(parts)


class _Named(NamedTuple):
    """A path with its two names: as the person named it, as the read remembers it."""

    path: Path
    name: str
    source: str


@dataclass(slots=True)
class _Walk:
    """Goes through folders without being led in circles; every file comes once."""

    own_folder: str
    leave: Leave
    pause: Pause
    seen: set[tuple[int, int]] = field(default_factory=set)  # device and number of file or folder

    def files(self, chosen: Path) -> Iterator[FoundFile]:
        """Those at a path that a person chose; it is taken even where its name says hidden."""
        source = chosen.name or Path(os.path.realpath(chosen)).name
        first = _Named(chosen, shown_name(str(chosen)), shown_name(source))
        if self._is_ours(chosen):
            self.leave(FileLeft(first.name, "own_data"))
            return
        open_folders = [iter([first])]  # from the outermost in
        while open_folders:
            named = next(open_folders[-1], None)
            if named is None:
                open_folders.pop()
                continue
            self.pause()
            facts = self._facts(named, inside=len(open_folders) > 1)
            if facts is None or (facts.st_dev, facts.st_ino) in self.seen:
                continue
            self.seen.add((facts.st_dev, facts.st_ino))
            if stat.S_ISDIR(facts.st_mode):
                open_folders.append(self._entries(named))
            elif stat.S_ISREG(facts.st_mode):
                yield FoundFile(*named, facts.st_size)
            else:
                self.leave(FileLeft(named.name, "not_a_file"))

    def _facts(self, named: _Named, *, inside: bool) -> os.stat_result | None:
        """None for what is left out: unreadable, hidden, a link to a folder somewhere else."""
        try:
            facts = named.path.stat()
            linked = inside and stat.S_ISDIR(facts.st_mode) and named.path.is_symlink()
        except OSError as error:
            gone = not inside and isinstance(error, FileNotFoundError | NotADirectoryError)
            self._left(named.name, "path_missing" if gone else "file_unreadable", error)
            return None
        hidden = inside and getattr(facts, "st_file_attributes", 0) & _WINDOWS_HIDDEN
        return None if linked or hidden else facts

    def _entries(self, folder: _Named) -> Iterator[_Named]:
        names = []
        try:
            with os.scandir(folder.path) as entries:
                for entry in entries:
                    self.pause()
                    if not entry.name.startswith("."):
                        names.append(entry.name)
        except OSError as error:
            self._left(folder.name, "folder_unreadable", error)
        for each in gently_sorted(names, str.casefold):
            shown = shown_name(each)
            yield _Named(folder.path / each, f"{folder.name}/{shown}", f"{folder.source}/{shown}")

    def _is_ours(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.own_folder)

    def _left(self, name: str, reason: str, error: OSError) -> None:
        self.leave(FileLeft(name, reason, {"reason": error.strerror or str(error)}))


def _moment(timestamp: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _local(date_time: tuple[int, int, int, int, int, int]) -> datetime | None:
    """The time in a zip: by the wall clock of who packed it; None for that of no clock (1980)."""
    try:
        moment = datetime(*date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None if moment.year <= 1980 else moment

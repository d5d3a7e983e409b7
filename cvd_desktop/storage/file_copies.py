"""Copies of the database file: one before anything risky, one aside when it is damaged."""

import errno
import filecmp
import os
import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

FOLDER = "backups"
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_WINDOWS_DISK_FULL = {39, 112}  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL


def wal_of(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def suspicion_of(database: Path) -> Path:
    """This empty file beside the database says: found damaged, check it at every start."""
    return database.with_name(database.name + "-damaged")


def size_of(path: Path) -> int:
    """Bytes of the file, 0 when it does not exist."""
    return path.stat().st_size if path.exists() else 0


def is_disk_full(error: OSError) -> bool:
    return error.errno in _DISK_FULL or getattr(error, "winerror", None) in _WINDOWS_DISK_FULL


def copy_with_vacuum(
    connection: Connection, database: Path, label: str, *, moment: datetime, days: int
) -> Path:
    """A whole copy under the same key, complete before it gets its name; others that nobody needs
    any more go. Raises OSError."""
    folder = database.parent / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{database.stem}-{_stamp(moment)}-{label}.db"
    unfinished = target.with_suffix(".part")
    try:
        connection.exec_driver_sql("VACUUM INTO ?", (str(unfinished),))
        sync_file(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    copies = sorted(folder.glob(f"{database.stem}-*.db"))
    for old in set(copies) - _worth_keeping(copies, len(database.stem) + 1, days) - {target}:
        old.unlink(missing_ok=True)
    return target


def _worth_keeping(copies: list[Path], prefix: int, days: int) -> set[Path]:
    """The first of each of the last `days` days, as it was before that day went wrong; the two
    newest; the newest of each label. However often a day makes copies, it drives none out."""
    first: dict[str, Path] = {}
    newest: dict[str, Path] = {}
    for copy in copies:
        stamp, _, label = copy.stem[prefix:].partition("-")
        first.setdefault(stamp[:8], copy)
        newest[label] = copy
    return {*list(first.values())[-days:], *copies[-2:], *newest.values()}


def copy_aside(database: Path, *, moment: datetime) -> Path:
    """Copy a damaged file and its WAL untouched into backups/damaged-<moment>/; never twice."""
    suspicion_of(database).touch()
    folder = database.parent / FOLDER
    for earlier in sorted(folder.glob("damaged-*"), reverse=True):
        if _same(database, earlier / database.name):
            return earlier
    target = folder / f"damaged-{_stamp(moment)}"
    target.mkdir(parents=True, exist_ok=True)
    for source in (database, wal_of(database)):
        if source.exists():
            shutil.copy2(source, target / source.name)
            sync_file(target / source.name)
    return target


def sync_file(path: Path) -> None:
    """Flush the file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _same(one: Path, other: Path) -> bool:
    return other.exists() and filecmp.cmp(one, other, shallow=False)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S%fZ")

"""Files that are whole and on the disk before they get their name, or are not there at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

PART = ".part-"  # in the name of every file that is not whole yet


def new_file(path: Path) -> BinaryIO:
    """Opened for writing; it must not be there yet."""
    return path.open("xb")


@contextmanager
def whole_file(path: Path, new: Callable[[Path], BinaryIO] = new_file) -> Iterator[BinaryIO]:
    """What is written gets its name at the end; after an error nothing has changed.

    `new` makes the file beside the place. Raises OSError.
    """
    part = path.with_name(f"{path.name}{PART}{uuid4().hex}")
    try:
        with new(part) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """New names in it are on the disk too, where the system can say so."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

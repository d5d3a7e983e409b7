"""Files that a person asks for: whole and on the disk before they get their name, or not at all."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.storage.file_copies import is_disk_full
from cvd_desktop.storage.safe_files import sync_folder


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when it is whole and on the disk; else nothing has changed.

    What is no plain file (a device, a pipe) is written straight. Raises Problem: disk_full,
    file_not_written.
    """
    try:
        target = Path(os.path.realpath(path))  # a link stays one
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("wb") as file:
                yield file
            return
        part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
        try:
            with part.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
            sync_folder(target.parent)
        finally:
            with suppress(OSError):
                part.unlink()
    except OSError as error:
        if is_disk_full(error):
            raise Problem("disk_full", ExitCode.USAGE, path=str(path)) from error
        reason = error.strerror or str(error)
        raise Problem("file_not_written", ExitCode.USAGE, path=str(path), reason=reason) from error

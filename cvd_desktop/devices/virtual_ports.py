"""The virtual machines that run on this computer, announced by a small file each.

Whoever runs one holds a lock beside its file. The system gives a lock back when its process dies,
however it dies, so a file without a lock is a leftover and is not believed.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from cvd_desktop.domain.records import PortFact

_NUMBER = count(1)


@contextmanager
def announced(folder: Path, device: str, name: str, *, practice: bool = False) -> Iterator[None]:
    """Announces a running virtual machine for as long as the block lasts.

    `practice`: it belongs to the practice mode, so that what is read from it stays here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{next(_NUMBER)}.json"
    with FileLock(_lock_of(path)):
        entry = {"device": device, "name": name, "practice": practice}
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(entry), encoding="utf-8")
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    with suppress(OSError):  # on Windows somebody may be looking at it
        _lock_of(path).unlink(missing_ok=True)


def find_virtual_ports(folder: Path) -> list[PortFact]:
    """Those of the folder that are alive. A missing folder holds none."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if not _is_alive(path):
            continue
        with suppress(OSError, ValueError, KeyError, TypeError):  # being written, or not ours
            entry = json.loads(path.read_text(encoding="utf-8"))
            device, name = str(entry["device"]), str(entry["name"])
            practice = entry.get("practice") is True
            found.append(
                PortFact(
                    device,
                    name,
                    "virtual machine",
                    None,
                    None,
                    None,
                    likely=True,
                    practice=practice,
                )
            )
    return found


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _is_alive(path: Path) -> bool:
    lock = _lock_of(path)
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            pass
    except Timeout:
        return True
    with suppress(OSError):
        path.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)
    return False

"""The long-lived objects that every service is given, made once and passed on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from cvd_desktop.domain.clock import Clock, Monotonic, system_clock, system_monotonic
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.data_folder import laptop_folder
from cvd_desktop.services.database_key import (
    DATABASE_FILE,
    AskPassphrase,
    database_key,
    remember_key,
)
from cvd_desktop.storage.database import Database, open_database
from cvd_desktop.storage.file_copies import is_disk_full
from cvd_shared.ids import IdMaker

if TYPE_CHECKING:
    from cvd_desktop.sync.credentials import KeyStore

LOCKS = "locks"
_OPENING_SECONDS = 60  # another process may be migrating, or waiting for its passphrase


@dataclass(frozen=True, slots=True)
class Laptop:
    """What every person's folder of this laptop shares; nothing of it is anybody's record."""

    folder: Path  # people.json is here
    clock: Clock
    monotonic: Monotonic
    new_id: IdMaker
    key_store: "KeyStore"


@dataclass(frozen=True, slots=True)
class Workplace:
    database: Database
    data_dir: Path
    clock: Clock
    monotonic: Monotonic
    new_id: IdMaker
    key_store: "KeyStore"
    key: bytes | None = field(default=None, repr=False)  # of the database

    @property
    def laptop(self) -> Laptop:
        folder = laptop_folder(self.data_dir)
        return Laptop(folder, self.clock, self.monotonic, self.new_id, self.key_store)

    def lock(self, name: str) -> FileLock:
        """A lock file of this data folder: `read-<id>`, `sync`. Freed when its process dies."""
        return lock_file(self.data_dir, name)

    @contextmanager
    def hold(self, name: str, timeout: float = -1) -> Iterator[None]:
        """Hold a lock that is used once, then remove its file. Raises filelock.Timeout."""
        lock = self.lock(name)
        with lock.acquire(timeout=timeout):
            yield
        with suppress(PermissionError):  # Windows: somebody else is looking at it
            Path(lock.lock_file).unlink(missing_ok=True)

    def close(self) -> None:
        self.database.close()


def this_laptop(
    folder: Path, *, clock: Clock = system_clock, key_store: "KeyStore | None" = None
) -> Laptop:
    """The laptop behind the folder of any of its people; nothing is opened."""
    if key_store is None:
        from cvd_desktop.sync.credentials import SystemKeyStore

        key_store = SystemKeyStore()
    return Laptop(laptop_folder(folder), clock, system_monotonic, IdMaker(clock), key_store)


def open_workplace(
    data_dir: Path,
    *,
    clock: Clock = system_clock,
    monotonic: Monotonic = system_monotonic,
    ask_passphrase: AskPassphrase | None = None,
    key_store: "KeyStore | None" = None,
    secret: str | None = None,
) -> Workplace:
    """Open the data folder: key, database, migrations, reads and writes of a killed program.

    `secret` opens a folder that is locked with a PIN: that, the password, or a recovery code.
    Raises Problem: those of `database_key` and `open_database`, data_dir_unusable.
    """
    if key_store is None:
        from cvd_desktop.sync.credentials import SystemKeyStore

        key_store = SystemKeyStore()  # looked for only when it is needed: that takes 130 ms
    with _one_at_a_time(data_dir):
        key = database_key(data_dir, key_store, ask_passphrase, clock, secret)
        path = data_dir / DATABASE_FILE
        database = open_database(path, key.key, clock, key_proven=key.proven)
        try:
            remember_key(data_dir, key)
        except BaseException:
            database.close()
            raise
    workplace = Workplace(database, data_dir, clock, monotonic, IdMaker(clock), key_store, key.key)
    try:
        _recover(workplace)
    except BaseException:
        workplace.close()
        raise
    return workplace


def lock_file(data_dir: Path, name: str) -> FileLock:
    # No soft lock where the system has no real one: it would outlive a killed process.
    return FileLock(data_dir / LOCKS / f"{name}.lock", fallback_to_soft=False)


def _recover(workplace: Workplace) -> None:
    from cvd_desktop.services.recover_reads import recover_reads
    from cvd_desktop.services.recover_visits import recover_visits
    from cvd_desktop.services.recover_writes import recover_writes

    recover_reads(workplace)
    recover_writes(workplace)
    recover_visits(workplace)


@contextmanager
def _one_at_a_time(data_dir: Path) -> Iterator[None]:
    """Two programs started at once must not both make a key or migrate."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir / LOCKS).mkdir(exist_ok=True)
        with lock_file(data_dir, "opening").acquire(timeout=_OPENING_SECONDS):
            yield
    except Timeout as error:
        raise Problem("database_locked", ExitCode.USAGE, path=str(data_dir)) from error
    except OSError as error:
        code = "disk_full" if is_disk_full(error) else "data_dir_unusable"
        raise Problem(code, ExitCode.USAGE, path=str(data_dir), reason=str(error)) from error

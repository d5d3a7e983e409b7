"""The local database: an SQLCipher file in WAL mode with a synced commit, for several threads.

`with database.write() as connection:` is one BEGIN IMMEDIATE transaction; when it is left without
an exception, what was written is on disk. `with database.read() as connection:` is one consistent
view and cannot write. Keep both short: no serial or network call inside.
What a person can act on (disk full, locked, damaged) is raised as `Problem`, the rest is our bug.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.storage import file_copies, migrate
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.schema_version import HEAD

KEY_BYTES = 32
BUSY_SECONDS = 10
_READERS = 4
_READONLY = 8
_NOTADB = 26

_CODE_OF_PRIMARY_ERROR = {
    3: "database_unreachable",  # SQLITE_PERM
    5: "database_locked",  # SQLITE_BUSY
    6: "database_locked",  # SQLITE_LOCKED
    _READONLY: "database_unreachable",
    10: "disk_error",  # SQLITE_IOERR
    11: "database_damaged",  # SQLITE_CORRUPT
    13: "disk_full",  # SQLITE_FULL
    14: "database_unreachable",  # SQLITE_CANTOPEN
    _NOTADB: "database_damaged",
}
_CODE_OF_EXTENDED_ERROR = {
    4874: "disk_full",  # SQLITE_IOERR_SHMSIZE: the shared memory file could not grow
}


class Database:
    """One open database file. Safe to use from several threads; never across a fork."""

    def __init__(self, path: Path, key: bytes, clock: Clock) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key has {len(key)} bytes, not {KEY_BYTES}")
        self.path = path
        self._clock = clock
        self._key_pragma = f"PRAGMA key = \"x'{key.hex()}'\""
        # One writer connection for the whole process: its pool of one is also the queue of writers.
        self._writer = self._engine(pool_size=1, read_only=False)
        self._readers = self._engine(pool_size=_READERS, read_only=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A BEGIN IMMEDIATE transaction; durable once left, rolled back on any exception."""
        with self._problems(), self._writer.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the moment of its first query."""
        with self._problems(read_only=True), self._readers.begin() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def outside_transaction(self) -> Iterator[Connection]:
        """The writer connection without a transaction, for VACUUM, PRAGMA and migrations."""
        with self._problems(), self._writer.connect() as connection:
            yield connection
            connection.rollback()

    def check(self) -> None:
        """PRAGMA quick_check. Raises Problem("database_damaged") with the place of the copy."""
        with self.outside_transaction() as connection:
            lines = connection.exec_driver_sql("PRAGMA quick_check(10)").scalars().all()
        if list(lines) != ["ok"]:
            raise self._damaged("; ".join(str(line) for line in lines))
        file_copies.suspicion_of(self.path).unlink(missing_ok=True)

    def copy(self, label: str, days: int = 5) -> Path:
        """An encrypted copy in backups/, made while others use the file; those of the last `days`
        days on which any were made stay, however many this day makes."""
        with self.outside_transaction() as connection, _os_errors(self.path):
            return file_copies.copy_with_vacuum(
                connection, self.path, label, moment=self._clock(), days=days
            )

    def close(self) -> None:
        """Close every connection; the last one writes the WAL back and removes it."""
        self._readers.dispose()
        self._writer.dispose()

    def _engine(self, pool_size: int, *, read_only: bool) -> Engine:
        return create_engine(
            "sqlite://",
            module=sqlcipher,
            creator=lambda: self._connect(read_only=read_only),
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=BUSY_SECONDS * 2,
        )

    def _connect(self, *, read_only: bool) -> Any:
        new = file_copies.size_of(self.path) == 0
        connection = sqlcipher.connect(
            str(self.path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            # Else SQLCipher writes to stderr by itself when the key is wrong.
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(self._key_pragma)  # before the first access to the file
            if new:  # only before the first table; later it would write to the file
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "fullfsync = 1",  # macOS; means nothing elsewhere
                "checkpoint_fullfsync = 1",
                "foreign_keys = ON",
                "trusted_schema = OFF",
                "cell_size_check = ON",
                "temp_store = MEMORY",
                "mmap_size = 0",
                f"query_only = {'ON' if read_only else 'OFF'}",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _problems(self, *, read_only: bool = False) -> Iterator[None]:
        """Turn what SQLite says into the person's problem, where it is one."""
        try:
            yield
        except PoolTimeoutError as error:
            raise Problem("database_locked", ExitCode.USAGE, path=str(self.path)) from error
        except (DBAPIError, sqlcipher.Error) as error:
            code = problem_code(error)
            if code is None or (read_only and _primary(error) == _READONLY):
                raise  # a bug of ours, e.g. writing inside `read`
            if code == "database_damaged":
                raise self._damaged(str(error)) from error
            raise Problem(code, ExitCode.USAGE, path=str(self.path)) from error

    def _damaged(self, reason: str) -> Problem:
        try:
            copy = str(file_copies.copy_aside(self.path, moment=self._clock()))
        except OSError:  # nothing is lost by it: the file itself stays where it is
            copy = ""
        return Problem(
            "database_damaged", ExitCode.USAGE, path=str(self.path), copy=copy, reason=reason
        )


def problem_code(error: Exception) -> str | None:
    """The code of the person's problem behind an error of the driver, None for a bug of ours."""
    extended = _extended(error)
    return _CODE_OF_EXTENDED_ERROR.get(extended) or _CODE_OF_PRIMARY_ERROR.get(extended & 0xFF)


def _extended(error: BaseException | None) -> int:
    """SQLite's extended result code, 0 when there is none."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", 0)
    return code if isinstance(code, int) else 0


def _primary(error: BaseException | None) -> int:
    return _extended(error) & 0xFF


def open_database(path: Path, key: bytes, clock: Clock, *, key_proven: bool = False) -> Database:
    """Open or create the file, check it after an unclean exit, bring it to the newest schema.

    `key_proven` says that this key is known to be the file's own, so that an unreadable file is
    damaged and not locked by another key.
    Raises Problem: wrong_key, database_damaged, schema_newer, database_locked, disk_full,
    database_unreachable, disk_error.
    """
    with _os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A clean exit removes the WAL: one that is left over means a killed or a running program.
        unclean = file_copies.size_of(file_copies.wal_of(path)) > 0
        suspected = file_copies.suspicion_of(path).exists()
    database = Database(path, key, clock)
    try:
        try:
            with database.outside_transaction() as connection:
                revision = migrate.revision_of(connection)
        except Problem as problem:
            if not key_proven and _primary(problem.__cause__) == _NOTADB:
                raise Problem("wrong_key", ExitCode.USAGE, path=str(path)) from problem
            raise
        migrate.refuse_newer(revision, path)
        if unclean or suspected:
            database.check()
            if revision is not None:
                _note_unclean_end(database)
        if revision != HEAD:
            if revision is not None:
                database.copy(f"before-{HEAD}")
            with database.outside_transaction() as connection:
                migrate.upgrade(connection)
    except BaseException:
        database.close()
        raise
    return database


def _note_unclean_end(database: Database) -> None:
    """What lies here is to be counted afresh: the next sync does it."""
    with database.write() as connection:
        meta.put(connection, meta.UNCLEAN_END, "1")


@contextmanager
def _os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = "disk_full" if file_copies.is_disk_full(error) else "database_unreachable"
        raise Problem(code, ExitCode.USAGE, path=str(path)) from error

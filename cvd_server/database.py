"""The connection to SQLite or PostgreSQL: transactions that write, and cuts that only read."""

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    TypeDecorator,
    any_,
    create_engine,
    event,
    literal,
    make_url,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")

_TRIES = 4
_RETRYABLE = {
    "40P01",  # deadlock
    "40001",  # serialization failure
    "55P03",  # lock time-out
    "23505",  # somebody else inserted the same key first: on the second look it is known
}
_SQLITE_BUSY_MS = 10_000
_POSTGRESQL = (
    "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=3s -c statement_timeout=15s "
    "-c idle_in_transaction_session_timeout=10s"
)
_NETWORK = {  # a database whose computer is gone says nothing; seconds until that is noticed
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_RESTS_SINCE = "cvd_rests_since"
_TRUSTED_SECONDS = 1.0  # a connection that was at work so lately is not asked whether it lives
_POSTGRESQL_PATIENT = "-c timezone=UTC -c synchronous_commit=on"


class Database:
    """One engine. `patient` lifts the time-outs of PostgreSQL for migrations and bulk loads."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 5,
        overflow: int = 5,
        wait_seconds: float = 30,
        patient: bool = False,
    ) -> None:
        pool = {
            "pool_size": pool_size,
            "max_overflow": overflow,
            "pool_timeout": wait_seconds,
            "hide_parameters": True,  # errors are logged; what is written may be a secret
        }
        self.engine = _engine(database_url(url), pool, patient=patient)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block, rolled back on an exception."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One cut: everything read in the block is the state of one moment."""
        options: dict[str, Any] = {"cvd_read_only": True}
        if not self.is_sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def ask(self) -> Iterator[Connection]:
        """For a single SELECT, which is one cut by itself: PostgreSQL needs no BEGIN, no COMMIT."""
        if self.is_sqlite:
            with self.read() as connection:
                yield connection
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def in_transaction(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in a transaction; after a conflict with another one, run it again."""
        for attempt in range(1, _TRIES + 1):
            try:
                with self.write() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt == _TRIES or not is_conflict(error):
                    raise
            time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    def close(self) -> None:
        self.engine.dispose()


def database_url(text: str) -> str:
    """A database URL; a plain path means an SQLite file, `postgresql:` means psycopg 3."""
    if "://" not in text:
        return f"sqlite:///{Path(text).absolute()}"
    for scheme in ("postgresql://", "postgres://"):
        if text.startswith(scheme):
            return "postgresql+psycopg://" + text.removeprefix(scheme)
    return text


def is_conflict(error: DBAPIError) -> bool:
    """True when the same work may well succeed if it is simply done again."""
    return getattr(error.orig, "sqlstate", None) in _RETRYABLE


def _engine(url: str, pool: dict[str, Any], *, patient: bool) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("the server needs a database file: sqlite:///path/to/file.db")
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"check_same_thread": False}, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() != "postgresql":
        raise ArgumentError(f"no SQLite and no PostgreSQL: {parsed.drivername}")
    options = _POSTGRESQL_PATIENT if patient else _POSTGRESQL
    engine = create_engine(
        url,
        pool_recycle=1800,
        connect_args={"options": options, "connect_timeout": 10} | _NETWORK,
        **pool,
    )
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_try_rested, engine))
    return engine


def _note_rest(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's shape
    record.info[_RESTS_SINCE] = time.monotonic()


def _try_rested(engine: Engine, connection: Any, record: Any, proxy: Any) -> None:  # noqa: ARG001
    """SQLAlchemy's own pre-ping asks at every checkout: with one statement, as much again."""
    since = record.info.get(_RESTS_SINCE)
    if since is None or time.monotonic() - since < _TRUSTED_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error  # all others too; a new one is made


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's shape
    """Rollback journal: several processes with an SQLite before 3.51.3 may damage a WAL file."""
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite` alone
    for pragma in (
        f"busy_timeout={_SQLITE_BUSY_MS}",
        "journal_mode=TRUNCATE",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "temp_store=MEMORY",
        "fullfsync=ON",  # macOS
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("cvd_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def insert_many(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    on_conflict: Literal["fail", "skip"] | Collection[str] = "fail",
) -> None:
    """Insert rows that all have the same columns, in one statement.

    `on_conflict`: what happens where the primary key is there already; names of columns mean that
    these are set anew.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _insert_arrays(connection, table, rows, on_conflict)
        return
    statement = sqlite.insert(table)
    if on_conflict == "skip":
        statement = statement.on_conflict_do_nothing()
    elif on_conflict != "fail":
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: statement.excluded[name] for name in on_conflict},
        )
    connection.execute(statement, list(rows))


def _insert_arrays(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    on_conflict: Literal["fail", "skip"] | Collection[str],
) -> None:
    """One array per column: PostgreSQL plans and runs one INSERT, however many rows there are."""
    columns = [table.c[name] for name in rows[0]]
    quote = connection.dialect.identifier_preparer.quote
    types = [column.type.compile(connection.dialect) for column in columns]
    sql = (
        f"INSERT INTO {quote(table.name)} ({', '.join(quote(c.name) for c in columns)}) "  # noqa: S608 - names of our own tables
        f"SELECT * FROM unnest({', '.join(f'%b::{kind}[]' for kind in types)})"
    )
    if on_conflict == "skip":
        sql += " ON CONFLICT DO NOTHING"
    elif on_conflict != "fail":
        key = ", ".join(quote(column.name) for column in table.primary_key.columns)
        changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in on_conflict)
        sql += f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
    connection.exec_driver_sql(sql, tuple(_array(connection, c, rows) for c in columns))


def _array(
    connection: Connection, column: Column[Any], rows: Sequence[Mapping[str, Any]]
) -> list[Any]:
    values = [row[column.name] for row in rows]
    if isinstance(column.type, TypeDecorator):
        dialect = connection.dialect
        return [column.type.process_bind_param(value, dialect) for value in values]
    return values


def among(
    connection: Connection, column: ColumnElement[Any], values: Collection[Any]
) -> ColumnElement[bool]:
    """`column IN values`. PostgreSQL gets one array, so that any number of values is the same
    statement: SQLAlchemy compiles it once, the server plans it once."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(values)


def chunks(values: Collection[ItemT], size: int = 500) -> Iterator[list[ItemT]]:
    """Pieces small enough for one statement's parameters."""
    everything = list(values)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]

"""Why the feed has a head for each scope: plausible cursors lose rows, ours does not (2.6).

Eight writers; in a fifth of their transactions some work between the statements; one fast reader
who goes on behind the last row that he saw. The naive cursors must lose rows, which proves that
the race bites; with them a round is repeated until it has, ten times at the most.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from cvd_server.change_feed import change_feed
from cvd_server.feed_rows import entries_after
from cvd_server.self_check import self_check
from cvd_shared.wire_records import LoadRecord, ProductRecord
from tests.support.servers import LocalServer, local_server
from tests.support.small_operator import SmallOperator, seed_small_operator

WRITERS = 8
EACH = 40  # transactions of a writer in a round
ROUNDS_MOST = 10

SCHEMA = """
    DROP TABLE IF EXISTS entity, naive;
    CREATE TABLE entity (id text PRIMARY KEY);
    CREATE TABLE naive (
        id text PRIMARY KEY,
        seq bigserial,
        at timestamptz NOT NULL DEFAULT now(),
        xid xid8 NOT NULL DEFAULT pg_current_xact_id()
    )
"""
NAIVE = {
    "sequence": ("seq", "seq > %s", 0),
    "now": ("at", "at > %s", "-infinity"),
    "sequence behind the oldest transaction": (
        "seq", "seq > %s AND xid < pg_snapshot_xmin(pg_current_snapshot())", 0,
    ),
}  # fmt: skip


def some_work(chance: random.Random) -> None:
    if chance.random() < 0.2:
        time.sleep(chance.uniform(0, 0.004))


def race(write: Callable[[int], int], read: Callable[[], None]) -> int:
    """All writers at once, and the reader as often as he can; then once more when all is quiet.
    Returns what the writers return together."""
    done = threading.Event()

    def follow() -> None:
        while not done.is_set():
            read()

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        following = pool.submit(follow)
        try:
            written = sum(pool.map(write, range(WRITERS)))
        finally:
            done.set()
        following.result()
    read()
    return written


@contextmanager
def connections(url: str) -> Iterator[list[psycopg.Connection[Any]]]:
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    opened = [psycopg.connect(plain, autocommit=True) for _ in range(WRITERS + 1)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


@pytest.mark.parametrize("name", sorted(NAIVE))
def test_a_naive_cursor_loses_rows(postgres_url: str, name: str) -> None:
    column, condition, start = NAIVE[name]
    query = f"SELECT id, {column} FROM naive WHERE {condition} ORDER BY {column}"
    with connections(postgres_url) as (reader, *writers):
        for number in range(ROUNDS_MOST):
            reader.execute(SCHEMA)
            seen: set[str] = set()
            cursor: list[Any] = [start]

            def write(writer: int, number: int = number) -> int:
                chance = random.Random(f"{number}/{writer}")
                for row in range(EACH):
                    with writers[writer].transaction():
                        writers[writer].execute(
                            "INSERT INTO entity VALUES (%s)", [f"{writer}/{row}"]
                        )
                        some_work(chance)
                        writers[writer].execute(
                            "INSERT INTO naive (id) VALUES (%s)", [f"{writer}/{row}"]
                        )
                        some_work(chance)
                return EACH

            def read(seen: set[str] = seen, cursor: list[Any] = cursor) -> None:
                for row_id, position in reader.execute(query, [cursor[0]]).fetchall():
                    seen.add(row_id)
                    cursor[0] = position

            written = race(write, read)
            if len(seen) < written:
                return
    pytest.fail(f"{ROUNDS_MOST} rounds without a loss: this race proves nothing")


@pytest.fixture
def server(migrated_postgres_url: str) -> Iterator[LocalServer]:
    with local_server(migrated_postgres_url) as running:
        yield running


@pytest.fixture
def small(server: LocalServer) -> SmallOperator:
    return seed_small_operator(server.database)


def test_a_head_for_each_scope_loses_none_and_is_dense(
    server: LocalServer, small: SmallOperator
) -> None:
    """Two scopes for all writers, in both orders; every tenth transaction is rolled back."""
    scopes = ("catalog", "route:r1")
    seen: dict[str, dict[str, int]] = {scope: {} for scope in scopes}
    cursors = dict.fromkeys(scopes, 0)

    def write(writer: int) -> int:
        chance = random.Random(writer)
        kept = 0
        for row in range(2 * EACH):
            try:
                with (
                    server.database.write() as connection,
                    change_feed(connection, "op", server.services.now()) as feed,
                ):
                    name = f"{writer}/{row}"
                    load = LoadRecord(
                        id=name, route_id="r1", run_id=None, at="-", actor_name="", lines=()
                    )
                    records = [ProductRecord(id=name, sku=name, name=name), load]
                    feed.put(records[: 1 + row % 2])
                    some_work(chance)
                    if chance.random() < 0.1:
                        raise KeyError
            except KeyError:
                continue
            kept += 1 + row % 2
        return kept

    def read() -> None:
        with server.database.read() as connection:
            for scope in scopes:
                for entry in entries_after(connection, "op", scope, cursors[scope], 1000):
                    seen[scope][entry.id] = cursors[scope] = entry.seq

    read()
    before = sum(map(len, seen.values()))
    written = race(write, read)
    assert sum(map(len, seen.values())) - before == written
    for scope in scopes:
        assert sorted(seen[scope].values()) == list(range(1, cursors[scope] + 1))
    with server.database.read() as connection:
        assert self_check(connection).problems == []

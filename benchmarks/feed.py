"""Transactions per second of the change feed alone: 16 writers, 200 scopes, PostgreSQL.

A transaction does what `ChangeFeed.close` does at the end of every write: it moves, and by that
locks, the heads of its scopes in order, moves the feed, and commits with synced files. Three of
four touch one route, the fourth two of them. Writers are threads of several processes, because one
interpreter could not send so much. At the end heads are dense and no number is missing.
Reference: the same with one head for all, the lock that a global sequence without gaps would be.
"""

import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import psycopg

from cvd_server.database import Database
from cvd_server.migrations.upgrade import migrate
from tests.support.postgres import new_database, postgres_cluster

WRITERS = 16
PROCESSES = 4
SCOPES = 200
_SUMMANDS = (-(1 << 63), (1 << 63) - 2, 1, -(1 << 63), 1 - (1 << 63), 0)  # as feed_heads.py
SECONDS = float(os.environ.get("CVD_BENCH_SECONDS", "6"))

_HEAD = """
    UPDATE scope_head SET head = head + 1, n = n + 1,
        sum64 = CASE WHEN sum64 BETWEEN %s AND %s THEN sum64 + %s ELSE sum64 + %s + %s + %s END
    WHERE operator_id = 'op' AND scope = %s RETURNING head
"""
_FEED = """
    INSERT INTO feed (operator_id, scope, kind, id, seq, op, ver, at)
    SELECT 'op', * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],
                               %s::bigint[], %s::text[])
    ON CONFLICT (operator_id, scope, kind, id) DO UPDATE
    SET seq = excluded.seq, op = excluded.op, ver = excluded.ver, at = excluded.at
"""


def run() -> tuple[float, float]:
    """(transactions per second on 200 scopes, on one)."""
    with postgres_cluster(durable=True) as cluster:
        return _measure(new_database(cluster), SCOPES), _measure(new_database(cluster), 1)


def _measure(url: str, scopes: int) -> float:
    migrate(url)
    database = Database(url, patient=True)
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO scope_head (operator_id, scope, head, n, sum64, floor)"
            " SELECT 'op', 'route:' || lpad(g::text, 4, '0'), 0, 0, 0, 0"
            " FROM generate_series(0, %(last)s) g",
            {"last": scopes - 1},
        )
    share = WRITERS // PROCESSES
    numbers = [range(first, first + share) for first in range(0, WRITERS, share)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_writers, url, each, scopes) for each in numbers]
        total = sum(job.result() for job in jobs)
    _check(database)
    database.close()
    return total


def _writers(url: str, numbers: Sequence[int], scopes: int) -> float:
    with ThreadPoolExecutor(len(numbers)) as pool:
        return sum(pool.map(lambda number: _write(url, number, scopes), numbers))


def _write(url: str, number: int, scopes: int) -> float:
    """Transactions per second of one writer; the first second warms up."""
    chance = random.Random(number)  # noqa: S311 - a load, no secret
    names = [f"route:{scope:04}" for scope in range(scopes)]
    done = 0
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        started = time.perf_counter() + 1
        end = started + SECONDS
        while (now := time.perf_counter()) < end:
            several = min(scopes, 2 if chance.random() < 0.25 else 1)
            touched = sorted(chance.sample(names, several))
            with connection.transaction():
                _close_feed(connection, touched, f"{number}/{chance.randrange(1000)}")
            done += now >= started
    return done / SECONDS


def _close_feed(
    connection: psycopg.Connection[tuple[int]], touched: list[str], row_id: str
) -> None:
    numbers = []
    for scope in touched:
        row = connection.execute(_HEAD, [*_SUMMANDS, scope]).fetchone()
        assert row is not None
        numbers.append(row[0])
    count = len(touched)
    connection.execute(
        _FEED,
        [touched, ["machine"] * count, [row_id] * count, numbers, ["p"] * count, numbers,
         ["2026-03-02T08:00:00.000Z"] * count],
    )  # fmt: skip


def _check(database: Database) -> None:
    """A fast feed with holes would be none."""
    with database.read() as connection:
        wrong = connection.exec_driver_sql(
            "SELECT count(*) FROM scope_head h WHERE head <> "
            "(SELECT coalesce(max(seq), 0) FROM feed f"
            " WHERE f.operator_id = h.operator_id AND f.scope = h.scope)"
        ).scalar_one()
    if wrong:
        raise RuntimeError(f"{wrong} heads are not the newest numbers of their scopes")


if __name__ == "__main__":
    value, reference = run()
    sys.stdout.write(f"{value:.0f}/s, one head {reference:.0f}/s\n")

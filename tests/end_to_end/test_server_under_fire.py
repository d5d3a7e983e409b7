"""Many clients at once while workers are killed and the database is stopped: nothing lost, nothing
twice, no deadlock. CVD_SOAK_SECONDS makes it longer (`make soak`)."""

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cvd_server.database import Database
from tests.support.field_fleet import Fleet
from tests.support.postgres import Cluster, controlled_cluster, new_database
from tests.support.servers import RunningServer, running_server
from tests.support.small_operator import with_small_operator

SOAK = float(os.environ.get("CVD_SOAK_SECONDS", "4"))
CLIENTS = 40
_CANCEL_ALL = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
    "WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()"
)

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
    pytest.mark.timeout(SOAK * 2 + 240),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with controlled_cluster() as made:
        yield made


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    opened = Database(with_small_operator(new_database(cluster.url)))
    yield opened
    opened.close()


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def kill_a_worker(running: RunningServer, choice: random.Random) -> None:
    parent = running.process.pid
    workers = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    if workers:
        os.kill(int(choice.choice(workers)), signal.SIGKILL)


def test_killed_workers_and_a_database_that_stops_lose_and_double_nothing(
    cluster: Cluster, database: Database
) -> None:
    choice = random.Random(7)
    with running_server(url_of(database), workers=2) as running:
        fleet = Fleet(running.url, 6)

        def kill() -> None:
            kill_a_worker(running, choice)

        def stop() -> None:
            cluster.control("stop", "-m", "immediate")
            cluster.control("start")

        def cancel() -> None:
            """As a time-out ends whatever is under way: for the moment, no verdict on an event."""
            with database.read() as connection:
                for _ in range(20):
                    connection.execute(text(_CANCEL_ALL))
                    time.sleep(0.01)

        fleet.run(SOAK, [cancel, kill, stop, kill])
    database.engine.dispose()  # its connections did not survive
    assert fleet.assert_arrived(database) > 0
    assert sum(sum(client.problems.values()) for client in fleet.clients), "nobody noticed a thing"


def test_forty_clients_at_once_without_a_deadlock(database: Database) -> None:
    with running_server(url_of(database), workers=3) as running:
        fleet = Fleet(running.url, CLIENTS)
        fleet.run(SOAK)
    assert fleet.assert_arrived(database) >= CLIENTS
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    with database.read() as connection:
        assert connection.scalar(text(query)) == 0

"""Every server test that asks for `server` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import new_database, postgres_cluster
from tests.support.servers import LocalServer, local_server, sqlite_url
from tests.support.small_operator import SmallOperator, seed_small_operator


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    with postgres_cluster() as url:
        yield url


@pytest.fixture
def postgres_url(cluster: str) -> str:
    """A new, empty database."""
    return new_database(cluster)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def server(database_url: str) -> Iterator[LocalServer]:
    with local_server(database_url) as running:
        yield running


@pytest.fixture
def small(server: LocalServer) -> SmallOperator:
    """The server's operator; a second one with the prefix `x-` stands beside it."""
    seed_small_operator(server.database, "x-")
    return seed_small_operator(server.database)

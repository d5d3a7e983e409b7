"""Every server test that asks for `server` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cvd_server.migrations.upgrade import migrate
from tests.support.field_events import EventStream
from tests.support.postgres import new_database, postgres_cluster
from tests.support.reused_postgres import Reused
from tests.support.servers import LocalServer, Session, local_server, sqlite_url
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


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    migrate(sqlite_url(folder))
    return folder / "server.db"


@pytest.fixture(scope="session")
def migrated_template(cluster: str) -> str:
    """The name of a database to copy."""
    url = new_database(cluster)
    migrate(url)
    return str(make_url(url).database)


@pytest.fixture(scope="session")
def reused(cluster: str, migrated_template: str) -> Reused:
    return Reused(cluster, migrated_template)


@pytest.fixture
def migrated_postgres_url(reused: Reused) -> Iterator[str]:
    url = reused.take()
    yield url
    reused.give_back(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database of each kind with all tables."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_file")
        shutil.copy(template, tmp_path)
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url


@pytest.fixture
def server(migrated_url: str) -> Iterator[LocalServer]:
    with local_server(migrated_url) as running:
        yield running


@pytest.fixture
def small(server: LocalServer) -> SmallOperator:
    """The server's operator; a second one with the prefix `x-` stands beside it."""
    seed_small_operator(server.database, "x-")
    return seed_small_operator(server.database)


@pytest.fixture
def driver(server: LocalServer, small: SmallOperator) -> Session:
    return server.session("driver07")


@pytest.fixture
def session(driver: Session) -> Session:
    """For tests to which it is all one who that is."""
    return driver


@pytest.fixture
def admin(server: LocalServer, small: SmallOperator) -> Session:
    return server.session("admin")


@pytest.fixture
def stream(session: Session) -> EventStream:
    """What its person records."""
    return EventStream(session.user_id)

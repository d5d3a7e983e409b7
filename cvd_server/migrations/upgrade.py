"""Bring a database to a revision: one transaction, also on SQLite."""

import secrets
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from cvd_server.database import Database
from cvd_server.server_meta import EPOCH, SIGNING_KEY, new_epoch, read_meta, write_meta


def migrate(url: str, revision: str = "head") -> str:
    """Upgrade the database at `url`; a new one gets its epoch. Returns the revision it has now."""
    database = Database(url, pool_size=1, patient=True)
    try:
        with database.write() as connection:
            command.upgrade(_config(connection), revision)
            now = present_revision(connection)
            if now is not None:
                _first_facts(connection)
            return now or ""
    finally:
        database.close()


def downgrade(url: str, revision: str) -> None:
    """Go back to an earlier revision ("base": nothing left)."""
    database = Database(url, pool_size=1, patient=True)
    try:
        with database.write() as connection:
            command.downgrade(_config(connection), revision)
    finally:
        database.close()


def present_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head_revision() -> str | None:
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _first_facts(connection: Connection) -> None:
    if read_meta(connection, EPOCH) is None:
        new_epoch(connection)
    if read_meta(connection, SIGNING_KEY) is None:
        write_meta(connection, SIGNING_KEY, secrets.token_urlsafe(48))

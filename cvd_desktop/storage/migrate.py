"""Brings a database to the newest schema, all or nothing; alembic is imported only when needed."""

from pathlib import Path

from sqlalchemy import Connection

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.storage.schema_version import HEAD, is_newer

FOLDER = Path(__file__).parent / "migrations"


def revision_of(connection: Connection) -> str | None:
    """The revision written in the file, None for a file without tables."""
    found = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).first()
    if found is None:
        return None
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if revision is None else str(revision)


def refuse_newer(revision: str | None, path: Path) -> None:
    """Raise Problem("schema_newer") for a file that a newer program wrote; it is not touched."""
    if revision is not None and is_newer(revision):
        raise Problem("schema_newer", ExitCode.USAGE, path=str(path), found=revision, known=HEAD)


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Migrate upwards to `target` in one transaction, on a connection that has none open."""
    _run(connection, target, up=True)


def downgrade(connection: Connection, target: str) -> None:
    """Migrate downwards to `target` ("base" for no tables), as `upgrade`."""
    _run(connection, target, up=False)


def _run(connection: Connection, target: str, *, up: bool) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    # A table that is rebuilt must not cascade into its children; checked before the commit.
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.commit()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        (command.upgrade if up else command.downgrade)(config, target)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"migration to {target} leaves a row without its parent: {broken}")
        connection.commit()
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.commit()

"""Migrations: the head equals the tables, up and down work, an epoch is there from the start."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from cvd_server.app import create_app
from cvd_server.database import Database
from cvd_server.migrations.upgrade import downgrade, head_revision, migrate
from cvd_server.server_meta import SIGNING_KEY, read_epoch, read_meta
from cvd_server.settings import Settings
from cvd_server.tables import metadata
from tests.support.servers import CHEAP


def test_the_head_equals_the_tables_after_up_down_and_up(database_url: str) -> None:
    assert migrate(database_url) == head_revision()
    downgrade(database_url, "base")
    database = Database(database_url)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert migrate(database_url) == head_revision()
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_a_second_migration_keeps_epoch_and_key(database_url: str) -> None:
    migrate(database_url)
    database = Database(database_url)
    with database.read() as connection:
        before = read_epoch(connection), read_meta(connection, SIGNING_KEY)
    migrate(database_url)
    with database.read() as connection:
        assert (read_epoch(connection), read_meta(connection, SIGNING_KEY)) == before
    database.close()


def test_a_server_on_a_bare_database_does_not_start(database_url: str) -> None:
    migrate(database_url)
    downgrade(database_url, "base")
    with pytest.raises(LookupError, match="cvd-server migrate"):
        create_app(Settings(database_url=database_url, **CHEAP))


def test_records_of_before_the_day_get_what_is_empty(database_url: str) -> None:
    migrate(database_url, "0002")
    database = Database(database_url)
    kept = {"operator_id": "op", "ver": 1, "removed": False, "changed_at": "-"}
    told = {"complete": True, "size": 1, "selections": "{}", "verdict": "{}"}
    with database.write() as connection:
        for name, row in (
            ("product", {"id": "p1", "case_size": 1, "price": 150}),
            ("read", {"id": "read1"} | told),
        ):
            old = metadata.tables[name]
            new = {"pick_place", "serial_number", "control_board", "counters"}
            texts = {c.name: "" for c in old.columns if not c.nullable and c.name not in new}
            values = texts | kept | row
            names, marks = ", ".join(values), ", ".join(f":{each}" for each in values)
            connection.execute(text(f"INSERT INTO {name} ({names}) VALUES ({marks})"), values)
    migrate(database_url)
    with database.read() as connection:
        read, product = metadata.tables["read"], metadata.tables["product"]
        found = connection.execute(select(read)).one()
        assert (found.serial_number, found.control_board, found.counters) == (None, None, {})
        assert connection.scalar(select(product.c.pick_place)) == ""
    database.close()

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
from tests.support.day_people import DayPerson, well
from tests.support.servers import CHEAP, local_server
from tests.support.small_operator import seed_small_operator


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


@pytest.mark.parametrize("revision", ["0002", "0001"])
def test_after_a_step_back_and_forward_the_server_serves_its_laptops(
    migrated_url: str, revision: str
) -> None:
    """What the step back dropped is nowhere to be pulled, and laptops read their scopes afresh."""
    with local_server(migrated_url) as server:
        seed_small_operator(server.database)
        driver = DayPerson(server, "driver07")
        meters = {"entry_id": "e1", "machine_id": "m1", "at": "2026-03-02", "kind": "normal"}
        events = [
            driver.marked("done"),
            driver.loaded(),
            driver.collected("B-1"),
            driver.photo("0" * 64),
            driver.event("meters.entered", "meter_entry", "e1", **meters),
        ]
        assert driver.push(*events) == [("applied", None)] * 5
        scopes = driver.session.pull().json()["data"]["scopes"]
        cursors = {scope["id"]: scope["cursor"] for scope in scopes}
    downgrade(migrated_url, revision)
    with local_server(migrated_url) as server:
        well(server)
        driver = DayPerson(server, "driver07")
        told = driver.session.pull(cursors).json()["data"]
        assert {scope["id"] for scope in told["scopes"] if scope["reset"]} == {"route:r1"}
        kinds = {row["k"] for row in told["rows"]}
        assert "run" in kinds
        assert not kinds & {"visit", "run_progress", "load", "photo"}
        assert driver.push(driver.marked("done"), driver.visited()) == [("applied", None)] * 2
        assert len(driver.records("visit")) == 1
        well(server)

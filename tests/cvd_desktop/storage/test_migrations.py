"""Migrations: up, down, with data; the migrated file has exactly the tables of the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from cvd_desktop.storage import migrate, read_store
from cvd_desktop.storage.database import Database, open_database
from cvd_desktop.storage.schema_version import HEAD
from cvd_desktop.storage.tables import OUTBOX_GUARDS, metadata
from cvd_shared.canonical import canonical_json
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.report_digest import main_report, report_digest
from tests.support.local_database import KEY, ManualClock, new_database
from tests.support.simple_report import simple_report


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = new_database(tmp_path)
    yield database
    database.close()


def _schema(connection: Connection) -> dict[str, str]:
    """Name -> SQL of everything in the file but alembic's own table.

    Spaces are evened out, columns and rules of a table sorted: a later column stands at the end.
    """
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        " AND name != 'alembic_version' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return {name: _evened_out(" ".join(sql.split())) for name, sql in rows}


def _evened_out(sql: str) -> str:
    table = re.fullmatch(r"CREATE TABLE (\w+) \((.*)\)", sql)
    if table is None:
        return sql
    parts = re.split(r", ?(?![^(]*\))", table[2])
    return f"{table[1]}: {sorted(part.strip() for part in parts)}"


def test_head_of_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrated_database_equals_the_tables_of_the_code(
    database: Database, tmp_path: Path
) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        migrated = _schema(connection)
    with database.outside_transaction() as connection:
        migrate.downgrade(connection, "base")
        metadata.create_all(connection)
        for guard in OUTBOX_GUARDS:
            connection.exec_driver_sql(guard)
        assert _schema(connection) == migrated


def test_every_migration_goes_down_and_up_again_with_data(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO sync_meta VALUES ('device_id', 'd1')")
        connection.exec_driver_sql(
            "INSERT INTO outbox (op_id, incarnation, seq, type, body, body_sha, created_at)"
            " VALUES ('o1', 'i1', 1, 'read.recorded', x'00', x'01', 't')"
        )
        connection.exec_driver_sql(
            "INSERT INTO read (id, state, at, port, link, purpose)"
            " VALUES ('r1', 'open', 't', 'p', 'dexucs', 'look')"
        )
        connection.exec_driver_sql("INSERT INTO read_block VALUES ('r1', 0, 0, x'41', x'')")
        before = _schema(connection)
    with database.outside_transaction() as connection:
        migrate.downgrade(connection, "base")
        assert _schema(connection) == {}
        migrate.upgrade(connection)
        assert _schema(connection) == before
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_reads_of_the_first_version_are_known_by_what_they_say(database: Database) -> None:
    """A file with the same report is a duplicate of a read that was there before the upgrade."""
    raw = simple_report({"1": 5})
    wrapped = b"<000|x|>" + raw.replace(b"\r\n", b"\n")
    with database.outside_transaction() as connection:
        migrate.downgrade(connection, "0001")
    with database.write() as connection:
        for read_id, state, data in (
            ("whole", "whole", raw),
            ("wrapped", "whole", wrapped),
            ("part", "partial", raw[:60]),
            ("junk", "partial", b"\xff no report"),
            ("running", "open", None),
        ):
            connection.exec_driver_sql(
                "INSERT INTO read (id, state, at, port, link, purpose, raw)"
                " VALUES (?, ?, 't', 'p', 'dexucs', 'look', ?)",
                (read_id, state, data),
            )
    with database.outside_transaction() as connection:
        migrate.upgrade(connection)
    report = main_report(read_dex(raw))
    assert report is not None
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id, content_sha256, source FROM read").all()
        found = read_store.ids_by_content(connection, [report_digest(report)])
    contents = {row.id: row.content_sha256 for row in rows}
    assert contents["whole"] == contents["wrapped"] == report_digest(report)
    assert contents["part"] not in (None, contents["whole"])
    assert contents["junk"] is contents["running"] is None
    assert {row.source for row in rows} == {None}
    assert found == {report_digest(report): "whole"}
    with database.outside_transaction() as connection:
        migrate.downgrade(connection, "0001")
        assert connection.exec_driver_sql("SELECT count(*) FROM read").scalar() == 5


@pytest.mark.parametrize("before", ["0001", "0002"])
def test_what_an_older_program_has_kept_comes_through_whole(
    database: Database, before: str
) -> None:
    """Rows in every table; records of kinds that were new to it are found by their machine now."""
    work = {"id": "w1", "at": "2026-03-02T08:00:00.000Z", "state": "resolved"}
    told: dict[str, dict[str, object]] = {
        "ticket": {"fault": "Jägermeister läuft aus", "opened_at": "2026-03-01", "work": [work]},
        "machine_write": {"at": "2026-03-02"},
        "meter_entry": {"at": "2026-03-03"},
        "newer_still": {"at": "2026-03-04"},
    }
    day = "2026-03-01T08:00:00.000Z"
    tables = (
        ("sync_meta", "k, v", ("open_write:w9", "{}")),
        ("outbox", "op_id, incarnation, seq, type, body, body_sha, created_at, acked",
         ("o1", "i1", 1, "read.recorded", b"0", b"1", "t", 0)),
        ("outbox", "op_id, incarnation, seq, type, body, body_sha, created_at, acked",
         ("o2", "i1", 2, "read.recorded", b"0", b"1", "t", 1)),
        ("cursor", "scope, seq, n, sum64", ("org", 4, 4, -7)),
        ("member", "scope, kind, id, ver", ("org", "ticket", "x", 1)),
        ("pull_stage", "n, page", (0, b"page")),
        ("blob", "sha256, size, mime, state, stored_at", ("s", 1, "m", "kept", "t")),
        ("read", "id, state, at, port, link, purpose",
         ("running", "open", day, "p", "dexucs", "look")),
        ("read", "id, state, at, port, link, purpose, raw, op_id",
         ("settled", "whole", day, "p", "dexucs", "look", b"raw", "o1")),
        ("read", "id, state, at, port, link, purpose, raw",
         ("unsettled", "partial", day, "p", "dexucs", "collect", b"ra")),
        ("read_block", "read_id, n, last, data, trace", ("running", 0, 0, b"A", b"")),
    )  # fmt: skip
    with database.outside_transaction() as connection:
        migrate.downgrade(connection, before)
    with database.write() as connection:
        for table, names, values in tables:
            marks = ", ".join("?" * len(values))
            connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
        for kind, facts in told.items():
            body = canonical_json({"id": "x", "machine_id": "m1"} | facts)
            connection.exec_driver_sql(
                "INSERT INTO snapshot_row (kind, id, ver, search_text, sort_key, body)"
                " VALUES (?, 'x', 1, '', '', ?)",
                (kind, body),
            )
        counts = _counts(connection)
    with database.outside_transaction() as connection:
        migrate.upgrade(connection)
    with database.read() as connection:
        assert {name: _counts(connection)[name] for name in counts} == counts
        rows = connection.exec_driver_sql("SELECT kind, search_text, sort_key FROM snapshot_row")
        keys = {row.kind: (row.search_text, row.sort_key) for row in rows}
        assert keys == {
            "ticket": ("jagermeister lauft aus", "m1 2026-03-01"),
            "machine_write": ("", "m1 2026-03-02"),
            "meter_entry": ("", "m1 2026-03-03"),
            "newer_still": ("", ""),
        }
        assert read_store.open_ids(connection) == ["running"]
        assert read_store.unsettled_ids(connection) == ["unsettled"]
        assert {read.practice for read in read_store.summaries(connection, limit=None)} == {False}


def test_records_of_the_day_from_before_it_are_found(database: Database) -> None:
    """Also when a body is none that this program can read: the program still opens."""
    visit = b'{"id":"v","machine_id":"m1","finished_at":"2026-03-01","cash":{"bag":"00 1a"}}'
    bodies = {"v": ("visit", visit), "odd": ("load", b"[]"), "cut": ("photo", b'{"id":')}
    with database.outside_transaction() as connection:
        migrate.downgrade(connection, "0003")
    with database.write() as connection:
        for record_id, (kind, body) in bodies.items():
            connection.exec_driver_sql(
                "INSERT INTO snapshot_row (kind, id, ver, body, search_text, sort_key)"
                " VALUES (?, ?, 1, ?, '', '')",
                (kind, record_id, body),
            )
    with database.outside_transaction() as connection:
        migrate.upgrade(connection)
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id, search_text, sort_key FROM snapshot_row")
        found = {row.id: (row.search_text, row.sort_key) for row in rows}
    assert found == {"v": ("|001A|", "m1 2026-03-01"), "odd": ("", ""), "cut": ("", "")}


def _counts(connection: Connection) -> dict[str, int]:
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = [name for (name,) in names if not name.startswith("sqlite_")]
    return {
        name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
        for name in tables
    }


def test_failed_migration_changes_nothing(database: Database) -> None:
    with database.outside_transaction() as connection:
        migrate.downgrade(connection, "base")
        connection.exec_driver_sql("CREATE TABLE read_block (in_the_way INT)")
        connection.commit()
        before = _schema(connection)
        with pytest.raises(Exception, match="read_block already exists"):
            migrate.upgrade(connection)
        assert _schema(connection) == before


def test_newer_schema_is_refused_and_not_touched(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    content = (tmp_path / "cvd.db").read_bytes()
    with pytest.raises(migrate.Problem) as caught:
        open_database(tmp_path / "cvd.db", KEY, ManualClock())
    assert caught.value.code == "schema_newer"
    assert caught.value.values["found"] == "9999"
    assert (tmp_path / "cvd.db").read_bytes() == content


def test_copy_is_made_before_a_migration_of_existing_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = new_database(tmp_path)
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO sync_meta VALUES ('device_id', 'd1')")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    monkeypatch.setattr(migrate, "upgrade", lambda connection: None)
    open_database(tmp_path / "cvd.db", KEY, ManualClock()).close()
    (copy,) = (tmp_path / "backups").glob("cvd-*.db")
    restored = Database(copy, KEY, ManualClock())
    with restored.read() as connection:
        assert connection.exec_driver_sql("SELECT v FROM sync_meta").scalar() == "d1"
    restored.close()

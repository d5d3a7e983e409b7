"""A backup is whole or none; what was restored makes the laptops send again what is younger."""

import gzip
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from cvd_server import backup as backups
from cvd_server import jobs, tables
from cvd_server.admin_commands import app
from cvd_server.attachment_store import FolderStore, attachment_key
from cvd_server.backup import BackupError, back_up, drill, keep_newest, newest, restore
from cvd_server.blobs import blob_row
from cvd_server.clock import to_wire
from cvd_server.database import Database
from cvd_server.server_meta import read_epoch
from cvd_shared.canonical import sha256_hex
from tests.support.field_events import EventStream
from tests.support.servers import LocalServer, Session, sqlite_url
from tests.support.small_operator import SmallOperator

PICTURE = b"\x89PNG a picture" * 1000


@pytest.fixture
def working(server: LocalServer, small: SmallOperator) -> LocalServer:
    """With events of a driver and an attachment that lies outside the database."""
    driver = server.session("driver07")
    push_read(driver)
    store = server.services.store
    name = sha256_hex(PICTURE)
    store.put(attachment_key(small.operator_id, name), [PICTURE])
    row = blob_row(small.operator_id, name, PICTURE, None, server.services.now())
    with server.database.write() as connection:
        connection.execute(tables.blob.insert().values(**(row | {"body": None})))
    return server


def push_read(driver: Session) -> None:
    stream = EventStream(driver.user_id)
    event = stream.read("m1")
    driver.push([event], inline_blobs=stream.blobs).raise_for_status()


def durable_seq(server: LocalServer, driver: Session) -> int:
    """What the driver's laptop hears of its stream, whatever became of his token."""
    again = server.session("driver07")
    again.device_id, again.incarnation_id = driver.device_id, driver.incarnation_id
    answer: int = again.hello().raise_for_status().json()["data"]["durable_seq"]
    return answer


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the server's own facts."""
    with database.read() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table))))  # type: ignore[misc]
            for name, table in tables.metadata.tables.items()
            if name != "server_meta"
        }


def made(server: LocalServer, folder: Path) -> Path:
    return back_up(server.database, server.services.store, folder, server.clock)


def test_what_is_restored_is_what_was(working: LocalServer, tmp_path: Path) -> None:
    target = made(working, tmp_path / "backups")
    url, store = f"sqlite:///{tmp_path / 'again.db'}", FolderStore(tmp_path / "again")
    report = restore(target, url, store)
    again = Database(url)
    try:
        assert report.problems == []
        assert contents(again) == contents(working.database)
        with again.read() as connection, working.database.read() as before:
            assert read_epoch(connection) == report.epoch != read_epoch(before)
    finally:
        again.close()
    assert report.attachments == 1
    key = attachment_key("op", sha256_hex(PICTURE))
    assert b"".join(store.open(key)) == PICTURE


def test_a_small_server_moves_to_postgresql(
    working: LocalServer, tmp_path: Path, postgres_url: str
) -> None:
    report = restore(made(working, tmp_path), postgres_url, FolderStore(tmp_path / "again"))
    again = Database(postgres_url)
    try:
        assert report.problems == []
        assert contents(again) == contents(working.database)
    finally:
        again.close()


def test_a_backup_is_never_restored_over_data(working: LocalServer, tmp_path: Path) -> None:
    target = made(working, tmp_path)
    url = working.database.engine.url.render_as_string(hide_password=False)
    before = contents(working.database)
    with pytest.raises(BackupError, match="not empty"):
        restore(target, url, working.services.store)
    assert contents(working.database) == before


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)  # files are files
@pytest.mark.parametrize("what", ["flip", "cut", "lost", "manifest", "attachment", "no attachment"])
def test_damage_is_noticed_before_anybody_relies_on_it(
    working: LocalServer, tmp_path: Path, what: str
) -> None:
    target = made(working, tmp_path)
    log = target / "op_log.ndjson.gz"
    key = attachment_key("op", sha256_hex(PICTURE))
    copy = tmp_path / backups.ATTACHMENTS / key
    if what == "flip":
        data = bytearray(log.read_bytes())
        data[len(data) // 2] ^= 1
        log.write_bytes(data)
    elif what == "cut":
        log.write_bytes(log.read_bytes()[:-1])
    elif what == "lost":
        log.unlink()
    elif what == "manifest":
        (target / backups.MANIFEST).write_bytes(b'{"format": 1')
    elif what == "attachment":
        copy.write_bytes(PICTURE[::-1])
    else:
        copy.unlink()
    with pytest.raises(BackupError):
        drill(target)


def test_fewer_rows_than_promised_are_noticed(working: LocalServer, tmp_path: Path) -> None:
    target = made(working, tmp_path)
    log = target / "op_log.ndjson.gz"
    log.write_bytes(gzip.compress(b""))
    manifest = target / backups.MANIFEST
    document = json.loads(manifest.read_bytes())
    document["sha256"][log.name] = backups._hash_of(log)
    manifest.write_text(json.dumps(document))
    with pytest.raises(BackupError, match="op_log"):
        drill(target)


def test_half_a_backup_is_none_and_goes_with_the_next(
    working: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(backups, "_copy_attachments", full)
        with pytest.raises(OSError, match="No space"):
            made(working, tmp_path)
    assert newest(tmp_path) is None
    target = made(working, tmp_path)
    assert newest(tmp_path) == target
    assert not list(tmp_path.glob("*.part"))


def test_only_the_newest_are_kept(working: LocalServer, tmp_path: Path) -> None:
    targets = []
    for _ in range(4):
        targets.append(made(working, tmp_path))
        working.clock.move(days=1)
    assert keep_newest(tmp_path, 2) == targets[:2]
    assert drill(targets[2]).problems == []
    assert newest(tmp_path) == targets[3]


# --- jobs ---------------------------------------------------------------------------------------


@pytest.fixture
def kept(working: LocalServer, tmp_path: Path) -> LocalServer:
    settings = working.services.settings
    working.services.settings = settings.model_copy(update={"backup_folder": tmp_path / "kept"})
    return working


def test_jobs_run_when_they_are_due_and_once(kept: LocalServer) -> None:
    to = kept.services
    first = jobs.run_due(to, "one")
    assert {name: state.ok for name, state in first.items()} == {
        job.name: True for job in jobs.JOBS
    }
    assert jobs.run_due(to, "one") == {}
    kept.clock.move(minutes=16)
    assert set(jobs.run_due(to, "one")) == {"replay", "snapshots"}
    kept.clock.move(days=-400)  # a clock that was wrong for a while must not stop them
    assert set(jobs.run_due(to, "one")) == {job.name for job in jobs.JOBS}


def test_only_one_runner_works(kept: LocalServer) -> None:
    to = kept.services
    assert jobs.run_due(to, "one", ["sessions"])
    assert jobs.run_due(to, "two", ["sessions"]) == {}
    kept.clock.move(hours=1)
    assert jobs.run_due(to, "two", ["sessions"])


def test_laptops_hear_of_a_backup_once_it_is_proved(
    kept: LocalServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    driver = kept.session("driver07")
    push_read(driver)
    assert durable_seq(kept, driver) == 0
    kept.clock.move(minutes=10)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "drill", lambda _: 1 / 0)
        assert not jobs.run_due(kept.services, "one", ["backup"])["backup"].ok
    assert "job backup failed" in caplog.text
    caplog.clear()
    assert durable_seq(kept, driver) == 0
    kept.clock.move(minutes=10)
    assert jobs.run_due(kept.services, "one")["backup"].ok  # a failure is tried again soon
    assert durable_seq(kept, driver) == 1


def test_a_problem_found_is_kept_for_whoever_asks(
    kept: LocalServer, caplog: pytest.LogCaptureFixture
) -> None:
    with kept.database.write() as connection:
        connection.execute(tables.scope_head.update().values(sum64=1))
    state = jobs.run_due(kept.services, "one", ["check"])["check"]
    assert not state.ok
    assert "digest" in state.told
    assert "digest" in caplog.text
    caplog.clear()
    assert jobs.job_state(kept.services, "check") == state


def test_old_sessions_go_and_young_ones_stay(kept: LocalServer) -> None:
    gone, young = kept.session("driver08"), kept.session("driver07")
    gone.http.post("/api/v1/auth/logout", json={"family": gone.family, "current": gone.secret})
    kept.clock.move(days=31)
    assert jobs.run_due(kept.services, "one", ["sessions"])["sessions"].ok
    with kept.database.read() as connection:
        families = set(connection.scalars(select(tables.refresh_family.c.family_id)))
        tokens = set(connection.scalars(select(tables.refresh_token.c.family_id)))
    assert gone.family not in families | tokens
    assert young.family in families & tokens


# --- the commands -------------------------------------------------------------------------------


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("cvd_server")
    kept = list(root.handlers), root.level, ours.level
    yield
    root.handlers[:], _, _ = kept
    root.setLevel(kept[1])
    ours.setLevel(kept[2])
    logging.captureWarnings(False)


@pytest.mark.usefixtures("logging_as_before")
def test_backup_and_restore_from_the_command_line(working: LocalServer, tmp_path: Path) -> None:
    url = working.database.engine.url.render_as_string(hide_password=False)
    env = {"CVD_SERVER_ATTACHMENT_FOLDER": str(working.services.settings.attachments)}
    run = CliRunner(env=env).invoke
    ran = run(app, ["backup", "--to", str(tmp_path / "b"), "--database", url])
    assert ran.exit_code == 0, ran.output
    again = sqlite_url(tmp_path / "again")
    ran = run(app, ["restore", ran.stdout.strip(), "--database", again])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["problems"] == []
    ran = run(app, ["restore", str(tmp_path), "--database", again])
    assert (ran.exit_code, "no finished backup" in ran.stderr) == (2, True)
    assert run(app, ["jobs", "--once", "--database", url]).exit_code == 0
    assert run(app, ["jobs", "--only", "nonsense", "--database", url]).exit_code == 2
    assert run(app, ["mark-durable", "2999-01-01", "--database", url]).exit_code == 2
    now = to_wire(working.clock())
    assert run(app, ["mark-durable", now, "--database", url]).exit_code == 0

"""The local database: encrypted, durable, safe from several threads, honest about its troubles."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy.exc import DBAPIError

from cvd_desktop.domain.problem import Problem
from cvd_desktop.storage.database import Database, open_database
from tests.support.local_database import KEY, OTHER_KEY, ManualClock, new_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = new_database(tmp_path)
    yield database
    database.close()


def _put(database: Database, name: str, value: str = "v") -> None:
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO sync_meta VALUES (?, ?)", (name, value))


def _names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.exec_driver_sql("SELECT k FROM sync_meta ORDER BY k").scalars())


def test_embedded_sqlite_has_the_fix_of_the_wal_reset_bug() -> None:
    assert sqlcipher.sqlite_version_info >= (3, 51, 3)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 10_000),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("auto_vacuum", 2),
        ("temp_store", 2),
    ],
)
def test_every_connection_has_the_safe_settings(
    database: Database, pragma: str, value: object
) -> None:
    with database.read() as reader, database.write() as writer:
        assert reader.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        assert writer.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_file_and_log_hold_nothing_readable(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    _put(database, "a very plain secret")
    for path in tmp_path.glob("cvd.db*"):
        content = path.read_bytes()
        assert b"a very plain secret" not in content, path.name
        assert b"SQLite format" not in content, path.name
    database.close()


def test_wrong_key_is_told_and_changes_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new_database(tmp_path).close()
    content = (tmp_path / "cvd.db").read_bytes()
    with pytest.raises(Problem) as caught:
        open_database(tmp_path / "cvd.db", OTHER_KEY, ManualClock())
    assert caught.value.code == "wrong_key"
    assert (tmp_path / "cvd.db").read_bytes() == content
    assert capfd.readouterr().err == ""


def test_an_exception_rolls_everything_back(database: Database) -> None:
    def half_done() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO sync_meta VALUES ('a', 'b')")
            raise KeyError

    with pytest.raises(KeyError):
        half_done()
    assert _names(database) == []


def test_a_read_sees_one_moment_and_cannot_write(database: Database) -> None:
    _put(database, "1")
    with database.read() as connection:
        count = "SELECT count(*) FROM sync_meta"
        assert connection.exec_driver_sql(count).scalar() == 1
        _put(database, "2")
        assert connection.exec_driver_sql(count).scalar() == 1
    with pytest.raises(DBAPIError, match="readonly"), database.read() as connection:
        connection.exec_driver_sql("INSERT INTO sync_meta VALUES ('3', '3')")


def test_many_threads_write_and_read_at_once(database: Database) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                _put(database, f"{number}-{turn}")
                assert f"{number}-{turn}" in _names(database)
        except Exception as error:  # noqa: BLE001 - told to the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(_names(database)) == 120


def test_another_process_that_writes_is_waited_for(database: Database, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.support.local_database import KEY, ManualClock\n"
        "from cvd_desktop.storage.database import open_database\n"
        "d = open_database(Path(sys.argv[1]), KEY, ManualClock())\n"
        "for n in range(30):\n"
        "    with d.write() as c:\n"
        "        c.exec_driver_sql('INSERT INTO sync_meta VALUES (?, ?)', (f'other-{n}', ''))\n"
        "d.close()\n"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "cvd.db")])
    for number in range(30):
        _put(database, f"here-{number}")
    assert other.wait(30) == 0
    assert len([name for name in _names(database) if "-" in name]) == 60


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.support.local_database import KEY, ManualClock\n"
        "from cvd_desktop.storage.database import open_database\n"
        "d = open_database(Path(sys.argv[1]), KEY, ManualClock())\n"
        "n = 0\n"
        "while True:\n"
        "    with d.write() as c:\n"
        "        c.exec_driver_sql('INSERT INTO sync_meta VALUES (?, ?)', (f'{n:06}', ''))\n"
        "    print(n, flush=True)\n"
        "    n += 1\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "cvd.db")], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    for _ in range(25):
        said = int(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    rest = child.stdout.read().split()
    child.stdout.close()
    child.wait()
    said = int(rest[-1]) if rest else said
    assert (tmp_path / "cvd.db-wal").stat().st_size > 0, "an unclean exit leaves the log behind"
    database = new_database(tmp_path)
    names = _names(database)
    assert names[: said + 1] == [f"{n:06}" for n in range(said + 1)]
    assert len(names) - (said + 1) in (0, 1)
    database.close()


def test_disk_full_is_told_and_works_again_with_space(database: Database) -> None:
    _put(database, "before")
    with database.outside_transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Problem) as caught:
        _put(database, "big", "x" * 200_000)
    assert caught.value.code == "disk_full"
    assert _names(database) == ["before"]
    with database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    _put(database, "big", "x" * 200_000)
    assert _names(database) == ["before", "big"]


def test_locked_by_a_hanging_program_is_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvd_desktop.storage.database.BUSY_SECONDS", 0)
    other = new_database(tmp_path)
    with database.write(), pytest.raises(Problem) as caught:
        _put(other, "never")
    assert caught.value.code == "database_locked"
    other.close()


def _damage(path: Path, start: int, size: int = 4096) -> None:
    with path.open("rb+") as file:
        file.seek(start)
        file.write(os.urandom(size))


def test_damaged_page_is_found_after_an_unclean_exit_and_the_file_copied_aside(
    tmp_path: Path,
) -> None:
    database = new_database(tmp_path)
    for number in range(400):
        _put(database, f"{number:03}", "x" * 500)
    database.close()
    path = tmp_path / "cvd.db"
    _damage(path, start=path.stat().st_size // 4096 // 2 * 4096)
    (tmp_path / "cvd.db-wal").write_bytes(b"left over")  # as after a kill
    content = path.read_bytes()
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            open_database(path, KEY, ManualClock())
        assert caught.value.code == "database_damaged"
    assert path.read_bytes() == content, "nothing is overwritten"
    (aside,) = (tmp_path / "backups").glob("damaged-*")  # one copy, however often it is tried
    assert str(aside) == caught.value.values["copy"]
    assert (aside / "cvd.db").read_bytes() == content


def test_damaged_first_page_under_a_proven_key_is_damage_and_not_a_wrong_key(
    tmp_path: Path,
) -> None:
    new_database(tmp_path).close()
    _damage(tmp_path / "cvd.db", start=64, size=512)
    with pytest.raises(Problem) as caught:
        open_database(tmp_path / "cvd.db", KEY, ManualClock(), key_proven=True)
    assert caught.value.code == "database_damaged"


def test_damage_that_is_met_later_is_told_too(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    for number in range(400):
        _put(database, f"{number:03}", "x" * 500)
    database.close()
    path = tmp_path / "cvd.db"
    _damage(path, start=path.stat().st_size // 4096 // 2 * 4096)
    database = new_database(tmp_path)
    with pytest.raises(Problem) as caught, database.read() as connection:
        connection.exec_driver_sql("SELECT sum(length(v)) FROM sync_meta").scalar()
    assert caught.value.code == "database_damaged"
    database.close()


def test_a_bug_of_ours_is_not_dressed_up_as_a_problem(database: Database) -> None:
    with pytest.raises(DBAPIError, match="no such table"), database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")


def test_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(Problem) as caught:
        open_database(tmp_path / "folder" / "cvd.db", KEY, ManualClock())
    assert caught.value.code == "database_unreachable"


def test_copies_are_whole_encrypted_and_those_of_the_last_five_days_stay(
    database: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    database._clock = clock
    for number in range(7):
        clock.forward(days=1)
        _put(database, str(number))
        copy = database.copy("test")
    copies = sorted((tmp_path / "backups").iterdir())
    assert len(copies) == 5
    assert copies[-1] == copy
    restored = Database(copy, KEY, clock)
    assert _names(restored) == [str(number) for number in range(7)]
    restored.close()


def test_a_day_that_makes_many_copies_drives_out_none_of_other_days(
    database: Database, tmp_path: Path
) -> None:
    """A server that refuses every stream asks for one with each sync."""
    clock = ManualClock()
    database._clock = clock
    earlier = []
    for label in ("before-0005", "before-new-stream", "before-loading-anew"):
        clock.forward(days=1)
        earlier.append(database.copy(label))
    clock.forward(days=1)
    today = []
    for _ in range(12):
        clock.forward(minutes=5)
        today.append(database.copy("before-new-stream"))
    kept = set((tmp_path / "backups").iterdir())
    assert kept == {*earlier, today[0], *today[-2:]}
    clock.forward(days=-400)
    odd = database.copy("before-new-stream")
    assert odd.exists(), "of a clock that was set back"
    assert kept <= set((tmp_path / "backups").iterdir())


def test_outbox_rows_cannot_be_rewritten_nor_deleted_before_their_answer(
    database: Database,
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO outbox (op_id, incarnation, seq, type, body, body_sha, created_at)"
            " VALUES ('o1', 'i1', 1, 'read.recorded', x'00', x'01', 't')"
        )
    for statement in ("UPDATE outbox SET body = x'02'", "DELETE FROM outbox"):
        with pytest.raises(DBAPIError, match="never"), database.write() as connection:
            connection.exec_driver_sql(statement)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET incarnation = 'i2', seq = 7, acked = 1")
        connection.exec_driver_sql("DELETE FROM outbox")

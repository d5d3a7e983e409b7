"""Real programs on a real disk that is full: the laptop's, then the server's."""

import errno
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from cvd_desktop.services.sign_in import sign_in
from cvd_desktop.services.workplace import open_workplace
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_server import tables
from cvd_server.database import Database
from cvd_server.self_check import self_check
from tests.support.cvd_process import PASSPHRASE, run_cvd
from tests.support.servers import running_server, sqlite_url
from tests.support.small_operator import PASSWORD, with_small_operator

DISK = "24m"
FINISH = ("visit", "finish", "--machine", "A-1", "--fill-to-par", "--json")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a disk of its own can only be made by root of Linux")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that leaves no byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    return ballast


def new_laptop(folder: Path, url: str) -> Path:
    """Signed in and even with the server."""
    opened = open_workplace(folder, ask_passphrase=lambda: PASSPHRASE, key_store=MemoryKeyStore())
    try:
        sign_in(opened, url, "driver07", PASSWORD)
    finally:
        opened.close()
    done = run_cvd(folder, "sync", "--json")
    assert done.code == 0, done.err
    return folder


def assert_all_there(url: str, visits: int) -> None:
    database = Database(url)
    try:
        with database.read() as connection:
            log = connection.execute(select(tables.op_log)).all()
            problems = self_check(connection).problems
    finally:
        database.close()
    assert [row.outcome for row in log if row.type == "visit.finished"] == ["applied"] * visits
    assert problems == []


def test_of_the_laptop(small_disk: Path, tmp_path: Path) -> None:
    url = with_small_operator(sqlite_url(tmp_path))
    with running_server(url, workers=1) as server:
        laptop = new_laptop(small_disk / "laptop", server.url)
        assert run_cvd(laptop, *FINISH).code == 0
        ballast = fill(small_disk)

        refused = run_cvd(laptop, *FINISH)
        assert refused.code == 2, refused
        assert "disk" in refused.err
        assert "Traceback" not in refused.err

        ballast.unlink()
        assert len(run_cvd(laptop, "outbox", "--json").json["records"]) == 1, "what was told saved"
        assert run_cvd(laptop, *FINISH).code == 0
        done = run_cvd(laptop, "sync", "--json")
        assert (done.code, done.json["pushed"], done.json["waiting"]) == (0, 2, 0), done.err
        assert_all_there(url, visits=2)


def test_of_the_server(small_disk: Path, tmp_path: Path) -> None:
    url = with_small_operator(sqlite_url(small_disk))
    folder = str(small_disk / "attachments")
    with running_server(url, workers=1, attachment_folder=folder) as server:
        laptop = new_laptop(tmp_path / "laptop", server.url)
        for _ in range(2):
            assert run_cvd(laptop, *FINISH).code == 0
        ballast = fill(small_disk)

        waits = run_cvd(laptop, "sync", "--json")
        assert (waits.code, waits.json["waiting"]) == (6, 2), waits
        assert "Traceback" not in waits.err
        assert server.process.poll() is None

        ballast.unlink()
        done = run_cvd(laptop, "sync", "--json")
        assert (done.code, done.json["pushed"], done.json["waiting"]) == (0, 2, 0), done.err
    assert_all_there(url, visits=2)

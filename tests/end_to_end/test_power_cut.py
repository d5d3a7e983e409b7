"""The power is cut while a person records: the files as they lie on the disk at that moment open,
pass quick_check and hold what was told saved. CVD_POWER_CUTS takes more of them."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cvd_desktop.storage import outbox_store
from tests.support.local_database import ManualClock, new_database

CUTS = int(os.environ.get("CVD_POWER_CUTS", "12"))
FILE, WAL = "cvd.db", "cvd.db-wal"

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot hold a process still"),
    pytest.mark.timeout(120 + CUTS * 2),
]


@contextmanager
def writer(folder: Path, told: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that records without a pause; `told` is what it has said so far."""
    with (
        told.open("wb") as said,
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.steady_writer", str(folder)], stdout=said
        ) as process,
    ):
        try:
            end = time.monotonic() + 60
            while told.stat().st_size == 0:
                assert process.poll() is None, "the writer died"
                assert time.monotonic() < end, "the writer never began"
                time.sleep(0.02)
            yield process
        finally:
            process.kill()


def lines(told: Path) -> list[str]:
    """Whole lines only."""
    return told.read_text().rpartition("\n")[0].split("\n")


def held(folder: Path) -> list[str]:
    """The events that the files hold; opening them checks them, as after every unclean end."""
    database = new_database(folder, ManualClock())
    try:
        database.check()
        with database.read() as connection:
            return [event.op_id for event in outbox_store.in_order(connection)]
    finally:
        database.close()


def put(folder: Path, database: bytes, wal: bytes) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / FILE).write_bytes(database)
    (folder / WAL).write_bytes(wal)
    return folder


def test_whatever_moment_the_power_goes_what_was_told_saved_is_there(tmp_path: Path) -> None:
    choice, working, told = random.Random(3), tmp_path / "working", tmp_path / "told"
    moments: list[tuple[list[str], bytes, bytes]] = []
    with writer(working, told) as process:
        for _ in range(CUTS):
            time.sleep(choice.uniform(0.01, 0.12))
            os.kill(process.pid, signal.SIGSTOP)  # between any two system calls
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            database, wal = (working / FILE).read_bytes(), (working / WAL).read_bytes()
            moments.append((lines(told), database, wal))
            os.kill(process.pid, signal.SIGCONT)
            os.waitid(os.P_PID, process.pid, os.WCONTINUED | os.WNOWAIT)
    assert len(moments[-1][0]) > len(moments[0][0]), "nothing was written meanwhile"
    for said, database, wal in moments:
        there = held(put(tmp_path / "cut", database, wal))
        assert there[: len(said)] == said, "told saved, and gone"
        assert len(there) <= len(said) + 1
        torn = wal + random.Random(len(wal)).randbytes(choice.randrange(1, 9000))
        assert held(put(tmp_path / "cut", database, torn))[: len(said)] == said
    said, database, wal = moments[-1]
    everything = held(put(tmp_path / "cut", database, wal))
    for _ in range(CUTS):
        # Less than the disk was told to keep: then the newest are gone, the others are whole.
        part = wal[: choice.randrange(len(wal))]
        there = held(put(tmp_path / "cut", database, part))
        assert there == everything[: len(there)]

"""Exporting to a stick that is full, broken or pulled out; a program that dies while it exports."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.bundles import export_bundle
from cvd_desktop.services.carried import carry_bundle, list_carried
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.sign_in import sign_out
from cvd_desktop.services.word_table_bundles import BUNDLES
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_server.bundle_intake import take_bundle
from cvd_shared.bundle_format import open_bundle
from tests.support.sync_world import World, sync_world

KILLS = 3
EXPORT_FOR_EVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cvd_desktop.services.bundles import export_bundle
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_shared.ids import IdMaker
from tests.support.local_database import ManualClock, new_database
folder, target = map(Path, sys.argv[1:])
clock = ManualClock()
wp = Workplace(
    database=new_database(folder, clock), data_dir=folder, clock=clock, monotonic=lambda: 0.0,
    new_id=IdMaker(lambda: datetime.now(UTC)), key_store=MemoryKeyStore(),
)
print("ready", flush=True)
while True:
    export_bundle(wp, target)
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The laptop keeps its secrets in its database, so that another process has them too."""
    with sync_world(tmp_path, key_store=MemoryKeyStore()) as made:
        assert made.laptop.sync().problem is None
        made.laptop.record()
        yield made


def test_killed_while_it_exports(world: World, tmp_path: Path) -> None:
    """Whenever it dies: the file is whole or not there, the database opens, nothing is lost."""
    laptop, stick = world.laptop, tmp_path / "stick"
    stick.mkdir()
    for _ in range(20):
        laptop.record(raw=random.Random(1).randbytes(200_000))
    laptop.close()
    target = stick / "unsent.cvdbundle"
    for seed in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", EXPORT_FOR_EVER, str(laptop.folder), str(target)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(random.Random(seed).random() / 4)
            os.kill(process.pid, signal.SIGKILL)
        if target.exists():
            assert open_bundle(target.read_bytes()).header.events == 21
        assert [path for path in stick.iterdir() if not path.name.endswith(".part")] in (
            [], [target],
        )  # fmt: skip
    laptop.open()
    with laptop.wp.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"
    made = export_bundle(laptop.wp, target)
    assert list(stick.iterdir()) == [target], "what was left half is cleared away"
    taken = take_bundle(world.server.services, made.path.read_bytes(), None)
    assert taken.outcomes["applied"] == 21
    assert all(not event.acked for event in laptop.events())


def test_a_full_stick(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Problem, match="bundle_no_room"):
            export_bundle(world.laptop.wp, stick)
    assert list(stick.iterdir()) == []
    assert list_outbox(world.laptop.wp)[0].exported_at is None
    with pytest.raises(Problem, match="bundle_no_room"):
        export_bundle(world.laptop.wp, Path("/dev/full"))
    with pytest.raises(Problem, match="bundle_not_written"):
        export_bundle(world.laptop.wp, tmp_path / "pulled out" / "unsent.cvdbundle")
    assert export_bundle(world.laptop.wp, stick).events == 1
    assert list_outbox(world.laptop.wp)[0].exported_at is not None


def test_a_stick_that_lies(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read back is not what was written."""
    honest = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: honest(path)[:-1])
    with pytest.raises(Problem, match="bundle_not_written"):
        export_bundle(world.laptop.wp, tmp_path)


def test_exported_without_a_sign_in_and_without_a_network(world: World, tmp_path: Path) -> None:
    world.laptop.line.faults = ["lose_request"] * 10
    sign_out(world.laptop.wp)
    made = export_bundle(world.laptop.wp, tmp_path)
    taken = take_bundle(world.server.services, made.path.read_bytes(), None)
    assert taken.outcomes["applied"] == 1


def test_before_the_first_sign_in_there_is_no_key(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as made:
        made.laptop.record()
        with pytest.raises(Problem, match="bundle_no_keys"):
            export_bundle(made.laptop.wp, tmp_path)


def test_nothing_to_export(world: World, tmp_path: Path) -> None:
    world.laptop.sync()
    with pytest.raises(Problem, match="bundle_nothing"):
        export_bundle(world.laptop.wp, tmp_path)


def test_rubbish_among_what_is_carried_is_left_alone(world: World, tmp_path: Path) -> None:
    folder = world.laptop.folder / "carried"
    folder.mkdir()
    (folder / "notes.txt").write_text("x")
    (folder / "broken.cvdbundle").write_bytes(b"CVDBNDL\n")
    assert list_carried(world.laptop.wp) == []
    empty = tmp_path / "empty.cvdbundle"
    empty.write_bytes(b"")
    with pytest.raises(Problem, match="bundle_not_one"):
        carry_bundle(world.laptop.wp, empty)
    assert world.laptop.sync().problem is None


def test_every_refusal_of_a_file_has_words() -> None:
    """The server's codes too: a carried bundle tells why it was not taken."""
    from cvd_server.bundle_api import bring_bundle

    told = {code for status, code in bring_bundle.described.errors if status in (403, 422)}
    assert told - {"device_unknown"} <= set(BUNDLES)

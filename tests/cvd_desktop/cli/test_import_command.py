"""`cvd reads import` as its own program: what it prints, how it ends, what a kill leaves behind."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from cvd_desktop.services.import_reads import import_files
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.reads import list_reads, raw_bytes
from cvd_desktop.services.workplace import Workplace, open_workplace
from cvd_desktop.sync.credentials import MemoryKeyStore
from tests.support.cvd_process import PASSPHRASE, run_cvd, start_cvd
from tests.support.simple_report import simple_report

REPORT = simple_report({"1": 5})


def test_json_says_what_came_of_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()
    (folder / "a.dex").write_bytes(REPORT)
    (folder / "b.daa").write_bytes(b"<000|x|>" + REPORT)
    (folder / "notes.txt").write_bytes(b"no report")
    ran = run_cvd(tmp_path / "data", "reads", "import", str(folder), "gone.dex", "--json")
    assert ran.code == 0, ran.err
    (read_id,) = ran.json["reads"]
    assert ran.json["files"] == 3
    assert ran.json["duplicates"] == [{"file": f"{folder}/b.daa", "number": 1, "read": read_id}]
    assert ran.json["without_report"] == [
        {
            "file": f"{folder}/notes.txt",
            "reason": "no_report",
            "message": "There is no EVA-DTS report in it.",
        }
    ]
    assert [(each["file"], each["reason"]) for each in ran.json["skipped"]] == [
        ("gone.dex", "path_missing")
    ]
    listed = run_cvd(tmp_path / "data", "reads", "--json").json["reads"]
    assert [each["id"] for each in listed] == [read_id]
    assert len(run_cvd(tmp_path / "data", "outbox", "--json").json["records"]) == 1
    again = run_cvd(tmp_path / "data", "reads", "import", str(folder))
    assert again.code == 0
    assert "0 new reads, 2 duplicates" in again.out
    assert read_id in again.out


@pytest.mark.parametrize("names", [["nothing"], ["junk.txt"], ["junk.txt", "nothing"]])
def test_where_nothing_can_be_read_at_all_it_is_wrong_usage(
    tmp_path: Path, names: list[str]
) -> None:
    (tmp_path / "junk.txt").write_bytes(b"junk")
    paths = [str(tmp_path / name) for name in names]
    ran = run_cvd(tmp_path / "data", "reads", "import", *paths)
    assert ran.code == 2
    assert "No EVA-DTS report was found." in ran.err
    assert all(path in ran.out for path in paths)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of another program is Unix's")
def test_ctrl_c_keeps_what_is_stored(tmp_path: Path) -> None:
    folder = _many(tmp_path)
    process = start_cvd(tmp_path / "data", "reads", "import", str(folder), "--json")
    _wait_until_stored(process, tmp_path / "data")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    told = json.loads(out)
    assert told["cancelled"]
    with _opened(tmp_path / "data") as wp:
        assert sorted(told["reads"]) == sorted(read.id for read in list_reads(wp))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is Unix's")
def test_killed_import_leaves_whole_reads_and_goes_on(tmp_path: Path) -> None:
    folder = _many(tmp_path)
    data = tmp_path / "data"
    process = start_cvd(data, "reads", "import", str(folder))
    _wait_until_stored(process, data)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not list(data.glob("tmp*")), "the reports between the phases are gone with the program"
    files = {path.read_bytes() for path in folder.iterdir()}
    with _opened(data) as wp:
        stored = list_reads(wp, limit=None)
        assert 0 < len(stored) < len(files)
        assert len(list_outbox(wp)) == len(stored)
        assert {raw_bytes(wp, read.id) for read in stored} < files
        assert all("unknown" not in read.verdict["integrity"] for read in stored)
        again = import_files(wp, [folder])
        assert sorted(each.read_id for each in again.duplicates) == sorted(
            read.id for read in stored
        )
        assert len(again.reads) == len(files) - len(stored)


def _many(tmp_path: Path) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    for number in range(150):
        raw = simple_report({"1": number}, asset_number=f"A-{number % 50}", filler=30)
        (folder / f"{number:03}.dex").write_bytes(raw)
    return folder


def _opened(data: Path) -> "closing[Workplace]":
    return closing(
        open_workplace(data, key_store=MemoryKeyStore(), ask_passphrase=lambda: PASSPHRASE)
    )


def _wait_until_stored(process: "subprocess.Popen[str]", data: Path) -> None:
    """Until the database's write-ahead log is longer than that of an empty database."""
    log = data / "cvd.db-wal"
    while process.poll() is None and not (log.exists() and log.stat().st_size > 280_000):
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
    assert process.poll() is None, "it was too quick to be ended"

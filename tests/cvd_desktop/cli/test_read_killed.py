"""`cvd read` killed with SIGKILL at any byte: the machine has not reset, or the read is whole."""

import os
import random
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.reads import list_reads, raw_bytes
from cvd_desktop.services.workplace import open_workplace
from cvd_desktop.sync.credentials import MemoryKeyStore
from tests.support.cut_line import cut_line
from tests.support.cvd_process import PASSPHRASE, run_cvd, start_cvd
from tests.support.simple_report import simple_report

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys and SIGKILL are Unix's")

BAUD = {"dexucs": 200_000, "ddcmp": 115_200}
REPORT = simple_report({"1": 5}, filler=14)  # three blocks
_NEVER = 10**9
_MACHINE_ANSWERS = 0.5  # seconds; what has reached it, it takes within milliseconds


class _Machine:
    """Says itself whether it has cleared its interval counters."""

    def __init__(self) -> None:
        self.resets: SimpleQueue[datetime] = SimpleQueue()

    def report(self, list_number: int | None) -> bytes:
        return REPORT

    def taken(self, at: datetime, list_number: int | None) -> None:
        self.resets.put(at)

    def configure(self, document: bytes, at: datetime) -> None:
        raise AssertionError("nothing was written")


@dataclass(frozen=True)
class _Killed:
    reset: bool  # the machine's own statement
    passed: int  # bytes on the line, both directions


def _read(data_dir: Path, link: str, kill_at: int) -> _Killed:
    """`cvd read` for a collect, killed when `kill_at` bytes have passed on the line."""
    machine = _Machine()
    with (
        virtual_machine(machine, link=link, baud_rate=BAUD[link]) as on_port,
        cut_line(on_port.device) as line,
    ):
        speed = () if link == "dexucs" else ("--baud", str(BAUD[link]))
        purpose = ("--purpose", "collect", "--link", link, *speed)
        reader = start_cvd(data_dir, "read", "--port", line.port, *purpose)
        killed = line.carry(
            lambda: reader.poll() is None, kill_at, lambda: os.kill(reader.pid, signal.SIGKILL)
        )
        reader.communicate(timeout=60)
        assert killed == (kill_at != _NEVER)
        assert reader.returncode == (-signal.SIGKILL if killed else 0)
        try:
            machine.resets.get(timeout=_MACHINE_ANSWERS)
            reset = True
        except Empty:
            reset = False
    return _Killed(reset, line.passed)


@dataclass(frozen=True)
class _Whole:
    """A read from beginning to end, by one link."""

    link: str
    everything: int  # bytes that pass on the line


@pytest.fixture(scope="module", params=["dexucs", "ddcmp"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Whole:
    link: str = request.param
    read = _read(tmp_path_factory.mktemp("whole"), link, _NEVER)
    assert read.reset
    return _Whole(link, read.passed)


def test_killed_at_the_last_acknowledgement_the_commands_show_the_whole_read(
    tmp_path: Path, whole: _Whole
) -> None:
    killed = _read(tmp_path, whole.link, whole.everything - 1)  # all but the machine's last byte
    assert killed.reset
    (read,) = run_cvd(tmp_path, "reads", "--json").json["reads"]
    assert read["verdict"]["transfer"] == "ok"
    exported = tmp_path / "raw.dex"
    assert run_cvd(tmp_path, "reads", "export", read["id"], "-o", str(exported)).code == 0
    assert exported.read_bytes() == REPORT


@pytest.mark.parametrize("place", [0.4, -10, -3, -2, "random"])
def test_killed_anywhere_reset_means_that_the_whole_read_is_on_disk(
    tmp_path: Path, whole: _Whole, place: float | str
) -> None:
    everything = whole.everything
    if isinstance(place, str):
        kill_at = random.randrange(1, everything)
    else:
        kill_at = everything + place if isinstance(place, int) else int(everything * place)
    killed = _read(tmp_path, whole.link, kill_at)
    wp = open_workplace(tmp_path, key_store=MemoryKeyStore(), ask_passphrase=lambda: PASSPHRASE)
    try:
        reads = list_reads(wp)
        kept = [raw_bytes(wp, read.id) for read in reads]
        assert len(list_outbox(wp)) == len(reads)
    finally:
        wp.close()
    where = f"{whole.link}: killed at byte {kill_at} of {everything}"
    assert not killed.reset or kept == [REPORT], where
    assert [read.complete for read in reads] == [raw == REPORT for raw in kept], where
    assert all(REPORT.startswith(raw) for raw in kept), where
    assert len(kept) <= 1, where

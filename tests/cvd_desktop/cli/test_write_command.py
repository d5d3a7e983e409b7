"""`cvd write` as a process on a pty: preview, deed, proof, exit codes, and a sudden end."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import MachineOnPort, virtual_machine
from cvd_desktop.services.practice_machine import practice_model
from tests.support.cut_line import cut_line
from tests.support.cvd_process import Ran, run_cvd, start_cvd

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys and SIGKILL are Unix's")

BAUD = 200_000
_NEVER = 10**9


@pytest.fixture
def snack() -> Iterator[MachineOnPort]:
    """A machine of the make Alder with the selections A1, A2, ..."""
    with virtual_machine(practice_model("snack"), baud_rate=BAUD) as machine:
        yield machine


def write(data_dir: Path, port: str, *args: str) -> Ran:
    return run_cvd(data_dir, "write", "--port", port, "--link", "dexucs", *args)


def written(data_dir: Path) -> list[dict[str, object]]:
    records = run_cvd(data_dir, "outbox", "--json").json["records"]
    return [record for record in records if record["type"] == "machine.written"]


def test_preview_then_deed(tmp_path: Path, snack: MachineOnPort) -> None:
    wanted = ("--set", "A1=9.85", "--set", "a2=130", "--set-list", "A1/DA/1=9.90", "--clock")
    preview = write(tmp_path, snack.device, *wanted)
    assert preview.code == 0, preview.err
    assert "9.85" in preview.out
    assert "1.30" in preview.out
    assert "Nothing was written" in preview.err
    assert "AUTO" in preview.err
    done = write(tmp_path, snack.device, *wanted, "--yes", "--json")
    assert done.code == 0, done.err
    answer = done.json
    assert (answer["written"], answer["machine"], answer["link"]) == (True, "90001", "dexucs")
    by_place = {(each["what"], each["selection"]): each for each in answer["results"]}
    assert by_place["price", "A1"]["found"] == "985"
    assert by_place["price", "A2"]["after"] == "130"
    assert {each["outcome"] for each in answer["results"]} == {"accepted"}
    assert len(written(tmp_path)) == 1
    again = write(tmp_path, snack.device, "--set", "A1=9.85", "--yes", "--json")
    assert (again.code, again.json["written"]) == (0, False)
    assert [each["same"] for each in again.json["changes"]] == [True]


def test_a_value_that_was_not_accepted_ends_with_5_and_the_table(
    tmp_path: Path, snack: MachineOnPort
) -> None:
    ran = write(tmp_path, snack.device, "--asset-number", "7", "--identity-segment", "ID1", "--yes")
    assert ran.code == 5, ran.err
    assert "ignored" in ran.out
    assert "90001" in ran.out


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ((), "nothing to write"),
        (("--set", "A1"), "SELECTION=PRICE"),
        (("--set", "A1=1", "--set", "A1=2"), "Two values"),
        (("--set-list", "A1/DA/x=5"), "SELECTION/LIST"),
    ],
)
def test_wrong_usage_is_said_before_the_machine_is_touched(
    tmp_path: Path, args: tuple[str, ...], sentence: str
) -> None:
    ran = write(tmp_path, "/dev/no-such-port", *args)
    assert ran.code == 2, ran.err
    assert sentence in ran.err


def test_no_machine_ends_with_3(tmp_path: Path) -> None:
    with virtual_machine(practice_model("snack"), baud_rate=BAUD, faults=["silent"]) as machine:
        ran = write(tmp_path, machine.device, "--clock", "--yes", "--wait", "1")
    assert ran.code == 3
    assert "did not answer" in ran.err


def test_killed_while_it_writes_the_fact_is_kept(tmp_path: Path, snack: MachineOnPort) -> None:
    with cut_line(snack.device) as line:
        args = ("--set", "A1=9.85", "--yes")
        writer = start_cvd(tmp_path, "write", "--port", line.port, "--link", "dexucs", *args)
        line.carry(lambda: writer.poll() is None and b"PC1*A1" not in line.heard, _NEVER, int)
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate(timeout=60)
    assert writer.returncode == -signal.SIGKILL
    (record,) = written(tmp_path)
    assert record["machine"] == "90001"
    assert len(written(tmp_path)) == 1

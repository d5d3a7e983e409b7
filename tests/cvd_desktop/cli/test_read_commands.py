"""`cvd read`, `cvd reads`, `cvd ports`, `cvd vm run` as processes on ptys, and their sudden end."""

import signal
import sys
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.devices.virtual_ports import announced
from cvd_desktop.services.ports import virtual_ports_folder
from tests.support.cut_line import cut_line
from tests.support.cvd_process import run_cvd, start_cvd, vm_process
from tests.support.simple_report import simple_report

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys and SIGKILL are Unix's")

BAUD = 200_000
REPORT = simple_report({"1": 5}, filler=14)  # three blocks


def test_a_read_from_the_first_byte_to_the_exported_file(tmp_path: Path) -> None:
    data_dir, file = tmp_path / "data", tmp_path / "audit.dex"
    file.write_bytes(REPORT)
    with vm_process(data_dir, "--file", str(file), "--baud", str(BAUD)) as machine:
        ports = run_cvd(data_dir, "ports", "--json").json["ports"]
        assert [port["device"] for port in ports if port["likely"]] == [machine.port]
        ran = run_cvd(data_dir, "read", "--port", machine.port, "--json")
        assert ran.code == 0, ran.err
        shown = run_cvd(data_dir, "read", "--port", machine.port, "--purpose", "collect")
    assert machine.process.returncode == 0
    assert machine.said.count("acknowledged") == 2
    assert ran.json.keys() == {"id", "machine", "verdict", "bytes", "seconds"}
    assert ran.json["machine"] == "A-1"
    assert ran.json["bytes"] == len(REPORT)
    assert ran.json["verdict"] == {
        "link": "ok",
        "transfer": "ok",
        "integrity": "ok",
        "mapping": "unknown",
        "plausibility": "unknown",
    }
    assert "G85" in shown.out
    reads = run_cvd(data_dir, "reads", "--json").json["reads"]
    assert len(reads) == 2
    assert reads[1]["id"] == ran.json["id"]
    assert reads[0].keys() == {"id", "machine", "at", "bytes", "verdict"}
    assert "A-1" in run_cvd(data_dir, "reads").out
    exported = tmp_path / "raw.dex"
    assert run_cvd(data_dir, "reads", "export", ran.json["id"], "-o", str(exported)).code == 0
    assert exported.read_bytes() == REPORT
    assert run_cvd(data_dir, "reads", "export", "nothing", "-o", str(exported)).code == 2
    assert run_cvd(data_dir, "reads", "export", ran.json["id"], "-o", str(tmp_path)).code == 2


@pytest.mark.parametrize(
    ("fault", "code", "sentence"),
    [
        ("code:02", 5, "code 02"),
        ("silent", 3, "did not answer"),
        ("unplug_after:300", 4, "unplugged"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_an_exit_code(
    tmp_path: Path, fault: str, code: int, sentence: str
) -> None:
    with virtual_machine(REPORT, baud_rate=BAUD, faults=[fault]) as machine:
        ran = run_cvd(tmp_path, "read", "--port", machine.device, "--wait", "1", "--json")
    assert ran.code == code
    assert sentence in ran.err
    assert "Who acts: " in ran.err
    assert "Traceback" not in ran.err


def test_partial_read_prints_what_was_kept_and_ends_with_4(tmp_path: Path) -> None:
    with virtual_machine(REPORT, baud_rate=BAUD, faults=["unplug_after:600"]) as machine:
        ran = run_cvd(tmp_path, "read", "--port", machine.device, "--json")
    assert ran.code == 4
    assert ran.json["verdict"]["transfer"] == "failed"
    assert 0 < ran.json["bytes"] < len(REPORT)
    (read,) = run_cvd(tmp_path, "reads", "--json").json["reads"]
    assert read["id"] == ran.json["id"]


def test_a_bank_of_machines_is_read_at_once(tmp_path: Path) -> None:
    with (
        virtual_machine(REPORT, baud_rate=BAUD) as one,
        virtual_machine(REPORT, baud_rate=BAUD, faults=["code:04"]) as two,
    ):
        ports = ("--port", one.device, "--port", two.device, "--port", "/dev/nowhere")
        ran = run_cvd(tmp_path, "read", *ports, "--json")
        shown = run_cvd(tmp_path, "read", *ports[:4])
        twice = run_cvd(tmp_path, "read", *ports[:2], *ports[:2])
        named = run_cvd(tmp_path, "read", *ports, "--machine", "A-1")
    assert ran.code == shown.code == 5  # the worst: refused
    good, refused, missing = ran.json["reads"]
    assert list(good) == ["port", "id", "machine", "verdict", "bytes", "seconds"]
    assert (good["port"], good["machine"], good["bytes"]) == (one.device, "A-1", len(REPORT))
    assert refused == {"port": two.device, "problem": "refused"}
    assert missing == {"port": "/dev/nowhere", "problem": "port_missing"}
    assert "code 04" in ran.err
    assert f"{one.device}:\nMachine A-1" in shown.out
    assert twice.code == named.code == 2
    assert "named twice" in twice.err


def test_the_link_and_its_speed_can_be_named(tmp_path: Path) -> None:
    with virtual_machine(REPORT, link="ddcmp", baud_rate=19_200, faults=["strict_speed"]) as eye:
        named = ("read", "--port", eye.device, "--link", "ddcmp", "--json")
        right = run_cvd(tmp_path, *named, "--baud", "19200", "--wait", "20")
        wrong = run_cvd(tmp_path, *named, "--baud", "4800", "--wait", "1")
    assert right.code == 0, right.err
    assert right.json["bytes"] == len(REPORT)
    assert (wrong.code, wrong.out) == (3, "")


def test_a_missing_port_is_said_with_those_that_there_are(tmp_path: Path) -> None:
    with (
        virtual_machine(REPORT) as machine,
        announced(virtual_ports_folder(tmp_path), machine.device, "a machine"),
    ):
        ran = run_cvd(tmp_path, "read", "--port", "/dev/nowhere")
    assert ran.code == 3
    assert "There is no port /dev/nowhere" in ran.err
    assert machine.device in ran.err


@pytest.mark.parametrize(
    "args",
    [("--model", "no-such"), ("--fault", "no-such"), ("--file", "/nowhere"),
     ("--model", "snack", "--file", "x")],
)  # fmt: skip
def test_virtual_machine_refuses_what_it_does_not_know(
    tmp_path: Path, args: tuple[str, ...]
) -> None:
    ran = run_cvd(tmp_path, "vm", "run", *args)
    assert (ran.code, ran.out) == (2, "")


def test_ctrl_c_ends_a_read_properly_and_keeps_what_arrived(tmp_path: Path) -> None:
    with virtual_machine(REPORT, baud_rate=BAUD) as machine, cut_line(machine.device) as line:
        process = start_cvd(tmp_path, "read", "--port", line.port, "--json")
        stopped = line.carry(
            lambda: process.poll() is None, 400, lambda: process.send_signal(signal.SIGINT)
        )
        out, err = process.communicate(timeout=30)
    assert stopped
    assert process.returncode == 4, err
    assert "cancelled" in err
    assert '"transfer": "failed"' in out

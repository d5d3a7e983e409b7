"""`cvd ports`: the list, the loop-back test and the profiles, as a script uses them."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from tests.support.cvd_process import run_cvd
from tests.support.simple_report import simple_report

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are Unix's")

REPORT = simple_report({"1": 5})


@pytest.fixture
def jumper() -> Iterator[str]:
    """A port at which everything comes back; 03 takes the jumper out."""
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)

    def echo() -> None:
        while (data := os.read(ours, 4096)) != b"\x03":
            os.write(ours, data)

    thread = threading.Thread(target=echo)
    thread.start()
    yield os.ttyname(theirs)
    os.write(theirs, b"\x03")
    thread.join()
    os.close(ours)
    os.close(theirs)


def test_the_keys_of_a_port_stay_and_its_profile_is_beside_them(tmp_path: Path) -> None:
    url = "socket://10.0.0.5:4000"
    made = run_cvd(tmp_path, "ports", "profiles", "set", "Hall 3", "--device", url, "--json")
    assert (made.code, made.json["device"]) == (0, url)
    ports = run_cvd(tmp_path, "ports", "--json").json["ports"]
    (port,) = [port for port in ports if port["device"] == url]
    assert list(port) == [
        "device", "description", "adapter", "vid", "pid", "serial_number", "likely", "profile",
    ]  # fmt: skip
    assert (port["adapter"], port["likely"], port["profile"]) == ("Hall 3", True, "Hall 3")
    assert url in run_cvd(tmp_path, "ports").out


def test_profiles_are_made_carried_and_removed(tmp_path: Path) -> None:
    here, there, file = tmp_path / "a", tmp_path / "b", str(tmp_path / "profiles.json")
    made = run_cvd(
        here, "ports", "profiles", "set", "Head", "--like", "Optical head on a serial chip",
        "--vid", "0403", "--dtr", "off", "--no-echo", "--start-speed", "9600",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert run_cvd(here, "ports", "profiles", "export", file).code == 0
    assert json.loads(Path(file).read_text("utf-8"))["profiles"][0]["dtr"] == "off"
    taken = run_cvd(there, "ports", "profiles", "import", file, "--json")
    assert taken.json == {"added": ["Head"], "changed": [], "same": []}
    assert run_cvd(there, "ports", "profiles", "import", file).out == "same: Head\n"
    listed = run_cvd(there, "ports", "profiles", "--json").json["profiles"]
    assert (listed[0]["name"], listed[0]["built_in"], listed[0]["echo"]) == ("Head", False, False)
    assert "yours" in run_cvd(there, "ports", "profiles").out
    assert run_cvd(there, "ports", "profiles", "remove", "Head").code == 0
    again = run_cvd(there, "ports", "profiles", "remove", "Head")
    assert (again.code, again.out) == (2, "")


def test_what_is_no_profile_is_refused(tmp_path: Path) -> None:
    for args, sentence in (
        (("set", "x", "--vid", "zz"), "hexadecimal"),
        (("set", "x", "--start-speed", "9601"), "start_speed"),
        (("set", "x", "--dtr", "maybe"), "maybe"),
        (("import", str(tmp_path / "nothing")), "cannot be read"),
        (("export", str(tmp_path / "out")), "no adapter profile of your own"),
    ):
        ran = run_cvd(tmp_path, "ports", "profiles", *args)
        assert (ran.code, ran.out) == (2, "")
        assert sentence in ran.err
    assert not (tmp_path / "adapters.json").exists()


def test_a_cable_with_a_jumper_is_right(tmp_path: Path, jumper: str) -> None:
    ran = run_cvd(tmp_path, "ports", "test", "--port", jumper, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["verdict"] == "right"
    assert ran.json["sent"] == ran.json["right"] > 200
    assert ran.json["round_trip_ms"] >= 0
    assert "came back" in ran.err


def test_a_machine_at_the_cable_is_left_alone(tmp_path: Path) -> None:
    with virtual_machine(REPORT, faults=["machine_master"]) as machine:
        ran = run_cvd(tmp_path, "ports", "test", "--port", machine.device)
    assert ran.code == 5
    assert "a machine is connected" in ran.err


def test_no_jumper_and_no_port_are_said(tmp_path: Path) -> None:
    with virtual_machine(REPORT, faults=["silent"]) as machine:
        ran = run_cvd(tmp_path, "ports", "test", "--port", machine.device, "--json")
    assert (ran.code, ran.json["verdict"], ran.json["speeds"]) == (3, "silent", [])
    missing = run_cvd(tmp_path, "ports", "test", "--port", "/dev/nowhere")
    assert missing.code == 3
    assert "There is no port /dev/nowhere" in missing.err

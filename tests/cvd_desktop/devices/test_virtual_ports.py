"""Virtual machines announce themselves, and the dead ones are not believed."""

import json
import subprocess
import sys
from pathlib import Path

from cvd_desktop.devices.port_finder import adapter_name
from cvd_desktop.devices.virtual_ports import announced, find_virtual_ports

KILLED = """
import os, sys
from pathlib import Path
from cvd_desktop.devices.virtual_ports import announced
with announced(Path(sys.argv[1]), "/dev/pts/99", "Killed machine"):
    os._exit(9)
"""


def test_a_machine_is_announced_as_long_as_it_runs(tmp_path: Path) -> None:
    with announced(tmp_path, "/dev/pts/7", "Machine 7"), announced(tmp_path, "COM9", "Machine 9"):
        assert [(port.device, port.description) for port in find_virtual_ports(tmp_path)] == [
            ("/dev/pts/7", "Machine 7"),
            ("COM9", "Machine 9"),
        ]
    assert find_virtual_ports(tmp_path) == []


def test_a_killed_machine_is_not_believed(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == 9
    assert len(list(tmp_path.glob("*.json"))) == 1
    assert find_virtual_ports(tmp_path) == []
    assert list(tmp_path.glob("*.json")) == []


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "1-1.json").write_text(json.dumps({"device": "/dev/pts/3", "name": "No lock"}))
    assert find_virtual_ports(tmp_path) == []
    assert find_virtual_ports(tmp_path / "absent") == []
    assert (tmp_path / "notes.txt").exists()


def test_adapters_are_known_by_their_numbers() -> None:
    assert adapter_name(0x0403, 0x6001) == "FTDI FT232"
    assert adapter_name(0x1A86, 0x7523) == "WCH CH340"
    assert adapter_name(0x10C4, 0xEA60) == "Silicon Labs CP210x"
    assert adapter_name(0x067B, 0x23A3) == "Prolific PL2303"
    assert adapter_name(0x1234, 0x0001) is None
    assert adapter_name(None, None) is None

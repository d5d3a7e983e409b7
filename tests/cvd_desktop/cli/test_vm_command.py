"""`cvd vm run` as a process: the link, the speed, the faults, and what it tells."""

import json
from pathlib import Path

import pytest

from cvd_desktop.devices.link_runner import run_link
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.outputs import ProtocolMachine
from cvd_shared.dex.configuration_report import configuration_report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from tests.support.cvd_process import run_cvd, vm_process

DEX_QUICK = ("--baud", "1000000")
DDCMP_QUICK = ("--baud", "115200")


def received(port_name: str, machine: ProtocolMachine) -> bytes:
    store: list[bytes] = []
    with open_port(port_name) as port:
        result = run_link(port, machine, store=lambda piece: store.append(piece.data))
    assert result.finished is not None, result.failed
    return b"".join(store)


def ddcmp(lists: tuple[int, ...] = (2,), document: bytes | None = None) -> DdcmpReader:
    settings = DdcmpSettings(start_speed=115200, turnaround=0.0, write_pause=0.0)
    return DdcmpReader(settings, lists=lists, document=document)


def reading(raw: bytes) -> MachineReading:
    (report,) = read_dex(raw).reports
    return make_reading(report)


def test_a_machine_on_ddcmp_sells_is_written_to_and_tells_it(tmp_path: Path) -> None:
    document = configuration_report(
        "CVD0000001", asset_number="424242", prices={"A1": 155, "Z9": 100}
    )
    with vm_process(tmp_path, "--link", "ddcmp", "--model", "snack", *DDCMP_QUICK) as machine:
        before = reading(received(machine.port, ddcmp((1,))))
        received(machine.port, ddcmp((), document))
        after = reading(received(machine.port, ddcmp((2,))))
    assert after.identity.asset_number == "424242"
    assert after.selections[0].price == 155
    assert (after.paid_vends[1] or 0) > (before.paid_vends[1] or 0)
    assert "settings written: 2 accepted, 1 ignored" in machine.said
    assert "accepted PC102 A1: 155" in machine.said
    assert "no such selection" in machine.said


def test_faults_are_those_of_the_link_and_of_the_machine(tmp_path: Path) -> None:
    args = ("--link", "ddcmp", "--fault", "lost_ack", "--fault", "sells_nothing", *DDCMP_QUICK)
    with vm_process(tmp_path, *args) as machine:
        first, second = (received(machine.port, ddcmp()) for _ in range(2))
    assert reading(first).paid_vends == reading(second).paid_vends
    assert run_cvd(tmp_path, "vm", "run", "--link", "ddcmp", "--fault", "no_eot").code == 2
    assert run_cvd(tmp_path, "vm", "run", "--fault", "no_finish_ack").code == 2


def test_without_a_link_each_model_speaks_its_usual_one(tmp_path: Path) -> None:
    with vm_process(tmp_path, "--model", "kiosk", *DDCMP_QUICK) as machine:
        assert received(machine.port, ddcmp()).startswith(b"DXS*FIR *VA*1\r\nID1*")
    with vm_process(tmp_path, "--model", "drink", *DEX_QUICK) as machine:
        assert reading(received(machine.port, DexReader())).complete


@pytest.mark.parametrize("link", ["dexucs", "ddcmp"])
def test_a_file_is_served_as_it_is_over_either_link(tmp_path: Path, link: str) -> None:
    file = tmp_path / "audit.dex"
    file.write_bytes(b"ID1*1*2\r\nVA1*1*2*3*4\r\n" * 9)
    quick = DDCMP_QUICK if link == "ddcmp" else DEX_QUICK
    with vm_process(tmp_path, "--link", link, "--file", str(file), *quick) as machine:
        reader = ddcmp() if link == "ddcmp" else DexReader()
        assert received(machine.port, reader) == file.read_bytes()


def test_a_link_that_the_model_does_not_speak_is_refused(tmp_path: Path) -> None:
    ran = run_cvd(tmp_path, "vm", "run", "--link", "dexucs", "--model", "espresso")
    assert (ran.code, ran.out) == (2, "")
    assert "does not speak DEX/UCS" in ran.err
    assert "DDCMP" in ran.err


def test_its_port_is_announced_and_not_for_practice(tmp_path: Path) -> None:
    with vm_process(tmp_path) as machine:
        (entry,) = (tmp_path / "virtual_ports").glob("*.json")
        said = json.loads(entry.read_text(encoding="utf-8"))
    assert (said["device"], said["practice"]) == (machine.port, False)

"""Reads of virtual machines through real ports of this computer."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvd_desktop.devices.link_runner import RunResult, run_link
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.port_finder import find_ports
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.devices.virtual_machine import MachineOnPort, run_virtual_machine, virtual_machine
from cvd_desktop.link.byte_trace import MACHINE
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_faults import UnknownFaultError
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import FailureCode
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT

QUICK = 1_000_000  # baud

PTY = pytest.param(None, marks=pytest.mark.skipif(os.name != "posix", reason="needs a pty"))
EACH_WIRE = pytest.mark.parametrize("tcp_port", [PTY, 0], ids=["pty", "tcp"])


def read(machine: MachineOnPort, max_wait: float = 10.0) -> tuple[RunResult, bytes]:
    store: list[bytes] = []
    with open_port(machine.device) as port:
        result = run_link(
            port,
            DexReader(DexSettings(max_wait=max_wait)),
            store=lambda piece: store.append(piece.data),
        )
    return result, b"".join(store)


class Seller:
    """Its report says how often it has been reset."""

    def __init__(self) -> None:
        self.resets: list[datetime] = []
        self.written: list[bytes] = []

    def report(self, list_number: int | None) -> bytes:
        return LONG_REPORT + b"EA3*%d\r\n" % len(self.resets)

    def taken(self, at: datetime, list_number: int | None) -> None:
        self.resets.append(at)

    def configure(self, document: bytes, at: datetime) -> None:
        self.written.append(document)


@EACH_WIRE
def test_a_machine_is_read_again_and_again(tcp_port: int | None) -> None:
    with virtual_machine(LONG_REPORT, baud_rate=QUICK, tcp_port=tcp_port) as machine:
        for _ in range(3):
            result, text = read(machine)
            assert result.finished is not None
            assert text == LONG_REPORT


@EACH_WIRE
def test_an_unplugged_port_is_gone_and_what_came_is_kept(tcp_port: int | None) -> None:
    faults = ["unplug_after:600"]
    with virtual_machine(LONG_REPORT, baud_rate=QUICK, tcp_port=tcp_port, faults=faults) as machine:
        result, text = read(machine)
        assert result.failed is not None
        assert result.failed.code is FailureCode.PORT_GONE
        assert text == LONG_REPORT[:486]
        assert result.trace.count(MACHINE) == 600
        with pytest.raises(PortError):
            open_port(machine.device)


def test_interval_counters_are_reset_after_a_whole_read_and_only_then() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    seller = Seller()
    with virtual_machine(
        seller, baud_rate=QUICK, tcp_port=0, faults=["wrong_crc:2"], clock=lambda: at
    ) as machine:
        for resets in range(2):
            result, text = read(machine)
            assert result.retries == 1
            assert text.endswith(b"EA3*%d\r\n" % resets)
            assert seller.resets == [at] * (resets + 1)


def test_a_write_resets_nothing_and_the_read_after_it_does() -> None:
    seller = Seller()
    with virtual_machine(seller, baud_rate=QUICK, tcp_port=0) as machine:
        with open_port(machine.device) as port:
            result = run_link(port, DexWriter(SMALL_REPORT), store=lambda _: None)
        assert result.finished is not None
        assert seller.written == [SMALL_REPORT]
        assert seller.resets == []
        read(machine)
        assert len(seller.resets) == 1


def test_a_broken_off_read_resets_nothing() -> None:
    seller = Seller()
    with virtual_machine(
        seller, baud_rate=QUICK, tcp_port=0, faults=["give_up_after:2"]
    ) as machine:
        result, _ = read(machine)
        assert result.failed is not None
        assert result.failed.code is FailureCode.BROKEN_OFF
    assert seller.resets == []


def test_a_cancelled_read_leaves_the_machine_to_the_next_one() -> None:
    seller, cancelled = Seller(), threading.Event()
    with virtual_machine(seller, baud_rate=QUICK, tcp_port=0) as machine:
        with open_port(machine.device) as port:
            result = run_link(
                port, DexReader(), store=lambda _: cancelled.set(), cancelled=cancelled
            )
        assert result.failed is not None
        assert seller.resets == []
        _, text = read(machine)
        assert text.startswith(LONG_REPORT)


def test_several_machines_run_side_by_side() -> None:
    with (
        virtual_machine(b"DXS*A\r\n", baud_rate=QUICK, tcp_port=0) as first,
        virtual_machine(b"DXS*B\r\n", baud_rate=QUICK, tcp_port=0) as second,
    ):
        assert read(second)[1] == b"DXS*B\r\n"
        assert read(first)[1] == b"DXS*A\r\n"


def test_a_running_machine_is_found_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "virtual_ports"
    with virtual_machine(b"", tcp_port=0, name="Snack machine", registry=folder) as machine:
        found = [port for port in find_ports(folder) if port.device == machine.device]
        assert [(port.description, port.likely) for port in found] == [("Snack machine", True)]
        assert find_ports(folder)[0].device == machine.device
    assert machine.device not in [port.device for port in find_ports(folder)]
    assert list(folder.iterdir()) == []


def test_an_unknown_fault_is_refused_before_anything_runs() -> None:
    with pytest.raises(UnknownFaultError), virtual_machine(b"", faults=["fire"]):
        pass


def test_what_goes_wrong_in_the_thread_is_raised_outside() -> None:
    with virtual_machine(b"", tcp_port=0) as machine:
        taken = int(machine.device.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), virtual_machine(b"", tcp_port=taken):
            pass


def test_an_unknown_link_is_refused() -> None:
    with pytest.raises(ValueError, match="telepathy"):
        run_virtual_machine(b"", stop=threading.Event(), on_ready=print, link="telepathy")


def test_events_are_told() -> None:
    told: list[str] = []
    with virtual_machine(b"DXS*A\r\n", baud_rate=QUICK, tcp_port=0, on_event=told.append) as m:
        read(m)
    assert told == ["report acknowledged: 7 bytes"]

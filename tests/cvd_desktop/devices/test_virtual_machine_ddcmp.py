"""DDCMP sessions with virtual machines through real ports of this computer."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from cvd_desktop.devices.link_runner import RunResult, run_link
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.devices.virtual_machine import MachineOnPort, virtual_machine
from cvd_desktop.link.byte_trace import MACHINE
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.fault_kinds import UnknownFaultError
from cvd_desktop.link.outputs import FailureCode
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT

AT = datetime(2026, 3, 1, tzinfo=UTC)
FAST: dict[str, Any] = {"start_speed": 115200}

NEEDS_PTY = pytest.mark.skipif(os.name != "posix", reason="needs a pty")
EACH_WIRE = pytest.mark.parametrize(
    "tcp_port", [pytest.param(None, marks=NEEDS_PTY), 0], ids=["pty", "tcp"]
)


class Seller:
    """Serves lists 1 and 2, and keeps what it was told."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []
        self.told: list[tuple[str, object, datetime]] = []

    def report(self, list_number: int | None) -> bytes | None:
        self.asked.append(list_number)
        return LONG_REPORT if list_number in (1, 2) else None

    def taken(self, at: datetime, list_number: int | None) -> None:
        self.told.append(("taken", list_number, at))

    def configure(self, document: bytes, at: datetime) -> None:
        self.told.append(("configure", document, at))


@contextmanager
def machine(source: bytes | Seller, *faults: str, **options: Any) -> Iterator[MachineOnPort]:
    usual: dict[str, Any] = {"tcp_port": 0, "baud_rate": 115200, "clock": lambda: AT}
    with virtual_machine(source, link="ddcmp", faults=faults, **(usual | options)) as on_port:
        yield on_port


def read(on_port: MachineOnPort, **asked: Any) -> tuple[RunResult, bytes]:
    settings = {"max_wait": 20.0} | asked.pop("settings", FAST)
    store: list[bytes] = []
    with open_port(on_port.device, settings.get("start_speed", 2400)) as port:
        result = run_link(
            port,
            DdcmpReader(DdcmpSettings(**settings), **asked),
            store=lambda piece: store.append(piece.data),
        )
    return result, b"".join(store)


@EACH_WIRE
def test_a_machine_is_read_again_and_again(tcp_port: int | None) -> None:
    seller = Seller()
    with machine(seller, tcp_port=tcp_port) as on_port:
        for number in (2, 1, 1):
            result, text = read(on_port, lists=(number,))
            assert result.finished is not None
            assert text == LONG_REPORT
    assert seller.told == [("taken", number, AT) for number in (2, 1, 1)]


@NEEDS_PTY
@pytest.mark.parametrize(
    ("faults", "speed"), [([], 115200), (["fixed_speed"], 2400)], ids=["agreed", "fixed"]
)
def test_the_port_runs_at_the_agreed_speed(faults: list[str], speed: int) -> None:
    """Asked of the system itself, on a line where two speeds make rubbish of everything."""
    import termios

    seen: list[int] = []
    with machine(SMALL_REPORT, "strict_speed", *faults, tcp_port=None, baud_rate=2400) as on_port:
        look = os.open(on_port.device, os.O_RDWR | os.O_NOCTTY)
        try:
            with open_port(on_port.device, 2400) as port:
                result = run_link(
                    port,
                    DdcmpReader(DdcmpSettings()),
                    store=lambda _: seen.append(termios.tcgetattr(look)[5]),
                )
        finally:
            os.close(look)
    assert result.finished is not None
    assert set(seen) == {getattr(termios, f"B{speed}")}


@NEEDS_PTY
def test_two_speeds_make_rubbish_of_everything() -> None:
    with machine(SMALL_REPORT, "strict_speed", tcp_port=None, baud_rate=9600) as on_port:
        result, text = read(on_port, settings={"start_speed": 2400, "max_wait": 1.5})
    assert result.failed is not None
    assert result.failed.code is FailureCode.NO_ANSWER
    assert text == b""


@NEEDS_PTY
def test_a_machine_is_back_at_its_start_speed_after_a_session() -> None:
    with machine(SMALL_REPORT, "strict_speed", tcp_port=None, baud_rate=2400) as on_port:
        for _ in range(2):
            result, text = read(on_port, settings={"start_speed": 2400})
            assert result.finished is not None
            assert text == SMALL_REPORT


def test_lists_that_the_model_does_not_have_are_refused() -> None:
    seller = Seller()
    with machine(seller) as on_port:
        result, _ = read(on_port, lists=(50,))
    assert result.failed is not None
    assert result.failed.detail["code"] == "list"
    assert 50 in seller.asked
    assert seller.told == []


def test_what_is_written_reaches_the_model_whole() -> None:
    seller = Seller()
    with machine(seller) as on_port:
        result, _ = read(on_port, lists=(), document=LONG_REPORT)
        assert result.finished is not None
    assert seller.told == [("configure", LONG_REPORT, AT)]


def test_a_session_that_reads_and_writes_tells_both_in_order() -> None:
    seller = Seller()
    with machine(seller) as on_port:
        result, text = read(on_port, lists=(1,), document=SMALL_REPORT)
        assert result.finished is not None
    assert text == LONG_REPORT
    assert seller.told == [("configure", SMALL_REPORT, AT), ("taken", 1, AT)]


@pytest.mark.parametrize("fault", ["no_finish_ack", "unplug_after:900"])
def test_nothing_is_taken_without_an_acknowledged_finish(fault: str) -> None:
    seller = Seller()
    with machine(seller, fault) as on_port:
        result, _ = read(on_port, lists=(1,))
        assert result.failed is not None
    assert seller.told == []


@EACH_WIRE
def test_an_unplugged_port_is_gone_and_what_came_is_kept(tcp_port: int | None) -> None:
    with machine(LONG_REPORT, "unplug_after:600", tcp_port=tcp_port) as on_port:
        result, text = read(on_port)
    assert result.failed is not None
    assert result.failed.code is FailureCode.PORT_GONE
    assert text == LONG_REPORT[:470]
    assert result.trace.count(MACHINE) == 600


def test_a_cancelled_read_leaves_the_machine_to_the_next_one() -> None:
    seller, cancelled = Seller(), threading.Event()
    with machine(seller) as on_port:
        with open_port(on_port.device) as port:
            result = run_link(
                port,
                DdcmpReader(DdcmpSettings(**FAST)),
                store=lambda _: cancelled.set(),
                cancelled=cancelled,
            )
        assert result.failed is not None
        assert result.failed.code is FailureCode.CANCELLED
        assert seller.told == []
        assert read(on_port)[1] == LONG_REPORT


def test_events_are_told() -> None:
    told: list[str] = []
    with machine(SMALL_REPORT, on_event=told.append) as on_port:
        read(on_port, document=b"IC1*******7\r\n")
    acknowledged = f"report (list 2) acknowledged: {len(SMALL_REPORT)} bytes"
    assert told == ["written to: 13 bytes", acknowledged]


def test_a_fault_of_the_other_link_is_refused() -> None:
    with pytest.raises(UnknownFaultError), machine(b"", "machine_master"):
        pass

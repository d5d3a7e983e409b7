"""Machines behind a serial server and behind a head that hears itself, read over both links."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.devices.adapter_profiles import AdapterProfile
from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.services.adapters import save_profile
from cvd_desktop.services.read_machine import ReadOutcome, read_machine
from cvd_desktop.services.reads import raw_bytes
from cvd_desktop.services.workplace import Workplace
from tests.support.echoing_line import echoing_line
from tests.support.local_workplace import workplace
from tests.support.rfc2217_server import serial_server
from tests.support.simple_report import simple_report

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are Unix's")

REPORT = simple_report({"1": 5}, filler=14)


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


def assert_whole(wp: Workplace, outcome: ReadOutcome) -> None:
    assert outcome.problem is None
    assert outcome.read is not None
    assert raw_bytes(wp, outcome.read.id) == REPORT


def test_an_optical_machine_behind_a_serial_server_agrees_on_a_speed(wp: Workplace) -> None:
    """It hears rubbish while the speed of the server's port is not its own."""
    with (
        virtual_machine(REPORT, link="ddcmp", baud_rate=2400, faults=["strict_speed"]) as machine,
        serial_server(machine.device) as server,
    ):
        outcome = read_machine(wp, server.url, link="ddcmp", max_wait=20.0)
        server.wait_for("speed 115200")
    assert_whole(wp, outcome)


def test_a_jack_behind_a_serial_server_is_read(wp: Workplace) -> None:
    with (
        virtual_machine(REPORT, baud_rate=9600, faults=["strict_speed"]) as machine,
        serial_server(machine.device) as server,
    ):
        outcome = read_machine(wp, server.url, link="dexucs", max_wait=20.0)
    assert_whole(wp, outcome)


@pytest.mark.parametrize("link", ["dexucs", "ddcmp"])
def test_a_head_that_hears_itself_reads_with_its_profile(wp: Workplace, link: str) -> None:
    with (
        virtual_machine(REPORT, link=link, baud_rate=9600) as machine,
        echoing_line(machine.device) as port,
    ):
        save_profile(wp.data_dir, AdapterProfile("Head", device=port, echo=True, start_speed=9600))
        outcome = read_machine(wp, port, link=link, max_wait=20.0)
    assert_whole(wp, outcome)


@pytest.mark.parametrize("link", ["dexucs", "ddcmp"])
def test_a_line_without_the_echo_of_its_profile_is_read_as_well(wp: Workplace, link: str) -> None:
    with virtual_machine(REPORT, link=link, baud_rate=9600) as machine:
        profile = AdapterProfile("Head", device=machine.device, echo=True, start_speed=9600)
        save_profile(wp.data_dir, profile)
        outcome = read_machine(wp, machine.device, link=link, max_wait=20.0)
    assert_whole(wp, outcome)

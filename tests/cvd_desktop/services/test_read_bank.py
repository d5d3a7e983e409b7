"""A bank of machines read at once: each on its own thread, none in the way of another."""

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import ReadStep
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.read_bank import read_bank
from cvd_desktop.services.reads import list_reads, raw_bytes
from cvd_desktop.services.workplace import Workplace
from tests.support.local_workplace import workplace
from tests.support.simple_report import simple_report

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are Unix's")

BAUD = 200_000


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


def test_eight_machines_are_read_at_once(wp: Workplace) -> None:
    reports = [simple_report({"1": n + 1}, filler=10 + n) for n in range(8)]
    phases: dict[str, list[str]] = {}
    with ExitStack() as stack:
        devices = [
            stack.enter_context(virtual_machine(report, baud_rate=BAUD)).device
            for report in reports
        ]
        bank = read_bank(
            wp,
            devices,
            max_wait=20.0,
            on_step=lambda device, step: phases.setdefault(device, []).append(step.phase),
        )
    assert [one.device for one in bank] == devices
    assert [one.outcome.problem for one in bank] == [None] * 8
    kept = [one.outcome.read for one in bank]
    assert [raw_bytes(wp, read.id) for read in kept if read] == reports
    assert len({read.id for read in kept if read}) == 8
    assert len(list_reads(wp)) == len(list_outbox(wp)) == 8
    assert all(phases[device][-1] == "check" for device in devices)
    assert list((wp.data_dir / "locks").glob("read-*")) == []


def test_one_that_fails_leaves_the_others_alone(wp: Workplace) -> None:
    report = simple_report({"1": 5}, filler=14)
    with (
        virtual_machine(report, baud_rate=BAUD) as good,
        virtual_machine(report, baud_rate=BAUD, faults=["code:04"]) as refusing,
        virtual_machine(report, baud_rate=BAUD, faults=["unplug_after:600"]) as pulled,
    ):
        ports = [refusing.device, "/dev/nowhere", good.device, pulled.device]
        bank = read_bank(wp, ports, max_wait=10.0)
    codes = [one.outcome.problem.code if one.outcome.problem else None for one in bank]
    assert codes == ["refused", "port_missing", None, "port_gone"]
    assert [one.outcome.read is not None for one in bank] == [False, False, True, True]
    assert sorted(read.complete for read in list_reads(wp)) == [False, True]


def test_cancelling_ends_them_all(wp: Workplace) -> None:
    cancelled = threading.Event()
    report = simple_report({"1": 5})

    def step(_device: str, now: ReadStep) -> None:
        if now.phase == "answer":
            cancelled.set()

    with (
        virtual_machine(report, baud_rate=BAUD, faults=["silent"]) as one,
        virtual_machine(report, baud_rate=BAUD, faults=["silent"]) as two,
    ):
        bank = read_bank(
            wp, [one.device, two.device], max_wait=60.0, on_step=step, cancelled=cancelled
        )
    codes = [one.outcome.problem.code if one.outcome.problem else None for one in bank]
    assert codes == ["cancelled", "cancelled"]


def test_the_same_port_twice_and_too_many_are_refused(wp: Workplace, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "port")
    for ports in (
        ["COM3", "COM4", "COM3"],
        [str(tmp_path / "port"), str(link)],
        ["rfc2217://a:1", "rfc2217://a:1"],
    ):
        with pytest.raises(Problem) as caught:
            read_bank(wp, ports)
        assert caught.value.code == "port_twice"
    with pytest.raises(Problem) as caught:
        read_bank(wp, [f"COM{n}" for n in range(9)])
    assert caught.value.code == "too_many_ports"
    with pytest.raises(ValueError, match="no port"):
        read_bank(wp, [])
    assert list_reads(wp) == []


def test_a_bug_in_one_read_is_raised_when_all_have_ended(wp: Workplace) -> None:
    report = simple_report({"1": 5})

    def step(device: str, _step: ReadStep) -> None:
        if device == "/dev/nowhere":
            raise RuntimeError("a bug")

    with virtual_machine(report, baud_rate=BAUD) as machine, pytest.raises(RuntimeError):
        read_bank(wp, ["/dev/nowhere", machine.device], max_wait=10.0, on_step=step)
    assert [read.complete for read in list_reads(wp)] == [True]

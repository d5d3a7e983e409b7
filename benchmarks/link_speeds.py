"""How long a read takes at 2400, 9600 and 115200 baud over both links, against what it has to take.

The least: every byte of the trace at the speed of its moment, the machine's shortest answers, and
the pauses that the standard asks for (EVA-DTS 6.2.2 ch. 3 and 4, tables of times).
"""

import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from cvd_desktop.devices.link_runner import RunResult, run_link
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.link.byte_trace import MACHINE, READER
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_machine_table import DdcmpMachineSettings
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity, DdcmpSettings
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.outputs import ProtocolMachine, Received


class Line(NamedTuple):
    link: str
    baud_rate: int
    size: int  # bytes of the report: about eight seconds of the line


LINES = tuple(
    Line(link, baud_rate, size)
    for link in ("dexucs", "ddcmp")
    for baud_rate, size in ((2400, 1500), (9600, 5500), (115_200, 14_000))
)

_ANSWER = {"dexucs": 0.010, "ddcmp": DdcmpMachineSettings().turnaround}
"""The virtual machine answers no earlier; the standard lets a DDCMP machine wait for 0.040."""
_TURN = {"dexucs": 0.010, "ddcmp": 0.040}  # the reader waits so long before it speaks
_SESSION_PAUSE = 0.100  # before the second and before the third session of DEX/UCS


def run() -> tuple[float, float]:
    """(seconds of the read that is furthest from its least, that least)."""
    measured = [read_once(line) for line in LINES]
    for line, (seconds, least) in zip(LINES, measured, strict=True):
        print(f"   {line.link} {line.baud_rate}: {seconds:.2f} s, least {least:.2f} s")
    return max(measured, key=lambda pair: pair[0] / pair[1])


def read_once(line: Line) -> tuple[float, float]:
    """Seconds of a read over a pty, each block on disk before its answer; and the least."""
    report = sample_report(line.size)
    with (
        virtual_machine(report, link=line.link, baud_rate=line.baud_rate) as machine,
        tempfile.TemporaryFile() as kept,
        open_port(machine.device, line.baud_rate) as port,
    ):

        def store(block: Received) -> None:
            kept.write(block.data)
            kept.flush()
            os.fsync(kept.fileno())

        result = run_link(port, reader(line), store=store)
        kept.seek(0)
        if result.finished is None or kept.read() != report:
            raise RuntimeError(f"the read failed: {line} {result.outcome}")
    return result.seconds, _least(line, result)


def reader(line: Line) -> ProtocolMachine:
    if line.link == "dexucs":
        return DexReader(DexSettings(baud_rate=line.baud_rate))
    settings = DdcmpSettings(start_speed=line.baud_rate, wanted_speed=line.baud_rate)
    told = datetime(2026, 11, 21, 6, 0)  # noqa: DTZ001 - for the machine's own clock
    return DdcmpReader(settings, identity=DdcmpIdentity(at=told))


def sample_report(size: int) -> bytes:
    lines: Iterable[str] = (
        f"PA1*{row:02}{column}*{100 + 5 * row}*PRODUCT {row:03}\r\n"
        f"PA2*{row * 37}*{row * 4120}*{row}*{row * 110}\r\n"
        for row in range(1, 90)
        for column in "ABCD"
    )
    return "".join(lines).encode()[:size]


def _least(line: Line, result: RunResult) -> float:
    senders = [sender for _, sender, _ in result.trace]
    turns = list(pairwise(senders))
    count = result.trace.count(READER) + result.trace.count(MACHINE)
    pauses = turns.count((READER, MACHINE)) * _ANSWER[line.link]
    pauses += turns.count((MACHINE, READER)) * _TURN[line.link]
    if line.link == "dexucs":
        pauses += 2 * _SESSION_PAUSE
    return count * 10 / line.baud_rate + pauses

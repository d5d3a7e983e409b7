"""How long a read takes, against the time that its bytes and the standard's pauses need."""

import os
import tempfile
from itertools import pairwise

from cvd_desktop.devices.link_runner import RunResult, run_link
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.link.byte_trace import MACHINE, READER
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.outputs import Received

_BAUD_RATE = 9600
_ANSWER_DELAY = 0.010  # seconds; the machine answers no earlier
_SESSION_PAUSE = 0.100  # before the second and before the third session
_SIZE = 5500


def run() -> tuple[float, float]:
    """(seconds of a read of 5.5 KB over a pty, each block on disk before its answer; ideal)."""
    report = _report()
    with (
        virtual_machine(report, baud_rate=_BAUD_RATE) as machine,
        tempfile.TemporaryFile() as kept,
        open_port(machine.device) as port,
    ):

        def store(block: Received) -> None:
            kept.write(block.data)
            kept.flush()
            os.fsync(kept.fileno())

        result = run_link(port, DexReader(), store=store)
        kept.seek(0)
        if result.finished is None or kept.read() != report:
            raise RuntimeError(f"the read failed: {result.outcome}")
    return result.seconds, _ideal(result)


def _report() -> bytes:
    lines = (
        f"PA1*{row:02}{column}*{100 + 5 * row}*PRODUCT {row:03}\r\n"
        f"PA2*{row * 37}*{row * 4120}*{row}*{row * 110}\r\n"
        for row in range(1, 40)
        for column in "ABCD"
    )
    return "".join(lines).encode()[:_SIZE]


def _ideal(result: RunResult) -> float:
    """Every byte of the trace, the machine's shortest answers, and the two pauses. The 10 ms that
    the standard asks of the reader as well are not counted: they are part of what is measured."""
    senders = [sender for _, sender, _ in result.trace]
    answers = sum(pair == (READER, MACHINE) for pair in pairwise(senders)) - 1
    count = result.trace.count(READER) + result.trace.count(MACHINE)
    return count * 10 / _BAUD_RATE + answers * _ANSWER_DELAY + 2 * _SESSION_PAUSE

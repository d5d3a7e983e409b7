"""A vending machine on a virtual port: serves a report at the pace of a real line, with faults."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cvd_desktop.domain.clock import Clock, system_clock


class VendingModel(Protocol):
    """A machine that sells. `report` is asked once per read, when its data are about to be sent."""

    def report(self, at: datetime) -> bytes: ...

    def read_finished(self, at: datetime) -> None:
        """Called once the reader has acknowledged a whole report, and never before.

        A machine set to AUTO then clears its interval counters.
        """
        ...


@dataclass(frozen=True, slots=True)
class MachineOnPort:
    """A virtual machine that is running in a thread of this process."""

    device: str  # "/dev/pts/4" or "socket://127.0.0.1:40123"


def run_virtual_machine(
    source: bytes | VendingModel,
    *,
    stop: threading.Event,
    on_ready: Callable[[str], None],
    link: str = "dexucs",
    baud_rate: int = 9600,
    faults: Sequence[str] = (),
    tcp_port: int | None = None,
    name: str = "Virtual machine",
    registry: Path | None = None,
    clock: Clock = system_clock,
    on_event: Callable[[str], None] | None = None,
) -> None:
    """Serves read after read until `stop` is set or a fault unplugs it. Blocks.

    `on_ready` is told the device to open. `faults`: texts as in `link.dexucs_faults.FAULTS`
    ("wrong_crc:2"); an unknown one raises UnknownFaultError before anything is opened. `tcp_port`: serve
    on this port of 127.0.0.1 (0: a free one) instead of a pty; always so on Windows. `registry`: a
    folder where the running machine is announced to `port_finder`.
    """
    raise NotImplementedError


@contextmanager
def virtual_machine(
    source: bytes | VendingModel,
    *,
    link: str = "dexucs",
    baud_rate: int = 9600,
    faults: Sequence[str] = (),
    tcp_port: int | None = None,
    name: str = "Virtual machine",
    registry: Path | None = None,
    clock: Clock = system_clock,
    on_event: Callable[[str], None] | None = None,
) -> Iterator[MachineOnPort]:
    """`run_virtual_machine` in a thread of its own for as long as the block lasts."""
    raise NotImplementedError
    yield

"""A DDCMP reader and a virtual machine on a simulated line, at the speed of the machine's START."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_machine import DDCMP_MACHINE_SETTINGS, DdcmpMachine
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from tests.support.dex_lines import LONG_REPORT
from tests.support.fifo_wire import FifoWire, Meddle, leave_alone

Documents = Callable[[int], bytes | None]


def ddcmp_wire(
    *faults: str,
    documents: Documents = lambda _: LONG_REPORT,
    lists: Sequence[int] = (1,),
    reader: dict[str, Any] | None = None,
    machine: dict[str, Any] | None = None,
    meddle: Meddle = leave_alone,
    wire: dict[str, Any] | None = None,
    **asked: Any,
) -> FifoWire:
    """`reader` and `machine`: fields of their settings; `asked`: of DdcmpReader; `wire`: of
    FifoWire."""
    slave = replace(DDCMP_MACHINE_SETTINGS, **(machine or {}))
    return FifoWire(
        DdcmpReader(DdcmpSettings(**(reader or {})), lists=lists, **asked),
        DdcmpMachine(documents, faults=faults, settings=slave),
        meddle,
        baud_rate=slave.start_speed,
        **(wire or {}),
    )

"""What the Read screen asks of the read service, and the call itself in the machine lane."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import ReadStep, ReadSummary
from cvd_desktop.ui.read_view import ReadProgress, advance

if TYPE_CHECKING:
    from cvd_shared.wire_records import MachineRecord

MAX_WAIT = 60.0  # seconds that a machine may stay silent


def asks_for_codes(error: BaseException | None) -> bool:
    """Whether a read failed because the machine wants other pass codes."""
    return isinstance(error, Problem) and error.values.get("response") == "codes"


class ReadOutcome(Protocol):
    """What the service makes of a read: what was kept, and why it did not end well."""

    @property
    def read(self) -> ReadSummary | None: ...
    @property
    def problem(self) -> Problem | None: ...


class ReadMachine(Protocol):
    """services.read_machine bound to the workplace."""

    def __call__(
        self,
        port: str,
        *,
        purpose: str,
        machine_id: str | None,
        asset_number: str | None,
        link: str,
        max_wait: float,
        on_step: Callable[[ReadStep], None],
        cancelled: threading.Event,
    ) -> ReadOutcome: ...


def run_read(
    read_machine: ReadMachine,
    port: str,
    purpose: str,
    machine: MachineRecord | None,
    link: str,
    stop: threading.Event,
    report: Callable[[ReadProgress], None],
) -> ReadOutcome:
    """Read, and fold every step into what is shown of it."""
    progress = ReadProgress()

    def on_step(step: ReadStep) -> None:
        nonlocal progress
        progress = advance(progress, step)
        report(progress)

    return read_machine(
        port,
        purpose=purpose,
        machine_id=machine.id if machine else None,
        asset_number=machine.asset_number if machine else None,
        link=link,
        max_wait=MAX_WAIT,
        on_step=on_step,
        cancelled=stop,
    )

"""What the write panel of the Bench asks of the services; the application binds them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cvd_desktop.domain.write_records import (
        PlanWarning,
        Wanted,
        WriteOutcome,
        WritePlan,
        WriteStep,
    )


class PlanWrite(Protocol):
    """services.write_machine.plan_machine_write bound to the workplace."""

    def __call__(
        self,
        port: str,
        wanted: Wanted,
        *,
        machine_id: str | None,
        asset_number: str | None,
        on_step: Callable[[WriteStep], None],
        cancelled: threading.Event,
    ) -> WritePlan: ...


class WriteMachine(Protocol):
    """services.write_machine.write_machine bound to the workplace."""

    def __call__(
        self,
        port: str,
        plan: WritePlan,
        *,
        on_step: Callable[[WriteStep], None],
        cancelled: threading.Event,
    ) -> WriteOutcome: ...


@dataclass(frozen=True, slots=True)
class WriteServices:
    """Look and preview, then send and prove."""

    plan: PlanWrite
    write: WriteMachine
    warning: Callable[[PlanWarning], str]
    """A warning of the plan in a sentence."""

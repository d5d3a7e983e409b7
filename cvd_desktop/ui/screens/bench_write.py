"""What the write panel of the Bench asks of the services, and how what is typed is understood."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cvd_desktop.domain.write_records import Wanted, WriteOutcome, WritePlan, WriteStep

_BETWEEN = re.compile(r"[;\n]|,\s+|,(?=[^,;=]+=)")
_PAIR = re.compile(r"\s*(\S[^=]*?)\s*=\s*(\S.*?)\s*")


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
        on_bytes: Callable[[float, str, bytes], None],
        cancelled: threading.Event,
    ) -> WriteOutcome: ...


@dataclass(frozen=True, slots=True)
class WriteServices:
    """Look and preview, then send and prove."""

    plan: PlanWrite
    write: WriteMachine


def parse_pairs(text: str) -> dict[str, str] | str:
    """The pairs of "10=1.50, 11=1.60"; a comma inside a price has neither a blank nor another
    pair behind it. What cannot be understood, or stands twice, comes back as the odd text."""
    found: dict[str, str] = {}
    for part in _BETWEEN.split(text):
        if not part.strip():
            continue
        pair = _PAIR.fullmatch(part)
        if pair is None or pair[1] in found:
            return part.strip()
        found[pair[1]] = pair[2]
    return found

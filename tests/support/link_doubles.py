"""Ends of a line for tests: a machine switched on late, and a reader that plays a script."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Output,
    Party,
    Phase,
    Progress,
    ProtocolMachine,
    Send,
)


class SwitchedOnLate:
    """Is deaf and mute until `at` (seconds on the wire's clock), and then `machine`."""

    def __init__(self, machine: ProtocolMachine, at: float) -> None:
        self._machine = machine
        self._at = at
        self._on = False

    @property
    def deadline(self) -> float | None:
        return self._machine.deadline if self._on else self._at

    def start(self, now: float) -> list[Output]:
        return []

    def receive(self, data: bytes, now: float) -> list[Output]:
        return self._machine.receive(data, now) if self._on else []

    def tick(self, now: float) -> list[Output]:
        if self._on:
            return self._machine.tick(now)
        self._on = True
        return self._machine.start(now)

    def cancel(self, now: float) -> list[Output]:
        return self._machine.cancel(now) if self._on else []


@dataclass
class ScriptedReader:
    """Says `call` once a second; `answers` tells what it gives out when it hears something."""

    call: bytes
    answers: Mapping[bytes, list[Output]] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    cancelled: bool = False
    _next: float = 0.0

    @property
    def deadline(self) -> float | None:
        return self._next

    def start(self, now: float) -> list[Output]:
        return self.tick(now)

    def tick(self, now: float) -> list[Output]:
        self._next = now + 1.0
        return [Progress(Phase.ANSWER), Send(self.call)]

    def receive(self, data: bytes, now: float) -> list[Output]:
        self.heard.append(data)
        return list(self.answers.get(data, []))

    def cancel(self, now: float) -> list[Output]:
        self.cancelled = True
        return [Failed(FailureCode.CANCELLED, Party.PERSON)]

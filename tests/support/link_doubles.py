"""Ends of a line for tests: a machine switched on late, and a reader that plays a script."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Output,
    Party,
    Phase,
    Progress,
    ProtocolMachine,
    Received,
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


class KilledAndReplaced:
    """A reader whose process dies when it has obeyed `dies_after` outputs; after `pause` seconds
    another one calls the same machine. `documents`: what each of the two has stored."""

    def __init__(self, make: Callable[[], ProtocolMachine], dies_after: int, pause: float) -> None:
        self._readers = [make(), make()]
        self._left = dies_after
        self._pause = pause
        self._second_at: float | None = None
        self._second_on = False
        self.documents = [bytearray(), bytearray()]
        self.whole = [False, False]

    @property
    def deadline(self) -> float | None:
        if self._second_at is not None and not self._second_on:
            return self._second_at
        return self._readers[self._second_on].deadline

    def start(self, now: float) -> list[Output]:
        return self._obeyed(self._readers[0].start(now), now)

    def receive(self, data: bytes, now: float) -> list[Output]:
        if self._second_at is not None and not self._second_on:
            return []
        return self._obeyed(self._readers[self._second_on].receive(data, now), now)

    def tick(self, now: float) -> list[Output]:
        if self._second_at is not None and not self._second_on:
            self._second_on = True
            return self._obeyed(self._readers[1].start(now), now)
        return self._obeyed(self._readers[self._second_on].tick(now), now)

    def cancel(self, now: float) -> list[Output]:
        return self._readers[self._second_on].cancel(now)

    def _obeyed(self, outputs: list[Output], now: float) -> list[Output]:
        out: list[Output] = []
        for output in outputs:
            if not self._second_on:
                if self._left == 0:
                    self._second_at = now + self._pause
                    break
                self._left -= 1
            if isinstance(output, Received):
                self.documents[self._second_on] += output.data
                self.whole[self._second_on] |= output.last
            out.append(output)
        return out


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

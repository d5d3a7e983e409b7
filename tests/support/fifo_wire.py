"""Two protocol machines on a wire that keeps the order, under a clock that only tests move."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from cvd_desktop.devices.mistimed_bytes import misheard
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    Progress,
    ProtocolMachine,
    Received,
    Send,
    SetBaudRate,
)

Pieces = list[tuple[float, bytes]]
"""What becomes of one sending: pieces with the delay of each, in order; [] when it is lost."""

Meddle = Callable[[str, bytes], Pieces]
"""Called with the sender, "R" or "M", and what it sends."""


_LAST_WORDS = 3.0
"""Seconds that a machine is listened to when its reader is dead."""


class Hang(AssertionError):  # noqa: N818 - it is a verdict
    """Neither side ended within the limit."""


def leave_alone(_sender: str, data: bytes) -> Pieces:
    return [(0.0, data)]


@dataclass
class WireRun:
    """What happened. `whole_when_completed`: at each moment when the machine had the last
    acknowledgement, whether the store held the last block. `written`: what the machine took."""

    end: Finished | Failed | None = None
    stored: list[bytes] = field(default_factory=list)
    has_last: bool = False
    completed: int = 0
    machine_ends: list[Finished | Failed] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)
    whole_when_completed: list[bool] = field(default_factory=list)
    sent: list[tuple[float, str, bytes]] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def document(self) -> bytes:
        return b"".join(self.stored)

    @property
    def failed(self) -> Failed:
        assert isinstance(self.end, Failed), self.end
        return self.end

    @property
    def finished(self) -> Finished:
        assert isinstance(self.end, Finished), self.end
        return self.end

    def bytes_of(self, sender: str) -> bytes:
        return b"".join(data for _, who, data in self.sent if who == sender)


class FifoWire:
    def __init__(
        self,
        reader: ProtocolMachine,
        machine: ProtocolMachine,
        meddle: Meddle = leave_alone,
        *,
        store_seconds: Callable[[], float] = lambda: 0.0,
        dies_after: int | None = None,
        limit: float = 3600.0,
        baud_rate: int = 9600,
        chunk: int | None = None,
    ) -> None:
        """`dies_after`: the reader's process is killed when it has obeyed so many outputs.
        `chunk`: at most so many bytes arrive at a time, as from an adapter; else whole sendings.

        Both ends begin at `baud_rate`; what is sent at one speed and heard at another is rubbish.
        """
        self._sides: dict[str, ProtocolMachine] = {"R": reader, "M": machine}
        self._meddle = meddle
        self._store_seconds = store_seconds
        self._dies_after = dies_after
        self._limit = limit
        self._now = 0.0
        self._busy_until = 0.0  # the reader's thread is in the store
        self._free_at = {"R": 0.0, "M": 0.0}
        self._died_at = 0.0
        self._chunk = chunk
        self._speed = {"R": baud_rate, "M": baud_rate}
        self._flying: list[tuple[float, int, str, bytes, int]] = []
        self._number = count()
        self.run = WireRun()

    def play(self) -> WireRun:
        """Until the reader has ended, or is dead and the machine has said what it still had to say.
        Raises Hang."""
        self._obey("M", self._sides["M"].start(self._now))
        self._obey("R", self._sides["R"].start(self._now))
        for _ in range(200_000):
            if self.run.end is not None or (self._is_dead() and self._is_over()):
                self.run.seconds = self._now
                return self.run
            self._step()
        raise Hang("200,000 steps")

    def _step(self) -> None:
        due = {side: machine.deadline for side, machine in self._sides.items()}
        if self._is_dead():
            due["R"] = None
        times = [time for time in due.values() if time is not None]
        if self._flying:
            times.append(self._flying[0][0])
        if not times or min(times) > self._limit:
            raise Hang(f"nothing within {self._limit} s; deadlines {due}")
        self._now = max(self._now, min(times))
        if self._flying and self._flying[0][0] <= self._now:
            _, _, to, data, speed = heapq.heappop(self._flying)
            if to == "R" and self._is_dead():
                return
            heard = misheard(data, speed, self._speed[to])
            if heard:
                self._obey(to, self._sides[to].receive(heard, self._time_of(to)))
            return
        for side, time in due.items():
            if time is not None and time <= self._now:
                self._obey(side, self._sides[side].tick(self._time_of(side)))

    def _time_of(self, side: str) -> float:
        return max(self._now, self._busy_until) if side == "R" else self._now

    def _is_over(self) -> bool:
        """A machine whose reader is gone has answered what it heard, or will never do so."""
        silent = not self._flying and self._sides["M"].deadline is None
        return silent or self._now >= self._died_at + _LAST_WORDS

    def _is_dead(self) -> bool:
        return self._dies_after == 0

    def _obey(self, side: str, outputs: list[Output]) -> None:
        for output in outputs:
            if side == "R" and self._dies_after is not None:
                if self._is_dead():
                    return
                self._dies_after -= 1
                self._died_at = self._now
            match output:
                case Send(data):
                    self._send(side, data)
                case SetBaudRate(baud_rate):
                    self._speed[side] = baud_rate
                case _ if side == "M":
                    self._machine_says(output)
                case _:
                    self._reader_says(output)
            if self.run.end is not None and side == "R":
                return

    def _machine_says(self, output: Output) -> None:
        run = self.run
        match output:
            case Received(data):
                run.written.append(data)
            case Finished():
                run.machine_ends.append(output)
                run.completed += 1
                run.whole_when_completed.append(run.has_last)
            case Failed(FailureCode.PORT_GONE):
                run.end = run.end or output
            case Failed():
                run.machine_ends.append(output)
            case _:
                pass

    def _reader_says(self, output: Output) -> None:
        match output:
            case Received(data, last):
                self.run.stored.append(data)
                self.run.has_last = self.run.has_last or last
                self._busy_until = self._time_of("R") + self._store_seconds()
            case Progress():
                self.run.progress.append(output)
            case Finished() | Failed():
                self.run.end = output
            case _:
                pass

    def _send(self, side: str, data: bytes) -> None:
        start = self._time_of(side)
        self.run.sent.append((start, side, data))
        speed = self._speed[side]
        to = "M" if side == "R" else "R"
        for delay, piece in self._meddle(side, data):
            self._free_at[side] = max(start, self._free_at[side]) + delay
            step = self._chunk or len(piece) or 1
            for at in range(0, len(piece), step):
                part = piece[at : at + step]
                arrival = self._free_at[side] + len(part) * 10 / speed
                self._free_at[side] = arrival
                heapq.heappush(self._flying, (arrival, next(self._number), to, part, speed))

"""Proves a cable without a machine: a jumper joins its two wires, and what is sent must come back.

Nothing is sent that means anything in DEX or DDCMP, and nothing at all once somebody else speaks.
"""

import statistics
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from cvd_desktop.devices.port import Port
from cvd_desktop.domain.clock import Monotonic, system_monotonic

SPEEDS = (9600, 2400, 19_200, 57_600, 115_200)  # the first is that of the DEX jack
LISTEN_SECONDS = 1.2  # a machine that is first master sends ENQ once a second

_PROTOCOL = bytes(range(0x01, 0x06)) + bytes((0x10, 0x15, 0x16, 0x17, 0x77, 0x81, 0x88, 0x90, 0x99))
_ALPHABET = bytes(byte for byte in range(256) if byte not in _PROTOCOL)
PATTERN = bytes(_ALPHABET[n * 89 % len(_ALPHABET)] for n in range(len(_ALPHABET)))
"""Each allowed byte once, neighbours unlike: 89 divides no length that there is."""

PROBE = b"\xaa"  # as many changes of level as there can be
_PROBES = 3
_PATIENCE = 0.3  # seconds of silence after the line has had time for everything
_PIECE = 0.1  # the longest wait between two looks at `cancelled`
_STRANGE_MAX = 32  # bytes of what somebody else said


class LoopBackVerdict(StrEnum):
    RIGHT = "right"
    SILENT = "silent"  # nothing comes back: jumper missing, or one of the two wires is broken
    DAMAGED = "damaged"
    OTHER = "other"  # somebody else answers: a machine is connected
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class SpeedResult:
    """How many bytes of those sent at one speed came back as they were."""

    baud_rate: int
    sent: int
    right: int


@dataclass(frozen=True, slots=True)
class LoopBackResult:
    """`round_trip_ms`: one byte out and back, the middle one of those tried at the first speed."""

    verdict: LoopBackVerdict
    speeds: tuple[SpeedResult, ...] = ()
    round_trip_ms: float | None = None
    heard: bytes = b""  # what somebody else said, its beginning

    @property
    def sent(self) -> int:
        return sum(speed.sent for speed in self.speeds)

    @property
    def right(self) -> int:
        return sum(speed.right for speed in self.speeds)


def loop_back_test(
    port: Port,
    seconds: float = 8.0,
    *,
    speeds: Sequence[int] = SPEEDS,
    slack: float = 0.0,
    cancelled: threading.Event | None = None,
    monotonic: Monotonic = system_monotonic,
    on_speed: Callable[[SpeedResult], None] | None = None,
) -> LoopBackResult:
    """Listen, then send single bytes and a pattern at each of `speeds` (bits per second).

    `seconds` is the limit of it all: speeds for which no time is left are not tried. `slack` is
    what the adapter may take longer, in seconds. The port keeps the last speed. Raises PortError
    when it is unplugged.
    """
    test = _Test(
        port=port,
        patience=_PATIENCE + slack,
        cancelled=cancelled or threading.Event(),
        monotonic=monotonic,
        deadline=monotonic() + seconds,
    )
    return test.run(speeds, on_speed or (lambda _: None))


class _Stopped(Exception):  # noqa: N818 - it ends the test, it is no error
    def __init__(self, verdict: LoopBackVerdict, heard: bytes = b"") -> None:
        self.verdict = verdict
        self.heard = heard


class _Test:
    def __init__(
        self,
        port: Port,
        patience: float,
        cancelled: threading.Event,
        monotonic: Monotonic,
        deadline: float,
    ) -> None:
        self._port = port
        self._patience = patience
        self._cancelled = cancelled
        self._now = monotonic
        self._deadline = deadline
        self._done: list[SpeedResult] = []
        self._trips: list[float] = []
        self._last = 0.0  # when the last byte was heard

    def run(self, speeds: Sequence[int], on_speed: Callable[[SpeedResult], None]) -> LoopBackResult:
        verdict, heard = LoopBackVerdict.RIGHT, b""
        try:
            self._listen()
            for baud_rate in speeds:
                if self._done and self._now() + self._time_of(baud_rate) > self._deadline:
                    break
                self._done.append(self._at(baud_rate))
                on_speed(self._done[-1])
                if self._done[0].right == 0:
                    break
        except _Stopped as stop:
            verdict, heard = stop.verdict, stop.heard[:_STRANGE_MAX]
        if verdict is LoopBackVerdict.RIGHT and any(one.right < one.sent for one in self._done):
            verdict = LoopBackVerdict.DAMAGED
        trip = statistics.median(self._trips) * 1000 if self._trips else None
        return LoopBackResult(verdict, tuple(self._done), trip, heard)

    def _listen(self) -> None:
        heard = self._hear(1, LISTEN_SECONDS)
        if heard:
            raise _Stopped(LoopBackVerdict.OTHER, heard)

    def _at(self, baud_rate: int) -> SpeedResult:
        self._port.set_baud_rate(baud_rate)
        probes = [self._probed(baud_rate) for _ in range(_PROBES)]
        if not self._done and not any(probes):
            raise _Stopped(LoopBackVerdict.SILENT)
        right = sum(PROBE in heard for heard in probes)
        if right == 0:  # the pattern is for a jumper, not for what else may be there
            return SpeedResult(baud_rate, _PROBES, 0)
        heard = self._sent(PATTERN, baud_rate)
        right += _right(PATTERN, heard)
        return SpeedResult(baud_rate, _PROBES + len(PATTERN), right)

    def _probed(self, baud_rate: int) -> bytes:
        before = self._now()
        heard = self._sent(PROBE, baud_rate)
        if heard == PROBE and not self._done:
            self._trips.append(self._last - before)
        return heard

    def _sent(self, data: bytes, baud_rate: int) -> bytes:
        """What comes back of `data`, with what came along with it."""
        self._port.write(data)
        heard = self._hear(len(data), 10 * len(data) / baud_rate + self._patience)
        if _is_foreign(data, heard):
            raise _Stopped(LoopBackVerdict.OTHER, heard)
        return heard

    def _hear(self, size: int, patience: float) -> bytes:
        """At least `size` bytes, fewer when it is silent for `patience` seconds."""
        until = self._now() + patience
        heard = b""
        self._last = self._now()
        while len(heard) < size:
            if self._cancelled.is_set():
                raise _Stopped(LoopBackVerdict.CANCELLED)
            left = until - self._now()
            if left <= 0:
                break
            more = self._port.read(min(left, _PIECE))
            if more:
                heard += more
                self._last = self._now()
                until = self._last + patience
        return heard

    def _time_of(self, baud_rate: int) -> float:
        return 10 * (len(PATTERN) + _PROBES) / baud_rate + self._patience


def _right(sent: bytes, heard: bytes) -> int:
    """Bytes that came back as they were and in their order, whatever was lost between them."""
    if sent == heard:
        return len(sent)
    blocks = SequenceMatcher(None, sent, heard, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def _is_foreign(sent: bytes, heard: bytes) -> bool:
    """More than was sent, or something else, with a byte in it that only a machine says."""
    rest = heard[len(sent) :] if heard.startswith(sent) else heard
    others = len(heard) > len(sent) or _right(sent, heard) == 0
    return others and any(byte in _PROTOCOL for byte in rest)

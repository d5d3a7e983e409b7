"""What a decoded trace is made of: steps, their marks, and the byte streams they are cut from."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, pairwise

from cvd_desktop.link.byte_trace import Entry

Span = tuple[int, int]
"""From and to (not included), in bytes of the step."""

CUT_AFTER = 0.25  # seconds of silence inside a frame after which its rest is taken as lost
_SLOWEST_BYTE = 0.006  # seconds; bytes further apart than this have an entry of their own
_PASS_CODES = re.compile(rb"SD1\*([^*\r\n]*)(?:\*([^*\r\n]*))?")


def code_spans(text: bytes) -> list[Span]:
    """Where a report changes pass codes: the first two elements of SD1 (ch. 6.1.6)."""
    return [
        found.span(group)
        for found in _PASS_CODES.finditer(text)
        for group in (1, 2)
        if found.group(group)
    ]


SILENT = frozenset({"noise", "filler", "other_call", "echo"})
"""Codes of steps that are no turn of this conversation."""


class Crc(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"  # the step carries none


class Timing(StrEnum):
    """How a step keeps to the limits of its protocol (notes of the standard: timers)."""

    FREE = "free"  # within the limits, or none holds here
    EARLY = "early"  # the other end may not be listening yet
    LATE = "late"  # the other end may have given up
    SLOW = "slow"  # a pause inside the frame is longer than allowed


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One frame, one control character, or noise. Times are seconds since the trace began.

    `session` is "1", "2", "3" on DEX/UCS and "start", "who", "read", "write", "finish" and so on on
    DDCMP; `band` numbers its repetitions: steps of one band stand together. `code` and `values` say
    what the step means; services/trace_words.py has the words. `gap` is in milliseconds from the
    end of the step before; `limit` is what `timing` was measured against, in milliseconds.
    """

    at: float
    until: float  # of its last byte, as far as speed and neighbours tell
    sender: str
    data: bytes
    place: int  # of its first byte among all bytes of this sender
    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    session: str = ""
    band: int = 0
    crc: Crc = Crc.NONE
    controls: tuple[Span, ...] = ()
    crcs: tuple[Span, ...] = ()
    secrets: tuple[Span, ...] = ()  # pass codes: not to be shown, nor to leave this computer
    gap: float = 0.0
    retry: bool = False
    timing: Timing = Timing.FREE
    limit: int = 0


@dataclass(slots=True)
class Unit:
    """A step in the making: bytes `start` to `end` of a stream, and what they are alone."""

    sender: str
    start: int
    end: int
    code: str
    values: dict[str, str | int] = field(default_factory=dict)
    crc: Crc = Crc.NONE
    controls: tuple[Span, ...] = ()
    crcs: tuple[Span, ...] = ()
    secrets: tuple[Span, ...] = ()
    data: bytes = b""
    at: float = 0.0
    until: float = 0.0
    order: int = 0  # number of the entry in which it begins
    byte_seconds: float = 10 / 9600
    session: str = ""
    band: int = 0
    gap: float = 0.0
    retry: bool = False
    timing: Timing = Timing.FREE
    limit: int = 0

    def mark(self, timing: Timing, limit: float) -> None:
        """`limit` in seconds."""
        self.timing, self.limit = timing, round(limit * 1000)

    def step(self) -> TraceStep:
        return TraceStep(
            self.at,
            self.until,
            self.sender,
            self.data,
            self.start,
            self.code,
            self.values,
            self.session,
            self.band,
            self.crc,
            self.controls,
            self.crcs,
            self.secrets,
            self.gap,
            self.retry,
            self.timing,
            self.limit,
        )


class ByteStream:
    """All bytes of one sender in a row; knows when each came and where a pause was."""

    def __init__(self, entries: Sequence[Entry], sender: str) -> None:
        self.sender = sender
        self.data = b"".join(data for _, who, data in entries if who == sender)
        self._starts: list[int] = []
        self._orders: list[int] = []
        self._times: list[float] = []
        self._pauses: dict[int, float] = {}  # place -> seconds of certain silence before it
        self._cuts: list[int] = []
        place = size = 0
        for order, (at, who, data) in enumerate(entries):
            if who != sender or not data:
                continue
            if self._starts:
                pause = at - self._times[-1] - (size - 1) * _SLOWEST_BYTE
                self._pauses[place] = pause
                if pause > CUT_AFTER:
                    self._cuts.append(place)
            self._starts.append(place)
            self._orders.append(order)
            self._times.append(at)
            place += len(data)
            size = len(data)

    def entry(self, place: int) -> int:
        """Which entry of the trace the byte belongs to."""
        return self._orders[bisect_right(self._starts, place) - 1]

    def time(self, place: int, byte_seconds: float) -> float:
        """When the byte began, had its entry been sent without a pause."""
        n = bisect_right(self._starts, place) - 1
        at = self._times[n] + (place - self._starts[n]) * byte_seconds
        return min(at, self._times[n + 1]) if n + 1 < len(self._times) else at

    def next_cut(self, place: int) -> int:
        """Where the first long silence after this byte ends; the end of the data if there is none.
        A frame does not go on over it."""
        n = bisect_right(self._cuts, place)
        return self._cuts[n] if n < len(self._cuts) else len(self.data)

    def longest_pause(self, start: int, end: int) -> float:
        """Seconds of the longest certain silence between these bytes, 0 where there was none."""
        first = bisect_right(self._starts, start)
        last = bisect_right(self._starts, end - 1)
        return max((self._pauses[place] for place in self._starts[first:last]), default=0.0)

    def noise(self, start: int, end: int) -> list[Unit]:
        """Bytes without sense: one unit as long as nobody else spoke in between."""
        first_entry = bisect_right(self._starts, start)
        places = [start, *self._starts[first_entry : bisect_left(self._starts, end)]]
        numbered = [(place, self.entry(place) - n) for n, place in enumerate(places)]
        firsts = [next(group)[0] for _, group in groupby(numbered, key=lambda each: each[1])]
        ends = [*firsts[1:], end]
        return [
            Unit(self.sender, first, last, "noise", {"bytes": last - first})
            for first, last in zip(firsts, ends, strict=True)
        ]


def in_order(units: list[Unit], streams: Mapping[str, ByteStream]) -> list[Unit]:
    """The units of both senders as they followed one another."""
    for unit in units:
        unit.order = streams[unit.sender].entry(unit.start)
        unit.data = streams[unit.sender].data[unit.start : unit.end]
    units.sort(key=lambda unit: (unit.order, unit.start))
    return units


def clock_units(units: Sequence[Unit], streams: Mapping[str, ByteStream]) -> None:
    """Times of units in order, and the gaps between them; no unit ends after the next one begins.

    A sender's bytes are noted when they are handed over, so the time on the wire is added where
    there is room for it.
    """
    for unit in units:
        stream = streams[unit.sender]
        unit.at = stream.time(unit.start, unit.byte_seconds)
        unit.until = stream.time(unit.end - 1, unit.byte_seconds) + unit.byte_seconds
    for before, unit in pairwise(units):
        before.until = max(before.at, min(before.until, unit.at))
        unit.gap = max(0.0, (unit.at - before.until) * 1000)


def mark_times(
    units: Sequence[Unit],
    streams: Mapping[str, ByteStream],
    gap: float,
    mark_time: Callable[[Unit, Unit], None],
) -> None:
    """Mark what came too early, too late or with pauses of more than `gap` seconds in it.

    `mark_time` compares a unit with the one before it.
    """
    before: Unit | None = None
    for unit in units:
        if unit.code in SILENT:
            continue
        if before is not None:
            mark_time(unit, before)
        pause = streams[unit.sender].longest_pause(unit.start, unit.end)
        if unit.timing is Timing.FREE and pause > gap:
            unit.mark(Timing.SLOW, gap)
        before = unit

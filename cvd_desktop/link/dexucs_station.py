"""What both ends of a DEX/UCS line share: settings, events, timers, and how a table is obeyed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from cvd_desktop.link.dexucs_frames import (
    CONTROL_BYTES,
    BadFrame,
    Control,
    Damage,
    Frame,
    FrameParser,
    LineEvent,
)
from cvd_desktop.link.outputs import Output, Phase, Send


@dataclass(frozen=True, slots=True)
class DexSettings:
    """Seconds, counts and names. Times are those of the standard unless a comment says more."""

    communication_id: str = "CVD0000001"  # ten characters; machines keep it in EA304 and EA307
    revisions: tuple[str, ...] = ("R01L01", "R00L06")  # in this order: old machines know only one
    max_wait: float = 60.0  # for the machine to show itself
    session_wait: float = 60.0  # for its next session; the standard has no limit there
    baud_rate: int = 9600
    enq_interval: float = 1.0
    answer_limit: float = 1.0  # timer A
    session_limit: float = 2.2  # timer D with some slack
    gap: float = 0.25  # timer B is 0.1; USB adapters and slow machines need more
    first_block_waits: int = 4  # so many session limits for a machine that collects its data; ours
    answer_delay: float = 0.010  # no answer comes earlier
    session_pause: float = 0.1
    wack_pause: float = 0.3  # 0.1 to 0.5
    busy_pause: float = 2.0  # after code 03; ours
    block_tries: int = 5  # this and the next two: ours, the standard has none
    handshake_tries: int = 3
    enq_tries: int = 10  # in a session; the hunt for a machine ends with max_wait
    most_handshakes: int = 12  # without a block after them: a machine that begins for ever
    longest_report: int = 1 << 20  # bytes
    most_noise: int = 1 << 14  # bytes in a session without anything that means something
    most_block: int = 1 << 12  # text bytes without an end: what sends them will not stop
    most_steps: int = 1000  # events without a new handshake or block


class Event(StrEnum):
    ENQ = "ENQ"
    EOT = "EOT"
    NAK = "NAK"
    ACK0 = "ACK0"
    ACK1 = "ACK1"
    WACK = "WACK"
    HANDSHAKE = "handshake"  # a good SOH frame
    BLOCK = "block"  # a good STX frame
    BAD = "bad frame"
    TIMEOUT = "time-out"


S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Rest:
    """How long a state lasts without an event: a field of DexSettings, or for ever."""

    limit: str | None
    renewed: bool  # by every byte of a frame, and by whatever means something
    phase: Phase
    meaning: str


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """An action (a method, with an underscore in front) and the state after it."""

    action: str
    then: S
    why: str


_SURELY = 0.93
"""Of timer A: an adapter may tell of a byte a little late, and never too early."""

_ECHO_ROOM = 64
"""So many bytes of each side are kept to compare them."""

_ENQ = CONTROL_BYTES[Control.ENQ]  # two that call at the same time are no echo
EOT_BYTE = CONTROL_BYTES[Control.EOT]


class DexStation(Generic[S]):
    """Turns bytes and time into events, events into actions. Knows no rule of its own.

    An action returns the next state, or None for the one that the table names.
    """

    states: dict[S, Rest]
    table: dict[S, dict[Event, Rule[S]]]
    over: S

    def __init__(self, settings: DexSettings, state: S) -> None:
        self._settings = settings
        self._state = state
        self._parser = FrameParser()
        self._now = 0.0
        self._out: list[Output] = []
        self._timer: float | None = None
        self._heard_at = 0.0
        self._spoke_at = 0.0
        self._at_once = settings.answer_limit / 2  # who waits for a lost answer takes longer
        self._pause: float | None = None  # from our last word to the first byte after it, at least
        self._frame_at = 0.0  # the end of the last frame that was heard
        self._waited = 0.0  # from that to the first byte after our last word
        self._meant_at = 0.0  # when something that meant something was heard
        self._silence = 0.0  # between that and what is being obeyed now
        self._first_said = bytearray()  # to notice a line that gives back what we say
        self._first_heard = bytearray()
        self._answer: bytes | None = None
        self._answer_at = 0.0
        self._event = Event.TIMEOUT
        self._frame = Frame(True, b"", True)
        self._damage = Damage.CRC
        self._heard = 0  # bytes, ever
        self._noise = 0  # bytes since something that meant something

    @property
    def state(self) -> S:
        return self._state

    @property
    def deadline(self) -> float | None:
        """When `tick` is due."""
        if self._state is self.over:
            return None
        times = [self._timer]
        if self._parser.waiting:
            times.append(self._heard_at + self._settings.gap)
        if self._answer is not None and not self._parser.in_frame:
            times.append(self._answer_at)
        return min((time for time in times if time is not None), default=None)

    def receive(self, data: bytes, now: float) -> list[Output]:
        if self._state is self.over or not data:
            return []
        self._now = self._heard_at = now
        if self._pause is None:
            begun = now - len(data) * 10 / self._settings.baud_rate
            self._pause, self._waited = begun - self._spoke_at, begun - self._frame_at
        self._heard += len(data)
        self._noise += len(data)
        self._first_heard += data[: _ECHO_ROOM - len(self._first_heard)]
        events = self._parser.feed(data)
        if self.states[self._state].renewed and (events or self._parser.in_frame):
            self._start_timer()  # noise keeps no session alive
        for event in events:
            self._handle(event)
        if self._noise > self._settings.most_noise:
            self._noise = 0
            self._drowned()
        return self._taken()

    def tick(self, now: float) -> list[Output]:
        """An answer waits until the other side has said what it has begun: half duplex."""
        self._now = now
        if self._parser.waiting and now >= self._heard_at + self._settings.gap:
            damage = self._parser.pause()
            if damage:
                self._handle(damage)
        if self._answer is not None and now >= self._answer_at and not self._parser.in_frame:
            self._send_answer()
        if self._timer is not None and now >= self._timer:
            self._timer = None
            self._act(Event.TIMEOUT)
        return self._taken()

    def _drowned(self) -> None:
        """Called when nothing but noise is heard."""

    def _handle(self, event: LineEvent) -> None:
        match event:
            case Control():
                self._act(Event(event.value))
            case BadFrame():
                self._damage = event.damage
                self._act(Event.BAD)
            case Frame():
                self._frame = event
                self._act(self._kind_of(event))
                self._frame_at = self._heard_at

    def _kind_of(self, frame: Frame) -> Event:
        return Event.HANDSHAKE if frame.handshake else Event.BLOCK

    def _act(self, event: Event) -> None:
        rule = self.table.get(self._state, {}).get(event)
        if rule is None:
            return
        self._event = event
        if event is not Event.TIMEOUT:
            self._noise = 0
            self._silence, self._meant_at = self._now - self._meant_at, self._now
        chosen: S | None = getattr(self, f"_{rule.action}")()
        self._enter(chosen or rule.then)

    def _enter(self, state: S) -> None:
        if self._state is self.over:
            return
        before, self._state = self._state, state
        if state is self.over:
            self._timer = self._answer = None
        elif state is not before or self._timer is None:
            self._start_timer()

    def _start_timer(self, seconds: float | None = None) -> None:
        rest = self.states.get(self._state)
        if seconds is None and rest and rest.limit:
            seconds = getattr(self._settings, rest.limit)
        self._timer = None if seconds is None else self._now + seconds

    @property
    def _echoes(self) -> bool:
        """All that was ever heard is what we said ourselves: a jumper, or an adapter's echo."""
        heard = self._first_heard
        return bool(heard.strip(_ENQ)) and self._first_said.startswith(heard)

    def _was_heard(self) -> bool:
        """Whether what came now began after our last answer, and too soon for who waits for it: one
        that has heard nothing waits out timer A, from its last frame on. A frame that had begun
        before our answer proves nothing."""
        if self._answer is not None or self._pause is None:
            return False
        in_time = self._waited < self._settings.answer_limit * _SURELY
        return in_time and 0.0 < self._pause < self._at_once

    def _learn_pace(self) -> None:
        """Something new came: a machine that takes its time is known by it, up to timer A."""
        pause, limit = self._pause or 0.0, self._settings.answer_limit
        self._at_once = max(self._at_once, min(pause * 1.05, limit * _SURELY))

    def _taken(self) -> list[Output]:
        out, self._out = self._out, []
        return out

    def _put(self, data: bytes) -> None:
        """Sends at once; whoever waits for an answer waits from the last bit on."""
        self._out.append(Send(data))
        self._first_said += data[: _ECHO_ROOM - len(self._first_said)]
        self._now += len(data) * 10 / self._settings.baud_rate
        self._spoke_at, self._pause = self._now, None

    def _say(self, data: bytes) -> None:
        """Sends when the other side may listen. A later answer takes the place of an unsent one."""
        if self._answer == EOT_BYTE:
            self._put(EOT_BYTE)
        self._answer = data
        self._answer_at = self._now + self._settings.answer_delay

    def _send_answer(self) -> None:
        assert self._answer is not None
        answer, self._answer = self._answer, None
        self._put(answer)
        self._start_timer()

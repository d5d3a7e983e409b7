"""The master's end of a DDCMP line: bytes and time to events, numbers, acknowledgements, turns.

Knows no rule of the session: those are in ddcmp_table. What is to be said waits until the line has
been quiet for the turnaround time, so a block that was given out is stored before its ACK goes out.
"""

from abc import ABC, abstractmethod
from collections import deque

from cvd_desktop.link.ddcmp_commands import (
    ANSWER,
    BLOCK,
    is_good,
    operation_of,
)
from cvd_desktop.link.ddcmp_frames import (
    BadFrame,
    ControlFrame,
    ControlKind,
    Damage,
    DataFrame,
    DdcmpEvent,
    DdcmpParser,
    NackCode,
    build_control,
    build_data,
)
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.ddcmp_table import STATES, TABLE, Event, State
from cvd_desktop.link.outputs import Output, Send, SetBaudRate

_CALLING = (State.NEW, State.CALL, State.CALL_AGREED, State.CALL_BACK)
_SENT = (
    State.WHO_SENT,
    State.PROGRAM_SENT,
    State.READ_SENT,
    State.WRITE_SENT,
    State.BLOCK_SENT,
    State.FINISH_SENT,
)


_WINDOW = 512
_ACK_HEAD, _NACK_HEAD = b"\x05\x01", b"\x05\x02"


class DdcmpLine(ABC):
    """Turns bytes and time into events, events into actions (methods of a subclass).

    An action returns the next state, or None for the one that the table names.
    """

    def __init__(self, settings: DdcmpSettings) -> None:
        self._settings = settings
        self._state = State.NEW
        self._parser = DdcmpParser()
        self._out: list[Output] = []
        self._baud_rate = settings.start_speed
        self._now = 0.0
        self._timer: float | None = None
        self._heard_at = float("-inf")
        self._frame_at = 0.0  # of the last frame that meant something
        self._heard = 0  # bytes, ever
        self._noise = 0  # bytes since then
        self._echo = False  # our own light was heard
        self._window = bytearray()  # heard since we spoke, its beginning
        self._spoken: list[bytes] = []  # the frames of our last turn
        self._messages: deque[bytes] = deque(maxlen=8)  # our latest ones, as they went out
        self._event = Event.TIMEOUT
        self._frame = DataFrame(b"", 0, 0)
        self._control = ControlFrame(ControlKind.ACK)
        self._proof: ControlKind | None = None  # what told that our message arrived
        self._damage = Damage.CUT
        self._forget_session()

    def _forget_session(self) -> None:
        """START sets both numbers back."""
        self._number = 0  # of our last message
        self._message = b""
        self._select = False
        self._message_out = False  # it has been on the line
        self._received = 0  # of the machine's last good message
        self._latest: bytes | None = None
        self._refused_run = False  # a NACK was sent, and no good frame has come since
        self._damaged = 0  # bad frames in a row
        self._say_start: bytes | None = None
        self._say_nack: NackCode | None = None
        self._say_ack = self._say_message = False

    @property
    def state(self) -> State:
        return self._state

    @property
    def deadline(self) -> float | None:
        """When `tick` is due."""
        if self._state is State.OVER:
            return None
        times = [self._timer]
        if self._due:
            times.append(self._turn_at)
        if self._parser.waiting:
            times.append(self._heard_at + self._settings.gap)
        if self._in_session:
            times.append(self._frame_at + self._settings.frame_limit)
        return min((time for time in times if time is not None), default=None)

    def receive(self, data: bytes, now: float) -> list[Output]:
        if self._state is State.OVER or not data:
            return []
        self._now = self._heard_at = now
        self._heard += len(data)
        self._noise += len(data)
        self._watch_echo(data)
        rest = STATES.get(self._state)
        if rest and rest.renewed:
            self._start_timer()
        for event in self._parser.feed(data):
            self._handle(event)
        if self._noise > self._settings.most_noise:
            self._noise = 0
            if self._in_session:
                self._enter(self._drowned())
        return self._taken()

    def tick(self, now: float) -> list[Output]:
        self._now = now
        if self._parser.waiting and now >= self._heard_at + self._settings.gap:
            for event in self._parser.pause():
                self._handle(event)
        if self._due and now >= self._turn_at:
            self._take_turn()
        if self._timer is not None and now >= self._timer:
            self._timer = None
            self._act(Event.TIMEOUT)
        if self._in_session and now >= self._frame_at + self._settings.frame_limit:
            self._enter(self._drowned())
        return self._taken()

    @property
    def _in_session(self) -> bool:
        return self._state not in _CALLING and self._state is not State.OVER

    @abstractmethod
    def _drowned(self) -> State:
        """Nothing but noise is heard."""

    # Hearing

    def _watch_echo(self, data: bytes) -> None:
        """The head or the tail of what we said is enough: light is often damaged at its edges.

        No answer of a machine looks like that, but an ACK: one that is alone proves nothing.
        """
        self._window += data[: _WINDOW - len(self._window)]
        said = self._spoken[-1] if self._spoken else _ACK_HEAD
        if not self._echo and said[:2] not in (_ACK_HEAD, _NACK_HEAD):
            self._echo = said[:6] in self._window or said[-5:] in self._window

    def _handle(self, event: DdcmpEvent) -> None:
        if isinstance(event, BadFrame):
            self._damage = event.damage
            if event.received is not None and self._is_ours(event.received):
                self._arrived(None)
            if event.message:
                self._act(Event.BAD)
            return
        if self._is_echo(event):
            return
        self._damaged = 0
        self._refused_run = False
        if isinstance(event, ControlFrame):
            self._hear_control(event)
        elif self._in_session:
            self._hear_data(event)

    def _is_echo(self, frame: ControlFrame | DataFrame) -> bool:
        """Our own light, which some lines give back late: a message is known again for a while.

        A machine's ACK looks like ours only where it has our number.
        """
        if isinstance(frame, DataFrame):
            return build_data(frame) in self._messages
        answer = frame.kind is ControlKind.ACK and self._is_ours(frame.low)
        return not answer and build_control(frame) in self._spoken

    def _is_ours(self, number: int) -> bool:
        return self._state in _SENT and self._message_out and number == self._number

    def _arrived(self, proof: ControlKind | None) -> None:
        self._proof = proof
        self._act(Event.ARRIVED)

    def _hear_control(self, frame: ControlFrame) -> None:
        self._control = frame
        match frame.kind:
            case ControlKind.STACK:
                self._act(Event.STACK)
            case ControlKind.START:
                self._act(Event.START)
            case ControlKind.ACK | ControlKind.NACK if self._is_ours(frame.low):
                self._arrived(frame.kind)
            case ControlKind.NACK:
                self._act(Event.NACK)

    def _hear_data(self, frame: DataFrame) -> None:
        """A new message may carry the acknowledgement of ours: by its number, or by its sense."""
        self._frame = frame
        kind = self._kind_of(frame.data)
        new = frame.number == (self._received + 1) & 0xFF
        if self._state in _SENT and self._message_out:
            answers = new and kind in (Event.ANSWER, Event.REFUSAL)
            if frame.received == self._number or answers:
                self._arrived(None)
        if new:
            self._act(kind)
        elif frame.number == self._received and frame.data == self._latest:
            self._act(Event.AGAIN)
        else:
            self._act(Event.WRONG)

    def _kind_of(self, data: bytes) -> Event:
        if len(data) > 1 and data[0] == BLOCK:
            return Event.BLOCK
        asked = operation_of(self._message)
        if asked is not None and data[:2] == bytes([ANSWER, asked]):
            return Event.ANSWER if is_good(data) else Event.REFUSAL
        return Event.OTHER

    def _act(self, event: Event) -> None:
        rule = TABLE.get(self._state, {}).get(event)
        if rule is None:
            return
        self._event = event
        if event not in (Event.BAD, Event.TIMEOUT):
            self._noise = 0
            self._frame_at = self._now
        chosen: State | None = getattr(self, f"_{rule.action}")()
        self._enter(chosen or rule.then)

    def _enter(self, state: State) -> None:
        if self._state is State.OVER:
            return
        before, self._state = self._state, state
        if state is State.OVER:
            self._timer = None
        elif state is not before or self._timer is None:
            self._start_timer()

    def _start_timer(self) -> None:
        rest = STATES.get(self._state)
        limit = rest.limit if rest else None
        self._timer = None if limit is None else self._now + getattr(self._settings, limit)

    def _taken(self) -> list[Output]:
        out, self._out = self._out, []
        return out

    # Saying

    @property
    def _due(self) -> bool:
        waiting = self._say_start or self._say_nack or self._say_ack or self._say_message
        return bool(waiting) and self._state is not State.OVER

    @property
    def _turn_at(self) -> float:
        """Nobody is talked over: a frame that has begun may pause longer than the turnaround."""
        settings = self._settings
        return self._heard_at + (settings.gap if self._parser.waiting else settings.turnaround)

    def _call(self, wish: int) -> None:
        """START, as soon as the line is quiet."""
        self._say_start = build_control(ControlFrame(ControlKind.START, high=wish))

    def _say(self, message: bytes, select: bool = False) -> None:
        """A new message; it has the next number, whatever became of the one before."""
        self._number = (self._number + 1) & 0xFF
        self._message, self._select = message, select
        self._message_out, self._say_message = False, True

    def _acknowledge(self) -> None:
        """The message at hand is stored: its number is the last good one."""
        self._received, self._latest = self._frame.number, self._frame.data
        self._say_ack, self._say_nack = True, None

    def _refuse(self, code: NackCode) -> None:
        if not self._refused_run:
            self._refused_run = True
            self._say_nack = code

    def _take_turn(self) -> None:
        """Says what waits. An ACK that looks like the one we wait for is left out where our own
        light is heard: the message behind it acknowledges as well.
        """
        self._spoken = []
        self._window.clear()
        if self._say_start is not None:
            self._put(self._say_start)
        elif self._say_nack is not None:
            self._put_control(ControlKind.NACK, self._say_nack)
        else:
            alike = self._echo and self._say_message and self._received == self._number
            if self._say_ack and not alike:
                self._put_control(ControlKind.ACK)
            if self._say_message:
                self._put_message()
        self._say_start = self._say_nack = None
        self._say_ack = self._say_message = False
        self._start_timer()
        self._turn_taken()

    @abstractmethod
    def _turn_taken(self) -> None:
        """All that waited has been said."""

    def _put_control(self, kind: ControlKind, error: int = 0) -> None:
        self._put(build_control(ControlFrame(kind, low=self._received, error=error)))

    def _put_message(self) -> None:
        frame = DataFrame(
            self._message,
            self._received,
            self._number,
            self._select,
            quick_sync=self._settings.quick_sync,
        )
        self._message_out = True
        self._messages.append(build_data(frame))
        self._put(self._messages[-1])

    def _put(self, data: bytes) -> None:
        """Whoever waits for an answer waits from the last bit on."""
        self._out.append(Send(data))
        self._spoken.append(data)
        self._now += len(data) * 10 / self._baud_rate

    def _set_speed(self, baud_rate: int) -> None:
        if baud_rate != self._baud_rate:
            self._baud_rate = baud_rate
            self._out.append(SetBaudRate(baud_rate))

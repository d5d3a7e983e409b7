"""The machine's end of a DDCMP line: frames, numbers, speed, and how bytes leave, with faults."""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass

from cvd_desktop.link.ddcmp_frames import (
    HEADER,
    NACK_OF,
    SPEED_CODES,
    BadFrame,
    ControlFrame,
    ControlKind,
    DataFrame,
    DdcmpEvent,
    DdcmpParser,
    NackCode,
    build_control,
    build_data,
    speed_code,
)
from cvd_desktop.link.ddcmp_machine_table import (
    SLAVE_STATES,
    SLAVE_TABLE,
    DdcmpMachineSettings,
    SlaveEvent,
    SlaveState,
)
from cvd_desktop.link.outputs import Failed, FailureCode, Finished, Output, Party, Send, SetBaudRate

_STRAY = bytes.fromhex("A7F300FF")
_DEX_ENQ, _DEX_ACK0 = b"\x05", b"\x10\x30"
_DEX_SPEED = 9600
_BUFFER = 256  # bytes of a frame, where a machine says 0
_REFUSALS = {"busy": NackCode.BUSY, "nack": NackCode.DATA_CRC, "overrun": NackCode.OVERRUN}


@dataclass(slots=True)
class _Due:
    at: float
    output: Send | SetBaudRate | Finished


class DdcmpSlave(ABC):
    """Turns bytes and time into events, events into actions. What commands mean is the machine's.

    An action returns the next state, or None for the one that the table names. While it speaks it
    hears nothing (half duplex).
    """

    def __init__(self, settings: DdcmpMachineSettings, faults: dict[str, str]) -> None:
        self._settings = settings
        self._faults = faults
        self._left = dict(faults)
        self._state = SlaveState.IDLE
        self._speed = settings.start_speed
        self._parser = DdcmpParser()
        self._out: list[Output] = []
        self._line: deque[_Due] = deque()  # what will leave, in order
        self._free_at = 0.0  # when all of it has left
        self._speaking_until = 0.0
        self._bytes = 0  # said, ever
        self._now = self._heard_at = 0.0
        self._timer: float | None = None
        self._wish = 0  # speed code of the last START
        self._reason = NackCode.DATA_CRC
        self._frame = DataFrame(b"", 0, 0)
        self._active = False  # a reader that we know is in its session
        self._new_session()

    def _new_session(self) -> None:
        """Both numbers begin anew."""
        self._heard = 0  # number of its last good message
        self._sent = 0  # number of our last message
        self._message = b""
        self._select = False
        self._unacknowledged = False
        self._tries = 0
        self._nacked = False

    @property
    def state(self) -> SlaveState:
        return self._state

    @property
    def deadline(self) -> float | None:
        """When `tick` is due."""
        times = [self._timer, self._line[0].at if self._line else None]
        if self._parser.waiting:
            times.append(self._heard_at + self._settings.gap)
        return min((time for time in times if time is not None), default=None)

    def start(self, now: float) -> list[Output]:
        self._now = self._free_at = now
        if "silent" in self._faults:
            self._enter(SlaveState.MUTE)
        elif "speaks_other" in self._faults:
            self._emit(SetBaudRate(_DEX_SPEED))
            self._enter(SlaveState.OTHER)
        elif "calls" in self._faults:
            self._enter(SlaveState.CALL)
        return self._taken()

    def receive(self, data: bytes, now: float) -> list[Output]:
        self._now = now
        mute = self._state in (SlaveState.MUTE, SlaveState.GONE)
        if mute or not data or "deaf" in self._faults:
            return []
        if "echo" in self._faults:
            self._emit(Send(data))
        elif now < self._speaking_until:
            return []
        if self._state is SlaveState.OTHER:
            if _DEX_ENQ in data:
                self._say(_DEX_ACK0)
            return self._taken()
        self._heard_at = now
        for event in self._parser.feed(data):
            self._handle(event)
        return self._taken()

    def tick(self, now: float) -> list[Output]:
        self._now = now
        while self._line and self._line[0].at <= now:
            self._emit(self._line.popleft().output)
        if self._parser.waiting and now >= self._heard_at + self._settings.gap:
            for event in self._parser.pause():
                self._handle(event)
        if self._timer is not None and now >= self._timer:
            self._timer = None
            self._act(SlaveEvent.TIMEOUT)
        return self._taken()

    def cancel(self, now: float) -> list[Output]:
        """The plug is pulled: whatever was going on is forgotten, and nobody is told."""
        self._now = now
        self._active = False
        self._parser.pause()
        if self._state not in (SlaveState.GONE, SlaveState.MUTE, SlaveState.OTHER):
            self._enter(self._hang_up())
        return self._taken()

    def _taken(self) -> list[Output]:
        out, self._out = self._out, []
        return out

    # Events

    def _handle(self, event: DdcmpEvent) -> None:
        match event:
            case BadFrame(damage, message=True):
                self._reason = NACK_OF[damage]
                self._act(SlaveEvent.BAD)
            case ControlFrame() if event.address in self._settings.addresses:
                self._take_control(event)
            case DataFrame() if event.address in self._settings.addresses:
                self._take_message(event)
            case _:
                pass

    def _take_control(self, frame: ControlFrame) -> None:
        self._heard_good()
        if frame.kind is ControlKind.START:
            self._wish = frame.high
            self._act(SlaveEvent.START)
        elif frame.low == self._sent:
            self._arrived()
        elif frame.kind is ControlKind.NACK and self._unacknowledged:
            self._act(SlaveEvent.NACK)

    def _take_message(self, frame: DataFrame) -> None:
        """Its number tells whether it is new, and the number of ours in it acknowledges."""
        if HEADER + len(frame.data) + 2 > (self._settings.buffer_size or _BUFFER):
            self._reason = NackCode.TOO_LONG
            self._act(SlaveEvent.BAD)
            return
        self._heard_good()
        if frame.received == self._sent and not self._arrived():
            return
        expected = (self._heard + 1) % 256
        if frame.number == self._heard:
            self._act(SlaveEvent.REPEAT)
        elif frame.number != expected:
            self._reason = NackCode.HEADER_FORMAT
            self._act(SlaveEvent.BAD)
        elif self._unacknowledged:
            self._act(SlaveEvent.NACK)
        elif SlaveEvent.MESSAGE in SLAVE_TABLE.get(self._state, {}) and not self._refused():
            self._heard = expected
            self._frame = frame
            self._act(SlaveEvent.MESSAGE)

    def _refused(self) -> bool:
        for fault, code in _REFUSALS.items():
            if self._happens(fault):
                self._say_nack(code)
                return True
        return False

    def _arrived(self) -> bool:
        """False when a fault did not let us hear it."""
        if not self._unacknowledged:
            return True
        if self._state is SlaveState.BLOCK_SENT and self._happens("lost_ack", self._block_number):
            return False
        self._unacknowledged = False
        self._act(SlaveEvent.ACK)
        return True

    @property
    @abstractmethod
    def _block_number(self) -> int:
        """Of the block that is out, from 1."""

    def _heard_good(self) -> None:
        self._nacked = False
        if not self._unacknowledged and self._timer is not None:
            self._start_timer()

    def _act(self, event: SlaveEvent) -> None:
        rule = SLAVE_TABLE.get(self._state, {}).get(event)
        if rule is not None:
            chosen: SlaveState | None = getattr(self, f"_{rule.action}")()
            self._enter(chosen or rule.then)

    def _enter(self, state: SlaveState) -> None:
        if self._state in (SlaveState.GONE, SlaveState.MUTE):
            return
        self._state = state
        if not self._unacknowledged:
            self._start_timer()

    def _start_timer(self) -> None:
        limit = SLAVE_STATES[self._state].limit
        self._timer = self._now + getattr(self._settings, limit) if limit else None

    # What goes out

    def _acknowledge(self, *, answered: bool = False) -> None:
        """`answered`: a message of ours comes right after it."""
        if answered and "piggy_back" in self._faults:
            return
        wrong = self._happens("wrong_ack_number")
        number = (self._heard + wrong) % 256
        self._say(build_control(ControlFrame(ControlKind.ACK, low=number)))

    def _say_nack(self, code: NackCode) -> None:
        self._say(build_control(ControlFrame(ControlKind.NACK, low=self._heard, error=code)))

    def _send_message(self, data: bytes, *, select: bool = False) -> None:
        self._sent = (self._sent + 1) % 256
        self._message, self._select = data, select
        self._tries = 0
        self._put_message()

    def _put_message(self) -> None:
        self._unacknowledged = True
        self._tries += 1
        quick = "quick_sync_clear" not in self._faults
        frame = DataFrame(
            self._message, self._heard, self._sent, select=self._select, quick_sync=quick
        )
        self._say_message(bytearray(build_data(frame)))

    def _say_message(self, data: bytearray) -> None:
        if self._happens("wrong_header_crc", self._sent):
            data[HEADER - 1] ^= 0x40
        block = self._state is SlaveState.BLOCK_SENT
        if self._happens("wrong_data_crc", self._sent) or (
            block and "bad_crc_always" in self._faults
        ):
            data[-1] ^= 0x40
        if self._line and "glued" in self._faults:
            before = self._line.pop()
            assert isinstance(before.output, Send)
            data = bytearray(before.output.data) + data
            self._free_at = before.at
            end = self._say(bytes(data), 0.0)
        else:
            pause = int(self._faults.get("separate_ack", 0)) / 1000 or self._settings.answer_pause
            end = self._say(bytes(data), pause if self._line else None)
        self._timer = end + self._settings.ack_wait

    def _say(self, data: bytes, pause: float | None = None) -> float:
        """Puts it behind what leaves already, after `pause` or the usual turnaround; gives the time
        when its last bit has left."""
        if "noise" in self._faults:
            data = _STRAY + data
        if pause is None:
            slow = int(self._faults.get("slow_answers", 0)) / 1000
            pause = slow or self._settings.turnaround
        start = max(self._now, self._free_at) + pause
        step = self._byte_time
        if "slow_bytes" in self._faults:
            for place, byte in enumerate(data):
                self._line.append(_Due(start + place * step, Send(bytes([byte]))))
        else:
            self._line.append(_Due(start, Send(data)))
        self._free_at = start + len(data) * step
        return self._free_at

    @property
    def _byte_time(self) -> float:
        return 10 / self._speed + int(self._faults.get("slow_bytes", 0)) / 1000

    def _then(self, output: SetBaudRate | Finished) -> None:
        """Right behind the last byte that will leave."""
        self._line.append(_Due(self._line[-1].at, output))

    def _emit(self, output: Send | SetBaudRate | Finished) -> None:
        if self._state in (SlaveState.MUTE, SlaveState.GONE):
            return
        match output:
            case Send(data):
                self._emit_bytes(data)
            case SetBaudRate(baud_rate):
                self._speed = baud_rate
                self._out.append(output)
            case Finished():
                self._active = False
                self._out.append(output)

    def _emit_bytes(self, data: bytes) -> None:
        self._speaking_until = self._now + len(data) * self._byte_time
        limit = self._faults.get("unplug_after") or self._faults.get("silent_after")
        room = int(limit) - self._bytes if limit else len(data)
        self._bytes += min(len(data), room)
        if room > 0:
            self._out.append(Send(data[:room]))
        if limit and room <= len(data):
            self._fall_silent(unplugged="unplug_after" in self._faults)

    def _fall_silent(self, *, unplugged: bool = False) -> None:
        if unplugged:
            self._out.append(Failed(FailureCode.PORT_GONE, Party.CABLE))
        self._line.clear()
        self._timer = None
        self._state = SlaveState.GONE if unplugged else SlaveState.MUTE

    def _happens(self, fault: str, number: int | None = None) -> bool:
        """Whether a fault is due: once at `number`, or its argument's number of times."""
        if fault not in self._left:
            return False
        left = int(self._left[fault])
        if number is not None and left != number:
            return False
        if number is not None or left == 1:
            del self._left[fault]
        else:
            self._left[fault] = str(left - 1)
        return True

    # Actions of the link

    def _open(self) -> SlaveState | None:
        """Answers with our own speed; the smaller one of both is that of the session."""
        if self._is_deaf_to_start():
            return self._state
        self._abandon()
        self._line.clear()
        self._free_at = self._now
        self._new_session()
        fixed = self._faults.get("fixed_speed")
        own = speed_code(self._settings.start_speed if fixed else self._settings.most_speed)
        if fixed == "00":
            own = 0
        stack = build_control(ControlFrame(ControlKind.STACK, low=own, high=self._wish))
        self._say(stack, 0.3 if "late_stack" in self._faults else None)
        speed = SPEED_CODES.get(min(own, self._wish), self._speed)
        if fixed or "speed_lie" in self._faults or speed == self._speed:
            return None
        self._then(SetBaudRate(speed))
        return SlaveState.SPEED

    def _is_deaf_to_start(self) -> bool:
        if "late_stack" in self._faults and self._line:
            return True
        return self._state is SlaveState.SPEED and "no_second_stack" in self._faults

    def _hang_up(self) -> SlaveState:
        """Forgets the session and listens at the start speed again."""
        self._abandon()
        self._line.clear()
        self._new_session()
        if self._speed != self._settings.start_speed:
            self._emit(SetBaudRate(self._settings.start_speed))
        return SlaveState.IDLE

    def _abandon(self) -> None:
        if self._active:
            self._active = False
            detail: dict[str, str | int] = {"state": str(self._state)}
            self._out.append(Failed(FailureCode.BROKEN_OFF, Party.NOBODY, detail))

    def _give_up(self) -> SlaveState:
        self._abandon()
        self._unacknowledged = False
        return SlaveState.LOST

    def _send_again(self) -> SlaveState | None:
        if self._tries >= self._settings.message_tries:
            return self._give_up()
        self._put_message()
        return None

    def _acknowledge_again(self) -> None:
        self._acknowledge()

    def _refuse(self) -> SlaveState:
        """One NACK for a run of damaged frames; the state stays."""
        if not self._nacked:
            self._nacked = True
            self._say_nack(self._reason)
        return self._state

    def _call_as_dex(self) -> None:
        self._say(_DEX_ENQ)

    def _call(self) -> None:
        wish = speed_code(self._settings.most_speed)
        self._say(build_control(ControlFrame(ControlKind.START, high=wish)))

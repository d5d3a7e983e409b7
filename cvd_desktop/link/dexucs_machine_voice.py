"""What leaves a virtual DEX/UCS machine, with the faults of its voice and ears."""

from collections import deque
from dataclasses import replace

from cvd_desktop.link.dexucs_frames import FILLER, STX, Frame, build_frame
from cvd_desktop.link.dexucs_machine_table import MACHINE_STATES, MACHINE_TABLE, MachineState
from cvd_desktop.link.dexucs_station import DexSettings, DexStation
from cvd_desktop.link.outputs import Failed, FailureCode, Output, Party, Send

_STRAY = bytes.fromhex("A7F300FF")


class MachineVoice(DexStation[MachineState]):
    """Says what the machine has to say, as slowly, as noisily and as long as its faults let it.

    While it speaks it hears nothing (half duplex).
    """

    states = MACHINE_STATES
    table = MACHINE_TABLE
    over = MachineState.GONE

    def __init__(self, settings: DexSettings, faults: dict[str, str]) -> None:
        if "slow_sessions" in faults:
            settings = replace(settings, session_pause=float(faults["slow_sessions"]))
        if "slow_answers" in faults:
            settings = replace(settings, answer_delay=int(faults["slow_answers"]) / 1000)
        super().__init__(settings, MachineState.IDLE)
        self._faults = faults
        self._line: deque[tuple[float, bytes]] = deque()  # bytes that leave one by one
        self._speaking_until = 0.0
        self._sent = 0  # bytes, ever

    @property
    def deadline(self) -> float | None:
        times = [super().deadline, self._line[0][0] if self._line else None]
        return min((time for time in times if time is not None), default=None)

    def receive(self, data: bytes, now: float) -> list[Output]:
        deaf = "deaf" in self._faults or now < self._speaking_until
        return [] if deaf else super().receive(data, now)

    def tick(self, now: float) -> list[Output]:
        while self._line and now >= self._line[0][0]:
            self._emit(self._line.popleft()[1])
        return self._taken() if self._state is self.over else super().tick(now)

    def _enter(self, state: MachineState) -> None:
        if self._state is not MachineState.MUTE:
            super()._enter(state)

    def _put(self, data: bytes) -> None:
        if "noise" in self._faults:
            data = _STRAY + data
        slow = int(self._faults.get("slow_bytes", 0)) / 1000
        if slow:
            for place, byte in enumerate(data):
                self._line.append((self._now + place * slow, bytes([byte])))
        else:
            self._emit(data)
        byte_time = 10 / self._settings.baud_rate
        self._now += (len(data) - 1) * max(slow, byte_time) + byte_time
        self._speaking_until = self._spoke_at = self._now
        self._pause = None

    def _emit(self, data: bytes) -> None:
        if self._state in (MachineState.MUTE, self.over):
            return
        limit = self._faults.get("unplug_after") or self._faults.get("silent_after")
        room = int(limit) - self._sent if limit else len(data)
        self._sent += min(len(data), room)
        if room > 0:
            self._out.append(Send(data[:room]))
        if limit and room <= len(data):
            self._fall_silent("unplug_after" in self._faults)

    def _fall_silent(self, unplugged: bool) -> None:
        if unplugged:
            self._out.append(Failed(FailureCode.PORT_GONE, Party.CABLE))
        self._line.clear()
        self._answer = self._timer = None
        self._state = self.over if unplugged else MachineState.MUTE

    def _say_frame(self, frame: Frame, wrong_crc: bool = False) -> None:
        data = build_frame(frame)
        if frame.handshake and "stx_handshake" in self._faults:
            data = data[:1] + bytes([STX]) + data[2:]
        if "tsyn" in self._faults:
            middle = len(data) // 2
            data = data[:2] + FILLER + data[2:middle] + FILLER * 2 + data[middle:]
        if wrong_crc:
            data = data[:-1] + bytes([data[-1] ^ 0x40])
        self._say(data)

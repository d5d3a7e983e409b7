"""DDCMP on the line: bytes to control and data frames, and back (EVA-DTS 6.2.2 ch. 6).

    START  05 06 40 00  mbd sadd crcLo crcHi        ACK   05 01 40 rr 00 sadd crcLo crcHi
    STACK  05 07 40 sbd mbd sadd crcLo crcHi        NACK  05 02 4e rr 00 sadd crcLo crcHi
    data   81 lenLo F|lenHi rr xx sadd crcLo crcHi, then len bytes and their crcLo crcHi

In the third byte bit 7 is "select" (the last block) and bit 6 "quick sync"; the low six bits hold
the error of a NACK or the high bits of a length. Either flag is taken as it comes.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from cvd_shared.dex.crc16 import crc16_arc

HEADER = 8
"""Bytes of a control frame, and of the header of a data frame."""

LONGEST_DATA = 0x3FFF
"""Most data bytes that the 14 bits of a length can tell."""

ANYONE = 0x01
"""The address to which every slave answers."""

_CONTROL, _DATA = 0x05, 0x81
_SELECT, _QUICK_SYNC, _LOW_SIX = 0x80, 0x40, 0x3F


class ControlKind(IntEnum):
    ACK = 0x01
    NACK = 0x02
    START = 0x06
    STACK = 0x07


class NackCode(IntEnum):
    """Why a frame was refused. A peer may send others."""

    HEADER_CRC = 1
    DATA_CRC = 2
    NOT_USED = 3
    BUSY = 8
    OVERRUN = 9
    TOO_LONG = 16
    HEADER_FORMAT = 17


SPEED_CODES = {1: 1200, 2: 2400, 3: 4800, 4: 9600, 5: 19200, 6: 38400, 7: 57600, 8: 115200}
"""Bits per second by the code in START and STACK; 0 means "no change"."""


def speed_code(baud_rate: int) -> int:
    """The code of a speed; 0 ("no change") for one that has none."""
    return next((code for code, speed in SPEED_CODES.items() if speed == baud_rate), 0)


@dataclass(frozen=True, slots=True)
class ControlFrame:
    """Eight bytes whose CRC is right. `low` and `high` mean what the kind says: see below."""

    kind: ControlKind
    low: int = 0  # ACK and NACK: the last good message of the peer; STACK: speed code of the slave
    high: int = 0  # START and STACK: speed code that the master wishes
    error: int = 0  # NACK: a NackCode, or a number that we do not know
    address: int = ANYONE
    select: bool = False
    quick_sync: bool = True


@dataclass(frozen=True, slots=True)
class DataFrame:
    """A numbered message whose two CRCs are right."""

    data: bytes  # 77.. command, 88.. answer, 99 nn .. block
    received: int  # rr: last message of the peer that came well
    number: int  # xx: of this message, from 1, modulo 256
    select: bool = False  # the last block; old devices leave it out or toggle it
    address: int = ANYONE
    quick_sync: bool = True


class Damage(StrEnum):
    """Why a frame cannot be used."""

    HEADER_CRC = "header_crc"
    DATA_CRC = "data_crc"
    TOO_LONG = "too_long"
    HEADER_FORMAT = "header_format"
    CUT = "cut"  # it stopped in its middle


NACK_OF = {
    Damage.HEADER_CRC: NackCode.HEADER_CRC,
    Damage.DATA_CRC: NackCode.DATA_CRC,
    Damage.TOO_LONG: NackCode.TOO_LONG,
    Damage.HEADER_FORMAT: NackCode.HEADER_FORMAT,
    Damage.CUT: NackCode.DATA_CRC,
}


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A frame that cannot be used. The numbers are known when its header was good."""

    damage: Damage
    received: int | None = None
    number: int | None = None
    message: bool = True  # it was a data frame, or may have been one


DdcmpEvent = ControlFrame | DataFrame | BadFrame


def build_control(frame: ControlFrame) -> bytes:
    flags = _flags(frame.select, frame.quick_sync) | frame.error & _LOW_SIX
    head = [_CONTROL, frame.kind, flags, frame.low & 0xFF, frame.high & 0xFF, frame.address]
    return _with_crc(bytes(head))


def build_data(frame: DataFrame) -> bytes:
    """The bytes of a message of 1 to LONGEST_DATA bytes; ValueError for any other size."""
    size = len(frame.data)
    if not 1 <= size <= LONGEST_DATA:
        raise ValueError(f"a DDCMP message holds 1 to {LONGEST_DATA} bytes, not {size}")
    flags = _flags(frame.select, frame.quick_sync) | size >> 8
    numbers = [frame.received & 0xFF, frame.number & 0xFF, frame.address]
    return _with_crc(bytes([_DATA, size & 0xFF, flags, *numbers])) + _with_crc(frame.data)


def _flags(select: bool, quick_sync: bool) -> int:
    return select * _SELECT | quick_sync * _QUICK_SYNC


def _with_crc(data: bytes) -> bytes:
    return data + crc16_arc(data).to_bytes(2, "little")


class DdcmpParser:
    """Takes bytes in pieces of any size; gives out the frames in them, in order.

    A frame may begin anywhere: what is no frame is dropped byte by byte until one fits, so noise
    and lost bytes cost one frame at most. What stands inside the data of a damaged message is no
    frame, whatever it looks like; one that goes beyond its end may be: bytes were lost then. A run
    of bytes that could have been a frame and is none is told once. `longest` is the most data bytes
    that are taken.
    """

    def __init__(self, longest: int = LONGEST_DATA) -> None:
        self._longest = longest
        self._buffer = bytearray()
        self._wanted = HEADER  # bytes before the next look: no byte is looked at for nothing
        self._claimed = 0  # bytes from the first on that are data of a damaged message
        self._lost = False  # a bad header was told, and no good frame has come since

    @property
    def waiting(self) -> bool:
        """A frame has begun; a pause longer than the gap means that its rest was lost."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[DdcmpEvent]:
        self._buffer += data
        return self._look(at_rest=False)

    def pause(self) -> list[DdcmpEvent]:
        """No byte came for longer than the gap: what has begun is bad; its bytes may hold more."""
        return self._look(at_rest=True)

    def _look(self, at_rest: bool) -> list[DdcmpEvent]:
        events: list[DdcmpEvent] = []
        if not at_rest and len(self._buffer) < self._wanted:
            return events
        self._wanted = 1
        at: int | None = 0
        done = 0
        while at is not None and at < len(self._buffer):
            at = self._step(at, at_rest, events)
            done = done if at is None else at
        del self._buffer[:done]
        self._claimed = 0 if at_rest else max(0, self._claimed - done)
        return events

    def _step(self, at: int, at_rest: bool, events: list[DdcmpEvent]) -> int | None:
        """Looks at what begins at `at`; gives where to look next, None when bytes are missing."""
        buffer = self._buffer
        if not _may_begin(buffer, at):
            return _next_beginning(buffer, at + 1)
        header = bytes(buffer[at : at + HEADER])
        if len(header) < HEADER and not at_rest:
            self._wanted = HEADER
            return None
        if len(header) < HEADER or crc16_arc(header):
            damage = Damage.HEADER_CRC if len(header) == HEADER else Damage.CUT
            if not self._lost:
                self._lost = True
                events.append(BadFrame(damage, message=header[0] == _DATA))
            return _next_beginning(buffer, at + 1)
        if header[0] == _DATA:
            return self._message(at, header, at_rest, events)
        if at + HEADER > self._claimed:
            self._lost = False
            events.append(_control(header))
        return at + HEADER

    def _message(
        self, at: int, header: bytes, at_rest: bool, events: list[DdcmpEvent]
    ) -> int | None:
        size = header[1] | (header[2] & _LOW_SIX) << 8
        end = at + HEADER + size + 2
        if end <= self._claimed:
            return _next_beginning(self._buffer, at + 1)
        fits = 1 <= size <= self._longest
        missing = end - len(self._buffer)
        if fits and missing > 0 and not at_rest:
            self._wanted = end - at
            return None
        data = bytes(self._buffer[at + HEADER : end])
        if fits and missing <= 0 and not crc16_arc(data):
            self._lost = False
            events.append(_data(header, data[:-2]))
            return end
        if not fits:
            damage = Damage.TOO_LONG if size else Damage.HEADER_FORMAT
        else:
            damage = Damage.CUT if missing > 0 else Damage.DATA_CRC
        self._lost = True
        self._claimed = end
        events.append(BadFrame(damage, header[3], header[4]))
        return _next_beginning(self._buffer, at + HEADER)


_KINDS = frozenset(ControlKind)


def _may_begin(buffer: bytearray, at: int) -> bool:
    if buffer[at] == _CONTROL:
        return at + 1 == len(buffer) or buffer[at + 1] in _KINDS
    return buffer[at] == _DATA


def _next_beginning(buffer: bytearray, at: int) -> int:
    places = [place for place in (buffer.find(5, at), buffer.find(0x81, at)) if place >= 0]
    return min(places, default=len(buffer))


def _control(header: bytes) -> ControlFrame:
    kind, flags = ControlKind(header[1]), header[2]
    return ControlFrame(
        kind,
        low=header[3],
        high=header[4],
        error=flags & _LOW_SIX,
        address=header[5],
        select=bool(flags & _SELECT),
        quick_sync=bool(flags & _QUICK_SYNC),
    )


def _data(header: bytes, data: bytes) -> DataFrame:
    flags = header[2]
    return DataFrame(
        data,
        received=header[3],
        number=header[4],
        select=bool(flags & _SELECT),
        address=header[5],
        quick_sync=bool(flags & _QUICK_SYNC),
    )

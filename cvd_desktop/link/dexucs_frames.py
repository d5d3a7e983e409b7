"""DEX/UCS on the line: bytes to frames and control characters, and back (EVA-DTS 6.2.2 ch. 4).

    handshake   DLE SOH text DLE ETX crcLo crcHi
    data block  DLE STX text DLE ETB crcLo crcHi     more blocks follow
                DLE STX text DLE ETX crcLo crcHi     the last block

The CRC covers the text and the ETX or ETB; DLE and the filler DLE SYN are left out everywhere. The
two CRC bytes may hold any value: they are counted, never looked at.
"""

import re
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from cvd_shared.dex.crc16 import crc16_arc

SOH, STX, ETX, EOT, ENQ = 0x01, 0x02, 0x03, 0x04, 0x05
DLE, NAK, SYN, ETB = 0x10, 0x15, 0x16, 0x17

BLOCK_TEXT = 243
"""Most text bytes the standard allows in a block: 245 with the DLE ETB."""

LONGEST_TEXT = 1024
"""Most text bytes that are taken from a peer; machines exceed the standard."""


class Control(StrEnum):
    """What stands on the line outside a frame."""

    ENQ = "ENQ"
    EOT = "EOT"
    NAK = "NAK"
    ACK0 = "ACK0"
    ACK1 = "ACK1"
    WACK = "WACK"


CONTROL_BYTES = {
    Control.ENQ: bytes([ENQ]),
    Control.EOT: bytes([EOT]),
    Control.NAK: bytes([NAK]),
    Control.ACK0: bytes([DLE, 0x30]),
    Control.ACK1: bytes([DLE, 0x31]),
    Control.WACK: bytes([DLE, 0x3B]),
}
FILLER = bytes([DLE, SYN])

_SINGLE = {ENQ: Control.ENQ, EOT: Control.EOT, NAK: Control.NAK}
_AFTER_DLE = {0x30: Control.ACK0, 0x31: Control.ACK1, 0x3B: Control.WACK}


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose CRC is right. `last` is ETX; a handshake is always `last`."""

    handshake: bool
    text: bytes
    last: bool


class Damage(StrEnum):
    """Why a frame cannot be used."""

    CRC = "crc"
    CHARACTER = "character"  # something that no sender puts there
    TOO_LONG = "too_long"
    CUT = "cut"  # it stopped, or another one began in its middle
    HEAD_LOST = "head_lost"  # an end without a beginning


@dataclass(frozen=True, slots=True)
class BadFrame:
    damage: Damage


LineEvent = Control | Frame | BadFrame


class _Place(IntEnum):
    OUTSIDE = 0
    OUTSIDE_DLE = 1
    TEXT = 2
    TEXT_DLE = 3
    CRC_LOW = 4
    CRC_HIGH = 5


class FrameParser:
    """Takes bytes in pieces of any size; gives out what they mean, in order.

    Outside a frame everything that is not a control character is noise and is dropped.
    """

    def __init__(self) -> None:
        self._place = _Place.OUTSIDE
        self._text = bytearray()
        self._handshake = False
        self._damage: Damage | None = None
        self._end = 0
        self._crc_low = 0
        self._length = 0

    @property
    def text_length(self) -> int:
        """Bytes of the frame that comes in now, kept or not; 0 outside a frame."""
        return self._length

    @property
    def waiting(self) -> bool:
        """Something has begun; a pause longer than timer B means that its rest was lost."""
        return self._place is not _Place.OUTSIDE

    @property
    def in_frame(self) -> bool:
        return self._place not in (_Place.OUTSIDE, _Place.OUTSIDE_DLE)

    def feed(self, data: bytes) -> list[LineEvent]:
        events: list[LineEvent] = []
        for byte in data:
            match self._place:
                case _Place.TEXT:
                    self._in_text(byte)
                case _Place.OUTSIDE:
                    self._outside(byte, events)
                case _Place.OUTSIDE_DLE:
                    self._after_dle_outside(byte, events)
                case _Place.TEXT_DLE:
                    self._after_dle_in_text(byte, events)
                case _Place.CRC_LOW:
                    self._crc_low = byte
                    self._place = _Place.CRC_HIGH
                case _Place.CRC_HIGH:
                    self._place = _Place.OUTSIDE
                    events.append(self._whole(self._crc_low | byte << 8))
        return events

    def pause(self) -> BadFrame | None:
        """Timer B has run out: forgets what had begun, and says so when it was a frame."""
        was, self._place = self._place, _Place.OUTSIDE
        self._length = 0
        if was in (_Place.OUTSIDE, _Place.OUTSIDE_DLE):
            return None
        return BadFrame(self._damage or Damage.CUT)

    def _outside(self, byte: int, events: list[LineEvent]) -> None:
        if byte == DLE:
            self._place = _Place.OUTSIDE_DLE
        elif byte in _SINGLE:
            events.append(_SINGLE[byte])

    def _after_dle_outside(self, byte: int, events: list[LineEvent]) -> None:
        self._place = _Place.OUTSIDE
        if byte in _AFTER_DLE:
            events.append(_AFTER_DLE[byte])
        elif byte in (SOH, STX):
            self._begin(byte)
        elif byte in (ETX, ETB):
            self._damage = Damage.HEAD_LOST
            self._place = _Place.CRC_LOW
        elif byte != SYN:
            self._outside(byte, events)

    def _in_text(self, byte: int) -> None:
        self._length += 1
        if byte == DLE:
            self._place = _Place.TEXT_DLE
        elif len(self._text) == LONGEST_TEXT:
            self._damage = Damage.TOO_LONG
        elif byte == SYN or (byte == 0 and not self._text):
            # The CRC would not notice a lone filler, nor a zero in front: its start value is 0.
            self._damage = self._damage or Damage.CHARACTER
        else:
            self._text.append(byte)

    def _after_dle_in_text(self, byte: int, events: list[LineEvent]) -> None:
        self._place = _Place.TEXT
        if byte in (ETX, ETB):
            self._end = byte
            self._place = _Place.CRC_LOW
        elif byte in (SOH, STX):
            events.append(BadFrame(self._damage or Damage.CUT))
            self._begin(byte)
        elif byte == DLE:
            self._damage = self._damage or Damage.CHARACTER
            self._place = _Place.TEXT_DLE
        elif byte != SYN:
            self._damage = self._damage or Damage.CHARACTER

    def _begin(self, byte: int) -> None:
        self._place = _Place.TEXT
        self._handshake = byte == SOH
        self._text.clear()
        self._length = 0
        self._damage = None

    def _whole(self, crc: int) -> LineEvent:
        self._length = 0
        if self._damage is not None:
            return BadFrame(self._damage)
        if crc16_arc(bytes([*self._text, self._end])) != crc:
            return BadFrame(Damage.CRC)
        return Frame(self._handshake, bytes(self._text), self._end == ETX)


def build_frame(frame: Frame) -> bytes:
    """The bytes of a frame. Its text must not hold DLE."""
    end = ETX if frame.last else ETB
    crc = crc16_arc(bytes([*frame.text, end]))
    head = bytes([DLE, SOH if frame.handshake else STX])
    return head + frame.text + bytes([DLE, end]) + crc.to_bytes(2, "little")


def split_blocks(report: bytes, size: int = BLOCK_TEXT) -> list[Frame]:
    """The data blocks of a report, cut anywhere; an empty report is one empty block."""
    starts = range(0, len(report), size) or range(1)
    return [Frame(False, report[at : at + size], at + size >= len(report)) for at in starts]


RESPONSE_CODES = {
    "00": "OK",
    "01": "unknown communication id",
    "02": "revision or level not supported",
    "03": "operation conflict, try again",
    "04": "no data",
    "05": "undefined error",
    "90": "maker-specific state",
}


@dataclass(frozen=True, slots=True)
class FirstHandshake:
    """What the first master asks for: R read, S send, M maker-specific state."""

    communication_id: str
    operation: str
    revision: str  # "R01L01"

    def frame(self) -> Frame:
        text = f"{self.communication_id:10.10}{self.operation}{self.revision}"
        return Frame(True, text.encode("latin-1", "replace"), True)


@dataclass(frozen=True, slots=True)
class SecondHandshake:
    """The answer to it, in the order of 6.2.2, or with the id first as up to 6.2.

    `instead` is the code of a refusal that the same text may be, where nothing tells them apart.
    """

    code: str
    communication_id: str
    revision: str
    id_first: bool = False
    instead: str = ""

    def frame(self) -> Frame:
        name = f"{self.communication_id:10.10}"
        text = (name + self.code if self.id_first else self.code + name) + self.revision
        return Frame(True, text.encode("latin-1", "replace"), True)


_REVISION = re.compile(r"(R\d\dL\d\d)\s*$")


def parse_first(text: bytes) -> FirstHandshake | None:
    """id(10) operation(1) revision(6); None when the text is nothing of the kind."""
    words = text.decode("latin-1")
    revision = _REVISION.search(words)
    front = words[: revision.start()] if revision else ""
    if revision is None or len(front) != 11:
        return None
    return FirstHandshake(front[:10].rstrip(), front[10], revision[1])


def parse_second(text: bytes) -> SecondHandshake | None:
    """code(2) id(10) revision(6), or id code revision, either with an operation letter before the
    revision. Where both readings fit, the one with code 00 is taken: a refusal misread as OK only
    brings no data, which then is told as the refusal (`instead`); an OK misread as a refusal would
    lose a read. A code that the standard does not know is taken where the id begins with a letter;
    else None.
    """
    words = text.decode("latin-1")
    revision = _REVISION.search(words)
    front = words[: revision.start()] if revision else ""
    if revision is None or len(front) not in (12, 13):
        return None
    readings = [
        SecondHandshake(front[:2], front[2:12].rstrip(), revision[1]),
        SecondHandshake(front[10:12], front[:10].rstrip(), revision[1], id_first=True),
    ]
    known = [reading for reading in readings if reading.code in RESPONSE_CODES]
    known.sort(key=lambda reading: reading.code != "00")
    if len(known) > 1 and known[1].code != known[0].code:
        known[0] = replace(known[0], instead=known[1].code)
    likely = [r for r in readings if r.code.isdigit() and r.communication_id[:1].isalpha()]
    return next(iter(known + likely), None)

"""Traces as entries of a byte trace: a good read, a slow one, a noisy one, DDCMP; built frame by
frame with their times."""

from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.link.dexucs_frames import (
    CONTROL_BYTES,
    Control,
    FirstHandshake,
    SecondHandshake,
    build_frame,
    split_blocks,
)
from cvd_desktop.link.trace_decoder_ddcmp import SPEEDS
from cvd_shared.dex.crc16 import crc16_arc

ENQ, EOT, NAK = (CONTROL_BYTES[each] for each in (Control.ENQ, Control.EOT, Control.NAK))
ACK0, ACK1, WACK = (CONTROL_BYTES[each] for each in (Control.ACK0, Control.ACK1, Control.WACK))
FIRST = build_frame(FirstHandshake("CVD0000001", "R", "R01L01").frame())
SECOND = build_frame(SecondHandshake("00", "QRS7654321", "R01L01").frame())

_LINES = (
    "DXS*QRS7654321*VA*V0/6*1",
    "ST*001*0001",
    "ID1*112233445566*ABC1234*0101*Building 1**777888999",
    "ID4*2*1840*USD",
    "SD1*****SAVE",
    "VA1*400*5*150*2",
    *(f"PA1*{n}*150*Snack {n}\r\nPA2*{n}*{n * 150}*1*150" for n in range(10, 16)),
    "G85*079F",
    "SE*17*0001",
    "DXE*1*1",
)
REPORT = "".join(f"{line}\r\n" for line in _LINES).encode("ascii")
BLOCKS = tuple(build_frame(frame) for frame in split_blocks(REPORT))


def dex_read(
    *, before_session_2: float = 0.41, answer: float = 0.013, report: bytes = REPORT
) -> list[Entry]:
    """A whole read, this laptop leads; seconds before the machine's ENQ, and of its answers."""
    line = _Line(9600)
    line.say("R", ENQ).say("M", ACK0, answer).say("R", FIRST).say("M", ACK1, answer).say("R", EOT)
    line.say("M", ENQ, before_session_2).say("R", ACK0).say("M", SECOND, answer).say("R", ACK1)
    line.say("M", EOT).say("M", ENQ, 0.13).say("R", ACK0)
    for number, frame in enumerate(split_blocks(report), 1):
        line.say("M", build_frame(frame), answer).say("R", ACK1 if number % 2 else ACK0, 0.044)
    line.say("M", EOT)
    return line.entries


def noisy_read() -> list[Entry]:
    """As `dex_read`, with noise at the plug and a first block that is damaged twice."""
    line = _Line(9600)
    line.say("M", b"\xa7\xf3").say("R", ENQ).say("R", ENQ, 1.0).say("M", ACK0)
    line.say("R", FIRST).say("M", ACK1).say("R", EOT)
    line.say("M", ENQ, 1.55).say("R", ACK0).say("M", SECOND).say("R", ACK1).say("M", EOT)
    line.say("M", ENQ, 0.13).say("R", ACK0)
    broken = bytearray(BLOCKS[0])
    broken[40] ^= 0x20
    line.say("M", bytes(broken)).say("R", NAK).say("M", bytes(broken)).say("R", NAK)
    for number, block in enumerate(BLOCKS, 1):
        line.say("M", block).say("R", ACK1 if number % 2 else ACK0, 0.044)
    line.say("M", EOT)
    return line.entries


def no_answer(tries: int = 8) -> list[Entry]:
    """ENQ once a second, and nothing comes back."""
    return [(float(n), "R", ENQ) for n in range(tries)]


def ddcmp_control(kind: int, *rest: int) -> bytes:
    """Eight bytes: 05, kind, flags, then two values, the address and the CRC."""
    head = bytes([0x05, kind, *rest, 0x01])
    return head + crc16_arc(head).to_bytes(2, "little")


def ddcmp_data(heard: int, number: int, body: bytes, flags: int = 0x40) -> bytes:
    """A data frame with its two CRCs."""
    high = flags | len(body) >> 8
    head = bytes([0x81, len(body) & 0xFF, high, heard, number, 0x01])
    crcs = (crc16_arc(head).to_bytes(2, "little"), crc16_arc(body).to_bytes(2, "little"))
    return head + crcs[0] + body + crcs[1]


WHO_CODES = bytes.fromhex("43 21 87 65")  # a secret: security code and pass code


def ddcmp_read(codes: bytes = bytes(4), speed: int = 0) -> list[Entry]:
    """A whole read of list 2; `speed` is the code that both ends wish."""
    line = _Line(2400)
    line.say("R", ddcmp_control(6, 0x40, 0, speed))
    line.say("M", ddcmp_control(7, 0x40, speed, speed), 0.016)
    if speed:
        line.change_speed(SPEEDS[speed])
        line.say("R", ddcmp_control(6, 0x40, 0, speed), 0.05)
        line.say("M", ddcmp_control(7, 0x40, speed, speed), 0.016)
    date = bytes.fromhex("211126101500 0000 0C")
    line.say("R", ddcmp_data(0, 1, b"\x77\xe0\x00" + codes + date))
    line.say("M", ddcmp_control(1, 0x40, 1, 0), 0.01)
    who = b"\x88\xe0\x01" + codes + b"12345678" + bytes([1, 8, 0, 0, 0, 0])
    line.say("M", ddcmp_data(1, 1, who), 0.129).say("R", ddcmp_control(1, 0x40, 1, 0))
    line.say("R", ddcmp_data(1, 2, bytes.fromhex("77E200020100000000")))
    line.say("M", ddcmp_control(1, 0x40, 2, 0), 0.01)
    agreed = bytes.fromhex("88E20102010000") + len(REPORT).to_bytes(2, "little")
    line.say("M", ddcmp_data(2, 2, agreed), 0.334).say("R", ddcmp_control(1, 0x40, 2, 0))
    pieces = [REPORT[at : at + 235] for at in range(0, len(REPORT), 235)]
    for n, piece in enumerate(pieces):
        last = 0x80 if n + 1 == len(pieces) else 0
        line.say("M", ddcmp_data(2, 3 + n, bytes([0x99, n]) + piece, 0x40 | last), 0.01)
        line.say("R", ddcmp_control(1, 0x40, 3 + n, 0))
    line.say("R", ddcmp_data(2 + len(pieces), 3, b"\x77\xff"))
    line.say("M", ddcmp_control(1, 0x40, 3, 0), 0.012)
    return line.entries


class _Line:
    """Frames one after the other on a line of this speed."""

    def __init__(self, speed: int) -> None:
        self.entries: list[Entry] = []
        self._byte = 10 / speed
        self._now = 0.0

    def change_speed(self, speed: int) -> None:
        self._byte = 10 / speed

    def say(self, sender: str, data: bytes, after: float = 0.012) -> "_Line":
        """`after`: seconds since the end of what was said before."""
        at = self._now + (after if self.entries else 0.0)
        self.entries.append((round(at, 6), sender, data))
        self._now = at + len(data) * self._byte
        return self

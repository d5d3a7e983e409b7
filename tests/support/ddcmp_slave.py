"""A DDCMP machine played by hand, frame by frame, against the reader under test."""

from collections.abc import Sequence

from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_commands import (
    UNKNOWN_LENGTH,
    ReadAnswer,
    SlaveIdentity,
    build_block,
)
from cvd_desktop.link.ddcmp_frames import (
    ControlFrame,
    ControlKind,
    DataFrame,
    DdcmpEvent,
    DdcmpParser,
    build_control,
    build_data,
)
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity, DdcmpSettings
from cvd_desktop.link.outputs import SetBaudRate
from tests.support.line_script import LineScript

REPORT = b"".join(b"PA1*%d*150\r\nPA2*7*1050*0*0\r\n" % number for number in range(30))
BLOCKS = [REPORT[at : at + 235] for at in range(0, len(REPORT), 235)]
STAY = DdcmpSettings(wanted_speed=2400)

Said = list[tuple[str, int, bytes]]
"""Frames in short: ("ACK", number, b""), ("NACK", number, code), ("START", wish, b""),
("data", number, data)."""


def ack(number: int) -> bytes:
    return build_control(ControlFrame(ControlKind.ACK, low=number))


def nack(number: int, error: int = 2) -> bytes:
    return build_control(ControlFrame(ControlKind.NACK, low=number, error=error))


def stack(speed_code: int = 0, wish: int = 0) -> bytes:
    return build_control(ControlFrame(ControlKind.STACK, low=speed_code, high=wish))


def in_short(events: Sequence[DdcmpEvent]) -> Said:
    said: Said = []
    for event in events:
        match event:
            case DataFrame():
                said.append(("data", event.number, event.data))
            case ControlFrame(ControlKind.START):
                said.append(("START", event.high, b""))
            case ControlFrame(ControlKind.NACK):
                said.append(("NACK", event.low, bytes([event.error])))
            case ControlFrame():
                said.append((event.kind.name, event.low, b""))
            case _:
                raise AssertionError(event)
    return said


class SlaveLine(LineScript):
    """Keeps the numbers of both sides as a right machine does."""

    def __init__(
        self,
        settings: DdcmpSettings = STAY,
        *,
        lists: Sequence[int] = (2,),
        document: bytes | None = None,
        program_serial: bytes | None = None,
        identity: DdcmpIdentity | None = None,
    ) -> None:
        self.reader = DdcmpReader(
            settings,
            lists=lists,
            document=document,
            program_serial=program_serial,
            identity=identity,
        )
        super().__init__(self.reader)
        self.sent = 0  # number of the machine's last message
        self.heard = 0  # number of the reader's last message
        self.last_frame = b""
        self.last_said = b""

    def frames(self, within: float = 0.05) -> Said:
        """What the reader says now, or a moment later."""
        self.wait(within)
        self.last_said = self.said()
        return in_short(DdcmpParser().feed(self.last_said))

    def speeds(self) -> list[int]:
        return [output.baud_rate for output in self.outputs if isinstance(output, SetBaudRate)]

    def message(self, data: bytes, *, select: bool = False, received: int | None = None) -> bytes:
        """The machine's next message; `received` when it does not tell the truth."""
        self.sent = (self.sent + 1) & 0xFF
        known = self.heard if received is None else received
        self.last_frame = build_data(DataFrame(data, known, self.sent, select))
        return self.last_frame

    def answer(self, data: bytes, *, select: bool = False) -> Said:
        """Takes the reader's message, answers it, and gives what the reader says to that."""
        self.heard = (self.heard + 1) & 0xFF
        self.hear(ack(self.heard))
        self.hear(self.message(data, select=select))
        return self.frames()

    def block(self, number: int, data: bytes, *, select: bool = False) -> Said:
        self.hear(self.message(build_block(number, data), select=select))
        return self.frames()


def linked(line: SlaveLine) -> SlaveLine:
    """START was answered; WHO ARE YOU is out."""
    line.said()
    line.hear(stack())
    (kind, number, data) = line.frames()[0]
    assert (kind, number, data[:2]) == ("data", 1, b"\x77\xe0")
    return line


def known(line: SlaveLine, slave: SlaveIdentity | None = None) -> SlaveLine:
    """WHO ARE YOU was answered; the next command is out."""
    linked(line)
    said = line.answer((slave or SlaveIdentity()).build())
    assert said[0] == ("ACK", 1, b"")
    assert said[1][:2] == ("data", 2)
    return line


def reading(line: SlaveLine, length: int = UNKNOWN_LENGTH, list_number: int = 2) -> SlaveLine:
    """READ was answered; the blocks are due."""
    known(line)
    assert line.answer(ReadAnswer(list_number, length).build()) == [("ACK", 2, b"")]
    return line


def finishing(line: SlaveLine, list_number: int = 2) -> SlaveLine:
    """The report is through; FINISH is out."""
    reading(line, len(REPORT), list_number)
    for number, data in enumerate(BLOCKS):
        said = line.block(number, data, select=number == len(BLOCKS) - 1)
    assert said[-1] == ("data", 3, b"\x77\xff")
    return line

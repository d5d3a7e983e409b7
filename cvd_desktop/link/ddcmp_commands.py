"""What is said in DDCMP messages: commands, answers and blocks (EVA-DTS 6.2.2 ch. 6.1, 6.2.3).

A message begins with 77 (command), 88 (answer) or 99 (block). Numbers of two bytes go low byte
first, but codes, the user id and the size of the buffer high byte first. Parsers give None for what
is no message of their kind; a field that is cut off is taken as 0.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

COMMAND, ANSWER, BLOCK = 0x77, 0x88, 0x99

FINISH = bytes([COMMAND, 0xFF])

UNKNOWN_LENGTH = 0xFFFF
"""The length of a report of which only the select flag tells the end."""

DEFAULT_BUFFER = 256
"""Bytes that a slave takes in one frame when it says 0."""

BLOCK_DATA = 235
"""Bytes of a report in a block, as most devices send them."""

COLLECT, LOOK, DUMP, CONFIGURATION = 1, 2, 50, 64
"""List numbers. After COLLECT and a FINISH that was acknowledged the machine clears its interval
counters at the next paid vend; LOOK is the same report without that."""


class Operation(IntEnum):
    """The second byte of a command and of the answer to it."""

    WHO_ARE_YOU = 0xE0
    PROGRAM_SLAVE = 0xE1
    READ = 0xE2
    WRITE = 0xE3
    DELETE = 0xE4
    PROGRAM_MODULE = 0xE5
    READ_MEMORY = 0xE6
    FINISH = 0xFF


class Asker(IntEnum):
    MAINTENANCE = 0x0B
    ROUTE_PERSON = 0x0C


def operation_of(data: bytes) -> int | None:
    """The second byte of a command or an answer, which says what it is about."""
    return data[1] if len(data) > 1 and data[0] in (COMMAND, ANSWER) else None


def is_command(data: bytes, operation: Operation) -> bool:
    return data[:2] == bytes([COMMAND, operation])


def is_answer(data: bytes, operation: Operation) -> bool:
    return data[:2] == bytes([ANSWER, operation])


def is_good(data: bytes) -> bool:
    """Whether an answer (88 operation result) says yes."""
    return data[2:3] not in (b"\x00", b"")


def refusal(operation: Operation, reason: int | None = None) -> bytes:
    """`88 operation 00`, with a reason behind it where there is one (01 for wrong codes)."""
    return bytes([ANSWER, operation, 0] + ([] if reason is None else [reason]))


@dataclass(frozen=True, slots=True)
class WhoAreYou:
    """`77 E0 00 S2 S1 P2 P1 DD MM YY hh mm ss U2 U1 A`, 16 bytes."""

    security_code: int = 0
    pass_code: int = 0
    at: datetime | None = None  # naive; None: zeros on the line, or no date at all
    user_id: int = 0
    asker: int = Asker.ROUTE_PERSON

    def build(self) -> bytes:
        return bytes([COMMAND, Operation.WHO_ARE_YOU, 0]) + self._fields()

    def _fields(self) -> bytes:
        codes = _high_first(self.security_code) + _high_first(self.pass_code)
        user = _high_first(self.user_id)
        return codes + _bcd_time(self.at) + user + bytes([self.asker & 0xFF])


@dataclass(frozen=True, slots=True)
class ProgramSlave:
    """`77 E1 00`, the fields of WhoAreYou, serial number (8): 24 bytes."""

    who: WhoAreYou
    serial: bytes  # 8 bytes; shorter ones are filled up with zeros

    def build(self) -> bytes:
        head = bytes([COMMAND, Operation.PROGRAM_SLAVE])
        return head + self.who.build()[2:] + _eight(self.serial)


@dataclass(frozen=True, slots=True)
class ReadData:
    """`77 E2 00 list record offset(2) length(2)`; length 0 means all."""

    list_number: int
    length: int = 0
    record: int = 1
    offset: int = 0

    def build(self) -> bytes:
        head = [COMMAND, Operation.READ, 0, self.list_number & 0xFF, self.record & 0xFF]
        return bytes(head) + _low_first(self.offset) + _low_first(self.length)


@dataclass(frozen=True, slots=True)
class WriteData:
    """`77 E3 00 list length(2)`."""

    list_number: int
    length: int

    def build(self) -> bytes:
        head = [COMMAND, Operation.WRITE, 0, self.list_number & 0xFF]
        return bytes(head) + _low_first(self.length)


@dataclass(frozen=True, slots=True)
class SlaveIdentity:
    """`88 E0 01 S S P P serial(8) V M rd 00 msdb lsdb`, 21 bytes: the answer to WhoAreYou."""

    serial: bytes = bytes(8)  # digits, any 8 bytes, or 8 zeros
    version: int = 0
    maker: int = 0
    extra_reads: int = 0  # READ commands of the same session beyond the first
    buffer: int = 0  # bytes that it takes in one frame; 0 means 256
    security_code: int = 0
    pass_code: int = 0

    @property
    def largest_frame(self) -> int:
        return self.buffer or DEFAULT_BUFFER

    def build(self) -> bytes:
        codes = _high_first(self.security_code) + _high_first(self.pass_code)
        facts = bytes([self.version & 0xFF, self.maker & 0xFF, self.extra_reads & 0xFF, 0])
        head = bytes([ANSWER, Operation.WHO_ARE_YOU, 1])
        return head + codes + _eight(self.serial) + facts + _high_first(self.buffer)


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """`88 E2 01 list record offset(2) length(2)`; length FFFF: the select flag tells the end."""

    list_number: int
    length: int
    record: int = 1
    offset: int = 0

    def build(self) -> bytes:
        head = [ANSWER, Operation.READ, 1, self.list_number & 0xFF, self.record & 0xFF]
        return bytes(head) + _low_first(self.offset) + _low_first(self.length)


def program_answer(who: WhoAreYou, serial: bytes) -> bytes:
    """`88 E1 01 S S P P serial(8)`."""
    codes = _high_first(who.security_code) + _high_first(who.pass_code)
    return bytes([ANSWER, Operation.PROGRAM_SLAVE, 1]) + codes + _eight(serial)


WRITE_ANSWER = bytes([ANSWER, Operation.WRITE, 1])


def build_block(number: int, data: bytes) -> bytes:
    """`99 number data`; numbers begin at 0 and go on after 255 with 0."""
    return bytes([BLOCK, number & 0xFF]) + data


def parse_block(data: bytes) -> tuple[int, bytes] | None:
    """(number, bytes of the report)."""
    return (data[1], data[2:]) if len(data) > 1 and data[0] == BLOCK else None


def parse_who_are_you(data: bytes) -> WhoAreYou | None:
    if not is_command(data, Operation.WHO_ARE_YOU):
        return None
    return _who(data)


def parse_program_slave(data: bytes) -> ProgramSlave | None:
    if not is_command(data, Operation.PROGRAM_SLAVE):
        return None
    return ProgramSlave(_who(data), data[16:24].ljust(8, b"\0"))


def parse_read_data(data: bytes) -> ReadData | None:
    if not is_command(data, Operation.READ):
        return None
    fields = data.ljust(9, b"\0")
    return ReadData(fields[3], _low(fields, 7), fields[4], _low(fields, 5))


def parse_write_data(data: bytes) -> WriteData | None:
    if not is_command(data, Operation.WRITE):
        return None
    fields = data.ljust(6, b"\0")
    return WriteData(fields[3], _low(fields, 4))


def parse_slave_identity(data: bytes) -> SlaveIdentity | None:
    if not is_answer(data, Operation.WHO_ARE_YOU) or not is_good(data):
        return None
    fields = data.ljust(21, b"\0")
    return SlaveIdentity(
        serial=fields[7:15],
        version=fields[15],
        maker=fields[16],
        extra_reads=fields[17],
        buffer=_high(fields, 19),
        security_code=_high(fields, 3),
        pass_code=_high(fields, 5),
    )


def parse_read_answer(data: bytes) -> ReadAnswer | None:
    """An answer without a length is one with an unknown length."""
    if not is_answer(data, Operation.READ) or not is_good(data):
        return None
    fields = data.ljust(7, b"\0")
    length = _low(data, 7) if len(data) > 8 else UNKNOWN_LENGTH
    return ReadAnswer(fields[3], length, fields[4], _low(fields, 5))


def _who(data: bytes) -> WhoAreYou:
    fields = data.ljust(16, b"\0")
    return WhoAreYou(
        _high(fields, 3), _high(fields, 5), _time(fields[7:13]), _high(fields, 13), fields[15]
    )


def _high_first(number: int) -> bytes:
    return (number & 0xFFFF).to_bytes(2, "big")


def _low_first(number: int) -> bytes:
    return (number & 0xFFFF).to_bytes(2, "little")


def _high(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _low(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _eight(serial: bytes) -> bytes:
    return serial[:8].ljust(8, b"\0")


def _bcd_time(at: datetime | None) -> bytes:
    """Day, month, year without its century, hour, minute, second: two digits in a byte."""
    return bytes(6) if at is None else bytes.fromhex(at.strftime("%d%m%y%H%M%S"))


def _time(data: bytes) -> datetime | None:
    """Years up to 69 are of this century. None where the digits are no time."""
    digits = data.hex()
    if not digits.isdecimal():
        return None
    day, month, year, hour, minute, second = (int(digits[at : at + 2]) for at in range(0, 12, 2))
    try:
        return datetime(2000 + year - 100 * (year > 69), month, day, hour, minute, second)  # noqa: DTZ001 - the line carries no zone
    except ValueError:
        return None

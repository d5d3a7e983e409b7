"""The machine's side of DDCMP, for the virtual machine: its answers to commands, with faults."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from cvd_desktop.link.ddcmp_commands import (
    ANSWER,
    COLLECT,
    COMMAND,
    FINISH,
    UNKNOWN_LENGTH,
    WRITE_ANSWER,
    Operation,
    ReadAnswer,
    SlaveIdentity,
    WhoAreYou,
    build_block,
    operation_of,
    parse_block,
    parse_program_slave,
    parse_read_data,
    parse_who_are_you,
    parse_write_data,
    program_answer,
    refusal,
)
from cvd_desktop.link.ddcmp_faults import DDCMP_FAULTS
from cvd_desktop.link.ddcmp_frames import LONGEST_DATA, NackCode
from cvd_desktop.link.ddcmp_machine_link import DdcmpSlave
from cvd_desktop.link.ddcmp_machine_table import DdcmpMachineSettings, SlaveState
from cvd_desktop.link.fault_kinds import parse_kinds
from cvd_desktop.link.outputs import (
    Finished,
    Phase,
    Progress,
    Received,
    Send,
    SetBaudRate,
)

DDCMP_MACHINE_SETTINGS = DdcmpMachineSettings()

_NEW_CODES = re.compile(rb"^SD1\*X([0-9A-F]{8})\*X([0-9A-F]{8})", re.MULTILINE)
_WRONG_CODES = 1
_BLOCK_HEAD = 2  # 99 and the block number
_LENGTHS: dict[int, int] = {
    Operation.WHO_ARE_YOU: 16,
    Operation.PROGRAM_SLAVE: 24,
    Operation.READ: 9,
    Operation.WRITE: 6,
}
_FILLER = b"MA5*PADDING*0123456789*0123456789\r\n"


class DdcmpMachine(DdcmpSlave):
    """Serves sessions one after another, for ever.

    `documents` is asked once per READ with the list number; None, or nothing, refuses the list.
    Outputs: Send; SetBaudRate; Progress for each block that was acknowledged; Received(last=True)
    with the whole of what was written, before the last block is acknowledged; Finished once per
    session when FINISH has been acknowledged, the only moment at which interval counters may be
    cleared: `{"list": n, "blocks": .., "received": ..}` of a list that was read whole, 1 when it
    was among them, and 0 when none was; Failed(BROKEN_OFF) when a session is given up, after which
    the machine is there for the next one; Failed(PORT_GONE) when a fault pulls the plug.
    Raises UnknownFaultError.
    """

    def __init__(
        self,
        documents: Callable[[int], bytes | None],
        *,
        faults: Iterable[str] = (),
        settings: DdcmpMachineSettings = DDCMP_MACHINE_SETTINGS,
    ) -> None:
        named = parse_kinds(faults, DDCMP_FAULTS)
        super().__init__(_with_faults(settings, named), named)
        self._documents = documents
        self._codes = self._settings.codes
        self._serial = self._settings.serial
        self.completed = 0

    def _new_session(self) -> None:
        super()._new_session()
        self._known = False  # it has said who it is
        self._extra_reads = self._settings.extra_reads
        self._asked: set[int] = set()  # lists that were read, or begun
        self._whole: dict[int, tuple[int, int]] = {}  # blocks and bytes by list, when read whole
        self._list = 0
        self._is_whole = False
        self._blocks: list[bytes] = []
        self._at = 0  # the block that is out, or is next
        self._taken_bytes = 0
        self._announced: int | None = None  # length of what is written, while it is
        self._written = bytearray()
        self._blocks_written = 0

    @property
    def codes(self) -> bytes:
        """Security code and pass code, high byte first; zeros as long as none was ever given."""
        return self._codes

    @property
    def _block_number(self) -> int:
        return self._at + 1

    def _is_deaf_to_start(self) -> bool:
        if "one_read" in self._faults and self.completed:
            return True
        return super()._is_deaf_to_start()

    # Commands

    def _take_command(self) -> SlaveState | None:
        data = self._frame.data
        if data == FINISH:
            return self._finish()
        if data[0] != COMMAND:
            self._acknowledge()
            return SlaveState.LINKED
        answer = self._answer_to(data)
        if self._happens("ack_only", self._sent + 1):
            self._acknowledge()
            return SlaveState.LINKED
        self._acknowledge(answered=True)
        self._send_message(answer)
        return None

    def _answer_to(self, data: bytes) -> bytes:
        operation = operation_of(data) or 0
        if len(data) < _LENGTHS.get(operation, 0):
            return bytes([ANSWER, operation, 0])
        if operation == Operation.WHO_ARE_YOU:
            return self._who(data)
        answers: dict[int, Callable[[bytes], bytes | None]] = {
            Operation.PROGRAM_SLAVE: self._program,
            Operation.READ: self._read,
            Operation.WRITE: self._write,
        }
        answer = answers[operation](data) if self._known and operation in answers else None
        return answer or bytes([ANSWER, operation, 0])

    def _who(self, data: bytes) -> bytes:
        """Nobody with another code than the one that was given first."""
        who = parse_who_are_you(data)
        assert who is not None
        codes = _codes_of(who)
        self._known = codes == self._codes or not any(self._codes)
        if not self._known:
            return refusal(Operation.WHO_ARE_YOU, _WRONG_CODES)
        self._codes = codes
        self._active = True
        settings = self._settings
        return SlaveIdentity(
            serial=self._serial,
            version=settings.version,
            maker=settings.maker,
            extra_reads=settings.extra_reads,
            buffer=settings.buffer_size,
            security_code=who.security_code,
            pass_code=who.pass_code,
        ).build()

    def _program(self, data: bytes) -> bytes | None:
        command = parse_program_slave(data)
        if command is None or "refuse_program" in self._faults:
            return None
        self._codes = _codes_of(command.who)
        self._serial = command.serial
        return program_answer(command.who, command.serial)

    # READ

    def _read(self, data: bytes) -> bytes | None:
        command = parse_read_data(data)
        if command is None or not self._may_read(command.list_number, command.length):
            return None
        document = self._documents(command.list_number)
        if not document or command.offset >= len(document):
            return None
        document += self._padding(len(document))
        self._asked.add(command.list_number)
        rest = document[command.offset :]
        piece = rest if command.length in (0, UNKNOWN_LENGTH) else rest[: command.length]
        size = self._settings.block_size
        self._blocks = [piece[at : at + size] for at in range(0, len(piece), size)]
        self._at = self._taken_bytes = 0
        self._list = command.list_number
        self._is_whole = len(piece) == len(document)
        length = max(1, len(piece) + int(self._faults.get("length_lie", 0)))
        if "unknown_length" in self._faults or length >= UNKNOWN_LENGTH:
            length = UNKNOWN_LENGTH
        return ReadAnswer(command.list_number, length, command.record, command.offset).build()

    def _may_read(self, number: int, length: int) -> bool:
        if self._faults.get("refuse_list") == str(number):
            return False
        if "ffff_only" in self._faults and length != UNKNOWN_LENGTH:
            return False
        if number in self._asked:
            self._extra_reads -= 1
        return number not in self._asked or self._extra_reads >= 0

    def _padding(self, size: int) -> bytes:
        missing = max(0, int(self._faults.get("huge", 0)) - size)
        return (_FILLER * (missing // len(_FILLER) + 1))[:missing]

    def _answer_was_taken(self) -> SlaveState | None:
        if self._at < len(self._blocks):
            self._state = SlaveState.BLOCK_SENT
            self._send_block()
            return SlaveState.BLOCK_SENT
        return None if self._announced is None else SlaveState.WRITE_IN

    def _send_block(self) -> None:
        number = self._block_number
        last = number == len(self._blocks)
        select = last and "no_select" not in self._faults
        if "toggling_select" in self._faults:
            select = number % 2 == 1
        wrong = self._happens("wrong_block_number", number)
        self._send_message(
            build_block(self._at + 100 * wrong, self._blocks[self._at]), select=select
        )

    def _say_message(self, data: bytearray) -> None:
        if self._state is SlaveState.BLOCK_SENT and self._happens("hang_in_block", self._at + 1):
            self._hang_in_block(bytes(data))
        else:
            super()._say_message(data)

    def _hang_in_block(self, data: bytes) -> None:
        self._emit_bytes(data[: len(data) // 2])
        self._fall_silent()

    def _block_was_taken(self) -> SlaveState | None:
        number = self._block_number
        if self._happens("duplicate_block", number):
            self._put_message()
            return None
        self._taken_bytes += len(self._blocks[self._at])
        self._at = number
        self._out.append(Progress(Phase.TRANSFER, number, self._taken_bytes))
        if self._happens("give_up_after", number):
            return self._give_up()
        if self._happens("restart_after", number):
            return self._begin_anew()
        if number < len(self._blocks):
            self._send_block()
            return None
        if self._is_whole:
            self._whole[self._list] = number, self._taken_bytes
        return SlaveState.LINKED

    def _begin_anew(self) -> SlaveState:
        """As after a short power cut: it calls by itself, and knows nothing any more."""
        self._abandon()
        self._new_session()
        self._call()
        if self._speed != self._settings.start_speed:
            self._then(SetBaudRate(self._settings.start_speed))
        return SlaveState.IDLE

    # WRITE

    def _write(self, data: bytes) -> bytes | None:
        command = parse_write_data(data)
        if command is None or "refuse_write" in self._faults:
            return None
        self._announced = command.length or UNKNOWN_LENGTH
        self._written.clear()
        self._blocks_written = 0
        return WRITE_ANSWER

    def _take_block(self) -> SlaveState | None:
        """Anything but the block that is due, FINISH among it, means that the job has failed."""
        assert self._announced is not None
        block = parse_block(self._frame.data)
        if block is None or block[0] != self._blocks_written % 256:
            return self._give_up()
        self._blocks_written += 1
        self._written += block[1]
        size, known = len(self._written), self._announced != UNKNOWN_LENGTH
        if size > (self._announced if known else self._settings.most_written):
            return self._give_up()
        done = size == self._announced if known else self._frame.select
        if done:
            self._take_document(bytes(self._written))
        self._acknowledge()
        return SlaveState.LINKED if done else None

    def _take_document(self, document: bytes) -> None:
        self._announced = None
        self._out.append(Received(document, last=True))
        wanted = _NEW_CODES.search(document)
        if wanted and bytes.fromhex(wanted[1].decode()) == self._codes:
            self._codes = bytes.fromhex(wanted[2].decode())

    # FINISH

    def _finish(self) -> SlaveState:
        if "no_finish_ack" in self._faults:
            return self._give_up()
        if "nack_finish" in self._faults:
            self._heard = (self._heard - 1) % 256
            self._say_nack(NackCode.DATA_CRC)
            return SlaveState.LINKED
        self._acknowledge()
        if self._active:
            self._then(Finished(self._what_was_read()))
        return SlaveState.CLOSED

    def _what_was_read(self) -> dict[str, str | int]:
        number = COLLECT if COLLECT in self._whole else next(reversed(self._whole), 0)
        blocks, size = self._whole.get(number, (0, 0))
        return {"list": number, "blocks": blocks, "received": size}

    def _emit(self, output: Send | SetBaudRate | Finished) -> None:
        super()._emit(output)
        if isinstance(output, Finished):
            self.completed += 1


def _codes_of(who: WhoAreYou) -> bytes:
    return who.security_code.to_bytes(2, "big") + who.pass_code.to_bytes(2, "big")


def _with_faults(settings: DdcmpMachineSettings, faults: dict[str, str]) -> DdcmpMachineSettings:
    changes: dict[str, Any] = {
        name: int(faults[fault])
        for fault, name in (
            ("block_size", "block_size"),
            ("extra_reads", "extra_reads"),
            ("small_buffer", "buffer_size"),
        )
        if fault in faults
    }
    if "block_size" in faults:
        changes["block_size"] = min(changes["block_size"], LONGEST_DATA - _BLOCK_HEAD)
    if "impatient" in faults:
        changes["ack_wait"] = 0.17
    if "codes" in faults:
        changes["codes"] = bytes.fromhex(faults["codes"])
    if "zero_serial" in faults:
        changes["serial"] = bytes(8)
    return replace(settings, **changes)

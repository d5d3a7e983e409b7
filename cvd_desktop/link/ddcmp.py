"""The DDCMP reader as a protocol machine: what it does is in ddcmp_table, how is here.

A block is given out before its acknowledgement, and the acknowledgement comes with a later `tick`
(the turnaround time after the block): when the runner has stored the block first, no machine ever
hears of a block that is not on disk. The last block is given out as such before FINISH.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from cvd_desktop.link.ddcmp_blocks import SameAgain, Verdict, split_document
from cvd_desktop.link.ddcmp_commands import (
    COLLECT,
    CONFIGURATION,
    FINISH,
    UNKNOWN_LENGTH,
    Asker,
    ProgramSlave,
    ReadData,
    SlaveIdentity,
    WhoAreYou,
    WriteData,
    parse_block,
    parse_read_answer,
    parse_slave_identity,
)
from cvd_desktop.link.ddcmp_frames import ControlKind
from cvd_desktop.link.ddcmp_session import DdcmpSession
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity, DdcmpSettings
from cvd_desktop.link.ddcmp_table import State
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    Party,
    Phase,
    Received,
)


@dataclass(frozen=True, slots=True)
class _Read:
    list_number: int
    extra: bool = False  # one that the machine offers on top


class DdcmpReader(DdcmpSession):
    """Reads lists, then writes a document, then says FINISH. See link/outputs.py for the drive.

    `lists` may be empty; `program_serial` gives the machine that serial number (8 bytes) first.
    Several lists, and the extra reads that a machine offers, come out as one report after the
    other; `last` stands on the very last block. A list that is not the first may be refused.

    `detail` of Failed: phase, blocks, received, retries, heard (bytes), baud_rate, and `code` of a
    refusal (codes, list, write, program) or `why`: silence, echo (only our own light), noise, deaf
    (the machine does not hear us), busy, nack, restarted, eot (it took its answer back), finish,
    report (too long), or a Damage. `detail` of Finished: list, lists, refused, serial (16 hex
    digits), version, maker, baud_rate, blocks, received, retries, written (bytes), and `finish`,
    which is "confirmed", or "unconfirmed" where only looks were made.
    """

    def __init__(
        self,
        settings: DdcmpSettings | None = None,
        *,
        lists: Sequence[int] = (2,),
        identity: DdcmpIdentity | None = None,
        document: bytes | None = None,
        write_list: int = CONFIGURATION,
        program_serial: bytes | None = None,
    ) -> None:
        super().__init__(settings or DdcmpSettings())
        self._lists = tuple(lists)
        self._document = document
        self._write_list = write_list
        self._program_serial = program_serial
        asked = identity or DdcmpIdentity()
        self._who = WhoAreYou(
            asked.security_code,
            asked.pass_code,
            asked.at,
            asked.user_id,
            Asker.MAINTENANCE if asked.maintenance else Asker.ROUTE_PERSON,
        )
        self._slave = SlaveIdentity()
        self._reads: deque[_Read] = deque()
        self._read = _Read(0)
        self._read_lists: list[int] = []  # those of which a block came
        self._refused_lists: list[int] = []
        self._other_length_tried = False
        self._same = SameAgain()
        self._open = False  # the last block that was given out was not the last
        self._to_write: deque[bytes] = deque()
        self._failure: Failed | None = None  # that waits for our last ACK

    def cancel(self, now: float) -> list[Output]:
        """Ends the session. A look that is whole stays whole; a collect without FINISH is none."""
        self._now = now
        if self._state is State.FINISH_SENT and (self._message_out or not self._is_collect):
            self._enter(self._not_confirmed())
        elif self._state is State.LEAVING:
            self._enter(self._leave())
        elif self._state is not State.OVER:
            self._enter(self._fail(FailureCode.CANCELLED, Party.PERSON))
        return self._taken()

    @property
    def _is_collect(self) -> bool:
        return COLLECT in self._read_lists

    # Actions: who are you, program

    def _question(self) -> bytes:
        return self._who.build()

    def _take_identity(self) -> State | None:
        self._acknowledge()
        self._slave = parse_slave_identity(self._frame.data) or SlaveIdentity()
        slave = self._slave
        self._progress(
            Phase.HANDSHAKE_1,
            serial=slave.serial.hex(),
            version=slave.version,
            maker=slave.maker,
            extra_reads=slave.extra_reads,
            buffer=slave.largest_frame,
        )
        self._reads.clear()
        for number in self._lists:
            extras = [_Read(number, extra=True)] * slave.extra_reads
            self._reads += [_Read(number), *extras]
        if self._program_serial is None:
            return self._next()
        self._say_new(ProgramSlave(self._who, self._program_serial).build())
        return State.PROGRAM_SENT

    def _go_on(self) -> State:
        self._acknowledge()
        self._progress(Phase.HANDSHAKE_2, programmed=1)
        return self._next()

    def _next(self) -> State:
        """The next read, or the document, or FINISH."""
        self._repeats = 0
        if self._reads:
            self._read = self._reads.popleft()
            self._same.begin(self._read.extra)
            self._other_length_tried = False
            self._ask_read(self._settings.read_length)
            return State.READ_SENT
        self._close_report()
        if self._document is None:
            self._finish_up()
            return State.FINISH_SENT
        self._to_write = deque(split_document(self._document, self._slave.largest_frame))
        size = min(len(self._document), UNKNOWN_LENGTH)
        self._say_new(WriteData(self._write_list, size).build())
        return State.WRITE_SENT

    def _ask_read(self, length: int) -> None:
        self._progress(Phase.HANDSHAKE_2, list=self._read.list_number, extra=int(self._read.extra))
        self._say_new(ReadData(self._read.list_number, length).build())

    def _close_report(self) -> None:
        if self._open:
            self._open = False
            self._out.append(Received(b"", last=True))

    # Actions: read

    def _take_length(self) -> None:
        self._acknowledge()
        self._repeats = 0
        answer = parse_read_answer(self._frame.data)
        length = answer.length if answer else UNKNOWN_LENGTH
        known = {} if length in (0, UNKNOWN_LENGTH) else {"length": length}
        self._progress(Phase.HANDSHAKE_2, list=self._read.list_number, **known)
        self._blocks.begin(length)

    def _try_other_read(self) -> State | None:
        """A refused extra read is the end of the extra reads of that list."""
        self._acknowledge()
        number = self._read.list_number
        if self._read.extra:
            self._forget_extras()
            return self._next()
        if not self._other_length_tried:
            self._other_length_tried = True
            self._retries += 1
            self._ask_read(0 if self._settings.read_length else UNKNOWN_LENGTH)
            return None
        self._refused_lists.append(number)
        if self._blocks.count == 0:
            return self._refused_for("list", Party.SETTING, list=number)
        self._forget_extras()
        return self._next()

    def _forget_extras(self) -> None:
        while self._reads and self._reads[0].extra:
            self._reads.popleft()

    def _take_block(self) -> State | None:
        parsed = parse_block(self._frame.data)
        assert parsed is not None
        if self._state is State.READ_TAKEN:
            self._blocks.begin(UNKNOWN_LENGTH)
        number, data = parsed
        verdict = self._blocks.take(number, data, self._frame.select)
        if verdict is Verdict.RESTARTED:
            return self._break_off(FailureCode.BROKEN_OFF, Party.MACHINE, "restarted")
        if verdict is Verdict.TOO_LONG:
            return self._fail(FailureCode.TOO_LONG, Party.MACHINE, why="report")
        if not data and verdict is Verdict.MORE:
            self._acknowledge()
            return self._count_repeat("report")
        self._repeats = 0
        if self._read.list_number not in self._read_lists:
            self._read_lists.append(self._read.list_number)
        whole = verdict is Verdict.LAST
        piece = self._same.give(data) + (self._same.end() if whole else b"")
        last = whole and not self._reads
        self._open = not last
        if piece or last:
            self._out.append(Received(piece, last))
        self._acknowledge()
        self._progress(Phase.TRANSFER)
        if whole:
            return self._next()
        return State.BLOCKS_ENDED if self._blocks.may_be_over else None

    def _end_by_silence(self) -> State:
        if piece := self._same.end():
            self._out.append(Received(piece))
        return self._next()

    # Actions: write

    def _send_block(self) -> State:
        self._acknowledge()
        self._document_out = True
        return self._next_block()

    def _block_was_taken(self) -> State:
        self._was_taken()
        return self._next_block() if self._to_write else State.WRITTEN

    def _next_block(self) -> State:
        block = self._to_write.popleft()
        self._say_new(block, select=not self._to_write)
        self._progress(Phase.TRANSFER, left=len(self._to_write))
        return State.BLOCK_SENT

    # Actions: the end

    def _finish_up(self) -> None:
        self._progress(Phase.CHECK)
        self._say_new(FINISH)

    def _weigh_finish(self) -> State | None:
        if self._proof is ControlKind.ACK:
            return self._finished("confirmed")
        return State.FINISH_SENT if self._proof is None else self._not_confirmed()

    def _came_more(self) -> State:
        return self._fail(FailureCode.BROKEN_OFF, Party.MACHINE, why="restarted")

    def _not_confirmed(self) -> State:
        if self._is_collect:
            return self._fail(FailureCode.FINISH_UNCONFIRMED, Party.MACHINE, why="finish")
        return self._finished("unconfirmed")

    def _finished(self, finish: str) -> State:
        slave = self._slave
        facts: dict[str, str | int] = {
            "list": self._read_lists[0] if self._read_lists else 0,
            "lists": " ".join(map(str, self._read_lists)),
            "refused": " ".join(map(str, self._refused_lists)),
            "serial": slave.serial.hex(),
            "version": slave.version,
            "maker": slave.maker,
            "baud_rate": self._baud_rate,
            "blocks": self._blocks.count,
            "received": self._blocks.received,
            "retries": self._retries,
            "written": len(self._document or b""),
            "finish": finish,
        }
        self._out.append(Finished(facts))
        return State.OVER

    def _refuse_codes(self) -> State:
        return self._refused_for("codes", Party.SETTING)

    def _refuse_program(self) -> State:
        return self._refused_for("program", Party.MACHINE)

    def _refuse_write(self) -> State:
        return self._refused_for("write", Party.MACHINE, list=self._write_list)

    def _refused_for(self, code: str, party: Party, **more: int) -> State:
        """The machine hears that we know, and is free again; then the session ends."""
        self._acknowledge()
        self._failure = self._failed(FailureCode.REFUSED, party, code=code, **more)
        return State.LEAVING

    def _turn_taken(self) -> None:
        if self._state is State.LEAVING:
            self._enter(self._leave())

    def _leave(self) -> State:
        assert self._failure is not None
        self._out.append(self._failure)
        return State.OVER

"""A DDCMP master as simple as the protocol allows, played by hand against a machine."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cvd_desktop.link.ddcmp_commands import FINISH, ReadData, WhoAreYou, parse_block
from cvd_desktop.link.ddcmp_frames import (
    ControlFrame,
    ControlKind,
    DataFrame,
    DdcmpParser,
    NackCode,
    build_control,
    build_data,
)
from cvd_desktop.link.ddcmp_machine import DDCMP_MACHINE_SETTINGS, DdcmpMachine
from cvd_desktop.link.outputs import Finished, Output, ProtocolMachine, SetBaudRate
from tests.support.dex_lines import LONG_REPORT
from tests.support.line_script import LineScript

_WITHIN = 0.1  # seconds: longer than any frame at 115200, shorter than a repetition


class Master:
    def __init__(self, machine: ProtocolMachine) -> None:
        self.line = LineScript(machine)
        self.sent = self.heard = 0
        self._last = b""

    @property
    def outputs(self) -> list[Output]:
        return self.line.outputs

    def hear(self, data: bytes, within: float = _WITHIN) -> list[object]:
        """The frames that are said to these bytes."""
        return self.frames(self.line.answer_to(data, within))

    def wait(self, seconds: float) -> list[object]:
        return self.hear(b"", seconds)

    def frames(self, data: bytes) -> list[object]:
        frames: list[object] = list(DdcmpParser().feed(data))
        for frame in frames:
            if isinstance(frame, DataFrame):
                self.heard = frame.number
        return frames

    def start(self, wish: int = 0) -> list[object]:
        self.sent = self.heard = 0
        return self.hear(build_control(ControlFrame(ControlKind.START, high=wish)))

    def message(self, data: bytes) -> bytes:
        """The bytes of the next message."""
        self.sent = (self.sent + 1) % 256
        self._last = build_data(DataFrame(data, self.heard, self.sent))
        return self._last

    def say(self, data: bytes) -> list[object]:
        return self.hear(self.message(data))

    def say_again(self) -> list[object]:
        return self.hear(self._last)

    def ack(self) -> list[object]:
        return self.hear(build_control(ControlFrame(ControlKind.ACK, low=self.heard)))

    def nack(self) -> list[object]:
        low = (self.heard - 1) % 256
        nack = ControlFrame(ControlKind.NACK, low=low, error=NackCode.DATA_CRC)
        return self.hear(build_control(nack))

    def ask(self, command: bytes) -> bytes:
        """The data of the answer, which stays without acknowledgement."""
        frames = self.say(command)
        answer = frames[-1]
        assert isinstance(answer, DataFrame), frames
        assert frames[:-1] in ([], [ControlFrame(ControlKind.ACK, low=self.sent)])
        assert answer.received == self.sent
        return answer.data

    def log_in(self, who: WhoAreYou = WhoAreYou()) -> bytes:  # noqa: B008 - it is frozen
        self.start()
        answer = self.ask(who.build())
        self.ack()
        return answer

    def read(self, list_number: int, length: int = 0) -> tuple[bytes, list[DataFrame]]:
        """The answer to READ, and the blocks after it until nothing comes any more."""
        answer = self.ask(ReadData(list_number, length).build())
        blocks: list[DataFrame] = []
        frames = self.ack()
        while frames:
            (block,) = frames
            assert isinstance(block, DataFrame), frames
            blocks.append(block)
            frames = self.ack()
        return answer, blocks

    def finish(self) -> list[object]:
        return self.say(FINISH)


def document_of(blocks: list[DataFrame]) -> bytes:
    parsed = [parse_block(block.data) for block in blocks]
    return b"".join(piece[1] for piece in parsed if piece)


Documents = Callable[[int], bytes | None]


def machine(*faults: str, documents: Documents = lambda _: LONG_REPORT, **changes: Any) -> Master:
    """A master that has said nothing yet; the machine starts at 115200 unless `changes`, fields of
    its settings, say something else."""
    slave = replace(DDCMP_MACHINE_SETTINGS, **({"start_speed": 115200} | changes))
    return Master(DdcmpMachine(documents, faults=faults, settings=slave))


def ack(number: int) -> ControlFrame:
    return ControlFrame(ControlKind.ACK, low=number)


def nack(number: int, code: NackCode) -> ControlFrame:
    return ControlFrame(ControlKind.NACK, low=number, error=code)


def stack(own: int, wish: int) -> ControlFrame:
    return ControlFrame(ControlKind.STACK, low=own, high=wish)


def finishes(played: Master) -> list[dict[str, str | int]]:
    return [output.detail for output in played.outputs if isinstance(output, Finished)]


def speeds(played: Master) -> list[int]:
    return [output.baud_rate for output in played.outputs if isinstance(output, SetBaudRate)]

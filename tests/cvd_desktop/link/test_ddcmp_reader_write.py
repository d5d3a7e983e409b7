"""Writing over DDCMP: a document, a serial number, and how a machine refuses them."""

import pytest

from cvd_desktop.link.ddcmp_commands import (
    WRITE_ANSWER,
    SlaveIdentity,
    WhoAreYou,
    parse_block,
    program_answer,
    refusal,
)
from cvd_desktop.link.ddcmp_commands import Operation as Op
from cvd_desktop.link.ddcmp_frames import DataFrame, DdcmpParser
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.outputs import FailureCode, Received
from tests.support.ddcmp_slave import (
    BLOCKS,
    STAY,
    Said,
    SlaveLine,
    ack,
    known,
    linked,
    nack,
    reading,
    stack,
)

DOCUMENT = b"DXS*CVD0000001*VA*V1/6*1\r\nPC1*1*175\r\n" * 16  # 624 bytes


def writing(buffer: int = 0, settings: DdcmpSettings = STAY) -> tuple[SlaveLine, Said]:
    """WRITE was accepted; gives what the reader says to that."""
    line = SlaveLine(settings, lists=(), document=DOCUMENT)
    linked(line)
    said = line.answer(SlaveIdentity(buffer=buffer).build())
    assert said[-1] == ("data", 2, b"\x77\xe3\x00\x40" + len(DOCUMENT).to_bytes(2, "little"))
    return line, line.answer(WRITE_ANSWER)


def take_document(line: SlaveLine, said: Said) -> bytes:
    """Acknowledges block after block until FINISH comes, and gives what was written."""
    written = b""
    for number in range(len(DOCUMENT) + 1):
        block = parse_block(said[-1][2])
        if block is None:
            break
        assert block[0] == number & 0xFF
        written += block[1]
        line.hear(ack(said[-1][1]))
        said = line.frames(0.05) or line.frames(1.1)
    assert said[-1][2] == b"\x77\xff"
    line.hear(ack(said[-1][1]))
    return written


def test_a_document_is_written_and_finished() -> None:
    line, said = writing()
    assert said[0] == ("ACK", 2, b"")
    assert take_document(line, said) == DOCUMENT
    assert line.finished.detail["written"] == len(DOCUMENT)
    assert line.finished.detail["finish"] == "confirmed"
    assert not [out for out in line.outputs if isinstance(out, Received)]


@pytest.mark.parametrize("buffer", [0, 256, 160, 64, 26, 13, 5000])
def test_no_frame_is_larger_than_the_buffer_of_the_slave(buffer: int) -> None:
    line, said = writing(buffer)
    start = len(line.outputs)
    assert take_document(line, said) == DOCUMENT
    sizes = [len(getattr(out, "data", b"")) for out in line.outputs[start:]]
    assert max(sizes) <= (buffer or 256)


def test_the_last_block_has_the_flag_and_no_other_has_it() -> None:
    line = SlaveLine(lists=(), document=DOCUMENT[:300])
    linked(line)
    line.answer(SlaveIdentity().build())
    line.heard = 2
    line.hear(ack(2) + line.message(WRITE_ANSWER))
    line.wait(0.05)
    flags = []
    for number in (3, 4):
        frames = DdcmpParser().feed(line.said())
        flags += [frame.select for frame in frames if isinstance(frame, DataFrame)]
        line.hear(ack(number))
        line.wait(0.05)
    assert flags == [False, True]


def test_a_block_goes_again_until_it_arrived_and_each_once() -> None:
    line, said = writing()
    first = said[-1]
    assert line.frames(1.5) == [first]
    line.hear(nack(2))
    assert line.frames() == [first]
    line.hear(ack(3))
    (second,) = line.frames()
    assert second[:2] == ("data", 4)


def test_a_machine_that_never_takes_a_block() -> None:
    line, _ = writing()
    line.wait(60)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.detail["phase"] == "transfer"


def test_the_machine_gets_time_before_finish() -> None:
    line = SlaveLine(lists=(), document=b"IC1*1\r\n")
    linked(line)
    line.answer(SlaveIdentity().build())
    line.answer(WRITE_ANSWER)
    line.hear(ack(3))
    assert line.frames(0.9) == []
    assert line.frames(0.2) == [("data", 4, b"\x77\xff")]


def test_a_refusal_to_be_written_to_is_named() -> None:
    line = SlaveLine(lists=(), document=DOCUMENT)
    linked(line)
    line.answer(SlaveIdentity().build())
    assert line.answer(refusal(Op.WRITE)) == [("ACK", 2, b"")]
    assert line.failed.code is FailureCode.REFUSED
    assert line.failed.detail["code"] == "write"
    assert line.failed.detail["list"] == 64


def test_a_list_is_read_before_the_document_is_written() -> None:
    line = SlaveLine(lists=(2,), document=DOCUMENT)
    reading(line, 235)
    said = line.block(0, BLOCKS[0])
    assert [out.last for out in line.outputs if isinstance(out, Received)] == [True]
    assert said[-1][2][:4] == b"\x77\xe3\x00\x40"
    assert take_document(line, line.answer(WRITE_ANSWER)) == DOCUMENT
    assert line.finished.detail["lists"] == "2"


def test_a_write_that_has_begun_is_never_begun_again_by_itself() -> None:
    line, said = writing()
    line.hear(ack(said[-1][1]))
    line.wait(0.05)
    line.said()
    line.wait(60)
    assert line.failed.code is FailureCode.BROKEN_OFF
    starts = DdcmpParser().feed(line.said())
    assert all(isinstance(frame, DataFrame) for frame in starts)


def test_the_echo_of_our_own_blocks_may_come_late() -> None:
    """With a slow adapter it comes when the next message is out, under the number that is due."""
    line = SlaveLine(lists=(), document=DOCUMENT[:300])
    linked(line)
    line.answer(SlaveIdentity().build())
    line.answer(WRITE_ANSWER)
    first = line.last_said[8:]
    line.hear(ack(3))
    line.wait(0.05)
    line.hear(first)
    line.wait(0.05)
    second = line.said()
    line.hear(ack(4))
    line.wait(1.1)
    line.hear(second)
    line.hear(ack(5))
    assert line.finished.detail["finish"] == "confirmed"


def test_cancel_in_a_write() -> None:
    line, _ = writing()
    line.cancel()
    assert line.failed.code is FailureCode.CANCELLED


def test_a_serial_number_is_given_before_the_list_is_read() -> None:
    line = SlaveLine(program_serial=b"CVD00042")
    linked(line)
    said = line.answer(SlaveIdentity().build())
    assert said[-1][2][:3] == b"\x77\xe1\x00"
    assert said[-1][2][-8:] == b"CVD00042"
    said = line.answer(program_answer(WhoAreYou(), b"CVD00042"))
    assert said[-1][2][:4] == b"\x77\xe2\x00\x02"


def test_a_refused_serial_number_is_named() -> None:
    line = SlaveLine(program_serial=b"CVD00042")
    linked(line)
    line.answer(SlaveIdentity().build())
    line.answer(refusal(Op.PROGRAM_SLAVE))
    assert line.failed.detail["code"] == "program"


def test_without_a_list_and_a_document_the_machine_is_only_asked_who_it_is() -> None:
    line = SlaveLine(lists=())
    known(line, SlaveIdentity(b"12345678", 3, 9))
    line.hear(ack(2))
    assert line.finished.detail["serial"] == b"12345678".hex()
    line.hear(stack())
    assert line.finished

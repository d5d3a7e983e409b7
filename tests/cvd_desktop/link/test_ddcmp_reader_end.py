"""How a DDCMP read ends: refusals, further lists, FINISH and its acknowledgement, cancel, size."""

import pytest

from cvd_desktop.link.ddcmp_commands import Operation as Op
from cvd_desktop.link.ddcmp_commands import (
    ReadAnswer,
    SlaveIdentity,
    build_block,
    refusal,
)
from cvd_desktop.link.ddcmp_frames import (
    ControlFrame,
    ControlKind,
    DataFrame,
    build_control,
    build_data,
)
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity, DdcmpSettings
from cvd_desktop.link.outputs import FailureCode, Finished, Received
from tests.support.ddcmp_slave import (
    BLOCKS,
    REPORT,
    STAY,
    SlaveLine,
    ack,
    finishing,
    known,
    linked,
    nack,
    reading,
    stack,
)

FINISH = ("data", 3, b"\x77\xff")


def ended(line: SlaveLine) -> Finished:
    """FINISH is acknowledged."""
    line.hear(ack(3))
    return line.finished


# Codes and lists that are refused


def test_wrong_codes_are_named_and_never_tried_again() -> None:
    identity = DdcmpIdentity(0x1234, 0x5678)
    line = linked(SlaveLine(identity=identity))
    said = line.answer(refusal(Op.WHO_ARE_YOU, 1))
    assert said == [("ACK", 1, b"")]
    assert line.failed.code is FailureCode.REFUSED
    assert line.failed.detail["code"] == "codes"
    line.wait(100)
    assert line.said() == b""


def test_a_list_that_is_refused_twice_is_named() -> None:
    line = known(SlaveLine(lists=(101,)))
    line.answer(refusal(Op.READ))
    assert line.answer(refusal(Op.READ)) == [("ACK", 3, b"")]
    assert line.failed.code is FailureCode.REFUSED
    assert (line.failed.detail["code"], line.failed.detail["list"]) == ("list", 101)


def test_a_second_list_may_be_refused() -> None:
    line = SlaveLine(lists=(2, 64))
    reading(line, 235)
    said = line.block(0, BLOCKS[0])
    assert said[-1] == ("data", 3, bytes.fromhex("77e2004001 0000 0000"))
    assert not [out for out in line.outputs if isinstance(out, Received) and out.last]
    line.answer(refusal(Op.READ))
    said = line.answer(refusal(Op.READ))
    assert said[-1] == ("data", 5, b"\x77\xff")
    pieces = [out for out in line.outputs if isinstance(out, Received)]
    assert pieces == [Received(BLOCKS[0]), Received(b"", last=True)]
    line.hear(ack(5))
    assert line.finished.detail["refused"] == "64"
    assert line.finished.detail["lists"] == "2"


def test_two_lists_come_one_after_the_other() -> None:
    line = SlaveLine(lists=(2, 64))
    reading(line, 235)
    line.block(0, BLOCKS[0])
    line.answer(ReadAnswer(64, 10).build())
    assert line.block(0, b"IC1*1*2*3\r")[-1] == ("data", 4, b"\x77\xff")
    assert line.received == BLOCKS[0] + b"IC1*1*2*3\r"
    assert [out.last for out in line.outputs if isinstance(out, Received)] == [False, True]


# Extra reads


def extra_reads(first: bytes, second: bytes | None) -> SlaveLine:
    line = SlaveLine()
    known(line, SlaveIdentity(extra_reads=1))
    line.answer(ReadAnswer(2, len(first)).build())
    said = line.block(0, first)
    assert said[-1][2][:4] == b"\x77\xe2\x00\x02"
    if second is None:
        line.answer(refusal(Op.READ))
    else:
        line.answer(ReadAnswer(2, len(second)).build())
        line.block(0, second)
    line.hear(ack(4))
    assert line.finished
    return line


def test_an_extra_read_is_made_where_the_machine_offers_one() -> None:
    line = extra_reads(b"DXS*1\r\n", b"DXS*2*other\r\n")
    assert line.received == b"DXS*1\r\nDXS*2*other\r\n"


def test_an_extra_read_that_is_refused_ends_the_list() -> None:
    line = extra_reads(b"DXS*1\r\n", None)
    assert line.received == b"DXS*1\r\n"
    assert [out.last for out in line.outputs if isinstance(out, Received)][-1]


def test_an_extra_read_that_brings_the_same_again_is_not_stored_twice() -> None:
    assert extra_reads(b"DXS*1\r\n", b"DXS*1\r\n").received == b"DXS*1\r\n"


def test_an_extra_read_that_only_begins_alike_is_stored_whole() -> None:
    assert extra_reads(b"DXS*1\r\n", b"DXS*1\r").received == b"DXS*1\r\nDXS*1\r"


# FINISH


@pytest.mark.parametrize("list_number", [1, 2, 64])
def test_only_the_ack_of_finish_makes_a_collect_good(list_number: int) -> None:
    line = finishing(SlaveLine(lists=(list_number,)), list_number)
    assert [frame[:2] for frame in line.frames(5)] == [("data", 3)] * 4
    assert line.received == REPORT
    assert [out.last for out in line.outputs if isinstance(out, Received)][-1]
    if list_number == 1:
        assert line.failed.code is FailureCode.FINISH_UNCONFIRMED
        assert line.failed.detail["why"] == "finish"
    else:
        assert line.finished.detail["finish"] == "unconfirmed"


def test_a_nack_of_finish_is_not_its_ack() -> None:
    line = finishing(SlaveLine(lists=(1,)), 1)
    line.hear(nack(3))
    assert line.failed.code is FailureCode.FINISH_UNCONFIRMED


def test_a_message_with_the_number_of_finish_is_not_its_ack() -> None:
    line = finishing(SlaveLine(lists=(1,)), 1)
    line.heard = 3
    line.hear(line.message(b"\x88\xff\x01"))
    line.wait(10)
    assert line.failed.code is FailureCode.FINISH_UNCONFIRMED


def test_a_machine_that_calls_after_finish_leaves_it_open() -> None:
    line = finishing(SlaveLine(lists=(1,)), 1)
    line.hear(build_control(ControlFrame(ControlKind.START, high=8)))
    assert line.failed.code is FailureCode.FINISH_UNCONFIRMED


def test_a_machine_that_lost_the_last_ack_hears_it_and_finish_again() -> None:
    line = finishing(SlaveLine(lists=(1,)), 1)
    line.hear(line.last_frame)
    assert line.frames() == [("ACK", len(BLOCKS) + 2, b""), FINISH]
    assert ended(line).detail["finish"] == "confirmed"


def test_finish_is_sent_again_when_its_ack_is_lost() -> None:
    line = finishing(SlaveLine(lists=(1,)), 1)
    assert line.frames(0.6) == [FINISH]
    assert ended(line).detail["retries"] == 1


def test_the_echo_of_our_own_ack_never_confirms_finish() -> None:
    """One block, so the number of our ACK is the number of our FINISH."""
    line = SlaveLine(DdcmpSettings(wanted_speed=2400), lists=(1,))
    line.hear(line.said())
    line.wait(0.05)
    linked(line)
    line.hear(line.said())
    line.answer(SlaveIdentity().build())
    line.answer(ReadAnswer(1, 235).build())
    line.hear(line.message(build_block(0, BLOCKS[0]), select=True))
    line.wait(0.05)
    echo = line.said()
    line.hear(echo)
    line.wait(0.1)
    assert line.end is None
    assert echo == build_data(DataFrame(b"\x77\xff", 3, 3))
    assert ended(line).detail["finish"] == "confirmed"


def test_the_echo_of_a_command_is_not_its_acknowledgement() -> None:
    """Its own number and the one that it acknowledges are the same here."""
    line = SlaveLine(lists=(2, 64))
    line.hear(line.said())
    line.wait(0.05)
    reading(line, 235)
    line.hear(line.message(build_block(0, BLOCKS[0])))
    line.wait(0.05)
    command = line.said()
    assert command == build_data(DataFrame(bytes.fromhex("77e200400100000000"), 3, 3))
    line.hear(command)
    line.wait(0.6)
    assert line.said() == command


def test_an_echo_of_everything_changes_nothing() -> None:
    line = SlaveLine(lists=(2,))
    line.hear(line.said() + stack())
    line.wait(0.05)
    line.hear(line.said() + ack(1) + line.message(SlaveIdentity().build(), received=1))
    line.wait(0.05)
    line.hear(line.said() + ack(2) + line.message(ReadAnswer(2, 470).build(), received=2))
    line.wait(0.05)
    for number in range(2):
        data = line.message(build_block(number, BLOCKS[number]), received=2)
        line.hear(line.said() + data)
        line.wait(0.05)
    line.hear(line.said() + ack(3))
    assert line.received == b"".join(BLOCKS[:2])
    assert line.finished.detail["retries"] == 0


# Cancel


def test_cancel_ends_at_any_moment() -> None:
    for line in (SlaveLine(), linked(SlaveLine()), known(SlaveLine()), reading(SlaveLine())):
        line.cancel()
        assert line.failed.code is FailureCode.CANCELLED
        assert line.reader.deadline is None
        line.hear(stack())
        line.wait(10)
        assert len([out for out in line.outputs if isinstance(out, type(line.failed))]) == 1


def test_cancel_keeps_a_look_that_is_whole() -> None:
    line = finishing(SlaveLine())
    line.cancel()
    assert line.finished.detail["finish"] == "unconfirmed"


def test_cancel_before_finish_makes_a_collect_none() -> None:
    line = reading(SlaveLine(STAY, lists=(1,)), 235, 1)
    line.hear(line.message(build_block(0, BLOCKS[0]), select=True))
    line.said()
    line.cancel()
    assert line.said() == b""
    assert line.failed.code is FailureCode.CANCELLED


def test_cancel_after_finish_cannot_know_whether_a_collect_counts() -> None:
    line = finishing(SlaveLine(lists=(1,)), 1)
    line.cancel()
    assert line.failed.code is FailureCode.FINISH_UNCONFIRMED


# Size


def test_a_report_without_end_is_too_long() -> None:
    line = reading(SlaveLine(DdcmpSettings(wanted_speed=2400, longest_report=20_000)), 0xFFFF)
    for number in range(2000):
        line.block(number, b"x" * 1000)
        if line.end:
            break
    assert line.failed.code is FailureCode.TOO_LONG
    assert line.failed.detail["why"] == "report"
    assert len(line.received) == 20_000


def test_blocks_as_long_as_a_length_can_tell_are_taken() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    longest = b"y" * (0x3FFF - 2)
    assert line.block(0, longest, select=True)[-1] == FINISH
    assert line.received == longest

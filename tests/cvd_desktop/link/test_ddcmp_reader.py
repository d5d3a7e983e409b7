"""What a user relies on in a DDCMP read, one situation after the other."""

from dataclasses import replace
from datetime import datetime

import pytest

from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_commands import Operation as Op
from cvd_desktop.link.ddcmp_commands import (
    ReadAnswer,
    SlaveIdentity,
    build_block,
    parse_who_are_you,
    refusal,
)
from cvd_desktop.link.ddcmp_frames import (
    DataFrame,
    build_data,
)
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity, DdcmpSettings
from cvd_desktop.link.outputs import FailureCode, Finished, Party, Phase, Progress, Received, Send
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
from tests.support.line_script import LineScript

FINISH = ("data", 3, b"\x77\xff")
STAY_ONCE = replace(STAY, most_restarts=0)
TRAILER = b"PA1*31*150\r\nG85*0000\r\nSE*9*0001\r\nDXE*1*1\r\n"


def ended(line: SlaveLine) -> Finished:
    """FINISH is acknowledged."""
    line.hear(ack(3))
    return line.finished


# Who asks, and for what


@pytest.mark.parametrize("list_number", [1, 2, 50, 64, 101, 105])
def test_the_list_that_is_wanted_is_the_list_that_is_asked_for(list_number: int) -> None:
    line = SlaveLine(lists=(list_number,))
    linked(line)
    said = line.answer(SlaveIdentity().build())
    assert said == [
        ("ACK", 1, b""),
        ("data", 2, bytes([0x77, 0xE2, 0, list_number, 1, 0, 0, 0, 0])),
    ]


def test_a_look_is_what_is_made_when_nothing_is_said() -> None:
    line = LineScript(DdcmpReader(STAY))
    line.hear(stack())
    line.wait(0.05)
    line.said()
    line.hear(ack(1) + build_data(DataFrame(SlaveIdentity().build(), 1, 1)))
    line.wait(0.05)
    assert b"\x77\xe2\x00\x02\x01" in line.said()


def test_who_asks_is_told() -> None:
    at = datetime(2026, 11, 21, 19, 5, 7)  # noqa: DTZ001 - local time of a machine
    line = SlaveLine(identity=DdcmpIdentity(0x1234, 0x5678, 7, maintenance=True, at=at))
    line.hear(stack())
    who = parse_who_are_you(line.frames()[-1][2])
    assert who is not None
    assert (who.security_code, who.pass_code, who.user_id) == (0x1234, 0x5678, 7)
    assert (who.at, who.asker) == (at, 0x0B)


def test_codes_are_zeros_when_nobody_gave_any() -> None:
    line = SlaveLine()
    line.hear(stack())
    assert line.frames()[-1][2][3:7] == bytes(4)


# A whole read


def test_a_read_of_known_length() -> None:
    line = finishing(SlaveLine())
    assert line.received == REPORT
    finished = ended(line)
    assert finished.detail["finish"] == "confirmed"
    assert (finished.detail["list"], finished.detail["blocks"]) == (2, len(BLOCKS))
    assert finished.detail["received"] == len(REPORT)
    phases = [out.phase for out in line.outputs if isinstance(out, Progress)]
    assert list(dict.fromkeys(phases)) == [p for p in Phase if p is not Phase.PORT]


def test_a_block_is_given_out_before_it_is_acknowledged_and_the_last_before_finish() -> None:
    line = finishing(SlaveLine(), 2)
    order = [out for out in line.outputs if isinstance(out, Received | Send)]
    first = next(n for n, out in enumerate(order) if isinstance(out, Received))
    kinds = [type(out) for out in order[first:]]
    assert kinds == [Received, Send] * len(BLOCKS) + [Send]
    pieces = [out for out in order if isinstance(out, Received)]
    assert [piece.last for piece in pieces] == [False] * (len(BLOCKS) - 1) + [True]


def test_the_flag_ends_a_report_of_unknown_length() -> None:
    for length in (0xFFFF, 0):
        line = reading(SlaveLine(), length)
        for number, data in enumerate(BLOCKS[:-1]):
            assert line.block(number, data) == [("ACK", number + 3, b"")]
        assert line.block(len(BLOCKS) - 1, BLOCKS[-1], select=True)[-1] == FINISH
        assert line.received == REPORT


@pytest.mark.parametrize("ending", [b"", b"\r\n"])
def test_without_length_and_flag_the_last_segment_ends_a_report(ending: bytes) -> None:
    line = reading(SlaveLine(lists=(1,)), list_number=1)
    for number, data in enumerate([*BLOCKS, TRAILER[:20], TRAILER[20:] + ending]):
        assert line.block(number, data) == [("ACK", number + 3, b"")]
    assert line.frames(2.1) == [FINISH]
    assert line.received == REPORT + TRAILER + ending
    assert ended(line).detail["finish"] == "confirmed"


def test_what_comes_after_the_last_segment_belongs_to_the_report() -> None:
    line = reading(SlaveLine())
    for number, data in enumerate([TRAILER, REPORT[:100], TRAILER]):
        assert line.block(number, data) == [("ACK", number + 3, b"")]
        line.wait(1.5)
    assert line.frames(0.6) == [FINISH]
    assert line.received == TRAILER + REPORT[:100] + TRAILER


@pytest.mark.parametrize("flags", ["always", "toggling"])
def test_without_length_a_flag_ends_no_envelope_before_its_last_segment(flags: str) -> None:
    line = reading(SlaveLine())
    pieces = [b"DXS*QRS7654321*VA*V0/6*1\r\n", *BLOCKS]
    for number, data in enumerate(pieces):
        select = flags == "always" or number % 2 == 0
        assert line.block(number, data, select=select) == [("ACK", number + 3, b"")]
    line.block(len(pieces), TRAILER, select=flags == "always")
    line.wait(2.1)
    assert line.received == b"".join(pieces) + TRAILER
    assert ended(line).detail["finish"] == "confirmed"


def test_a_cut_envelope_ends_with_its_flag_and_silence() -> None:
    line = reading(SlaveLine())
    line.block(0, b"DXS*QRS7654321*VA*V0/6*1\r\nID1*1\r\n", select=True)
    assert line.frames(2.1) == [FINISH]


def test_a_report_without_length_flag_and_last_segment_is_not_whole() -> None:
    line = reading(SlaveLine())
    line.block(0, TRAILER[:-2])
    line.wait(20)
    assert line.failed.code is FailureCode.BROKEN_OFF


@pytest.mark.parametrize("flags", ["never", "always", "toggling"])
def test_a_known_length_decides_whatever_the_flag_says(flags: str) -> None:
    line = reading(SlaveLine(), len(REPORT))
    for number, data in enumerate(BLOCKS):
        select = flags == "always" or (flags == "toggling" and number % 2 == 0)
        said = line.block(number, data, select=select)
    assert said[-1] == FINISH
    assert line.received == REPORT


def test_a_length_that_a_block_goes_beyond_was_wrong() -> None:
    line = reading(SlaveLine(), 470 - 10)
    line.block(0, BLOCKS[0])
    assert line.block(1, BLOCKS[1]) == [("ACK", 4, b"")]
    assert line.block(2, BLOCKS[2], select=True)[-1] == FINISH
    assert line.received == b"".join(BLOCKS[:3])


def test_a_block_after_the_end_means_that_the_report_was_not_whole() -> None:
    line = reading(SlaveLine(), 470)
    line.block(0, BLOCKS[0])
    assert line.block(1, BLOCKS[1])[-1] == FINISH
    line.block(2, BLOCKS[2], select=True)
    assert line.failed.code is FailureCode.BROKEN_OFF


def test_block_numbers_go_on_after_255_with_0() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    for number in range(520):
        said = line.block(number, b"%04d" % number, select=number == 519)
        assert said[0] == ("ACK", (number + 3) & 0xFF, b"")
    assert said[-1] == FINISH
    assert line.received == b"".join(b"%04d" % number for number in range(520))


def test_blocks_that_begin_with_1_are_taken() -> None:
    line = reading(SlaveLine(), 470)
    line.block(1, BLOCKS[0])
    assert line.block(2, BLOCKS[1])[-1] == FINISH


def test_a_block_out_of_order_breaks_the_read_off() -> None:
    for wrong in (0, 2, 7):
        line = reading(SlaveLine(), 0xFFFF)
        line.block(0, BLOCKS[0])
        line.block(wrong, BLOCKS[1])
        assert line.failed.code is FailureCode.BROKEN_OFF
        assert line.failed.party is Party.MACHINE
        assert line.received == BLOCKS[0]


def test_a_machine_that_refuses_length_0_is_asked_for_ffff() -> None:
    line = known(SlaveLine())
    said = line.answer(refusal(Op.READ))
    assert said == [("ACK", 2, b""), ("data", 3, bytes.fromhex("77e2000201 0000 ffff"))]
    assert line.answer(ReadAnswer(2, 0xFFFF).build()) == [("ACK", 3, b"")]


def test_a_machine_that_leaves_out_its_answer_to_read() -> None:
    line = known(SlaveLine())
    line.heard = 2
    line.hear(ack(2))
    line.block(0, BLOCKS[0])
    assert line.block(1, BLOCKS[1], select=True)[-1] == FINISH


def test_an_empty_report_is_whole_too() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    assert line.block(0, b"", select=True)[-1] == FINISH
    pieces = [out for out in line.outputs if isinstance(out, Received)]
    assert pieces == [Received(b"", last=True)]


# Acknowledgements


def test_ack_and_answer_may_come_in_one_piece_or_the_answer_alone() -> None:
    both = linked(SlaveLine())
    both.heard = 1
    both.hear(ack(1) + both.message(SlaveIdentity().build()))
    assert both.frames()[1][:2] == ("data", 2)
    alone = linked(SlaveLine())
    alone.heard = 1
    alone.hear(alone.message(SlaveIdentity().build()))
    assert alone.frames()[1][:2] == ("data", 2)


def test_an_answer_proves_that_the_question_arrived_whatever_its_number_says() -> None:
    line = linked(SlaveLine())
    line.hear(line.message(SlaveIdentity().build(), received=0))
    assert line.frames()[0] == ("ACK", 1, b"")


def test_a_message_that_nobody_acknowledges_is_sent_five_times_with_its_number() -> None:
    line = known(SlaveLine(DdcmpSettings(wanted_speed=2400, most_restarts=0)))
    said = line.frames(5)
    assert len(said) == 4
    assert {frame[:2] for frame in said} == {("data", 2)}
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.detail["why"] == "silence"


def test_the_wait_begins_when_our_message_has_left() -> None:
    """26 bytes take 108 ms at 2400; then 0.4 s for the whole acknowledgement."""
    line = linked(SlaveLine())
    line.wait(0.40)
    assert line.said() == b""
    line.wait(0.12)
    assert line.said() != b""


@pytest.mark.parametrize("proof", ["ack", "nack"])
def test_ack_and_nack_with_our_number_mean_that_it_arrived(proof: str) -> None:
    line = linked(SlaveLine())
    line.hear(ack(1) if proof == "ack" else nack(1))
    assert line.frames(3) == []


def test_a_nack_with_another_number_brings_the_same_message_again_at_once() -> None:
    line = linked(SlaveLine())
    line.hear(nack(0))
    (again,) = line.frames(0.05)
    assert again[:2] == ("data", 1)


def test_a_busy_machine_gets_a_moment() -> None:
    line = linked(SlaveLine())
    line.hear(nack(0, 8))
    assert line.frames(0.2) == []
    assert line.frames(0.3)[0][:2] == ("data", 1)


def test_a_machine_that_stays_busy_is_named_so() -> None:
    line = linked(SlaveLine(STAY_ONCE))
    while line.end is None:
        for kind, _, _ in line.frames(0.45):
            line.hear(nack(0, 8) if kind == "data" else stack())
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.detail["why"] == "busy"


def test_an_ack_with_another_number_is_none() -> None:
    line = linked(SlaveLine())
    line.hear(ack(0) + ack(2))
    assert line.frames(0.6)[0][:2] == ("data", 1)


def test_the_answer_that_comes_again_is_acknowledged_again_and_stored_once() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.block(0, BLOCKS[0])
    line.hear(line.last_frame)
    assert line.frames() == [("ACK", 3, b"")]
    assert line.received == BLOCKS[0]


def test_a_machine_that_lost_our_acknowledgement_hears_the_command_again() -> None:
    line = known(SlaveLine())
    line.hear(line.last_frame)
    said = line.frames()
    assert said[0] == ("ACK", 1, b"")
    assert said[1][:2] == ("data", 2)


def test_five_acknowledgements_in_a_row_may_be_lost_and_not_a_hundred() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.block(0, BLOCKS[0])
    for _ in range(5):
        line.hear(line.last_frame)
        assert line.frames(0.2) == [("ACK", 3, b"")]
    for _ in range(100):
        line.hear(line.last_frame)
        line.wait(0.2)
    assert line.failed.detail["why"] == "deaf"


def test_the_number_of_another_message_is_refused() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.sent += 1
    line.hear(line.message(build_block(0, BLOCKS[0])))
    (said,) = line.frames()
    assert said[:2] == ("NACK", 2)
    assert line.received == b""


def test_another_message_under_a_number_that_we_have_is_refused() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.block(0, BLOCKS[0])
    line.hear(build_data(DataFrame(build_block(1, BLOCKS[1]), 2, 3)))
    (said,) = line.frames()
    assert said[:2] == ("NACK", 3)
    assert line.received == BLOCKS[0]


def test_any_message_with_our_number_means_that_ours_arrived() -> None:
    line = linked(SlaveLine())
    line.hear(line.message(b"\x88\xe4\x01", received=1))
    assert line.frames(2) == [("ACK", 1, b"")]

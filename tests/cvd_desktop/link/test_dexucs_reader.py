"""What a user relies on in the DEX/UCS reader, one situation after the other."""

import pytest

from cvd_desktop.link.dexucs_frames import Frame, build_frame, split_blocks
from cvd_desktop.link.outputs import FailureCode, Party, Phase, Progress, Received, Send
from tests.support.dex_lines import HANDSHAKE_1, HANDSHAKE_2, LONG_REPORT, REAL_CALL
from tests.support.dex_reader_line import before_data, reader
from tests.support.line_script import LineScript

ENQ, EOT, NAK = b"\x05", b"\x04", b"\x15"
ACK0, ACK1, WACK = b"\x100", b"\x101", b"\x10;"
BLOCKS = [build_frame(frame) for frame in split_blocks(LONG_REPORT)]
ONLY = build_frame(Frame(False, b"DXS*A*VA*V0/6*1\r\nDXE*1*1\r\n", True))


def before_the_end() -> LineScript:
    line = before_data()
    assert line.answer_to(ONLY) == ACK1
    return line


# Durable before acknowledged


def test_a_block_is_given_out_before_it_is_acknowledged() -> None:
    line = before_data()
    for block in BLOCKS:
        line.answer_to(block)
    order = [type(out) for out in line.outputs if isinstance(out, Received | Send)]
    data = order[order.index(Received) :]
    assert data == [Received, Send] * len(BLOCKS)
    assert line.received == LONG_REPORT


def test_no_answer_comes_earlier_than_ten_milliseconds() -> None:
    line = before_data()
    line.hear(BLOCKS[0])
    line.wait(0.0099)
    assert line.said() == b""
    line.wait(0.0002)
    assert line.said() == ACK1


def test_a_slow_disk_costs_one_acknowledgement_and_not_two() -> None:
    """The machine has asked twice meanwhile; two answers would be one too many for it."""
    line = before_data()
    line.hear(BLOCKS[0])
    line.now += 3.0
    assert line.answer_to(ENQ + ENQ) == ACK1
    assert line.answer_to(BLOCKS[1]) == ACK0


# Lost and repeated


def test_enq_in_place_of_a_block_gets_the_last_answer_again() -> None:
    line = before_data()
    assert line.answer_to(ENQ) == ACK0
    line.answer_to(BLOCKS[0])
    assert line.answer_to(ENQ) == ACK1
    assert line.answer_to(ENQ) == ACK1
    assert line.answer_to(BLOCKS[1][:-1] + b"\x00") == NAK
    assert line.answer_to(ENQ) == NAK


def test_a_block_that_comes_twice_is_stored_once_and_gets_the_same_answer() -> None:
    line = before_data()
    assert line.answer_to(BLOCKS[0]) == ACK1
    assert line.answer_to(BLOCKS[0]) == ACK1
    assert line.answer_to(BLOCKS[1]) == ACK0
    assert line.received == LONG_REPORT[:486]


def test_a_damaged_block_moves_no_number() -> None:
    line = before_data()
    assert line.answer_to(BLOCKS[0][:40] + b"~" + BLOCKS[0][41:]) == NAK
    assert line.answer_to(BLOCKS[0]) == ACK1


def test_a_block_that_stops_is_refused_after_a_pause() -> None:
    line = before_data()
    assert line.answer_to(BLOCKS[0][:100], within=0.2) == b""
    assert line.answer_to(b"", within=0.1) == NAK


def test_a_slow_machine_may_pause_between_bytes() -> None:
    line = before_data()
    for place in range(0, len(BLOCKS[0]), 50):
        line.wait(0.2)
        line.hear(BLOCKS[0][place : place + 50])
    assert line.answer_to(b"") == ACK1


def test_a_data_block_whose_head_was_damaged_is_never_acknowledged() -> None:
    """SOH and STX stand outside the CRC: as a handshake it would be acknowledged and lost."""
    line = before_data()
    assert line.answer_to(b"\x10\x01" + BLOCKS[0][2:]) == NAK
    assert line.answer_to(BLOCKS[0]) == ACK1


def test_two_answers_to_two_enqs_do_not_count_as_the_answer_to_the_handshake() -> None:
    line = reader()
    line.said()
    assert line.answer_to(ACK0 + ACK0) == HANDSHAKE_1
    assert line.answer_to(ACK1) == EOT


def test_after_the_handshake_ack1_is_repeated_once_and_never_where_a_block_may_be_out() -> None:
    line = reader()
    for said in (ACK0, ACK1, ENQ, HANDSHAKE_2):
        line.answer_to(said)
    line.said()
    assert line.answer_to(ENQ) == ACK1
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(BLOCKS[0]) == ACK1
    assert line.answer_to(BLOCKS[1]) == ACK0


def test_eot_and_enq_may_come_in_one_piece() -> None:
    line = reader()
    for said in (ACK0, ACK1, ENQ, HANDSHAKE_2):
        line.answer_to(said)
    line.said()
    assert line.answer_to(EOT + ENQ) == ACK0
    assert line.answer_to(BLOCKS[0]) == ACK1


# The end


def test_the_read_ends_with_eot() -> None:
    line = before_the_end()
    line.hear(EOT)
    assert line.finished.detail == {
        "communication_id": "QRS7654321",
        "revision": "R01L01",
        "master": "reader",
        "blocks": 1,
        "received": 26,
        "retries": 0,
        "acknowledged": 1,
        "eot": 1,
    }


def test_the_read_ends_without_eot_all_the_same() -> None:
    line = before_the_end()
    line.wait(2.1)
    assert line.end is None
    line.wait(0.2)
    assert line.finished.detail["eot"] == 0


def test_the_last_acknowledgement_is_repeated_while_the_machine_asks() -> None:
    line = before_the_end()
    assert line.answer_to(ENQ) == ACK1
    assert line.answer_to(ONLY) == ACK1
    assert line.answer_to(ONLY[:9] + b"~" + ONLY[10:]) == NAK
    assert line.answer_to(ONLY) == ACK1
    line.hear(EOT)
    assert line.finished.detail["received"] == 26


def test_a_machine_that_never_hears_the_last_acknowledgement_spoils_nothing() -> None:
    line = before_the_end()
    for _ in range(3):
        assert line.answer_to(ENQ, within=1.0) == ACK1
    line.hear(ENQ)
    assert line.finished.detail["blocks"] == 1


# Cancelling


def test_cancelling_acknowledges_nothing_more() -> None:
    line = before_data()
    line.hear(BLOCKS[0])
    line.cancel()
    assert line.said() == b""
    assert line.failed.code is FailureCode.CANCELLED
    assert line.failed.party is Party.PERSON
    line.wait(100)
    assert line.said() == b""


def test_cancelling_when_the_report_is_whole_keeps_it_and_tells_the_machine() -> None:
    line = before_data()
    line.hear(ONLY)
    line.cancel()
    assert line.said() == ACK1
    assert line.finished.detail["received"] == 26


def test_cancelling_a_hunt_is_immediate() -> None:
    line = reader()
    line.cancel()
    assert line.failed.detail["phase"] == "answer"


# Who is there?


def test_enq_goes_out_once_a_second_until_the_wait_is_over() -> None:
    line = reader(max_wait=5.0)
    line.wait(4.9)
    assert line.said() == ENQ * 5
    line.wait(0.2)
    assert line.failed.code is FailureCode.NO_ANSWER
    assert line.failed.party is Party.CABLE
    assert line.failed.detail["tries"] == 5


def test_bytes_without_sense_point_at_a_setting() -> None:
    line = reader(max_wait=5.0)
    for _ in range(40):
        line.hear(b"\xa7\xf3\x80")
        line.wait(0.2)
    assert line.failed.code is FailureCode.NO_ANSWER
    assert line.failed.party is Party.SETTING


def test_a_machine_that_calls_without_hearing_us_points_at_the_cable() -> None:
    line = reader(max_wait=20.0)
    for _ in range(25):
        line.hear(ENQ)
        line.wait(1.0)
    assert line.failed.code is FailureCode.NO_ANSWER
    assert line.failed.party is Party.CABLE
    assert line.failed.detail["why"] == "deaf"


def test_noise_at_the_plug_does_not_end_the_hunt() -> None:
    line = reader()
    for _ in range(8):
        line.hear(b"\xa7\x05\xf3\x04\x15\x00")
        line.wait(3.0)
    line.said()
    line.wait(1.0)
    assert line.said() == ENQ
    assert line.answer_to(ACK0) == HANDSHAKE_1


def test_a_machine_that_is_not_ready_is_asked_again_soon() -> None:
    line = reader()
    line.said()
    assert line.answer_to(WACK, within=0.29) == b""
    assert line.answer_to(b"", within=0.1) == ENQ
    assert line.answer_to(ACK0) == HANDSHAKE_1


def test_the_machine_may_be_first_master() -> None:
    line = reader()
    line.said()
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(ENQ) == ACK0  # ours and its ENQ had crossed
    assert line.answer_to(REAL_CALL) == ACK1
    line.hear(EOT)
    line.wait(0.09)
    assert line.said() == b""
    line.wait(0.02)
    assert line.said() == ENQ


def test_the_machine_gets_its_own_revision_back() -> None:
    line = reader(revisions=("R00L06",))
    for said in (ENQ, REAL_CALL, EOT):
        line.answer_to(said, within=0.2)
    line.said()
    assert b"00CVD0000001R01L01" in line.answer_to(ACK0)


def test_our_name_can_be_chosen() -> None:
    line = reader(communication_id="XYZ0000042")
    line.said()
    assert b"XYZ0000042RR01L01" in line.answer_to(ACK0)


# Patience and its end


def test_between_sessions_the_reader_is_patient() -> None:
    line = reader()
    line.answer_to(ACK0)
    line.answer_to(ACK1)
    line.wait(55)
    line.said()
    assert line.answer_to(ENQ) == ACK0
    line.answer_to(HANDSHAKE_2)
    line.hear(EOT)
    line.wait(55)
    line.said()
    assert line.answer_to(ENQ) == ACK0


def test_a_machine_that_never_comes_back_is_named() -> None:
    line = reader(max_wait=5.0, session_wait=30.0)
    line.answer_to(ACK0)
    line.answer_to(ACK1)
    line.wait(29)
    assert line.end is None
    line.wait(2)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.party is Party.MACHINE
    assert line.failed.detail["phase"] == "handshake_2"


def test_inside_a_session_the_reader_is_quick() -> None:
    line = before_data()
    line.answer_to(BLOCKS[0])
    line.wait(2.3)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.party is Party.CABLE
    assert (line.failed.detail["blocks"], line.failed.detail["received"]) == (1, 243)


def test_a_machine_that_gives_up_in_the_middle_is_named() -> None:
    line = before_data()
    line.answer_to(BLOCKS[0])
    line.hear(EOT)
    line.wait(2.3)
    assert line.failed.detail["why"] == "eot"
    assert line.failed.party is Party.MACHINE


def test_a_stray_eot_between_blocks_does_no_harm() -> None:
    line = before_data()
    line.answer_to(BLOCKS[0])
    line.hear(EOT)
    line.wait(0.3)
    for block in BLOCKS[1:]:
        line.answer_to(block)
    line.hear(EOT)
    assert line.finished.detail["blocks"] == len(BLOCKS)


def test_a_machine_that_begins_the_report_anew_is_not_mixed_up() -> None:
    line = before_data()
    for said in (BLOCKS[0], BLOCKS[1], ENQ, BLOCKS[0]):
        line.answer_to(said)
    assert line.failed.detail["why"] == "restarted"
    assert line.received == LONG_REPORT[:486]


def test_five_wrong_check_values_end_the_read() -> None:
    line = before_data()
    for _ in range(4):
        assert line.answer_to(BLOCKS[0][:-1] + b"\x00") == NAK
    assert line.answer_to(BLOCKS[0][:-1] + b"\x00") == b""
    assert line.failed.code is FailureCode.BAD_CRC
    assert line.failed.party is Party.CABLE
    assert line.failed.detail["tries"] == 5


def test_blocks_that_are_too_long_end_the_read() -> None:
    line = before_data()
    huge = build_frame(Frame(False, b"x" * 2000, False))
    for _ in range(5):
        line.answer_to(huge)
    assert line.failed.code is FailureCode.TOO_LONG
    assert line.failed.party is Party.MACHINE


def test_a_report_without_end_ends_the_read() -> None:
    line = before_data(longest_report=1000)
    for block in BLOCKS:
        line.answer_to(block)
    assert line.failed.code is FailureCode.TOO_LONG
    assert len(line.received) <= 1000


def test_a_machine_that_babbles_ends_the_read() -> None:
    line = before_data()
    for _ in range(400):
        line.hear(b"\xa7" * 50)
        line.wait(0.05)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.party is Party.CABLE
    assert line.failed.detail["why"] == "noise"


# Refusals


def refused_with(code: bytes, line: LineScript) -> None:
    text = code + b"QRS7654321R01L01"
    for said in (ACK0, ACK1, ENQ, build_frame(Frame(True, text, True)), EOT):
        line.answer_to(said)


@pytest.mark.parametrize(
    ("code", "party"),
    [("01", Party.SETTING), ("04", Party.MACHINE), ("05", Party.MACHINE), ("90", Party.MACHINE)],
)
def test_a_refusal_names_its_code_and_who_acts(code: str, party: Party) -> None:
    line = reader()
    refused_with(code.encode(), line)
    assert line.failed.code is FailureCode.REFUSED
    assert line.failed.detail["code"] == code
    assert line.failed.party is party


def test_a_busy_machine_is_asked_three_times() -> None:
    line = reader()
    for _ in range(2):
        refused_with(b"03", line)
        assert line.end is None
        line.wait(2.1)
    refused_with(b"03", line)
    assert line.failed.detail["code"] == "03"


def test_the_other_revision_is_tried_after_three_naks() -> None:
    line = reader()
    line.answer_to(ACK0)
    line.said()
    assert [line.answer_to(NAK) for _ in range(3)] == [HANDSHAKE_1, HANDSHAKE_1, EOT]
    line.wait(0.2)
    assert line.said() == ENQ
    assert b"CVD0000001RR00L06" in line.answer_to(ACK0)


# What a person sees


def test_the_steps_are_told_in_their_order() -> None:
    line = before_data()
    for block in BLOCKS:
        line.answer_to(block)
    line.hear(EOT)
    told = [out for out in line.outputs if isinstance(out, Progress)]
    phases = list(dict.fromkeys(out.phase for out in told))
    assert phases == [
        Phase.ANSWER,
        Phase.HANDSHAKE_1,
        Phase.HANDSHAKE_2,
        Phase.TRANSFER,
        Phase.CHECK,
    ]
    assert [out.received for out in told if out.phase is Phase.TRANSFER][-1] == len(LONG_REPORT)
    named = next(out for out in told if out.phase is Phase.HANDSHAKE_2)
    assert named.detail["communication_id"] == "QRS7654321"

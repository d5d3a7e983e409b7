"""Equal blocks, stray EOTs and machines that begin for ever: nothing is lost or kept twice."""

import pytest

from cvd_desktop.link.dexucs_frames import Frame, build_frame, split_blocks
from cvd_desktop.link.outputs import FailureCode
from tests.support.dex_lines import HANDSHAKE_2, LONG_REPORT, REAL_CALL
from tests.support.dex_reader_line import ACK0, ACK1, ENQ, EOT, before_data, reader

BLOCKS = [build_frame(frame) for frame in split_blocks(LONG_REPORT)]
ONLY = build_frame(Frame(False, b"DXS*A*VA*V0/6*1\r\nDXE*1*1\r\n", True))


def test_equal_neighbours_of_a_machine_that_minds_the_numbers_are_both_stored() -> None:
    """A machine with a line per block: it hears us and insists on the other number."""
    line = before_data()
    same = build_frame(Frame(False, b"MA5*ERROR*DS*0038*350106\r\n", False))
    assert line.answer_to(same) == ACK1
    assert [line.answer_to(same) for _ in range(3)] == [ACK1, ACK1, ACK0]
    assert [line.answer_to(same) for _ in range(3)] == [ACK0, ACK0, ACK1]
    assert line.answer_to(ONLY) == ACK0
    assert line.received == b"MA5*ERROR*DS*0038*350106\r\n" * 3 + ONLY[2:-4]


@pytest.mark.parametrize("first", [b"", ENQ])
def test_a_machine_that_waits_for_a_lost_acknowledgement_sends_no_new_block(first: bytes) -> None:
    line = before_data()
    assert line.answer_to(BLOCKS[0]) == ACK1
    for _ in range(4):
        line.wait(0.95)
        if first:
            assert line.answer_to(first) == ACK1
        assert line.answer_to(BLOCKS[0]) == ACK1
    assert line.answer_to(BLOCKS[1]) == ACK0
    assert line.received == LONG_REPORT[:486]


def test_the_last_block_is_never_taken_for_two() -> None:
    line = before_data()
    assert line.answer_to(ONLY) == ACK1
    assert [line.answer_to(ONLY) for _ in range(3)] == [ACK1] * 3
    assert line.received == ONLY[2:-4]


def test_a_machine_that_gives_up_before_its_first_block_each_time_ends_the_read() -> None:
    line = reader()
    for _ in range(20):
        if line.end:
            break
        line.hear(ENQ)
        line.wait(0.05)
        line.hear(REAL_CALL)
        line.wait(0.05)
        line.hear(EOT)
        line.wait(0.2)
        line.answer_to(ACK0)
        line.answer_to(ACK1)
        line.answer_to(ENQ)
        line.answer_to(EOT)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.detail["why"] == "eot"


def test_a_stray_eot_before_the_first_block_does_no_harm() -> None:
    line = before_data()
    assert line.answer_to(EOT) == b""
    assert line.answer_to(ONLY) == ACK1
    line.answer_to(EOT)
    assert line.finished
    assert line.received == ONLY[2:-4]


def test_a_stray_eot_before_the_second_handshake_does_no_harm() -> None:
    line = reader()
    line.answer_to(ACK0)
    line.answer_to(ACK1)
    line.said()
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(EOT) == b""
    assert line.answer_to(HANDSHAKE_2) == ACK1
    assert line.answer_to(EOT) == b""
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(ONLY) == ACK1

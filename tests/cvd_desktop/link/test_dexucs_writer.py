"""What a user relies on when a document is written to a machine over DEX/UCS."""

import pytest

from cvd_desktop.link.dexucs_frames import BLOCK_TEXT, Frame, build_frame, split_blocks
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Party,
    Phase,
    Progress,
    Received,
    Send,
)
from tests.support.dex_lines import HANDSHAKE_2, LONG_REPORT, REAL_CALL, SMALL_REPORT
from tests.support.fifo_wire import FifoWire, WireRun
from tests.support.line_script import LineScript

ENQ, EOT, NAK = b"\x05", b"\x04", b"\x15"
ACK0, ACK1, WACK = b"\x100", b"\x101", b"\x10;"
BLOCKS = [build_frame(frame) for frame in split_blocks(LONG_REPORT)]
TWO = b"IC1******445566\r\n" * 20  # two blocks


def writer(document: bytes = LONG_REPORT, **settings: object) -> LineScript:
    return LineScript(DexWriter(document, DexSettings(**settings)))  # type: ignore[arg-type]


def before_data(document: bytes = LONG_REPORT) -> LineScript:
    """Past both handshakes and the ENQ of session 3, which is ours."""
    line = writer(document)
    assert line.said() == ENQ
    assert b"CVD0000001SR01L01" in line.answer_to(ACK0)
    assert line.answer_to(ACK1) == EOT
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(HANDSHAKE_2) == ACK1
    assert line.answer_to(EOT, within=0.09) == b""
    assert line.answer_to(b"", within=0.02) == ENQ
    return line


def write(*faults: str, document: bytes = LONG_REPORT) -> WireRun:
    return FifoWire(DexWriter(document), DexMachine(lambda: b"", faults=faults)).play()


SURVIVED = [
    "ack0_handshake",
    "drop_after_nak",
    "glued_eot_enq",
    "nak:2",
    "nak_revision:R00L06",
    "noise",
    "old_order",
    "op_in_answer",
    "slow_answers:900",
    "slow_bytes:20",
    "slow_sessions:30",
    "strict_revision:R00L06",
    "stx_handshake",
    "tsyn",
    "wack:3",
    "write_lost_ack:1",
    "write_lost_ack:4",
    "write_nak:2",
    "write_wack:3",
    "wrong_handshake_crc:2",
]
FATAL = {
    "machine_master": (FailureCode.REFUSED, "master"),
    "code:01": (FailureCode.REFUSED, "01"),
    "write_code:03": (FailureCode.REFUSED, "03"),
    "write_code:05": (FailureCode.REFUSED, "05"),
    "write_deaf_after:1": (FailureCode.BROKEN_OFF, "silence"),
    "write_nak_always": (FailureCode.BAD_CRC, "nak"),
    "silent": (FailureCode.NO_ANSWER, "silence"),
    "deaf": (FailureCode.NO_ANSWER, "silence"),
    "silent_after:40": (FailureCode.BROKEN_OFF, "silence"),
}


@pytest.mark.parametrize("document", [b"", SMALL_REPORT, LONG_REPORT])
def test_the_machine_has_the_document_when_the_writer_says_so(document: bytes) -> None:
    run = write(document=document)
    assert run.finished.detail["written"] == len(document)
    assert run.finished.detail["communication_id"] == "QRS7654321"
    assert run.finished.detail["retries"] == 0
    assert run.written == [document]
    assert run.completed == 0  # nothing was read, so no interval was


@pytest.mark.parametrize("fault", SURVIVED)
def test_the_writer_gets_over_it(fault: str) -> None:
    run = write(fault)
    assert isinstance(run.end, Finished), run.end
    assert run.written == [LONG_REPORT]


@pytest.mark.parametrize("fault", FATAL)
def test_the_writer_says_what_it_was(fault: str) -> None:
    code, reason = FATAL[fault]
    run = write(fault)
    assert run.failed.code is code
    assert reason in (run.failed.detail.get("why"), run.failed.detail.get("code"))
    assert run.written == []


def test_a_machine_takes_one_write_after_the_other_and_reads_between_them() -> None:
    machine = DexMachine(lambda: SMALL_REPORT)
    line = LineScript(machine)
    for _ in range(2):
        for said in (ENQ, _request(b"S"), EOT):
            line.answer_to(said, within=0.15)
        line.answer_to(ACK0)
        line.answer_to(ACK1)
        line.said()
        assert line.answer_to(ENQ) == ACK0
        assert line.answer_to(build_frame(Frame(False, b"IC1*1\r\n", True))) == ACK1
        line.answer_to(EOT)
    taken = [output.data for output in line.outputs if isinstance(output, Received)]
    assert taken == [b"IC1*1\r\n"] * 2
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(_request(b"R")) == ACK1


def test_a_machine_whose_writer_died_is_there_for_the_next_who_calls() -> None:
    line = LineScript(DexMachine(lambda: SMALL_REPORT))
    for said in (ENQ, _request(b"S"), EOT):
        line.answer_to(said, within=0.15)
    line.answer_to(ACK0)
    line.answer_to(ACK1)
    line.said()
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(_request(b"R")) == ACK1
    assert line.answer_to(EOT, within=0.15) == ENQ


def _request(operation: bytes) -> bytes:
    return build_frame(Frame(True, b"CVD0000001" + operation + b"R01L01", True))


def test_the_machine_has_it_before_it_acknowledges_the_last_block() -> None:
    line = LineScript(DexMachine(lambda: b""))
    for said in (ENQ, _request(b"S"), EOT):
        line.answer_to(said, within=0.15)
    for said in (ACK0, ACK1, ENQ, BLOCKS[0][:-4] + BLOCKS[0][-4:]):
        line.answer_to(said)
    line.outputs.clear()
    line.hear(build_frame(Frame(False, b"DXE*1*1\r\n", True)))
    line.wait(0.1)
    kinds = [type(output) for output in line.outputs if isinstance(output, Received | Send)]
    assert kinds == [Received, Send]


def test_blocks_have_243_characters_and_each_waits_for_its_own_number() -> None:
    line = before_data()
    assert all(len(frame.text) <= BLOCK_TEXT for frame in split_blocks(LONG_REPORT))
    assert line.answer_to(ACK0) == BLOCKS[0]
    for number, block in enumerate(BLOCKS[1:], 1):
        assert line.answer_to(ACK1 if number % 2 else ACK0) == block
        assert line.end is None
    last = ACK1 if len(BLOCKS) % 2 else ACK0
    assert line.answer_to(last) == EOT
    assert line.finished.detail["blocks"] == len(BLOCKS)


def test_a_wrong_number_sends_the_block_again() -> None:
    line = before_data()
    line.answer_to(ACK0)
    assert line.answer_to(ACK0) == BLOCKS[0]
    assert line.answer_to(ACK1) == BLOCKS[1]


def test_five_naks_end_the_write() -> None:
    line = before_data()
    line.answer_to(ACK0)
    assert [line.answer_to(NAK) for _ in range(4)] == [BLOCKS[0]] * 4
    assert line.answer_to(NAK) == b""
    assert line.failed.detail["why"] == "nak"
    assert line.failed.detail["written"] == 0


def test_silence_is_asked_about_and_a_lost_acknowledgement_costs_no_block() -> None:
    line = before_data()
    line.answer_to(ACK0)
    assert line.answer_to(b"", within=1.3) == ENQ
    assert line.answer_to(ACK1) == BLOCKS[1]


def test_a_machine_that_is_not_ready_is_asked_again() -> None:
    line = before_data()
    line.answer_to(ACK0)
    for _ in range(20):
        assert line.answer_to(WACK, within=0.25) == b""
        assert line.answer_to(b"", within=0.1) == ENQ
    assert line.answer_to(ACK1) == BLOCKS[1]


def test_a_machine_that_is_never_ready_is_told_of() -> None:
    line = before_data()
    line.answer_to(ACK0)
    for _ in range(400):
        if line.end:
            break
        line.answer_to(WACK, within=0.35)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.detail["why"] == "wack"


def test_ack0_after_a_long_silence_is_not_taken_for_the_second_block() -> None:
    """A machine that was switched off and on says ACK0 to any ENQ."""
    line = before_data(TWO)
    second = build_frame(split_blocks(TWO)[1])
    line.answer_to(ACK0)
    assert line.answer_to(ACK1) == second
    line.wait(4.0)
    line.said()
    assert line.answer_to(ACK0) == second
    assert line.end is None
    assert line.answer_to(NAK) == second


def test_a_machine_that_gives_up_is_told_of_at_once() -> None:
    line = before_data()
    line.answer_to(ACK0)
    line.answer_to(ACK1)
    line.hear(EOT)
    assert line.failed.detail["why"] == "eot"
    assert line.failed.detail["written"] == 243
    assert line.failed.party is Party.MACHINE


def test_one_call_of_a_machine_does_not_end_a_write_but_its_insisting_does() -> None:
    line = writer()
    line.said()
    line.wait(0.4)
    assert line.answer_to(ENQ, within=0.45) == b""  # no ACK0: it must not become master
    assert line.answer_to(b"", within=0.1) == ENQ
    for _ in range(3):
        line.wait(0.5)
        line.answer_to(ENQ, within=0.5)
    assert line.failed.code is FailureCode.REFUSED
    assert line.failed.detail["code"] == "master"


def test_a_call_in_place_of_the_answer_is_a_machine_that_is_master() -> None:
    line = writer()
    for said in (ACK0, ACK1, ENQ, REAL_CALL):
        line.answer_to(said)
    assert line.failed.detail["code"] == "master"


def test_our_own_echo_is_no_call() -> None:
    line = writer(max_wait=8.0)
    for _ in range(1000):
        line.hear(line.said())
        line.wait(0.01)
    assert line.failed.code is FailureCode.NO_ANSWER
    assert line.failed.detail["why"] == "echo"


def test_cancelling_tells_the_machine_and_says_what_it_has() -> None:
    line = before_data()
    line.answer_to(ACK0)
    line.answer_to(ACK1)
    line.cancel()
    assert line.said() == EOT
    assert line.failed.code is FailureCode.CANCELLED
    assert line.failed.detail["written"] == 243


def test_cancelling_after_the_last_acknowledgement_changes_nothing() -> None:
    line = before_data(b"IC1*1\r\n")
    line.answer_to(ACK0)
    line.hear(ACK1)
    line.cancel()
    assert line.finished.detail["written"] == 7


@pytest.mark.parametrize("bad", [b"\x10", b"\x00", b"\xe9", b"\t"])
def test_a_document_that_cannot_be_sent_is_refused_before_anything_is_said(bad: bytes) -> None:
    with pytest.raises(ValueError, match="may not stand"):
        DexWriter(b"IC1*" + bad)


def test_progress_counts_what_the_machine_has() -> None:
    run = write()
    sizes = [out.received for out in run.progress if out.phase is Phase.TRANSFER]
    assert sizes == [min(n * 243, len(LONG_REPORT)) for n in range(1, len(BLOCKS) + 1)]
    assert isinstance(run.progress[-1], Progress)


# Everywhere

UNTIL = {
    "hunting": [],
    "our request is out": [ACK0],
    "waiting for session 2": [ACK0, ACK1],
    "session 2 has begun": [ACK0, ACK1, ENQ],
    "session 2 is answered": [ACK0, ACK1, ENQ, HANDSHAKE_2],
    "before our session 3": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT],
    "our ENQ is out": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT, b""],
    "block 1 is out": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT, b"", ACK0],
    "block 2 is out": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT, b"", ACK0, ACK1],
}
"""What the machine says until the writer is in each of its situations."""

LIMIT = 8.0  # of the wait for a machine, in these tests
EVERYWHERE = pytest.mark.parametrize("situation", UNTIL)


def arrived(situation: str) -> LineScript:
    line = writer(max_wait=LIMIT, session_wait=LIMIT)
    for said in UNTIL[situation]:
        line.answer_to(said, within=0.08)
    assert line.end is None
    line.said()
    return line


@EVERYWHERE
def test_silence_ends_within_the_limits_everywhere(situation: str) -> None:
    line = arrived(situation)
    began = line.now
    while line.end is None and line.now < began + 600:
        line.wait(0.5)
    assert isinstance(line.end, Failed)
    assert line.now - began < 2 * LIMIT + 10


@EVERYWHERE
@pytest.mark.parametrize(
    "babble", [ENQ, EOT, NAK, ACK0, ACK1, WACK, b"\x10", b"\x10\x02A", b"\xa7", HANDSHAKE_2]
)
@pytest.mark.parametrize("pause", [0.002, 0.3])
def test_a_machine_that_says_one_thing_for_ever_is_told_of(
    situation: str, babble: bytes, pause: float
) -> None:
    line = arrived(situation)
    began = line.now
    while line.end is None and line.now < began + 600:
        line.hear(babble)
        line.wait(pause)
    assert isinstance(line.end, Failed)
    assert sum(isinstance(output, Finished | Failed) for output in line.outputs) == 1


@EVERYWHERE
def test_cancelling_is_obeyed_at_once_everywhere(situation: str) -> None:
    line = arrived(situation)
    line.cancel()
    assert line.failed.code is FailureCode.CANCELLED
    ends = len(line.outputs)
    line.hear(ENQ)
    line.wait(100)
    assert len(line.outputs) == ends

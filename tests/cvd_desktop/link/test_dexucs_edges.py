"""The edges of a DEX/UCS read: machines that are odd, slow or something else, and bad input.

Every one ends with the whole report or with one clear failure, within the limits.
"""

import pytest

from cvd_desktop.link.ddcmp_frames import ControlFrame, ControlKind, build_control
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_frames import LONGEST_TEXT, Frame, build_frame, split_blocks
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import Failed, FailureCode, Finished, Party
from tests.support.dex_lines import HANDSHAKE_2, LONG_REPORT, REAL_CALL, SMALL_REPORT
from tests.support.dex_reader_line import ACK0, ACK1, ENQ, EOT, before_data, reader
from tests.support.fifo_wire import FifoWire
from tests.support.line_script import LineScript

NAK, WACK = b"\x15", b"\x10;"
BLOCKS = [build_frame(frame) for frame in split_blocks(LONG_REPORT)]
LINE = b"MA5*ERROR*DS*0038*350106\r\n"
SAME = build_frame(Frame(False, LINE, False))
OTHER = build_frame(Frame(False, b"VA1*1*1*1*1\r\n", False))
LAST = build_frame(Frame(False, b"DXE*1*1\r\n", True))

UNTIL = {
    "hunting": [],
    "our request is out": [ACK0],
    "waiting for session 2": [ACK0, ACK1],
    "session 2 has begun": [ACK0, ACK1, ENQ],
    "session 2 is answered": [ACK0, ACK1, ENQ, HANDSHAKE_2],
    "waiting for session 3": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT],
    "session 3 has begun": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT, ENQ],
    "a block is in": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT, ENQ, BLOCKS[0]],
    "the report is whole": [ACK0, ACK1, ENQ, HANDSHAKE_2, EOT, ENQ, LAST],
    "the machine calls": [ENQ],
    "the machine has asked": [ENQ, REAL_CALL],
    "before our session 2": [ENQ, REAL_CALL, EOT],
    "our session 2 is answered": [ENQ, REAL_CALL, EOT, b"", ACK0],
    "our answer is taken": [ENQ, REAL_CALL, EOT, b"", ACK0, ACK1],
}
"""What the machine says until the reader is in each of its situations."""

LIMIT = 8.0  # of the wait for a machine, in these tests


def arrived(situation: str, **settings: object) -> LineScript:
    line = reader(max_wait=LIMIT, session_wait=LIMIT, **settings)
    for said in UNTIL[situation]:
        line.answer_to(said, within=0.15)
    assert line.end is None
    line.said()
    return line


EVERYWHERE = pytest.mark.parametrize("situation", UNTIL)


# EOT in place of the first block


def test_a_machine_that_gives_up_before_its_first_block_is_told_of_within_moments() -> None:
    line = before_data()
    line.hear(EOT)
    line.wait(2.3)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.party is Party.MACHINE
    assert line.failed.detail["why"] == "eot"


def test_the_eot_of_session_2_may_come_late_and_the_data_a_minute_after_it() -> None:
    """Our acknowledgement was lost twice: the machine asked, and goes on with session 2."""
    line = reader()
    for said in (ACK0, ACK1, ENQ, HANDSHAKE_2, ENQ, ENQ):
        line.answer_to(said)
    line.hear(EOT)
    line.wait(50)
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(LAST) == ACK1
    line.hear(EOT)
    assert line.finished


def test_a_machine_that_asks_again_after_its_eot_is_heard() -> None:
    line = before_data()
    line.hear(EOT)
    line.wait(1.5)
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(LAST) == ACK1
    line.hear(EOT)
    assert line.received == LAST[2:-4]


def test_a_machine_that_gives_up_each_time_is_told_of() -> None:
    line = before_data()
    for _ in range(4):
        line.hear(EOT)
        line.answer_to(ENQ)
    assert line.failed.detail["why"] == "eot"


@pytest.mark.parametrize("seconds", [2.5, 5.0, 8.0])
def test_a_machine_may_take_its_time_before_its_first_block(seconds: float) -> None:
    line = before_data()
    line.wait(seconds)
    assert line.said() == b""
    assert line.answer_to(BLOCKS[0]) == ACK1
    assert line.answer_to(LAST) == ACK0


def test_a_machine_that_comes_back_while_we_hunt_goes_on_where_it_was() -> None:
    line = before_data()
    line.wait(9.9)
    assert line.said() == ENQ * 2
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(BLOCKS[0]) == ACK1
    assert line.answer_to(LAST) == ACK0
    line.hear(EOT)
    assert line.finished.detail["blocks"] == 2


# Equal neighbours


@pytest.mark.parametrize("asks", [False, True])
def test_equal_neighbours_of_a_machine_that_waits_a_second_are_both_stored(asks: bool) -> None:
    """It hears the number of the block before, takes it for nothing, and waits for its timer."""
    line = before_data()
    assert line.answer_to(SAME) == ACK1
    assert line.answer_to(SAME) == ACK1  # at once: it has heard us
    for _ in range(6):
        line.wait(0.95)
        if asks:
            assert line.answer_to(ENQ) == ACK1
        if line.answer_to(SAME) == ACK0:
            break
    assert line.answer_to(OTHER) == ACK1
    assert line.received == LINE * 2 + OTHER[2:-4]


@pytest.mark.parametrize(
    "faults", [[], ["slow_repeat"], ["slow_repeat", "no_enq"], ["no_enq"], ["slow_answers:800"]]
)
@pytest.mark.parametrize("equal", [2, 3, 5])
def test_a_report_with_equal_lines_arrives_whole(faults: list[str], equal: int) -> None:
    first = LINE.replace(b"ERROR", b"FIRST")
    report = first + first[:-3] + b"7\r\n" + LINE * equal + b"DXE*1*1\r\n"
    size = f"block_size:{len(LINE)}"
    run = FifoWire(DexReader(), DexMachine(lambda: report, faults=[*faults, size])).play()
    assert isinstance(run.end, Finished), run.end
    assert run.document == report
    assert run.completed == 1


def test_a_copy_that_came_at_once_and_two_lost_answers_are_still_one_block() -> None:
    line = before_data()
    assert line.answer_to(SAME) == ACK1
    assert line.answer_to(SAME) == ACK1
    for _ in range(2):
        line.wait(0.95)
        assert line.answer_to(SAME) == ACK1
    assert line.answer_to(OTHER) == ACK0
    assert line.received == LINE + OTHER[2:-4]


def test_a_block_that_follows_its_copy_without_a_pause_is_answered_once() -> None:
    """The answer waits until the machine has said what it has begun; two would confuse it."""
    line = before_data()
    line.hear(BLOCKS[0])
    line.wait(0.005)
    line.hear(BLOCKS[0][:100])
    line.wait(0.1)
    assert line.said() == b""
    assert line.answer_to(BLOCKS[0][100:]) == ACK1
    assert line.answer_to(BLOCKS[1]) == ACK0


# Big blocks, big reports


@pytest.mark.parametrize("size", [244, 512, 1000, LONGEST_TEXT])
def test_blocks_up_to_1024_characters_are_read(size: int) -> None:
    report = b"".join(b"PA1*%d*100\r\n" % n for n in range(300))
    run = FifoWire(DexReader(), DexMachine(lambda: report, faults=[f"block_size:{size}"])).play()
    assert run.document == report


def test_a_block_of_64_kilobytes_is_refused_long_before_its_end() -> None:
    line = before_data()
    line.hear(b"\x10\x02")
    sent = 0
    while line.end is None and sent < 1 << 16:
        line.hear(b"A" * 96)
        line.wait(0.1)
        sent += 96
    assert line.failed.code is FailureCode.TOO_LONG
    assert line.failed.party is Party.MACHINE
    assert sent < 5000


@EVERYWHERE
def test_a_block_without_end_ends_the_read_everywhere(situation: str) -> None:
    line = arrived(situation)
    line.hear(b"\x10\x02")
    for _ in range(700):
        line.hear(b"A" * 96)
        line.wait(0.1)
    assert line.end
    if situation == "the report is whole":
        assert isinstance(line.end, Finished)
    else:
        assert line.failed.code in (FailureCode.TOO_LONG, FailureCode.NO_ANSWER)


def test_a_report_of_five_megabytes_is_refused_and_what_came_stays() -> None:
    line = before_data()
    blocks = (
        build_frame(Frame(False, b"%08d" % n + b"x" * 1000 + b"\r\n", False)) for n in range(6000)
    )
    for block in blocks:
        if line.end:
            break
        line.hear(block)
        line.wait(0.02)
        line.outputs[:-8] = [o for o in line.outputs[:-8] if isinstance(o, Finished | Failed)]
    assert line.failed.code is FailureCode.TOO_LONG
    assert line.failed.party is Party.MACHINE
    assert 0 < int(line.failed.detail["received"]) <= DexSettings().longest_report


# Endless


@EVERYWHERE
@pytest.mark.parametrize(
    "babble",
    [
        ENQ,
        EOT,
        NAK,
        ACK0,
        ACK1,
        WACK,
        b"\x10",
        b"\x10\x02",
        b"\x10\x01A",
        SAME,
        HANDSHAKE_2,
        b"\xa7",
    ],
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
    assert line.end is not None
    if babble == ENQ:
        assert line.now - began < 2 * LIMIT + 10
    assert sum(isinstance(output, Finished | Failed) for output in line.outputs) == 1


@EVERYWHERE
def test_silence_ends_within_the_limits_everywhere(situation: str) -> None:
    line = arrived(situation)
    began = line.now
    while line.end is None and line.now < began + 600:
        line.wait(0.5)
    assert line.end is not None
    assert line.now - began < 2 * LIMIT + 10


@EVERYWHERE
def test_cancelling_is_obeyed_at_once_everywhere(situation: str) -> None:
    line = arrived(situation)
    line.cancel()
    whole = situation == "the report is whole"
    assert isinstance(line.end, Finished if whole else Failed)
    assert whole or line.failed.code is FailureCode.CANCELLED
    ends = len(line.outputs)
    line.hear(ENQ)
    line.wait(100)
    assert len(line.outputs) == ends


# Another protocol


DDCMP_WORDS = [
    build_control(ControlFrame(ControlKind.STACK, low=2, high=8)),
    build_control(ControlFrame(ControlKind.NACK, error=1)),
    build_control(ControlFrame(ControlKind.ACK, low=1)),
]


@pytest.mark.parametrize("word", DDCMP_WORDS)
@pytest.mark.parametrize("make", [DexReader, lambda: DexWriter(SMALL_REPORT)])
@pytest.mark.parametrize("pieces", [1, 3, 8])
def test_a_machine_that_speaks_ddcmp_is_named(word: bytes, make: type, pieces: int) -> None:
    line = LineScript(make())
    line.hear(b"\xa7\x00")
    for at in range(0, len(word), pieces):
        line.hear(word[at : at + pieces])
    assert line.failed.code is FailureCode.OTHER_LINK
    assert line.failed.party is Party.SETTING
    assert line.failed.detail["speaks"] == "ddcmp"


@pytest.mark.parametrize("word", DDCMP_WORDS)
def test_ddcmp_that_is_damaged_is_not_sure(word: bytes) -> None:
    line = reader(max_wait=5.0)
    line.hear(word[:-1] + b"\xff")
    line.wait(6)
    assert line.failed.code is FailureCode.NO_ANSWER


# Who is master?


def test_a_machine_that_calls_in_the_middle_of_our_handshakes_is_given_way() -> None:
    line = reader()
    for said in (ACK0, ACK1):
        line.answer_to(said)
    line.said()
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(REAL_CALL) == ACK1
    line.answer_to(EOT, within=0.15)
    assert line.answer_to(ACK0).startswith(b"\x10\x0100CVD0000001")


def test_a_machine_that_heard_our_handshake_although_we_did_not_hear_it_goes_on() -> None:
    """Its ACK1 was lost and it counts session 1 as over: its ENQ is that of session 2."""
    line = reader()
    line.answer_to(ACK0)
    line.said()
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(HANDSHAKE_2) == ACK1
    assert line.answer_to(EOT) == b""
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(LAST) == ACK1
    line.hear(EOT)
    assert line.finished.detail["master"] == "reader"


def test_our_own_echo_is_named() -> None:
    line = reader(max_wait=20.0)
    for _ in range(60_000):
        if line.end:
            break
        line.hear(line.said())
        line.wait(0.001)
    assert line.failed.code is FailureCode.NO_ANSWER
    assert line.failed.party is Party.SETTING
    assert line.failed.detail["why"] == "echo"


def test_a_machine_that_is_never_ready_for_our_answer_is_told_of() -> None:
    line = arrived("our session 2 is answered")
    began = line.now
    while line.end is None and line.now < began + 100:
        line.answer_to(WACK, within=0.35)
    assert line.failed.detail["why"] == "wack"
    assert line.now - began < LIMIT + 2


def test_a_machine_does_not_take_a_new_reader_for_the_one_that_died() -> None:
    """Any reader says ACK0 to ENQ; to this machine that is also the number of block 2."""
    machine = DexMachine(lambda: LONG_REPORT, faults=["block_size:672"])  # two blocks
    line = LineScript(machine)
    hello = build_frame(Frame(True, b"CVD0000001RR01L01", True))
    for said in (ENQ, hello, EOT, ACK0, ACK1):
        line.answer_to(said, within=0.15)
    line.answer_to(ACK0, within=0.9)
    line.answer_to(ACK1, within=0.9)
    line.said()
    line.wait(5)
    line.said()
    assert line.answer_to(ACK0, within=0.9).startswith(b"\x10\x02")
    assert machine.completed == 0

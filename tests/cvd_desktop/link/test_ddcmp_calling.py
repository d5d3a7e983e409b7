"""How the DDCMP reader finds a machine: START, speeds, other protocols, noise, its own light."""

import pytest

from cvd_desktop.link.ddcmp_frames import ControlFrame, ControlKind, build_control
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.outputs import FailureCode, Party, Phase, Progress
from tests.support.ddcmp_slave import STAY, SlaveLine, ack, linked, stack

START = build_control(ControlFrame(ControlKind.START))
FAST = DdcmpSettings()


def calls(line: SlaveLine, seconds: float) -> int:
    return [kind for kind, _, _ in line.frames(seconds)].count("START")


# Patience


def test_start_is_repeated_until_somebody_has_aimed() -> None:
    line = SlaveLine(DdcmpSettings(wanted_speed=2400, max_wait=30))
    assert calls(line, 0) == 1
    assert 9 <= calls(line, 3.0) <= 12
    line.wait(20)
    line.said()
    line.hear(stack())
    assert line.frames()[0][0] == "data"


def test_nobody_answers() -> None:
    line = SlaveLine(DdcmpSettings(max_wait=5))
    line.wait(6)
    failed = line.failed
    assert (failed.code, failed.party) == (FailureCode.NO_ANSWER, Party.CABLE)
    assert failed.detail["why"] == "silence"
    assert failed.detail["heard"] == 0
    assert 16 <= int(failed.detail["tries"]) <= 22


def test_bytes_without_sense_are_told_from_silence() -> None:
    line = SlaveLine(DdcmpSettings(max_wait=5))
    for _ in range(20):
        line.hear(b"\xe0\x1c\x00")
        line.wait(0.3)
    assert line.failed.detail["why"] == "noise"
    assert line.failed.party is Party.SETTING


def test_endless_noise_does_not_prolong_the_wait() -> None:
    line = SlaveLine(DdcmpSettings(max_wait=5))
    for _ in range(600):
        line.hear(b"\x81")
        line.wait(0.01)
    assert line.failed.code is FailureCode.NO_ANSWER


def test_each_start_is_a_step_for_a_person() -> None:
    line = SlaveLine(STAY)
    line.wait(0.6)
    steps = [out for out in line.outputs if isinstance(out, Progress)]
    assert [step.detail["tries"] for step in steps] == [1, 2, 3]
    assert {step.phase for step in steps} == {Phase.ANSWER}


# Speeds


@pytest.mark.parametrize(
    ("start", "wanted", "theirs", "code", "speed"),
    [
        (2400, 115200, 8, 8, 115200),
        (2400, 115200, 5, 8, 19200),
        (2400, 19200, 8, 5, 19200),
        (9600, 38400, 2, 6, 2400),
        (1200, 115200, 3, 8, 4800),
    ],
)
def test_the_smaller_speed_is_taken(
    start: int, wanted: int, theirs: int, code: int, speed: int
) -> None:
    line = SlaveLine(DdcmpSettings(start_speed=start, wanted_speed=wanted))
    assert line.frames(0) == [("START", code, b"")]
    line.hear(stack(theirs, code))
    assert line.speeds() == [start, speed]
    assert line.frames() == [("START", code, b"")]
    line.hear(stack(theirs, code))
    assert line.frames()[0][0] == "data"
    assert line.speeds() == [start, speed]


@pytest.mark.parametrize("theirs", [0, 2, 9, 200])
def test_a_slave_that_names_no_other_speed_stays_where_it_is(theirs: int) -> None:
    line = SlaveLine(FAST)
    line.said()
    line.hear(stack(theirs, 8))
    assert line.frames()[0][0] == "data"
    assert line.speeds() == [2400]


def test_a_fixed_speed_asks_for_no_change_and_makes_none() -> None:
    line = SlaveLine(DdcmpSettings(start_speed=19200, wanted_speed=19200))
    assert line.frames(0) == [("START", 0, b"")]
    line.hear(stack(8, 0))
    assert line.frames()[0][0] == "data"
    assert line.speeds() == [19200]


def test_nobody_at_the_new_speed_back_to_the_first_one_to_stay() -> None:
    line = SlaveLine(FAST)
    line.said()
    line.hear(stack(8, 8))
    said = []
    while line.speeds()[-1] == 115200:
        said += line.frames(0.1)
    assert said[:10] == [("START", 8, b"")] * 10
    assert said[10:] + line.frames() == [("START", 0, b"")]
    line.hear(stack(8, 0))
    assert line.frames()[0][0] == "data"
    assert line.speeds() == [2400, 115200, 2400]


def test_a_machine_that_any_word_keeps_at_the_raised_speed_gets_silence() -> None:
    line = SlaveLine(FAST)
    line.hear(stack(8, 8))
    longest, quiet = 0.0, 0.0
    while line.end is None and line.now < 200:
        quiet = 0.0 if line.frames(0.1) else quiet + 0.1
        longest = max(longest, quiet)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert 5.0 < longest < 6.5


def test_a_machine_that_is_lost_after_it_agreed_has_broken_off() -> None:
    line = SlaveLine(DdcmpSettings(max_wait=3))
    line.hear(stack(8, 8))
    line.wait(20)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.party is Party.MACHINE


def test_a_stack_that_came_twice_is_no_answer_at_the_new_speed() -> None:
    line = SlaveLine(FAST)
    line.said()
    line.hear(stack(8, 8) + stack(8, 8))
    assert line.frames() == [("START", 8, b"")]


def test_a_late_stack_is_no_trouble_for_the_question_that_is_out() -> None:
    line = linked(SlaveLine(STAY))
    line.hear(stack())
    assert line.frames(0.1) == []
    line.hear(ack(1))
    line.wait(1)
    assert line.said() == b""


def test_a_stack_that_comes_while_the_next_start_waits_is_taken() -> None:
    line = SlaveLine(STAY)
    line.said()
    line.wait(0.27)
    line.hear(stack()[:4])
    line.wait(0.05)
    line.hear(stack()[4:])
    assert [frame[:2] for frame in line.frames()] == [("data", 1)]


# Turns


def test_nothing_is_said_before_the_line_was_quiet_for_40_milliseconds() -> None:
    line = SlaveLine(STAY)
    line.said()
    line.hear(stack())
    line.wait(0.0399)
    assert line.said() == b""
    line.hear(b"\x00")
    line.wait(0.0399)
    assert line.said() == b""
    line.wait(0.0002)
    assert line.said()[:1] == b"\x81"


def test_a_machine_is_heard_however_early_it_answers() -> None:
    line = SlaveLine(STAY)
    line.hear(stack())
    line.wait(0.05)
    line.said()
    line.hear(ack(1))
    line.wait(2)
    assert line.said() == b""


# Our own light


@pytest.mark.parametrize(
    "echo",
    [START, START[1:], START[:-1], START[2:], b"\x00" + START, START[:6] + b"\xff\xff"],
    ids=["whole", "no head", "no tail", "short", "late", "bad crc"],
)
def test_an_echo_of_start_is_not_an_answer_and_eats_none(echo: bytes) -> None:
    line = SlaveLine(DdcmpSettings(wanted_speed=2400, max_wait=5))
    assert line.said() == START
    line.hear(echo)
    assert line.frames(0.1) == []
    line.hear(stack())
    assert line.frames()[0][0] == "data"


def test_nothing_but_our_own_light_is_told() -> None:
    line = SlaveLine(DdcmpSettings(wanted_speed=2400, max_wait=3))
    for number in range(20):
        echo = line.said()
        line.hear(echo[1:] if number % 2 else echo)
        line.wait(0.2)
    assert line.failed.code is FailureCode.NO_ANSWER
    assert line.failed.detail["why"] == "echo"
    assert line.failed.party is Party.CABLE


# Another protocol


@pytest.mark.parametrize("word", [b"\x05", b"\x10\x30", b"\x10\x30\x15"])
def test_a_machine_that_speaks_dex_is_told_at_the_speed_of_dex(word: bytes) -> None:
    line = SlaveLine(DdcmpSettings(start_speed=9600, max_wait=30))
    for _ in range(3):
        assert line.end is None
        line.wait(1.0)
        line.hear(word)
    line.wait(1.0)
    assert line.failed.code is FailureCode.OTHER_LINK
    assert line.failed.detail["speaks"] == "dexucs"


def test_dex_is_told_through_our_own_light_too() -> None:
    line = SlaveLine(DdcmpSettings(start_speed=9600, max_wait=30))
    for _ in range(12):
        line.hear(line.said() + b"\x100")
        line.wait(0.3)
    assert line.failed.code is FailureCode.OTHER_LINK


@pytest.mark.parametrize("words", [[b"\x05", b"\x05", b"\xa7\xf3"], [b"\x05\x06"], [b"\x15"]])
def test_a_doubt_is_no_other_protocol(words: list[bytes]) -> None:
    line = SlaveLine(DdcmpSettings(start_speed=9600, wanted_speed=9600, max_wait=60))
    for number in range(12):
        line.wait(1.0)
        line.hear(words[number % len(words)])
    assert line.end is None
    line.wait(0.3)
    line.hear(stack())
    assert line.frames(0.3)[-1][0] == "data"


def test_at_another_speed_nothing_is_known_about_it() -> None:
    line = SlaveLine(DdcmpSettings(start_speed=2400, max_wait=6))
    for _ in range(8):
        line.wait(1.0)
        line.hear(b"\x05")
    assert line.failed.code is FailureCode.NO_ANSWER

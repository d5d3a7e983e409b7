"""`auto` finds the link and the speed of a machine, or says what was tried and what was heard."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.link.auto_link import Attempt, AutoReader
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_frames import ControlFrame, ControlKind, build_control
from cvd_desktop.link.ddcmp_machine import DdcmpMachine
from cvd_desktop.link.ddcmp_machine_table import DdcmpMachineSettings
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    Party,
    Phase,
    Progress,
    ProtocolMachine,
    SetBaudRate,
)
from tests.support.dex_lines import LONG_REPORT
from tests.support.dex_mishaps import PLANS, meddle_with, sessions
from tests.support.fifo_wire import FifoWire, WireRun
from tests.support.line_script import LineScript
from tests.support.link_doubles import ScriptedReader, SwitchedOnLate

SPEEDS = [2400, 9600, 19200, 4800, 38400, 115200]
START, STACK, NACK = (
    build_control(ControlFrame(kind))
    for kind in (ControlKind.START, ControlKind.STACK, ControlKind.NACK)
)


def dexucs() -> Attempt:
    return Attempt("dexucs", 9600, lambda wait: DexReader(DexSettings(max_wait=wait)))


def ddcmp(speed: int) -> Attempt:
    settings = DdcmpSettings(start_speed=speed)
    return Attempt("ddcmp", speed, lambda _wait: DdcmpReader(settings))


def every() -> list[Attempt]:
    return [dexucs(), *map(ddcmp, SPEEDS)]


@dataclass
class Found:
    run: WireRun
    auto: AutoReader

    @property
    def name(self) -> str:
        assert self.auto.chosen
        return self.auto.chosen.name


def find(
    machine: ProtocolMachine,
    speed: int,
    attempts: list[Attempt] | None = None,
    max_wait: float = 60.0,
) -> Found:
    auto = AutoReader(attempts or every(), max_wait)
    return Found(FifoWire(auto, machine, baud_rate=speed).play(), auto)


def eye(speed: int = 2400, *faults: str) -> DdcmpMachine:
    settings = DdcmpMachineSettings(start_speed=speed)
    return DdcmpMachine(lambda _list: LONG_REPORT, faults=faults, settings=settings)


def jack(*faults: str) -> DexMachine:
    return DexMachine(lambda: LONG_REPORT, faults=faults)


# Real readers, real machines


@pytest.mark.parametrize("late", [0.0, 1.7, 7.9, 33.3])
@pytest.mark.parametrize("speed", SPEEDS)
def test_a_machine_behind_its_eye_is_found_at_each_start_speed(speed: int, late: float) -> None:
    found = find(SwitchedOnLate(eye(speed), late), speed)
    assert isinstance(found.run.end, Finished), found.run.end
    assert found.run.document == LONG_REPORT
    assert found.name == f"ddcmp@{speed}"
    assert found.run.end.detail["link"] == "ddcmp"


@pytest.mark.parametrize("late", [0.0, 2.95, 7.9, 33.3])
@pytest.mark.parametrize(
    "faults", [[], ["machine_master"], ["wack:3"], ["slow_answers:900"], ["nak_revision:R00L06"]]
)
@pytest.mark.parametrize("attempts", [every(), [ddcmp(9600), ddcmp(2400), dexucs()]])
def test_a_machine_behind_its_jack_is_found(
    faults: list[str], late: float, attempts: list[Attempt]
) -> None:
    found = find(SwitchedOnLate(jack(*faults), late), 9600, attempts)
    assert isinstance(found.run.end, Finished), found.run.end
    assert found.run.document == LONG_REPORT
    assert found.name == "dexucs@9600"
    assert found.run.completed == 1


@pytest.mark.parametrize("late", [0.0, 2.95, 7.9])
def test_a_machine_that_takes_its_time_between_sessions_is_waited_for(late: float) -> None:
    found = find(SwitchedOnLate(jack("slow_sessions:30"), late), 9600)
    assert found.run.document == LONG_REPORT


def test_what_was_remembered_is_tried_first() -> None:
    found = find(eye(38400), 38400, [ddcmp(38400), *every()])
    assert found.run.seconds < 1.5


@pytest.mark.parametrize("machine", [jack(), jack("machine_master")])
def test_two_seconds_are_enough_for_dex(machine: DexMachine) -> None:
    assert find(machine, 9600, max_wait=2.0).run.document == LONG_REPORT


@pytest.mark.parametrize("remembered", [[], [ddcmp(115200)]])
def test_two_seconds_are_enough_for_ddcmp_at_its_usual_speed(remembered: list[Attempt]) -> None:
    found = find(eye(), 2400, [*remembered, *every()], max_wait=2.0)
    assert found.run.document == LONG_REPORT


def test_nobody_there_ends_when_the_wait_is_over_and_says_what_was_tried() -> None:
    found = find(jack("silent"), 9600, max_wait=20.0)
    assert found.run.seconds == pytest.approx(20.0)
    assert found.run.failed.code is FailureCode.NO_ANSWER
    assert found.run.failed.party is Party.CABLE
    assert found.run.failed.detail["why"] == "silence"
    names = [attempt.name for attempt in every()]
    assert found.run.failed.detail["tried"] == " ".join(f"{name}=0" for name in names)
    assert found.auto.chosen is None


def test_a_machine_that_calls_and_does_not_hear_us_points_at_the_cable() -> None:
    found = find(jack("machine_master", "deaf"), 9600, max_wait=20.0)
    assert found.run.failed.party is Party.CABLE
    assert found.run.failed.detail["why"] == "deaf"
    assert found.run.failed.detail["link"] == "dexucs"
    assert found.run.seconds == pytest.approx(20.0)


@pytest.mark.parametrize("attempts", [every(), [dexucs()], [ddcmp(9600)], [ddcmp(2400), dexucs()]])
def test_an_echo_of_ourselves_is_no_machine(attempts: list[Attempt]) -> None:
    line = LineScript(AutoReader(attempts, 30.0))
    for _ in range(31_000):
        if line.end:
            break
        line.hear(line.said())
        line.wait(0.001)
    assert line.failed.code is FailureCode.NO_ANSWER
    assert line.failed.party is Party.SETTING
    assert line.failed.detail["why"] == "echo"


def test_noise_points_at_a_setting() -> None:
    line = LineScript(AutoReader(every(), 20.0))
    for _ in range(210):
        line.hear(b"\xa7\xf3\x80")
        line.wait(0.1)
    assert line.failed.party is Party.SETTING
    assert line.failed.detail["why"] == "noise"
    tried = str(line.failed.detail["tried"]).split()
    assert "=0" not in tried[0]
    assert sum(int(part.partition("=")[2]) for part in tried) == line.failed.detail["heard"]


@sessions
@given(st.sampled_from(["dexucs", "master", "ddcmp"]), st.sampled_from([0.0, 3.0, 9.0]), PLANS)
def test_on_a_bad_line_the_report_is_whole_or_the_failure_is_said(
    kind: str, late: float, plan: list[tuple[str, int, int, float]]
) -> None:
    machines: dict[str, Callable[[], ProtocolMachine]] = {
        "dexucs": jack,
        "master": lambda: jack("machine_master"),
        "ddcmp": eye,
    }
    machine, speed = machines[kind](), 2400 if kind == "ddcmp" else 9600
    auto = AutoReader(every(), 30.0)
    wire = FifoWire(auto, SwitchedOnLate(machine, late), meddle_with(plan), baud_rate=speed)
    run = wire.play()
    assert all(run.whole_when_completed), "acknowledged before it was stored"
    assert LONG_REPORT.startswith(run.document)
    assert not run.has_last or run.document == LONG_REPORT
    if isinstance(run.end, Finished):
        assert run.has_last
        assert auto.chosen
        assert auto.chosen.link == ("ddcmp" if kind == "ddcmp" else "dexucs")
    else:
        assert run.failed.detail["phase"]


# What it does, with readers that play a script


SESSION: list[Output] = [Progress(Phase.HANDSHAKE_1), Progress(Phase.TRANSFER, 1, 10)]


def scripted(link: str, speed: int, reader: ScriptedReader) -> Attempt:
    return Attempt(link, speed, lambda _wait: reader)


def speeds(line: LineScript) -> list[int]:
    return [output.baud_rate for output in line.outputs if isinstance(output, SetBaudRate)]


def test_the_line_is_set_to_the_speed_of_each_attempt() -> None:
    ears = [ScriptedReader(b"\x05"), ScriptedReader(START), ScriptedReader(START)]
    attempts = [
        scripted("dexucs", 9600, ears[0]),
        scripted("ddcmp", 2400, ears[1]),
        scripted("ddcmp", 9600, ears[2]),
    ]
    line = LineScript(AutoReader(attempts, 60.0))
    line.wait(12)
    assert speeds(line) == [9600, 2400, 9600, 2400]


def test_bytes_of_one_attempt_never_reach_the_next() -> None:
    ears = [ScriptedReader(b"\x05"), ScriptedReader(START)]
    attempts = [scripted("dexucs", 9600, ears[0]), scripted("ddcmp", 2400, ears[1])]
    line = LineScript(AutoReader(attempts, 60.0))
    line.wait(2.9)
    line.hear(b"old")
    line.wait(0.61)
    line.hear(b"late")  # sent at the speed before
    line.wait(0.1)
    line.hear(b"new")
    assert ears[0].heard == [b"old"]
    assert ears[1].heard == [b"new"]


def test_an_attempt_that_is_answered_keeps_the_line() -> None:
    first = ScriptedReader(b"\x05", {b"\x100": SESSION})
    attempts = [scripted("dexucs", 9600, first), scripted("ddcmp", 2400, ScriptedReader(START))]
    auto = AutoReader(attempts, 60.0)
    line = LineScript(auto)
    line.wait(1.5)
    line.hear(b"\x100")
    line.wait(500)
    assert auto.chosen is attempts[0]
    assert speeds(line) == [9600]
    assert line.end is None  # its own end is up to it


@pytest.mark.parametrize("sign", [STACK, NACK, b"\xff\x00" + STACK])
def test_a_frame_of_a_machine_keeps_the_line_although_the_attempt_says_nothing(sign: bytes) -> None:
    attempts = [
        scripted("ddcmp", 2400, ScriptedReader(START)),
        scripted("dexucs", 9600, ScriptedReader(b"\x05")),
    ]
    auto = AutoReader(attempts, 20.0)
    line = LineScript(auto)
    line.hear(sign[:3])
    line.hear(sign[3:])
    line.wait(19)
    assert auto.chosen is attempts[0]
    line.wait(2)
    assert line.failed.code is FailureCode.NO_ANSWER


def ends_with(failed: Failed) -> ScriptedReader:
    return ScriptedReader(b"\x05", {b"?": [failed]})


def test_another_link_is_tried_at_once_at_the_speed_at_which_it_was_heard() -> None:
    other = Failed(FailureCode.OTHER_LINK, Party.SETTING, {"speaks": "ddcmp"})
    ears = [ends_with(other), ScriptedReader(b"\x02"), ScriptedReader(b"\x03")]
    attempts = [
        scripted("dexucs", 9600, ears[0]),
        scripted("ddcmp", 2400, ears[1]),
        scripted("ddcmp", 9600, ears[2]),
    ]
    line = LineScript(AutoReader(attempts, 60.0))
    line.hear(b"?")
    line.said()
    line.wait(0.2)
    assert line.said() == b"\x03"
    assert line.end is None


@pytest.mark.parametrize(
    "code",
    [code for code in FailureCode if code not in (FailureCode.NO_ANSWER, FailureCode.OTHER_LINK)],
)
def test_every_other_failure_is_the_end(code: FailureCode) -> None:
    ear = ends_with(Failed(code, Party.MACHINE, {"why": "x", "heard": 7}))
    attempts = [scripted("dexucs", 9600, ear), scripted("ddcmp", 2400, ScriptedReader(START))]
    line = LineScript(AutoReader(attempts, 60.0))
    line.hear(b"?")
    assert line.failed.code is code
    assert line.failed.detail == {"why": "x", "heard": 7, "link": "dexucs", "baud_rate": 9600}
    line.wait(100)
    assert len([output for output in line.outputs if isinstance(output, Failed)]) == 1


def test_no_answer_of_one_attempt_is_the_turn_of_the_next() -> None:
    ear = ends_with(Failed(FailureCode.NO_ANSWER, Party.CABLE, {}))
    attempts = [scripted("dexucs", 9600, ear), scripted("ddcmp", 2400, ScriptedReader(START))]
    line = LineScript(AutoReader(attempts, 60.0))
    line.hear(b"?")
    line.said()
    line.wait(0.1)
    assert line.said() == START


def test_another_link_that_nobody_speaks_is_the_end() -> None:
    ear = ends_with(Failed(FailureCode.OTHER_LINK, Party.SETTING, {"speaks": "ddcmp"}))
    line = LineScript(AutoReader([scripted("dexucs", 9600, ear)], 60.0))
    line.hear(b"?")
    assert line.failed.code is FailureCode.OTHER_LINK


def test_two_links_that_name_each_other_end_all_the_same() -> None:
    attempts = [
        scripted(mine, 9600, ScriptedReader(b"\x05", {b"?": [_speaks(other)]}))
        for mine, other in [("dexucs", "ddcmp"), ("ddcmp", "dexucs")]
    ]
    line = LineScript(AutoReader(attempts, 5.0))
    for _ in range(100):
        line.hear(b"?")
        line.wait(0.1)
    assert line.failed.code is FailureCode.NO_ANSWER


def _speaks(link: str) -> Failed:
    return Failed(FailureCode.OTHER_LINK, Party.SETTING, {"speaks": link})


def test_a_person_sees_what_is_tried() -> None:
    attempts = [
        scripted("dexucs", 9600, ScriptedReader(b"\x05")),
        scripted("ddcmp", 2400, ScriptedReader(START)),
    ]
    line = LineScript(AutoReader(attempts, 60.0))
    line.wait(4)
    told = [output.detail for output in line.outputs if isinstance(output, Progress)]
    assert told[0] == {"link": "dexucs", "baud_rate": 9600}
    assert told[-1] == {"link": "ddcmp", "baud_rate": 2400}


@pytest.mark.parametrize("after", [0.0, 3.02, 4.0])
def test_cancelling_is_obeyed_at_once(after: float) -> None:
    """In a turn, and while the line settles between two."""
    attempts = [
        scripted("dexucs", 9600, ScriptedReader(b"\x05")),
        scripted("ddcmp", 2400, ScriptedReader(START)),
    ]
    line = LineScript(AutoReader(attempts, 60.0))
    line.wait(after)
    line.cancel()
    assert line.failed.code is FailureCode.CANCELLED
    line.wait(10)
    line.hear(b"\x100")
    assert len([output for output in line.outputs if isinstance(output, Failed)]) == 1


def test_cancelling_reaches_the_attempt_that_is_at_work() -> None:
    ear = ScriptedReader(b"\x05", {b"\x100": SESSION})
    line = LineScript(AutoReader([scripted("dexucs", 9600, ear)], 60.0))
    line.hear(b"\x100")
    line.cancel()
    assert ear.cancelled


def test_without_attempts_there_is_nothing_to_do() -> None:
    with pytest.raises(ValueError, match="nothing to try"):
        AutoReader([], 60.0)

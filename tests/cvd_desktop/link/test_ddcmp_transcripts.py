"""The reference transcripts of DDCMP, byte for byte, from the reader's end of the line."""

from datetime import datetime
from itertools import groupby

import pytest

from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_commands import (
    Operation,
    parse_block,
    parse_read_answer,
    parse_read_data,
    parse_slave_identity,
    parse_who_are_you,
    refusal,
)
from cvd_desktop.link.ddcmp_frames import (
    BadFrame,
    ControlFrame,
    ControlKind,
    DataFrame,
    DdcmpEvent,
    DdcmpParser,
    NackCode,
    build_control,
    build_data,
)
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity, DdcmpSettings
from cvd_desktop.link.outputs import SetBaudRate
from cvd_shared.dex.crc16 import crc16_arc
from tests.support.line_script import LineScript
from tests.support.transcripts import Step, transcript

NAMES = [
    "ddcmp-read-list2",
    "ddcmp-eva-official-trace",
    "ddcmp-fage-jf8900",
    "ddcmp-speed-change",
    "ddcmp-errors",
]


def turns(name: str) -> list[tuple[str, bytes]]:
    """What one side says before the other one speaks: an ACK and a command may follow at once."""
    steps = transcript(name)
    parts = groupby(steps, key=lambda step: step.sender)
    return [(sender, b"".join(step.data for step in said)) for sender, said in parts]


def replay(line: LineScript, name: str) -> None:
    """Every word of the reader must be the one in the transcript, and no other."""
    for sender, data in turns(name):
        if sender == "M":
            line.wait(0.03)
            line.hear(data)
            continue
        said = line.said()
        for _ in range(4):
            if said:
                break
            line.wait(0.04)
            said = line.said()
        assert said == data


def identity(year: int, month: int, day: int, hour: int, minute: int, second: int) -> DdcmpIdentity:
    at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - local time of a machine
    return DdcmpIdentity(at=at)


def events_of(steps: list[Step], sender: str) -> list[DdcmpEvent]:
    parser = DdcmpParser()
    return parser.feed(b"".join(step.data for step in steps if step.sender == sender))


def report_of(name: str) -> bytes:
    frames = [frame for frame in events_of(transcript(name), "M") if isinstance(frame, DataFrame)]
    blocks = [parse_block(frame.data) for frame in frames]
    return b"".join(block[1] for block in blocks if block)


def test_a_whole_read_of_list_2() -> None:
    settings = DdcmpSettings(wanted_speed=2400)
    line = LineScript(DdcmpReader(settings, identity=identity(2025, 11, 21, 10, 15, 0)))
    replay(line, "ddcmp-read-list2")
    assert line.received == report_of("ddcmp-read-list2")
    assert len(line.received) == 338
    assert line.finished.detail["finish"] == "confirmed"
    assert line.finished.detail["serial"] == b"12345678".hex()


def test_the_trace_that_the_association_published() -> None:
    settings = DdcmpSettings(wanted_speed=2400)
    line = LineScript(DdcmpReader(settings, identity=identity(1998, 1, 9, 9, 33, 3)))
    replay(line, "ddcmp-eva-official-trace")
    assert line.end is None


def test_a_machine_that_keeps_its_speed_and_knows_no_length() -> None:
    """START asks for 115200 and the STACK says 2400: no second START, no change of speed."""
    settings = DdcmpSettings(quick_sync=False, read_length=0xFFFF)
    who = identity(2019, 3, 1, 20, 19, 17)
    line = LineScript(DdcmpReader(settings, lists=(1,), identity=who))
    replay(line, "ddcmp-fage-jf8900")
    speeds = [out.baud_rate for out in line.outputs if isinstance(out, SetBaudRate)]
    assert speeds == [2400]


def test_the_smaller_speed_of_both_is_taken_and_start_is_repeated_at_it() -> None:
    line = LineScript(DdcmpReader(DdcmpSettings(wanted_speed=38400)))
    replay(line, "ddcmp-speed-change")
    speeds = [out.baud_rate for out in line.outputs if isinstance(out, SetBaudRate)]
    assert speeds == [2400, 38400]
    line.wait(0.05)
    assert line.said()[:1] == b"\x81"


def test_refusals_are_understood() -> None:
    *nacks, codes = [step.data for step in transcript("ddcmp-errors")]
    parser = DdcmpParser()
    errors = [NackCode.HEADER_CRC, NackCode.DATA_CRC, NackCode.BUSY]
    expected = [ControlFrame(ControlKind.NACK, low=2, error=error) for error in errors]
    assert [event for data in nacks for event in parser.feed(data)] == expected
    assert [build_control(frame) for frame in expected] == nacks
    assert crc16_arc(codes) == 0
    assert parse_slave_identity(codes[:-2]) is None
    assert refusal(Operation.WHO_ARE_YOU, 1) == codes[:-2]


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_is_understood_in_any_pieces_and_built_alike(name: str) -> None:
    for sender in "RM":
        steps = [s for s in transcript(name) if s.data[0] in (0x05, 0x81)]
        data = b"".join(step.data for step in steps if step.sender == sender)
        single = DdcmpParser()
        events = events_of(steps, sender)
        assert events == [event for byte in data for event in single.feed(bytes([byte]))]
        built = b""
        for event in events:
            assert not isinstance(event, BadFrame)
            built += build_control(event) if isinstance(event, ControlFrame) else build_data(event)
        assert built == data


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_read_and_built_alike(name: str) -> None:
    """All but the answer to PROGRAM and WRITE, which have nothing in them."""
    for frame in [*events_of(transcript(name), "R"), *events_of(transcript(name), "M")]:
        if isinstance(frame, DataFrame) and len(frame.data) > 2 and frame.data[0] != 0x99:
            data = frame.data
            parsed = (
                parse_who_are_you(data)
                or parse_read_data(data)
                or parse_slave_identity(data)
                or parse_read_answer(data)
            )
            assert parsed is not None
            assert parsed.build() == data

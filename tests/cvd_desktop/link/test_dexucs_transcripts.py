"""The reference transcripts, byte for byte, from both ends of the line."""

import pytest

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_frames import BadFrame, Frame, FrameParser
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import FailureCode, Received
from tests.support.line_script import LineScript
from tests.support.transcripts import Step, transcript

BYTE_TIME = 10 / 9600  # seconds
READS = ["dex-read-reader-master", "dex-read-machine-master"]


def play(line: LineScript, who: str, steps: list[Step]) -> None:
    """Feeds what the other side says, and expects of `who` exactly what the transcript says."""
    for step in steps:
        if step.sender == who:
            for _ in range(30):
                said = line.said()
                if said:
                    break
                line.wait(0.1)
            assert said == step.data, step.text
            line.wait(len(said) * BYTE_TIME)
        else:
            line.wait(len(step.data) * BYTE_TIME)
            line.hear(step.data)


def report_of(steps: list[Step], sender: str = "M") -> bytes:
    parser = FrameParser()
    events = [event for step in steps if step.sender == sender for event in parser.feed(step.data)]
    return b"".join(e.text for e in events if isinstance(e, Frame) and not e.handshake)


def test_the_reader_is_first_master() -> None:
    steps = transcript("dex-read-reader-master")
    line = LineScript(DexReader())
    play(line, "R", steps)
    assert line.finished.detail["communication_id"] == "QRS7654321"
    assert line.received == report_of(steps)


def test_the_reader_gives_way_to_a_machine_that_is_master() -> None:
    steps = transcript("dex-read-machine-master")
    line = LineScript(DexReader())
    assert line.said() == b"\x05"  # both begin at once; the machine throws ours away
    play(line, "R", steps)
    assert line.finished.detail["communication_id"] == "CNV   DE32"
    assert line.finished.detail["master"] == "machine"
    assert line.received == report_of(steps)


def test_the_machine_is_slave() -> None:
    steps = transcript("dex-read-reader-master")
    machine = DexMachine(lambda: report_of(steps))
    play(LineScript(machine), "M", steps)
    assert machine.completed == 1


def test_the_machine_is_first_master() -> None:
    steps = transcript("dex-read-machine-master")
    settings = DexSettings(communication_id="CNV   DE32", revisions=("R01L01",))
    faults = ["machine_master"]
    machine = DexMachine(lambda: report_of(steps), faults=faults, settings=settings)
    play(LineScript(machine), "M", steps)
    assert machine.completed == 1


def test_the_reader_is_refused() -> None:
    line = LineScript(DexReader(DexSettings(revisions=("R00L06",))))
    play(line, "R", transcript("dex-refused"))
    assert line.failed.code is FailureCode.REFUSED
    assert line.failed.detail["code"] == "02"


def test_a_refused_reader_tries_the_revision_that_the_machine_named() -> None:
    line = LineScript(DexReader(DexSettings(revisions=("R00L06", "R01L01"))))
    play(line, "R", transcript("dex-refused"))
    again = transcript("dex-read-reader-master")
    play(line, "R", again)
    assert line.received == report_of(again)


def test_the_machine_refuses() -> None:
    machine = DexMachine(lambda: b"", faults=["strict_revision:R01L01"])
    play(LineScript(machine), "M", transcript("dex-refused"))
    assert machine.completed == 0


def test_a_damaged_block_and_a_lost_acknowledgement() -> None:
    """The transcript begins inside session 3, with an answer (WACK) that we never give."""
    line = LineScript(DexReader())
    before = transcript("dex-read-reader-master")
    start = next(n for n, step in enumerate(before) if "block 1" in step.text)
    play(line, "R", before[: start - 2])
    play(line, "R", transcript("dex-nak-and-wack")[2:])


def test_the_writer_writes() -> None:
    steps = transcript("dex-write-config")
    document = report_of(steps, "R")
    line = LineScript(DexWriter(document, DexSettings(revisions=("R00L06",))))
    play(line, "R", steps)
    assert line.finished.detail["written"] == len(document) == 130
    assert line.finished.detail["communication_id"] == "QRS7654321"


def test_the_machine_takes_what_is_written() -> None:
    steps = transcript("dex-write-config")
    line = LineScript(DexMachine(lambda: b""))
    play(line, "M", steps)
    taken = [output for output in line.outputs if isinstance(output, Received)]
    assert taken == [Received(report_of(steps, "R"), last=True)]


@pytest.mark.parametrize("name", [*READS, "dex-write-config", "dex-nak-and-wack", "dex-refused"])
def test_every_frame_of_a_transcript_is_understood_in_any_pieces(name: str) -> None:
    for sender in "RM":
        data = b"".join(step.data for step in transcript(name) if step.sender == sender)
        whole, single = FrameParser(), FrameParser()
        events = whole.feed(data)
        assert events == [event for byte in data for event in single.feed(bytes([byte]))]
        damaged = [event for event in events if isinstance(event, BadFrame)]
        assert len(damaged) == (1 if name == "dex-nak-and-wack" and sender == "M" else 0)

"""The machine's side of DDCMP: what is written to it."""

import pytest

from cvd_desktop.link.ddcmp_commands import (
    UNKNOWN_LENGTH,
    WRITE_ANSWER,
    WhoAreYou,
    WriteData,
    build_block,
    parse_slave_identity,
)
from cvd_desktop.link.ddcmp_frames import DataFrame, build_data
from cvd_desktop.link.outputs import Failed, Finished, Received, Send
from tests.support.ddcmp_master import Master, ack, finishes, machine
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT

WRONG_CODES = bytes.fromhex("88E00001")


def write(
    played: Master, document: bytes, announced: int, size: int = 200, first: int = 0
) -> list[object]:
    assert played.ask(WriteData(64, announced).build()) == WRITE_ANSWER
    played.ack()
    frames: list[object] = []
    pieces = [document[at : at + size] for at in range(0, len(document), size)]
    for number, piece in enumerate(pieces, first):
        last = number == first + len(pieces) - 1
        played.sent = (played.sent + 1) % 256
        block = DataFrame(build_block(number, piece), played.heard, played.sent, select=last)
        frames += played.hear(build_data(block))
    return frames


@pytest.mark.parametrize("announced", [len(LONG_REPORT), 0, UNKNOWN_LENGTH])
def test_what_is_written_is_given_out_whole_before_its_last_acknowledgement(announced: int) -> None:
    played = machine()
    played.log_in()
    frames = write(played, LONG_REPORT, announced)
    assert frames == [ack(number) for number in range(3, 3 + len(frames))]
    assert len(frames) == 7
    written = [output for output in played.outputs if isinstance(output, Received)]
    assert written == [Received(LONG_REPORT, last=True)]
    after = played.outputs[played.outputs.index(written[0]) + 1 :]
    assert [type(output) for output in after] == [Send]
    assert played.finish() == [ack(played.sent)]
    assert finishes(played) == [{"list": 0, "blocks": 0, "received": 0}]


def test_numbers_of_messages_and_blocks_go_on_after_255() -> None:
    played = machine()
    played.log_in()
    frames = write(played, LONG_REPORT, len(LONG_REPORT), size=3)
    assert len(frames) == len(LONG_REPORT) / 3 > 256
    assert frames[-1] == ack(played.sent)
    assert [o.data for o in played.outputs if isinstance(o, Received)] == [LONG_REPORT]


def test_a_write_whose_first_block_is_missing_gives_nothing_out() -> None:
    played = machine()
    played.log_in()
    assert write(played, SMALL_REPORT, len(SMALL_REPORT), first=1) == []
    assert played.finish() == []
    assert not any(isinstance(output, Received | Finished) for output in played.outputs)


def test_a_write_that_is_not_whole_gives_nothing_out() -> None:
    played = machine()
    played.log_in()
    write(played, LONG_REPORT, len(LONG_REPORT) + 1)
    assert played.finish() == []
    assert not any(isinstance(output, Received | Finished) for output in played.outputs)
    assert sum(isinstance(output, Failed) for output in played.outputs) == 1


def test_codes_are_changed_by_writing_the_old_and_the_new_ones() -> None:
    played = machine("codes:12345678")
    played.log_in(WhoAreYou(0x1234, 0x5678))
    document = b"DXS*A\r\nSD1*X12345678*X9ABCDEF0\r\nDXE*1*1\r\n"
    write(played, document, len(document))
    assert played.log_in(WhoAreYou(0x1234, 0x5678)) == WRONG_CODES
    assert parse_slave_identity(played.log_in(WhoAreYou(0x9ABC, 0xDEF0)))

"""DDCMP bytes to frames and back: whole, byte by byte, and with rubbish around."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.ddcmp_frames import (
    LONGEST_DATA,
    SPEED_CODES,
    BadFrame,
    ControlFrame,
    ControlKind,
    Damage,
    DataFrame,
    DdcmpEvent,
    DdcmpParser,
    build_control,
    build_data,
    speed_code,
)
from cvd_shared.dex.crc16 import crc16_arc

BYTE = st.integers(0, 255)
CONTROLS = st.builds(
    ControlFrame,
    kind=st.sampled_from(ControlKind),
    low=BYTE,
    high=BYTE,
    error=st.integers(0, 63),
    address=BYTE,
    select=st.booleans(),
    quick_sync=st.booleans(),
)
MESSAGES = st.builds(
    DataFrame,
    data=st.binary(min_size=1, max_size=300),
    received=BYTE,
    number=BYTE,
    select=st.booleans(),
    address=BYTE,
    quick_sync=st.booleans(),
)
QUIET = st.binary(max_size=12).map(lambda data: bytes(b for b in data if b not in (0x05, 0x81)))
TEXT = DataFrame(b"\x99\x00DXS*QRS7654321*VA*V0/6*1\r\n", 2, 3)
ACK_1 = ControlFrame(ControlKind.ACK, low=1)


def built(frame: ControlFrame | DataFrame) -> bytes:
    return build_data(frame) if isinstance(frame, DataFrame) else build_control(frame)


def parsed(*pieces: bytes, longest: int = LONGEST_DATA) -> list[DdcmpEvent]:
    parser = DdcmpParser(longest)
    return [event for piece in pieces for event in parser.feed(piece)]


def single(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


@settings(max_examples=60)
@given(st.lists(CONTROLS | MESSAGES, max_size=4))
def test_frames_come_back_whole_and_byte_by_byte(
    frames: list[ControlFrame | DataFrame],
) -> None:
    data = b"".join(built(frame) for frame in frames)
    assert parsed(data) == frames
    assert parsed(*single(data)) == frames


@settings(max_examples=60)
@given(CONTROLS | MESSAGES, QUIET, QUIET)
def test_noise_around_a_frame_is_dropped(
    frame: ControlFrame | DataFrame, before: bytes, after: bytes
) -> None:
    assert parsed(before + built(frame) + after + built(ACK_1)) == [frame, ACK_1]


@pytest.mark.parametrize("noise", [b"\x05", b"\x81", b"\x05\x01", b"\x81\x81\x81", b"\x05\x05\x06"])
def test_noise_that_looks_like_a_beginning_costs_no_frame(noise: bytes) -> None:
    for frame in (ACK_1, TEXT):
        events = parsed(noise + built(frame))
        assert [event for event in events if not isinstance(event, BadFrame)] == [frame]


@settings(max_examples=60)
@given(CONTROLS | MESSAGES, st.data())
def test_one_damaged_byte_never_gives_another_frame(
    frame: ControlFrame | DataFrame, data: st.DataObject
) -> None:
    damaged = bytearray(built(frame))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    parser = DdcmpParser()
    events = [*parser.feed(bytes(damaged)), *parser.pause()]
    assert not [event for event in events if event == frame]
    if isinstance(frame, DataFrame):
        assert not [event for event in events if isinstance(event, DataFrame)]


@settings(max_examples=60)
@given(st.binary(max_size=2000))
def test_any_bytes_are_survived_in_any_pieces(rubbish: bytes) -> None:
    whole, pieces = DdcmpParser(), DdcmpParser()
    events = whole.feed(rubbish)
    assert events == [event for byte in single(rubbish) for event in pieces.feed(byte)]
    assert whole.pause() == pieces.pause()
    assert not whole.waiting


def test_a_lost_byte_costs_one_frame_and_not_the_next() -> None:
    """The end of the first is looked for in the second, which must be found all the same."""
    again = built(TEXT)
    for place in range(9, len(again) - 1):
        events = parsed(again[:place] + again[place + 1 :] + again + built(ACK_1))
        assert events[-2:] == [TEXT, ACK_1], place


def test_a_damaged_message_tells_its_numbers_when_its_header_was_good() -> None:
    data = built(TEXT)
    assert parsed(data[:-1] + b"\0") == [BadFrame(Damage.DATA_CRC, received=2, number=3)]
    assert parsed(data[:6] + b"\0\0" + data[8:]) == [BadFrame(Damage.HEADER_CRC)]


def test_a_run_of_rubbish_is_told_once() -> None:
    header = built(TEXT)[:7]
    events = parsed((header + b"~") * 6 + built(ACK_1) + header + b"~")
    assert events == [BadFrame(Damage.HEADER_CRC), ACK_1, BadFrame(Damage.HEADER_CRC)]


def test_a_frame_that_stops_is_told_after_a_pause() -> None:
    parser = DdcmpParser()
    assert parser.feed(built(TEXT)[:20]) == []
    assert parser.waiting
    assert parser.pause() == [BadFrame(Damage.CUT, received=2, number=3)]
    assert parser.feed(built(TEXT)) == [TEXT]


@settings(max_examples=60)
@given(MESSAGES, MESSAGES | CONTROLS, st.data())
def test_a_report_that_looks_like_frames_gives_none_when_it_is_damaged(
    outer: DataFrame, inner: DataFrame | ControlFrame, data: st.DataObject
) -> None:
    frame = DataFrame(b"\x99\x00" + built(inner) * 2 + outer.data, 2, 3)
    whole = built(frame)
    place = data.draw(st.integers(8, len(whole) - 1))
    changed = whole[:place] + bytes([whole[place] ^ 0x21]) + whole[place + 1 :]
    assert parsed(changed + built(ACK_1)) == [BadFrame(Damage.DATA_CRC, 2, 3), ACK_1]
    parser = DdcmpParser()
    assert parser.feed(whole[:place]) == []
    assert parser.pause() == [BadFrame(Damage.CUT, 2, 3)]


def test_what_is_too_long_is_not_looked_into() -> None:
    inside = built(DataFrame(b"\x99\x00" + built(ACK_1) * 5, 1, 2))
    for pieces in ([inside, built(ACK_1)], single(inside + built(ACK_1))):
        assert parsed(*pieces, longest=20) == [BadFrame(Damage.TOO_LONG, 1, 2), ACK_1]


def test_sizes_that_cannot_be_are_named() -> None:
    longer = built(DataFrame(b"x" * 100, 1, 2))
    assert parsed(longer, longest=99) == [BadFrame(Damage.TOO_LONG, received=1, number=2)]
    assert parsed(longer, longest=100) == [DataFrame(b"x" * 100, 1, 2)]
    header = bytes.fromhex("810040010201")
    empty = header + crc16_arc(header).to_bytes(2, "little")
    assert parsed(empty) == [BadFrame(Damage.HEADER_FORMAT, received=1, number=2)]
    with pytest.raises(ValueError, match="1 to 16383"):
        build_data(DataFrame(b"", 0, 1))
    longest = DataFrame(bytes(LONGEST_DATA), 0, 1)
    assert parsed(build_data(longest)) == [longest]


def test_speeds_have_their_codes() -> None:
    assert [speed_code(speed) for speed in SPEED_CODES.values()] == list(SPEED_CODES)
    assert speed_code(115200) == 8
    assert speed_code(14400) == 0

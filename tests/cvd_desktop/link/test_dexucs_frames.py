"""Bytes to frames and back: whole, byte by byte, and with rubbish around."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.link.dexucs_frames import (
    CONTROL_BYTES,
    FILLER,
    LONGEST_TEXT,
    BadFrame,
    Control,
    Damage,
    FirstHandshake,
    Frame,
    FrameParser,
    LineEvent,
    SecondHandshake,
    build_frame,
    parse_first,
    parse_second,
    split_blocks,
)
from cvd_shared.dex.crc16 import crc16_arc
from tests.support.dex_lines import HANDSHAKE_1, HANDSHAKE_2, LONG_REPORT, REAL_CALL

TEXTS = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("\r\n"), max_size=243
).map(str.encode)
FRAMES = st.builds(Frame, handshake=st.booleans(), text=TEXTS, last=st.booleans())
NOISE = st.binary(max_size=8).map(
    lambda data: bytes(byte for byte in data if byte not in (0x04, 0x05, 0x10, 0x15))
)


def parsed(*pieces: bytes) -> list[LineEvent]:
    parser = FrameParser()
    return [event for piece in pieces for event in parser.feed(piece)]


def in_single_bytes(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


@given(FRAMES)
def test_a_frame_comes_back_whole_and_byte_by_byte(frame: Frame) -> None:
    data = build_frame(frame)
    assert parsed(data) == [frame]
    assert parsed(*in_single_bytes(data)) == [frame]


@given(FRAMES, NOISE, NOISE, st.sampled_from(list(Control)))
def test_rubbish_around_a_frame_is_ignored(
    frame: Frame, before: bytes, after: bytes, control: Control
) -> None:
    data = before + build_frame(frame) + after + CONTROL_BYTES[control] + before
    assert parsed(data) == [frame, control]
    assert parsed(*in_single_bytes(data)) == [frame, control]


@given(FRAMES, st.data())
def test_fillers_change_nothing_wherever_they_stand(frame: Frame, data: st.DataObject) -> None:
    whole = build_frame(frame)
    place = data.draw(st.integers(2, len(whole) - 4))
    assert parsed(whole[:place] + FILLER * 2 + whole[place:]) == [frame]


@given(FRAMES, st.data())
def test_a_damaged_byte_never_gives_another_frame(frame: Frame, data: st.DataObject) -> None:
    whole = bytearray(build_frame(frame))
    place = data.draw(st.integers(2, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    parser = FrameParser()
    events = parser.feed(bytes(whole))
    assert not [event for event in events if isinstance(event, Frame)]
    assert [event for event in events if isinstance(event, BadFrame)] or parser.pause()


@given(st.binary(max_size=3000))
def test_any_bytes_are_survived(rubbish: bytes) -> None:
    assert parsed(rubbish) == parsed(*in_single_bytes(rubbish))


def test_check_bytes_may_be_control_characters() -> None:
    """EOT, ENQ and DLE in the CRC are counted, never looked at."""
    found: set[int] = set()
    for number in range(60_000):
        frame = Frame(False, b"%d" % number, True)
        crc = crc16_arc(frame.text + b"\x03").to_bytes(2, "little")
        hit = {byte for byte in crc if byte in (0x04, 0x05, 0x10)}
        if hit - found:
            found |= hit
            assert parsed(build_frame(frame) + b"\x04") == [frame, Control.EOT]
        if found == {0x04, 0x05, 0x10}:
            return
    raise AssertionError(found)


def test_eot_and_enq_in_one_piece_are_two_things() -> None:
    assert parsed(b"\x04\x05") == [Control.EOT, Control.ENQ]


def test_blocks_up_to_1024_characters_are_taken_and_longer_ones_named() -> None:
    longest = Frame(False, b"x" * LONGEST_TEXT, False)
    assert parsed(build_frame(longest)) == [longest]
    longer = Frame(False, b"x" * (LONGEST_TEXT + 1), False)
    assert parsed(build_frame(longer)) == [BadFrame(Damage.TOO_LONG)]


def test_a_frame_that_stops_is_forgotten_after_a_pause() -> None:
    parser = FrameParser()
    assert parser.feed(HANDSHAKE_2[:9]) == []
    assert parser.pause() == BadFrame(Damage.CUT)
    assert parser.feed(HANDSHAKE_2)
    assert parser.pause() is None


def test_a_frame_inside_a_frame_is_the_sender_beginning_anew() -> None:
    events = parsed(HANDSHAKE_2[:9] + HANDSHAKE_2)
    assert events[0] == BadFrame(Damage.CUT)
    assert isinstance(events[1], Frame)


def test_a_frame_whose_head_was_lost_is_one_bad_frame_and_no_control() -> None:
    """Its text is noise, and its CRC is not taken for an EOT or an ENQ."""
    assert parsed(b"10*PA2*1\r\n\x10\x17\x05\x04\x15") == [BadFrame(Damage.HEAD_LOST), Control.NAK]


def test_a_zero_byte_in_front_of_the_text_is_damage() -> None:
    """The check value begins at 0 and cannot see it."""
    frame = build_frame(Frame(False, b"ST*001", True))
    assert parsed(frame[:2] + b"\0" + frame[2:]) == [BadFrame(Damage.CHARACTER)]


def test_a_lone_filler_byte_is_damage() -> None:
    frame = build_frame(Frame(False, b"ST*001", True))
    assert parsed(frame[:5] + b"\x16" + frame[5:]) == [BadFrame(Damage.CHARACTER)]


def test_the_handshakes_are_those_of_the_standard() -> None:
    assert build_frame(FirstHandshake("CVD0000001", "R", "R01L01").frame()) == HANDSHAKE_1
    assert build_frame(SecondHandshake("00", "QRS7654321", "R01L01").frame()) == HANDSHAKE_2
    assert build_frame(FirstHandshake("CNV   DE32", "S", "R01L01").frame()) == REAL_CALL


def test_a_first_handshake_is_read() -> None:
    assert parse_first(b"CNV   DE32SR01L01") == FirstHandshake("CNV   DE32", "S", "R01L01")
    assert parse_first(b"6150210000RR00L06") == FirstHandshake("6150210000", "R", "R00L06")
    assert parse_first(b"PA1*1*100") is None


@pytest.mark.parametrize(
    ("text", "code", "name", "revision"),
    [
        (b"00QRS7654321R01L01", "00", "QRS7654321", "R01L01"),
        (b"QRS765432100R00L06", "00", "QRS7654321", "R00L06"),
        (b"QRS765432102R00L06", "02", "QRS7654321", "R00L06"),
        (b"00QRS7654321RR01L01", "00", "QRS7654321", "R01L01"),
        (b"90CNV   DE32R01L01", "90", "CNV   DE32", "R01L01"),
        (b"06QRS7654321R01L01", "06", "QRS7654321", "R01L01"),
        (b"006150210005R01L01", "00", "6150210005", "R01L01"),
        (b"041234567800R01L01", "00", "0412345678", "R01L01"),
        (b"00CVD0000000R03L12", "00", "CVD0000000", "R03L12"),
    ],
)
def test_a_second_handshake_is_read_in_every_order(
    text: bytes, code: str, name: str, revision: str
) -> None:
    answer = parse_second(text)
    assert answer is not None
    assert (answer.code, answer.communication_id, answer.revision) == (code, name, revision)


@pytest.mark.parametrize(
    "text", [b"", b"R01L01", b"DXS*QRS7654321*VA*V0/6*1\r\nST*", b"00QRS7654321"]
)
def test_another_text_is_no_second_handshake(text: bytes) -> None:
    assert parse_second(text) is None


@given(st.binary(max_size=2000), st.integers(1, 1024))
def test_a_report_is_cut_into_blocks_of_which_only_the_last_is_marked(
    report: bytes, size: int
) -> None:
    blocks = split_blocks(report, size)
    assert b"".join(block.text for block in blocks) == report
    assert [block.last for block in blocks] == [False] * (len(blocks) - 1) + [True]
    assert all(0 < len(block.text) <= size for block in blocks) or report == b""


def test_blocks_have_the_standard_size() -> None:
    assert [len(block.text) for block in split_blocks(LONG_REPORT)][:2] == [243, 243]

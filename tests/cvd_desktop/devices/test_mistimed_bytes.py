"""What a UART makes of bytes at another speed than its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.devices.mistimed_bytes import misheard

SPEEDS = st.sampled_from([1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200])


@given(st.binary(max_size=300), SPEEDS)
def test_the_same_speed_changes_nothing(data: bytes, speed: int) -> None:
    assert misheard(data, speed, speed) == data


@given(st.binary(max_size=300))
def test_a_speed_that_is_off_by_a_hundredth_does_no_harm(data: bytes) -> None:
    assert misheard(data, 9600, 9696) == data


@pytest.mark.parametrize(
    ("data", "sent_at", "heard_at", "heard"),
    [
        # nine low bits are thirty-six quick ones: a byte without its stop bit
        (b"\x00", 2400, 9600, b"\x00"),
        # 0101010101 on the line, each four times: 0 0001 1110 0 twice, then 0 0001 1111 1
        (b"\x55", 2400, 9600, b"\x00\x00\xf8"),
        # single low bits are shorter than half a start bit
        (b"\xff\xff\xff\xff", 9600, 2400, b""),
        # low but for every tenth bit, which falls between two looks: no stop bit
        (b"\x00\x00\x00\x00", 9600, 2400, b"\x00"),
        (b"", 2400, 9600, b""),
    ],
)
def test_some_bytes_worked_out_by_hand(
    data: bytes, sent_at: int, heard_at: int, heard: bytes
) -> None:
    assert misheard(data, sent_at, heard_at) == heard


@given(st.binary(min_size=8, max_size=100), SPEEDS, SPEEDS)
def test_it_ends_and_no_more_is_heard_than_the_line_can_carry(
    data: bytes, sent_at: int, heard_at: int
) -> None:
    heard = misheard(data, sent_at, heard_at)
    assert len(heard) <= len(data) * max(1, heard_at / sent_at) + 1

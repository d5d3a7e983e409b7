"""What stands in DDCMP messages, byte by byte, as the standard lists it."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link import ddcmp_commands as commands
from cvd_desktop.link.ddcmp_commands import (
    Asker,
    Operation,
    ProgramSlave,
    ReadAnswer,
    ReadData,
    SlaveIdentity,
    WhoAreYou,
    WriteData,
)

AT = datetime(2026, 11, 21, 19, 5, 7)  # noqa: DTZ001 - local time of a machine
PARSERS = [
    commands.parse_who_are_you,
    commands.parse_program_slave,
    commands.parse_read_data,
    commands.parse_write_data,
    commands.parse_slave_identity,
    commands.parse_read_answer,
    commands.parse_block,
    commands.operation_of,
]


def test_who_are_you_has_codes_time_user_and_kind() -> None:
    who = WhoAreYou(0x1234, 0xABCD, AT, 0x0102, Asker.MAINTENANCE)
    assert who.build().hex(" ") == "77 e0 00 12 34 ab cd 21 11 26 19 05 07 01 02 0b"
    assert commands.parse_who_are_you(who.build()) == who


def test_without_a_clock_the_time_is_zeros_and_reads_as_none() -> None:
    data = WhoAreYou().build()
    assert data.hex(" ") == "77 e0 00 00 00 00 00 00 00 00 00 00 00 00 00 0c"
    assert commands.parse_who_are_you(data) == WhoAreYou()


@pytest.mark.parametrize("digits", ["99119910aa00", "310226000000", "000000000000"])
def test_a_time_that_is_none_is_read_as_none(digits: str) -> None:
    who = commands.parse_who_are_you(b"\x77\xe0" + bytes(5) + bytes.fromhex(digits) + bytes(3))
    assert who is not None
    assert who.at is None


def test_a_program_command_is_who_are_you_with_a_serial_number() -> None:
    command = ProgramSlave(WhoAreYou(1, 2, AT), b"CVD00042")
    assert command.build()[:3] == b"\x77\xe1\x00"
    assert command.build()[3:16] == WhoAreYou(1, 2, AT).build()[3:]
    assert command.build()[16:] == b"CVD00042"
    assert commands.parse_program_slave(command.build()) == command
    answer = commands.program_answer(command.who, command.serial)
    assert answer == b"\x88\xe1\x01\x00\x01\x00\x02CVD00042"


def test_read_and_write_have_their_numbers_low_byte_first() -> None:
    assert ReadData(50, 0x0102, 1, 0x0304).build().hex(" ") == "77 e2 00 32 01 04 03 02 01"
    assert WriteData(64, 0x0102).build().hex(" ") == "77 e3 00 40 02 01"
    assert ReadAnswer(2, 338).build().hex(" ") == "88 e2 01 02 01 00 00 52 01"
    assert commands.parse_read_data(ReadData(1, 0xFFFF).build()) == ReadData(1, 0xFFFF)
    assert commands.parse_write_data(WriteData(64, 7).build()) == WriteData(64, 7)
    assert commands.parse_read_answer(ReadAnswer(2, 338).build()) == ReadAnswer(2, 338)


def test_the_size_of_the_buffer_is_high_byte_first_and_0_is_256() -> None:
    slave = SlaveIdentity(b"\xf5\xfd\x06\x05\x04\x03\x02\x01", 0, 0xFF, 2, 0xA0)
    assert slave.build()[-6:].hex(" ") == "00 ff 02 00 00 a0"
    assert commands.parse_slave_identity(slave.build()) == slave
    assert slave.largest_frame == 160
    assert SlaveIdentity().largest_frame == 256


def test_an_answer_that_is_cut_short_is_taken_for_what_it_says() -> None:
    assert commands.parse_slave_identity(b"\x88\xe0\x01") == SlaveIdentity()
    assert commands.parse_read_answer(b"\x88\xe2\x01") == ReadAnswer(0, 0xFFFF, 0)


def test_a_refusal_is_no_answer() -> None:
    for refused in (commands.refusal(Operation.WHO_ARE_YOU, 1), b"\x88\xe0\x00", b"\x88\xe0"):
        assert commands.parse_slave_identity(refused) is None
        assert not commands.is_good(refused)
    assert commands.parse_read_answer(commands.refusal(Operation.READ)) is None
    assert commands.operation_of(commands.refusal(Operation.READ)) == Operation.READ


def test_blocks_are_numbered_modulo_256() -> None:
    assert commands.build_block(0, b"DXS") == b"\x99\x00DXS"
    assert commands.parse_block(commands.build_block(256, b"x")) == (0, b"x")
    assert commands.parse_block(b"\x88\xe2\x01") is None


@settings(max_examples=60)
@given(st.binary(max_size=40), st.sampled_from([b"", b"\x77\xe0", b"\x88\xe2\x01", b"\x77\xe1"]))
def test_any_message_is_survived(rest: bytes, head: bytes) -> None:
    for parser in PARSERS:
        parser(head + rest)

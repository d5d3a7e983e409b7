"""The machine's side of DDCMP: numbers, repetitions, damages, and bytes of any kind."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.ddcmp_commands import (
    FINISH,
    ReadData,
    WhoAreYou,
    parse_slave_identity,
)
from cvd_desktop.link.ddcmp_frames import (
    ControlFrame,
    ControlKind,
    DataFrame,
    NackCode,
    build_control,
    build_data,
)
from cvd_desktop.link.ddcmp_machine import DDCMP_MACHINE_SETTINGS, DdcmpMachine
from tests.support.ddcmp_master import (
    Master,
    ack,
    document_of,
    finishes,
    machine,
    nack,
    stack,
)
from tests.support.dex_lines import LONG_REPORT


def test_a_message_without_acknowledgement_is_sent_five_times_with_the_same_number() -> None:
    played = machine()
    played.start()
    first = played.say(WhoAreYou().build())[1:]
    assert played.wait(20) == first * 4
    assert played.start() == [stack(8, 0)]


def test_a_nack_brings_the_same_message_at_once() -> None:
    played = machine()
    played.log_in()
    played.ask(ReadData(1).build())
    (block,) = played.ack()
    assert played.nack() == [block]
    assert played.nack() == [block]
    assert played.ack() != [block]


def test_a_nack_with_our_number_means_that_it_arrived() -> None:
    played = machine()
    played.log_in()
    played.ask(ReadData(1).build())
    assert len(played.ack()) == 1
    frame = nack(played.heard, NackCode.BUSY)
    (after,) = played.hear(build_control(frame))
    assert isinstance(after, DataFrame)
    assert after.number == played.heard


def test_an_acknowledgement_of_an_older_message_changes_nothing() -> None:
    played = machine()
    played.log_in()
    played.ask(ReadData(1).build())
    played.ack()
    assert played.hear(build_control(ack(1))) == []


def test_a_command_that_comes_twice_is_obeyed_once() -> None:
    reports = iter([LONG_REPORT])
    played = machine(documents=lambda _: next(reports))
    played.log_in()
    played.ask(ReadData(1).build())
    assert played.say_again() == [ack(played.sent)]
    assert [type(frame) for frame in played.ack()] == [DataFrame]


@pytest.mark.parametrize(
    ("place", "code"), [(4, NackCode.HEADER_CRC), (10, NackCode.DATA_CRC), (-1, NackCode.DATA_CRC)]
)
def test_a_run_of_damaged_frames_is_answered_with_one_nack(place: int, code: NackCode) -> None:
    played = machine()
    played.log_in()
    good = played.message(ReadData(1).build())
    bad = bytearray(good)
    bad[place] ^= 0x10
    assert played.hear(bytes(bad)) == [nack(1, code)]
    assert played.hear(bytes(bad)) == []
    assert len(played.hear(good)) == 2
    played.ack()
    bad = bytearray(played.message(FINISH))
    bad[place] ^= 0x10
    assert played.hear(bytes(bad)) == [nack(2, code)]


def test_a_number_that_is_not_due_is_refused() -> None:
    played = machine()
    played.log_in()
    frame = build_data(DataFrame(ReadData(1).build(), received=1, number=7))
    assert played.hear(frame) == [nack(1, NackCode.HEADER_FORMAT)]


def test_a_frame_longer_than_the_buffer_is_refused() -> None:
    played = machine("small_buffer:64")
    identity = parse_slave_identity(played.log_in())
    assert identity is not None
    assert identity.buffer == 64
    assert played.say(bytes(54)) == [ack(2)]
    assert played.say(bytes(55)) == [nack(2, NackCode.TOO_LONG)]


def test_it_answers_byte_by_byte_input_and_input_in_rubbish_alike() -> None:
    played = machine()
    played.start()
    command = b"\x00\xf3" + played.message(WhoAreYou().build()) + b"\xa7"
    for byte in command:
        played.line.hear(bytes([byte]))
        played.line.wait(0.0001)
    first, second = played.wait(0.1)
    assert first == ack(1)
    assert isinstance(second, DataFrame)


def test_it_hears_nothing_while_it_speaks() -> None:
    played = machine(start_speed=2400)
    start = build_control(ControlFrame(ControlKind.START))
    command = played.message(WhoAreYou().build())
    assert played.hear(start, 0.02) == [stack(8, 0)]
    assert played.hear(command, 0.1) == []
    assert len(played.hear(command, 0.1)) == 2


COMMANDS = st.builds(
    lambda kind, operation, rest: bytes([kind, operation]) + rest,
    st.sampled_from([0x77, 0x88, 0x99]),
    st.sampled_from([0x00, 0x01, 0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xFF]),
    st.binary(max_size=30),
)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.binary(max_size=40), COMMANDS), max_size=20), st.booleans())
def test_nothing_that_is_said_to_it_breaks_it(said: list[bytes], framed: bool) -> None:
    """It may be anything, bare or as a good message; afterwards there is a session as always."""
    quick = replace(DDCMP_MACHINE_SETTINGS, start_speed=115200)
    slave = DdcmpMachine(lambda _: LONG_REPORT, settings=quick)
    played = Master(slave)
    played.log_in()
    for data in said:
        if framed and data:
            played.say(data)
            played.ack()
        else:
            played.hear(data)
    played.wait(30)
    codes = int.from_bytes(slave.codes[:2], "big"), int.from_bytes(slave.codes[2:], "big")
    assert parse_slave_identity(played.log_in(WhoAreYou(*codes)))
    assert document_of(played.read(2)[1]) == LONG_REPORT
    played.finish()
    assert finishes(played)[-1]["list"] == 2

"""The machine's side of DDCMP, played by hand: what a reader of any make may rely on."""

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.ddcmp_commands import (
    FINISH,
    UNKNOWN_LENGTH,
    WRITE_ANSWER,
    Operation,
    ProgramSlave,
    ReadData,
    WhoAreYou,
    WriteData,
    build_block,
    parse_block,
    parse_read_answer,
    parse_slave_identity,
    refusal,
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
from cvd_desktop.link.ddcmp_machine_table import SLAVE_STATES, SLAVE_TABLE, SlaveEvent, SlaveState
from cvd_desktop.link.outputs import Failed, Finished, Progress, Received, SetBaudRate
from tests.support.ddcmp_master import Master, document_of
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT
from tests.support.transcripts import Step, transcript

WRONG_CODES = bytes.fromhex("88E00001")
BIG = LONG_REPORT * 100

Documents = Callable[[int], bytes | None]


def machine(*faults: str, documents: Documents = lambda _: LONG_REPORT, **changes: Any) -> Master:
    slave = replace(DDCMP_MACHINE_SETTINGS, **({"start_speed": 115200} | changes))
    return Master(DdcmpMachine(documents, faults=faults, settings=slave))


def ack(number: int) -> ControlFrame:
    return ControlFrame(ControlKind.ACK, low=number)


def nack(number: int, code: NackCode) -> ControlFrame:
    return ControlFrame(ControlKind.NACK, low=number, error=code)


def stack(own: int, wish: int) -> ControlFrame:
    return ControlFrame(ControlKind.STACK, low=own, high=wish)


def finishes(played: Master) -> list[dict[str, str | int]]:
    return [output.detail for output in played.outputs if isinstance(output, Finished)]


def speeds(played: Master) -> list[int]:
    return [output.baud_rate for output in played.outputs if isinstance(output, SetBaudRate)]


# A whole session


@pytest.mark.parametrize("report", [SMALL_REPORT, LONG_REPORT, BIG], ids=["small", "long", "wraps"])
def test_a_session_from_start_to_finish(report: bytes) -> None:
    played = machine(documents=lambda _: report)
    assert played.start() == [stack(8, 0)]
    assert parse_slave_identity(played.ask(WhoAreYou().build())) is not None
    played.ack()
    answer, blocks = played.read(1)
    announced = parse_read_answer(answer)
    assert announced is not None
    assert announced.length == (len(report) if len(report) < UNKNOWN_LENGTH else UNKNOWN_LENGTH)
    assert document_of(blocks) == report
    assert [block.select for block in blocks] == [False] * (len(blocks) - 1) + [True]
    numbers = [parsed[0] for block in blocks if (parsed := parse_block(block.data))]
    assert numbers == [number % 256 for number in range(len(blocks))]
    assert finishes(played) == []
    assert played.finish() == [ack(played.sent)]
    assert finishes(played) == [{"list": 1, "blocks": len(blocks), "received": len(report)}]


def turns(steps: list[Step]) -> list[tuple[str, bytes]]:
    """What one side says before the other one does, in one piece."""
    return [
        (sender, b"".join(step.data for step in part))
        for sender, part in groupby(steps, key=lambda step: step.sender)
    ]


EVA_REPORT = b"ID1*1\r\n" + b"A" * (0x227 - 7)
LIKE_THE_TRANSCRIPT: dict[str, tuple[list[str], dict[str, Any]]] = {
    "ddcmp-read-list2": (["fixed_speed:00"], {}),
    "ddcmp-eva-official-trace": (
        ["fixed_speed:00", "zero_serial"],
        {"version": 0x46, "maker": 0x63},
    ),
    "ddcmp-fage-jf8900": (
        ["fixed_speed", "unknown_length", "ffff_only"],
        {
            "serial": bytes.fromhex("F5FD060504030201"),
            "version": 0,
            "maker": 0xFF,
            "buffer_size": 160,
            "block_size": 144,
        },
    ),
    "ddcmp-speed-change": ([], {"most_speed": 38400}),
}


@pytest.mark.parametrize("name", LIKE_THE_TRANSCRIPT)
def test_transcripts_of_sessions_replay_byte_for_byte(name: str) -> None:
    faults, changes = LIKE_THE_TRANSCRIPT[name]
    steps = transcript(name)
    blocks = [step.data for step in steps if step.sender == "M" and step.data[8:9] == b"\x99"]
    report = b"".join(block[10:-2] for block in blocks) or EVA_REPORT
    slave = replace(DDCMP_MACHINE_SETTINGS, **changes)
    played = Master(DdcmpMachine(lambda _: report, faults=faults, settings=slave))
    for sender, data in turns(steps):
        if sender == "R":
            played.line.hear(data)
        else:
            played.line.wait(0.1 + len(data) * 10 / 2400)
            assert played.line.said() == data


def test_finish_may_carry_the_acknowledgement_of_the_last_block() -> None:
    played = machine(documents=lambda _: SMALL_REPORT)
    played.log_in()
    played.ask(ReadData(1).build())
    assert len(played.ack()) == 1
    assert played.finish() == [ack(played.sent)]
    assert finishes(played)[0]["received"] == len(SMALL_REPORT)


def test_an_acknowledgement_and_finish_may_come_in_one_piece() -> None:
    played = machine(documents=lambda _: SMALL_REPORT)
    played.log_in()
    played.ask(ReadData(1).build())
    played.ack()
    both = build_control(ack(played.heard)) + played.message(FINISH)
    assert played.hear(both) == [ack(played.sent)]
    assert len(finishes(played)) == 1


def test_finish_that_is_repeated_is_acknowledged_again_and_counts_once() -> None:
    played = machine()
    played.log_in()
    played.read(1)
    played.finish()
    assert played.say_again() == [ack(played.sent)]
    assert len(finishes(played)) == 1


def test_nothing_is_finished_before_the_last_block_is_acknowledged() -> None:
    played = machine()
    played.log_in()
    played.ask(ReadData(1).build())
    (first,) = played.ack()
    played.heard = 0
    assert played.finish() == [first]
    assert finishes(played) == []


@pytest.mark.parametrize(("lists", "told"), [((2,), 2), ((1, 2), 1), ((50, 1, 2), 1), ((), 0)])
def test_finish_names_list_1_when_it_was_among_those_read(
    lists: tuple[int, ...], told: int
) -> None:
    played = machine()
    played.log_in()
    for number in lists:
        played.read(number)
    played.finish()
    assert [detail["list"] for detail in finishes(played)] == [told]


def test_a_part_of_a_list_is_no_whole_list() -> None:
    played = machine()
    played.log_in()
    answer = played.ask(ReadData(1, 100, offset=30).build())
    announced = parse_read_answer(answer)
    assert announced is not None
    assert announced.length == 100
    (block,) = played.ack()
    assert isinstance(block, DataFrame)
    assert document_of([block]) == LONG_REPORT[30:130]
    played.ack()
    played.finish()
    assert finishes(played) == [{"list": 0, "blocks": 0, "received": 0}]


# START and speed


def test_both_take_the_smaller_speed_and_start_again_there() -> None:
    played = machine(start_speed=2400, most_speed=38400)
    assert played.start(8) == [stack(6, 8)]
    assert speeds(played) == [38400]
    assert played.start(8) == [stack(6, 8)]
    assert speeds(played) == [38400]
    assert parse_slave_identity(played.ask(WhoAreYou().build()))


def test_nobody_at_the_new_speed_means_the_start_speed_again() -> None:
    played = machine(start_speed=2400)
    played.start(8)
    played.wait(10)
    assert speeds(played) == [115200, 2400]
    assert played.start() == [stack(8, 0)]


@pytest.mark.parametrize(("fault", "own"), [("fixed_speed", 2), ("fixed_speed:00", 0)])
def test_a_machine_with_a_fixed_speed_says_so_and_stays(fault: str, own: int) -> None:
    played = machine(fault, start_speed=2400)
    assert played.start(8) == [stack(own, 8)]
    assert speeds(played) == []
    assert played.line.answer_to(played.message(WhoAreYou().build()), 0.3)


def test_a_session_that_nobody_goes_on_with_is_given_up() -> None:
    played = machine(start_speed=2400)
    played.start(8)
    played.start(8)
    played.ask(WhoAreYou().build())
    played.ack()
    played.wait(20)
    assert speeds(played) == [115200, 2400]
    assert [type(output) for output in played.outputs if isinstance(output, Failed)] == [Failed]


def test_start_reopens_at_any_time() -> None:
    played = machine()
    played.log_in()
    played.ask(ReadData(1).build())
    played.ack()
    assert played.start() == [stack(8, 0)]
    assert played.ask(WhoAreYou().build())
    played.ack()
    assert document_of(played.read(1)[1]) == LONG_REPORT
    played.finish()
    assert len(finishes(played)) == 1
    assert sum(isinstance(output, Failed) for output in played.outputs) == 1


def test_an_address_of_another_device_is_not_ours() -> None:
    played = machine()
    for address, answers in ((0x01, 1), (0x07, 1), (0x05, 0)):
        start = ControlFrame(ControlKind.START, address=address)
        assert len(played.hear(build_control(start))) == answers


# WHO ARE YOU


def test_the_first_code_is_kept_and_only_that_one_counts_afterwards() -> None:
    played = machine()
    assert parse_slave_identity(played.log_in())
    assert parse_slave_identity(played.log_in(WhoAreYou(0x1234, 0x5678)))
    assert played.log_in() == WRONG_CODES
    assert played.log_in(WhoAreYou(0x1234, 0x5679)) == WRONG_CODES
    identity = parse_slave_identity(played.log_in(WhoAreYou(0x1234, 0x5678)))
    assert identity is not None
    assert (identity.security_code, identity.pass_code) == (0x1234, 0x5678)


def test_who_is_refused_gets_nothing_else() -> None:
    played = machine("codes:12345678")
    assert played.log_in() == WRONG_CODES
    assert played.ask(ReadData(1).build()) == refusal(Operation.READ)
    played.ack()
    assert played.finish() == [ack(played.sent)]
    assert finishes(played) == []


def test_a_command_before_who_are_you_is_refused() -> None:
    played = machine()
    played.start()
    assert played.ask(ReadData(1).build()) == refusal(Operation.READ)


@pytest.mark.parametrize("operation", [0xE4, 0xE5, 0xE6, 0x13])
def test_what_a_machine_has_no_use_for_is_refused(operation: int) -> None:
    played = machine()
    played.log_in()
    assert played.ask(bytes([0x77, operation, 0, 1, 1])) == bytes([0x88, operation, 0])


@pytest.mark.parametrize("command", [WhoAreYou(0x1234, 0x5678), ReadData(1), WriteData(64, 9)])
def test_a_command_that_is_cut_off_is_refused(command: Any) -> None:
    played = machine()
    played.log_in()
    data = command.build()[:-1]
    assert played.ask(data) == bytes([0x88, data[1], 0])
    assert parse_slave_identity(played.log_in())


def test_program_slave_gives_new_codes_and_a_serial_number() -> None:
    played = machine()
    played.log_in()
    command = ProgramSlave(WhoAreYou(1, 2), b"ABCDEFGH").build()
    assert played.ask(command) == bytes.fromhex("88E10100010002") + b"ABCDEFGH"
    assert played.log_in() == WRONG_CODES
    identity = parse_slave_identity(played.log_in(WhoAreYou(1, 2)))
    assert identity is not None
    assert identity.serial == b"ABCDEFGH"


# READ


def test_a_second_read_of_the_same_list_is_refused() -> None:
    played = machine()
    played.log_in()
    assert played.read(1)[1]
    assert played.read(1) == (refusal(Operation.READ), [])
    assert played.read(2)[1]


def test_a_second_read_is_allowed_as_often_as_the_machine_has_said() -> None:
    played = machine("extra_reads:2")
    identity = parse_slave_identity(played.log_in())
    assert identity is not None
    assert identity.extra_reads == 2
    assert [bool(played.read(1)[1]) for _ in range(4)] == [True, True, True, False]


def test_documents_are_asked_once_for_each_list_that_is_read() -> None:
    asked: list[int] = []

    def documents(number: int) -> bytes | None:
        asked.append(number)
        return LONG_REPORT if number in (1, 2) else None

    played = machine(documents=documents)
    played.log_in()
    assert played.read(64) == (refusal(Operation.READ), [])
    assert document_of(played.read(2)[1]) == LONG_REPORT
    played.read(2)
    assert asked == [64, 2]


# Numbers, repetitions, damages


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


# WRITE


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


def test_progress_is_told_for_each_acknowledged_block() -> None:
    played = machine(block_size=1000)
    played.log_in()
    played.read(2)
    told = [(o.blocks, o.received) for o in played.outputs if isinstance(o, Progress)]
    assert told == [(1, 1000), (2, len(LONG_REPORT))]


def test_a_pulled_plug_forgets_the_session_and_tells_nobody() -> None:
    played = machine(start_speed=2400)
    played.start(8)
    played.start(8)
    played.ask(WhoAreYou().build())
    played.line.cancel()
    assert speeds(played) == [115200, 2400]
    assert not any(isinstance(output, Failed) for output in played.outputs)
    assert played.start() == [stack(8, 0)]


# The table


def test_every_action_is_a_method() -> None:
    actions = {rule.action for rules in SLAVE_TABLE.values() for rule in rules.values()}
    assert not {action for action in actions if not hasattr(DdcmpMachine, f"_{action}")}


def test_every_state_is_described_and_says_what_happens_when_its_time_is_over() -> None:
    assert set(SLAVE_STATES) == set(SlaveState) - {SlaveState.GONE}
    for state, rest in SLAVE_STATES.items():
        assert rest.limit is None or hasattr(DDCMP_MACHINE_SETTINGS, rest.limit)
        assert (rest.limit is not None) == (SlaveEvent.TIMEOUT in SLAVE_TABLE.get(state, {})), state
        assert rest.meaning


def test_every_rule_leads_to_a_state_that_is_described() -> None:
    for rules in SLAVE_TABLE.values():
        assert all(rule.then in SLAVE_STATES and rule.why for rule in rules.values())

"""The machine's side of DDCMP, played by hand: what a reader of any make may rely on."""

from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest

from cvd_desktop.link.ddcmp_commands import (
    FINISH,
    UNKNOWN_LENGTH,
    Operation,
    ProgramSlave,
    ReadData,
    WhoAreYou,
    WriteData,
    parse_block,
    parse_read_answer,
    parse_slave_identity,
    refusal,
)
from cvd_desktop.link.ddcmp_frames import (
    ControlFrame,
    ControlKind,
    DataFrame,
    build_control,
)
from cvd_desktop.link.ddcmp_machine import DDCMP_MACHINE_SETTINGS, DdcmpMachine
from cvd_desktop.link.ddcmp_machine_table import SLAVE_STATES, SLAVE_TABLE, SlaveEvent, SlaveState
from cvd_desktop.link.outputs import Failed, Progress
from tests.support.ddcmp_master import (
    Master,
    ack,
    document_of,
    finishes,
    machine,
    speeds,
    stack,
)
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT
from tests.support.transcripts import Step, transcript

WRONG_CODES = bytes.fromhex("88E00001")
BIG = LONG_REPORT * 100

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

"""Each fault of a DDCMP machine by its name, and what the reader makes of it."""

from typing import Any

import pytest

from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_faults import DDCMP_FAULTS
from cvd_desktop.link.ddcmp_machine import DdcmpMachine
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity
from cvd_desktop.link.dexucs_faults import parse_faults
from cvd_desktop.link.fault_kinds import UnknownFaultError
from cvd_desktop.link.outputs import Failed, FailureCode, Finished
from tests.support.ddcmp_line import ddcmp_wire
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT
from tests.support.fifo_wire import FifoWire

SURVIVED = [
    "ack_only:2",
    "block_size:1",
    "block_size:1000",
    "busy:3",
    "calls",
    "duplicate_block:2",
    "duplicate_block:6",
    "echo",
    "ffff_only",
    "fixed_speed",
    "fixed_speed:00",
    "glued",
    "impatient",
    "late_stack",
    "lost_ack:1",
    "lost_ack:6",
    "nack:3",
    "no_second_stack",
    "no_select",
    "noise",
    "one_read",
    "overrun:3",
    "piggy_back",
    "quick_sync_clear",
    "separate_ack",
    "slow_answers:200",
    "slow_bytes:20",
    "small_buffer:64",
    "speed_lie",
    "strict_speed",
    "toggling_select",
    "unknown_length",
    "wrong_ack_number:3",
    "wrong_data_crc:1",
    "wrong_data_crc:4",
    "wrong_header_crc:2",
    "wrong_header_crc:8",
    "zero_serial",
]
FATAL = {
    "bad_crc_always": (FailureCode.BAD_CRC, "data_crc"),
    "codes:12345678": (FailureCode.REFUSED, "codes"),
    "deaf": (FailureCode.NO_ANSWER, "silence"),
    "give_up_after:2": (FailureCode.BROKEN_OFF, "silence"),
    "hang_in_block:3": (FailureCode.BROKEN_OFF, "silence"),
    "huge:2000000": (FailureCode.TOO_LONG, "report"),
    "length_lie:10": (FailureCode.BROKEN_OFF, "silence"),
    "nack_finish": (FailureCode.FINISH_UNCONFIRMED, "finish"),
    "no_finish_ack": (FailureCode.FINISH_UNCONFIRMED, "finish"),
    "refuse_list:1": (FailureCode.REFUSED, "list"),
    "restart_after:2": (FailureCode.BROKEN_OFF, "restarted"),
    "silent": (FailureCode.NO_ANSWER, "silence"),
    "silent_after:800": (FailureCode.BROKEN_OFF, "silence"),
    "wrong_block_number:2": (FailureCode.BROKEN_OFF, "restarted"),
}
APART = ["extra_reads", "refuse_program", "refuse_write", "speaks_other", "unplug_after"]


@pytest.mark.parametrize("fault", SURVIVED)
def test_the_reader_gets_over_it(fault: str) -> None:
    run = ddcmp_wire(fault).play()
    assert run.finished.detail["finish"] == "confirmed"
    assert run.document == LONG_REPORT
    assert run.completed == 1


WRITABLE = [fault for fault in SURVIVED if not fault.startswith("block_size")]


@pytest.mark.parametrize("fault", WRITABLE)
def test_the_writer_gets_over_it(fault: str) -> None:
    run = ddcmp_wire(fault, lists=(), document=LONG_REPORT).play()
    assert isinstance(run.end, Finished), run.end
    assert run.written == [LONG_REPORT]
    assert run.document == b""
    assert [end.detail["list"] for end in run.machine_ends if isinstance(end, Finished)] == [0]


@pytest.mark.parametrize("fault", FATAL)
def test_the_reader_says_what_it_was(fault: str) -> None:
    code, reason = FATAL[fault]
    run = ddcmp_wire(fault, reader={"longest_report": 4000}).play()
    assert run.failed.code is code
    assert reason in (run.failed.detail.get("why"), run.failed.detail.get("code"))
    assert LONG_REPORT.startswith(run.document[: len(LONG_REPORT)])
    assert run.failed.detail["received"] == len(run.document)
    assert run.completed == 0


@pytest.mark.parametrize("fault", ["nack_finish", "no_finish_ack"])
def test_a_report_stays_whole_when_finish_is_not_confirmed(fault: str) -> None:
    run = ddcmp_wire(fault).play()
    assert run.document == LONG_REPORT
    assert run.has_last
    assert run.completed == 0


@pytest.mark.parametrize("fault", ["nack_finish", "no_finish_ack"])
def test_a_look_needs_no_finish(fault: str) -> None:
    """Nothing is cleared after list 2, so nothing is lost when nobody confirms."""
    run = ddcmp_wire(fault, lists=(2,)).play()
    assert run.finished.detail["finish"] == "unconfirmed"
    assert run.document == LONG_REPORT


def test_the_right_codes_open_a_machine_that_has_codes() -> None:
    identity = DdcmpIdentity(0x1234, 0x5678)
    assert ddcmp_wire("codes:12345678", identity=identity).play().document == LONG_REPORT


def test_a_reader_that_gives_no_codes_leaves_none_behind() -> None:
    machine = DdcmpMachine(lambda _: SMALL_REPORT)
    run = FifoWire(DdcmpReader(), machine, baud_rate=2400).play()
    assert run.document == SMALL_REPORT
    assert machine.codes == bytes(4)


def test_a_machine_that_offers_more_reads_is_read_more_often() -> None:
    run = ddcmp_wire("extra_reads:1").play()
    assert run.document in (LONG_REPORT, LONG_REPORT * 2)
    assert run.completed == 1


@pytest.mark.parametrize(
    ("fault", "asked", "why"),
    [
        ("refuse_write", {"document": SMALL_REPORT}, "write"),
        ("refuse_program", {"program_serial": b"87654321"}, "program"),
    ],
)
def test_a_refusal_is_named(fault: str, asked: dict[str, Any], why: str) -> None:
    run = ddcmp_wire(fault, **asked).play()
    assert run.failed.code is FailureCode.REFUSED
    assert run.failed.detail["code"] == why
    assert run.written == []


def test_a_machine_that_speaks_dex_is_recognised_at_the_speed_of_dex() -> None:
    run = ddcmp_wire("speaks_other", reader={"start_speed": 9600}).play()
    assert run.failed.code is FailureCode.OTHER_LINK
    assert run.failed.detail["speaks"] == "dexucs"


def test_the_plug_is_pulled() -> None:
    run = ddcmp_wire("unplug_after:300").play()
    assert run.failed.code is FailureCode.PORT_GONE
    assert len(run.bytes_of("M")) == 300


def test_a_machine_that_is_silent_after_a_number_of_bytes_sends_exactly_those() -> None:
    assert len(ddcmp_wire("silent_after:400").play().bytes_of("M")) == 400


def test_a_machine_that_serves_one_session_answers_no_second_one() -> None:
    machine = DdcmpMachine(lambda _: SMALL_REPORT, faults=["one_read"])
    assert FifoWire(DdcmpReader(), machine, baud_rate=2400).play().document == SMALL_REPORT
    machine.cancel(0.0)
    assert FifoWire(DdcmpReader(), machine, baud_rate=2400).play().failed.detail["why"] == "silence"


def test_a_machine_that_gave_up_tells_so_and_is_there_again() -> None:
    run = ddcmp_wire("give_up_after:2").play()
    assert [type(end) for end in run.machine_ends] == [Failed]


@pytest.mark.parametrize("fault", ["block_size:9999999", "block_size:4000"])
def test_blocks_far_longer_than_usual_are_read(fault: str) -> None:
    """The length of a message has 14 bits, so none is longer than that."""
    report = LONG_REPORT * 20
    run = ddcmp_wire(fault, documents=lambda _: report).play()
    assert run.finished.detail["finish"] == "confirmed"
    assert run.document == report
    assert max(len(data) for _, sender, data in run.sent if sender == "M") > 4000


def test_a_huge_report_has_the_size_that_was_asked_for() -> None:
    run = ddcmp_wire("huge:70000").play()
    assert len(run.document) == 70_000
    assert run.document.startswith(LONG_REPORT)


def test_every_fault_has_a_line_here() -> None:
    named = {text.partition(":")[0] for text in [*SURVIVED, *FATAL, *APART]}
    assert named == set(DDCMP_FAULTS)


def test_each_link_has_faults_of_its_own() -> None:
    assert parse_faults(["codes", "busy:2"], "ddcmp") == {"codes": "12345678", "busy": "2"}
    with pytest.raises(UnknownFaultError, match="wrong_header_crc"):
        parse_faults(["machine_master"], "ddcmp")
    with pytest.raises(UnknownFaultError, match="machine_master"):
        parse_faults(["codes"], "dexucs")


@pytest.mark.parametrize("text", ["codes:123", "fixed_speed:07", "length_lie:x", "unplug_after"])
def test_an_argument_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(UnknownFaultError, match=text.partition(":")[0]):
        parse_faults([text], "ddcmp")

"""Each fault by its name, and what the reader makes of it."""

from dataclasses import replace

import pytest

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_faults import FAULTS, UnknownFaultError, parse_faults
from cvd_desktop.link.dexucs_machine import MACHINE_SETTINGS, DexMachine
from cvd_desktop.link.outputs import Failed, FailureCode, Finished
from tests.support.dex_lines import LONG_REPORT
from tests.support.fifo_wire import FifoWire, WireRun

SURVIVED = [
    "ack0_handshake",
    "block_size:1000",
    "drop_after_nak",
    "duplicate_block:2",
    "glued_eot_enq",
    "lost_ack:1",
    "lost_ack:5",
    "machine_master",
    "nak:2",
    "nak_revision:R00L06",
    "no_enq",
    "no_eot",
    "noise",
    "old_order",
    "one_read",
    "op_in_answer",
    "slow_answers:900",
    "slow_bytes:20",
    "slow_repeat",
    "slow_sessions:30",
    "strict_revision:R00L06",
    "strict_revision:R01L01",
    "strict_speed",
    "stx_handshake",
    "tsyn",
    "wack:3",
    "wrong_crc:1",
    "wrong_crc:5",
    "wrong_handshake_crc:2",
]
FATAL = {
    "bad_crc_always": (FailureCode.BAD_CRC, "crc"),
    "code:01": (FailureCode.REFUSED, "01"),
    "code:02": (FailureCode.REFUSED, "02"),
    "code:03": (FailureCode.REFUSED, "03"),
    "code:04": (FailureCode.REFUSED, "04"),
    "code:05": (FailureCode.REFUSED, "05"),
    "code:90": (FailureCode.REFUSED, "90"),
    "nak:99": (FailureCode.REFUSED, "nak"),
    "deaf": (FailureCode.NO_ANSWER, "silence"),
    "give_up_after:2": (FailureCode.BROKEN_OFF, "eot"),
    "hang_in_block:1": (FailureCode.BROKEN_OFF, "silence"),
    "hang_in_block:3": (FailureCode.BROKEN_OFF, "silence"),
    "restart_after:2": (FailureCode.BROKEN_OFF, "restarted"),
    "restart_after:3": (FailureCode.BROKEN_OFF, "silence"),
    "silent": (FailureCode.NO_ANSWER, "silence"),
    "silent_after:40": (FailureCode.BROKEN_OFF, "silence"),
    "silent_after:400": (FailureCode.BROKEN_OFF, "silence"),
    "strict_revision:R07L07": (FailureCode.REFUSED, "02"),
    "wrong_handshake_crc:9": (FailureCode.BAD_CRC, "crc"),
}
WRITING = [  # in test_dexucs_writer
    "write_code",
    "write_deaf_after",
    "write_lost_ack",
    "write_nak",
    "write_nak_always",
    "write_wack",
]
CHANGED = ["no_g85", "no_se"]
UNPLUGGED = ["unplug_after:300"]


def read(*faults: str) -> WireRun:
    return FifoWire(DexReader(), DexMachine(lambda: LONG_REPORT, faults=faults)).play()


@pytest.mark.parametrize("fault", SURVIVED)
def test_the_reader_gets_over_it(fault: str) -> None:
    run = read(fault)
    assert isinstance(run.end, Finished), run.end
    assert run.document == LONG_REPORT
    assert run.completed == 1


def says_the_revision(fault: str) -> bool:
    """A machine that is first master names the revision itself, and is asked nothing."""
    return fault.startswith(("nak_revision", "strict_revision", "drop_after_nak", "machine_master"))


@pytest.mark.parametrize("fault", [name for name in SURVIVED if not says_the_revision(name)])
def test_the_reader_gets_over_it_when_the_machine_is_master(fault: str) -> None:
    run = read(fault, "machine_master")
    assert isinstance(run.end, Finished), run.end
    assert run.document == LONG_REPORT


@pytest.mark.parametrize("fault", FATAL)
def test_the_reader_says_what_it_was(fault: str) -> None:
    code, reason = FATAL[fault]
    run = read(fault)
    assert run.failed.code is code
    assert reason in (run.failed.detail.get("why"), run.failed.detail.get("code"))
    assert LONG_REPORT.startswith(run.document)
    assert run.failed.detail["received"] == len(run.document)
    assert run.completed == 0


@pytest.mark.parametrize(("fault", "mark"), [("no_g85", b"G85*"), ("no_se", b"\nSE*")])
def test_the_report_lacks_a_line(fault: str, mark: bytes) -> None:
    assert mark in LONG_REPORT
    assert mark not in read(fault).document


def test_the_plug_is_pulled() -> None:
    run = read("unplug_after:300")
    assert run.failed.code is FailureCode.PORT_GONE
    assert len(run.bytes_of("M")) == 300


def test_a_machine_that_is_silent_after_a_number_of_bytes_sends_exactly_those() -> None:
    assert len(read("silent_after:400").bytes_of("M")) == 400


def test_every_fault_has_a_line_here() -> None:
    named = {text.partition(":")[0] for text in [*SURVIVED, *FATAL, *CHANGED, *UNPLUGGED, *WRITING]}
    assert named == set(FAULTS)


def test_faults_are_read_with_and_without_an_argument() -> None:
    assert parse_faults(["silent", "wrong_crc", "nak:3"]) == {
        "silent": "",
        "wrong_crc": "1",
        "nak": "3",
    }


@pytest.mark.parametrize(
    "text", ["sillent", "", "silent:3", "wrong_crc:0", "code", "code:77", "nak:x"]
)
def test_an_unknown_fault_is_refused_with_what_there_is(text: str) -> None:
    with pytest.raises(UnknownFaultError) as caught:
        parse_faults([text])
    name = text.partition(":")[0]
    assert (name in str(caught.value)) if name in FAULTS else ("wrong_crc" in str(caught.value))


def test_a_refusal_that_reads_like_an_agreement_is_told_when_nothing_follows() -> None:
    """Code 04 before an id that ends with 00 may as well be code 00 behind another id."""
    settings = replace(MACHINE_SETTINGS, communication_id="6140030000")
    agreed = FifoWire(DexReader(), DexMachine(lambda: LONG_REPORT, settings=settings)).play()
    assert isinstance(agreed.end, Finished)
    machine = DexMachine(lambda: LONG_REPORT, faults=["code:04"], settings=settings)
    refused = FifoWire(DexReader(), machine).play()
    assert isinstance(refused.end, Failed)
    assert (refused.end.code, refused.end.detail["code"]) == (FailureCode.REFUSED, "04")

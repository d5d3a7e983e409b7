"""Each simulated fault that is on the line can be seen in the trace by its name."""

from collections.abc import Callable

import pytest

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.trace_compare import TraceComparison, compare_traces
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.link.trace_decoder_facts import TraceFacts, trace_facts
from cvd_desktop.link.trace_decoder_steps import Timing, TraceStep
from tests.support.ddcmp_line import ddcmp_wire
from tests.support.dex_lines import LONG_REPORT
from tests.support.fifo_wire import FifoWire

Steps = tuple[TraceStep, ...]
Seen = Callable[[Steps, TraceFacts], bool]


def _has(code: str, **values: object) -> Seen:
    def seen(steps: Steps, facts: TraceFacts) -> bool:
        del facts
        wanted = values.items()
        return any(s.code == code and wanted <= dict(s.values).items() for s in steps)

    return seen


def _late(steps: Steps, facts: TraceFacts) -> bool:
    del facts
    return any(step.timing is Timing.LATE and step.sender == "M" for step in steps)


def _repeated(sender: str, code: str) -> Seen:
    return lambda steps, facts: any(
        step.retry and step.sender == sender and step.code == code for step in steps
    )


def _unfinished(steps: Steps, facts: TraceFacts) -> bool:
    del steps
    return facts.heard > 0 and not facts.whole


DEX: dict[str, Seen] = {
    "bad_crc_always": lambda steps, facts: facts.crc_right < facts.crc_all and facts.naks > 3,
    "code:03": _has("handshake_2", response="03"),
    "code:04": _has("handshake_2", response="04"),
    "deaf": lambda steps, facts: facts.asked_again > 3,
    "drop_after_nak": _has("nak", to="handshake"),
    "duplicate_block:2": _repeated("M", "block"),
    "give_up_after:2": _has("eot", then="cut"),
    "hang_in_block:3": lambda steps, facts: steps[-1].code in ("bad_frame", "nak"),
    "lost_ack:1": _has("enq", to="lost_answer"),
    "machine_master": lambda steps, facts: facts.leads == "M",
    "nak:2": _has("nak", to="handshake"),
    "no_eot": lambda steps, facts: steps[-1].code == "ack" and facts.whole,
    "noise": _has("noise"),
    "old_order": _has("handshake_2", id_first=1),
    "silent": lambda steps, facts: facts.heard == 0 and facts.asked_again > 3,
    "silent_after:400": _unfinished,
    "slow_answers:970": _late,
    "slow_sessions:5": lambda steps, facts: any(s.gap > 4000 and s.code == "enq" for s in steps),
    "strict_revision:R00L06": _has("handshake_2", response="02"),
    "wack:3": _has("wack", to="enq"),
    "wrong_crc:1": _has("bad_frame", damage="crc", part="block"),
    "wrong_handshake_crc:2": _has("bad_frame", damage="crc", part="handshake"),
}
DDCMP: dict[str, Seen] = {
    "bad_crc_always": _has("bad_frame", damage="data_crc"),
    "busy:3": _has("nack", error=8),
    "codes:12345678": _has("who_refused"),
    "duplicate_block:2": _repeated("M", "block"),
    "echo": lambda steps, facts: facts.echoed > 0,
    "give_up_after:2": _unfinished,
    "hang_in_block:3": _unfinished,
    "nack:3": _has("nack", error=2),
    "no_finish_ack": _repeated("R", "finish"),
    "nack_finish": _has("nack", to="finish"),
    "noise": _has("noise"),
    "overrun:3": _has("nack", error=9),
    "refuse_list:1": lambda steps, facts: facts.refused == "read",
    "silent": lambda steps, facts: facts.heard == 0 and facts.asked_again > 3,
    "small_buffer:64": _has("who_agreed", buffer=64),
    "unknown_length": _has("read_agreed", length=0xFFFF),
    "wrong_data_crc:3": _has("bad_frame", damage="data_crc"),
    "wrong_header_crc:3": _has("bad_frame", damage="header_crc"),
}


def _dex(*faults: str) -> Steps:
    wire = FifoWire(DexReader(), DexMachine(lambda: LONG_REPORT, faults=faults))
    return decode_trace(sorted(wire.play().sent, key=lambda entry: entry[0]), "dexucs")


@pytest.mark.parametrize("fault", DEX)
def test_a_fault_on_dex_is_seen(fault: str) -> None:
    steps = _dex(fault)
    assert DEX[fault](steps, trace_facts(steps))


@pytest.mark.parametrize("fault", DEX)
def test_a_good_read_on_dex_shows_none_of_them(fault: str) -> None:
    steps = _dex()
    assert not DEX[fault](steps, trace_facts(steps))


def _ddcmp(*faults: str) -> Steps:
    wire = ddcmp_wire(*faults)
    return decode_trace(sorted(wire.play().sent, key=lambda entry: entry[0]), "ddcmp")


@pytest.mark.parametrize("fault", DDCMP)
def test_a_fault_on_ddcmp_is_seen(fault: str) -> None:
    steps = _ddcmp(fault)
    assert DDCMP[fault](steps, trace_facts(steps))


@pytest.mark.parametrize("fault", DDCMP)
def test_a_good_read_on_ddcmp_shows_none_of_them(fault: str) -> None:
    steps = _ddcmp()
    assert not DDCMP[fault](steps, trace_facts(steps))


@pytest.mark.parametrize(
    ("fault", "conclusion"),
    [
        ("slow_sessions:5", "slower"),
        ("slow_answers:600", "slower"),
        ("silent", "silent"),
        ("code:04", "differs_response"),
        ("machine_master", "differs_leads"),
        ("wrong_crc:1", "more_repeats"),
        ("silent_after:400", "ended_early"),
        ("no_eot", "same"),
    ],
)
def test_beside_a_good_read_the_fault_is_what_differs(fault: str, conclusion: str) -> None:
    found: TraceComparison = compare_traces(_dex(), _dex(fault))
    assert found.conclusion == conclusion


def test_without_the_select_flag_the_last_block_is_the_one_before_finish() -> None:
    steps = _ddcmp("no_select")
    last = [step for step in steps if step.code == "block"][-1]
    assert last.values["last"] == 1
    assert trace_facts(steps).whole

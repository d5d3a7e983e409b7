"""What a technician reads from the bytes of a session, on both links."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.link.trace_decoder import decode_trace, link_of
from cvd_desktop.link.trace_decoder_facts import trace_facts
from cvd_desktop.link.trace_decoder_steps import Crc, Timing, TraceStep
from tests.support import bench_traces as traces
from tests.support.transcripts import transcript

SPICE = bytes([0x05, 0x04, 0x10, 0x15, 0x01, 0x02, 0x03, 0x17, 0x30, 0x31, 0x81, 0x06, 0x40, 0x99])
ODD_BYTES = st.one_of(
    st.binary(min_size=1, max_size=30),
    st.lists(st.sampled_from(SPICE), min_size=1, max_size=20).map(bytes),
    st.sampled_from([traces.FIRST, traces.SECOND, *traces.BLOCKS, traces.ENQ, traces.ACK1]),
)
ENTRIES = st.lists(st.tuples(st.floats(0, 3), st.sampled_from("RM"), ODD_BYTES), max_size=14)
LINKS = st.sampled_from([None, "dexucs", "ddcmp"])


def _in_time(drawn: list[Entry]) -> list[Entry]:
    at, entries = 0.0, []
    for pause, sender, data in drawn:
        at += pause
        entries.append((at, sender, data))
    return entries


def _codes(steps: tuple[TraceStep, ...]) -> list[str]:
    return [step.code for step in steps]


def _bytes_of(parts: list[tuple[str, bytes]], sender: str) -> bytes:
    return b"".join(data for who, data in parts if who == sender)


@settings(max_examples=60, deadline=None)
@given(ENTRIES, LINKS)
def test_every_byte_is_in_exactly_one_step(drawn: list[Entry], link: str | None) -> None:
    entries = _in_time(drawn)
    steps = decode_trace(entries, link)
    for sender in "RM":
        said = [(who, data) for _, who, data in entries]
        shown = [(step.sender, step.data) for step in steps]
        assert _bytes_of(shown, sender) == _bytes_of(said, sender)
    for step in steps:
        for first, after in (*step.controls, *step.crcs, *step.secrets):
            assert 0 <= first <= after <= len(step.data)
        assert step.gap >= 0
    trace_facts(steps)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from([traces.dex_read(), traces.ddcmp_read()]))
def test_it_does_not_matter_how_an_adapter_hands_bytes_over(
    data: st.DataObject, entries: list[Entry]
) -> None:
    pieces: list[Entry] = []
    for at, sender, chunk in entries:
        cut = data.draw(st.integers(0, len(chunk)))
        pieces += [(at, sender, chunk[:cut]), (at, sender, chunk[cut:])]
    whole, cut_up = decode_trace(entries), decode_trace(pieces)
    assert [(s.code, s.data, s.values) for s in cut_up] == [
        (s.code, s.data, s.values) for s in whole
    ]


def test_a_read_is_told_session_by_session() -> None:
    steps = decode_trace(traces.dex_read())
    assert [step.session for step in steps] == ["1"] * 5 + ["2"] * 5 + ["3"] * (3 + 2 * 2)
    handshake = next(step for step in steps if step.code == "handshake_1")
    assert handshake.values == {"id": "CVD0000001", "operation": "R", "revision": "R01L01"}
    assert handshake.crc is Crc.RIGHT
    assert handshake.data[handshake.crcs[0][0] :] == bytes.fromhex("62 F3")
    blocks = [step for step in steps if step.code == "block"]
    assert [(b.values["n"], b.values["of"], b.values["last"]) for b in blocks] == [
        (1, 2, 0),
        (2, 2, 1),
    ]
    assert steps[-1].values["then"] == "whole"


def test_what_a_read_adds_up_to() -> None:
    facts = trace_facts(decode_trace(traces.dex_read()))
    assert (facts.blocks, facts.characters, facts.naks, facts.resent) == (
        2,
        len(traces.REPORT),
        0,
        0,
    )
    assert (facts.crc_right, facts.crc_all) == (4, 4)
    assert (facts.leads, facts.revision, facts.response) == ("R", "R01L01", "00")
    assert facts.name == "QRS7654321"
    assert facts.whole


def test_damaged_blocks_are_seen_and_counted() -> None:
    steps = decode_trace(traces.noisy_read())
    assert steps[0].code == "noise"
    bad = [step for step in steps if step.crc is Crc.WRONG]
    assert [step.values for step in bad] == [{"damage": "crc", "part": "block", "n": 1}] * 2
    facts = trace_facts(steps)
    assert (facts.naks, facts.resent, facts.blocks) == (2, 2, 2)
    assert facts.asked_again == 1
    assert facts.whole


def test_no_limit_holds_between_sessions() -> None:
    steps = decode_trace(traces.dex_read(before_session_2=40.0))
    enq = next(step for step in steps if step.code == "enq" and step.session == "2")
    assert enq.gap == pytest.approx(40_000, abs=1)
    assert all(step.timing is Timing.FREE for step in steps)


def test_late_and_early_answers_are_marked() -> None:
    late = decode_trace(traces.dex_read(answer=1.2))
    marked = [step for step in late if step.timing is Timing.LATE]
    assert {step.code for step in marked} == {"ack"}
    assert {step.limit for step in marked} == {950}
    early = decode_trace(traces.dex_read(answer=0.002))
    assert {s.sender for s in early if s.timing is Timing.EARLY} == {"M"}
    hasty = decode_trace(traces.dex_read(before_session_2=0.03))
    assert [(s.code, s.limit) for s in hasty if s.timing is Timing.EARLY] == [("enq", 100)]


def test_a_pause_inside_a_frame_is_marked_and_a_long_one_cuts_it() -> None:
    def steps(pause: float) -> tuple[TraceStep, ...]:
        block = traces.BLOCKS[0]
        return decode_trace([(0.0, "M", block[:4]), (pause, "M", block[4:])], "dexucs")

    slow = steps(0.16)
    assert [(step.code, step.timing) for step in slow] == [("block", Timing.SLOW)]
    assert steps(2.0)[0].values["damage"] == "cut"


def test_a_lost_answer_is_no_new_session() -> None:
    entries = traces.dex_read()[:14]  # to the acknowledgement of the first block
    entries += [(9.0, "M", traces.ENQ), (9.02, "R", traces.ACK1)]
    asked, answered = decode_trace(entries)[-2:]
    assert (asked.session, asked.values["to"], asked.retry) == ("3", "lost_answer", True)
    assert answered.retry


def test_ddcmp_is_told_phase_by_phase() -> None:
    steps = decode_trace(traces.ddcmp_read())
    sessions = list(dict.fromkeys(step.session for step in steps))
    assert sessions == ["start", "who", "read", "finish"]
    facts = trace_facts(steps)
    assert (facts.blocks, facts.characters, facts.name) == (2, len(traces.REPORT), "12345678")
    assert facts.crc_right == facts.crc_all == len(steps)
    assert facts.whole
    assert all(step.timing is Timing.FREE for step in steps)


def test_the_agreed_speed_counts_from_the_answer_on() -> None:
    steps = decode_trace(traces.ddcmp_read(speed=6))
    assert trace_facts(steps).speed == 38400
    start, later = steps[0], steps[5]
    assert start.until - start.at == pytest.approx(8 * 10 / 2400, abs=1e-6)
    assert later.until - later.at == pytest.approx(8 * 10 / 38400, abs=1e-6)


def test_pass_codes_are_marked_and_never_told() -> None:
    steps = decode_trace(traces.ddcmp_read(traces.WHO_CODES))
    marked = [step for step in steps if step.secrets]
    assert [step.code for step in marked] == ["who", "who_agreed"]
    for step in marked:
        first, after = step.secrets[0]
        assert step.data[first:after] == traces.WHO_CODES
        assert "4321" not in str(step.values)
        assert step.values["codes"] == "given"


def test_a_repeated_ddcmp_message_is_marked() -> None:
    entries = traces.ddcmp_read()
    at, sender, data = entries[2]
    again = [*entries[:3], (at + 0.6, sender, data), *((t + 1, w, d) for t, w, d in entries[3:])]
    steps = decode_trace(again)
    assert [step.code for step in steps if step.retry] == ["who"]
    assert trace_facts(steps).resent == 1


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("dex-read-machine-master", ["M", "R", "M"]),
        ("dex-write-config", ["R", "M", "R"]),
        ("ddcmp-read-list2", []),
    ],
)
def test_the_reference_transcripts_hold_no_wrong_crc(name: str, codes: list[str]) -> None:
    steps = decode_trace([(n * 0.2, s.sender, s.data) for n, s in enumerate(transcript(name))])
    assert all(step.crc is not Crc.WRONG for step in steps)
    assert "noise" not in _codes(steps)
    assert trace_facts(steps).whole
    leaders = [
        next(step.sender for step in steps if step.session == session and step.code == "enq")
        for session in ("1", "2", "3")[: len(codes)]
    ]
    assert leaders == codes


@pytest.mark.parametrize(
    ("entries", "link"),
    [
        (traces.dex_read(), "dexucs"),
        (traces.ddcmp_read(), "ddcmp"),
        (traces.no_answer(), "dexucs"),
        (traces.ddcmp_read()[:1], "ddcmp"),
    ],
)
def test_the_bytes_tell_which_link_it_is(entries: list[Entry], link: str) -> None:
    assert link_of(entries) == link

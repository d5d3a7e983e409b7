"""What a technician is told of a step and of a comparison: sentences, whatever is on the line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.domain.bench_records import PartLine
from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.link.trace_compare import compare_traces
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.services.trace_words import (
    conclusion_words,
    difference_words,
    part_words,
    phase_words,
    session_words,
    step_words,
    turn_words,
)
from tests.support import bench_traces as traces

BYTES = st.one_of(
    st.binary(min_size=1, max_size=24),
    st.sampled_from([data for _, _, data in (*traces.dex_read(), *traces.ddcmp_read())]),
)
ENTRIES = st.lists(st.tuples(st.sampled_from("RM"), BYTES), max_size=10).map(
    lambda drawn: [(n * 0.1, who, data) for n, (who, data) in enumerate(drawn)]
)


def _lines(entries: list[Entry]) -> list[str]:
    return [step_words(step).line() for step in decode_trace(entries)]


def test_a_good_read_in_words() -> None:
    assert _lines(traces.dex_read())[:10] == [
        "ENQ is anybody there?",
        "ACK 0 machine answers",
        "Id CVD0000001, R = read, R01L01, CRC 62 F3 right",
        "ACK 1 frame taken",
        "EOT roles swap",
        "ENQ machine starts",
        "ACK 0",
        "00 = agreed, id QRS7654321, R01L01, CRC 6C E1 right",
        "ACK 1",
        "EOT data follow",
    ]
    assert _lines(traces.dex_read())[-1] == "EOT read is whole"


def test_damage_is_named() -> None:
    said = _lines(traces.noisy_read())
    assert said[0] == "Noise, 2 bytes"
    assert any(line.startswith("Block 1, damaged, CRC") and "wrong" in line for line in said)
    assert "NAK refused, send it again" in said


def test_sessions_have_headings() -> None:
    steps = decode_trace(traces.dex_read())
    bands = [[step for step in steps if step.session == name] for name in "123"]
    assert [session_words(band) for band in bands] == [
        "Session 1, this laptop leads",
        "Session 2, the machine leads",
        "Session 3, data",
    ]
    assert session_words(decode_trace(traces.no_answer())) == "Session 1, nobody answers"
    assert session_words(bands[0], again=True).endswith(", again")


def test_the_comparison_of_the_drawing() -> None:
    good, now = (decode_trace(traces.dex_read(before_session_2=s)) for s in (0.41, 1.554))
    assert conclusion_words(compare_traces(good, now)) == (
        "The machine is 1.1 s slower before session 2. Allowed, no limit there."
    )


@settings(max_examples=60, deadline=None)
@given(ENTRIES, ENTRIES, st.sampled_from([None, "dexucs", "ddcmp"]))
def test_whatever_is_on_the_line_has_words(
    good: list[Entry], now: list[Entry], link: str | None
) -> None:
    then, since = decode_trace(good, link), decode_trace(now, link, growing=True)
    for step in (*then, *since):
        words = step_words(step)
        assert words.strong
        assert "{" not in words.line()
        assert session_words([step])
    comparison = compare_traces(then, since)
    assert "{" not in conclusion_words(comparison)
    assert not conclusion_words(comparison).startswith("They differ")
    said = [turn_words(turn) for turn in comparison.turns]
    said += [phase_words(phase.session) for phase in comparison.phases]
    said += [difference_words(each) for each in comparison.differences]
    assert all(said)


@pytest.mark.parametrize(
    ("part", "evidence"),
    [
        (PartLine("adapter", "A1", 9, 5, "suspect", {"witnesses": "10433"}), "10433"),
        (PartLine("machine", "10433", 9, 5, "unclear"), "fails as well"),
        (PartLine("port", "COM3", 9, 0, "good"), ""),
    ],
)
def test_a_part_says_why_it_is_suspect(part: PartLine, evidence: str) -> None:
    words = part_words(part)
    assert words.kind
    assert words.verdict
    assert evidence in words.evidence

"""What differs between a good read and the one of now."""

import pytest

from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.link.trace_compare import TraceComparison, compare_traces
from cvd_desktop.link.trace_decoder import decode_trace
from tests.support import bench_traces as traces


def _compare(good: list[Entry], now: list[Entry]) -> TraceComparison:
    return compare_traces(decode_trace(good), decode_trace(now))


def test_the_same_read_again_is_the_same() -> None:
    found = _compare(traces.dex_read(), traces.dex_read())
    assert found.conclusion == "same"
    assert found.first_difference is None
    assert {phase.session for phase in found.phases} == {"1", "2", "3"}


def test_a_machine_that_thinks_longer_between_sessions_is_named_and_allowed() -> None:
    found = _compare(traces.dex_read(), traces.dex_read(before_session_2=1.554))
    assert found.conclusion == "slower"
    assert found.values["turn"] == "before_2"
    assert found.values["sender"] == "M"
    assert found.values["ms"] == pytest.approx(1144, abs=2)
    assert found.values["kept"] == "free"
    turn = next(turn for turn in found.turns if turn.code == "before_2")
    assert turn.then is not None
    assert turn.now is not None
    assert (turn.then.median, turn.now.median) == (410, 1554)


def test_an_answer_over_its_limit_is_said_to_be_over() -> None:
    found = _compare(traces.dex_read(), traces.dex_read(answer=1.1))
    assert found.conclusion == "slower"
    assert found.values["kept"] == "over"


@pytest.mark.parametrize(
    ("now", "conclusion"),
    [
        (traces.no_answer(), "silent"),
        (traces.noisy_read(), "more_repeats"),
        (traces.dex_read()[:14], "ended_early"),
        (traces.ddcmp_read(), "differs_link"),
    ],
)
def test_what_matters_most_is_said(now: list[Entry], conclusion: str) -> None:
    assert _compare(traces.dex_read(), now).conclusion == conclusion


def test_another_speed_is_the_first_difference() -> None:
    found = _compare(traces.ddcmp_read(speed=6), traces.ddcmp_read(speed=3))
    assert found.conclusion == "differs_speed"
    assert found.first_difference is not None
    assert (found.first_difference.then, found.first_difference.now) == ("38400", "4800")


def test_codes_that_are_given_now_are_a_difference() -> None:
    found = _compare(traces.ddcmp_read(), traces.ddcmp_read(traces.WHO_CODES))
    assert found.conclusion == "differs_codes"
    assert found.values == {"then": "none", "now": "given"}


def test_nothing_at_all_can_be_compared() -> None:
    assert compare_traces((), ()).conclusion == "same"

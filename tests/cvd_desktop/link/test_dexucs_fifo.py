"""Reader and machine on a wire that loses, doubles, damages, splits and delays.

The promise: the document arrives whole, or the reader says that it failed; never a wrong document,
never a hang. And the machine never hears the last acknowledgement before the store has it all.

What no protocol of this kind can survive is left out: an acknowledgement turned into the other
one (they are not protected), and delays longer than its timers (they are not numbered).
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.outputs import Failed, Finished
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT
from tests.support.fifo_wire import FifoWire, Meddle, Pieces, WireRun

_LONGEST_CONTROL = 4

MISHAPS = st.tuples(
    st.sampled_from(
        ["none", "lost", "doubled", "damaged", "byte lost", "byte more", "split", "late"]
    ),
    st.integers(0, 260),
    st.integers(1, 255),
    st.sampled_from([0.0, 0.05, 0.2, 0.4]),
)
REPORTS = st.one_of(
    st.sampled_from([b"", SMALL_REPORT, LONG_REPORT, b"A" * 486]),
    st.text(st.sampled_from("AB*01\r\n"), max_size=600).map(str.encode),
)
PECULIARITIES = st.lists(
    st.sampled_from(
        ["machine_master", "no_enq", "glued_eot_enq", "no_eot", "ack0_handshake", "noise", "tsyn"]
    ),
    unique=True,
    max_size=2,
)


def meddle_with(plan: list[tuple[str, int, int, float]]) -> Meddle:
    left = iter(plan)

    def meddle(_sender: str, data: bytes) -> Pieces:
        what, place, value, delay = next(left, ("none", 0, 1, 0.0))
        place %= len(data)
        if what in ("damaged", "byte lost", "byte more") and len(data) <= _LONGEST_CONTROL:
            what = "lost"
        match what:
            case "lost":
                return []
            case "doubled":
                return [(0.0, data), (0.0, data)]
            case "damaged":
                return [(0.0, data[:place] + bytes([data[place] ^ value]) + data[place + 1 :])]
            case "byte lost":
                return [(0.0, data[:place] + data[place + 1 :])]
            case "byte more":
                return [(0.0, data[:place] + bytes([value]) + data[place:])]
            case "split":
                return [(0.0, data[:place]), (delay, data[place:])]
            case "late":
                return [(delay, data)]
        return [(0.0, data)]

    return meddle


def check(run: WireRun, report: bytes) -> None:
    assert all(run.whole_when_completed), "acknowledged before it was stored"
    if isinstance(run.end, Finished):
        assert run.document == report
        assert run.has_last
    else:
        assert isinstance(run.end, Failed)
        assert run.end.detail["phase"]


@settings(max_examples=400)
@given(
    REPORTS,
    PECULIARITIES,
    st.lists(MISHAPS, max_size=40),
    st.lists(st.sampled_from([0.0, 0.02, 0.5, 1.5]), max_size=5),
)
def test_the_document_arrives_whole_or_the_reader_says_that_it_failed(
    report: bytes,
    peculiarities: list[str],
    plan: list[tuple[str, int, int, float]],
    store_seconds: list[float],
) -> None:
    slow = iter(store_seconds)
    wire = FifoWire(
        DexReader(),
        DexMachine(lambda: report, faults=peculiarities),
        meddle_with(plan),
        store_seconds=lambda: next(slow, 0.0),
    )
    check(wire.play(), report)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=60)), max_size=30))
def test_a_peer_that_talks_nonsense_does_not_keep_the_reader_for_ever(
    nonsense: list[tuple[bool, bytes]],
) -> None:
    """Whatever a machine says is replaced by anything, control characters among it."""
    left = iter(nonsense)

    def meddle(sender: str, data: bytes) -> Pieces:
        replace, instead = next(left, (False, b""))
        return [(0.0, instead if replace and sender == "M" else data)]

    run = FifoWire(DexReader(), DexMachine(lambda: LONG_REPORT), meddle).play()
    assert run.end is not None


@pytest.mark.parametrize("faults", [[], ["machine_master"], ["lost_ack:4"], ["wrong_crc:4"]])
@pytest.mark.parametrize("report", [SMALL_REPORT, LONG_REPORT])
def test_a_killed_reader_leaves_a_machine_that_has_not_reset_or_a_whole_report(
    report: bytes, faults: list[str]
) -> None:
    """Killed after each single output, the stores and the sendings among them."""
    complete = incomplete = 0
    for outputs in range(200):
        machine = DexMachine(lambda: report, faults=faults)
        wire = FifoWire(DexReader(), machine, dies_after=outputs)
        run = wire.play()
        if machine.completed:
            complete += 1
            assert run.document == report
            assert run.has_last
        else:
            incomplete += 1
        if isinstance(run.end, Finished):
            break
    assert complete >= 2
    assert incomplete > 10
    assert isinstance(run.end, Finished)

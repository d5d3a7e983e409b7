"""What may happen to a DEX/UCS line, drawn by hypothesis, and the promises that hold all the same.

What no protocol of this kind can survive is left out: an acknowledgement turned into the other
one (they are not protected), and delays longer than its timers (they are not numbered).
"""

import os

from hypothesis import settings
from hypothesis import strategies as st

from cvd_desktop.link.outputs import Failed, Finished
from tests.support.fifo_wire import Meddle, Pieces, WireRun

_LONGEST_CONTROL = 4

sessions = settings(max_examples=int(os.environ.get("CVD_LINK_SESSIONS", "60")))

MISHAPS = st.tuples(
    st.sampled_from(
        ["none", "none", "lost", "doubled", "damaged", "byte lost", "byte more", "split", "late"]
    ),
    st.integers(0, 260),
    st.integers(1, 255),
    st.sampled_from([0.0, 0.05, 0.2, 0.4]),
)
PLANS = st.lists(MISHAPS, max_size=60)
CHUNKS = st.sampled_from([None, 1, 16])


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


def cut_after(count: int, direction: str) -> Meddle:
    """The plug is pulled when so many bytes have passed, of one sender or of both."""
    left = count

    def meddle(sender: str, data: bytes) -> Pieces:
        nonlocal left
        if sender not in direction:
            return [(0.0, data)] if left else []
        passing, left = data[:left], max(0, left - len(data))
        return [(0.0, passing)] if passing else []

    return meddle


def check_read(run: WireRun, report: bytes) -> None:
    """Whole, or the failure is said; nothing is counted by the machine before it is stored."""
    assert all(run.whole_when_completed), "acknowledged before it was stored"
    assert report.startswith(run.document), "a wrong document"
    if run.has_last:
        assert run.document == report, "a wrong document"
    if isinstance(run.end, Finished):
        assert run.has_last, "finished without the last block"
        assert run.end.detail["received"] == len(report)
    else:
        assert isinstance(run.end, Failed)
        assert {"phase", "blocks", "received", "retries", "heard"} <= set(run.end.detail)
        assert run.end.detail["received"] == len(run.document)


def check_written(run: WireRun, document: bytes) -> None:
    """The machine takes the whole document or none, once; and has it when the writer says so."""
    assert run.written in ([], [document]), "a wrong document"
    assert run.completed == 0
    if isinstance(run.end, Finished):
        assert run.written, "finished without the machine"
        assert run.end.detail["written"] == len(document)
    else:
        assert isinstance(run.end, Failed)
        assert {"phase", "blocks", "received", "retries", "heard"} <= set(run.end.detail)
        assert int(run.end.detail["written"]) <= len(document)

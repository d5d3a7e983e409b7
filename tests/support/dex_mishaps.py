"""What may happen to a DEX/UCS line, drawn by hypothesis, and the promises that hold all the same.

What no protocol of this kind can survive is left out: an acknowledgement turned into the other
one (they are not protected), and delays longer than its timers (they are not numbered).
"""

import os

from hypothesis import settings
from hypothesis import strategies as st

from cvd_desktop.link.outputs import Failed, Finished
from tests.support.fifo_wire import Meddle, WireRun
from tests.support.line_mishaps import Mishap, mishaps, play_mishaps

_LONGEST_CONTROL = 4

sessions = settings(max_examples=int(os.environ.get("CVD_LINK_SESSIONS", "60")))

PLANS = st.lists(mishaps(0.05, 0.2, 0.4), max_size=60)
CHUNKS = st.sampled_from([None, 1, 16])


def meddle_with(plan: list[Mishap]) -> Meddle:
    return play_mishaps(plan, lambda _what, sent, _arrives: len(sent) > _LONGEST_CONTROL)


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

"""The trace that the Bench shows, decoded, and what it is compared with."""

from dataclasses import dataclass, field

from cvd_desktop.domain.bench_records import StoredTrace
from cvd_desktop.link.trace_compare import TraceComparison, compare_traces
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.link.trace_decoder_facts import TraceFacts, trace_facts
from cvd_desktop.link.trace_decoder_steps import TraceStep


@dataclass(frozen=True, slots=True)
class ShownTrace:
    """`stored` with its steps and figures."""

    stored: StoredTrace
    steps: tuple[TraceStep, ...] = ()
    facts: TraceFacts = field(default_factory=TraceFacts)


@dataclass(frozen=True, slots=True)
class GoodTrace:
    """The trace that is compared with, and the comparison."""

    stored: StoredTrace
    comparison: TraceComparison


def shown_trace(stored: StoredTrace, *, growing: bool = False) -> ShownTrace:
    """Decode it; takes some milliseconds for a read, a second for a day of a bus."""
    head = stored.head
    steps = decode_trace(stored.entries, head.link or None, head.baud_rate or None, growing=growing)
    return ShownTrace(stored, steps, trace_facts(steps))


def good_trace(good: StoredTrace, now: ShownTrace) -> GoodTrace:
    """Decode the good one and compare."""
    return GoodTrace(good, compare_traces(shown_trace(good).steps, now.steps))

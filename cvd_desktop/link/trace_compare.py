"""Two traces side by side: what is slower now, what is repeated more, what both ends say else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from cvd_desktop.link.byte_trace import MACHINE, READER
from cvd_desktop.link.trace_decoder_facts import TraceFacts, trace_facts
from cvd_desktop.link.trace_decoder_steps import SILENT, TraceStep

_LEAST = 50.0  # ms by which a turn must be slower to be told
_LEAST_WORST = 300.0  # the same for its worst case
_FRAMES = frozenset({"handshake_1", "handshake_2", "handshake"})

LIMITS = {
    "enq_ack": 950,
    "handshake_ack": 950,
    "block_ack": 950,
    "ack_handshake": 2000,
    "ack_block": 2000,
    "ack_eot": 2000,
    "start_stack": 170,
    "message_ack": 170,
    "command_answer": 15000,
    "ack_message": 5000,
}
"""Milliseconds that the standard allows; a turn that is not here has no limit."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Milliseconds of one kind of turn."""

    count: int
    median: float
    worst: float


@dataclass(frozen=True, slots=True)
class Turn:
    """How long `sender` took for one kind of turn, in the good trace and now."""

    code: str
    sender: str
    then: Measure | None
    now: Measure | None

    @property
    def slower(self) -> float:
        """Milliseconds by which it is slower now; 0 when it is not worth a word."""
        if self.then is None or self.now is None:
            return 0.0
        more = self.now.median - self.then.median
        if more > max(_LEAST, self.then.median / 2):
            return more
        worst = self.now.worst - self.then.worst
        return worst if worst > max(_LEAST_WORST, self.then.worst) else 0.0

    @property
    def limit(self) -> int | None:
        """Milliseconds, None where there is no limit."""
        return LIMITS.get(self.code)

    @property
    def over_limit(self) -> bool:
        return self.limit is not None and self.now is not None and self.now.worst > self.limit


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """Milliseconds from the first to the last byte of a session; None where it was not reached."""

    session: str
    then: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that both ends said otherwise: "revision", "R01L01", "R00L06"."""

    what: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class TraceComparison:
    """`conclusion` and `values` are one sentence (services/trace_words.py)."""

    turns: tuple[Turn, ...]
    phases: tuple[PhaseTime, ...]
    then: TraceFacts
    now: TraceFacts
    differences: tuple[Difference, ...]
    conclusion: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def first_difference(self) -> Difference | None:
        """The earliest in the order of the handshake."""
        return self.differences[0] if self.differences else None


def compare_traces(good: Sequence[TraceStep], now: Sequence[TraceStep]) -> TraceComparison:
    """Compare two decoded traces, the good one first. Nothing in either is too odd for it."""
    then_facts, now_facts = trace_facts(good), trace_facts(now)
    then_turns, now_turns = _turns(good), _turns(now)
    turns = tuple(
        Turn(code, sender, then_turns.get((code, sender)), now_turns.get((code, sender)))
        for code, sender in _in_order({*then_turns, *now_turns})
    )
    then_phases, now_phases = _phases(good), _phases(now)
    phases = tuple(
        PhaseTime(name, then_phases.get(name), now_phases.get(name))
        for name in dict.fromkeys((*then_phases, *now_phases))
    )
    differences = tuple(_differences(good, now, then_facts, now_facts))
    code, values = _conclude(turns, then_facts, now_facts, differences)
    return TraceComparison(turns, phases, then_facts, now_facts, differences, code, values)


_ORDER = (
    "enq_ack",
    "start_stack",
    "ack_handshake",
    "handshake_ack",
    "message_ack",
    "command_answer",
    "before_2",
    "before_3",
    "ack_block",
    "block_ack",
    "ack_message",
    "ack_eot",
)


def _in_order(keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """As they follow one another in a read; the machine's before ours."""
    return sorted(keys, key=lambda key: (_ORDER.index(key[0]), key[1] == READER))


def _turns(steps: Sequence[TraceStep]) -> dict[tuple[str, str], Measure]:
    found: dict[tuple[str, str], list[float]] = {}
    spoken = [step for step in steps if step.code not in SILENT]
    for before, step in pairwise(spoken):
        code = _turn(before, step)
        if code:
            found.setdefault((code, step.sender), []).append(step.gap)
    return {
        key: Measure(len(gaps), round(median(gaps), 1), round(max(gaps), 1))
        for key, gaps in found.items()
    }


def _turn(before: TraceStep, step: TraceStep) -> str:
    """Which kind of turn leads from one step to the next; "" for none."""
    if before.code == "eot":
        return f"before_{step.session}" if step.code == "enq" and step.session in "23" else ""
    if "number" in before.values or "number" in step.values or before.code == "start":
        return _ddcmp_turn(before, step)
    if step.code in ("ack", "nak") and step.sender != before.sender:
        if before.code == "enq":
            return "enq_ack"
        return "handshake_ack" if before.code in _FRAMES else "block_ack"
    if before.code == "ack" and step.sender != before.sender:
        if step.code in _FRAMES:
            return "ack_handshake"
        return {"block": "ack_block", "eot": "ack_eot"}.get(step.code, "")
    return ""


def _ddcmp_turn(before: TraceStep, step: TraceStep) -> str:
    if before.code == "start":
        return "start_stack" if step.code == "stack" else ""
    if step.code in ("ack", "nack"):
        if step.sender == before.sender:
            return ""
        return "block_ack" if before.code == "block" else "message_ack"
    if step.code == "block":
        return "ack_block"
    if step.sender == MACHINE:
        return "command_answer"
    return "ack_message" if before.sender != step.sender else ""


def _phases(steps: Sequence[TraceStep]) -> dict[str, float]:
    """The last band of each session: what came before it did not count."""
    bands: dict[int, tuple[str, float, float]] = {}
    for step in steps:
        _, began, _ = bands.get(step.band, ("", step.at, step.at))
        bands[step.band] = (step.session, began, step.until)
    return {name: round((until - at) * 1000, 1) for name, at, until in bands.values()}


def _differences(
    good: Sequence[TraceStep], now: Sequence[TraceStep], before: TraceFacts, after: TraceFacts
) -> Iterable[Difference]:
    """In the order in which a session would show them; what was not said now is no difference."""
    pairs = (
        ("link", _link(good), _link(now)),
        ("leads", before.leads, after.leads),
        ("speed", before.speed, after.speed),
        ("codes", before.codes, after.codes),
        ("revision", before.revision, after.revision),
        ("response", before.response, after.response),
        ("name", before.name, after.name),
    )
    for what, then, since in pairs:
        if then and since and then != since:
            yield Difference(what, str(then), str(since))
    if after.refused and after.refused != before.refused:
        yield Difference("refused", before.refused, after.refused)


def _link(steps: Sequence[TraceStep]) -> str:
    if not steps or steps[0].session == "":
        return ""
    return "dexucs" if steps[0].session in "123" else "ddcmp"


Conclusion = tuple[str, dict[str, str | int | float]]


def _conclude(
    turns: Sequence[Turn], then: TraceFacts, now: TraceFacts, differences: Sequence[Difference]
) -> Conclusion:
    """What matters most: silence, another answer, damage, an early end, then time."""
    if not now.heard and then.heard:
        return "silent", {}
    first = differences[0] if differences else None
    if first is not None and first.what != "name":
        return f"differs_{first.what}", {"then": first.then, "now": first.now}
    repeats, before = now.naks + now.resent, then.naks + then.resent
    if repeats > before + 1:
        return "more_repeats", {"then": before, "now": repeats}
    if then.whole and not now.whole:
        return "ended_early", {"session": now.session, "blocks": now.blocks}
    slowest = max(turns, key=_weight, default=None)
    if slowest is not None and slowest.slower and slowest.now is not None:
        kept = "free" if slowest.limit is None else "over" if slowest.over_limit else "within"
        values: dict[str, str | int | float] = {
            "turn": slowest.code,
            "sender": slowest.sender,
            "ms": slowest.slower,
            "kept": kept,
            "limit": slowest.limit or 0,
        }
        return "slower", values
    if first is not None:
        return "differs_name", {"then": first.then, "now": first.now}
    return "same", {}


def _weight(turn: Turn) -> tuple[bool, float]:
    """What is not allowed comes first; then how much the whole read grew because of it."""
    count = turn.now.count if turn.now is not None else 0
    return turn.slower > 0 and turn.over_limit, turn.slower * count

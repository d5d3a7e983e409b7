"""Which part is at fault: a cable that fails on machines that other cables read, or a machine that
no cable reads.

Only tries that say something about hardware count: a person's Cancel, a missing port or a full
disk blame nobody. A part is blamed by comparison and never by its own failures alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

ENOUGH = 4
"""Tries of a part before anything is said of it."""

WITNESSES = 2
"""Other parts that must have done well where this one failed."""

BAD = 0.5
"""A part is suspect when at least this share of its first tries fails."""

BLAMELESS = frozenset(
    {"cancelled", "port_missing", "port_busy", "port_denied", "disk_full", "refused", "too_long"}
)
"""Failures that say nothing about cable, adapter or socket."""


class PartKind(StrEnum):
    ADAPTER = "adapter"  # with its cable
    MACHINE = "machine"  # with its socket and harness
    PORT = "port"  # of this computer


class PartVerdict(StrEnum):
    GOOD = "good"
    TOO_FEW = "too_few"
    SUSPECT = "suspect"  # it fails where others do well
    UNCLEAR = "unclear"  # it fails, but so does what it was tried with


@dataclass(frozen=True, slots=True)
class PartTry:
    """One first try to read a machine. `failure` None: it went well at once."""

    adapter: str
    port: str
    machine: str
    failure: str | None


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part and how its first tries went.

    `witnesses`: the parts that did well where this one failed, the evidence against it; of an
    adapter these are the machines that other adapters read.
    """

    kind: PartKind
    name: str
    tries: int
    failed: int
    verdict: PartVerdict
    witnesses: tuple[str, ...] = ()

    @property
    def first_try_success(self) -> float:
        """0 to 1."""
        return 1 - self.failed / self.tries


def judge_parts(tries: Iterable[PartTry]) -> tuple[PartLine, ...]:
    """A line for every part with a name, suspects first, then by the number of failures."""
    counted = [each for each in tries if each.failure not in BLAMELESS]
    lines = [
        *_lines(PartKind.ADAPTER, counted),
        *_lines(PartKind.MACHINE, counted),
        *_lines(PartKind.PORT, counted),
    ]
    rank = [PartVerdict.SUSPECT, PartVerdict.UNCLEAR, PartVerdict.GOOD, PartVerdict.TOO_FEW]
    kinds = list(PartKind)

    def order(line: PartLine) -> tuple[int, int, int, str]:
        return rank.index(line.verdict), -line.failed, kinds.index(line.kind), line.name

    return tuple(sorted(lines, key=order))


def _lines(kind: PartKind, tries: Sequence[PartTry]) -> list[PartLine]:
    own: dict[str, list[PartTry]] = defaultdict(list)
    well_by: dict[str, set[str]] = defaultdict(set)  # counterpart -> parts of this kind
    for each in tries:
        name, counterpart = _sides(kind, each)
        own[name].append(each)
        if each.failure is None and counterpart:
            well_by[counterpart].add(name)
    return [_line(kind, name, mine, well_by) for name, mine in own.items() if name]


def _line(
    kind: PartKind, name: str, mine: Sequence[PartTry], well_by: dict[str, set[str]]
) -> PartLine:
    failed = [each for each in mine if each.failure is not None]
    line = PartLine(kind, name, len(mine), len(failed), PartVerdict.GOOD)
    if len(mine) < ENOUGH:
        return _with(line, PartVerdict.TOO_FEW)
    if len(failed) < BAD * len(mine):
        return line
    counterparts = {_sides(kind, each)[1] for each in failed} - {""}
    if kind is PartKind.MACHINE:
        # An adapter that reads other machines is the witness against this one.
        witnesses = _adapters_that_read_others(name, failed, well_by)
    else:
        witnesses = tuple(sorted(one for one in counterparts if well_by[one] - {name}))
    verdict = PartVerdict.SUSPECT if len(witnesses) >= WITNESSES else PartVerdict.UNCLEAR
    return _with(line, verdict, witnesses)


def _adapters_that_read_others(
    machine: str, failed: Sequence[PartTry], well_by: dict[str, set[str]]
) -> tuple[str, ...]:
    used = {each.adapter for each in failed} - {""}
    return tuple(sorted(one for one in used if well_by[one] - {machine}))


def _sides(kind: PartKind, each: PartTry) -> tuple[str, str]:
    """(the part, what it was tried with)."""
    match kind:
        case PartKind.ADAPTER:
            return each.adapter, each.machine
        case PartKind.MACHINE:
            return each.machine, each.adapter
        case PartKind.PORT:
            return each.port, each.machine


def _with(line: PartLine, verdict: PartVerdict, witnesses: tuple[str, ...] = ()) -> PartLine:
    return PartLine(line.kind, line.name, line.tries, line.failed, verdict, witnesses)

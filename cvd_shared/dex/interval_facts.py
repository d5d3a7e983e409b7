"""What happened between two reads of a machine: the shapes; worked out in interval.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cvd_shared.dex.meters import Delta, DeltaKind


class Evidence(NamedTuple):
    """One fact that speaks for a class or against a figure, with the elements that prove it.

    Codes are those of EVIDENCE in interval.py; people's words are in word_table_interval.py.
    """

    code: str
    values: Mapping[str, str | int]
    elements: tuple[str, ...]  # "EA309", "ID101": their lines are the proof


class SelectionDelta(NamedTuple):
    """One selection between the reads. Amounts are minor units; None where not known."""

    selection: str
    units: Delta
    value: Delta
    test_vends: Delta
    free_vends: Delta
    line: int | None  # of its PA1 in the later report; None when the later report lacks it


class PaymentDelta(NamedTuple):
    """One way of paying: cash (CA), cashless 1 (DA), cashless 2 (DB), tokens (TA)."""

    device: str
    units: Delta
    value: Delta
    mixed_units: Delta  # vends paid partly this way (DA10, DB10); already in `units`


class EventDelta(NamedTuple):
    """An event code that happened between the reads, or that is active now."""

    code: str
    text: str
    times: int | None  # None: the machine does not count it
    active: bool
    last: str | None  # the machine's own clock
    lines: tuple[int, ...]  # in the later report


class Rebuilt(NamedTuple):
    """An interval figure that somebody else's reset made useless, with the true one."""

    code: str  # of the interval counter, "VA103"
    said: int  # as the machine says it since its last reset
    rebuilt: int | None  # from the cumulative counters since the read before


class Foreign(NamedTuple):
    """Reads and resets by others since the read before (EA3); None where it cannot be told."""

    reads: int | None
    resets: int | None
    last_at: str | None  # EA305, EA306 when that was not our read
    last_reader: str | None  # EA307


@dataclass(frozen=True, slots=True)
class Interval:
    """`kind` is the class of the pair as a whole; each delta has its own too.

    `units` and `value` are the paid sales of the machine, unmapped selections included; None where
    they cannot be known. `trusted` says whether stock may move by them.
    """

    kind: DeltaKind
    evidence: tuple[Evidence, ...]
    units: int | None
    value: int | None
    counters: Mapping[str, Delta]  # the cumulative counters of the machine as a whole, by code
    selections: tuple[SelectionDelta, ...]
    payments: tuple[PaymentDelta, ...]
    events: tuple[EventDelta, ...]
    foreign: Foreign
    rebuilt: tuple[Rebuilt, ...]

    @property
    def trusted(self) -> bool:
        return self.kind in (DeltaKind.NORMAL, DeltaKind.ROLLED_OVER, DeltaKind.NO_CHANGE)

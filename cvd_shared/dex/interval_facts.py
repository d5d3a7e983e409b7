"""What happened between two reads of a machine: the shapes; worked out in interval.py.

Every code of EVIDENCE with its values; `first` names the first few concerned, "10, 12, 14"; `value`
and `total_value` and the like are minor units (MONEY_VALUES):

| code | says | values |
|---|---|---|
| other_machine | the numbers of the machine are other ones: not its file | was, is |
| board_changed | board or serial number are others, another number agrees | was, is |
| asset_number_changed | only the asset number is another; the meters go on | was, is |
| partial_file | the later report is not whole | |
| partial_before | the earlier report is not whole | |
| money_changed | other decimals: amounts are of another unit | decimals_before, decimals_now |
| no_meters | there is no counter that both have | |
| clock_only | no counter moved, the clock or the number of reads did | |
| same_audit | nothing moved at all, not even the clock | |
| machine_restarted | all sales counters began anew | counters, units (counted since) |
| selections_restarted | some selections began anew, the machine did not | count, first |
| counters_restarted | some counters of the machine began anew | count, first |
| rolled_over | counters went through their end | count, first |
| minus_one | counters say 4294967295, which is no value | count, first |
| jumped | selections that sold more than is likely between two reads | count, first |
| machine_jumped | so did the machine as a whole: perhaps a used board | units |
| scattered | selections fell, and not to zero: perhaps another machine's report | lower, count |
| older_report | it counted less, and its clock or reads are earlier too: it came late | |
| selections_new | selections that the earlier report lacks | count, first |
| selections_gone | selections that the later report lacks | count, first |
| positions_shifted | nameless selections, and another number of them | before, now |
| sum_incomplete | not every selection is known, so their sum is none | known, count |
| units_differ | sum of the selections and VA102 disagree | selections, total |
| value_differs | the same of money, VA101 | selections_value, total_value |
| payments_differ | units by payment and VA102 disagree | payments, total |
| payments_value_differs | the same of money, VA101 | payments_value, total_value |
| value_not_counted | vends, but the machine counts no value | units |
| cash_by_difference | no CA2: cash is what is left of VA1 | value |
| foreign_reads | reads by others (EA309) | reads |
| foreign_last | the last read was not ours (EA305, EA306) | at |
| foreign_reader | the last reader was another one (EA307) | reader |
| foreign_resets | resets by others (EA310, else EA301) | resets |
| interval_reset | interval counters were reset since the earlier read | figures |
| interval_not_reset | interval counters count from before the earlier read | figures |
| clock_set_back | the machine's clock went back | clock_before, clock_now |
| clock_hour_changed | it moved by one hour more or less: summer time | |
| clock_gained | it moved by so many minutes more than the time between the reads | minutes |
| clock_lost | it moved by so many minutes less | minutes |
| clock_ahead | it is so many days ahead of the time of the read | days |
| clock_behind | it is so many days behind | days |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cvd_shared.dex.meters import Delta, DeltaKind, amount_of

EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "other_machine": ("was", "is"),
    "board_changed": ("was", "is"),
    "asset_number_changed": ("was", "is"),
    "partial_file": (),
    "partial_before": (),
    "money_changed": ("decimals_before", "decimals_now"),
    "no_meters": (),
    "clock_only": (),
    "same_audit": (),
    "machine_restarted": ("counters", "units"),
    "selections_restarted": ("count", "first"),
    "counters_restarted": ("count", "first"),
    "rolled_over": ("count", "first"),
    "minus_one": ("count", "first"),
    "jumped": ("count", "first"),
    "machine_jumped": ("units",),
    "scattered": ("lower", "count"),
    "older_report": (),
    "selections_new": ("count", "first"),
    "selections_gone": ("count", "first"),
    "positions_shifted": ("before", "now"),
    "sum_incomplete": ("known", "count"),
    "units_differ": ("selections", "total"),
    "value_differs": ("selections_value", "total_value"),
    "payments_differ": ("payments", "total"),
    "payments_value_differs": ("payments_value", "total_value"),
    "value_not_counted": ("units",),
    "cash_by_difference": ("value",),
    "foreign_reads": ("reads",),
    "foreign_last": ("at",),
    "foreign_reader": ("reader",),
    "foreign_resets": ("resets",),
    "interval_reset": ("figures",),
    "interval_not_reset": ("figures",),
    "clock_set_back": ("clock_before", "clock_now"),
    "clock_hour_changed": (),
    "clock_gained": ("minutes",),
    "clock_lost": ("minutes",),
    "clock_ahead": ("days",),
    "clock_behind": ("days",),
}
"""Every code of evidence with the names of its values; each has a sentence."""

MONEY_VALUES = frozenset(("value", "selections_value", "total_value", "payments_value"))
"""Names of values of EVIDENCE that are minor units."""


class Evidence(NamedTuple):
    """One fact that speaks for a class or against a figure, with the elements that prove it.

    Codes are those of EVIDENCE; people's words are in word_table_interval.py.
    """

    code: str
    values: Mapping[str, str | int]
    elements: tuple[str, ...]  # "EA309", "ID101": their lines are the proof


class SelectionDelta(NamedTuple):
    """One selection between the reads. Amounts are minor units; None where not known."""

    selection: str
    units: Delta
    value: Delta  # at the list price: discounts and surcharges are counted apart
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
    """An interval figure that does not tell the time since the read before, with the true one.

    Somebody reset it in between, or nobody reset it at the read before.
    """

    code: str  # of the interval counter, "VA103"
    said: int  # as the machine says it since its last reset
    rebuilt: int | None  # from the cumulative counters since the read before


class Foreign(NamedTuple):
    """Reads and resets by others since the read before (EA3); None where it cannot be told."""

    reads: int | None = None
    resets: int | None = None
    last_at: str | None = None  # EA305, EA306 when that was not our read
    last_reader: str | None = None  # EA307


@dataclass(frozen=True, slots=True)
class Interval:
    """`kind` is the class of the pair as a whole; each delta has its own too.

    `units` and `value` are the paid sales of the machine, unmapped selections included; None where
    they cannot be known. `trusted` says whether stock may move by them; then the class of each
    delta decides, for one selection may have been restarted alone.
    """

    kind: DeltaKind
    evidence: tuple[Evidence, ...]
    units: int | None
    value: int | None  # minor units, at list prices
    counters: Mapping[str, Delta]  # the cumulative counters of the machine as a whole, by code
    selections: tuple[SelectionDelta, ...]
    payments: tuple[PaymentDelta, ...]
    events: tuple[EventDelta, ...]
    foreign: Foreign
    rebuilt: tuple[Rebuilt, ...]
    units_from: str = ""  # the element that `units` was taken from: PA201, VA102, CA202
    value_from: str = ""  # PA202, VA101, CA201

    @property
    def trusted(self) -> bool:
        return self.kind in _TRUSTED and not any(each.code in _DOUBTS for each in self.evidence)

    def amount(self, code: str) -> int | None:
        """By how much a counter of the machine moved; None where that is not known."""
        return amount_of(self.counters, code)


_TRUSTED = frozenset(
    (DeltaKind.NORMAL, DeltaKind.ROLLED_OVER, DeltaKind.NO_CHANGE, DeltaKind.CLOCK_ONLY)
)
_DOUBTS = frozenset(("machine_jumped", "scattered"))
"""Evidence that the two reports may not be of one machine, though no number says so."""

"""What the reads of one machine say: units sold between them, meters that began anew, cash.

The classes of deltas are those of cvd_shared/dex/interval.py. Most reads just count on, and for
these the differences are taken directly: they are normal or unchanged, which is what the whole
comparison says too. As soon as anything else is seen, the whole comparison decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cvd_desktop.services.parsed_read import reading_of_record, unless_broken
from cvd_shared.cash import cash_expected_since
from cvd_shared.cash_facts import CashExpected, Reason
from cvd_shared.dex.interval import baseline, history, usable
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import MINUS_ONE, MOST_UNITS, DeltaKind
from cvd_shared.route_shapes import SalesFact
from cvd_shared.selection_names import selection_key
from cvd_shared.wire_records import ReadRecord

_TRUSTED = (DeltaKind.NORMAL, DeltaKind.ROLLED_OVER, DeltaKind.NO_CHANGE)
_KNOWN_NAMES = 20_000
_USUAL_DECIMALS = 2  # where ID4 says nothing
_key = lru_cache(_KNOWN_NAMES)(selection_key)  # the same few names in every read
_Numbers = tuple[str | None, str | None, str | None]


class Meters(NamedTuple):
    """The meters of a read that is whole and names each selection once."""

    numbers: _Numbers  # of the machine
    names: tuple[str, ...]
    units: tuple[int | None, ...]
    values: tuple[int | None, ...]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SeenRead:
    """One read of a machine: of the server, or of this laptop, where it is parsed already."""

    id: str
    at: datetime
    decimals: int
    record: ReadRecord | None = None
    parsed: MachineReading | None = None

    @property
    def meters(self) -> Meters | None:
        """None where the whole comparison has to look at the read."""
        return _of_record(self.record) if self.record else _of_reading(self.parsed)

    def reading(self) -> MachineReading | None:
        if self.record is not None:
            return reading_of_record(self.record, self.decimals)
        return self.parsed

    def cash_reading(self) -> MachineReading | None:
        """The counters of the machine as a whole alone."""
        if self.record is not None:
            bare = self.record.model_copy(update={"selections": {}})
            return reading_of_record(bare, self.decimals)
        return replace(self.parsed, selections=()) if self.parsed else None


@dataclass(frozen=True, slots=True)
class MachineSales:
    """`plain`: every read counts on from the one before it."""

    facts: tuple[SalesFact, ...]
    restarts: tuple[tuple[datetime, str], ...] = ()  # (read at, selection key)
    plain: bool = True


def sales_of(reads: Sequence[SeenRead]) -> MachineSales:
    """What was sold between the reads of one machine, the oldest first."""
    meters = [each.meters for each in reads]
    facts = []
    for (before, was), (now, is_) in pairwise(zip(reads, meters, strict=True)):
        moved = _plain_moves(was, is_)
        if moved is None:
            return unless_broken(lambda: _compared(reads), otherwise=MachineSales((), plain=False))
        units, whole = moved
        facts.append(SalesFact(now.id, before.at, now.at, units, whole))
    if len(reads) == 1 and meters[0] is None:
        return MachineSales((), plain=False)
    return MachineSales(tuple(facts))


def cash_of(
    reads: Sequence[SeenRead], sales: MachineSales, collect_read: str | None, since: datetime | None
) -> tuple[CashExpected | None, int]:
    """What should be in the bag since the last collect, and how many reads there were since.

    `reads` and `sales` belong together. `collect_read` is the read of that collect, `since` its
    end; both None: nobody ever collected. What a person refunds or fills during the present
    visit is not in it. None without a usable read.
    """
    first = next((n for n, each in enumerate(reads) if each.id == collect_read), None)
    if first is None:
        after = [n for n, each in enumerate(reads) if since is None or each.at > since]
    else:
        after = list(range(first + 1, len(reads)))
    while after and not _usable(reads[after[-1]]):
        after.pop()
    if not after and first is None:
        return None, 0
    places = [first, *after]
    if sales.plain:  # nothing began anew in between: the ends tell all
        ends = {0, len(places) - 1}
        readings = [
            reads[place].cash_reading() if n in ends and place is not None else None
            for n, place in enumerate(places)
        ]
    else:
        readings = [None if place is None else reads[place].reading() for place in places]
    newest = readings[-1]
    if newest is None:
        return None, len(after)
    expected = unless_broken(lambda: cash_expected_since(readings), otherwise=None)
    if expected is not None:
        expected = in_money_of(reads[0].decimals, newest, expected)
    return expected, len(after)


def in_money_of(decimals: int, read: MachineReading, expected: CashExpected) -> CashExpected:
    """Not provable where the machine counts with other decimals than its record has: the amount
    would be shown as another one."""
    money = read.money
    told = money.currency is not None or money.decimals != _USUAL_DECIMALS
    if not told or money.decimals == decimals:
        return expected
    terms = tuple(term if term.by_hand else term._replace(amount=None) for term in expected.terms)
    missing = (Reason("money_changed", {}), *expected.missing)
    return replace(expected, amount=None, terms=terms, missing=missing)


def usable_reads(reads: Sequence[SeenRead]) -> list[SeenRead]:
    """Those that say something of the machine: whole, with meters."""
    return [each for each in reads if _usable(each)]


def _usable(read: SeenRead) -> bool:
    if read.record is not None:
        return read.record.complete and bool(read.record.selections)
    return read.parsed is not None and usable(read.parsed)


# --- reads that count on -------------------------------------------------------------------------


def _of_record(record: ReadRecord) -> Meters | None:
    if not record.complete or not record.selections:
        return None
    totals = {
        "VA101": record.value_of_paid_vends_since_init,
        "VA102": record.number_of_paid_vends_since_init,
    }
    known = {code: value for code, value in totals.items() if value is not None}
    counters = record.counters | known
    units, values = zip(*record.selections.values(), strict=True)
    numbers = (record.asset_number, record.serial_number, record.control_board)
    return Meters(numbers, tuple(record.selections), units, values, counters)


def _of_reading(reading: MachineReading | None) -> Meters | None:
    if reading is None or not usable(reading) or not reading.selections:
        return None
    names = tuple(each.selection for each in reading.selections)
    if len(set(names)) < len(names) or not all(each.named for each in reading.selections):
        return None
    meters = [each.meters for each in reading.selections]
    if any(each.sold_since_reset and not each.sold_since_init for each in meters):
        return None  # it does not keep the one since initialisation
    said = reading.identity
    return Meters(
        (said.asset_number, said.serial_number, said.control_board),
        names,
        tuple(each.sold_since_init for each in meters),
        tuple(each.value_since_init for each in meters),
        reading.counters,
    )


def _plain_moves(was: Meters | None, is_: Meters | None) -> tuple[dict[str, int], bool] | None:
    """Units by selection key, and whether every selection is known; None where any counter did
    anything else than to count on."""
    if was is None or is_ is None or was.names != is_.names or _differ(was.numbers, is_.numbers):
        return None
    units: dict[str, int] = {}
    for name, before, now in zip(is_.names, was.units, is_.units, strict=True):
        if before is None or now is None:
            continue
        if now < before or now == MINUS_ONE or _key(name) in units:
            return None
        units[_key(name)] = now - before
    for before, now in zip(was.values, is_.values, strict=True):
        if before is not None and now is not None and (now < before or now == MINUS_ONE):
            return None
    for code, now in is_.counters.items():
        before = was.counters.get(code)
        if before is not None and (now < before or now == MINUS_ONE):
            return None
    if not units or sum(units.values()) > MOST_UNITS:
        return None
    if is_.counters.get("VA102", 0) - was.counters.get("VA102", 0) > MOST_UNITS:
        return None
    return units, len(units) == len(is_.names)


def _differ(was: _Numbers, is_: _Numbers) -> bool:
    """Whether a number that both reads say is another one; older servers do not keep them all."""
    return any(
        before is not None and now is not None and before != now
        for before, now in zip(was, is_, strict=True)
    )


# --- the whole comparison ------------------------------------------------------------------------


def _compared(reads: Sequence[SeenRead]) -> MachineSales:
    readings = [each.reading() for each in reads]
    facts: list[SalesFact] = []
    restarts: list[tuple[datetime, str]] = []
    known: list[MachineReading] = []
    places: list[int] = []
    for place, (read, since) in enumerate(zip(reads, history(readings), strict=True)):
        reading = readings[place]
        if reading is None:
            continue
        if since is not None and reading.complete and since.kind is not DeltaKind.OTHER_MACHINE:
            start = baseline(known, reading)
            if start is not None:
                begin = reads[places[start]].at
                if not any(each.code == "older_report" for each in since.evidence):
                    units, whole = _trusted_units(since)
                    facts.append(SalesFact(read.id, begin, read.at, units, whole))
                restarts += [(read.at, key) for key in _restarted(since)]
        known.append(reading)
        places.append(place)
    return MachineSales(tuple(facts), tuple(restarts), plain=False)


def _trusted_units(since: Interval) -> tuple[dict[str, int], bool]:
    """Only what may move stock; a selection that two names write alike is not told apart."""
    if not since.trusted:
        return {}, False
    units: dict[str, int] = {}
    twice = set()
    for each in since.selections:
        key = _key(each.selection)
        if each.units.kind in _TRUSTED and each.units.amount is not None:
            twice |= {key} & units.keys()
            units[key] = each.units.amount
    for key in twice:
        del units[key]
    return units, len(units) == len(since.selections)


def _restarted(since: Interval) -> list[str]:
    return [
        _key(each.selection) for each in since.selections if each.units.kind is DeltaKind.RESTARTED
    ]

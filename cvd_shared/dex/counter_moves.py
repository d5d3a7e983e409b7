"""How each counter of a machine and of its selections moved between two reports, and who restarted.

The counters of a machine are witnesses for each other: one selection that began anew says nothing
of the rest, a board that began anew makes every counter worthless, also one that looks normal.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from cvd_shared.dex.doubtful_moves import doubts, without_false_ends
from cvd_shared.dex.interval_facts import Evidence, SelectionDelta
from cvd_shared.dex.machine_reading import MachineReading, Selection
from cvd_shared.dex.meters import (
    CUMULATIVE_OF,
    MINUS_ONE,
    MOST_UNITS,
    Delta,
    DeltaKind,
    delta,
    machine_meters,
    most_money,
)
from cvd_shared.selection_names import Names

READ_COUNTERS = frozenset(("EA301", "EA309", "EA310", "CA601", "EA901"))
"""Counters that move by being read, or with the clock."""

_SALES = ("VA101", "VA102")
_NAMED = 5  # concerned that evidence names
_PRICE_FACTOR = 4  # prices change, but not by more between two reads

Pair = tuple[Selection | None, Selection | None]
"""A selection in the earlier and in the later report; one of them may lack it."""


class Moves(NamedTuple):
    counters: dict[str, Delta]
    pairs: list[Pair]  # in the order of the later report, then those that it lacks
    selections: list[SelectionDelta]  # one for each pair
    whole: DeltaKind | None  # the class that the files as such give to every delta
    machine_restarted: bool
    evidence: list[Evidence]


def counter_moves(
    before: MachineReading, now: MachineReading, whole: DeltaKind | None = None
) -> Moves:
    """With `whole` every amount is None: the two reports cannot be compared."""
    rules = _Rules(_measure(whole), _measure(whole), most_money(now.money.decimals))
    pairs, evidence = _pairs(before.selections, now.selections)
    if before.money.decimals != now.money.decimals:
        rules = rules._replace(money=_measure(whole or DeltaKind.UNKNOWN))
        values = {
            "decimals_before": before.money.decimals,
            "decimals_now": now.money.decimals,
        }
        evidence.append(Evidence("money_changed", values, ("ID401",)))
    counters = _counters(before.counters, now.counters, rules)
    selections = [_selection(was, is_, rules) for was, is_ in pairs]
    moves = Moves(counters, pairs, selections, whole, False, evidence)
    return _judged(moves) if whole is None else moves


def first_of(names: Iterable[str]) -> str:
    """The first few names of a list, for people."""
    return ", ".join(list(dict.fromkeys(names))[:_NAMED])


Measure = Callable[[int | None, int | None, int, int], Delta]


class _Rules(NamedTuple):
    """How the counters of one pair of reports are measured."""

    units: Measure
    money: Measure
    most: int  # minor units that a counter moves


def _measure(whole: DeltaKind | None) -> Measure:
    if whole is None:
        return delta
    kind = whole
    return lambda before, now, _digits, _most: Delta(kind, None, before, now)


def _counters(before: Mapping[str, int], now: Mapping[str, int], rules: _Rules) -> dict[str, Delta]:
    meters = machine_meters()
    units, worth, most = rules
    not_kept = _not_kept(before, now)
    moved = {}
    for code, value in now.items():
        meter = meters.get(code)
        if meter is not None:
            digits, money = meter
            was = None if code in not_kept else before.get(code)
            if money:
                moved[code] = worth(was, value, digits, most)
            else:
                moved[code] = units(was, value, digits, MOST_UNITS)
    for code, value in before.items():
        if code not in now and code in meters:
            moved[code] = units(value, None, 0, 0)
    return moved


def _not_kept(before: Mapping[str, int], now: Mapping[str, int]) -> frozenset[str]:
    """Counters since initialisation that all stay 0 while those since the last reset count: the
    machine does not keep them. One alone may have gone through its end to 0."""
    found: list[str] = []
    for cumulative, resets in _segments().values():
        if any(now.get(code) for code in resets) and not any(
            before.get(code) or now.get(code) for code in cumulative
        ):
            found += cumulative
    return frozenset(found)


@cache
def _segments() -> Mapping[str, tuple[list[str], list[str]]]:
    """By segment its counters since initialisation, and those since the last reset."""
    segments: dict[str, tuple[list[str], list[str]]] = {}
    for reset, cumulative in CUMULATIVE_OF.items():
        both = segments.setdefault(reset[:-2], ([], []))
        both[0].append(cumulative)
        both[1].append(reset)
    return segments


# --- selections -------------------------------------------------------------------------------


def _pairs(
    before: Sequence[Selection], now: Sequence[Selection]
) -> tuple[list[Pair], list[Evidence]]:
    if [each.selection for each in before] == [each.selection for each in now]:
        return list(zip(before, now, strict=True)), []
    # The same name twice is two selections; nameless ones are only known by their position.
    waiting: dict[str, deque[Selection]] = defaultdict(deque)
    for selection in before:
        if selection.named:
            waiting[selection.selection].append(selection)
    names = Names(waiting)
    found: list[Selection | None] = [
        waiting[each.selection].popleft() if each.named and waiting[each.selection] else None
        for each in now
    ]
    later = Names(each.selection for each in now if each.named)
    for place, selection in enumerate(now):
        if found[place] is None and selection.named:
            name = names.find(selection.selection)
            if name is not None and waiting[name] and later.find(name) == selection.selection:
                found[place] = waiting[name].popleft()
    matched = {id(each) for each in found}
    gone = [each for each in before if id(each) not in matched]
    pairs: list[Pair] = [*zip(found, now, strict=True), *((each, None) for each in gone)]
    return pairs, _changed_selections(pairs, len(before), len(now))


def _changed_selections(pairs: Sequence[Pair], before: int, now: int) -> list[Evidence]:
    new = [is_ for was, is_ in pairs if was is None and is_ is not None]
    gone = [was for was, is_ in pairs if is_ is None and was is not None]
    told = []
    if any(not each.named for each in (*new, *gone)):
        told.append(Evidence("positions_shifted", {"before": before, "now": now}, ("PA101",)))
    for code, selections in (("selections_new", new), ("selections_gone", gone)):
        names = [each.selection for each in selections if each.named]
        if names:
            told.append(_concerned(code, names, ("PA101",)))
    return told


def _selection(was: Selection | None, is_: Selection | None, rules: _Rules) -> SelectionDelta:
    shown = is_ or was
    assert shown is not None
    measure, worth, most = rules
    b, n = _cumulative(was), _cumulative(is_)
    if not any((*b[:2], *n[:2])) and is_ is not None and is_.meters.sold_since_reset:
        b = (None, None, *b[2:])  # not kept: the meter since the last reset counts
    units = measure(b[0], n[0], 8, MOST_UNITS)
    value = worth(b[1], n[1], 8, most)
    tests = measure(b[2], n[2], 8, MOST_UNITS)
    free = measure(b[3], n[3], 8, MOST_UNITS)
    if units.size or value.size:
        prices = [each.price for each in (was, is_) if each is not None and each.price]
        units, value = _agreeing(units, value, prices)
    line = is_.line if is_ else None
    return SelectionDelta(shown.selection, units, value, tests, free, line)


def _cumulative(selection: Selection | None) -> tuple[int | None, ...]:
    if selection is None:
        return (None,) * 4
    meters = selection.meters
    return (
        meters.sold_since_init,
        meters.value_since_init,
        selection.test_vends.number_since_init,
        selection.free_vends.number_since_init,
    )


def _agreeing(units: Delta, value: Delta, prices: Sequence[int]) -> tuple[Delta, Delta]:
    """A roll-over is believed where the other meter of the selection does not speak against it."""
    if DeltaKind.RESTARTED in (units.kind, value.kind):
        return _restarted(units), _restarted(value)
    if not prices or units.amount is None or value.amount is None or not value.now:
        return units, value
    least = units.amount * min(prices) // _PRICE_FACTOR
    most = (units.amount + 1) * max(prices) * _PRICE_FACTOR
    if least <= value.amount <= most:
        return units, value
    return (
        _restarted(units) if units.size else units,
        _restarted(value) if value.size else value,
    )


# --- who began anew -----------------------------------------------------------------------------


class _Tally(NamedTuple):
    """Counters that had counted something: how many are lower, rolled over, go on."""

    lower: int
    rolled: int
    going_on: int

    @property
    def back(self) -> bool:
        """Most of them may have begun anew; a roll-over may be one that only looks like it."""
        return self.lower + self.rolled > self.going_on or self == (0, 0, 0)


def _judged(moves: Moves) -> Moves:
    """Decides between a machine that was restarted and single counters that were."""
    counters, selections = moves.counters, moves.selections
    totals = [counters[code] for code in _SALES if code in counters]
    picked = [
        each.value if each.units.kind is DeltaKind.UNKNOWN else each.units for each in selections
    ]
    doubtful = any(
        each.kind is DeltaKind.RESTARTED or each.kind is DeltaKind.ROLLED_OVER
        for each in (*totals, *picked)
    )
    if not doubtful or not (_tally(totals).back and _tally(picked).back):
        return _going_on(moves)
    lower = _tally((*totals, *picked)).lower
    others = _tally(
        each
        for code, each in counters.items()
        if code not in READ_COUNTERS and not code.startswith("VA")
    )
    everything = others.lower > others.going_on or (lower > 0 and others.back)
    if not lower and not everything:
        return _going_on(moves)
    units = counters["VA102"].now if "VA102" in counters else None
    if units is None:
        units = sum(each.units.now or 0 for each in selections)
    restarted = moves._replace(
        counters={
            code: _restarted(each) if everything or code.startswith("VA") else each
            for code, each in counters.items()
        },
        selections=[_restarted_selection(each) for each in selections],
        machine_restarted=True,
    )
    lower += others.lower if everything else 0
    proof = ("VA101", "VA102", "PA201")
    told = Evidence("machine_restarted", {"counters": lower, "units": units}, proof)
    odd = _oddities(restarted._replace(selections=[]))
    if everything:
        odd = [each for each in odd if each.code != "counters_restarted"]
    return restarted._replace(evidence=[*moves.evidence, told, *odd])


def _going_on(moves: Moves) -> Moves:
    """The machine did not begin anew as a whole; what single counters did is told."""
    counters = without_false_ends(moves.counters)
    moves = moves._replace(counters=counters)
    told = [*_oddities(moves), *doubts(counters, moves.selections)]
    return moves._replace(evidence=[*moves.evidence, *told])


def _tally(deltas: Iterable[Delta]) -> _Tally:
    lower = rolled = going_on = 0
    for kind, _, before, _, _ in deltas:
        if before and kind is not DeltaKind.UNKNOWN:
            if kind is DeltaKind.RESTARTED:
                lower += 1
            elif kind is DeltaKind.ROLLED_OVER:
                rolled += 1
            else:
                going_on += 1
    return _Tally(lower, rolled, going_on)


def _restarted(moved: Delta) -> Delta:
    if moved.kind is DeltaKind.UNKNOWN:
        return moved
    return Delta(DeltaKind.RESTARTED, None, moved.before, moved.now)


def _restarted_selection(moved: SelectionDelta) -> SelectionDelta:
    return SelectionDelta(
        moved.selection,
        _restarted(moved.units),
        _restarted(moved.value),
        _restarted(moved.test_vends),
        _restarted(moved.free_vends),
        moved.line,
    )


def _oddities(moves: Moves) -> list[Evidence]:
    """What single counters and selections say that is not plain counting on."""
    normal, same = DeltaKind.NORMAL, DeltaKind.NO_CHANGE
    odd = [
        (code, each)
        for code, each in moves.counters.items()
        if each.kind is not normal and each.kind is not same and code not in READ_COUNTERS
    ]
    picked = [
        (each, one)
        for each in moves.selections
        for one in (each.units, each.value)
        if one.kind is not normal and one.kind is not same
    ]
    jumped = [
        each.selection
        for each in moves.selections
        if each.units.kind is normal and (each.units.amount or 0) > MOST_UNITS
    ]
    names = {
        "selections_restarted": [
            each.selection for each, one in picked if one.kind is DeltaKind.RESTARTED
        ],
        "counters_restarted": [code for code, one in odd if one.kind is DeltaKind.RESTARTED],
        "rolled_over": [
            *(code for code, one in odd if one.size),
            *(each.selection for each, one in picked if one.size),
        ],
        "minus_one": [
            *(code for code, one in odd if MINUS_ONE in (one.before, one.now)),
            *(each.selection for each, one in picked if MINUS_ONE in (one.before, one.now)),
        ],
        "jumped": jumped,
    }
    return [
        _concerned(code, found, _proof(found, moves.counters))
        for code, found in names.items()
        if found
    ]


def _proof(names: Iterable[str], counters: Mapping[str, Delta]) -> tuple[str, ...]:
    """The counters among `names`; for selections the element that counts them."""
    return tuple(dict.fromkeys(name if name in counters else "PA201" for name in names))[:_NAMED]


def _concerned(code: str, names: Sequence[str], elements: tuple[str, ...]) -> Evidence:
    distinct = len(dict.fromkeys(names))
    return Evidence(code, {"count": distinct, "first": first_of(names)}, elements)

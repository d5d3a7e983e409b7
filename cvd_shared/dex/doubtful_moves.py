"""Moves of counters that no machine makes: another machine's report, a used board, an older file.

They happen where no number tells the machine: the counters themselves then have to.
"""

from collections.abc import Mapping, Sequence

from cvd_shared.dex.interval_facts import Evidence, SelectionDelta
from cvd_shared.dex.machine_clock import machine_time
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import MOST_UNITS, Delta, DeltaKind

_SOME = 3  # selections, before their moves together mean something
_SHARE = 0.1  # of the selections
_FEW = 20  # vends that a counter may have counted since it began anew, whatever it had before
_READS = ("EA309", "EA301", "CA601")


def without_false_ends(counters: dict[str, Delta]) -> dict[str, Delta]:
    """A counter beside others of its device that began anew went through no end: it did too.

    A modem or coin mechanism that is exchanged begins anew with all that it counts (CA, DA, ...),
    and 60000 to 200 only looks like the end of 16 bits.
    """
    anew = {code[:2] for code, each in counters.items() if _began_anew(each)}
    return {
        code: Delta(DeltaKind.RESTARTED, None, each.before, each.now)
        if each.size and code[:2] in anew
        else each
        for code, each in counters.items()
    }


def doubts(counters: Mapping[str, Delta], selections: Sequence[SelectionDelta]) -> list[Evidence]:
    """What makes it doubtful that the two reports are of one machine and one board."""
    told = []
    known = [each.units for each in selections if each.units.before and each.units.now is not None]
    lower = [each for each in known if _fell(each)]
    if len(lower) >= max(_SOME, _SHARE * len(known)):
        values: dict[str, str | int] = {"lower": len(lower), "count": len(known)}
        told.append(Evidence("scattered", values, ("PA201",)))
    total = counters["VA102"].amount if "VA102" in counters else None
    units = sum(each.units.amount or 0 for each in selections) if total is None else total
    if units > MOST_UNITS:
        proof = ("PA201",) if total is None else ("VA102",)
        told.append(Evidence("machine_jumped", {"units": units}, proof))
    return told


def is_older(before: MachineReading, now: MachineReading) -> bool:
    """Whether `now` is the older one of two reports of a machine: it counted less, not anew, and
    its clock or its number of reads says so too. A file that came late, or was imported again."""
    sold_before, sold_now = _sold(before), _sold(now)
    if not sold_now < sold_before <= 2 * sold_now:
        return False
    pairs = [(before.counters.get(code), now.counters.get(code)) for code in _READS]
    reads = [(was, is_) for was, is_ in pairs if was is not None and is_ is not None]
    if any(was != is_ for was, is_ in reads):
        return all(is_ <= was for was, is_ in reads)
    then, shown = (machine_time(each.machine_clock or each.read_outs.at) for each in (before, now))
    return then is not None and shown is not None and shown.at < then.at


def _began_anew(moved: Delta) -> bool:
    return moved.kind is DeltaKind.RESTARTED and bool(moved.before)


def _fell(moved: Delta) -> bool:
    """Lower than before, and yet more than a counter that began anew is likely to have."""
    least = max(_FEW, (moved.before or 0) // 10)
    return moved.kind is DeltaKind.RESTARTED and (moved.now or 0) > least


def _sold(reading: MachineReading) -> int:
    total = reading.counters.get("VA102")
    if total:
        return total
    return sum(each.meters.sold_since_init or 0 for each in reading.selections)

"""Traces of others on a machine: their reads and resets (EA3), and interval counters that they made
useless (EVA-DTS 6.2.2 ch. 5.1.2)."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice

from cvd_shared.dex.dex_segments import element
from cvd_shared.dex.interval_facts import Evidence, Foreign, Rebuilt
from cvd_shared.dex.machine_clock import machine_time
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import CUMULATIVE_OF, MINUS_ONE, Delta, amount_of

_SAME_READ = timedelta(minutes=5)  # a read is written down when it begins or when it ends
_NAMED = 5


def foreign_reads(
    before: MachineReading,
    now: MachineReading,
    counters: Mapping[str, Delta],
    our_reads: int,
    our_resets: int | None,
) -> tuple[Foreign, list[Evidence]]:
    """`our_reads` are ours from the earlier report on, without the later one."""
    reads, read_code = _first_told(counters, "EA309", "CA601")
    resets, reset_code = _first_told(counters, "EA310", "EA301")
    if our_resets is None:
        our_resets = _our_resets(before, our_reads, reads, resets)
    by_others = None if reads is None else max(0, reads - our_reads)
    resets_by_others = None if resets is None or our_resets is None else max(0, resets - our_resets)
    last_is_ours = _last_is_ours(before, now, our_reads)
    if by_others is None and last_is_ours:
        by_others = 0
    told = []
    if by_others:
        told.append(Evidence("foreign_reads", {"reads": by_others}, (read_code,)))
    last_at = last_reader = None
    if last_is_ours is False and by_others != 0:
        last_at, last_reader = now.read_outs.last_at, now.read_outs.last_reader
        if last_at:
            told.append(Evidence("foreign_last", {"at": last_at}, ("EA305", "EA306", "EA302")))
        if last_reader and last_reader != before.read_outs.reader:
            told.append(Evidence("foreign_reader", {"reader": last_reader}, ("EA307", "EA304")))
    if resets_by_others:
        told.append(Evidence("foreign_resets", {"resets": resets_by_others}, (reset_code,)))
    return Foreign(by_others, resets_by_others, last_at, last_reader), told


def _first_told(counters: Mapping[str, Delta], *codes: str) -> tuple[int | None, str]:
    """The first counter of which it is known how it moved; old machines have other ones."""
    for code in codes:
        amount = amount_of(counters, code)
        if amount is not None:
            return amount, code
    return None, codes[0]


def _our_resets(
    before: MachineReading, our_reads: int, reads: int | None, resets: int | None
) -> int | None:
    """How often our own reads reset the machine: always on AUTO, never on SAVE (SD105)."""
    mode = (before.settings.interval_reset or "").upper()
    if mode == "AUTO" or (reads is not None and reads == resets):
        return our_reads
    if mode == "SAVE" or resets == 0:
        return 0
    return None


def _last_is_ours(before: MachineReading, now: MachineReading, our_reads: int) -> bool | None:
    """Whether EA305 to EA307 name the earlier report; None where it cannot be told."""
    then, last = machine_time(before.read_outs.at), machine_time(now.read_outs.last_at)
    if then is not None and last is not None:
        near = _SAME_READ if then.precise and last.precise else timedelta(days=1)
        ours = abs(last.at - then.at) <= near
    else:
        was, is_ = before.read_outs.reader, now.read_outs.last_reader
        if not was or not is_ or was == is_:
            return None
        ours = False
    if not ours and our_reads > 1:
        return None  # it may be one of ours in between
    return ours


def rebuilt(
    now: MachineReading, counters: Mapping[str, Delta]
) -> tuple[tuple[Rebuilt, ...], list[Evidence]]:
    """The interval counters that do not tell the time since the earlier report."""
    found: list[Rebuilt] = []
    reset: list[str] = []
    older: list[str] = []
    for code, value in now.counters.items():
        cumulative = CUMULATIVE_OF.get(code)
        if cumulative is None or value == MINUS_ONE:
            continue
        moved = amount_of(counters, cumulative)
        if moved is None or value == moved or value == moved % _size(code):
            continue
        found.append(Rebuilt(code, value, moved))
        (reset if value < moved else older).append(code)
    told = [
        Evidence(code, {"figures": len(codes)}, tuple(islice(codes, _NAMED)))
        for code, codes in (("interval_reset", reset), ("interval_not_reset", older))
        if codes
    ]
    return tuple(found), told


def _size(code: str) -> int:
    """Where an interval counter goes back to 0; they are shorter than the cumulative ones."""
    known = element(code)
    assert known is not None
    return int(10**known.longest)

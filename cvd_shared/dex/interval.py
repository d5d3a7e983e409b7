"""What happened between two reads of a machine: class, sales, payments, events, and the evidence.

Everything is worked out from the counters since initialisation; those since the last reset belong
to whoever reset them. The shapes and the codes of evidence are in interval_facts.py.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from cvd_shared.dex.counter_moves import READ_COUNTERS, Moves, counter_moves
from cvd_shared.dex.doubtful_moves import is_older
from cvd_shared.dex.event_deltas import event_deltas
from cvd_shared.dex.interval_facts import Evidence, Foreign, Interval, Rebuilt
from cvd_shared.dex.interval_totals import totals
from cvd_shared.dex.machine_clock import clock_evidence
from cvd_shared.dex.machine_reading import Identity, MachineReading
from cvd_shared.dex.meters import Delta, DeltaKind
from cvd_shared.dex.read_traces import foreign_reads, rebuilt
from cvd_shared.identity_guard import IdentityChange, IdentityKind, compare, usable_identity

_NUMBERS = {  # which elements say them
    "asset_number": "ID106",
    "serial_number": "ID101",
    "control_board": "CB101",
}
_RESTARTS = ("machine_restarted", "selections_restarted", "counters_restarted")
_KINDS = {  # an asset number is typed in by people: the meters go on
    IdentityKind.OTHER_MACHINE: DeltaKind.OTHER_MACHINE,
    IdentityKind.BOARD_CHANGED: DeltaKind.BOARD_CHANGED,
}


def interval(
    before: MachineReading,
    now: MachineReading,
    *,
    our_reads: int = 1,
    our_resets: int | None = None,
    read_at: tuple[datetime, datetime] | None = None,
) -> Interval:
    """From the earlier report to the later one. Never raises, whatever the two reports are.

    `our_reads` are our own finished reads from the earlier one on, itself included, the later one
    not: 1 unless reads in between were passed over. `our_resets` are those of them that reset the
    interval counters; None: as the machine's own setting (SD105) makes likely. `read_at` are the
    real times of the two reads, UTC; without them the machine's clock is not judged by.
    """
    whole, evidence = _class_of_files(before, now)
    moves = counter_moves(before, now, whole)
    evidence += moves.evidence
    sales = totals(before, now, moves)
    kind = whole or _kind(before, now, moves, evidence)
    if kind is DeltaKind.RESTARTED and is_older(before, now):
        evidence = [each for each in evidence if each.code not in _RESTARTS]
        evidence.append(Evidence("older_report", {}, ("VA102", "EA309", "ID501")))
    foreign = Foreign()
    interval_counters: tuple[Rebuilt, ...] = ()
    if whole is None:
        foreign, traces = foreign_reads(before, now, moves.counters, our_reads, our_resets)
        interval_counters, resets = rebuilt(now, moves.counters)
        evidence += [*sales.evidence, *traces, *resets]
    other = kind is DeltaKind.OTHER_MACHINE
    if not other:
        evidence += clock_evidence(before, now, read_at)
    return Interval(
        kind=kind,
        evidence=tuple(evidence),
        units=sales.units,
        value=sales.value,
        counters=moves.counters,
        selections=tuple(moves.selections),
        payments=sales.payments,
        events=() if other else event_deltas(before, now, counted=whole is None),
        foreign=foreign,
        rebuilt=interval_counters,
        units_from=sales.units_from,
        value_from=sales.value_from,
    )


def baseline(earlier: Sequence[MachineReading], now: MachineReading) -> int | None:
    """Index of the reading from which `now` goes on: the newest usable one of its machine.

    `earlier` are older than `now`, the oldest first. Partial reports, other machines' files and
    reports that came late, older than the one before them, are passed over; a changed board is
    not: sales across it are unknown and told as such.
    """
    newest: int | None = None
    for place in range(len(earlier) - 1, -1, -1):
        reading = earlier[place]
        if usable(reading) and not _other_machine(reading.identity, now.identity):
            if newest is not None and not is_older(reading, earlier[newest]):
                break
            newest = place
    return newest


def history(
    readings: Sequence[MachineReading | None], machine: Identity | None = None
) -> tuple[Interval | None, ...]:
    """For each reading, the oldest first, the interval from the last usable one before it.

    A visit without a usable read (None, or a partial one) moves nothing: the next good read spans
    both. A stray file of another machine gets its class and is passed over, and so is a report
    that is older than the one before it: nothing is counted twice. The machine is `machine`, or
    the one that most readings are of. None up to the first usable reading. Linear in the number of
    readings.
    """
    if machine is None:
        ours = list(_of_one_machine(readings))
    else:
        ours = [not each or not _other_machine(machine, each.identity) for each in readings]
    found: list[Interval | None] = []
    last: MachineReading | None = None
    waiting = 1  # our reads since the last usable one
    for reading, own in zip(readings, ours, strict=True):
        if reading is None:
            found.append(None)
            continue
        found.append(None if last is None else interval(last, reading, our_reads=waiting))
        if own and last is not None and is_older(last, reading):
            continue
        if own and usable(reading):
            last, waiting = reading, 1
        elif own:
            waiting += 1  # the machine may have counted it
    return tuple(found)


def usable(reading: MachineReading) -> bool:
    """Whether a later reading may be compared with it: it is whole and has counters."""
    return reading.complete and bool(reading.counters or reading.selections)


# --- the class of the pair ----------------------------------------------------------------------


def _class_of_files(
    before: MachineReading, now: MachineReading
) -> tuple[DeltaKind | None, list[Evidence]]:
    """The class that the files as such give to the pair: no counter can then be compared."""
    change = compare(before.identity, now.identity)
    evidence = []
    kind = None
    if change is not None:
        evidence.append(_told(change, before.identity))
        kind = _KINDS.get(change.kind)
    if not now.complete:
        evidence.append(Evidence("partial_file", {}, ()))
    if not before.complete:
        evidence.append(Evidence("partial_before", {}, ()))
    if kind is None and not (before.complete and now.complete):
        kind = DeltaKind.PARTIAL_FILE
    return kind, evidence


def _told(change: IdentityChange, before: Identity) -> Evidence:
    elements = tuple(
        code
        for name, code in _NUMBERS.items()
        if usable_identity(getattr(before, name)) == change.was
    )
    return Evidence(str(change.kind), {"was": change.was, "is": change.is_}, elements[:1])


def _kind(
    before: MachineReading, now: MachineReading, moves: Moves, evidence: list[Evidence]
) -> DeltaKind:
    if moves.machine_restarted:
        return DeltaKind.RESTARTED
    if any(each.code == "rolled_over" for each in moves.evidence):
        return DeltaKind.ROLLED_OVER
    known = False
    for each in _believable(moves):
        known = True
        if each.amount:
            return DeltaKind.NORMAL
    if _began_anew(moves):  # some did, and the others stand still
        return DeltaKind.RESTARTED
    if not known:
        evidence.append(Evidence("no_meters", {}, ()))
        return DeltaKind.UNKNOWN
    if _clock(before) != _clock(now):
        evidence.append(Evidence("clock_only", {}, ("ID501", "ID502", "EA302", "EA303")))
        return DeltaKind.CLOCK_ONLY
    evidence.append(Evidence("same_audit", {}, ()))
    return DeltaKind.NO_CHANGE


def _began_anew(moves: Moves) -> bool:
    deltas = [each for code, each in moves.counters.items() if code not in READ_COUNTERS]
    deltas += [each.units for each in moves.selections]
    return any(each.kind is DeltaKind.RESTARTED for each in deltas)


def _believable(moves: Moves) -> Iterator[Delta]:
    """The deltas with an amount, but for those that move by being read."""
    for code, each in moves.counters.items():
        if each.amount is not None and code not in READ_COUNTERS:
            yield each
    for selection in moves.selections:
        for each in (selection.units, selection.value, selection.test_vends, selection.free_vends):
            if each.amount is not None:
                yield each


def _clock(reading: MachineReading) -> tuple[object, ...]:
    """What moves in a report when nobody buys anything."""
    counters = sorted((code, reading.counters.get(code)) for code in READ_COUNTERS)
    return reading.machine_clock, reading.read_outs, *counters


# --- the machine of a history -------------------------------------------------------------------


def _other_machine(before: Identity, now: Identity) -> bool:
    change = compare(before, now)
    return change is not None and change.kind is IdentityKind.OTHER_MACHINE


def _of_one_machine(readings: Sequence[MachineReading | None]) -> Iterator[bool]:
    """Whether each reading is of the machine that most are of.

    Any number links a reading to an earlier one, the asset number last: people type it in.
    """
    machine_of: dict[tuple[str, str], int] = {}
    machines: list[int | None] = []
    for place, reading in enumerate(readings):
        numbers = [
            (name, number)
            for name in reversed(_NUMBERS)
            if reading is not None
            and (number := usable_identity(getattr(reading.identity, name))) is not None
        ]
        machine = next((machine_of[each] for each in numbers if each in machine_of), place)
        machine_of.update(dict.fromkeys(numbers, machine))
        machines.append(machine if numbers else None)
    most = Counter(each for each in machines if each is not None).most_common(1)
    main = most[0][0] if most else None
    return (each is None or each == main for each in machines)

"""The fifth question of a read: is it this machine, and do its meters continue?

The codes are in the table of read_questions.py. The classes are those of dex/interval.py; the first
that applies is the answer, from "another machine" down to "all goes on".
"""

from collections.abc import Mapping

from cvd_shared.dex.interval import interval as interval_between
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import Identity, MachineReading
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.identity_guard import (
    Guard,
    GuardVerdict,
    IdentityKind,
    NumberCheck,
    NumberState,
    compare,
)
from cvd_shared.read_verdict import Actor, Answer, State, Values

_GOING_ON = {
    DeltaKind.ROLLED_OVER: "rolled_over",
    DeltaKind.CLOCK_ONLY: "clock_only",
    DeltaKind.NO_CHANGE: "no_change",
}


def identity_answer(before: Identity, now: Identity) -> Answer | None:
    """The answer when a machine is not, or not quite, the one before; None when it is."""
    change = compare(before, now)
    return _changed(change.kind, change.was, change.is_) if change else None


def guard_answer(guard: Guard, other: str | None = None) -> Answer | None:
    """What the identity guard says of the machine that was chosen; None when it is that one.

    `other` is how people call the known machine whose numbers agree, its asset number.
    """
    if guard.verdict is GuardVerdict.SAME:
        return None
    if guard.verdict is GuardVerdict.UNPROVEN:
        wanted = next((each.recorded for each in guard.numbers if each.recorded), None)
        values: Values = {"was": wanted} if wanted else {}
        return Answer(State.UNKNOWN, "not_identified", Actor.DRIVER, values)
    told = _telling(guard)
    if guard.verdict is GuardVerdict.TWO_MACHINES:
        values = {"was": told.recorded or "?", "is": other or told.said or "?"}
        return Answer(State.FAILED, "two_machines", Actor.DRIVER, values)
    return _changed(IdentityKind(guard.verdict), told.recorded or "?", told.said or "?", other)


def _telling(guard: Guard) -> NumberCheck:
    """The number by which a person sees the difference."""
    asset, *parts = guard.numbers
    if guard.verdict is GuardVerdict.TWO_MACHINES:
        return next(each for each in guard.numbers if each.state is NumberState.AGREES)
    wanted = [*parts, asset] if guard.verdict is GuardVerdict.BOARD_CHANGED else guard.numbers
    differing = [each for each in wanted if each.state is NumberState.DIFFERS]
    return next(iter([*differing, *(each for each in wanted if each.said)]), asset)


def _changed(kind: IdentityKind, was: str, is_: str, other: str | None = None) -> Answer:
    values: Values = {"was": was, "is": is_}
    if other is not None:
        values["other"] = other
    if kind is IdentityKind.OTHER_MACHINE:
        return Answer(State.FAILED, str(kind), Actor.DRIVER, values)
    return Answer(State.WARNING, str(kind), Actor.OFFICE, values)


def plausibility_answer(
    reading: MachineReading | None,
    previous: MachineReading | None,
    interval: Interval | None = None,
) -> Answer:
    """Do the meters continue those of the read before? Cumulative meters only.

    `interval` is what happened since `previous`, where the caller has worked it out already.
    """
    if reading is None:
        return Answer(State.UNKNOWN, "no_report")
    if previous is None:
        return Answer(State.UNKNOWN, "first_read")
    since = interval or interval_between(previous, reading)
    told = {each.code: dict(each.values) for each in since.evidence}
    return _files_answer(since, told, reading) or _meters_answer(since, told)


_Told = Mapping[str, dict[str, str | int]]


def _files_answer(since: Interval, told: _Told, reading: MachineReading) -> Answer | None:
    """Where the two reports cannot be compared, or are not quite of one machine."""
    for kind in IdentityKind:
        if kind in told:
            return _changed(kind, str(told[kind]["was"]), str(told[kind]["is"]))
    if since.kind is DeltaKind.PARTIAL_FILE:
        if reading.complete:
            return Answer(State.UNKNOWN, "earlier_partial")
        return Answer(State.UNKNOWN, "partial_file", Actor.DRIVER)
    return None


def _meters_answer(since: Interval, told: _Told) -> Answer:
    if since.kind is DeltaKind.UNKNOWN:
        return Answer(State.UNKNOWN, "no_meters")
    moves = [each.units for each in since.selections]
    if "VA102" in since.counters:
        moves.append(since.counters["VA102"])
    compared = [each for each in moves if each.kind is not DeltaKind.UNKNOWN]
    units = since.units
    if units is None:  # at least those that are known
        units = sum(each.units.amount or 0 for each in since.selections)
    values: Values = {"meters": len(compared), "units": units}
    doubt = _doubt(since, told, values)
    if doubt is not None:
        return doubt
    if since.kind is DeltaKind.RESTARTED:
        restarted = sum(each.kind is DeltaKind.RESTARTED for each in compared)
        return Answer(State.WARNING, "restarted", Actor.OFFICE, values | {"restarted": restarted})
    if since.foreign.resets:
        resets: Values = {"resets": since.foreign.resets}
        return Answer(State.WARNING, "reset_by_others", Actor.OFFICE, values | resets)
    if since.kind is DeltaKind.ROLLED_OVER:
        values["rolled_over"] = told.get("rolled_over", {}).get("count", 1)
    code = _GOING_ON.get(since.kind, "continues")
    if code == "continues" and since.foreign.reads:
        return Answer(State.OK, "read_by_others", values=values | {"reads": since.foreign.reads})
    return Answer(State.OK, code, values=values)


def _doubt(since: Interval, told: _Told, values: Values) -> Answer | None:
    """What single counters say against the rest, or all of them against this being the machine."""
    if "older_report" in told:
        return Answer(State.UNKNOWN, "older_report", values=values)
    if "scattered" in told:
        return Answer(State.WARNING, "scattered", Actor.DRIVER, {**values, **told["scattered"]})
    if since.kind is DeltaKind.RESTARTED:
        return None
    for code, counted in (("selections_restarted", "restarted"), ("jumped", "jumped")):
        if code in told:
            few: Values = {counted: told[code]["count"], "first": told[code]["first"]}
            return Answer(State.WARNING, code, Actor.OFFICE, values | few)
    if "machine_jumped" in told:
        return Answer(State.WARNING, "jumped", Actor.OFFICE, values)
    return None

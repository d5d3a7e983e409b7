"""The five questions of a read, answered by rule: link, transfer, integrity, mapping, plausibility.

Answers carry codes and values, never words. Every code with its values (in brackets: not always):

| question | code | state | values |
|---|---|---|---|
| link | answered | ok | link |
| | from_file | unknown | |
| | not_answered | failed | failure, link |
| transfer | whole | ok | blocks, size, retries, seconds |
| | whole_with_repeats | warning | the same |
| | end_missing | warning | the same; all blocks came, but the report has no DXE |
| | broken_off | failed | the same, failure |
| | nothing_came | failed | the same, failure |
| integrity | matches | ok | g85, segments, [variant], [declared] |
| | no_check_value | unknown | segments |
| | differs | warning | g85, computed, segments |
| | cut_off | unknown | segments |
| | no_report | failed | |
| | nothing_to_check | unknown | nothing came |
| mapping | all_match | ok | matched |
| | prices_differ | warning | matched, prices, first |
| | differs | warning | matched, missing, new, prices, first |
| | nothing_matches | failed | missing, new |
| | no_planogram | unknown | selections |
| | no_selections | unknown | |
| | partial_file | unknown | the same |
| plausibility | continues | ok | meters, units |
| | rolled_over | ok | meters, units, rolled_over |
| | no_change | ok | meters, units |
| | restarted | warning | meters, restarted, units |
| | board_changed | warning | was, is |
| | asset_number_changed | warning | was, is |
| | other_machine | failed | was, is |
| | first_read | unknown | |
| | no_meters | unknown | |
| | partial_file | unknown | |

`failure` is a FailureCode of the link or "unknown"; `first` names the first selections concerned,
"10, 12, 14"; `was` and `is` are asset, serial or board numbers; `units` are sold units.
To add a code: 1. a line here and in CODES; 2. its answer below; 3. its words in
cvd_desktop/services/word_table_verdict.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.integrity_check import G85
from cvd_shared.dex.machine_reading import Identity, MachineReading, Selection
from cvd_shared.dex.meters import DeltaKind, delta
from cvd_shared.identity_guard import IdentityKind, compare
from cvd_shared.read_verdict import Actor, Answer, ReadVerdict, State
from cvd_shared.selection_names import Names, selection_key
from cvd_shared.wire_records import PlanogramSlot

CODES: dict[str, tuple[str, ...]] = {
    "link": ("answered", "from_file", "not_answered"),
    "transfer": ("whole", "whole_with_repeats", "end_missing", "broken_off", "nothing_came"),
    "integrity": (
        "matches",
        "no_check_value",
        "differs",
        "cut_off",
        "no_report",
        "nothing_to_check",
    ),
    "mapping": (
        "all_match",
        "prices_differ",
        "differs",
        "nothing_matches",
        "no_planogram",
        "no_selections",
        "partial_file",
    ),
    "plausibility": (
        "continues",
        "rolled_over",
        "no_change",
        "restarted",
        "board_changed",
        "asset_number_changed",
        "other_machine",
        "first_read",
        "no_meters",
        "partial_file",
    ),
}
"""Every code by question; each has a sentence."""

_NAMED = 5  # selections named in an answer
_MANY_REPEATS = 3  # blocks sent again before a cable is worth a look
_WHO_ACTS = {"refused": Actor.TECHNICIAN, "too_long": Actor.OFFICE}  # else the driver


@dataclass(frozen=True, slots=True)
class MetersBefore:
    """The cumulative meters of an earlier read, where the reading itself is not at hand."""

    selections: Mapping[str, tuple[int | None, int | None]]  # sold units, value
    units: int | None = None  # VA102
    identity: Identity = field(default_factory=Identity)


def link_answer(link: str, *, answered: bool, failure_code: str | None = None) -> Answer:
    """Did the machine answer? `link` is dexucs, ddcmp or file."""
    if link == "file":
        return Answer(State.UNKNOWN, "from_file")
    if answered:
        return Answer(State.OK, "answered", values={"link": link})
    failure = failure_code or "unknown"
    actor = _WHO_ACTS.get(failure, Actor.DRIVER)
    return Answer(State.FAILED, "not_answered", actor, {"failure": failure, "link": link})


def transfer_answer(
    complete: bool,
    blocks: int,
    size: int,
    retries: int,
    seconds: float,
    failure_code: str | None = None,
    *,
    ended: bool = True,
) -> Answer:
    """Is the file whole? `complete` says the link, `ended` the report (Report.complete)."""
    values: dict[str, str | int | float] = {
        "blocks": blocks,
        "size": size,
        "retries": retries,
        "seconds": round(seconds, 1),
    }
    if not complete:
        failure = failure_code or "unknown"
        actor = _WHO_ACTS.get(failure, Actor.DRIVER)
        code = "broken_off" if size else "nothing_came"
        return Answer(State.FAILED, code, actor, values | {"failure": failure})
    if not ended:
        return Answer(State.WARNING, "end_missing", Actor.DRIVER, values)
    if retries >= max(_MANY_REPEATS, blocks // 10):
        return Answer(State.WARNING, "whole_with_repeats", Actor.TECHNICIAN, values)
    return Answer(State.OK, "whole", values=values)


def integrity_answer(report: Report | None, size: int = 1) -> Answer:
    """Is the text unharmed? `report` is None when `size` bytes hold no report."""
    if report is None:
        if size == 0:
            return Answer(State.UNKNOWN, "nothing_to_check")
        return Answer(State.FAILED, "no_report", Actor.DRIVER)
    check = report.check
    values: dict[str, str | int | float] = {"segments": report.counted}
    if check.g85 is G85.ABSENT:
        code = "no_check_value" if report.complete else "cut_off"
        actor = Actor.NOBODY if report.complete else Actor.DRIVER
        return Answer(State.UNKNOWN, code, actor, values)
    values["g85"] = check.declared[:8]
    if check.g85 is G85.MISMATCH:
        values["computed"] = check.computed
        return Answer(State.WARNING, "differs", Actor.DRIVER, values)
    if check.variant or check.g85 is G85.SWAPPED:
        values["variant"] = check.variant or "check_swapped"
    if report.declared not in (None, report.counted):
        values["declared"] = report.declared or 0
    return Answer(State.OK, "matches", values=values)


def mapping_answer(
    reading: MachineReading | None,
    slots: Sequence[PlanogramSlot] | None,
    decimals: int | None = None,
) -> Answer:
    """Do the selections match the planogram?

    `decimals` are those of the planogram's prices; None: the same as the reading's. Empty slots
    and selections that the machine says it has not (PA107) are no differences.
    """
    if reading is None or not reading.selections:
        return Answer(State.UNKNOWN, "no_selections")
    if slots is None:
        values: dict[str, str | int | float] = {"selections": len(reading.selections)}
        return Answer(State.UNKNOWN, "no_planogram", Actor.OFFICE, values)
    match = _match(reading.selections, slots)
    said = 10**reading.money.decimals
    planned = said if decimals is None else 10**decimals
    prices = [
        selection.selection
        for selection, slot in match.pairs
        if slot.product_id is not None
        and selection.price is not None
        and selection.price * planned != slot.price * said
    ]
    matched = len({id(selection) for selection, _ in match.pairs})
    counts: dict[str, str | int | float] = {
        "matched": matched,
        "missing": len(match.missing),
        "new": len(match.new),
        "prices": len(prices),
    }
    if not reading.complete and match.missing:
        return Answer(State.UNKNOWN, "partial_file", Actor.DRIVER, counts)
    if not matched and (match.missing or match.new):
        return Answer(State.FAILED, "nothing_matches", Actor.OFFICE, counts)
    if match.missing or match.new:
        counts["first"] = _first([*match.new, *match.missing])
        return Answer(State.WARNING, "differs", Actor.OFFICE, counts)
    if prices:
        counts["first"] = _first(prices)
        return Answer(State.WARNING, "prices_differ", Actor.TECHNICIAN, counts)
    return Answer(State.OK, "all_match", values=counts)


class _Match(NamedTuple):
    pairs: list[tuple[Selection, PlanogramSlot]]
    missing: list[str]  # planned selections that the machine does not report
    new: list[str]  # selections of the machine that nobody planned


def _match(selections: Sequence[Selection], slots: Sequence[PlanogramSlot]) -> _Match:
    """By exact name, else by key where only one selection has it. Several slots may share one."""
    said: dict[str, Selection] = {}
    for selection in selections:
        said.setdefault(selection.selection, selection)
    names = Names(said)
    match = _Match([], [], [])
    for slot in slots:
        found = names.find(slot.selection)
        if found is not None:
            match.pairs.append((said[found], slot))
        elif slot.product_id is not None:
            match.missing.append(slot.selection)
    planned = {selection.selection for selection, _ in match.pairs}
    match.new.extend(
        selection.selection
        for selection in selections
        if selection.present and selection.selection not in planned
    )
    return match


def plausibility_answer(
    reading: MachineReading | None, previous: MachineReading | MetersBefore | None
) -> Answer:
    """Do the meters continue those of the read before? Cumulative meters only."""
    if reading is None:
        return Answer(State.UNKNOWN, "no_meters")
    if previous is None:
        return Answer(State.UNKNOWN, "first_read")
    before = meters_of(previous) if isinstance(previous, MachineReading) else previous
    changed = identity_answer(before.identity, reading.identity)
    if changed is not None:
        return changed
    if not reading.complete:
        return Answer(State.UNKNOWN, "partial_file", Actor.DRIVER)
    return _meters_answer(before, meters_of(reading))


def meters_of(reading: MachineReading) -> MetersBefore:
    """The cumulative meters of a reading, as the next one is compared with them."""
    return MetersBefore(
        {
            selection.selection: (
                selection.meters.sold_since_init,
                selection.meters.value_since_init,
            )
            for selection in reading.selections
        },
        reading.paid_vends.number_of_paid_vends_since_init,
        reading.identity,
    )


def identity_answer(before: Identity, now: Identity) -> Answer | None:
    """The answer when a machine is not, or not quite, the one before; None when it is."""
    change = compare(before, now)
    if change is None:
        return None
    values: dict[str, str | int | float] = {"was": change.was, "is": change.is_}
    if change.kind is IdentityKind.OTHER_MACHINE:
        return Answer(State.FAILED, str(change.kind), Actor.DRIVER, values)
    return Answer(State.WARNING, str(change.kind), Actor.OFFICE, values)


def _meters_answer(before: MetersBefore, now: MetersBefore) -> Answer:
    then = {selection_key(name): sold for name, (sold, _) in before.selections.items()}
    moves = [
        delta(then.get(selection_key(name)), sold) for name, (sold, _) in now.selections.items()
    ]
    total = delta(before.units, now.units)
    known = [move for move in moves if move.kind is not DeltaKind.UNKNOWN]
    units = sum(move.amount or 0 for move in known) if known else total.amount
    if total.kind is not DeltaKind.UNKNOWN:
        known.append(total)
    if not known:
        return Answer(State.UNKNOWN, "no_meters")
    kinds = Counter(move.kind for move in known)
    values: dict[str, str | int | float] = {"meters": len(known), "units": units or 0}
    if kinds[DeltaKind.RESTARTED]:
        values["restarted"] = kinds[DeltaKind.RESTARTED]
        return Answer(State.WARNING, "restarted", Actor.OFFICE, values)
    if kinds[DeltaKind.ROLLED_OVER]:
        values["rolled_over"] = kinds[DeltaKind.ROLLED_OVER]
        return Answer(State.OK, "rolled_over", values=values)
    if not kinds[DeltaKind.NORMAL]:
        return Answer(State.OK, "no_change", values=values)
    return Answer(State.OK, "continues", values=values)


def judge(
    *,
    link: Answer,
    transfer: Answer,
    size: int,
    report: Report | None,
    reading: MachineReading | None,
    slots: Sequence[PlanogramSlot] | None = None,
    decimals: int | None = None,
    previous: MachineReading | MetersBefore | None = None,
) -> ReadVerdict:
    """The five answers together. `report` and `reading` are None where `size` bytes hold none."""
    return ReadVerdict(
        link=link,
        transfer=transfer,
        integrity=integrity_answer(report, size),
        mapping=mapping_answer(reading, slots, decimals),
        plausibility=plausibility_answer(reading, previous),
    )


def _first(names: Iterable[str]) -> str:
    return ", ".join(list(dict.fromkeys(names))[:_NAMED])

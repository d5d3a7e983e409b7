"""The five questions of a read, answered by rule: link, transfer, integrity, mapping, plausibility.

Answers carry codes and values, never words. Every code with its values (in brackets: not always):

| question | code | state | values |
|---|---|---|---|
| link | answered | ok | link |
| | from_file | unknown | |
| | not_answered | failed | failure, link |
| transfer | whole | ok | blocks, size, retries, seconds; of a file size, file |
| | whole_with_repeats | warning | the same |
| | end_missing | warning | the same; all blocks came, but the report has no DXE |
| | not_confirmed | warning | the same; whole, but the collect does not count |
| | broken_off | failed | the same, failure |
| | nothing_came | failed | the same, failure |
| integrity | matches | ok | g85, segments, [variant], [declared] |
| | no_check_value | unknown | segments |
| | differs | warning | g85, computed, segments |
| | cut_off | unknown | segments |
| | no_report | failed | |
| | too_large | failed | size; kept, but not looked into |
| | nothing_to_check | unknown | nothing came |
| mapping | all_match | ok | matched |
| | no_prices | ok | matched; the machine says no prices |
| | prices_differ | warning | matched, prices, first |
| | differs | warning | matched, missing, new, prices, first |
| | nothing_matches | failed | missing, new |
| | no_planogram | unknown | selections |
| | no_selections | unknown | |
| | partial_file | unknown | matched, missing, new, prices |
| | no_report | unknown | |
| plausibility | continues | ok | meters, units |
| | read_by_others | ok | meters, units, reads |
| | rolled_over | ok | meters, units, rolled_over |
| | clock_only | ok | meters, units; only the machine's clock moved |
| | no_change | ok | meters, units; not even the clock moved |
| | restarted | warning | meters, restarted, units |
| | selections_restarted | warning | meters, units, restarted, first |
| | scattered | warning | meters, units, lower, count: fallen selections, of how many |
| | jumped | warning | meters, units, [jumped, first: single selections] |
| | reset_by_others | warning | meters, units, resets |
| | board_changed | warning | was, is, [other] |
| | asset_number_changed | warning | was, is, [other] |
| | other_machine | failed | was, is, [other] |
| | two_machines | failed | was, is: some numbers are of each |
| | not_identified | unknown | [was]; no number says which machine it is |
| | first_read | unknown | |
| | earlier_partial | unknown | |
| | older_report | unknown | meters, units |
| | no_meters | unknown | |
| | partial_file | unknown | |
| | no_report | unknown | |

`failure` is a FailureCode of the link or "unknown"; `first` names the first selections concerned,
"10, 12, 14"; `was` and `is` are asset, serial or board numbers, `other` is the asset number of the
known machine that has them; `units` are sold units.
To add a code: 1. a line here and in CODES; 2. its answer here, in transfer_answers.py or in
meter_answers.py; 3. its words in cvd_desktop/services/word_table_verdict.py.
"""

from collections.abc import Iterable, Sequence

from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.identity_guard import Guard
from cvd_shared.meter_answers import guard_answer, identity_answer, plausibility_answer
from cvd_shared.price_audit import PriceAudit, PriceState, audit_prices
from cvd_shared.read_verdict import Actor, Answer, ReadVerdict, State, Values
from cvd_shared.transfer_answers import integrity_answer, link_answer, transfer_answer
from cvd_shared.wire_records import PlanogramSlot

__all__ = [
    "CODES",
    "guard_answer",
    "identity_answer",
    "integrity_answer",
    "judge",
    "link_answer",
    "mapping_answer",
    "plausibility_answer",
    "transfer_answer",
]

CODES: dict[str, tuple[str, ...]] = {
    "link": ("answered", "from_file", "not_answered"),
    "transfer": (
        "whole",
        "whole_with_repeats",
        "end_missing",
        "not_confirmed",
        "broken_off",
        "nothing_came",
    ),
    "integrity": (
        "matches",
        "no_check_value",
        "differs",
        "cut_off",
        "no_report",
        "too_large",
        "nothing_to_check",
    ),
    "mapping": (
        "all_match",
        "no_prices",
        "prices_differ",
        "differs",
        "nothing_matches",
        "no_planogram",
        "no_selections",
        "partial_file",
        "no_report",
    ),
    "plausibility": (
        "continues",
        "read_by_others",
        "rolled_over",
        "clock_only",
        "no_change",
        "restarted",
        "selections_restarted",
        "scattered",
        "jumped",
        "reset_by_others",
        "board_changed",
        "asset_number_changed",
        "other_machine",
        "two_machines",
        "not_identified",
        "first_read",
        "earlier_partial",
        "older_report",
        "no_meters",
        "partial_file",
        "no_report",
    ),
}
"""Every code by question; each has a sentence."""

_NAMED = 5  # selections named in an answer


def mapping_answer(
    reading: MachineReading | None,
    slots: Sequence[PlanogramSlot] | None,
    decimals: int | None = None,
    audit: PriceAudit | None = None,
) -> Answer:
    """Do the selections match the planogram, with their prices?

    `decimals` are those of the planogram's prices; None: the same as the reading's. `audit` is the
    price audit of the same two, where the caller has made it already.
    """
    if reading is None:
        return Answer(State.UNKNOWN, "no_report")
    if not reading.selections:
        return Answer(State.UNKNOWN, "no_selections")
    if slots is None:
        values: Values = {"selections": len(reading.selections)}
        return Answer(State.UNKNOWN, "no_planogram", Actor.OFFICE, values)
    lines = (audit or audit_prices(reading, slots, decimals)).lines
    differing = [line for line in lines if line.state is PriceState.DIFFERS]
    new = [line for line in lines if line.state is PriceState.UNMAPPED]
    missing = [
        line for line in lines if line.line is None or line.state is PriceState.SELECTION_MISSING
    ]
    matched = len(lines) - len(new) - len(missing)
    counts: Values = {
        "matched": matched,
        "missing": len(missing),
        "new": len(new),
        "prices": len(differing),
    }
    if not reading.complete and missing:
        return Answer(State.UNKNOWN, "partial_file", Actor.DRIVER, counts)
    if not matched and (missing or new):
        return Answer(State.FAILED, "nothing_matches", Actor.OFFICE, counts)
    if missing or new:
        counts["first"] = _first(line.selection for line in [*new, *missing])
        return Answer(State.WARNING, "differs", Actor.OFFICE, counts)
    if differing:
        counts["first"] = _first(line.selection for line in differing)
        return Answer(State.WARNING, "prices_differ", Actor.TECHNICIAN, counts)
    planned = [line for line in lines if line.planned]
    if planned and all(line.state is PriceState.UNKNOWN for line in planned):
        return Answer(State.OK, "no_prices", values=counts)
    return Answer(State.OK, "all_match", values=counts)


def judge(
    *,
    link: Answer,
    transfer: Answer,
    size: int,
    report: Report | None,
    reading: MachineReading | None,
    slots: Sequence[PlanogramSlot] | None = None,
    decimals: int | None = None,
    previous: MachineReading | None = None,
    interval: Interval | None = None,
    audit: PriceAudit | None = None,
    guard: Guard | None = None,
    other: str | None = None,
) -> ReadVerdict:
    """The five answers together. `report` and `reading` are None where `size` bytes hold none.

    `interval` (since `previous`) and `audit` (of `slots`) are worked out where they are not given.
    `guard` is what the identity guard says of the machine that was chosen, `other` the asset
    number of `guard.other`.
    """
    return ReadVerdict(
        link=link,
        transfer=transfer,
        integrity=integrity_answer(report, size),
        mapping=mapping_answer(reading, slots, decimals, audit),
        plausibility=_plausibility(
            plausibility_answer(reading, previous, interval),
            guard_answer(guard, other) if guard is not None and reading is not None else None,
        ),
    )


def _plausibility(meters: Answer, machine: Answer | None) -> Answer:
    """A wrong machine comes first; what else the guard says only where no meters say more."""
    if machine is None or meters.state is State.FAILED:
        return meters
    if machine.state is State.FAILED or meters.code in ("first_read", "no_meters"):
        return machine
    return meters


def _first(names: Iterable[str]) -> str:
    return ", ".join(list(dict.fromkeys(names))[:_NAMED])

"""What a proving re-read shows of a write: each value accepted, ignored, different or not proven.

Pure. A value that the machine tells as it was asked to is accepted; as it was before, ignored;
anything else is different. What the machine does not tell again is not proven.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cvd_desktop.domain.write_records import PlannedChange, WritePlan, WrittenLine
from cvd_desktop.services.machine_values import MachineValues
from cvd_shared.dex.configuration_report import ListPrice
from cvd_shared.dex.machine_clock import machine_time
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.wire_events import WriteResult

CLOCK_SLACK = timedelta(minutes=2)
"""A clock that is so close to the computer's was set: machines show minutes, and time passes."""


@dataclass(frozen=True, slots=True)
class Times:
    """Local times of this computer: when the machine was seen before, and when again."""

    before: datetime
    proof: datetime


def unproven(plan: WritePlan) -> tuple[WrittenLine, ...]:
    """The lines as long as nobody has looked again."""
    return tuple(WrittenLine(change, "unproven") for change in plan.changes)


def prove(plan: WritePlan, after: MachineReading, times: Times) -> tuple[WrittenLine, ...]:
    """The lines that were sent, against what the machine says now."""
    before, now = MachineValues(plan.before), MachineValues(after)
    for_cash = plan.style.price_segment == "PC7"

    def line(change: PlannedChange) -> WrittenLine:
        if change.what == "clock":
            return _clock(change, now, times)
        if change.what == "interval_reset":
            return _reset(change, before, now, lambda values: values.interval_count, counted=True)
        if change.what == "event_reset":
            return _reset(change, before, now, lambda values: values.event_count, counted=False)
        found = _found(change, now, for_cash=for_cash)
        return WrittenLine(change, _result(change, found), found)

    return tuple(map(line, plan.changes))


def _found(change: PlannedChange, now: MachineValues, *, for_cash: bool) -> str | None:
    selection = change.selection or ""
    if change.what == "asset_number":
        return now.reading.identity.asset_number
    if change.what == "name":
        return now.name(selection)
    if change.what == "price":
        price = now.price(selection, for_cash=for_cash)
    else:
        price = now.list_price(ListPrice(selection, change.price_list or 0, change.device))
    return None if price is None else str(price)


def _result(change: PlannedChange, found: str | None) -> WriteResult:
    if found is None:
        return "unproven"
    if found == change.after:
        return "accepted"
    return "ignored" if found == change.before else "different"


def _clock(change: PlannedChange, now: MachineValues, times: Times) -> WrittenLine:
    text = now.reading.machine_clock
    shown = machine_time(text)
    if shown is None:
        return WrittenLine(change, "unproven", text)
    was = machine_time(change.before)
    right = times.proof.replace(tzinfo=None)
    left_alone = was and was.at + (times.proof - times.before)
    if not shown.precise:  # only the day is told
        moved = was is not None and was.at.date() != shown.at.date()
        if shown.at.date() != right.date():
            return WrittenLine(change, "different" if moved else "ignored", text)
        return WrittenLine(change, "accepted" if moved else "unproven", text)
    if abs(shown.at - right) <= CLOCK_SLACK:
        return WrittenLine(change, "accepted", text)
    if left_alone is not None and abs(shown.at - left_alone) <= CLOCK_SLACK:
        return WrittenLine(change, "ignored", text)
    return WrittenLine(change, "different", text)


def _reset(
    change: PlannedChange,
    before: MachineValues,
    now: MachineValues,
    count_of: Callable[[MachineValues], int | None],
    *,
    counted: bool,
) -> WrittenLine:
    """By the counters themselves; where they were at zero, by how often the machine was reset.

    A machine in AUTO mode resets with every DEX read; what counts is that it was reset.
    """
    was, is_now = count_of(before), count_of(now)
    found = None if is_now is None else str(is_now)
    if was and is_now is not None:
        return WrittenLine(change, "accepted" if is_now < was else "ignored", found)
    resets = (before.resets, now.resets) if counted else (None, None)
    if resets[0] is not None and resets[1] is not None and resets[1] > resets[0]:
        return WrittenLine(change, "accepted", found)
    return WrittenLine(change, "unproven", found)

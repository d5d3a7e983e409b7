"""When a machine is due, and by which rule: thresholds of operator, machine type and machine.

Domain: due to fill when any core slot is critical, or enough slots are sold out, or enough of par
is missing, or the last service was long ago; due to collect when enough cash is expected.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from cvd_shared.need import SlotState
from cvd_shared.route_shapes import DueReason
from cvd_shared.wire_records import DueRulesRecord, MachineRecord

_LEVELS = ("operator", "machine_type", "machine")
_DAY = 86_400.0  # seconds


class Threshold(NamedTuple):
    """A figure and whose it is: "operator", "machine_type" or "machine"."""

    value: float
    level: str = "operator"


class Thresholds(NamedTuple):
    """What a machine is judged by; these are what holds where nobody set anything."""

    core_critical: Threshold = Threshold(True)  # 0: a critical core slot makes nothing due
    sold_out_slots: Threshold = Threshold(3)
    depletion_percent: Threshold = Threshold(40)
    days: Threshold = Threshold(14)
    cash: Threshold = Threshold(20_000)  # minor units
    critical_days: Threshold = Threshold(1.0)
    warning_days: Threshold = Threshold(3.0)


def thresholds(rules: Iterable[DueRulesRecord], machine: MachineRecord) -> Thresholds:
    """The thresholds of a machine: the nearest level that says one wins, each for itself."""
    keys = {"operator": "", "machine_type": machine.machine_type, "machine": machine.id}
    own = [rule for rule in rules if rule.key == keys[rule.level]]
    own.sort(key=lambda rule: (_LEVELS.index(rule.level), rule.id))
    found = {
        name: Threshold(value, rule.level)
        for rule in own
        for name in Thresholds._fields
        if (value := getattr(rule, name)) is not None
    }
    return Thresholds(**found)


def due(
    limits: Thresholds,
    slots: Sequence[SlotState],
    *,
    cash_expected: int | None,
    last_service: datetime | None,
    now: datetime,
) -> tuple[DueReason, ...]:
    """Every rule that makes the machine due, fill before collect. What is unknown fires nothing.

    `cash_expected` in minor units; `last_service` is the end of the last visit.
    """
    found = []

    def judge(task: str, rule: str, limit: Threshold, value: float) -> None:
        if value >= limit.value:
            found.append(DueReason(task, rule, limit.level, limit.value, value))

    core = [slot.days_left for slot in slots if slot.core and slot.days_left is not None]
    critical = limits.critical_days
    if limits.core_critical.value and core and min(core) <= critical.value:
        level = limits.core_critical.level
        found.append(DueReason("fill", "core_critical", level, critical.value, min(core)))
    judge("fill", "sold_out_slots", limits.sold_out_slots, sum(each.sold_out for each in slots))
    known = [slot for slot in slots if slot.stock is not None]
    par = sum(slot.par for slot in known)
    if par > 0:
        missing = sum(max(0, slot.par - (slot.stock or 0)) for slot in known)
        judge("fill", "depletion", limits.depletion_percent, 100 * missing / par)
    if last_service is not None:
        days = max(0.0, (now - last_service).total_seconds() / _DAY)
        judge("fill", "days", limits.days, days)
    if cash_expected is not None:
        judge("collect", "cash", limits.cash, cash_expected)
    return tuple(found)

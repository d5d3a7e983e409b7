"""The visits of the sample: what its drivers recorded when they filled and collected."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

from cvd_shared.wire_records import (
    CollectedCash,
    MachineRecord,
    PlanogramSlot,
    SpoiledUnits,
    VisitedSlot,
    VisitRecord,
)

_VISIT_IDS = UUID("3c8b0f0a-77b8-5c1d-8e5e-5a2f4c9d1b20")
_REFUND = 100  # minor units, now and then
_SPOILED_SHARE = 0.02
_COUNTED_SHARE = 0.25  # of the visits without a collect


class Filling(NamedTuple):
    """What a driver did at one slot."""

    slot: PlanogramSlot
    before: int
    filled: int


class CashBox:
    """What lies in box and stacker since the last collect, in minor units."""

    def __init__(self, total: int) -> None:
        """It was emptied when so much had ever come into it."""
        self._now = self._taken = total

    def has(self, total: int) -> None:
        """So much ever came into it; less than before: its counter was restarted."""
        if total < self._taken:
            self._taken = 0
        self._now = total

    def take(self) -> int:
        """Empty it."""
        taken, self._taken = self._now - self._taken, self._now
        return taken


def sample_visit(
    machine: MachineRecord,
    fillings: Sequence[Filling],
    arrived_at: datetime,
    read_id: str,
    random: Random,
    *,
    driver: str,
    refill: int,
    cash: int | None,
    planogram_version: int,
    tubes: int,
    counts: bool,
) -> VisitRecord:
    """The record of one visit; `cash` is what was in the box, None when it was not collected.

    `counts`: this driver counts every slot, because the machine's meters cannot be relied on.
    """
    minutes = 9 + len(fillings) // 8 + random.randrange(6)
    counted = (cash is None and random.random() < _COUNTED_SHARE) or counts
    tasks: list[Literal["fill", "collect", "inventory"]] = ["fill"]
    if cash is not None:
        tasks.append("collect")
    if counted:
        tasks.append("inventory")
    return VisitRecord(
        id=str(uuid5(_VISIT_IDS, f"{machine.id} {arrived_at.isoformat()}")),
        machine_id=machine.id,
        actor_name=driver,
        arrived_at=_wire(arrived_at),
        finished_at=_wire(arrived_at + timedelta(minutes=minutes)),
        seconds=minutes * 60,
        tasks=tuple(tasks),
        read_id=read_id,
        planogram_version=planogram_version,
        lines=tuple(_line(each, counted=counted, random=random) for each in fillings),
        cash=None if cash is None else _cash(machine, arrived_at, cash, refill, tubes, random),
    )


def _wire(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(filling: Filling, *, counted: bool, random: Random) -> VisitedSlot:
    """Spoiled units are replaced at once, so that the slot holds what the machine holds."""
    slot, before, filled = filling
    spoiled = 1 if before and random.random() < _SPOILED_SHARE else 0
    return VisitedSlot(
        slot=slot.label,
        cabinet=slot.cabinet,
        selection=slot.selection,
        product_id=slot.product_id,
        before=before,
        counted=before if counted else None,
        spoiled=(SpoiledUnits(units=spoiled, reason="expired"),) if spoiled else (),
        filled=filled + spoiled,
        after=before + filled,
        price=slot.price,
        par=slot.par,
    )


def _cash(
    machine: MachineRecord, at: datetime, cash: int, refill: int, tubes: int, random: Random
) -> CollectedCash:
    refunds = _REFUND if random.random() < 0.1 else 0
    over = random.choice((-200, -50, 25, 100)) if random.random() < 0.12 else 0
    return CollectedCash(
        bag=f"{random.randrange(10**4):04} {at:%j}{machine.asset_number[-2:]}",
        counted=max(0, cash - refunds + over),
        refunds=refunds,
        changer_refill=refill,
        float_left=tubes,
        currency=machine.currency,
        decimals=machine.decimals,
    )

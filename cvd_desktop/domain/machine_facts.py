"""Everything that the rules of the route need to know of one machine, worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cvd_shared.cash_facts import CashExpected
from cvd_shared.route_shapes import SalesFact, SlotKey, SlotStock, Velocity
from cvd_shared.wire_records import MachineRecord, PlanogramRecord, VisitRecord


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """As of the moment it was asked for: server records with pending events folded over them."""

    machine: MachineRecord
    planogram: PlanogramRecord | None
    stock: Mapping[SlotKey, SlotStock]  # of every slot of the planogram
    velocity: Mapping[str, Velocity]  # by product id; unknown ones are absent
    per_day: Mapping[SlotKey, float]  # the slot's share of it; unknown ones are absent
    sales: tuple[SalesFact, ...]  # oldest first, of the days that velocity looks at
    visits: tuple[VisitRecord, ...]  # newest first, as far back as stock needs them
    last_read_id: str | None
    last_read_at: datetime | None
    machine_prices: Mapping[str, int]  # of the last read, by selection_key
    restarted: frozenset[str]  # selection keys whose meter began anew since the last visit
    cash: CashExpected | None  # since the last collect, by the last read; None: no read
    collected_at: datetime | None
    reads_since_collect: int

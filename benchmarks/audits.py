"""Audits per second on one core: what two reads of a machine say of sales, cash and prices.

One audit is `interval` (deltas of every counter and selection with their classes, ways of paying,
events, traces of other readers), `cash_account` and `audit_prices` of a machine with 48 selections
and some fifty sales between two reads. The two readings are already made: parse is a figure of its
own. The reference is a bare split of the later report's bytes, also per second. Seconds are those
of the processor: one core, whatever else it does.
`python -m benchmarks.audits` tells the parts, and audits with the parse of the later report.
"""

import gc
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cvd_shared.cash import cash_account
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval import interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.price_audit import audit_prices
from cvd_shared.ready_machine import ready_machine
from cvd_shared.wire_records import PlanogramSlot

_MODEL = "snack"
_SALES = 50
_ROUNDS = 40
_CALLS = 20


class _Audit:
    """The reads of one machine, before and after some days, and its planogram."""

    def __init__(self) -> None:
        at = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
        machine = ready_machine(_MODEL, at)
        self.before = _reading(machine.report(at, "CVD0000001"))
        machine.read_finished(at, "CVD0000001")
        machine.fill_up()
        names = list(machine.slots)
        later = at + timedelta(days=3)
        for sale in range(_SALES):
            name = names[sale * 7 % len(names)]
            sell = machine.sell_card if sale % 3 == 0 else machine.sell_cash
            sell(name, later)
        self.raw = machine.report(later, "CVD0000001")
        self.now = _reading(self.raw)
        self.slots = [
            PlanogramSlot(
                label=name,
                selection=name,
                row=1,
                column=place,
                product_id="p",
                capacity=10,
                par=8,
                price=slot.price,
            )
            for place, (name, slot) in enumerate(machine.slots.items(), 1)
        ]
        found = interval(self.before, self.now)
        assert (found.kind, found.units) == (DeltaKind.NORMAL, _SALES)

    def interval(self) -> object:
        return interval(self.before, self.now)

    def prices(self) -> object:
        return audit_prices(self.now, self.slots)

    def whole(self, now: MachineReading | None = None) -> object:
        now = now or self.now
        found = interval(self.before, now)
        return cash_account(found, self.before, now), audit_prices(now, self.slots)

    def with_parse(self) -> object:
        return self.whole(_reading(self.raw))

    def split(self) -> object:
        return [line.split("*") for line in self.raw.decode("latin-1").splitlines()]


def run() -> tuple[float, float]:
    """Per second on one core: (audits, splits); the quicker half of the rounds of each."""
    audit = _Audit()
    ours, bare = _measured([audit.whole, audit.split])
    return ours, bare


def _reading(raw: bytes) -> MachineReading:
    return make_reading(read_dex(raw).reports[0])


def _measured(works: list[Callable[[], object]]) -> list[float]:
    """Calls per second of each, taken in turns: others use this computer too."""
    seconds: list[list[float]] = [[] for _ in works]
    gc.collect()
    for _ in range(_ROUNDS):
        for work, found in zip(works, seconds, strict=True):
            start = time.process_time()
            for _ in range(_CALLS):
                work()
            found.append((time.process_time() - start) / _CALLS)
    return [1 / statistics.median(sorted(found)[: len(found) // 2]) for found in seconds]


def _parts() -> None:
    audit = _Audit()
    works = {
        "interval": audit.interval,
        "price audit": audit.prices,
        "audit": audit.whole,
        "audit with parse": audit.with_parse,
        "bare split": audit.split,
    }
    print(f"{len(audit.now.selections)} selections, {len(audit.raw)} bytes")
    for name, each in zip(works, _measured(list(works.values())), strict=True):
        print(f"{name:<18}{each:>10.0f} /s {1e6 / each:>8.0f} us")


if __name__ == "__main__":
    _parts()

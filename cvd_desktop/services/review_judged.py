"""A visit with what follows from it: its read, the cash that was expected, what proves it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cvd_desktop.domain.review_records import AmendmentReview, CashProof, ProofPart
from cvd_desktop.services.machine_facts import collect_before
from cvd_desktop.services.machine_sales import MachineSales, SeenRead, cash_of, sales_of
from cvd_desktop.services.visit_cash import with_refunds
from cvd_desktop.storage import route_store, snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.cash import over_short
from cvd_shared.cash_facts import BEGAN_ANEW, CashExpected, OverShort
from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey
from cvd_shared.visit_facts import amendments_in_order, effective_cash, slot_of
from cvd_shared.wire_records import (
    CollectedCash,
    LocationRecord,
    MachineRecord,
    PlanogramRecord,
    ReadRecord,
    VisitedSlot,
    VisitRecord,
)

_READS_BEFORE = 2  # one of them may be cut off
_NO_READ_THEN = frozenset({"no_read_at_last_collect"})
_LONGEST_BACK = timedelta(days=400)  # a collect further back proves nothing


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit with what follows from it."""

    visit: VisitRecord
    machine: MachineRecord | None
    location: LocationRecord | None
    planogram: PlanogramRecord | None
    read: ReadRecord | None
    sales: MachineSales | None  # of the reads since the collect before, this one the last
    cash: CollectedCash | None
    expected: CashExpected | None
    over_short: OverShort | None
    collected_before: datetime | None
    read_before: bool  # at that collect

    @property
    def planned(self) -> PlanogramRecord | None:
        """The planogram that the visit went by; None when there is a newer one."""
        plan, version = self.planogram, self.visit.planogram_version
        return plan if plan is not None and version in (None, plan.version) else None

    @property
    def read_tells(self) -> bool:
        """Whether it has a read that is whole: a part of one says nothing of the meters."""
        return self.read is not None and self.read.complete and bool(self.read.selections)

    @property
    def proof(self) -> CashProof:
        if self.cash is None:
            return "no_cash"
        if self.cash.counted is None:
            return "not_counted"
        compared = self.over_short
        if compared is None or compared.amount is None or compared.missing:
            return "not_provable"
        if not self.read_tells:
            return "not_provable"
        return "proven"


def judged(connection: Transaction, visits: Sequence[VisitRecord]) -> list[Judged]:
    machines = route_store.machines(connection, {visit.machine_id for visit in visits})
    places = snapshot_store.records(
        connection,
        LocationRecord,
        {each.location_id for each in machines.values() if each.location_id},
    )
    reads = route_store.records(
        connection, ReadRecord, [visit.read_id for visit in visits if visit.read_id]
    )
    found = []
    for visit in visits:
        machine = machines.get(visit.machine_id)
        place = places.get(machine.location_id or "") if machine else None
        read = reads.get(visit.read_id or "")
        found.append(_judge(connection, visit, machine, place, read))
    return found


def _judge(
    connection: Transaction,
    visit: VisitRecord,
    machine: MachineRecord | None,
    place: LocationRecord | None,
    read: ReadRecord | None,
) -> Judged:
    cash = effective_cash(visit)
    before = collect_before(connection, visit)
    bare = Judged(
        visit=visit,
        machine=machine,
        location=place,
        planogram=route_store.planogram(connection, visit.machine_id),
        read=read,
        sales=None,
        cash=cash,
        expected=None,
        over_short=None,
        collected_before=moment(before.finished_at) if before else None,
        read_before=before is not None and before.read_id is not None,
    )
    if machine is None or read is None:
        return bare
    seen = _reads_until(connection, machine, read, before)
    sales = sales_of(seen)
    if cash is None:
        return replace(bare, sales=sales)
    since = bare.collected_before
    expected, _ = cash_of(seen, sales, before.read_id if before else None, since)
    if expected is None:
        return replace(bare, sales=sales)
    expected = with_refunds(expected, cash.refunds + cash.test_vends)
    compared = over_short(expected, cash.counted)
    return replace(bare, sales=sales, expected=expected, over_short=compared)


def _reads_until(
    connection: Transaction, machine: MachineRecord, read: ReadRecord, before: VisitRecord | None
) -> list[SeenRead]:
    """From the collect before to this read, the oldest first."""
    last = moment(read.at)
    since = moment(before.arrived_at) if before else last - _LONGEST_BACK
    known = route_store.reads_since(connection, machine.id, since, before=_READS_BEFORE)
    seen = [
        SeenRead(each.id, moment(each.at), machine.decimals, record=each)
        for each in known
        if each.selections and moment(each.at) <= last
    ]
    return sorted(seen, key=lambda each: (each.at, each.id))


def parts_of(judged: Judged) -> tuple[ProofPart, ...]:
    if judged.cash is None:
        return ()
    missing = judged.over_short.missing if judged.over_short else ()
    codes = {reason.code for reason in missing}
    known = judged.expected is not None
    return (
        ProofPart(
            "read_at_collect",
            judged.read_tells,
            moment(judged.read.at) if judged.read else None,
        ),
        ProofPart(
            "read_at_last_collect",
            judged.read_before and not codes & _NO_READ_THEN,
            judged.collected_before,
        ),
        ProofPart("bag_counted", judged.cash.counted is not None),
        ProofPart("meters_go_on", known and not codes & (BEGAN_ANEW | _NO_READ_THEN)),
    )


def amendments_of(visit: VisitRecord) -> tuple[AmendmentReview, ...]:
    """What each correction found and left, in the order in which they hold."""
    lines: dict[SlotKey, VisitedSlot] = {slot_of(line): line for line in visit.lines}
    cash = visit.cash
    found = []
    for each in amendments_in_order(visit):
        changed = tuple((lines.get(slot_of(line)), line) for line in each.lines)
        found.append(AmendmentReview(each, changed, cash, each.cash))
        lines.update((slot_of(line), line) for line in each.lines)
        cash = cash if each.cash is None else each.cash
    return tuple(found)

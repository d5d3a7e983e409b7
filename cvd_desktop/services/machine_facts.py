"""Works out what the rules of the route need to know of machines: stock, velocity, cash, reads.

Server records with the events of this laptop folded over them. What was worked out is kept while
nothing changes that it rests on: a day asks for the same sixty machines again and again.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.projection import PendingEvent, project
from cvd_desktop.services.machine_sales import (
    MachineSales,
    SeenRead,
    cash_of,
    sales_of,
    usable_reads,
)
from cvd_desktop.services.parsed_read import parse, unless_broken
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, route_store
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.moments import moment
from cvd_shared.route_shapes import SalesFact, SlotKey, SlotStock
from cvd_shared.selection_names import selection_key
from cvd_shared.stock_ledger import machine_stock
from cvd_shared.velocity import per_slot, velocities
from cvd_shared.visit_facts import effective_cash, effective_lines, products_since
from cvd_shared.wire_events import VisitAmended, VisitFinished
from cvd_shared.wire_records import MachineRecord, PlanogramSlot, VisitRecord

VELOCITY_DAYS = 28
_KEPT_FOR = timedelta(hours=4)
_VISITS = 3  # mostly these say what every slot holds
_MOST_VISITS = 24
_COLLECTS_BACK = 30  # visits
_READS_BEFORE = 2  # one of them may be cut off
_PARSED = 500  # readings of this laptop that are kept

VISIT_EVENTS = (VisitFinished.TYPE, VisitAmended.TYPE)


class _Entry(NamedTuple):
    """Facts of a machine, when they were worked out, and what they rest on since a moment."""

    facts: MachineFacts
    at: datetime
    since: datetime
    basis: Hashable


@dataclass(slots=True)
class _Kept:
    """What was worked out of one database, as it was at the mark."""

    mark: route_store.Mark | None = None
    entries: dict[str, _Entry] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()  # machines that are not here
    parsed: dict[str, MachineReading | None] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)


_kept: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


def machine_facts(wp: Workplace, machine_ids: Collection[str]) -> dict[str, MachineFacts]:
    """By machine id; those that are not on this laptop are left out."""
    with wp.database.read() as connection:
        return facts_of(wp, connection, machine_ids)


def facts_of(
    wp: Workplace, connection: Transaction, machine_ids: Collection[str]
) -> dict[str, MachineFacts]:
    """The same inside a transaction of the caller, who asks before anything is written in it."""
    kept = _kept.setdefault(wp.database, _Kept())
    now = wp.clock()
    with kept.lock:
        mark = route_store.mark(connection)
        entries = {key: each for key, each in kept.entries.items() if _of_now(each.at, now)}
        if mark != kept.mark:
            kept.unknown = frozenset()
        missing = set(machine_ids) - entries.keys() - kept.unknown
        if mark != kept.mark or missing:
            events = _pending(connection)
            if mark != kept.mark:
                entries = {
                    key: each
                    for key, each in entries.items()
                    if _basis(connection, key, each.since, events) == each.basis
                }
            missing = set(machine_ids) - entries.keys()
            machines = route_store.machines(connection, missing) if missing else {}
            kept.unknown |= missing - machines.keys()
            while len(kept.parsed) > _PARSED:
                del kept.parsed[next(iter(kept.parsed))]
            for machine_id, machine in machines.items():
                own = events.get(machine_id, ())
                facts, since = _facts(connection, machine, own, now, kept.parsed)
                basis = _basis(connection, machine_id, since, events)
                entries[machine_id] = _Entry(facts, now, since, basis)
        kept.mark, kept.entries = mark, entries
        return {each: entries[each].facts for each in machine_ids if each in entries}


def _of_now(at: datetime, now: datetime) -> bool:
    """Velocity and days move with time, slowly."""
    return abs(now - at) < _KEPT_FOR and now.astimezone().date() == at.astimezone().date()


def _basis(
    connection: Transaction,
    machine_id: str,
    since: datetime,
    events: Mapping[str, Sequence[PendingEvent]],
) -> Hashable:
    """The same as long as the facts of the machine are."""
    waiting = tuple(each.op_id for each in events.get(machine_id, ()))
    return route_store.basis_of(connection, machine_id, since), waiting


def _pending(connection: Transaction) -> dict[str, list[PendingEvent]]:
    """Machine id -> the events of its visits that the server's records lack."""
    found: dict[str, list[PendingEvent]] = {}
    whose: dict[str, str] = {}  # visit id -> machine id
    for event in outbox_store.pending(connection, VISIT_EVENTS):
        visit_id = str(event.payload.get("visit_id"))
        machine_id = event.payload.get("machine_id")
        if isinstance(machine_id, str):
            whose[visit_id] = machine_id
        elif visit_id not in whose:  # the amendment of a visit that the server has
            known = route_store.records(connection, VisitRecord, (visit_id,))
            whose.update((each.id, each.machine_id) for each in known.values())
        found.setdefault(whose.get(visit_id, ""), []).append(event)
    return found


def _facts(
    connection: Transaction,
    machine: MachineRecord,
    events: Sequence[PendingEvent],
    now: datetime,
    parsed: dict[str, MachineReading | None],
) -> tuple[MachineFacts, datetime]:
    """And since when anything new would change them."""
    planogram = route_store.planogram(connection, machine.id)
    slots = planogram.slots if planogram else ()
    for most in (_VISITS, _MOST_VISITS):
        stored = route_store.visits(connection, machine.id, limit=most)
        folded = _folded(stored, events)
        visits = folded[:most]
        collect = _collect(connection, machine.id, folded, events)
        since = _look_back(slots, visits, collect, now)
        reads = _reads(connection, machine, since, parsed)
        sales = sales_of(reads)
        if len(visits) < most or _tells_all(slots, visits, sales):
            break
    stock: Mapping[SlotKey, SlotStock] = unless_broken(
        lambda: machine_stock(slots, visits, _since_oldest(visits, sales, reads), now), otherwise={}
    )
    held = _held(slots, stock)
    swaps = _folded(route_store.visits_with_swap(connection, machine.id, _earliest(now)), events)
    came = products_since((*visits, *swaps))
    velocity = velocities(held, sales.facts, now, VELOCITY_DAYS, came)
    collected_at = moment(collect.finished_at) if collect else None
    cash, reads_since = cash_of(reads, sales, collect.read_id if collect else None, collected_at)
    last_visit = moment(visits[0].finished_at) if visits else None
    newest = next(iter(reversed(usable_reads(reads))), None)
    arrivals = [moment(each.arrived_at) for each in visits]
    return MachineFacts(
        machine=machine,
        planogram=planogram,
        stock=stock,
        velocity=velocity,
        per_day=per_slot(held, velocity),
        sales=sales.facts,
        visits=tuple(visits),
        last_read_id=newest.id if newest else None,
        last_read_at=newest.at if newest else None,
        machine_prices=_prices(connection, newest.id, parsed) if newest else {},
        restarted=frozenset(
            key for at, key in sales.restarts if last_visit is None or at > last_visit
        ),
        cash=cash,
        collected_at=collected_at,
        reads_since_collect=reads_since,
    ), min((since, *arrivals))


def _held(
    slots: Iterable[PlanogramSlot], stock: Mapping[SlotKey, SlotStock]
) -> list[PlanogramSlot]:
    """The slots with what is in them, where that is not what is planned."""
    found = []
    for slot in slots:
        known = stock.get(SlotKey(slot.cabinet, slot.label))
        if known is not None and known.product_id != slot.product_id:
            slot = slot.model_copy(update={"product_id": known.product_id})
        found.append(slot)
    return found


# --- visits ---------------------------------------------------------------------------------------


def _tells_all(
    slots: Iterable[PlanogramSlot], visits: Sequence[VisitRecord], sales: MachineSales
) -> bool:
    """Whether these visits are enough for the stock: they say what was in every slot, each has its
    read, and between the reads nothing is in doubt. Else older ones may say more."""
    if not sales.plain or not all(each.whole for each in sales.facts):
        return False
    if sales.facts and any(each.read_id is None for each in visits):
        return False  # the next read spans it, so what was before it counts
    return {SlotKey(slot.cabinet, slot.label) for slot in slots} <= _known_since(visits).keys()


def _since_oldest(
    visits: Sequence[VisitRecord], sales: MachineSales, reads: Sequence[SeenRead]
) -> list[SalesFact]:
    """The sales that the ledger of these visits needs. The first read of a machine says none: what
    was sold between an older visit and it, nobody knows."""
    if not visits:
        return list(sales.facts)
    first = next(iter(usable_reads(reads)), None)
    told = list(sales.facts)
    if first is not None:
        told.insert(0, SalesFact(first.id, first.at, first.at, {}, whole=False))
    oldest = visits[-1]
    arrived = moment(oldest.arrived_at)
    return [each for each in told if each.at > arrived and each.read_id != oldest.read_id]


def _folded(stored: Iterable[VisitRecord], events: Iterable[PendingEvent]) -> list[VisitRecord]:
    view = project(stored, events).values()
    visits = [each for each in view if isinstance(each, VisitRecord)]
    return sorted(visits, key=lambda each: (each.finished_at, each.id), reverse=True)


def _known_since(visits: Iterable[VisitRecord]) -> dict[SlotKey, datetime]:
    """Slot -> arrival of the newest visit after which a person knew what it held."""
    found: dict[SlotKey, datetime] = {}
    for visit in visits:
        for key, line in effective_lines(visit).items():
            if line.after is not None and key not in found:
                found[key] = moment(visit.arrived_at)
    return found


def _collect(
    connection: Transaction,
    machine_id: str,
    visits: Sequence[VisitRecord],
    events: Sequence[PendingEvent],
) -> VisitRecord | None:
    """The newest visit that took the cash."""
    found = next((each for each in visits if effective_cash(each) is not None), None)
    if found is None and len(visits) >= _VISITS:
        older = route_store.newest_collect(connection, machine_id, limit=_COLLECTS_BACK)
        found = next(
            (
                each
                for each in _folded([older] if older else [], events)
                if effective_cash(each) is not None
            ),
            None,
        )
    return found


def collect_before(connection: Transaction, visit: VisitRecord) -> VisitRecord | None:
    """The newest visit before this one that took the cash of the machine."""
    stored = route_store.newest_collect(
        connection, visit.machine_id, limit=_COLLECTS_BACK, until=visit.finished_at
    )
    known = _folded([stored] if stored else [], _pending(connection).get(visit.machine_id, ()))
    ended = moment(visit.finished_at)
    return next(
        (
            each
            for each in known
            if each.id != visit.id
            and moment(each.finished_at) <= ended
            and effective_cash(each) is not None
        ),
        None,
    )


def _earliest(now: datetime) -> datetime:
    """From when on the sales are that velocity looks at."""
    return now - timedelta(days=VELOCITY_DAYS)


def _look_back(
    slots: Iterable[PlanogramSlot],
    visits: Sequence[VisitRecord],
    collect: VisitRecord | None,
    now: datetime,
) -> datetime:
    """From when on the reads are needed."""
    moments = [_earliest(now)]
    here = {SlotKey(slot.cabinet, slot.label) for slot in slots}
    moments += [at for key, at in _known_since(visits).items() if key in here]
    if collect is not None:
        moments.append(moment(collect.arrived_at))
    return min(moments)


# --- reads ----------------------------------------------------------------------------------------


def _reads(
    connection: Transaction,
    machine: MachineRecord,
    since: datetime,
    parsed: dict[str, MachineReading | None],
) -> list[SeenRead]:
    """Of this laptop and of the server as one history, oldest first, each read once."""
    theirs = route_store.reads_since(connection, machine.id, since, before=_READS_BEFORE)
    seen = {
        each.id: SeenRead(each.id, moment(each.at), machine.decimals, record=each)
        for each in theirs
        if each.selections
    }
    ours = route_store.local_reads(connection, machine.id, since, before=_READS_BEFORE)
    alone = [each for each in ours if each.id not in seen]
    readings = _parsed(connection, [each.id for each in alone], parsed)
    for each in alone:
        seen[each.id] = SeenRead(each.id, each.at, machine.decimals, parsed=readings[each.id])
    return sorted(seen.values(), key=lambda each: (each.at, each.id))


def _parsed(
    connection: Transaction, read_ids: Collection[str], parsed: dict[str, MachineReading | None]
) -> dict[str, MachineReading | None]:
    """Readings of this laptop; bytes never change, so each is parsed once."""
    raws = route_store.raw_reads(connection, [each for each in read_ids if each not in parsed])
    parsed.update((read_id, parse(raw).reading) for read_id, raw in raws.items())
    return {read_id: parsed.get(read_id) for read_id in read_ids}


def _prices(
    connection: Transaction, read_id: str, parsed: dict[str, MachineReading | None]
) -> dict[str, int]:
    """What the machine asks, by selection key, where the bytes of the read are here."""
    reading = _parsed(connection, (read_id,), parsed)[read_id]
    if reading is None:
        return {}
    return {
        selection_key(each.selection): each.price
        for each in reading.selections
        if each.price is not None and each.present
    }

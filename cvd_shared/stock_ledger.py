"""What the slots of a machine hold, worked out from visits and from the sales of reads.

Stock = last count or last known stock + fills - removals - spoilage - sales. A read that was taken
at a visit comes before the work of the visit. A visit without a read moves no baseline: the sales
of the next good read span it. For a slot that was counted there they are divided: what the count
found missing was sold before it, and the rest after it, as units do not come or go by themselves.
Where that cannot be (more is missing than was sold, more was found than was there, nobody knew
what was there), the figure is a best one and SlotStock.doubt says so.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from cvd_shared.moments import LONG_AGO, moment
from cvd_shared.route_shapes import SalesFact, SlotKey, SlotStock
from cvd_shared.sales_spans import untangled
from cvd_shared.selection_names import selection_key
from cvd_shared.slot_account import LineEntry, SlotAccount
from cvd_shared.unit_shares import shares
from cvd_shared.visit_facts import amendments_in_order, effective_lines, is_swap, slot_of
from cvd_shared.wire_records import PlanogramSlot, VisitRecord

DOUBTS = (
    "never_counted",  # nobody ever said what is in it
    "below_zero",  # more was sold or taken out than was in it
    "above_capacity",  # more was put in than fits
    "meter_unknown",  # there are sales that no read tells
    "visit_without_read",  # it was filled, and what was sold before is not read yet
    "count_without_read",  # counted between two reads that do not tell before from after
    "shared_selection",  # it shares its sales with other slots, in proportion
    "clock_ahead",  # it rests on a moment that is still to come
)
"""Every code of SlotStock.doubt, the gravest first."""

_WANT_COUNT = frozenset(DOUBTS[:4])
_CLOCK_SLACK = timedelta(days=1)
_key = lru_cache(20_000)(selection_key)  # the same few names in every line


def machine_stock(
    slots: Sequence[PlanogramSlot],
    visits: Sequence[VisitRecord],
    sales: Sequence[SalesFact],
    now: datetime,
) -> dict[SlotKey, SlotStock]:
    """The stock of every slot of a machine; `visits` and `sales` are its own, in any order.

    Older visits and sales may be left out, best at the same visit: what the oldest line of a slot
    says it held before is taken where nothing else is known. A fact that knows a selection has it
    in `units`, also when nothing was sold of it.
    """
    facts = untangled(sales)
    entries = _since_sales(_entries(visits, sales), facts)
    accounts = _accounts(slots, entries)
    members = _members(accounts.values(), LONG_AGO)
    moved = any(account.selections for account in accounts.values())
    seen = 0
    told_to: datetime | None = None
    for fact in facts:
        while seen < len(entries) and entries[seen].place < fact.at:
            accounts[entries[seen].key].visited(entries[seen])
            seen += 1
        _sold(_members(accounts.values(), fact.at) if moved else members, fact)
        if told_to is not None and fact.since < told_to:
            _overlaps(accounts.values())
        told_to = fact.at
    for entry in entries[seen:]:
        accounts[entry.key].visited(entry)
    return {
        key: _stock(account, account.planned, now)
        for key, account in accounts.items()
        if account.planned is not None
    }


def _entries(visits: Iterable[VisitRecord], sales: Iterable[SalesFact]) -> list[LineEntry]:
    """Every line that holds, in the order of the ledger."""
    read_at = {fact.read_id: fact.at for fact in sales}
    begins = sorted({fact.since for fact in sales})
    placed = [
        (
            _place(visit, read_at, begins),
            moment(visit.finished_at),
            moment(visit.arrived_at),
            visit.id,
            visit,
        )
        for visit in {visit.id: visit for visit in visits}.values()
    ]
    entries = []
    for place, finished, _, _, visit in sorted(placed, key=lambda each: each[:-1]):
        lines = effective_lines(visit)
        first, by = {}, {}
        if visit.amendments:
            first = {slot_of(line): line for line in visit.lines}
            by = {slot_of(line): each for each in amendments_in_order(visit) for line in each.lines}
        entries += [
            LineEntry(
                place,
                finished,
                key,
                visit,
                line,
                first.get(key) if key in by else None,
                by.get(key),
            )
            for key, line in lines.items()
        ]
    return entries


def _since_sales(entries: list[LineEntry], facts: Sequence[SalesFact]) -> list[LineEntry]:
    """Without the lines before the sales begin, where older reads are there and were not given.

    Their sales are missing here, but not to the person who saw a later line's `before`. Where the
    machine just was not read by then, the lines stay, and what is not known is a doubt.
    """
    begin = min((fact.since for fact in facts), default=None)
    if begin is None:
        return entries
    told = {fact.read_id for fact in facts}
    older = (each for each in entries if each.place < begin)
    if not any(each.visit.read_id is not None and each.visit.read_id not in told for each in older):
        return entries
    known_later = {
        each.key
        for each in entries
        if each.place >= begin
        and (each.line.counted is not None or each.line.before is not None or is_swap(each.line))
    }
    return [each for each in entries if each.place >= begin or each.key not in known_later]


def _place(
    visit: VisitRecord, read_at: Mapping[str, datetime], begins: Sequence[datetime]
) -> datetime:
    """When the meters stood as they did at the visit: at its read, else when it ended.

    Nobody buys while the door is open. The first read of a machine says no sales: it is found by
    the sales of the next one, which begin at it.
    """
    finished = moment(visit.finished_at)
    if visit.read_id is None:
        return finished
    if visit.read_id in read_at:
        return read_at[visit.read_id]
    arrived = moment(visit.arrived_at)
    begin = bisect_right(begins, max(arrived, finished)) - 1
    within = begin >= 0 and begins[begin] >= min(arrived, finished)
    return begins[begin] if within else finished


def _accounts(
    slots: Iterable[PlanogramSlot], entries: Iterable[LineEntry]
) -> dict[SlotKey, SlotAccount]:
    """One for each slot of the planogram, and for those that lines name and that left it."""
    accounts = {
        key: SlotAccount(key, slot, product_id=slot.product_id)
        for slot in slots
        if (key := SlotKey(slot.cabinet, slot.label))
    }
    planned = {
        key: _key(account.planned.selection) for key, account in accounts.items() if account.planned
    }
    for entry in entries:
        selection = _key(entry.line.selection)
        account = accounts.get(entry.key)
        if account is None:
            account = accounts[entry.key] = SlotAccount(entry.key, None)
        if selection:
            account.selections.append((entry.place, selection))
    for key, selection in planned.items():
        account = accounts[key]
        if all(each == selection for _, each in account.selections):
            account.selections.clear()
    return accounts


def _selection(account: SlotAccount, at: datetime) -> str | None:
    """The selection that a slot belonged to: as the next line of a person says, else as planned.

    A slot that left the planogram was there until its last line.
    """
    for until, selection in account.selections:
        if until >= at:
            return selection
    return None if account.planned is None else _key(account.planned.selection)


def _members(accounts: Iterable[SlotAccount], at: datetime) -> dict[str, list[SlotAccount]]:
    """The slots of each selection at that time."""
    found: dict[str, list[SlotAccount]] = {}
    for account in accounts:
        selection = _selection(account, at)
        if selection is not None:
            found.setdefault(selection, []).append(account)
    return found


def _sold(members: Mapping[str, list[SlotAccount]], fact: SalesFact) -> None:
    since = min(fact.since, fact.at)
    for selection, own in members.items():
        units = fact.units.get(selection)
        if units is None or units < 0:
            for account in own:
                account.not_told(fact.at)
        elif len(own) == 1 and not own[0].anchors:
            own[0].sell(units, since, fact.at, fact.read_id, own=True)
        else:
            _share(own, units, fact, since)


def _overlaps(accounts: Iterable[SlotAccount]) -> None:
    """Two reads that each tell a part of what the other tells: which part is not known."""
    for account in accounts:
        if account.stock is not None:
            account.doubts.add("meter_unknown")


def _share(members: list[SlotAccount], units: int, fact: SalesFact, since: datetime) -> None:
    """The sales of a selection: what counts found missing, the rest in proportion to the stock."""
    claims = [account.claim(since) for account in members]
    granted = claims if sum(claims) <= units else shares(units, claims)
    for account, claim, given in zip(members, claims, granted, strict=True):
        if units and (given < claim or account.contradicts(since)):
            account.doubts.add("count_without_read")
    left = units - sum(granted)
    weights = [account.weight for account in members]
    all_gone = left == sum(weights) and all(account.stock is not None for account in members)
    guessed = left > 0 and sum(weight > 0 for weight in weights) > 1 and not all_gone
    for account, part in zip(members, shares(left, weights), strict=True):
        if guessed and account.weight:
            account.doubts.add("shared_selection")
        account.sell(part, since, fact.at, fact.read_id, own=not guessed)


def _stock(account: SlotAccount, slot: PlanogramSlot, now: datetime) -> SlotStock:
    doubt = _doubt(account, slot, now)
    known = account.stock is not None
    units = None if account.stock is None else max(0, account.stock)
    return SlotStock(
        key=account.key,
        product_id=account.product_id,
        units=units,
        sure=not doubt,
        doubt=doubt,
        recount=doubt in _WANT_COUNT,
        known_at=account.known_at if known else None,
        known_units=account.known_units,
        source="C" if account.sold else account.source,
        sold_since=account.sold,
        confirmed_price=account.price,
        expiry=account.expiry if units != 0 else None,
        rows=tuple(account.rows),
    )


def _doubt(account: SlotAccount, slot: PlanogramSlot, now: datetime) -> str:
    """The gravest doubt; none of a slot that holds nothing on purpose."""
    doubts = set(account.doubts)
    until, line = account.until, account.line_place
    if account.stock is None:
        return "never_counted" if account.product_id is not None else ""
    if line is not None and (until is None or until < line):
        doubts.add("visit_without_read")
    elif account.stock > slot.capacity:
        doubts.add("above_capacity")
    if account.stock < 0:
        doubts.add("below_zero")
    if max(row.at for row in account.rows) > now + _CLOCK_SLACK:
        doubts.add("clock_ahead")
    return min(doubts, key=DOUBTS.index, default="")

"""The fill sheet of a machine: what is known of its slots, and what was done or recorded there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from cvd_desktop.domain.fill_cell import gone_facts, in_door_order
from cvd_desktop.domain.fill_sheet import CellEdit, FillSheet, PendingChange, SlotFacts
from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.visit_records import VisitDraft
from cvd_desktop.storage import product_store, route_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.moments import moment
from cvd_shared.need import days_left
from cvd_shared.route_shapes import SlotKey, SlotStock
from cvd_shared.selection_names import selection_key
from cvd_shared.visit_facts import effective_lines, is_swap
from cvd_shared.wire_records import PlanogramSlot, ProductRecord, VisitedSlot, VisitRecord

SOON = timedelta(days=7)
"""What expires before that is told: the next visit may be too late."""
_VISITS = 12  # that are looked through for what a slot held


def slot_facts(
    connection: Transaction,
    facts: MachineFacts | None,
    now: datetime,
    allotted: Mapping[SlotKey, int] | None = None,
) -> tuple[SlotFacts, ...]:
    """In the order of the door. `allotted`: units that were brought where the load was short."""
    if facts is None or facts.planogram is None:
        return ()
    # A label is there once: of a second one nobody could say which of them was filled.
    slots = {SlotKey(slot.cabinet, slot.label): slot for slot in facts.planogram.slots[::-1]}
    ids = {slot.product_id for slot in slots.values() if slot.product_id}
    ids |= {stock.product_id for stock in facts.stock.values() if stock.product_id}
    products = route_store.records(connection, ProductRecord, ids)
    pictures = product_store.with_picture(connection, ids)
    today = now.astimezone().date()
    confirmed = _confirmed_since_the_read(facts)
    return tuple(
        _slot(facts, slot, products, pictures, today, allotted or {}, confirmed)
        for slot in sorted(slots.values(), key=lambda each: (each.cabinet, each.row, each.column))
    )


def _slot(
    facts: MachineFacts,
    slot: PlanogramSlot,
    products: Mapping[str, ProductRecord],
    pictures: set[str],
    today: date,
    allotted: Mapping[SlotKey, int],
    confirmed: Mapping[SlotKey, int],
) -> SlotFacts:
    key, selection = SlotKey(slot.cabinet, slot.label), selection_key(slot.selection)
    stock = facts.stock.get(key)
    product_id = stock.product_id if stock is not None else slot.product_id
    units = stock.units if stock is not None else None
    per_day = facts.per_day.get(key)
    machine_price = facts.machine_prices.get(selection)
    expiry = stock.expiry if stock is not None else None
    return SlotFacts(
        key=key,
        row=slot.row,
        column=slot.column,
        selection=slot.selection,
        product_id=product_id,
        product_name=_name(products, product_id),
        capacity=slot.capacity,
        par=slot.par,
        price=slot.price,
        stock=units,
        sure=stock.sure if stock is not None else False,
        doubt=stock.doubt if stock is not None else "never_counted",
        recount=stock.recount if stock is not None else False,
        source=stock.source if stock is not None else "C",
        known_at=stock.known_at if stock is not None else None,
        known_units=stock.known_units if stock is not None else None,
        sold_since=stock.sold_since if stock is not None else 0,
        per_day=per_day,
        days_left=days_left(units, per_day),
        machine_price=machine_price,
        price_differs=machine_price is not None and confirmed.get(key, machine_price) != slot.price,
        meter_restarted=selection in facts.restarted,
        allotted=allotted.get(key),
        change=_change(slot, stock, product_id, products),
        expiry=expiry,
        expires_soon=_is_soon(expiry, today),
        rows=stock.rows if stock is not None else (),
        picture=product_id if product_id in pictures else "",
        sold_told=_tells_sales(facts, stock),
    )


def _tells_sales(facts: MachineFacts, stock: SlotStock | None) -> bool:
    """Whether reads tell all that was sold since the slot was counted or filled."""
    if stock is None or stock.known_at is None or not facts.sales:
        return False
    return facts.sales[-1].at > stock.known_at and stock.doubt != "meter_unknown"


def _confirmed_since_the_read(facts: MachineFacts) -> dict[SlotKey, int]:
    """Prices that a person confirmed after the last read: what it says of them is old."""
    found: dict[SlotKey, int] = {}
    for visit in reversed(facts.visits):
        if facts.last_read_at is None or moment(visit.finished_at) >= facts.last_read_at:
            lines = effective_lines(visit).items()
            found.update((key, line.price) for key, line in lines if line.price is not None)
    return found


def _change(
    slot: PlanogramSlot,
    stock: SlotStock | None,
    product_id: str | None,
    products: Mapping[str, ProductRecord],
) -> PendingChange | None:
    """What is planned and not confirmed at the slot yet."""
    new_product = slot.product_id if slot.product_id not in (None, product_id) else None
    confirmed = stock.confirmed_price if stock is not None else None
    new_price = slot.price if confirmed is not None and confirmed != slot.price else None
    if new_product is None and new_price is None:
        return None
    return PendingChange(
        new_product,
        _name(products, new_product) if new_product else "",
        slot.price if new_product else new_price,
    )


def _name(products: Mapping[str, ProductRecord], product_id: str | None) -> str:
    """A product that is not in the catalogue (any more) is called by its id."""
    product = products.get(product_id or "")
    return product.name if product is not None else product_id or ""


def _is_soon(expiry: str | None, today: date) -> bool:
    try:
        return expiry is not None and date.fromisoformat(expiry) <= today + SOON
    except ValueError:
        return False


def gone_slots(
    connection: Transaction, draft: VisitDraft, slots: Iterable[SlotFacts]
) -> tuple[SlotFacts, ...]:
    """Where something was done at a slot that the office took away meanwhile: it holds what was
    last recorded there, so that no unit of it gets lost."""
    here = {facts.key for facts in slots}
    gone = {key: edit for key, edit in draft.edits.items() if key not in here}
    if not gone:
        return ()
    lines: dict[SlotKey, VisitedSlot] = {}
    for visit in reversed(route_store.visits(connection, draft.machine_id, limit=_VISITS)):
        lines |= effective_lines(visit)
    found = {key: lines[key].product_id if key in lines else None for key in gone}
    products = route_store.records(
        connection, ProductRecord, {each for each in found.values() if each}
    )
    return tuple(
        replace(
            gone_facts(key, edit), product_id=found[key], product_name=_name(products, found[key])
        )
        for key, edit in gone.items()
    )


# --- of a finished visit --------------------------------------------------------------------------


def recorded_sheet(
    connection: Transaction, slots: Iterable[SlotFacts], visit: VisitRecord
) -> FillSheet:
    """What the visit says, with its amendments: as it found each slot, and what was done. Also
    at slots that the office took away since."""
    lines = effective_lines(visit)
    told = (each for line in lines.values() for each in (line.product_id, line.was_product_id))
    products = route_store.records(connection, ProductRecord, {each for each in told if each})
    shown = [
        _as_found(facts, lines[facts.key], products)
        if facts.key in lines
        else replace(facts, change=None, allotted=None)
        for facts in slots
    ]
    edits = {key: _edit_of(line, products) for key, line in lines.items()}
    here = {facts.key for facts in shown}
    shown += [
        _as_found(_gone(key, line, edits[key]), line, products)
        for key, line in lines.items()
        if key not in here
    ]
    return FillSheet(in_door_order(shown), edits)


def _gone(key: SlotKey, line: VisitedSlot, edit: CellEdit) -> SlotFacts:
    """It held as much as is known of it."""
    known = (line.par, line.before, line.counted, line.after, line.filled)
    return replace(gone_facts(key, edit), capacity=max(units or 0 for units in known))


def _as_found(
    facts: SlotFacts, line: VisitedSlot, products: Mapping[str, ProductRecord]
) -> SlotFacts:
    found = line.was_product_id if is_swap(line) else line.product_id
    return replace(
        facts,
        product_id=found,
        product_name=_name(products, found),
        selection=line.selection or facts.selection,
        par=facts.par if line.par is None else line.par,
        stock=line.before,
        source=line.before_source,
        sure=line.before is not None,
        doubt="",
        recount=False,
        known_at=None,
        known_units=None,
        sold_since=0,
        rows=(),
        price_differs=False,
        allotted=None,
        change=None,
        expiry=None,
        expires_soon=False,
        picture=facts.picture if found == facts.product_id else "",
    )


def _edit_of(line: VisitedSlot, products: Mapping[str, ProductRecord]) -> CellEdit:
    swapped = is_swap(line)
    known = line.before is not None or line.counted is not None
    return CellEdit(
        filled=line.filled,
        counted=line.counted,
        removed=0 if swapped and known else line.removed,
        spoiled=tuple((each.units, each.reason) for each in line.spoiled),
        swapped_to=line.product_id if swapped else None,
        swapped_name=_name(products, line.product_id) if swapped else "",
        price=line.price,
        expiry=line.expiry,
    )

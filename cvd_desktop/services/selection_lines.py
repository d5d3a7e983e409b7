"""The selections of a read beside their planogram slots and the meters of the read before."""

from cvd_desktop.domain.records import SelectionLine
from cvd_desktop.services.read_context import ReadContext
from cvd_shared.dex.machine_reading import Selection
from cvd_shared.wire_records import PlanogramSlot


def selection_lines(context: ReadContext) -> tuple[SelectionLine, ...]:
    """In the order of the report, then the planned selections that the report does not have."""
    planned: dict[str, list[PlanogramSlot]] = {}
    for slot in context.planogram.slots if context.planogram else ():
        planned.setdefault(slot.selection.strip(), []).append(slot)
    reading = context.parsed.reading
    lines = [
        _line(each, planned.pop(each.selection.strip(), []), context)
        for each in (reading.selections if reading else ())
    ]
    lines.extend(_missing(name, slots, context) for name, slots in planned.items())
    return tuple(lines)


def _line(each: Selection, slots: list[PlanogramSlot], context: ReadContext) -> SelectionLine:
    meters = context.earlier.meters if context.earlier else {}
    sold_before, value_before = meters.get(each.selection, (None, None))
    sold_now, value_now = each.meters.sold_since_init, each.meters.value_since_init
    return SelectionLine(
        selection=each.selection,
        slot=_labels(slots),
        product=_product(slots, context) or each.product,
        price=each.price,
        planned_price=slots[0].price if slots else None,
        sold_before=sold_before,
        sold_now=sold_now,
        sold=_since(sold_before, sold_now),
        value=_since(value_before, value_now),
    )


def _missing(name: str, slots: list[PlanogramSlot], context: ReadContext) -> SelectionLine:
    meters = context.earlier.meters if context.earlier else {}
    return SelectionLine(
        selection=name,
        slot=_labels(slots),
        product=_product(slots, context),
        price=None,
        planned_price=slots[0].price,
        sold_before=meters.get(name, (None, None))[0],
        sold_now=None,
        sold=None,
        value=None,
    )


def _labels(slots: list[PlanogramSlot]) -> str | None:
    """Several slots may share a selection: "A1, A2"."""
    return ", ".join(slot.label for slot in slots) or None


def _product(slots: list[PlanogramSlot], context: ReadContext) -> str | None:
    names = [
        context.products[slot.product_id].name
        for slot in slots
        if slot.product_id in context.products
    ]
    return ", ".join(dict.fromkeys(names)) or None


def _since(before: int | None, now: int | None) -> int | None:
    """None when it is not known: a meter that went back was restarted or is another machine's."""
    if before is None or now is None or now < before:
        return None
    return now - before

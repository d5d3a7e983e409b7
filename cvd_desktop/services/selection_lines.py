"""The selections of a read beside their planogram slots and the meters of the read before."""

from cvd_desktop.domain.records import SelectionLine
from cvd_desktop.services.read_context import ReadContext
from cvd_shared.dex.machine_reading import Selection
from cvd_shared.dex.meters import delta
from cvd_shared.selection_names import Names
from cvd_shared.wire_records import PlanogramSlot


def selection_lines(context: ReadContext) -> tuple[SelectionLine, ...]:
    """In the order of the report, then the planned selections that the report does not have."""
    reading = context.parsed.reading
    selections = reading.selections if reading else ()
    names = Names(each.selection for each in selections)
    planned: dict[str | None, list[PlanogramSlot]] = {}
    for slot in context.planogram.slots if context.planogram else ():
        planned.setdefault(names.find(slot.selection), []).append(slot)
    earlier = context.earlier.selections if context.earlier else {}
    before = Names(earlier)

    def line(name: str, found: Selection | None, slots: list[PlanogramSlot]) -> SelectionLine:
        key = before.find(name)
        sold_before, value_before = earlier[key] if key is not None else (None, None)
        sold_now = found.meters.sold_since_init if found else None
        value_now = found.meters.value_since_init if found else None
        return SelectionLine(
            selection=name,
            # Several slots may share a selection: "A1, A2".
            slot=", ".join(slot.label for slot in slots) or None,
            product=_product(slots, context) or (found.product if found else None),
            price=found.price if found else None,
            planned_price=slots[0].price if slots else None,
            sold_before=sold_before,
            sold_now=sold_now,
            sold=delta(sold_before, sold_now).amount,
            value=delta(value_before, value_now).amount,
        )

    lines = [line(each.selection, each, planned.get(each.selection, [])) for each in selections]
    missing = [slot for slot in planned.get(None, []) if slot.product_id is not None]
    lines.extend(line(slot.selection, None, [slot]) for slot in missing)
    return tuple(lines)


def _product(slots: list[PlanogramSlot], context: ReadContext) -> str | None:
    names = [
        context.products[slot.product_id].name
        for slot in slots
        if slot.product_id in context.products
    ]
    return ", ".join(dict.fromkeys(names)) or None

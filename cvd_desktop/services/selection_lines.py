"""The selections of a read beside their planogram slots and the meters of the read before."""

from collections.abc import Mapping

from cvd_desktop.domain.records import SelectionLine
from cvd_desktop.services.read_context import ReadContext
from cvd_shared.dex.interval_facts import SelectionDelta
from cvd_shared.dex.machine_reading import Selection
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.selection_names import Names, selection_key
from cvd_shared.wire_records import PlanogramSlot


def selection_lines(
    context: ReadContext, history: Mapping[str, tuple[int | None, ...]]
) -> tuple[SelectionLine, ...]:
    """In the order of the report, then the planned selections that the report does not have.

    `history` are the units of the last intervals by selection key.
    """
    reading = context.parsed.reading
    selections = reading.selections if reading else ()
    names = Names(each.selection for each in selections)
    planned: dict[str | None, list[PlanogramSlot]] = {}
    for slot in context.planogram.slots if context.planogram else ():
        planned.setdefault(names.find(slot.selection), []).append(slot)
    moved: dict[str, SelectionDelta] = {}
    for each in context.interval.selections if context.interval else ():
        moved.setdefault(each.selection, each)

    def line(name: str, found: Selection | None, slots: list[PlanogramSlot]) -> SelectionLine:
        since = moved.get(name)
        return SelectionLine(
            selection=name,
            # Several slots may share a selection: "A1, A2".
            slot=", ".join(slot.label for slot in slots) or None,
            product=_product(slots, context) or (found.product if found else None),
            price=found.price if found else None,
            planned_price=slots[0].price if slots else None,
            sold_before=since.units.before if since else None,
            sold_now=found.meters.sold_since_init if found else None,
            sold=since.units.amount if since else None,
            value=since.value.amount if since else None,
            kind=since.units.kind if since else DeltaKind.UNKNOWN,
            history=history.get(selection_key(name), ()),
            line=found.line if found and found.line else None,
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

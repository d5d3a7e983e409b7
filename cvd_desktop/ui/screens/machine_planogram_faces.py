"""The cells of the Machine screen's planogram: as planned, in the machine, seen by DEX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.machine_part import MachineShown
from cvd_desktop.ui.screens.machine_planogram_rows import SeenRow, SlotRow
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.planogram_cells import CabinetFace, CellFace, FlagFace, Gauge
from cvd_shared.price_audit import PriceState
from cvd_shared.route_shapes import SlotKey, SlotStock

if TYPE_CHECKING:
    from cvd_shared.wire_records import PlanogramSlot

UNKNOWN = "?"

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class DoorSlot:
    """A slot in its three views."""

    row: SlotRow
    stock: SlotStock | None  # None: nobody knows what is in the machine
    inside: str | None  # name of the product in it; None: empty
    per_day: float | None
    seen: SeenRow | None  # the selection of the last read that has it
    decimals: int

    @property
    def slot(self) -> PlanogramSlot:
        return self.row.slot

    @property
    def key(self) -> SlotKey:
        return SlotKey(self.slot.cabinet, self.slot.label)

    @property
    def planned(self) -> str:
        """Name of the planned product."""
        if self.row.product is None:
            return translate("PlanogramFaces", "empty")
        return self.row.product or translate("PlanogramFaces", "not known here")

    @property
    def product_differs(self) -> bool:
        """Another product is in it than planned."""
        return self.stock is not None and self.stock.product_id != self.slot.product_id

    @property
    def price_inside(self) -> int:
        """As last confirmed at the slot, else as planned."""
        confirmed = self.stock.confirmed_price if self.stock is not None else None
        return self.slot.price if confirmed is None else confirmed

    @property
    def price_waits(self) -> bool:
        return self.price_inside != self.slot.price

    @property
    def machine_price(self) -> int | None:
        """As the last read says."""
        return self.row.price.price if self.row.price is not None else None

    @property
    def price_differs(self) -> bool:
        price = self.row.price
        return price is not None and price.line.state is PriceState.DIFFERS

    @property
    def differs(self) -> bool:
        return self.product_differs or self.price_waits or self.price_differs

    def money(self, amount: int) -> str:
        return formats.money(amount, self.decimals)


def door_slots(
    shown: MachineShown, rows: list[SlotRow], seen: list[SeenRow]
) -> tuple[DoorSlot, ...]:
    """In the order of the door."""
    facts, names = shown.facts, shown.products or {}
    by_slot: dict[str, SeenRow] = {}
    for each in seen:
        for label in each.slot.split(", "):
            by_slot.setdefault(label, each)
    slots: list[DoorSlot] = []
    for row in rows:
        key = SlotKey(row.slot.cabinet, row.slot.label)
        stock = facts.stock.get(key) if facts is not None else None
        product = stock.product_id if stock is not None else row.slot.product_id
        slots.append(
            DoorSlot(
                row,
                stock,
                names.get(product, "") if product is not None else None,
                facts.per_day.get(key) if facts is not None else None,
                by_slot.get(row.slot.label),
                shown.line.record.decimals,
            )
        )
    return tuple(sorted(slots, key=lambda n: (n.slot.cabinet, n.slot.row, n.slot.column)))


def planned_face(door: DoorSlot) -> CellFace:
    """Product and price of the office; what it sells a day; what differs in the machine."""
    slot = door.slot
    par = formats.number(slot.par)
    after, beside = par, translate("PlanogramFaces", "par")
    if door.stock is not None:
        after = UNKNOWN if door.per_day is None else formats.decimal(door.per_day)
        beside = translate("PlanogramFaces", "par {n}").format(n=par)
    if slot.product_id is None:
        after = beside = ""
    flag = _planned_flag(door)
    return _face(door, door.planned, slot.price, after=after, beside=beside, flag=flag)


def _planned_flag(door: DoorSlot) -> FlagFace | None:
    if door.product_differs:
        word = translate("PlanogramFaces", "was {product}").format(
            product=door.inside or translate("PlanogramFaces", "empty")
        )
        return FlagFace("diamond", Tone.ACCENT, word)
    if door.price_waits:
        word = translate("PlanogramFaces", "was {price}").format(
            price=door.money(door.price_inside)
        )
        return FlagFace("diamond", Tone.ACCENT, word)
    if door.price_differs and door.machine_price is not None:
        word = translate("PlanogramFaces", "reads {price}").format(
            price=door.money(door.machine_price)
        )
        return FlagFace("warning", Tone.WARNING, word)
    return None


def inside_face(door: DoorSlot) -> CellFace:
    """What a person last confirmed at the slot, and how much is in it now."""
    slot, stock = door.slot, door.stock
    units = stock.units if stock is not None else None
    figure = UNKNOWN if units is None else formats.number(units)
    if stock is not None and units is not None and not stock.sure:
        figure += UNKNOWN
    name = (
        translate("PlanogramFaces", "empty")
        if door.inside is None
        else door.inside or translate("PlanogramFaces", "not known here")
    )
    return _face(
        door,
        name,
        door.price_inside,
        after=figure if door.inside is not None else "",
        beside=translate("PlanogramFaces", "of {par}").format(par=formats.number(slot.par))
        if slot.par
        else "",
        flag=_inside_flag(door, units),
        gauge=Gauge(slot.capacity, units or 0, 0, slot.par),
        critical=units == 0 and door.inside is not None,
    )


def _inside_flag(door: DoorSlot, units: int | None) -> FlagFace | None:
    if door.product_differs:
        word = translate("PlanogramFaces", "to {what}").format(what=door.planned)
        return FlagFace("diamond", Tone.ACCENT, word)
    if door.price_waits:
        word = translate("PlanogramFaces", "to {what}").format(what=door.money(door.slot.price))
        return FlagFace("diamond", Tone.ACCENT, word)
    if door.stock is not None and door.stock.recount and door.inside is not None:
        return FlagFace("ring-dot", Tone.INFO, translate("PlanogramFaces", "Count"))
    if units == 0 and door.inside is not None:
        return FlagFace(
            "alert", Tone.CRITICAL, translate("PlanogramFaces", "Sold out"), filled=True
        )
    if door.price_differs and door.machine_price is not None:
        word = translate("PlanogramFaces", "DEX {price}").format(
            price=door.money(door.machine_price)
        )
        return FlagFace("warning", Tone.WARNING, word)
    return None


def seen_face(door: DoorSlot) -> CellFace:
    """What the last read says of the selection behind the slot."""
    seen = door.seen
    if seen is None:
        word = translate("PlanogramFaces", "not in the file")
        flag = FlagFace("help", Tone.MUTED, word) if door.slot.product_id is not None else None
        return _face(door, door.planned, None, after="", beside="", flag=flag)
    sold = seen.selection.meters.sold_since_init
    price = door.machine_price if door.machine_price is not None else seen.selection.price
    flag = None
    if door.price_differs:
        word = translate("PlanogramFaces", "plan {what}").format(what=door.money(door.slot.price))
        flag = FlagFace("warning", Tone.WARNING, word)
    return _face(
        door,
        seen.product or door.planned,
        price,
        after=UNKNOWN if sold is None else formats.number(sold),
        beside=translate("PlanogramFaces", "sold"),
        flag=flag,
    )


def _face(
    door: DoorSlot,
    product: str,
    price: int | None,
    *,
    after: str,
    beside: str,
    flag: FlagFace | None,
    gauge: Gauge | None = None,
    critical: bool = False,
) -> CellFace:
    money = door.money(price) if price is not None else ""
    words = [door.slot.label, product, money, f"{after} {beside}".strip()]
    if flag is not None:
        words.append(flag.word)
    return CellFace(
        key=door.key,
        row=door.slot.row,
        column=door.slot.column,
        label=door.slot.label,
        product=product,
        price=money,
        after=after,
        beside=beside,
        beside_right=True,
        critical=critical,
        gauge=gauge,
        flag=flag,
        outlined=flag is not None and flag.icon == "diamond",
        quiet=product == translate("PlanogramFaces", "empty"),
        spoken=", ".join(word for word in words if word),
    )


def cabinet_faces(
    doors: tuple[DoorSlot, ...], names: Mapping[int, str], face: Callable[[DoorSlot], CellFace]
) -> tuple[CabinetFace, ...]:
    """The cabinets in one of the views."""
    numbers = sorted({door.slot.cabinet for door in doors})
    return tuple(
        CabinetFace(
            number,
            names.get(number) or translate("PlanogramFaces", "Cabinet {n}").format(n=number),
            tuple(face(door) for door in doors if door.slot.cabinet == number),
        )
        for number in numbers
    )

"""The list of what is in a machine beside what is planned and what its last read says."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.read_shown import NOTHING
from cvd_desktop.ui.screens.machine_part import ListCard
from cvd_desktop.ui.screens.machine_planogram_faces import DoorSlot
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind


class InsideList(ListCard[DoorSlot]):
    """A row for each slot, in the order of the door; what differs is marked."""

    def __init__(self, look: Look, parent: QWidget | None) -> None:
        self.slots: TableModel[DoorSlot] = TableModel(self._columns(), key=lambda n: n.key)
        self._now: datetime | None = None
        table = TableView(look, self.slots, "", look.theme.control.dense_row)
        super().__init__(look, table, parent)
        table.setAccessibleName(self.tr("What is in it"))
        self.slots.setParent(self)

    def _columns(self) -> tuple[Column[DoorSlot], ...]:
        return (
            Column("slot", self.tr("Slot"), lambda n: n.slot.label, face=Face.LABEL),
            Column("planned", self.tr("Planned"), lambda n: n.planned, fit=Fit.REST, least=120),
            Column("inside", self.tr("In machine"), self._product, fit=Fit.REST, least=120),
            Column("units", self.tr("Stock"), self._units, right=True),
            Column("plan", self.tr("Plan"), lambda n: n.money(n.slot.price), right=True, rank=1),
            Column("price", self.tr("Confirmed"), self._price, right=True),
            Column("dex", self.tr("DEX"), self._machine_price, right=True),
            Column("since", self.tr("Known"), self._since, rank=2, tone=Tone.MUTED),
        )

    def show_slots(self, slots: tuple[DoorSlot, ...], now: datetime) -> None:
        """Show these; without any the card says why."""
        self._now = now
        self.slots.set_rows(slots)
        words = self.tr("The office has planned no slots for this machine, so nothing is known.")
        self.say("" if slots else words)

    def _product(self, door: DoorSlot) -> Cell:
        name = self.tr("empty") if door.inside is None else door.inside
        name = name or self.tr("not known here")
        if door.product_differs:
            return Cell(name, Tone.ACCENT, mark=TagKind.CHANGE)
        return Cell(name, Tone.PLAIN if door.inside else Tone.MUTED)

    def _units(self, door: DoorSlot) -> Cell:
        stock = door.stock
        if stock is None or stock.units is None:
            return Cell(NOTHING, Tone.MUTED)
        figure = formats.number(stock.units)
        return Cell(figure if stock.sure else f"{figure}?")

    def _price(self, door: DoorSlot) -> Cell:
        if door.price_waits:
            return Cell(door.money(door.price_inside), Tone.ACCENT, face=Face.STRONG)
        return Cell(door.money(door.price_inside))

    def _machine_price(self, door: DoorSlot) -> Cell:
        if door.machine_price is None:
            return Cell(NOTHING, Tone.MUTED)
        if door.price_differs:
            return Cell(door.money(door.machine_price), Tone.WARNING, face=Face.STRONG)
        return Cell(door.money(door.machine_price))

    def _since(self, door: DoorSlot) -> str:
        stock = door.stock
        if stock is None or stock.known_at is None or self._now is None:
            return NOTHING
        return formats.moment_beside(stock.known_at, self._now)

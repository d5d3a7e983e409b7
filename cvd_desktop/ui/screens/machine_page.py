"""One machine of the list: who it is, the reads of it, and its planogram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_view import natural
from cvd_desktop.ui.read_words import MARK_OF_STATE, ReadWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

if TYPE_CHECKING:
    from cvd_shared.wire_records import PlanogramRecord, PlanogramSlot, ReadRecord

R = TypeVar("R")

SIDE = 548
SIDE_COMPACT = 348
LEAST_ROWS = 5
NOTHING = "·"


class MachinePage(TwoColumns):
    """Reads at the left, slots at the right; each with a sentence where it has none."""

    read_opened = Signal(str)
    """Id of the read that a person wants to see."""
    read_changed = Signal()
    """Another read is current now."""

    def __init__(self, look: Look, words: ReadWords, parent: QWidget) -> None:
        super().__init__(look, SIDE, SIDE_COMPACT, parent)
        self._words = words
        self._line: MachineLine | None = None
        self._now: datetime | None = None
        self._products: Mapping[str, str] = {}
        space = look.theme.space
        head = Card(look, strong=True, padding=space.l)
        self.main.addWidget(head)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.make = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.note = TextLabel(look, "", "body", wrap=True)
        for label in (self.title, self.make, self.note):
            head.body.addWidget(label)
        self.reads = TableModel(self._read_columns(), key=lambda read: read.id, parent=self)
        self.reads_table = TableView(look, self.reads, self.tr("Reads"), look.theme.control.row)
        self.no_reads = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.main.addWidget(_list_card(look, self.tr("Reads"), self.reads_table, self.no_reads), 1)
        self.slots = TableModel(self._slot_columns(), key=lambda slot: slot.label, parent=self)
        self.slots_table = TableView(
            look, self.slots, self.tr("Planogram"), look.theme.control.dense_row
        )
        self.no_slots = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.slots_card = _list_card(look, self.tr("Planogram"), self.slots_table, self.no_slots)
        self.side.addWidget(self.slots_card, 1)
        self.reads_table.opened.connect(self._open)
        self.reads_table.current_changed.connect(self._changed)

    def _read_columns(self) -> tuple[Column[ReadRecord], ...]:
        return (
            Column("at", self.tr("Read"), self._at),
            Column("verdict", self.tr("Verdict"), self._verdict),
            Column("purpose", self.tr("For"), lambda r: self._words.purpose(r.purpose), rank=2),
            Column(
                "by",
                self.tr("By"),
                lambda r: r.actor_name or NOTHING,
                fit=Fit.REST,
                least=72,
                tone=Tone.MUTED,
                rank=3,
            ),
            Column("sold", self.tr("Vends, meter"), self._vends, right=True, rank=1),
        )

    def _slot_columns(self) -> tuple[Column[PlanogramSlot], ...]:
        return (
            Column("slot", self.tr("Slot"), lambda s: s.label, face=Face.LABEL),
            Column("selection", self.tr("Sel"), lambda s: s.selection, tone=Tone.MUTED, rank=2),
            Column("product", self.tr("Product"), self._product, fit=Fit.REST),
            Column("par", self.tr("Par"), lambda s: formats.number(s.par), right=True),
            Column(
                "fits", self.tr("Fits"), lambda s: formats.number(s.capacity), right=True, rank=1
            ),
            Column("price", self.tr("Price"), self._price, right=True),
        )

    def show_machine(self, line: MachineLine) -> None:
        """Who it is; its reads and slots are still to be fetched."""
        record = line.record
        if self._line is None or self._line.record.id != record.id:
            self.reads.set_rows(())
            self.slots.set_rows(())
            self._say_reads(self.tr("Fetching the reads of this machine."))
            self._say_slots(self.tr("Fetching the planogram of this machine."))
        self._line = line
        self.title.setText(record.location_name or self.tr("No location"))
        route = self.tr("Route {n}").format(n=line.route_number) if line.route_number else ""
        make = formats.make_and_model(record.make, record.model)
        parts = (make, record.machine_type, route)
        self.make.setText("  ·  ".join(part for part in parts if part))
        self.make.setVisible(bool(self.make.text()))
        self.note.setText(record.note)
        self.note.setVisible(bool(record.note))

    def show_reads(self, reads: Sequence[ReadRecord], now: datetime) -> None:
        self._now = now
        self.reads.set_rows(reads)
        self._say_reads(
            "" if reads else self.tr("No read of this machine is known yet. Read it to begin.")
        )
        if reads and self.reads_table.current() is None:
            self.reads_table.go_to(0)
        self.read_changed.emit()

    def show_planogram(
        self, planogram: PlanogramRecord | None, products: Mapping[str, str]
    ) -> None:
        """`products` gives the name of each product id of the slots."""
        self._products = products
        slots = planogram.slots if planogram is not None else ()
        rows = sorted(slots, key=lambda slot: (slot.cabinet, natural(slot.label)))
        self.slots.set_rows(rows)
        heading = self.tr("Planogram")
        if rows:
            heading = self.tr("Planogram, {n} slots").format(n=formats.number(len(rows)))
        self.slots_card.set_heading(heading)
        self._say_slots(
            ""
            if rows
            else self.tr(
                "The office has planned no slots for this machine, or they are not on this laptop "
                "yet. A read works without them: its mapping stays open."
            )
        )

    def show_failure(self, sentence: str) -> None:
        """The facts could not be fetched."""
        self._say_reads(sentence)

    def machine(self) -> MachineLine | None:
        return self._line

    def current_read(self) -> ReadRecord | None:
        return self.reads_table.current()

    def _say_reads(self, sentence: str) -> None:
        self.no_reads.setText(sentence)
        self.no_reads.setVisible(bool(sentence))
        self.reads_table.setVisible(not sentence)

    def _say_slots(self, sentence: str) -> None:
        self.no_slots.setText(sentence)
        self.no_slots.setVisible(bool(sentence))
        self.slots_table.setVisible(not sentence)

    def _at(self, read: ReadRecord) -> str:
        at = from_wire(read.at)
        return formats.moment_beside(at, self._now or at)

    def _verdict(self, read: ReadRecord) -> Cell:
        states = read.verdict.model_dump().values()
        word, state = self._words.overall(read.complete, states)
        return Cell(word, mark=MARK_OF_STATE[state], face=Face.STRONG)

    def _vends(self, read: ReadRecord) -> str:
        vends = read.number_of_paid_vends_since_init
        return NOTHING if vends is None else formats.number(vends)

    def _product(self, slot: PlanogramSlot) -> Cell:
        if slot.product_id is None:
            return Cell(self.tr("empty"), Tone.MUTED)
        return Cell(self._products.get(slot.product_id, self.tr("not known here")))

    def _price(self, slot: PlanogramSlot) -> str:
        decimals = self._line.record.decimals if self._line is not None else 2
        return formats.money(slot.price, decimals)

    def _open(self, row: int) -> None:
        read = self.reads.row(row)
        if read is not None:
            self.read_opened.emit(read.id)

    def _changed(self) -> None:
        self.read_changed.emit()


def _list_card(look: Look, heading: str, table: TableView[R], empty: TextLabel) -> Card:
    """A card whose table goes to its edges, with the sentence that stands for an empty one."""
    space = look.theme.space
    card = Card(look, padding=1)
    card.head.setContentsMargins(space.l, space.m, space.l, 0)
    card.set_heading(heading)
    empty.setContentsMargins(space.l, 0, space.l, space.l)
    table.keep_height(LEAST_ROWS)
    card.body.addWidget(empty)
    card.body.addWidget(table, 1)
    card.body.addStretch(0)
    return card

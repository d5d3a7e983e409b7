"""The planogram of a machine in its views: planned, in the machine, seen by DEX, with the prices.

Each view is the painted door, and below it a list. To add one: its `View` in `_views`, its face in
machine_planogram_faces.py, its list.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_fact_words import MARK_OF_PRICE
from cvd_desktop.ui.read_prices import PriceRow, price_proof, price_rows, worst_first
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, ReadShown, count
from cvd_desktop.ui.screens.machine_part import (
    LEAST_ROWS,
    ListCard,
    MachinePart,
    MachineShown,
    R,
)
from cvd_desktop.ui.screens.machine_planogram_door import DoorCard, SlotCard, door_of
from cvd_desktop.ui.screens.machine_planogram_faces import (
    DoorSlot,
    door_slots,
    inside_face,
    planned_face,
    seen_face,
)
from cvd_desktop.ui.screens.machine_planogram_inside import InsideList
from cvd_desktop.ui.screens.machine_planogram_rows import (
    SeenRow,
    SlotRow,
    seen_rows,
    slot_rows,
)
from cvd_desktop.ui.screens.read_part import PartWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.count_line import Count, CountLine
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.fact_table import FactRow, FactTable
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip
from cvd_shared.price_audit import PriceState
from cvd_shared.route_shapes import SlotKey


class Shelf(StrEnum):
    """The views; the value is the name of the segment."""

    PLANNED = "planned"
    INSIDE = "inside"
    SEEN = "seen"


_FACES = {
    Shelf.PLANNED: planned_face,
    Shelf.INSIDE: inside_face,
    Shelf.SEEN: seen_face,
}


class PlanogramPart(MachinePart):
    """A row of what the machine says opens its lines in the file."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self.shelves = ViewStrip(look, self.tr("Views of the planogram"))
        self.main.addWidget(self.shelves)
        self._doors: tuple[DoorSlot, ...] = ()
        self.door = DoorCard(look, self)
        self.door.moved.connect(self._show_slot)
        self.main.addWidget(self.door)
        row = look.theme.control.dense_row
        self.planned: TableModel[SlotRow] = TableModel(
            self._planned_columns(), key=lambda n: (n.slot.cabinet, n.slot.label), parent=self
        )
        self.audited: TableModel[SlotRow] = TableModel(
            (*self._planned_columns(), *self._audit_columns()),
            key=lambda n: (n.slot.cabinet, n.slot.label),
            parent=self,
        )
        self.seen: TableModel[SeenRow] = TableModel(
            self._seen_columns(), key=lambda n: n.selection.line, parent=self
        )
        self.planned_card = ListCard(
            look, TableView(look, self.planned, self.tr("Planned slots"), row), self.widget()
        )
        self.audited_card = ListCard(
            look,
            TableView(look, self.audited, self.tr("Planned slots"), row, enter_opens=True),
            self.widget(),
        )
        self.seen_card = ListCard(
            look,
            TableView(look, self.seen, self.tr("Selections of the file"), row, enter_opens=True),
            self.widget(),
        )
        self.inside_card = InsideList(look, self.widget())
        self.inside = self.inside_card.slots
        self._add(self.inside_card)
        self._add(self.planned_card)
        self._add(self.audited_card)
        self._add(self.seen_card)
        self.proves(self.audited_card.table, self._slot_proof)
        self.proves(self.seen_card.table, self._seen_proof)
        self.shelves.chosen.connect(self._show_shelf)
        self.slot_card = SlotCard(look, self)
        self.side.addWidget(self.slot_card)
        self._build_audit(look)
        self._build_facts(look)

    def _add(self, card: ListCard[R]) -> None:
        card.table.keep_height(LEAST_ROWS)
        self.main.addWidget(card, 1)

    def _build_audit(self, look: Look) -> None:
        space = look.theme.space
        card = Card(look, padding=1, parent=self.widget())
        self.side.addWidget(card)
        card.head.setContentsMargins(space.l, space.m, space.l, 0)
        card.set_heading(self.tr("Price audit"))
        card.head.addWidget(SourceMark(look, Source.DEVICE))
        self.counts = CountLine(look)
        self.audit_words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        words = QVBoxLayout()
        words.setContentsMargins(space.l, 0, space.l, space.m)
        words.addWidget(self.counts)
        words.addWidget(self.audit_words)
        card.body.addLayout(words)
        self.differ = FactTable(look, self.tr("What to look at"), most=7, parent=card)
        card.body.addWidget(self.differ)
        self.proves(self.differ, lambda row: row.proof)

    def _build_facts(self, look: Look) -> None:
        card = Card(look, self.tr("Planogram"), parent=self.widget())
        self.side.addWidget(card)
        self.facts = FactList(look)
        card.body.addWidget(self.facts)
        self.facts_card = card
        self.side.addStretch(1)

    def _planned_columns(self) -> tuple[Column[SlotRow], ...]:
        return (
            Column("slot", self.tr("Slot"), lambda n: n.slot.label, face=Face.LABEL),
            Column(
                "selection", self.tr("Sel"), lambda n: n.slot.selection, tone=Tone.MUTED, rank=2
            ),
            Column("product", self.tr("Product"), self._product, fit=Fit.REST, least=140),
            Column("par", self.tr("Par"), lambda n: formats.number(n.slot.par), right=True),
            Column(
                "fits",
                self.tr("Fits"),
                lambda n: formats.number(n.slot.capacity),
                right=True,
                rank=1,
            ),
            Column("price", self.tr("Plan"), self._planned_price, right=True),
        )

    def _audit_columns(self) -> tuple[Column[SlotRow], ...]:
        return (
            Column("machine", self.tr("Machine"), self._machine_price, right=True),
            Column("state", self.tr("Price audit"), lambda n: self._state(n.price), optional=True),
        )

    def _seen_columns(self) -> tuple[Column[SeenRow], ...]:
        return (
            Column("selection", self.tr("Sel"), lambda n: n.selection.selection, face=Face.LABEL),
            Column("slot", self.tr("Slot"), lambda n: n.slot or NOTHING),
            Column("product", self.tr("Product"), self._seen_product, fit=Fit.REST, least=140),
            Column(
                "meter",
                self.tr("Vends, meter"),
                lambda n: count(n.selection.meters.sold_since_init),
                right=True,
                rank=3,
            ),
            Column(
                "last",
                self.tr("Last sale"),
                self._last_sale,
                rank=2,
                tone=Tone.MUTED,
                optional=True,
            ),
            Column("price", self.tr("Machine"), self._seen_price, right=True),
            Column(
                "state",
                self.tr("Price audit"),
                lambda n: self._state(n.price),
                rank=1,
                optional=True,
            ),
        )

    # showing

    def show_machine(self, shown: MachineShown) -> None:
        super().show_machine(shown)
        last = shown.last
        rows = price_rows(last) if last is not None else ()
        self.shelves.set_views(self._views(shown))
        self._show_inside(shown, rows)
        self._show_planned(shown, rows)
        self._show_seen(shown, rows)
        self._show_audit(shown, rows)
        self._show_facts(shown)
        self._show_shelf()

    def first_focus(self) -> QWidget | None:
        return self._card_now().table

    def _card_now(self) -> ListCard[DoorSlot] | ListCard[SeenRow] | ListCard[SlotRow]:
        shelf = self._shelf()
        if shelf is Shelf.SEEN:
            return self.seen_card
        return self.inside_card if shelf is Shelf.INSIDE else self._planned_card_now()

    def _views(self, shown: MachineShown) -> tuple[View, ...]:
        seen = self.tr("Seen by DEX")
        if shown.last is not None:
            when = formats.moment_beside(shown.last.detail.summary.at, shown.now)
            seen = self.tr("Seen by DEX, {when}").format(when=when)
        planned = View(Shelf.PLANNED, self.tr("Planned"), "F2")
        seen_view = View(Shelf.SEEN, seen, "F4")
        if shown.facts is None:
            return (planned, seen_view)
        inside = self.tr("In machine")
        visits = shown.facts.visits
        if visits:
            when = formats.moment_beside(from_wire(visits[0].finished_at), shown.now)
            inside = self.tr("In machine, {when}").format(when=when)
        return (planned, View(Shelf.INSIDE, inside, "F3"), seen_view)

    def _shelf(self) -> Shelf:
        return Shelf(self.shelves.current() or Shelf.PLANNED)

    def _planned_card_now(self) -> ListCard[SlotRow]:
        """With the columns of the audit where there is one: no empty columns without it."""
        last = self.shown.last if self.shown is not None else None
        audited = last is not None and last.detail.audit is not None
        return self.audited_card if audited else self.planned_card

    def _show_shelf(self) -> None:
        self._show_door()
        wanted: QWidget = self._card_now()
        cards: tuple[QWidget, ...] = (
            self.inside_card,
            self.planned_card,
            self.audited_card,
            self.seen_card,
        )
        focus = self.focusWidget()
        wanted.show()
        if focus is not None and any(card.isAncestorOf(focus) for card in cards):
            first = self.first_focus()
            if first is not None:
                first.setFocus()  # before the others hide: else Qt moves it to any widget
        for card in cards:
            card.setVisible(card is wanted)

    def _show_door(self) -> None:
        """The view that is chosen, painted; its figures and their age in words."""
        shown = self.shown
        if shown is None:
            return
        names = {each.number: each.name for each in shown.line.record.cabinets}
        shelf = self._shelf()
        self.door.setVisible(bool(self._doors) and (shelf is not Shelf.SEEN or bool(shown.last)))
        self.door.show_doors(self._doors, names, _FACES[shelf], self._about(shelf, shown))
        self._show_slot(self.door.view.current())

    def _about(self, shelf: Shelf, shown: MachineShown) -> str:
        differ = sum(door.differs for door in self._doors)
        words = self.tr("1 slot differs") if differ == 1 else self.tr("{n} slots differ")
        differing = words.format(n=formats.number(differ)) if differ else ""
        about = ""
        if shelf is Shelf.PLANNED and shown.facts is not None:
            about = self.tr("Figure: sold a day, 28 days")
        elif shelf is Shelf.INSIDE:
            about = self.tr("Figure: in it now, of par")
        elif shelf is Shelf.SEEN:
            about = self.tr("Figure: sold by the meter")
        return "  ·  ".join(part for part in (about, differing) if part)

    def _show_slot(self, key: SlotKey | None) -> None:
        door = door_of(self._doors, key)
        self.slot_card.setVisible(door is not None)
        if door is not None and self.shown is not None:
            self.slot_card.show_slot(door, self.shown)

    def _show_inside(self, shown: MachineShown, prices: tuple[PriceRow, ...]) -> None:
        last = shown.last
        seen = seen_rows(last, prices, self.words.facts.said_price) if last is not None else []
        self._doors = door_slots(shown, slot_rows(shown, prices), seen)
        self.inside_card.show_slots(self._doors if shown.facts is not None else (), shown.now)

    def _show_planned(self, shown: MachineShown, prices: tuple[PriceRow, ...]) -> None:
        rows = slot_rows(shown, prices)
        sentence = ""
        if not shown.fetched:
            sentence = shown.trouble or self.tr("Fetching the planogram of this machine.")
        elif not rows:
            sentence = self.tr(
                "The office has planned no slots for this machine, or they are not on this laptop "
                "yet. A read works without them: its mapping stays open."
            )
        for model, card in ((self.planned, self.planned_card), (self.audited, self.audited_card)):
            model.set_rows(rows)
            card.say(sentence)

    def _show_seen(self, shown: MachineShown, prices: tuple[PriceRow, ...]) -> None:
        last = shown.last
        said_price = self.words.facts.said_price
        rows = seen_rows(last, prices, said_price) if last is not None else []
        self.seen.set_rows(rows)
        self.seen_card.say("" if rows else self._nothing_seen(shown))

    def _nothing_seen(self, shown: MachineShown) -> str:
        if shown.trouble:
            return shown.trouble
        if not shown.worked_out:
            return self.tr("Working out the last read of this machine.")
        if shown.last is None:
            return self.tr("No file of this machine is on this laptop. Read it to see its slots.")
        return self.tr("This file tells of no selection: the machine counts only in total.")

    def _show_audit(self, shown: MachineShown, prices: tuple[PriceRow, ...]) -> None:
        last = shown.last
        audit = last.detail.audit if last is not None else None
        self.counts.setVisible(audit is not None)
        self.audit_words.setText(self._audit_words(shown))
        self.audit_words.setVisible(bool(self.audit_words.text()))
        if audit is None or last is None:
            self.differ.show_facts(())
            return
        words = {
            PriceState.MATCH: self.tr("match"),
            PriceState.DIFFERS: self.tr("differ"),
            PriceState.SELECTION_MISSING: self.tr("missing"),
            PriceState.UNMAPPED: self.tr("new"),
        }
        self.counts.show_counts(
            tuple(
                Count(
                    audit.count(state),
                    word,
                    Tone.WARNING
                    if state is PriceState.DIFFERS and audit.count(state)
                    else Tone.PLAIN,
                )
                for state, word in words.items()
            )
        )
        odd = [row for row in worst_first(prices) if row.line.state in _TO_LOOK_AT]
        self.differ.show_facts([self._differing(last, row) for row in odd])

    def _audit_words(self, shown: MachineShown) -> str:
        last = shown.last
        if not shown.worked_out:
            return self.tr("Working out the last read of this machine.")
        if last is None:
            return self.tr("No file of this machine is here, so there is nothing to compare.")
        if last.detail.audit is None:
            return self.tr(
                "No planogram of this machine is on this laptop, so there is no price plan."
            )
        return last.age()[:1].upper() + last.age()[1:]

    def _differing(self, last: ReadShown, row: PriceRow) -> FactRow:
        state = row.line.state
        name = "  ".join(part for part in (row.slot or row.line.selection, row.product) if part)
        detail = self.words.facts.price_state(state)
        if state is PriceState.DIFFERS:
            detail = self.tr("planned {price}").format(price=last.amounts.plain(row.planned))
        value = last.amounts.plain(row.price) if row.price is not None else ""
        mark = MARK_OF_PRICE[state]
        return FactRow(
            f"{row.line.selection} {row.slot}",
            name,
            value,
            detail,
            mark,
            Tone.WARNING if state is PriceState.DIFFERS else Tone.PLAIN,
            proof=self._price_proof(row),
        )

    def _show_facts(self, shown: MachineShown) -> None:
        planogram, last = shown.planogram, shown.last
        lines: list[tuple[str, str]] = []
        if planogram is not None and planogram.slots:
            empty = sum(slot.product_id is None for slot in planogram.slots)
            lines.append((self.tr("Version"), formats.number(planogram.version)))
            if planogram.valid_from:
                day = formats.machine_time(planogram.valid_from[:10], shown.now)
                lines.append((self.tr("Valid from"), day))
            lines.append((self.tr("Slots"), formats.number(len(planogram.slots))))
            if empty:
                lines.append((self.tr("Planned empty"), formats.number(empty)))
        mapping = last.detail.mapping if last is not None else None
        if mapping is not None:
            words = self.words.facts
            lines.append((self.tr("Names on the door"), words.pattern(mapping.door_pattern)))
            lines.append((self.tr("Names in the file"), words.pattern(mapping.machine_pattern)))
            lines.append((self.tr("Mapping"), words.confidence(mapping.confidence)[1]))
        self.facts.show_lines(lines)
        self.facts_card.setVisible(bool(lines))

    # cells

    def _product(self, row: SlotRow) -> Cell:
        if row.product is None:
            return Cell(self.tr("empty"), Tone.MUTED)
        return Cell(row.product or self.tr("not known here"))

    def _seen_product(self, row: SeenRow) -> Cell:
        return Cell(row.product or NOTHING, detail=row.others)

    def _planned_price(self, row: SlotRow) -> str:
        decimals = self.shown.line.record.decimals if self.shown is not None else 2
        return formats.money(row.slot.price, decimals)

    def _machine_price(self, row: SlotRow) -> Cell:
        return self._price_cell(row.price)

    def _seen_price(self, row: SeenRow) -> Cell:
        last = self.shown.last if self.shown is not None else None
        if row.price is not None or last is None:
            return self._price_cell(row.price)
        return Cell(last.amounts.plain(row.selection.price))

    def _price_cell(self, row: PriceRow | None) -> Cell:
        last = self.shown.last if self.shown is not None else None
        if row is None or last is None or row.price is None:
            return Cell(NOTHING, Tone.MUTED)
        if row.line.state is PriceState.DIFFERS:
            return Cell(last.amounts.plain(row.price), Tone.WARNING, face=Face.STRONG)
        return Cell(last.amounts.plain(row.price))

    def _state(self, row: PriceRow | None) -> Cell:
        """In the planned view a match says nothing: what is as it should be stays quiet."""
        if row is None or row.line.state is PriceState.MATCH:
            return Cell("", spoken=self.words.facts.price_state(PriceState.MATCH) if row else "")
        state = row.line.state
        return Cell(
            self.words.facts.price_state(state), mark=MARK_OF_PRICE[state], face=Face.STRONG
        )

    def _last_sale(self, row: SeenRow) -> str:
        at = row.selection.sold_out.at
        if not at or self.shown is None:
            return NOTHING
        return formats.machine_time(at, self.shown.now)

    # proof

    def _slot_proof(self, row: SlotRow) -> Proof | None:
        return self._price_proof(row.price) if row.price is not None else None

    def _seen_proof(self, row: SeenRow) -> Proof | None:
        last = self.shown.last if self.shown is not None else None
        if last is None:
            return None
        heading = self.tr("Selection {n}").format(n=row.selection.selection)
        words = ", ".join(part for part in (row.slot, row.product) if part)
        lines = last.lines.of_selection(row.selection.selection, row.selection.line)
        return Proof(heading, words, lines)

    def _price_proof(self, row: PriceRow) -> Proof | None:
        last = self.shown.last if self.shown is not None else None
        if last is None:
            return None
        return price_proof(last, row, self.words.facts.price_state_means(row.line.state))


_TO_LOOK_AT = (PriceState.DIFFERS, PriceState.SELECTION_MISSING, PriceState.UNMAPPED)

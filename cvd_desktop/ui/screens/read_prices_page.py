"""The price audit of a read: planned prices against every price that the machine says."""

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui.read_cells import price_cell
from cvd_desktop.ui.read_fact_words import MARK_OF_PRICE
from cvd_desktop.ui.read_prices import PriceRow, price_proof, price_rows, worst_first
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, ReadShown
from cvd_desktop.ui.screens.read_part import LEAST_ROWS, PartWords, ReadPart, edge_card
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.count_line import Count, CountLine
from cvd_desktop.ui.widgets.fact_table import FactRow
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.price_audit import PriceState


class PricesPage(ReadPart):
    """What differs comes first; the panel tells every price of the current line."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self._only_open = False
        self.filter_action = self.action("skip", "D", self._turn_filter, "")
        self._build_list(look)
        self._build_side(look)
        self._name_filter()

    def _build_list(self, look: Look) -> None:
        space = look.theme.space
        card = edge_card(look, self.widget())
        self.main.addWidget(card, 1)
        head = QVBoxLayout()
        head.setContentsMargins(space.l, space.m, space.l, space.s)
        self.counts = CountLine(look)
        self.none = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        head.addWidget(self.counts)
        head.addWidget(self.none)
        card.body.addLayout(head)
        self.rows: TableModel[PriceRow] = TableModel(
            self._columns(), key=lambda row: (row.line.selection, row.slot), parent=self
        )
        row = look.theme.control.dense_row
        self.table = TableView(look, self.rows, self.tr("Price audit"), row, enter_opens=True)
        self.table.keep_height(LEAST_ROWS)
        self.table.current_changed.connect(self._show_current)
        self.proves(self.table, self._proof)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)

    def _columns(self) -> tuple[Column[PriceRow], ...]:
        return (
            Column("slot", self.tr("Slot"), self._slot, face=Face.LABEL),
            Column("selection", self.tr("Sel"), lambda n: n.line.selection, tone=Tone.MUTED),
            Column(
                "product",
                self.tr("Product"),
                lambda n: n.product or NOTHING,
                fit=Fit.REST,
                least=160,
            ),
            Column("planned", self.tr("Plan"), lambda n: self._plain(n.planned), right=True),
            Column("price", self.tr("Machine"), self._price, right=True),
            Column(
                "others", self.tr("Other prices"), self._others, right=True, rank=1, optional=True
            ),
            Column("state", self.tr("Audit"), self._state),
        )

    def _build_side(self, look: Look) -> None:
        self.one = Card(look, self.tr("One selection"), parent=self.widget())
        self.one.heading.setWordWrap(True)
        self.side.addWidget(self.one)
        self.mark = SourceMark(look, Source.DEVICE)
        self.one.head.addWidget(self.mark)
        self.means = TextLabel(look, "", "body", wrap=True)
        self.one.body.addWidget(self.means)
        self.said_card = edge_card(look, self.widget())
        self.side.addWidget(self.said_card)
        self.said = self.fact_table(self.said_card, self.tr("Prices of the selection"), most=12)
        self.side.addStretch(1)

    def actions_here(self) -> Sequence[QAction]:
        audit = self.shown.detail.audit if self.shown is not None else None
        return (self.filter_action,) if audit is not None else ()

    # showing

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        audit = shown.detail.audit
        self.mark.show_source(Source.DEVICE, shown.age())
        self.counts.setVisible(audit is not None)
        if audit is not None:
            states = [each for each in _SHOWN_STATES if each in _ALWAYS or audit.count(each)]
            self.counts.show_counts([self._count(state) for state in states])
        self._show_rows()

    def _count(self, state: PriceState) -> Count:
        audit = self.shown.detail.audit if self.shown is not None else None
        number = audit.count(state) if audit is not None else 0
        word = {
            PriceState.MATCH: self.tr("match"),
            PriceState.DIFFERS: self.tr("differ"),
            PriceState.SELECTION_MISSING: self.tr("missing"),
            PriceState.UNMAPPED: self.tr("new"),
            PriceState.UNKNOWN: self.tr("without a price"),
        }[state]
        warns = state is PriceState.DIFFERS and number
        return Count(number, word, Tone.WARNING if warns else Tone.PLAIN)

    def _show_rows(self) -> None:
        if self.shown is None:
            return
        rows = worst_first(price_rows(self.shown))
        if self._only_open:
            rows = tuple(row for row in rows if row.line.state is not PriceState.MATCH)
        self.rows.set_rows(rows)
        self.table.setVisible(bool(rows))
        self.none.setText(self._why_none())
        self.none.setVisible(not rows)
        if rows and not self.table.currentIndex().isValid():
            self.table.go_to(0)
        self._show_current()

    def _why_none(self) -> str:
        audit = self.shown.detail.audit if self.shown is not None else None
        if audit is None:
            return self.tr(
                "No planogram of this machine is on this laptop, so there is no price plan. The "
                "prices that the machine says are in the sales list and in the file."
            )
        if audit.lines:
            return self.tr("Every price is the planned one.")
        return self.tr("Neither the planogram nor the machine names a selection.")

    def _show_current(self) -> None:
        row = self.table.current()
        visible = row is not None and self.rows.rowCount() > 0
        self.one.setVisible(visible)
        self.said_card.setVisible(visible)
        if row is None or self.shown is None or not visible:
            return
        self.one.set_heading(row.name)
        self.means.setText(self.words.facts.price_state_means(row.line.state))
        self.said.show_facts(self._said_rows(self.shown, row))

    def _said_rows(self, shown: ReadShown, row: PriceRow) -> list[FactRow]:
        """What is planned, then each price with the element that says it."""
        planned = FactRow(
            "planned", self.tr("Planned"), self._plain(row.planned), self.tr("in the planogram")
        )
        rows = [planned]
        for n, each in enumerate(row.line.said):
            name = self.words.facts.said_price(each)
            value = shown.amounts.plain(each.price)
            heading = f"{name}, {each.element}"
            proof = Proof(heading, value, (each.line,), (each.element,))
            decides = each.price == row.price and row.line.state is PriceState.DIFFERS
            differs = self.tr("{element}, another price") if each.differs else "{element}"
            detail = differs.format(element=each.element)
            mark = TagKind.WARNING if decides and each.differs else None
            rows.append(FactRow(f"said {n}", name, value, detail, mark, proof=proof))
        return rows

    def _turn_filter(self) -> None:
        self._only_open = not self._only_open
        self._name_filter()
        self._show_rows()

    def _name_filter(self) -> None:
        self.filter_action.setText(
            self.tr("All prices") if self._only_open else self.tr("Only what is open")
        )

    # cells

    def _plain(self, value: int | None) -> str:
        return self.shown.amounts.plain(value) if self.shown is not None else NOTHING

    def _slot(self, row: PriceRow) -> Cell:
        if row.slot:
            return Cell(row.slot, face=Face.LABEL)
        unplanned = self.tr("Slot: in no planogram")
        return Cell(NOTHING, Tone.MUTED, face=Face.PLAIN, spoken=unplanned)

    def _price(self, row: PriceRow) -> Cell:
        return price_cell(row, self._plain(row.price))

    def _others(self, row: PriceRow) -> Cell:
        """How many further prices the machine says; those of lists may differ on purpose."""
        if not row.others:
            return Cell("")
        if row.differing and row.planned is not None:
            words = self.tr("{n} of {all} differ").format(n=row.differing, all=row.others)
            return Cell(words, Tone.MUTED)
        return Cell(str(row.others), Tone.MUTED)

    def _state(self, row: PriceRow) -> Cell:
        state = row.line.state
        face = Face.PLAIN if state is PriceState.MATCH else Face.STRONG
        return Cell(self.words.facts.price_state(state), mark=MARK_OF_PRICE[state], face=face)

    def _proof(self, row: PriceRow) -> Proof | None:
        if self.shown is None:
            return None
        return price_proof(self.shown, row, self.words.facts.price_state_means(row.line.state))


_ALWAYS = frozenset(PriceState) - {PriceState.UNKNOWN}
_SHOWN_STATES = (
    PriceState.MATCH,
    PriceState.DIFFERS,
    PriceState.SELECTION_MISSING,
    PriceState.UNMAPPED,
    PriceState.UNKNOWN,
)

"""Sales since the read before: every selection with its meters, and how far they can be trusted."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.records import SelectionLine
from cvd_desktop.ui.read_shown import ReadShown, count
from cvd_desktop.ui.read_view import by_sales, by_slot, sold_totals
from cvd_desktop.ui.screens.read_part import (
    LEAST_ROWS,
    PartWords,
    card_heading,
    edge_card,
)
from cvd_desktop.ui.screens.read_selections_part import SelectionsPart
from cvd_desktop.ui.table_model import Cell
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.table_view import TableView, TotalsRow
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.dex.interval_facts import SelectionDelta

SIDE = 340
LEAST_EVIDENCE = 3


class SalesPage(SelectionsPart):
    """The whole list at the left; at the right what the meters say of themselves."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent, SIDE)
        self._in_slot_order = False
        self._unpaid: dict[str, SelectionDelta] = {}
        self.order_action = self.action("list", "L", self._turn_order, "")
        self._build_table(look)
        self._build_side(look)
        self._name_order()

    def _build_table(self, look: Look) -> None:
        space = look.theme.space
        card = edge_card(look, self.widget())
        self.main.addWidget(card, 1)
        self.rows = self.selections_model()
        row = look.theme.control.dense_row
        self.table = TableView(look, self.rows, self.tr("Selections"), row, enter_opens=True)
        self.table.keep_height(LEAST_ROWS)
        self.proves(self.table, self.selection_proof)
        self.sums = TotalsRow(look, self.table, row + 4)
        self.none = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.none.setText(
            self.tr("This file tells of no selection: the machine counts only in total.")
        )
        self.none.setContentsMargins(space.l, space.l, space.l, space.l)
        self.none.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(self.none)
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.sums)

    def _build_side(self, look: Look) -> None:
        self.total_card = Card(look, self.tr("Sold in this time"), parent=self.widget())
        self.side.addWidget(self.total_card)
        self.total_card.head.addWidget(SourceMark(look, Source.DEVICE))
        self.units = TextLabel(look, "", "figure")
        self.value = TextLabel(look, "", "value", Tone.MUTED)
        self.moves = NoteLine(look)
        for widget in (self.units, self.value, self.moves):
            self.total_card.body.addWidget(widget)
        heading = self.tr("What shows it")
        self.evidence_card = edge_card(look, self.widget())
        self.side.addWidget(self.evidence_card, 1)
        card_heading(self.evidence_card, look, heading)
        self.evidence = self.fact_table(self.evidence_card, heading, least=LEAST_EVIDENCE)
        self.side.addStretch(0)

    def actions_here(self) -> Sequence[QAction]:
        return (self.order_action,)

    # showing

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        interval = shown.detail.interval
        self._unpaid = {each.selection: each for each in (interval.selections if interval else ())}
        self._show_lines(shown)
        sums = sold_totals(shown.detail.selections)
        known = sums.unknown < len(shown.detail.selections)
        units = interval.units if interval is not None else sums.units if known else None
        value = interval.value if interval is not None else sums.value if known else None
        self.units.setText(count(units) if units is not None else self.tr("Not known"))
        self.units.set_role("figure" if units is not None else "value")
        self.value.setText(shown.amounts.full(value))
        self.value.setVisible(value is not None)
        self.moves.show_note(*self.words.facts.moves(shown))
        rows = self.words.rows
        evidence = (*rows.evidence_rows(shown), *rows.rebuilt_rows(shown))
        self.evidence.show_facts(evidence)
        self.evidence_card.setVisible(bool(evidence))

    def _show_lines(self, shown: ReadShown) -> None:
        lines = shown.detail.selections
        known = any(line.sold is not None for line in lines)
        in_slots = self._in_slot_order or not known
        self.rows.set_rows(by_slot(lines) if in_slots else by_sales(lines))
        for widget, wanted in (
            (self.table, bool(lines)),
            (self.sums, bool(lines)),
            (self.none, not lines),
        ):
            widget.setVisible(wanted)
        self.sums.set_cells(self.sum_cells(shown))

    def _turn_order(self) -> None:
        self._in_slot_order = not self._in_slot_order
        self._name_order()
        if self.shown is not None:
            self._show_lines(self.shown)

    def _name_order(self) -> None:
        self.order_action.setText(
            self.tr("Most sold first") if self._in_slot_order else self.tr("In slot order")
        )

    # cells

    def note(self, line: SelectionLine) -> Cell:
        """The class of the delta, else vends that nobody paid for."""
        odd = super().note(line)
        moved = self._unpaid.get(line.selection)
        if odd.text or moved is None:
            return odd
        tests, free = moved.test_vends.amount, moved.free_vends.amount
        parts = []
        if tests:
            parts.append(self.tr("{n} test").format(n=tests))
        if free:
            parts.append(self.tr("{n} free").format(n=free))
        return Cell(", ".join(parts), Tone.MUTED)

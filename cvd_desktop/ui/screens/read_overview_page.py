"""The first page of a read: five questions, what sold most, and a card for each further page."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, ReadShown, count
from cvd_desktop.ui.read_view import by_sales, by_slot, sold_totals
from cvd_desktop.ui.screens.read_overview_cards import CashCard, EventsCard, PricesCard
from cvd_desktop.ui.screens.read_part import PartWords, edge_card
from cvd_desktop.ui.screens.read_selections_part import SelectionsPart
from cvd_desktop.ui.screens.read_whose_card import WhoseCard
from cvd_desktop.ui.table_model import Cell
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.table_view import TotalsRow
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.top_table import LATER, MoreRow, TopTable
from cvd_desktop.ui.widgets.verdict_card import VerdictCard

TOP_ROWS = 2
ALONE_ROWS = 8  # where the page is one column


class OverviewPage(SelectionsPart):
    """Calm: as many rows as fit, and nothing scrolls but the page as a whole."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self.whose = WhoseCard(look, self)
        self.main.addWidget(self.whose)
        self._build_verdict(look)
        self._build_sales(look)
        self.prices = PricesCard(look, self)
        self.cash = CashCard(look, self)
        self.events = EventsCard(look, self)
        self.side.addWidget(self.prices)
        self.side.addWidget(self.cash)
        self.side.addWidget(self.events, 1)
        self.turned.connect(self._keep_rows)
        self._keep_rows()

    def _build_verdict(self, look: Look) -> None:
        self.source = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.verdict_card = VerdictCard(look, self.widget(), self.source)
        self.main.addWidget(self.verdict_card)
        self.title, self.state = self.verdict_card.title, self.verdict_card.state
        self.verdict = self.verdict_card.verdict
        self.verdict.opened.connect(self._open_question)

    def _build_sales(self, look: Look) -> None:
        space = look.theme.space
        card = edge_card(look, self.widget())
        self.main.addWidget(card, 1)
        self.selections = self.selections_model()
        row = look.theme.control.dense_row
        self.table = TopTable(look, self.selections, self.tr("What sold most"), row)
        self.table.rest_changed.connect(self._show_rest, LATER)
        self.proves(self.table, self.selection_proof)
        self.more = MoreRow(look, self.table, self.tr("Show all"), "S")
        self.more.clicked.connect(lambda: self.part_wanted.emit("sales"))
        self.sums = TotalsRow(look, self.table, row + 4)
        self.no_selections = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.no_selections.setContentsMargins(space.l, space.l, space.l, space.l)
        self.no_selections.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(self.no_selections)
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.more)
        card.body.addWidget(self.sums)

    def _keep_rows(self) -> None:
        """Where the page scrolls as a whole, its lists have a height of their own."""
        alone = self.in_one_column
        vertical = QSizePolicy.Policy.Fixed if alone else QSizePolicy.Policy.Expanding
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, vertical)
        self.table.keep_height(ALONE_ROWS if alone else TOP_ROWS)
        self.events.set_alone(alone=alone)

    # showing

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        detail, words = shown.detail, self.words
        self.title.setText(words.read.title(detail))
        state = detail.summary.state
        if detail.summary.practice:
            self.state.show_tag(TagKind.INFO, self.tr("Practice: it stays on this laptop"))
        else:
            self.state.show_tag(TagKind(state.value), words.messages.state(state))
        self.verdict_card.at.setText(formats.clock_time(detail.summary.at, seconds=True))
        name = detail.source
        self.source.setText(self.tr("From the file {name}").format(name=name) if name else "")
        self.source.setVisible(bool(name))
        self.verdict.show_rows(words.read.verdict_rows(detail))
        self._show_sales(shown)
        self.whose.show_read(shown)
        for card in (self.prices, self.cash, self.events):
            card.show_read(shown)

    def _show_sales(self, shown: ReadShown) -> None:
        lines = shown.detail.selections
        if not shown.detail.summary.complete:
            why = self.tr("No selection arrived before the read broke off.")
        else:
            why = self.tr("This file tells of no selection: the machine counts only in total.")
        self.no_selections.setText(why)
        for widget, wanted in (
            (self.table, bool(lines)),
            (self.sums, bool(lines)),
            (self.no_selections, not lines),
        ):
            widget.setVisible(wanted)
        known = any(line.sold is not None for line in lines)
        self.sums.set_cells(self.sum_cells(shown))
        self.table.show_top(by_sales(lines) if known else by_slot(lines))
        self._show_rest()

    def _show_rest(self) -> None:
        """What the rows that have no room come to."""
        rest = self.table.rest()
        if not rest or self.shown is None:
            self.more.show_cells({})
            return
        sums = sold_totals(rest)
        words = self.tr("1 more selection") if len(rest) == 1 else self.tr("{n} more selections")
        muted = Tone.MUTED
        units = count(sums.units) if sums.unknown < len(rest) else NOTHING
        self.more.show_cells(
            {
                "slot": Cell(words.format(n=formats.number(len(rest))), muted),
                "sold": Cell(units, muted),
                "value": Cell(self.plain(sums.value if sums.value_known else None), muted),
            }
        )

    # proof

    def _open_question(self, question: str) -> None:
        if self.shown is None:
            return
        answer = getattr(self.shown.detail.verdict, question)
        messages = self.words.messages
        self.proof_wanted.emit(
            Proof(
                messages.asked(question),
                messages.answer(question, answer),
                self.shown.lines.of_question(question),
                who=messages.who_acts(answer),
                in_trace=question == "link" and bool(self.shown.detail.trace),
            )
        )

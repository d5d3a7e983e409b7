"""What the pages of a read share: they show one read, and every row of theirs opens its proof."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_fact_words import FactWords
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_rows import ReadRows
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.table_model import TableModel
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_table import FactRow, FactTable
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.two_columns import TwoColumns

R = TypeVar("R")

SIDE = 356
SIDE_COMPACT = 320
LEAST_ROWS = 5


class PartWords(NamedTuple):
    """Where the pages have their words from."""

    messages: Messages
    read: ReadWords
    facts: FactWords
    rows: ReadRows


class ReadPart(TwoColumns):
    """One page of the read. `show_read` is called when it is first seen and when the read changed.

    To add one: a subclass with its widgets, its view in read_done_page.py, its test.
    """

    proof_wanted = Signal(object)
    """The `Proof` of a row that a person opened."""
    part_wanted = Signal(str)
    """The name of another page that a person wants to see."""
    changed = Signal()
    """Actions or the row that is picked are others now."""

    def __init__(
        self,
        look: Look,
        words: PartWords,
        parent: QWidget,
        side_px: int = SIDE,
        compact_px: int = SIDE_COMPACT,
    ) -> None:
        super().__init__(look, side_px, compact_px, parent)
        self.words = words
        self.shown: ReadShown | None = None
        self._picked: Callable[[], Proof | None] | None = None

    def show_read(self, shown: ReadShown) -> None:
        """Show this read; a subclass fills its widgets."""
        self.shown = shown

    def actions_here(self) -> Sequence[QAction]:
        """What can be done on this page, for the action bar."""
        return ()

    def picked_proof(self) -> Proof | None:
        """The proof of the row that a person picked last."""
        return self._picked() if self._picked is not None else None

    # for subclasses

    def proves(self, table: TableView[R], proof: Callable[[R], Proof | None]) -> None:
        """Rows of this table open their proof; the one picked last is offered to the action bar."""

        def of_row(row: int) -> Proof | None:
            facts = table.rows_model().row(row)
            return proof(facts) if facts is not None else None

        def open_row(row: int) -> None:
            found = of_row(row)
            if found is not None:
                self.proof_wanted.emit(found)

        def pick(row: int) -> None:
            self._picked = (lambda: of_row(row)) if row >= 0 else None
            self.changed.emit()

        table.opened.connect(open_row)
        table.current_changed.connect(pick)

    def fact_table(self, card: Card, name: str, *, most: int = 8, least: int = 0) -> FactTable:
        """A list of facts at the end of a card, each row with its proof."""
        table = FactTable(self._look, name, most=most, least=least, parent=card)
        card.body.addWidget(table, 1 if least else 0)
        self.proves(table, fact_proof)
        return table

    def side_table(self, card: Card, model: TableModel[R], name: str, row_px: int) -> TableView[R]:
        """A list that takes what room a card has."""
        table = TableView(self._look, model, name, row_px, enter_opens=True, parent=card)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        card.body.addWidget(table, 1)
        return table

    def action(self, icon: str, key: str, run: Callable[[], object], text: str) -> QAction:
        """Something that can be done on this page."""
        made = QAction(themed_icon(self._look, icon), text, self)
        if key:
            made.setShortcut(QKeySequence(key))
        made.triggered.connect(lambda: run())
        return made


def fact_proof(row: FactRow) -> Proof | None:
    return row.proof


def edge_card(look: Look, parent: QWidget | None, *, strong: bool = False) -> Card:
    """A card whose lists go to its edges."""
    card = Card(look, strong=strong, padding=1, parent=parent)
    card.body.setSpacing(0)
    return card


def card_heading(card: Card, look: Look, text: str) -> QHBoxLayout:
    """The heading of a card whose list goes to its edges."""
    space = look.theme.space
    card.head.setContentsMargins(space.l, space.m, space.l, space.xs)
    card.set_heading(text)
    return card.head

"""What the views of one ticket share: they show a detail, and say what can be done in them."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.ticket_records import EventWords, TicketDetail
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 372
SIDE_COMPACT = 320
MOST_EVENTS = 40  # rows that a card grows to; more scroll


class TicketPart(TwoColumns):
    """One view of the ticket. `show_ticket` is called when it is seen and when facts arrived."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(tools.look, SIDE, SIDE_COMPACT, parent)
        self.tools = tools
        self.shown: TicketDetail | None = None

    def show_ticket(self, shown: TicketDetail) -> None:
        """Show this ticket; a subclass fills its widgets."""
        self.shown = shown

    def first_focus(self) -> QWidget | None:
        return None

    def action(self, icon: str, key: str, run: Callable[[], object], text: str) -> QAction:
        """Something that can be done in this view."""
        return action_of(self, self.tools.look, icon, key, run, text)


def action_of(
    owner: QWidget, look: Look, icon: str, key: str, run: Callable[[], object], text: str
) -> QAction:
    """Something that can be done in a part of a screen; `key` is shown on its button."""
    made = QAction(themed_icon(look, icon), text, owner)
    if key:
        made.setShortcut(QKeySequence(key))
    made.triggered.connect(lambda: run())
    return made


def allow(action: QAction, reason: str) -> None:
    """Enabled, or disabled with the sentence that says why."""
    action.setEnabled(not reason)
    action.setStatusTip(reason)


class EventsCard(Card):
    """Events with what to do about each; a sentence where there are none."""

    def __init__(self, tools: Tools, heading: str, parent: QWidget | None) -> None:
        super().__init__(tools.look, padding=1, parent=parent)
        look = tools.look
        space = look.theme.space
        self.body.setSpacing(0)
        self.head.setContentsMargins(space.l, space.m, space.l, space.xs)
        self.set_heading(heading)
        self.rows: TableModel[EventWords] = TableModel(
            (
                Column("text", self.tr("Event"), _event_cell, fit=Fit.REST, least=150),
                Column("advice", self.tr("What to do"), _advice_cell, fit=Fit.REST, least=150),
            ),
            key=lambda event: event.code,
            parent=self,
        )
        self.table = TableView(look, self.rows, heading, look.theme.control.row)
        self.table.keep_height(1, MOST_EVENTS)
        self.none = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.none.setContentsMargins(space.l, space.s, space.l, space.l)
        self.body.addWidget(self.none)
        self.body.addWidget(self.table)

    def show_events(self, events: Sequence[EventWords], none: str) -> None:
        """`none` is the sentence in the place of an empty list."""
        self.rows.set_rows(events)
        self.table.setVisible(bool(events))
        self.none.setText(none)
        self.none.setVisible(not events)


def _event_cell(event: EventWords) -> Cell:
    detail = event.code if event.code != event.text else ""
    return Cell(event.text, face=Face.STRONG, detail=detail, wrap=True)


def _advice_cell(event: EventWords) -> Cell:
    return Cell(event.advice, wrap=True)

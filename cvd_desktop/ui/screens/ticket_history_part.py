"""What was done on a ticket so far: every work with its parts, its time and where its record is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.ticket_records import TicketDetail, WorkLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.screens.ticket_part import TicketPart
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

LEAST_ROWS = 4


class HistoryPart(TicketPart):
    """The works at the left, newest first; their sums at the right."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(tools, parent)
        look = tools.look
        card = Card(look, padding=1, parent=self.widget())
        card.body.setSpacing(0)
        self.main.addWidget(card, 1)
        self.rows: TableModel[WorkLine] = TableModel(
            (
                Column("at", self.tr("When"), self._at),
                Column("done", self.tr("What was done"), self._done, fit=Fit.REST, least=160),
                Column("record", self.tr("Record"), self._record),
            ),
            key=lambda work: work.id,
            parent=self,
        )
        self.table = TableView(look, self.rows, self.tr("Work"), look.theme.control.touch)
        self.table.keep_height(LEAST_ROWS)
        space = look.theme.space
        self.none = TextLabel(
            look,
            self.tr("Nobody has worked on this ticket yet."),
            "body",
            Tone.MUTED,
            wrap=True,
        )
        self.none.setContentsMargins(space.l, space.l, space.l, space.l)
        card.body.addWidget(self.none)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)
        sums = Card(look, self.tr("All in all"), parent=self.widget())
        self.side.addWidget(sums)
        self.sums = FactList(look)
        sums.body.addWidget(self.sums)
        self.side.addStretch(1)

    def show_ticket(self, shown: TicketDetail) -> None:
        super().show_ticket(shown)
        self.rows.set_rows(shown.work)
        self.table.setVisible(bool(shown.work))
        self.none.setVisible(not shown.work)
        words = self.tools.words
        kept = [work for work in shown.work if work.record_state.value != "refused"]
        timed = [work.seconds_on_site for work in kept if work.seconds_on_site is not None]
        parts = sum(part.quantity for work in kept for part in work.parts)
        self.sums.show_lines(
            [
                (self.tr("Works"), formats.number(len(kept))),
                (self.tr("Time on site"), words.on_site(sum(timed) if timed else None)),
                (self.tr("Parts used"), formats.number(parts)),
            ]
        )

    def first_focus(self) -> QWidget | None:
        return self.table if self.shown is not None and self.shown.work else None

    def _at(self, work: WorkLine) -> Cell:
        when = formats.moment_beside(work.at, self.tools.clock()) if work.at is not None else "?"
        return Cell(when, detail=self.tools.words.who(work))

    def _done(self, work: WorkLine) -> Cell:
        words = self.tools.words
        told = [text for text in (work.actions, work.outcome) if text]
        text = "\n".join(told) or self.tr("No words were written.")
        after = words.state(work.state)
        if work.seconds_on_site is not None:
            time = words.on_site(work.seconds_on_site)
            after = self.tr("{state}, {time} on site").format(state=after, time=time)
        parts = [words.parts(work.parts)] if work.parts else []
        return Cell(text, face=Face.STRONG, detail="\n".join((*parts, after)), wrap=True)

    def _record(self, work: WorkLine) -> Cell:
        state = work.record_state
        return Cell(self.tools.messages.state(state), mark=TagKind(state.value))

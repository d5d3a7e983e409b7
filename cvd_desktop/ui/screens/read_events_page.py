"""The events of a read with what to do about each, and what the machine keeps a record of."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui.read_cells import event_cell, event_proof, now_cell
from cvd_desktop.ui.read_events import EventGroup, group_events
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.screens.read_part import (
    LEAST_ROWS,
    PartWords,
    ReadPart,
    card_heading,
    edge_card,
)
from cvd_desktop.ui.table_model import Cell, Column, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_table import FactTable
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel

LEAST_FACTS = 2


class EventsPage(ReadPart):
    """Active events first, then those since the read before, then the rest."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self._build_list(look)
        self.marks: list[SourceMark] = []
        self.power_card, self.power = self._facts(look, self.tr("Power and temperature"), 3)
        self.record_card, self.records = self._facts(look, self.tr("Reads and resets"), 0)
        self.foreign = NoteLine(look)
        foot = QVBoxLayout()
        space = look.theme.space
        foot.setContentsMargins(space.l, space.s, space.l, space.m)
        foot.addWidget(self.foreign)
        self.record_card.body.addLayout(foot)
        self.device_card, self.devices = self._facts(look, self.tr("Parts of the machine"), 0)
        self.side.addStretch(0)

    def _build_list(self, look: Look) -> None:
        card = edge_card(look, self.widget())
        self.main.addWidget(card, 1)
        self.rows: TableModel[EventGroup] = TableModel(
            (
                Column("text", self.tr("Event"), self._text, fit=Fit.REST, least=200),
                Column("advice", self.tr("What to do"), self._advice, fit=Fit.REST, least=200),
                Column("now", self.tr("State"), self._now),
            ),
            key=lambda group: group.code,
            parent=self,
        )
        self.table = TableView(
            look, self.rows, self.tr("Events"), look.theme.control.row, enter_opens=True
        )
        self.table.keep_height(LEAST_ROWS)
        self.proves(self.table, self._proof)
        self.none = TextLabel(
            look, self.tr("The machine tells of no event."), "body", Tone.MUTED, wrap=True
        )
        space = look.theme.space
        self.none.setContentsMargins(space.l, space.l, space.l, space.l)
        card.body.addWidget(self.none)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)

    def _facts(self, look: Look, heading: str, most: int) -> tuple[Card, FactTable]:
        """A card of facts; with `most` 0 it shares what room there is with the others."""
        card = edge_card(look, self.widget())
        self.side.addWidget(card, 0 if most else 1)
        mark = SourceMark(look, Source.DEVICE)
        self.marks.append(mark)
        card_heading(card, look, heading).addWidget(mark)
        return card, self.fact_table(card, heading, most=most, least=0 if most else LEAST_FACTS)

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        detail, rows = shown.detail, self.words.rows
        groups = group_events(detail.events, detail.interval)
        self.rows.set_rows(groups)
        self.table.setVisible(bool(groups))
        self.none.setVisible(not groups)
        for mark in self.marks:
            mark.show_source(Source.DEVICE, shown.age())
        for card, table, facts in (
            (self.power_card, self.power, rows.power_rows(shown)),
            (self.record_card, self.records, rows.record_rows(shown)),
            (self.device_card, self.devices, rows.device_rows(shown)),
        ):
            table.show_facts(facts)
            card.setVisible(bool(facts))
        foreign = detail.interval.foreign if detail.interval is not None else None
        self.foreign.show_note(*self.words.facts.foreign(foreign, detail.summary.at))

    def _text(self, group: EventGroup) -> Cell:
        return event_cell(self.words.read, group, self.shown)

    def _advice(self, group: EventGroup) -> Cell:
        return Cell(group.advice, wrap=True)

    def _now(self, group: EventGroup) -> Cell:
        return now_cell(group, self.tr("Now"))

    def _proof(self, group: EventGroup) -> Proof | None:
        return event_proof(group, self.shown) if self.shown is not None else None

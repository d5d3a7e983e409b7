"""Before a visit begins: the machines of the stop, what is asked for, what to know of the place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.route_records import StopView
from cvd_desktop.domain.visit_records import StopDetail
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.stop_machine_card import MachineCard
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 420
SIDE_COMPACT = 340


class ArrivePage(TwoColumns):
    """Cards at the left, the place at the right."""

    chosen = Signal(str)
    """Id of the machine whose card was pressed."""

    def __init__(self, tools: StopTools, parent: QWidget) -> None:
        super().__init__(tools.look, SIDE, SIDE_COMPACT, parent)
        self._tools = tools
        self.cards: dict[str, MachineCard] = {}
        look = tools.look
        self.title = TextLabel(look, "", "head", wrap=True)
        self.main.addWidget(self.title)
        self.main.addStretch(1)
        self.note = Card(look, self.tr("Note of the office"), strong=True, parent=self.widget())
        self.note_words = TextLabel(look, "", "body", wrap=True)
        self.answer = NoteLine(look, "body")
        self.note.body.addWidget(self.note_words)
        self.note.body.addWidget(self.answer)
        self.side.addWidget(self.note)
        self.place = Card(look, self.tr("The place"), parent=self.widget())
        self.access = TextLabel(look, "", "body", wrap=True)
        self.facts = FactList(look)
        self.no_place = TextLabel(
            look, self.tr("Nothing more is known of this place."), "body", Tone.MUTED, wrap=True
        )
        for widget in (self.access, self.facts, self.no_place):
            self.place.body.addWidget(widget)
        self.side.addWidget(self.place)
        self.side.addStretch(1)

    def show_stop(self, detail: StopDetail) -> None:
        """The machines of the stop with the one that is chosen."""
        count = len(detail.machines)
        words = self.tr("1 machine here") if count == 1 else self.tr("{n} machines here")
        if detail.stop is None:
            words = self.tr("This machine is not on the run of today")
        self.title.setText(words.format(n=formats.number(count)))
        self._show_cards(detail)
        view = detail.visit
        self.note.setVisible(bool(view.office_note or view.answer_wanted))
        self.note_words.setText(view.office_note)
        asked = self.tr("The office asks for an answer.") if view.answer_wanted else ""
        self.answer.show_note(TagKind.CURRENT, asked)
        self._show_place(detail.stop, detail)

    def _show_cards(self, detail: StopDetail) -> None:
        wanted = [machine.record.id for machine in detail.machines]
        if list(self.cards) != wanted:
            for card in self.cards.values():
                card.hide()
                card.deleteLater()
            self.cards = {}
            for n, machine in enumerate(detail.machines):
                card = MachineCard(self._tools, machine, self.widget() or self)
                card.clicked.connect(
                    lambda _=False, machine_id=machine.record.id: self.chosen.emit(machine_id)
                )
                self.main.insertWidget(1 + n, card)
                card.show()
                self.cards[machine.record.id] = card
        for machine in detail.machines:
            self.cards[machine.record.id].show_machine(machine)
        if detail.machine_id in self.cards:
            self.cards[detail.machine_id].setChecked(True)

    def _show_place(self, stop: StopView | None, detail: StopDetail) -> None:
        place = stop.location if stop is not None else None
        self.access.setText(place.access_notes if place is not None else "")
        self.access.setVisible(bool(self.access.text()))
        lines = []
        if place is not None:
            lines = [
                (self.tr("Address"), place.address),
                (self.tr("Open"), place.access_hours),
                (self.tr("Contact"), place.contact),
            ]
        if stop is not None and (stop.window_from or stop.window_to):
            window = f"{stop.window_from or ''} \N{EN DASH} {stop.window_to or ''}".strip()
            lines.append((self.tr("Time window"), window))
        view = detail.visit
        if view.checklist:
            count = formats.number(len(view.checklist))
            lines.append((self.tr("Checklist"), self.tr("{n} points").format(n=count)))
        if view.photos_wanted:
            lines.append((self.tr("Photos asked for"), formats.number(view.photos_wanted)))
        if view.signature_wanted:
            lines.append((self.tr("Signature"), self.tr("asked for")))
        self.facts.show_lines([(name, value) for name, value in lines if value])
        self.no_place.setVisible(not self.facts.lines() and not self.access.text())

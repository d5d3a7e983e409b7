"""The list of tickets: by urgency and distance, filtered by words, beside it the one chosen."""

from __future__ import annotations

from datetime import datetime
from textwrap import shorten
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.search_keys import fold
from cvd_desktop.domain.ticket_records import TicketLine, TicketList, TicketRights
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.ticket_words import TicketWords
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.table_view import MEASURED_ROWS, TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip

SIDE = 352
SIDE_COMPACT = 280
ROW = 56  # px: two lines and a glove
LEAST_ROWS = 4
LONGEST_FAULT = 90  # characters of a row
_WALK = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Tools(NamedTuple):
    """What every part of the Tickets screen is made with."""

    look: Look
    words: TicketWords
    messages: Messages
    clock: Clock


class TicketPanel(Card):
    """The ticket that is current in the list, whole: what the row had no room for."""

    def __init__(self, tools: Tools, parent: QWidget | None) -> None:
        super().__init__(tools.look, parent=parent)
        self._tools = tools
        look = tools.look
        self.fault = TextLabel(look, "", "head", wrap=True)
        self.urgency = TagBox(look)
        self.record = TagBox(look, boxed=False)
        self.facts = FactList(look)
        self.refusal = NoteLine(look)
        self.events = TextLabel(look, "", "dense", wrap=True)
        self.advice = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.body.addWidget(self.fault)
        self.body.addWidget(self.urgency)
        self.body.addWidget(self.record)
        for widget in (self.refusal, self.facts, self.events, self.advice):
            self.body.addWidget(widget)
        self.body.addStretch(1)

    def show_ticket(self, line: TicketLine | None) -> None:
        self.setVisible(line is not None)
        if line is None:
            return
        words, messages, now = self._tools.words, self._tools.messages, self._tools.clock()
        self.fault.setText(line.fault)
        self.urgency.show_tag(words.urgency_tag(line.urgency), words.urgency(line.urgency))
        state = line.record_state
        self.record.show_tag(TagKind(state.value), messages.state(state))
        self.refusal.show_note(
            TagKind.REFUSED, messages.reason(line.refused) if line.refused else ""
        )
        facts = [
            (self.tr("Machine"), words.machine(line)),
            (self.tr("Place"), words.place(line)),
            (self.tr("Away"), words.distance(line.distance)),
            (self.tr("State"), words.state(line.state)),
            (self.tr("Whose"), words.whose(line)),
            (self.tr("Opened"), _opened(line, now) or words.age(None, now)),
        ]
        if line.on_site_since is not None:
            there = words.since_arrival(line.on_site_since, now)
            facts.append((self.tr("You are there"), there))
        self.facts.show_lines(facts)
        self.events.setText("\n".join(event.text for event in line.events))
        self.advice.setText("\n".join(dict.fromkeys(event.advice for event in line.events)))
        for label in (self.events, self.advice):
            label.setVisible(bool(label.text()))
        self.setAccessibleName(line.fault)


def _opened(line: TicketLine, now: datetime) -> str:
    return formats.moment_beside(line.opened_at, now) if line.opened_at is not None else ""


class TicketListPage(TwoColumns):
    """Three views: mine, all that wait for work, and everything."""

    opened = Signal(str)
    """Id of a ticket that a person opened."""
    changed = Signal()
    """The current ticket, or how many are shown, is another now."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(tools.look, SIDE, SIDE_COMPACT, parent)
        self._tools = tools
        self._list: TicketList | None = None
        look = tools.look
        self.field = Field(
            look,
            self.tr("Find a ticket"),
            hint=self.tr("Machine, place, fault, event or person"),
        )
        self.field.edited.connect(self._filter)
        self.field.edit.installEventFilter(self)
        self.strip = ViewStrip(look, self.tr("Which tickets"))
        self.strip.chosen.connect(self._filter)
        self.may_not = NoteLine(look)
        self.main.addWidget(self.field)
        self.main.addWidget(self.strip)
        self.main.addWidget(self.may_not)
        card = Card(look, padding=1)
        card.body.setSpacing(0)
        self.main.addWidget(card, 1)
        self.rows: TableModel[TicketLine] = TableModel(
            self._columns(), key=lambda line: line.id, parent=self
        )
        self.table = TableView(look, self.rows, self.tr("Tickets"), ROW)
        self.table.keep_height(LEAST_ROWS)
        self.table.opened.connect(self._open_row)
        self.table.current_changed.connect(self._current_changed)
        pad = look.theme.frame.content_padding
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(pad, pad, pad, pad)
        card.body.addWidget(self.empty)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)
        self.panel = TicketPanel(tools, self.widget())
        self.side.addWidget(self.panel, 1)
        self.near = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.side.addWidget(self.near)
        self.side.addStretch(0)
        self._name_views()
        self.strip.show_view("waiting")
        self._say(self.tr("Fetching the tickets of this laptop."))
        self.panel.show_ticket(None)

    def _columns(self) -> tuple[Column[TicketLine], ...]:
        return (
            Column("urgency", self.tr("Urgency"), self._urgency),
            Column("machine", self.tr("Machine"), self._machine, fit=Fit.REST, least=104),
            Column("fault", self.tr("Fault"), self._fault, fit=Fit.REST, least=144),
            Column("away", self.tr("Away"), self._away, right=True),
            Column("record", self.tr("Record"), self._record, rank=1, optional=True),
        )

    # cells

    def _urgency(self, line: TicketLine) -> Cell:
        words = self._tools.words
        state = words.state(line.state)
        if line.mine:
            state = self.tr("{state}, yours").format(state=state)
        kind = words.urgency_tag(line.urgency)
        return Cell(words.urgency(line.urgency), mark=kind, face=Face.STRONG, detail=state)

    def _machine(self, line: TicketLine) -> Cell:
        words = self._tools.words
        return Cell(words.machine(line), face=Face.LABEL, detail=words.place(line))

    def _fault(self, line: TicketLine) -> Cell:
        """Whole unless it is long, with the first event in words; the panel has all of both."""
        events = self._tools.words.events(line.events[:1]) or self.tr("no event code")
        if len(line.events) > 1:
            more = formats.number(len(line.events) - 1)
            events = self.tr("{event}, and {n} more").format(event=events, n=more)
        return Cell(
            shorten(line.fault, LONGEST_FAULT, placeholder=" …"),
            face=Face.STRONG,
            detail=events,
            wrap=self.rows.rowCount() <= MEASURED_ROWS,
        )

    def _record(self, line: TicketLine) -> Cell:
        """Where it is, if not on the server: as most are."""
        record = line.record_state
        if record is RecordState.ON_THE_SERVER:
            return Cell("")
        return Cell(self._tools.messages.state(record), mark=TagKind(record.value))

    def _away(self, line: TicketLine) -> Cell:
        words = self._tools.words
        age = self.tr("{age} old").format(age=words.age(line.opened_at, self._tools.clock()))
        if line.on_site_since is not None:
            return Cell(self.tr("here"), Tone.ACCENT, face=Face.STRONG, detail=age)
        tone = Tone.MUTED if line.distance is None else Tone.PLAIN
        return Cell(words.distance(line.distance), tone, detail=age)

    # what the screen asks

    def current(self) -> TicketLine | None:
        return self.table.current() if self.table.isVisibleTo(self) else None

    @property
    def rights(self) -> TicketRights | None:
        return self._list.rights if self._list is not None else None

    def found_words(self) -> str:
        """How many are shown: "7 tickets"."""
        if self._list is None:
            return ""
        count = self.rows.rowCount()
        words = self.tr("1 ticket") if count == 1 else self.tr("{n} tickets")
        return words.format(n=formats.number(count))

    def show_list(self, tickets: TicketList) -> None:
        """Show these; what is filtered and what is current stays."""
        self._list = tickets
        self.may_not.show_note(TagKind.INFO, self._tools.words.limits(tickets.rights))
        self.near.setText(
            self.tr(
                "Distances are counted from {place}: the machine there was the last one that "
                "this laptop read or worked on."
            ).format(place=tickets.near)
            if tickets.near
            else self.tr(
                "How far away a machine is, is known after this laptop has read or worked "
                "on one whose place has coordinates."
            )
        )
        self._filter()

    def show_failure(self, sentence: str) -> None:
        self._say(sentence)

    def look_for(self, text: str) -> None:
        """As if a person had typed it, in all tickets."""
        self.field.set_text(text)
        self.strip.show_view("all")
        self._filter()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        self.field.set_text("")
        self._filter()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin_search(self) -> None:
        self.field.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.edit.selectAll()

    def take_focus(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # filtering

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Arrow keys walk the list while the search field has the focus."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and watched is self.field.edit
            and event.key() in _WALK
        ):
            QApplication.sendEvent(self.table, event)
            return True
        return super().eventFilter(watched, event)

    def _filter(self, _: str = "") -> None:
        if self._list is None:
            return
        wanted = fold(self.field.text()).split()
        view = self.strip.current()
        lines = [
            line
            for line in self._list.lines
            if _in_view(line, view) and all(word in line.search for word in wanted)
        ]
        self.rows.set_rows(lines)
        if lines and self.table.current() is None:
            self.table.go_to(0)
        self._name_views()
        self._say("" if lines else self._empty_words(view))
        self._current_changed()

    def _name_views(self) -> None:
        lines = self._list.lines if self._list is not None else ()
        mine = sum(_in_view(line, "mine") for line in lines)
        waiting = sum(_in_view(line, "waiting") for line in lines)
        self.strip.set_views(
            (
                View("mine", self.tr("Mine, {n}").format(n=formats.number(mine)), "M"),
                View("waiting", self.tr("To do, {n}").format(n=formats.number(waiting)), "O"),
                View("all", self.tr("All, {n}").format(n=formats.number(len(lines))), "A"),
            )
        )

    def _empty_words(self, view: str) -> str:
        rights = self.rights
        if self.field.text():
            return self.tr(
                'No ticket here has "{text}" in its machine, place, fault, events or names. '
                "Show all with Esc."
            ).format(text=self.field.text())
        if rights is not None and not rights.signed_in:
            return self.tr(
                "Nobody is signed in. Sign in and sync: the tickets of your routes come from the "
                "office, and work offline from then on."
            )
        if view == "mine":
            return self.tr(
                "No ticket is yours. Choose one of those to do (O) and take it, or wait until the "
                "office gives you one."
            )
        if view == "waiting":
            return self.tr(
                "Nothing is to be repaired on your routes. A new ticket is opened with N, or from "
                "a machine that tells of a fault."
            )
        return self.tr("There is no ticket on this laptop yet. A new one is opened with N.")

    def _say(self, sentence: str) -> None:
        self.empty.setText(sentence)
        self.empty.setVisible(bool(sentence))
        self.table.setVisible(not sentence)

    def _current_changed(self, _: int = -1) -> None:
        self.panel.show_ticket(self.current() if self.rows.rowCount() else None)
        self.changed.emit()

    def _open_row(self, row: int) -> None:
        line = self.rows.row(row)
        if line is not None:
            self.opened.emit(line.id)


def _in_view(line: TicketLine, view: str) -> bool:
    if view == "mine":
        return line.mine and line.state != "closed"
    return view == "all" or not line.done

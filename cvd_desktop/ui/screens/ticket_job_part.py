"""The job of a ticket: what is wrong, where, how to get in, what the machine itself said last."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.ticket_records import TicketDetail
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.screens.ticket_part import EventsCard, TicketPart
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel


class JobPart(TicketPart):
    """Fault and events at the left; machine and way in at the right."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(tools, parent)
        look = tools.look
        head = Card(look, padding=look.theme.space.xl, parent=self.widget())
        self.main.addWidget(head)
        tags = QHBoxLayout()
        tags.setSpacing(look.theme.space.m)
        self.urgency = TagBox(look)
        self.state = TextLabel(look, "", "bodyStrong")
        self.record = TagBox(look, boxed=False)
        tags.addWidget(self.urgency)
        tags.addWidget(self.state)
        tags.addStretch(1)
        tags.addWidget(self.record)
        self.fault = TextLabel(look, "", "title", wrap=True)
        self.opened = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.note = TextLabel(look, "", "body", wrap=True)
        self.refusal = NoteLine(look, "body")
        head.body.addLayout(tags)
        for widget in (self.fault, self.opened, self.note, self.refusal):
            head.body.addWidget(widget)
        self.told = EventsCard(tools, self.tr("Events in the ticket"), self.widget())
        self.main.addWidget(self.told)
        self.now = EventsCard(tools, self.tr("Active in the last read"), self.widget())
        self.mark = SourceMark(look, Source.DEVICE)
        self.now.head.addWidget(self.mark)
        self.main.addWidget(self.now)
        self.main.addStretch(1)
        access = Card(look, self.tr("Way in"), parent=self.widget())
        self.side.addWidget(access)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space.m)
        row.addWidget(Shape(look, "door", Tone.PLAIN, 22), 0, Qt.AlignmentFlag.AlignTop)
        self.access = TextLabel(look, "", "body", wrap=True)
        row.addWidget(self.access, 1)
        access.body.addLayout(row)
        self.way = FactList(look)
        access.body.addWidget(self.way)
        machine = Card(look, self.tr("Machine"), parent=self.widget())
        self.side.addWidget(machine)
        self.machine = FactList(look)
        machine.body.addWidget(self.machine)
        self.machine_note = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        machine.body.addWidget(self.machine_note)
        self.side.addStretch(1)

    def show_ticket(self, shown: TicketDetail) -> None:
        super().show_ticket(shown)
        words, line, now = self.tools.words, shown.line, self.tools.clock()
        self.urgency.show_tag(words.urgency_tag(line.urgency), words.urgency(line.urgency))
        self.state.setText(f"{words.state(line.state)}, {words.whose(line)}")
        record = line.record_state
        self.record.show_tag(TagKind(record.value), self.tools.messages.state(record))
        self.fault.setText(line.fault)
        self.opened.setText(self._opened(shown))
        self.note.setText(shown.note)
        self.note.setVisible(bool(shown.note))
        reason = self.tools.messages.reason(line.refused) if line.refused else ""
        self.refusal.show_note(TagKind.REFUSED, reason)
        self.told.setVisible(bool(line.events))
        self.told.show_events(line.events, "")
        read = shown.last_read
        none = self.tr("The last read tells of no active event.")
        if read is None:
            none = self.tr(
                "No file of this machine is on this laptop: read it, and its active events are "
                "shown here with what to do about each."
            )
        self.now.show_events(read.active if read else (), none)
        heading = self.tr("Active in the last read")
        if read is not None:
            when = formats.moment_beside(read.at, now)
            heading = self.tr("Active in the read of {when}").format(when=when)
            age = self.tr("{age} ago").format(age=age_words(now - read.at))
            self.mark.show_source(Source.DEVICE, age)
        self.now.set_heading(heading)
        self.mark.setVisible(read is not None)
        self._show_machine(shown)

    def _opened(self, shown: TicketDetail) -> str:
        at, now = shown.line.opened_at, self.tools.clock()
        if at is None:
            return self.tr("When it was opened is not known.")
        by = shown.opened_by or self.tr("you")
        return self.tr("Opened {when} by {by}, {age} ago").format(
            when=formats.moment_beside(at, now), by=by, age=age_words(now - at)
        )

    def _show_machine(self, shown: TicketDetail) -> None:
        words, line, machine, place = self.tools.words, shown.line, shown.machine, shown.location
        notes = place.access_notes if place is not None else ""
        self.access.setText(notes or self.tr("The office has no notes about the way in."))
        self.access.set_tone(Tone.PLAIN if notes else Tone.MUTED)
        way = [(self.tr("Place"), words.place(line))]
        if place is not None:
            way += [
                (self.tr("Address"), place.address),
                (self.tr("Open"), place.access_hours),
                (self.tr("Contact"), place.contact),
            ]
        way.append((self.tr("Away"), words.distance(line.distance)))
        self.way.show_lines([(name, value) for name, value in way if value])
        facts = [(self.tr("Asset number"), words.machine(line))]
        if machine is not None:
            facts += [
                (self.tr("Make and model"), formats.make_and_model(machine.make, machine.model)),
                (self.tr("Kind"), machine.machine_type),
                (self.tr("Serial number"), machine.serial_number),
                (self.tr("Control board"), machine.control_board),
            ]
        self.machine.show_lines([(name, value) for name, value in facts if value])
        note = machine.note if machine is not None else ""
        if machine is None:
            note = self.tr("The facts of this machine are not on this laptop. Sync to fetch them.")
        self.machine_note.setText(note)
        self.machine_note.setVisible(bool(note))

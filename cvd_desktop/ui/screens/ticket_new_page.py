"""A new ticket for one machine: what is wrong, how urgent, which events belong to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.ticket_records import URGENCIES, EventWords, TicketStart
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.screens.ticket_part import EventsCard
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_area import TextArea
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_shared.wire_events import Urgency

SIDE = 348
MOST_CODES = 100
LONGEST_CODE = 20
_BETWEEN = re.compile(r"[\s,;]+")


class NewTicketPage(TwoColumns):
    """The form at the left; the machine, and tickets that it has already, at the right."""

    changed = Signal()

    def __init__(
        self, tools: Tools, parent: QWidget, event_words: Callable[[str], EventWords]
    ) -> None:
        super().__init__(tools.look, SIDE, parent=parent)
        self._tools = tools
        self._event_words = event_words
        self.start: TicketStart | None = None
        self._urgency: Urgency = "normal"
        look = tools.look
        self.already = NoteLine(look, "body")
        card = Card(look, padding=look.theme.space.xl, parent=self.widget())
        card.body.setSpacing(look.theme.space.l)
        self.main.addWidget(card)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.fault = Field(
            look,
            self.tr("What is wrong"),
            hint=self.tr("Motor of row 6 does not turn"),
        )
        self.fault.edit.setMaxLength(500)
        self.urgencies: dict[Urgency, Choice] = {}
        grid = ChoiceGrid(look)
        for urgency in URGENCIES:
            words = tools.words
            choice = Choice(look, words.urgency(urgency), words.urgency_about(urgency))
            choice.clicked.connect(self._taker(urgency))
            self.urgencies[urgency] = choice
        grid.set_choices(tuple(self.urgencies.values()))
        self.codes = Field(
            look,
            self.tr("Event codes of the machine, if it shows any"),
            hint="EJB61, EAR",
            mono=True,
        )
        self.codes.edited.connect(self._show_codes)
        self.note = TextArea(
            look,
            self.tr("What else the technician should know"),
            hint=self.tr("Who noticed it, since when, what was tried"),
            most=2000,
        )
        urgent = TextLabel(look, self.tr("How urgent it is"), "denseStrong")
        for widget in (self.title, self.already, self.fault, urgent, grid, self.codes, self.note):
            card.body.addWidget(widget)
        self.events = EventsCard(tools, self.tr("These codes in words"), self.widget())
        self.main.addWidget(self.events)
        self.main.addStretch(1)
        machine = Card(look, self.tr("Machine"), parent=self.widget())
        self.side.addWidget(machine)
        self.machine = FactList(look)
        machine.body.addWidget(self.machine)
        self.read = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        machine.body.addWidget(self.read)
        self.side.addStretch(1)
        FocusFollower(self)

    def begin(self, start: TicketStart, codes: Sequence[str]) -> None:
        """A new form; `codes` of the caller, else the active ones of the machine's last read.

        What was typed for the same machine and not recorded is still there.
        """
        before, self.start = self.start, start
        if before is not None and before.machine.id == start.machine.id and not codes:
            self.changed.emit()
            return
        machine, words = start.machine, self._tools.words
        self.title.setText(self.tr("New ticket for {machine}").format(machine=machine.asset_number))
        self.fault.set_text("")
        self.fault.show_error("")
        self.note.set_text("")
        self._take("normal")
        read = start.last_read
        known = list(codes) or [event.code for event in (read.active if read else ())]
        found = [code for code in known if _can_be_typed(code)][:MOST_CODES]
        self.codes.set_text(", ".join(found))
        if found:
            self.fault.set_text(_capital(self._tools.words.events([self._event_words(found[0])])))
            self.fault.edit.selectAll()
        self._show_codes()
        held = [f"{line.fault} ({words.state(line.state)})" for line in start.open_tickets]
        text = ""
        if held:
            text = self.tr("This machine has a ticket already: {faults}").format(
                faults="; ".join(held)
            )
        self.already.show_note(TagKind.WARNING, text)
        facts = [
            (self.tr("Asset number"), machine.asset_number),
            (self.tr("Place"), start.location.name if start.location else machine.location_name),
            (self.tr("Make and model"), formats.make_and_model(machine.make, machine.model)),
            (self.tr("Kind"), machine.machine_type),
        ]
        self.machine.show_lines([(name, value) for name, value in facts if value])
        now = self._tools.clock()
        self.read.setText(
            self.tr("Last read on this laptop {when}; its active events are filled in.").format(
                when=formats.moment_beside(read.at, now)
            )
            if read is not None
            else self.tr("No file of it is on this laptop, so its events are not known here.")
        )
        self.changed.emit()

    def forget(self) -> None:
        """It is recorded: the next ticket begins anew."""
        self.start = None

    def take_focus(self) -> None:
        self.fault.edit.setFocus()

    # what was typed

    def fault_text(self) -> str:
        return self.fault.text().strip()

    @property
    def urgency(self) -> Urgency:
        return self._urgency

    def event_codes(self) -> list[str]:
        """Each once, as typed."""
        parts = _BETWEEN.split(self.codes.text().strip())
        return list(dict.fromkeys(part for part in parts if part))

    def check(self) -> bool:
        """Say at its field what is wrong; True when nothing is."""
        codes = self.event_codes()
        wrong = len(codes) > MOST_CODES or any(len(code) > LONGEST_CODE for code in codes)
        self.codes.show_error(
            self.tr("A code has at most 20 characters; put a blank or a comma between two.")
            if wrong
            else ""
        )
        return not wrong

    def show_trouble(self, error: BaseException) -> None:
        """Why it was not recorded, said where it can be mended."""
        told = self._tools.messages.error(error)
        self.fault.show_error(f"{told.what} {told.do}")
        if isinstance(error, Problem) and error.values.get("why") == "fault":
            self.fault.edit.setFocus()

    def _taker(self, urgency: Urgency) -> Callable[[], None]:
        return lambda: self._take(urgency)

    def _take(self, urgency: Urgency) -> None:
        self._urgency = urgency
        for each, choice in self.urgencies.items():
            choice.setChecked(each == urgency)

    def _show_codes(self, _: str = "") -> None:
        codes = [code for code in self.event_codes() if len(code) <= LONGEST_CODE][:MOST_CODES]
        self.events.setVisible(bool(codes))
        self.events.show_events([self._event_words(code) for code in codes], "")


def _can_be_typed(code: str) -> bool:
    """A machine may send anything as a code; what the field cannot hold is left to the note."""
    return len(code) <= LONGEST_CODE and code.isprintable() and _BETWEEN.search(code) is None


def _capital(text: str) -> str:
    return (text[:1].upper() + text[1:])[:500]

"""The work on a ticket as it is typed: what was done, parts, how it ended, time on site.

What is typed is kept as a draft a moment later, so that a dead battery costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.ticket_records import TicketDetail, TicketDraft
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.screens.ticket_part import TicketPart
from cvd_desktop.ui.screens.ticket_parts_form import PartsForm
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.figure import Figure
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_area import TextArea
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.wire_events import PartUsed, WorkState

KEEP_MS = 700
"""How long after the last key what was typed is kept."""
MINUTE_MS = 30_000
_NOT_OFFERED = "assigned"  # that is what Take it is for
_Typed = tuple[str, str, WorkState | None, tuple[PartUsed, ...]]


class WorkPart(TicketPart):
    """The form at the left, time and state at the right."""

    draft_changed = Signal(str, object)
    """Ticket id and the `TicketDraft` that is to be kept."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(tools, parent)
        look = tools.look
        self._choices: dict[WorkState, Choice] = {}
        self._state: WorkState | None = None
        self.add_part = self.action(
            "plus", "Ctrl+P", lambda: self.parts.add(), self.tr("Add a part")
        )
        self.addAction(self.add_part)
        done = Card(look, parent=self.widget())
        self.main.addWidget(done)
        self.actions_field = TextArea(
            look,
            self.tr("What you did"),
            hint=self.tr("Freed motor 61, cleaned the drop sensor, ten test vends"),
        )
        done.body.addWidget(self.actions_field)
        used = Card(look, self.tr("Parts used"), parent=self.widget())
        self.main.addWidget(used)
        self.parts = PartsForm(look, self.add_part)
        used.body.addWidget(self.parts)
        ended = Card(look, parent=self.widget())
        self.main.addWidget(ended)
        self.outcome = TextArea(
            look,
            self.tr("How it ended"),
            hint=self.tr("It sells again; motor 62 is worn too, bring one next time"),
            most=2000,
        )
        ended.body.addWidget(self.outcome)
        self.main.addStretch(1)
        time = Card(look, self.tr("Time on site"), parent=self.widget())
        self.side.addWidget(time)
        self.time = Figure(look, self.tr("Since you arrived"), "value")
        self.time_words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        time.body.addWidget(self.time)
        self.proof = NoteLine(look)
        time.body.addWidget(self.time_words)
        time.body.addWidget(self.proof)
        self._time_card = time
        state = Card(look, self.tr("How the ticket stands now"), parent=self.widget())
        self.side.addWidget(state)
        self.choices = ChoiceGrid(look)
        self.state_error = NoteLine(look)
        state.body.addWidget(self.state_error)
        state.body.addWidget(self.choices)
        self.side.addStretch(1)
        for source in (self.actions_field.edited, self.outcome.edited, self.parts.edited):
            source.connect(self._edited)
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(KEEP_MS)
        self._keep.timeout.connect(self.keep_now)
        self._minute = QTimer(self)
        self._minute.setInterval(MINUTE_MS)
        self._minute.timeout.connect(self.show_time)
        FocusFollower(self)

    def offer_arrival(self, arrive: QAction) -> None:
        """The button that starts the time on site from here."""
        row = QHBoxLayout()
        row.addWidget(ActionButton(self.tools.look, arrive, parent=self._time_card))
        row.addStretch(1)
        self._time_card.body.addLayout(row)

    # showing

    def show_ticket(self, shown: TicketDetail) -> None:
        """What was typed since the ticket was shown stays; another ticket begins anew."""
        before = self.shown
        super().show_ticket(shown)
        same = before is not None and before.line.id == shown.line.id
        if not same or (before is not None and self._typed() == _typed_in(before.draft)):
            self._show_draft(shown.draft)
        self._offer_states(shown)
        self.show_time()

    def _show_draft(self, draft: TicketDraft) -> None:
        if self._typed() == _typed_in(draft):
            return  # what was just kept comes back
        self.actions_field.set_text(draft.actions)
        self.outcome.set_text(draft.outcome)
        self.parts.show_parts(draft.parts)
        self._state = draft.state
        self._keep.stop()

    def _offer_states(self, shown: TicketDetail) -> None:
        offered = [state for state in shown.next_states if state != _NOT_OFFERED]
        unchosen = self._state is None and any(one.isChecked() for one in self._choices.values())
        if list(self._choices) != offered or unchosen:  # an exclusive choice cannot be unchecked
            words = self.tools.words
            self._choices = {}
            for state in offered:
                choice = Choice(self.tools.look, words.state(state), words.state_about(state))
                choice.clicked.connect(self._taker(state))
                self._choices[state] = choice
            self.choices.set_choices(tuple(self._choices.values()))
        if self._state not in self._choices:
            self._state = None
        for state, choice in self._choices.items():
            choice.setChecked(state == self._state)

    def _taker(self, state: WorkState) -> Callable[[], None]:
        def take() -> None:
            self._state = state
            self.state_error.show_note(TagKind.WARNING, "")
            self._edited()

        return take

    def show_time(self) -> None:
        """How long this laptop has been at the machine."""
        since = self.shown.draft.arrived_at if self.shown is not None else None
        self.time.setVisible(since is not None)
        self.proof.show_note(*self._proof(since))
        if since is None:
            self._minute.stop()
            self.time_words.setText(
                self.tr(
                    "Not measured yet. It counts from the moment you arrive until you record the "
                    "work; without it, the work is recorded without a time."
                )
            )
            return
        now = self.tools.clock()
        self.time.show_figure(self.tools.words.since_arrival(since, now))
        when = formats.moment_beside(since, now)
        self.time_words.setText(
            self.tr("Arrived {when}. It ends when you finish.").format(when=when)
        )
        self._minute.start()

    def _proof(self, since: datetime | None) -> tuple[TagKind, str]:
        """Whether a read of the machine goes with the work."""
        read = self.shown.last_read if self.shown is not None else None
        if since is None:
            return TagKind.INFO, ""
        if read is None or read.at < since:
            return TagKind.INFO, self.tr(
                "Read the machine before you leave: the read goes with the work as its proof."
            )
        when = formats.moment_beside(read.at, self.tools.clock())
        return TagKind.GOOD, self.tr("The read of {when} goes with the work as its proof.").format(
            when=when
        )

    # typing

    def draft(self) -> TicketDraft:
        """What is typed now."""
        arrived = self.shown.draft.arrived_at if self.shown is not None else None
        actions, outcome, state, parts = self._typed()
        return TicketDraft(arrived, actions, outcome, state, parts)

    def _typed(self) -> _Typed:
        return (
            self.actions_field.text(),
            self.outcome.text(),
            self._state,
            self.parts.parts(),
        )

    def _edited(self) -> None:
        self._keep.start()

    def keep_now(self) -> None:
        """Do not wait: the person goes elsewhere."""
        self._keep.stop()
        if self.shown is not None and self.draft() != self.shown.draft:
            self.draft_changed.emit(self.shown.line.id, self.draft())

    def stop_keeping(self) -> None:
        """It is being recorded: the draft must not come back after it."""
        self._keep.stop()

    def begin_anew(self) -> None:
        """What was typed is recorded now."""
        self._keep.stop()
        if self.shown is not None:  # nothing of it is to be kept, nor the arrival
            self.shown = replace(self.shown, draft=TicketDraft())
        self._show_draft(TicketDraft())
        self.show_trouble(None)

    def check(self) -> bool:
        return self.parts.check()

    def show_trouble(self, problem: Problem | None) -> None:
        """What is missing, said where it is missing."""
        why = str(problem.values.get("why", "")) if problem is not None else ""
        told = self.tools.messages.error(problem) if problem is not None else None
        sentence = f"{told.what} {told.do}" if told is not None else ""
        self.outcome.show_error(sentence if why == "outcome" else "")
        self.state_error.show_note(TagKind.WARNING, sentence if why == "state" else "")
        if why == "outcome":
            self.outcome.edit.setFocus()
        elif why == "state" and self._choices:
            next(iter(self._choices.values())).setFocus()

    # what the page asks

    def first_focus(self) -> QWidget | None:
        return self.actions_field.edit


def _typed_in(draft: TicketDraft) -> _Typed:
    return draft.actions, draft.outcome, draft.state, draft.parts

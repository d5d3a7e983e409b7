"""The Read tab: the Read screen inside the stop for the machine chosen; or why there is no read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.domain.visit_records import NO_READ_REASONS, VisitView
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.screens.stop_part import StopPart
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_shared.cash_facts import CashTerm

SIDE = 296
MOST_WORDS = 500


class NoReadPage(TwoColumns):
    """Why the machine is not read at this visit."""

    given = Signal(str)
    """A code of NO_READ_REASONS, or words."""

    def __init__(self, tools: StopTools, parent: QWidget) -> None:
        super().__init__(tools.look, SIDE, parent=parent)
        look = tools.look
        self._words = tools.words
        card = Card(look, strong=True, padding=look.theme.space.xl, parent=self.widget())
        self.main.addWidget(card)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.about = TextLabel(
            look,
            self.tr(
                "The reason is recorded with the visit. Nothing is lost: the next good read spans "
                "this visit too. What you fill is counted either way."
            ),
            "body",
            Tone.MUTED,
            wrap=True,
        )
        card.body.addWidget(self.title)
        card.body.addWidget(self.about)
        grid = ChoiceGrid(look)
        self.choices = {
            reason: Choice(look, tools.words.no_read(reason)) for reason in NO_READ_REASONS
        }
        for reason, choice in self.choices.items():
            choice.clicked.connect(lambda _=False, reason=reason: self._chosen(reason))
        grid.set_choices(tuple(self.choices.values()))
        self.grid = grid
        card.body.addWidget(grid)
        self.words = Field(look, self.tr("In a few words"))
        self.words.edit.setMaxLength(MOST_WORDS)
        self.words.edited.connect(lambda text: self.given.emit(text.strip() or "other"))
        card.body.addWidget(self.words)
        self.main.addStretch(1)

    def show_reason(self, reason: str, *, locked: bool) -> None:
        """What was chosen before; `locked`: the visit is finished."""
        known = reason in NO_READ_REASONS
        title = self.tr("No read at this visit") if locked or reason else self.tr("Why no read?")
        if locked:
            title = self.tr("No read: {reason}").format(
                reason=self._words.no_read(reason) or self.tr("no reason was given")
            )
        self.title.setText(title)
        self.grid.setVisible(not locked)
        for code, choice in self.choices.items():
            choice.setChecked(bool(reason) and code == (reason if known else "other"))
        self.words.setVisible(not locked and self.choices["other"].isChecked())
        if reason and not known and not self.words.edit.hasFocus():
            self.words.set_text(reason)

    def take_focus(self) -> None:
        """The first reason: arrow keys and the space bar choose."""
        choices = self.choices.values()
        first = next((one for one in choices if one.isChecked()), next(iter(choices)))
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self, reason: str) -> None:
        self.words.setVisible(reason == "other")
        if reason == "other":
            self.words.edit.setFocus()
        self.given.emit(reason)


class ReadPart(StopPart):
    """Forwards what the Read screen offers; its end is the way to Fill."""

    machine_state_changed = Signal(object, object)
    """For the machine chip, as ReadScreen gives it."""
    back_wanted = Signal(str)
    """The tab from which the lines of a figure were asked for."""

    def __init__(self, tools: StopTools, screen: ReadScreen, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools
        self._view: VisitView | None = None
        self._shown = ""  # machine and read that were given to the screen last
        self._proof_from = ""
        self.reader = screen
        screen.embedded = True
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._stack.addWidget(screen)
        self.none = NoReadPage(tools, self._stack)
        self._stack.addWidget(self.none)
        screen.frame_changed.connect(self._reader_changed)
        screen.machine_state_changed.connect(self.machine_state_changed)
        self.none.given.connect(self._no_read)
        make = partial(tools.action, self)
        self.none_action = make("skip", "N", self._ask_why, self.tr("No read"))
        self.after_all_action = make("read", "R", self._after_all, self.tr("Read it after all"))
        self.back_action = make("arrow-left", "Esc", self._to_screen, self.tr("Back"))
        self.proof_action = make("arrow-left", "Esc Return Enter", self._from_proof, "")

    # showing

    def show_visit(self, view: VisitView) -> None:
        self._view = view
        read, record = view.read, view.machine.record
        key = f"{record.id} {read.summary.id if read is not None else ''}"
        if not self.reader.reading and key != self._shown:
            before = self._shown.partition(" ")[0]
            if before != record.id:
                self._to_machine(view)
            shown = self.reader.shown_detail()
            known = shown is not None and read is not None and shown.summary.id == read.summary.id
            if read is not None and not known:
                self.reader.show_read(read, fresh=False)
            self._shown = key
        self._show_page(view)

    def _to_machine(self, view: VisitView) -> None:
        """Another machine: the cable goes to it now."""
        self._proof_from = ""
        self.reader.choose_machine(view.machine.record)
        self.reader.reload()
        collect = "collect" in view.machine.tasks
        self.reader.ready.set_purpose("collect" if collect else "look")
        self._stack.setCurrentWidget(self.reader)

    def _show_page(self, view: VisitView) -> None:
        draft, finished = view.draft, view.finished
        reason = draft.no_read if draft is not None else (finished.no_read if finished else "")
        locked = draft is None
        self.none.show_reason(reason, locked=locked)
        if view.read is not None or self.reader.reading:
            self._stack.setCurrentWidget(self.reader)
        elif (locked or reason) and not self._proof_from:
            self._stack.setCurrentWidget(self.none)
        self.changed.emit()

    def _reader_changed(self) -> None:
        """Whatever was looked at meanwhile: the next read is of the machine of this visit."""
        view = self._view
        if view is not None and self.reader.machine is None and not self.reader.reading:
            self.reader.choose_machine(view.machine.record)
        self.changed.emit()

    def start(self) -> None:
        """The tab is seen: lists and ports are looked for."""
        self.reader.reload()

    def make_next(self) -> bool:
        return self.reader.make_next()

    def _why(self) -> bool:
        return self._stack.currentWidget() is self.none

    def _is_done(self) -> bool:
        """The read on the page is of the machine of this visit."""
        shown, view = self.reader.shown_detail(), self._view
        if shown is None or view is None:
            return False
        mine = view.read is not None and shown.summary.id == view.read.summary.id
        return mine or shown.summary.machine_id == view.machine.record.id

    # what the frame asks

    def primary(self) -> QAction | None:
        if self._proof_from:
            return self.proof_action
        if self._why() or self.reader.reading or self._view is None or self._view.draft is None:
            return None
        if self._is_done() and self.reader.primary() is self.reader.do.next:
            return None
        return self.reader.primary()

    def secondary(self) -> Sequence[QAction]:
        view = self._view
        if self._proof_from or view is None:
            return ()
        if self._why():
            if view.draft is None:
                return ()
            chosen = bool(view.draft.no_read)
            return (self.after_all_action,) if chosen else (self.back_action,)
        offered = tuple(self.reader.secondary())
        again = self.reader.do.again
        if view.draft is None:
            return tuple(action for action in offered if action is not again)
        if self._is_done():
            return offered if again in offered else (*offered, again)
        none = () if self.reader.reading else (self.none_action,)
        return (*none, *offered)

    def fact(self) -> str:
        if self._why():
            return ""
        if self.reader.reading:
            return self.tr("Fill while it reads; the figures come when it is done")
        return self.reader.fact()

    def leave(self) -> None:
        self._leave_proof()

    # no read

    def _ask_why(self) -> None:
        self._stack.setCurrentWidget(self.none)
        self.none.take_focus()
        self.changed.emit()

    def _to_screen(self) -> None:
        self._stack.setCurrentWidget(self.reader)
        self.changed.emit()

    def _after_all(self) -> None:
        self._keep("")
        self._to_screen()

    def _no_read(self, reason: str) -> None:
        self._keep(reason)

    def _keep(self, reason: str) -> None:
        if self._view is not None and self._view.draft is not None:
            visit_id = self._view.draft.visit_id
            save = partial(self._tools.services.keep_read, visit_id, None, reason)
            self._tools.keeper.keep(visit_id, "read", save)

    # proof

    def show_proof(self, term: CashTerm, tab: str) -> bool:
        """The lines of the file that say a figure of another tab; False without a read."""
        view = self._view
        if view is None or view.read is None or self.reader.reading:
            return False
        shown = ReadShown(view.read, self._tools.clock())
        words = self._tools.messages.fact("cash_term", term.code) if term.elements else ""
        heading = words[:1].upper() + words[1:]
        proof = shown.proof_of(heading, shown.amounts.full(term.amount), term.elements)
        self._show_proof(view.read, proof, tab)
        return True

    def show_selection(self, read: ReadDetail, selection: str, tab: str) -> bool:
        """The lines of a selection, of any read; False while the machine is read."""
        if self.reader.reading:
            return False
        shown = ReadShown(read, self._tools.clock())
        name = self.tr("Selection {n}").format(n=selection)
        self._show_proof(read, Proof(name, "", shown.lines.of_selection(selection)), tab)
        return True

    def _show_proof(self, read: ReadDetail, proof: Proof, tab: str) -> None:
        self._proof_from = tab
        back = self.tr("Back to {tab}").format(tab=self._tools.words.tab(tab))
        self.proof_action.setText(back)
        self._stack.setCurrentWidget(self.reader)
        self.reader.show_read(read, fresh=False, proof=proof)
        self.changed.emit()

    def _from_proof(self) -> None:
        tab = self._proof_from
        self._leave_proof()
        self.back_wanted.emit(tab)

    def _leave_proof(self) -> None:
        if not self._proof_from:
            return
        self._proof_from = ""
        self.reader.go_back()
        view, shown = self._view, self.reader.shown_detail()
        mine = view.read if view is not None else None
        if view is None or (mine is not None and shown is not None and _same(mine, shown)):
            return
        if mine is not None:  # the lines were of another read than that of the visit
            self.reader.show_read(mine, fresh=False)
        else:
            self.reader.choose_machine(view.machine.record)
        self._show_page(view)


def _same(one: ReadDetail, other: ReadDetail) -> bool:
    return one.summary.id == other.summary.id

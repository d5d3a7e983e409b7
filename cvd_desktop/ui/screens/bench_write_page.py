"""Writes settings to a machine: what is wanted, the preview, two different keys, the proof.

Nothing is sent by one key: Enter says that the preview was read, F8 sends it. What the machine has
made of every value is told by a read after it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.bench_records import StoredTrace, TraceHead
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.write_records import PlannedChange, WriteOutcome, WritePlan, WriteStep
from cvd_desktop.services.word_table_write import (
    RESULTS,
    change_words,
    value_words,
    warning_words,
)
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.bench_live import LiveTrace
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.bench_cards import CheckLines
from cvd_desktop.ui.screens.bench_trace_card import FailureCard
from cvd_desktop.ui.screens.bench_write import WriteServices
from cvd_desktop.ui.screens.bench_write_form import WriteForm
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.notice import announce
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

if TYPE_CHECKING:
    from cvd_desktop.domain.records import PortFact
    from cvd_shared.wire_records import MachineRecord

CHANGES = frozenset({"reads", "outbox"})
LEAST_ROWS = 4

_MARKS = {
    "accepted": TagKind.GOOD,
    "ignored": TagKind.REFUSED,
    "different": TagKind.WARNING,
    "unproven": TagKind.UNKNOWN,
}


class State(StrEnum):
    FORM = "form"
    LOOKING = "looking"
    PREVIEW = "preview"
    ARMED = "armed"
    WRITING = "writing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the preview, and of the proof once there is one."""

    change: PlannedChange
    decimals: int
    result: str = ""
    found: str | None = None


class WritePage(QWidget):
    """`begin` says which port and machine; it asks the frame for its own actions."""

    changed = Signal()
    left = Signal()
    """A person is done here."""
    traced = Signal(object)
    """StoredTrace of the write, for the trace page."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: WriteServices,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._port: PortFact | None = None
        self._machine: MachineRecord | None = None
        self._plan: WritePlan | None = None
        self._stop = threading.Event()
        self._live = LiveTrace()
        self.state = State.FORM
        self._told = ""
        self._was_typing: QWidget | None = None
        self.form = WriteForm(look)
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.m)
        self.failure = FailureCard(look)
        column.addWidget(self.failure)
        column.addWidget(self._stack, 1)
        self._stack.addWidget(self.form)
        self._stack.addWidget(self._build_preview(look))
        self._make_actions(look)

    def _build_preview(self, look: Look) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.m)
        self.head = Card(look, strong=True)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.sentence = TextLabel(look, "", "body", wrap=True)
        self.warnings = CheckLines(look)
        for widget in (self.title, self.sentence, self.warnings):
            self.head.body.addWidget(widget)
        column.addWidget(self.head)
        self.rows: TableModel[_Row] = TableModel(
            (
                Column("what", self.tr("Change"), self._what, fit=Fit.REST, least=130),
                Column("before", self.tr("Before"), self._before, right=True, tone=Tone.MUTED),
                Column("after", self.tr("After"), self._after, right=True),
                Column("found", self.tr("Found"), self._found, right=True, optional=True),
                Column("result", "", self._result),
            ),
            key=lambda row: (row.change.what, row.change.selection, row.change.price_list),
            parent=self,
        )
        self.table = TableView(look, self.rows, self.tr("Changes"), look.theme.control.row)
        self.table.keep_height(LEAST_ROWS)
        card = Card(look, padding=1)
        card.body.addWidget(self.table, 1)
        column.addWidget(card, 1)
        return page

    def _make_actions(self, look: Look) -> None:
        def make(icon: str, key: str, run: object, text: str) -> QAction:
            action = QAction(themed_icon(look, icon), text, self)
            if key:
                action.setShortcut(QKeySequence(key))
            action.triggered.connect(run)
            return action

        self.look_action = make("read", "", self._preview, self.tr("Read and preview"))
        self.read_action = make("check", "", self._arm, self.tr("I have read it"))
        self.send_action = make("machine", "F8", self._send, "")
        self.again_action = make("undo", "", self._to_form, self.tr("Write more"))
        self.back_action = make("arrow-left", "Esc", self._go_back, self.tr("Back"))
        self.cancel_action = make("close", "Esc", self.cancel, self.tr("Cancel"))

    # what the screen asks

    @property
    def running(self) -> bool:
        """The lane of machines is taken."""
        return self.state in (State.LOOKING, State.WRITING)

    def begin(self, port: PortFact | None, machine: MachineRecord | None) -> None:
        """A person wants to write by this port."""
        self._port, self._machine = port, machine
        self.look_action.setEnabled(port is not None)
        self.look_action.setStatusTip(
            "" if port is not None else self.tr("Choose a port, or plug the adapter in")
        )
        if not self.running and self.state is not State.FORM:
            self._to_form()

    def take_focus(self) -> None:
        """What is typed next goes into the form."""
        if self.state is State.FORM:
            self.form.prices.edit.setFocus()

    def primary_action(self) -> QAction | None:
        return {
            State.FORM: self.look_action,
            State.PREVIEW: self.read_action if self._sendable() else None,
            State.ARMED: self.send_action,
            State.DONE: self.again_action,
        }.get(self.state)

    def secondary_actions(self) -> Sequence[QAction]:
        return (self.cancel_action,) if self.running else (self.back_action,)

    def fact(self) -> str:
        return self._told

    def cancel(self) -> None:
        """Stop what runs; a write that has begun is proven or said to be not proven."""
        self._stop.set()

    # steps

    def _preview(self) -> None:
        wanted = self.form.wanted()
        port = self._port
        if wanted is None or port is None:
            return
        self.failure.hide()
        self._stop = threading.Event()
        self._enter(State.LOOKING, self.tr("Reading the machine; nothing is sent to it yet"))
        report = self._background.progress(self._stepped)
        machine = self._machine
        self._background.run(
            Lane.MACHINE,
            partial(
                self._services.plan,
                port.device,
                wanted,
                machine_id=machine.id if machine else None,
                asset_number=machine.asset_number if machine else None,
                on_step=report,
                cancelled=self._stop,
            ),
            self._planned,
            self._no_plan,
            topics=CHANGES,
        )

    def _planned(self, plan: WritePlan) -> None:
        self._plan = plan
        count = len(plan.changes)
        name = plan.asset_number or self.tr("not known")
        words = self.tr("1 change") if count == 1 else self.tr("{n} changes").format(n=count)
        self.title.setText(self.tr("Machine {name}: {changes}").format(name=name, changes=words))
        self.warnings.show_checks(
            [(TagKind.WARNING, warning_words(each)) for each in plan.warnings]
        )
        self.rows.set_rows([_Row(line, plan.decimals) for line in plan.lines])
        self._stack.setCurrentIndex(1)
        self.sentence.setText(self.tr("Nothing was sent yet. Read every line."))
        self._enter(State.PREVIEW, "")

    def _no_plan(self, error: BaseException) -> None:
        self._enter(State.FORM, "")
        self._tell_failure(error)

    def _arm(self) -> None:
        if self._plan is None:
            return
        count = len(self._plan.changes)
        words = self.tr("Write 1 change") if count == 1 else self.tr("Write {n} changes")
        self.send_action.setText(words.format(n=count))
        sentence = self.tr("F8 sends it to the machine. Esc goes back, nothing was sent yet.")
        self.sentence.setText(sentence)
        announce(self, sentence)
        self._enter(State.ARMED, "")

    def _send(self) -> None:
        plan, port = self._plan, self._port
        if plan is None or port is None or self.state is not State.ARMED:
            return
        self._stop = threading.Event()
        self._live = live = LiveTrace()
        self.sentence.setText(self.tr("Writing. Leave the plug where it is."))
        self._enter(State.WRITING, self.tr("Writing, then reading again for the proof"))

        def on_bytes(seconds: float, sender: str, data: bytes) -> None:
            live.add(seconds, sender, data)

        self._background.run(
            Lane.MACHINE,
            partial(
                self._services.write,
                port.device,
                plan,
                on_step=self._background.progress(self._stepped),
                on_bytes=on_bytes,
                cancelled=self._stop,
            ),
            self._written,
            self._not_written,
            topics=CHANGES,
        )

    def _stepped(self, step: WriteStep) -> None:
        stages = {
            "look": self.tr("Reading the machine; nothing is sent to it yet"),
            "write": self.tr("Writing. Leave the plug where it is."),
            "proof": self.tr("Reading again: what has the machine made of it?"),
        }
        if self.running and stages.get(step.stage, "") != self._told:
            self._told = stages.get(step.stage, "")
            self.changed.emit()

    def _written(self, outcome: WriteOutcome) -> None:
        decimals = outcome.plan.decimals
        self.rows.set_rows(
            [_Row(line.change, decimals, line.result, line.found) for line in outcome.lines]
        )
        self.sentence.setText(self._proof(outcome))
        self.warnings.show_checks([])
        self.form.empty()
        self._enter(State.DONE, "")
        self._keep_trace(outcome)
        problem = outcome.problem or outcome.proof_problem
        if problem is not None:
            self._tell_failure(problem)

    def _proof(self, outcome: WriteOutcome) -> str:
        results = [line.result for line in outcome.lines]
        if set(results) <= {"unproven"}:
            return self.tr("Nothing is proven. Read the machine to see which values it has now.")
        words = self.tr("{n} of {all} values are in the machine now, as a read after it shows.")
        return words.format(n=results.count("accepted"), all=len(results))

    def _not_written(self, error: BaseException) -> None:
        """A bug, or a problem before the first byte."""
        self._enter(State.DONE, "")
        self.sentence.setText(self.tr("Read the machine to see which values it has now."))
        self._tell_failure(error)

    def _keep_trace(self, outcome: WriteOutcome) -> None:
        entries = self._live.entries()
        if entries and self._port is not None:
            head = TraceHead(
                link=outcome.plan.link,
                adapter=self._port.adapter or self._port.description,
                port=self._port.device,
                machine=outcome.plan.asset_number or "",
                at=outcome.at,
                failure=outcome.code or "",
                practice=self._port.practice,
            )
            self.traced.emit(StoredTrace(head, entries))

    def _go_back(self) -> None:
        if self.state in (State.PREVIEW, State.ARMED):
            self._to_form()
        else:
            self.left.emit()

    def _to_form(self) -> None:
        self._plan = None
        self.failure.hide()
        self._stack.setCurrentIndex(0)
        self._enter(State.FORM, "")

    # inside

    def _enter(self, state: State, told: str) -> None:
        if self.state is State.FORM:
            self._was_typing = self.form.focusWidget()
        self.state, self._told = state, told
        self.form.setEnabled(state is State.FORM)
        if state is State.FORM and self._was_typing is not None and self.isVisible():
            self._was_typing.setFocus()  # a digit must not leave the screen
        self.changed.emit()

    def _sendable(self) -> bool:
        return self._plan is not None and bool(self._plan.changes)

    def _tell_failure(self, error: BaseException) -> None:
        cancelled = isinstance(error, Problem) and error.code == "cancelled"
        self.failure.show_failure(self._messages.error(error), critical=not cancelled)

    # cells

    def _what(self, row: _Row) -> Cell:
        return Cell(change_words(row.change), face=Face.STRONG)

    def _before(self, row: _Row) -> str:
        return value_words(row.change, row.change.before, row.decimals)

    def _after(self, row: _Row) -> Cell:
        return Cell(value_words(row.change, row.change.after, row.decimals), face=Face.STRONG)

    def _found(self, row: _Row) -> str:
        return value_words(row.change, row.found, row.decimals) if row.result else ""

    def _result(self, row: _Row) -> Cell:
        if row.result:
            mark = _MARKS.get(row.result, TagKind.UNKNOWN)
            return Cell(RESULTS.get(row.result, row.result), mark=mark)  # type: ignore[call-overload]
        if row.change.same:
            return Cell(self.tr("is so already"), mark=TagKind.QUIET)
        if not row.change.known:
            return Cell(self.tr("no such selection"), mark=TagKind.WARNING)
        return Cell(self.tr("will change"), mark=TagKind.CHANGE)

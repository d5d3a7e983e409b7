"""The first view of a machine: its last read, what it sold between the reads, who it is, its reads.

The list of reads says in words and figures what the chart draws.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.records import RecordState
from cvd_desktop.ui import formats
from cvd_desktop.ui.history_words import HistoryWords, spans
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, count
from cvd_desktop.ui.read_words import MARK_OF_STATE
from cvd_desktop.ui.screens.machine_history_card import HistoryCard
from cvd_desktop.ui.screens.machine_part import (
    ListCard,
    MachinePart,
    MachineRead,
    MachineShown,
)
from cvd_desktop.ui.screens.read_part import PartWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.verdict_card import VerdictCard

READS_SHOWN = 3


class OverviewPart(MachinePart):
    """Chart and list of reads are two views of the same: a read chosen in one is chosen in both."""

    read_changed = Signal()
    """Another read is current now."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self._history_words = HistoryWords(self)
        self._remarks: dict[str, str] = {}
        self._build_verdict(look)
        self.history = HistoryCard(look)
        self.history.setParent(self.widget())
        self.main.addWidget(self.history, 1)
        self.main.addStretch(0)
        self.history.read_opened.connect(self.read_opened)
        self.history.read_chosen.connect(self._go_to_read)
        self._build_identity(look)
        self._build_reads(look)

    def _build_verdict(self, look: Look) -> None:
        self.newer = NoteLine(look)
        self.no_verdict = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        card = VerdictCard(look, self.widget(), self.newer, self.no_verdict)
        self.main.addWidget(card)
        self.title, self.state, self.at = card.title, card.state, card.at
        self.verdict = card.verdict
        self.verdict.opened.connect(self._open_question)

    def _build_identity(self, look: Look) -> None:
        card = Card(look, self.tr("Machine"), parent=self.widget())
        self.side.addWidget(card)
        self.identity = FactList(look)
        self.note = TextLabel(look, "", "dense", wrap=True)
        card.body.addWidget(self.identity)
        card.body.addWidget(self.note)

    def _build_reads(self, look: Look) -> None:
        self.reads: TableModel[MachineRead] = TableModel(
            self._read_columns(), key=lambda read: read.record.id, parent=self
        )
        self.reads_table = TableView(
            look, self.reads, self.tr("Reads"), look.theme.control.row, enter_opens=True
        )
        self.reads_table.keep_height(READS_SHOWN)
        self.reads_card = ListCard(look, self.reads_table, self.widget())
        self.reads_card.set_heading(self.tr("Reads"))
        self.side.addWidget(self.reads_card, 1)
        self.side.addStretch(0)
        self.reads_table.opened.connect(self._open_read)
        self.reads_table.current_changed.connect(self._current_changed)

    def _read_columns(self) -> tuple[Column[MachineRead], ...]:
        return (
            Column("at", self.tr("Read"), self._at, fit=Fit.REST, least=168),
            Column("verdict", self.tr("Verdict"), self._verdict),
            Column("units", self.tr("Vends"), self._units, right=True, rank=1),
            Column("value", self.tr("Value"), self._value, right=True, rank=1),
            Column("cash", self.tr("Cash"), self._cash, right=True, rank=2, optional=True),
            Column(
                "cashless", self.tr("Cashless"), self._cashless, right=True, rank=3, optional=True
            ),
            Column("meter", self.tr("Vends, meter"), self._meter, right=True, rank=5),
            Column("by", self.tr("By"), lambda r: r.record.actor_name or NOTHING, rank=4),
            Column("state", self.tr("Record"), self._state, rank=6),
        )

    # showing

    def show_machine(self, shown: MachineShown) -> None:
        before = self.shown
        super().show_machine(shown)
        same = before is not None and before.line.record.id == shown.line.record.id
        never = shown.fetched and not shown.reads  # the head says it, nothing else needs to
        self.history.setVisible(not never)
        self.reads_card.setVisible(not never)
        self._show_identity(shown)
        self._show_verdict(shown)
        self._show_history(shown)
        self._show_reads(shown, same=same)

    def first_focus(self) -> QWidget | None:
        return self.reads_table

    def current_read(self) -> MachineRead | None:
        return self.reads_table.current()

    def _show_identity(self, shown: MachineShown) -> None:
        record, said = shown.line.record, self._said(shown)
        reading = shown.last.detail.reading if shown.last is not None else None
        identity = reading.identity if reading is not None else None
        lines = [
            (self.tr("Make and model"), formats.make_and_model(record.make, record.model)),
            (self.tr("Kind"), record.machine_type),
            (self.tr("Route"), shown.line.route_number),
            (self.tr("Serial number"), said(record.serial_number, "serial_number")),
            (self.tr("Control board"), said(record.control_board, "control_board")),
            (self.tr("Software"), (identity.software if identity is not None else None) or ""),
            (self.tr("Names itself"), (identity.model if identity is not None else None) or ""),
        ]
        self.identity.show_lines([(name, value) for name, value in lines if value])
        self.note.setText(record.note)
        self.note.setVisible(bool(record.note))

    def _said(self, shown: MachineShown) -> _Said:
        return _Said(shown, self.tr("{said}, the office has {planned}"))

    def _show_verdict(self, shown: MachineShown) -> None:
        last = shown.last
        detail = last.detail if last is not None else None
        self.verdict.setVisible(detail is not None)
        self.state.setVisible(detail is not None)
        self.newer.show_note(TagKind.INFO, self._newer(shown))
        self.at.setText(
            formats.moment_beside(detail.summary.at, shown.now) if detail is not None else ""
        )
        words = self._no_verdict_words(shown) if detail is None else ""
        self.no_verdict.setText(words)
        self.no_verdict.setVisible(bool(words))
        if detail is None:
            head = self.tr("Last read")
            if shown.fetched and not shown.reads:
                head = self.tr("Not read yet")
            self.title.setText(head)
            return
        self.title.setText(self.words.read.title(detail))
        state = detail.summary.state
        self.state.show_tag(TagKind(state.value), self.words.messages.state(state))
        self.verdict.show_rows(self.words.read.verdict_rows(detail))

    def _no_verdict_words(self, shown: MachineShown) -> str:
        if shown.trouble:
            return shown.trouble
        if not shown.fetched:
            return self.tr("Fetching the reads of this machine.")
        if not shown.reads:
            return self.tr("No read of this machine is known yet. Read it to begin.")
        if not shown.worked_out:
            return self.tr("Working out its {n} reads.").format(n=formats.number(len(shown.reads)))
        return self.tr(
            "Its reads were taken on other laptops: their figures are here, their files are not. "
            "Read the machine to see all of it."
        )

    def _newer(self, shown: MachineShown) -> str:
        """A read of another laptop that is newer than the newest file here."""
        if shown.last is None or not shown.reads:
            return ""
        newest = shown.reads[0].record
        at = from_wire(newest.at)
        if newest.id == shown.last.detail.summary.id or at <= shown.last.detail.summary.at:
            return ""
        when = formats.moment_beside(at, shown.now)
        by = newest.actor_name
        words = self.tr("{by} read it on another laptop, {when}. This is the newest file here.")
        if not by:
            words = self.tr("It was read on another laptop, {when}. This is the newest file here.")
        return words.format(by=by, when=when)

    def _show_history(self, shown: MachineShown) -> None:
        self._remarks = {}
        if shown.trouble:
            self.history.say(shown.trouble)
        elif shown.history is None:
            self.history.say(self.tr("Working out what was sold between the reads."))
        else:
            points = shown.history.points
            for n, (point, begin) in enumerate(zip(points, spans(points), strict=True)):
                remark = self._history_words.remark(point, begin, n)
                if remark is not None:
                    self._remarks[point.read_id] = remark.word
            self.history.show_history(shown.history, shown.now)

    def _show_reads(self, shown: MachineShown, *, same: bool) -> None:
        if not same:
            self.reads.set_rows(())
        self.reads.set_rows(shown.reads)
        heading = self.tr("Reads")
        if shown.reads:
            heading = self.tr("Reads, {n}").format(n=formats.number(len(shown.reads)))
        self.reads_card.set_heading(heading)
        waiting = self.tr("Fetching the reads of this machine.")
        self.reads_card.say("" if shown.fetched else shown.trouble or waiting)
        if shown.reads and self.reads_table.current() is None:
            self.reads_table.go_to(0)
        self.read_changed.emit()

    # cells

    def _at(self, read: MachineRead) -> Cell:
        """When, and below it what for and what is odd about the time since the read before."""
        record = read.record
        at = from_wire(record.at)
        now = self.shown.now if self.shown is not None else at
        detail = self.words.read.purpose(record.purpose)
        remark = self._remarks.get(record.id)
        if remark:
            detail = f"{detail}, {remark}"
        return Cell(formats.moment_beside(at, now), detail=detail, face=Face.STRONG)

    def _verdict(self, read: MachineRead) -> Cell:
        record = read.record
        states = record.verdict.model_dump().values()
        word, state = self.words.read.overall(record.complete, states)
        return Cell(word, mark=MARK_OF_STATE[state])

    def _units(self, read: MachineRead) -> Cell:
        return _figure(count(read.point.units) if read.point is not None else NOTHING)

    def _value(self, read: MachineRead) -> Cell:
        return _figure(self._money(read.point.value if read.point is not None else None))

    def _cash(self, read: MachineRead) -> Cell:
        return _figure(self._money(read.point.cash if read.point is not None else None))

    def _cashless(self, read: MachineRead) -> Cell:
        return _figure(self._money(read.point.cashless if read.point is not None else None))

    def _meter(self, read: MachineRead) -> str:
        return count(read.record.number_of_paid_vends_since_init)

    def _state(self, read: MachineRead) -> Cell:
        state = read.state
        word = self.words.messages.state(state)
        if state is RecordState.ON_THE_SERVER and not read.here:
            word = self.tr("Only on the server")
        return Cell(word, mark=TagKind(state.value))

    def _money(self, value: int | None) -> str:
        history = self.shown.history if self.shown is not None else None
        decimals = history.decimals if history is not None else 2
        return NOTHING if value is None else formats.money(value, decimals)

    # what is opened

    def _open_read(self, row: int) -> None:
        read = self.reads.row(row)
        if read is not None:
            self.read_opened.emit(read.record.id)

    def _current_changed(self) -> None:
        read = self.reads_table.current()
        if read is not None:
            self.history.go_to(read.record.id)
        self.read_changed.emit()

    def _go_to_read(self, read_id: str) -> None:
        row = self.reads.find(read_id)
        if row is not None:
            self.reads_table.go_to(row)

    def _open_question(self, question: str) -> None:
        last = self.shown.last if self.shown is not None else None
        if last is None:
            return
        answer = getattr(last.detail.verdict, question)
        self.proof_wanted.emit(
            Proof(
                self.words.messages.asked(question),
                self.words.messages.answer(question, answer),
                last.lines.of_question(question),
                who=self.words.messages.who_acts(answer),
                in_trace=question == "link",
            )
        )


class _Said:
    """What the machine says of itself, with what the office has where that is something else."""

    def __init__(self, shown: MachineShown, both: str) -> None:
        reading = shown.last.detail.reading if shown.last is not None else None
        self._identity = reading.identity if reading is not None else None
        self._both = both

    def __call__(self, planned: str, name: str) -> str:
        said = getattr(self._identity, name) if self._identity is not None else None
        said = (said or "").strip()
        if not said or not planned or said == planned:
            return said or planned
        return self._both.format(said=said, planned=planned)


def _figure(text: str) -> Cell:
    return Cell(text, Tone.MUTED if text == NOTHING else Tone.PLAIN)

"""A bank of machines read at once: a row for each adapter, filling up as its machine is read."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.records import PortFact, ReadStep
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import ReadProgress, advance, port_name
from cvd_desktop.ui.read_words import MARK_OF_STATE, ReadWords
from cvd_desktop.ui.screens.run_read import ReadOutcome
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.read_services import ReadBank

CHANGES = frozenset({"reads", "outbox"})


class BankOutcome(Protocol):
    """What became of one port."""

    @property
    def device(self) -> str: ...
    @property
    def outcome(self) -> ReadOutcome: ...


@dataclass(frozen=True, slots=True)
class BankRow:
    """One adapter. `outcome` is None while its machine is being read."""

    port: PortFact
    progress: ReadProgress = field(default_factory=ReadProgress)
    outcome: ReadOutcome | None = None


class BankPage(QWidget):
    """Reads when `begin` is called; a row opens its read."""

    opened = Signal(str)
    """Id of a read that a person wants to see."""
    changed = Signal()
    """It began, or has ended."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        words: ReadWords,
        read_bank: ReadBank,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._messages = messages
        self._words = words
        self._read_bank = read_bank
        self._rows: dict[str, BankRow] = {}
        self._stop = threading.Event()
        self.running = False
        space = look.theme.space
        column = QVBoxLayout(self)
        pad = look.theme.frame.content_padding
        column.setContentsMargins(pad, pad, pad, pad)
        card = Card(look, padding=1, parent=self)
        card.head.setContentsMargins(space.l, space.m, space.l, 0)
        column.addWidget(card, 1)
        self.title = TextLabel(look, "", "title", wrap=True)
        card.head.addWidget(self.title, 1)
        self.rows = TableModel(self._columns(), key=lambda row: row.port.device, parent=self)
        self.table = TableView(
            look,
            self.rows,
            self.tr("Machines that are read at once"),
            look.theme.control.verdict_row,
            enter_opens=True,
        )
        self.table.opened.connect(self._open)
        card.body.addWidget(self.table, 1)

    def _columns(self) -> tuple[Column[BankRow], ...]:
        return (
            Column("port", self.tr("Adapter"), self._adapter, fit=Fit.REST, least=160),
            Column("machine", self.tr("Machine"), self._machine),
            Column("state", self.tr("State"), self._state, fit=Fit.REST, least=220),
            Column("blocks", self.tr("Blocks"), self._blocks, right=True, rank=1),
            Column("bytes", self.tr("Bytes"), self._bytes, right=True, rank=2),
            Column("seconds", self.tr("Seconds"), self._seconds, right=True, rank=3),
        )

    # reading

    def begin(self, ports: Sequence[PortFact], purpose: str) -> None:
        """Read the machines at these ports, all at once."""
        self._rows = {port.device: BankRow(port) for port in ports}
        self._stop = threading.Event()
        self.running = True
        self._show()
        report = self._background.progress(self._told)
        progress: dict[str, ReadProgress] = {}

        def on_step(device: str, step: ReadStep) -> None:
            progress[device] = advance(progress.get(device, ReadProgress()), step)
            report(dict(progress))

        self._background.run(
            Lane.MACHINE,
            partial(
                self._read_bank,
                tuple(self._rows),
                purpose=purpose,
                on_step=on_step,
                cancelled=self._stop,
            ),
            self._ended,
            self._broke,
            topics=CHANGES,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """End them all; what arrived is kept."""
        self._stop.set()

    def _told(self, progress: Mapping[str, ReadProgress]) -> None:
        for device, told in progress.items():
            if device in self._rows:
                self._rows[device] = replace(self._rows[device], progress=told)
        self._show()

    def _ended(self, outcomes: Sequence[BankOutcome]) -> None:
        for one in outcomes:
            self._rows[one.device] = replace(self._rows[one.device], outcome=one.outcome)
        self._over()

    def _broke(self, error: BaseException) -> None:
        self._over()
        self.title.setText(self._messages.error(error).what)

    def _over(self) -> None:
        self.running = False
        self._show()
        self.table.go_to(0)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)  # Enter opens a row
        self.changed.emit()

    # showing

    def _show(self) -> None:
        rows = tuple(self._rows.values())
        self.rows.set_rows(rows)
        if self.running:
            words = self.tr("Reading {n} machines at once").format(n=formats.number(len(rows)))
        else:
            good = sum(row.outcome is not None and row.outcome.problem is None for row in rows)
            words = self.tr("{good} of {n} machines are read").format(
                good=formats.number(good), n=formats.number(len(rows))
            )
        self.title.setText(words)

    def _adapter(self, row: BankRow) -> Cell:
        return Cell(port_name(row.port), detail=row.port.device, face=Face.STRONG)

    def _machine(self, row: BankRow) -> Cell:
        read = row.outcome.read if row.outcome is not None else None
        if read is not None and read.machine_asset:
            return Cell(read.machine_asset, face=Face.LABEL)
        return Cell(self.tr("not known yet") if row.outcome is None else "", Tone.MUTED)

    def _state(self, row: BankRow) -> Cell:
        outcome = row.outcome
        if outcome is None:
            phase = row.progress.phase
            words = self._words.phase(phase) if phase else self.tr("Waiting")
            return Cell(words, mark=TagKind.CURRENT)
        if outcome.problem is not None:
            told = self._messages.error(outcome.problem)
            kept = self.tr("A part of it is kept.") if outcome.read is not None else ""
            return Cell(told.what, mark=TagKind.ALERT, detail=kept, wrap=True)
        if outcome.read is None:
            return Cell(self.tr("Nothing came"), mark=TagKind.ALERT)
        words, state = self._words.summary_verdict(outcome.read)
        return Cell(words, mark=MARK_OF_STATE[state])

    def _blocks(self, row: BankRow) -> Cell:
        return _figure(row.progress.blocks)

    def _bytes(self, row: BankRow) -> Cell:
        return _figure(row.progress.received)

    def _seconds(self, row: BankRow) -> Cell:
        return Cell(f"{row.progress.seconds:.1f}" if row.progress.seconds else "")

    def _open(self, number: int) -> None:
        row = self.rows.row(number)
        if row is not None and row.outcome is not None and row.outcome.read is not None:
            self.opened.emit(row.outcome.read.id)


def _figure(number: int) -> Cell:
    return Cell(formats.number(number) if number else "")

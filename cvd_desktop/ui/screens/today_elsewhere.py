"""Machines that are due and not on this run: the list behind Today, Enter serves one."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.route_records import MachineElsewhere, RunView
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.read_shown import NOTHING, Amounts
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.today_words import TodayWords
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel

ROW = 56  # px: two lines and a glove
LEAST_ROWS = 4


class ElsewherePage(QWidget):
    """One row a machine: what it needs, why it is due, how far it is from a stop."""

    opened = Signal(str)
    """Id of a machine that a person wants to serve."""
    changed = Signal()
    """Another machine is current."""

    def __init__(self, look: Look, words: TodayWords, clock: Clock, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._words = words
        self._clock = clock
        pad = look.theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(look.theme.space.m)
        self.about = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        column.addWidget(self.about)
        card = Card(look, padding=1, parent=self)
        card.body.setSpacing(0)
        column.addWidget(card, 1)
        self.rows: TableModel[MachineElsewhere] = TableModel(
            self._columns(), key=lambda one: one.machine.record.id, parent=self
        )
        self.table = TableView(look, self.rows, self.tr("Machines not on this run"), ROW)
        self.table.keep_height(LEAST_ROWS)
        self.table.opened.connect(self._open_row)
        self.table.current_changed.connect(lambda _: self.changed.emit())
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(pad, pad, pad, pad)
        card.body.addWidget(self.empty)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)

    def _columns(self) -> tuple[Column[MachineElsewhere], ...]:
        tr = self.tr
        return (
            Column("machine", tr("Machine"), self._machine, fit=Fit.REST, least=150),
            Column("need", tr("Needs"), self._need),
            Column("lowest", tr("Lowest slot"), self._lowest, right=True),
            Column("due", tr("Why it is due"), self._due, fit=Fit.REST, least=170, rank=1),
            Column("cash", tr("Cash"), self._cash, right=True, rank=2),
            Column("near", tr("From stop"), self._near, right=True),
            Column("read", tr("Last read"), self._read, right=True, rank=3),
        )

    def _machine(self, one: MachineElsewhere) -> Cell:
        record = one.machine.record
        place = one.location.name if one.location is not None else record.location_name
        return Cell(record.asset_number, face=Face.LABEL, detail=place)

    def _need(self, one: MachineElsewhere) -> Cell:
        need = self._words.machine_need(one.machine)
        return Cell(need.words, mark=need.kind, boxed=True)

    def _lowest(self, one: MachineElsewhere) -> Cell:
        return Cell(self._words.days(one.machine.urgency.days_left), face=Face.STRONG)

    def _due(self, one: MachineElsewhere) -> Cell:
        reasons = [self._words.due(reason, one.machine) for reason in one.machine.due]
        return Cell(", ".join(reasons) or NOTHING, wrap=True)

    def _cash(self, one: MachineElsewhere) -> Cell:
        record = one.machine.record
        due = one.machine.urgency.cash_due
        return Cell(Amounts(record.currency, record.decimals).full(due))

    def _near(self, one: MachineElsewhere) -> Cell:
        stop = one.nearest_stop
        detail = self.tr("stop {n}").format(n=formats.number(stop)) if stop is not None else ""
        return Cell(self._words.near(one), detail=detail)

    def _read(self, one: MachineElsewhere) -> Cell:
        at = one.machine.last_read_at
        return Cell(self.tr("never") if at is None else age_words(self._clock() - at))

    # what the screen asks

    def show_run(self, view: RunView, now: datetime) -> None:
        del now
        self.show_machines(view.elsewhere)
        self.about.setText(self._words.elsewhere(view) if view.elsewhere else "")
        self.about.setVisible(bool(view.elsewhere))

    def show_machines(self, machines: Sequence[MachineElsewhere]) -> None:
        self.rows.set_rows(machines)
        if machines and self.table.current() is None:
            self.table.go_to(0)
        self.table.setVisible(bool(machines))
        self.empty.setVisible(not machines)
        self.empty.setText(
            self.tr(
                "Every machine of your routes that is due stands on this run. Another machine is "
                "found by its label or with Ctrl+K, and can be served from there."
            )
        )
        self.changed.emit()

    def current(self) -> MachineElsewhere | None:
        return self.table.current() if self.rows.rowCount() else None

    def take_focus(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_row(self, row: int) -> None:
        one = self.rows.row(row)
        if one is not None:
            self.opened.emit(one.machine.record.id)

"""What can be done in the Fill tab, each with its key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from cvd_desktop.domain.fill_cell import units_to_put_in
from cvd_desktop.ui import formats
from cvd_desktop.ui.fill_hand import Mode
from cvd_desktop.ui.screens.fill_panel import PanelActions
from cvd_desktop.ui.screens.fill_questions import ask_expiry, ask_product, ask_spoiled
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import themed_icon

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.fill_part import FillPart


class FillActions(QObject):
    """To add one: its line here, its place in `offered`."""

    def __init__(self, look: Look, part: FillPart) -> None:
        super().__init__(part)
        self._look = look
        self._part = part
        make = self._make
        self.all = make("arrow-up", "F8", part.all_to_par, self.tr("All to par"))
        self.undo = make("undo", "Ctrl+Z", part.undo, self.tr("Undo"))
        self.next = make("arrow-right", "N", part.next_flag, self.tr("Next flag"))
        self.redo = make("retry", "Ctrl+Y", part.redo, self.tr("Redo"))
        self.par = make("check", "P", part.par, self.tr("This to par"))
        self.remove = make("minus", "-", lambda: part.begin(Mode.REMOVED), self.tr("Removed"))
        self.spoil = make("close", "S", lambda: ask_spoiled(look, part), self.tr("Spoiled"))
        self.count = make("ring-dot", "C", lambda: part.begin(Mode.COUNT), self.tr("Count"))
        self.swap = make("reorder", "X", lambda: ask_product(look, part), self.tr("Other product"))
        self.expiry = make("clock", "E", lambda: ask_expiry(look, part), self.tr("Date"))
        self.price = make("check", "V", part.confirm_price, self.tr("It is right now"))
        self.confirm = make("check", "", part.confirm, self.tr("Confirm"))
        self.put_in = make("arrow-up", "", part.par, self.tr("Put in"))
        self.source = make("file", "L", self._open_source, self.tr("Lines of the read"))
        self.cabinet = make("arrow-down", "PgDown", part.next_cabinet, "")
        self.panel = make("list", "K", part.toggle_panel, self.tr("Keypad"))
        self.close = make("close", "", part.toggle_panel, self.tr("Close"))
        self._changing = (
            self.all,
            self.par,
            self.remove,
            self.spoil,
            self.count,
            self.swap,
            self.expiry,
            self.price,
            self.confirm,
            self.put_in,
        )

    def _make(self, icon: str, key: str, run: Callable[[], object], text: str) -> QAction:
        action = QAction(themed_icon(self._look, icon), text, self)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: run())
        return action

    def _read_behind(self) -> str:
        """Id of the read that says what was sold of the current slot; empty for none."""
        cell = self._part.cell()
        if cell is None:
            return ""
        lines = self._part.words.ledger(cell.facts, self._part.now())
        return next((line.read_id for line in lines if line.read_id), "")

    def _open_source(self) -> None:
        read_id = self._read_behind()
        if read_id:
            self._part.open_source(read_id)

    def of_panel(self) -> PanelActions:
        """Those that the panel has buttons for."""
        return PanelActions(
            spoil=self.spoil,
            remove=self.remove,
            count=self.count,
            par=self.par,
            confirm=self.confirm,
            price=self.price,
            close=self.close,
        )

    def offered(self) -> Sequence[QAction]:
        """For the action bar, the most wanted first."""
        part = self._part
        several = len(part.view.shown_cabinets()) < len(part.cabinet_numbers())
        return (
            self.all,
            *((self.panel,) if part.is_sheet() else ()),
            *((self.cabinet,) if several else ()),
            self.undo,
            self.next,
            self.par,
            self.remove,
            self.spoil,
            self.count,
            self.swap,
            self.expiry,
            *((self.price,) if part.price_waits() else ()),
            self.source,
            self.redo,
        )

    def show_state(self, *, able: bool, why: str) -> None:
        """What can be done now; `why` says why nothing may be changed."""
        part = self._part
        cell, sheet = part.cell(), part.hand.sheet
        for action in self._changing:
            action.setEnabled(able and cell is not None)
            action.setStatusTip(why)
        self.undo.setEnabled(able and bool(sheet.past))
        self.redo.setEnabled(able and bool(sheet.future))
        self.undo.setStatusTip(why or self.tr("Nothing was changed here yet"))
        self.redo.setStatusTip(why or self.tr("Nothing was taken back"))
        self.source.setEnabled(self._read_behind() != "")
        self.source.setStatusTip(self.tr("No read is behind this stock"))
        if cell is None:
            return
        self.confirm.setText(self.tr("Confirm {slot}").format(slot=cell.facts.key.label))
        units = formats.number(units_to_put_in(cell))
        self.put_in.setText(
            self.tr("Put {n} into {slot}").format(n=units, slot=cell.facts.key.label)
        )
        numbers = part.cabinet_numbers()
        at = numbers.index(cell.facts.key.cabinet)
        last = at + 1 == len(numbers)
        self.cabinet.setText(part.cabinet_name(numbers[at - 1 if last else at + 1]))
        self.cabinet.setShortcut(QKeySequence("PgUp" if last else "PgDown"))

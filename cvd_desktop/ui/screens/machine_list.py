"""The list of machines: found by typing, walked by arrows while typing, fetched by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.table_model import PAGE_ROWS, Cell, Column, Deliver, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel

Found = tuple[Sequence[MachineLine], int]
FindMachines = Callable[[str, int, int], Found]
"""find_machines(text, offset, limit) -> lines and how many there are in all"""


class MachineList(QWidget):
    """The query of every key runs in the database lane; answers to older keys are dropped."""

    opened = Signal(object)
    """MachineLine that a person opened."""
    changed = Signal()
    """The current line or the number of machines is another now."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        find_machines: FindMachines,
        clock: Clock,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._messages = messages
        self._find_machines = find_machines
        self._clock = clock
        self._scan: str | None = None
        self._job: Job[Found] | None = None
        self.total: int | None = None
        theme = look.theme
        pad = theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme.space.m)
        self.field = Field(
            look,
            self.tr("Find a machine"),
            hint=self.tr("Asset number, location, make, model or route"),
        )
        self.field.edited.connect(self._search)
        self.field.edit.installEventFilter(self)
        column.addWidget(self.field)
        card = Card(look, padding=1)
        column.addWidget(card, 1)
        card.body.setSpacing(0)
        self.machines = TableModel(self._columns(), key=lambda line: line.record.id, parent=self)
        self.table = TableView(look, self.machines, self.tr("Machines"), theme.control.row)
        self.table.keep_height(2)
        self.table.opened.connect(self._open_row)
        self.table.current_changed.connect(self.changed)
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(pad, pad, pad, pad)
        card.body.addWidget(self.empty)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)
        self._say(self.tr("Fetching the machines of your routes."))

    def _columns(self) -> tuple[Column[MachineLine], ...]:
        return (
            Column(
                "asset", self.tr("Machine"), lambda line: line.record.asset_number, face=Face.LABEL
            ),
            Column(
                "place",
                self.tr("Place"),
                lambda line: line.record.location_name or self.tr("no location"),
                face=Face.STRONG,
                fit=Fit.REST,
                least=180,
            ),
            Column(
                "make",
                self.tr("Make and model"),
                lambda line: formats.make_and_model(line.record.make, line.record.model),
                fit=Fit.REST,
                rank=2,
            ),
            Column(
                "type",
                self.tr("Kind"),
                lambda line: line.record.machine_type,
                rank=3,
                tone=Tone.MUTED,
            ),
            Column("route", self.tr("Route"), self._route, rank=1),
            Column("read", self.tr("Last read"), self._last_read, right=True),
        )

    # what the screen asks

    def current(self) -> MachineLine | None:
        return self.table.current()

    def current_row(self) -> int:
        return self.table.currentIndex().row()

    def found_words(self) -> str:
        """How many there are: "60 machines", "9 found"."""
        if self.total is None:
            return ""
        found = self.tr("1 found") if self.field.text() else self.tr("1 machine")
        if self.total != 1:
            many = self.tr("{n} found") if self.field.text() else self.tr("{n} machines")
            found = many.format(n=formats.number(self.total))
        return found

    def reload(self) -> None:
        self._find(self.field.text())

    def look_for(self, asset: str) -> None:
        """A scanned label: the machine with exactly this number opens."""
        self._scan = asset
        self.field.set_text(asset)
        self._find(asset)

    def clear(self) -> None:
        """Show all."""
        self.field.set_text("")
        self._search("")

    def open_current(self) -> None:
        self._open_row(self.current_row())

    # finding

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Arrow keys walk the list while the search field has the focus."""
        walk = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and watched is self.field.edit
            and event.key() in walk
        ):
            QApplication.sendEvent(self.table, event)
            return True
        return bool(super().eventFilter(watched, event))

    def _search(self, text: str) -> None:
        self._scan = None
        self._find(text)

    def _find(self, text: str) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self._background.run(
            Lane.DATABASE,
            partial(self._find_machines, text, 0, PAGE_ROWS),
            partial(self._show_found, text),
            self._not_found,
        )

    def _show_found(self, text: str, found: Found) -> None:
        lines, total = found
        self.total = total
        if total <= len(lines):
            self.machines.set_rows(lines)
        else:
            self.machines.set_paged(total, partial(self._fetch_page, text), lines)
        if lines and self.table.current() is None:
            self.table.go_to(0)
        self._say(self._empty_words(text) if not total else "")
        self.changed.emit()
        scan, self._scan = self._scan, None
        if scan is not None and lines and lines[0].record.asset_number == scan:
            self._open_row(0)

    def _empty_words(self, text: str) -> str:
        if text:
            return self.tr(
                'No machine has "{text}" in its asset number, location, make, model or route. '
                "Show all with Esc."
            ).format(text=text)
        return self.tr(
            "No machine is on this laptop yet. Sign in and sync: the machines of your routes come "
            "from the office. A machine can be read without being in the list."
        )

    def _fetch_page(
        self, text: str, offset: int, limit: int, deliver: Deliver[MachineLine]
    ) -> None:
        self._background.run(
            Lane.DATABASE,
            partial(self._find_machines, text, offset, limit),
            lambda found: deliver(found[0]),
            self._not_found,
        )

    def _not_found(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._say(f"{told.what} {told.do}")

    def _say(self, sentence: str) -> None:
        self.empty.setText(sentence)
        self.empty.setVisible(bool(sentence))
        self.table.setVisible(not sentence)

    def _open_row(self, row: int) -> None:
        line = self.machines.row(row)
        if line is not None:
            self.opened.emit(line)

    # cells

    def _route(self, line: MachineLine) -> Cell:
        if not line.route_number:
            return Cell(self.tr("no route"), Tone.MUTED)
        return Cell(line.route_number)

    def _last_read(self, line: MachineLine) -> Cell:
        if line.last_read_at is None:
            return Cell(self.tr("never read"), Tone.MUTED)
        return Cell(formats.moment_beside(line.last_read_at, self._clock()))

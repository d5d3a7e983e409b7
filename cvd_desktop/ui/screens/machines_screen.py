"""The Machines screen: find one by typing, see its reads and planogram, go and read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.machine_page import MachinePage
from cvd_desktop.ui.table_model import PAGE_ROWS, Cell, Column, Deliver, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel

if TYPE_CHECKING:
    from cvd_shared.wire_records import PlanogramRecord, ReadRecord

Found = tuple[Sequence[MachineLine], int]


@dataclass(frozen=True, slots=True)
class MachineServices:
    """The services of this screen, bound to the workplace by the application."""

    find_machines: Callable[[str, int, int], Found]
    """find_machines(text, offset, limit) -> lines and how many there are in all"""
    machine_reads: Callable[[str], Sequence[ReadRecord]]
    planogram_of: Callable[[str], PlanogramRecord | None]
    product_names: Callable[[Iterable[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _MachineFacts:
    reads: Sequence[ReadRecord]
    planogram: PlanogramRecord | None
    products: Mapping[str, str]


class MachinesScreen(Screen):
    """The query of every key runs in the database lane; answers to older keys are dropped."""

    name = "machines"
    icon = "machine"
    topics = frozenset({"snapshot", "reads", "outbox"})

    read_wanted = Signal(object)
    """MachineRecord that a person wants to read now."""
    read_opened = Signal(str)
    """Id of a read that a person wants to see."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: MachineServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._total: int | None = None
        self._scan: str | None = None
        self._search_job: Job[Found] | None = None
        self._facts_job: Job[_MachineFacts] | None = None
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._stack.addWidget(self._build_list(look))
        self.page = MachinePage(look, ReadWords(messages, self), self._stack)
        self._stack.addWidget(self.page)
        self.open_action = self.make_action(self._look, "arrow-right", "", self.open_current)
        self.read_action = self.make_action(self._look, "read", "", self._want_read)
        self.back_action = self.make_action(self._look, "arrow-left", "Esc", self.show_list)
        self.show_read_action = self.make_action(self._look, "file", "O", self._open_read)
        self.clear_action = self.make_action(self._look, "close", "Esc", self._clear)
        self.back_action.setText(self.tr("All machines"))
        self.show_read_action.setText(self.tr("Open the read"))
        self.clear_action.setText(self.tr("Show all"))
        self.page.read_opened.connect(self.read_opened)
        self.page.read_changed.connect(self._name_actions)
        self._name_actions()

    def _build_list(self, look: Look) -> QWidget:
        theme = look.theme
        pad = theme.frame.content_padding
        area = QWidget(self._stack)
        column = QVBoxLayout(area)
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
        self.table.current_changed.connect(self._name_actions)
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(pad, pad, pad, pad)
        card.body.addWidget(self.empty)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)
        self._say(self.tr("Fetching the machines of your routes."))
        return area

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

    # what the frame asks

    def word(self) -> str:
        return self.tr("Machine")

    def place(self) -> tuple[str, str]:
        line = self.page.machine()
        if self.machine_shown and line is not None:
            return line.record.asset_number, line.record.location_name
        if self._total is None:
            return self.tr("Machines"), ""
        found = self.tr("1 found") if self.field.text() else self.tr("1 machine")
        if self._total != 1:
            count = formats.number(self._total)
            many = self.tr("{n} found") if self.field.text() else self.tr("{n} machines")
            found = many.format(n=count)
        return self.tr("Machines"), found

    def primary(self) -> QAction | None:
        return self.read_action if self.machine_shown else self.open_action

    def secondary(self) -> Sequence[QAction]:
        if self.machine_shown:
            return (self.back_action, self.show_read_action)
        return (self.clear_action,) if self.field.text() else ()

    def reload(self) -> None:
        self._find(self.field.text())
        line = self.page.machine()
        if self.machine_shown and line is not None:
            self._fetch_facts(line)
        elif not self.field.edit.hasFocus():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def scanned(self, text: str) -> bool:
        """An asset label opens its machine."""
        self._scan = text
        self.show_list()
        self.field.set_text(text)
        self._find(text)
        return True

    # the list

    @property
    def machine_shown(self) -> bool:
        return self._stack.currentWidget() is self.page

    def show_list(self) -> None:
        self._stack.setCurrentIndex(0)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_actions()

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

    def _clear(self) -> None:
        self.field.set_text("")
        self._search("")

    def _find(self, text: str) -> None:
        if self._search_job is not None:
            self._search_job.cancel()
        self._search_job = self._background.run(
            Lane.DATABASE,
            partial(self._services.find_machines, text, 0, PAGE_ROWS),
            partial(self._show_found, text),
            self._not_found,
        )

    def _show_found(self, text: str, found: Found) -> None:
        lines, total = found
        self._total = total
        if total <= len(lines):
            self.machines.set_rows(lines)
        else:
            self.machines.set_paged(total, partial(self._fetch_page, text), lines)
        if lines and self.table.current() is None:
            self.table.go_to(0)
        self._say(self._empty_words(text) if not total else "")
        self._name_actions()
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
            partial(self._services.find_machines, text, offset, limit),
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

    def _route(self, line: MachineLine) -> Cell:
        if not line.route_number:
            return Cell(self.tr("no route"), Tone.MUTED)
        return Cell(line.route_number)

    def _last_read(self, line: MachineLine) -> Cell:
        if line.last_read_at is None:
            return Cell(self.tr("never read"), Tone.MUTED)
        return Cell(formats.moment_beside(line.last_read_at, self._clock()))

    # one machine

    def open_current(self) -> None:
        self._open_row(self.table.currentIndex().row())

    def _open_row(self, row: int) -> None:
        line = self.machines.row(row)
        if line is None:
            return
        self.page.show_machine(line)
        self._stack.setCurrentWidget(self.page)
        self._fetch_facts(line)
        self.page.reads_table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_actions()

    def _fetch_facts(self, line: MachineLine) -> None:
        if self._facts_job is not None:
            self._facts_job.cancel()
        self._facts_job = self._background.run(
            Lane.DATABASE,
            partial(_machine_facts, self._services, line.record.id),
            self._show_facts,
            self._no_facts,
        )

    def _show_facts(self, facts: _MachineFacts) -> None:
        self.page.show_reads(facts.reads, self._clock())
        self.page.show_planogram(facts.planogram, facts.products)
        self._name_actions()

    def _no_facts(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.page.show_failure(f"{told.what} {told.do}")

    def _want_read(self) -> None:
        line = self.page.machine()
        if line is not None:
            self.read_wanted.emit(line.record)

    def _open_read(self) -> None:
        read = self.page.current_read()
        if read is not None:
            self.read_opened.emit(read.id)

    def _name_actions(self) -> None:
        line = self.table.current()
        self.open_action.setEnabled(line is not None)
        name = line.record.asset_number if line is not None else self.tr("machine")
        self.open_action.setText(self.tr("Open {machine}").format(machine=name))
        self.open_action.setStatusTip("" if line is not None else self.tr("No machine is chosen"))
        self.read_action.setText(self.tr("Read this machine"))
        read = self.page.current_read()
        self.show_read_action.setEnabled(read is not None)
        self.show_read_action.setStatusTip(
            "" if read is not None else self.tr("There is no read to open")
        )
        self.frame_changed.emit()


def _machine_facts(services: MachineServices, machine_id: str) -> _MachineFacts:
    """In the database lane: everything of one machine."""
    planogram = services.planogram_of(machine_id)
    ids = {slot.product_id for slot in planogram.slots if slot.product_id} if planogram else set()
    return _MachineFacts(
        services.machine_reads(machine_id), planogram, services.product_names(ids) if ids else {}
    )

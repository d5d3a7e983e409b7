"""A new ticket from its beginning to its record: which machine, what is wrong, opened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.records import MachineLine
from cvd_desktop.domain.ticket_records import TicketRights, TicketStart
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.screens.machine_list import MachineList
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.screens.ticket_new_page import NewTicketPage
from cvd_desktop.ui.screens.ticket_part import action_of, allow
from cvd_desktop.ui.screens.ticket_services import RECORDED, TicketServices


class NewTicketFlow(QWidget):
    """The machines to choose from, then the form; what was typed and left is there again."""

    recorded = Signal(str)
    """Id of the ticket that is recorded now."""
    left = Signal()
    """The person wants no new ticket."""
    begun = Signal()
    """The form is there: show it."""
    failed = Signal(str)
    """Why the form could not be shown, in words."""
    changed = Signal()

    def __init__(
        self, tools: Tools, background: Background, services: TicketServices, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._tools = tools
        self._background = background
        self._services = services
        self._codes: tuple[str, ...] = ()
        self._busy = False
        self._rights: TicketRights | None = None
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        make = partial(action_of, self, tools.look)
        self.choose_action = make("arrow-right", "", self._choose_current, "")
        self.record_action = make("check", "", self._record, self.tr("Open the ticket"))
        self.record_action.setShortcuts(
            [QKeySequence(key) for key in ("Return", "Enter", "Ctrl+Return")]
        )  # Enter begins a line in the note
        self.leave_action = make("arrow-left", "Esc", self.left.emit, self.tr("Leave it"))

    @cached_property
    def form(self) -> NewTicketPage:
        form = NewTicketPage(self._tools, self._stack, self._services.event_words)
        self._stack.addWidget(form)
        form.changed.connect(self.changed)
        return form

    @cached_property
    def machines(self) -> MachineList:
        machines = MachineList(
            self._tools.look,
            self._background,
            self._tools.messages,
            self._services.find_machines,
            self._tools.clock,
            self._stack,
        )
        self._stack.addWidget(machines)
        machines.opened.connect(self._machine_chosen)
        machines.changed.connect(self.changed)
        return machines

    def make_next(self) -> bool:
        for name in ("form", "machines"):
            if name not in vars(self):
                return getattr(self, name) is not None
        return False

    # what the screen asks

    @property
    def typing(self) -> bool:
        """The form is shown, not the machines."""
        return "form" in vars(self) and self._stack.currentWidget() is self.form

    def detail(self) -> str:
        return "" if self.typing else self.tr("for which machine?")

    def primary(self) -> QAction:
        return self.record_action if self.typing else self.choose_action

    def secondary(self) -> Sequence[QAction]:
        return (self.leave_action,)

    def scanned(self, text: str) -> bool:
        """An asset label chooses the machine, while nothing of another one is typed."""
        if self.typing:
            return False
        self.machines.look_for(text)
        return True

    def name_actions(self, rights: TicketRights | None) -> None:
        """Say what can be done, and why not what cannot."""
        busy = self.tr("Recording") if self._busy else ""
        allow(self.record_action, busy or self._tools.words.may_not(rights, work=False))
        if "machines" in vars(self):
            line = self.machines.current()
            name = line.record.asset_number if line is not None else self.tr("a machine")
            self.choose_action.setText(self.tr("For {machine}").format(machine=name))
            allow(self.choose_action, "" if line is not None else self.tr("No machine is chosen"))

    # what a person does

    def choose(self) -> None:
        """For which machine is the new ticket?"""
        self._codes = ()
        self._stack.setCurrentWidget(self.machines)
        self.machines.reload()
        self.machines.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def begin(self, machine_id: str, event_codes: Sequence[str]) -> None:
        """The form for a machine that is known, with what it told (EA1)."""
        self._codes = tuple(event_codes)
        self._background.run(
            Lane.DATABASE,
            partial(self._services.ticket_start, machine_id),
            self._show_form,
            self._no_form,
        )

    def _choose_current(self) -> None:
        self.machines.open_current()

    def _machine_chosen(self, line: object) -> None:
        assert isinstance(line, MachineLine)
        self.begin(line.record.id, ())

    def _show_form(self, start: TicketStart) -> None:
        self.form.begin(start, self._codes)
        self._stack.setCurrentWidget(self.form)
        self.begun.emit()
        self.form.take_focus()
        self.changed.emit()

    def _no_form(self, error: BaseException) -> None:
        told = self._tools.messages.error(error)
        self.failed.emit(f"{told.what} {told.do}")

    def _record(self) -> None:
        form = self.form
        if form.start is None or not form.check():
            return
        self._busy = True
        self.changed.emit()
        self._background.run(
            Lane.DATABASE,
            partial(
                self._services.open_ticket,
                form.start.machine.id,
                form.fault_text(),
                form.urgency,
                form.event_codes(),
                form.note.text(),
            ),
            self._recorded,
            self._refused,
            topics=RECORDED,
        )

    def _recorded(self, ticket_id: str) -> None:
        self._busy = False
        self.form.forget()
        self.recorded.emit(ticket_id)

    def _refused(self, error: BaseException) -> None:
        self._busy = False
        self.form.show_trouble(error)
        self.changed.emit()

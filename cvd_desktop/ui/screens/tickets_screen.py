"""The Tickets screen: the list, one ticket with its guide and its work, and a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.domain.ticket_records import (
    TicketDetail,
    TicketDraft,
    TicketList,
    TicketRights,
    TicketStart,
)
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.machine_list import MachineList
from cvd_desktop.ui.screens.ticket_list import TicketListPage, Tools
from cvd_desktop.ui.screens.ticket_services import TicketServices
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.ticket_words import TicketWords

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.ticket_new_page import NewTicketPage
    from cvd_desktop.ui.screens.ticket_page import TicketPage

__all__ = ["TicketServices", "TicketsScreen"]

RECORDED = frozenset({"tickets", "outbox"})


class TicketsScreen(Screen):
    """The list, and behind it the page of one ticket, the form of a new one, the machines for it.

    `new_ticket` is for other screens: a machine that tells of a fault.
    """

    name = "tickets"
    icon = "wrench"
    topics = frozenset({"tickets", "outbox", "snapshot", "session", "reads"})

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: TicketServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._words = TicketWords(self)
        self._tools = Tools(look, self._words, messages, clock)
        self._rights: TicketRights | None = None
        self._wanted: str | None = None  # the ticket that is open
        self._codes: tuple[str, ...] = ()
        self._told = ""
        self._busy = False
        self._list_job: Job[TicketList] | None = None
        self._detail_job: Job[TicketDetail] | None = None
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.list = TicketListPage(self._tools, self._stack)
        self._stack.addWidget(self.list)
        self._make_actions()
        self.list.opened.connect(self.open_ticket)
        self.list.changed.connect(self._name_actions)
        self._name_actions()

    def _make_actions(self) -> None:
        make = partial(self.make_action, self._look)
        self.open_action = make("arrow-right", "", self._open_current)
        self.new_action = make("plus", "N", self.choose_machine, self.tr("New ticket"))
        self.find_action = make("search", "Ctrl+F", self.list.begin_search, self.tr("Find"))
        self.clear_action = make("close", "Esc", self.list.clear, self.tr("Show all"))
        self.back_action = make("arrow-left", "Esc", self.show_list, self.tr("All tickets"))
        self.take_action = make("person", "T", self._take, self.tr("Take it"))
        self.undo_action = make("undo", "U", self._undo, self.tr("Take back"))
        self.arrive_action = make("clock", "", self._arrive, self.tr("Arrive"))
        self.arrive_here_action = make("clock", "F6", self._arrive, self.tr("Arrive now"))
        self.arrive_here_action.setVisible(False)
        self.work_action = make("arrow-right", "", self._to_work, self.tr("Record the work"))
        self.finish_action = make("check", "", self._finish, self.tr("Finish and leave"))
        self.again_action = make("plus", "", self._new_for_this, self.tr("New ticket here"))
        self.choose_action = make("arrow-right", "", self._choose_current)
        self.record_action = make("check", "", self._record_new, self.tr("Open the ticket"))
        self.leave_new_action = make("arrow-left", "Esc", self.show_list, self.tr("Leave it"))
        keys = [QKeySequence(key) for key in ("Return", "Enter", "Ctrl+Return")]
        for action in (self.finish_action, self.record_action):
            action.setShortcuts(keys)  # Enter begins a line in the long fields

    # made when first needed

    @cached_property
    def page(self) -> TicketPage:
        from cvd_desktop.ui.screens.ticket_page import TicketPage

        page = TicketPage(self._tools, self._stack, self._services.guide, self.arrive_here_action)
        self._stack.addWidget(page)
        page.changed.connect(self._name_actions)
        page.draft_changed.connect(self._keep)
        return page

    @cached_property
    def form(self) -> NewTicketPage:
        from cvd_desktop.ui.screens.ticket_new_page import NewTicketPage

        form = NewTicketPage(self._tools, self._stack, self._services.event_words)
        self._stack.addWidget(form)
        form.changed.connect(self._name_actions)
        return form

    @cached_property
    def machines(self) -> MachineList:
        """The machines to choose from for a new ticket."""
        machines = MachineList(
            self._look,
            self._background,
            self._messages,
            self._services.find_machines,
            self._clock,
            self._stack,
        )
        self._stack.addWidget(machines)
        machines.opened.connect(self._machine_chosen)
        machines.changed.connect(self._name_actions)
        return machines

    def make_next(self) -> bool:
        for name in ("page", "form", "machines"):
            if name not in vars(self):
                return getattr(self, name) is not None
        return self.page.make_next()

    def _shows(self, name: str) -> bool:
        return name in vars(self) and self._stack.currentWidget() is vars(self)[name]

    def _shown(self) -> TicketDetail | None:
        """The ticket on the page, once its facts are those of the ticket that is open."""
        shown = self.page.shown if "page" in vars(self) else None
        return shown if shown is not None and shown.line.id == self._wanted else None

    # what the frame asks

    def word(self) -> str:
        return self.tr("Tickets")

    def place(self) -> tuple[str, str]:
        shown = self._shown()
        if self._shows("page") and shown is not None:
            line = shown.line
            return self._words.machine(line), self._words.place(line)
        if self._shows("form") or self._shows("machines"):
            detail = "" if self._shows("form") else self.tr("for which machine?")
            return self.tr("New ticket"), detail
        return self.word(), self.list.found_words()

    def primary(self) -> QAction | None:
        if self._shows("machines"):
            return self.choose_action
        if self._shows("form"):
            return self.record_action
        if not self._shows("page"):
            return self.open_action
        shown = self._shown()
        if shown is None or shown.line.state == "closed":
            return self.again_action
        if self.page.current_view() == "work":
            return self.finish_action
        return self.arrive_action if shown.draft.arrived_at is None else self.work_action

    def secondary(self) -> Sequence[QAction]:
        if self._shows("machines") or self._shows("form"):
            return (self.leave_new_action,)
        if self._shows("page"):
            return (self.back_action, self.take_action, self.undo_action)
        if self.list.field.text():
            return (self.clear_action, self.new_action)
        return (self.new_action, self.find_action)

    def fact(self) -> str:
        return self._told

    def reload(self) -> None:
        self._fetch_list()
        if self._wanted is not None and self._shows("page"):
            self._fetch_detail(self._wanted)

    def scanned(self, text: str) -> bool:
        """An asset label shows its tickets; while work is typed, a label is a part's number."""
        if self._shows("machines"):
            self.machines.look_for(text)
        elif self._shows("page") and self.page.current_view() == "work" and not self._is_here(text):
            self.page.work.parts.add(text)
        elif self._shows("form"):
            return False
        else:
            self.show_list()
            self.list.look_for(text)
        return True

    def _is_here(self, text: str) -> bool:
        shown = self._shown()
        return shown is not None and shown.line.asset_number == text

    # the list

    def show_list(self) -> None:
        if "page" in vars(self):
            self.page.leave()
        self._wanted = None
        self._stack.setCurrentWidget(self.list)
        self.list.take_focus()
        self._name_actions()

    def show_machine(self, asset_number: str) -> None:
        """The tickets of one machine, for other screens."""
        self.show_list()
        self.list.look_for(asset_number)

    def _open_current(self) -> None:
        line = self.list.current()
        if line is not None:
            self.open_ticket(line.id)

    def _fetch_list(self) -> None:
        if self._list_job is not None:
            self._list_job.cancel()
        self._list_job = self._background.run(
            Lane.DATABASE, self._services.ticket_list, self._show_listed, self._no_list
        )

    def _show_listed(self, tickets: TicketList) -> None:
        self._rights = tickets.rights
        self.list.show_list(tickets)
        self._name_actions()

    def _no_list(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.list.show_failure(f"{told.what} {told.do}")

    # one ticket

    def open_ticket(self, ticket_id: str) -> None:
        """Show a ticket, also for other screens."""
        self._told = ""
        self._wanted = ticket_id
        self._fetch_detail(ticket_id)

    def _fetch_detail(self, ticket_id: str) -> None:
        if self._detail_job is not None:
            self._detail_job.cancel()
        self._detail_job = self._background.run(
            Lane.DATABASE,
            partial(self._services.ticket_detail, ticket_id),
            self._show_detail,
            self._no_detail,
        )

    def _show_detail(self, detail: TicketDetail) -> None:
        if detail.line.id != self._wanted:
            return
        self._rights = detail.rights
        self.page.show_ticket(detail)
        if not self._shows("page"):
            self._stack.setCurrentWidget(self.page)
            self.page.take_focus()
        self._name_actions()

    def _no_detail(self, error: BaseException) -> None:
        self.show_list()
        self._tell(self._messages.error(error).what)

    # what a person does

    def _record(
        self, work: Callable[[], object], said: str, then: Callable[[], object] | None = None
    ) -> None:
        """One action in the database lane; `said` is told when it is recorded."""
        self._busy = True
        self._name_actions()

        def done(_: object) -> None:
            self._busy = False
            if then is not None:
                then()
            self._tell(said)

        self._background.run(Lane.DATABASE, work, done, self._refused, topics=RECORDED)

    def _refused(self, error: BaseException) -> None:
        self._busy = False
        told = self._messages.error(error)
        if self._shows("form"):
            self.form.show_trouble(error)
        if self._shows("page") and isinstance(error, Problem):
            self.page.work.show_trouble(error)
        self._tell(f"{told.what} {told.do}")

    def _take(self) -> None:
        if self._wanted is not None:
            self._record(
                partial(self._services.take_ticket, self._wanted), self.tr("The ticket is yours")
            )

    def _arrive(self) -> None:
        if self._wanted is not None:
            self.page.leave()  # what was typed before belongs to the same draft
            self._record(
                partial(self._services.arrive, self._wanted),
                self.tr("Time on site counts from now"),
            )

    def _to_work(self) -> None:
        self.page.show_view("work")

    def _keep(self, ticket_id: str, draft: object) -> None:
        assert isinstance(draft, TicketDraft)
        self._background.run(
            Lane.DATABASE,
            partial(self._services.keep_draft, ticket_id, draft),
            None,
            self._not_kept,
        )

    def _not_kept(self, error: BaseException) -> None:
        self._tell(self._messages.error(error).what)

    def _finish(self) -> None:
        work = self.page.work
        if self._wanted is None or not work.check():
            return
        work.stop_keeping()
        draft = work.draft()
        self._record(
            partial(
                self._services.work_ticket,
                self._wanted,
                draft.state,
                draft.actions,
                draft.outcome,
                draft.parts,
                draft.arrived_at,
            ),
            self.tr("The work is recorded here"),
            self._finished,
        )

    def _finished(self) -> None:
        self.page.work.begin_anew()
        self.page.show_view("job")

    def _undo(self) -> None:
        if self._wanted is not None:
            self._record(
                partial(self._services.undo_ticket, self._wanted),
                self.tr("Taken back; what was typed is in Work again"),
            )

    # a new one

    def choose_machine(self) -> None:
        """For which machine is the new ticket?"""
        self._codes = ()
        self._told = ""
        self._wanted = None
        self._stack.setCurrentWidget(self.machines)
        self.machines.reload()
        self.machines.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_actions()

    def _choose_current(self) -> None:
        self.machines.open_current()

    def _machine_chosen(self, line: object) -> None:
        assert isinstance(line, MachineLine)
        self.new_ticket(line.record.id, ())

    def new_ticket(self, machine_id: str, event_codes: Sequence[str] = ()) -> None:
        """Begin a ticket for a machine that is known, with what it told (EA1), or ask nothing more
        of the person than what is wrong."""
        self._codes = tuple(event_codes)
        self._told = ""
        self._wanted = None
        self._background.run(
            Lane.DATABASE,
            partial(self._services.ticket_start, machine_id),
            self._show_form,
            self._no_form,
        )

    def _new_for_this(self) -> None:
        shown = self._shown()
        if shown is not None:
            self.new_ticket(shown.line.machine_id, [event.code for event in shown.line.events])

    def _show_form(self, start: TicketStart) -> None:
        self._rights = start.rights
        self.form.begin(start, self._codes)
        self._stack.setCurrentWidget(self.form)
        self.form.take_focus()
        self._name_actions()

    def _no_form(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._tell(f"{told.what} {told.do}")

    def _record_new(self) -> None:
        form = self.form
        if form.start is None or not form.check():
            return
        work = partial(
            self._services.open_ticket,
            form.start.machine.id,
            form.fault_text(),
            form.urgency,
            form.event_codes(),
            form.note.text(),
        )
        self._busy = True
        self._name_actions()
        self._background.run(Lane.DATABASE, work, self._opened, self._refused, topics=RECORDED)

    def _opened(self, ticket_id: str) -> None:
        self._busy = False
        self.form.forget()
        self.open_ticket(ticket_id)
        self._tell(self.tr("The ticket is recorded here"))

    # the frame

    def _tell(self, words: str) -> None:
        self._told = words
        self._name_actions()

    def _name_actions(self) -> None:
        line, shown = self.list.current(), self._shown()
        words, busy = self._words, self.tr("Recording") if self._busy else ""
        may_open, may_work = (words.may_not(self._rights, work=each) for each in (False, True))
        self.open_action.setText(
            self.tr("Open {machine}").format(
                machine=words.machine(line) if line is not None else self.tr("a ticket")
            )
        )
        _allow(self.open_action, "" if line is not None else self.tr("No ticket is chosen"))
        for action in (self.new_action, self.again_action, self.record_action):
            _allow(action, busy or may_open)
        self._name_machine_action()
        if shown is None:
            self.arrive_here_action.setVisible(False)
            self.frame_changed.emit()
            return
        held = shown.line
        closed = self.tr("A closed ticket stays closed") if held.state == "closed" else ""
        there = shown.draft.arrived_at is not None
        self.arrive_action.setText(
            self.tr("Arrive at {machine}").format(machine=words.machine(held))
        )
        for action in (self.arrive_action, self.arrive_here_action, self.finish_action):
            _allow(action, busy or may_work or closed)
        self.arrive_here_action.setVisible(not there)
        self.finish_action.setText(
            self.tr("Finish and leave") if there else self.tr("Record the work")
        )
        _allow(self.work_action, may_work or closed)
        mine = self.tr("It is yours already") if held.mine else ""
        _allow(self.take_action, busy or may_work or closed or mine)
        nothing = "" if shown.undo is not None else self.tr("Nothing here is on this laptop alone")
        _allow(self.undo_action, busy or may_work or nothing)
        self.frame_changed.emit()

    def _name_machine_action(self) -> None:
        if "machines" not in vars(self):
            return
        line = self.machines.current()
        name = line.record.asset_number if line is not None else self.tr("a machine")
        self.choose_action.setText(self.tr("For {machine}").format(machine=name))
        _allow(self.choose_action, "" if line is not None else self.tr("No machine is chosen"))


def _allow(action: QAction, reason: str) -> None:
    """Enabled, or disabled with the sentence that says why."""
    action.setEnabled(not reason)
    action.setStatusTip(reason)

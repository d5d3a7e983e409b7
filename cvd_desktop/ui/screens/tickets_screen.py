"""The Tickets screen: the list, one ticket with its guide and its work, a new one, the guide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.ticket_records import TicketDetail, TicketDraft, TicketList, TicketRights
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.ticket_list import TicketListPage, Tools
from cvd_desktop.ui.screens.ticket_part import allow
from cvd_desktop.ui.screens.ticket_services import RECORDED, TicketServices
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.ticket_words import TicketWords

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.ticket_guide_browser import GuideBrowser
    from cvd_desktop.ui.screens.ticket_new_flow import NewTicketFlow
    from cvd_desktop.ui.screens.ticket_page import TicketPage

__all__ = ["TicketServices", "TicketsScreen"]


class TicketsScreen(Screen):
    """The list, and behind it the page of one ticket, a new ticket, the repair guide.

    `new_ticket` is for other screens: a machine that tells of a fault. `open_ticket` and
    `show_machine` lead here too.
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
        self._background = background
        self._messages = messages
        self._services = services
        self._words = TicketWords(self)
        self._tools = Tools(look, self._words, messages, clock)
        self._rights: TicketRights | None = None
        self._wanted: str | None = None  # the ticket that is open
        self._told = ""
        self._busy = False
        self._went_on = False  # the work of before was looked for
        self._list_job: Job[TicketList] | None = None
        self._detail_job: Job[TicketDetail] | None = None
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.list = TicketListPage(self._tools, self._stack)
        self._stack.addWidget(self.list)
        self._make_actions(look)
        self.list.opened.connect(self.open_ticket)
        self.list.changed.connect(self._name_actions)
        self._name_actions()

    def _make_actions(self, look: Look) -> None:
        make = partial(self.make_action, look)
        self.open_action = make("arrow-right", "", self._open_current)
        self.new_action = make("plus", "N", self.choose_machine, self.tr("New ticket"))
        self.guide_action = make("help", "G", self.show_guide, self.tr("Repair guide"))
        self.find_action = make("search", "Ctrl+F", self.list.begin_search, self.tr("Find"))
        self.clear_action = make("close", "Esc", self.list.clear, self.tr("Show all"))
        self.back_action = make("arrow-left", "Esc", self.show_list, self.tr("All tickets"))
        self.take_action = make("person", "T", self._take, self.tr("Take it"))
        self.read_action = make("read", "R", self._read, self.tr("Read the machine"))
        self.undo_action = make("undo", "U", self._undo, self.tr("Take back"))
        self.arrive_action = make("clock", "", self._arrive, self.tr("Arrive"))
        self.arrive_here_action = make("clock", "F6", self._arrive, self.tr("Arrive now"))
        self.arrive_here_action.setVisible(False)
        self.work_action = make("arrow-right", "", self._to_work, self.tr("Record the work"))
        self.finish_action = make("check", "", self._finish, self.tr("Finish and leave"))
        self.finish_action.setShortcuts(
            [QKeySequence(key) for key in ("Return", "Enter", "Ctrl+Return")]
        )  # Enter begins a line in the long fields
        self.again_action = make("plus", "", self._new_for_this, self.tr("New ticket here"))

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
    def new(self) -> NewTicketFlow:
        from cvd_desktop.ui.screens.ticket_new_flow import NewTicketFlow

        new = NewTicketFlow(self._tools, self._background, self._services, self._stack)
        self._stack.addWidget(new)
        new.begun.connect(self._show_new)
        new.changed.connect(self._name_actions)
        new.left.connect(self.show_list)
        new.failed.connect(self._tell)
        new.recorded.connect(self._new_recorded)
        return new

    @cached_property
    def guide(self) -> GuideBrowser:
        from cvd_desktop.ui.screens.ticket_guide_browser import GuideBrowser

        guide = GuideBrowser(
            self._tools, self._stack, self._services.guide(), self._services.event_words
        )
        self._stack.addWidget(guide)
        return guide

    def make_next(self) -> bool:
        for name in ("page", "new", "guide"):
            if name not in vars(self):
                return getattr(self, name) is not None
        return self.page.make_next() or self.new.make_next()

    def _shows(self, name: str) -> bool:
        return name in vars(self) and self._stack.currentWidget() is vars(self)[name]

    def _show(self, part: QWidget) -> None:
        focus = QApplication.focusWidget()
        if focus is not None and self._stack.isAncestorOf(focus):
            self.setFocus()  # else Qt moves the focus of a hidden part to any widget
        self._stack.setCurrentWidget(part)

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
            return self._words.machine(shown.line), self._words.place(shown.line)
        if self._shows("new"):
            return self.tr("New ticket"), self.new.detail()
        if self._shows("guide"):
            return self.tr("Repair guide"), self.tr("by event code, without a network")
        return self.word(), self.list.found_words()

    def primary(self) -> QAction | None:
        if self._shows("new"):
            return self.new.primary()
        if self._shows("guide"):
            return self.new_action
        if not self._shows("page"):
            return self.open_action
        shown = self._shown()
        if shown is None or shown.line.state == "closed":
            return self.again_action
        if self.page.current_view() == "work":
            return self.finish_action
        return self.arrive_action if shown.draft.arrived_at is None else self.work_action

    def secondary(self) -> Sequence[QAction]:
        if self._shows("new"):
            return self.new.secondary()
        if self._shows("guide"):
            return (self.back_action,)
        if self._shows("page"):
            read = [self.read_action] if self._services.read_machine is not None else []
            return (self.back_action, self.take_action, *read, self.undo_action)
        if self.list.field.text():
            return (self.clear_action, self.new_action)
        return (self.new_action, self.guide_action, self.find_action)

    def fact(self) -> str:
        return self._told

    def reload(self) -> None:
        self._fetch_list()
        if self._wanted is not None and self._shows("page"):
            self._fetch_detail(self._wanted)

    def scanned(self, text: str) -> bool:
        """An asset label shows its tickets; while work is typed, a label is a part's number."""
        if self._shows("new"):
            return self.new.scanned(text)
        if self._shows("page") and self.page.current_view() == "work" and not self._is_here(text):
            self.page.work.parts.add(text)
        else:
            self.show_machine(text)
        return True

    def _is_here(self, text: str) -> bool:
        shown = self._shown()
        return shown is not None and shown.line.asset_number == text

    # the list

    def show_list(self) -> None:
        self._turn_to()
        self._show(self.list)
        self.list.take_focus()
        self._name_actions()

    def show_machine(self, asset_number: str) -> None:
        """The tickets of one machine, also for other screens."""
        self.show_list()
        self.list.look_for(asset_number)

    def show_guide(self) -> None:
        """The repair guide without a ticket."""
        self._turn_to()
        self._show(self.guide)
        self.guide.take_focus()
        self._name_actions()

    def _turn_to(self, ticket_id: str | None = None) -> None:
        """Another ticket, or none; what was typed in the one before is kept."""
        if "page" in vars(self):
            self.page.leave()
        self._wanted = ticket_id
        self._told = ""
        self._went_on = True  # the person has said what is next

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
        if self.hasFocus() and self._stack.currentWidget() is self.list:
            self.list.take_focus()
        self._name_actions()
        self._go_on(tickets)

    def _go_on(self, tickets: TicketList) -> None:
        """After a dead battery the ticket opens at whose machine this laptop is."""
        there = [line.id for line in tickets.lines if line.on_site_since is not None]
        if not self._went_on and len(there) == 1 and self._stack.currentWidget() is self.list:
            self.open_ticket(there[0])
        self._went_on = True

    def _no_list(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.list.show_failure(f"{told.what} {told.do}")

    # one ticket

    def open_ticket(self, ticket_id: str) -> None:
        """Show a ticket, also for other screens."""
        self._turn_to(ticket_id)
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
            self._show(self.page)
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
        if self._shows("page"):
            self.page.leave()  # what was typed is kept whatever went wrong
            if isinstance(error, Problem):
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

    def _read(self) -> None:
        shown = self._shown()
        if shown is not None and shown.machine is not None and self._services.read_machine:
            self.page.leave()
            self._services.read_machine(shown.machine)

    def _to_work(self) -> None:
        self.page.show_view("work")

    def _keep(self, ticket_id: str, draft: object) -> None:
        assert isinstance(draft, TicketDraft)
        keep = partial(self._services.keep_draft, ticket_id, draft)
        self._background.run(Lane.DATABASE, keep, None, self._not_kept)

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
        """A new ticket: for which machine?"""
        self._turn_to()
        self._show_new()
        self.new.choose()

    def new_ticket(self, machine_id: str, event_codes: Sequence[str] = ()) -> None:
        """A new ticket for a machine that is known, with what it told (EA1); for other screens."""
        self._turn_to()
        self.new.begin(machine_id, event_codes)

    def _new_for_this(self) -> None:
        shown = self._shown()
        if shown is not None:
            self.new_ticket(shown.line.machine_id, [event.code for event in shown.line.events])

    def _show_new(self) -> None:
        self._show(self.new)
        self._name_actions()

    def _new_recorded(self, ticket_id: str) -> None:
        self.open_ticket(ticket_id)
        self._tell(self.tr("The ticket is recorded here"))

    # the frame

    def _tell(self, words: str) -> None:
        self._told = words
        self._name_actions()

    def _name_actions(self) -> None:
        line, shown, words = self.list.current(), self._shown(), self._words
        busy = self.tr("Recording") if self._busy else ""
        may_open = words.may_not(self._rights, work=False)
        machine = words.machine(line) if line is not None else self.tr("a ticket")
        self.open_action.setText(self.tr("Open {machine}").format(machine=machine))
        allow(self.open_action, "" if line is not None else self.tr("No ticket is chosen"))
        for action in (self.new_action, self.again_action):
            allow(action, busy or may_open)
        if "new" in vars(self):
            self.new.name_actions(self._rights)
        if shown is None:
            self.arrive_here_action.setVisible(False)
        else:
            self._name_work(shown, busy)
        self.frame_changed.emit()

    def _name_work(self, shown: TicketDetail, busy: str) -> None:
        """The actions of the ticket that is open."""
        held, there = shown.line, shown.draft.arrived_at is not None
        may_not = self._words.may_not(self._rights, work=True)
        closed = self.tr("A closed ticket stays closed") if held.state == "closed" else ""
        machine = self._words.machine(held)
        self.arrive_action.setText(self.tr("Arrive at {machine}").format(machine=machine))
        for action in (self.arrive_action, self.arrive_here_action, self.finish_action):
            allow(action, busy or may_not or closed)
        self.arrive_here_action.setVisible(not there)
        self.finish_action.setText(
            self.tr("Finish and leave") if there else self.tr("Record the work")
        )
        allow(self.work_action, may_not or closed)
        allow(
            self.take_action,
            busy or may_not or closed or (self.tr("It is yours already") if held.mine else ""),
        )
        nothing = "" if shown.undo is not None else self.tr("Nothing here is on this laptop alone")
        allow(self.undo_action, busy or may_not or nothing)
        not_here = self.tr("The machine is not on this laptop") if shown.machine is None else ""
        allow(self.read_action, not_here)

"""The Stop screen: one machine at a time, from the arrival to the finished visit.

This file leads from part to part; each tab is a StopPart of its own file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QApplication, QMenu, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.visit_records import TABS, StopDetail, VisitView
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.stop_actions import StopActions
from cvd_desktop.ui.screens.stop_arrive_page import ArrivePage
from cvd_desktop.ui.screens.stop_keeper import Keeper
from cvd_desktop.ui.screens.stop_services import VISITED, StopServices
from cvd_desktop.ui.screens.stop_tabs import StopTabs, at_place, tabs_of
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.screens.stop_waiting_page import WaitingPage
from cvd_desktop.ui.stop_words import StopWords
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.stop_strip import StopStrip

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.read_screen import ReadScreen
    from cvd_desktop.ui.screens.stop_amend_page import AmendPage
    from cvd_desktop.ui.screens.stop_part import StopPart
    from cvd_shared.cash_facts import CashTerm

KEPT = frozenset({"visit"})
OVER = frozenset({"visit_already_finished", "visit_unknown"})  # nothing can be kept any more
DIGITS = frozenset({"fill", "cash"})  # tabs where a digit is a number

Where = tuple[str | None, str | None, str | None]
"""Run, stop, machine; None everywhere is where the work is."""


class StopScreen(Screen):
    """Arriving, the five tabs, and what is recorded."""

    name = "stop"
    icon = "stop"
    topics = frozenset({"visit", "run", "reads", "outbox", "snapshot", "session", "load"})

    stop_left = Signal()
    """Done here: back to Today."""
    ticket_wanted = Signal(str, object)
    """Machine id and event codes of a new ticket."""
    meters_wanted = Signal(object)
    """The MachineRecord whose meters are to be typed."""
    machine_state_changed = Signal(object, object)
    """For the machine chip, as ReadScreen gives it."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: StopServices,
        clock: Clock,
        make_read: Callable[[], ReadScreen],
        make_fill: Callable[[], StopPart],
    ) -> None:
        super().__init__()
        self._background = background
        self._messages = messages
        self._services = services
        self._keeper = Keeper(background, KEPT, self)
        self._words = StopWords(messages, self)
        self._tools = StopTools(
            look, background, messages, services, clock, self._words, self._keeper
        )
        self._where: Where = (None, None, None)
        self.detail: StopDetail | None = None
        self._tab = "read"
        self._visit = ""  # the visit whose tab is remembered
        self._told = self.dropped_id = ""  # a visit that was put aside
        self.busy = self._amending = False  # busy: something is being recorded
        self._job: Job[StopDetail] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.strip = StopStrip(look, self)
        self.strip.hide()
        column.addWidget(self.strip)
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self.waiting = WaitingPage(look, self._stack)
        self._stack.addWidget(self.waiting)
        self.do = StopActions(self._tools, self)
        self.parts = StopTabs(self._tools, self, self._stack, make_read, make_fill)
        self.strip.chosen.connect(self.show_tab)
        self.strip.machine_wanted.connect(self.choose_machine)
        self._keeper.failed.connect(self._not_kept)

    @cached_property
    def arrive(self) -> ArrivePage:
        page = ArrivePage(self._tools, self._stack)
        self._stack.addWidget(page)
        page.chosen.connect(self._to_machine)
        return page

    @cached_property
    def amend(self) -> AmendPage:
        from cvd_desktop.ui.screens.stop_amend_page import AmendPage

        page = AmendPage(self._tools, self._stack)
        self._stack.addWidget(page)
        page.changed.connect(self.name_actions)
        return page

    def make_next(self) -> bool:
        if "arrive" not in vars(self):
            return self.arrive is not None
        if not self.strip.tabs():
            self.strip.set_tabs(tabs_of(self._words, {}))  # they are not seen before a visit begins
            return True
        return self.parts.make_next()

    # what the frame asks

    def word(self) -> str:
        return self.tr("Stop")

    def place(self) -> tuple[str, str]:
        detail = self.detail
        if detail is None:
            return self.word(), ""
        route = self.tr("Route {n}").format(n=detail.route_number) if detail.route_number else ""
        if detail.stop is None:
            place = detail.visit.machine.record.location_name
            off_run = self.tr("not on the run")
            name = place or detail.visit.machine.record.asset_number
            return name, "  \N{MIDDLE DOT}  ".join(part for part in (route, off_run) if part)
        number = self.tr("Stop {n} of {of}").format(n=detail.stop.number, of=detail.of_stops)
        return detail.stop.name, "  \N{MIDDLE DOT}  ".join(part for part in (route, number) if part)

    @property
    def view(self) -> VisitView | None:
        """The visit of the machine that is shown."""
        return self.detail.visit if self.detail is not None else None

    def tab(self) -> str:
        """The tab that is shown; empty while nobody has arrived."""
        return self._tab if self.strip.tabs() and self.strip.isVisibleTo(self) else ""

    def arriving(self) -> bool:
        """Whether the visit has not begun."""
        view = self.view
        return view is not None and view.draft is None and view.finished is None

    def amending(self) -> bool:
        return self._amending

    def primary(self) -> QAction | None:
        view = self.view
        if view is None:
            return self.do.today
        if self._amending:
            return self.do.record_amend
        if self.arriving():
            return self.do.arrive
        own = self.parts.part(self._tab).primary()
        if own is not None:
            return own
        if view.draft is None:
            return self.do.next_machine if self.next_machine() else self.do.today
        return self.do.finish if self._tab == "finish" else self.do.go_on

    def secondary(self) -> Sequence[QAction]:
        view = self.view
        if view is None:
            return (self.do.again,) if self.waiting.failed else ()
        if self._amending:
            return (self.do.leave_amend,)
        if self.arriving():
            taken = (self.do.take_up,) if self.dropped_id else ()
            return (*taken, self.do.ticket, self.do.choose, self.do.leave)
        own = tuple(self.parts.part(self._tab).secondary())
        if view.draft is None:
            return (self.do.amend, *own, self.do.ticket, self.do.choose, self.do.leave)
        if self._tab == "finish":
            return (*own, self.do.ticket, self.do.choose, self.do.drop)
        return own

    def fact(self) -> str:
        if self._told or self.view is None or self._amending:
            return self._told
        return "" if self.arriving() else self.parts.part(self._tab).fact()

    # where the work is

    def open_stop(
        self, run_id: str | None, stop_id: str | None, machine_id: str | None = None
    ) -> None:
        """Show a stop, or a machine; with nothing given, where the work is."""
        self._leave_part()
        self._where = (run_id, stop_id, machine_id)
        self.detail, self._amending, self._told = None, False, ""
        self.strip.hide()
        self.waiting.show_loading()
        self._show(self.waiting)
        self.reload()
        self.name_actions()

    def open_next(self) -> None:
        """The stop is done: opened again, the screen is where the work is then."""
        self._where = (None, None, None)

    def reload(self) -> None:
        if self._job is not None:
            self._job.cancel()
        run_id, stop_id, machine_id = self._where
        self._job = self._background.run(
            Lane.DATABASE,
            partial(
                self._services.stop_detail, run_id=run_id, stop_id=stop_id, machine_id=machine_id
            ),
            self._show_detail,
            self._no_detail,
        )

    def _show_detail(self, detail: StopDetail) -> None:
        self.detail = detail
        self._keeper.seen()
        stop_id = detail.stop.stop_id if detail.stop is not None else None
        self._where = (detail.run_id if stop_id else None, stop_id, detail.machine_id)
        view = detail.visit
        visit_id = view.draft.visit_id if view.draft is not None else ""
        if view.draft is not None and visit_id != self._visit:
            self._tab = view.draft.tab if view.draft.tab in TABS else "read"
            self.dropped_id = ""
        elif view.finished is not None and self._visit != view.finished.id:
            self._tab, visit_id = "finish", view.finished.id
        self._visit = visit_id or self._visit
        if view.finished is not None:
            self._keeper.forget(view.finished.id)
        self.parts.all_stale()
        self._show_strip(detail)
        if self._amending:
            self.name_actions()
        elif self.arriving():
            self.arrive.show_stop(detail)
            self._show(self.arrive)
        else:
            self._show_part()
        self.name_actions()

    def _no_detail(self, error: BaseException) -> None:
        told = self._messages.error(error)
        if self.detail is not None:
            self.tell(f"{told.what} {told.do}")
            return
        self.waiting.show_told(told, nothing_to_do=isinstance(error, Problem))
        self._show(self.waiting)
        self.name_actions()

    def _show_strip(self, detail: StopDetail) -> None:
        view, words = detail.visit, self._words
        ids = [machine.record.id for machine in detail.machines]
        number = ids.index(detail.machine_id) + 1 if detail.machine_id in ids else 1
        self.strip.show_machine(
            view.machine.record.asset_number,
            number,
            max(1, len(ids)),
            words.title(view.machine),
            words.last_visit(view.machine, self._tools.clock()),
        )
        self.strip.set_tabs(tabs_of(words, view.tabs))
        self.strip.show_tab(self._tab)
        self.strip.setVisible(not self.arriving() and not self._amending)

    # tabs

    def show_tab(self, name: str) -> None:
        """Go to a tab; what is being typed in the one before is kept."""
        view = self.view
        if view is None or self.arriving() or self._amending or name not in TABS:
            return
        if name != self._tab:
            self._leave_part()
            draft = view.draft
            if draft is not None:
                cell = self.parts.cell() if self._tab == "fill" else draft.cell
                save = partial(self._services.keep_place, draft.visit_id, name, cell)
                self._keeper.keep(draft.visit_id, "place", save, telling=False)
                assert self.detail is not None
                self.detail = at_place(self.detail, name, cell)
            self._tab = name
        self.strip.show_tab(name)
        self._show_part()
        self.name_actions()

    def _show_part(self) -> None:
        view = self.view
        if view is None:
            return
        part = self.parts.filled(self._tab, view)
        fresh = self._stack.currentWidget() is not part
        self._show(part)
        if fresh:
            self.parts.seen(self._tab)

    def _leave_part(self) -> None:
        if self.view is not None and not self.arriving():
            self.parts.leave(self._tab)

    def leave(self) -> None:
        """Another screen is opened: keep what is still being typed."""
        self._leave_part()
        self._keeper.again()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self.leave()
        super().hideEvent(event)

    def _show(self, widget: QWidget) -> None:
        if self._stack.currentWidget() is widget:
            return
        focus = QApplication.focusWidget()
        inside = focus is not None and self._stack.isAncestorOf(focus)
        self._stack.setCurrentWidget(widget)
        if inside:
            self.setFocus()  # Qt moves the focus of a hidden part to any widget

    def go_on(self) -> None:
        """To the next tab."""
        place = TABS.index(self._tab) + 1
        if place < len(TABS):
            self.show_tab(TABS[place])

    def scanned(self, text: str) -> bool:
        """An asset label of this stop chooses its machine; else the tab takes it."""
        detail = self.detail
        if detail is None:
            return False
        for machine in detail.machines:
            if machine.record.asset_number == text.strip():
                self._to_machine(machine.record.id)
                return True
        if self.arriving() or self._amending:
            return False
        return self.parts.part(self._tab).scanned(text)

    # machines

    def choose_machine(self) -> None:
        """Several machines: a menu of them; M again or a number goes to one."""
        detail = self.detail
        if detail is None or len(detail.machines) < 2:
            return
        menu = QMenu(self)
        menu.setFont(self._tools.look.theme.font("control"))
        for number, machine in enumerate(detail.machines, 1):
            words = f"&{number}  {machine.record.asset_number}  {self._words.title(machine)}"
            if machine.visited:
                words = f"{words}, {self.tr('visited')}"
            action = menu.addAction(words)
            action.setEnabled(machine.record.id != detail.machine_id)
            action.triggered.connect(partial(self._to_machine, machine.record.id))
        chooser = self.strip.chooser
        over = chooser if chooser.isVisible() else self
        menu.popup(over.mapToGlobal(QPoint(0, over.height() if over is chooser else 0)))

    def next_machine(self) -> str | None:
        """Asset number of the next machine of the stop that is still to be visited."""
        machine = self.do.next_of(self.detail)
        return machine.record.asset_number if machine is not None else None

    def to_next_machine(self) -> None:
        machine = self.do.next_of(self.detail)
        if machine is not None:
            self._to_machine(machine.record.id)

    def _to_machine(self, machine_id: str, checked: bool = False) -> None:
        del checked
        if self._amending or self.detail is None or machine_id == self.detail.machine_id:
            return
        self._leave_part()
        self._told = ""
        self._where = (*self._where[:2], machine_id)
        self.reload()

    # what a person does

    def record(
        self,
        work: Callable[[], object],
        then: Callable[[object], object],
        failed: Callable[[BaseException], object] | None = None,
    ) -> None:
        """One thing in the database lane; the key does nothing until it has answered."""
        if self.busy:
            return
        self.busy = True
        self.name_actions()

        def done(result: object) -> None:
            self.busy = False
            self._told = ""
            then(result)
            self.name_actions()

        self._background.run(
            Lane.DATABASE, work, done, partial(self._refused, failed), topics=VISITED
        )

    def _refused(
        self, failed: Callable[[BaseException], object] | None, error: BaseException
    ) -> None:
        self.busy = False
        told = self._messages.error(error)
        if failed is not None:
            failed(error)
        self.tell(f"{told.what} {told.do}")

    def _not_kept(self, error: BaseException) -> None:
        told = self._messages.error(error)
        words = self.tr("Not kept yet. {what} {do}")
        if isinstance(error, Problem) and error.code in OVER:
            words = "{what} {do}"
            self._keeper.forget(str(error.values.get("id")))
            self.reload()
        self.tell(words.format(what=told.what, do=told.do))

    def to_meters(self) -> None:
        """The meters of the machine are typed on their own page."""
        if self.view is not None:
            self._leave_part()
            self.meters_wanted.emit(self.view.machine.record)

    def prove(self, term: CashTerm) -> None:
        """The lines of the file that say a figure of the cash."""
        if self.view is None:
            return
        self.parts.filled("read", self.view)
        if self.parts.read.show_proof(term, self._tab):
            self.show_proof()

    def show_proof(self) -> None:
        """The Read tab with the lines that it was asked for."""
        self._tab = "read"
        self.strip.show_tab("read")
        self._show_part()
        self.name_actions()

    def begin_amend(self) -> None:
        if self.view is not None and self.view.finished is not None:
            self._amending = True
            self.strip.hide()
            self.amend.begin(self.view)
            self._show(self.amend)
            self.amend.take_focus()
            self.name_actions()

    def end_amend(self) -> None:
        self._amending = False
        if self.detail is not None:
            self._show_detail(self.detail)

    def dropped(self, visit_id: str) -> None:
        """The visit was put aside; it can be taken up again."""
        self._keeper.forget(visit_id)
        self._visit = ""
        if self._services.take_up_visit is not None:
            self.dropped_id = visit_id
            self.tell(self.tr("The visit is put aside. Ctrl+Z takes it up again."))

    def taken_up(self) -> None:
        self.dropped_id = ""
        self.reload()

    @property
    def keeper(self) -> Keeper:
        return self._keeper

    # the frame

    def tell(self, words: str) -> None:
        self._told = words
        self.name_actions()

    def name_actions(self) -> None:
        """Something differs from what the frame shows."""
        self.do.name_all()
        self.takes_digits = self.tab() in DIGITS or self._amending
        self.frame_changed.emit()

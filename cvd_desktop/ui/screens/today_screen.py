"""The Today screen: the run in its order, the next stop on top; what to do without a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.route_records import RunView, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.today_actions import TodayActions
from cvd_desktop.ui.screens.today_empty import TodayEmpty
from cvd_desktop.ui.screens.today_keeper import RunKeeper
from cvd_desktop.ui.screens.today_navigator import Navigator
from cvd_desktop.ui.screens.today_order import OrderWork
from cvd_desktop.ui.screens.today_page import TodayPage
from cvd_desktop.ui.screens.today_rows import DONE_LINE
from cvd_desktop.ui.screens.today_run import (
    done,
    machine_beside,
    machine_stop,
    meant,
    stop_named,
    to_do,
)
from cvd_desktop.ui.screens.today_services import TodayServices
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.today_words import TodayWords
from cvd_desktop.ui.widgets.notice import announce

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.today_elsewhere import ElsewherePage
    from cvd_desktop.ui.screens.today_questions import TodayQuestions

__all__ = ["TodayScreen", "TodayServices"]

TICK_MS = 20_000  # windows and ages in words go on
SHORT_PLACE_FROM = 1.5  # text scale from which on the top bar has room for the route alone


class TodayScreen(Screen):
    """Keys act at once on what is shown; the services record it in the database lane."""

    name = "today"
    icon = "today"
    topics = frozenset({"run", "load", "visit", "outbox", "snapshot", "session", "reads"})

    stop_opened = Signal(str, str, str)
    """Run and stop that a person arrives at, goes on with, or wants to look at again; the machine
    there whose label was scanned, or ""."""
    machine_opened = Signal(str)
    """Asset number of a machine that a person wants to know more of."""
    machine_wanted = Signal(str)
    """Id of a machine that is not on the run and is to be served."""
    load_wanted = Signal()
    sign_in_wanted = Signal()

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: TodayServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._words = TodayWords(self)
        self._keeper = RunKeeper(background, services, clock, self)
        self._keeper.changed.connect(self._refresh)
        self._keeper.refused.connect(self._refused)
        self._chosen = ""
        self._order = OrderWork()
        self._navigator = Navigator(services, self)
        self._told = ""
        self._job: Job[RunView | None] | None = None
        self.can = TodayActions(look, self)
        self._connect_actions()
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        held = (self.can.seen, self.can.elsewhere, self.can.load)  # their buttons are in cards
        self.page = TodayPage(look, self._words, held, self._stack)
        self._stack.addWidget(self.page)
        for action in held:
            self.page.addAction(action)
        self.page.list.chosen.connect(self._choose)
        self.page.list.dragged.connect(self._drag)
        self.page.card.clicked.connect(self._choose_next)
        self.empty = TodayEmpty(look, self._stack)
        self._stack.addWidget(self.empty)
        self.empty.show_loading()
        self._stack.setCurrentWidget(self.empty)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._go_on)
        self._tick.start()
        look.changed.connect(self.frame_changed)

    def _connect_actions(self) -> None:
        does: dict[QAction, Callable[[], object]] = {
            self.can.arrive: self._arrive,
            self.can.reorder: self._begin_order,
            self.can.skip: self._skip,
            self.can.navigate: self._navigate,
            self.can.undo: self._take_back,
            self.can.machine: self._about_machine,
            self.can.run: self._other_run,
            self.can.keep: self._settle,
            self.can.earlier: partial(self._move, -1),
            self.can.later: partial(self._move, 1),
            self.can.put_back: self._drop_order,
            self.can.elsewhere: self.show_elsewhere,
            self.can.serve: self._serve,
            self.can.stops: self.show_stops,
            self.can.seen: self._seen,
            self.can.load: self.load_wanted.emit,
            self.can.count: self.load_wanted.emit,
            self.can.sign_in: self.sign_in_wanted.emit,
            self.can.again: self.reload,
        }
        for action, run in does.items():
            action.triggered.connect(lambda _=False, run=run: run())

    @cached_property
    def elsewhere(self) -> ElsewherePage:
        from cvd_desktop.ui.screens.today_elsewhere import ElsewherePage

        page = ElsewherePage(self._look, self._words, self._clock, self._stack)
        self._stack.addWidget(page)
        page.opened.connect(self.machine_wanted)
        page.changed.connect(self._name_actions)
        return page

    @cached_property
    def _questions(self) -> TodayQuestions:
        from cvd_desktop.ui.screens.today_questions import TodayQuestions

        return TodayQuestions(self._look, self._words, self)

    def make_next(self) -> bool:
        return "elsewhere" not in vars(self) and self.elsewhere is not None

    # what the frame asks

    def word(self) -> str:
        return self.tr("Today")

    def place(self) -> tuple[str, str]:
        view = self._keeper.view
        if self._shows_elsewhere():
            return self.tr("Not on this run"), ""
        if view is None:
            return self.word(), ""
        numbered = self.tr("Route {n}").format(n=view.route_number)
        route = numbered if view.route_number else view.route_name or self.word()
        if self._look.theme.text_scale >= SHORT_PLACE_FROM:
            return route, ""
        day = QDate(view.day.year, view.day.month, view.day.day)
        words = formats.locale().toString(day, "dddd d MMM")
        return f"{route}, {words}", formats.clock_time(self._clock())

    def primary(self) -> QAction | None:
        if self._shows_elsewhere():
            return self.can.serve
        if self._keeper.view is None or self._stack.currentWidget() is self.empty:
            return self._empty_primary()
        if self._order.active:
            return self.can.keep
        return self.can.arrive if self._meant() is not None else self.can.count

    def _empty_primary(self) -> QAction | None:
        if self._job is not None:
            return None
        return self.can.again if self._services.session() is not None else self.can.sign_in

    def secondary(self) -> Sequence[QAction]:
        if self._shows_elsewhere():
            return (self.can.stops, self.can.machine)
        view = self._keeper.view
        if view is None or self._stack.currentWidget() is self.empty:
            return ()
        if self._order.active:
            return (self.can.earlier, self.can.later, self.can.put_back)
        can = self.can
        actions = [can.undo] if self._keeper.can_undo else []
        if self._meant() is not None:
            actions += [can.reorder, can.skip, can.navigate, can.machine]
        if view.other_runs:
            actions.append(can.run)
        return actions

    def fact(self) -> str:
        if self._order.active and not self._told:
            return self.tr("Up and Down move the stop, a touch takes another one")
        return self._told

    def reload(self) -> None:
        if self._keeper.busy:
            return  # what comes now is older than what is shown; the answer is announced
        if self._job is not None:
            self._job.cancel()
        self._job = self._background.run(
            Lane.DATABASE,
            partial(self._services.todays_run, self._keeper.wanted()),
            self._show_run,
            self._failed,
        )

    def scanned(self, text: str) -> bool:
        """The label of a machine opens its stop; of one that is not on the run, the machine."""
        if self._keeper.view is None:
            return False
        found = machine_stop(self._keeper.view, text)
        beside = machine_beside(self._keeper.view, text)
        if found is not None:
            self._open_stop(*found)
        elif beside is not None:
            self.machine_wanted.emit(beside)
        return found is not None or beside is not None

    # showing

    def _show_run(self, view: RunView | None) -> None:
        self._job = None
        if self._keeper.busy:
            return
        self._keeper.view = view
        if view is None:
            self._order.drop()
            if self._keeper.turn_back():
                self.reload()
            else:
                self._show_nothing()
            return
        if self._order.active:
            self._order.follow(view)
        if self._stack.currentWidget() is self.empty:
            self._stack.setCurrentWidget(self.page)
        self._refresh()
        if self.hasFocus():
            self.page.list.setFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Keys belong to the stops."""
        super().focusInEvent(event)
        if self._stack.currentWidget() is self.page:
            self.page.list.setFocus()

    def _shown_view(self) -> RunView | None:
        view = self._keeper.view
        return None if view is None else self._order.shown(view)

    def _refresh(self) -> None:
        """Show what is known now; the chosen stop stays chosen while it is there."""
        view = self._shown_view()
        if view is None:
            return
        chosen = stop_named(view, self._chosen)
        waiting = to_do(view)
        if chosen is None or (waiting and chosen.stop_id == waiting[0].stop_id):
            shown = ""
            if not self._order.active:
                self._chosen = ""
        else:
            shown = self._chosen
        self.page.list.moving = self._order.active
        self.page.show_run(view, shown, self._clock())
        if self._shows_elsewhere():
            self.elsewhere.show_run(view, self._clock())
        self._name_actions()

    def _go_on(self) -> None:
        """The clock has gone on: windows and ages in other words."""
        if self.isVisible() and self._keeper.view is not None and not self.page.list.dragging():
            self._refresh()

    def _show_nothing(self) -> None:
        if self._services.session() is None:
            self.empty.show_nobody()
        else:
            self.empty.show_no_run()
        self._stack.setCurrentWidget(self.empty)
        self._name_actions()

    def _failed(self, error: BaseException) -> None:
        self._job = None
        told = self._messages.error(error)
        if self._keeper.view is None:
            self.empty.show_error(told)
            self._stack.setCurrentWidget(self.empty)
            self._name_actions()
        else:
            self._tell(f"{told.what} {told.do}")

    # choosing

    def _meant(self) -> StopView | None:
        """The stop that Enter means."""
        view = self._shown_view()
        return None if view is None else meant(view, self._chosen)

    def _choose(self, key: str) -> None:
        view = self._keeper.view
        if view is None:
            return
        if self._order.active:
            if key in self._order.ids:
                self._chosen = key
                self._refresh()
            return
        self._told = ""
        finished = done(view)
        self._chosen = finished[0].stop_id if key == DONE_LINE and finished else key
        self._refresh()

    def _choose_next(self) -> None:
        if self._order.active:
            self._choose(self._order.ids[0])
            return
        self._choose("")

    def _other_run(self) -> None:
        self._chosen, self._told = "", ""
        self._order.drop()
        self._keeper.turn()
        self.reload()

    # what a person does

    def _said(self, words: str) -> None:
        """What was fetched before this is older than this."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._told = words
        announce(self, words)

    def _refused(self, error: BaseException) -> None:
        """It could not be recorded: everything is as it was before."""
        told = self._messages.error(error)
        self._told = f"{told.what} {told.do}"
        announce(self, self._told)
        self._refresh()
        self.reload()

    def _arrive(self) -> None:
        stop = self._meant()
        if stop is not None:
            self._open_stop(stop)

    def _open_stop(self, stop: StopView, machine_id: str = "") -> None:
        """The Stop screen marks the arrival when the visit begins."""
        if self._keeper.view is not None:
            self.stop_opened.emit(self._keeper.view.run_id, stop.stop_id, machine_id)

    def _about_machine(self) -> None:
        beside, stop = None, self._meant()
        if self._shows_elsewhere():
            beside, stop = self.elsewhere.current(), None
        machines = (beside.machine,) if beside is not None else stop.machines if stop else ()
        if machines:
            self.machine_opened.emit(machines[0].record.asset_number)

    def _navigate(self) -> None:
        stop = self._meant()
        if stop is not None:
            self._tell(self._navigator.open(stop))

    def _skip(self) -> None:
        stop = self._meant()
        if stop is not None and stop.state == "skipped":
            self._said(self.tr("Stop {n} is to do").format(n=formats.number(stop.number)))
            self._keeper.mark(stop, "open")
        elif stop is not None:
            self._questions.ask_skip(stop, partial(self._skip_for, stop))

    def _skip_for(self, stop: StopView, reason: str, note: str) -> None:
        self._said(self.tr("Stop {n} is skipped").format(n=formats.number(stop.number)))
        self._chosen = ""
        self._keeper.mark(stop, "skipped", reason, note)

    def _take_back(self) -> None:
        """The last skip or order of this screen is not valid any more."""
        if not self._keeper.can_undo:
            return
        self._said(self.tr("Taken back"))
        stop = self._keeper.take_back()
        self._chosen = stop.stop_id if stop is not None else ""
        self._refresh()

    # the order

    def _begin_order(self) -> None:
        view, stop = self._keeper.view, self._meant()
        if view is None or stop is None or self._order.active:
            return
        self._order.begin(view)
        self._chosen = self._order.first(stop.stop_id)
        self._told = ""
        self._refresh()

    def _drag(self, key: str, place: int) -> None:
        view = self._keeper.view
        if view is None:
            return
        if not self._order.active:
            self._order.begin(view)
            self._told = ""
        before = (self._order.ids, self._chosen)
        self._order.put(key, place)
        self._chosen = key
        if before != (self._order.ids, key):
            self._refresh()

    def _move(self, by: int) -> None:
        self._order.move(self._chosen, by)
        self._refresh()

    def _drop_order(self) -> None:
        self._order.drop()
        self._told = self.tr("The order is as it was")
        self._refresh()

    def _settle(self) -> None:
        view = self._keeper.view
        if view is None or not self._order.changed(view):
            self._drop_order()
        else:
            self._questions.ask_order(self._keep_order)

    def _keep_order(self, code: str, words: str) -> None:
        view = self._keeper.view
        if view is None or not self._order.active:
            return
        wanted = self._order.whole(view)
        self._order.drop()
        self._chosen = ""
        self._said(self.tr("The new order is kept"))
        self._keeper.order(wanted, words or code)

    # the office, machines elsewhere

    def _seen(self) -> None:
        self._said(self.tr("Seen"))
        self._keeper.seen()

    def _shows_elsewhere(self) -> bool:
        return "elsewhere" in vars(self) and self._stack.currentWidget() is self.elsewhere

    def show_elsewhere(self) -> None:
        """The machines that are due and not on this run."""
        view = self._shown_view()
        if view is None or self._order.active:
            return
        self.elsewhere.show_run(view, self._clock())
        self._stack.setCurrentWidget(self.elsewhere)
        self.elsewhere.take_focus()
        self._name_actions()

    def show_stops(self) -> None:
        """Back from there."""
        self._stack.setCurrentWidget(self.page)
        self.page.list.setFocus()
        self._name_actions()

    def _serve(self) -> None:
        one = self.elsewhere.current()
        if one is not None:
            self.machine_wanted.emit(one.machine.record.id)

    # the frame

    def _tell(self, words: str) -> None:
        self._told = words
        announce(self, words)
        self._name_actions()

    def _name_actions(self) -> None:
        stop, view = self._meant(), self._keeper.view
        if view is not None:
            self.can.name_run(view, ordering=self._order.active)
        if stop is not None and view is not None:
            self.can.name_stop(stop, view, mapped=self._navigator.address(stop) is not None)
        if self._shows_elsewhere():
            self.can.name_elsewhere(self.elsewhere.current())
        self.frame_changed.emit()

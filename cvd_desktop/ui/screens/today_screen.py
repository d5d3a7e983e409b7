"""The Today screen: the run in its order, the next stop on top; what to do without a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.route_records import SKIP_REASONS, RunView, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages, Told
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.today_page import TodayPage
from cvd_desktop.ui.screens.today_rows import DONE_LINE
from cvd_desktop.ui.screens.today_run import (
    TO_DO,
    Marked,
    Ordered,
    done,
    machine_stop,
    moved,
    stop_named,
    to_do,
    whole_order,
    with_mark,
    with_order,
)
from cvd_desktop.ui.screens.today_services import (
    ORDER_REASONS,
    RECORDED,
    TAKEN_BACK,
    TodayServices,
)
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.today_words import TodayWords
from cvd_desktop.ui.widgets.notice import announce
from cvd_desktop.ui.widgets.told_card import ToldCard

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.today_elsewhere import ElsewherePage

__all__ = ["TodayScreen", "TodayServices"]

TICK_MS = 20_000  # windows and ages in words go on
SHORT_PLACE_FROM = 1.5  # text scale from which on the top bar has room for the route alone


class TodayScreen(Screen):
    """Keys act at once on what is shown; the services record it in the database lane."""

    name = "today"
    icon = "today"
    topics = frozenset({"run", "load", "visit", "outbox", "snapshot", "session", "reads"})

    stop_opened = Signal(str, str)
    """Run and stop that a person arrives at, goes on with, or wants to look at again."""
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
        self._view: RunView | None = None
        self._run_id: str | None = None  # another run than the person's first one
        self._chosen = ""
        self._order: tuple[str, ...] | None = None  # of what is to do, while it is changed
        self._undo: list[Marked | Ordered] = []
        self._told = ""
        self._place = ("", "")
        self._job: Job[RunView | None] | None = None
        self._recording = 0
        self._make_actions(look)
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.page = TodayPage(
            look,
            self._words,
            (self.seen_action, self.elsewhere_action, self.load_action),
            self._stack,
        )
        self._stack.addWidget(self.page)
        for action in (self.seen_action, self.elsewhere_action, self.load_action):
            self.page.addAction(action)
        self.page.list.chosen.connect(self._choose)
        self.page.list.dragged.connect(self._drag)
        self.page.card.clicked.connect(self._choose_next)
        self.empty = ToldCard(look)
        self._empty_place = QWidget(self._stack)
        self._build_empty(look)
        self._show_told(
            self.tr("Today"),
            Told(self.tr("Fetching the run of today, its stops and machines."), "", "", ""),
            "clock",
        )
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._go_on)
        self._tick.start()
        self.setFocusProxy(self.page.list)
        look.follow(self._restyle)

    def _build_empty(self, look: Look) -> None:
        pad = look.theme.frame.content_padding
        column = QVBoxLayout(self._empty_place)
        column.setContentsMargins(pad, pad, pad, pad)
        column.addWidget(self.empty)
        column.addStretch(1)
        self._stack.addWidget(self._empty_place)

    def _make_actions(self, look: Look) -> None:
        make = partial(self.make_action, look)
        tr = self.tr
        self.arrive_action = make("arrow-right", "", self._arrive)
        self.reorder_action = make("reorder", "R", self._begin_order, tr("Reorder"))
        self.skip_action = make("skip", "K", self._skip, tr("Skip"))
        self.navigate_action = make("map", "G", self._navigate, tr("Navigate"))
        self.undo_action = make("undo", "Ctrl+Z", self._take_back, tr("Undo"))
        self.run_action = make("today", "O", self._other_run, "")
        self.machine_action = make("machine", "I", self._about_machine, tr("About the machine"))
        self.keep_action = make("check", "", self._settle, tr("Keep this order"))
        self.up_action = make("arrow-up", "Up", partial(self._move, -1), tr("Earlier"))
        self.down_action = make("arrow-down", "Down", partial(self._move, 1), tr("Later"))
        self.back_action = make("undo", "Esc", self._drop_order, tr("Put back"))
        self.elsewhere_action = make("map", "M", self.show_elsewhere, tr("Show them"))
        self.serve_action = make("arrow-right", "", self._serve)
        self.stops_action = make("arrow-left", "Esc", self.show_stops, tr("Back to the stops"))
        self.seen_action = make("check", "S", self._seen, tr("Seen"))
        self.load_action = make("load", "L", self.load_wanted.emit, tr("Load the truck"))
        self.count_action = make("load", "", self.load_wanted.emit, tr("Count the truck"))
        self.sign_in_action = make("sign-in", "", self.sign_in_wanted.emit, tr("Sign in"))
        self.again_action = make("retry", "", self.reload, tr("Look again"))

    @cached_property
    def elsewhere(self) -> ElsewherePage:
        from cvd_desktop.ui.screens.today_elsewhere import ElsewherePage

        page = ElsewherePage(self._look, self._words, self._clock, self._stack)
        self._stack.addWidget(page)
        page.opened.connect(self.machine_wanted)
        page.changed.connect(self._name_actions)
        return page

    def make_next(self) -> bool:
        if "elsewhere" in vars(self):
            return False
        return self.elsewhere is not None

    # what the frame asks

    def word(self) -> str:
        return self.tr("Today")

    def place(self) -> tuple[str, str]:
        view = self._view
        if self._shows_elsewhere():
            return self.tr("Not on this run"), ""
        if view is None:
            return self.word(), ""
        route = self.tr("Route {n}").format(n=view.route_number)
        if self._look.theme.text_scale >= SHORT_PLACE_FROM:
            return route, ""
        day = QDate(view.day.year, view.day.month, view.day.day)
        words = formats.locale().toString(day, "dddd d MMM")
        return f"{route}, {words}", formats.clock_time(self._clock())

    def primary(self) -> QAction | None:
        if self._shows_elsewhere():
            return self.serve_action
        if self._view is None or self._stack.currentWidget() is self._empty_place:
            return self._empty_primary()
        if self._order is not None:
            return self.keep_action
        return self.arrive_action if self._meant() is not None else self.count_action

    def _empty_primary(self) -> QAction | None:
        if self._job is not None:
            return None
        return self.again_action if self._services.session() is not None else self.sign_in_action

    def secondary(self) -> Sequence[QAction]:
        if self._shows_elsewhere():
            return (self.stops_action, self.machine_action)
        view = self._view
        if view is None or self._stack.currentWidget() is self._empty_place:
            return ()
        if self._order is not None:
            return (self.up_action, self.down_action, self.back_action)
        actions = [self.reorder_action, self.skip_action, self.navigate_action]
        if self._undo:
            actions.insert(0, self.undo_action)
        actions.append(self.machine_action)
        if view.other_runs:
            actions.append(self.run_action)
        return actions

    def fact(self) -> str:
        if self._order is not None and not self._told:
            return self.tr("Up and Down move the stop, a touch takes another one")
        return self._told

    def reload(self) -> None:
        if self._recording:
            return  # what comes now is older than what is shown; the answer is announced
        if self._job is not None:
            self._job.cancel()
        self._job = self._background.run(
            Lane.DATABASE,
            partial(self._services.todays_run, self._run_id),
            self._show_run,
            self._failed,
        )

    def scanned(self, text: str) -> bool:
        """The label of a machine opens its stop; of one that is not on the run, the machine."""
        if self._view is None:
            return False
        found = machine_stop(self._view, text)
        if found is not None:
            self._open_stop(found[0])
            return True
        wanted = text.strip().casefold()
        for one in self._view.elsewhere:
            if wanted == one.machine.record.asset_number.casefold():
                self.machine_wanted.emit(one.machine.record.id)
                return True
        return False

    # showing

    def _show_run(self, view: RunView | None) -> None:
        self._job = None
        if self._recording:
            return
        self._view = view
        if view is None:
            self._order = None
            self._show_nothing()
            return
        if self._order is not None:  # stops that came or went meanwhile do not lose the work
            ids = [stop.stop_id for stop in to_do(view)]
            kept = [stop_id for stop_id in self._order if stop_id in ids]
            self._order = (*kept, *(stop_id for stop_id in ids if stop_id not in kept))
        if self._stack.currentWidget() is self._empty_place:
            self._stack.setCurrentWidget(self.page)
        self._refresh()

    def _shown_view(self) -> RunView | None:
        view = self._view
        if view is None or self._order is None:
            return view
        return with_order(view, whole_order(view, self._order))

    def _refresh(self) -> None:
        """Show what is known now; the chosen stop stays chosen while it is there."""
        view = self._shown_view()
        if view is None:
            return
        chosen = stop_named(view, self._chosen)
        waiting = to_do(view)
        if chosen is None or (waiting and chosen.stop_id == waiting[0].stop_id):
            shown = ""
            if self._order is None:
                self._chosen = ""
        else:
            shown = self._chosen
        self.page.list.moving = self._order is not None
        self.page.show_run(view, shown, self._clock())
        if "elsewhere" in vars(self):
            self.elsewhere.show_run(view, self._clock())
        self._name_actions()

    def _go_on(self) -> None:
        """The clock has gone on: windows and ages in other words."""
        if self.isVisible() and self._view is not None and not self.page.list.dragging():
            self._refresh()

    def _restyle(self) -> None:
        self.frame_changed.emit()

    def _show_nothing(self) -> None:
        if self._services.session() is None:
            told = Told(
                self.tr("Nobody is signed in, so this laptop does not know whose run it shows."),
                self.tr("What was recorded here before is kept."),
                self.tr("Sign in. The run comes with the next sync and works offline from then."),
                self.tr("you"),
            )
            self._show_told(self.tr("Nobody is signed in"), told, "person")
            return
        told = Told(
            self.tr("The office has planned no run for you today, or this laptop has not heard."),
            self.tr("Everything recorded here is kept."),
            self.tr(
                "Sync in Outbox and look again. A machine can be served without a run: scan its "
                "label, or find it with Ctrl+K or in Machine."
            ),
            self.tr("you, then the office"),
        )
        self._show_told(self.tr("No run today"), told, "today")

    def _failed(self, error: BaseException) -> None:
        self._job = None
        told = self._messages.error(error)
        if self._view is None:
            self._show_told(self.tr("The run cannot be shown"), told, "alert", Tone.CRITICAL)
        else:
            self._tell(f"{told.what} {told.do}")

    def _show_told(self, title: str, told: Told, icon: str, tone: Tone = Tone.PLAIN) -> None:
        self.empty.show_told(title, "", told, icon, tone)
        self._stack.setCurrentWidget(self._empty_place)
        self._name_actions()

    # choosing

    def _meant(self) -> StopView | None:
        """The stop that Enter means."""
        view = self._shown_view()
        if view is None:
            return None
        chosen = stop_named(view, self._chosen)
        if chosen is not None:
            return chosen
        waiting = to_do(view)
        return waiting[0] if waiting else None

    def _choose(self, key: str) -> None:
        view = self._view
        if view is None:
            return
        if self._order is not None:
            if key in self._order:
                self._chosen = key
                self._refresh()
            return
        self._told = ""
        finished = done(view)
        self._chosen = finished[0].stop_id if key == DONE_LINE and finished else key
        self._refresh()

    def _choose_next(self) -> None:
        if self._order is not None:
            self._choose(self._order[0])
            return
        self._choose("")

    def _other_run(self) -> None:
        if self._view is not None and self._view.other_runs:
            self._run_id = self._view.other_runs[0][0]
            self._chosen, self._order, self._told = "", None, ""
            self._undo.clear()
            self.reload()

    # what a person does

    def _record(self, work: Callable[[], object], put_back: RunView, said: str) -> None:
        """What is shown is changed already; when it cannot be recorded it is put back."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._recording += 1
        self._told = said
        announce(self, said)

        def recorded(_: object) -> None:
            self._recording -= 1

        def refused(error: BaseException) -> None:
            self._recording -= 1
            self._undo.clear()
            self._view = put_back
            told = self._messages.error(error)
            self._told = f"{told.what} {told.do}"
            self._refresh()
            self.reload()

        self._background.run(Lane.DATABASE, work, recorded, refused, topics=RECORDED)
        self._refresh()

    def _arrive(self) -> None:
        stop = self._meant()
        if stop is not None:
            self._open_stop(stop)

    def _open_stop(self, stop: StopView) -> None:
        """The Stop screen marks the arrival when the visit begins."""
        if self._view is not None:
            self.stop_opened.emit(self._view.run_id, stop.stop_id)

    def _about_machine(self) -> None:
        if self._shows_elsewhere():
            one = self.elsewhere.current()
            machine = one.machine if one is not None else None
        else:
            stop = self._meant()
            machine = stop.machines[0] if stop is not None and stop.machines else None
        if machine is not None:
            self.machine_opened.emit(machine.record.asset_number)

    def _navigate(self) -> None:
        stop = self._meant()
        address = self._address(stop)
        if stop is None or address is None:
            return
        if self._services.open_address(address):
            self._tell(self.tr("The navigator has {name}").format(name=stop.name))
        else:
            self._tell(
                self.tr("No navigator on this laptop opens maps. The address: {address}").format(
                    address=stop.location.address if stop.location is not None else address
                )
            )

    def _address(self, stop: StopView | None) -> str | None:
        if stop is None or stop.location is None:
            return None
        return self._services.map_address(stop.location)

    def _skip(self) -> None:
        from cvd_desktop.ui.dialogs.reason_dialog import ReasonDialog

        stop = self._meant()
        if stop is None:
            return
        if stop.state == "skipped":
            self._mark(stop, "open", "", "")
            return
        reasons = [
            (code, _capital(self._words.skip_reason(code)))
            for code in SKIP_REASONS
            if code != "other"
        ]
        dialog = ReasonDialog(
            self._look,
            self.tr("Skip stop {n}, {name}: why?").format(n=stop.number, name=stop.name),
            self.tr("The office sees the reason. Undo takes the skip back."),
            reasons,
            self.tr("Skip with these words"),
            self,
        )
        dialog.given.connect(partial(self._mark, stop, "skipped"))
        dialog.open()

    def _mark(self, stop: StopView, state: str, reason: str, note: str) -> None:
        view = self._view
        if view is None or state not in ("open", "skipped"):
            return
        now = stop_named(view, stop.stop_id) or stop
        mark = Marked(
            view.run_id,
            stop.stop_id,
            "skipped" if state == "skipped" else "open",
            reason,
            note,
            now,
        )
        said = self.tr("Stop {n} is skipped") if state == "skipped" else self.tr("Stop {n} is open")
        self._chosen = ""
        self._do_mark(mark, said.format(n=stop.number))
        self._undo.append(mark)
        self._name_actions()

    def _do_mark(self, mark: Marked, said: str) -> None:
        view = self._view
        assert view is not None
        self._view = with_mark(view, mark, self._clock())
        work = partial(
            self._services.mark_stop,
            mark.run_id,
            mark.stop_id,
            mark.state,
            reason=mark.reason,
            note=mark.note,
        )
        self._record(work, view, said)

    def _take_back(self) -> None:
        """The last skip or order of this screen is not valid any more."""
        view = self._view
        if view is None or not self._undo:
            return
        last = self._undo.pop()
        if isinstance(last, Marked):
            before = last.before
            back = Marked(
                last.run_id,
                last.stop_id,
                before.state,
                before.reason,
                before.reason_note,
                before,
            )
            self._chosen = last.stop_id
            self._do_mark(back, self.tr("Taken back: stop {n}").format(n=before.number))
        else:
            self._do_order(last.before, TAKEN_BACK, self.tr("The order is as it was before"))

    # the order

    def _begin_order(self) -> None:
        view = self._view
        meant = self._meant()
        if view is None or meant is None or self._order is not None:
            return
        if meant.state not in TO_DO:
            meant = to_do(view)[0]
        self._order = tuple(stop.stop_id for stop in to_do(view))
        self._chosen = meant.stop_id
        self._told = ""
        self._refresh()

    def _drag(self, key: str, place: int) -> None:
        view = self._view
        if view is None:
            return
        if self._order is None:
            self._order = tuple(stop.stop_id for stop in to_do(view))
            self._told = ""
        wanted = moved(self._order, key, place)
        if wanted != self._order or self._chosen != key:
            self._order, self._chosen = wanted, key
            self._refresh()

    def _move(self, by: int) -> None:
        if self._order is None or self._chosen not in self._order:
            return
        self._order = moved(self._order, self._chosen, self._order.index(self._chosen) + by)
        self._refresh()

    def _drop_order(self) -> None:
        self._order = None
        self._told = self.tr("The order is as it was")
        self._refresh()

    def _settle(self) -> None:
        from cvd_desktop.ui.dialogs.reason_dialog import ReasonDialog

        view, order = self._view, self._order
        if view is None or order is None:
            return
        if order == tuple(stop.stop_id for stop in to_do(view)):
            self._drop_order()
            return
        reasons = [(code, _capital(self._words.order_reason(code))) for code in ORDER_REASONS]
        dialog = ReasonDialog(
            self._look,
            self.tr("Another order: why?"),
            self.tr("The office sees your order and the reason."),
            reasons,
            self.tr("Keep it with these words"),
            self,
        )
        dialog.given.connect(self._keep_order)
        dialog.open()

    def _keep_order(self, code: str, words: str) -> None:
        view, order = self._view, self._order
        if view is None or order is None:
            return
        before = tuple(stop.stop_id for stop in view.stops)
        after = whole_order(view, order)
        self._order = None
        self._do_order(after, words or code, self.tr("The new order is kept"))
        self._undo.append(Ordered(view.run_id, after, before))
        self._name_actions()

    def _do_order(self, stop_ids: tuple[str, ...], reason: str, said: str) -> None:
        view = self._view
        assert view is not None
        self._view = with_order(view, stop_ids)
        work = partial(self._services.order_stops, view.run_id, stop_ids, reason)
        self._record(work, view, said)

    # the office, machines elsewhere

    def _seen(self) -> None:
        view = self._view
        if view is None or not view.changes:
            return
        self._view = replace(view, changes=())
        self._record(
            partial(self._services.changes_seen, view.run_id), view, self.tr("Seen and kept")
        )

    def _shows_elsewhere(self) -> bool:
        return "elsewhere" in vars(self) and self._stack.currentWidget() is self.elsewhere

    def show_elsewhere(self) -> None:
        """The machines that are due and not on this run."""
        view = self._shown_view()
        if view is None or self._order is not None:
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
        stop, view = self._meant(), self._view
        if self._shows_elsewhere():
            one = self.elsewhere.current()
            asset = one.machine.record.asset_number if one is not None else ""
            self.serve_action.setText(self.tr("Serve {machine}").format(machine=asset))
            _allow(self.serve_action, "" if one is not None else self.tr("No machine is chosen"))
        if stop is not None and view is not None:
            self._name_stop(stop, view)
        if view is not None and view.other_runs:
            self.run_action.setText(self.tr("To {run}").format(run=view.other_runs[0][1]))
        self.elsewhere_action.setEnabled(self._order is None)
        self.frame_changed.emit()

    def _name_stop(self, stop: StopView, view: RunView) -> None:
        words = {
            "open": self.tr("Arrive at stop {n}"),
            "arrived": self.tr("Go on at stop {n}"),
            "skipped": self.tr("Arrive at stop {n}"),
            "done": self.tr("Look at stop {n}"),
        }[stop.state]
        self.arrive_action.setText(words.format(n=formats.number(stop.number)))
        self.skip_action.setText(
            self.tr("Do not skip") if stop.state == "skipped" else self.tr("Skip")
        )
        is_done = self.tr("Stop {n} is done").format(n=formats.number(stop.number))
        _allow(self.skip_action, is_done if stop.state == "done" else "")
        few = self.tr("There is only one stop to do") if len(to_do(view)) < 2 else ""
        _allow(self.reorder_action, few)
        known = self._address(stop) is not None
        _allow(
            self.navigate_action,
            "" if known else self.tr("No address of {name} is known").format(name=stop.name),
        )
        _allow(
            self.machine_action, "" if stop.machines else self.tr("No machine of it is known here")
        )


def _allow(action: QAction, reason: str) -> None:
    """Enabled, or disabled with the sentence that says why."""
    action.setEnabled(not reason)
    action.setStatusTip(reason)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

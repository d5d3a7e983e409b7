"""What a person can do on the Stop screen beside its tabs: actions, and how they are called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from cvd_desktop.domain.route_records import StopMachine
from cvd_desktop.domain.visit_records import TABS, StopDetail
from cvd_desktop.ui.screens.stop_tools import StopTools, allow

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.stop_screen import StopScreen

_CHOOSE = [QKeySequence("M"), QKeySequence("Ctrl+M")]
_MAPPING = [QKeySequence("Ctrl+M")]  # there M is the mapping of the read
ENTER = "Return Enter Ctrl+Return"  # Enter begins a line in the long fields


class StopActions(QObject):
    """Made once by the screen."""

    def __init__(self, tools: StopTools, screen: StopScreen) -> None:
        super().__init__(screen)
        self._tools = tools
        self._screen = screen
        make = partial(tools.action, screen)
        self.arrive = make("clock", ENTER, self._arrive, "")
        self.go_on = make("arrow-right", ENTER, screen.go_on, "")
        self.finish = make("check", ENTER, self._finish, self.tr("Finish the visit"))
        self.next_machine = make("arrow-right", ENTER, screen.to_next_machine, "")
        self.today = make("arrow-left", ENTER, self._today, self.tr("Back to Today"))
        self.again = make("retry", "R", screen.reload, self.tr("Try again"))
        self.leave = make("arrow-left", "Esc", self._today, self.tr("Back to Today"))
        self.choose = make("machine", "M Ctrl+M", screen.choose_machine, self.tr("Other machine"))
        screen.addAction(self.choose)  # its key works in every tab
        self.ticket = make("wrench", "T", self._ticket, self.tr("New ticket"))
        self.drop = make("close", "Ctrl+D", self._drop, self.tr("Not here after all"))
        self.take_up = make("undo", "Ctrl+Z", self._take_up, self.tr("Take the visit up again"))
        self.amend = make("undo", "A", screen.begin_amend, self.tr("Amend"))
        self.record_amend = make("check", ENTER, self._amend, self.tr("Record the correction"))
        self.leave_amend = make("close", "Esc", screen.end_amend, self.tr("Leave it"))

    def next_of(self, detail: StopDetail | None) -> StopMachine | None:
        """The next machine of the stop without a visit, after the one that is shown."""
        if detail is None:
            return None
        ids = [machine.record.id for machine in detail.machines]
        here = ids.index(detail.machine_id) if detail.machine_id in ids else 0
        around = (*detail.machines[here + 1 :], *detail.machines[:here])
        return next((machine for machine in around if not machine.visited), None)

    def name_all(self) -> None:
        """Words and reasons of the moment."""
        screen, view = self._screen, self._screen.view
        if view is None:
            return
        busy = self.tr("Recording") if screen.busy else ""
        asset = view.machine.record.asset_number
        self.arrive.setText(self.tr("Arrive at {asset}").format(asset=asset))
        for action in (self.arrive, self.finish, self.drop, self.take_up):
            allow(action, busy)
        place = TABS.index(screen.tab()) if screen.tab() in TABS else 0
        following = TABS[min(place + 1, len(TABS) - 1)]
        self.go_on.setText(self._tools.words.go_to(following))
        reads = screen.tab() == "read" and screen.parts.read.reader.reading
        if reads:
            self.go_on.setText(self.tr("Fill while it reads"))
        machine = self.next_of(screen.detail)
        if machine is not None:
            words = self.tr("Go on with {asset}")
            self.next_machine.setText(words.format(asset=machine.record.asset_number))
        several = screen.detail is not None and len(screen.detail.machines) > 1
        allow(self.choose, "" if several else self.tr("It is the only machine of this stop"))
        self.choose.setShortcuts(_MAPPING if screen.tab() == "read" else _CHOOSE)
        if screen.amending():
            allow(self.record_amend, busy or screen.amend.why_not())

    def _arrive(self) -> None:
        detail = self._screen.detail
        if detail is None:
            return
        stop_id = detail.stop.stop_id if detail.stop is not None else None
        run_id = detail.run_id if stop_id is not None else None
        begin = partial(self._tools.services.begin_visit, detail.machine_id, run_id, stop_id)
        self._screen.record(begin, lambda _: self._screen.reload())

    def _finish(self) -> None:
        """What was typed last is kept first, so that the record has it."""
        screen, view = self._screen, self._screen.view
        if view is None or view.draft is None:
            return
        visit_id, keeper = view.draft.visit_id, screen.keeper
        screen.parts.finish.show_trouble(None)

        def work() -> object:
            keeper.save_now(visit_id)
            return self._tools.services.finish_visit(visit_id)

        def done(nothing: object) -> None:
            del nothing
            keeper.forget(visit_id)
            screen.reload()

        def failed(error: BaseException) -> None:
            screen.parts.finish.show_trouble(self._tools.messages.error(error))
            screen.reload()

        screen.record(work, done, failed)

    def _drop(self) -> None:
        view = self._screen.view
        if view is not None and view.draft is not None:
            visit_id = view.draft.visit_id
            drop = partial(self._tools.services.drop_visit, visit_id)
            self._screen.record(drop, lambda _: self._dropped(visit_id))

    def _dropped(self, visit_id: str) -> None:
        self._screen.dropped(visit_id)
        self._screen.reload()

    def _take_up(self) -> None:
        visit_id, take_up = self._screen.dropped_id, self._tools.services.take_up_visit
        if visit_id and take_up is not None:
            self._screen.record(partial(take_up, visit_id), lambda _: self._screen.taken_up())

    def _amend(self) -> None:
        screen, view = self._screen, self._screen.view
        if view is None or view.finished is None:
            return
        page = screen.amend
        amend = partial(
            self._tools.services.amend_visit,
            view.finished.id,
            page.reason_text(),
            edits=page.slots(),
            cash=page.cash(),
            note=page.note_text(),
        )

        def done(nothing: object) -> None:
            del nothing
            screen.end_amend()
            screen.reload()

        screen.record(amend, done)

    def _ticket(self) -> None:
        view = self._screen.view
        if view is not None:
            self._screen.leave()
            events = view.read.events if view.read is not None else ()
            codes = [event.code for event in events if event.active]
            self._screen.ticket_wanted.emit(view.machine.record.id, codes)

    def _today(self) -> None:
        self._screen.leave()
        view = self._screen.view
        if view is not None and view.draft is None and self.next_of(self._screen.detail) is None:
            self._screen.open_next()
        self._screen.stop_left.emit()

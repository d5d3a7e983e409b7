"""The run that is shown, changed at once by what a person does, and recorded in the lane after."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

from PySide6.QtCore import QObject, Signal

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.route_records import RunView, StopView
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.screens.today_run import (
    Marked,
    Ordered,
    renumbered,
    stop_named,
    with_mark,
    with_order,
)
from cvd_desktop.ui.screens.today_services import RECORDED, TAKEN_BACK, TodayServices
from cvd_shared.wire_events import StopState


class RunKeeper(QObject):
    """What could not be recorded is put back, and `refused` tells it."""

    changed = Signal()
    refused = Signal(object)
    """The exception of a service; the run is as it was before."""

    def __init__(
        self, background: Background, services: TodayServices, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._services = services
        self._clock = clock
        self._done: list[Marked | Ordered] = []
        self._recording = 0
        self._turned: tuple[str, date] | None = None  # to a run that is not the first one
        self.view: RunView | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being recorded: what was fetched before it is older than it."""
        return self._recording > 0

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    def wanted(self) -> str | None:
        """The run to fetch; None is the person's first one. Another one is shown for a day."""
        if self._turned is not None and self._turned[1] != self._clock().astimezone().date():
            self._turned = None
        return self._turned[0] if self._turned is not None else None

    def turn(self) -> None:
        """To the next run of this person, round about; there is nothing to take back there."""
        view = self.view
        if view is None or not view.other_runs:
            return
        others = sorted(run_id for run_id, _ in view.other_runs)
        following = next((run_id for run_id in others if run_id > view.run_id), others[0])
        self._turned = (following, self._clock().astimezone().date())
        self._done.clear()

    def turn_back(self) -> bool:
        """The run that was turned to is gone: True when another one is to be fetched."""
        turned, self._turned = self._turned, None
        return turned is not None

    def mark(self, stop: StopView, state: StopState, reason: str = "", note: str = "") -> None:
        """A stop is skipped, or is to do again."""
        view = self.view
        if view is None:
            return
        now = stop_named(view, stop.stop_id) or stop
        mark = Marked(view.run_id, stop.stop_id, state, reason, note, now)
        self._done.append(mark)
        self._mark(view, mark)

    def order(self, stop_ids: tuple[str, ...], reason: str) -> None:
        """All stops of the day in another order; `reason` is a code or words."""
        view = self.view
        if view is None:
            return
        before = tuple(stop.stop_id for stop in view.stops)
        self._done.append(Ordered(view.run_id, stop_ids, before))
        self._order(view, stop_ids, reason)

    def take_back(self) -> StopView | None:
        """The last mark or order is not valid any more. The stop, where it was a mark."""
        view = self.view
        if view is None or not self._done:
            return None
        last = self._done.pop()
        if isinstance(last, Ordered):
            self._order(view, last.before, TAKEN_BACK)
            return None
        before = last.before
        back = replace(last, state=before.state, reason=before.reason, note=before.reason_note)
        self._mark(view, back)
        return before

    def seen(self) -> None:
        """The person has seen what the office changed."""
        view = self.view
        if view is not None and view.changes:
            self.view = replace(view, changes=())
            self._record(partial(self._services.changes_seen, view.run_id), view)

    def _mark(self, view: RunView, mark: Marked) -> None:
        self.view = with_mark(view, mark, self._clock())
        self._record(
            partial(
                self._services.mark_stop,
                mark.run_id,
                mark.stop_id,
                mark.state,
                reason=mark.reason,
                note=mark.note,
            ),
            view,
        )

    def _order(self, view: RunView, stop_ids: tuple[str, ...], reason: str) -> None:
        self.view = renumbered(with_order(view, stop_ids))
        self._record(partial(self._services.order_stops, view.run_id, stop_ids, reason), view)

    def _record(self, work: Callable[[], object], before: RunView) -> None:
        self._recording += 1
        self._background.run(
            Lane.DATABASE, work, self._recorded, partial(self._put_back, before), topics=RECORDED
        )
        self.changed.emit()

    def _recorded(self, _: object) -> None:
        self._recording -= 1

    def _put_back(self, before: RunView, error: BaseException) -> None:
        self._recording -= 1
        self._done.clear()  # of the acts before it, nobody knows any more what they replaced
        self.view = before
        self.refused.emit(error)

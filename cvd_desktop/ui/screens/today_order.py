"""The order of what is to do while a person changes it: nothing is recorded before it is kept."""

from cvd_desktop.domain.route_records import RunView
from cvd_desktop.ui.screens.today_run import held, moved, to_do, whole_order, with_order


class OrderWork:
    """Ids of the stops that are to do, in the order wanted; none while nobody orders."""

    def __init__(self) -> None:
        self.ids: tuple[str, ...] = ()
        self.active = False
        self._held = 0  # stops at the head that stay: where the person is now

    def begin(self, view: RunView) -> None:
        self.ids = tuple(stop.stop_id for stop in to_do(view))
        self._held = held(view)
        self.active = True

    def drop(self) -> None:
        self.ids, self.active = (), False

    def follow(self, view: RunView) -> None:
        """Stops that came or went meanwhile do not cost the work."""
        there = [stop.stop_id for stop in to_do(view)]
        kept = [stop_id for stop_id in self.ids if stop_id in there]
        self._held = held(view)
        self.ids = (
            *there[: self._held],
            *(stop_id for stop_id in kept if stop_id not in there[: self._held]),
            *(stop_id for stop_id in there[self._held :] if stop_id not in kept),
        )

    def put(self, stop_id: str, place: int) -> None:
        if stop_id in self.ids[self._held :]:
            self.ids = moved(self.ids, stop_id, max(place, self._held))

    def first(self, wanted: str) -> str:
        """The stop to begin with: the one wanted, else the first that can be moved."""
        free = self.ids[self._held :]
        return wanted if wanted in free or not free else free[0]

    def move(self, stop_id: str, by: int) -> None:
        if stop_id in self.ids:
            self.put(stop_id, max(0, self.ids.index(stop_id) + by))

    def changed(self, view: RunView) -> bool:
        return self.ids != tuple(stop.stop_id for stop in to_do(view))

    def whole(self, view: RunView) -> tuple[str, ...]:
        """All stops of the day in the order wanted."""
        return whole_order(view, self.ids)

    def shown(self, view: RunView) -> RunView:
        """The run as it would be."""
        return with_order(view, self.whole(view)) if self.active else view

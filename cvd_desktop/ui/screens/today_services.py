"""What the Today screen asks of the services (services/today.py), bound to the workplace."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cvd_desktop.domain.records import Session
from cvd_desktop.domain.route_records import RunView
from cvd_shared.wire_events import StopState
from cvd_shared.wire_records import LocationRecord

RECORDED = frozenset({"run", "outbox"})

ORDER_REASONS = ("time_window", "sold_out", "traffic", "site_asked")
"""Codes of RunOrdered.reason; anything else is the driver's own words."""

TAKEN_BACK = "taken_back"
"""RunOrdered.reason of an order that a driver takes back."""


class TodaysRun(Protocol):
    def __call__(self, run_id: str | None = None) -> RunView | None: ...


class MarkStop(Protocol):
    def __call__(
        self, run_id: str, stop_id: str, state: StopState, *, reason: str = "", note: str = ""
    ) -> object: ...


OrderStops = Callable[[str, Sequence[str], str], object]
"""order_stops(run_id, stop_ids, reason)"""


@dataclass(frozen=True, slots=True)
class TodayServices:
    """`session`, `map_address` and `open_address` are asked on the GUI thread: none of them waits.

    `open_address` hands an address to the navigator of this computer (QDesktopServices.openUrl)
    and says whether there is one.
    """

    todays_run: TodaysRun
    mark_stop: MarkStop
    order_stops: OrderStops
    changes_seen: Callable[[str], object]
    map_address: Callable[[LocationRecord], str | None]
    open_address: Callable[[str], bool]
    session: Callable[[], Session | None]

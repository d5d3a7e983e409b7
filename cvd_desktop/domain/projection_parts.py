"""What the folds of a projection work on: the view, and an event that the server lacks yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cvd_shared.wire_events import EventPayload
from cvd_shared.wire_records import Record

Key = tuple[str, str]
"""(kind, id) of a record."""

View = dict[Key, Record]


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event of this laptop whose effect the pulled records do not contain yet."""

    op_id: str
    type: str
    version: int
    occurred_at: str
    payload: Mapping[str, Any]
    actor_id: str = ""  # "": recorded before anybody signed in


Fold = Callable[[View, PendingEvent, EventPayload], None]

"""How much one laptop may send in 24 hours: a program gone mad must not fill the disk.

Each worker adds up what a laptop brings; only when that is a good part of the day's measure it asks
the log. Honest work never comes as far as that question. What is refused stays on the laptop.
"""

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from cvd_server import tables
from cvd_server.answers import try_later
from cvd_server.clock import to_wire

if TYPE_CHECKING:
    from cvd_server.services import Services

_PARTS = 16  # of a day's measure, between two questions
_MOST_KEYS = 100_000
_REST_SECONDS = 600  # without another question to the log
_LATER_SECONDS = 3600

_Key = tuple[str, str]


class DayQuota:
    """Of one worker process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._brought: dict[_Key, int] = {}  # bytes since the log was asked
        self._shut: dict[_Key, float] = {}  # until when it need not be asked

    def check(
        self, to: "Services", connection: Connection, operator_id: str, device_id: str, size: int
    ) -> None:
        """`size` bytes of events and reports are about to be stored. Raises ApiError 429 quota."""
        key, now = (operator_id, device_id), to.clock().timestamp()
        most = to.settings.device_day_megabytes * 1024 * 1024
        with self._lock:
            if len(self._brought) >= _MOST_KEYS:
                self._brought.clear()
                self._shut.clear()
            self._brought[key] = brought = self._brought.get(key, 0) + size
            shut = self._shut.get(key, 0) > now
        if shut:
            raise _enough()
        if brought * _PARTS < most:
            return
        full = _of_a_day(to, connection, key) + size > most
        with self._lock:
            self._brought[key] = 0
            self._shut.pop(key, None)
            if full:
                self._shut[key] = now + _REST_SECONDS
                self._brought[key] = most  # asked again after the rest
        if full:
            raise _enough()


def _of_a_day(to: "Services", connection: Connection, key: _Key) -> int:
    """Bytes of events and of what came with them."""
    operator_id, device_id = key
    day_ago = to_wire(to.clock() - timedelta(days=1))
    log, blob = tables.op_log, tables.blob
    events = connection.scalar(
        select(func.sum(func.length(log.c.body)))
        .filter_by(operator_id=operator_id, device_id=device_id)
        .where(log.c.received_at >= day_ago)
    )
    reports = connection.scalar(
        select(func.sum(blob.c.size))
        .filter_by(operator_id=operator_id, first_device_id=device_id)
        .where(blob.c.stored_at >= day_ago, blob.c.body.is_not(None))
    )
    return int(events or 0) + int(reports or 0)


def _enough() -> Exception:
    return try_later(
        429, "quota", "This laptop has sent more than the server takes in a day.", _LATER_SECONDS
    )

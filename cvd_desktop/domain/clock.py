"""The only place of the desktop that asks the system for the time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time of day as an aware UTC datetime."""

Monotonic = Callable[[], float]
"""Gives seconds that never go back; only differences mean something."""


def system_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the place


def system_monotonic() -> float:
    return time.monotonic()


def to_wire(moment: datetime) -> str:
    """UTC ISO 8601 with milliseconds and a Z, as on the wire and on disk."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_wire(text: str) -> datetime:
    """The aware UTC datetime of an ISO 8601 text. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

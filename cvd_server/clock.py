"""The only place of the server that asks the system for the time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time of day as an aware UTC datetime."""


def system_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the place


def to_wire(moment: datetime) -> str:
    """UTC ISO 8601 with milliseconds and a Z: as text it sorts like the moments themselves."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_wire(text: str) -> datetime:
    """The aware UTC datetime of an ISO 8601 text. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"outside the calendar: {text}") from error

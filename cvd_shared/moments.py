"""Moments of the wire (UTC ISO 8601) as what can be put in order, whatever a clock wrote."""

from datetime import UTC, datetime

LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
"""Stands for a moment that cannot be read: before everything else."""


def moment(text: str) -> datetime:
    """The moment in UTC; without an offset it is UTC; LONG_AGO where the text is none."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return LONG_AGO

"""When to try again: full jitter up to five minutes, and never later than a clock could mean."""

from collections.abc import Callable
from datetime import datetime, timedelta

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 300.0
LONGEST_ASKED_SECONDS = 7200.0  # a restored server spreads its clients over two hours

Random = Callable[[], float]
"""Gives a number from 0 up to 1."""


def delay(failures: int, random: Random, *, retry_after: float | None = None) -> float:
    """Seconds to wait after the n-th failure in a row (n >= 1). What the server asks for wins."""
    if retry_after is not None:
        return min(max(retry_after, 0.0), LONGEST_ASKED_SECONDS)
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(max(failures, 0), 16))
    return random() * ceiling


def is_due(next_try_at: datetime | None, now: datetime) -> bool:
    """True when it is time. A moment too far ahead comes from a clock that was set back."""
    if next_try_at is None or next_try_at <= now:
        return True
    return next_try_at - now > timedelta(seconds=LONGEST_ASKED_SECONDS)

"""A local database for tests: a fixed key, a clock that moves only when it is told to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cvd_desktop.storage.database import Database, open_database

KEY = bytes(range(32))
OTHER_KEY = bytes(reversed(range(32)))


class ManualClock:
    """A clock that a test sets; each call gives the same moment until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def new_database(folder: Path, clock: ManualClock | None = None) -> Database:
    """A migrated, empty database in `folder`; the caller closes it."""
    return open_database(folder / "cvd.db", KEY, clock or ManualClock())

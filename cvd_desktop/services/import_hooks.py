"""What the parts of an import call while they work."""

from collections.abc import Callable

from cvd_desktop.domain.import_records import FileLeft

Leave = Callable[[FileLeft], object]
"""Hears of a file that gives nothing, and why."""

Pause = Callable[[], object]
"""Called between two short steps: at least every 100 ms. Raises `Stopped` to end the work."""


class Stopped(Exception):  # noqa: N818 - the person wants it so
    """The import was cancelled."""

"""Which versions are at work here, for Settings and reports."""

import platform
from importlib import metadata

from PySide6.QtCore import qVersion


def versions() -> tuple[tuple[str, str], ...]:
    """(what, version): this program first."""
    return (
        ("CVD Desktop", metadata.version("cvd-desktop")),
        ("Python", platform.python_version()),
        ("Qt", qVersion() or "?"),
        ("System", platform.platform(terse=True)),
    )

"""The screens of the window: what each is called, where it stands, which changes concern it.

To add a screen: its line here, in the rail (`slots`) or opened by name only (`others`), and its
maker in screen_makers.py. This is read before the first paint; the makers are not.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication

from cvd_desktop.ui.main_window import ScreenSlot
from cvd_desktop.ui.screen import Screen

Make = Callable[[str], Screen]
"""Makes the screen of a name."""


def slots(make: Make) -> list[ScreenSlot]:
    """Those of the rail, in its order."""
    translate = QCoreApplication.translate
    return [
        _slot(make, "read", "read", translate("Screens", "Read"), "reads", "outbox", "sync"),
        _slot(
            make,
            "machines",
            "machine",
            translate("Screens", "Machine"),
            "snapshot",
            "reads",
            "outbox",
        ),
        _slot(make, "bench", "pulse", translate("Screens", "Bench"), "reads", "snapshot"),
        _slot(
            make,
            "tickets",
            "wrench",
            translate("Screens", "Tickets"),
            "tickets",
            "outbox",
            "snapshot",
            "session",
            "reads",
        ),
        _slot(
            make, "outbox", "outbox", translate("Screens", "Outbox"), "outbox", "sync", "session"
        ),
        _slot(make, "settings", "settings", translate("Screens", "Settings"), "settings"),
    ]


def others(make: Make) -> list[ScreenSlot]:
    """Those that are opened by name only."""
    translate = QCoreApplication.translate
    return [
        _slot(
            make,
            "sign_in",
            "sign-in",
            translate("Screens", "Sign in"),
            "session",
            "sync",
            "outbox",
        ),
        _slot(make, "unlock", "lock", translate("Screens", "Unlock")),
        _slot(make, "import", "folder", translate("Screens", "Import files")),
        _slot(make, "meters", "pulse", translate("Screens", "Meters by hand"), "snapshot"),
    ]


def _slot(make: Make, name: str, icon: str, word: str, *topics: str) -> ScreenSlot:
    return ScreenSlot(name, icon, word, frozenset(topics), partial(make, name))

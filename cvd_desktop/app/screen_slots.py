"""The screens of the window: what each is called, where it stands, which changes concern it.

To add a screen: its line here, in the rail (`slots`) or opened by name only (`others`), and its
maker in screen_makers.py. This is read before the first paint; the makers are not.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication

from cvd_desktop.ui.main_window import ScreenSlot
from cvd_desktop.ui.screen import Screen
from cvd_shared.permissions import Right, Role, may

Make = Callable[[str], Screen]
"""Makes the screen of a name."""


_OF_THE_DAY = ("run", "load", "visit", "reads", "outbox", "snapshot", "session")

_RIGHTS = {
    "review": Right.REVIEW_SEE,
    "today": Right.VISIT_RECORD,
    "load": Right.VISIT_RECORD,
    "stop": Right.VISIT_RECORD,
    "read": Right.READ_RECORD,
    "tickets": Right.VISIT_RECORD,
    "bench": Right.MACHINE_WRITE,
}
"""What a person has to be allowed to do to find a screen in the rail."""
_OF_THE_OFFICE = frozenset({"review"})
FIRST = "today"
"""What a window opens on that remembers nothing."""


def names_for(role: str | None) -> list[str]:
    """The screens that this role finds in the rail; those of a day's work while nobody is signed
    in; all of them for a role that this program does not know: the server decides what it may do.
    """
    names = [slot.name for slot in slots(_never)]
    if role is None:
        return [name for name in names if name not in _OF_THE_OFFICE]
    if role not in {str(each) for each in Role}:
        return names
    held = Role(role)
    return [name for name in names if name not in _RIGHTS or may(held, _RIGHTS[name])]


def _never(name: str) -> Screen:
    raise LookupError(name)


def slots(make: Make) -> list[ScreenSlot]:
    """Those of the rail, in its order."""
    translate = QCoreApplication.translate
    return [
        _slot(
            make,
            "review",
            "checked-square",
            translate("Screens", "Review"),
            "snapshot",
            "outbox",
            "sync",
            "session",
        ),
        _slot(make, "today", "today", translate("Screens", "Today"), *_OF_THE_DAY),
        _slot(make, "load", "load", translate("Screens", "Load"), *_OF_THE_DAY),
        _slot(make, "stop", "stop", translate("Screens", "Stop"), *_OF_THE_DAY),
        _slot(
            make,
            "machines",
            "machine",
            translate("Screens", "Machine"),
            "snapshot",
            "reads",
            "outbox",
        ),
        _slot(make, "read", "read", translate("Screens", "Read"), "reads", "outbox", "sync"),
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
        _slot(make, "bench", "pulse", translate("Screens", "Bench"), "reads", "snapshot"),
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

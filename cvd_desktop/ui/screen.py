"""What the frame asks of every screen: its place, its actions, and when it is stale.

To add a screen: 1. a subclass in ui/screens/<name>_screen.py; 2. its line in app/screen_slots.py;
3. its maker in app/screen_makers.py; 4. its picture in app/pictures.py. A test names a slot that
does not say what its screen says.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import themed_icon


class Screen(QWidget):
    """A page of the main window. It shows facts and offers actions; it knows no other screen."""

    name: str = ""  # stable key, e.g. "read"
    icon: str = ""  # name of an icon in resources/icons
    topics: frozenset[str] = frozenset()  # kinds of change after which `reload` is due

    takes_digits: bool = False
    """True while digits are numbers here: the rail is then reached by Alt and digit only. Emit
    `frame_changed` when it changes."""

    frame_changed = Signal()
    """Emitted when place, actions or fact differ from what the frame shows."""

    left = Signal()
    """Emitted when the person is done here and wants back to where they were."""

    scan_left = Signal(str)
    """A scan that `scanned` took and that turned out to be nothing of this screen."""

    def make_action(
        self, look: Look, icon: str, key: str, run: Callable[[], object], text: str = ""
    ) -> QAction:
        """Something that a person can do here; `key` is shown on its button, "" for none."""
        action = QAction(themed_icon(look, icon), text, self)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: run())
        return action

    def word(self) -> str:
        """The word under the icon in the rail, translated."""
        raise NotImplementedError

    def place(self) -> tuple[str, str]:
        """Top bar: where am I (20 px) and the detail beside it (14 px)."""
        return self.word(), ""

    def primary(self) -> QAction | None:
        """The one thing to do next: the biggest button, bottom right, key Enter."""
        return None

    def secondary(self) -> Sequence[QAction]:
        """Other actions, bottom left, each with its key as the action's shortcut."""
        return ()

    def fact(self) -> str:
        """A one-line fact beside the primary button, or nothing."""
        return ""

    def reload(self) -> None:
        """Fetch again what is shown: called when the screen becomes visible or a topic changed."""

    def make_next(self) -> bool:
        """Make one part that nobody has looked at yet, so that it opens at once; False when there
        is none left. The frame asks for one in a turn of the event loop."""
        return False

    def scanned(self, text: str) -> bool:
        """A barcode was scanned while this screen was shown; True when it was of use here."""
        del text
        return False

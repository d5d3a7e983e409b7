"""What the tabs of the Stop screen share: they show one visit and say what can be done."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.visit_records import VisitView


class StopPart(QWidget):
    """A tab. Its file is imported when the tab is first opened."""

    changed = Signal()
    """Actions or fact differ from what the frame shows."""

    def show_visit(self, view: VisitView) -> None:
        """Show this visit. Called again after every change; what is being typed is kept."""
        raise NotImplementedError

    def primary(self) -> QAction | None:
        """The one thing to do next here; None: go on to the next tab, which the screen offers."""
        return None

    def secondary(self) -> Sequence[QAction]:
        return ()

    def fact(self) -> str:
        return ""

    def scanned(self, text: str) -> bool:
        """A barcode was scanned; True when it was of use here."""
        del text
        return False

    def leave(self) -> None:
        """Another tab or screen is opened: keep now what is still being typed."""

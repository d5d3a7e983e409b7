"""What the parts of the Load screen share: their tools, their frame, and small actions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.load_words import LoadWords
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.load_services import LoadServices
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.two_columns import TwoColumns

R = TypeVar("R")

SIDE = 356
SIDE_COMPACT = 300


@dataclass(frozen=True, slots=True)
class LoadTools:
    """What every part needs."""

    look: Look
    words: LoadWords
    messages: Messages
    background: Background
    services: LoadServices


class LoadPart(TwoColumns):
    """A page of the screen: it shows facts, and says what can be done on it."""

    changed = Signal()
    """Actions or fact differ from what the frame shows."""
    told = Signal(str)
    """A sentence for the action bar."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools.look, SIDE, SIDE_COMPACT, parent)
        self.tools = tools

    def page(self) -> QWidget:
        """The parent of its cards."""
        held = self.widget()
        assert held is not None
        return held

    def follow(self, table: TableView[R]) -> None:
        """Keep the current row of this table in sight also where the whole page scrolls."""

        table.current_changed.connect(lambda: self.show_row(table))
        table.verticalScrollBar().rangeChanged.connect(lambda: self.show_row(table))

    def show_row(self, table: TableView[R]) -> None:
        """Scroll there once everything has its place; not while a number is typed elsewhere."""
        QTimer.singleShot(0, table, partial(self._show_row, table))

    def mark_current(self, table: TableView[R]) -> None:
        """Another row is the one worked on: its state reads differently, and may be wider."""
        row, model = table.currentIndex().row(), table.rows_model()
        if row >= 0:
            last = model.index(row, len(model.columns) - 1)
            model.dataChanged.emit(model.index(row, 0), last)

    def bring(self, card: QWidget) -> None:
        """Scroll so that this card is seen from its top on, once it has its place."""
        QTimer.singleShot(0, card, partial(self._bring, card))

    def _bring(self, card: QWidget) -> None:
        top = card.mapTo(self.page(), QPoint()).y()
        shown = self.verticalScrollBar().value()
        if not shown <= top <= top + card.height() <= shown + self.viewport().height():
            self.verticalScrollBar().setValue(top - self.tools.look.theme.space.m)

    def _show_row(self, table: TableView[R]) -> None:
        if not table.isVisible() or self.takes_digits_now():
            return
        table.scrollTo(table.currentIndex())
        row = table.visualRect(table.currentIndex())
        if row.isValid():
            place = table.viewport().mapTo(self.page(), row.center())
            self.ensureVisible(place.x(), place.y(), 0, row.height())

    def leave_side_out(self) -> None:
        """The main column is as wide as the page."""
        self._side_widget.hide()

    def primary(self) -> QAction | None:
        return None

    def secondary(self) -> Sequence[QAction]:
        return ()

    def fact(self) -> str:
        return ""

    def takes_digits_now(self) -> bool:
        """Whether digits are numbers here."""
        return False

    def holds_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def take_focus(self) -> None:
        """Put the focus where the work is."""

    def scanned(self, text: str) -> bool:
        del text
        return False

    def action(self, icon: str, key: str, run: Callable[[], object], text: str = "") -> QAction:
        """Something that can be done here; its key works while the frame shows it."""
        made = QAction(themed_icon(self.tools.look, icon), text, self)
        if key:
            made.setShortcut(QKeySequence(key))
        made.triggered.connect(lambda: run())
        return made


def allow(action: QAction, reason: str) -> None:
    """Enabled, or disabled with the sentence that says why."""
    action.setEnabled(not reason)
    action.setStatusTip(reason)

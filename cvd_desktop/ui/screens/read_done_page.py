"""The Read screen after a read: a strip of views over the pages that tell what the read says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_fact_words import FactWords
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_rows import ReadRows
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.read_views import OVERVIEW, read_views
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screens.read_overview_page import OverviewPage
from cvd_desktop.ui.screens.read_part import PartWords, ReadPart
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.view_strip import ViewStrip

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.read_file_page import FilePage

FILE = "file"


def _sales(look: Look, words: PartWords, parent: QWidget) -> ReadPart:
    from cvd_desktop.ui.screens.read_sales_page import SalesPage

    return SalesPage(look, words, parent)


def _cash(look: Look, words: PartWords, parent: QWidget) -> ReadPart:
    from cvd_desktop.ui.screens.read_cash_page import CashPage

    return CashPage(look, words, parent)


def _prices(look: Look, words: PartWords, parent: QWidget) -> ReadPart:
    from cvd_desktop.ui.screens.read_prices_page import PricesPage

    return PricesPage(look, words, parent)


def _mapping(look: Look, words: PartWords, parent: QWidget) -> ReadPart:
    from cvd_desktop.ui.screens.read_mapping_page import MappingPage

    return MappingPage(look, words, parent)


def _events(look: Look, words: PartWords, parent: QWidget) -> ReadPart:
    from cvd_desktop.ui.screens.read_events_page import EventsPage

    return EventsPage(look, words, parent)


def _file(look: Look, words: PartWords, parent: QWidget) -> ReadPart:
    from cvd_desktop.ui.screens.read_file_page import FilePage

    return FilePage(look, words, parent)


MAKERS: dict[str, Callable[[Look, PartWords, QWidget], ReadPart]] = {
    OVERVIEW: OverviewPage,
    "sales": _sales,
    "cash": _cash,
    "prices": _prices,
    "mapping": _mapping,
    "events": _events,
    FILE: _file,
}
"""How each page is made, and imported, when it is first needed."""


class DonePage(QWidget):
    """Each page is made when it is first opened and filled when it is seen."""

    changed = Signal()
    """Another page is shown, or what can be done on it is other now."""
    save_wanted = Signal()
    print_wanted = Signal()
    """The conformance report of this read as a file, or on paper."""
    machine_decided = Signal(str)
    """Id of the machine that the read belongs to, as a person says."""

    def __init__(self, look: Look, messages: Messages, words: ReadWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        facts = FactWords(self)
        self._words = PartWords(messages, words, facts, ReadRows(messages, facts, self))
        self._parts: dict[str, ReadPart] = {}
        self._stale: set[str] = set()
        self._shown: ReadShown | None = None
        self._current = OVERVIEW
        self._opener: tuple[str, QWidget | None] | None = None
        self._reports = False
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        pad = look.theme.frame.content_padding
        above = QVBoxLayout()
        above.setContentsMargins(pad, space.m, pad, 0)
        self.strip = ViewStrip(look, self.tr("Views of this read"))
        self.strip.chosen.connect(self.show_part)
        above.addWidget(self.strip)
        column.addLayout(above)
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self.overview.whose.decided.connect(self.machine_decided)

    # pages

    def part(self, name: str) -> ReadPart:
        """The page of a view, made now if it was not yet."""
        if name not in self._parts:
            made = MAKERS[name](self._look, self._words, self._stack)
            made.proof_wanted.connect(self.show_proof)
            made.part_wanted.connect(self.show_part)
            made.changed.connect(self._part_changed)
            self._stack.addWidget(made)
            self._parts[name] = made
            self._stale.add(name)
            if name == FILE:
                self.file.save_wanted.connect(self.save_wanted)
                self.file.print_wanted.connect(self.print_wanted)
                if self._reports:
                    self.file.offer_report()
        return self._parts[name]

    @property
    def overview(self) -> OverviewPage:
        page = self.part(OVERVIEW)
        assert isinstance(page, OverviewPage)
        return page

    @property
    def file(self) -> FilePage:
        from cvd_desktop.ui.screens.read_file_page import FilePage

        page = self.part(FILE)
        assert isinstance(page, FilePage)
        return page

    def make_next(self) -> bool:
        """Make one page that nobody has opened yet; False when there is none left."""
        waiting = [name for name in MAKERS if name not in self._parts]
        if waiting:
            self.part(waiting[0])
        return bool(waiting)

    def offer_report(self) -> None:
        """There is somebody who makes the conformance report."""
        self._reports = True
        if FILE in self._parts:
            self.file.offer_report()

    # showing

    def show_detail(self, detail: ReadDetail, now: datetime) -> None:
        """Show a read, from its overview on; the read that is shown already stays where it is."""
        same = self._shown is not None and self._shown.detail.summary.id == detail.summary.id
        self._shown = ReadShown(detail, now)
        self._stale = set(self._parts)
        views = read_views(detail, self._words.facts)
        self.strip.set_views(views)
        offered = {view.name for view in views}
        self.show_part(self._current if same and self._current in offered else OVERVIEW)

    def detail(self) -> ReadDetail | None:
        return self._shown.detail if self._shown is not None else None

    @property
    def current(self) -> str:
        """The name of the view that is shown."""
        return self._current

    def show_part(self, name: str) -> None:
        """Show the page of a view."""
        if name == FILE and self._current != FILE:
            self.file.show_proof(Proof(""))
        self._opener = None
        self._open(name)

    def show_proof(self, proof: Proof) -> None:
        """The raw file with the lines that say something; `back` returns from it."""
        if self._current != FILE:
            self._opener = (self._current, self.focusWidget())
        self._open(FILE)
        self.file.show_proof(proof)
        self.file.take_focus()

    def _open(self, name: str) -> None:
        part = self.part(name)
        if name in self._stale and self._shown is not None:
            self._stale.discard(name)
            part.show_read(self._shown)
        self._current = name
        if self._stack.currentWidget() is not part:
            focus = QApplication.focusWidget()
            if focus is not None and self._stack.isAncestorOf(focus):
                self.setFocus()  # else Qt moves the focus of a hidden page to any widget
            self._stack.setCurrentWidget(part)
        if self.strip.segments():
            self.strip.show_view(name)
        self.changed.emit()

    def proof_is_open(self) -> bool:
        """Whether the file was opened to prove a figure of another page."""
        return self._opener is not None

    def back(self) -> bool:
        """From a proof to the figure, from any other page to the overview; False on that one."""
        if self._opener is not None:
            name, focus = self._opener
            self._opener = None
            self._open(name)
            if focus is not None:
                focus.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if self._current == OVERVIEW:
            return False
        self._open(OVERVIEW)
        return True

    def back_word(self) -> str:
        """Where `back` leads to, as the strip names it."""
        name = self._opener[0] if self._opener is not None else OVERVIEW
        words = {segment.view.name: segment.view.word for segment in self.strip.segments()}
        return words.get(name, "")

    def actions_here(self) -> Sequence[QAction]:
        """What can be done on the page that is shown."""
        return self.part(self._current).actions_here()

    def picked_proof(self) -> Proof | None:
        """The proof of the row that a person picked on the page that is shown."""
        return None if self._current == FILE else self.part(self._current).picked_proof()

    def _part_changed(self) -> None:
        if self.sender() is self._parts.get(self._current):
            self.changed.emit()

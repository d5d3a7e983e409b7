"""The repair guide without a ticket: type the code that the machine shows, or choose a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.ticket_records import EventWords, GuidePage
from cvd_desktop.ui.screens.ticket_guide_part import GuidePart
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.widgets.field import Field


class GuideBrowser(QWidget):
    """A field for a code, below it the guide."""

    def __init__(
        self,
        tools: Tools,
        parent: QWidget,
        pages: Sequence[GuidePage],
        event_words: Callable[[str], EventWords],
    ) -> None:
        super().__init__(parent)
        self._pages = tuple(pages)
        self._event_words = event_words
        theme = tools.look.theme
        pad = theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(0, pad, 0, 0)
        column.setSpacing(0)
        self.code = Field(
            tools.look,
            self.tr("Event code that the machine shows"),
            hint=self.tr("EJB61, or a word: compressor"),
        )
        self.code.edit.setMaxLength(60)
        self.code.edited.connect(self.look_for)
        edge = QVBoxLayout()
        edge.setContentsMargins(pad, 0, pad, 0)
        edge.addWidget(self.code)
        column.addLayout(edge)
        self.guide = GuidePart(tools, self, pages)
        column.addWidget(self.guide, 1)
        self.look_for("")

    def take_focus(self) -> None:
        self.code.edit.setFocus()
        self.code.edit.selectAll()

    def look_for(self, text: str) -> None:
        """The page of a code; for any other word the pages that hold it first."""
        wanted = text.strip()
        event = self._event_words(wanted.upper()) if wanted else None
        found = self._of_code(event) if event is not None and event.text != event.code else []
        if wanted and not found:
            words = wanted.casefold().split()
            found = [page for page in self._pages if all(w in _text(page) for w in words)]
        self.guide.show_pages(found, anew=True)

    def _of_code(self, event: EventWords) -> list[GuidePage]:
        """The page with the longest group that the code begins with."""
        pages = [page for page in self._pages if page.group and event.code.startswith(page.group)]
        longest = max(pages, key=lambda page: len(page.group), default=None)
        return [replace(longest, events=(event,))] if longest is not None else []


def _text(page: GuidePage) -> str:
    return " ".join((page.title, page.means, *page.checks, *page.parts)).casefold()

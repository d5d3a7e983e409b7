"""The repair guide beside a ticket: the pages of its events first, then all others; offline."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from cvd_desktop.domain.ticket_records import GuidePage, TicketDetail
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.screens.ticket_part import TicketPart
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

PAGES_SHOWN = 10


class GuideCard(Card):
    """One page: what it means, what comes before all, the checks in order, the parts to bring."""

    def __init__(self, look: Look, parent: QWidget | None) -> None:
        super().__init__(look, padding=look.theme.space.xl, parent=parent)
        space = look.theme.space
        self.title = TextLabel(look, "", "title", wrap=True)
        self.why = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.means = TextLabel(look, "", "body", wrap=True)
        self.safety = NoteLine(look, "bodyStrong")
        self.order = TextLabel(look, self.tr("Check in this order"), "bodyStrong")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(space.m)
        self._grid.setVerticalSpacing(space.m)
        self._grid.setColumnStretch(1, 1)
        self._steps: list[tuple[TextLabel, TextLabel]] = []
        self.bring = TextLabel(look, self.tr("Parts usually needed"), "bodyStrong")
        self.parts = TextLabel(look, "", "body", wrap=True)
        for widget in (self.title, self.why, self.means, self.safety):
            self.body.addWidget(widget)
        self.body.addSpacing(space.s)
        self.body.addWidget(self.order)
        self.body.addLayout(self._grid)
        self.body.addSpacing(space.s)
        self.body.addWidget(self.bring)
        self.body.addWidget(self.parts)

    def show_page(self, page: GuidePage) -> None:
        self.title.setText(page.title)
        self.why.setText("\n".join(_why(page)))
        self.why.setVisible(bool(page.events))
        self.means.setText(page.means)
        self.safety.show_note(TagKind.WARNING, page.safety)
        while len(self._steps) < len(page.checks):
            self._add_step()
        for n, (number, words) in enumerate(self._steps):
            shown = n < len(page.checks)
            words.setText(page.checks[n] if shown else "")
            number.setVisible(shown)
            words.setVisible(shown)
        self.parts.setText(", ".join(page.parts))
        for label in (self.bring, self.parts):
            label.setVisible(bool(page.parts))
        self.setAccessibleName(page.title)

    def checks(self) -> list[str]:
        """The checks shown, in order."""
        return [words.text() for _, words in self._steps if words.text()]

    def _add_step(self) -> None:
        row = len(self._steps)
        number = TextLabel(self.look, formats.number(row + 1), "bodyStrong", Tone.ACCENT)
        words = TextLabel(self.look, "", "body", wrap=True)
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
        self._grid.addWidget(number, row, 0, top)
        self._grid.addWidget(words, row, 1)
        self._steps.append((number, words))


def _why(page: GuidePage) -> list[str]:
    """The codes that opened the page; what to do about one that stands alone."""
    told = [f"{each.code}: {each.text.partition(': ')[2] or each.text}" for each in page.events]
    return told + [each.advice for each in page.events if len(page.events) == 1]


class GuidePart(TicketPart):
    """The page at the left, the list of pages at the right."""

    def __init__(self, tools: Tools, parent: QWidget, pages: Sequence[GuidePage]) -> None:
        super().__init__(tools, parent)
        look = tools.look
        self._all = tuple(pages)
        self.page = GuideCard(look, self.widget())
        self.main.addWidget(self.page)
        self.main.addStretch(1)
        card = Card(look, padding=1, parent=self.widget())
        card.body.setSpacing(0)
        self.side.addWidget(card)
        self.rows: TableModel[GuidePage] = TableModel(
            (
                Column("title", self.tr("Page of the guide"), self._title, fit=Fit.REST),
                Column("codes", self.tr("Codes"), self._codes),
            ),
            key=lambda page: page.group,
            parent=self,
        )
        self.table = TableView(look, self.rows, self.tr("Pages"), look.theme.control.touch)
        self.table.keep_height(PAGES_SHOWN, PAGES_SHOWN)
        self.table.current_changed.connect(self._choose)
        card.body.addWidget(self.table)
        self.side.addStretch(1)

    def _title(self, page: GuidePage) -> Cell:
        if page.events:
            return Cell(page.title, face=Face.STRONG, mark=TagKind.CURRENT)
        return Cell(page.title)

    def _codes(self, page: GuidePage) -> Cell:
        tone = Tone.PLAIN if page.events else Tone.MUTED
        return Cell(page.group or self.tr("other"), tone, face=Face.MONO)

    def show_ticket(self, shown: TicketDetail) -> None:
        before = self.shown
        super().show_ticket(shown)
        self.show_pages(shown.guide, anew=before is None or before.line.id != shown.line.id)

    def show_pages(self, wanted: Sequence[GuidePage], *, anew: bool) -> None:
        """These first; `anew` begins with the first of them."""
        held = {page.group for page in wanted}
        self.rows.set_rows((*wanted, *(page for page in self._all if page.group not in held)))
        if anew or self.table.current() is None:
            self.table.go_to(0)
        self._choose()

    def first_focus(self) -> QWidget | None:
        return self.table

    def _choose(self, _: int = -1) -> None:
        page = self.table.current()
        if page is None:
            return
        self.page.show_page(page)

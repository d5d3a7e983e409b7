"""The days that have runs, the newest first."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui.review_words import ReviewWords
from cvd_desktop.ui.table_model import Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView


class ReviewDaysPage(QWidget):
    opened = Signal(object)
    """The day that a person wants to see."""

    def __init__(self, look: Look, words: ReviewWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._today = date.min
        pad = look.theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        card = Card(look, padding=1, parent=self)
        column.addWidget(card)
        self.days: TableModel[date] = TableModel(
            (
                Column("day", self.tr("Day"), words.day, Face.STRONG),
                Column("when", self.tr("Which"), self._which, fit=Fit.REST, tone=Tone.MUTED),
            ),
            key=lambda day: day,
            parent=self,
        )
        self.table = TableView(
            look, self.days, self.tr("Days with runs"), look.theme.control.row, enter_opens=True
        )
        self.table.opened.connect(lambda _row: self.open_current())
        card.body.addWidget(self.table)

    def show_days(self, days: Sequence[date], shown: date, today: date) -> None:
        """`shown` becomes the current one."""
        self._today = today
        newest_first = sorted(days, reverse=True)
        self.days.set_rows(newest_first)
        self.table.go_to(newest_first.index(shown) if shown in newest_first else 0)

    def open_current(self) -> None:
        day = self.table.current()
        if day is not None:
            self.opened.emit(day)

    def _which(self, day: date) -> str:
        days = (self._today - day).days
        if days == 0:
            return self.tr("today")
        if days == 1:
            return self.tr("yesterday")
        return self.tr("planned") if days < 0 else self.tr("{n} days ago").format(n=days)

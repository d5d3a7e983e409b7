"""The day in Review: its runs, what wants a look, and beside them what was chosen."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.review_records import CashDay, DayReview, RunReview, VisitReview
from cvd_desktop.ui.read_shown import Amounts
from cvd_desktop.ui.review_words import ReviewWords
from cvd_desktop.ui.screens.review_choice_card import ChoiceCard
from cvd_desktop.ui.screens.review_lists_card import STOPS, ListsCard
from cvd_desktop.ui.screens.review_runs_card import RunsCard
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.day_bars import DayBar, DayBars
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 328


class ReviewDayPage(TwoColumns):
    """`visit_wanted`: the visit of the new choice is to be fetched for the card."""

    visit_wanted = Signal(str)
    chosen = Signal()
    opened = Signal()

    def __init__(
        self, look: Look, words: ReviewWords, open_visit: QAction, parent: QWidget
    ) -> None:
        super().__init__(look, SIDE, 300, parent=parent)
        self._words = words
        self._review: DayReview | None = None
        self._run_id = ""
        page = self.widget()
        self.runs = RunsCard(look, words, page)
        self.lists = ListsCard(look, words, page)
        self.main.addWidget(self.runs)
        self.main.addWidget(self.lists, 1)
        self.choice = ChoiceCard(look, words, open_visit, page)
        self.side.addWidget(self.choice, 1)
        chart = Card(look, parent=page)
        self.chart_title = TextLabel(look, "", "bodyStrong", wrap=True)
        self.chart = DayBars(look)
        self.chart_words = TextLabel(look, "", "dense", Tone.MUTED)
        self.no_chart = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        head = QHBoxLayout()
        head.addWidget(self.chart_title, 1)
        head.addWidget(self.chart_words)
        chart.body.addLayout(head)
        chart.body.addWidget(self.chart)
        chart.body.addWidget(self.no_chart)
        self.side.addWidget(chart)
        self.runs.chosen.connect(self._run_chosen)
        self.lists.chosen.connect(self._choose)
        self.lists.opened.connect(self.opened)

    def show_day(self, review: DayReview) -> None:
        other = self._review is None or self._review.day != review.day
        self._review = review
        self.runs.show_day(review)
        if other and self.lists.strip.current() == STOPS and review.exceptions:
            self.lists.strip.show_view("all")
        self.lists.show_run(self._run())
        self.lists.show_day(review)
        if other and not review.exceptions:
            self.lists.show_list(STOPS)
        self._choose()

    def visit_id(self) -> str | None:
        """Of what is chosen."""
        return self.lists.visit_id()

    def show_visit(self, review: VisitReview) -> None:
        """The visit that was wanted; one that is not chosen any more is left out."""
        if review.visit.id == self.lists.visit_id():
            self.choice.show_visit(review, self.lists.exception())

    def _run(self) -> RunReview | None:
        return self.runs.current()

    def _run_chosen(self) -> None:
        """A person went to a run: its stops are what they want to see."""
        self.lists.show_run(self._run())
        self.lists.show_list(STOPS)

    def _choose(self) -> None:
        one, line = self.lists.exception(), self.lists.stop_line()
        if one is not None and one.run_id:
            self.runs.go_to(one.run_id)
            self.lists.show_run(self._run())
        visit_id = self.lists.visit_id()
        if visit_id is not None:
            self.visit_wanted.emit(visit_id)
        elif one is not None or line is not None:
            self.choice.show_stop(line.stop if line else None, one)
        else:
            self.choice.show_nothing(
                self._words.tr("Choose a run: its stops and visits stand below.")
            )
        self.chosen.emit()

    def show_chart(self, days: Sequence[CashDay], shown: date) -> None:
        """The oldest first; those that were not worked out yet are left out."""
        known = [day for day in days if day.over_short is not None]
        money = Amounts(days[0].currency, days[0].decimals) if days else Amounts("", 2)
        sign = f", {money.sign}" if money.sign else ""
        self.chart_title.setText(self._words.tr("Over/short by day") + sign)
        bars = [
            DayBar(
                str(day.day.day),
                day.over_short,
                money.signed(day.over_short),
                current=day.day == shown,
            )
            for day in days
            if day.over_short is not None or day.day == shown or day.day.weekday() < 5
        ]
        told = [f"{self._words.short_day(day.day)} {money.signed(day.over_short)}" for day in known]
        self.chart.show_bars(bars, ", ".join(told) or self._words.tr("Nothing was counted"))
        self.chart.setVisible(bool(known))
        total = money.signed(sum(day.over_short or 0 for day in known))
        self.chart_words.setText(self._words.tr("{n} in all").format(n=total) if known else "")
        self.chart_words.setVisible(bool(known))
        self.no_chart.setText(
            self._words.tr("No bag of these days was counted and could be compared.")
        )
        self.no_chart.setVisible(bool(days) and not known)

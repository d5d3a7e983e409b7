"""Works out over and short day by day, so that nobody waits long for the lane in between."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import QObject

from cvd_desktop.domain.review_records import CashDay, DayReview
from cvd_desktop.ui.background import Background, Lane

DAYS = 14


class ReviewChart(QObject):
    """What is known stays known until something that it rests on changes."""

    def __init__(
        self,
        background: Background,
        work_out: Callable[[date, int], list[CashDay]],
        show: Callable[[Sequence[CashDay], date], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """`work_out(last, days)` in a lane; `show(days, day shown)`, the oldest first."""
        super().__init__()
        self._background, self._work_out = background, work_out
        self._tell, self._failed = show, failed
        self._known: dict[date, CashDay] = {}
        self._basis: Hashable = None
        self._day: date | None = None
        self._asked: date | None = None

    def show_day(self, review: DayReview) -> None:
        """The fortnight that ends with this day."""
        if review.basis != self._basis:
            self._known.clear()
            self._basis = review.basis
        self._day = review.day
        self._show()
        self._go_on()

    def _span(self) -> list[date]:
        day = self._day
        return [] if day is None else [day - timedelta(days=n) for n in reversed(range(DAYS))]

    def _go_on(self) -> None:
        """The next day that is not known, the newest first; one at a time."""
        missing = [day for day in reversed(self._span()) if day not in self._known]
        if self._asked is None and missing:
            self._asked = missing[0]
            self._background.run(
                Lane.DATABASE,
                partial(self._work_out, missing[0], 1),
                partial(self._worked_out, self._basis),
                self._not_worked_out,
            )

    def _worked_out(self, basis: Hashable, days: Sequence[CashDay]) -> None:
        self._asked = None
        if basis == self._basis:
            self._known |= {each.day: each for each in days}
            self._show()
        self._go_on()

    def _not_worked_out(self, error: BaseException) -> None:
        self._asked = None
        self._failed(error)

    def _show(self) -> None:
        """In one currency: that of most days."""
        days = [self._known[day] for day in self._span() if day in self._known]
        monies = Counter(
            (each.currency, each.decimals) for each in days if each.over_short is not None
        )
        main = max(monies, key=lambda money: (monies[money], money), default=None)
        shown = [
            each
            if main is None or (each.currency, each.decimals) == main
            else CashDay(each.day, None, *main)
            for each in days
        ]
        if self._day is not None:
            self._tell(shown, self._day)

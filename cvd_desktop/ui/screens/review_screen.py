"""The Review screen: what the office reads of a day, without a network as of the last sync."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedLayout

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.review_records import DayReview, VisitReview
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.file_dialogs import ask_where_to_save
from cvd_desktop.ui.messages import Messages, Told
from cvd_desktop.ui.review_words import ReviewWords
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.review_chart import ReviewChart
from cvd_desktop.ui.screens.review_day_page import ReviewDayPage
from cvd_desktop.ui.screens.review_days_page import ReviewDaysPage
from cvd_desktop.ui.screens.review_photos import ReviewPhotos
from cvd_desktop.ui.screens.review_services import ReviewServices
from cvd_desktop.ui.screens.review_told_page import ReviewToldPage
from cvd_desktop.ui.screens.review_visit_page import ReviewVisitPage
from cvd_desktop.ui.theme import Look, Tone
from cvd_shared.permissions import Right, Role, may


class Page(StrEnum):
    DAY = "day"
    DAYS = "days"
    VISIT = "visit"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class _Fetched:
    """`review` None: nobody is signed in, or may not see it."""

    role: str | None
    review: DayReview | None = None
    visit: VisitReview | None = None


class ReviewScreen(Screen):
    """A day with its runs; one visit of it; the days that have runs."""

    name = "review"
    icon = "checked-square"
    topics = frozenset({"snapshot", "outbox", "sync", "session"})

    read_opened = Signal(str)
    """Id of a read that a person wants to see."""
    sign_in_wanted = Signal()

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: ReviewServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._background, self._messages = background, messages
        self._services, self._clock = services, clock
        self.words = ReviewWords(messages, self)
        self._day: date | None = None  # that was asked for; None: the newest that there is
        self._review: DayReview | None = None
        self._visit_id: str | None = None  # of the page
        self._job: Job[_Fetched] | None = None
        self._card_job: Job[VisitReview] | None = None
        self._said = ""
        self._page = Page.TOLD
        self._make_actions(look)
        self.day_page = ReviewDayPage(look, self.words, self.visit_action, self)
        self._chart = ReviewChart(
            background, services.over_short_by_day, self.day_page.show_chart, self._not_exported
        )
        self.days_page = ReviewDaysPage(look, self.words, self)
        photos = ReviewPhotos(
            look, background, messages, self.words.stops, services.fetch_attachment, self
        )
        self.visit_page = ReviewVisitPage(look, self.words, messages, photos, self)
        self.told_page = ReviewToldPage(look, self)
        self._pages = {
            Page.DAY: self.day_page,
            Page.DAYS: self.days_page,
            Page.VISIT: self.visit_page,
            Page.TOLD: self.told_page,
        }
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for page in self._pages.values():
            self._stack.addWidget(page)
        self.day_page.addAction(self.visit_action)  # its key, while the page is seen
        self.day_page.visit_wanted.connect(self._want_visit)
        self.day_page.chosen.connect(self._name_actions)
        self.day_page.opened.connect(self.open_visit)
        self.days_page.opened.connect(self.show_day)
        self.visit_page.read_opened.connect(self.read_opened)
        self.told_page.show_words(self.tr("Fetching the runs of the day."), "")
        self._show_page(Page.TOLD)

    def _make_actions(self, look: Look) -> None:
        make = self.make_action
        self.open_action = make(look, "arrow-right", "", self.open_visit, self.tr("Open visit"))
        self.visit_action = make(look, "eye", "V", self.open_visit, self.tr("Open visit"))
        self.other_action = make(look, "today", "D", self.show_days, self.tr("Other day"))
        self.before_action = make(
            look, "arrow-left", "Left", partial(self._step, -1), self.tr("Day before")
        )
        self.after_action = make(
            look, "arrow-right", "Right", partial(self._step, 1), self.tr("Day after")
        )
        self.export_action = make(look, "arrow-down", "Ctrl+E", self.ask_where, self.tr("Export"))
        self.back_action = make(look, "arrow-left", "Esc", self.go_back, self.tr("Back"))
        self.this_day_action = make(
            look, "arrow-right", "", self._open_chosen_day, self.tr("Show this day")
        )
        self.read_action = make(look, "read", "R", self._open_read, self.tr("Open the read"))
        self.photo_action = make(look, "eye", "L", self._open_photo, self.tr("Show photo large"))
        self.sign_in_action = make(
            look, "sign-in", "", self.sign_in_wanted.emit, self.tr("Sign in")
        )

    # what the frame asks

    def word(self) -> str:
        return self.tr("Review")

    def place(self) -> tuple[str, str]:
        if self._review is None:
            return self.word(), ""
        visit = self.visit_page.review
        if self._page is Page.VISIT and visit is not None:
            place = visit.location.name if visit.location else visit.machine.location_name
            return self.words.title(visit.machine, place), self.words.day(self._review.day)
        return self.word(), self.words.place(self._review)

    def primary(self) -> QAction | None:
        return {
            Page.DAY: self.open_action,
            Page.DAYS: self.this_day_action,
            Page.VISIT: self._visit_primary(),
            Page.TOLD: self._told_primary(),
        }[self._page]

    def _visit_primary(self) -> QAction | None:
        """At a visit the next thing is its read, where it has one."""
        review = self.visit_page.review
        return self.read_action if review is not None and review.read is not None else None

    def _told_primary(self) -> QAction | None:
        if self.told_page.wants_sign_in:
            return self.sign_in_action
        return self.other_action if self._review is not None and self._review.days else None

    def secondary(self) -> Sequence[QAction]:
        if self._page is Page.DAY:
            return (
                self.other_action,
                self.before_action,
                self.after_action,
                self.export_action,
            )
        if self._page is Page.TOLD:
            return (self.before_action, self.after_action) if self._review else ()
        photos = (self.photo_action,) if self._has_photos() else ()
        return (self.back_action, *photos)

    def fact(self) -> str:
        if self._said:
            return self._said
        return self.words.age(self._review.synced_at, self._clock()) if self._review else ""

    def reload(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self._background.run(
            Lane.DATABASE,
            partial(_fetch, self._services, self._day, self._today(), self._visit_id),
            self._show,
            self._failed,
        )

    def _today(self) -> date:
        return self._clock().astimezone().date()

    # going about

    def show_day(self, day: date) -> None:
        """Another day; the list of days and a visit are left."""
        self._day, self._visit_id, self._said = day, None, ""
        self._page = Page.DAY
        self.reload()

    def show_days(self) -> None:
        """The days that have runs, the newest first."""
        if self._review is not None and self._review.days:
            self.days_page.show_days(self._review.days, self._review.day, self._today())
            self._show_page(Page.DAYS)
            self.days_page.table.setFocus()

    def open_visit(self) -> None:
        """The page of the visit that is chosen."""
        visit_id = self.day_page.visit_id()
        if visit_id is not None and self._page is Page.DAY:
            self.show_visit(visit_id)

    def show_visit(self, visit_id: str) -> None:
        """The page of a visit; from it back to the day."""
        self._visit_id = visit_id
        self.reload()

    def go_back(self) -> None:
        """From a visit or the list of days to the day."""
        self._visit_id, self._said = None, ""
        self._show_day_page()
        self.day_page.lists.exception_table.setFocus()

    def _open_chosen_day(self) -> None:
        self.days_page.open_current()

    def _open_read(self) -> None:
        review = self.visit_page.review
        if review is not None and review.read is not None:
            self.read_opened.emit(review.read.id)

    def _open_photo(self) -> None:
        self.visit_page.photos.show_large()

    def _has_photos(self) -> bool:
        review = self.visit_page.review
        return self._page is Page.VISIT and review is not None and bool(review.photos)

    def _step(self, step: int) -> None:
        """To the next day with runs in this direction."""
        day = self._beside(step)
        if day is not None:
            self.show_day(day)

    def _beside(self, step: int) -> date | None:
        review = self._review
        if review is None:
            return None
        if step < 0:
            return max((day for day in review.days if day < review.day), default=None)
        return min((day for day in review.days if day > review.day), default=None)

    # export

    def ask_where(self) -> None:
        """Where the two files are to be written."""
        if self._review is not None:
            ask_where_to_save(
                self,
                self.tr("Export the day"),
                Path.home() / f"review-{self._review.day.isoformat()}.csv",
                (self.tr("Comma-separated values (*.csv)"),),
                self.export,
            )

    def export(self, path: Path) -> None:
        """Write the runs there and the exceptions beside it."""
        if self._review is not None:
            self._background.run(
                Lane.FILES,
                partial(self._services.export_day, self._review.day, path),
                self._exported,
                self._not_exported,
            )

    def _exported(self, paths: Sequence[Path]) -> None:
        names = ", ".join(path.name for path in paths)
        self._said = self.tr("Written: {names}").format(names=names)
        self._name_actions()

    def _not_exported(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._said = f"{told.what} {told.do}".strip()
        self._name_actions()

    # showing

    def _show(self, fetched: _Fetched) -> None:
        self._review = fetched.review
        if fetched.review is None:
            self._show_shut(fetched.role)
            return
        if fetched.review.runs or fetched.review.outside or fetched.review.exceptions:
            self.day_page.show_day(fetched.review)
            self._chart.show_day(fetched.review)
        if fetched.visit is not None and self._visit_id == fetched.visit.visit.id:
            self.visit_page.show_visit(fetched.visit, self._clock())
            self._show_page(Page.VISIT)
        elif self._page is not Page.DAYS:
            self._show_day_page()
        self._name_actions()

    def _show_day_page(self) -> None:
        review = self._review
        if review is not None and (review.runs or review.outside or review.exceptions):
            self._show_page(Page.DAY)
            return
        if review is None:
            return
        self.told_page.show_words(
            self.tr("No runs on this day"),
            self.tr("{day} has no run on this laptop. Go to another day, or sync.").format(
                day=self.words.day(review.day)
            ),
        )
        self._show_page(Page.TOLD)

    def _show_shut(self, role: str | None) -> None:
        if role is None:
            self.told_page.show_words(
                self.tr("Nobody is signed in"),
                self.tr("Sign in to see the runs of a day. What was recorded is kept."),
                sign_in=True,
            )
        else:
            self.told_page.show_words(
                self.tr("Review is for managers"),
                self.tr("Your role does not see the runs of others. Ask the office if it should."),
            )
        self._show_page(Page.TOLD)

    def _failed(self, error: BaseException) -> None:
        if self._visit_id is not None:
            self._visit_id = None
            self._said = self._messages.error(error).what
            self.reload()
            return
        told: Told = self._messages.error(error)
        self.told_page.show_words(told.what, f"{told.safe} {told.do}".strip(), Tone.CRITICAL)
        self._show_page(Page.TOLD)

    def _want_visit(self, visit_id: str) -> None:
        if self._card_job is not None:
            self._card_job.cancel()
        self._card_job = self._background.run(
            Lane.DATABASE,
            partial(self._services.review_visit, visit_id),
            self.day_page.show_visit,
            self._not_exported,
        )

    def _show_page(self, page: Page) -> None:
        self._page = page
        self._stack.setCurrentWidget(self._pages[page])
        self._name_actions()

    def _name_actions(self) -> None:
        chosen = self.day_page.visit_id() is not None
        for action in (self.open_action, self.visit_action):
            action.setEnabled(chosen)
            action.setStatusTip("" if chosen else self.tr("There is no visit behind this line"))
        for action, step in ((self.before_action, -1), (self.after_action, 1)):
            there = self._beside(step) is not None
            action.setEnabled(there)
            action.setStatusTip("" if there else self.tr("No day with runs is known there"))
        self.frame_changed.emit()


def _fetch(
    services: ReviewServices, day: date | None, today: date, visit_id: str | None
) -> _Fetched:
    """In a lane."""
    session = services.current_session()
    if session is None:
        return _Fetched(None)
    if session.role in set(Role) and not may(Role(session.role), Right.REVIEW_SEE):
        return _Fetched(session.role)
    review = services.review_day(day or today)
    if day is None and not review.runs and not review.outside:
        before = [each for each in review.days if each < today]
        if before:
            review = services.review_day(before[-1])
    visit = services.review_visit(visit_id) if visit_id is not None else None
    return _Fetched(session.role, review, visit)

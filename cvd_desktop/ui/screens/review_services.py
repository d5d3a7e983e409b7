"""What the Review screen asks of the services (review.py, review_export.py, attachments.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cvd_desktop.domain.records import Session
from cvd_desktop.domain.review_records import CashDay, DayReview, VisitReview


@dataclass(frozen=True, slots=True)
class ReviewServices:
    """The services of this screen, bound to the workplace by the application."""

    current_session: Callable[[], Session | None]
    review_day: Callable[[date], DayReview]
    review_visit: Callable[[str], VisitReview]
    over_short_by_day: Callable[[date, int], list[CashDay]]
    """over_short_by_day(last, days)"""
    export_day: Callable[[date, Path], list[Path]]
    """export_day(day, path): the files written"""
    fetch_attachment: Callable[[str], bytes]
    """fetch_attachment(sha256): asks the network where the photo is not here"""

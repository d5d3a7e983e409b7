"""The day of a review as two CSV files: its runs, and its exceptions beside it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.review_records import CashSum, DayException, DayReview, RunReview
from cvd_desktop.services.export_texts import without_formula
from cvd_desktop.services.review import review_day
from cvd_desktop.services.whole_file import whole_file
from cvd_desktop.services.workplace import Workplace

RUNS = (
    "day", "route", "name", "driver", "stops", "done", "late", "skipped", "machines", "reads",
    "currency", "decimals", "expected_minor", "counted_minor", "over_short_minor", "bags",
    "bags_counted", "proof",
)  # fmt: skip
EXCEPTIONS = ("day", "kind", "route", "machine", "place", "at", "values")


def export_day(wp: Workplace, day: date, path: Path) -> list[Path]:
    """Write <name>.csv and <name>-exceptions.csv; the files written, each of them whole.

    UTF-8, commas, CRLF, a line of names first; money in minor units, moments in UTC.
    Raises Problem: disk_full, file_not_written.
    """
    review = review_day(wp, day)
    beside = path.with_name(f"{path.stem}-exceptions{path.suffix or '.csv'}")
    for target, said in (
        (path, _csv(RUNS, _runs(review))),
        (beside, _csv(EXCEPTIONS, _exceptions(review))),
    ):
        with whole_file(target) as file:
            file.write(said)
    return [path, beside]


def _csv(names: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([without_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _runs(review: DayReview) -> Iterator[Sequence[str | int | None]]:
    for run in (*review.runs, *([review.outside] if review.outside else [])):
        cash: Sequence[CashSum | None] = run.cash or (None,)
        for each in cash:
            yield (*_run(review, run), *_cash(each))


def _run(review: DayReview, run: RunReview) -> Sequence[str | int]:
    return (
        review.day.isoformat(),
        run.route_number,
        run.route_name,
        run.driver,
        len(run.stops),
        run.count("done"),
        run.late,
        run.count("skipped"),
        run.visited,
        run.read,
    )


def _cash(cash: CashSum | None) -> Sequence[str | int | None]:
    if cash is None:
        return (None,) * 8
    return (
        cash.currency,
        cash.decimals,
        cash.expected,
        cash.counted,
        cash.over_short,
        cash.bags,
        cash.bags_counted,
        cash.proof,
    )


def _exceptions(review: DayReview) -> Iterator[Sequence[str | int | None]]:
    for each in review.exceptions:
        yield (
            review.day.isoformat(),
            each.kind,
            each.route_number,
            each.machine.asset_number if each.machine else None,
            each.place,
            to_wire(each.at),
            _values(each),
        )


def _values(one: DayException) -> str:
    return "; ".join(f"{name}={value}" for name, value in one.values.items())

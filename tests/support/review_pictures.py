"""Pictures of the Review screen: `python -m tests.support.review_pictures [part of name]`."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from PySide6.QtWidgets import QApplication

from cvd_desktop.app.application import Application, qt_application
from cvd_desktop.app.pictures import settle
from cvd_desktop.ui.screens.review_lists_card import STOPS
from cvd_desktop.ui.screens.review_screen import ReviewScreen
from cvd_shared.wire_records import Record
from tests.support.review_desk import DAY, now, refusal, review_folder

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-dark-compact": ("dark", 1.0, (1024, 768)),
    "-sunlight-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
    "-sunlight-200-compact": ("sunlight", 2.0, (1024, 768)),
}
EMPTY = date(2026, 3, 1)


def _day(screen: ReviewScreen) -> None:
    screen.show_day(DAY)


def _stops(screen: ReviewScreen) -> None:
    screen.day_page.lists.show_list(STOPS)


def _visit(screen: ReviewScreen) -> None:
    lists = screen.day_page.lists
    lists.show_list("all")
    for row in range(lists.exceptions.rowCount()):
        lists.exception_table.go_to(row)
        one = lists.exception()
        if one is not None and one.kind == "bag_used_before":
            break
    screen.open_visit()


def _days(screen: ReviewScreen) -> None:
    screen.go_back()
    screen.show_days()


def _empty(screen: ReviewScreen) -> None:
    screen.show_day(EMPTY)


SCENES: dict[str, Callable[[ReviewScreen], None]] = {
    "day": _day,
    "stops": _stops,
    "visit": _visit,
    "days": _days,
    "empty": _empty,
}


def take_review_pictures(
    folder: Path, wanted: Sequence[str], role: str = "manager", records: Sequence[Record] = ()
) -> Iterator[Path]:
    """Save each scene as <folder>/review-<scene><look>.png."""
    folder.mkdir(parents=True, exist_ok=True)
    running = QApplication.instance()
    qt = running if isinstance(running, QApplication) else qt_application()
    with tempfile.TemporaryDirectory() as name:
        data = review_folder(Path(name), role, records)
        application = Application(qt, data, now)
        window = application.show()
        settle(application)
        window.open_screen("review")
        settle(application)
        screen = window.screen_named("review")
        assert isinstance(screen, ReviewScreen)
        for suffix, (theme, scale, size) in LOOKS.items():
            window.resize(*size)
            application.look.show(theme, scale)
            for scene, prepare in SCENES.items():
                prepare(screen)
                settle(application)
                path = folder / f"review-{scene}{suffix}.png"
                if not wanted or any(part in path.name for part in wanted):
                    window.grab().save(str(path))
                    yield path
        application.close()


def many() -> list[Record]:
    """A thousand records that were refused."""
    return [refusal(n, None, f"2026-11-18T09:{n % 60:02}:00.000Z") for n in range(10, 1010)]


if __name__ == "__main__":
    from tests.support.screenshots import OUT, use_offscreen

    use_offscreen()
    for taken in take_review_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{taken}\n")

"""Every screen with the sample's work on it: targets for gloves, contrast as painted, text whole.

In all three themes, at the usual and the smallest window, and at text twice as large.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QLabel, QWidget

from cvd_desktop.app.application import Application
from cvd_desktop.app.pictures import settle
from cvd_desktop.services.sample_folder import make_sample
from cvd_desktop.ui.screens.review_screen import ReviewScreen
from cvd_desktop.ui.screens.stop_screen import StopScreen
from cvd_desktop.ui.theme import THEME_KEYS
from cvd_desktop.ui.widgets.text_label import NameLabel
from tests.cvd_desktop.ui.test_theme import contrast
from tests.support.review_desk import DAY, review_folder

TOUCH = 48  # px
WORKED_ON = {"today": "Go on at", "load": "Picked"}
"""What is next there while a visit is under way."""
SIZES = {  # each theme once at least, each size in two of them
    "light": (((1280, 800), 1.0), ((1024, 768), 1.0)),
    "dark": (((1280, 800), 2.0),),
    "sunlight": (((1024, 768), 1.0), ((1280, 800), 2.0)),
}
READABLE, LEAST = 4.5, 3.0  # of text at rest; of text of what cannot be pressed now


def now() -> datetime:
    return datetime(2026, 11, 19, 6, 42, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CVD_PASSPHRASE", "sample")
        return make_sample(tmp_path_factory.mktemp("laptop"), now)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manager's laptop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CVD_PASSPHRASE", "sample")
        return review_folder(tmp_path_factory.mktemp("office"))


@pytest.fixture
def application(
    qapp: QApplication, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    monkeypatch.setenv("CVD_PASSPHRASE", "sample")
    built = Application(qapp, sample, now)
    built.show()
    settle(built)
    yield built
    built.close()


def states(application: Application) -> Iterator[str]:
    """Every screen, and the tabs of a stop, one after the other."""
    window = application.window
    for name in window.slots():
        window.open_screen(name)
        settle(application)
        yield name
        screen = window.screen_named(name)
        if name in WORKED_ON:
            primary = screen.primary()
            assert primary is not None, name
            assert WORKED_ON[name] in primary.text(), "it shows the work of the day"
        if isinstance(screen, StopScreen):
            for tab in ("read", "fill", "cash", "evidence", "finish"):
                screen.show_tab(tab)
                settle(application)
                yield f"stop, {tab}"


def states_of_review(application: Application) -> Iterator[str]:
    """A day, the stops of a run, a visit, the list of days, a day without runs."""
    application.window.open_screen("review")
    screen = application.window.screen_named("review")
    assert isinstance(screen, ReviewScreen)
    lists = screen.day_page.lists
    for name, prepare in (
        ("a day", lambda: screen.show_day(DAY)),
        ("no read", lambda: lists.exception_table.go_to(3)),
        ("stops", lambda: lists.show_list("stops")),
        ("a visit", screen.open_visit),
        ("days", lambda: (screen.go_back(), screen.show_days())),
        ("no runs", lambda: screen.show_day(date(2026, 3, 1))),
    ):
        prepare()
        settle(application)
        yield f"review, {name}"


def arrive(application: Application) -> None:
    """A visit is under way at the first stop."""
    window = application.window
    window.open_screen("stop")
    settle(application)
    action = window.screen_named("stop").primary()
    assert action is not None
    action.trigger()
    settle(application)


@pytest.mark.parametrize("theme", THEME_KEYS)
def test_every_screen_can_be_read_and_pressed(application: Application, theme: str) -> None:
    arrive(application)
    look_at_all(application, theme, states)


@pytest.mark.parametrize("theme", THEME_KEYS)
def test_the_screens_of_the_office_too(
    qapp: QApplication, desk: Path, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVD_PASSPHRASE", "sample")
    application = Application(qapp, desk, now)
    application.show()
    settle(application)
    try:
        assert not application.window.rail.isHidden()
        look_at_all(application, theme, states_of_review)
    finally:
        application.close()


def look_at_all(
    application: Application, theme: str, every: Callable[[Application], Iterator[str]]
) -> None:
    """Each state at the sizes of its theme."""
    window = application.window
    wrong: list[str] = []
    for size, scale in SIZES[theme]:
        window.resize(*size)
        application.look.show(theme, scale)
        settle(application)
        for state in every(application):
            where = f"{state} at {size[0]}x{size[1]}, text {scale:g}"
            picture = window.grab().toImage()
            for widget in shown(window):
                wrong += [f"{where}: {said}" for said in faults(widget, window, picture)]
    assert not wrong, "\n".join(sorted(set(wrong)))


def shown(window: QWidget) -> Iterator[QWidget]:
    """What a person sees of buttons and labels, whole or in part."""
    for kind in (QAbstractButton, QLabel):
        for widget in window.findChildren(kind):
            if widget.isVisible() and not widget.visibleRegion().isEmpty():
                yield widget


def faults(widget: QWidget, window: QWidget, picture: QImage) -> Iterator[str]:
    name = called(widget)
    if isinstance(widget, QAbstractButton):
        if not widget.accessibleName() and not widget.text():
            yield f"a {name} has no name"
        if min(widget.width(), widget.height()) < TOUCH:
            yield f"{name} is {widget.width()} x {widget.height()} px"
    if isinstance(widget, QLabel) and widget.text():
        yield from cut(widget, name)
        if whole(widget, window):
            ratio = painted_contrast(widget, window, picture)
            least = READABLE if widget.isEnabled() else LEAST
            if ratio is not None and ratio < least:
                yield f"{name} has a contrast of {ratio:.1f}"


def called(widget: QWidget) -> str:
    text = widget.accessibleName() or getattr(widget, "text", str)() or widget.objectName()
    return f"{type(widget).__name__} {str(text)[:60]!r}"


def cut(label: QLabel, name: str) -> Iterator[str]:
    if isinstance(label, NameLabel):
        return  # names may be elided
    if label.wordWrap():
        if label.height() < label.heightForWidth(label.width()) - 1:
            yield f"{name} is cut: {label.height()} px of {label.heightForWidth(label.width())}"
    elif label.width() < label.sizeHint().width() - 1:
        yield f"{name} is cut: {label.width()} px of {label.sizeHint().width()}"


def whole(widget: QWidget, window: QWidget) -> bool:
    """Not scrolled away in part."""
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        if isinstance(parent, QAbstractScrollArea):
            box = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
            if not parent.viewport().geometry().contains(box):
                return False
        parent = parent.parentWidget()
    return True


def painted_contrast(label: QLabel, window: QWidget, picture: QImage) -> float | None:
    """Of the ground that is painted most and the ink that differs most from it."""
    box = QRect(label.mapTo(window, QPoint(0, 0)), label.size())
    box &= picture.rect()
    if box.width() < 4 or box.height() < 4:
        return None
    part = picture.copy(box).convertToFormat(QImage.Format.Format_RGB32)
    pixels = Counter(memoryview(part.constBits()).cast("B").cast("I"))
    ground = QColor(pixels.most_common(1)[0][0])
    return max(contrast(ground, QColor(pixel)) for pixel in pixels)

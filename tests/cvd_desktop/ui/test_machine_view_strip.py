"""The strip of views: one is shown, keys and arrows change it, no word is cut at any size."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.theme import THEME_KEYS, Look
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip

VIEWS = (
    View("all", "Overview", "F2"),
    View("sales", "Sales and cash", "F3"),
    View("plan", "Planogram", "F4", TagKind.WARNING, "2 prices differ"),
    View("events", "Events", "F5"),
)


@pytest.fixture
def strip(look: Look, qtbot: QtBot) -> Iterator[ViewStrip]:
    page = QWidget()
    made = ViewStrip(look, "Views of this machine")
    column = QVBoxLayout(page)
    column.addWidget(made)
    made.set_views(VIEWS)
    page.resize(900, 120)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    yield made
    page.close()


def test_the_first_view_is_shown_at_the_beginning(strip: ViewStrip) -> None:
    assert strip.current() == "all"


def test_a_key_changes_the_view_whatever_has_the_focus(strip: ViewStrip, qtbot: QtBot) -> None:
    with qtbot.waitSignal(strip.chosen) as chosen:
        QTest.keyClick(strip.window(), Qt.Key.Key_F4)
    assert chosen.args == ["plan"]
    assert strip.current() == "plan"


def test_keys_of_a_hidden_strip_do_nothing(strip: ViewStrip) -> None:
    strip.hide()
    QTest.keyClick(strip.window(), Qt.Key.Key_F4)
    assert strip.current() == "all"


def test_arrows_walk_and_tab_stops_once(strip: ViewStrip, qtbot: QtBot) -> None:
    first = strip.segments()[0]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(strip.chosen) as chosen:
        QTest.keyClick(first, Qt.Key.Key_Right)
    assert chosen.args == ["sales"]
    assert strip.segments()[1].hasFocus()


def test_a_touch_changes_the_view(strip: ViewStrip, qtbot: QtBot) -> None:
    with qtbot.waitSignal(strip.chosen):
        QTest.mouseClick(strip.segments()[3], Qt.MouseButton.LeftButton)
    assert strip.current() == "events"


def test_what_waits_in_a_view_is_said_in_words(strip: ViewStrip) -> None:
    assert strip.segments()[2].accessibleName() == "Planogram, 2 prices differ"


def test_the_same_views_again_keep_choice_and_focus(strip: ViewStrip) -> None:
    segment = strip.segments()[2]
    strip.show_view("plan")
    segment.setFocus(Qt.FocusReason.TabFocusReason)
    strip.set_views([View(view.name, view.word, view.key) for view in VIEWS])
    assert strip.current() == "plan"
    assert segment.hasFocus()


@pytest.mark.parametrize("key", THEME_KEYS)
@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
@pytest.mark.parametrize("wide", [1160, 700, 420, 220])
def test_no_word_is_cut_and_every_segment_is_a_target(
    look: Look, strip: ViewStrip, key: str, scale: float, wide: int
) -> None:
    look.show(key, scale)
    strip.window().resize(wide, 600)
    strip.resize(wide, strip.height())
    segments = strip.segments()
    for segment in segments:
        assert segment.height() >= 48
        assert segment.width() >= segment.width_needed(caps=False)
        assert strip.rect().contains(segment.geometry()) or segment.width() > strip.width()
    line = look.theme.colors.line_width
    for before, after in pairwise(segments):
        shared = before.geometry().intersected(after.geometry())
        assert min(shared.width(), shared.height()) <= line

"""The frame at every size and text scale: nothing cut, nothing covered, big enough, named."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.theme import TEXT_SCALES, THEME_KEYS, Look, Tone
from cvd_desktop.ui.widgets.chip import Chip, MachineChipState
from cvd_desktop.ui.widgets.text_label import NameLabel
from tests.support.sample_screen import NOW, sample_status
from tests.support.sample_window import MakeWindow, press

SIZES = [(1280, 800), (1024, 768), (1920, 1080)]


def on_screen(widget: QWidget, window: MainWindow) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def crowded(window: MainWindow) -> None:
    """As much as can stand in the bars at once."""
    window.show_machine_chip(MachineChipState.READING, 65)
    window.show_sync(sample_status(waiting=1234, hours=26), NOW)
    window.show_person("Technician 112", "technician")


def bar_widgets(window: MainWindow) -> list[QWidget]:
    inside: list[QWidget] = []
    for bar in (window.rail, window.top_bar, window.action_bar):
        inside += [one for one in bar.findChildren(QAbstractButton) if one.isVisible()]
        inside += [one for one in bar.findChildren(QLabel) if one.isVisible()]
    return inside


@pytest.mark.parametrize("scale", TEXT_SCALES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_in_the_bars_is_cut_or_covered(
    make_window: MakeWindow, look: Look, qtbot: QtBot, size: tuple[int, int], scale: float
) -> None:
    window = make_window(*size)
    crowded(window)
    look.show("light", scale)
    QApplication.processEvents()
    boxes: list[tuple[str, QRect]] = []
    for widget in bar_widgets(window):
        box = on_screen(widget, window)
        name = widget.accessibleName() or widget.objectName() or type(widget).__name__
        assert window.rect().contains(box), f"{name} leaves the window at {size}, {scale}"
        if isinstance(widget, QAbstractButton):
            assert box.width() >= widget.sizeHint().width(), f"{name} is cut at {size}, {scale}"
            assert box.height() >= min(widget.sizeHint().height(), 48), name
        boxes.append((name, box))
    for (one, first), (other, second) in pairwise(sorted(boxes, key=lambda b: b[1].left())):
        if first.top() < second.bottom() and second.top() < first.bottom():
            assert not first.intersects(second), f"{one} covers {other} at {size}, {scale}"
    primary = window.action_bar.primary_button()
    assert primary is not None
    assert on_screen(primary, window).right() == window.width() - 1 - 8
    place = window.top_bar.findChildren(NameLabel)[0]
    assert place.width() > 0


@pytest.mark.parametrize("scale", TEXT_SCALES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_target_is_big_enough_for_a_glove(
    make_window: MakeWindow, look: Look, size: tuple[int, int], scale: float
) -> None:
    window = make_window(*size)
    crowded(window)
    look.show("sunlight", scale)
    QApplication.processEvents()
    targets = [one for one in window.findChildren(QAbstractButton) if one.isVisible()]
    targets += [one for one in window.findChildren(QLineEdit) if one.isVisible()]
    assert len(targets) > 8
    for target in targets:
        assert target.height() >= 48, target.accessibleName()
        assert target.width() >= 48, target.accessibleName()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_what_large_text_drops_stays_in_more(
    make_window: MakeWindow, look: Look, qtbot: QtBot
) -> None:
    window = make_window()
    look.show("light", 2.0)
    QApplication.processEvents()
    assert not window.top_bar.find_chip.isVisible()
    press(window, Qt.Key.Key_F10)
    menu = window.findChild(QMenu)
    assert menu is not None
    words = [action.text() for action in menu.actions() if action.text()]
    assert {"Read again", "Export unsent", "Find", "Driver 07", "Lock"} <= set(words)
    menu.close()


def test_a_narrow_window_keeps_two_actions_and_the_rest_in_more(make_window: MakeWindow) -> None:
    window = make_window(1024, 768)
    words = [one.accessibleName() for one in bar_widgets(window) if one.accessibleName()]
    assert {"Raw file", "Read again", "More", "Go to Fill"} <= set(words)
    assert "Export unsent" not in words
    assert window.rail.width() == 72
    assert window.top_bar.person_chip.shown_text() == "D7"
    assert window.top_bar.find_chip.shown_text() == ""


@pytest.mark.parametrize("key", THEME_KEYS)
def test_every_widget_that_can_be_used_has_a_name(window: MainWindow, look: Look, key: str) -> None:
    look.show(key, 1.0)
    window.ask("The server does not answer.")
    nameless = [
        type(one).__name__
        for one in window.findChildren(QWidget)
        if one.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and not isinstance(one, QFrame)
        and not one.accessibleName()
    ]
    assert nameless == []
    assert all(chip.accessibleName() for chip in window.findChildren(Chip))


@pytest.mark.parametrize("scale", TEXT_SCALES)
@pytest.mark.parametrize("key", THEME_KEYS)
def test_every_theme_paints_the_whole_window(
    window: MainWindow, look: Look, key: str, scale: float
) -> None:
    """Painting raises or warns on what is wrong; the picture is of this theme."""
    window.show_sync(sample_status(refused=2), NOW)
    window.show_fact("A fact", Tone.WARNING)
    look.show(key, scale)
    for item in window.rail.items:
        item.setFocus()
    picture = window.grab().toImage()
    corner = picture.pixelColor(window.rail.width() // 2, window.height() - 20)
    assert corner == look.theme.colors.surface.rail

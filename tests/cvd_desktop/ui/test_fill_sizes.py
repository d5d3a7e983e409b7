"""The Fill tab at every size, theme and text: nothing is cut, keys are for gloves."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.fill_sheet import SlotFacts
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.fill_part import FillPart
from cvd_desktop.ui.theme import Look
from cvd_shared.route_shapes import SlotKey
from tests.support.fill_scenes import FillShop, drawn_slots, grid_slots, product_id, visit
from tests.support.fill_screen import (
    FillScreen,
    Press,
    keys_of,
    opened_fill,
    picture_of_a_product,
)

Key = Qt.Key


def at(label: str, cabinet: int = 1) -> SlotKey:
    return SlotKey(cabinet, label)


@pytest.fixture
def screen(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[FillScreen]:
    shop = FillShop(pictures={product_id("Cheese bites"): picture_of_a_product()})
    with opened_fill(look, background, qtbot, shop) as made:
        yield made
    assert bugs == []


@pytest.fixture
def part(screen: FillScreen) -> FillPart:
    return screen.part


@pytest.fixture
def key(screen: FillScreen) -> Press:
    return keys_of(screen)


def _inside(part: FillPart) -> None:
    """The current cell is whole, everything shown lies inside the tab, nothing on another."""
    view = part.view
    current = view.current()
    if current is not None and view.isVisible():
        assert view.viewport().rect().contains(view.box_of(current))
    shown = [
        one
        for one in part.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if one.isVisible()
    ]
    for one in shown:
        assert part.rect().contains(one.geometry()), one


def _two_cabinets() -> tuple[SlotFacts, ...]:
    return (*grid_slots(6, 5), *grid_slots(5, 4, cabinet=2, name="Cola"))


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (1920, 1080), (960, 640)])
def test_every_size_theme_and_text_shows_the_current_cell_whole(
    screen: FillScreen, part: FillPart, look: Look, size: tuple[int, int]
) -> None:
    window = screen.window()
    window.resize(*size)
    shapes = (drawn_slots(), grid_slots(2, 30), grid_slots(30, 1), _two_cabinets(), ())
    for theme, scale in (("light", 1.0), ("dark", 1.25), ("sunlight", 2.0)):
        look.show(theme, scale)
        for number, slots in enumerate(shapes):
            part.show_visit(visit(slots, visit_id=f"{theme}-{number}"))
            QApplication.processEvents()
            _inside(part)
            if slots:
                part.go(slots[-1].key)
                QApplication.processEvents()
                _inside(part)
                assert not part.view.grab().isNull()
    assert part._nothing.isVisible()


def test_where_room_is_short_the_panel_is_a_sheet_that_closes(
    screen: FillScreen, part: FillPart, look: Look, key: Press
) -> None:
    screen.window().resize(1024, 768)
    QApplication.processEvents()
    assert part.panel.isVisible()
    narrow = part.view.width()
    part.panel.close_button.click()
    assert not part.panel.isVisible()
    assert part.view.width() > narrow
    key("9")
    assert part.fact() == "C1: At most 7 fit here. Nothing was changed."
    place = part.view.box_of(at("C1")).center()
    QTest.mouseClick(part.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert part.panel.isVisible()
    look.show("light", 2.0)
    QApplication.processEvents()
    assert part.panel.geometry().contains(part.view.geometry().center())


def test_cabinets_are_turned_like_pages_or_stand_side_by_side(
    screen: FillScreen, part: FillPart, key: Press
) -> None:
    part.show_visit(visit(_two_cabinets(), visit_id="v2"))
    assert [one.number for one in part.view.shown_cabinets()] == [1]
    assert part.do.cabinet in screen.secondary()
    key(Key.Key_PageDown)
    assert part.view.current() == at("1-1", 2)
    assert [one.number for one in part.view.shown_cabinets()] == [2]
    key(Key.Key_PageUp)
    assert part.view.current() == at("1-1", 1)
    screen.window().resize(1920, 1080)
    QApplication.processEvents()
    assert [one.number for one in part.view.shown_cabinets()] == [1, 2]
    assert part.do.cabinet not in screen.secondary()
    first, second = part.heads.heads[:2]
    assert "Cabinet 1" in first.words()
    assert "Cabinet 2" in second.words()
    assert not first.geometry().intersects(second.geometry())
    part.go(at("2-5", 1))
    key(Key.Key_Right)
    assert part.view.current() == at("2-1", 2)


def _cut(label: QLabel) -> bool:
    if label.wordWrap():
        return label.height() < label.heightForWidth(label.width()) - 1
    return label.width() < label.sizeHint().width() - 1


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(1280, 800, 1.0), (1024, 768, 1.0), (960, 640, 1.0), (1280, 800, 1.25), (1024, 768, 2.0)],
)
def test_no_word_of_the_panel_is_cut_and_no_key_is_too_small(
    screen: FillScreen, part: FillPart, look: Look, width: int, height: int, scale: float
) -> None:
    screen.window().resize(width, height)
    for theme in ("light", "sunlight"):
        look.show(theme, scale)
        QApplication.processEvents()
        if not part.panel.isVisible():
            part.do.panel.trigger()
        for label in ("C1", "D7", "B6", "D8", "C8"):
            part.go(at(label))
            for digit in ("", "9"):
                if digit:
                    part.view.typed.emit(digit)
                for _ in range(3):
                    QApplication.processEvents()
                where = f"{label} {digit} {theme} {width} {scale}"
                for text in part.panel.findChildren(QLabel):
                    if text.isVisible() and text.text():
                        assert not _cut(text), f"{where}: {text.text()}"
                for button in part.panel.findChildren(QAbstractButton):
                    if button.isVisible():
                        assert min(button.width(), button.height()) >= 48, f"{where}: {button}"
                        assert part.panel.rect().contains(
                            QRect(button.mapTo(part.panel, QPoint(0, 0)), button.size())
                        ), f"{where}: {button.accessibleName()}"

"""Sparklines: a bar for each interval, nothing sold and not known told apart, in every theme."""

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from cvd_desktop.ui.table_model import Cell, Column, TableModel
from cvd_desktop.ui.theme import THEME_KEYS, Look, Theme, load_theme
from cvd_desktop.ui.widgets.sparkline import paint_sparkline, sparkline_width, sparkline_words
from cvd_desktop.ui.widgets.table_view import TableView

GROUND = QColor("#123456")  # of no theme
HIGH = 20


def painted(theme: Theme, values: list[int | None], wide: int | None = None) -> QImage:
    width = sparkline_width(theme, len(values)) if wide is None else wide
    image = QImage(max(1, width), HIGH, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    painter = QPainter(image)
    paint_sparkline(painter, image.rect(), theme, values)
    painter.end()
    return image


def columns(image: QImage) -> list[tuple[int, int]]:
    """(first ink, last ink) row of each bar from the left; neighbours without ink part bars."""
    found: list[tuple[int, int]] = []
    inside = False
    for x in range(image.width()):
        ink = [y for y in range(image.height()) if image.pixelColor(x, y) != GROUND]
        if ink and not inside:
            found.append((ink[0], ink[-1]))
        inside = bool(ink)
    return found


@pytest.mark.parametrize("key", THEME_KEYS)
def test_nothing_sold_and_not_known_are_told_apart(look: Look, key: str) -> None:
    theme = load_theme(key)
    line = theme.colors.line_width
    full, none, unknown, last = columns(painted(theme, [10, 0, None, 5]))
    assert full == (0, HIGH - 1)
    assert none == (HIGH - line, HIGH - 1)  # a flat line on the base line
    assert unknown[1] < HIGH - line - 1  # stands on nothing
    assert last == (HIGH // 2, HIGH - 1)


def test_the_smallest_sale_is_higher_than_none(look: Look) -> None:
    theme = load_theme()
    (_, _), smallest, none = columns(painted(theme, [100_000, 1, 0]))
    assert smallest[0] < none[0]


@pytest.mark.parametrize("key", THEME_KEYS)
def test_only_the_newest_bar_is_in_the_accent_colour(look: Look, key: str) -> None:
    theme = load_theme(key)
    image = painted(theme, [4, 4, 4])
    inks = [image.pixelColor(x, HIGH - 1).name() for x in range(image.width())]
    accent = theme.colors.accent.base.name()
    assert inks[-1] == accent
    assert inks[0] == theme.colors.text.muted.name()
    assert inks.count(accent) == inks.count(theme.colors.text.muted.name()) // 2 > 0


def test_pixels_are_crisp(look: Look) -> None:
    theme = load_theme("light", 1.25)
    image = painted(theme, [7, 3, None, 0, 9])
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(HIGH)}
    inks = {theme.colors.text.muted.name(), theme.colors.accent.base.name()}
    assert colors == {GROUND.name(), *inks}


def test_many_bars_in_little_room_keep_the_newest(look: Look) -> None:
    theme = load_theme()
    image = painted(theme, [*[1] * 400, 50], wide=40)
    bars = columns(image)
    assert len(bars) <= 10
    assert bars[-1] == (0, HIGH - 1)
    assert image.pixelColor(39, 0) == theme.colors.accent.base  # at the right end


@pytest.mark.parametrize("values", [[], [None], [0], [-5], [2**63], [None] * 3])
@pytest.mark.parametrize("wide", [0, 1, 2, 3, 60])
def test_any_values_fit_any_room(look: Look, values: list[int | None], wide: int) -> None:
    image = QImage(80, 40, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    painter = QPainter(image)
    room = QRect(10, 10, wide, HIGH)
    paint_sparkline(painter, room, load_theme(), values)
    painter.end()
    outside = [
        (x, y)
        for x in range(80)
        for y in range(40)
        if not room.contains(x, y) and image.pixelColor(x, y) != GROUND
    ]
    assert outside == []


def test_a_screen_reader_hears_the_newest_intervals(look: Look) -> None:
    assert sparkline_words([1, 2, 3, None, 0, 1200, 7]) == (
        "last intervals: 2, 3, not known, 0, 1,200, 7"
    )
    assert sparkline_words([]) == "no earlier interval"


def test_a_table_paints_bars_beside_a_text(look: Look) -> None:
    rows = [(0, (3, None, 9)), (1, ())]
    model = TableModel(
        [
            Column[tuple[int, tuple[int | None, ...]]](
                "sold", "Sold", lambda r: Cell("9", bars=r[1])
            )
        ],
        key=lambda row: row[0],
    )
    model.set_rows(rows)
    view = TableView(look, model, "Sold", 36)
    view.resize(200, 120)
    image = view.grab().toImage()
    accent = look.theme.colors.accent.base
    top = view.horizontalHeader().height()
    ink = {
        row: any(
            image.pixelColor(x, y) == accent
            for x in range(image.width())
            for y in range(top + 36 * row, top + 36 * (row + 1))
        )
        for row in (0, 1)
    }
    assert ink == {0: True, 1: False}
    view.deleteLater()

"""The painted planogram: where cells stand, what is painted again, how one walks and scrolls."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.theme import Look, Tone, load_theme
from cvd_desktop.ui.widgets.planogram_cells import CabinetFace, CellFace, FlagFace, Gauge
from cvd_desktop.ui.widgets.planogram_layout import (
    STEPS,
    Grid,
    Sizes,
    cabinets_beside,
    neighbour,
    plan,
    sizes_of,
)
from cvd_desktop.ui.widgets.planogram_view import PlanogramView
from cvd_shared.route_shapes import SlotKey

Key = Qt.Key


def face(row: int, column: int, cabinet: int = 1, **more: object) -> CellFace:
    label = f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[row - 1]}{column}"
    return CellFace(
        key=SlotKey(cabinet, label),
        row=row,
        column=column,
        label=label,
        product="Crisps",
        price="1.50",
        before="3",
        after="8",
        gauge=Gauge(10, 3, 5, 8),
        spoken=f"{label}, Crisps",
        **more,  # type: ignore[arg-type]
    )


def cabinet(rows: int, columns: int, number: int = 1) -> CabinetFace:
    cells = tuple(face(r, c, number) for r in range(1, rows + 1) for c in range(1, columns + 1))
    return CabinetFace(number, f"Cabinet {number}", cells)


@pytest.fixture
def view(look: Look, qtbot: QtBot) -> PlanogramView:
    made = PlanogramView(look, "Planogram")
    qtbot.addWidget(made)
    made.resize(860, 544)
    made.show_cabinets([cabinet(6, 8)])
    with qtbot.waitExposed(made):
        made.show()
    made.setFocus()
    QApplication.processEvents()
    return made


def picture(view: PlanogramView) -> QImage:
    return view.viewport().grab().toImage()


# --- where cells stand ----------------------------------------------------------------------------


def test_a_cabinet_of_48_slots_is_as_drawn(view: PlanogramView) -> None:
    box = view.box_of(SlotKey(1, "A1"))
    assert (box.left(), box.top()) == (5, 5)
    assert box.width() in (102, 103)
    assert box.height() in (85, 86)
    assert view.box_of(SlotKey(1, "A2")).left() - box.right() - 1 == 4
    assert view.box_of(SlotKey(1, "F8")).right() == 860 - 5 - 1
    assert view.box_of(SlotKey(1, "F8")).bottom() == 544 - 5 - 1
    assert view.cell_at(box.center()) == SlotKey(1, "A1")
    assert view.cell_at(QPoint(2, 2)) is None


def test_a_roomy_view_stops_at_the_largest_cell_and_centres(view: PlanogramView) -> None:
    view.resize(1376, 900)
    box = view.box_of(SlotKey(1, "A1"))
    assert (box.width(), box.height()) == (140, 112)
    (frame,) = view.shown_frames()
    assert abs(frame.left() - (1376 - frame.right())) <= 2


SIZES = Sizes((96, 82), (140, 112), 102, 4, 5, 12)


@settings(max_examples=40, deadline=None)
@given(
    shapes=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 30)), min_size=1, max_size=3),
    width=st.integers(300, 2400),
    height=st.integers(120, 1400),
    scale=st.sampled_from((1.0, 1.25, 2.0)),
)
def test_cells_never_overlap_and_none_is_smaller_than_the_least(
    shapes: list[tuple[int, int]], width: int, height: int, scale: float
) -> None:
    sizes = sizes_of(load_theme("sunlight", scale))
    cabinets = [cabinet(rows, columns, n) for n, (rows, columns) in enumerate(shapes, 1)]
    grids = [Grid(one) for one in cabinets]
    shown = cabinets_beside([grid.columns for grid in grids], 0, width, sizes)
    assert 0 in shown
    made = plan([grids[n] for n in shown], width, height, 14, sizes)
    for grid in (grids[n] for n in shown):
        for (row, column), key in grid.at.items():
            box = made.boxes[key]
            assert box.width() >= sizes.least[0]
            assert box.height() >= sizes.least[1]
            assert box.width() <= sizes.most[0] + 1 or made.scrolls[0]
            right = grid.at.get((row, column + 1))
            below = grid.at.get((row + 1, column))
            if right is not None:
                assert made.boxes[right].left() - box.right() - 1 >= sizes.gap
            if below is not None:
                assert made.boxes[below].top() - box.bottom() - 1 >= sizes.gap
    for frame in made.frames:
        assert frame.right() < max(width, sizes.least[0] + 2 * sizes.pad)


def test_two_slots_that_claim_a_place_both_stand_somewhere() -> None:
    cells = (face(1, 1), replace(face(1, 1), key=SlotKey(1, "A9")), face(1, 3))
    grid = Grid(CabinetFace(1, "", cells))
    assert set(grid.place_of) == {cell.key for cell in cells}
    assert len(set(grid.place_of.values())) == 3


def test_cabinets_stand_side_by_side_where_both_fit() -> None:
    assert cabinets_beside([8, 5], 0, 860, SIZES) == range(1)
    assert cabinets_beside([5, 4], 0, 1376, SIZES) == range(2)
    assert cabinets_beside([5, 4], 1, 1376, SIZES) == range(1, 2)


# --- walking --------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    places=st.sets(st.tuples(st.integers(1, 5), st.integers(1, 6)), min_size=1),
    way=st.sampled_from(sorted(STEPS)),
    number=st.integers(0, 29),
)
def test_every_way_leads_to_a_cell_and_never_backwards(
    places: set[tuple[int, int]], way: str, number: int
) -> None:
    cells = tuple(face(row, column) for row, column in sorted(places))
    grid = Grid(CabinetFace(1, "", cells))
    here = cells[number % len(cells)].key
    there = neighbour([grid], here, way)
    (row, column), (new_row, new_column) = grid.place_of[here], grid.place_of[there]
    down, right = STEPS[way]
    if there != here:
        assert (new_row - row) * down + (new_column - column) * right > 0
        assert not right or new_row == row


def test_arrows_home_and_end_walk_and_pages_turn(view: PlanogramView) -> None:
    seen: list[object] = []
    view.moved.connect(seen.append)
    for pressed, label in (
        (Key.Key_Right, "A2"),
        (Key.Key_Down, "B2"),
        (Key.Key_Left, "B1"),
        (Key.Key_Up, "A1"),
        (Key.Key_End, "F8"),
        (Key.Key_Home, "A1"),
    ):
        QTest.keyClick(view, pressed)
        assert view.current() == SlotKey(1, label)
    assert len(seen) == 6
    QTest.keyClick(view, Key.Key_Up)
    assert len(seen) == 6, "at the edge nobody moves"
    view.show_cabinets([cabinet(6, 8), cabinet(4, 8, 2)])
    QTest.keyClick(view, Key.Key_PageDown)
    assert view.current() == SlotKey(2, "A1")
    assert [one.number for one in view.shown_cabinets()] == [2]
    QTest.keyClick(view, Key.Key_PageDown)
    assert view.current() == SlotKey(2, "A1")


def test_digits_enter_and_backspace_come_only_when_they_are_wanted(view: PlanogramView) -> None:
    typed: list[str] = []
    view.typed.connect(typed.append)
    view.erased.connect(lambda: typed.append("<"))
    view.entered.connect(lambda: typed.append("!"))
    view.taken_back.connect(lambda n: typed.append(f"-{n}"))
    for key in (Key.Key_5, Key.Key_Backspace, Key.Key_Return):
        QTest.keyClick(view, key)
    assert typed == []
    view.takes_digits = view.wants_enter = True
    for key in (Key.Key_5, Key.Key_Backspace, Key.Key_Return):
        QTest.keyClick(view, key)
    view.take_back(4)
    assert typed == ["5", "<", "!", "-4"]


# --- scrolling ------------------------------------------------------------------------------------


def test_it_scrolls_by_whole_columns_and_rows_with_the_current_cell_whole(
    view: PlanogramView,
) -> None:
    view.show_cabinets([cabinet(12, 30)])
    for _ in range(29):
        QTest.keyClick(view, Key.Key_Right)
        _whole(view)
    for _ in range(11):
        QTest.keyClick(view, Key.Key_Down)
        _whole(view)
    QTest.keyClick(view, Key.Key_Home)
    _whole(view)
    assert view.horizontalScrollBar().value() == view.verticalScrollBar().value() == 0
    wheel = QWheelEvent(
        QPointF(50, 50),
        view.viewport().mapToGlobal(QPointF(50, 50)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), wheel)
    assert view.verticalScrollBar().value() == 86
    view.horizontalScrollBar().setValue(130)
    view.horizontalScrollBar().sliderReleased.emit()
    first = min(
        view.box_of(SlotKey(1, f"A{n}")).left()
        for n in range(1, 31)
        if view.box_of(SlotKey(1, f"A{n}")).left() >= 0
    )
    assert first == 5, "a column begins at the edge"


def _whole(view: PlanogramView) -> None:
    current = view.current()
    assert current is not None
    (frame,) = view.shown_frames()
    assert frame.contains(view.box_of(current).adjusted(-3, -3, 3, 3))
    assert (view.box_of(SlotKey(1, "A1")).left() - 5) % view.horizontalScrollBar().singleStep() == 0


# --- painting -------------------------------------------------------------------------------------


def test_only_what_differs_is_painted_again(view: PlanogramView) -> None:
    assert view.painted_cells > 0
    before = picture(view)
    assert view.painted_cells == 48
    old = cabinet(6, 8)
    changed = tuple(
        replace(cell, after="9") if cell.label == "E5" else replace(cell) for cell in old.cells
    )
    view.show_cabinets([replace(old, cells=changed)])
    QApplication.processEvents()
    assert view.painted_cells <= 9, "the cell and at most the edges of those around it"
    after = picture(view)
    assert before != after
    box = view.box_of(SlotKey(1, "E5"))
    for cell in old.cells:
        other = view.box_of(cell.key)
        same = before.copy(other) == after.copy(other)
        assert same == (other != box), cell.label
    QTest.keyClick(view, Key.Key_Right)
    QApplication.processEvents()
    assert view.painted_cells <= 12


@pytest.mark.parametrize("theme", ["light", "dark", "sunlight"])
def test_the_gauge_has_a_segment_for_each_unit_and_a_line_at_par(
    view: PlanogramView, look: Look, theme: str
) -> None:
    look.show(theme, 1.0)
    QApplication.processEvents()
    box = view.box_of(SlotKey(1, "C3"))
    image = picture(view)
    gauge = look.theme.colors.gauge
    line = look.theme.colors.line_width
    column = [
        image.pixelColor(box.left() + line + 3, y) for y in range(box.top(), box.bottom() + 1)
    ]
    if theme == "sunlight":
        added = _runs(column, gauge.added)
        assert len(_runs(column, gauge.stock)) == 3 + 3, "three, the par line, both borders"
        assert len(_runs(column, look.theme.colors.line.hairline)) == 2
    else:
        added = _runs(column, gauge.added)
        assert len(_runs(column, gauge.stock)) == 3
        assert len(_runs(column, gauge.track)) == 2
        middle = [
            image.pixelColor(box.left() + line + 3 + 7, y)
            for y in range(box.top(), box.bottom() + 1)
        ]
        assert _runs(middle, gauge.stock) == [], "what was there is narrow"
    assert len(added) == 5
    par = [image.pixelColor(box.left() + line, y) for y in range(box.top() + 4, box.bottom() - 4)]
    assert _runs(par, gauge.par_mark) == [2]
    look.show("light", 1.0)


def _runs(colors: list[QColor], wanted: QColor) -> list[int]:
    """Lengths of the stretches of a colour."""
    found: list[int] = []
    last = False
    for color in colors:
        same = color == wanted
        if same and last:
            found[-1] += 1
        elif same:
            found.append(1)
        last = same
    return found


def test_the_ring_lies_outside_of_the_current_cell_and_says_who_has_the_keys(
    view: PlanogramView, look: Look
) -> None:
    view.set_current(SlotKey(1, "C3"))
    box = view.box_of(SlotKey(1, "C3"))
    ring = look.theme.colors.focus_ring
    image = picture(view)
    outside = [image.pixelColor(box.left() - n, box.center().y()) for n in (1, 2, 3)]
    assert outside == [ring] * 3
    assert image.pixelColor(box.right() - 4, box.bottom() - 4) == look.theme.colors.selection.row
    view.clearFocus()
    image = picture(view)
    assert image.pixelColor(box.left() - 1, box.center().y()) != ring
    assert image.pixelColor(box.left(), box.center().y()) == ring


def test_long_words_many_units_and_flags_stay_in_their_cell(view: PlanogramView) -> None:
    plain = cabinet(1, 3)
    before = view.box_of
    odd = replace(
        face(1, 2),
        product="Hazelnut slice with dark chocolate and sea salt",
        price="12,345,678.00",
        after="100",
        beside="of 1,000",
        gauge=Gauge(500, 120, 300, 400),
        flag=FlagFace("clock", Tone.WARNING, "Mindesthaltbarkeit überschritten"),
    )
    view.show_cabinets([plain])
    QApplication.processEvents()
    calm = picture(view)
    view.show_cabinets([replace(plain, cells=(plain.cells[0], odd, plain.cells[2]))])
    QApplication.processEvents()
    wild = picture(view)
    box = before(odd.key)
    assert calm.copy(box) != wild.copy(box)
    for image in (calm, wild):
        for y in range(box.top(), box.bottom()):
            image.setPixelColor(0, 0, QColor("black"))
            _blank(image, QRect(box.left(), y, box.width(), 1))
    rest = QRect(0, 0, wild.width(), wild.height())
    assert calm.copy(rest) == wild.copy(rest)


def _blank(image: QImage, rect: QRect) -> None:
    for x in range(rect.left(), rect.right() + 1):
        image.setPixelColor(x, rect.top(), QColor("black"))


def test_a_screen_reader_hears_the_current_cell(view: PlanogramView) -> None:
    assert view.accessibleName() == "Planogram"
    QTest.keyClick(view, Key.Key_Down)
    assert view.accessibleDescription() == "B1, Crisps"


def test_nothing_at_all_is_painted_too(view: PlanogramView) -> None:
    view.show_cabinets([])
    QTest.keyClick(view, Key.Key_Down)
    QTest.keyClick(view, Key.Key_PageDown)
    assert view.current() is None
    assert not picture(view).isNull()
    view.show_cabinets([CabinetFace(1, "", (replace(face(1, 1), gauge=Gauge(0, 0, 0, 0)),))])
    assert view.current() == SlotKey(1, "A1")
    assert not picture(view).isNull()

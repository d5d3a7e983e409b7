"""What the pictures of the Fill tab show: machines, sizes, themes, states.

Run it: .venv/bin/python -m tests.support.fill_pictures [part of a name]
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.settled import raise_error, settle

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.screens.fill_part import FillPart

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-dark": ("dark", 1.0, (1280, 800)),
    "-sunlight": ("sunlight", 1.0, (1280, 800)),
    "-compact": ("dark", 1.0, (1024, 768)),
    "-wide": ("sunlight", 1.0, (1920, 1080)),
    "-125": ("light", 1.25, (1280, 800)),
    "-200": ("light", 2.0, (1280, 800)),
    "-200-compact": ("sunlight", 2.0, (1024, 768)),
}
Settle = Callable[[], None]
Prepare = Callable[["FillPart", Settle], None]


def _show(part: "FillPart", **changes: object) -> None:
    from tests.support.fill_scenes import drawn_slots, visit

    part.show_visit(visit(drawn_slots(), **changes))  # type: ignore[arg-type]


def _drawn(part: "FillPart", settle: Settle) -> None:
    from cvd_desktop.domain.fill_sheet import CellEdit
    from cvd_shared.route_shapes import SlotKey

    _show(
        part, edits={SlotKey(1, "A5"): CellEdit(spoiled=((2, "expired"),))}, cell=SlotKey(1, "C1")
    )
    part.do.all.trigger()


def _at(label: str) -> Prepare:
    def prepare(part: "FillPart", settle: Settle) -> None:
        from cvd_shared.route_shapes import SlotKey

        _show(part, cell=SlotKey(1, label))

    return prepare


def _refused(part: "FillPart", settle: Settle) -> None:
    _at("C1")(part, settle)
    for digit in "12":
        part.view.typed.emit(digit)


def _sheet(part: "FillPart", settle: Settle) -> None:
    _at("D7")(part, settle)
    if not part.panel.isVisible():
        part.do.panel.trigger()


def _spoil(part: "FillPart", settle: Settle) -> None:
    _at("A5")(part, settle)
    part.do.spoil.trigger()


def _swap(part: "FillPart", settle: Settle) -> None:
    _at("A5")(part, settle)
    part.do.swap.trigger()


def _expiry(part: "FillPart", settle: Settle) -> None:
    _at("C8")(part, settle)
    part.do.expiry.trigger()


def _empty(part: "FillPart", settle: Settle) -> None:
    from tests.support.fill_scenes import visit

    part.show_visit(visit(()))


def _odd(part: "FillPart", settle: Settle) -> None:
    """Long texts, unknown stock, no room, many units, an empty slot, a price of many digits."""
    from dataclasses import replace

    from tests.support.fill_scenes import slot, visit

    long = "Hazelnut slice with dark chocolate and sea salt, 12 pieces in a box"
    slots = (
        slot("PA101-LEFT", 1, 1, long, 1_234_500, 3),
        slot("A2", 1, 2, long, 150, None),
        slot("A3", 1, 3, "No room", 150, 0, 0, 0),
        slot("A4", 1, 4, "Coffee beans", 150, 180, 400, 500),
        slot("A5", 1, 5, "", 0, None, 0, 0),
        replace(slot("A6", 1, 6, "", 0, 0, 6, 8), change=None),
        slot("B1", 2, 1, "Gum", 150, 30, 40, 60),
    )
    part.show_visit(visit(slots))
    part.view.typed.emit("4")


def _columns(part: "FillPart", settle: Settle) -> None:
    from cvd_shared.route_shapes import SlotKey
    from tests.support.fill_scenes import grid_slots, visit

    part.show_visit(visit(grid_slots(2, 30), cell=SlotKey(1, "1-17")))


def _one(part: "FillPart", settle: Settle) -> None:
    from tests.support.fill_scenes import grid_slots, visit

    part.show_visit(visit(grid_slots(12, 1)))


def _two(part: "FillPart", settle: Settle) -> None:
    from cvd_shared.wire_records import Cabinet
    from tests.support.fill_scenes import grid_slots, visit

    slots = (*grid_slots(6, 5), *grid_slots(5, 4, cabinet=2, name="Cola"))
    names = (
        Cabinet(number=1, name="Snack", rows=6, columns=5),
        Cabinet(number=2, name="Drinks", rows=5, columns=4),
    )
    part.show_visit(visit(slots, cabinets=names))
    part.do.all.trigger()


def _finished(part: "FillPart", settle: Settle) -> None:
    _show(part, finished=True)
    part.view.typed.emit("4")


SCENES: dict[str, Prepare] = {
    "drawn": _drawn,
    "change": _at("D7"),
    "price": _at("B6"),
    "count": _at("D8"),
    "refused": _refused,
    "sheet": _sheet,
    "spoil": _spoil,
    "swap": _swap,
    "expiry": _expiry,
    "empty": _empty,
    "odd": _odd,
    "columns": _columns,
    "one": _one,
    "two": _two,
    "finished": _finished,
}


def take_fill_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene in each look as <folder>/fill-<name>.png."""
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.theme import Look

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for name, prepare in SCENES.items():
            title = f"fill-{name}{suffix}"
            if not wanted or any(part in f"{title}." for part in wanted):
                look.show(theme, scale)
                yield _picture(application, look, size, prepare, folder / f"{title}.png")


def _picture(
    application: "QApplication", look: object, size: tuple[int, int], prepare: Prepare, path: Path
) -> Path:
    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.main_window import FrameCalls, MainWindow
    from cvd_desktop.ui.screen import Screen
    from cvd_desktop.ui.theme import Look
    from tests.support.fill_scenes import FillShop, product_id
    from tests.support.fill_screen import FillScreen, picture_of_a_product
    from tests.support.sample_screen import NOW, sample_screens, sample_status

    assert isinstance(look, Look)
    background = Background(raise_error)
    shop = FillShop(pictures={product_id("Cheese bites"): picture_of_a_product()})
    screen = FillScreen(look, background, shop)
    screens: list[Screen] = list(sample_screens(look))
    screens[2] = screen
    window = MainWindow(look, screens, calls=FrameCalls(lock=lambda: None, person=lambda: None))
    window.resize(*size)
    window.show()
    window.activateWindow()
    window.show_sync(sample_status(), NOW)
    window.show_person("Driver 07", "driver")
    window.open_screen(screen.name)

    at_rest = partial(settle, application, background)
    at_rest()
    screen.part.view.setFocus()
    prepare(screen.part, at_rest)
    at_rest()
    dialog = application.activeModalWidget()
    shown = window.grab()
    if dialog is not None:
        from PySide6.QtGui import QPainter

        painter = QPainter(shown)
        corner = (shown.width() - dialog.width()) // 2, (shown.height() - dialog.height()) // 2
        painter.drawPixmap(*corner, dialog.grab())
        painter.end()
        dialog.close()
    shown.save(str(path))
    background.close()
    window.close()
    window.deleteLater()
    application.processEvents()
    return path


def main() -> None:
    from tests.support.screenshots import OUT, use_offscreen

    use_offscreen()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in take_fill_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

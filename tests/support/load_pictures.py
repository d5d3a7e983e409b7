"""What the pictures of the Load screen show: views, states, sizes, themes.

Run it: .venv/bin/python -m tests.support.load_pictures [part of a name]
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.settled import raise_error

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.screens.load_screen import LoadScreen
    from cvd_desktop.ui.theme import Look
    from tests.support.load_scenes import LoadDesk

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-dark-compact": ("dark", 1.0, (1024, 768)),
    "-sunlight-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
    "-200-compact": ("sunlight", 2.0, (1024, 768)),
}
Settle = Callable[[], None]
Prepare = Callable[["LoadScreen", "LoadDesk", Settle], None]


def _picking(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    from tests.support.load_scenes import changed_view

    desk.view = changed_view()
    for number, picked in ((0, 96), (1, 48), (2, 72), (8, 12)):
        desk.tick_product("run-14", f"p{number}", picked)
    screen.reload()
    settle()
    screen.pick.table.go_to(3)


def _totes(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    from tests.support.load_scenes import long_view

    desk.view = long_view()
    desk.tick_tote("run-14", "m1", True)
    screen.reload()
    settle()
    screen.pick.show_mode("tote")


def _short(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    _picking(screen, desk, settle)
    screen.pick.begin_short()
    screen.pick.entry.field.edit.setText("1+2")
    screen.pick.entry.field.edit.textEdited.emit("1+2")


def _long(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    from tests.support.load_scenes import long_view, reason

    desk.view = long_view()
    lines = list(desk.view.lines)
    doubtful = (
        reason("p9", 0, "B12", stock=None, known=None, sells=None, sold=0),
        reason("p9", 1, "C4", sure=False),
    )
    lines[9] = replace(lines[9], reasons=(*doubtful, *lines[9].reasons))
    desk.view = replace(desk.view, lines=tuple(lines))
    desk.tick_product("run-14", "p9", 700)
    screen.reload()
    settle()
    screen.pick.table.go_to(9)


def _changes(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    _picking(screen, desk, settle)
    screen.pick.show_action.trigger()


def _unticked(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    _picking(screen, desk, settle)
    screen.pick.early_action.trigger()


def _done(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    assert desk.view is not None
    for line in desk.view.lines:
        desk.tick_product("run-14", line.product.id, line.to_pick)
    screen.reload()


def _loaded(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    _done(screen, desk, settle)
    desk.tick_product("run-14", "p8", 12)
    desk.record_load("run-14")
    screen.reload()


def _count(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    from tests.support.load_scenes import return_view

    desk.back = return_view()
    desk.keep_count("run-14", "p0", 14)
    desk.keep_count("run-14", "p1", 3)
    screen.begin_count()
    settle()
    screen.count.entry.field.edit.setText("7")
    screen.count.entry.field.edit.textEdited.emit("7")


def _find(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    assert desk.view is not None
    desk.catalogue = {line.product.id: line.product for line in desk.view.lines}
    _count(screen, desk, settle)
    screen.count.find_action.trigger()


def _counted(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    from tests.support.load_scenes import return_view

    desk.back = return_view()
    for number, units in enumerate((14, 1, 0, 7, 2, 11, 0, 4)):
        desk.keep_count("run-14", f"p{number}", units)
    desk.record_count("run-14")
    screen.begin_count()


def _nothing(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    assert desk.view is not None
    desk.view = replace(desk.view, lines=(), totes=())
    screen.reload()


def _no_run(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    desk.view = None
    screen.reload()


def _nobody(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    desk.signed_in = False
    _no_run(screen, desk, settle)


def _error(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    from cvd_desktop.domain.problem import ExitCode, Problem

    desk.error = Problem("run_unknown", ExitCode.USAGE)
    screen.reload()


def _papers(screen: "LoadScreen", desk: "LoadDesk", settle: Settle) -> None:
    screen.print_papers()


SCENES: dict[str, Prepare] = {
    "picking": _picking,
    "long": _long,
    "totes": _totes,
    "short": _short,
    "changes": _changes,
    "unticked": _unticked,
    "done": _done,
    "loaded": _loaded,
    "count": _count,
    "find": _find,
    "counted": _counted,
    "nothing": _nothing,
    "no-run": _no_run,
    "nobody": _nobody,
    "error": _error,
    "papers": _papers,
}


def take_load_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene in each look as <folder>/load-<name>.png."""
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.theme import Look

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for name, prepare in SCENES.items():
            title = f"load-{name}{suffix}"
            if not wanted or any(part in f"{title}." for part in wanted):
                look.show(theme, scale)
                yield _picture(application, look, size, prepare, folder / f"{title}.png")


def _picture(
    application: "QApplication",
    look: "Look",
    size: tuple[int, int],
    prepare: Prepare,
    path: Path,
) -> Path:
    from PySide6.QtCore import QEvent

    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.main_window import FrameCalls, MainWindow
    from cvd_desktop.ui.screen import Screen
    from tests.support.load_scenes import NOW, LoadDesk, load_view
    from tests.support.sample_screen import sample_screens, sample_status

    background = Background(raise_error)
    desk = LoadDesk(load_view())
    screen = desk.screen(look, background)
    screens: list[Screen] = list(sample_screens(look))
    screens[1] = screen
    window = MainWindow(look, screens, calls=FrameCalls(lock=lambda: None, person=lambda: None))

    def settle() -> None:
        for _ in range(4):
            application.processEvents()
            while background.busy:
                application.processEvents()
            application.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    window.resize(*size)
    window.show()
    window.activateWindow()
    window.show_sync(sample_status(), NOW)
    window.show_person("Driver 07", "driver")
    window.open_screen("load")
    settle()
    prepare(screen, desk, settle)
    settle()
    over = application.activeModalWidget()
    (over or window).grab().save(str(path))
    if over is not None:
        over.close()
    background.close()
    window.close()
    window.deleteLater()
    settle()
    return path


def main() -> None:
    from tests.support.screenshots import OUT, use_offscreen

    use_offscreen()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in take_load_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

"""Pictures of the Today screen: every state, three themes, four sizes of window and text.

Run it: .venv/bin/python -m tests.support.today_pictures [part of a name]
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.settled import raise_error, settle

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.screens.today_screen import TodayScreen
    from cvd_desktop.ui.theme import Look
    from tests.support.today_scenes import Dispatcher

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-compact": ("dark", 1.0, (1024, 768)),
    "-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
    "-200-compact": ("sunlight", 2.0, (1024, 768)),
    "-sunlight": ("sunlight", 1.0, (1280, 800)),
    "-dark": ("dark", 1.0, (1280, 800)),
}
Prepare = Callable[["TodayScreen"], object]
Scene = tuple["Dispatcher", Prepare]


def _nothing(screen: "TodayScreen") -> None:
    del screen


def _choose(key: str) -> Prepare:
    return lambda screen: screen.page.list.chosen.emit(key)


def _order(screen: "TodayScreen") -> None:
    screen.page.list.chosen.emit("s7")
    screen.can.reorder.trigger()
    screen.can.earlier.trigger()


def _settle_order(screen: "TodayScreen") -> None:
    _order(screen)
    screen.can.keep.trigger()


def scenes() -> dict[str, Scene]:
    from tests.support import today_scenes as day

    dispatcher = day.Dispatcher
    broken = dispatcher(view=None, broken=day.disk_full())
    return {
        "day": (dispatcher(), _nothing),
        "chosen": (dispatcher(), _choose("s6")),
        "done": (dispatcher(), _choose("done")),
        "skipped": (dispatcher(), _choose("s3")),
        "long": (dispatcher(day.long_names()), _choose("s5")),
        "forty": (dispatcher(day.forty_stops()), _choose("s20")),
        "changed": (dispatcher(day.changed()), _nothing),
        "unknown": (dispatcher(day.unknown()), _nothing),
        "all-done": (dispatcher(day.all_done()), _nothing),
        "order": (dispatcher(), _order),
        "why-order": (dispatcher(), _settle_order),
        "why-skip": (dispatcher(), lambda screen: screen.can.skip.trigger()),
        "elsewhere": (dispatcher(), lambda screen: screen.show_elsewhere()),
        "nobody": (dispatcher(None, None), _nothing),
        "no-run": (dispatcher(None), _nothing),
        "error": (broken, _nothing),
    }


def take_today_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene in each look as <folder>/today-<name>.png."""
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.theme import Look

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for name, scene in scenes().items():
            title = f"today-{name}{suffix}"
            if not wanted or any(part in f"{title}." for part in wanted):
                look.show(theme, scale)
                yield _picture(application, look, size, scene, folder / f"{title}.png")


def _picture(
    application: "QApplication", look: "Look", size: tuple[int, int], scene: Scene, path: Path
) -> Path:
    from PySide6.QtWidgets import QDialog

    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.main_window import FrameCalls, MainWindow
    from cvd_desktop.ui.screen import Screen
    from tests.support.sample_screen import NOW, sample_screens, sample_status

    background = Background(raise_error)
    dispatcher, prepare = scene
    screen = dispatcher.screen(look, background)
    screens: list[Screen] = [screen, *sample_screens(look)]
    window = MainWindow(look, screens, calls=FrameCalls(lock=lambda: None, person=lambda: None))
    window.resize(*size)
    window.show()
    window.activateWindow()
    window.show_sync(sample_status(), NOW)
    window.show_person("Driver 07", "driver")
    settle(application, background)
    prepare(screen)
    settle(application, background)
    picture = window.grab()
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            from PySide6.QtCore import QPoint
            from PySide6.QtGui import QPainter

            painter = QPainter(picture)
            centre = window.rect().center() - dialog.rect().center()
            painter.drawPixmap(QPoint(centre), dialog.grab())
            painter.end()
    picture.save(str(path))
    background.close()
    window.close()
    window.deleteLater()
    application.processEvents()
    return path


def main() -> None:
    from tests.support.screenshots import OUT, use_offscreen

    use_offscreen()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in take_today_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

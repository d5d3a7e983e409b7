"""Pictures of every screen in every theme, made by the window itself without a display."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication

from cvd_desktop.app.application import Application, qt_application
from cvd_desktop.ui.theme import THEME_KEYS

SIZE = QSize(1280, 800)
_SETTLED_MS = 150  # nothing to wait for any more: no job runs and this long nothing began
_PATIENCE_MS = 30_000
Scene = tuple[str, Callable[[], None]]
"""What a picture is called, how to bring it about."""


def take_pictures(
    data_dir: Path,
    folder: Path,
    *,
    read_id: str | None = None,
    themes: Sequence[str] = THEME_KEYS,
) -> list[Path]:
    """Open the data folder in a window and save <screen>-<theme>.png for each; the paths.

    Pictures that were in `folder` are deleted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    return _taken(data_dir, folder, partial(_scenes, read_id=read_id), themes)


def take_office_pictures(data_dir: Path, folder: Path, *, visit_id: str) -> list[Path]:
    """As above of a manager's data folder, into a folder that is there: the day, and one visit."""
    return _taken(data_dir, folder, partial(_of_the_office, visit_id=visit_id), THEME_KEYS)


def _taken(
    data_dir: Path,
    folder: Path,
    scenes: Callable[[Application], list[Scene]],
    themes: Sequence[str],
) -> list[Path]:
    qt = _offscreen()
    wrong: list[BaseException] = []
    hook, sys.excepthook = sys.excepthook, lambda _kind, error, _trace: wrong.append(error)
    application = Application(qt, data_dir)
    window = application.show()
    window.resize(SIZE)
    settle(application)
    taken: list[Path] = []
    try:
        for theme in themes:
            application.look.show(theme, 1.0)
            for name, prepare in scenes(application):
                prepare()
                settle(application)
                path = folder / f"{name}-{theme}.png"
                if not window.grab().save(str(path)):
                    raise OSError(f"the picture could not be written: {path}")
                taken.append(path)
    finally:
        application.close()
        sys.excepthook = hook
    if wrong:  # in a slot: Qt goes on after it
        raise wrong[0]
    return taken


def settle(application: Application) -> None:
    """Let the window work until no job is left and what it announced has been shown."""
    loop = QEventLoop()
    quiet = QTimer(interval=_SETTLED_MS, singleShot=True)
    quiet.timeout.connect(loop.quit)
    watch = QTimer(interval=10)
    watch.timeout.connect(lambda: quiet.start() if application.background.busy else None)
    late = QTimer(interval=_PATIENCE_MS, singleShot=True)
    late.timeout.connect(loop.quit)
    quiet.start()
    watch.start()
    late.start()
    loop.exec()
    if not late.isActive():
        raise TimeoutError("the window did not come to rest")
    late.stop()


def _scenes(application: Application, read_id: str | None) -> list[Scene]:
    """Everything that is pictured of a driver's laptop."""
    window, machines = application.window, application.machines

    def ready() -> None:
        window.open_screen("read")
        application.read.next_machine()

    def all_machines() -> None:
        window.open_screen("machines")
        machines.show_list()

    scenes = [*_of_the_day(application), ("read-ready", ready)]
    if read_id is not None:
        scenes.append(("read-done", partial(application.read.open_read, read_id)))
        scenes += [
            (f"read-{part}", partial(application.read.done.show_part, part))
            for part in ("sales", "cash", "prices", "events", "file")
        ]
    scenes += [("machines", all_machines), ("machine", machines.open_current)]
    scenes += [
        (f"machine-{view}", partial(machines.page.show_view, view))
        for view in ("sales", "cash", "planogram", "mapping", "events", "findings")
    ]
    scenes += _of_the_bench(application, read_id)
    scenes += [
        (name.replace("_", "-"), partial(window.open_screen, name))
        for name in (
            "tickets",
            "meters",
            "import",
            "outbox",
            "settings",
            "sign_in",
            "unlock",
        )
    ]
    return scenes


def _of_the_day(application: Application) -> list[Scene]:
    """Today, Load, and the next machine that is to be served with the tabs of its visit."""
    from cvd_desktop.ui.screens.stop_screen import StopScreen

    window = application.window
    stop = window.screen_named("stop")
    assert isinstance(stop, StopScreen)

    def arrived() -> None:
        window.open_screen("stop")
        settle(application)
        if stop.arriving():
            stop.do.arrive.trigger()

    def tab(name: str) -> None:
        if stop.tab():
            stop.show_tab(name)

    scenes: list[Scene] = [
        (name, partial(window.open_screen, name)) for name in ("today", "load", "stop")
    ]
    scenes.append(("stop-read", arrived))
    tabs = ("fill", "cash", "evidence", "finish")
    return [*scenes, *((f"stop-{name}", partial(tab, name)) for name in tabs)]


def _of_the_office(application: Application, visit_id: str) -> list[Scene]:
    """The day of a manager, and one visit of it."""
    from cvd_desktop.ui.screens.review_screen import ReviewScreen

    window = application.window
    review = window.screen_named("review")
    assert isinstance(review, ReviewScreen)

    def day() -> None:
        window.open_screen("review")
        review.go_back()

    def before() -> None:
        day()
        review.before_action.trigger()

    return [
        ("review", day),
        ("review-visit", partial(review.show_visit, visit_id)),
        ("review-day-before", before),
    ]


def _of_the_bench(application: Application, read_id: str | None) -> list[Scene]:
    from cvd_desktop.ui.screens.bench_screen import BenchScreen

    window = application.window
    bench = window.screen_named("bench")
    assert isinstance(bench, BenchScreen)

    def ports() -> None:
        window.open_screen("bench")
        bench.show_ports_page()

    scenes: list[Scene] = [("bench", ports)]
    if read_id is not None:
        stored = application.workings.bench.trace_of(read_id)
        scenes.append(("bench-trace", partial(bench.show_stored, stored)))
    return [*scenes, ("bench-practice", bench.show_practice), ("bench-parts", bench.show_parts)]


def _offscreen() -> QApplication:
    """The application, on a screen of its own that is large enough for the pictures."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    screen = {
        "name": "pictures",
        "x": 0,
        "y": 0,
        "width": 1920,
        "height": 1080,
        "logicalDpi": 96,
        "logicalBaseDpi": 96,
        "dpr": 1,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump({"screens": [screen]}, file)
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={file.name}"
    try:
        return qt_application()
    finally:
        Path(file.name).unlink()

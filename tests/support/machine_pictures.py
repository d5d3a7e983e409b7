"""What the pictures of the Machine and Import screens show: every view, size, theme and state."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.import_screen import ImportScreen
from cvd_desktop.ui.screens.machine_planogram_part import PlanogramPart
from cvd_desktop.ui.screens.machines_screen import MachinesScreen
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.import_bench import Importer
from tests.support.machine_facts import history
from tests.support.machine_fleet import Fleet
from tests.support.sample_screen import NOW, sample_screens, sample_status
from tests.support.settled import raise_error, settle

VIEWS = ("overview", "sales", "cash", "planogram", "mapping", "events", "findings")
LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-dark-compact": ("dark", 1.0, (1024, 768)),
    "-sunlight-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
}


def _view(name: str) -> Callable[[MachinesScreen], None]:
    return lambda screen: screen.page.show_view(name)


def _seen(screen: MachinesScreen) -> None:
    screen.page.show_view("planogram")
    part = screen.page.view("planogram")
    assert isinstance(part, PlanogramPart)
    part.shelves.segments()[1].click()


MACHINE: dict[str, tuple[Fleet, Callable[[MachinesScreen], None]]] = {
    **{name: (Fleet(), _view(name)) for name in VIEWS},
    "seen": (Fleet(), _seen),
    "never-read": (Fleet(past=history(0)), _view("overview")),
    "one-read": (Fleet(past=history(1)), _view("overview")),
    "sixty-reads": (Fleet(past=history(60)), _view("overview")),
    "huge": (Fleet(past=history(20, price=10**12)), _view("overview")),
    "no-planogram": (Fleet(planned=False), _view("planogram")),
}


def _import_ready(screen: ImportScreen, importer: Importer) -> None:
    del screen, importer


def _import_running(screen: ImportScreen, importer: Importer) -> None:
    screen.import_paths([Path("archive")])
    importer.importing.wait()


def _import_done(screen: ImportScreen, importer: Importer) -> None:
    importer.go_on.set()
    screen.import_paths([Path("archive")])


IMPORT: dict[str, Callable[[ImportScreen, Importer], None]] = {
    "ready": _import_ready,
    "running": _import_running,
    "done": _import_done,
}


def take_machine_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene in each look as <folder>/machine-<name>.png and import-<name>.png."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for name, (fleet, prepare) in MACHINE.items():
            title = f"machine-{name}{suffix}"
            if not wanted or any(part in title for part in wanted):
                look.show(theme, scale)
                fleet.lines = [facts.machine_line(n) for n in range(60)]
                yield _machine(application, look, size, fleet, prepare, folder / f"{title}.png")
        for name, begin in IMPORT.items():
            title = f"import-{name}{suffix}"
            if not wanted or any(part in title for part in wanted):
                look.show(theme, scale)
                yield _import(application, look, size, begin, folder / f"{title}.png")


def _machine(
    application: QApplication,
    look: Look,
    size: tuple[int, int],
    fleet: Fleet,
    prepare: Callable[[MachinesScreen], None],
    path: Path,
) -> Path:
    background = Background(raise_error)
    screen = fleet.screen(look, background)
    screens: list[Screen] = list(sample_screens(look))
    screens[1] = screen
    window = _window(look, screens, size)
    window.open_screen("machines")
    settle(application, background)
    screen.open_current()
    settle(application, background)
    prepare(screen)
    settle(application, background)
    return _saved(application, window, background, path)


def _import(
    application: QApplication,
    look: Look,
    size: tuple[int, int],
    begin: Callable[[ImportScreen, Importer], None],
    path: Path,
) -> Path:
    background, importer = Background(raise_error), Importer()
    screen = importer.screen(look, background)
    window = _window(look, sample_screens(look), size, screen)
    window.open_screen("import")
    begin(screen, importer)
    settle(application, background, wait=not screen.importing or importer.go_on.is_set())
    importer.go_on.set()
    return _saved(application, window, background, path)


def _window(
    look: Look, screens: Sequence[Screen], size: tuple[int, int], other: Screen | None = None
) -> MainWindow:
    window = MainWindow(
        look,
        screens,
        others=[other] if other is not None else [],
        calls=FrameCalls(lock=lambda: None, person=lambda: None, drop=lambda _: None),
    )
    window.resize(*size)
    window.show()
    window.activateWindow()
    window.show_sync(sample_status(), NOW)
    window.show_person("Driver 07", "driver")
    return window


def _saved(
    application: QApplication, window: MainWindow, background: Background, path: Path
) -> Path:
    window.grab().save(str(path))
    background.close()
    window.close()
    window.deleteLater()
    application.processEvents()
    return path

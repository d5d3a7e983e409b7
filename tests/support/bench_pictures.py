"""What the pictures of the Bench show: every page and state, in each look.

Run it: .venv/bin/python -m tests.support.bench_pictures [part of a name]
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.screenshots import OUT, use_offscreen
from tests.support.settled import raise_error

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.bench_screen import BenchScreen
    from tests.support.bench_desk import Desk

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-compact": ("light", 1.0, (1024, 768)),
    "-dark": ("dark", 1.0, (1280, 800)),
    "-sunlight-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
}
Scene = Callable[["Desk", "BenchScreen", Callable[[], None]], None]


def _ports(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    del desk, screen
    settle()


def _trace(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    screen.test_loop_back()
    settle()
    screen.start_read()
    settle()
    screen.trace.table.go_to(15)


def _compare(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    _trace(desk, screen, settle)
    screen.show_comparison()


def _parts(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    screen.show_parts()
    settle()


def _practice(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    screen.show_practice()
    settle()
    screen.start_practice()
    settle()


def _ddcmp(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    screen.show_stored(desk.trace_of("read-1"))
    settle()
    screen.trace.table.turn_open(11)


def _live(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    screen.start_read()
    desk.reading.wait(10)
    while not screen.trace.table.trace.step_count:
        settle()


def _write_form(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    screen.show_write()
    screen.write.form.prices.set_text("10=1.50, 11=1.60, 12=1.40, 77=2.00")
    screen.write.form.clock.setChecked(True)
    settle()


def _preview(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    _write_form(desk, screen, settle)
    screen.write.look_action.trigger()
    settle()


def _armed(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    _preview(desk, screen, settle)
    screen.write.read_action.trigger()
    settle()


def _written(desk: "Desk", screen: "BenchScreen", settle: Callable[[], None]) -> None:
    _armed(desk, screen, settle)
    screen.write.send_action.trigger()
    settle()


def scenes() -> dict[str, tuple["Desk", Scene]]:
    """By name: the services behind the screen, and what a person does."""
    from tests.support import bench_traces as traces
    from tests.support.bench_desk import OTHER, PORT, Desk, busy, silent

    silent_read = traces.no_answer()
    return {
        "ports": (Desk(ports=[PORT, OTHER]), _ports),
        "no-adapter": (Desk(ports=[], reads=[]), _ports),
        "trace": (Desk(), _trace),
        "live": (Desk(hold=True), _live),
        "noisy": (Desk(entries=traces.noisy_read()), _trace),
        "silent": (Desk(entries=silent_read, problem=silent()), _trace),
        "busy": (Desk(entries=(), problem=busy()), _trace),
        "first": (Desk(good=None), _trace),
        "compare": (Desk(), _compare),
        "ddcmp": (Desk(good=None), _ddcmp),
        "parts": (Desk(), _parts),
        "practice": (Desk(), _practice),
        "write-form": (Desk(), _write_form),
        "write-preview": (Desk(), _preview),
        "write-armed": (Desk(), _armed),
        "written": (Desk(outcome="mixed"), _written),
        "refused": (Desk(outcome="refused"), _written),
    }


def take_bench_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene in each look as <folder>/bench-<name><look>.png."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.main_window import FrameCalls, MainWindow
    from cvd_desktop.ui.theme import Look
    from tests.support.bench_desk import machine_record
    from tests.support.sample_screen import NOW, sample_screens, sample_status

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for name, (desk, act) in scenes().items():
            title = f"bench-{name}{suffix}"
            if wanted and not any(part in f"{title}." for part in wanted):
                continue
            look.show(theme, scale)
            background = Background(raise_error)
            screen = desk.screen(look, background)
            screens = [*sample_screens(look)[:2], screen]
            window = MainWindow(
                look, screens, calls=FrameCalls(lock=lambda: None, person=lambda: None)
            )
            window.resize(*size)
            window.show()
            window.show_sync(sample_status(waiting=0), NOW)
            window.show_person("Technician 03", "technician")
            window.open_screen("bench")
            screen.choose_machine(machine_record())

            def settle(desk: "Desk" = desk, background: Background = background) -> None:
                for _ in range(12):
                    application.processEvents()
                    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
                    while background.busy and not desk.hold:
                        application.processEvents()

            settle()
            act(desk, screen, settle)
            settle()
            path = folder / f"{title}.png"
            window.grab().save(str(path))
            desk.hold = False
            desk.go_on.set()
            background.close()
            window.close()
            window.deleteLater()
            application.processEvents()
            yield path


def main() -> None:
    """Take every picture, or those whose name contains an argument."""
    use_offscreen()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in take_bench_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

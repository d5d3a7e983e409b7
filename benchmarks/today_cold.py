"""From process start to the day's run with its 40 stops on the Today screen.

The real program without a display and without a network, on a laptop full of work (day_data.py),
beside an empty PySide6 window, in turn. `python -m benchmarks.today_cold` tells where the time goes
in one start.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.day_data import STOPS, day_folder, open_environment

_ROUNDS = 7
_BEGUN = "CVD_BENCH_BEGUN"  # seconds of time.monotonic(), which is one for all processes
_JOBS = ("the data folder is open", "the person is known", "the run is known")
"""What the database lane is asked first."""


def run() -> tuple[float, float]:
    """Milliseconds: (Today with its run, empty window); medians of the quicker halves."""
    from benchmarks.window_ready import first_paint, typical

    open_environment()
    day_folder()
    ours: list[float] = []
    empty: list[float] = []
    for round_number in range(_ROUNDS + 1):
        figures = (_start()[-1][1], first_paint("empty"))
        if round_number:  # the first round compiles the modules and warms the file cache
            ours.append(figures[0])
            empty.append(figures[1])
    return typical(ours), typical(empty)


def _start() -> list[tuple[str, float, float]]:
    """(stage, ms since the process began, ms of the processor until then) of one start."""
    (day_folder() / "settings.json").unlink(missing_ok=True)  # it opens on the last screen
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    environment[_BEGUN] = repr(time.monotonic())
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.today_cold", "child"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    stages = [line.split("\t") for line in told.splitlines()]
    return [(name, float(ms), float(cpu)) for name, ms, cpu in stages]


def child() -> int:
    """The program, which leaves when every stop has been painted."""
    stages: list[tuple[str, float, float]] = []
    begun = float(os.environ[_BEGUN])

    def note(name: str) -> None:
        stages.append((name, (time.monotonic() - begun) * 1000, time.process_time() * 1000))

    def leave() -> None:
        note("the run is painted")
        os.write(1, "".join(f"{name}\t{ms:.1f}\t{cpu:.1f}\n" for name, ms, cpu in stages).encode())
        os._exit(0)

    note("python runs")
    from cvd_desktop.app.start import start

    application = start(day_folder())
    note("the window is made")
    from PySide6.QtCore import QEvent, QObject, QTimer

    window = application.window

    class Watch(QObject):
        """Sees the list of stops painted with a run in it."""

        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                today: Any = window.current_screen()
                view = today._keeper.view
                if view is not None and len(view.stops) == STOPS:
                    QTimer.singleShot(0, leave)  # after what is painted in the same go
            return False

    watch = Watch(window)

    def begin(real: Callable[[], None]) -> None:
        note("the first screen is painted")
        today: Any = window.current_screen()
        today.page.list.viewport().installEventFilter(watch)
        for name, (_, job) in zip(_JOBS, application.background._waiting, strict=False):
            job._work = partial(timed, name, job._work)
        real()

    def timed(name: str, work: Callable[[], object]) -> object:
        result = work()
        note(name)
        return result

    application._screen_painted = partial(begin, application._screen_painted)  # type: ignore[method-assign]
    return application.run()


def main() -> None:
    open_environment()
    _start()
    before, used = 0.0, 0.0
    print(f"{'':<32}{'since the start':>18}{'':>8}{'of the processor':>20}")
    for name, ms, cpu in _start():
        print(f"{name:<32}{ms:>15.0f} ms{ms - before:>+8.0f}{cpu:>17.0f} ms{cpu - used:>+8.0f}")
        before, used = ms, cpu


if __name__ == "__main__":
    if sys.argv[1:] == ["child"]:
        raise SystemExit(child())
    main()

"""From process start to the first paint of our frame, beside an empty PySide6 window, in turn."""

import os
import statistics
import subprocess
import sys
import time

_ROUNDS = 15


def run(which: str = "frame") -> tuple[float, float]:
    """Medians in milliseconds: (ours, empty window). `which` is one of first_paint.py."""
    ours: list[float] = []
    empty: list[float] = []
    for round_number in range(_ROUNDS + 1):
        figures = (_first_paint(which), _first_paint("empty"))
        if round_number:  # the first round compiles the modules and warms the file cache
            ours.append(figures[0])
            empty.append(figures[1])
    return statistics.median(ours), statistics.median(empty)


def _first_paint(which: str) -> float:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.first_paint", which],
        stdout=subprocess.PIPE,
        env=environment,
    ) as child:
        assert child.stdout is not None
        mark = child.stdout.readline()
        elapsed = time.perf_counter() - start
    if mark != b"painted\n":
        raise RuntimeError(f"the {which} window did not paint")
    return elapsed * 1000

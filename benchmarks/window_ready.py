"""From process start to the first paint: our window beside an empty PySide6 window, in turn."""

import os
import statistics
import subprocess
import sys
import time

_ROUNDS = 9


def run() -> tuple[float, float]:
    """Medians in milliseconds: (our window, empty window)."""
    ours: list[float] = []
    empty: list[float] = []
    for round_number in range(_ROUNDS + 1):
        figures = (_first_paint("cvd"), _first_paint("empty"))
        if round_number:  # the first round warms the file cache
            ours.append(figures[0])
            empty.append(figures[1])
    return statistics.median(ours), statistics.median(empty)


def _first_paint(which: str) -> float:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
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

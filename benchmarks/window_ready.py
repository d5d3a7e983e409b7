"""From process start to the first paint of our frame, beside an empty PySide6 window, in turn."""

import os
import statistics
import subprocess
import sys
import time

_ROUNDS = 20


def run(which: str = "frame") -> tuple[float, float]:
    """Milliseconds: (ours, empty window). `which` is one of first_paint.py."""
    ours: list[float] = []
    empty: list[float] = []
    for round_number in range(_ROUNDS + 1):
        figures = (first_paint(which), first_paint("empty"))
        if round_number:  # the first round compiles the modules and warms the file cache
            ours.append(figures[0])
            empty.append(figures[1])
    return typical(ours), typical(empty)


def typical(rounds: list[float]) -> float:
    """The median of the quicker half: others use this computer too."""
    return statistics.median(sorted(rounds)[: len(rounds) // 2])


def first_paint(which: str) -> float:
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

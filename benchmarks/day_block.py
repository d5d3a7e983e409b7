"""The longest time the window does not answer in a driver's day, on a laptop full of work."""

import statistics

from benchmarks import day_window

_RUNS = 3


def run() -> tuple[float, float]:
    """Milliseconds: (longest block at work, longest block of the same window at rest).

    Medians of three processes: one block of a computer that others use too says nothing.
    """
    runs = [day_window.figures("day") for _ in range(_RUNS)]
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)
